/* A stream's life: packets in, ticks, the end. */
#include "control/stream.h"

#include "base/log.h"
#include "control/cases.h"
#include "control/gate-events.h"
#include "control/load.h"
#include "core/settings.h"

#include <string.h>

/* Packets put out at a time, and how often in one tick. */
#define RELEASE_BATCH 256
#define MAX_BATCHES 32
/* A quiet stream is looked at so often all the same. */
#define QUIET_MAX_US (100 * G_GINT64_CONSTANT (1000))

const char *
weir_stream_state_name (WeirStreamState state)
{
  static const char *const names[] = { "live", "draining", "ended" };

  return names[state];
}

const char *
weir_stream_get_path (const WeirStream *stream)
{
  return stream->path;
}

WeirStream *
weir_stream_new (WeirStreams *streams, guint64 number, const char *app,
    const char *name, const char *publisher_id)
{
  WeirStream *stream = g_new0 (WeirStream, 1);

  stream->streams = streams;
  stream->number = number;
  stream->app = g_strdup (app);
  stream->name = g_strdup (name);
  stream->path = g_strconcat (app, "/", name, NULL);
  stream->publisher_id = g_strdup (publisher_id);
  stream->started_ms = weir_wall_ms ();
  stream->started_us = weir_now_us ();
  stream->window = weir_window_new ();
  weir_timeline_init (&stream->timeline);
  return stream;
}

void
weir_stream_free (WeirStream *stream)
{
  if (stream == NULL)
    return;
  g_assert (stream->publisher == NULL);
  if (stream->held_bytes > 0)
    weir_load_count (stream->control->load, stream->held_bytes, 0);
  for (guint i = 0; i < stream->n_egresses; i++)
    stream->egresses[i]->klass->free (stream->egresses[i]);
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    weir_codec_config_unref (stream->tracks[i].config);
  weir_finder_free (stream->finder);
  weir_gate_free (stream->gate);
  weir_slate_unref (stream->slate);
  g_free (stream->no_slate);
  weir_window_free (stream->window);
  g_free (stream->app);
  g_free (stream->name);
  g_free (stream->path);
  g_free (stream->publisher_id);
  g_free (stream->peer);
  g_free (stream->case_id);
  g_free (stream->note);
  g_clear_pointer (&stream->thumbnail, g_bytes_unref);
  g_free (stream->skip_reason);
  g_free (stream);
}

void
weir_stream_attach (WeirStream *stream, WeirPublisher *publisher)
{
  g_assert (stream->publisher == NULL);
  stream->publisher = publisher;
  stream->quiet_until_us = 0;
  stream->protocol = publisher->protocol;
  g_free (stream->peer);
  stream->peer = g_strdup (publisher->peer);
  stream->state = WEIR_STREAM_LIVE;
  stream->session++;
  stream->lost = FALSE;
  stream->wait_until_us = 0;
  stream->heard_us = weir_now_us ();
  stream->video_since_us = 0;
  stream->has_key = FALSE;
  stream->skipping = FALSE;
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    stream->tracks[i].in_session = FALSE;
  weir_timeline_new_session (&stream->timeline);
  stream->dirty = TRUE;
}

void
weir_stream_disconnect (WeirStream *stream, const char *reason)
{
  WeirPublisher *publisher = g_steal_pointer (&stream->publisher);

  if (publisher == NULL)
    return;
  stream->quiet_until_us = 0;
  if (stream->state == WEIR_STREAM_LIVE)
    stream->state = WEIR_STREAM_DRAINING;
  stream->dirty = TRUE;
  publisher->klass->disconnect (publisher, reason);
}

void
weir_stream_publisher_gone (
    WeirStream *stream, WeirPublisher *publisher, WeirGone how)
{
  if (stream->publisher != publisher)
    return;
  stream->publisher = NULL;
  stream->lost = how == WEIR_GONE_LOST;
  stream->quiet_until_us = 0;
  if (stream->state == WEIR_STREAM_LIVE)
    stream->state = WEIR_STREAM_DRAINING;
  stream->dirty = TRUE;
  weir_info ("stream", stream->path,
      "publisher %s %s, %" G_GSIZE_FORMAT " bytes still go out", stream->peer,
      stream->lost ? "dropped out" : "went away",
      weir_window_get_bytes (stream->window));
}

/* Remembers the newest configuration, and lets equal ones be one. TRUE when it
 * is another than before. */
static gboolean
note_config (WeirStream *stream, WeirStreamTrack *track, WeirPacket *packet)
{
  if (packet->config == NULL || packet->config == track->config)
    return FALSE;
  if (weir_codec_config_equal (packet->config, track->config)) {
    weir_codec_config_unref (packet->config);
    packet->config = weir_codec_config_ref (track->config);
    return FALSE;
  }
  weir_codec_config_unref (track->config);
  track->config = weir_codec_config_ref (packet->config);
  stream->dirty = TRUE;
  return TRUE;
}

/* A packet that is a small part of a message keeps all of the message: what
 * counts is what the packets keep in memory, the newest's arena knows. */
static gsize
window_memory (const WeirStream *stream)
{
  guint64 first = weir_window_first (stream->window);
  guint64 end = weir_window_end (stream->window);

  if (first == end)
    return 0;
  return MAX (weir_window_get_bytes (stream->window),
      weir_slice_get_arena_bytes (
          &weir_window_get (stream->window, end - 1)->payload));
}

/* What it holds, to the figure of all streams together. */
static void
count_held (WeirStream *stream)
{
  gsize bytes = window_memory (stream) + weir_gate_get_bytes (stream->gate);

  weir_load_count (stream->control->load, stream->held_bytes, bytes);
  stream->held_bytes = bytes;
}

static void
refuse_input (WeirStream *stream, const char *reason)
{
  weir_warn ("stream", stream->path, "publisher %s: %s", stream->peer, reason);
  weir_stream_disconnect (stream, reason);
}

void
weir_stream_count_input (WeirStream *stream, gsize bytes, gint64 arrival_us)
{
  g_autofree char *words =
      weir_input_guard_count_bytes (&stream->guard, bytes, arrival_us);

  if (words != NULL)
    refuse_input (stream, words);
}

void
weir_stream_take_packet (WeirStream *stream, WeirPacket *packet)
{
  WeirStreamTrack *track = &stream->tracks[packet->kind];
  gboolean first_config = track->config == NULL;
  gboolean new_config = note_config (stream, track, packet);
  g_autofree char *words =
      weir_input_guard_check (&stream->guard, packet, new_config, first_config);
  const WeirPacket *taken;

  stream->heard_us = packet->arrival_us;
  if (words != NULL) {
    weir_packet_clear (packet);
    refuse_input (stream, words);
    return;
  }
  if (new_config && packet->kind == WEIR_MEDIA_VIDEO)
    weir_stream_want_slate (stream);
  track->bytes += packet->payload.size;
  track->packets++;
  if (stream->session > 1 && !track->in_session)
    packet->flags |= WEIR_PACKET_DISCONT;
  track->in_session = TRUE;
  if (packet->kind == WEIR_MEDIA_VIDEO) {
    if (stream->video_since_us == 0)
      stream->video_since_us = packet->arrival_us;
    if (packet->flags & WEIR_PACKET_KEY) {
      stream->dirty = stream->dirty || !stream->has_key;
      stream->has_key = TRUE;
    } else if (!stream->has_key
               && packet->arrival_us - stream->video_since_us
                      > stream->key_frame_timeout_us) {
      weir_packet_clear (packet);
      refuse_input (stream, "no key frame came: nothing of this video can be "
                            "shown. Set a key frame interval of 2 s.");
      return;
    }
  }
  if (!weir_stream_make_room (stream, packet)) {
    weir_packet_clear (packet);
    refuse_input (stream, "the stream is larger than the delay window may hold "
                          "([gate] max_window_bytes). Lower its bitrate.");
    return;
  }
  if (!weir_load_has_room (stream->control->load, packet->payload.size)) {
    weir_packet_clear (packet);
    refuse_input (stream, "The server's memory for streams is full ([gate] "
                          "max_total_window_bytes). Try again later.");
    return;
  }
  weir_timeline_map (&stream->timeline, packet);
  stream->newest_ms = MAX (stream->newest_ms, packet->pts_ms);
  stream->quiet_until_us = MIN (stream->quiet_until_us,
      packet->arrival_us + weir_gate_get_delay_us (stream->gate));
  taken = weir_window_get (
      stream->window, weir_window_take (stream->window, packet));
  count_held (stream);
  if ((taken->flags & WEIR_PACKET_MISSING) == 0)
    weir_stream_look (stream, taken);
}

/* Outputs that the fastest live egress has still before it; 0 without one. */
static guint64
backlog (const WeirStream *stream)
{
  guint64 end = weir_gate_get_end (stream->gate), least = G_MAXUINT64;

  for (guint i = 0; i < stream->n_egresses; i++) {
    const WeirEgress *egress = stream->egresses[i];

    if (egress->state == WEIR_EGRESS_LIVE)
      least = MIN (least, end - MIN (end, egress->cursor.position));
  }
  return least == G_MAXUINT64 ? 0 : least;
}

void
weir_stream_flush (WeirStream *stream, gint64 now_us)
{
  guint64 slowest = weir_gate_get_end (stream->gate);

  for (guint i = 0; i < stream->n_egresses; i++) {
    WeirEgress *egress = stream->egresses[i];

    if (egress->state == WEIR_EGRESS_CLOSED)
      continue;
    egress->klass->flush (egress, now_us);
    slowest = MIN (slowest, egress->cursor.position);
  }
  weir_gate_release (stream->gate, slowest);
  weir_window_trim (stream->window, weir_gate_get_needed_seq (stream->gate));
}

/* Puts out what is due, as much as the fastest egress takes: a burst stays in
 * the window rather than push its own beginning out of the gate's output. */
static void
release (WeirStream *stream, gint64 now_us)
{
  guint due = RELEASE_BATCH;

  for (guint i = 0; i < MAX_BATCHES && due == RELEASE_BATCH; i++) {
    due = 0;
    if (backlog (stream) + RELEASE_BATCH <= WEIR_GATE_OUTPUTS_KEPT)
      due = weir_gate_advance_some (stream->gate, now_us, RELEASE_BATCH);
    weir_stream_flush (stream, now_us);
  }
}

/* Most ticks find nothing due and everything sent: they should not even touch
 * the memory that says so. */
static gint64
quiet_until (const WeirStream *stream, gint64 now_us)
{
  gint64 until_us =
      MIN (now_us + QUIET_MAX_US, weir_gate_get_next_due_us (stream->gate));

  if (stream->state == WEIR_STREAM_ENDING)
    return 0;
  for (guint i = 0; i < stream->n_egresses; i++)
    until_us = MIN (until_us, stream->egresses[i]->quiet_until_us);
  return until_us;
}

void
weir_stream_stop_waiting (WeirStream *stream)
{
  stream->lost = FALSE;
  stream->quiet_until_us = 0;
}

/* TRUE while a lost publisher may still come back. */
static gboolean
is_waiting (WeirStream *stream, gint64 now_us)
{
  if (!stream->lost)
    return FALSE;
  if (stream->wait_until_us == 0) {
    stream->wait_until_us = now_us + stream->grace_us;
    stream->dirty = TRUE;
  }
  return now_us < stream->wait_until_us;
}

gboolean
weir_stream_tick (WeirStream *stream, gint64 now_us)
{
  if (now_us < stream->quiet_until_us)
    return FALSE;
  release (stream, now_us);
  weir_gate_events_look (stream);
  count_held (stream);
  if (stream->state == WEIR_STREAM_DRAINING
      && weir_gate_is_drained (stream->gate) && !is_waiting (stream, now_us))
    weir_stream_end (stream, TRUE);
  stream->quiet_until_us = quiet_until (stream, now_us);
  return stream->state == WEIR_STREAM_ENDING
         && stream->n_closed == stream->n_egresses;
}

void
weir_stream_end (WeirStream *stream, gboolean drain)
{
  if (stream->state == WEIR_STREAM_ENDING)
    return;
  stream->state = WEIR_STREAM_ENDING;
  stream->quiet_until_us = 0;
  stream->dirty = TRUE;
  for (guint i = 0; i < stream->n_egresses; i++)
    if (stream->egresses[i]->state != WEIR_EGRESS_CLOSED)
      stream->egresses[i]->klass->end (stream->egresses[i], drain);
}

void
weir_stream_cut (WeirStream *stream, const char *reason, gint64 slate_ms,
    gint64 arrived_us, WeirGateAnswer *ret)
{
  weir_gate_cut (stream->gate, slate_ms, ret);
  if (stream->cut_arrived_us == 0) {
    stream->cut_arrived_us = arrived_us;
    stream->cut_closed_us = weir_now_us ();
  }
  /* It may be ending already, draining the last outputs: those are closed
   * now, and the egresses find nothing more to send. */
  if (weir_gate_is_drained (stream->gate))
    weir_stream_end (stream, FALSE);
  weir_stream_stop_waiting (stream);
  weir_stream_disconnect (stream, reason);
}

gboolean
weir_stream_resume (WeirStream *stream, guint causes, WeirGateAnswer *ret)
{
  const WeirGateSpans *spans = weir_gate_get_spans (stream->gate);
  gboolean closed = (weir_gate_get_causes (stream->gate) & causes) != 0;

  for (guint i = 0; i < spans->count; i++)
    closed = closed || spans->spans[i].under_way
             || spans->spans[i].to_ms == G_MAXINT64;
  if (!closed)
    return FALSE;
  /* What became due since the last tick belongs to the blank. */
  weir_gate_advance (stream->gate, weir_now_us ());
  stream->dirty = TRUE;
  stream->quiet_until_us = 0;
  stream->blank_arrived_us = 0;
  return weir_gate_resume (stream->gate, causes, TRUE, ret);
}

static gint64
time_to_last_content (
    const WeirStream *stream, gint64 arrived_us, gint64 closed_us)
{
  for (guint i = 0; i < stream->n_egresses; i++)
    closed_us = MAX (closed_us, stream->egresses[i]->last_content_us);
  return arrived_us == 0 ? -1 : closed_us - arrived_us;
}

gint64
weir_stream_get_time_to_cut_us (const WeirStream *stream)
{
  return time_to_last_content (
      stream, stream->cut_arrived_us, stream->cut_closed_us);
}

gint64
weir_stream_get_time_to_close_us (const WeirStream *stream)
{
  if (stream->cut_arrived_us != 0)
    return weir_stream_get_time_to_cut_us (stream);
  return time_to_last_content (
      stream, stream->blank_arrived_us, stream->blank_closed_us);
}

/* Or NULL. Caller frees. */
static char *
dup_input_notice (const WeirStream *stream)
{
  if (stream->tracks[WEIR_MEDIA_VIDEO].packets == 0)
    return g_strdup (stream->tracks[WEIR_MEDIA_AUDIO].packets > 0
                         ? "sound only: there is no picture to look at"
                         : "nothing has come yet");
  if (!stream->has_key)
    return g_strdup ("waiting for a key frame");
  if (stream->window_full)
    return g_strdup ("its window is full: the bitrate is too high for the "
                     "delay");
  if (stream->sampler.wish.rate.mode == WEIR_SAMPLING_OFF)
    return g_strdup ("not looked at: sampling is off");
  if (stream->apart)
    return g_strdup ("looked at alone and slower: its pictures brought several "
                     "analyzers down");
  if (stream->skipping)
    return g_strconcat ("not looked at: ", stream->skip_reason, NULL);
  if (stream->publisher != NULL && stream->publisher->other_tracks > 0)
    return g_strdup ("several tracks are published: only the first is carried");
  return NULL;
}

char *
weir_stream_dup_notice (const WeirStream *stream)
{
  gint64 left_us = stream->wait_until_us - weir_now_us ();

  if (stream->state != WEIR_STREAM_DRAINING || !stream->lost)
    return weir_stream_dup_slate_notice (stream, dup_input_notice (stream));
  if (stream->wait_until_us == 0)
    return g_strdup ("the publisher dropped out and may come back");
  return g_strdup_printf ("waiting for the publisher, %" G_GINT64_FORMAT " s",
      MAX (left_us + G_USEC_PER_SEC - 1, 0) / G_USEC_PER_SEC);
}

gint64
weir_stream_due_wall_ms (const WeirStream *stream, gint64 pts_ms,
    gint64 sample_pts_ms, gint64 sample_arrival_us)
{
  const WeirPacket *packet = weir_window_find_pts (
      stream->window, weir_gate_get_needed_seq (stream->gate), pts_ms);
  gint64 arrival_us = sample_arrival_us - (sample_pts_ms - pts_ms) * 1000;

  /* What has left the window was due before everything still in it. */
  if (packet != NULL && packet->pts_ms - pts_ms < 1000
      && packet->seq > weir_gate_get_needed_seq (stream->gate))
    arrival_us = packet->arrival_us;
  return weir_wall_ms ()
         + (arrival_us + weir_gate_get_delay_us (stream->gate) - weir_now_us ())
               / 1000;
}
