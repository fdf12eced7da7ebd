/* Commands on banks: signals in and out. */
#include "control/command-base.h"

#include <string.h>

#include "base/ids.h"
#include "control/bank-changes.h"
#include "control/banks.h"
#include "control/look-back.h"
#include "control/signals.h"

/* A text of ENTRY, FALLBACK without one; NULL for anything else. */
static const char *
get_text (const json_t *entry, const char *name, const char *fallback)
{
  const json_t *value = json_object_get (entry, name);
  const char *text = json_string_value (value);

  if (value == NULL || json_is_null (value))
    return fallback;
  if (text == NULL || strlen (text) != json_string_length (value)
      || json_string_length (value) > WEIR_COMMAND_MAX_TEXT_BYTES)
    return NULL;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return NULL;
  return text;
}

/* NULL when it can be used; else what is wrong. */
static const char *
read_numbers (const json_t *entry, WeirSignal *signal)
{
  const json_t *quality = json_object_get (entry, "quality");
  const json_t *until = json_object_get (entry, "disable_until_ms");

  signal->quality = 100;
  if (quality != NULL) {
    if (!json_is_integer (quality) || json_integer_value (quality) < 0
        || json_integer_value (quality) > 100)
      return "quality is not a whole number from 0 to 100";
    signal->quality = (guint) json_integer_value (quality);
  }
  if (until != NULL) {
    if (!json_is_integer (until) || json_integer_value (until) < 0)
      return "disable_until_ms is not a time";
    signal->disable_until_ms = json_integer_value (until);
  }
  return NULL;
}

static gboolean
is_opinion (const char *text)
{
  static const char *const opinions[] = { "", "positive", "negative",
    "investigation", "disputed", NULL };

  return g_strv_contains (opinions, text);
}

static const char *
read_entry (const json_t *entry, WeirSignal *signal)
{
  const char *hash = get_text (entry, "hash", "");
  const char *name = get_text (entry, "entry", "");
  const char *item = get_text (entry, "item", "");
  const char *label = get_text (entry, "label", "");
  const char *owner = get_text (entry, "owner", "");
  const char *opinion = get_text (entry, "opinion", "");
  const char *note = get_text (entry, "note", "");
  g_autofree char *hex = NULL;

  if (!json_is_object (entry))
    return "not an object";
  if (hash == NULL || !weir_signal_parse_hash (hash, signal->hash))
    return "hash is not 64 hex digits";
  if (name == NULL || item == NULL || label == NULL || owner == NULL
      || opinion == NULL || note == NULL)
    return "a text is no text, too long, or has a control character";
  if (!is_opinion (opinion))
    return "opinion is none of positive, negative, investigation, disputed";
  hex = weir_signal_dup_hex (signal->hash);
  signal->entry = *name != '\0' ? g_strdup (name) : g_strndup (hex, 16);
  signal->item = g_strdup (*item != '\0' ? item : signal->entry);
  signal->label = g_strdup (label);
  signal->owner = g_strdup (owner);
  signal->opinion = g_strdup (opinion);
  signal->note = g_strdup (note);
  return read_numbers (entry, signal);
}

/* SIGNAL was stored, but its bank has the same by now: the answer says so, as
 * if that had been there before. */
static void
note_faster (const WeirCommand *command, const WeirSignal *signal)
{
  WeirControl *control = command->control;
  const WeirSignal *same =
      control->banks->klass->find_same (control->banks, signal);
  json_t *answer;
  gsize i;

  json_array_foreach (json_object_get (command->extra, "entries"), i, answer)
  {
    const char *id = json_string_value (json_object_get (answer, "id"));

    if (g_strcmp0 (id, signal->id) != 0)
      continue;
    json_object_clear (answer);
    json_object_set_new (answer, "id", json_string (same->id));
    json_object_set_new (answer, "known", json_true ());
  }
  weir_signals_forget (control, signal->id);
}

/* From now on analyzers look for it; so do we, in what they have seen. */
static void
apply_add (WeirCommand *command)
{
  WeirControl *control = command->control;
  GPtrArray *signals = command->payload;
  guint found = 0;

  for (guint i = 0; i < signals->len; i++) {
    WeirSignal *signal = g_ptr_array_index (signals, i);
    guint32 index;

    /* Another command may have been faster. */
    if (control->banks->klass->find_same (control->banks, signal) != NULL)
      note_faster (command, signal);
    else if (control->banks->klass->add (
                 control->banks, weir_signal_copy (signal), &index))
      found += weir_look_back_at (control->look_back, signal->hash, index);
  }
  json_object_set_new (command->extra, "found_in_recent", json_integer (found));
  weir_bank_changes_note (control->bank_changes, command->subject);
}

/* One entry of the answer. */
static json_t *
describe_added (const WeirControl *control, const WeirSignal *signal)
{
  g_autofree char *why =
      control->banks->klass->dup_fault (control->banks, signal);
  json_t *object = json_pack ("{s:s}", "id", signal->id);

  if (why != NULL)
    json_object_set_new (object, "quarantined", json_string (why));
  return object;
}

static void
add_trail (WeirCommand *command, const WeirActor *actor, const char *bank,
    GPtrArray *signals, WeirTxn *txn)
{
  g_autofree char *subject = g_strconcat ("bank:", bank, NULL);
  json_t *ids = json_array ();

  for (guint i = 0; i < signals->len; i++) {
    const WeirSignal *signal = g_ptr_array_index (signals, i);

    json_array_append_new (ids, json_string (signal->id));
  }
  weir_command_submit (command, actor, "bank.add", subject,
      json_pack ("{s:o}", "ids", ids), txn);
}

/* Each entry's place in the answer says what became of it. */
static GPtrArray *
read_entries (WeirControl *control, const WeirActor *actor, const char *bank,
    json_t *entries, json_t *answers, WeirTxn *txn)
{
  GPtrArray *signals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_signal_free);
  gint64 now_ms = weir_wall_ms ();
  json_t *entry;
  gsize i;

  json_array_foreach (entries, i, entry)
  {
    g_autoptr (WeirSignal) signal = g_new0 (WeirSignal, 1);
    const char *wrong = read_entry (entry, signal);
    const WeirSignal *same;

    signal->id = weir_id_new ();
    signal->bank = g_strdup (bank);
    signal->by = g_strdup (actor->label);
    signal->created_ms = now_ms;
    if (wrong != NULL) {
      json_array_append_new (answers, json_pack ("{s:s}", "refused", wrong));
      continue;
    }
    same = control->banks->klass->find_same (control->banks, signal);
    if (same != NULL) {
      json_array_append_new (
          answers, json_pack ("{s:s, s:b}", "id", same->id, "known", TRUE));
      continue;
    }
    json_array_append_new (answers, describe_added (control, signal));
    weir_txn_put_signal (txn, signal);
    g_ptr_array_add (signals, g_steal_pointer (&signal));
  }
  return signals;
}

void
weir_command_add_signals (WeirControl *control, const WeirActor *actor,
    const char *bank, json_t *entries, WeirResultFunc func, gpointer data)
{
  WeirCommand *command;
  GPtrArray *signals;
  json_t *answers;
  WeirTxn *txn;

  if (!control->banks->klass->has (control->banks, bank)) {
    weir_answer_error (
        func, data, "not_found", "There is no bank of this name.");
    return;
  }
  if (!json_is_array (entries) || json_array_size (entries) == 0
      || json_array_size (entries) > WEIR_COMMAND_MAX_SIGNALS) {
    weir_answer_error (func, data, "bad_request",
        "\"entries\" must be a list of 1 to %d entries.",
        WEIR_COMMAND_MAX_SIGNALS);
    return;
  }
  answers = json_array ();
  txn = weir_txn_new ();
  signals = read_entries (control, actor, bank, entries, answers, txn);
  if (signals->len == 0) {
    g_ptr_array_unref (signals);
    weir_txn_free (txn);
    weir_answer_ok (func, data, json_pack ("{s:o}", "entries", answers));
    return;
  }
  command = weir_command_new (control, actor, bank, func, data);
  command->extra = json_pack ("{s:o}", "entries", answers);
  command->payload = signals;
  command->free_payload = (GDestroyNotify) g_ptr_array_unref;
  command->apply = apply_add;
  add_trail (command, actor, bank, signals, txn);
}

static void
apply_delete (WeirCommand *command)
{
  WeirControl *control = command->control;
  const WeirSignal *signal =
      control->banks->klass->find (control->banks, command->subject);

  /* Another command may have been faster. */
  if (signal == NULL) {
    command->gone = WEIR_COMMAND_GONE;
    return;
  }
  weir_bank_changes_note (control->bank_changes, signal->bank);
  control->banks->klass->remove (control->banks, command->subject);
}

void
weir_command_delete_signal (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data)
{
  const WeirSignal *signal = control->banks->klass->find (control->banks, id);
  g_autofree char *subject = NULL;
  g_autofree char *hex = NULL;
  WeirCommand *command;
  WeirTxn *txn;

  if (signal == NULL) {
    weir_answer_error (func, data, "not_found",
        "There is no such entry; those of a bank's file are taken out there.");
    return;
  }
  subject = g_strconcat ("bank:", signal->bank, NULL);
  hex = weir_signal_dup_hex (signal->hash);
  txn = weir_txn_new ();
  weir_txn_delete_signal (txn, id);
  command = weir_command_new (control, actor, id, func, data);
  command->apply = apply_delete;
  weir_command_submit (command, actor, "bank.delete", subject,
      json_pack ("{s:s, s:s}", "id", id, "hash", hex), txn);
}
