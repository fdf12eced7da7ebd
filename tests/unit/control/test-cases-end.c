/* Cases are decided, their streams end, the gateway starts again. */
#include "control/bars.h"
#include "control/fixture.h"

#define HELD                                                                   \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

static WeirStream *
start_flagged (Fixture *f)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "KvKv");
  fixture_sample (f, stream, 0, 0, 12, 90);
  fixture_wait_for_store (f);
  g_assert_nonnull (stream->case_id);
  return stream;
}

static const WeirCase *
case_of (Fixture *f, const WeirStream *stream)
{
  return weir_cases_find (f->control.cases, stream->case_id);
}

static void
decide (Fixture *f, const char *error, const char *id, const char *verdict)
{
  fixture_assert_command (f, error,
      "{'type':'case.decide','case':'%s','verdict':'%s','note':'n'}", id,
      verdict);
}

static void
test_cut (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start_flagged (f);
  const WeirCase *c = case_of (f, stream);
  guint64 seq = fixture_seq (f);
  const WeirBar *bar;

  decide (f, NULL, c->id, "cut");
  g_assert_false (c->open);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_cmpstr (c->decided_by, ==, "test");
  g_assert_cmpstr (c->note, ==, "n");
  /* Nothing had left. */
  g_assert_cmpint (c->exposure_ms, ==, 0);
  g_assert_cmpint (c->time_to_cut_us, >=, 0);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  bar = weir_bars_find (f->control.bars, "live/a", "");
  g_assert_cmpstr (bar->case_id, ==, c->id);
  g_assert_cmpstr (bar->reason, ==, "n");
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "");
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 1);
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);

  seq = fixture_seq (f);
  decide (f, NULL, c->id, "cut");
  decide (f, "conflict", c->id, "release");
  decide (f, "conflict", c->id, "blank");
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 0);
  fixture_assert_trail (f, "case.open case.cut case.cut");
}

/* A case's stream is cut without naming the case. */
static void
test_cut_by_stream (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start_flagged (f);
  const WeirCase *c = case_of (f, stream);
  guint64 seq = fixture_seq (f);

  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','reason':'r'}");
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_cmpstr (c->note, ==, "r");
  g_assert_cmpstr (
      weir_bars_find (f->control.bars, "live/a", "")->case_id, ==, c->id);
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 1);
}

static void
test_release (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start_flagged (f);
  const WeirCase *c = case_of (f, stream);
  guint64 seq;

  decide (f, NULL, c->id, "blank");
  g_assert_true (c->open);
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_BLANK);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  decide (f, NULL, c->id, "blank");
  seq = fixture_seq (f);
  decide (f, NULL, c->id, "release");
  g_assert_false (c->open);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_RELEASE);
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_NONE);
  g_assert_cmpstr (c->note, ==, "n");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 1);
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  decide (f, NULL, c->id, "release");
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 1);
  fixture_assert_trail (f, "case.open stream.blank stream.blank case.release");
  /* It may still be cut, and is told as closed once more, counted once. */
  decide (f, NULL, c->id, "cut");
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  fixture_wait_for_streams (f, 0);
}

/* More of what was released passes; something else is another case. */
static void
test_released_absorbs (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start_flagged (f);
  const WeirCase *c = case_of (f, stream);
  guint64 seq;

  decide (f, NULL, c->id, "release");
  seq = fixture_seq (f);
  fixture_sample (f, stream, 1000, 0, 12, 90);
  fixture_sample (f, stream, 2000, 2, 10, 90); /* of the same item */
  g_assert_cmpuint (c->hits, ==, 3);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 0);
  fixture_sample (f, stream, 3000, 0, -1, 90);
  fixture_sample (f, stream, 4000, 1, 12, 90);
  g_assert_true (case_of (f, stream) != c);
  g_assert_cmpstr (case_of (f, stream)->item, ==, "game");
  g_assert_cmpint (case_of (f, stream)->from_ms, ==, 3000);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 1);
  g_assert_cmpuint (c->hits, ==, 3);
}

static void
test_resume_ends_interim (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start_flagged (f);
  g_autofree char *id = g_strdup (stream->case_id);

  decide (f, NULL, id, "blank");
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  g_assert_cmpint (case_of (f, stream)->interim, ==, WEIR_VERDICT_NONE);
  fixture_restart (f, NULL);
  g_assert_cmpint (
      weir_cases_find (f->control.cases, id)->interim, ==, WEIR_VERDICT_NONE);
}

static void
on_conflict (const WeirResult *result, gpointer data)
{
  g_assert_false (result->ok);
  g_assert_false (result->applied);
  g_assert_cmpstr (result->error, ==, "conflict");
  g_assert_cmpstr (
      result->message, ==, "Something stricter was decided in the meantime.");
  ++*(guint *) data;
}

static void
on_ok (const WeirResult *result, gpointer data)
{
  g_assert_true (result->ok);
  ++*(guint *) data;
}

/* What opens the gate is still being stored when it is closed again. */
static void
test_stricter_meanwhile (Fixture *f, gconstpointer data)
{
  WeirActor actor = { "user:test", "test", WEIR_ROLE_ADMIN, weir_now_us () };
  WeirStream *stream = start_flagged (f);
  g_autofree char *id = g_strdup (stream->case_id);
  guint refused = 0, done = 0;

  decide (f, NULL, id, "blank");
  f->store.holding = TRUE;
  weir_command_resume (
      &f->control, &actor, "live/a", "", on_conflict, &refused);
  weir_command_decide (
      &f->control, &actor, id, WEIR_VERDICT_RELEASE, "", on_conflict, &refused);
  weir_command_decide (
      &f->control, &actor, id, WEIR_VERDICT_BLANK, "", on_ok, &done);
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  fixture_wait_for_store (f);
  g_assert_cmpuint (refused, ==, 2);
  g_assert_cmpuint (done, ==, 1);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  g_assert_true (case_of (f, stream)->open);

  /* The same with a cut. */
  f->store.holding = TRUE;
  weir_command_decide (
      &f->control, &actor, id, WEIR_VERDICT_RELEASE, "", on_conflict, &refused);
  weir_command_cut (&f->control, &actor, "live/a", NULL, "", on_ok, &done);
  fixture_store_go_on (f);
  fixture_wait_for_streams (f, 0);
  fixture_wait_for_store (f);
  g_assert_cmpuint (refused, ==, 3);
  g_assert_cmpuint (done, ==, 2);
  fixture_restart (f, NULL);
  g_assert_cmpint (
      weir_cases_find (f->control.cases, id)->verdict, ==, WEIR_VERDICT_CUT);
}

/* A refused release is not what a restart finds. */
static void
test_refused_is_put_back (Fixture *f, gconstpointer data)
{
  WeirActor actor = { "user:test", "test", WEIR_ROLE_ADMIN, weir_now_us () };
  WeirStream *stream = start_flagged (f);
  g_autofree char *id = g_strdup (stream->case_id);
  guint refused = 0, done = 0;

  decide (f, NULL, id, "blank");
  f->store.holding = TRUE;
  weir_command_decide (
      &f->control, &actor, id, WEIR_VERDICT_RELEASE, "", on_conflict, &refused);
  weir_command_blank (&f->control, &actor, "live/a", "", on_ok, &done);
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  fixture_wait_for_store (f);
  g_assert_cmpuint (refused + done, ==, 2);
  fixture_restart (f, NULL);
  g_assert_true (weir_cases_find (f->control.cases, id)->open);
  g_assert_cmpint (
      weir_cases_find (f->control.cases, id)->interim, ==, WEIR_VERDICT_BLANK);
}

/* The first is decided on while the second keeps the gate closed. */
static void
test_two_blanked (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start_flagged (f);
  g_autofree char *first = g_strdup (stream->case_id);
  g_autofree char *second = NULL;

  fixture_sample (f, stream, 1000, 0, -1, 90);
  fixture_sample (f, stream, 9000, 0, -1, 90);
  fixture_sample (f, stream, 40000, 0, -1, 90);
  fixture_sample (f, stream, 41000, 1, 12, 90);
  fixture_wait_for_store (f);
  second = g_strdup (stream->case_id);
  g_assert_cmpstr (first, !=, second);
  decide (f, NULL, first, "blank");
  g_assert_cmpint (weir_cases_find (f->control.cases, first)->interim, ==,
      WEIR_VERDICT_BLANK);
  g_assert_cmpint (weir_cases_find (f->control.cases, second)->interim, ==,
      WEIR_VERDICT_NONE);
  decide (f, NULL, second, "release");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  decide (f, NULL, first, "release");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
}

/* What had been sent of the span when the gate closed. */
static void
test_exposure (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  const WeirCase *c;

  fixture_send (f, stream, "KvvvK");
  fixture_wait_for_sent (f, "KvvvK");
  fixture_sample (f, stream, 0, 0, -1, 90);
  fixture_sample (f, stream, 80, 0, 12, 90);
  fixture_wait_for_store (f);
  c = case_of (f, stream);
  g_assert_cmpint (c->exposure_ms, ==, -1);
  g_assert_cmpint (weir_cases_exposure_ms (f->control.cases, c), ==, 81);
  fixture_send (f, stream, "v");
  decide (f, NULL, c->id, "cut");
  g_assert_cmpint (c->exposure_ms, ==, 81);
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "KvvvK");
  g_assert_cmpint (c->exposure_ms, ==, 81);
}

/* Also of a case that is not the stream's newest. */
static void
test_exposure_older (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;
  const WeirCase *c;

  fixture_send (f, stream, "KvvvK");
  fixture_wait_for_sent (f, "KvvvK");
  fixture_sample (f, stream, 0, 0, 12, 90);
  fixture_sample (f, stream, 80, 0, -1, 90);
  id = g_strdup (stream->case_id);
  fixture_sample (f, stream, 41000, 1, 12, 90);
  fixture_wait_for_store (f);
  g_assert_cmpstr (id, !=, stream->case_id);
  c = weir_cases_find (f->control.cases, id);
  g_assert_cmpint (c->exposure_ms, ==, -1);
  g_assert_cmpint (weir_cases_exposure_ms (f->control.cases, c), ==, 80);
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  g_assert_cmpint (c->exposure_ms, ==, 80);
}

static void
test_exposure_at_end (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;
  const WeirCase *c;

  fixture_send (f, stream, "Kv");
  fixture_sample (f, stream, 0, 0, 12, 90);
  id = g_strdup (stream->case_id);
  fixture_send (f, stream, "vv");
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  c = weir_cases_find (f->control.cases, id);
  g_assert_true (c->open);
  g_assert_cmpint (c->exposure_ms, ==, 61);
  fixture_restart (f, NULL);
  c = weir_cases_find (f->control.cases, id);
  g_assert_cmpint (weir_cases_exposure_ms (f->control.cases, c), ==, 61);
  /* The stream is gone: it can be released, and its name be barred. */
  decide (f, "not_found", id, "blank");
  decide (f, NULL, id, "cut");
  g_assert_nonnull (weir_bars_find (f->control.bars, "live/a", ""));
  g_assert_cmpint (c->exposure_ms, ==, 61);
}

/* An old case of a name doesn't become one of its next stream. */
static void
test_old_case (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;
  const WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 90);
  id = g_strdup (stream->case_id);
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  stream = fixture_start_stream (f, "a");
  g_assert_null (stream->case_id);
  c = weir_cases_find (f->control.cases, id);
  g_assert_true (c->open);
  fixture_sample (f, stream, 0, 0, 12, 90);
  g_assert_cmpstr (stream->case_id, !=, id);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 2);
}

static void
test_closed_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) list = NULL;
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *first = NULL;

  for (guint i = 0; i <= WEIR_CASES_CLOSED_KEPT; i++) {
    fixture_sample (f, stream, i * 40000, 0, 12, 90);
    if (i == 0)
      first = g_strdup (stream->case_id);
    decide (f, NULL, stream->case_id, "release");
  }
  fixture_sample (f, stream, 40000 * 1000, 0, 12, 90);
  fixture_wait_for_store (f);
  list = weir_cases_list (f->control.cases);
  g_assert_cmpuint (list->len, ==, 1 + WEIR_CASES_CLOSED_KEPT);
  g_assert_cmpstr (
      ((WeirCase *) g_ptr_array_index (list, 0))->id, ==, stream->case_id);
  g_assert_cmpint (((WeirCase *) g_ptr_array_index (list, 1))->first_hit_ms, ==,
      40000 * WEIR_CASES_CLOSED_KEPT);
  g_assert_null (weir_cases_find (f->control.cases, first));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/cases-end/cut", test_cut, HELD },
    { "/cases-end/cut-by-stream", test_cut_by_stream, HELD },
    { "/cases-end/release", test_release, HELD },
    { "/cases-end/released-absorbs", test_released_absorbs, HELD },
    { "/cases-end/resume-ends-interim", test_resume_ends_interim, HELD },
    { "/cases-end/stricter-meanwhile", test_stricter_meanwhile, HELD },
    { "/cases-end/refused-is-put-back", test_refused_is_put_back, HELD },
    { "/cases-end/two-blanked", test_two_blanked, HELD },
    { "/cases-end/exposure-older", test_exposure_older, NULL },
    { "/cases-end/exposure", test_exposure, NULL },
    { "/cases-end/exposure-at-end", test_exposure_at_end, NULL },
    { "/cases-end/old-case", test_old_case, NULL },
    { "/cases-end/closed-list", test_closed_list, HELD },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
