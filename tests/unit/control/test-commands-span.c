/* Commands on parts of a stream: what they answer, who is told, what is
 * kept. What the gate makes of them is tested with the gate. */
#include "control/bars.h"
#include "control/describe.h"
#include "control/fixture.h"

#define HELD                                                                   \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define SHADOW HELD "[app live]\nshadow = true\n"

static gint64
number (const json_t *json, const char *name)
{
  const json_t *value = json_object_get (json, name);

  if (json_is_null (value))
    return -1;
  g_assert_true (json_is_integer (value));
  return json_integer_value (value);
}

static json_t *
command_ok (Fixture *f, const char *text)
{
  json_t *answer = fixture_command (f, WEIR_ROLE_OPERATOR, "%s", text);

  g_assert_true (json_is_true (json_object_get (answer, "ok")));
  return answer;
}

static void
assert_state (WeirStream *stream, const char *gate, guint spans)
{
  json_t *json = weir_describe_stream (stream->control, stream);

  g_assert_cmpstr (
      json_string_value (json_object_get (json, "gate")), ==, gate);
  g_assert_cmpuint (
      json_array_size (json_object_get (json, "spans")), ==, spans);
  json_decref (json);
}

static void
test_redact (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  json_t *answer, *event;

  fixture_send (f, stream, "KvavKvav");
  answer = command_ok (f, "{'type':'stream.redact','stream':'live/a',"
                          "'from_ms':20,'to_ms':60,'reason':'face'}");
  g_assert_cmpint (number (answer, "from_ms"), ==, 20);
  g_assert_cmpint (number (answer, "to_ms"), ==, 60);
  g_assert_cmpint (number (answer, "exposure_ms"), ==, 0);
  json_decref (answer);
  event = fixture_find_event (f, "gate.changed", seq);
  g_assert_cmpint (number (event, "from_ms"), ==, 20);
  g_assert_cmpint (number (event, "to_ms"), ==, 60);
  g_assert_cmpint (number (event, "exposure_ms"), ==, 0);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "cause")), ==, "reviewer");
  json_decref (event);
  assert_state (stream, "pass", 1);
  /* Open: until it is resumed. */
  answer = command_ok (f, "{'type':'stream.redact','stream':'live/a',"
                          "'from_ms':100,'to_ms':null}");
  g_assert_cmpint (number (answer, "to_ms"), ==, -1);
  json_decref (answer);
  assert_state (stream, "pass", 2);
  json_decref (command_ok (f, "{'type':'stream.resume','stream':'live/a'}"));
  assert_state (stream, "pass", 1);
  fixture_assert_trail (f, "stream.redact stream.redact stream.resume");
}

static void
test_redact_wrongly (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Kv");
  fixture_assert_command (f, "bad_request",
      "{'type':'stream.redact','stream':'live/a','from_ms':60,'to_ms':20}");
  fixture_assert_command (f, "bad_request",
      "{'type':'stream.redact','stream':'live/a','from_ms':60,'to_ms':60}");
  fixture_assert_command (
      f, "bad_request", "{'type':'stream.redact','stream':'live/a'}");
  fixture_assert_command (f, "bad_request",
      "{'type':'stream.redact','stream':'live/a','from_ms':-1}");
  fixture_assert_command (f, "bad_request",
      "{'type':'stream.redact','stream':'live/a','from_ms':'soon'}");
  fixture_assert_command (f, "not_found",
      "{'type':'stream.redact','stream':'live/gone','from_ms':1}");
  fixture_assert_command (
      f, "not_found", "{'type':'stream.dump','stream':'live/gone'}");
  fixture_assert_command (
      f, "not_found", "{'type':'stream.mute','stream':'live/gone'}");
  fixture_assert_command (f, "bad_request",
      "{'type':'stream.dump','stream':'live/a','newest_ms':0}");
  assert_state (stream, "pass", 0);
  fixture_assert_trail (f, "");
}

/* Nothing that came in leaves; what comes then does. */
static void
test_dump (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  json_t *answer;

  fixture_send (f, stream, "Kv");
  fixture_wait_for_sent (f, "Kv");
  fixture_send (f, stream, "vaKv");
  answer = command_ok (f, "{'type':'stream.dump','stream':'live/a'}");
  g_assert_cmpint (number (answer, "from_ms"), ==, 21);
  g_assert_cmpint (number (answer, "to_ms"), ==, 101);
  g_assert_cmpint (number (answer, "exposure_ms"), ==, 0);
  json_decref (answer);
  assert_state (stream, "redact", 1);
  fixture_send (f, stream, "vKva");
  fixture_wait_for_sent (f, "KvKva");
  assert_state (stream, "pass", 0);
  /* That it is over is told as well. */
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 2);
  fixture_assert_trail (f, "stream.dump");
}

static void
test_mute (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  json_t *event;

  fixture_send (f, stream, "Kav");
  fixture_wait_for_sent (f, "Kav");
  fixture_send (f, stream, "av");
  fixture_assert_command (f, NULL, "{'type':'stream.mute','stream':'live/a'}");
  fixture_assert_command (f, NULL, "{'type':'stream.mute','stream':'live/a'}");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  event = fixture_find_event (f, "gate.changed", seq);
  g_assert_true (json_is_true (json_object_get (event, "muted")));
  json_decref (event);
  fixture_send (f, stream, "av");
  fixture_wait_for_sent (f, "Kavvv");
  fixture_assert_command (
      f, NULL, "{'type':'stream.unmute','stream':'live/a'}");
  fixture_assert_command (
      f, NULL, "{'type':'stream.unmute','stream':'live/a'}");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 2);
  fixture_send (f, stream, "av");
  fixture_wait_for_sent (f, "Kavvvav");
  fixture_assert_trail (
      f, "stream.mute stream.mute stream.unmute stream.unmute");
}

static void
test_delay (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  json_t *answer, *event;

  fixture_send (f, stream, "Kv");
  fixture_wait_for_sent (f, "Kv");
  fixture_assert_command (f, "not_allowed",
      "{'type':'stream.set_delay','stream':'live/a','delay_ms':600000}");
  answer = command_ok (
      f, "{'type':'stream.set_delay','stream':'live/a','delay_ms':600000}");
  g_assert_cmpint (number (answer, "delay_ms"), ==, 600000);
  json_decref (answer);
  event = fixture_find_event (f, "gate.changed", seq);
  g_assert_cmpint (number (event, "delay_ms"), ==, 600000);
  json_decref (event);
  /* A shorter one waits for a key frame. */
  answer = command_ok (
      f, "{'type':'stream.set_delay','stream':'live/a','delay_ms':0}");
  g_assert_cmpint (number (answer, "from_ms"), ==, -1);
  g_assert_cmpint (number (answer, "delay_ms"), ==, 600000);
  g_assert_cmpint (number (answer, "delay_wanted_ms"), ==, 0);
  json_decref (answer);
  fixture_send (f, stream, "vvKav");
  fixture_wait_for_sent (f, "KvKav");
  g_assert_cmpint (weir_gate_get_delay_us (stream->gate), ==, 0);
  answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type':'stream.set_delay','stream':'live/a','delay_ms':600001}");
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, "bad_request");
  json_decref (answer);
  fixture_assert_trail (f, "stream.set_delay stream.set_delay");
}

/* To give reviewers less time has to be stored first; more does not. */
static void
test_delay_not_durable (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  json_t *answer;

  fixture_send (f, stream, "Kv");
  f->store.failing = TRUE;
  answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type':'stream.set_delay','stream':'live/a','delay_ms':1000}");
  g_assert_false (json_is_true (json_object_get (answer, "applied")));
  json_decref (answer);
  g_assert_cmpint (weir_gate_get_wanted_delay_us (stream->gate), ==, 60000000);
  answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type':'stream.set_delay','stream':'live/a','delay_ms':90000}");
  g_assert_true (json_is_true (json_object_get (answer, "applied")));
  json_decref (answer);
  answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type':'stream.redact','stream':'live/a','from_ms':0}");
  g_assert_true (json_is_true (json_object_get (answer, "applied")));
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, "not_durable");
  json_decref (answer);
  f->store.failing = FALSE;
  g_assert_cmpint (weir_gate_get_wanted_delay_us (stream->gate), ==, 90000000);
}

static void
test_bar_for_a_time (Fixture *f, gconstpointer data)
{
  WeirBar *bar;
  gint64 before_ms = weir_wall_ms ();

  fixture_start_stream (f, "a");
  fixture_assert_command (
      f, "bad_request", "{'type':'stream.cut','stream':'live/a','bar_ms':10}");
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','bar_ms':1000}");
  fixture_wait_for_streams (f, 0);
  fixture_restart (f, NULL);
  g_assert_nonnull (weir_bars_find (f->control.bars, "live/a", ""));
  weir_bars_expire (&f->control);
  bar = weir_bar_copy (g_ptr_array_index (weir_bars_list (f->control.bars), 0));
  g_assert_cmpint (bar->until_ms, >=, before_ms + 1000);
  /* As if the time were up. */
  bar->until_ms = before_ms;
  weir_bars_put (f->control.bars, bar);
  g_assert_null (weir_bars_find (f->control.bars, "live/a", ""));
  weir_bars_expire (&f->control);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 0);
  fixture_assert_trail (f, "stream.cut bar.expire");
}

/* A bar for good stays so when it is cut for a time as well. */
static void
test_longer_bar (Fixture *f, gconstpointer data)
{
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','bar_ms':1000}");
  g_assert_cmpint (
      weir_bars_find (f->control.bars, "live/a", "")->until_ms, ==, 0);
}

static void
test_shadow (Fixture *f, gconstpointer data)
{
  static const char *const verbs[] = { "blank", "redact", "dump", "mute",
    "set_delay", "cut" };
  WeirStream *stream = fixture_start_stream (f, "a");

  g_assert_cmpint (weir_gate_get_delay_us (stream->gate), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++) {
    json_t *answer = fixture_command (f, WEIR_ROLE_OPERATOR,
        "{'type':'stream.%s','stream':'live/a','from_ms':0,'delay_ms':1}",
        verbs[i]);

    g_assert_cmpstr (
        json_string_value (json_object_get (answer, "error")), ==, "conflict");
    json_decref (answer);
  }
  fixture_send (f, stream, "Kv");
  fixture_wait_for_sent (f, "Kv");
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
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
    { "/commands-span/redact", test_redact, HELD },
    { "/commands-span/redact-wrongly", test_redact_wrongly, HELD },
    { "/commands-span/dump", test_dump, NULL },
    { "/commands-span/mute", test_mute, NULL },
    { "/commands-span/delay", test_delay, NULL },
    { "/commands-span/delay-not-durable", test_delay_not_durable, HELD },
    { "/commands-span/bar-for-a-time", test_bar_for_a_time, NULL },
    { "/commands-span/longer-bar", test_longer_bar, NULL },
    { "/commands-span/shadow", test_shadow, SHADOW },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
