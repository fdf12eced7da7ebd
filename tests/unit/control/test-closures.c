/* Names that a person closed: they stay so for whoever streams next. */
#include "control/closures.h"

#include "control/describe.h"
#include "control/fixture.h"

#define COMMON                                                                 \
  "[rtmp]\nrequire_key = false\n"                                              \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define FOREVER "[gate]\ndelay_ms = 0\nblank_rest_s = 0\n" COMMON
#define HELD "[gate]\ndelay_ms = 60000\n" COMMON

static void
end_stream (Fixture *f, WeirStream *stream)
{
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  fixture_wait_for_store (f);
  fixture_publisher_clear (&f->publisher);
  fixture_publisher_init (&f->publisher);
  f->dts_ms = 0;
}

static const WeirClosure *
find (Fixture *f, WeirClosureKind kind)
{
  return weir_closures_find (f->control.closures, "live/a", kind);
}

static guint
count (Fixture *f)
{
  json_t *list = weir_closures_describe (f->control.closures);
  guint n = (guint) json_array_size (list);

  json_decref (list);
  return n;
}

/* What STREAM's description says of KIND: "test carried", "test", or "". */
static char *
said (Fixture *f, const WeirStream *stream, const char *kind)
{
  json_t *json = weir_describe_stream (&f->control, stream), *one;
  char *text = g_strdup ("");
  gsize i;

  json_array_foreach (json_object_get (json, "closed"), i, one)
  {
    if (g_strcmp0 (json_string_value (json_object_get (one, "kind")), kind)
        != 0)
      continue;
    g_free (text);
    text = g_strconcat (json_string_value (json_object_get (one, "by")),
        json_is_true (json_object_get (one, "carried")) ? " carried" : "",
        NULL);
  }
  json_decref (json);
  return text;
}

static void
assert_said (
    Fixture *f, const WeirStream *stream, const char *kind, const char *words)
{
  g_autofree char *text = said (f, stream, kind);

  g_assert_cmpstr (text, ==, words);
}

static void
test_blank (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Kv");
  fixture_wait_for_sent (f, "Kv");
  fixture_assert_command (
      f, NULL, "{'type':'stream.blank','stream':'live/a','reason':'look'}");
  assert_said (f, stream, "blank", "test");
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, ==, 0);
  end_stream (f, stream);
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, >, 0);
  g_assert_cmpstr (find (f, WEIR_CLOSURE_BLANK)->reason, ==, "look");

  stream = fixture_start_stream (f, "a");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, ==, 0);
  assert_said (f, stream, "blank", "test carried");
  /* Closed once more is closed as it was. */
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  assert_said (f, stream, "blank", "test carried");
  fixture_send (f, stream, "KavaKava");
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  assert_said (f, stream, "blank", "");
  fixture_send (f, stream, "Kvv");
  fixture_wait_for_sent (f, "Kvv");
  end_stream (f, stream);

  stream = fixture_start_stream (f, "a");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  fixture_assert_trail (
      f, "stream.blank closure.carry stream.blank stream.resume");
}

static void
test_mute (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_assert_command (f, NULL, "{'type':'stream.mute','stream':'live/a'}");
  end_stream (f, stream);
  stream = fixture_start_stream (f, "a");
  g_assert_true (weir_gate_is_muted (stream->gate));
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  assert_said (f, stream, "mute", "test carried");
  /* To resume is not to unmute. */
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  g_assert_true (weir_gate_is_muted (stream->gate));
  fixture_assert_command (
      f, NULL, "{'type':'stream.unmute','stream':'live/a'}");
  g_assert_false (weir_gate_is_muted (stream->gate));
  end_stream (f, stream);
  g_assert_false (weir_gate_is_muted (fixture_start_stream (f, "a")->gate));
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 until_ms;

  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  fixture_assert_command (f, NULL, "{'type':'stream.mute','stream':'live/a'}");
  end_stream (f, stream);
  until_ms = find (f, WEIR_CLOSURE_BLANK)->until_ms;
  fixture_restart (f, NULL);
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, ==, until_ms);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  g_assert_true (weir_gate_is_muted (stream->gate));
  assert_said (f, stream, "blank", "test carried");
  end_stream (f, stream);

  /* Nobody streams: what is opened stays so. */
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  fixture_assert_command (
      f, NULL, "{'type':'stream.unmute','stream':'live/a'}");
  fixture_assert_command (
      f, "not_found", "{'type':'stream.resume','stream':'live/a'}");
  fixture_assert_command (
      f, "not_found", "{'type':'stream.unmute','stream':'live/a'}");
  g_assert_cmpuint (count (f), ==, 0);
  fixture_restart (f, NULL);
  g_assert_cmpuint (count (f), ==, 0);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  g_assert_false (weir_gate_is_muted (stream->gate));
}

/* The gateway went down while it was streamed: the time runs from then on. */
static void
test_restart_amid (Fixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();

  weir_txn_put_closure (txn, &(WeirClosure){ .id = (char *) "1",
                                 .stream = (char *) "live/a",
                                 .by = (char *) "ann",
                                 .reason = (char *) "" });
  weir_store_submit (f->control.store, txn, NULL, NULL);
  fixture_wait_for_store (f);
  fixture_restart (f, NULL);
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, >, weir_wall_ms ());
}

static void
test_expire (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  weir_closures_expire (&f->control);
  g_assert_nonnull (find (f, WEIR_CLOSURE_BLANK));
  end_stream (f, stream);
  ((WeirClosure *) find (f, WEIR_CLOSURE_BLANK))->until_ms = 1;
  /* Whether anybody has looked or not. */
  g_assert_null (find (f, WEIR_CLOSURE_BLANK));
  weir_closures_expire (&f->control);
  g_assert_cmpuint (count (f), ==, 0);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
  fixture_assert_trail (f, "stream.blank closure.expire");
}

static void
test_forever (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  end_stream (f, stream);
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, ==, 0);
}

/* What a case blanks is the case's; and to release one does not open what was
 * closed for none. */
static void
test_cases (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *id = NULL;

  fixture_send (f, stream, "Kv");
  fixture_sample (f, stream, 0, 0, 3, 90);
  fixture_wait_for_store (f);
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  g_assert_cmpuint (count (f), ==, 0);
  id = g_strdup (stream->case_id);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'release'}", id);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);

  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  g_assert_cmpuint (count (f), ==, 1);
  fixture_sample (f, stream, 20, 2, 3, 90);
  fixture_sample (f, stream, 40, 1, 3, 90);
  fixture_wait_for_store (f);
  g_assert_cmpstr (stream->case_id, !=, id);
  fixture_assert_command (f, NULL,
      "{'type':'case.decide','case':'%s','verdict':'blank'}", stream->case_id);
  fixture_assert_command (f, NULL,
      "{'type':'case.decide','case':'%s','verdict':'release'}",
      stream->case_id);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_PASS);
}

static void
test_not_durable (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  f->store.failing = TRUE;
  fixture_assert_command (
      f, "not_durable", "{'type':'stream.blank','stream':'live/a'}");
  end_stream (f, stream);
  stream = fixture_start_stream (f, "a");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  /* Opening waits for the store. */
  fixture_assert_command (
      f, "not_durable", "{'type':'stream.resume','stream':'live/a'}");
  g_assert_nonnull (find (f, WEIR_CLOSURE_BLANK));
  f->store.failing = FALSE;
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  fixture_restart (f, NULL);
  g_assert_nonnull (find (f, WEIR_CLOSURE_BLANK));
}

static void
on_result (const WeirResult *result, gpointer data)
{
  g_string_append_printf (data, "%s ", result->ok ? "ok" : result->error);
}

/* Two at the same time: the stricter one stays; and a stream that ends then
 * does not bring back what is opened. */
static void
test_meanwhile (Fixture *f, gconstpointer data)
{
  WeirActor actor = { "user:test", "test", WEIR_ROLE_ADMIN, weir_now_us () };
  g_autoptr (GString) answers = g_string_new (NULL);
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  weir_command_resume (&f->control, &actor, "live/a", "", on_result, answers);
  weir_command_blank (&f->control, &actor, "live/a", "", on_result, answers);
  fixture_wait_for_store (f);
  g_assert_cmpstr (answers->str, ==, "conflict ok ");
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
  fixture_restart (f, NULL);
  g_assert_nonnull (find (f, WEIR_CLOSURE_BLANK));

  stream = fixture_start_stream (f, "a");
  fixture_wait_for_store (f);
  f->store.holding = TRUE;
  weir_command_resume (&f->control, &actor, "live/a", "", on_result, answers);
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  g_assert_cmpstr (answers->str, ==, "conflict ok ok ");
  fixture_restart (f, NULL);
  g_assert_cmpuint (count (f), ==, 0);
}

static void
put (Fixture *f, const char *path, WeirTxn *txn)
{
  WeirStream fake = { .path = (char *) path, .number = 1 };

  weir_closures_put (
      f->control.closures, &fake, WEIR_CLOSURE_BLANK, "test", "", txn);
}

/* One too many: the oldest of a name that nobody streams opens. */
static void
test_limit (Fixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();

  fixture_start_stream (f, "a");
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  for (guint i = 1; i < WEIR_CLOSURES_MAX; i++) {
    g_autofree char *path = g_strdup_printf ("live/s%u", i);

    put (f, path, txn);
  }
  weir_store_submit (f->control.store, txn, NULL, NULL);
  txn = weir_txn_new ();
  g_assert_cmpuint (count (f), ==, WEIR_CLOSURES_MAX);
  g_assert_nonnull (
      weir_closures_find (f->control.closures, "live/s1", WEIR_CLOSURE_BLANK));
  put (f, "live/one-more", txn);
  g_assert_cmpuint (count (f), ==, WEIR_CLOSURES_MAX);
  g_assert_nonnull (find (f, WEIR_CLOSURE_BLANK));
  g_assert_null (
      weir_closures_find (f->control.closures, "live/s1", WEIR_CLOSURE_BLANK));
  g_assert_nonnull (weir_closures_find (
      f->control.closures, "live/one-more", WEIR_CLOSURE_BLANK));
  weir_store_submit (f->control.store, txn, NULL, NULL);
  fixture_assert_trail (f, "stream.blank closure.give_way");
  fixture_restart (f, NULL);
  g_assert_cmpuint (count (f), ==, WEIR_CLOSURES_MAX);
}

static void
test_session (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "K");
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  /* The same stream goes on: nothing was carried over. */
  g_assert_true (fixture_start_stream (f, "a") == stream);
  assert_said (f, stream, "blank", "test");
  g_assert_cmpint (find (f, WEIR_CLOSURE_BLANK)->until_ms, ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/closures/blank", test_blank, NULL },
    { "/closures/mute", test_mute, NULL },
    { "/closures/restart", test_restart, NULL },
    { "/closures/restart-amid", test_restart_amid, NULL },
    { "/closures/expire", test_expire, NULL },
    { "/closures/forever", test_forever, FOREVER },
    { "/closures/cases", test_cases, NULL },
    { "/closures/not-durable", test_not_durable, NULL },
    { "/closures/meanwhile", test_meanwhile, NULL },
    { "/closures/limit", test_limit, NULL },
    { "/closures/session", test_session, HELD },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
