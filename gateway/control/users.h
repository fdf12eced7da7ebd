/* People and programs: tokens, sessions, roles. Loop thread. */
#pragma once

#include "control/control.h"

typedef enum {
  WEIR_ROLE_NONE,
  WEIR_ROLE_VIEWER,   /* sees */
  WEIR_ROLE_REVIEWER, /* decides on cases and streams */
  WEIR_ROLE_OPERATOR, /* keys, settings */
  WEIR_ROLE_ADMIN,    /* people */
} WeirRole;

const char *weir_role_name (WeirRole role);

#define WEIR_SESSIONS_MAX 10000

WeirUsers *weir_users_new (GPtrArray *loaded, gint64 session_ms);
void weir_users_free (WeirUsers *users);
guint weir_users_count (const WeirUsers *users);

/* The user whose token TOKEN is, or NULL. Borrowed. */
const WeirUser *
weir_users_check_token (const WeirUsers *users, const char *token);
WeirRole weir_user_get_role (const WeirUser *user);
void weir_users_put (WeirUsers *users, WeirUser *user); /* takes USER */

/* A log-in. Returns the session's secret for the cookie; caller frees with
 * weir_secret_free (). The oldest session gives way beyond
 * WEIR_SESSIONS_MAX. */
char *
weir_users_open_session (WeirUsers *users, const WeirUser *user, gint64 now_ms);
const WeirUser *
weir_users_check_session (WeirUsers *users, const char *session, gint64 now_ms);
void weir_users_close_session (WeirUsers *users, const char *session);
