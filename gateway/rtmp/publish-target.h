/* From what a publisher typed into "server" and "stream key" to application,
 * name and secret. Pure.
 *
 * The secret is the value of "key" in the query of the name, of the
 * application or of tcUrl, the first that has one; or the whole query of the
 * name when that has no "=" in it. Without any query the name may itself be
 * the secret, which is for the caller to look up. Nothing is
 * percent-decoded: publishers do not encode. */
#pragma once

#include <glib.h>

#define WEIR_RTMP_MAX_TARGET_BYTES 1024

typedef struct {
  char *app;
  char *name;
  char *secret;     /* "" when there is none */
  char *app_query;  /* what followed "?" as it was sent, or "" */
  char *name_query; /* the same of the name */
} WeirPublishTarget;

/* APP and TC_URL as in connect, NAME as in publish; each may be NULL. White
 * space around and slashes at the ends of the application are trimmed. An
 * empty name is taken from the last component of the application.
 * WEIR_ERROR_LIMIT when one is longer than WEIR_RTMP_MAX_TARGET_BYTES. */
gboolean weir_publish_target_parse (const char *app, const char *tc_url,
    const char *name, WeirPublishTarget *ret_target, GError **error);
void weir_publish_target_clear (WeirPublishTarget *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirPublishTarget, weir_publish_target_clear)
