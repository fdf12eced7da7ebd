/* The address an egress pushes to: rtmp://HOST[:PORT]/APP/NAME, or rtmps://
 * for RTMP over TLS. Pure. */
#pragma once

#include <glib.h>

#define WEIR_RTMP_DEFAULT_PORT 1935
/* What encoders and services take where the address names none. */
#define WEIR_RTMPS_DEFAULT_PORT 443

typedef struct {
  gboolean tls;
  char *host; /* without brackets */
  guint port;
  char *app;    /* all of the path but its last component */
  char *name;   /* the last component and the query: often a secret */
  char *tc_url; /* rtmp[s]://HOST[:PORT]/APP */
} WeirRtmpPushUrl;

/* WEIR_ERROR_CONFIG with words that do not repeat the name. */
gboolean weir_rtmp_push_url_parse (
    const char *text, WeirRtmpPushUrl *ret_url, GError **error);
void weir_rtmp_push_url_clear (WeirRtmpPushUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirRtmpPushUrl, weir_rtmp_push_url_clear)
