/* Commands on the key table: create, rotate, delete. */
#include "control/command-base.h"

#include "base/ids.h"
#include "control/describe.h"
#include "control/keys.h"
#include "control/secret.h"
#include "core/names.h"

static void
apply_put (WeirCommand *command)
{
  weir_keys_put (command->control->keys, g_steal_pointer (&command->payload));
}

/* Gives KEY (taken) a new secret, stores it and answers with the secret. */
static void
submit_key (WeirControl *control, const WeirActor *actor, WeirKey *key,
    const char *action, WeirResultFunc func, gpointer data)
{
  WeirCommand *command = weir_command_new (control, actor, key->id, func, data);
  g_autofree char *subject = g_strconcat ("key:", key->id, NULL);
  WeirTxn *txn = weir_txn_new ();
  char *secret = weir_secret_new ();

  weir_secret_hash (secret, key->hash);
  weir_txn_put_key (txn, key);
  command->payload = key;
  command->free_payload = (GDestroyNotify) weir_key_free;
  command->apply = apply_put;
  command->extra = weir_describe_key (key);
  json_object_set_new (command->extra, "secret", json_string (secret));
  weir_secret_free (secret);
  weir_command_submit (command, actor, action, subject,
      json_pack ("{s:s, s:s, s:s}", "app", key->app, "name", key->name,
          "publisher", key->publisher),
      txn);
}

void
weir_command_create_key (WeirControl *control, const WeirActor *actor,
    const char *app, const char *name, const char *publisher,
    WeirResultFunc func, gpointer data)
{
  WeirKey *key;

  if (!weir_name_is_valid (app) || !weir_name_is_valid (name)
      || (*publisher != '\0' && !weir_name_is_valid (publisher))) {
    weir_answer_error (func, data, "bad_request",
        "\"app\", \"name\" and \"publisher\" may have 1 to %d letters, "
        "digits, '.', '_' and '-'.",
        WEIR_NAME_MAX_LENGTH);
    return;
  }
  if (weir_keys_find (control->keys, app, name) != NULL) {
    weir_answer_error (func, data, "conflict",
        "%s/%s has a key already: rotate it, or delete it first.", app, name);
    return;
  }
  if (weir_keys_count (control->keys) >= WEIR_KEYS_MAX) {
    weir_answer_error (
        func, data, "conflict", "There are %d keys already.", WEIR_KEYS_MAX);
    return;
  }
  key = g_new0 (WeirKey, 1);
  key->id = weir_id_new ();
  key->app = g_strdup (app);
  key->name = g_strdup (name);
  key->publisher = g_strdup (*publisher != '\0' ? publisher : name);
  key->created_ms = weir_wall_ms ();
  submit_key (control, actor, key, "key.create", func, data);
}

void
weir_command_rotate_key (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data)
{
  const WeirKey *old = weir_keys_get (control->keys, id);
  WeirKey *key;

  if (old == NULL) {
    weir_answer_error (func, data, "not_found", "There is no such key.");
    return;
  }
  key = weir_key_copy (old);
  key->rotated_ms = weir_wall_ms ();
  submit_key (control, actor, key, "key.rotate", func, data);
}

static void
apply_delete (WeirCommand *command)
{
  weir_keys_remove (command->control->keys, command->subject);
}

void
weir_command_delete_key (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data)
{
  const WeirKey *key = weir_keys_get (control->keys, id);
  g_autofree char *subject = g_strconcat ("key:", id, NULL);
  WeirCommand *command;
  WeirTxn *txn;

  if (key == NULL) {
    weir_answer_error (func, data, "not_found", "There is no such key.");
    return;
  }
  txn = weir_txn_new ();
  weir_txn_delete_key (txn, id);
  command = weir_command_new (control, actor, id, func, data);
  command->apply = apply_delete;
  weir_command_submit (command, actor, "key.delete", subject,
      json_pack ("{s:s, s:s}", "app", key->app, "name", key->name), txn);
}
