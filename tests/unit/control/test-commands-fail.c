/* The store takes nothing: what restricts is in effect all the same, what
 * permits changes nothing, and everybody is told. */
#include "control/bars.h"
#include "control/fixture.h"
#include "control/keys.h"

static void
assert_not_durable (Fixture *f, gboolean applied, const char *request)
{
  json_t *answer = fixture_command (f, WEIR_ROLE_ADMIN, "%s", request);

  g_assert_true (json_is_false (json_object_get (answer, "ok")));
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, "not_durable");
  g_assert_cmpint (
      json_is_true (json_object_get (answer, "applied")), ==, applied);
  g_assert_cmpstr (json_string_value (json_object_get (answer, "message")), ==,
      applied ? "It is in effect, but could not be stored: it will be "
                "forgotten at a restart."
              : "It could not be stored, so nothing was changed.");
  json_decref (answer);
}

static void
test_blank (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  fixture_wait_for_sent (f, "Ka");
  f->store.failing = TRUE;
  fixture_send (f, stream, "va");
  assert_not_durable (f, TRUE, "{'type':'stream.blank','stream':'live/a'}");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  /* And it stays closed: to open it has to be stored. */
  assert_not_durable (f, FALSE, "{'type':'stream.resume','stream':'live/a'}");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  f->store.failing = FALSE;
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  fixture_send (f, stream, "K");
  fixture_wait_for_sent (f, "KaK");
  fixture_assert_trail (f, "stream.resume");
}

static void
test_cut (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  fixture_wait_for_sent (f, "Ka");
  f->store.failing = TRUE;
  fixture_send (f, stream, "va");
  assert_not_durable (f, TRUE, "{'type':'stream.cut','stream':'live/a'}");
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "Ka");
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_nonnull (weir_bars_find (f->control.bars, "live/a", ""));
  /* The bar can't be lifted either. */
  assert_not_durable (f, FALSE, "{'type':'stream.unbar','stream':'live/a'}");
  g_assert_nonnull (weir_bars_find (f->control.bars, "live/a", ""));
}

/* A bar that was not stored is, when the same is said again. */
static void
test_cut_again (Fixture *f, gconstpointer data)
{
  f->store.failing = TRUE;
  assert_not_durable (f, TRUE, "{'type':'stream.cut','stream':'live/a'}");
  f->store.failing = FALSE;
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  fixture_restart (f, NULL);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 1);
  fixture_assert_trail (f, "stream.cut");
}

static void
test_keys (Fixture *f, gconstpointer data)
{
  json_t *key = fixture_command (
      f, WEIR_ROLE_ADMIN, "{'type':'key.create','app':'live','name':'a'}");
  const char *id = json_string_value (json_object_get (key, "id"));
  const char *secret = json_string_value (json_object_get (key, "secret"));
  g_autofree char *rotate =
      g_strdup_printf ("{'type':'key.rotate','key':'%s'}", id);
  g_autofree char *delete =
      g_strdup_printf ("{'type':'key.delete','key':'%s'}", id);

  f->store.failing = TRUE;
  assert_not_durable (
      f, FALSE, "{'type':'key.create','app':'live','name':'b'}");
  assert_not_durable (f, FALSE, rotate);
  assert_not_durable (f, FALSE, delete);
  g_assert_cmpuint (weir_keys_count (f->control.keys), ==, 1);
  g_assert_nonnull (weir_keys_check (f->control.keys, "live", "a", secret));
  json_decref (key);
}

static void
test_decide (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *release = NULL, *cut = NULL;
  const WeirCase *c;

  fixture_send (f, stream, "Ka");
  fixture_sample (f, stream, 0, 0, 5, 100);
  fixture_wait_for_store (f);
  c = weir_cases_find (f->control.cases, stream->case_id);
  release = g_strdup_printf (
      "{'type':'case.decide','case':'%s','verdict':'release'}", c->id);
  cut = g_strdup_printf (
      "{'type':'case.decide','case':'%s','verdict':'cut'}", c->id);
  f->store.failing = TRUE;
  assert_not_durable (f, FALSE, release);
  g_assert_true (c->open);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_NONE);
  assert_not_durable (f, TRUE, cut);
  g_assert_false (c->open);
  g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_CUT);
  fixture_wait_for_streams (f, 0);
}

/* A verdict that was not stored is, when the same is said again. */
static void
test_decide_again (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL, *cut = NULL;
  guint64 seq;
  gint64 took_us;

  fixture_send (f, stream, "Ka");
  fixture_sample (f, stream, 0, 0, 5, 100);
  fixture_wait_for_store (f);
  id = g_strdup (stream->case_id);
  cut = g_strdup_printf (
      "{'type':'case.decide','case':'%s','verdict':'cut'}", id);
  f->store.failing = TRUE;
  seq = fixture_seq (f);
  assert_not_durable (f, TRUE, cut);
  fixture_wait_for_streams (f, 0);
  assert_not_durable (f, TRUE, cut);
  took_us = weir_cases_find (f->control.cases, id)->time_to_cut_us;
  g_assert_cmpint (took_us, >=, 0);
  f->store.failing = FALSE;
  fixture_assert_command (f, NULL, "%s", cut);
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 1);
  fixture_restart (f, NULL);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 1);
  g_assert_cmpint (
      weir_cases_find (f->control.cases, id)->verdict, ==, WEIR_VERDICT_CUT);
  g_assert_cmpint (
      weir_cases_find (f->control.cases, id)->time_to_cut_us, ==, took_us);
  fixture_assert_trail (f, "case.open case.cut");
}

/* Told once when it begins to fail and once when it works again. */
static void
test_status (Fixture *f, gconstpointer data)
{
  guint64 seq = fixture_seq (f);
  json_t *event;

  f->store.failing = TRUE;
  assert_not_durable (f, TRUE, "{'type':'stream.cut','stream':'live/a'}");
  assert_not_durable (f, TRUE, "{'type':'stream.cut','stream':'live/b'}");
  g_assert_cmpuint (fixture_count_events (f, "system.status", seq), ==, 1);
  event = fixture_find_event (f, "system.status", seq);
  g_assert_cmpstr (json_string_value (json_object_get (
                       json_object_get (event, "system"), "store")),
      ==, "failing");
  json_decref (event);
  seq = fixture_seq (f);
  f->store.failing = FALSE;
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/c'}");
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/d'}");
  g_assert_cmpuint (fixture_count_events (f, "system.status", seq), ==, 1);
  event = fixture_find_event (f, "system.status", seq);
  g_assert_cmpstr (json_string_value (json_object_get (
                       json_object_get (event, "system"), "store")),
      ==, "ok");
  json_decref (event);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/commands-fail/blank", test_blank },
    { "/commands-fail/cut", test_cut },
    { "/commands-fail/cut-again", test_cut_again },
    { "/commands-fail/keys", test_keys },
    { "/commands-fail/decide", test_decide },
    { "/commands-fail/decide-again", test_decide_again },
    { "/commands-fail/status", test_status },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].test,
        fixture_tear_down);
  return g_test_run ();
}
