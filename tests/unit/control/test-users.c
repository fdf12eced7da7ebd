/* Tokens, roles and sessions. */
#include "control/users.h"

#include "control/secret.h"

#define SESSION_MS 1000

static WeirUser *
user (const char *name, const char *role, const char *token)
{
  WeirUser *u = g_new0 (WeirUser, 1);

  u->name = g_strdup (name);
  u->role = g_strdup (role);
  weir_secret_hash (token, u->token_hash);
  return u;
}

static WeirUsers *
two_users (void)
{
  WeirUsers *users = weir_users_new (NULL, SESSION_MS);

  weir_users_put (users, user ("ann", "admin", "token of ann"));
  weir_users_put (users, user ("bob", "viewer", "token of bob"));
  return users;
}

static void
test_token (void)
{
  WeirUsers *users = two_users ();
  const WeirUser *found = weir_users_check_token (users, "token of bob");

  g_assert_cmpstr (found->name, ==, "bob");
  g_assert_cmpint (weir_user_get_role (found), ==, WEIR_ROLE_VIEWER);
  g_assert_null (weir_users_check_token (users, "token of Bob"));
  g_assert_null (weir_users_check_token (users, ""));
  /* A new token takes the old one's place. */
  weir_users_put (users, user ("bob", "operator", "another"));
  g_assert_cmpuint (weir_users_count (users), ==, 2);
  g_assert_null (weir_users_check_token (users, "token of bob"));
  found = weir_users_check_token (users, "another");
  g_assert_cmpint (weir_user_get_role (found), ==, WEIR_ROLE_OPERATOR);
  weir_users_free (users);
  weir_users_free (NULL);
}

static void
test_roles (void)
{
  static const char *const names[] = { "none", "viewer", "reviewer", "operator",
    "admin" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    WeirUser *u = user ("x", names[i], "t");

    g_assert_cmpint (weir_user_get_role (u), ==, (WeirRole) i);
    g_assert_cmpstr (weir_role_name ((WeirRole) i), ==, names[i]);
    weir_user_free (u);
  }
  /* A role that is not known gives no rights. */
  WeirUser *stranger = user ("x", "root", "t");

  g_assert_cmpint (weir_user_get_role (stranger), ==, WEIR_ROLE_NONE);
  weir_user_free (stranger);
}

static void
assert_session (
    WeirUsers *users, const char *name, const char *session, gint64 now_ms)
{
  const WeirUser *found = weir_users_check_session (users, session, now_ms);

  g_assert_cmpstr (found != NULL ? found->name : NULL, ==, name);
}

static void
test_sessions (void)
{
  WeirUsers *users = two_users ();
  const WeirUser *ann = weir_users_check_token (users, "token of ann");
  char *first = weir_users_open_session (users, ann, 5000);
  char *second = weir_users_open_session (users, ann, 5500);

  assert_session (users, "ann", first, 5000);
  assert_session (users, "ann", first, 5000 + SESSION_MS);
  assert_session (users, NULL, first, 5000 + SESSION_MS + 1);
  /* It ended for good. */
  assert_session (users, NULL, first, 5000);
  assert_session (users, "ann", second, 5500 + SESSION_MS);
  weir_users_close_session (users, first);
  weir_users_close_session (users, second);
  assert_session (users, NULL, second, 5500);
  assert_session (users, NULL, "", 5500);
  weir_secret_free (first);
  weir_secret_free (second);
  weir_users_free (users);
}

static void
test_session_is_of_a_user (void)
{
  WeirUsers *users = two_users ();
  char *session = weir_users_open_session (
      users, weir_users_check_token (users, "token of bob"), 0);

  /* With the rights the user has now. */
  weir_users_put (users, user ("bob", "reviewer", "another"));
  g_assert_cmpint (
      weir_user_get_role (weir_users_check_session (users, session, 1)), ==,
      WEIR_ROLE_REVIEWER);
  weir_secret_free (session);
  weir_users_free (users);
}

static void
test_session_limit (void)
{
  WeirUsers *users = two_users ();
  const WeirUser *ann = weir_users_check_token (users, "token of ann");
  char *first = weir_users_open_session (users, ann, 0);
  char *second = weir_users_open_session (users, ann, 0);

  for (guint i = 2; i < WEIR_SESSIONS_MAX; i++)
    weir_secret_free (weir_users_open_session (users, ann, 0));
  assert_session (users, "ann", first, 0);
  weir_secret_free (weir_users_open_session (users, ann, 0));
  assert_session (users, NULL, first, 0);
  assert_session (users, "ann", second, 0);
  weir_secret_free (first);
  weir_secret_free (second);
  weir_users_free (users);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/users/token", test_token);
  g_test_add_func ("/users/roles", test_roles);
  g_test_add_func ("/users/sessions", test_sessions);
  g_test_add_func ("/users/session-is-of-a-user", test_session_is_of_a_user);
  g_test_add_func ("/users/session-limit", test_session_limit);
  return g_test_run ();
}
