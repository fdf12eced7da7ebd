/* The gate against a plain model of its promises, fed with random streams,
 * commands and egresses.
 *
 * WEIR_GATE_STEPS says how many steps (default 1,000,000), WEIR_GATE_SEED
 * where to begin; the seed is printed. A run is cut into episodes; episode N
 * of seed S is episode 0 of seed S + N. */
#include "core/gate.h"

#include <string.h>

#define DEFAULT_STEPS G_GUINT64_CONSTANT (1000000)
#define EPISODE_STEPS 3000
#define CURSORS 3
#define RING 1024 /* what a cursor may lag at most */
#define LARGE_BYTES 4096
#define EXACT_SPANS 64 /* more holes than this may be reported as exposed */
#define DTS_LIMIT_MS (1 << 20)

typedef struct {
  gint64 dts_ms;
  gint64 pts_ms;
  gint64 arrival_us;
  const guint8 *data;
  const WeirCodecConfig *config;
  guint8 kind;
  gboolean key;
  gboolean discont;
  gboolean picture_known; /* when it was due, the stream had shown picture */
} Packet;

typedef struct {
  guint64 seq;
  gboolean sent;   /* by anybody */
  gboolean begins; /* what came before was withheld */
  gboolean counts; /* as exposure */
} Output;

typedef struct {
  WeirGateCursor real;
  guint64 at;
  gboolean need_key;
  gboolean stuck;
  /* What the far end has seen. */
  gint64 last_dts_ms[WEIR_MEDIA_KINDS];
  gboolean fresh;   /* since a connection began or a turn was lost */
  gboolean resumed; /* since content was resumed */
} Cursor;

typedef struct {
  guint64 seed;
  guint64 random;
  guint64 step;

  WeirArena *arena;
  WeirWindow *window;
  WeirGate *gate;
  GPtrArray *configs;
  gint64 now_us;
  gint64 delay_us;
  gsize payload_bytes; /* 0: of any size */
  gsize block_bytes;   /* what LARGE_BYTES occupy */

  /* How the stream is made. */
  gboolean has_video;
  gboolean has_audio;
  gint64 video_ms;
  gint64 audio_ms;
  guint gop;
  guint in_gop;
  guint reorder;
  guint broken; /* per cent of timestamps that don't rise */
  gint64 next_video_ms;
  gint64 next_audio_ms;
  guint8 configured;

  /* The model. */
  GArray *packets;  /* Packet by sequence number */
  GArray *outputs;  /* Output by position */
  guint64 next_due; /* sequence number */
  guint64 closed;   /* position: nothing before it may leave */
  guint64 first;    /* position: nothing before it is kept */
  WeirGateState state;
  gboolean want_key;
  gboolean want_key_for_sound;
  gboolean picture;
  const WeirCodecConfig *picture_config; /* of the newest that was due */
  gint64 out_dts_ms[WEIR_MEDIA_KINDS];
  gint64 metadata; /* sequence number or -1 */
  guint64 metadata_at;
  guint64 sent_end;
  guint64 sent;
  guint64 withheld;
  gint64 shown_until_ms;
  guint runs; /* of outputs that were sent, an upper bound */
  Cursor cursors[CURSORS];
} Sim;

#define check(sim, condition)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    if (G_UNLIKELY (!(condition))) {                                           \
      g_printerr ("# WEIR_GATE_SEED=%" G_GUINT64_FORMAT                        \
                  " WEIR_GATE_STEPS=%d fails at step %" G_GUINT64_FORMAT "\n", \
          (sim)->seed, EPISODE_STEPS, (sim)->step);                            \
      g_assert_true (condition);                                               \
    }                                                                          \
  }                                                                            \
  G_STMT_END

/* SplitMix64 */
static guint64
draw (Sim *sim)
{
  guint64 z = sim->random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ z >> 31;
}

static guint
below (Sim *sim, guint limit)
{
  return (guint) (draw (sim) % limit);
}

static gboolean
chance (Sim *sim, guint per_cent)
{
  return below (sim, 100) < per_cent;
}

static Packet *
packet_at (const Sim *sim, guint64 seq)
{
  return &g_array_index (sim->packets, Packet, seq);
}

static Output *
output_at (const Sim *sim, guint64 position)
{
  return &g_array_index (sim->outputs, Output, position);
}

static WeirCodecConfig *
some_config (Sim *sim, guint8 kind)
{
  guint8 slot = kind == WEIR_MEDIA_VIDEO ? 1 : 2;

  /* A new one at the start and now and then. */
  if (!(sim->configured & slot) || below (sim, 500) == 0) {
    /* av1C with the noise as padding; Opus takes any bytes. */
    guint8 data[13] = { 0x81, 5, 12, 0, 15 << 3 };
    guint64 noise = draw (sim);
    WeirCodecConfig *config;

    memcpy (data + 5, &noise, sizeof noise);
    config = weir_codec_config_new (
        kind == WEIR_MEDIA_VIDEO ? WEIR_CODEC_AV1 : WEIR_CODEC_OPUS, data,
        sizeof data, NULL);

    sim->configured |= slot;
    g_ptr_array_add (sim->configs, config);
    return config;
  }
  for (guint i = sim->configs->len; i-- > 0;) {
    WeirCodecConfig *config = g_ptr_array_index (sim->configs, i);

    if (weir_codec_kind (config->codec) == (WeirMediaKind) kind)
      return config;
  }
  g_assert_not_reached ();
}

static void
take (Sim *sim, guint8 kind, gint64 dts_ms, gint64 pts_ms, gboolean key)
{
  gsize size = sim->payload_bytes ? sim->payload_bytes : 8 + below (sim, 6000);
  WeirPacket packet = { .dts_ms = dts_ms,
    .pts_ms = pts_ms,
    .arrival_us = sim->now_us,
    .kind = kind,
    .codec = kind == WEIR_MEDIA_VIDEO   ? WEIR_CODEC_AV1
             : kind == WEIR_MEDIA_AUDIO ? WEIR_CODEC_OPUS
                                        : WEIR_CODEC_METADATA,
    .flags = key ? WEIR_PACKET_KEY : 0 };
  gboolean discont = kind == WEIR_MEDIA_VIDEO && below (sim, 200) == 0;
  Packet note = { .dts_ms = dts_ms,
    .pts_ms = pts_ms,
    .arrival_us = sim->now_us,
    .kind = kind,
    .key = key,
    .discont = discont };
  guint64 tag = sim->packets->len;

  if (discont)
    packet.flags |= WEIR_PACKET_DISCONT;

  packet.payload = weir_arena_alloc (sim->arena, size);
  memcpy (packet.payload.data, &tag, sizeof tag);
  note.data = packet.payload.data;
  if (kind != WEIR_MEDIA_DATA)
    packet.config = weir_codec_config_ref (some_config (sim, kind));
  note.config = packet.config;
  g_array_append_val (sim->packets, note);
  check (sim, weir_window_take (sim->window, &packet) == tag);
}

static void
feed (Sim *sim)
{
  gint64 back_ms = below (sim, 100);
  gboolean video =
      sim->has_video
      && (!sim->has_audio || sim->next_video_ms <= sim->next_audio_ms);

  if (chance (sim, 2)) {
    gint64 ms = MAX (sim->next_video_ms, sim->next_audio_ms);

    take (sim, WEIR_MEDIA_DATA, ms, ms, chance (sim, 50));
    return;
  }
  if (below (sim, 300) == 0) {
    gint64 gap_ms = below (sim, 4000);

    sim->next_video_ms += gap_ms;
    sim->next_audio_ms += gap_ms;
  }
  if (MAX (sim->next_video_ms, sim->next_audio_ms) > DTS_LIMIT_MS - 100)
    return;
  if (video) {
    gint64 dts_ms = sim->next_video_ms;
    gint64 ahead = below (sim, sim->reorder + 1) * sim->video_ms;
    gboolean key = sim->gop > 0 && sim->in_gop % sim->gop == 0;

    sim->next_video_ms += sim->video_ms;
    sim->in_gop++;
    if (chance (sim, sim->broken))
      dts_ms = MAX (dts_ms - back_ms, 0);
    take (sim, WEIR_MEDIA_VIDEO, dts_ms,
        dts_ms + (key ? sim->reorder * sim->video_ms : ahead), key);
  } else {
    gint64 dts_ms = sim->next_audio_ms;

    sim->next_audio_ms += sim->audio_ms;
    if (chance (sim, sim->broken))
      dts_ms = MAX (dts_ms - back_ms, 0);
    take (sim, WEIR_MEDIA_AUDIO, dts_ms, dts_ms, FALSE);
  }
}

/* What the model says of a packet that is due now. */
static gboolean
model_passes (Sim *sim, Packet *packet)
{
  if (packet->kind == WEIR_MEDIA_VIDEO) {
    sim->picture = TRUE;
    /* Where pictures don't go on, they begin with a key frame. */
    if (packet->discont
        || (sim->picture_config != NULL
            && packet->config != sim->picture_config))
      sim->want_key = sim->want_key_for_sound = TRUE;
    sim->picture_config = packet->config;
  }
  packet->picture_known = sim->picture;
  if (sim->state != WEIR_GATE_PASS)
    return FALSE;
  if (packet->kind == WEIR_MEDIA_DATA)
    return TRUE;
  if (packet->dts_ms <= sim->out_dts_ms[packet->kind])
    return FALSE;
  if (packet->kind == WEIR_MEDIA_VIDEO) {
    if (sim->want_key && !packet->key)
      return FALSE;
    sim->want_key = FALSE;
  } else if (sim->want_key && sim->want_key_for_sound && sim->picture) {
    return FALSE;
  }
  sim->out_dts_ms[packet->kind] = packet->dts_ms;
  return TRUE;
}

static void
advance (Sim *sim)
{
  guint due = 0;

  for (; sim->next_due < sim->packets->len; sim->next_due++, due++) {
    Packet *packet = packet_at (sim, sim->next_due);
    Output output = { .seq = sim->next_due,
      .begins = sim->outputs->len == sim->closed };

    if (packet->arrival_us + sim->delay_us > sim->now_us)
      break;
    if (!model_passes (sim, packet)) {
      sim->withheld++;
      continue;
    }
    if (packet->kind == WEIR_MEDIA_DATA && packet->key) {
      sim->metadata = (gint64) sim->next_due;
      sim->metadata_at = sim->outputs->len;
    }
    g_array_append_val (sim->outputs, output);
    if (sim->outputs->len - sim->first > RING)
      sim->first = sim->outputs->len - RING;
  }
  check (sim, weir_gate_advance (sim->gate, sim->now_us) == due);
  check (sim, weir_gate_get_end (sim->gate) == sim->outputs->len);
  check (sim, weir_gate_get_needed_seq (sim->gate) == sim->next_due);
  check (sim,
      weir_gate_is_drained (sim->gate) == (sim->next_due == sim->packets->len));
}

static void
check_output (Sim *sim, const WeirGateOutput *output, guint64 position)
{
  guint64 seq, tag;
  const Packet *packet;

  check (sim, position < sim->outputs->len);
  seq = output_at (sim, position)->seq;
  packet = packet_at (sim, seq);
  check (sim, output->packet.seq == seq);
  check (sim, output->packet.payload.data == packet->data);
  memcpy (&tag, output->packet.payload.data, sizeof tag);
  check (sim, tag == seq);
  check (sim, output->packet.config == packet->config);
  check (sim, output->packet.kind == packet->kind);
  check (sim, output->packet.dts_ms == packet->dts_ms);
  check (sim, output->packet.pts_ms == packet->pts_ms);
  check (sim, output->due_us == packet->arrival_us + sim->delay_us);
  check (sim, output->due_us <= sim->now_us);
  check (sim, position >= sim->closed);
  check (sim, sim->state == WEIR_GATE_PASS);
}

/* What CURSOR must be given now: a position, or the end. */
static guint64
model_peek (Sim *sim, Cursor *cursor)
{
  cursor->at = MAX (cursor->at, sim->closed);
  if (cursor->at < sim->first) {
    cursor->at = sim->first;
    cursor->need_key = cursor->fresh = TRUE;
  }
  for (; cursor->need_key && cursor->at < sim->outputs->len; cursor->at++) {
    const Packet *p = packet_at (sim, output_at (sim, cursor->at)->seq);

    if (p->kind == WEIR_MEDIA_VIDEO
            ? p->key
            : p->kind == WEIR_MEDIA_AUDIO && !sim->picture)
      break;
  }
  return cursor->at;
}

/* The promises to whoever is behind CURSOR, from what it was sent alone. */
static void
check_far_end (Sim *sim, Cursor *cursor, const Packet *packet)
{
  if (packet->kind == WEIR_MEDIA_VIDEO) {
    check (sim, packet->key || !(cursor->fresh || cursor->resumed));
    cursor->fresh = cursor->resumed = FALSE;
  } else if (packet->kind == WEIR_MEDIA_AUDIO) {
    check (sim, !cursor->fresh || !sim->picture);
    check (sim, !cursor->resumed || !packet->picture_known);
    /* A stream without picture begins with sound. */
    cursor->fresh = FALSE;
  }
  if (packet->kind == WEIR_MEDIA_DATA)
    return;
  check (sim, packet->dts_ms > cursor->last_dts_ms[packet->kind]);
  cursor->last_dts_ms[packet->kind] = packet->dts_ms;
}

static gboolean
send_one (Sim *sim, Cursor *cursor)
{
  guint64 position = model_peek (sim, cursor);
  const WeirGateOutput *output = weir_gate_peek (sim->gate, &cursor->real);
  const Packet *packet;
  Output *note;

  check (sim, cursor->real.position == position);
  if (position == sim->outputs->len) {
    check (sim, output == NULL);
    return FALSE;
  }
  check (sim, output != NULL);
  check_output (sim, output, position);
  for (guint ahead = 1, n = below (sim, 4); ahead <= n; ahead++) {
    output = weir_gate_peek_ahead (sim->gate, &cursor->real, ahead);
    check (sim, (output == NULL) == (position + ahead >= sim->outputs->len));
    if (output != NULL)
      check_output (sim, output, position + ahead);
  }
  weir_gate_sent (sim->gate, &cursor->real, sim->now_us);

  note = output_at (sim, position);
  packet = packet_at (sim, note->seq);
  check_far_end (sim, cursor, packet);
  cursor->at++;
  cursor->need_key = FALSE;
  sim->sent++;
  sim->sent_end = MAX (sim->sent_end, cursor->at);
  if (!note->sent && (note->begins || !output_at (sim, position - 1)->sent))
    sim->runs++;
  note->sent = TRUE;
  if (packet->kind == WEIR_MEDIA_VIDEO
      || (packet->kind == WEIR_MEDIA_AUDIO && !sim->picture)) {
    note->counts = TRUE;
    sim->shown_until_ms = MAX (sim->shown_until_ms, packet->pts_ms + 1);
  }
  return TRUE;
}

static void
close_all (Sim *sim, WeirGateState state)
{
  sim->state = state;
  sim->closed = sim->first = sim->outputs->len;
  if (sim->metadata_at >= sim->sent_end)
    sim->metadata = -1;
}

static void
command (Sim *sim)
{
  guint choice = below (sim, 200);
  gboolean allowed = sim->state != WEIR_GATE_CUT;
  gint64 from_ms = -1;

  if (choice == 0) {
    check (sim, weir_gate_cut (sim->gate, &from_ms));
    check (sim, from_ms == sim->shown_until_ms);
    if (allowed)
      close_all (sim, WEIR_GATE_CUT);
  } else if (choice < 90) {
    check (sim, weir_gate_blank (sim->gate, &from_ms) == allowed);
    check (sim, !allowed || from_ms == sim->shown_until_ms);
    if (sim->state == WEIR_GATE_PASS)
      close_all (sim, WEIR_GATE_BLANK);
  } else {
    /* What was due until now stays withheld. */
    advance (sim);
    check (sim, weir_gate_resume (sim->gate, NULL) == allowed);
    if (sim->state == WEIR_GATE_BLANK) {
      sim->state = WEIR_GATE_PASS;
      sim->want_key = sim->want_key_for_sound = TRUE;
      for (guint i = 0; i < CURSORS; i++)
        sim->cursors[i].resumed = TRUE;
    }
  }
  check (sim, weir_gate_get_state (sim->gate) == sim->state);
}

static void
reconnect (Sim *sim, Cursor *cursor)
{
  weir_gate_skip_to_end (sim->gate, &cursor->real);
  cursor->at = sim->outputs->len;
  cursor->need_key = cursor->fresh = TRUE;
  cursor->stuck = chance (sim, 20);
}

static void
let_go (Sim *sim)
{
  guint64 slowest = sim->outputs->len;
  guint64 keep = sim->next_due;
  guint kept = below (sim, 3);

  for (guint i = 0; i < CURSORS; i++)
    slowest = MIN (slowest, sim->cursors[i].at);
  weir_gate_release (sim->gate, slowest);
  sim->first = MAX (sim->first, slowest);
  weir_window_trim (sim->window, keep > kept ? keep - kept : 0);
}

static void
check_metadata (Sim *sim)
{
  const WeirPacket *metadata = weir_gate_get_metadata (sim->gate);

  check (sim, (metadata == NULL) == (sim->metadata < 0));
  check (sim, metadata == NULL || metadata->seq == (guint64) sim->metadata);
}

/* Live payloads are those of the window, of the ring and the metadata. */
static void
check_memory (Sim *sim)
{
  gsize live =
      (gsize) (weir_window_end (sim->window) - weir_window_first (sim->window));
  gint64 oldest = (gint64) weir_window_first (sim->window);
  gboolean metadata = sim->metadata >= 0 && sim->metadata < oldest;

  if (sim->payload_bytes == 0)
    return;
  check (sim, sim->outputs->len - sim->first <= RING);
  for (guint64 p = sim->first; p < sim->outputs->len; p++) {
    gint64 seq = (gint64) output_at (sim, p)->seq;

    live += seq < oldest;
    metadata = metadata && seq != sim->metadata;
  }
  live += metadata;
  check (sim, weir_arena_get_bytes (sim->arena) == live * sim->block_bytes);
}

/* A run of outputs that somebody was sent one after the other was shown from
 * its first picture to its last; what lies between runs was not. */
static void
check_exposure (Sim *sim)
{
  static guint8 shown[DTS_LIMIT_MS + 4096];
  gint64 to_ms = chance (sim, 20) ? -1 : (gint64) below (sim, DTS_LIMIT_MS);
  gint64 from_ms = below (sim, DTS_LIMIT_MS), expected = 0, answer;
  gint64 low = -1, high = -1;

  if (sim->shown_until_ms > 0 && chance (sim, 80)) {
    from_ms = (gint64) (draw (sim) % (guint64) sim->shown_until_ms);
    to_ms = to_ms < 0 ? to_ms : from_ms + below (sim, 5000);
  }
  memset (shown, 0, sizeof shown);
  for (guint64 p = 0; p <= sim->outputs->len; p++) {
    const Output *o = p < sim->outputs->len ? output_at (sim, p) : NULL;

    if (low >= 0 && (o == NULL || !o->sent || o->begins)) {
      memset (shown + low, 1, (gsize) (high - low));
      low = high = -1;
    }
    if (o != NULL && o->counts) {
      gint64 pts_ms = packet_at (sim, o->seq)->pts_ms;

      low = low < 0 ? pts_ms : MIN (low, pts_ms);
      high = MAX (high, pts_ms + 1);
    }
  }
  for (gint64 ms = from_ms; ms < (to_ms < 0 ? (gint64) sizeof shown : to_ms);
       ms++)
    expected += shown[ms];
  answer = weir_gate_exposure_ms (sim->gate, from_ms, to_ms);
  check (sim, answer >= expected);
  check (sim, sim->runs > EXACT_SPANS || answer == expected);
}

static void
check_stats (Sim *sim)
{
  WeirGateStats stats;
  guint64 total = 0;

  weir_gate_get_stats (sim->gate, &stats);
  check (sim, stats.sent == sim->sent);
  check (sim, stats.withheld >= sim->withheld);
  for (guint i = 0; i < G_N_ELEMENTS (stats.late_buckets); i++)
    total += stats.late_buckets[i];
  check (sim, total == sim->sent);
}

static void
step (Sim *sim)
{
  guint choice = below (sim, 1000);
  Cursor *cursor = &sim->cursors[below (sim, CURSORS)];

  if (choice < 500) {
    feed (sim);
    sim->now_us += below (sim, 20000);
  } else if (choice < 505) {
    for (guint n = below (sim, 300); n > 0; n--)
      feed (sim);
  } else if (choice < 700) {
    sim->now_us += below (sim, 60000);
    advance (sim);
  } else if (choice < 705) {
    sim->now_us += below (sim, 5000000);
    advance (sim);
  } else if (choice < 920) {
    for (guint n = 1 + below (sim, 30); n > 0 && !cursor->stuck; n--)
      if (!send_one (sim, cursor))
        break;
  } else if (choice < 940) {
    command (sim);
  } else if (choice < 946) {
    reconnect (sim, cursor);
  } else if (choice < 986) {
    let_go (sim);
  } else if (choice < 996) {
    check_metadata (sim);
    check_stats (sim);
  } else {
    check_memory (sim);
  }
}

static void
begin (Sim *sim, guint64 seed)
{
  static const gint64 delays_us[] = { 0, 1, 40000, 500000, 3000000 };
  guint shape;

  *sim = (Sim){ .seed = seed, .random = seed, .metadata = -1 };
  shape = below (sim, 10);
  sim->has_video = shape != 0;
  sim->has_audio = shape != 1;
  sim->video_ms = 10 + below (sim, 40);
  sim->audio_ms = 5 + below (sim, 30);
  sim->gop = shape == 2 ? 0 : 1 + below (sim, shape == 3 ? 800 : 60);
  sim->in_gop = below (sim, 3);
  sim->reorder = below (sim, 5);
  sim->broken = chance (sim, 30) ? 1 + below (sim, 10) : 0;
  sim->next_video_ms = below (sim, 300);
  sim->next_audio_ms = below (sim, 300);
  sim->payload_bytes = chance (sim, 70) ? LARGE_BYTES : 0;
  sim->delay_us = delays_us[below (sim, G_N_ELEMENTS (delays_us))];
  sim->now_us = below (sim, 1000000);

  sim->arena = weir_arena_new ();
  {
    g_auto (WeirSlice) probe = weir_arena_alloc (sim->arena, LARGE_BYTES);

    sim->block_bytes = weir_arena_get_bytes (sim->arena);
  }
  sim->window = weir_window_new ();
  sim->gate = weir_gate_new (sim->window, sim->delay_us);
  sim->configs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_codec_config_unref);
  sim->packets = g_array_new (FALSE, FALSE, sizeof (Packet));
  sim->outputs = g_array_new (FALSE, FALSE, sizeof (Output));
  sim->want_key = TRUE;
  for (guint k = 0; k < WEIR_MEDIA_KINDS; k++)
    sim->out_dts_ms[k] = G_MININT64;
  for (guint i = 0; i < CURSORS; i++) {
    Cursor *cursor = &sim->cursors[i];

    cursor->real.need_key = cursor->need_key = cursor->fresh = TRUE;
    for (guint k = 0; k < WEIR_MEDIA_KINDS; k++)
      cursor->last_dts_ms[k] = G_MININT64;
  }
}

static void
end (Sim *sim)
{
  check_memory (sim);
  check_stats (sim);
  for (guint i = 0; i < 4; i++)
    check_exposure (sim);
  weir_gate_free (sim->gate);
  weir_window_free (sim->window);
  /* Small payloads leave at most the block they share. */
  check (sim, weir_arena_get_bytes (sim->arena)
                  <= (sim->payload_bytes ? 0 : 33 * 1024));
  for (guint i = 0; i < sim->configs->len; i++) {
    const WeirCodecConfig *config = g_ptr_array_index (sim->configs, i);

    check (sim, config->refs == 1);
  }
  g_ptr_array_unref (sim->configs);
  g_array_unref (sim->packets);
  g_array_unref (sim->outputs);
  weir_arena_unref (sim->arena);
}

static guint64
from_environment (const char *name, guint64 fallback)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : fallback;
}

static void
test_model (void)
{
  guint64 steps = from_environment ("WEIR_GATE_STEPS", DEFAULT_STEPS);
  guint64 seed = from_environment ("WEIR_GATE_SEED", g_random_int ());
  Sim *sim = g_new (Sim, 1);

  g_test_message ("WEIR_GATE_SEED=%" G_GUINT64_FORMAT
                  " WEIR_GATE_STEPS=%" G_GUINT64_FORMAT,
      seed, steps);
  for (guint64 done = 0; done < steps; seed++) {
    begin (sim, seed);
    for (; sim->step < EPISODE_STEPS && done < steps; sim->step++, done++)
      step (sim);
    end (sim);
  }
  g_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate/model", test_model);
  return g_test_run ();
}
