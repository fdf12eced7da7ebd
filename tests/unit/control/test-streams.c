/* The registry: who is let in and with which words others are not, names that
 * become free, the end of everything. */
#include "control/bars.h"
#include "control/fixture.h"
#include "control/keys.h"
#include "control/secret.h"

#include <string.h>

#define WITH_KEYS                                                              \
  "[gate]\ndelay_ms = 0\n[rtmp]\nrefusal_delay_ms = 0\n"                       \
  "[app open]\nrequire_key = false\n"

static void
add_key (Fixture *f, const char *app, const char *name, const char *publisher,
    const char *secret)
{
  WeirKey *key = g_new0 (WeirKey, 1);

  key->id = g_strconcat (app, name, NULL);
  key->app = g_strdup (app);
  key->name = g_strdup (name);
  key->publisher = g_strdup (publisher);
  weir_secret_hash (secret, key->hash);
  weir_keys_put (f->control.keys, key);
}

static void
add_bar (Fixture *f, const char *stream, const char *publisher, gint64 until_ms)
{
  weir_bars_put (
      f->control.bars, weir_bar_copy (&(WeirBar){ .id = (char *) stream,
                           .stream = (char *) stream,
                           .publisher = (char *) publisher,
                           .reason = "",
                           .until_ms = until_ms,
                           .case_id = "",
                           .by = "" }));
}

#define NO_APP "The application's name may have 1 to 128 letters"
#define NO_NAME "The stream's name may have 1 to 128 letters"
#define NO_KEY                                                                 \
  "The stream key is not known here. Check application, stream name and key."
#define BARRED                                                                 \
  "This stream was ended by a reviewer and is barred until that is lifted."
/* 4102444800 s is the beginning of 2100. */
#define PAUSED_UNTIL_MS G_GINT64_CONSTANT (4102444799001)
#define PAUSED                                                                 \
  "This stream was ended by a reviewer and is barred until 2100-01-01 "        \
  "00:00:00 UTC."
#define BUSY "A stream of this name is being published already."

static void
test_admission (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *app, *name, *secret, *path;
    WeirAdmit how;
    const char *words;
  } table[] = {
    { "live", "cam1", "one", "live/cam1", WEIR_ADMIT_OK, NULL },
    { "live", "two", "", "live/cam2", WEIR_ADMIT_OK, NULL },
    { "open", "any", "", "open/any", WEIR_ADMIT_OK, NULL },
    { "open", "other", "whatever", "open/other", WEIR_ADMIT_OK, NULL },
    { "", "cam1", "one", NULL, WEIR_ADMIT_DENIED, NO_APP },
    { "li/ve", "cam1", "one", NULL, WEIR_ADMIT_DENIED, NO_APP },
    { "li ve", "cam1", "one", NULL, WEIR_ADMIT_DENIED, NO_APP },
    { "open", "", "", NULL, WEIR_ADMIT_DENIED, NO_NAME },
    { "open", "../x", "", NULL, WEIR_ADMIT_DENIED, NO_NAME },
    { "open", "x\ny", "", NULL, WEIR_ADMIT_DENIED, NO_NAME },
    /* One answer whatever is wrong, so that names can't be probed. */
    { "live", "cam1", "two", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "cam1", "", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "nobody", "one", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "nobody", "none", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "", "", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "../x", "one", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "game", "cam1", "one", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "game", "two", "", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    /* Neither does a bar tell who has no key, nor that a name is live. */
    { "live", "barred", "wrong", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "busy", "wrong", NULL, WEIR_ADMIT_DENIED, NO_KEY },
    { "live", "barred", "three", NULL, WEIR_ADMIT_DENIED, BARRED },
    { "live", "paused", "six", NULL, WEIR_ADMIT_DENIED, PAUSED },
    { "live", "three", "", NULL, WEIR_ADMIT_DENIED, BARRED },
    { "live", "bob2", "four", NULL, WEIR_ADMIT_DENIED, BARRED },
    { "open", "bob", "", NULL, WEIR_ADMIT_DENIED, BARRED },
    { "live", "busy", "five", NULL, WEIR_ADMIT_BUSY, BUSY },
    { "live", "five", "", NULL, WEIR_ADMIT_BUSY, BUSY },
  };
  FixturePublisher others[G_N_ELEMENTS (table)];

  add_key (f, "live", "cam1", "alice", "one");
  add_key (f, "live", "cam2", "alice", "two");
  add_key (f, "live", "barred", "carol", "three");
  add_key (f, "live", "paused", "dan", "six");
  add_key (f, "live", "bob2", "bob", "four");
  add_key (f, "live", "busy", "dave", "five");
  add_bar (f, "live/barred", "", 0);
  add_bar (f, "live/paused", "", PAUSED_UNTIL_MS);
  add_bar (f, "live/elsewhere", "bob", 0);
  g_assert_cmpint (
      fixture_publish (f, NULL, "live", "busy", "five", NULL, NULL), ==,
      WEIR_ADMIT_OK);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *reason = NULL;
    WeirStream *stream;

    fixture_publisher_init (&others[i]);
    g_test_message ("%s %s %s", table[i].app, table[i].name, table[i].secret);
    g_assert_cmpint (fixture_publish (f, &others[i], table[i].app,
                         table[i].name, table[i].secret, &stream, &reason),
        ==, table[i].how);
    if (table[i].words != NULL)
      g_assert_true (g_str_has_prefix (reason, table[i].words));
    else
      g_assert_cmpstr (weir_stream_get_path (stream), ==, table[i].path);
    g_assert_cmpuint (others[i].disconnects, ==, 0);
  }
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 5);
  /* Whom it let in is whom the key names; without one, the stream's name. */
  g_assert_cmpstr (
      weir_streams_find (f->control.streams, "live/cam2")->publisher_id, ==,
      "alice");
  g_assert_cmpstr (
      weir_streams_find (f->control.streams, "open/any")->publisher_id, ==,
      "any");
  weir_streams_shut_down (
      f->control.streams, 0, (void (*) (gpointer)) g_free, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_assert_cmpuint (
        others[i].disconnects, ==, table[i].how == WEIR_ADMIT_OK ? 1 : 0);
    fixture_publisher_clear (&others[i]);
  }
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static gboolean
is_one (gpointer data)
{
  return *(guint *) data == 1;
}

/* What is in the windows still goes out; nobody is let in. */
static void
test_shut_down (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *reason = NULL;
  FixturePublisher other;
  guint down = 0;

  fixture_publisher_init (&other);
  fixture_send (f, stream, "Kava");
  weir_streams_shut_down (
      f->control.streams, FIXTURE_DEADLINE_MS, count, &down);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpstr (f->publisher.reason, ==, "The server is shutting down.");
  g_assert_cmpint (fixture_publish (f, &other, "live", "b", "", NULL, &reason),
      ==, WEIR_ADMIT_LATER);
  g_assert_cmpstr (reason, ==, "The server is shutting down.");
  fixture_wait (f->loop, is_one, &down);
  g_assert_cmpstr (f->sent, ==, "Kava");
  fixture_publisher_clear (&other);
}

/* At the deadline what is left does not. */
static void
test_shut_down_deadline (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint down = 0;

  fixture_send (f, stream, "Kava");
  weir_streams_shut_down (f->control.streams, 0, count, &down);
  fixture_wait (f->loop, is_one, &down);
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 0);
  g_assert_cmpstr (f->sent, ==, "");
}

static void
test_shut_down_empty (Fixture *f, gconstpointer data)
{
  guint down = 0;

  weir_streams_shut_down (f->control.streams, 1000, count, &down);
  g_assert_cmpuint (down, ==, 0);
  fixture_wait (f->loop, is_one, &down);
}

/* A name is free again as soon as its stream is ending, however long the
 * egress takes to close. */
static void
test_successor (Fixture *f, gconstpointer data)
{
  WeirStream *first = fixture_start_stream (f, "a"), *second;
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);
  guint64 number = first->number;
  guint64 seq;

  fixture_send (f, first, "Ka");
  egress->stuck = TRUE;
  weir_stream_publisher_gone (first, &f->publisher.parent, WEIR_GONE_STOPPED);
  weir_stream_end (first, TRUE);
  second = fixture_start_stream (f, "a");
  g_assert_true (second != first);
  g_assert_cmpuint (second->number, >, number);
  g_assert_cmpuint (second->session, ==, 1);
  g_assert_true (weir_streams_find (f->control.streams, "live/a") == second);
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 2);
  seq = fixture_seq (f);
  fixture_unstick (egress);
  fixture_wait_for_streams (f, 1);
  g_assert_cmpuint (fixture_count_events (f, "stream.stopped", seq), ==, 1);
  g_assert_true (weir_streams_find (f->control.streams, "live/a") == second);
  /* Nothing of the first is left that a look-up could stumble over. */
  g_assert_null (weir_streams_find (f->control.streams, "live/b"));
  fixture_sample (f, second, 0, 0, -1, 100);
  weir_streams_sample_skipped (f->control.streams, number, "late");
  g_assert_cmpuint (second->samples_skipped, ==, 0);
}

static void
test_egresses (Fixture *f, gconstpointer data)
{
  fixture_start_stream (f, "a");
  /* Of twenty sections one is for nobody, and sixteen are the limit. */
  g_assert_cmpuint (f->egresses->len, ==, WEIR_STREAM_MAX_EGRESSES);
}

static void
refuse (FixtureEgress *egress, WeirCodec codec)
{
  egress->parent.state = WEIR_EGRESS_REFUSED;
  egress->parent.refused = codec;
  egress->parent.on_state (&egress->parent, egress->parent.data);
}

/* A codec that one server can't take is that server's loss; one that nobody
 * takes is said to its sender. */
static void
test_refused_by_all (Fixture *f, gconstpointer data)
{
  fixture_start_stream (f, "a");
  g_assert_cmpuint (f->egresses->len, ==, 2);
  refuse (g_ptr_array_index (f->egresses, 0), WEIR_CODEC_HEVC);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  refuse (g_ptr_array_index (f->egresses, 1), WEIR_CODEC_HEVC);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpstr (f->publisher.reason, ==,
      "HEVC can't be passed on: no server behind this one takes it.");
  fixture_wait_for_streams (f, 0);
}

/* The old connection is told and let go of; who holds the key goes on in the
 * same stream. */
static void
test_take_over (Fixture *f, gconstpointer data)
{
  FixturePublisher second, third;
  WeirStream *stream, *again, *other;
  g_autofree char *reason = NULL;

  fixture_publisher_init (&second);
  fixture_publisher_init (&third);
  add_key (f, "live", "cam1", "alice", "one");
  g_assert_cmpint (
      fixture_publish (f, NULL, "live", "cam1", "one", &stream, NULL), ==,
      WEIR_ADMIT_OK);
  g_assert_cmpint (
      fixture_publish (f, &second, "live", "cam1", "one", &again, &reason), ==,
      WEIR_ADMIT_BUSY);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);

  stream->heard_us -= 3000 * 1000;
  g_assert_cmpint (
      fixture_publish (f, &second, "live", "cam1", "one", &again, NULL), ==,
      WEIR_ADMIT_OK);
  g_assert_true (again == stream);
  g_assert_cmpuint (stream->session, ==, 2);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpstr (f->publisher.reason, ==,
      "Another connection with the same key took this stream over.");

  /* Without keys nobody can tell who comes. */
  g_assert_cmpint (fixture_publish (f, &third, "open", "any", "", &other, NULL),
      ==, WEIR_ADMIT_OK);
  other->heard_us -= 3000 * 1000;
  g_free (g_steal_pointer (&reason));
  g_assert_cmpint (
      fixture_publish (f, NULL, "open", "any", "", &again, &reason), ==,
      WEIR_ADMIT_BUSY);
  g_assert_cmpuint (third.disconnects, ==, 0);
  weir_stream_publisher_gone (stream, &second.parent, WEIR_GONE_STOPPED);
  weir_stream_publisher_gone (other, &third.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  fixture_publisher_clear (&second);
  fixture_publisher_clear (&third);
}

int
main (int argc, char **argv)
{
  g_autoptr (GString) many = g_string_new (fixture_settings);

  for (guint i = 0; i < 20; i++)
    g_string_append_printf (many, "[egress %s%u]\nurl = rtmp://localhost/a/b\n",
        i == 3 ? "no" : "e", i);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, settings, test)                                              \
  g_test_add ("/streams/" path, Fixture, settings, fixture_set_up, test,       \
      fixture_tear_down)
  ADD ("admission", WITH_KEYS, test_admission);
  ADD ("take-over", WITH_KEYS, test_take_over);
  ADD ("shut-down", NULL, test_shut_down);
  ADD ("shut-down-deadline",
      "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = "
      "false\n[egress a]\nurl = rtmp://localhost/a/b\n",
      test_shut_down_deadline);
  ADD ("shut-down-empty", NULL, test_shut_down_empty);
  ADD ("successor", NULL, test_successor);
  ADD ("egresses", many->str, test_egresses);
  ADD ("refused-by-all",
      "[rtmp]\nrequire_key = false\n"
      "[egress a]\nurl = rtmp://localhost/a/b\n"
      "[egress b]\nurl = rtmp://localhost/a/b\n",
      test_refused_by_all);
  return g_test_run ();
}
