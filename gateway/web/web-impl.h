/* What the files of web/ share. */
#pragma once

#include "control/control.h"
#include "control/users.h"
#include "web/assets.h"
#include "web/server.h"

#include <libwebsockets.h>

#define WEIR_WEB_MAX_BODY_BYTES (64 * 1024)
#define WEIR_WEB_MAX_FRAME_BYTES (64 * 1024)
#define WEIR_WEB_MAX_REVIEWERS 1000
#define WEIR_WEB_COOKIE "weir_session"

typedef struct _WeirReview WeirReview;

struct _WeirWeb {
  WeirControl *control;
  struct lws_context *context;
  struct lws_vhost *vhost;
  WeirAssets *assets;
  WeirReview *review;
  GHashTable *origins; /* allowed Origin headers */
  char *address;
  guint port;
  gboolean stopping;
  WeirTimer *goodbye; /* runs while reviewers are told that this is the end */
  gint64 goodbye_by_us;
  /* Failed log-ins of the running second, all addresses together. */
  gint64 failed_since_ms;
  guint failed;
};

/* Who makes the request of WSI: by bearer token, else by session cookie; NULL
 * when nobody. Borrowed. */
const WeirUser *weir_web_authenticate (WeirWeb *web, struct lws *wsi);
/* The session's secret from the cookie, or NULL. Caller frees. */
char *weir_web_dup_session (struct lws *wsi);
/* A page that is not ours may not act with our cookie: the Origin header, if
 * there is one, must be allowed. */
gboolean weir_web_origin_ok (const WeirWeb *web, struct lws *wsi);
/* Copy of a header, or NULL. Caller frees. */
char *weir_web_dup_header (struct lws *wsi, enum lws_token_indexes token);
