/* Commands on quarantines: people's word on what is passed over. */
#include "control/command-base.h"

#include "control/banks.h"
#include "control/quarantines.h"

/* PUT: not known to WeirQuarantines yet. Takes it. */
static void
submit (WeirControl *control, const WeirActor *actor, const char *action,
    WeirQuarantine *put, WeirCommand *command)
{
  g_autofree char *subject = g_strconcat ("bank:", put->bank, NULL);
  WeirTxn *txn = weir_txn_new ();
  json_t *detail = json_pack ("{s:s, s:s, s:s}", "entry", put->entry, "reason",
      put->reason, "note", put->note);

  weir_txn_put_quarantine (txn, put);
  if (command->restrictive) {
    weir_quarantines_put (control->quarantines, put);
  } else {
    command->payload = put;
    command->free_payload = (GDestroyNotify) weir_quarantine_free;
  }
  weir_command_submit (command, actor, action, subject, detail, txn);
}

static void
apply_quarantine (WeirCommand *command)
{
  weir_quarantines_put (
      command->control->quarantines, g_steal_pointer (&command->payload));
}

void
weir_command_quarantine (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data)
{
  WeirCommand *command;
  g_autofree char *reason = g_strconcat (actor->label, " said so.", NULL);

  if (!control->banks->klass->has (control->banks, bank)) {
    weir_answer_error (
        func, data, "not_found", "There is no bank of this name.");
    return;
  }
  if (*entry == '\0') {
    weir_answer_error (
        func, data, "bad_request", "\"entry\" must name an entry.");
    return;
  }
  if (weir_quarantines_has (control->quarantines, bank, entry)) {
    weir_answer_ok (func, data, NULL);
    return;
  }
  if (!weir_quarantines_has_room (control->quarantines)) {
    weir_answer_error (func, data, "conflict",
        "%d entries are quarantined: give some back, or take them out.",
        WEIR_QUARANTINES_MAX);
    return;
  }
  command = weir_command_new (control, actor, entry, func, data);
  command->apply = apply_quarantine;
  submit (control, actor, "bank.quarantine",
      weir_quarantine_new (bank, entry, *note != '\0' ? note : reason,
          actor->label, weir_wall_ms ()),
      command);
}

void
weir_command_give_back (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data)
{
  const WeirQuarantine *q =
      weir_quarantines_find (control->quarantines, bank, entry);
  WeirCommand *command;
  WeirQuarantine *put;

  if (q == NULL || q->released_ms != 0) {
    weir_answer_error (
        func, data, "not_found", "No such entry is quarantined.");
    return;
  }
  put = weir_quarantine_copy (q);
  g_free (put->note);
  put->note = g_strdup (note);
  put->released_ms = weir_wall_ms ();
  command = weir_command_new (control, actor, entry, func, data);
  command->restrictive = TRUE;
  submit (control, actor, "bank.release", put, command);
}
