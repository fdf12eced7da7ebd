/* Commands on quarantines: people's word on what is passed over. */
#include "control/command-base.h"

#include "base/ids.h"
#include "control/bank-changes.h"
#include "control/banks.h"
#include "control/events.h"
#include "control/look-back.h"
#include "control/quarantines.h"
#include "control/signals.h"

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
  g_autofree char *reason = g_strconcat (actor->label, " said so.", NULL);
  const WeirQuarantine *q;
  WeirCommand *command;

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
  q = weir_quarantines_find_in_effect (control->quarantines, bank, entry);
  if (q != NULL && q->until_ms == 0) {
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

typedef struct {
  WeirSignal *signal;
  gboolean is_new; /* the store has not had it before */
  char *fault;     /* why it was held */
} Release;

static void
release_free (gpointer data)
{
  Release *release = data;

  weir_signal_free (release->signal);
  g_free (release->fault);
  g_free (release);
}

/* What is put in the place of what there is now of SIGNAL; NULL when that was
 * taken out, or another release was faster, in the meantime. */
static WeirSignal *
make_released (const WeirControl *control, const Release *release)
{
  const WeirBanksClass *klass = control->banks->klass;
  const WeirSignal *said = release->signal, *now;
  WeirSignal *signal;

  if (release->is_new)
    return klass->find_same (control->banks, said) == NULL
               ? weir_signal_copy (said)
               : NULL;
  now = klass->find (control->banks, said->id);
  if (now == NULL)
    return NULL;
  signal = weir_signal_copy (now);
  signal->released_ms = said->released_ms;
  g_free (signal->released_by);
  signal->released_by = g_strdup (said->released_by);
  g_free (signal->release_note);
  signal->release_note = g_strdup (said->release_note);
  return signal;
}

/* From now on analyzers look for it; so do we, in what they have seen. */
static void
apply_release (WeirCommand *command)
{
  WeirControl *control = command->control;
  const Release *release = command->payload;
  const WeirSignal *signal = release->signal;
  WeirSignal *released = make_released (control, release);
  guint found = 0;
  guint32 index;

  if (released == NULL) {
    if (release->is_new)
      weir_signals_forget (control, signal->id);
    command->gone = release->is_new ? "The same entry was put in or released "
                                      "in the meantime."
                                    : WEIR_COMMAND_GONE;
    return;
  }
  if (control->banks->klass->add (control->banks, released, &index))
    found = weir_look_back_at (control->look_back, signal->hash, index);
  json_object_set_new (command->extra, "found_in_recent", json_integer (found));
  weir_bank_changes_note (control->bank_changes, signal->bank);
  weir_events_emit (control->events, "bank.quarantine",
      json_pack ("{s:s, s:s, s:s, s:s}", "bank", signal->bank, "entry",
          signal->entry, "state", "released", "reason", release->fault));
}

/* SIGNAL (taken) counts although FAULT (taken) speaks against it. */
static void
submit_release (WeirControl *control, const WeirActor *actor,
    WeirSignal *signal, char *fault, const char *note, WeirResultFunc func,
    gpointer data)
{
  g_autofree char *subject = g_strconcat ("bank:", signal->bank, NULL);
  g_autofree char *hex = weir_signal_dup_hex (signal->hash);
  WeirTxn *txn = weir_txn_new ();
  Release *release = g_new0 (Release, 1);
  WeirCommand *command;

  release->signal = signal;
  release->is_new = signal->id == NULL;
  release->fault = fault;
  signal->released_ms = weir_wall_ms ();
  signal->released_by = g_strdup (actor->label);
  signal->release_note = g_strdup (note);
  if (release->is_new) {
    signal->id = weir_id_new ();
    signal->by = g_strdup (actor->label);
    signal->created_ms = signal->released_ms;
  }
  if (release->is_new)
    weir_txn_put_signal (txn, signal);
  else
    weir_txn_release_signal (txn, signal);
  command = weir_command_new (control, actor, signal->id, func, data);
  command->extra = json_pack ("{s:s}", "id", signal->id);
  command->payload = release;
  command->free_payload = release_free;
  command->apply = apply_release;
  weir_command_submit (command, actor, "bank.release", subject,
      json_pack ("{s:s, s:s, s:s, s:s, s:s, s:b}", "entry", signal->entry, "id",
          signal->id, "hash", hex, "reason", fault, "note", note, "of_file",
          signal->of_file),
      txn);
}

/* Of what is not looked for, as its hash or its quality speaks against it. */
static void
release_held (WeirControl *control, const WeirActor *actor, const char *bank,
    const char *entry, const char *note, WeirResultFunc func, gpointer data)
{
  const WeirBanksClass *klass = control->banks->klass;
  guint count = 0;
  WeirSignal *signal = klass->find_held (control->banks, bank, entry, &count);

  if (signal != NULL)
    submit_release (control, actor, signal,
        klass->dup_fault (control->banks, signal), note, func, data);
  else if (count > 1)
    weir_answer_error (func, data, "conflict",
        "%u entries that are left out have this name: name the one by its "
        "hash.",
        count);
  else if (!klass->has (control->banks, bank))
    weir_answer_error (
        func, data, "not_found", "There is no bank of this name.");
  else
    weir_answer_error (func, data, "not_found",
        "No such entry is quarantined or left out; of those that the bank's "
        "file has, %d are known by their names, and all by their hashes.",
        WEIR_BANKS_MAX_TOLD);
}

void
weir_command_give_back (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data)
{
  const WeirQuarantine *q =
      weir_quarantines_find_in_effect (control->quarantines, bank, entry);
  g_autoptr (WeirSignal) held = NULL;
  WeirCommand *command;
  WeirQuarantine *put;
  guint count;

  if (q == NULL) {
    release_held (control, actor, bank, entry, note, func, data);
    return;
  }
  put = weir_quarantine_copy (q);
  g_free (put->note);
  put->note = g_strdup (note);
  put->released_ms = weir_wall_ms ();
  command = weir_command_new (control, actor, entry, func, data);
  command->restrictive = TRUE;
  held = control->banks->klass->find_held (control->banks, bank, entry, &count);
  if (held != NULL) {
    g_autofree char *fault =
        control->banks->klass->dup_fault (control->banks, held);

    command->extra = json_pack ("{s:s}", "left_out", fault);
  }
  submit (control, actor, "bank.release", put, command);
}
