/* Reads and keeps the pictures of slates. */
#include "app/slate-styles.h"

#include "base/error.h"

#include <string.h>

/* As weir-muxer takes them. */
#define MAX_TEXT_BYTES 1024
#define MAX_PICTURE_BYTES (4 * 1024 * 1024)

struct _WeirSlateStyles {
  const WeirSettings *settings;
  GHashTable *pictures; /* by path as it is set: GBytes */
};

static gboolean
check_text (const char *text, GError **error)
{
  gsize size = strlen (text);

  if (size <= MAX_TEXT_BYTES && g_utf8_validate (text, -1, NULL))
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "slate_text: %" G_GSIZE_FORMAT " bytes, at most %d of UTF-8 are drawn",
      size, MAX_TEXT_BYTES);
  return FALSE;
}

static gboolean
load_picture (WeirSlateStyles *styles, const WeirPaths *paths,
    const char *setting, GError **error)
{
  static const char signature[] = "\x89PNG\r\n\x1a\n";
  g_autofree char *path = weir_paths_from_config (paths, setting);
  g_autoptr (GError) why = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *data;
  gsize size;

  if (g_hash_table_contains (styles->pictures, setting))
    return TRUE;
  if (!g_file_get_contents (path, &data, &size, &why)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "slate_picture: %s",
        why->message);
    return FALSE;
  }
  bytes = g_bytes_new_take (data, size);
  if (size > MAX_PICTURE_BYTES || size < sizeof signature - 1
      || memcmp (data, signature, sizeof signature - 1) != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "slate_picture: %s is not a PNG file of at most 4 MiB", path);
    return FALSE;
  }
  g_hash_table_insert (
      styles->pictures, g_strdup (setting), g_steal_pointer (&bytes));
  return TRUE;
}

/* APP "": the settings that hold where no application has its own. */
static gboolean
load_app (WeirSlateStyles *styles, const WeirPaths *paths, const char *app,
    GError **error)
{
  const char *picture =
      weir_settings_app_string (styles->settings, app, "gate", "slate_picture");

  return check_text (weir_settings_app_string (
                         styles->settings, app, "gate", "slate_text"),
             error)
         && (*picture == '\0' || load_picture (styles, paths, picture, error));
}

WeirSlateStyles *
weir_slate_styles_load (
    const WeirSettings *settings, const WeirPaths *paths, GError **error)
{
  g_autoptr (WeirSlateStyles) styles = g_new0 (WeirSlateStyles, 1);
  g_auto (GStrv) apps = weir_settings_names (settings, "app");

  styles->settings = settings;
  styles->pictures = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  if (!load_app (styles, paths, "", error)) {
    g_prefix_error (error, "[gate] ");
    return NULL;
  }
  for (char **app = apps; *app != NULL; app++)
    if (!load_app (styles, paths, *app, error)) {
      g_prefix_error (error, "[app %s] gate_", *app);
      return NULL;
    }
  return g_steal_pointer (&styles);
}

void
weir_slate_styles_free (WeirSlateStyles *styles)
{
  if (styles == NULL)
    return;
  g_hash_table_unref (styles->pictures);
  g_free (styles);
}

void
weir_slate_styles_get (const WeirSlateStyles *styles, const char *app,
    const char **ret_text, GBytes **ret_picture)
{
  *ret_text =
      weir_settings_app_string (styles->settings, app, "gate", "slate_text");
  *ret_picture = g_hash_table_lookup (
      styles->pictures, weir_settings_app_string (
                            styles->settings, app, "gate", "slate_picture"));
}
