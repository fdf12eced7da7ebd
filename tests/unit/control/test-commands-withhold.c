/* What somebody withheld stays so whatever else comes, and what a condition
 * withheld goes on when the condition is over. */
#include "control/bars.h"
#include "control/fail-policy.h"
#include "control/policing.h"
#include "control/fixture.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define COMMON                                                                 \
  "[rtmp]\nrequire_key = false\n"                                              \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define GATE "[gate]\ndelay_ms = 60000\n"

static const char *
state_of (const WeirStream *stream)
{
  return weir_gate_state_name (weir_gate_get_state (stream->gate));
}

static WeirCase *
find_case (Fixture *f, WeirStream *stream)
{
  return weir_cases_find (f->control.cases, stream->case_id);
}

/* Its publisher goes, and it ends; the next one of its name begins at 0. */
static WeirStream *
begin_again (Fixture *f, WeirStream *stream)
{
  WeirStream *again;

  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_LOST);
  weir_stream_end (stream, FALSE);
  fixture_wait_for_streams (f, 0);
  fixture_wait_for_store (f);
  fixture_publisher_clear (&f->publisher);
  fixture_publisher_init (&f->publisher);
  f->dts_ms = 0;
  again = fixture_start_stream (f, "a");
  fixture_send (f, again, "KvKv");
  return again;
}

static void
test_cut_unattended_is_over (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a"), *next = NULL;
  g_autofree char *reason = NULL;
  gint64 now_us = weir_now_us ();
  FixturePublisher other;

  weir_fail_policy_look (f->control.fail_policy, now_us);
  weir_fail_policy_look (f->control.fail_policy, now_us + 6 * SECOND_US);
  g_assert_cmpstr (state_of (stream), ==, "cut");
  fixture_wait_for_streams (f, 0);
  f->control.reviewers = 1;
  fixture_publisher_init (&other);
  g_assert_cmpint (fixture_publish (f, &other, "live", "b", "", &next, &reason),
      ==, WEIR_ADMIT_OK);
  g_assert_cmpstr (state_of (next), ==, "pass");
  weir_stream_publisher_gone (next, &other.parent, WEIR_GONE_LOST);
  fixture_publisher_clear (&other);
}

/* Nothing writes while there is no stream: who comes tries the store. */
static void
test_store_works_again (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a"), *next = NULL;
  gint64 now_us = weir_now_us ();
  WeirAdmit admit = WEIR_ADMIT_DENIED;

  f->control.reviewers = 1;
  f->store.failing = f->control.store_failing = TRUE;
  weir_fail_policy_look (f->control.fail_policy, now_us);
  weir_fail_policy_look (f->control.fail_policy, now_us + 6 * SECOND_US);
  g_assert_cmpstr (state_of (stream), ==, "cut");
  fixture_wait_for_streams (f, 0);
  fixture_wait_for_store (f);
  f->store.failing = FALSE;
  for (guint i = 0; i < 2; i++) {
    g_autofree char *reason = NULL;
    FixturePublisher other;

    fixture_publisher_init (&other);
    admit = fixture_publish (f, &other, "live", "b", "", &next, &reason);
    fixture_wait_for_store (f);
    if (admit == WEIR_ADMIT_OK)
      weir_stream_publisher_gone (next, &other.parent, WEIR_GONE_LOST);
    fixture_publisher_clear (&other);
  }
  g_assert_cmpint (admit, ==, WEIR_ADMIT_OK);
}

static void
test_person_blanks_for_good (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirCase *c;

  fixture_send (f, stream, "KvKvKv");
  fixture_sample (f, stream, 0, 0, 12, 98);
  fixture_wait_for_store (f);
  c = find_case (f, stream);
  g_assert_cmpint (c->deadline_ms, !=, 0);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'blank'}", c->id);
  g_assert_cmpint (c->deadline_ms, ==, 0);
  g_assert_true (c->open);
}

static void
test_release_leaves_other_blanks (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirCase *c;

  fixture_send (f, stream, "KvKvKv");
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  fixture_sample (f, stream, 0, 0, 12, 98);
  fixture_wait_for_store (f);
  c = find_case (f, stream);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'release'}", c->id);
  g_assert_cmpstr (state_of (stream), ==, "blank");
}

static void
on_result (const WeirResult *result, gpointer data)
{
  (*(guint *) data)++;
}

static void
test_later_delay_counts (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirActor actor = { "user:x", "x", WEIR_ROLE_ADMIN, weir_now_us () };
  guint answers = 0;

  fixture_send (f, stream, "KvKvKv");
  f->store.holding = TRUE;
  weir_command_set_delay (
      &f->control, &actor, "live/a", 2000, "", on_result, &answers);
  weir_command_set_delay (
      &f->control, &actor, "live/a", 120000, "", on_result, &answers);
  f->store.holding = FALSE;
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  g_assert_cmpuint (answers, ==, 2);
  g_assert_cmpint (
      weir_gate_get_wanted_delay_us (stream->gate), ==, 120 * SECOND_US);
}

/* Times and spans of a stream mean nothing in the next one of its name. */
static void
test_hold_of_another_stream (Fixture *f, gconstpointer data)
{
  WeirActor actor = { "policy:p", "policy p", WEIR_ROLE_ADMIN, weir_now_us () };
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;
  guint answers = 0;

  fixture_send (f, stream, "KvKvKvKvKvKvKvKvKvKv");
  fixture_sample (f, stream, 300, 0, 12, 98);
  fixture_wait_for_store (f);
  id = g_strdup (stream->case_id);
  stream = begin_again (f, stream);
  actor.cause = "policy";
  weir_command_hold (&f->control, &actor, id, "", on_result, &answers);
  fixture_wait_for_store (f);
  g_assert_cmpuint (answers, ==, 1);
  g_assert_cmpstr (state_of (stream), ==, "blank");
}

static void
test_span_of_another_stream (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;

  fixture_send (f, stream, "KvKv");
  fixture_sample (f, stream, 0, 0, 12, 98);
  fixture_wait_for_store (f);
  id = g_strdup (stream->case_id);
  stream = begin_again (f, stream);
  fixture_assert_command (
      f, NULL, "{'type':'stream.redact','stream':'live/a','from_ms':0}");
  g_assert_cmpuint (weir_gate_get_spans (stream->gate)->count, ==, 1);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'release'}", id);
  g_assert_cmpuint (weir_gate_get_spans (stream->gate)->count, ==, 1);
}

#define ADD(name, settings, func)                                              \
  g_test_add ("/commands/withhold/" name, Fixture, settings, fixture_set_up,   \
      func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("cut-unattended-is-over", GATE "on_unattended = cut\n" COMMON,
      test_cut_unattended_is_over);
  ADD ("store-works-again", GATE "on_store_failing = cut\n" COMMON,
      test_store_works_again);
  ADD ("person-blanks-for-good",
      GATE COMMON "[policy soon]\naction = hold\ntimeout_ms = 3600000\n"
                  "on_timeout = release\n",
      test_person_blanks_for_good);
  ADD ("release-leaves-other-blanks", GATE COMMON "[policy p]\naction = case\n",
      test_release_leaves_other_blanks);
  ADD ("later-delay-counts", GATE COMMON, test_later_delay_counts);
  ADD ("hold-of-another-stream", GATE COMMON "[policy p]\naction = case\n",
      test_hold_of_another_stream);
  ADD ("span-of-another-stream", GATE COMMON "[policy p]\naction = hold\n",
      test_span_of_another_stream);
  return g_test_run ();
}
