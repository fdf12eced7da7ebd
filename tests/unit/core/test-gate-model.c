/* The gate's promises, checked from what leaves it alone: random streams,
 * commands and egresses, and a clock of the test's own. What was forbidden is
 * kept here, not asked of the gate.
 *
 * WEIR_GATE_STEPS says how many steps (default 1,000,000), WEIR_GATE_SEED
 * where to begin (scripts/soak: somewhere else each time); the seed is printed.
 * A run is cut into episodes; episode N
 * of seed S is episode 0 of seed S + N. */
#include "core/gate.h"
#include "gate-stream.h"

#include <string.h>

#define DEFAULT_STEPS G_GUINT64_CONSTANT (1000000)
#define EPISODE_STEPS 2000
#define CURSORS 3
#define DEFAULT_SEED 1
/* Episodes in which something was found. */
static const guint64 found_seeds[] = { 103290, 499023, 776169, 1361912, 5655742,
  928186723, 1384063741, 86862, 20273643, 20298523, 20370751, 413044843,
  464447015, 91284497, 226273907, 75688305, 178060595 };

/* What a command forbade. */
typedef struct {
  guint64 id;
  gint64 from_ms;
  gint64 to_ms;
  gint64 exposure_ms;
  gint64 left_ms; /* from there on nothing had been sent */
} Forbidden;

typedef struct {
  WeirGateCursor real;
  gboolean stuck;
  /* What the far end has seen. */
  gint64 last_dts_ms[WEIR_MEDIA_KINDS];
  gint64 last_pts_ms;           /* greatest of the pictures */
  guint seen[WEIR_MEDIA_KINDS]; /* outputs since it was fresh */
  gboolean fresh;      /* since a connection began or a turn was lost */
  gint64 video_seq;    /* newest picture of content; -1: slate or nothing */
  gboolean video_key;  /* it was a key frame */
  const guint8 *slate; /* newest picture of the slate */
  gint64 offset_ms;    /* output minus stream time of the newest picture */
  gboolean offset_known;
} Cursor;

typedef struct {
  GateStream stream;
  guint64 step;
  WeirGate *gate;
  WeirSlate *slate; /* set in the gate */
  gboolean always_slate;
  gboolean shrunk; /* a shorter delay was asked for */
  gboolean alone;  /* only the first cursor sends: it never misses anything */
  guint64 outputs_first;

  /* What is forbidden. */
  guint blanked; /* causes */
  gboolean muted;
  gboolean cut;
  guint64 min_seq;  /* content before it was due while blanked */
  GArray *spans;    /* Forbidden */
  guint64 dump_end; /* of the window at the last dump */
  GHashTable *sent; /* sequence numbers of content sent */
  gint64 shown_until_ms;
  guint64 n_sent;
  guint runs;
  gint64 delay_us;
  Cursor cursors[CURSORS];
} Sim;

#define check(sim, condition)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    if (G_UNLIKELY (!(condition))) {                                           \
      g_printerr ("# WEIR_GATE_SEED=%" G_GUINT64_FORMAT                        \
                  " WEIR_GATE_STEPS=%d fails at step %" G_GUINT64_FORMAT "\n", \
          (sim)->stream.seed, EPISODE_STEPS, (sim)->step);                     \
      g_assert_true (condition);                                               \
    }                                                                          \
  }                                                                            \
  G_STMT_END

#define below(sim, limit) gate_stream_below (&(sim)->stream, limit)
#define chance(sim, per_cent) (below (sim, 100) < (per_cent))

static gboolean
was_sent (Sim *sim, guint64 seq)
{
  return g_hash_table_contains (sim->sent, GUINT_TO_POINTER ((guint) seq + 1));
}

/* In decoding order a span ends with its key frame. Where PTS is broken, that
 * is what counts. */
static gboolean
is_behind (
    const Sim *sim, const SourcePacket *p, guint64 seq, const Forbidden *f)
{
  if (sim->stream.broken == 0 || p->kind != WEIR_MEDIA_VIDEO)
    return FALSE;
  for (guint64 s = seq + 1; s-- > 0;) {
    const SourcePacket *key = gate_stream_packet (&sim->stream, s);

    if (key->key && key->pts_ms >= f->to_ms)
      return TRUE;
  }
  return FALSE;
}

/* 1. Nothing that is withheld leaves. */
static void
check_allowed (Sim *sim, const SourcePacket *p, guint64 seq)
{
  gboolean before = was_sent (sim, seq);

  check (sim, !sim->cut && sim->blanked == 0 && !p->missing);
  check (sim, seq >= sim->min_seq);
  check (sim, !(sim->muted && p->kind == WEIR_MEDIA_AUDIO));
  check (sim, before || seq >= sim->dump_end);
  for (guint i = 0; i < sim->spans->len; i++) {
    const Forbidden *f = &g_array_index (sim->spans, Forbidden, i);

    check (sim, p->pts_ms < f->from_ms || p->pts_ms >= f->to_ms
                    || is_behind (sim, p, seq, f));
  }
}

/* Pictures between two that were sent and of which the second is no key frame:
 * such as can't be decoded, or whose DTS does not rise. */
static void
check_skipped (Sim *sim, const Cursor *cursor, guint64 seq)
{
  const SourcePacket *from =
      gate_stream_packet (&sim->stream, (guint64) cursor->video_seq);

  for (guint64 s = (guint64) cursor->video_seq + 1; s < seq; s++) {
    const SourcePacket *p = gate_stream_packet (&sim->stream, s);

    check (sim, p->kind != WEIR_MEDIA_VIDEO || sim->stream.broken > 0
                    || (cursor->video_key && p->pts_ms < from->pts_ms));
  }
}

static gint64
largest_step_ms (const Sim *sim, WeirMediaKind kind)
{
  const GateStream *s = &sim->stream;

  if (kind == WEIR_MEDIA_AUDIO)
    return 2 * s->audio_ms + 1;
  /* The pace is not known at first: the slate's own is taken. A jump waits
   * until what was reordered has been shown. */
  return (s->open_gop || sim->shrunk ? 2 + s->reorder : 2)
         * MAX (s->video_ms, GATE_STREAM_SLATE_MS);
}

/* 2. DTS rises, PTS is not below it, nothing is missing at a switch. */
static void
check_times (Sim *sim, Cursor *cursor, const WeirGateOutput *output)
{
  const WeirPacket *p = &output->packet;
  gint64 last = cursor->last_dts_ms[p->kind];

  if (p->kind == WEIR_MEDIA_DATA)
    return;
  check (sim, p->dts_ms > last);
  check (sim, p->pts_ms >= p->dts_ms);
  check (sim, output->due_us <= sim->stream.now_us);
  if (sim->alone && sim->always_slate && sim->stream.steady
      && cursor->seen[p->kind] > 1
      && (p->kind == WEIR_MEDIA_VIDEO || sim->stream.has_silence))
    check (sim, p->dts_ms - last <= largest_step_ms (sim, p->kind));
  if (p->kind == WEIR_MEDIA_VIDEO) {
    /* A key frame is shown behind everything in front of it. */
    if (sim->alone && sim->stream.steady && (p->flags & WEIR_PACKET_KEY) != 0)
      check (sim, p->pts_ms > cursor->last_pts_ms);
    cursor->last_pts_ms = MAX (cursor->last_pts_ms, p->pts_ms);
  }
  cursor->last_dts_ms[p->kind] = p->dts_ms;
  cursor->seen[p->kind]++;
}

/* 3. Content and slate each begin with a key frame. */
static void
check_picture (Sim *sim, Cursor *cursor, const WeirGateOutput *output)
{
  const WeirPacket *p = &output->packet;
  gboolean key = (p->flags & WEIR_PACKET_KEY) != 0;

  check (sim, key || !cursor->fresh);
  cursor->fresh = FALSE;
  if (output->kind == WEIR_GATE_OUTPUT_SLATE) {
    check (sim, key || cursor->slate != NULL);
    check (sim, key
                    || gate_stream_slate_follows (
                        &sim->stream, cursor->slate, p->payload.data));
    cursor->slate = p->payload.data;
    cursor->video_seq = -1;
    return;
  }
  check (sim, key || cursor->video_seq >= 0);
  if (!key)
    check_skipped (sim, cursor, p->seq);
  cursor->slate = NULL;
  cursor->video_seq = (gint64) p->seq;
  cursor->video_key = key;
  cursor->offset_ms = p->pts_ms - output->source_pts_ms;
  cursor->offset_known = sim->stream.steady;
}

static gboolean
knows_picture (const Sim *sim)
{
  return weir_gate_get_needed_seq (sim->gate) > sim->stream.first_video;
}

static void
check_sound (Sim *sim, Cursor *cursor, const WeirGateOutput *output)
{
  /* Without a picture, as far as the gate knows, it begins with sound. */
  check (sim, !cursor->fresh || !knows_picture (sim));
  cursor->fresh = FALSE;
  if (output->kind == WEIR_GATE_OUTPUT_CONTENT && cursor->offset_known)
    check (sim,
        output->packet.pts_ms - output->source_pts_ms == cursor->offset_ms);
}

static void
note_content (Sim *sim, const SourcePacket *p, guint64 seq)
{
  g_hash_table_add (sim->sent, GUINT_TO_POINTER ((guint) seq + 1));
  if (p->kind == WEIR_MEDIA_VIDEO
      || (p->kind == WEIR_MEDIA_AUDIO && !knows_picture (sim)))
    sim->shown_until_ms = MAX (sim->shown_until_ms, p->pts_ms + 1);
}

static void
begin_again (Cursor *cursor)
{
  cursor->fresh = TRUE;
  cursor->slate = NULL;
  cursor->video_seq = -1;
  memset (cursor->seen, 0, sizeof cursor->seen);
}

static gboolean
send_one (Sim *sim, Cursor *cursor)
{
  guint64 before = cursor->real.position;
  gboolean needed_key = cursor->real.need_key;
  const WeirGateOutput *output = weir_gate_peek (sim->gate, &cursor->real);
  gint64 seq;

  if (cursor->real.need_key && !needed_key)
    begin_again (cursor);
  if (output == NULL) {
    check (sim, cursor->real.position == weir_gate_get_end (sim->gate));
    return FALSE;
  }
  check (sim, cursor->real.position >= before);
  check (sim, weir_gate_get_end (sim->gate) - cursor->real.position
                  <= WEIR_GATE_OUTPUTS_KEPT);
  seq = gate_stream_find (&sim->stream, &output->packet.payload);
  check (sim, (seq >= 0) == (output->kind == WEIR_GATE_OUTPUT_CONTENT));
  if (output->kind == WEIR_GATE_OUTPUT_NOTHING) {
    check (sim, output->packet.payload.size == 0);
    weir_gate_sent (sim->gate, &cursor->real, sim->stream.now_us);
    return TRUE;
  }
  if (seq >= 0) {
    const SourcePacket *p = gate_stream_packet (&sim->stream, (guint64) seq);

    check (sim, output->packet.seq == (guint64) seq);
    check (sim, output->packet.config == p->config);
    check (sim, output->source_pts_ms == p->pts_ms);
    check_allowed (sim, p, (guint64) seq);
  }
  check_times (sim, cursor, output);
  if (output->packet.kind == WEIR_MEDIA_VIDEO)
    check_picture (sim, cursor, output);
  else if (output->packet.kind == WEIR_MEDIA_AUDIO)
    check_sound (sim, cursor, output);
  if (seq >= 0)
    note_content (
        sim, gate_stream_packet (&sim->stream, (guint64) seq), (guint64) seq);
  weir_gate_sent (sim->gate, &cursor->real, sim->stream.now_us);
  sim->n_sent++;
  return TRUE;
}

static void
advance (Sim *sim)
{
  if (chance (sim, 20))
    weir_gate_advance_some (sim->gate, sim->stream.now_us, 1 + below (sim, 8));
  else
    weir_gate_advance (sim->gate, sim->stream.now_us);
}

static void
forbid (Sim *sim, guint64 id, gint64 from_ms, gint64 to_ms)
{
  Forbidden f = {
    .id = id, .from_ms = from_ms, .to_ms = to_ms < 0 ? G_MAXINT64 : to_ms
  };

  f.left_ms = MAX (from_ms, sim->shown_until_ms);
  f.exposure_ms = weir_gate_exposure_ms (sim->gate, from_ms, to_ms);
  g_array_append_val (sim->spans, f);
}

static gboolean
has_span (Sim *sim, guint64 id)
{
  const WeirGateSpans *spans = weir_gate_get_spans (sim->gate);

  for (guint i = 0; i < spans->count; i++)
    if (spans->spans[i].id == id)
      return TRUE;
  return FALSE;
}

static void
resume (Sim *sim)
{
  guint causes = chance (sim, 70) ? 15 : 1 + below (sim, 15);
  gboolean lift = chance (sim, 50);
  g_autoptr (GHashTable) there = g_hash_table_new (NULL, NULL);

  /* What was due until now stays withheld. */
  weir_gate_advance (sim->gate, sim->stream.now_us);
  for (guint i = 0; i < sim->spans->len; i++) {
    guint64 id = g_array_index (sim->spans, Forbidden, i).id;

    if (has_span (sim, id))
      g_hash_table_add (there, GUINT_TO_POINTER ((guint) id));
  }
  check (sim, weir_gate_resume (sim->gate, causes, lift, NULL) == !sim->cut);
  if (sim->cut)
    return;
  if (sim->blanked != 0 && (sim->blanked & ~causes) == 0)
    sim->min_seq = weir_gate_get_needed_seq (sim->gate);
  sim->blanked &= ~causes;
  for (guint i = sim->spans->len; lift && i-- > 0;) {
    guint64 id = g_array_index (sim->spans, Forbidden, i).id;

    if (g_hash_table_contains (there, GUINT_TO_POINTER ((guint) id))
        && !has_span (sim, id))
      g_array_remove_index_fast (sim->spans, i);
  }
  /* A dump that is lifted lets the rest of it pass. */
  if (lift)
    sim->dump_end = MIN (sim->dump_end, weir_gate_get_needed_seq (sim->gate));
}

static void
redact (Sim *sim)
{
  gint64 newest_ms = sim->stream.newest_ms;
  gint64 ahead_ms = (gint64) below (sim, 4000) - 3000;
  gint64 from_ms = MAX (newest_ms + ahead_ms, 0);
  gint64 to_ms =
      chance (sim, 20) ? -1 : from_ms + 1 + (gint64) below (sim, 2500);
  WeirGateSpanKind kind =
      chance (sim, 30) ? WEIR_GATE_SPAN_HOLD : WEIR_GATE_SPAN_REDACT;
  WeirGateAnswer answer = { 0 };

  if (weir_gate_get_spans (sim->gate)->count >= WEIR_GATE_MAX_SPANS - 1)
    return;
  check (sim,
      weir_gate_redact (sim->gate, kind, from_ms, to_ms, &answer) == !sim->cut);
  if (sim->cut)
    return;
  check (sim, answer.to_ms == to_ms);
  check (sim, answer.from_ms == MAX (from_ms, sim->shown_until_ms));
  check (sim,
      answer.exposure_ms == weir_gate_exposure_ms (sim->gate, from_ms, to_ms));
  if (to_ms < 0 || answer.from_ms < to_ms)
    forbid (sim, answer.span, from_ms, to_ms);
  if (answer.span != 0 && kind == WEIR_GATE_SPAN_HOLD && chance (sim, 40)) {
    check (sim, weir_gate_lift (sim->gate, answer.span, NULL));
    g_array_set_size (sim->spans, sim->spans->len - 1);
  }
}

static void
dump (Sim *sim)
{
  gint64 newest_ms = chance (sim, 50) ? 0 : 1 + (gint64) below (sim, 3000);
  WeirGateAnswer answer = { 0 };

  if (weir_gate_get_spans (sim->gate)->count >= WEIR_GATE_MAX_SPANS - 1)
    return;
  check (sim, weir_gate_dump (sim->gate, newest_ms, &answer) == !sim->cut);
  if (sim->cut || answer.span == 0)
    return;
  if (newest_ms == 0)
    sim->dump_end = weir_window_end (sim->stream.window);
  forbid (sim, answer.span, answer.from_ms, answer.to_ms);
}

static void
set_delay (Sim *sim)
{
  static const gint64 delays_ms[] = { 0, 40, 500, 1000, 3000, 5000 };
  gint64 delay_us = delays_ms[below (sim, G_N_ELEMENTS (delays_ms))] * 1000;
  gint64 before_us = weir_gate_get_delay_us (sim->gate);

  check (
      sim, weir_gate_set_delay (sim->gate, delay_us, sim->stream.now_us, NULL)
               == !sim->cut);
  if (sim->cut)
    return;
  sim->shrunk = sim->shrunk || delay_us < before_us;
  check (sim, weir_gate_get_wanted_delay_us (sim->gate) == delay_us);
  if (delay_us >= before_us)
    check (sim, weir_gate_get_delay_us (sim->gate) == delay_us);
}

static void
cut (Sim *sim)
{
  WeirGateAnswer answer;

  check (sim, weir_gate_cut (sim->gate,
                  chance (sim, 50) ? 0 : below (sim, 3000), &answer));
  check (sim, answer.from_ms == sim->shown_until_ms);
  sim->cut = TRUE;
}

static void
command (Sim *sim)
{
  guint choice = below (sim, 400);
  WeirGateCause cause = 1u << below (sim, 4);
  WeirGateAnswer answer;

  if (choice == 0) {
    cut (sim);
  } else if (choice < 70) {
    check (sim, weir_gate_blank (sim->gate, cause, &answer) == !sim->cut);
    check (sim, sim->cut || answer.from_ms == sim->shown_until_ms);
    if (!sim->cut)
      sim->blanked |= cause;
  } else if (choice < 230) {
    resume (sim);
  } else if (choice < 290) {
    redact (sim);
  } else if (choice < 310) {
    dump (sim);
  } else if (choice < 350) {
    gboolean mute = chance (sim, 50);

    if (weir_gate_mute (sim->gate, mute, NULL))
      sim->muted = mute;
  } else if (choice < 385) {
    set_delay (sim);
  } else if (!sim->always_slate) {
    sim->slate = sim->slate == NULL || chance (sim, 50)
                     ? sim->stream.slates[below (sim, 2)]
                     : NULL;
    weir_gate_set_slate (sim->gate, sim->slate);
  }
  check (sim, (weir_gate_get_state (sim->gate) == WEIR_GATE_CUT) == sim->cut);
  check (sim, weir_gate_get_causes (sim->gate) == sim->blanked || sim->cut);
}

static void
reconnect (Sim *sim, Cursor *cursor)
{
  weir_gate_skip_to_end (sim->gate, &cursor->real);
  begin_again (cursor);
  cursor->stuck = !sim->alone && chance (sim, 20);
}

static void
let_go (Sim *sim)
{
  guint64 slowest = weir_gate_get_end (sim->gate);
  guint64 keep = weir_gate_get_needed_seq (sim->gate);
  guint64 more = below (sim, 3);

  for (guint i = 0; i < (sim->alone ? 1 : CURSORS); i++)
    slowest = MIN (slowest, sim->cursors[i].real.position);
  weir_gate_release (sim->gate, slowest);
  weir_window_trim (sim->stream.window, keep - MIN (keep, more));
}

static gboolean
has_picture_in (const Sim *sim, const Forbidden *f)
{
  for (guint64 seq = 0; seq < sim->stream.packets->len; seq++) {
    const SourcePacket *p = gate_stream_packet (&sim->stream, seq);

    if (p->kind == (sim->stream.has_video ? WEIR_MEDIA_VIDEO : WEIR_MEDIA_AUDIO)
        && p->pts_ms >= f->left_ms && p->pts_ms < f->to_ms)
      return TRUE;
  }
  return FALSE;
}

/* 6. What was forbidden is no more exposed than it was; all that was sent
 * is. */
static void
check_exposure (Sim *sim)
{
  gint64 reordered_ms = 0;

  for (guint64 seq = 0; seq < sim->stream.packets->len; seq++) {
    const SourcePacket *p = gate_stream_packet (&sim->stream, seq);

    if (p->kind == WEIR_MEDIA_VIDEO && was_sent (sim, seq) && chance (sim, 5))
      check (sim,
          weir_gate_exposure_ms (sim->gate, p->pts_ms, p->pts_ms + 1) == 1);
  }
  if (sim->stream.broken > 0 || !sim->alone)
    return;
  /* A connection began with a key frame that others are shown before. */
  if (sim->stream.open_gop)
    reordered_ms = sim->stream.reorder * sim->stream.video_ms;
  for (guint i = 0; i < sim->spans->len; i++) {
    const Forbidden *f = &g_array_index (sim->spans, Forbidden, i);
    gint64 to_ms = f->to_ms == G_MAXINT64 ? -1 : f->to_ms;

    /* What was sent last is shown until something else is. */
    check (sim, weir_gate_exposure_ms (sim->gate, f->from_ms, to_ms)
                        <= f->exposure_ms + reordered_ms
                    || !has_picture_in (sim, f));
  }
}

static void
check_stats (Sim *sim)
{
  WeirGateStats stats;
  guint64 total = 0;
  WeirGateSwitch change;

  weir_gate_get_stats (sim->gate, &stats);
  check (sim, stats.sent == sim->n_sent);
  for (guint i = 0; i < G_N_ELEMENTS (stats.late_buckets); i++)
    total += stats.late_buckets[i];
  check (sim, total == sim->n_sent);
  if (weir_gate_take_switch (sim->gate, &change))
    check (sim, change.from_ms >= 0);
  check (sim, !weir_gate_take_switch (sim->gate, &change));
  if (sim->cut || sim->blanked != 0)
    check (sim, weir_gate_get_shows (sim->gate) != WEIR_GATE_SHOWS_CONTENT);
}

static void
step (Sim *sim)
{
  guint choice = below (sim, 1000);
  Cursor *cursor = &sim->cursors[sim->alone ? 0 : below (sim, CURSORS)];

  if (choice < 450) {
    gate_stream_feed (&sim->stream, below (sim, 60));
  } else if (choice < 455 && !sim->stream.steady) {
    gate_stream_feed (&sim->stream, below (sim, 3000));
  } else if (choice < 700) {
    advance (sim);
  } else if (choice < 920) {
    for (guint n = 1 + below (sim, 40); n > 0 && !cursor->stuck; n--)
      if (!send_one (sim, cursor))
        break;
  } else if (choice < 940) {
    command (sim);
  } else if (choice < 946) {
    reconnect (sim, cursor);
  } else if (choice < 990) {
    let_go (sim);
  } else {
    check_stats (sim);
  }
}

static void
begin (Sim *sim, guint64 seed)
{
  static const gint64 delays_us[] = { 0, 1000, 40000, 500000, 3000000 };

  *sim = (Sim){ 0 };
  gate_stream_init (&sim->stream, seed);
  sim->alone = chance (sim, 60);
  sim->always_slate = chance (sim, 70) && sim->stream.slates[0] != NULL;
  sim->gate = weir_gate_new (
      sim->stream.window, delays_us[below (sim, G_N_ELEMENTS (delays_us))]);
  if (sim->always_slate)
    weir_gate_set_slate (sim->gate, sim->stream.slates[0]);
  sim->spans = g_array_new (FALSE, FALSE, sizeof (Forbidden));
  sim->sent = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < CURSORS; i++) {
    Cursor *cursor = &sim->cursors[i];

    cursor->real.need_key = cursor->fresh = TRUE;
    cursor->video_seq = -1;
    cursor->last_pts_ms = G_MININT64;
    for (guint k = 0; k < WEIR_MEDIA_KINDS; k++)
      cursor->last_dts_ms[k] = G_MININT64;
  }
}

static void
end (Sim *sim)
{
  check_stats (sim);
  check_exposure (sim);
  if (sim->cut) {
    sim->stream.now_us += 10 * G_USEC_PER_SEC;
    weir_gate_advance (sim->gate, sim->stream.now_us);
    check (sim, weir_gate_is_drained (sim->gate));
  }
  weir_gate_free (sim->gate);
  check (sim, gate_stream_clear (&sim->stream));
  g_array_unref (sim->spans);
  g_hash_table_unref (sim->sent);
}

static guint64
from_environment (const char *name, guint64 fallback)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : fallback;
}

static void
run_episode (Sim *sim, guint64 seed, guint64 steps)
{
  begin (sim, seed);
  for (; sim->step < steps; sim->step++)
    step (sim);
  end (sim);
}

static void
test_found (void)
{
  Sim *sim = g_new (Sim, 1);

  for (guint i = 0; i < G_N_ELEMENTS (found_seeds); i++)
    run_episode (sim, found_seeds[i], EPISODE_STEPS);
  g_free (sim);
}

static void
test_model (void)
{
  guint64 steps = from_environment ("WEIR_GATE_STEPS", DEFAULT_STEPS);
  guint64 seed = from_environment ("WEIR_GATE_SEED", DEFAULT_SEED);
  Sim *sim = g_new (Sim, 1);

  g_test_message ("WEIR_GATE_SEED=%" G_GUINT64_FORMAT
                  " WEIR_GATE_STEPS=%" G_GUINT64_FORMAT,
      seed, steps);
  for (guint64 done = 0; done < steps; seed++, done += EPISODE_STEPS)
    run_episode (sim, seed, MIN (EPISODE_STEPS, steps - done));
  g_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate/found", test_found);
  g_test_add_func ("/gate/model", test_model);
  return g_test_run ();
}
