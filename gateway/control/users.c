/* Tokens and sessions, both kept as hashes. */
#include "control/users.h"

#include "control/secret.h"

#include <string.h>

typedef struct {
  guint8 hash[WEIR_SECRET_HASH_BYTES];
  char *user;
  gint64 until_ms;
} Session;

struct _WeirUsers {
  GPtrArray *list;  /* WeirUser, owns */
  GQueue *sessions; /* Session, oldest first */
  gint64 session_ms;
};

static const char *const role_names[] = { "none", "viewer", "reviewer",
  "operator", "admin" };

const char *
weir_role_name (WeirRole role)
{
  return role_names[role];
}

static void
session_free (gpointer data)
{
  Session *session = data;

  g_free (session->user);
  g_free (session);
}

WeirUsers *
weir_users_new (GPtrArray *loaded, gint64 session_ms)
{
  WeirUsers *users = g_new0 (WeirUsers, 1);

  users->list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_user_free);
  users->sessions = g_queue_new ();
  users->session_ms = session_ms;
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    g_ptr_array_add (
        users->list, weir_user_copy (g_ptr_array_index (loaded, i)));
  return users;
}

void
weir_users_free (WeirUsers *users)
{
  if (users == NULL)
    return;
  g_ptr_array_unref (users->list);
  g_queue_free_full (users->sessions, session_free);
  g_free (users);
}

guint
weir_users_count (const WeirUsers *users)
{
  return users->list->len;
}

const WeirUser *
weir_users_check_token (const WeirUsers *users, const char *token)
{
  guint8 hash[WEIR_SECRET_HASH_BYTES];
  const WeirUser *found = NULL;

  weir_secret_hash (token, hash);
  for (guint i = 0; i < users->list->len; i++) {
    const WeirUser *user = g_ptr_array_index (users->list, i);

    if (weir_secret_hash_equal (hash, user->token_hash))
      found = user;
  }
  return found;
}

WeirRole
weir_user_get_role (const WeirUser *user)
{
  for (guint i = 0; i < G_N_ELEMENTS (role_names); i++)
    if (strcmp (user->role, role_names[i]) == 0)
      return (WeirRole) i;
  return WEIR_ROLE_NONE;
}

static const WeirUser *
find (const WeirUsers *users, const char *name)
{
  for (guint i = 0; i < users->list->len; i++) {
    const WeirUser *user = g_ptr_array_index (users->list, i);

    if (strcmp (user->name, name) == 0)
      return user;
  }
  return NULL;
}

void
weir_users_put (WeirUsers *users, WeirUser *user)
{
  for (guint i = 0; i < users->list->len; i++) {
    WeirUser *old = g_ptr_array_index (users->list, i);

    if (strcmp (old->name, user->name) == 0) {
      g_ptr_array_remove_index (users->list, i);
      break;
    }
  }
  g_ptr_array_add (users->list, user);
}

char *
weir_users_open_session (WeirUsers *users, const WeirUser *user, gint64 now_ms)
{
  Session *session = g_new0 (Session, 1);
  char *secret = weir_secret_new ();

  weir_secret_hash (secret, session->hash);
  session->user = g_strdup (user->name);
  session->until_ms = now_ms + users->session_ms;
  if (g_queue_get_length (users->sessions) >= WEIR_SESSIONS_MAX)
    session_free (g_queue_pop_head (users->sessions));
  g_queue_push_tail (users->sessions, session);
  return secret;
}

static GList *
find_session (const WeirUsers *users, const char *secret)
{
  guint8 hash[WEIR_SECRET_HASH_BYTES];

  weir_secret_hash (secret, hash);
  for (GList *l = users->sessions->head; l != NULL; l = l->next)
    if (weir_secret_hash_equal (hash, ((Session *) l->data)->hash))
      return l;
  return NULL;
}

const WeirUser *
weir_users_check_session (WeirUsers *users, const char *secret, gint64 now_ms)
{
  GList *l = find_session (users, secret);

  if (l == NULL)
    return NULL;
  if (((Session *) l->data)->until_ms < now_ms) {
    weir_users_close_session (users, secret);
    return NULL;
  }
  return find (users, ((Session *) l->data)->user);
}

void
weir_users_close_session (WeirUsers *users, const char *secret)
{
  GList *l = find_session (users, secret);

  if (l == NULL)
    return;
  session_free (l->data);
  g_queue_delete_link (users->sessions, l);
}
