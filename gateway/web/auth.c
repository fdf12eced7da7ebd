/* Who makes a request, and from which page. */
#include "web/web-impl.h"

#include "control/secret.h"

#include <string.h>

#define MAX_HEADER_BYTES 2048

char *
weir_web_dup_header (struct lws *wsi, enum lws_token_indexes token)
{
  int size = lws_hdr_total_length (wsi, token);
  char *text;

  if (size <= 0 || size > MAX_HEADER_BYTES)
    return NULL;
  text = g_malloc ((gsize) size + 1);
  if (lws_hdr_copy (wsi, text, size + 1, token) < 0) {
    g_free (text);
    return NULL;
  }
  return text;
}

char *
weir_web_dup_session (struct lws *wsi)
{
  g_autofree char *cookies = weir_web_dup_header (wsi, WSI_TOKEN_HTTP_COOKIE);
  g_auto (GStrv) parts = cookies ? g_strsplit (cookies, ";", 64) : NULL;

  for (char **p = parts; p != NULL && *p != NULL; p++) {
    const char *pair = g_strstrip (*p);

    if (g_str_has_prefix (pair, WEIR_WEB_COOKIE "="))
      return g_strdup (pair + strlen (WEIR_WEB_COOKIE "="));
  }
  return NULL;
}

const WeirUser *
weir_web_authenticate (WeirWeb *web, struct lws *wsi)
{
  g_autofree char *authorization =
      weir_web_dup_header (wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
  g_autofree char *session = NULL;

  if (authorization != NULL)
    return g_ascii_strncasecmp (authorization, "Bearer ", 7) == 0
               ? weir_users_check_token (web->control->users, authorization + 7)
               : NULL;
  session = weir_web_dup_session (wsi);
  return session != NULL ? weir_users_check_session (
             web->control->users, session, weir_wall_ms ())
                         : NULL;
}

gboolean
weir_web_origin_ok (const WeirWeb *web, struct lws *wsi)
{
  g_autofree char *origin = NULL;

  if (lws_hdr_total_length (wsi, WSI_TOKEN_ORIGIN) <= 0)
    return TRUE;
  origin = weir_web_dup_header (wsi, WSI_TOKEN_ORIGIN);
  return origin != NULL && g_hash_table_contains (web->origins, origin);
}
