/* What policy wants is done: written down, asked, held, cut, and in the end
 * what happens to cases that nobody decides. */
#include "control/bars.h"
#include "control/fixture.h"
#include "control/policing.h"

#define COMMON                                                                 \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

static WeirStream *
start (Fixture *f)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "KvKvKv");
  return stream;
}

static WeirCase *
case_of (Fixture *f, const WeirStream *stream)
{
  return stream->case_id ? weir_cases_find (f->control.cases, stream->case_id)
                         : NULL;
}

static void
test_note (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  guint64 seq = fixture_seq (f);
  json_t *event;

  fixture_sample (f, stream, 0, 0, 12, 98);
  fixture_sample (f, stream, 40, 0, 12, 98);
  fixture_wait_for_store (f);
  g_assert_null (case_of (f, stream));
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  fixture_assert_trail (f, "policy.note");
  g_assert_cmpuint (fixture_count_events (f, "stream.noted", seq), ==, 1);
  event = fixture_find_event (f, "stream.noted", seq);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "policy")), ==, "wide");
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "stream")), ==, "live/a");
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "reason")), ==, stream->note);
  json_decref (event);
  g_assert_cmpstr (stream->note, ==,
      "The picture at 0.0 s matches “film” of bank one, 12 bits of 256 differ, "
      "quality 98. Policy wide writes it down.");
  /* The other bank is asked about as ever. */
  fixture_sample (f, stream, 80, 2, 5, 98);
  g_assert_cmpstr (case_of (f, stream)->bank, ==, "two");
  g_assert_cmpuint (case_of (f, stream)->priority, ==, 50);
}

static void
test_evidence (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  const WeirCase *c;

  fixture_sample (f, stream, 0, 0, -1, 98);
  fixture_sample (f, stream, 20, 0, 20, 98);
  fixture_sample (f, stream, 40, 0, -1, 98);
  fixture_sample (f, stream, 60, 0, 12, 98);
  g_assert_null (case_of (f, stream));
  fixture_sample (f, stream, 80, 0, 14, 98);
  c = case_of (f, stream);
  g_assert_nonnull (c);
  g_assert_cmpstr (c->policy, ==, "three");
  g_assert_cmpuint (c->priority, ==, 70);
  g_assert_cmpuint (c->hits, ==, 3);
  g_assert_cmpint (c->first_hit_ms, ==, 20);
  g_assert_cmpint (c->from_ms, ==, 0);
  g_assert_cmpstr (c->reason, ==,
      "3 of the last 4 pictures match “film” of bank one, nearest 12 bits of "
      "256, quality 98. Policy three asks you to decide.");
  fixture_wait_for_store (f);
  fixture_assert_trail (f, "case.open");
}

static void
test_hold (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  guint64 seq = fixture_seq (f);
  const WeirGateSpans *spans;
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  c = case_of (f, stream);
  /* At once, before anything is stored, from the flagged picture on. */
  spans = weir_gate_get_spans (stream->gate);
  g_assert_cmpuint (spans->count, ==, 1);
  g_assert_cmpint (spans->spans[0].kind, ==, WEIR_GATE_SPAN_HOLD);
  g_assert_cmpint (spans->spans[0].from_ms, ==, 0);
  g_assert_cmpint (spans->spans[0].to_ms, ==, G_MAXINT64);
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_BLANK);
  g_assert_true (c->open);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 1);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'release'}", c->id);
  g_assert_cmpuint (spans->count, ==, 0);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  /* Decided: more of the same passes. */
  fixture_sample (f, stream, 40, 0, 12, 98);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_RELEASE);
}

static void
test_cut (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  g_autofree char *id = NULL;
  const WeirBar *bar;
  const WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  id = g_strdup (stream->case_id);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpstr (
      f->publisher.reason, ==, "The rules of this service ended this stream.");
  bar = weir_bars_find (f->control.bars, "live/a", "");
  g_assert_nonnull (bar);
  g_assert_cmpstr (bar->by, ==, "policy fast");
  fixture_wait_for_store (f);
  c = weir_cases_find (f->control.cases, id);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_cmpstr (c->decided_by, ==, "policy fast");
  g_assert_cmpint (c->action, ==, WEIR_ACTION_CUT);
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "");
  fixture_assert_trail (f, "case.open case.cut");
  /* As any bar it can be lifted. */
  fixture_assert_command (f, NULL, "{'type':'stream.unbar','stream':'live/a'}");
}

/* A case becomes a held one when the stricter rule has its evidence. */
static void
test_stricter (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 30, 98);
  c = case_of (f, stream);
  g_assert_cmpint (c->action, ==, WEIR_ACTION_CASE);
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_NONE);
  fixture_sample (f, stream, 40, 0, 10, 98);
  g_assert_cmpint (c->action, ==, WEIR_ACTION_CASE);
  fixture_sample (f, stream, 80, 0, 11, 98);
  g_assert_true (case_of (f, stream) == c);
  g_assert_cmpint (c->action, ==, WEIR_ACTION_HOLD);
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_BLANK);
  g_assert_cmpstr (c->policy, ==, "near");
  g_assert_true (g_str_has_prefix (c->reason, "The last 2 pictures match"));
}

static void
test_bank_itself (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  const WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  c = case_of (f, stream);
  g_assert_cmpint (c->action, ==, WEIR_ACTION_CASE);
  g_assert_cmpstr (c->policy, ==, "");
  g_assert_cmpint (c->deadline_ms, ==, 0);
}

static gboolean
is_decided (gpointer data)
{
  return !((const WeirCase *) data)->open;
}

static gboolean
is_blanked (gpointer data)
{
  return ((const WeirCase *) data)->interim == WEIR_VERDICT_BLANK;
}

static void
test_times_out (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  c = case_of (f, stream);
  g_assert_cmpint (c->deadline_ms, >, 0);
  fixture_wait (f->loop, is_decided, c);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_RELEASE);
  g_assert_cmpstr (c->decided_by, ==, "policy soon");
  g_assert_cmpint (c->deadline_ms, ==, 0);
  g_assert_true (g_str_has_prefix (c->note, "Nobody decided within "));
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
}

/* What a person blanked is not let out by a rule that comes to it later. */
static void
test_blanked_before (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 30, 98);
  c = case_of (f, stream);
  fixture_assert_command (f, NULL,
      "{'type': 'case.decide', 'case': '%s', 'verdict': 'blank'}", c->id);
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_BLANK);
  fixture_sample (f, stream, 40, 0, 10, 98);
  fixture_sample (f, stream, 80, 0, 11, 98);
  g_assert_cmpint (c->action, ==, WEIR_ACTION_HOLD);
  g_assert_cmpint (c->deadline_ms, ==, 0);
  g_assert_cmpint (c->on_timeout, ==, WEIR_TIMEOUT_KEEP);
}

/* The deadline is kept: who decides after a restart is the clock. */
static void
test_restart (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  g_autofree char *id = NULL;
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  id = g_strdup (stream->case_id);
  fixture_wait_for_store (f);
  fixture_restart (f, data);
  c = weir_cases_find (f->control.cases, id);
  g_assert_cmpint (c->deadline_ms, >, 0);
  g_assert_cmpint (c->on_timeout, ==, WEIR_TIMEOUT_CUT);
  g_assert_cmpstr (c->policy, ==, "later");
  /* As if the time had passed meanwhile. */
  c->deadline_ms = 1;
  fixture_wait (f->loop, is_decided, c);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_nonnull (weir_bars_find (f->control.bars, "live/a", ""));
}

/* Before it is public, not after. */
static void
test_before_public (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  c = case_of (f, stream);
  g_assert_cmpint (c->deadline_ms, ==, c->public_ms - WEIR_POLICING_MARGIN_MS);
  c->deadline_ms = 1;
  fixture_wait (f->loop, is_blanked, c);
  g_assert_true (c->open);
  g_assert_cmpuint (weir_gate_get_spans (stream->gate)->count, ==, 1);
}

/* Who decides before has decided. */
static void
test_decided_before (Fixture *f, gconstpointer data)
{
  WeirStream *stream = start (f);
  WeirCase *c;

  fixture_sample (f, stream, 0, 0, 12, 98);
  c = case_of (f, stream);
  fixture_wait_for_store (f);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'release'}", c->id);
  c->deadline_ms = 1;
  fixture_wait_for_store (f);
  weir_policing_watch (f->control.policing, c);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_RELEASE);
  g_assert_cmpstr (c->decided_by, ==, "test");
}

static void
test_priority (Fixture *f, gconstpointer data)
{
  WeirStream *first = start (f);
  FixturePublisher other;
  WeirStream *second;
  g_autoptr (GPtrArray) list = NULL;

  fixture_publisher_init (&other);
  g_assert_cmpint (fixture_publish (f, &other, "live", "b", "", &second, NULL),
      ==, WEIR_ADMIT_OK);
  fixture_sample (f, first, 0, 2, 5, 98);
  fixture_sample (f, second, 0, 0, 5, 98);
  fixture_wait_for_store (f);
  list = weir_cases_list (f->control.cases);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpstr (((WeirCase *) list->pdata[0])->stream, ==, "live/b");
  g_assert_cmpuint (((WeirCase *) list->pdata[0])->priority, ==, 90);
  weir_stream_disconnect (second, "bye");
  fixture_publisher_clear (&other);
}

/* Another table takes effect with the next sample; the stream notices
 * nothing. */
static void
test_reload (Fixture *f, gconstpointer data)
{
  static const char text[] = "[policy now]\naction = hold\n";
  WeirStream *stream = start (f);
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("t", text, sizeof text - 1, NULL);

  fixture_sample (f, stream, 0, 0, 12, 98);
  g_assert_null (case_of (f, stream));
  weir_policy_free (f->policy);
  f->policy = weir_policy_new (settings, NULL, NULL);
  f->control.policy = f->policy;
  fixture_sample (f, stream, 40, 0, 12, 98);
  g_assert_cmpstr (case_of (f, stream)->policy, ==, "now");
  g_assert_cmpint (case_of (f, stream)->interim, ==, WEIR_VERDICT_BLANK);
  g_assert_cmpuint (stream->session, ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/policing/note", test_note,
        COMMON "[policy wide]\nbank = one\naction = note\n" },
    { "/policing/evidence", test_evidence,
        COMMON "[policy three]\nbank = one\nhits = 3\nof = 4\n"
               "priority = 70\n" },
    { "/policing/hold", test_hold, COMMON "[policy h]\naction = hold\n" },
    { "/policing/cut", test_cut, COMMON "[policy fast]\naction = cut\n" },
    { "/policing/stricter", test_stricter,
        COMMON "[policy far]\nradius = 31\n"
               "[policy near]\nradius = 15\nhits = 2\nof = 2\n"
               "action = hold\n" },
    { "/policing/bank-itself", test_bank_itself, COMMON },
    { "/policing/times-out", test_times_out,
        COMMON "[policy soon]\naction = hold\ntimeout_ms = 200\n"
               "on_timeout = release\n" },
    { "/policing/blanked-before", test_blanked_before,
        COMMON "[policy far]\nradius = 31\n"
               "[policy near]\nradius = 15\nhits = 2\nof = 2\n"
               "action = hold\ntimeout_ms = 200\non_timeout = release\n" },
    { "/policing/restart", test_restart,
        COMMON "[policy later]\ntimeout_ms = 3600000\n"
               "on_timeout = cut\n" },
    { "/policing/before-public", test_before_public,
        COMMON "[policy p]\non_timeout = hold\n" },
    { "/policing/decided-before", test_decided_before,
        COMMON "[policy p]\non_timeout = cut\n" },
    { "/policing/priority", test_priority,
        COMMON "[policy urgent]\nbank = one\npriority = 90\n" },
    { "/policing/reload", test_reload, COMMON "[policy slow]\nhits = 5\n" },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
