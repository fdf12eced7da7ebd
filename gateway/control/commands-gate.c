/* Commands that close the gate and open it again: blank, hold, resume. */
#include "control/commands-gate.h"

#include "control/cases.h"
#include "control/closures.h"
#include "control/describe.h"

#include <string.h>

WeirGateWhy
weir_actor_why (const WeirActor *actor)
{
  return (WeirGateWhy){ weir_command_cause (actor), actor->label };
}

WeirGateWhy
weir_command_why (const WeirCommand *command)
{
  return (WeirGateWhy){ command->cause, command->label };
}

WeirCase *
weir_command_case_of (WeirControl *control, const WeirStream *stream)
{
  return stream->case_id ? weir_cases_find (control->cases, stream->case_id)
                         : NULL;
}

gint64
weir_command_exposure_of (WeirControl *control, const WeirStream *stream)
{
  const WeirCase *c = weir_command_case_of (control, stream);

  return c != NULL ? weir_cases_exposure_ms (control->cases, c) : -1;
}

/* Closes the gate of a live stream and says so. Returns what the answer
 * shows. */
static json_t *
do_blank (WeirControl *control, const WeirActor *actor, WeirStream *stream)
{
  gboolean was_open =
      (weir_gate_get_causes (stream->gate) & WEIR_GATE_BY_REVIEWER) == 0;
  WeirGateAnswer answer;
  gint64 exposure_ms, took_us;

  weir_cases_restrict (control->cases, stream->path);
  weir_gate_blank (stream->gate, WEIR_GATE_BY_REVIEWER, &answer);
  took_us = weir_now_us () - actor->arrived_us;
  exposure_ms = weir_command_exposure_of (control, stream);
  stream->dirty = TRUE;
  if (was_open) {
    stream->blank_arrived_us = actor->arrived_us;
    stream->blank_closed_us = weir_now_us ();
    weir_gate_events_tell (
        control, stream, weir_actor_why (actor), &answer, exposure_ms, took_us);
  }
  return json_pack ("{s:I, s:o}", "from_ms", (json_int_t) answer.from_ms,
      "exposure_ms",
      exposure_ms >= 0 ? json_integer (exposure_ms) : json_null ());
}

/* Withholds from the first flagged key frame of C on, and says so. */
static json_t *
do_hold (WeirControl *control, const WeirActor *actor, WeirStream *stream,
    WeirCase *c)
{
  WeirGateAnswer answer;

  weir_cases_restrict (control->cases, stream->path);
  weir_gate_redact (
      stream->gate, WEIR_GATE_SPAN_HOLD, c->first_hit_ms, -1, &answer);
  c->hold_span = answer.span;
  stream->quiet_until_us = 0;
  weir_gate_events_tell (control, stream, weir_actor_why (actor), &answer,
      weir_command_exposure_of (control, stream), -1);
  return json_pack ("{s:I, s:I}", "from_ms", (json_int_t) answer.from_ms,
      "exposure_ms", (json_int_t) answer.exposure_ms);
}

void
weir_command_blank_for (WeirControl *control, const WeirActor *actor,
    const char *path, WeirCase *about, gboolean hold, const char *reason,
    WeirResultFunc func, gpointer data)
{
  WeirStream *stream = weir_streams_find (control->streams, path);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  WeirCommand *command;
  WeirCase *c;
  WeirTxn *txn;

  if (stream == NULL) {
    weir_answer_error (
        func, data, "not_found", "There is no stream %s now.", path);
    return;
  }
  if (weir_gate_get_state (stream->gate) == WEIR_GATE_CUT) {
    weir_answer_error (func, data, "conflict", "%s has been cut.", path);
    return;
  }
  if (stream->shadow) {
    weir_answer_shadow (func, data, path);
    return;
  }
  /* Its times are those of the stream it was found in. */
  hold = hold && about->stream_number == stream->number;
  command = weir_command_new (control, actor, path, func, data);
  command->restrictive = TRUE;
  command->extra = hold ? do_hold (control, actor, stream, about)
                        : do_blank (control, actor, stream);
  txn = weir_txn_new ();
  c = about != NULL ? about : weir_command_case_of (control, stream);
  if (c != NULL && c->open
      && weir_case_blank (c, actor->label,
          strcmp (weir_command_cause (actor), "policy") != 0)) {
    weir_txn_put_case (txn, c, FALSE);
    weir_cases_announce (control->cases, c, "case.updated");
  }
  /* Without a case that keeps it closed until it is decided, the name does. */
  if (about == NULL && (c == NULL || !c->open))
    weir_closures_put (control->closures, stream, WEIR_CLOSURE_BLANK,
        actor->label, reason, txn);
  weir_command_submit (command, actor, hold ? "stream.hold" : "stream.blank",
      subject,
      json_pack ("{s:s, s:O}", "reason", reason, "result", command->extra),
      txn);
}

void
weir_command_blank (WeirControl *control, const WeirActor *actor,
    const char *path, const char *reason, WeirResultFunc func, gpointer data)
{
  weir_command_blank_for (
      control, actor, path, NULL, FALSE, reason, func, data);
}

/* Opens STREAM's gate. What keeps it closed all the same is in what it
 * returns, which is NULL when there was nothing to open. */
static json_t *
open_gate (WeirControl *control, WeirStream *stream, WeirGateWhy why)
{
  WeirGateAnswer answer;

  if (!weir_stream_resume (stream, WEIR_GATE_BY_REVIEWER, &answer))
    return NULL;
  weir_gate_events_tell (control, stream, why, &answer, -1, -1);
  return json_pack ("{s:I, s:s, s:o}", "from_ms", (json_int_t) answer.from_ms,
      "state", weir_gate_state_name (weir_gate_get_state (stream->gate)),
      "blanked_by", weir_describe_causes (weir_gate_get_causes (stream->gate)));
}

static void
apply_resume (WeirCommand *command)
{
  WeirControl *control = command->control;
  WeirStream *stream = weir_streams_find (control->streams, command->subject);
  g_autoptr (GPtrArray) blanked = NULL;

  blanked = weir_cases_list_blanked (control->cases, command->subject);
  if (command->refused) {
    for (guint i = 0; i < blanked->len; i++)
      weir_cases_store (control->cases, g_ptr_array_index (blanked, i));
    weir_closures_store (
        control->closures, command->subject, WEIR_CLOSURE_BLANK);
    return;
  }
  weir_closures_remove (
      control->closures, command->subject, WEIR_CLOSURE_BLANK);
  if (stream != NULL) {
    command->extra = open_gate (control, stream, weir_command_why (command));
    if (command->extra == NULL)
      return;
  } else {
    command->extra = json_pack ("{s:b}", "live", FALSE);
  }
  for (guint i = 0; i < blanked->len; i++) {
    WeirCase *c = g_ptr_array_index (blanked, i);

    c->interim = WEIR_VERDICT_NONE;
    c->hold_span = 0;
    weir_cases_announce (control->cases, c, "case.updated");
  }
}

void
weir_command_resume (WeirControl *control, const WeirActor *actor,
    const char *path, const char *reason, WeirResultFunc func, gpointer data)
{
  WeirStream *stream = weir_streams_find (control->streams, path);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  g_autoptr (GPtrArray) blanked =
      weir_cases_list_blanked (control->cases, path);
  const WeirClosure *closed =
      weir_closures_find (control->closures, path, WEIR_CLOSURE_BLANK);
  WeirCommand *command;
  WeirTxn *txn;

  if (stream == NULL && closed == NULL && blanked->len == 0) {
    weir_answer_error (
        func, data, "not_found", "There is no stream %s now.", path);
    return;
  }
  if (stream != NULL && weir_gate_get_state (stream->gate) == WEIR_GATE_CUT) {
    weir_answer_error (func, data, "conflict", "%s has been cut.", path);
    return;
  }
  command = weir_command_new (control, actor, path, func, data);
  command->apply = apply_resume;
  command->opens = g_strdup (path);
  txn = weir_txn_new ();
  if (closed != NULL)
    weir_txn_delete_closure (txn, closed->id);
  for (guint i = 0; i < blanked->len; i++) {
    /* As it will be; shares the strings. */
    WeirCase stored = *(WeirCase *) g_ptr_array_index (blanked, i);

    stored.interim = WEIR_VERDICT_NONE;
    weir_txn_put_case (txn, &stored, FALSE);
  }
  weir_command_submit (command, actor, "stream.resume", subject,
      json_pack ("{s:s}", "reason", reason), txn);
}

void
weir_command_hold (WeirControl *control, const WeirActor *actor,
    const char *case_id, const char *note, WeirResultFunc func, gpointer data)
{
  WeirCase *c = weir_cases_find (control->cases, case_id);

  if (c == NULL)
    weir_answer_error (func, data, "not_found", "There is no such case.");
  else if (!c->open)
    weir_answer_error (func, data, "conflict", "It has been decided.");
  else if (c->interim == WEIR_VERDICT_BLANK)
    weir_answer_ok (func, data, NULL);
  else
    weir_command_blank_for (
        control, actor, c->stream, c, TRUE, note, func, data);
}
