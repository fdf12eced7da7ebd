/* The fate of each packet that is due: it passes, or something takes its
 * place. */
#include "core/gate-impl.h"

/* Packets looked at for leading pictures. */
#define MAX_LOOK 256
/* Steps of more than this say nothing about the pace. */
#define MAX_INTERVAL_MS 1000

static void
note_track (WeirGateTrack *track, const WeirPacket *packet)
{
  gint64 step_us = (packet->dts_ms - track->source_ms) * 1000;

  if (track->source_ms != G_MININT64 && step_us > 0
      && step_us <= MAX_INTERVAL_MS * 1000)
    track->interval_us =
        track->interval_us == 0
            ? step_us
            : track->interval_us + (step_us - track->interval_us) / 8;
  track->source_ms = packet->dts_ms;
  if (packet->config == track->config)
    return;
  weir_codec_config_unref (track->config);
  track->config =
      packet->config != NULL ? weir_codec_config_ref (packet->config) : NULL;
}

/* Whatever the state: where pictures don't go on from the ones before, a key
 * frame must come first. */
static void
note_picture (WeirGate *gate, const WeirPacket *packet)
{
  WeirGateTrack *track = &gate->tracks[WEIR_MEDIA_VIDEO];

  gate->has_picture = TRUE;
  if ((packet->flags & WEIR_PACKET_DISCONT)
      || (track->config != NULL && packet->config != track->config))
    gate->await_key = gate->await_sound = TRUE;
  if (packet->flags & WEIR_PACKET_KEY)
    gate->key_ahead_ms = MAX (packet->pts_ms - packet->dts_ms, 0);
  note_track (track, packet);
}

static void
note_switch (WeirGate *gate, gint64 from_ms)
{
  gate->switched = TRUE;
  gate->switched_ms = from_ms;
}

void
weir_gate_stop_content (WeirGate *gate, gint64 from_ms)
{
  if (!gate->showing)
    return;
  gate->showing = FALSE;
  gate->slate_n = 0;
  note_switch (gate, from_ms);
}

static void
start_content (WeirGate *gate, gint64 from_ms)
{
  if (gate->showing)
    return;
  gate->showing = gate->begins = TRUE;
  note_switch (gate, from_ms);
}

static void
pass (WeirGate *gate, const WeirPacket *packet, gint64 dts_ms, gint64 due_us)
{
  gint64 pts_ms = packet->pts_ms;
  WeirPacket out;

  weir_packet_copy (packet, &out);
  out.dts_ms = dts_ms;
  out.pts_ms = MAX (pts_ms + gate->offset_ms, dts_ms);
  if (packet->kind == WEIR_MEDIA_VIDEO
      || (packet->kind == WEIR_MEDIA_AUDIO && !gate->has_picture))
    gate->content_pts_ms = MAX (gate->content_pts_ms, pts_ms);
  weir_gate_put (gate, &out, due_us, pts_ms, WEIR_GATE_OUTPUT_CONTENT);
}

/* The slate is wanted where something was shown before, or a command is why
 * nothing is; not in front of a stream's first key frame. */
static gboolean
is_replaced (const WeirGate *gate)
{
  return gate->tracks[WEIR_MEDIA_VIDEO].last_ms != G_MININT64
         || gate->tracks[WEIR_MEDIA_AUDIO].last_ms != G_MININT64
         || gate->causes != 0 || gate->spans.count > 0;
}

static gboolean
is_leading (const WeirPacket *packet, gint64 key_pts_ms)
{
  return !(packet->flags & WEIR_PACKET_KEY) && packet->pts_ms < key_pts_ms
         && packet->dts_ms < key_pts_ms;
}

/* Content begins with KEY. Pictures that follow it and are shown before it (an
 * open GOP) can't be decoded and are withheld: KEY moves into the midst of
 * their places, so that no long gap is on either side. Returns its DTS. */
static gint64
place_key (const WeirGate *gate, const WeirPacket *key)
{
  gint64 places_ms[WEIR_GATE_MAX_LEADING];
  guint64 end = MIN (weir_window_end (gate->window), key->seq + MAX_LOOK);
  gint64 dts_ms = key->dts_ms;
  guint n = 0;

  for (guint64 seq = key->seq + 1; seq < end && n < WEIR_GATE_MAX_LEADING;
       seq++) {
    const WeirPacket *packet = weir_window_get (gate->window, seq);

    if (packet->kind != WEIR_MEDIA_VIDEO)
      continue;
    if (!is_leading (packet, key->pts_ms) || packet->dts_ms <= dts_ms)
      break;
    dts_ms = places_ms[n++] = packet->dts_ms;
  }
  return (n < 2 ? key->dts_ms : places_ms[n / 2 - 1]) + gate->offset_ms;
}

static gboolean
picture_may_pass (WeirGate *gate, const WeirPacket *packet)
{
  gboolean key = (packet->flags & WEIR_PACKET_KEY) != 0;
  gint64 ended_ms = G_MININT64;
  gboolean withheld = gate->spans.count > 0
                      && weir_gate_spans_step (&gate->spans, packet->dts_ms,
                          packet->pts_ms, key, &ended_ms);

  gate->sound_ms = MAX (gate->sound_ms, ended_ms);
  if (withheld || gate->causes != 0
      || (packet->flags & WEIR_PACKET_MISSING) != 0) {
    gate->await_key = gate->await_sound = TRUE;
    return FALSE;
  }
  if (ended_ms != G_MININT64) {
    /* Even of one that no picture has begun: those that this key frame comes
     * before and that are shown before it may lie in it. */
    gate->await_key = TRUE;
    weir_gate_stop_content (gate, packet->pts_ms);
  }
  return key || !gate->await_key;
}

static void
decide_picture (WeirGate *gate, const WeirPacket *packet, gint64 due_us)
{
  gint64 dts_ms = packet->dts_ms + gate->offset_ms;
  /* The stream's timeline keeps DTS rising; a packet that breaks it would
   * break the promise downstream. Such a key frame switches nothing. */
  gboolean rises = dts_ms > gate->tracks[WEIR_MEDIA_VIDEO].last_ms;

  note_picture (gate, packet);
  if (!picture_may_pass (gate, packet)) {
    gate->stats.withheld++;
    weir_gate_stop_content (gate, packet->pts_ms);
    if (is_replaced (gate))
      weir_gate_put_picture (
          gate, packet->codec, dts_ms, due_us, packet->pts_ms);
    return;
  }
  if (!rises) {
    gate->stats.withheld++;
    return;
  }
  if (is_leading (packet, gate->leading_ms)) {
    gate->stats.withheld++;
    if (gate->leading > 0) {
      gate->leading--;
      return;
    }
    /* More than a codec reorders by: its times are false. */
    gate->await_key = gate->await_sound = TRUE;
    weir_gate_stop_content (gate, packet->pts_ms);
    weir_gate_put_picture (gate, packet->codec, dts_ms, due_us, packet->pts_ms);
    return;
  }
  if (gate->await_key) {
    dts_ms = place_key (gate, packet);
    if (gate->await_sound)
      gate->sound_ms = MAX (gate->sound_ms, packet->pts_ms);
    gate->leading_ms = packet->pts_ms;
    gate->leading = WEIR_GATE_MAX_LEADING;
    gate->await_key = gate->await_sound = FALSE;
  } else if (packet->flags & WEIR_PACKET_KEY) {
    gate->leading = 0;
  }
  start_content (gate, packet->pts_ms);
  pass (gate, packet, dts_ms, due_us);
}

/* What of the old place is missing in front of the new one, in silence. */
static void
fill_gap (
    WeirGate *gate, const WeirPacket *packet, gint64 dts_ms, gint64 due_us)
{
  WeirGateTrack *track = &gate->tracks[WEIR_MEDIA_AUDIO];
  gint64 base_ms = track->last_ms;

  track->jumped = FALSE;
  if (base_ms == G_MININT64 || dts_ms - base_ms > MAX_INTERVAL_MS * 10)
    return;
  for (guint n = 1;; n++) {
    gint64 at_ms = base_ms + n * weir_gate_frame_ms (gate, WEIR_MEDIA_AUDIO);

    if (at_ms + 2 > dts_ms
        || !weir_gate_put_silence (gate, packet->config, &packet->payload,
            at_ms, due_us, packet->pts_ms))
      return;
  }
}

static gboolean
sound_is_withheld (WeirGate *gate, const WeirPacket *packet)
{
  /* Without a picture it is the sound that a span begins and ends with. */
  if (!gate->has_picture && gate->spans.count > 0
      && packet->dts_ms >= WEIR_GATE_SOUND_ALONE_MS)
    weir_gate_spans_step (
        &gate->spans, packet->dts_ms, packet->pts_ms, TRUE, &gate->sound_ms);
  return gate->causes != 0 || (packet->flags & WEIR_PACKET_MISSING) != 0
         || weir_gate_spans_cover (&gate->spans, packet->pts_ms)
         || packet->pts_ms < gate->sound_ms
         || (gate->has_picture && gate->await_sound);
}

static void
decide_sound (WeirGate *gate, const WeirPacket *packet, gint64 due_us)
{
  WeirGateTrack *track = &gate->tracks[WEIR_MEDIA_AUDIO];
  gint64 dts_ms = packet->dts_ms + gate->offset_ms;
  gboolean withheld = sound_is_withheld (gate, packet);

  note_track (track, packet);
  if (track->jumped)
    fill_gap (gate, packet, dts_ms, due_us);
  if (dts_ms <= track->last_ms) {
    gate->stats.withheld++;
    return;
  }
  if (!gate->has_picture && withheld) {
    gate->await_sound = TRUE;
  } else if (!gate->has_picture && gate->await_sound) {
    gate->await_sound = FALSE;
    gate->sound_ms = packet->pts_ms;
  }
  if (withheld || gate->muted) {
    if (!gate->has_picture)
      weir_gate_stop_content (gate, packet->pts_ms);
    gate->stats.withheld++;
    if (is_replaced (gate))
      weir_gate_put_silence (gate, packet->config, &packet->payload, dts_ms,
          due_us, packet->pts_ms);
    return;
  }
  if (!gate->has_picture)
    start_content (gate, packet->pts_ms);
  pass (gate, packet, dts_ms, due_us);
}

/* Cue points, captions and time codes say something of their own moment:
 * they don't replace what a new connection is to begin with. */
void
weir_gate_note_metadata (WeirGate *gate, const WeirPacket *packet)
{
  if (!(packet->flags & WEIR_PACKET_KEY))
    return;
  weir_packet_clear (&gate->metadata);
  weir_packet_copy (packet, &gate->metadata);
  gate->metadata_position = gate->end;
}

static void
decide_data (WeirGate *gate, const WeirPacket *packet, gint64 due_us)
{
  gint64 dts_ms = MAX (
      packet->dts_ms + gate->offset_ms, gate->tracks[WEIR_MEDIA_DATA].last_ms);

  if (gate->causes != 0 || (packet->flags & WEIR_PACKET_MISSING) != 0
      || packet->pts_ms < gate->sound_ms
      || (gate->has_picture && gate->await_sound
          && (packet->flags & WEIR_PACKET_KEY) == 0)
      || weir_gate_spans_cover (&gate->spans, packet->pts_ms)) {
    gate->stats.withheld++;
    return;
  }
  weir_gate_note_metadata (gate, packet);
  pass (gate, packet, dts_ms, due_us);
}

void
weir_gate_decide (WeirGate *gate, const WeirPacket *packet, gint64 due_us)
{
  switch ((WeirMediaKind) packet->kind) {
  case WEIR_MEDIA_VIDEO:
    decide_picture (gate, packet, due_us);
    break;
  case WEIR_MEDIA_AUDIO:
    decide_sound (gate, packet, due_us);
    break;
  case WEIR_MEDIA_DATA:
    decide_data (gate, packet, due_us);
    break;
  }
}
