/* Commands that disable an entry of a bank for a time, and enable it again. */
#include "control/command-base.h"

#include <string.h>

#include "control/bank-changes.h"
#include "control/banks.h"
#include "control/look-back.h"
#include "control/quarantines.h"

/* What is changed once it is stored. */
typedef struct {
  char *bank;
  WeirQuarantine *put; /* NULL: none */
  GPtrArray *ids;      /* char *, signals that are not disabled any more */
  gboolean counts;     /* again: it is looked for in what was seen last */
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  weir_quarantine_free (change->put);
  g_ptr_array_unref (change->ids);
  g_free (change->bank);
  g_free (change);
}

static Change *
change_new (const char *bank)
{
  Change *change = g_new0 (Change, 1);

  change->bank = g_strdup (bank);
  change->ids = g_ptr_array_new_with_free_func (g_free);
  return change;
}

static void
apply_change (WeirCommand *command)
{
  WeirControl *control = command->control;
  Change *change = command->payload;

  gboolean any = change->put != NULL;

  if (change->put != NULL)
    weir_quarantines_put (control->quarantines, g_steal_pointer (&change->put));
  for (guint i = 0; i < change->ids->len; i++) {
    const char *id = g_ptr_array_index (change->ids, i);

    any |= control->banks->klass->find (control->banks, id) != NULL;
    control->banks->klass->enable (control->banks, id);
  }
  if (!any) {
    command->gone = WEIR_COMMAND_GONE;
    return;
  }
  weir_bank_changes_note (control->bank_changes, change->bank);
  if (change->counts)
    weir_look_back_begin (control->look_back);
}

/* Takes CHANGE, DETAIL, which is the trail's, and TXN. */
static void
submit (WeirControl *control, const WeirActor *actor, const char *action,
    Change *change, json_t *detail, WeirTxn *txn, WeirResultFunc func,
    gpointer data)
{
  g_autofree char *subject = g_strconcat ("bank:", change->bank, NULL);
  WeirCommand *command =
      weir_command_new (control, actor, change->bank, func, data);

  if (change->put != NULL)
    weir_txn_put_quarantine (txn, change->put);
  command->extra =
      json_pack ("{s:O}", "entry", json_object_get (detail, "entry"));
  command->payload = change;
  command->free_payload = change_free;
  command->apply = apply_change;
  weir_command_submit (command, actor, action, subject, detail, txn);
}

/* What ENTRY is called; NULL and an answer when there is none. */
static const char *
want_name (WeirControl *control, const char *bank, const char *entry,
    WeirResultFunc func, gpointer data)
{
  const WeirBanksClass *klass = control->banks->klass;
  const char *name = NULL;

  if (!klass->has (control->banks, bank))
    weir_answer_error (
        func, data, "not_found", "There is no bank of this name.");
  else if (*entry == '\0'
           || (name = klass->find_name (control->banks, bank, entry)) == NULL)
    weir_answer_error (func, data, "not_found",
        "The bank has no entry of this name, hash or id.");
  return name;
}

void
weir_command_disable_entry (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, gint64 until_ms, const char *note,
    WeirResultFunc func, gpointer data)
{
  const char *name = want_name (control, bank, entry, func, data);
  gint64 now_ms = weir_wall_ms ();
  g_autofree char *reason = NULL;
  const WeirQuarantine *q;
  Change *change;

  if (name == NULL)
    return;
  if (until_ms <= now_ms || until_ms - now_ms > WEIR_COMMAND_MAX_DISABLED_MS) {
    weir_answer_error (func, data, "bad_request",
        "\"until_ms\" must be a time to come, of the next ten years.");
    return;
  }
  q = weir_quarantines_find_in_effect (control->quarantines, bank, name);
  if (q != NULL && q->until_ms == 0) {
    weir_answer_error (func, data, "conflict",
        "It is quarantined without an end: release it first.");
    return;
  }
  if (q == NULL && !weir_quarantines_has_room (control->quarantines)) {
    weir_answer_error (func, data, "conflict",
        "%d entries are quarantined or disabled: give some back, or take them "
        "out.",
        WEIR_QUARANTINES_MAX);
    return;
  }
  reason = g_strconcat (
      "disabled by ", actor->label, *note != '\0' ? ": " : "", note, NULL);
  change = change_new (bank);
  change->put = weir_quarantine_new (bank, name, reason, actor->label, now_ms);
  change->put->until_ms = until_ms;
  submit (control, actor, "bank.disable", change,
      json_pack ("{s:s, s:I, s:s}", "entry", name, "until_ms",
          (json_int_t) until_ms, "note", note),
      weir_txn_new (), func, data);
}

typedef struct {
  const char *name;
  gint64 now_ms;
  Change *change;
  WeirTxn *txn;
} Enabling;

static void
enable_signal (const WeirSignal *signal, gpointer data)
{
  Enabling *e = data;

  if (signal->disable_until_ms <= e->now_ms
      || strcmp (signal->entry, e->name) != 0
      || e->change->ids->len == WEIR_COMMAND_MAX_SIGNALS)
    return;
  weir_txn_enable_signal (e->txn, signal->id);
  g_ptr_array_add (e->change->ids, g_strdup (signal->id));
}

void
weir_command_enable_entry (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data)
{
  const char *name = want_name (control, bank, entry, func, data);
  Enabling e = { .name = name, .now_ms = weir_wall_ms () };
  const WeirQuarantine *q;

  if (name == NULL)
    return;
  e.change = change_new (bank);
  e.change->counts = TRUE;
  e.txn = weir_txn_new ();
  control->banks->klass->each_signal (control->banks, bank, enable_signal, &e);
  q = weir_quarantines_find_in_effect (control->quarantines, bank, name);
  if (q != NULL && q->until_ms != 0) {
    e.change->put = weir_quarantine_copy (q);
    g_free (e.change->put->note);
    e.change->put->note = g_strdup (note);
    e.change->put->released_ms = e.now_ms;
  }
  if (e.change->put == NULL && e.change->ids->len == 0) {
    change_free (e.change);
    weir_txn_free (e.txn);
    weir_answer_error (func, data, "not_found", "It is not disabled%s",
        q != NULL ? ", but quarantined: release it." : ".");
    return;
  }
  submit (control, actor, "bank.enable", e.change,
      json_pack ("{s:s, s:s}", "entry", name, "note", note), e.txn, func, data);
}
