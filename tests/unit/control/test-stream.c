/* A stream's life: packets through the gate to the egress, sessions, limits,
 * the end. */
#include "control/fixture.h"

#include <string.h>

#define HELD                                                                   \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define DELAYED                                                                \
  "[gate]\ndelay_ms = 50\n[rtmp]\nrequire_key = false\n"                       \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

#define PATIENT                                                                \
  "[gate]\ndelay_ms = 0\ngrace_ms = 600000\n[rtmp]\nrequire_key = false\n"     \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define IMPATIENT                                                              \
  "[gate]\ndelay_ms = 0\ngrace_ms = 200\n[rtmp]\nrequire_key = false\n"        \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

/* Valid until the next call. */
static const char *
notice_of (const WeirStream *stream)
{
  static char *notice;

  g_free (notice);
  notice = weir_stream_dup_notice (stream);
  return notice;
}

static void
leave (Fixture *f, WeirStream *stream)
{
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_STOPPED);
}

static void
test_passes (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);

  g_assert_cmpuint (fixture_count_events (f, "stream.started", 0), ==, 1);
  fixture_send (f, stream, "mKavKa");
  fixture_wait_for_sent (f, "KavKa");
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_LIVE);
  /* What all have sent is released. */
  g_assert_cmpuint (weir_window_get_bytes (stream->window), ==, 0);
  leave (f, stream);
  leave (f, stream); /* not its publisher any more */
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "KavKa");
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  g_assert_cmpuint (fixture_count_events (f, "stream.stopped", seq), ==, 1);
}

/* Nothing leaves before it has been held for the delay. */
static void
test_delay (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 before_us = weir_now_us ();
  const FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);

  fixture_send (f, stream, "Ka");
  fixture_wait_for_sent (f, "Ka");
  g_assert_cmpint (egress->parent.last_content_us - before_us, >=, 50000);
}

static gboolean
is_ending (gpointer data)
{
  return ((WeirStream *) data)->state == WEIR_STREAM_ENDING;
}

/* The publisher goes; the rest is held and goes out at its time. */
static void
test_draining (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);

  fixture_send (f, stream, "Kava");
  leave (f, stream);
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_DRAINING);
  g_assert_cmpstr (egress->sent->str, ==, "");
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "Kava");
}

static void
test_ends_by_draining (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);

  egress->stuck = TRUE;
  fixture_send (f, stream, "Kava");
  leave (f, stream);
  fixture_wait (f->loop, is_ending, stream);
  g_assert_cmpuint (egress->ends, ==, 1);
  g_assert_true (egress->drained);
  fixture_unstick (egress);
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "Kava");
}

/* The publisher comes back while the window plays out: the same stream, time
 * goes on, downstream sees no end. */
static void
test_rejoin (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a"), *again;
  FixturePublisher other;
  guint64 seq, end;
  gint64 last_ms;

  fixture_publisher_init (&other);
  fixture_send (f, stream, "Kava");
  leave (f, stream);
  end = weir_window_end (stream->window);
  last_ms = weir_window_get (stream->window, end - 1)->dts_ms;
  seq = fixture_seq (f);
  g_assert_cmpint (fixture_publish (f, &other, "live", "a", "", &again, NULL),
      ==, WEIR_ADMIT_OK);
  g_assert_true (again == stream);
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_LIVE);
  g_assert_cmpuint (stream->session, ==, 2);
  g_assert_cmpuint (fixture_count_events (f, "stream.updated", seq), ==, 1);
  g_assert_cmpuint (fixture_count_events (f, "stream.started", seq), ==, 0);
  f->dts_ms = 0; /* the encoder begins anew */
  fixture_send (f, stream, "KaKa");
  /* Something is missing between the sessions, on both tracks. */
  for (guint i = 0; i < 4; i++) {
    const WeirPacket *packet = weir_window_get (stream->window, end + i);

    g_assert_cmpint (packet->dts_ms, >, last_ms);
    g_assert_cmpint ((packet->flags & WEIR_PACKET_DISCONT) != 0, ==, i < 2);
    last_ms = packet->dts_ms;
  }
  weir_stream_publisher_gone (
      stream, &f->publisher.parent, WEIR_GONE_STOPPED); /* the old one */
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_LIVE);
  g_assert_cmpuint (f->egresses->len, ==, 1);
  g_assert_cmpuint (f->egresses_freed, ==, 0);
  weir_stream_publisher_gone (stream, &other.parent, WEIR_GONE_STOPPED);
  fixture_publisher_clear (&other);
}

static gboolean
is_waiting (gpointer data)
{
  return ((WeirStream *) data)->wait_until_us > 0;
}

/* The publisher drops out, and all that it sent has gone out. */
static void
lose_publisher (Fixture *f, WeirStream *stream)
{
  weir_stream_publisher_gone (stream, &f->publisher.parent, WEIR_GONE_LOST);
  g_assert_cmpstr (
      notice_of (stream), ==, "the publisher dropped out and may come back");
  fixture_wait (f->loop, is_waiting, stream);
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_DRAINING);
  g_assert_true (weir_gate_is_drained (stream->gate));
  g_assert_true (
      g_str_has_prefix (notice_of (stream), "waiting for the publisher, "));
}

/* Who comes back within the grace time goes on in the same egress, which has
 * noticed nothing, later by the time that passed. */
static void
test_comes_back (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a"), *again;
  FixtureEgress *egress = g_ptr_array_index (f->egresses, 0);
  gint64 before_ms, before_us, passed_ms;
  FixturePublisher other;

  fixture_publisher_init (&other);
  fixture_send (f, stream, "Ka");
  fixture_wait_for_sent (f, "Ka");
  before_ms = stream->timeline.newest_ms;
  before_us = stream->timeline.newest_arrival_us;
  lose_publisher (f, stream);
  g_assert_cmpint (fixture_publish (f, &other, "live", "a", "", &again, NULL),
      ==, WEIR_ADMIT_OK);
  g_assert_true (again == stream);
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_LIVE);
  g_assert_false (stream->lost);
  f->dts_ms = 0; /* the encoder begins anew */
  fixture_send (f, stream, "vvK");
  passed_ms = (stream->timeline.newest_arrival_us - before_us) / 1000;
  g_assert_cmpint (
      stream->timeline.newest_ms, >=, before_ms + MAX (passed_ms - 1, 1));
  g_assert_cmpint (stream->timeline.newest_ms, <=, before_ms + passed_ms + 60);
  fixture_wait_for_sent (f, "KaK");
  g_assert_cmpuint (egress->ends, ==, 0);
  g_assert_cmpuint (f->egresses->len, ==, 1);
  weir_stream_publisher_gone (stream, &other.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  fixture_publisher_clear (&other);
}

static void
test_grace_ends (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 lost_us;

  fixture_send (f, stream, "Ka");
  lose_publisher (f, stream);
  lost_us = stream->wait_until_us - 200000;
  fixture_wait_for_streams (f, 0);
  g_assert_cmpint (weir_now_us () - lost_us, >=, 200000);
  g_assert_cmpstr (f->sent, ==, "Ka");
}

/* A goodbye ends it at once, however patient it is. */
static void
test_no_grace_for_goodbye (Fixture *f, gconstpointer data)
{
  fixture_send (f, fixture_start_stream (f, "a"), "Ka");
  leave (f, weir_streams_find (f->control.streams, "live/a"));
  fixture_wait_for_streams (f, 0);
  g_assert_cmpstr (f->sent, ==, "Ka");
}

static void
test_cut_while_waiting (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  lose_publisher (f, stream);
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/a'}");
  fixture_wait_for_streams (f, 0);
  g_assert_cmpint (fixture_publish (f, NULL, "live", "a", "", &stream, NULL),
      ==, WEIR_ADMIT_DENIED);
}

static void
on_shut_down (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static void
test_shut_down_while_waiting (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gboolean down = FALSE;

  fixture_send (f, stream, "Ka");
  lose_publisher (f, stream);
  weir_streams_shut_down (
      f->control.streams, FIXTURE_DEADLINE_MS * 2, on_shut_down, &down);
  fixture_wait (f->loop, is_true, &down);
}

static void
test_first_session_is_whole (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (
        weir_window_get (stream->window, i)->flags & WEIR_PACKET_DISCONT, ==,
        0);
}

static void
send_at (
    Fixture *f, WeirStream *stream, char letter, gint64 arrival_us, gsize size)
{
  WeirPacket packet = { .dts_ms = f->dts_ms,
    .pts_ms = f->dts_ms,
    .arrival_us = arrival_us,
    .kind = letter == 'a' ? WEIR_MEDIA_AUDIO : WEIR_MEDIA_VIDEO,
    .flags = letter == 'K' ? WEIR_PACKET_KEY : 0 };

  packet.payload = weir_arena_alloc (f->arena, size);
  memset (packet.payload.data, letter, size);
  weir_stream_take_packet (stream, &packet);
  g_assert_null (packet.payload.block);
  f->dts_ms += 20;
}

static void
test_no_key_frame (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 now_us = weir_now_us ();

  g_assert_cmpstr (notice_of (stream), ==, "nothing has come yet");
  send_at (f, stream, 'a', now_us, 1);
  g_assert_cmpstr (
      notice_of (stream), ==, "sound only: there is no picture to look at");
  send_at (f, stream, 'v', now_us, 1);
  g_assert_cmpstr (notice_of (stream), ==, "waiting for a key frame");
  send_at (f, stream, 'v', now_us + 15000000, 1);
  send_at (f, stream, 'a', now_us + 16000000, 1);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  send_at (f, stream, 'v', now_us + 15000001, 1);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_nonnull (strstr (f->publisher.reason, "no key frame came"));
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_DRAINING);
}

static void
test_key_frame_in_time (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 now_us = weir_now_us ();

  send_at (f, stream, 'v', now_us, 1);
  send_at (f, stream, 'K', now_us + 14000000, 1);
  g_assert_null (notice_of (stream));
  send_at (f, stream, 'v', now_us + 40000000, 1);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
}

#define SMALL                                                                  \
  "[gate]\ndelay_ms = 60000\nmax_window_bytes = 1048576\n"                     \
  "[rtmp]\nrequire_key = false\n"                                              \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

static void
test_max_window (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  gint64 now_us = weir_now_us ();

  for (guint i = 0; i < 15; i++)
    send_at (f, stream, 'K', now_us, 65536);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  /* It would fit to the byte, but not with the head of its block. */
  send_at (f, stream, 'v', now_us, 65536);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_nonnull (strstr (f->publisher.reason, "max_window_bytes"));
  /* What was taken in still goes out. */
  g_assert_cmpuint (weir_window_get_bytes (stream->window), ==, 15 * 65536);
  g_assert_cmpint (stream->state, ==, WEIR_STREAM_DRAINING);
}

/* One byte of a large message keeps the message. */
static void
test_max_window_of_parts (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  for (guint i = 0; i < 16; i++) {
    WeirSlice message = weir_arena_alloc (f->arena, 65536);
    WeirPacket packet = { .dts_ms = i * 20,
      .pts_ms = i * 20,
      .arrival_us = weir_now_us (),
      .kind = WEIR_MEDIA_VIDEO,
      .flags = WEIR_PACKET_KEY,
      .payload = weir_slice_ref (&message, 0, 1) };

    g_assert_cmpuint (f->publisher.disconnects, ==, 0);
    weir_slice_clear (&message);
    weir_stream_take_packet (stream, &packet);
  }
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_cmpuint (weir_window_get_bytes (stream->window), ==, 15);
}

/* Equal configurations are one, however often they come. */
static void
test_configs (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  const WeirCodecConfig *config;

  fixture_send (f, stream, "Ka");
  config = weir_window_get (stream->window, 0)->config;
  fixture_send (f, stream, "Ka");
  g_assert_true (weir_window_get (stream->window, 2)->config == config);
  g_assert_true (weir_window_get (stream->window, 1)->config != config);
  g_assert_cmpuint (
      stream->tracks[WEIR_MEDIA_VIDEO].config->video.width, ==, 640);
}

typedef struct {
  WeirAnalysis parent;
  GString
      *units; /* a letter each; whole ones in brackets, | where they begin */
  guint64 number;
} Analysis;

static void
on_whole_unit (WeirAnalysis *base, guint64 number, const WeirPacket *packet,
    gint64 gap_ms, gboolean begin)
{
  Analysis *analysis = (Analysis *) base;

  analysis->number = number;
  g_assert_cmpint (gap_ms, ==, 100);
  if (begin)
    g_string_append_c (analysis->units, '|');
  g_string_append_c (analysis->units, (char) *packet->payload.data);
}

static void
on_leave (WeirAnalysis *base, guint64 number)
{
  g_string_append_c (((Analysis *) base)->units, '.');
}

static void
on_unit (WeirAnalysis *base, guint64 number, const WeirPacket *packet)
{
  Analysis *analysis = (Analysis *) base;

  analysis->number = number;
  g_string_append_c (analysis->units, (char) *packet->payload.data);
  g_assert_cmpuint (packet->flags & WEIR_PACKET_KEY, !=, 0);
}

/* Ten pictures a second of a stream with a key frame every 200 ms and more: the
 * group is given from its beginning once that shows, then all that comes. */
static void
test_whole (Fixture *f, gconstpointer data)
{
  static const WeirAnalysisClass analysis_class = { on_unit, on_whole_unit,
    on_leave };
  Analysis analysis = { { &analysis_class }, g_string_new (NULL), 0 };
  const WeirSamplingRate rate = { WEIR_SAMPLING_FPS, 100 };
  const WeirSamplingRate off = { WEIR_SAMPLING_OFF, 0 };
  WeirStream *stream;

  weir_streams_set_analysis (f->control.streams, &analysis.parent);
  stream = fixture_start_stream (f, "a");
  weir_sampler_set_rates (&stream->sampler, &rate, &rate);
  fixture_send (f, stream, "vKvvavvv");
  g_assert_cmpstr (analysis.units->str, ==, "K");
  fixture_send (f, stream, "v");
  g_assert_cmpstr (analysis.units->str, ==, "K|Kvvvvvv");
  fixture_send (f, stream, "vavKv");
  g_assert_cmpstr (analysis.units->str, ==, "K|KvvvvvvvvKv");
  g_assert_cmpuint (analysis.number, ==, stream->number);
  /* What was lost is given again, from the newest key frame. */
  weir_streams_look_again (f->control.streams, stream->number);
  g_assert_cmpstr (analysis.units->str, ==, "K|KvvvvvvvvKv|Kv");
  fixture_send (f, stream, "v");
  g_assert_cmpstr (analysis.units->str, ==, "K|KvvvvvvvvKv|Kvv");
  weir_sampler_set_rates (&stream->sampler, &off, &off);
  fixture_send (f, stream, "vK");
  g_assert_cmpstr (analysis.units->str, ==, "K|KvvvvvvvvKv|Kvv.");
  weir_streams_look_again (f->control.streams, stream->number);
  g_assert_cmpstr (analysis.units->str, ==, "K|KvvvvvvvvKv|Kvv.");
  weir_streams_set_analysis (f->control.streams, NULL);
  g_string_free (analysis.units, TRUE);
}

/* Key frames go to the analysis before they are due. */
static void
test_analysis (Fixture *f, gconstpointer data)
{
  static const WeirAnalysisClass analysis_class = { on_unit };
  Analysis analysis = { { &analysis_class }, g_string_new (NULL), 0 };
  WeirStream *stream;

  weir_streams_set_analysis (f->control.streams, &analysis.parent);
  stream = fixture_start_stream (f, "a");
  fixture_send (f, stream, "avKavKa");
  g_assert_cmpstr (analysis.units->str, ==, "KK");
  g_assert_cmpuint (analysis.number, ==, stream->number);
  g_assert_cmpuint (stream->sampler.grant.taken, ==, 2);
  fixture_sample (f, stream, 40, 0, -1, 100);
  g_assert_cmpuint (stream->samples_done, ==, 1);
  weir_streams_sample_skipped (f->control.streams, stream->number, "gone");
  g_assert_cmpuint (stream->samples_skipped, ==, 1);
  g_assert_cmpstr (stream->skip_reason, ==, "gone");
  g_string_free (analysis.units, TRUE);
}

#define OFF                                                                    \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[sampling]\nmode = off\n"

static void
test_not_looked_at (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  g_assert_cmpuint (stream->sampler.grant.taken, ==, 0);
  g_assert_cmpstr (notice_of (stream), ==, "not looked at: sampling is off");
}

/* Whoever sends what the analysis can't decode is not seen by it. */
static void
test_skipped (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  g_assert_null (notice_of (stream));
  weir_streams_sample_skipped (f->control.streams, stream->number, "no eyes");
  g_assert_cmpstr (notice_of (stream), ==, "not looked at: no eyes");
  fixture_sample (f, stream, 0, 0, -1, 100);
  g_assert_null (notice_of (stream));
}

static void
test_other_tracks (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_send (f, stream, "Ka");
  g_assert_cmpstr (notice_of (stream), ==, NULL);
  stream->publisher->other_tracks = 1;
  g_assert_cmpstr (notice_of (stream), ==,
      "several tracks are published: only the first is carried");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/stream/passes", test_passes, NULL },
    { "/stream/delay", test_delay, DELAYED },
    { "/stream/draining", test_draining, DELAYED },
    { "/stream/ends-by-draining", test_ends_by_draining, NULL },
    { "/stream/rejoin", test_rejoin, HELD },
    { "/stream/comes-back", test_comes_back, PATIENT },
    { "/stream/grace-ends", test_grace_ends, IMPATIENT },
    { "/stream/no-grace-for-goodbye", test_no_grace_for_goodbye, PATIENT },
    { "/stream/cut-while-waiting", test_cut_while_waiting, PATIENT },
    { "/stream/shut-down-while-waiting", test_shut_down_while_waiting,
        PATIENT },
    { "/stream/first-session-is-whole", test_first_session_is_whole, HELD },
    { "/stream/no-key-frame", test_no_key_frame, HELD },
    { "/stream/key-frame-in-time", test_key_frame_in_time, HELD },
    { "/stream/max-window", test_max_window, SMALL },
    { "/stream/max-window-of-parts", test_max_window_of_parts, SMALL },
    { "/stream/configs", test_configs, HELD },
    { "/stream/analysis", test_analysis, HELD },
    { "/stream/whole", test_whole, HELD },
    { "/stream/not-looked-at", test_not_looked_at, OFF },
    { "/stream/skipped", test_skipped, HELD },
    { "/stream/other-tracks", test_other_tracks, NULL },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
