/* Submits commands and answers them. */
#include "control/command-base.h"

#include "base/error.h"
#include "control/cases.h"
#include "control/describe.h"

WeirCommand *
weir_command_new (WeirControl *control, const WeirActor *actor,
    const char *subject, WeirResultFunc func, gpointer data)
{
  WeirCommand *command = g_new0 (WeirCommand, 1);

  command->control = control;
  command->func = func;
  command->data = data;
  command->label = g_strdup (actor->label);
  command->cause = weir_command_cause (actor);
  command->subject = g_strdup (subject);
  return command;
}

const char *
weir_command_cause (const WeirActor *actor)
{
  return actor->cause != NULL ? actor->cause : "reviewer";
}

static void
command_free (WeirCommand *command)
{
  if (command->free_payload != NULL && command->payload != NULL)
    command->free_payload (command->payload);
  json_decref (command->extra);
  g_free (command->label);
  g_free (command->subject);
  g_free (command->opens);
  g_free (command);
}

static void
on_stored (const GError *error, gpointer data)
{
  WeirCommand *command = data;
  WeirResult result = { .ok = TRUE, .applied = TRUE };
  gboolean conflict = g_error_matches (error, WEIR_ERROR, WEIR_ERROR_CONFLICT);

  weir_control_note_store (command->control, conflict ? NULL : error);
  if (error == NULL && command->opens != NULL)
    command->refused =
        weir_cases_get_restrictions (command->control->cases, command->opens)
        != command->restrictions;
  if (error == NULL || command->restrictive) {
    if (command->apply != NULL)
      command->apply (command);
  }
  if (command->refused) {
    result = (WeirResult){
      .error = "conflict",
      .message = "Something stricter was decided in the meantime.",
    };
  } else if (command->gone != NULL) {
    result = (WeirResult){ .error = "not_found", .message = command->gone };
  } else if (error != NULL) {
    result.ok = FALSE;
    result.error = conflict ? "conflict" : "not_durable";
    result.message = conflict ? error->message
                     : command->restrictive
                         ? "It is in effect, but could not be stored: it will "
                           "be forgotten at a restart."
                         : "It could not be stored, so nothing was changed.";
    result.applied = command->restrictive;
  }
  result.extra = command->extra;
  command->func (&result, command->data);
  command_free (command);
}

void
weir_command_submit (WeirCommand *command, const WeirActor *actor,
    const char *action, const char *subject, json_t *detail, WeirTxn *txn)
{
  g_autofree char *text = weir_describe_dump (detail);

  if (command->opens != NULL)
    command->restrictions =
        weir_cases_get_restrictions (command->control->cases, command->opens);
  weir_txn_add_trail (txn, actor->name, action, subject, text);
  weir_store_submit (command->control->store, txn, on_stored, command);
}

void
weir_answer_error (WeirResultFunc func, gpointer data, const char *error,
    const char *format, ...)
{
  g_autofree char *message = NULL;
  WeirResult result = { .error = error };
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  result.message = message;
  func (&result, data);
}

void
weir_answer_shadow (WeirResultFunc func, gpointer data, const char *path)
{
  weir_answer_error (func, data, "conflict",
      "%s is in shadow mode ([gate] shadow): it is looked at, and nothing is "
      "touched.",
      path);
}

void
weir_answer_ok (WeirResultFunc func, gpointer data, json_t *extra)
{
  WeirResult result = { .ok = TRUE, .applied = TRUE, .extra = extra };

  func (&result, data);
  json_decref (extra);
}
