/* What happens to gates without a person. The time is the test's. */
#include "control/fail-policy.h"

#include "control/bars.h"
#include "control/cases.h"
#include "control/fixture.h"

#include <string.h>

#define BASE                                                                   \
  "[rtmp]\nrequire_key = false\n"                                              \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define S G_GINT64_CONSTANT (1000000)

static void
look (Fixture *f, gint64 now_us)
{
  weir_fail_policy_look (f->control.fail_policy, now_us);
}

static void
assert_event (Fixture *f, guint64 since, const char *state, const char *cause)
{
  json_t *event = fixture_find_event (f, "gate.changed", since);

  g_assert_nonnull (event);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "state")), ==, state);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "cause")), ==, cause);
  json_decref (event);
}

static void
test_unattended (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);

  look (f, 100 * S);
  look (f, 104 * S);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  look (f, 105 * S);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  assert_event (f, seq, "blank", "unattended");
  look (f, 106 * S);
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  /* A reviewer's resume does not bring reviewers back. */
  weir_gate_blank (stream->gate, WEIR_GATE_BY_REVIEWER, NULL);
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  g_assert_cmpuint (
      weir_gate_get_causes (stream->gate), ==, WEIR_GATE_BY_UNATTENDED);
  seq = fixture_seq (f);
  f->control.reviewers = 1;
  look (f, 107 * S);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  assert_event (f, seq, "pass", "unattended");
  fixture_wait_for_store (f);
  fixture_assert_trail (f, "gate.fail_policy stream.resume gate.fail_policy");
}

/* Records that can't be written are tried again, by which a store that works
 * again is noticed. */
static void
test_store_failing (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  FixturePublisher other;
  WeirStream *none;
  g_autofree char *reason = NULL;

  f->control.reviewers = 1;
  f->store.failing = TRUE;
  f->control.store_failing = TRUE;
  look (f, 100 * S);
  look (f, 105 * S);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_CUT);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 0);
  fixture_publisher_init (&other);
  g_assert_cmpint (fixture_publish (f, &other, "live", "b", "", &none, &reason),
      ==, WEIR_ADMIT_LATER);
  g_assert_nonnull (strstr (reason, "stored"));
  fixture_publisher_clear (&other);
  fixture_wait_for_store (f);
  f->store.failing = FALSE;
  look (f, 106 * S);
  fixture_wait_for_store (f);
  g_assert_false (f->control.store_failing);
  fixture_assert_trail (f, "gate.fail_policy");
}

static const WeirCase *
only_case (Fixture *f)
{
  g_autoptr (GPtrArray) cases = weir_cases_list (f->control.cases);

  g_assert_cmpuint (cases->len, ==, 1);
  return g_ptr_array_index (cases, 0);
}

/* Shadow mode flags, and that is all. */
static void
test_shadow (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Kav");
  fixture_sample (f, stream, 0, 0, 3, 90);
  look (f, 100 * S);
  look (f, 200 * S);
  fixture_wait_for_store (f);
  g_assert_cmpuint (weir_gate_get_spans (stream->gate)->count, ==, 0);
  fixture_assert_command (f, NULL,
      "{'type':'case.decide','case':'%s','verdict':'cut'}", only_case (f)->id);
  g_assert_cmpint (only_case (f)->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 0);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  fixture_send (f, stream, "Kav");
  fixture_wait_for_sent (f, "KavKav");
}

static void
send_large (Fixture *f, WeirStream *stream, gsize size)
{
  WeirPacket packet = { .dts_ms = f->dts_ms,
    .pts_ms = f->dts_ms,
    .arrival_us = weir_now_us (),
    .kind = WEIR_MEDIA_DATA,
    .codec = WEIR_CODEC_METADATA,
    .payload = weir_arena_alloc (f->arena, size) };

  memset (packet.payload.data, 'd', size);
  weir_stream_take_packet (stream, &packet);
}

static void
test_window_full (Fixture *f, gconstpointer settings)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  gboolean open = strstr (settings, "full = open") != NULL;

  fixture_send (f, stream, "Kav");
  send_large (f, stream, 800000);
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 0);
  send_large (f, stream, 800000);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  assert_event (f, seq, "pass", "window");
  g_assert_cmpuint (
      weir_window_get_bytes (stream->window), <=, stream->max_window_bytes);
  if (open)
    fixture_wait_for_sent (f, "Kavd");
  else
    g_assert_cmpuint (weir_gate_get_end (stream->gate), ==, 0);
}

/* The oldest goes out by its old time while a shorter delay waits for a key
 * frame that does not come. */
static void
test_window_open_and_shorter (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 now_us = weir_now_us ();

  fixture_send (f, stream, "Kav");
  weir_gate_advance (stream->gate, now_us + 60 * S + S);
  weir_gate_set_delay (stream->gate, 30 * S, now_us + 60 * S + S, NULL);
  g_assert_cmpint (weir_gate_get_wanted_delay_us (stream->gate), ==, 30 * S);
  fixture_send (f, stream, "vav");
  for (guint i = 0; i < 3; i++)
    send_large (f, stream, 800000);
  g_assert_cmpint (weir_gate_get_delay_us (stream->gate), ==, 60 * S);
  g_assert_cmpuint (
      weir_window_get_bytes (stream->window), <=, stream->max_window_bytes);
  fixture_wait_for_sent (f, "Kavvavdd");
}

/* Withheld without a slate: ended, where that is what is wanted. */
static void
test_no_slate (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);

  f->control.reviewers = 1;
  weir_stream_refuse_slate (stream, "no encoder", FALSE);
  look (f, 100 * S);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  weir_gate_blank (stream->gate, WEIR_GATE_BY_REVIEWER, NULL);
  look (f, 101 * S);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_CUT);
  assert_event (f, seq, "cut", "slate");
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/fail-policy/unattended", test_unattended,
        BASE "[gate]\non_unattended = blank\ndelay_ms = 60000\n" },
    { "/fail-policy/store-failing", test_store_failing,
        BASE "[gate]\non_store_failing = cut\ndelay_ms = 60000\n" },
    { "/fail-policy/no-slate", test_no_slate,
        BASE "[gate]\nslate_fallback = cut\ndelay_ms = 60000\n" },
    { "/fail-policy/shadow", test_shadow,
        BASE "[gate]\nshadow = true\non_unattended = cut\n"
             "[policy all]\naction = hold\n" },
    { "/fail-policy/window-blank", test_window_full,
        BASE "[gate]\ndelay_ms = 60000\nmax_window_bytes = 1048576\n"
             "on_window_full = blank\n" },
    { "/fail-policy/window-open", test_window_full,
        BASE "[gate]\ndelay_ms = 60000\nmax_window_bytes = 1048576\n"
             "on_window_full = open\n" },
    { "/fail-policy/window-open-and-shorter", test_window_open_and_shorter,
        BASE "[gate]\ndelay_ms = 60000\nmax_window_bytes = 1048576\n"
             "on_window_full = open\n" },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
