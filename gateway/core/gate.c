/* Decides the fate of every packet when it is due, and keeps what may pass
 * in a short ring until all egresses had their chance. */
#include "core/gate.h"

#include "core/exposure.h"

/* A cursor that lags further than this lost its turn: its egress is stuck and
 * starts again at a key frame. Bounds the ring, whatever an egress does. */
#define OUTPUT_MAX WEIR_GATE_OUTPUTS_KEPT
/* What a stream needs whose egresses keep up. Both are powers of two. */
#define OUTPUT_MIN 32

struct _WeirGate {
  WeirWindow *window;
  WeirGateState state;
  gint64 delay_us;
  guint64 next_seq;   /* first packet of the window not yet due */
  gboolean await_key; /* picture is withheld until a key frame, and sound
                         too when AWAIT_SOUND */
  gboolean await_sound;
  gboolean has_picture;

  WeirGateOutput *ring; /* grows from OUTPUT_MIN to OUTPUT_MAX entries */
  guint capacity;
  guint64 first;
  guint64 end;
  gsize bytes;           /* of the outputs in the ring */
  guint64 closed_before; /* outputs before it must not leave any more */

  guint64 sent_end; /* one past the newest output any cursor passed */

  WeirCodecConfig *config; /* of the newest picture that was due */
  WeirPacket metadata;
  guint64 metadata_position;
  gint64 last_dts_ms[WEIR_MEDIA_KINDS];
  gint64 sent_until_ms; /* end of the newest picture (or sound) sent */
  WeirExposure exposure;
  WeirGateStats stats;
};

const gint64 weir_gate_late_bounds_us[7] = { 5000, 10000, 20000, 50000, 100000,
  200000, 500000 };

const char *
weir_gate_state_name (WeirGateState state)
{
  static const char *const names[] = { "pass", "blank", "cut" };

  return names[state];
}

WeirGate *
weir_gate_new (WeirWindow *window, gint64 delay_us)
{
  WeirGate *gate = g_new0 (WeirGate, 1);

  gate->window = window;
  gate->delay_us = delay_us;
  gate->next_seq = weir_window_end (window);
  gate->await_key = TRUE;
  gate->capacity = OUTPUT_MIN;
  gate->ring = g_new0 (WeirGateOutput, gate->capacity);
  gate->sent_until_ms = G_MININT64;
  weir_exposure_init (&gate->exposure);
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    gate->last_dts_ms[i] = G_MININT64;
  return gate;
}

static WeirGateOutput *
slot (const WeirGate *gate, guint64 position)
{
  return &gate->ring[position & (gate->capacity - 1)];
}

static void
drop_outputs_before (WeirGate *gate, guint64 position)
{
  for (; gate->first < MIN (position, gate->end); gate->first++) {
    WeirPacket *packet = &slot (gate, gate->first)->packet;

    gate->bytes -= packet->payload.size;
    weir_packet_clear (packet);
  }
}

void
weir_gate_free (WeirGate *gate)
{
  if (gate == NULL)
    return;
  drop_outputs_before (gate, gate->end);
  weir_packet_clear (&gate->metadata);
  weir_codec_config_unref (gate->config);
  g_free (gate->ring);
  g_free (gate);
}

WeirGateState
weir_gate_get_state (const WeirGate *gate)
{
  return gate->state;
}

gint64
weir_gate_get_delay_us (const WeirGate *gate)
{
  return gate->delay_us;
}

static void
grow_ring (WeirGate *gate)
{
  guint capacity = gate->capacity * 2;
  WeirGateOutput *ring = g_new0 (WeirGateOutput, capacity);

  for (guint64 p = gate->first; p < gate->end; p++)
    ring[p & (capacity - 1)] = *slot (gate, p);
  g_free (gate->ring);
  gate->ring = ring;
  gate->capacity = capacity;
}

static void
put_out (WeirGate *gate, const WeirPacket *packet, gint64 due_us)
{
  WeirGateOutput *output;

  if (gate->end - gate->first == OUTPUT_MAX)
    drop_outputs_before (gate, gate->first + 1);
  else if (gate->end - gate->first == gate->capacity)
    grow_ring (gate);
  output = slot (gate, gate->end++);
  weir_packet_copy (packet, &output->packet);
  gate->bytes += packet->payload.size;
  output->due_us = due_us;
}

/* Whatever the state: where pictures don't go on from the ones before, a key
 * frame must come first. */
static void
note_picture (WeirGate *gate, const WeirPacket *packet)
{
  gate->has_picture = TRUE;
  if ((packet->flags & WEIR_PACKET_DISCONT)
      || (gate->config != NULL && packet->config != gate->config))
    gate->await_key = gate->await_sound = TRUE;
  if (packet->config == gate->config)
    return;
  weir_codec_config_unref (gate->config);
  gate->config = packet->config ? weir_codec_config_ref (packet->config) : NULL;
}

static gboolean
may_pass (WeirGate *gate, const WeirPacket *packet)
{
  if (gate->state != WEIR_GATE_PASS)
    return FALSE;
  /* The stream's timeline keeps DTS rising; a packet that breaks it would
   * break the promise downstream. Such a key frame switches nothing. */
  if (packet->kind != WEIR_MEDIA_DATA
      && packet->dts_ms <= gate->last_dts_ms[packet->kind])
    return FALSE;
  if (packet->kind == WEIR_MEDIA_VIDEO) {
    if (gate->await_key && !(packet->flags & WEIR_PACKET_KEY))
      return FALSE;
    gate->await_key = gate->await_sound = FALSE;
  } else if (gate->await_sound && packet->kind == WEIR_MEDIA_AUDIO
             && gate->has_picture) {
    return FALSE;
  }
  return TRUE;
}

/* Cue points, captions and time codes say something of their own moment:
 * they don't replace what a new connection is to begin with. */
static void
note_metadata (WeirGate *gate, const WeirPacket *packet)
{
  if (!(packet->flags & WEIR_PACKET_KEY))
    return;
  weir_packet_clear (&gate->metadata);
  weir_packet_copy (packet, &gate->metadata);
  gate->metadata_position = gate->end;
}

guint
weir_gate_advance (WeirGate *gate, gint64 now_us)
{
  return weir_gate_advance_some (gate, now_us, G_MAXUINT);
}

guint
weir_gate_advance_some (WeirGate *gate, gint64 now_us, guint max)
{
  guint64 end = weir_window_end (gate->window);
  guint due = 0;

  for (; gate->next_seq < end && due < max; gate->next_seq++, due++) {
    const WeirPacket *packet = weir_window_get (gate->window, gate->next_seq);
    gint64 due_us = packet->arrival_us + gate->delay_us;

    if (due_us > now_us)
      break;
    if (packet->kind == WEIR_MEDIA_VIDEO)
      note_picture (gate, packet);
    if (!may_pass (gate, packet)) {
      gate->stats.withheld++;
      continue;
    }
    if (packet->kind == WEIR_MEDIA_DATA)
      note_metadata (gate, packet);
    else
      gate->last_dts_ms[packet->kind] = packet->dts_ms;
    put_out (gate, packet, due_us);
  }
  return due;
}

gint64
weir_gate_get_next_due_us (const WeirGate *gate)
{
  if (weir_gate_is_drained (gate))
    return G_MAXINT64;
  return weir_window_get (gate->window, gate->next_seq)->arrival_us
         + gate->delay_us;
}

gboolean
weir_gate_is_drained (const WeirGate *gate)
{
  return gate->next_seq == weir_window_end (gate->window);
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
  /* What was closed is withheld, not lost: content begins on a key frame
   * again anyhow. */
  if (cursor->position < gate->closed_before)
    cursor->position = gate->closed_before;
  if (cursor->position < gate->first) {
    gate->stats.skipped += gate->first - cursor->position;
    cursor->position = gate->first;
    cursor->need_key = TRUE;
  }
  while (cursor->need_key && cursor->position < gate->end
         && !starts_connection (gate, &slot (gate, cursor->position)->packet)) {
    cursor->position++;
    gate->stats.skipped++;
  }
  return cursor->position < gate->end ? slot (gate, cursor->position) : NULL;
}

const WeirGateOutput *
weir_gate_peek_ahead (WeirGate *gate, const WeirGateCursor *cursor, guint ahead)
{
  guint64 position = cursor->position + ahead;

  g_assert (cursor->position >= MAX (gate->first, gate->closed_before));
  return position < gate->end ? slot (gate, position) : NULL;
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
  output = slot (gate, cursor->position);
  packet = &output->packet;
  shows = packet->kind == WEIR_MEDIA_VIDEO
          || (packet->kind == WEIR_MEDIA_AUDIO && !gate->has_picture);
  weir_exposure_sent (&gate->exposure, cursor->position, shows, packet->pts_ms);
  if (shows)
    gate->sent_until_ms = MAX (gate->sent_until_ms, packet->pts_ms + 1);
  cursor->position++;
  cursor->need_key = FALSE;
  gate->sent_end = MAX (gate->sent_end, cursor->position);
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

const WeirPacket *
weir_gate_get_metadata (const WeirGate *gate)
{
  return gate->metadata.payload.size > 0 ? &gate->metadata : NULL;
}

/* From now on nothing that was put out and not sent leaves. */
static void
close_outputs (WeirGate *gate)
{
  gate->closed_before = gate->end;
  weir_exposure_break (&gate->exposure, gate->end);
  gate->stats.withheld += gate->end - MAX (gate->sent_end, gate->first);
  drop_outputs_before (gate, gate->end);
  if (gate->metadata_position >= gate->sent_end)
    weir_packet_clear (&gate->metadata);
}

void
weir_gate_release (WeirGate *gate, guint64 position)
{
  drop_outputs_before (gate, position);
}

guint64
weir_gate_get_end (const WeirGate *gate)
{
  return gate->end;
}

gboolean
weir_gate_blank (WeirGate *gate, gint64 *ret_from_ms)
{
  if (gate->state == WEIR_GATE_CUT)
    return FALSE;
  if (gate->state == WEIR_GATE_PASS) {
    gate->state = WEIR_GATE_BLANK;
    close_outputs (gate);
  }
  if (ret_from_ms != NULL)
    *ret_from_ms = MAX (gate->sent_until_ms, 0);
  return TRUE;
}

gboolean
weir_gate_resume (WeirGate *gate, gint64 *ret_from_ms)
{
  if (gate->state == WEIR_GATE_CUT)
    return FALSE;
  if (gate->state == WEIR_GATE_BLANK) {
    gate->state = WEIR_GATE_PASS;
    gate->await_key = gate->await_sound = TRUE;
  }
  if (ret_from_ms != NULL)
    *ret_from_ms = gate->next_seq < weir_window_end (gate->window)
                       ? weir_window_get (gate->window, gate->next_seq)->pts_ms
                       : MAX (gate->sent_until_ms, 0);
  return TRUE;
}

gboolean
weir_gate_cut (WeirGate *gate, gint64 *ret_from_ms)
{
  if (gate->state != WEIR_GATE_CUT) {
    gate->state = WEIR_GATE_CUT;
    close_outputs (gate);
  }
  if (ret_from_ms != NULL)
    *ret_from_ms = MAX (gate->sent_until_ms, 0);
  return TRUE;
}

gint64
weir_gate_exposure_ms (const WeirGate *gate, gint64 from_ms, gint64 to_ms)
{
  return weir_exposure_ms (&gate->exposure, from_ms, to_ms);
}

gsize
weir_gate_get_bytes (const WeirGate *gate)
{
  return gate->bytes;
}

guint64
weir_gate_get_needed_seq (const WeirGate *gate)
{
  return gate->next_seq;
}

void
weir_gate_get_stats (const WeirGate *gate, WeirGateStats *ret_stats)
{
  *ret_stats = gate->stats;
}
