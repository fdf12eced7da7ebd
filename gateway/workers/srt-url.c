/* Takes the address of an SRT egress apart. */
#include "workers/srt-url.h"

#include "base/error.h"
#include "core/stream-id.h"

#include <string.h>

#define SCHEME "srt://"

gboolean
weir_srt_url_is_one (const char *text)
{
  while (g_ascii_isspace (*text))
    text++;
  return g_ascii_strncasecmp (text, SCHEME, strlen (SCHEME)) == 0;
}

static gboolean
fail (GError **error, const char *words)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "SRT address: %s; it must look like "
      "srt://HOST:PORT?streamid=…&passphrase=…&latency=MS",
      words);
  return FALSE;
}

/* HOST:PORT or [ADDRESS]:PORT; changed. */
static gboolean
parse_authority (char *authority, WeirSrtUrl *url, GError **error)
{
  char *host = authority;
  char *port;
  guint64 number;

  if (host[0] == '[') {
    char *end = strchr (host, ']');

    if (end == NULL)
      return fail (error, "'[' without ']'");
    host++;
    *end = '\0';
    port = end[1] == ':' ? end + 2 : NULL;
  } else {
    port = strchr (host, ':');
    if (port != NULL)
      *port++ = '\0';
  }
  if (host[0] == '\0')
    return fail (error, "no host");
  if (port == NULL)
    return fail (error, "no port");
  if (!g_ascii_string_to_unsigned (port, 10, 1, 65535, &number, NULL))
    return fail (error, "the port is no number from 1 to 65535");
  url->host = g_strdup (host);
  url->port = (guint) number;
  return TRUE;
}

const char *
weir_srt_passphrase_complaint (const char *text)
{
  gsize n = strlen (text);

  if (n >= WEIR_SRT_PASSPHRASE_MIN_BYTES && n <= WEIR_SRT_PASSPHRASE_MAX_BYTES)
    return NULL;
  return "a passphrase has 10 to 79 bytes";
}

static gboolean
take_stream_id (const char *value, WeirSrtUrl *url, GError **error)
{
  if (strlen (value) > WEIR_STREAM_ID_MAX_BYTES)
    return fail (error, "streamid is longer than 512 bytes");
  g_free (url->stream_id);
  url->stream_id = g_strdup (value);
  return TRUE;
}

static gboolean
take_passphrase (const char *value, WeirSrtUrl *url, GError **error)
{
  const char *complaint = weir_srt_passphrase_complaint (value);

  if (complaint != NULL)
    return fail (error, complaint);
  g_free (url->passphrase);
  url->passphrase = g_strdup (value);
  return TRUE;
}

static gboolean
take_key_bytes (const char *value, WeirSrtUrl *url, GError **error)
{
  guint64 bytes;

  if (!g_ascii_string_to_unsigned (value, 10, 16, 32, &bytes, NULL)
      || bytes % 8 != 0)
    return fail (error, "pbkeylen is 16, 24 or 32");
  url->key_bytes = (guint) bytes;
  return TRUE;
}

static gboolean
take_latency (const char *value, WeirSrtUrl *url, GError **error)
{
  guint64 ms;

  if (!g_ascii_string_to_unsigned (
          value, 10, 0, WEIR_SRT_URL_MAX_LATENCY_MS, &ms, NULL))
    return fail (error, "latency is in milliseconds, 0 to 30000");
  url->latency_ms = (guint) ms;
  return TRUE;
}

static gboolean
take_mode (const char *value, WeirSrtUrl *url, GError **error)
{
  return strcmp (value, "caller") == 0
         || fail (error, "mode can only be caller");
}

static gboolean
take_type (const char *value, WeirSrtUrl *url, GError **error)
{
  return strcmp (value, "live") == 0
         || fail (error, "transtype can only be live");
}

static gboolean
take_parameter (
    const char *key, const char *value, WeirSrtUrl *url, GError **error)
{
  static const struct {
    const char *key;
    gboolean (*take) (const char *value, WeirSrtUrl *url, GError **error);
  } known[] = {
    { "streamid", take_stream_id },
    { "passphrase", take_passphrase },
    { "pbkeylen", take_key_bytes },
    { "latency", take_latency },
    { "mode", take_mode },
    { "transtype", take_type },
  };
  g_autofree char *words = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].key, key) == 0)
      return known[i].take (value, url, error);
  if (!g_str_is_ascii (key) || strlen (key) > 40)
    return fail (error, "a parameter is not known");
  words = g_strdup_printf ("parameter \"%s\" is not known", key);
  return fail (error, words);
}

static gboolean
parse_query (const char *query, WeirSrtUrl *url, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (query, "&", -1);

  for (char **part = parts; *part != NULL; part++) {
    char *equals = strchr (*part, '=');
    g_autofree char *value = NULL;

    if (**part == '\0')
      continue;
    if (equals == NULL)
      return fail (error, "a parameter without '='");
    *equals = '\0';
    value = g_uri_unescape_string (equals + 1, NULL);
    if (value == NULL)
      return fail (error, "a '%' without two hexadecimal digits behind it");
    if (!take_parameter (*part, value, url, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
weir_srt_url_parse (const char *text, WeirSrtUrl *ret_url, GError **error)
{
  g_auto (WeirSrtUrl) url = {
    .stream_id = g_strdup (""),
    .passphrase = g_strdup (""),
    .latency_ms = WEIR_SRT_URL_DEFAULT_LATENCY_MS,
  };
  g_autofree char *copy = g_strstrip (g_strdup (text));
  char *authority, *query, *slash;

  if (!weir_srt_url_is_one (copy))
    return fail (error, "it does not begin with srt://");
  authority = copy + strlen (SCHEME);
  query = strchr (authority, '?');
  if (query != NULL)
    *query++ = '\0';
  slash = strchr (authority, '/');
  if (slash != NULL && slash[1] != '\0')
    return fail (
        error, "there is a path; the stream's name goes into streamid");
  if (slash != NULL)
    *slash = '\0';
  if (!parse_authority (authority, &url, error)
      || (query != NULL && !parse_query (query, &url, error)))
    return FALSE;
  if (url.key_bytes != 0 && *url.passphrase == '\0')
    return fail (error, "pbkeylen without passphrase");
  *ret_url = url;
  url = (WeirSrtUrl){ 0 };
  return TRUE;
}

void
weir_srt_url_clear (WeirSrtUrl *url)
{
  g_clear_pointer (&url->host, g_free);
  g_clear_pointer (&url->stream_id, g_free);
  g_clear_pointer (&url->passphrase, g_free);
}
