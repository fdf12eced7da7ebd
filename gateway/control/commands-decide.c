/* Commands that decide: cut, and the verdicts on cases. */
#include "control/commands-gate.h"

#include "base/ids.h"
#include "control/bars.h"
#include "control/cases.h"
#include "control/closures.h"
#include "control/quarantines.h"
#include "core/names.h"

#include <string.h>

static const WeirCutOptions default_cut = { .slate_ms = -1 };

#define CUT_REASON "A reviewer ended this stream."
#define CUT_REASON_POLICY "The rules of this service ended this stream."

static gboolean
is_shadow (const WeirControl *control, const char *app)
{
  return weir_settings_app_bool (control->settings, app, "gate", "shadow");
}

/* The stream of this name that began last, also when it is ending already and
 * its name is free. */
static WeirStream *
find_last (WeirControl *control, const char *path)
{
  GPtrArray *list = weir_streams_list (control->streams);

  for (guint i = list->len; i-- > 0;) {
    WeirStream *stream = g_ptr_array_index (list, i);

    if (strcmp (stream->path, path) == 0)
      return stream;
  }
  return NULL;
}

/* Ends the stream if it is live and bars it. Adds to TXN. Returns a copy of
 * the bar. */
static WeirBar *
do_cut (WeirControl *control, const WeirActor *actor, const char *path,
    const char *publisher, const WeirCase *about, const WeirCutOptions *options,
    const char *reason, WeirTxn *txn)
{
  GPtrArray *list = weir_streams_list (control->streams);
  const WeirBar *old = weir_bars_find (control->bars, path, "");
  gint64 until_ms = options->bar_ms > 0 ? weir_wall_ms () + options->bar_ms : 0;
  WeirBar *bar;

  weir_cases_restrict (control->cases, path);
  if (old != NULL
      && (*publisher == '\0' || strcmp (old->publisher, publisher) == 0)) {
    /* Once more into the store: the first time may have failed. The longer
     * time holds. */
    bar = weir_bar_copy (old);
    bar->until_ms =
        old->until_ms == 0 || until_ms == 0 ? 0 : MAX (old->until_ms, until_ms);
    weir_bars_put (control->bars, weir_bar_copy (bar));
  } else {
    bar = g_new0 (WeirBar, 1);
    bar->id = weir_id_new ();
    bar->stream = g_strdup (path);
    bar->publisher = g_strdup (publisher);
    bar->reason = g_strdup (reason);
    bar->case_id = g_strdup (about != NULL ? about->id : "");
    bar->by = g_strdup (actor->label);
    bar->since_ms = weir_wall_ms ();
    bar->until_ms = until_ms;
    weir_bars_put (control->bars, weir_bar_copy (bar));
  }
  weir_txn_put_bar (txn, bar);
  /* Also one that is ending already while a successor has its name. */
  for (guint i = 0; i < list->len; i++) {
    WeirStream *stream = g_ptr_array_index (list, i);
    WeirGateAnswer answer;

    gint64 slate_ms;

    if (strcmp (stream->path, path) != 0)
      continue;
    /* One that was cut has nothing left to end but its slate. */
    if (weir_gate_get_state (stream->gate) == WEIR_GATE_CUT
        && (options->slate_ms != 0 || weir_gate_is_drained (stream->gate)))
      continue;
    slate_ms = options->slate_ms >= 0
                   ? options->slate_ms
                   : weir_settings_app_int (
                       control->settings, stream->app, "gate", "cut_slate_ms");
    weir_stream_cut (stream,
        strcmp (weir_command_cause (actor), "policy") == 0 ? CUT_REASON_POLICY
                                                           : CUT_REASON,
        slate_ms, actor->arrived_us, &answer);
    weir_gate_events_tell (control, stream, weir_actor_why (actor), &answer,
        weir_command_exposure_of (control, stream),
        weir_stream_get_time_to_cut_us (stream));
  }
  return bar;
}

static gint64
cut_took_us (WeirControl *control, const char *path)
{
  GPtrArray *list = weir_streams_list (control->streams);
  gint64 took = -1;

  for (guint i = 0; i < list->len; i++) {
    const WeirStream *stream = g_ptr_array_index (list, i);

    if (strcmp (stream->path, path) == 0)
      took = MAX (took, weir_stream_get_time_to_cut_us (stream));
  }
  return took;
}

/* Records VERDICT in C and adds it to TXN. */
static void
do_decide (WeirControl *control, const WeirActor *actor, WeirCase *c,
    WeirVerdict verdict, const char *note, WeirTxn *txn)
{
  c->exposure_ms = weir_cases_exposure_ms (control->cases, c);
  if (verdict == WEIR_VERDICT_CUT)
    c->time_to_cut_us = cut_took_us (control, c->stream);
  weir_case_decide (c, verdict, actor->label, note, weir_wall_ms ());
  weir_quarantines_note_verdict (
      control, weir_command_cause (actor), c, verdict == WEIR_VERDICT_CUT);
  weir_txn_put_case (txn, c, FALSE);
}

static json_t *
cut_answer (const WeirCase *c, gint64 took_us)
{
  return json_pack ("{s:o, s:o}", "exposure_ms",
      c != NULL && c->exposure_ms >= 0 ? json_integer (c->exposure_ms)
                                       : json_null (),
      "time_to_cut_us", took_us >= 0 ? json_integer (took_us) : json_null ());
}

typedef struct {
  char *case_id; /* or NULL */
  WeirBar *bar;
} Cut;

static void
cut_free (gpointer data)
{
  Cut *cut = data;

  g_free (cut->case_id);
  weir_bar_free (cut->bar);
  g_free (cut);
}

static void
apply_cut (WeirCommand *command)
{
  WeirControl *control = command->control;
  Cut *cut = command->payload;
  WeirCase *c =
      cut->case_id ? weir_cases_find (control->cases, cut->case_id) : NULL;

  /* It was being lifted when the cut came: the cut is the later word. */
  if (cut->bar != NULL && weir_bars_get (control->bars, cut->bar->id) == NULL)
    weir_bars_put (control->bars, g_steal_pointer (&cut->bar));
  if (c != NULL)
    weir_cases_announce (control->cases, c, "case.closed");
}

/* In effect before it is stored. Takes BAR. */
static void
set_cut (WeirCommand *command, const WeirCase *c, WeirBar *bar)
{
  Cut *cut = g_new0 (Cut, 1);

  cut->case_id = g_strdup (c != NULL ? c->id : NULL);
  cut->bar = bar;
  command->restrictive = TRUE;
  command->payload = cut;
  command->free_payload = cut_free;
  command->apply = apply_cut;
}

void
weir_command_cut (WeirControl *control, const WeirActor *actor,
    const char *path, const WeirCutOptions *options, const char *reason,
    WeirResultFunc func, gpointer data)
{
  const WeirStream *stream = find_last (control, path);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  g_autofree char *app = NULL, *name = NULL, *publisher = NULL;
  WeirCommand *command;
  WeirCase *c = NULL;
  WeirBar *bar;
  WeirTxn *txn;

  if (!weir_path_split (path, &app, &name)) {
    weir_answer_error (
        func, data, "bad_request", "\"stream\" must be APP/NAME.");
    return;
  }
  if (is_shadow (control, app)) {
    weir_answer_shadow (func, data, path);
    return;
  }
  if (options == NULL)
    options = &default_cut;
  if (stream != NULL) {
    publisher = g_strdup (stream->publisher_id);
    c = weir_command_case_of (control, stream);
    if (c != NULL && !c->open)
      c = NULL;
  } else {
    publisher = g_strdup ("");
  }
  txn = weir_txn_new ();
  bar = do_cut (control, actor, path, publisher, c, options, reason, txn);
  command = weir_command_new (control, actor, path, func, data);
  if (c != NULL)
    do_decide (control, actor, c, WEIR_VERDICT_CUT, reason, txn);
  set_cut (command, c, bar);
  command->extra = cut_answer (c, cut_took_us (control, path));
  weir_command_submit (command, actor, "stream.cut", subject,
      json_pack ("{s:s, s:s, s:s, s:O}", "reason", reason, "publisher",
          publisher, "case", c != NULL ? c->id : "", "result", command->extra),
      txn);
}

/* Opens what was closed for C: its hold, and the blank if it is the last that
 * is blanked. What a reviewer redacted, or blanked for no case, stays so. */
static void
release_gate (WeirControl *control, WeirStream *stream, WeirCase *c,
    gboolean last, WeirGateWhy why)
{
  WeirGateAnswer answer;
  gboolean opens = FALSE;

  weir_gate_advance (stream->gate, weir_now_us ());
  if (c->hold_span != 0 && c->stream_number == stream->number)
    opens = weir_gate_lift (stream->gate, c->hold_span, &answer);
  c->hold_span = 0;
  if (last
      && weir_closures_find (
             control->closures, stream->path, WEIR_CLOSURE_BLANK)
             == NULL
      && (weir_gate_get_causes (stream->gate) & WEIR_GATE_BY_REVIEWER) != 0)
    opens =
        weir_gate_resume (stream->gate, WEIR_GATE_BY_REVIEWER, FALSE, &answer);
  if (!opens)
    return;
  stream->blank_arrived_us = 0;
  stream->quiet_until_us = 0;
  weir_gate_events_tell (control, stream, why, &answer, -1, -1);
}

/* Durable: the verdict holds, the gate opens if it was blanked and no other
 * case keeps it so. */
static void
apply_release (WeirCommand *command)
{
  WeirControl *control = command->control;
  WeirCase *c = weir_cases_find (control->cases, command->subject);
  g_autoptr (GPtrArray) blanked = NULL;
  WeirStream *stream;
  gboolean was_blanked = c != NULL && c->interim == WEIR_VERDICT_BLANK;

  if (c == NULL)
    return;
  if (command->refused)
    weir_cases_store (control->cases, c);
  if (command->refused || !c->open)
    return;
  stream = weir_streams_find (control->streams, c->stream);
  c->exposure_ms = weir_cases_exposure_ms (control->cases, c);
  weir_case_decide (c, WEIR_VERDICT_RELEASE, command->label, command->payload,
      weir_wall_ms ());
  blanked = weir_cases_list_blanked (control->cases, c->stream);
  if (stream != NULL)
    release_gate (control, stream, c, was_blanked && blanked->len == 0,
        weir_command_why (command));
  weir_cases_announce (control->cases, c, "case.closed");
  weir_quarantines_note_verdict (control, command->cause, c, FALSE);
}

static void
decide_release (WeirControl *control, const WeirActor *actor, WeirCase *c,
    const char *note, WeirResultFunc func, gpointer data)
{
  g_autofree char *subject = g_strconcat ("case:", c->id, NULL);
  WeirCommand *command = weir_command_new (control, actor, c->id, func, data);
  WeirTxn *txn = weir_txn_new ();
  WeirCase stored = *c; /* as it will be; shares the strings */

  stored.exposure_ms = weir_cases_exposure_ms (control->cases, c);
  stored.open = FALSE;
  stored.interim = WEIR_VERDICT_NONE;
  stored.verdict = WEIR_VERDICT_RELEASE;
  stored.decided_by = (char *) actor->label;
  stored.decided_ms = weir_wall_ms ();
  if (*note != '\0')
    stored.note = (char *) note;
  weir_txn_put_case (txn, &stored, FALSE);
  command->payload = g_strdup (note);
  command->free_payload = g_free;
  command->apply = apply_release;
  command->opens = g_strdup (c->stream);
  command->extra = cut_answer (&stored, -1);
  weir_command_submit (command, actor, "case.release", subject,
      json_pack ("{s:s, s:s}", "note", note, "stream", c->stream), txn);
}

static void
decide_cut (WeirControl *control, const WeirActor *actor, WeirCase *c,
    const char *note, WeirResultFunc func, gpointer data)
{
  g_autofree char *subject = g_strconcat ("case:", c->id, NULL);
  WeirCommand *command = weir_command_new (control, actor, c->id, func, data);
  g_autofree char *app = NULL, *name = NULL;
  WeirTxn *txn = weir_txn_new ();
  /* Once more into the store: the first time may have failed. */
  gboolean again =
      weir_case_may_decide (c, WEIR_VERDICT_CUT) == WEIR_DECIDE_SAME;

  weir_path_split (c->stream, &app, &name);
  set_cut (command, again ? NULL : c,
      is_shadow (control, app)
          ? NULL
          : do_cut (control, actor, c->stream, c->publisher, c, &default_cut,
              *note != '\0' ? note
              : c->reason   ? c->reason
                            : "",
              txn));
  if (again)
    weir_txn_put_case (txn, c, FALSE);
  else
    do_decide (control, actor, c, WEIR_VERDICT_CUT, note, txn);
  command->extra = cut_answer (c, c->time_to_cut_us);
  weir_command_submit (command, actor, "case.cut", subject,
      json_pack ("{s:s, s:s, s:O}", "note", note, "stream", c->stream, "result",
          command->extra),
      txn);
}

void
weir_command_decide (WeirControl *control, const WeirActor *actor,
    const char *case_id, WeirVerdict verdict, const char *note,
    WeirResultFunc func, gpointer data)
{
  WeirCase *c = weir_cases_find (control->cases, case_id);

  if (c == NULL) {
    weir_answer_error (func, data, "not_found", "There is no such case.");
    return;
  }
  switch (weir_case_may_decide (c, verdict)) {
  case WEIR_DECIDE_CONFLICT:
    weir_answer_error (func, data, "conflict", "%s decided otherwise: %s.",
        c->decided_by ? c->decided_by : "Somebody",
        weir_verdict_name (c->verdict));
    return;
  case WEIR_DECIDE_SAME:
    if (verdict != WEIR_VERDICT_RELEASE)
      break;
    weir_answer_ok (func, data, cut_answer (c, c->time_to_cut_us));
    return;
  case WEIR_DECIDE_APPLIED:
    break;
  }
  if (verdict == WEIR_VERDICT_BLANK)
    weir_command_blank_for (
        control, actor, c->stream, c, FALSE, note, func, data);
  else if (verdict == WEIR_VERDICT_RELEASE)
    decide_release (control, actor, c, note, func, data);
  else
    decide_cut (control, actor, c, note, func, data);
}
