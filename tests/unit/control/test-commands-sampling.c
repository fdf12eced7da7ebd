/* stream.set_sampling: what it takes, and when it holds. */
#include "control/fixture.h"
#include "control/describe-sampling.h"
#include "control/sampling.h"

static json_t *
ask (Fixture *f, WeirRole role, const char *rest)
{
  return fixture_command (
      f, role, "{'type':'stream.set_sampling','stream':'live/a',%s}", rest);
}

static void
assert_refused (Fixture *f, const char *error, const char *rest)
{
  json_t *answer = ask (f, WEIR_ROLE_OPERATOR, rest);

  g_test_message (
      "%s", json_string_value (json_object_get (answer, "message")));
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, error);
  json_decref (answer);
}

static void
assert_done (Fixture *f, const char *rest, WeirStream *stream,
    WeirSamplingMode mode, gint64 gap_ms)
{
  json_t *answer = ask (f, WEIR_ROLE_OPERATOR, rest);

  g_assert_true (json_is_true (json_object_get (answer, "ok")));
  g_assert_true (json_is_integer (json_object_get (answer, "cpu_us")));
  g_assert_cmpint (stream->sampler.wish.rate.mode, ==, mode);
  g_assert_cmpint (stream->sampler.wish.rate.gap_ms, ==, gap_ms);
  json_decref (answer);
}

static void
test_set (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  json_t *answer;

  assert_done (f, "'mode':'fps','fps':5", stream, WEIR_SAMPLING_FPS, 200);
  assert_done (f, "'mode':'fps','fps':0.5", stream, WEIR_SAMPLING_FPS, 2000);
  assert_done (f, "'mode':'all'", stream, WEIR_SAMPLING_ALL, 0);
  assert_done (f, "'mode':'keyframes','min_gap_ms':4000,'reason':'calm'",
      stream, WEIR_SAMPLING_KEYFRAMES, 4000);
  assert_done (f, "'mode':'off'", stream, WEIR_SAMPLING_OFF, 0);
  /* Only asked. */
  assert_done (f, "'mode':'all','estimate':true", stream, WEIR_SAMPLING_OFF, 0);
  fixture_assert_trail (f,
      "stream.set_sampling stream.set_sampling stream.set_sampling "
      "stream.set_sampling stream.set_sampling");
  answer = ask (f, WEIR_ROLE_REVIEWER, "'mode':'all'");
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, "not_allowed");
  json_decref (answer);
  g_assert_cmpint (stream->sampler.wish.rate.mode, ==, WEIR_SAMPLING_OFF);
  /* The settings do not undo it. */
  weir_sampling_reload (f->control.sampling);
  g_assert_cmpint (stream->sampler.wish.rate.mode, ==, WEIR_SAMPLING_OFF);
}

/* Which edits are undone: with a rate, until another is asked for. */
static void
test_probes (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  json_t *shown;

  g_assert_cmpint (stream->sampling.calm_probes, ==, WEIR_SAMPLING_STANDARD);
  assert_done (f, "'mode':'keyframes','probes':'thorough'", stream,
      WEIR_SAMPLING_KEYFRAMES, 0);
  g_assert_cmpint (weir_streams_get_probes (f->control.streams, stream->number),
      ==, WEIR_SAMPLING_THOROUGH);
  assert_done (f, "'mode':'all'", stream, WEIR_SAMPLING_ALL, 0);
  g_assert_cmpint (stream->sampling.calm_probes, ==, WEIR_SAMPLING_THOROUGH);
  assert_done (f, "'mode':'all','probes':'plain','estimate':true", stream,
      WEIR_SAMPLING_ALL, 0);
  g_assert_cmpint (stream->sampling.calm_probes, ==, WEIR_SAMPLING_THOROUGH);
  shown = weir_describe_sampling (stream);
  g_assert_cmpstr (json_string_value (json_object_get (shown, "asked_probes")),
      ==, "thorough");
  json_decref (shown);
  g_assert_cmpint (weir_streams_get_probes (f->control.streams, 99), ==,
      WEIR_SAMPLING_PLAIN);
  assert_refused (f, "bad_request", "'mode':'all','probes':'most'");
  assert_refused (f, "bad_request", "'mode':'all','probes':2");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  assert_refused (f, "not_found", "'mode':'all'");
  fixture_start_stream (f, "a");
  assert_refused (f, "bad_request", "'fps':5");
  assert_refused (f, "bad_request", "'mode':'sometimes'");
  assert_refused (f, "bad_request", "'mode':'fps'");
  assert_refused (f, "bad_request", "'mode':'all','fps':5");
  assert_refused (f, "bad_request", "'mode':'fps','fps':0");
  assert_refused (f, "bad_request", "'mode':'fps','fps':61");
  assert_refused (f, "bad_request", "'mode':'fps','fps':'5'");
  assert_refused (f, "bad_request", "'mode':'keyframes','min_gap_ms':-1");
  assert_refused (f, "bad_request", "'mode':'keyframes','min_gap_ms':60001");
  assert_refused (f, "bad_request", "'mode':'off','min_gap_ms':1");
}

static void
test_not_durable (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  f->store.failing = TRUE;
  assert_refused (f, "not_durable", "'mode':'off'");
  g_assert_cmpint (stream->sampler.wish.rate.mode, ==, WEIR_SAMPLING_KEYFRAMES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/commands-sampling/set", Fixture, NULL, fixture_set_up, test_set,
      fixture_tear_down);
  g_test_add ("/commands-sampling/probes", Fixture, NULL, fixture_set_up,
      test_probes, fixture_tear_down);
  g_test_add ("/commands-sampling/refused", Fixture, NULL, fixture_set_up,
      test_refused, fixture_tear_down);
  g_test_add ("/commands-sampling/not-durable", Fixture, NULL, fixture_set_up,
      test_not_durable, fixture_tear_down);
  return g_test_run ();
}
