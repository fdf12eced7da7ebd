/* The address an egress pushes to: rtmp://HOST[:PORT]/APP/NAME. Pure. */
#pragma once

#include <glib.h>

#define WEIR_RTMP_DEFAULT_PORT 1935

typedef struct {
  char *host; /* without brackets */
  guint port;
  char *app;    /* all of the path but its last component */
  char *name;   /* the last component and the query: often a secret */
  char *tc_url; /* rtmp://HOST[:PORT]/APP */
} WeirRtmpPushUrl;

/* WEIR_ERROR_CONFIG with words that do not repeat the name. */
gboolean weir_rtmp_push_url_parse (
    const char *text, WeirRtmpPushUrl *ret_url, GError **error);
void weir_rtmp_push_url_clear (WeirRtmpPushUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirRtmpPushUrl, weir_rtmp_push_url_clear)
