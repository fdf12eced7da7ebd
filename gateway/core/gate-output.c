/* The ring of outputs, its cursors, and what is taken back from it. */
#include "core/gate-impl.h"

/* A cursor that lags further than this lost its turn: its egress is stuck and
 * starts again at a key frame. Bounds the ring, whatever an egress does. */
#define OUTPUT_MAX WEIR_GATE_OUTPUTS_KEPT

const gint64 weir_gate_late_bounds_us[7] = { 5000, 10000, 20000, 50000, 100000,
  200000, 500000 };

WeirGateOutput *
weir_gate_slot (const WeirGate *gate, guint64 position)
{
  return &gate->ring[position & (gate->capacity - 1)];
}

void
weir_gate_drop_outputs_before (WeirGate *gate, guint64 position)
{
  for (; gate->first < MIN (position, gate->end); gate->first++) {
    WeirPacket *packet = &weir_gate_slot (gate, gate->first)->packet;

    gate->bytes -= packet->payload.size;
    weir_packet_clear (packet);
  }
}

static void
grow_ring (WeirGate *gate)
{
  guint capacity = gate->capacity * 2;
  WeirGateOutput *ring = g_new0 (WeirGateOutput, capacity);

  for (guint64 p = gate->first; p < gate->end; p++)
    ring[p & (capacity - 1)] = *weir_gate_slot (gate, p);
  g_free (gate->ring);
  gate->ring = ring;
  gate->capacity = capacity;
}

void
weir_gate_put (WeirGate *gate, WeirPacket *packet, gint64 due_us,
    gint64 source_pts_ms, WeirGateOutputKind kind)
{
  WeirGateTrack *track = &gate->tracks[packet->kind];
  WeirGateOutput *output;

  if (packet->kind == WEIR_MEDIA_VIDEO)
    gate->last_pts_ms = MAX (gate->last_pts_ms, packet->pts_ms);
  track->last_ms = packet->dts_ms;
  track->last_due_us = due_us;
  gate->stats.replaced += kind == WEIR_GATE_OUTPUT_SLATE;

  if (gate->end - gate->first == OUTPUT_MAX)
    weir_gate_drop_outputs_before (gate, gate->first + 1);
  else if (gate->end - gate->first == gate->capacity)
    grow_ring (gate);
  output = weir_gate_slot (gate, gate->end++);
  *output = (WeirGateOutput){ .packet = *packet,
    .due_us = due_us,
    .source_pts_ms = source_pts_ms,
    .ahead_ms = gate->key_ahead_ms,
    .kind = (guint8) kind,
    .shown = gate->showing != 0,
    .begins = gate->showing && gate->begins };
  gate->begins = gate->begins && !gate->showing;
  gate->bytes += packet->payload.size;
}

static gboolean
starts_connection (const WeirGate *gate, const WeirPacket *packet)
{
  if (packet->kind == WEIR_MEDIA_VIDEO)
    return (packet->flags & WEIR_PACKET_KEY) != 0;
  return packet->kind == WEIR_MEDIA_AUDIO && !gate->has_picture;
}

const WeirGateOutput *
weir_gate_peek (WeirGate *gate, WeirGateCursor *cursor)
{
  /* What was taken back is withheld, not lost. */
  if (cursor->position < gate->closed_before) {
    cursor->position = gate->closed_before;
    cursor->need_key = cursor->need_key || gate->closed_amid;
  }
  if (cursor->position < gate->first) {
    gate->stats.skipped += gate->first - cursor->position;
    cursor->position = gate->first;
    cursor->need_key = TRUE;
  }
  while (cursor->need_key && cursor->position < gate->end
         && !starts_connection (
             gate, &weir_gate_slot (gate, cursor->position)->packet)) {
    cursor->position++;
    gate->stats.skipped++;
  }
  return cursor->position < gate->end ? weir_gate_slot (gate, cursor->position)
                                      : NULL;
}

const WeirGateOutput *
weir_gate_peek_ahead (WeirGate *gate, const WeirGateCursor *cursor, guint ahead)
{
  guint64 position = cursor->position + ahead;

  g_assert (cursor->position >= MAX (gate->first, gate->closed_before));
  return position < gate->end ? weir_gate_slot (gate, position) : NULL;
}

static void
count_lateness (WeirGateStats *stats, gint64 late_us)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (weir_gate_late_bounds_us)
         && late_us > weir_gate_late_bounds_us[i])
    i++;
  stats->late_buckets[i]++;
  stats->late_max_us = MAX (stats->late_max_us, late_us);
}

void
weir_gate_sent (WeirGate *gate, WeirGateCursor *cursor, gint64 now_us)
{
  const WeirGateOutput *output;
  const WeirPacket *packet;
  gboolean shows;

  g_assert (cursor->position >= gate->first && cursor->position < gate->end);
  g_assert (cursor->position >= gate->closed_before);
  output = weir_gate_slot (gate, cursor->position);
  packet = &output->packet;
  shows = output->kind == WEIR_GATE_OUTPUT_CONTENT
          && (packet->kind == WEIR_MEDIA_VIDEO
              || (packet->kind == WEIR_MEDIA_AUDIO && !gate->has_picture));
  if (output->shown)
    weir_exposure_sent (&gate->exposure, cursor->position, shows,
        output->begins, output->source_pts_ms);
  if (shows)
    gate->sent_until_ms = MAX (gate->sent_until_ms, output->source_pts_ms + 1);
  if (packet->kind == WEIR_MEDIA_VIDEO)
    gate->sent_pts_ms = MAX (gate->sent_pts_ms, packet->pts_ms);
  cursor->position++;
  cursor->need_key = FALSE;
  gate->sent_end = MAX (gate->sent_end, cursor->position);
  if (output->kind == WEIR_GATE_OUTPUT_NOTHING)
    return;
  gate->stats.sent++;
  count_lateness (&gate->stats, now_us - output->due_us);
}

void
weir_gate_skip_to_end (WeirGate *gate, WeirGateCursor *cursor)
{
  guint64 from = MAX (cursor->position, MAX (gate->first, gate->closed_before));

  if (from < gate->end)
    gate->stats.skipped += gate->end - from;
  cursor->position = gate->end;
  cursor->need_key = TRUE;
}

void
weir_gate_release (WeirGate *gate, guint64 position)
{
  weir_gate_drop_outputs_before (gate, position);
}

static gboolean
is_amid_slate (const WeirGate *gate, guint64 position)
{
  for (; position < gate->end; position++) {
    const WeirPacket *packet = &weir_gate_slot (gate, position)->packet;

    if (packet->kind == WEIR_MEDIA_VIDEO)
      return !(packet->flags & WEIR_PACKET_KEY);
  }
  return !gate->showing && gate->slate_n > 0;
}

static void
close_before (WeirGate *gate, guint64 position)
{
  gate->closed_before = MAX (gate->closed_before, position);
  gate->closed_amid = is_amid_slate (gate, position);
  weir_gate_drop_outputs_before (gate, position);
}

static gboolean
is_content (const WeirGateOutput *output, WeirMediaKind kind)
{
  return output->kind == WEIR_GATE_OUTPUT_CONTENT
         && output->packet.kind == kind;
}

/* Where pictures (or sound, where there are none) of FROM_MS on begin. */
static guint64
find_from (const WeirGate *gate, gint64 from_ms)
{
  WeirMediaKind kind = gate->has_picture ? WEIR_MEDIA_VIDEO : WEIR_MEDIA_AUDIO;
  guint64 p;

  for (p = gate->first; p < gate->end; p++) {
    const WeirGateOutput *output = weir_gate_slot (gate, p);

    if ((from_ms == G_MININT64 && output->kind == WEIR_GATE_OUTPUT_CONTENT)
        || (is_content (output, kind) && output->source_pts_ms >= from_ms))
      break;
  }
  return p;
}

static guint64
find_to (const WeirGate *gate, guint64 p, gint64 to_ms)
{
  for (; p < gate->end; p++) {
    const WeirGateOutput *output = weir_gate_slot (gate, p);

    if (output->source_pts_ms < to_ms
        || output->packet.pts_ms - output->packet.dts_ms
               > WEIR_GATE_SPANS_MAX_AHEAD_MS)
      continue;
    if (is_content (output, WEIR_MEDIA_VIDEO)
        && (output->packet.flags & WEIR_PACKET_KEY))
      break;
    if (!gate->has_picture && is_content (output, WEIR_MEDIA_AUDIO))
      break;
  }
  return p;
}

/* Only what nobody has been sent counts as withheld. */
static void
take_back (WeirGate *gate, guint64 position, gint64 *last_pts_ms)
{
  weir_gate_replace_output (gate, weir_gate_slot (gate, position), last_pts_ms);
  gate->stats.withheld += position >= gate->sent_end;
}

/* Greatest PTS that is in front of POSITION. */
static gint64
pts_before (const WeirGate *gate, guint64 position)
{
  gint64 pts_ms = gate->sent_pts_ms;

  for (guint64 p = gate->first; p < position; p++) {
    const WeirGateOutput *output = weir_gate_slot (gate, p);

    if (output->packet.kind == WEIR_MEDIA_VIDEO)
      pts_ms = MAX (pts_ms, output->packet.pts_ms);
  }
  return pts_ms;
}

/* OUTPUT is of another run of the slate, which is shown behind what takes its
 * place in front of it. Returns its PTS. */
static gint64
pass_slate (WeirGate *gate, WeirGateOutput *output, gint64 pts_ms)
{
  gate->slate_n = 0;
  output->packet.pts_ms = MAX (output->packet.pts_ms, pts_ms + 1);
  gate->last_pts_ms = MAX (gate->last_pts_ms, output->packet.pts_ms);
  return output->packet.pts_ms;
}

static void
take_back_between (WeirGate *gate, guint64 from, guint64 to)
{
  gint64 pts_ms = pts_before (gate, from);
  guint64 slate_n = gate->slate_n;
  gboolean last = to == gate->end && gate->showing;

  gate->slate_n = 0;
  for (guint64 p = from; p < to; p++) {
    WeirGateOutput *output = weir_gate_slot (gate, p);

    if (output->kind == WEIR_GATE_OUTPUT_CONTENT)
      take_back (gate, p, &pts_ms);
    else if (output->packet.kind == WEIR_MEDIA_VIDEO)
      pts_ms = pass_slate (gate, output, pts_ms);
    output->shown = output->begins = FALSE;
  }
  if (!last) {
    gate->slate_n = slate_n;
    /* A run of slate comes behind it. */
    if (to == gate->end)
      gate->last_pts_ms = MAX (gate->last_pts_ms, pts_ms);
    return;
  }
  gate->last_pts_ms = pts_ms;
  slate_n = gate->slate_n;
  weir_gate_stop_content (gate, gate->sent_until_ms);
  gate->slate_n = slate_n;
}

/* Sound of the span stands outside of where its pictures do, too. */
static void
take_back_sound_of (WeirGate *gate, gint64 from_ms, gint64 to_ms)
{
  for (guint64 p = gate->first; p < gate->end; p++) {
    WeirGateOutput *output = weir_gate_slot (gate, p);

    if (output->kind == WEIR_GATE_OUTPUT_CONTENT
        && output->packet.kind != WEIR_MEDIA_VIDEO
        && output->source_pts_ms >= from_ms && output->source_pts_ms < to_ms)
      take_back (gate, p, NULL);
  }
}

/* Content begins with the key frame at KEY now: pictures behind it that are
 * shown before it can't be decoded. */
static void
take_back_leading (WeirGate *gate, guint64 key)
{
  gint64 key_pts_ms = weir_gate_slot (gate, key)->source_pts_ms;
  guint left = WEIR_GATE_MAX_LEADING;

  for (guint64 p = key + 1; p < gate->end && left > 0; p++) {
    WeirGateOutput *output = weir_gate_slot (gate, p);

    if (output->packet.kind != WEIR_MEDIA_VIDEO)
      continue;
    if (output->kind != WEIR_GATE_OUTPUT_CONTENT
        || output->source_pts_ms >= key_pts_ms
        || (output->packet.flags & WEIR_PACKET_KEY))
      return;
    take_back (gate, p, NULL);
    left--;
  }
  gate->leading_ms = key_pts_ms;
  gate->leading = left;
}

static gboolean
holds_nothing (const WeirGate *gate, guint64 from)
{
  for (guint64 p = from; p < gate->end; p++)
    if (weir_gate_slot (gate, p)->kind != WEIR_GATE_OUTPUT_NOTHING)
      return FALSE;
  return TRUE;
}

WeirGatePlace
weir_gate_take_back (WeirGate *gate, gint64 from_ms, gint64 to_ms)
{
  guint64 from = find_from (gate, from_ms);
  guint64 to = find_to (gate, from, to_ms);
  gint64 until_ms = G_MAXINT64;
  gboolean closes;

  if (to < gate->end)
    until_ms = weir_gate_slot (gate, to)->source_pts_ms;
  if (from == gate->end && from_ms > gate->content_pts_ms) {
    take_back_sound_of (gate, from_ms, until_ms);
    return WEIR_GATE_SPAN_AHEAD;
  }
  /* Somebody has sent a part of it and goes on from there: who is further
   * behind misses the part in between. */
  closes = from < MIN (gate->sent_end, to);
  if (closes)
    from = MIN (gate->sent_end, to);
  if (gate->metadata_position >= from && gate->metadata_position < to)
    weir_packet_clear (&gate->metadata);
  take_back_between (gate, from, to);
  take_back_sound_of (gate, from_ms, until_ms);
  if ((closes || from <= gate->first) && holds_nothing (gate, from))
    close_before (gate, gate->end);
  else if (closes)
    close_before (gate, from);
  if (to == gate->end)
    return WEIR_GATE_SPAN_UNDER_WAY;
  weir_gate_slot (gate, to)->begins = TRUE;
  if (gate->has_picture)
    take_back_leading (gate, to);
  /* Sound of it that is still to come, behind the key frame. */
  gate->sound_ms = MAX (gate->sound_ms, until_ms);
  /* Pictures of it may still come where only sound has come so far. */
  return gate->has_picture
                 || gate->tracks[WEIR_MEDIA_AUDIO].source_ms
                        >= WEIR_GATE_SOUND_ALONE_MS
             ? WEIR_GATE_SPAN_BEHIND
             : WEIR_GATE_SPAN_AHEAD;
}

void
weir_gate_take_back_sound (WeirGate *gate)
{
  for (guint64 p = gate->first; p < gate->end; p++) {
    WeirGateOutput *output = weir_gate_slot (gate, p);

    if (!is_content (output, WEIR_MEDIA_AUDIO))
      continue;
    take_back (gate, p, NULL);
    output->shown = output->shown && gate->has_picture;
  }
}

void
weir_gate_close (WeirGate *gate)
{
  for (guint64 p = MAX (gate->sent_end, gate->first); p < gate->end; p++)
    gate->stats.withheld +=
        weir_gate_slot (gate, p)->kind == WEIR_GATE_OUTPUT_CONTENT;
  if (gate->metadata_position >= gate->sent_end)
    weir_packet_clear (&gate->metadata);
  close_before (gate, gate->end);
  weir_gate_stop_content (gate, gate->sent_until_ms);
}

guint64
weir_gate_get_end (const WeirGate *gate)
{
  return gate->end;
}

gsize
weir_gate_get_bytes (const WeirGate *gate)
{
  return gate->bytes;
}

const WeirPacket *
weir_gate_get_metadata (const WeirGate *gate)
{
  return gate->metadata.payload.size > 0 ? &gate->metadata : NULL;
}
