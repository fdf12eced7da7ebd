/* Commands on streams that work: what leaves, who is told, what is kept. */
#include "control/bars.h"
#include "control/fixture.h"

#include <string.h>

#define HELD                                                                   \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

static const WeirBar *
only_bar (Fixture *f)
{
  const GPtrArray *bars = weir_bars_list (f->control.bars);

  g_assert_cmpuint (bars->len, ==, 1);
  return g_ptr_array_index (bars, 0);
}

static void
assert_barred (Fixture *f, gboolean barred, const char *name)
{
  FixturePublisher other;
  WeirStream *stream;
  g_autofree char *reason = NULL;

  fixture_publisher_init (&other);
  g_assert_cmpint (
      fixture_publish (f, &other, "live", name, "", &stream, &reason), ==,
      barred ? WEIR_ADMIT_DENIED : WEIR_ADMIT_OK);
  if (barred)
    g_assert_nonnull (strstr (reason, "barred"));
  else
    weir_stream_publisher_gone (stream, &other.parent, WEIR_GONE_STOPPED);
  fixture_publisher_clear (&other);
}

static void
assert_gate_event (
    Fixture *f, guint64 since, const char *stream, const char *state)
{
  json_t *event = fixture_find_event (f, "gate.changed", since);

  g_assert_nonnull (event);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "stream")), ==, stream);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "state")), ==, state);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "by")), ==, "test");
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "cause")), ==, "reviewer");
  g_assert_true (json_is_integer (json_object_get (event, "from_ms")));
  json_decref (event);
}

static void
test_cut_live (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  const WeirBar *bar;

  fixture_send (f, stream, "Ka");
  fixture_wait_for_sent (f, "Ka");
  fixture_send (f, stream, "vava");
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','reason':'enough'}");
  /* Nothing that had not been sent. */
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "Ka");
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpstr (f->publisher.reason, ==, "A reviewer ended this stream.");
  bar = only_bar (f);
  g_assert_cmpstr (bar->stream, ==, "live/a");
  g_assert_cmpstr (bar->publisher, ==, "a");
  g_assert_cmpstr (bar->reason, ==, "enough");
  g_assert_cmpstr (bar->case_id, ==, "");
  g_assert_cmpstr (bar->by, ==, "test");
  assert_gate_event (f, seq, "live/a", "cut");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  g_assert_cmpuint (fixture_count_events (f, "stream.stopped", seq), ==, 1);
  assert_barred (f, TRUE, "a");
  fixture_assert_trail (f, "stream.cut");

  /* It holds across a restart. */
  fixture_restart (f, NULL);
  assert_barred (f, TRUE, "a");
  g_assert_cmpstr (only_bar (f)->reason, ==, "enough");
}

static void
test_cut_draining (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Kava");
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "");
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  g_assert_cmpstr (only_bar (f)->publisher, ==, "a");
  assert_barred (f, TRUE, "a");
}

static gboolean
has_no_name (gpointer data)
{
  return weir_streams_find (((Fixture *) data)->control.streams, "live/a")
         == NULL;
}

/* The egress still has the last outputs to send when it is cut. */
static void
test_cut_ending (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);
  guint64 seq = fixture_seq (f);

  egress->stuck = TRUE;
  fixture_send (f, stream, "Kava");
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_wait (f->loop, has_no_name, f);
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 1);
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  assert_gate_event (f, seq, "live/a", "cut");
  fixture_unstick (egress);
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "");
  /* Whoever published it is barred with the name. */
  g_assert_cmpstr (only_bar (f)->publisher, ==, "a");
}

static void
test_cut_absent (Fixture *f, gconstpointer data)
{
  guint64 seq = fixture_seq (f);

  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  assert_barred (f, TRUE, "a");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 0);
  g_assert_cmpstr (only_bar (f)->publisher, ==, "");
  fixture_assert_trail (f, "stream.cut");
}

static void
test_cut_twice (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);
  guint64 seq = fixture_seq (f);
  g_autofree char *id = NULL;
  gint64 closed_us;

  egress->stuck = TRUE;
  fixture_send (f, stream, "Ka");
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','reason':'first'}");
  id = g_strdup (only_bar (f)->id);
  closed_us = stream->cut_closed_us;
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','reason':'second'}");
  g_assert_cmpint (stream->cut_closed_us, ==, closed_us);
  fixture_unstick (egress);
  fixture_wait_for_streams (f, 0);
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  g_assert_cmpstr (only_bar (f)->id, ==, id);
  g_assert_cmpstr (only_bar (f)->reason, ==, "first");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  fixture_assert_trail (f, "stream.cut stream.cut stream.cut");
}

/* The slate behind a cut ends with a second one that says so. */
static void
test_cut_ends_slate (Fixture *f, gconstpointer data)
{
  static const guint8 idr[] = { 0, 0, 0, 2, 0x65, 0x88 };
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autoptr (GBytes) unit = g_bytes_new_static (idr, sizeof idr);
  g_autoptr (WeirSlate) slate = NULL;
  g_autoptr (GError) error = NULL;
  guint64 seq;

  fixture_send (f, stream, "Kv");
  fixture_wait_for_sent (f, "Kv");
  slate = weir_slate_new (stream->tracks[WEIR_MEDIA_VIDEO].config,
      (GBytes *const[]){ unit }, 1, 40000, &error);
  g_assert_no_error (error);
  weir_stream_set_slate (stream, slate);
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','slate_ms':600000}");
  g_assert_false (weir_gate_is_drained (stream->gate));
  /* One that says nothing of it leaves the slate as it is. */
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  g_assert_false (weir_gate_is_drained (stream->gate));
  seq = fixture_seq (f);
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','slate_ms':0}");
  assert_gate_event (f, seq, "live/a", "cut");
  fixture_wait_for_streams (f, 0);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
}

static void
test_blank_and_resume (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);

  fixture_send (f, stream, "Kv");
  fixture_wait_for_sent (f, "Kv");
  fixture_send (f, stream, "ava");
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  assert_gate_event (f, seq, "live/a", "blank");
  fixture_send (f, stream, "KvKa");
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  seq = fixture_seq (f);
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  assert_gate_event (f, seq, "live/a", "pass");
  fixture_assert_command (
      f, NULL, "{'type':'stream.resume','stream':'live/a'}");
  g_assert_cmpuint (fixture_count_events (f, "gate.changed", seq), ==, 1);
  fixture_send (f, stream, "vaKav");
  fixture_wait_for_sent (f, "KvKav");
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  fixture_assert_trail (
      f, "stream.blank stream.blank stream.resume stream.resume");
}

/* A blank outlives the connection. */
static void
test_blank_rejoin (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  fixture_assert_command (f, NULL, "{'type':'stream.blank','stream':'live/a'}");
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  g_assert_true (fixture_start_stream (f, "a") == stream);
  g_assert_cmpint (weir_gate_get_state (stream->gate), ==, WEIR_GATE_BLANK);
}

static void
test_after_cut (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);
  WeirActor actor = { "user:test", "test", WEIR_ROLE_ADMIN, weir_now_us () };

  egress->stuck = TRUE;
  fixture_send (f, stream, "Ka");
  /* Before the next tick, while the name still leads to it. */
  weir_stream_cut (stream, "x", 0, actor.arrived_us, NULL);
  fixture_assert_command (
      f, "conflict", "{'type':'stream.blank','stream':'live/a'}");
  fixture_assert_command (
      f, "conflict", "{'type':'stream.resume','stream':'live/a'}");
}

static void
test_unbar (Fixture *f, gconstpointer data)
{
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/b'}");
  fixture_assert_command (f, NULL,
      "{'type':'stream.unbar','stream':'live/a','reason':'a mistake'}");
  assert_barred (f, FALSE, "a");
  assert_barred (f, TRUE, "b");
  fixture_assert_command (
      f, "not_found", "{'type':'stream.unbar','stream':'live/a'}");
  fixture_assert_command (
      f, NULL, "{'type':'bar.delete','bar':'%s'}", only_bar (f)->id);
  assert_barred (f, FALSE, "b");
  fixture_restart (f, NULL);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 0);
  fixture_assert_trail (f, "stream.cut stream.cut stream.unbar stream.unbar");
}

static void
on_result (const WeirResult *result, gpointer data)
{
  ++*(guint *) data;
  g_assert_true (result->ok);
}

/* A cut that comes while a bar is being lifted is the later word. */
static void
test_cut_during_unbar (Fixture *f, gconstpointer data)
{
  WeirActor actor = { "user:test", "test", WEIR_ROLE_ADMIN, weir_now_us () };
  guint answers = 0;

  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  weir_command_unbar (&f->control, &actor, "live/a", "", on_result, &answers);
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  g_assert_cmpuint (answers, ==, 1);
  assert_barred (f, TRUE, "a");
  fixture_restart (f, NULL);
  assert_barred (f, TRUE, "a");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/commands-gate/cut-live", test_cut_live, NULL },
    { "/commands-gate/cut-draining", test_cut_draining, HELD },
    { "/commands-gate/cut-ending", test_cut_ending, NULL },
    { "/commands-gate/cut-absent", test_cut_absent, NULL },
    { "/commands-gate/cut-twice", test_cut_twice, HELD },
    { "/commands-gate/cut-ends-slate", test_cut_ends_slate, NULL },
    { "/commands-gate/blank-and-resume", test_blank_and_resume, NULL },
    { "/commands-gate/blank-rejoin", test_blank_rejoin, HELD },
    { "/commands-gate/after-cut", test_after_cut, HELD },
    { "/commands-gate/unbar", test_unbar, NULL },
    { "/commands-gate/cut-during-unbar", test_cut_during_unbar, NULL },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
