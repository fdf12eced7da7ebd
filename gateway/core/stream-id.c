/* Takes the stream id of an SRT caller apart. */
#include "core/stream-id.h"

#include <string.h>

#include "base/error.h"
#include "core/form-field.h"
#include "core/names.h"

#define MARKER "#!"
#define SUFFIX "#feedbackplay"
#define MAX_COLON_PARTS 5

static gboolean
refuse (GError **error, WeirError code, const char *why)
{
  g_set_error (error, WEIR_ERROR, code, "stream id: %s", why);
  return FALSE;
}

/* Undoes percent-encoding in place. */
static void
decode (char *text)
{
  char *to = text;

  for (const char *at = text; *at != '\0'; at++) {
    if (at[0] == '%' && g_ascii_isxdigit (at[1]) && g_ascii_isxdigit (at[2])) {
      *to++ = (char) (g_ascii_xdigit_value (at[1]) << 4
                      | g_ascii_xdigit_value (at[2]));
      at += 2;
    } else {
      *to++ = *at;
    }
  }
  *to = '\0';
}

/* Text of SIZE bytes of which none is decoded to a byte that ends a string. */
static gboolean
check_bytes (const char *text, gsize size, GError **error)
{
  if (memchr (text, '\0', size) != NULL
      || g_strstr_len (text, (gssize) size, "%00") != NULL)
    return refuse (error, WEIR_ERROR_PROTOCOL, "has a NUL in it");
  return TRUE;
}

static gboolean
check_text (const char *text, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, WEIR_ERROR_PROTOCOL, "is not UTF-8");
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return refuse (
          error, WEIR_ERROR_PROTOCOL, "has a control character in it");
  }
  return TRUE;
}

/* Ends TEXT at the first of MARK and returns what follows, or NULL. */
static char *
cut_at (char *text, char mark)
{
  char *at = strchr (text, mark);

  if (at == NULL)
    return NULL;
  *at = '\0';
  return at + 1;
}

/* What the forms have in common, still in one piece; points into the text
 * that was read. NULL: was not there. */
typedef struct {
  char *resource;
  const char *publisher;
  const char *secret;
  const char *query;
} Parts;

/* The value of "key" in QUERY, all of it when it has no "=", or "". Caller
 * frees. */
static char *
dup_key (const char *query)
{
  g_auto (GStrv) pairs = NULL;

  if (strchr (query, '=') == NULL)
    return g_strdup (query);
  /* A query appended to one that was there already begins with "?". */
  pairs = g_strsplit_set (query, "&?", -1);
  for (guint i = 0; pairs[i] != NULL; i++) {
    if (g_str_has_prefix (pairs[i], "key="))
      return g_strdup (pairs[i] + strlen ("key="));
  }
  return g_strdup ("");
}

static void
append_pair (GString *query, const char *name, const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);

  if (*value == '\0')
    return;
  g_string_append_printf (
      query, "%s%s=%s", query->len > 0 ? "&" : "", name, escaped);
}

char *
weir_stream_id_hook_query (
    const char *query, const char *secret, const char *publisher)
{
  g_auto (GStrv) pairs = g_strsplit_set (query, "&?", -1);
  GString *all = g_string_new (NULL);
  gboolean bare = strchr (query, '=') == NULL; /* it is the secret, or none */

  for (guint i = 0; !bare && pairs[i] != NULL; i++) {
    g_autofree char *field = weir_form_field (pairs[i], strlen (pairs[i]));

    if (*pairs[i] == '\0' || strcmp (field, "key") == 0
        || (*publisher != '\0' && strcmp (field, "user") == 0))
      continue;
    g_string_append_printf (all, "%s%s", all->len > 0 ? "&" : "", pairs[i]);
  }
  append_pair (all, "key", secret);
  append_pair (all, "user", publisher);
  return g_string_free (all, FALSE);
}

static gboolean
check_mode (const char *mode, GError **error)
{
  if (g_strcmp0 (mode, "publish") == 0)
    return TRUE;
  if (mode == NULL || strcmp (mode, "request") == 0)
    return refuse (error, WEIR_ERROR_DENIED,
        "asks to receive (without m=publish it means m=request); streams are "
        "only taken here");
  if (strcmp (mode, "bidirectional") == 0)
    return refuse (error, WEIR_ERROR_DENIED,
        "asks for both directions (m=bidirectional); say m=publish");
  return refuse (error, WEIR_ERROR_PROTOCOL, "m is none of its three modes");
}

/* The pairs of the access-control syntax; LIST is what follows "#!::" or
 * stands within braces. */
static gboolean
read_pairs (char *list, gboolean encoded, Parts *parts, GError **error)
{
  enum { USER, RESOURCE, SECRET, MODE, TYPE, N_KEYS };
  static const char keys[N_KEYS + 1] = "ursmt"; /* in that order */
  char *values[N_KEYS] = { NULL };
  char *next;

  for (char *pair = list; pair != NULL; pair = next) {
    const char *place;
    char *value;
    guint i;

    next = cut_at (pair, ',');
    g_strstrip (pair);
    value = cut_at (pair, '=');
    place = strchr (keys, pair[0]);
    if (value == NULL || strlen (pair) != 1 || place == NULL)
      continue;
    i = (guint) (place - keys);
    if (values[i] != NULL) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "stream id: key \"%c\" stands in it twice", keys[i]);
      return FALSE;
    }
    if (encoded)
      decode (value);
    values[i] = value;
  }
  if (!check_mode (values[MODE], error))
    return FALSE;
  if (values[TYPE] != NULL && strcmp (values[TYPE], "stream") != 0)
    return refuse (
        error, WEIR_ERROR_DENIED, "t is not stream, and nothing else is taken");
  if (values[RESOURCE] == NULL)
    return refuse (error, WEIR_ERROR_PROTOCOL, "names no resource (r=)");
  parts->publisher = values[USER];
  parts->resource = values[RESOURCE];
  parts->secret = values[SECRET];
  return TRUE;
}

/* TEXT begins with MARKER. */
static gboolean
read_access_control (char *text, gboolean encoded, Parts *parts, GError **error)
{
  char *content = text + strlen (MARKER);
  gsize size;

  /* The syntax is ":", the kind of content ":" or "{"; some leave the first
   * out before a brace. */
  if (content[0] == ':')
    content++;
  else if (content[0] != '{')
    return refuse (error, WEIR_ERROR_PROTOCOL, "begins with an unknown syntax");
  if (content[0] == ':')
    return read_pairs (content + 1, encoded, parts, error);
  size = strlen (content);
  if (content[0] != '{' || content[size - 1] != '}')
    return refuse (
        error, WEIR_ERROR_PROTOCOL, "is neither #!::key=value,… nor #!:{…}");
  content[size - 1] = '\0';
  content++;
  if (strpbrk (content, "{}") != NULL)
    return refuse (error, WEIR_ERROR_PROTOCOL,
        "blocks within blocks are not read; write #!::key=value,…");
  return read_pairs (content, encoded, parts, error);
}

/* What MediaMTX reads: a query is the third or the fifth part. */
static gboolean
read_colon_form (char *text, Parts *parts, GError **error)
{
  char *part[MAX_COLON_PARTS] = { NULL };
  const char *query = cut_at (text, '?');
  guint n = 0;

  for (char *at = text; at != NULL; n++) {
    if (n == MAX_COLON_PARTS)
      return refuse (error, WEIR_ERROR_PROTOCOL,
          "has more than five parts between colons");
    part[n] = at;
    at = cut_at (at, ':');
  }
  if (strcmp (part[0], "read") == 0 || strcmp (part[0], "request") == 0)
    return refuse (error, WEIR_ERROR_DENIED,
        "asks to receive; streams are only taken here");
  if (strcmp (part[0], "publish") != 0)
    return refuse (
        error, WEIR_ERROR_PROTOCOL, "begins with a word that is not publish");
  parts->resource = part[1];
  if (n >= 4) {
    parts->publisher = part[2];
    parts->secret = part[3];
  }
  parts->query = query != NULL ? query : n == 3 ? part[2] : part[4];
  return TRUE;
}

/* Whether a ":" comes before anything that a name or a query may have. */
static gboolean
is_colon_form (const char *text)
{
  return text[strcspn (text, ":/?")] == ':';
}

static gboolean
finish (const Parts *parts, WeirStreamId *ret_id, GError **error)
{
  const char *query = parts->query;
  char *resource = parts->resource;
  char *app, *name;

  if (query == NULL)
    query = cut_at (resource, '?');
  if (query == NULL)
    query = "";
  if (resource[0] == '/')
    resource++;
  if (!weir_path_split (resource, &app, &name)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "stream id: the stream is not APP/NAME, each of 1 to %d of "
        "A-Z a-z 0-9 . _ -",
        WEIR_NAME_MAX_LENGTH);
    return FALSE;
  }
  ret_id->app = app;
  ret_id->name = name;
  ret_id->secret =
      parts->secret != NULL ? g_strdup (parts->secret) : dup_key (query);
  ret_id->publisher =
      g_strdup (parts->publisher != NULL ? parts->publisher : "");
  ret_id->query = g_strdup (query);
  return TRUE;
}

static gboolean
read_id (char *text, WeirStreamId *ret_id, GError **error)
{
  gboolean by_value = g_str_has_prefix (text, MARKER);
  Parts parts = { NULL };

  if (!by_value)
    decode (text);
  if (g_str_has_suffix (text, SUFFIX))
    text[strlen (text) - strlen (SUFFIX)] = '\0';
  if (g_str_has_prefix (text, MARKER)) {
    if (!read_access_control (text, by_value, &parts, error))
      return FALSE;
  } else if (is_colon_form (text)) {
    if (!read_colon_form (text, &parts, error))
      return FALSE;
  } else {
    parts.resource = text;
  }
  return finish (&parts, ret_id, error);
}

gboolean
weir_stream_id_parse (const void *data, gsize size, const char *fallback,
    WeirStreamId *ret_id, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL;

  if (size > WEIR_STREAM_ID_MAX_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "stream id: is longer than %d bytes", WEIR_STREAM_ID_MAX_BYTES);
    return FALSE;
  }
  if (size > 0 && !check_bytes (data, size, error))
    return FALSE;
  text = g_strstrip (g_strndup (size > 0 ? data : "", size));
  if (text[0] == '\0' && fallback != NULL) {
    g_free (text);
    text = g_strdup (fallback);
  }
  if (text[0] == '\0')
    return refuse (error, WEIR_ERROR_PROTOCOL,
        "is empty; say #!::r=APP/NAME,m=publish,s=SECRET");
  /* Before anything is undone and after: a decoded part may not hold what the
   * text must not. */
  plain = g_strdup (text);
  decode (plain);
  if (!check_text (text, error) || !check_text (plain, error))
    return FALSE;
  return read_id (text, ret_id, error);
}

void
weir_stream_id_clear (WeirStreamId *id)
{
  g_clear_pointer (&id->app, g_free);
  g_clear_pointer (&id->name, g_free);
  g_clear_pointer (&id->secret, g_free);
  g_clear_pointer (&id->publisher, g_free);
  g_clear_pointer (&id->query, g_free);
}
