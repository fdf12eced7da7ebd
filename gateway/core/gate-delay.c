/* A delay that changes while the stream runs. A longer one holds at once: what
 * is to come moves back and a run of slate takes the time. A shorter one jumps
 * to the first key frame that is due by it. Either way output time goes on, and
 * the offset between it and stream time changes by what the delay does. */
#include "core/gate-impl.h"

static gboolean
has_begun (const WeirGate *gate)
{
  return gate->tracks[WEIR_MEDIA_VIDEO].last_ms != G_MININT64
         || gate->tracks[WEIR_MEDIA_AUDIO].last_ms != G_MININT64;
}

static void
grow (WeirGate *gate, gint64 by_us)
{
  gint64 by_ms = by_us / 1000;

  gate->wanted_us = -1;
  gate->delay_us += by_us;
  gate->offset_ms += by_ms;
  weir_gate_stop_content (gate, gate->content_pts_ms);
  /* What comes then goes on from nothing that was shown. */
  gate->await_key = gate->await_sound = TRUE;
  weir_gate_begin_run (gate, by_ms);
}

static gint64
next_pts_ms (const WeirGate *gate)
{
  if (gate->next_seq == weir_window_end (gate->window))
    return MAX (gate->content_pts_ms + 1, 0);
  return weir_window_get (gate->window, gate->next_seq)->pts_ms;
}

gboolean
weir_gate_set_delay (
    WeirGate *gate, gint64 delay_us, gint64 now_us, WeirGateAnswer *ret)
{
  WeirGateAnswer answer = { .from_ms = -1, .to_ms = -1 };

  if (gate->cut)
    return FALSE;
  delay_us = CLAMP (delay_us, 0, WEIR_GATE_MAX_DELAY_US) / 1000 * 1000;
  answer.from_ms = next_pts_ms (gate);
  if (!has_begun (gate)) {
    gate->delay_us = delay_us;
    gate->wanted_us = -1;
  } else if (delay_us > gate->delay_us) {
    grow (gate, delay_us - gate->delay_us);
  } else if (delay_us == gate->delay_us) {
    gate->wanted_us = -1;
  } else if (delay_us != gate->wanted_us) {
    gate->wanted_us = delay_us;
    gate->wanted_since_us = now_us;
    gate->jump_scan = gate->next_seq;
  }
  /* A key frame that is in the window already is where it will jump to. */
  if (gate->wanted_us >= 0)
    answer.from_ms =
        weir_gate_jump_due_us (gate) == G_MAXINT64
            ? -1
            : weir_window_get (gate->window, gate->jump_scan)->pts_ms;
  if (ret != NULL)
    *ret = answer;
  return TRUE;
}

static gboolean
can_start (const WeirGate *gate, const WeirPacket *packet)
{
  if (packet->kind == WEIR_MEDIA_VIDEO)
    return (packet->flags & WEIR_PACKET_KEY) != 0;
  return packet->kind == WEIR_MEDIA_AUDIO && !gate->has_picture;
}

/* Leaves it in jump_scan. */
gint64
weir_gate_jump_due_us (WeirGate *gate)
{
  guint64 end = weir_window_end (gate->window);

  if (gate->wanted_us < 0)
    return G_MAXINT64;
  gate->jump_scan = MAX (gate->jump_scan, gate->next_seq);
  for (; gate->jump_scan < end; gate->jump_scan++) {
    const WeirPacket *packet = weir_window_get (gate->window, gate->jump_scan);
    gint64 due_us = packet->arrival_us + gate->wanted_us;

    gate->has_picture |= packet->kind == WEIR_MEDIA_VIDEO;
    if (can_start (gate, packet) && due_us >= gate->wanted_since_us)
      return due_us;
  }
  return G_MAXINT64;
}

/* So that KEY goes on one frame behind what went out last. */
static void
move_to (WeirGate *gate, const WeirPacket *key)
{
  WeirGateTrack *track = &gate->tracks[key->kind];

  if (track->last_ms == G_MININT64)
    gate->offset_ms += (gate->wanted_us - gate->delay_us) / 1000;
  else
    gate->offset_ms =
        track->last_ms + weir_gate_frame_ms (gate, key->kind) - key->dts_ms;
  /* And is shown a frame behind what was reordered in front of it. */
  if (key->kind == WEIR_MEDIA_VIDEO && gate->last_pts_ms != G_MININT64)
    gate->offset_ms = MAX (gate->offset_ms,
        gate->last_pts_ms + weir_gate_frame_ms (gate, key->kind) - key->pts_ms);
}

gboolean
weir_gate_jump (WeirGate *gate, gint64 now_us)
{
  gint64 due_us = weir_gate_jump_due_us (gate);
  const WeirPacket *key;

  if (due_us > now_us)
    return FALSE;
  key = weir_window_get (gate->window, gate->jump_scan);
  move_to (gate, key);
  for (; gate->next_seq < key->seq; gate->next_seq++) {
    const WeirPacket *packet = weir_window_get (gate->window, gate->next_seq);

    gate->stats.jumped++;
    /* What describes the stream still does. */
    if (packet->kind == WEIR_MEDIA_DATA && (packet->flags & WEIR_PACKET_KEY))
      weir_gate_decide (gate, packet, due_us);
  }
  weir_gate_stop_run (gate);
  gate->delay_us = gate->wanted_us;
  gate->wanted_us = -1;
  gate->await_key = gate->await_sound = TRUE;
  gate->begins = TRUE;
  gate->tracks[WEIR_MEDIA_AUDIO].jumped = TRUE;
  /* The step over what lies between says nothing of the pace. */
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    gate->tracks[i].source_ms = G_MININT64;
  return TRUE;
}
