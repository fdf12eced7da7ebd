/* Conditions, and what applications want done about them. */
#include "control/fail-policy.h"

#include "base/log.h"
#include "control/describe.h"
#include "control/gate-events.h"

#include <string.h>

#define ACTOR "weir"

typedef struct {
  const char *cause; /* of events, and the trail */
  const char *setting;
  WeirGateCause bit;
  const char *words; /* for the publisher */
} Condition;

static const Condition conditions[] = {
  { "analysis", "on_analysis_lost", WEIR_GATE_BY_ANALYSIS,
      "Streams can't be looked at now. Try again later." },
  { "unattended", "on_unattended", WEIR_GATE_BY_UNATTENDED,
      "No reviewer is there now. Try again later." },
  { "store", "on_store_failing", WEIR_GATE_BY_STORE,
      "Nothing can be stored now. Try again later." },
};
#define CONDITIONS G_N_ELEMENTS (conditions)

struct _WeirFailPolicy {
  WeirControl *control;
  gint64 since_us[CONDITIONS]; /* 0: it does not hold */
  gint64 now_us;               /* of the last look */
  GQueue records;              /* Record, oldest first */
  gboolean writing;            /* the first of them */
};

typedef struct {
  char *action;
  char *subject;
  char *detail;
} Record;

static void
record_free (gpointer data)
{
  Record *record = data;

  g_free (record->action);
  g_free (record->subject);
  g_free (record->detail);
  g_free (record);
}

WeirFailPolicy *
weir_fail_policy_new (WeirControl *control)
{
  WeirFailPolicy *policy = g_new0 (WeirFailPolicy, 1);

  policy->control = control;
  g_queue_init (&policy->records);
  return policy;
}

void
weir_fail_policy_free (WeirFailPolicy *policy)
{
  if (policy == NULL)
    return;
  g_queue_clear_full (&policy->records, record_free);
  g_free (policy);
}

static void
on_recorded (const GError *error, gpointer data)
{
  WeirControl *control = data;
  WeirFailPolicy *policy = control->fail_policy;

  /* It may be the last thing that the store says. */
  if (policy == NULL)
    return;
  policy->writing = FALSE;
  weir_control_note_store (control, error);
  if (error == NULL && !g_queue_is_empty (&policy->records))
    record_free (g_queue_pop_head (&policy->records));
}

/* One at a time, and again until it is durable: so a store that works again is
 * noticed as well. */
static void
write_record (WeirFailPolicy *policy)
{
  const Record *record = g_queue_peek_head (&policy->records);
  WeirTxn *txn;

  if (record == NULL || policy->writing)
    return;
  policy->writing = TRUE;
  txn = weir_txn_new ();
  weir_txn_add_trail (
      txn, ACTOR, record->action, record->subject, record->detail);
  weir_store_submit (policy->control->store, txn, on_recorded, policy->control);
}

/* Takes DETAIL. */
static void
add_record (WeirFailPolicy *policy, const char *action,
    const WeirStream *stream, json_t *detail)
{
  Record *record = g_new0 (Record, 1);

  record->action = g_strdup (action);
  record->subject = g_strconcat ("stream:", stream->path, NULL);
  record->detail = weir_describe_dump (detail);
  if (g_queue_get_length (&policy->records) == WEIR_FAIL_POLICY_MAX_RECORDS)
    record_free (g_queue_pop_nth (&policy->records, policy->writing ? 1 : 0));
  g_queue_push_tail (&policy->records, record);
  write_record (policy);
}

static gboolean
holds (const WeirControl *control, const Condition *condition)
{
  switch (condition->bit) {
  case WEIR_GATE_BY_ANALYSIS:
    return control->analyzers > 0 && control->analyzers_ready == 0;
  case WEIR_GATE_BY_UNATTENDED:
    return control->reviewers == 0;
  case WEIR_GATE_BY_STORE:
    return control->store_failing;
  default:
    return FALSE;
  }
}

/* What APP wants about CONDITION now: "open", "blank" or "cut". */
static const char *
wanted (const WeirFailPolicy *policy, guint i, const char *app)
{
  const WeirSettings *settings = policy->control->settings;
  gint64 after_us =
      weir_settings_app_int (settings, app, "gate", "fail_after_ms") * 1000;

  /* Nobody looks while there is no stream. */
  if (policy->since_us[i] == 0 || !holds (policy->control, &conditions[i])
      || policy->now_us - policy->since_us[i] < after_us
      || weir_settings_app_bool (settings, app, "gate", "shadow"))
    return "open";
  return weir_settings_app_string (
      settings, app, "gate", conditions[i].setting);
}

static void
tell (WeirFailPolicy *policy, WeirStream *stream, const char *cause,
    const WeirGateAnswer *answer)
{
  const char *state = weir_gate_state_name (weir_gate_get_state (stream->gate));

  weir_warn ("stream", stream->path, "gate: %s (%s)", state, cause);
  weir_gate_events_tell (
      policy->control, stream, (WeirGateWhy){ cause, ACTOR }, answer, -1, -1);
  add_record (policy, "gate.fail_policy", stream,
      json_pack ("{s:s, s:s, s:I}", "cause", cause, "state", state, "from_ms",
          (json_int_t) answer->from_ms));
}

static void
apply (WeirFailPolicy *policy, WeirStream *stream, guint i)
{
  const char *want = wanted (policy, i, stream->app);
  gboolean blanked =
      (weir_gate_get_causes (stream->gate) & conditions[i].bit) != 0;
  WeirGateAnswer answer;

  if (weir_gate_get_state (stream->gate) == WEIR_GATE_CUT)
    return;
  if (strcmp (want, "cut") == 0) {
    gint64 slate_ms = weir_settings_app_int (
        policy->control->settings, stream->app, "gate", "cut_slate_ms");

    weir_stream_cut (
        stream, conditions[i].words, slate_ms, weir_now_us (), &answer);
    tell (policy, stream, conditions[i].cause, &answer);
  } else if (strcmp (want, "blank") == 0 && !blanked) {
    weir_gate_blank (stream->gate, conditions[i].bit, &answer);
    tell (policy, stream, conditions[i].cause, &answer);
  } else if (strcmp (want, "open") == 0 && blanked) {
    /* What became due since the last tick belongs to the blank. */
    weir_gate_advance (stream->gate, weir_now_us ());
    weir_gate_resume (stream->gate, conditions[i].bit, FALSE, &answer);
    tell (policy, stream, conditions[i].cause, &answer);
  }
  stream->quiet_until_us = 0;
}

/* Withheld, and there is no slate for its codec: what is set for that. */
static void
fall_back (WeirFailPolicy *policy, WeirStream *stream)
{
  WeirGateState state = weir_gate_get_state (stream->gate);
  const char *fallback = weir_settings_app_string (
      policy->control->settings, stream->app, "gate", "slate_fallback");
  WeirGateAnswer answer;

  if (stream->no_slate == NULL || state == WEIR_GATE_PASS
      || state == WEIR_GATE_CUT || strcmp (fallback, "cut") != 0)
    return;
  weir_stream_cut (
      stream, "This stream can't be shown now.", 0, weir_now_us (), &answer);
  tell (policy, stream, "slate", &answer);
}

void
weir_fail_policy_look (WeirFailPolicy *policy, gint64 now_us)
{
  const GPtrArray *streams = weir_streams_list (policy->control->streams);

  policy->now_us = now_us;
  for (guint i = 0; i < CONDITIONS; i++) {
    if (!holds (policy->control, &conditions[i]))
      policy->since_us[i] = 0;
    else if (policy->since_us[i] == 0)
      policy->since_us[i] = now_us;
    for (guint s = 0; s < streams->len; s++)
      apply (policy, g_ptr_array_index (streams, s), i);
  }
  for (guint s = 0; s < streams->len; s++)
    fall_back (policy, g_ptr_array_index (streams, s));
  write_record (policy);
}

void
weir_fail_policy_begin (WeirFailPolicy *policy, WeirStream *stream)
{
  for (guint i = 0; i < CONDITIONS; i++)
    if (strcmp (wanted (policy, i, stream->app), "cut") != 0)
      apply (policy, stream, i);
    else /* its publisher is not there yet: the next look cuts it */
      weir_gate_blank (stream->gate, conditions[i].bit, NULL);
}

/* Somebody is turned away because of the store, and with no stream nothing
 * else may write: this does, by which one that works again is noticed. */
static void
try_store (WeirFailPolicy *policy, const char *app)
{
  if (g_queue_is_empty (&policy->records)) {
    Record *record = g_new0 (Record, 1);

    record->action = g_strdup ("gate.fail_policy");
    record->subject = g_strconcat ("app:", app, NULL);
    record->detail = weir_describe_dump (
        json_pack ("{s:s, s:s}", "cause", "store", "state", "refused"));
    g_queue_push_tail (&policy->records, record);
  }
  write_record (policy);
}

const char *
weir_fail_policy_refusal (WeirFailPolicy *policy, const char *app)
{
  for (guint i = 0; i < CONDITIONS; i++)
    if (holds (policy->control, &conditions[i])
        && strcmp (wanted (policy, i, app), "cut") == 0) {
      if (conditions[i].bit == WEIR_GATE_BY_STORE)
        try_store (policy, app);
      return conditions[i].words;
    }
  return NULL;
}
