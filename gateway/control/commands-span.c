/* Commands on a part of a stream: redact, dump, mute, unmute, the delay. */
#include "control/command-base.h"

#include "control/cases.h"
#include "control/closures.h"
#include "control/gate-events.h"

/* A stream whose gate may be told something, or NULL and an answer. */
static WeirStream *
find_stream (
    WeirControl *control, const char *path, WeirResultFunc func, gpointer data)
{
  WeirStream *stream = weir_streams_find (control->streams, path);

  if (stream == NULL)
    weir_answer_error (
        func, data, "not_found", "There is no stream %s now.", path);
  else if (weir_gate_get_state (stream->gate) == WEIR_GATE_CUT)
    weir_answer_error (func, data, "conflict", "%s has been cut.", path);
  else if (stream->shadow)
    weir_answer_shadow (func, data, path);
  else
    return stream;
  return NULL;
}

static json_t *
time_or_null (gint64 ms)
{
  return ms >= 0 ? json_integer (ms) : json_null ();
}

static json_t *
describe_answer (const WeirGateAnswer *answer)
{
  return json_pack ("{s:o, s:o, s:o}", "from_ms",
      time_or_null (answer->from_ms), "to_ms", time_or_null (answer->to_ms),
      "exposure_ms", time_or_null (answer->exposure_ms));
}

/* Takes EXTRA, DETAIL and TXN. */
static void
submit_restrictive (WeirControl *control, const WeirActor *actor,
    const char *path, const char *action, json_t *extra, json_t *detail,
    WeirTxn *txn, WeirResultFunc func, gpointer data)
{
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  WeirCommand *command = weir_command_new (control, actor, path, func, data);

  command->restrictive = TRUE;
  command->extra = extra;
  json_object_set (detail, "result", extra);
  weir_command_submit (command, actor, action, subject, detail, txn);
}

static void
tell (WeirControl *control, const WeirActor *actor, WeirStream *stream,
    const WeirGateAnswer *answer, gboolean withheld)
{
  stream->quiet_until_us = 0;
  weir_gate_events_tell (control, stream,
      (WeirGateWhy){ weir_command_cause (actor), actor->label }, answer,
      withheld ? answer->exposure_ms : -1,
      withheld ? weir_now_us () - actor->arrived_us : -1);
}

void
weir_command_redact (WeirControl *control, const WeirActor *actor,
    const char *path, gint64 from_ms, gint64 to_ms, const char *reason,
    WeirResultFunc func, gpointer data)
{
  WeirStream *stream = find_stream (control, path, func, data);
  WeirGateAnswer answer;

  if (stream == NULL)
    return;
  if (to_ms >= 0 && from_ms >= to_ms) {
    weir_answer_error (func, data, "bad_request",
        "The span must end after it begins: from_ms %" G_GINT64_FORMAT
        ", to_ms %" G_GINT64_FORMAT ".",
        from_ms, to_ms);
    return;
  }
  weir_cases_restrict (control->cases, path);
  weir_gate_redact (
      stream->gate, WEIR_GATE_SPAN_REDACT, from_ms, to_ms, &answer);
  tell (control, actor, stream, &answer, TRUE);
  submit_restrictive (control, actor, path, "stream.redact",
      describe_answer (&answer),
      json_pack ("{s:s, s:I, s:o}", "reason", reason, "from_ms",
          (json_int_t) from_ms, "to_ms", time_or_null (to_ms)),
      weir_txn_new (), func, data);
}

void
weir_command_dump (WeirControl *control, const WeirActor *actor,
    const char *path, gint64 newest_ms, const char *reason, WeirResultFunc func,
    gpointer data)
{
  WeirStream *stream = find_stream (control, path, func, data);
  WeirGateAnswer answer;

  if (stream == NULL)
    return;
  weir_cases_restrict (control->cases, path);
  weir_gate_dump (stream->gate, newest_ms, &answer);
  tell (control, actor, stream, &answer, TRUE);
  submit_restrictive (control, actor, path, "stream.dump",
      describe_answer (&answer),
      json_pack ("{s:s, s:o}", "reason", reason, "newest_ms",
          newest_ms > 0 ? json_integer (newest_ms) : json_null ()),
      weir_txn_new (), func, data);
}

void
weir_command_mute (WeirControl *control, const WeirActor *actor,
    const char *path, const char *reason, WeirResultFunc func, gpointer data)
{
  WeirStream *stream = find_stream (control, path, func, data);
  gboolean was_muted;
  WeirGateAnswer answer;
  WeirTxn *txn;

  if (stream == NULL)
    return;
  was_muted = weir_gate_is_muted (stream->gate);
  weir_cases_restrict (control->cases, path);
  weir_gate_mute (stream->gate, TRUE, &answer);
  if (!was_muted)
    tell (control, actor, stream, &answer, FALSE);
  txn = weir_txn_new ();
  weir_closures_put (
      control->closures, stream, WEIR_CLOSURE_MUTE, actor->label, reason, txn);
  submit_restrictive (control, actor, path, "stream.mute",
      json_pack ("{s:o}", "from_ms", time_or_null (answer.from_ms)),
      json_pack ("{s:s}", "reason", reason), txn, func, data);
}

static void
apply_unmute (WeirCommand *command)
{
  WeirControl *control = command->control;
  WeirStream *stream = weir_streams_find (control->streams, command->subject);
  WeirActor actor = { .label = command->label };
  WeirGateAnswer answer;

  if (command->refused) {
    weir_closures_store (
        control->closures, command->subject, WEIR_CLOSURE_MUTE);
    return;
  }
  weir_closures_remove (control->closures, command->subject, WEIR_CLOSURE_MUTE);
  if (stream == NULL)
    command->extra = json_pack ("{s:b}", "live", FALSE);
  if (stream == NULL || !weir_gate_is_muted (stream->gate)
      || !weir_gate_mute (stream->gate, FALSE, &answer))
    return;
  command->extra =
      json_pack ("{s:o}", "from_ms", time_or_null (answer.from_ms));
  tell (control, &actor, stream, &answer, FALSE);
}

void
weir_command_unmute (WeirControl *control, const WeirActor *actor,
    const char *path, const char *reason, WeirResultFunc func, gpointer data)
{
  const WeirClosure *closed =
      weir_closures_find (control->closures, path, WEIR_CLOSURE_MUTE);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  WeirCommand *command;
  WeirTxn *txn;

  /* Who is not there now may be heard when they come back. */
  if ((closed == NULL || weir_streams_find (control->streams, path) != NULL)
      && find_stream (control, path, func, data) == NULL)
    return;
  txn = weir_txn_new ();
  if (closed != NULL)
    weir_txn_delete_closure (txn, closed->id);
  command = weir_command_new (control, actor, path, func, data);
  command->apply = apply_unmute;
  command->opens = g_strdup (path);
  weir_command_submit (command, actor, "stream.unmute", subject,
      json_pack ("{s:s}", "reason", reason), txn);
}

static json_t *
describe_delay (const WeirStream *stream, const WeirGateAnswer *answer)
{
  return json_pack ("{s:o, s:I, s:I}", "from_ms",
      time_or_null (answer->from_ms), "delay_ms",
      (json_int_t) (weir_gate_get_delay_us (stream->gate) / 1000),
      "delay_wanted_ms",
      (json_int_t) (weir_gate_get_wanted_delay_us (stream->gate) / 1000));
}

static void
set_delay (WeirControl *control, const WeirActor *actor, WeirStream *stream,
    gint64 delay_us, WeirGateAnswer *ret_answer)
{
  gint64 before_us = weir_gate_get_wanted_delay_us (stream->gate);
  gint64 now_us = weir_now_us ();

  /* What became due since the last tick still goes by the old one. */
  weir_gate_advance (stream->gate, now_us);
  weir_gate_set_delay (stream->gate, delay_us, now_us, ret_answer);
  if (delay_us != before_us)
    tell (control, actor, stream, ret_answer, FALSE);
}

/* A shorter delay gives reviewers less time: it waits for the store as
 * everything does that opens a gate. */
static void
apply_shorter_delay (WeirCommand *command)
{
  WeirStream *stream =
      weir_streams_find (command->control->streams, command->subject);
  WeirActor actor = { .label = command->label };
  WeirGateAnswer answer;

  if (command->refused || stream == NULL
      || weir_gate_get_state (stream->gate) == WEIR_GATE_CUT)
    return;
  set_delay (
      command->control, &actor, stream, *(gint64 *) command->payload, &answer);
  command->extra = describe_delay (stream, &answer);
}

void
weir_command_set_delay (WeirControl *control, const WeirActor *actor,
    const char *path, gint64 delay_ms, const char *reason, WeirResultFunc func,
    gpointer data)
{
  WeirStream *stream = find_stream (control, path, func, data);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  gint64 delay_us = delay_ms * 1000;
  WeirGateAnswer answer;
  WeirCommand *command;
  json_t *detail;

  if (stream == NULL)
    return;
  detail = json_pack ("{s:s, s:I, s:I}", "reason", reason, "delay_ms",
      (json_int_t) delay_ms, "before_ms",
      (json_int_t) (weir_gate_get_wanted_delay_us (stream->gate) / 1000));
  if (delay_us >= weir_gate_get_delay_us (stream->gate)) {
    weir_cases_restrict (control->cases, path);
    set_delay (control, actor, stream, delay_us, &answer);
    submit_restrictive (control, actor, path, "stream.set_delay",
        describe_delay (stream, &answer), detail, weir_txn_new (), func, data);
    return;
  }
  command = weir_command_new (control, actor, path, func, data);
  command->apply = apply_shorter_delay;
  command->payload = g_memdup2 (&delay_us, sizeof delay_us);
  command->free_payload = g_free;
  command->opens = g_strdup (path);
  weir_command_submit (
      command, actor, "stream.set_delay", subject, detail, weir_txn_new ());
}
