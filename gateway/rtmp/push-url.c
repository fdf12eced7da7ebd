/* Takes the address of a push apart. */
#include "rtmp/push-url.h"

#include <string.h>

#include "base/error.h"

static gboolean
fail (GError **error, const char *words)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "push address: %s; it must look like rtmp://HOST[:PORT]/APP/NAME or "
      "rtmps://…",
      words);
  return FALSE;
}

/* HOST, HOST:PORT or [ADDRESS]:PORT. */
static gboolean
parse_authority (char *authority, WeirRtmpPushUrl *url, GError **error)
{
  char *host = authority;
  char *port;
  guint64 number = url->tls ? WEIR_RTMPS_DEFAULT_PORT : WEIR_RTMP_DEFAULT_PORT;

  if (host[0] == '[') {
    char *end = strchr (host, ']');

    if (end == NULL)
      return fail (error, "'[' without ']'");
    host++;
    *end = '\0';
    port = end[1] == ':' ? end + 2 : NULL;
    if (port == NULL && end[1] != '\0')
      return fail (error, "something between ']' and the port");
  } else {
    port = strchr (host, ':');
    if (port != NULL)
      *port++ = '\0';
  }
  if (host[0] == '\0')
    return fail (error, "no host");
  if (port != NULL
      && !g_ascii_string_to_unsigned (port, 10, 1, 65535, &number, NULL))
    return fail (error, "the port is no number from 1 to 65535");
  url->host = g_strdup (host);
  url->port = (guint) number;
  return TRUE;
}

gboolean
weir_rtmp_push_url_parse (
    const char *text, WeirRtmpPushUrl *ret_url, GError **error)
{
  g_auto (WeirRtmpPushUrl) url = { 0 };
  g_autofree char *copy = g_strstrip (g_strdup (text));
  g_autofree char *shown = NULL;
  char *authority, *path, *query, *name;

  url.tls = g_ascii_strncasecmp (copy, "rtmps://", 8) == 0;
  if (!url.tls && g_ascii_strncasecmp (copy, "rtmp://", 7) != 0)
    return fail (error, "it does not begin with rtmp:// or rtmps://");
  authority = strstr (copy, "//") + 2;
  path = strchr (authority, '/');
  if (path == NULL)
    return fail (error, "no application");
  *path++ = '\0';
  shown = g_strdup (authority);
  if (!parse_authority (authority, &url, error))
    return FALSE;

  query = strchr (path, '?');
  name = query != NULL ? g_strrstr_len (path, query - path, "/")
                       : strrchr (path, '/');
  if (name == NULL || name == path)
    return fail (error, "no application");
  *name++ = '\0';
  if (name[0] == '\0')
    return fail (error, "no name");
  url.app = g_strdup (path);
  url.name = g_strdup (name);
  url.tc_url =
      g_strdup_printf ("%s://%s/%s", url.tls ? "rtmps" : "rtmp", shown, path);
  *ret_url = url;
  url = (WeirRtmpPushUrl){ 0 };
  return TRUE;
}

void
weir_rtmp_push_url_clear (WeirRtmpPushUrl *url)
{
  g_clear_pointer (&url->host, g_free);
  g_clear_pointer (&url->app, g_free);
  g_clear_pointer (&url->name, g_free);
  g_clear_pointer (&url->tc_url, g_free);
}
