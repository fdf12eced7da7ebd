/* How often streams are looked at, and why. */
#include "control/describe-sampling.h"
#include "control/fixture.h"
#include "core/scorers.h"

#include <string.h>

#define LITTLE                                                                 \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[analysis]\ncpu_percent = 1\n[sampling]\nfloor_gap_ms = 200\n"
#define UNDONE                                                                 \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[app live]\nsampling_probes = plain\nsampling_alert_probes = plain\n"
#define ENOUGH                                                                 \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[sampling]\nmin_gap_ms = 100\n"

/* Takes what speaks most for looking closer, in words; NULL: nothing. */
static const char *
reason_of (const WeirStream *stream)
{
  WeirRiskReason reason;

  return weir_risk_get_reason (
             &stream->sampling.risk, weir_now_us () / 1000, &reason)
             ? weir_risk_reason_text (reason)
             : NULL;
}

static double
risk_of (const WeirStream *stream)
{
  return weir_risk_get (&stream->sampling.risk, weir_now_us () / 1000);
}

static void
end_stream (Fixture *f, WeirStream *stream)
{
  weir_stream_disconnect (stream, "test");
  weir_stream_end (stream, FALSE);
  fixture_wait_for_streams (f, 0);
}

/* A picture of hash BYTE all over that cost COST_US and took WAITED_MS. */
static void
look_at (Fixture *f, WeirStream *stream, guint8 byte, guint cost_us,
    gint64 waited_ms)
{
  WeirSample sample = { .arrival_us = weir_now_us () - waited_ms * 1000,
    .cost_us = cost_us,
    .quality = 100 };

  memset (sample.hash, byte, sizeof sample.hash);
  weir_streams_take_sample (f->control.streams, stream->number, &sample);
}

static void
test_new_publisher (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  g_assert_cmpstr (reason_of (stream), ==, "a new publisher");
  /* Not even a quarter of an hour later. */
  stream->started_us -= 15 * 60 * G_USEC_PER_SEC;
  end_stream (f, stream);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpstr (reason_of (stream), ==, NULL);
  g_assert_cmpfloat (risk_of (stream), <, 0.01);
  end_stream (f, stream);
  stream = fixture_start_stream (f, "b");
  g_assert_cmpstr (reason_of (stream), ==, "a new publisher");
  end_stream (f, stream);
  /* Nor after a restart; who was on for a moment is as good as new. */
  fixture_wait_for_store (f);
  fixture_restart (f, data);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpstr (reason_of (stream), ==, NULL);
  end_stream (f, stream);
  stream = fixture_start_stream (f, "b");
  g_assert_cmpstr (reason_of (stream), ==, "a new publisher");
}

/* Somebody decided against the publisher: that is known the next time, and
 * after a restart. */
static void
test_verdict (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;

  fixture_send (f, stream, "Kv");
  fixture_sample (f, stream, 0, 0, 10, 100);
  fixture_wait_for_store (f);
  g_assert_nonnull (stream->case_id);
  id = g_strdup (stream->case_id);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'cut'}", id);
  fixture_wait_for_streams (f, 0);
  fixture_assert_command (f, NULL, "{'type':'stream.unbar','stream':'live/a'}");
  stream = fixture_start_stream (f, "a");
  g_assert_cmpstr (reason_of (stream), ==, "an earlier verdict");
  end_stream (f, stream);
  fixture_restart (f, data);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpstr (reason_of (stream), ==, "an earlier verdict");
}

static void
test_hits (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  double before = risk_of (stream);

  fixture_send (f, stream, "Kv");
  fixture_sample (f, stream, 0, 0, -1, 100);
  fixture_sample (f, stream, 0, 0, 64, 100);
  fixture_sample (f, stream, 0, 0, 40, 20);
  fixture_sample (f, stream, 0, 77, 10, 100);
  g_assert_cmpfloat (risk_of (stream), <=, before);
  fixture_sample (f, stream, 0, 0, 34, 100);
  g_assert_cmpfloat (risk_of (stream), >, before);
  g_assert_cmpstr (reason_of (stream), ==, "a picture near a listed one");
  g_assert_cmpstr (stream->case_id, ==, NULL);
  fixture_sample (f, stream, 0, 0, 31, 100);
  g_assert_cmpstr (reason_of (stream), ==, "a listed picture");
}

/* Long before it is a hit. */
static void
test_scores (Fixture *f, gconstpointer data)
{
  WeirScorerSetting scorer = { .name = (char *) "s", .threshold = 800 };
  g_autoptr (GPtrArray) scorers = g_ptr_array_new ();
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirSample sample = {
    .quality = 0, .n_scores = 1, .arrival_us = weir_now_us ()
  };
  double before;

  g_ptr_array_add (scorers, &scorer);
  f->control.scorers = scorers;
  fixture_send (f, stream, "Kv");
  before = risk_of (stream);
  for (guint i = 0; i < 20; i++) {
    sample.scores[0] = 300;
    weir_sampling_take_sample (f->control.sampling, stream, &sample);
  }
  g_assert_cmpfloat (risk_of (stream), <=, before);
  for (guint i = 0; i < 6; i++) {
    sample.scores[0] = (guint16) (400 + 60 * i);
    weir_sampling_take_sample (f->control.sampling, stream, &sample);
  }
  g_assert_cmpfloat (risk_of (stream), >, before);
  g_assert_cmpstr (reason_of (stream), ==, "a rising score");
  g_assert_cmpstr (stream->case_id, ==, NULL);
  f->control.scorers = NULL;
}

static void
test_report (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_assert_command (f, NULL,
      "{'type':'stream.report','stream':'live/a','reason':'a viewer says'}");
  g_assert_cmpstr (reason_of (stream), ==, "a report");
  fixture_assert_trail (f, "stream.report");
  fixture_assert_command (
      f, "not_found", "{'type':'stream.report','stream':'live/b','reason':''}");
}

/* What was come across beyond the radius says something, but is no hit. */
static void
test_near_miss (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirSample sample = { .arrival_us = weir_now_us (),
    .quality = 100,
    .is_near = TRUE,
    .near = { 0, 34, 0 } };

  fixture_send (f, stream, "Kv");
  weir_streams_take_sample (f->control.streams, stream->number, &sample);
  g_assert_cmpstr (reason_of (stream), ==, "a picture near a listed one");
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
}

/* More edits are undone while the risk is high, none while the budget is short.
 */
static void
test_probes (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirSamplingProbes asked[WEIR_RISK_BANDS] = { 0 };
  WeirStreamSampling *s = &stream->sampling;

  f->control.analyzers = 4;
  for (guint i = 0; i < 8; i++) {
    weir_sampling_look (f->control.sampling);
    g_assert_cmpint (s->granted_probes, ==, s->asked_probes);
    asked[s->band] = s->asked_probes;
    weir_sampling_note_report (f->control.sampling, stream);
    look_at (f, stream, i, 1000, 1);
  }
  g_assert_cmpuint (s->band, >=, WEIR_RISK_BANDS / 2);
  g_assert_cmpint (asked[s->band], ==, WEIR_SAMPLING_THOROUGH);
  g_assert_cmpint (weir_streams_get_probes (f->control.streams, stream->number),
      ==, WEIR_SAMPLING_THOROUGH);

  /* Fifty pictures a second of 300 ms each. */
  f->control.analyzers = 1;
  fixture_send (f, stream, "KKKKKKKKKK");
  for (guint i = 0; i < 100; i++)
    look_at (f, stream, 0, 300000, 0);
  weir_sampling_look (f->control.sampling);
  g_assert_cmpuint (s->granted + 1, <, s->ladder.n);
  g_assert_cmpint (s->asked_probes, ==, WEIR_SAMPLING_THOROUGH);
  g_assert_cmpint (s->granted_probes, ==, WEIR_SAMPLING_PLAIN);
}

/* In an application's own words, and what a reload makes of them. */
static void
test_probes_of_app (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  g_assert_cmpint (stream->sampling.calm_probes, ==, WEIR_SAMPLING_PLAIN);
  g_assert_cmpint (stream->sampling.alert_probes, ==, WEIR_SAMPLING_PLAIN);
  for (guint i = 0; i < 8; i++) {
    weir_sampling_note_report (f->control.sampling, stream);
    weir_sampling_look (f->control.sampling);
  }
  g_assert_cmpint (stream->sampling.asked_probes, ==, WEIR_SAMPLING_PLAIN);
}

static void
test_lookalikes (Fixture *f, gconstpointer data)
{
  WeirStream *a = fixture_start_stream (f, "a"), *b;
  FixturePublisher other;
  double before;

  fixture_publisher_init (&other);
  g_assert_cmpint (fixture_publish (f, &other, "live", "b", "", &b, NULL), ==,
      WEIR_ADMIT_OK);
  before = risk_of (b);
  look_at (f, a, 0x55, 1000, 0);
  look_at (f, b, 0xaa, 1000, 0);
  look_at (f, b, 0xaa, 1000, 0);
  g_assert_cmpfloat (risk_of (b), <=, before);
  look_at (f, a, 0xaa, 1000, 0);
  g_assert_cmpfloat (risk_of (a), >, before + 0.05);
  g_assert_cmpfloat (risk_of (b), >, before + 0.05);
  weir_stream_disconnect (b, "test");
  fixture_publisher_clear (&other);
}

/* Fifty key frames a second at 30 ms each, and a hundredth of a core for it:
 * down to the floor, which is kept. */
static void
test_budget (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  json_auto_t *shown = NULL, *system = NULL;
  WeirSamplingFigures figures;

  f->control.analyzers = 1;
  fixture_send (f, stream, "KKKKKKKKKK");
  g_assert_cmpuint (stream->sampler.grant.taken, ==, 10);
  look_at (f, stream, 0, 30000, 0);
  weir_sampling_look (f->control.sampling);
  weir_sampling_get_figures (f->control.sampling, &figures);
  g_assert_cmpint (figures.budget_us, ==, 10000);
  g_assert_cmpint (figures.round.asked_us, ==, 1500000);
  g_assert_cmpint (figures.round.granted_us, ==, figures.round.floor_us);
  g_assert_cmpuint (figures.round.lowered, ==, 1);

  for (guint i = 0; i < 10; i++)
    fixture_send (f, stream, "KKKKKKKKKK");
  g_assert_cmpuint (stream->sampler.wish.taken, ==, 110);
  g_assert_cmpuint (stream->sampler.grant.taken, >=, 20);
  g_assert_cmpuint (stream->sampler.grant.taken, <=, 21);

  shown = weir_describe_sampling (stream);
  g_assert_cmpint (
      json_integer_value (json_object_get (shown, "asked")), ==, 110);
  g_assert_cmpint (
      json_integer_value (json_object_get (shown, "granted")), <=, 21);
  g_assert_cmpint (
      json_integer_value (json_object_get (shown, "asked_gap_ms")), ==, 0);
  g_assert_cmpint (
      json_integer_value (json_object_get (shown, "granted_gap_ms")), >, 100);
  g_assert_cmpint (json_integer_value (json_object_get (shown, "asked_cpu_us")),
      ==, 1500000);
  g_assert_cmpstr (json_string_value (json_object_get (shown, "risk_reason")),
      ==, "a new publisher");
  system = weir_describe_budget (f->control.sampling);
  g_assert_cmpint (
      json_integer_value (json_object_get (system, "streams_lowered")), ==, 1);
}

/* What a setting costs is known before it is set, and setting it is in effect
 * with the next picture. */
static void
test_estimate (Fixture *f, gconstpointer data)
{
  WeirSampling *sampling = f->control.sampling;
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirSamplingRate often = { WEIR_SAMPLING_KEYFRAMES, 0 };
  WeirSamplingRate seldom = { WEIR_SAMPLING_KEYFRAMES, 1000 };
  WeirSamplingRate off = { WEIR_SAMPLING_OFF, 0 };
  gint64 guess_us;

  fixture_send (f, stream, "KKKKKKKKKKK");
  g_assert_cmpuint (stream->sampler.grant.taken, ==, 3);
  guess_us = weir_sampling_estimate_us (sampling, stream, &seldom);
  /* 640 x 360: a few milliseconds. */
  g_assert_cmpint (guess_us, >, 500);
  g_assert_cmpint (guess_us, <, 20000);
  look_at (f, stream, 0, 5000, 0);
  g_assert_cmpint (
      weir_sampling_estimate_us (sampling, stream, &seldom), ==, 5000);
  g_assert_cmpint (
      weir_sampling_estimate_us (sampling, stream, &often), ==, 250000);
  g_assert_cmpint (weir_sampling_estimate_us (sampling, stream, &off), ==, 0);

  weir_sampling_set_calm (sampling, stream, &often, 0);
  fixture_send (f, stream, "KKKK");
  g_assert_cmpuint (stream->sampler.grant.taken, ==, 7);
  weir_sampling_look (sampling);
  weir_sampling_set_calm (sampling, stream, &off, 0);
  weir_sampling_look (sampling);
  fixture_send (f, stream, "KKKK");
  g_assert_cmpuint (stream->sampler.grant.taken, ==, 7);
}

/* Results that are long in coming: less is shared. */
static void
test_behind (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirSamplingFigures figures;

  f->control.analyzers = 1;
  look_at (f, stream, 0, 5000, 20);
  weir_sampling_look (f->control.sampling);
  weir_sampling_get_figures (f->control.sampling, &figures);
  g_assert_cmpint (figures.round.limit_us, ==, figures.budget_us);
  look_at (f, stream, 0, 5000, 3000);
  weir_sampling_look (f->control.sampling);
  weir_sampling_get_figures (f->control.sampling, &figures);
  g_assert_cmpint (figures.waited_ms, >=, 3000);
  g_assert_cmpint (figures.round.limit_us, <, figures.budget_us);
}

/* A stream that claims to be tiny, or huge, makes neither others nor itself
 * dearer than they are. */
static void
test_claims (Fixture *f, gconstpointer data)
{
  WeirSampling *sampling = f->control.sampling;
  WeirStream *bad = fixture_start_stream (f, "a");
  WeirStream *good = fixture_start_stream (f, "b");
  WeirSamplingRate seldom = { WEIR_SAMPLING_KEYFRAMES, 1000 };
  gint64 before_us, huge_us;
  WeirVideoConfig *video;

  fixture_send (f, bad, "KKK");
  fixture_send (f, good, "KKK");
  before_us = weir_sampling_estimate_us (sampling, good, &seldom);
  video = &bad->tracks[WEIR_MEDIA_VIDEO].config->video;
  video->width = video->height = 16384;
  huge_us = weir_sampling_estimate_us (sampling, bad, &seldom);
  video->width = video->height = 65535;
  g_assert_cmpint (
      weir_sampling_estimate_us (sampling, bad, &seldom), ==, huge_us);
  weir_streams_sample_failed (
      f->control.streams, bad->number, "it is too large", 70);
  g_assert_cmpstr (bad->skip_reason, ==, "it is too large");
  g_assert_cmpint (weir_sampling_estimate_us (sampling, bad, &seldom), ==, 70);
  g_assert_cmpint (
      weir_sampling_estimate_us (sampling, good, &seldom), ==, before_us);
  video->width = video->height = 16;
  for (guint i = 0; i < 1000; i++)
    look_at (f, bad, 0, 100000, 0);
  g_assert_cmpint (
      weir_sampling_estimate_us (sampling, good, &seldom), <, 9 * before_us);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sampling/new-publisher", Fixture, NULL, fixture_set_up,
      test_new_publisher, fixture_tear_down);
  g_test_add ("/sampling/verdict", Fixture, NULL, fixture_set_up, test_verdict,
      fixture_tear_down);
  g_test_add ("/sampling/hits", Fixture, NULL, fixture_set_up, test_hits,
      fixture_tear_down);
  g_test_add ("/sampling/scores", Fixture, NULL, fixture_set_up, test_scores,
      fixture_tear_down);
  g_test_add ("/sampling/report", Fixture, NULL, fixture_set_up, test_report,
      fixture_tear_down);
  g_test_add ("/sampling/near-miss", Fixture, NULL, fixture_set_up,
      test_near_miss, fixture_tear_down);
  g_test_add ("/sampling/probes", Fixture, NULL, fixture_set_up, test_probes,
      fixture_tear_down);
  g_test_add ("/sampling/probes-of-app", Fixture, UNDONE, fixture_set_up,
      test_probes_of_app, fixture_tear_down);
  g_test_add ("/sampling/lookalikes", Fixture, NULL, fixture_set_up,
      test_lookalikes, fixture_tear_down);
  g_test_add ("/sampling/budget", Fixture, LITTLE, fixture_set_up, test_budget,
      fixture_tear_down);
  g_test_add ("/sampling/claims", Fixture, ENOUGH, fixture_set_up, test_claims,
      fixture_tear_down);
  g_test_add ("/sampling/estimate", Fixture, ENOUGH, fixture_set_up,
      test_estimate, fixture_tear_down);
  g_test_add ("/sampling/behind", Fixture, NULL, fixture_set_up, test_behind,
      fixture_tear_down);
  return g_test_run ();
}
