/* Slate and silence in the place of content, and runs of them that nothing
 * which comes in paces. */
#include "core/gate-impl.h"

#include <string.h>

#define FRAME_MIN_US 4000
#define FRAME_MAX_US 1000000
#define FRAME_DEFAULT_US 40000
/* Places next to each other that are left empty. */
#define MAX_EMPTY 2

void
weir_gate_set_slate (WeirGate *gate, WeirSlate *slate)
{
  if (slate == gate->slate)
    return;
  weir_slate_unref (gate->slate);
  gate->slate = slate != NULL ? weir_slate_ref (slate) : NULL;
  gate->slate_n = 0;
}

/* The slate's next picture without times. */
static gboolean
take_picture (WeirGate *gate, WeirCodec codec, WeirPacket *ret)
{
  if (gate->slate == NULL || gate->slate->config->codec != codec)
    return FALSE;
  weir_slate_get_packet (gate->slate, gate->slate_n++, ret);
  return TRUE;
}

gboolean
weir_gate_put_picture (WeirGate *gate, WeirCodec codec, gint64 dts_ms,
    gint64 due_us, gint64 source_pts_ms)
{
  /* As far ahead as the key frame will be that ends the slate. */
  gint64 pts_ms = dts_ms + gate->key_ahead_ms;
  gint64 frame_ms = weir_gate_frame_ms (gate, WEIR_MEDIA_VIDEO);
  gint64 least_ms = gate->last_pts_ms == G_MININT64
                        ? pts_ms
                        : gate->last_pts_ms + frame_ms - 1;
  gint64 last_ms = gate->tracks[WEIR_MEDIA_VIDEO].last_ms;
  WeirPacket packet;

  if (dts_ms <= last_ms)
    return FALSE;
  /* What was reordered in front of it is shown later than that: every other
   * picture is left out until the slate has fallen back to where it belongs,
   * but none that is further behind the last one than a frame: a run may have
   * ended in between two places. */
  if (pts_ms < least_ms && gate->slate_n > 0 && !gate->left_out
      && dts_ms <= last_ms + frame_ms + 1) {
    gate->left_out = TRUE;
    return FALSE;
  }
  if (!take_picture (gate, codec, &packet))
    return FALSE;
  gate->left_out = FALSE;
  packet.dts_ms = dts_ms;
  /* In front of the key frame that may come in the next place. */
  if (least_ms > pts_ms + frame_ms - 1)
    least_ms = MAX (pts_ms + frame_ms - 1, gate->last_pts_ms + 1);
  packet.pts_ms = MAX (pts_ms, least_ms);
  weir_gate_put (gate, &packet, due_us, source_pts_ms, WEIR_GATE_OUTPUT_SLATE);
  return TRUE;
}

/* Makes the frame for CONFIG, as long as LIKE, unless it is there already. */
static gboolean
prepare_silence (WeirGate *gate, WeirCodecConfig *config, const WeirSlice *like)
{
  const guint8 *data = like != NULL ? like->data : NULL;
  gsize size = like != NULL ? like->size : 0;
  guint samples =
      config != NULL ? weir_silence_samples (config, data, size) : 0;

  if (config == gate->silence_config && samples == gate->silence_samples)
    return gate->silent_frame.size > 0;
  weir_slice_clear (&gate->silent_frame);
  if (config != NULL)
    weir_codec_config_ref (config);
  weir_codec_config_unref (gate->silence_config);
  gate->silence_config = config;
  gate->silence_samples = samples;
  if (samples == 0 || !weir_silence_make (config, data, size, &gate->silence))
    return FALSE;
  gate->silent_frame = weir_arena_alloc (gate->arena, gate->silence.size);
  memcpy (gate->silent_frame.data, gate->silence.data, gate->silence.size);
  return TRUE;
}

static gboolean
make_silence (WeirGate *gate, WeirCodecConfig *config, const WeirSlice *like,
    WeirPacket *ret)
{
  if (!prepare_silence (gate, config, like))
    return FALSE;
  *ret = (WeirPacket){ .kind = WEIR_MEDIA_AUDIO,
    .codec = (guint8) config->codec,
    .config = weir_codec_config_ref (config),
    .payload =
        weir_slice_ref (&gate->silent_frame, 0, gate->silent_frame.size) };
  return TRUE;
}

gboolean
weir_gate_put_silence (WeirGate *gate, WeirCodecConfig *config,
    const WeirSlice *like, gint64 dts_ms, gint64 due_us, gint64 source_pts_ms)
{
  WeirPacket packet;

  if (dts_ms <= gate->tracks[WEIR_MEDIA_AUDIO].last_ms
      || !make_silence (gate, config, like, &packet))
    return FALSE;
  packet.dts_ms = packet.pts_ms = dts_ms;
  weir_gate_put (gate, &packet, due_us, source_pts_ms, WEIR_GATE_OUTPUT_SLATE);
  return TRUE;
}

void
weir_gate_replace_output (
    WeirGate *gate, WeirGateOutput *output, gint64 *last_pts_ms)
{
  WeirPacket old = output->packet;
  WeirPacket new = { 0 };
  gboolean ok = FALSE;

  if (old.kind == WEIR_MEDIA_VIDEO && last_pts_ms != NULL)
    ok = take_picture (gate, old.codec, &new);
  else if (old.kind == WEIR_MEDIA_AUDIO)
    ok = make_silence (gate, old.config, &old.payload, &new);
  if (!ok)
    new = (WeirPacket){ .kind = WEIR_MEDIA_DATA, .codec = WEIR_CODEC_NONE };
  new.dts_ms = new.pts_ms = old.dts_ms;
  new.seq = old.seq;
  new.arrival_us = old.arrival_us;
  if (new.kind == WEIR_MEDIA_VIDEO)
    *last_pts_ms = new.pts_ms =
        MAX (old.dts_ms + output->ahead_ms, *last_pts_ms + 1);
  gate->bytes = gate->bytes - old.payload.size + new.payload.size;
  gate->stats.replaced += ok;
  weir_packet_clear (&old);
  output->packet = new;
  output->kind = ok ? WEIR_GATE_OUTPUT_SLATE : WEIR_GATE_OUTPUT_NOTHING;
}

static gint64
picture_us (const WeirGate *gate)
{
  gint64 us = gate->tracks[WEIR_MEDIA_VIDEO].interval_us;

  if (us == 0)
    us = gate->slate != NULL ? gate->slate->frame_us : FRAME_DEFAULT_US;
  return CLAMP (us, FRAME_MIN_US, FRAME_MAX_US);
}

gint64
weir_gate_frame_ms (const WeirGate *gate, WeirMediaKind kind)
{
  if (kind == WEIR_MEDIA_VIDEO)
    return MAX (picture_us (gate) / 1000, 1);
  return MAX (gate->tracks[kind].interval_us / 1000, 1);
}

static gint64
run_next_ms (const WeirGate *gate, WeirMediaKind kind)
{
  const WeirGateTrack *track = &gate->tracks[kind];

  if (kind == WEIR_MEDIA_AUDIO && gate->silent_frame.size > 0)
    return track->run_base_ms
           + weir_silence_offset_ms (&gate->silence, track->run_n);
  return track->run_base_ms + (gint64) track->run_n * picture_us (gate) / 1000;
}

static gint64
track_due_us (const WeirGate *gate, WeirMediaKind kind)
{
  const WeirGateTrack *track = &gate->tracks[kind];

  if (!track->running)
    return G_MAXINT64;
  return track->run_base_us
         + (run_next_ms (gate, kind) - track->run_base_ms) * 1000;
}

static void
stop_at_end (WeirGate *gate, WeirMediaKind kind)
{
  WeirGateTrack *track = &gate->tracks[kind];

  if (run_next_ms (gate, kind) > track->run_until_ms)
    track->running = FALSE;
}

void
weir_gate_begin_run (WeirGate *gate, gint64 ms)
{
  for (WeirMediaKind kind = 0; kind <= WEIR_MEDIA_AUDIO; kind++) {
    WeirGateTrack *track = &gate->tracks[kind];

    if (track->last_ms == G_MININT64 || track->config == NULL)
      continue;
    if (kind == WEIR_MEDIA_AUDIO)
      prepare_silence (gate, track->config, NULL);
    if (track->running) {
      track->run_until_ms += ms;
      continue;
    }
    track->running = TRUE;
    track->run_base_ms = track->last_ms;
    track->run_base_us = track->last_due_us;
    /* One that has just ended may have left less than a picture's time. */
    track->run_until_ms = MAX (track->run_until_ms, track->last_ms) + ms;
    /* Places may be empty in front of what comes then. */
    if (track->source_ms != G_MININT64)
      track->run_until_ms +=
          CLAMP (track->source_ms + gate->offset_ms - track->run_until_ms, 0,
              MAX_EMPTY * weir_gate_frame_ms (gate, kind));
    track->run_n = 1;
    stop_at_end (gate, kind);
  }
}

void
weir_gate_stop_run (WeirGate *gate)
{
  for (WeirMediaKind kind = 0; kind <= WEIR_MEDIA_AUDIO; kind++) {
    gate->tracks[kind].running = FALSE;
    gate->tracks[kind].run_until_ms = G_MININT64;
  }
}

gboolean
weir_gate_is_running (const WeirGate *gate)
{
  return gate->tracks[WEIR_MEDIA_VIDEO].running
         || gate->tracks[WEIR_MEDIA_AUDIO].running;
}

gint64
weir_gate_run_due_us (const WeirGate *gate)
{
  return MIN (track_due_us (gate, WEIR_MEDIA_VIDEO),
      track_due_us (gate, WEIR_MEDIA_AUDIO));
}

static void
run_one (WeirGate *gate, WeirMediaKind kind)
{
  WeirGateTrack *track = &gate->tracks[kind];
  gint64 dts_ms = run_next_ms (gate, kind);
  gint64 due_us = track_due_us (gate, kind);
  gint64 source_ms = dts_ms - gate->offset_ms;

  track->run_n++;
  if (kind == WEIR_MEDIA_VIDEO)
    weir_gate_put_picture (
        gate, track->config->codec, dts_ms, due_us, source_ms);
  else
    weir_gate_put_silence (
        gate, track->config, NULL, dts_ms, due_us, source_ms);
  stop_at_end (gate, kind);
}

guint
weir_gate_run (WeirGate *gate, gint64 now_us, guint max)
{
  guint n = 0;

  for (; n < max; n++) {
    gint64 video_us = track_due_us (gate, WEIR_MEDIA_VIDEO);
    gint64 audio_us = track_due_us (gate, WEIR_MEDIA_AUDIO);

    if (MIN (video_us, audio_us) > now_us)
      break;
    run_one (gate, video_us <= audio_us ? WEIR_MEDIA_VIDEO : WEIR_MEDIA_AUDIO);
  }
  return n;
}
