/* Reads weir.conf by the table, and writes the sample and the reference. */
#include "core/settings.h"

#include "base/error.h"
#include "core/names.h"
#include "core/settings-table.h"

#include <errno.h>
#include <string.h>

struct _WeirSettings {
  GHashTable *values;   /* "section\nname\nkey" → text, name often empty */
  GPtrArray *instances; /* "section\nname" in the order of the file */
};

typedef struct {
  WeirSettings *settings;
  const char *file;
  guint line;
  char *section;
  char *name; /* "" for one-of-a-kind sections */
} Parser;

static char *
value_id (const char *section, const char *name, const char *key)
{
  return g_strdup_printf ("%s\n%s\n%s", section, name, key);
}

static const WeirSetting *
find_row (const char *section, const char *key)
{
  for (const WeirSetting *s = weir_settings_table; s->section != NULL; s++)
    if (strcmp (s->section, section) == 0 && strcmp (s->key, key) == 0)
      return s;
  return NULL;
}

/* The row that KEY of an [app] section overrides: "gate_delay_ms", and the
 * short form "delay_ms" where only one section has such a key. */
static const WeirSetting *
find_app_row (const char *key)
{
  const WeirSetting *found = NULL;

  for (const WeirSetting *s = weir_settings_table; s->section != NULL; s++) {
    g_autofree char *full = NULL;

    if (!(s->flags & WEIR_SETTING_APP))
      continue;
    full = g_strdup_printf ("%s_%s", s->section, s->key);
    if (strcmp (full, key) == 0)
      return s;
    if (strcmp (s->key, key) == 0) {
      if (found != NULL)
        return NULL;
      found = s;
    }
  }
  return found;
}

static gboolean G_GNUC_PRINTF (4, 5) fail (
    const Parser *p, const char *key, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  GString *where = g_string_new (NULL);
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (p->line > 0)
    g_string_append_printf (where, ":%u", p->line);
  if (p->section != NULL)
    g_string_append_printf (
        where, ": [%s%s%s]", p->section, *p->name ? " " : "", p->name);
  if (key != NULL)
    g_string_append_printf (where, "%s %s", p->section ? "" : ":", key);
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "%s%s: %s", p->file,
      where->str, text);
  g_string_free (where, TRUE);
  return FALSE;
}

static gboolean
check_value (const Parser *p, const WeirSetting *row, const char *key,
    const char *value, GError **error)
{
  switch (row->type) {
  case WEIR_SETTING_INT: {
    char *end;
    gint64 v;

    errno = 0;
    v = g_ascii_strtoll (value, &end, 10);
    if (*value == '\0' || *end != '\0' || errno != 0)
      return fail (p, key, error, "\"%s\" is not a whole number", value);
    if (v < row->min || v > row->max)
      return fail (p, key, error,
          "%s is out of range: %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
          value, row->min, row->max);
    return TRUE;
  }
  case WEIR_SETTING_BOOL:
    if (strcmp (value, "true") != 0 && strcmp (value, "false") != 0)
      return fail (p, key, error, "\"%s\" is neither true nor false", value);
    return TRUE;
  case WEIR_SETTING_STRING:
    if (row->choices != NULL) {
      g_auto (GStrv) choices = g_strsplit (row->choices, "|", -1);

      if (!g_strv_contains ((const char *const *) choices, value))
        return fail (
            p, key, error, "\"%s\" is none of %s", value, row->choices);
    }
    return TRUE;
  }
  return FALSE;
}

static gboolean
enter_section (Parser *p, const char *header, GError **error)
{
  const char *space = strchr (header, ' ');
  g_autofree char *section =
      space ? g_strndup (header, (gsize) (space - header)) : g_strdup (header);
  g_autofree char *name = g_strstrip (g_strdup (space ? space + 1 : ""));
  g_autofree char *id = g_strdup_printf ("%s\n%s", section, name);

  g_clear_pointer (&p->section, g_free);
  if (g_strv_contains (weir_settings_sections, section)) {
    if (*name != '\0')
      return fail (p, NULL, error, "section [%s] takes no name", section);
  } else if (g_strv_contains (weir_settings_named_sections, section)) {
    if (!weir_name_is_valid (name))
      return fail (p, NULL, error,
          "section [%s NAME] needs a name of letters, digits, '.', '_', '-'",
          section);
  } else {
    return fail (p, NULL, error, "there is no section [%s]", header);
  }
  for (guint i = 0; i < p->settings->instances->len; i++)
    if (strcmp (g_ptr_array_index (p->settings->instances, i), id) == 0)
      return fail (p, NULL, error, "section [%s] stands twice", header);
  g_ptr_array_add (p->settings->instances, g_steal_pointer (&id));
  p->section = g_steal_pointer (&section);
  g_free (p->name);
  p->name = g_steal_pointer (&name);
  return TRUE;
}

/* GKeyFile's escapes. NULL for any other. */
static char *
unescape (const char *raw)
{
  static const char letters[] = "sntr\\";
  static const char meanings[] = " \n\t\r\\";
  g_autofree char *value = g_malloc (strlen (raw) + 1);
  char *out = value;

  for (; *raw != '\0'; raw++) {
    if (*raw == '\\') {
      const char *letter = raw[1] ? strchr (letters, *++raw) : NULL;

      if (letter == NULL)
        return NULL;
      *out++ = meanings[letter - letters];
    } else {
      *out++ = *raw;
    }
  }
  *out = '\0';
  return g_steal_pointer (&value);
}

static gboolean
take_pair (Parser *p, const char *key, const char *raw, GError **error)
{
  const WeirSetting *row;
  g_autofree char *value = unescape (raw);
  g_autofree char *id = NULL;

  if (p->section == NULL)
    return fail (p, key, error, "stands before the first section");
  if (value == NULL)
    return fail (p, key, error,
        "a backslash stands only in \\s, \\n, \\t, \\r and \\\\");
  if (strlen (value) > WEIR_SETTINGS_MAX_VALUE_BYTES)
    return fail (
        p, key, error, "longer than %d bytes", WEIR_SETTINGS_MAX_VALUE_BYTES);
  if (!g_utf8_validate (value, -1, NULL))
    return fail (p, key, error, "not UTF-8");
  row = strcmp (p->section, "app") == 0 ? find_app_row (key)
                                        : find_row (p->section, key);
  if (row == NULL)
    return fail (p, key, error, "unknown key");
  if (!check_value (p, row, key, value, error))
    return FALSE;
  /* Overrides are kept under the key they override. */
  if (strcmp (p->section, "app") == 0) {
    g_autofree char *full = g_strdup_printf ("%s_%s", row->section, row->key);

    id = value_id ("app", p->name, full);
  } else {
    id = value_id (p->section, p->name, key);
  }
  if (g_hash_table_contains (p->settings->values, id))
    return fail (p, key, error, "stands twice");
  g_hash_table_insert (
      p->settings->values, g_steal_pointer (&id), g_steal_pointer (&value));
  return TRUE;
}

static gboolean
take_line (Parser *p, char *line, GError **error)
{
  char *equals;
  gsize n;

  g_strstrip (line);
  n = strlen (line);
  if (n == 0 || line[0] == '#')
    return TRUE;
  if (line[0] == '[') {
    if (line[n - 1] != ']')
      return fail (p, NULL, error, "section header has no \"]\"");
    line[n - 1] = '\0';
    return enter_section (p, line + 1, error);
  }
  equals = strchr (line, '=');
  if (equals == NULL)
    return fail (p, NULL, error, "neither a section, a key nor a comment");
  *equals = '\0';
  return take_pair (p, g_strstrip (line), g_strstrip (equals + 1), error);
}

static gboolean
check_required (Parser *p, GError **error)
{
  p->line = 0;
  for (guint i = 0; i < p->settings->instances->len; i++) {
    g_auto (GStrv) parts =
        g_strsplit (g_ptr_array_index (p->settings->instances, i), "\n", 2);

    g_free (p->section);
    g_free (p->name);
    p->section = g_strdup (parts[0]);
    p->name = g_strdup (parts[1]);
    for (const WeirSetting *s = weir_settings_table; s->section != NULL; s++) {
      g_autofree char *id = value_id (parts[0], parts[1], s->key);

      if (strcmp (s->section, parts[0]) == 0 && s->fallback == NULL
          && !g_hash_table_contains (p->settings->values, id))
        return fail (p, s->key, error, "must be given");
    }
  }
  return TRUE;
}

WeirSettings *
weir_settings_parse (
    const char *file, const char *text, gsize size, GError **error)
{
  g_autoptr (WeirSettings) settings = g_new0 (WeirSettings, 1);
  Parser p = { .settings = settings, .file = file, .name = g_strdup ("") };
  gboolean ok = TRUE;

  settings->values =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  settings->instances = g_ptr_array_new_with_free_func (g_free);
  if (size > WEIR_SETTINGS_MAX_BYTES)
    ok =
        fail (&p, NULL, error, "larger than %d bytes", WEIR_SETTINGS_MAX_BYTES);
  else if (memchr (text, '\0', size) != NULL)
    ok = fail (&p, NULL, error, "holds a NUL byte");

  for (const char *at = text, *end = text + size; ok && at < end;) {
    const char *stop = memchr (at, '\n', (gsize) (end - at));
    g_autofree char *line = NULL;

    if (stop == NULL)
      stop = end;
    line = g_strndup (at, (gsize) (stop - at));
    p.line++;
    ok = take_line (&p, line, error);
    at = stop + 1;
  }
  ok = ok && check_required (&p, error);
  g_free (p.section);
  g_free (p.name);
  return ok ? g_steal_pointer (&settings) : NULL;
}

WeirSettings *
weir_settings_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize size;
  GError *inner = NULL;

  if (!g_file_get_contents (path, &text, &size, &inner)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "%s", inner->message);
    g_error_free (inner);
    return NULL;
  }
  return weir_settings_parse (path, text, size, error);
}

void
weir_settings_free (WeirSettings *settings)
{
  if (settings == NULL)
    return;
  g_hash_table_unref (settings->values);
  g_ptr_array_unref (settings->instances);
  g_free (settings);
}

/* The value in force, as text; APP and NAME may be "". */
static const char *
look_up (const WeirSettings *settings, const char *app, const char *section,
    const char *name, const char *key, WeirSettingType type)
{
  const WeirSetting *row = find_row (section, key);
  const char *value = NULL;

  if (row == NULL || row->type != type)
    g_error ("no such setting: [%s] %s", section, key);
  if (*app != '\0' && (row->flags & WEIR_SETTING_APP)) {
    g_autofree char *full = g_strdup_printf ("%s_%s", section, key);
    g_autofree char *id = value_id ("app", app, full);

    value = g_hash_table_lookup (settings->values, id);
  }
  if (value == NULL) {
    g_autofree char *id = value_id (section, name, key);

    value = g_hash_table_lookup (settings->values, id);
  }
  return value != NULL ? value : row->fallback;
}

gint64
weir_settings_app_int (const WeirSettings *settings, const char *app,
    const char *section, const char *key)
{
  return g_ascii_strtoll (
      look_up (settings, app, section, "", key, WEIR_SETTING_INT), NULL, 10);
}

gboolean
weir_settings_app_bool (const WeirSettings *settings, const char *app,
    const char *section, const char *key)
{
  return strcmp (look_up (settings, app, section, "", key, WEIR_SETTING_BOOL),
             "true")
         == 0;
}

const char *
weir_settings_app_string (const WeirSettings *settings, const char *app,
    const char *section, const char *key)
{
  return look_up (settings, app, section, "", key, WEIR_SETTING_STRING);
}

gint64
weir_settings_int (
    const WeirSettings *settings, const char *section, const char *key)
{
  return weir_settings_app_int (settings, "", section, key);
}

gboolean
weir_settings_bool (
    const WeirSettings *settings, const char *section, const char *key)
{
  return weir_settings_app_bool (settings, "", section, key);
}

const char *
weir_settings_string (
    const WeirSettings *settings, const char *section, const char *key)
{
  return weir_settings_app_string (settings, "", section, key);
}

char **
weir_settings_names (const WeirSettings *settings, const char *section)
{
  GStrvBuilder *names = g_strv_builder_new ();
  g_autofree char *prefix = g_strconcat (section, "\n", NULL);
  char **list;

  for (guint i = 0; i < settings->instances->len; i++) {
    const char *id = g_ptr_array_index (settings->instances, i);

    if (g_str_has_prefix (id, prefix))
      g_strv_builder_add (names, id + strlen (prefix));
  }
  list = g_strv_builder_end (names);
  g_strv_builder_unref (names);
  return list;
}

gboolean
weir_settings_has (
    const WeirSettings *settings, const char *section, const char *name)
{
  gsize n = strlen (section);

  for (guint i = 0; i < settings->instances->len; i++) {
    const char *id = g_ptr_array_index (settings->instances, i);

    if (strncmp (id, section, n) == 0 && id[n] == '\n'
        && strcmp (id + n + 1, name) == 0)
      return TRUE;
  }
  return FALSE;
}

gint64
weir_settings_named_int (const WeirSettings *settings, const char *section,
    const char *name, const char *key)
{
  return g_ascii_strtoll (
      look_up (settings, "", section, name, key, WEIR_SETTING_INT), NULL, 10);
}

gboolean
weir_settings_named_bool (const WeirSettings *settings, const char *section,
    const char *name, const char *key)
{
  return strcmp (look_up (settings, "", section, name, key, WEIR_SETTING_BOOL),
             "true")
         == 0;
}

const char *
weir_settings_named_string (const WeirSettings *settings, const char *section,
    const char *name, const char *key)
{
  return look_up (settings, "", section, name, key, WEIR_SETTING_STRING);
}

/* Adds what A has and B has not, or has otherwise. */
static void
add_fixed (const WeirSettings *a, const WeirSettings *b, GHashTable *into)
{
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, a->values);
  while (g_hash_table_iter_next (&iter, &id, &value)) {
    g_auto (GStrv) parts = g_strsplit (id, "\n", 3);
    const WeirSetting *row = find_row (parts[0], parts[2]);

    if (row == NULL || (row->flags & WEIR_SETTING_RELOAD)
        || g_strcmp0 (g_hash_table_lookup (b->values, id), value) == 0)
      continue;
    g_hash_table_add (into, g_strdup_printf ("[%s%s%s] %s", parts[0],
                                *parts[1] ? " " : "", parts[1], parts[2]));
  }
}

char **
weir_settings_need_restart (const WeirSettings *old, const WeirSettings *fresh)
{
  GHashTable *set =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  char **names;

  add_fixed (old, fresh, set);
  add_fixed (fresh, old, set);
  names = (char **) g_hash_table_get_keys_as_array (set, NULL);
  g_hash_table_steal_all (set);
  g_hash_table_unref (set);
  return names;
}

static void
append_wrapped (GString *out, const char *prefix, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gsize column = 0;

  for (char **w = words; *w != NULL; w++) {
    if (column > 0 && column + strlen (*w) + 1 > 78) {
      g_string_append_c (out, '\n');
      column = 0;
    }
    column += strlen (*w) + 1;
    g_string_append (out, column == strlen (*w) + 1 ? prefix : " ");
    g_string_append (out, *w);
  }
  g_string_append_c (out, '\n');
}

char *
weir_settings_sample (void)
{
  GString *out =
      g_string_new ("# weir.conf: every key with its meaning and default.\n"
                    "# A key that is commented out has the value shown.\n");
  const char *section = "";

  for (const WeirSetting *s = weir_settings_table; s->section != NULL; s++) {
    if (strcmp (section, s->section) != 0) {
      section = s->section;
      g_string_append_printf (out, "\n%s[%s%s]\n",
          s->flags & WEIR_SETTING_NAMED ? "#" : "", section,
          s->flags & WEIR_SETTING_NAMED ? " NAME" : "");
    }
    append_wrapped (out, "# ", s->doc);
    g_string_append_printf (
        out, "#%s = %s\n", s->key, s->fallback ? s->fallback : "");
  }
  g_string_append (out,
      "\n# [app NAME] overrides for the streams of one application:\n"
      "#[app NAME]\n");
  for (const WeirSetting *s = weir_settings_table; s->section != NULL; s++)
    if (s->flags & WEIR_SETTING_APP)
      g_string_append_printf (
          out, "#%s_%s = %s\n", s->section, s->key, s->fallback);
  return g_string_free (out, FALSE);
}

char *
weir_settings_reference (void)
{
  GString *out = g_string_new ("# Settings\n\nMade from the settings table: "
                               "`weir --settings-reference`.\n");
  const char *section = "";

  for (const WeirSetting *s = weir_settings_table; s->section != NULL; s++) {
    if (strcmp (section, s->section) != 0) {
      section = s->section;
      g_string_append_printf (out,
          "\n## [%s%s]\n\n| key | default | range | app | meaning |\n"
          "|---|---|---|---|---|\n",
          section, s->flags & WEIR_SETTING_NAMED ? " NAME" : "");
    }
    g_string_append_printf (out, "| `%s` | %s | ", s->key,
        s->fallback == NULL    ? "required"
        : *s->fallback == '\0' ? "empty"
                               : s->fallback);
    if (s->type == WEIR_SETTING_INT)
      g_string_append_printf (
          out, "%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, s->min, s->max);
    else if (s->type == WEIR_SETTING_BOOL)
      g_string_append (out, "true, false");
    else if (s->choices != NULL) {
      g_auto (GStrv) choices = g_strsplit (s->choices, "|", -1);
      g_autofree char *list = g_strjoinv (", ", choices);

      g_string_append (out, list);
    } else {
      g_string_append (out, "text");
    }
    g_string_append_printf (out, " | %s | %s |\n",
        s->flags & WEIR_SETTING_APP ? "yes" : "", s->doc);
  }
  return g_string_free (out, FALSE);
}
