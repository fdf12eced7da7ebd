/* Time and commands, and what is told of the state. */
#include "core/gate-impl.h"

/* What a stream needs whose egresses keep up. A power of two. */
#define OUTPUT_MIN 32

const char *
weir_gate_state_name (WeirGateState state)
{
  static const char *const names[] = { "pass", "redact", "hold", "blank",
    "cut" };

  return names[state];
}

const char *
weir_gate_shows_name (WeirGateShows shows)
{
  static const char *const names[] = { "nothing", "content", "slate" };

  return names[shows];
}

WeirGate *
weir_gate_new (WeirWindow *window, gint64 delay_us)
{
  WeirGate *gate = g_new0 (WeirGate, 1);

  gate->window = window;
  gate->delay_us = delay_us;
  gate->wanted_us = -1;
  gate->next_seq = weir_window_end (window);
  gate->await_key = TRUE;
  gate->capacity = OUTPUT_MIN;
  gate->ring = g_new0 (WeirGateOutput, gate->capacity);
  gate->arena = weir_arena_new ();
  gate->sent_until_ms = gate->sent_pts_ms = G_MININT64;
  gate->sound_ms = gate->content_pts_ms = G_MININT64;
  gate->last_pts_ms = G_MININT64;
  weir_exposure_init (&gate->exposure);
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    gate->tracks[i].last_ms = gate->tracks[i].source_ms =
        gate->tracks[i].run_until_ms = G_MININT64;
  return gate;
}

void
weir_gate_free (WeirGate *gate)
{
  if (gate == NULL)
    return;
  weir_gate_drop_outputs_before (gate, gate->end);
  weir_packet_clear (&gate->metadata);
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    weir_codec_config_unref (gate->tracks[i].config);
  weir_slate_unref (gate->slate);
  weir_slice_clear (&gate->silent_frame);
  weir_codec_config_unref (gate->silence_config);
  weir_arena_unref (gate->arena);
  g_free (gate->ring);
  g_free (gate);
}

WeirGateState
weir_gate_get_state (const WeirGate *gate)
{
  if (gate->cut)
    return WEIR_GATE_CUT;
  if (gate->causes != 0)
    return WEIR_GATE_BLANK;
  if (weir_gate_spans_is_under_way (&gate->spans, WEIR_GATE_SPAN_HOLD))
    return WEIR_GATE_HOLD;
  if (weir_gate_spans_is_under_way (&gate->spans, WEIR_GATE_SPAN_REDACT)
      || weir_gate_spans_is_under_way (&gate->spans, WEIR_GATE_SPAN_DUMP))
    return WEIR_GATE_REDACT;
  return WEIR_GATE_PASS;
}

WeirGateShows
weir_gate_get_shows (const WeirGate *gate)
{
  WeirGateTrack const *track = &gate->tracks[WEIR_MEDIA_VIDEO];

  if (gate->showing)
    return WEIR_GATE_SHOWS_CONTENT;
  if (gate->slate == NULL || track->last_ms == G_MININT64
      || (gate->cut && !weir_gate_is_running (gate)))
    return WEIR_GATE_SHOWS_NOTHING;
  return WEIR_GATE_SHOWS_SLATE;
}

guint
weir_gate_get_causes (const WeirGate *gate)
{
  return gate->causes;
}

gboolean
weir_gate_is_muted (const WeirGate *gate)
{
  return gate->muted;
}

const WeirGateSpans *
weir_gate_get_spans (const WeirGate *gate)
{
  return &gate->spans;
}

gint64
weir_gate_get_delay_us (const WeirGate *gate)
{
  return gate->delay_us;
}

gint64
weir_gate_get_wanted_delay_us (const WeirGate *gate)
{
  return gate->wanted_us >= 0 ? gate->wanted_us : gate->delay_us;
}

gboolean
weir_gate_take_switch (WeirGate *gate, WeirGateSwitch *ret)
{
  if (!gate->switched)
    return FALSE;
  gate->switched = FALSE;
  *ret = (WeirGateSwitch){ weir_gate_get_shows (gate),
    MAX (gate->switched_ms, 0) };
  return TRUE;
}

guint
weir_gate_advance (WeirGate *gate, gint64 now_us)
{
  return weir_gate_advance_some (gate, now_us, G_MAXUINT);
}

static guint
withhold_rest (WeirGate *gate)
{
  guint64 end = weir_window_end (gate->window);
  guint due = (guint) (end - gate->next_seq);

  for (; gate->next_seq < end; gate->next_seq++)
    gate->has_picture |= weir_window_get (gate->window, gate->next_seq)->kind
                         == WEIR_MEDIA_VIDEO;
  gate->stats.withheld += due;
  return due;
}

guint
weir_gate_advance_some (WeirGate *gate, gint64 now_us, guint max)
{
  guint64 end = weir_window_end (gate->window);
  guint due = 0;

  /* All of a run is due before anything else is. */
  if (weir_gate_is_running (gate))
    due += weir_gate_run (gate, now_us, max);
  if (gate->cut)
    return due + withhold_rest (gate);
  for (; gate->next_seq < end && due < max; gate->next_seq++, due++) {
    const WeirPacket *packet = weir_window_get (gate->window, gate->next_seq);
    gint64 due_us = packet->arrival_us + gate->delay_us;

    if (gate->wanted_us >= 0 && weir_gate_jump (gate, MIN (now_us, due_us))) {
      packet = weir_window_get (gate->window, gate->next_seq);
      due_us = packet->arrival_us + gate->delay_us;
    }
    if (due_us > now_us)
      break;
    weir_gate_decide (gate, packet, due_us);
  }
  return due;
}

gint64
weir_gate_get_next_due_us (const WeirGate *gate)
{
  gint64 due_us = G_MAXINT64;

  if (weir_gate_is_running (gate))
    due_us = weir_gate_run_due_us (gate);
  if (gate->next_seq == weir_window_end (gate->window))
    return due_us;
  /* Where a jump goes to is not known here: soon enough to look. */
  return MIN (
      due_us, weir_window_get (gate->window, gate->next_seq)->arrival_us
                  + (gate->wanted_us >= 0 ? gate->wanted_us : gate->delay_us));
}

gint64
weir_gate_get_latest_due_us (const WeirGate *gate)
{
  if (gate->next_seq == weir_window_end (gate->window))
    return weir_gate_get_next_due_us (gate);
  return weir_window_get (gate->window, gate->next_seq)->arrival_us
         + gate->delay_us;
}

gboolean
weir_gate_is_drained (const WeirGate *gate)
{
  return gate->next_seq == weir_window_end (gate->window)
         && !weir_gate_is_running (gate);
}

static gint64
sent_until_ms (const WeirGate *gate)
{
  return MAX (gate->sent_until_ms, 0);
}

static void
answer_now (const WeirGate *gate, WeirGateAnswer *ret)
{
  if (ret != NULL)
    *ret = (WeirGateAnswer){ .from_ms = sent_until_ms (gate), .to_ms = -1 };
}

/* The key frame that content goes on with, if it has come, else the next
 * packet. */
static void
answer_resumed (const WeirGate *gate, WeirGateAnswer *ret)
{
  guint64 end = weir_window_end (gate->window);

  answer_now (gate, ret);
  if (ret == NULL || gate->next_seq == end)
    return;
  ret->from_ms = weir_window_get (gate->window, gate->next_seq)->pts_ms;
  for (guint64 seq = gate->next_seq; seq < end && gate->await_key; seq++) {
    const WeirPacket *packet = weir_window_get (gate->window, seq);

    if (packet->kind == WEIR_MEDIA_VIDEO
        && (packet->flags & WEIR_PACKET_KEY) != 0) {
      ret->from_ms = packet->pts_ms;
      return;
    }
  }
}

gboolean
weir_gate_blank (WeirGate *gate, WeirGateCause cause, WeirGateAnswer *ret)
{
  if (gate->cut)
    return FALSE;
  if (gate->causes == 0) {
    gate->await_key = gate->await_sound = TRUE;
    weir_gate_take_back (gate, G_MININT64, G_MAXINT64);
  }
  gate->causes |= cause;
  answer_now (gate, ret);
  return TRUE;
}

gboolean
weir_gate_resume (
    WeirGate *gate, guint causes, gboolean lift, WeirGateAnswer *ret)
{
  if (gate->cut)
    return FALSE;
  gate->causes &= ~causes;
  if (lift)
    weir_gate_spans_lift (&gate->spans);
  answer_resumed (gate, ret);
  return TRUE;
}

/* Of [FROM_MS, TO_MS); TO_MS may be G_MAXINT64. */
static void
withhold (WeirGate *gate, WeirGateSpanKind kind, gint64 from_ms, gint64 to_ms,
    WeirGateAnswer *answer)
{
  WeirGatePlace place = weir_gate_take_back (gate, from_ms, to_ms);

  if (place == WEIR_GATE_SPAN_BEHIND)
    return;
  if (place == WEIR_GATE_SPAN_UNDER_WAY)
    gate->await_key = gate->await_sound = TRUE;
  answer->span = weir_gate_spans_add (
      &gate->spans, kind, from_ms, to_ms, place == WEIR_GATE_SPAN_UNDER_WAY);
}

gboolean
weir_gate_redact (WeirGate *gate, WeirGateSpanKind kind, gint64 from_ms,
    gint64 to_ms, WeirGateAnswer *ret)
{
  WeirGateAnswer answer = { .to_ms = to_ms < 0 ? -1 : to_ms };

  if (gate->cut)
    return FALSE;
  if (to_ms < 0)
    to_ms = G_MAXINT64;
  answer.exposure_ms = weir_gate_exposure_ms (gate, from_ms, to_ms);
  answer.from_ms = MAX (from_ms, sent_until_ms (gate));
  if (answer.from_ms < to_ms)
    withhold (gate, kind, from_ms, to_ms, &answer);
  if (ret != NULL)
    *ret = answer;
  return TRUE;
}

gboolean
weir_gate_lift (WeirGate *gate, guint64 span, WeirGateAnswer *ret)
{
  if (gate->cut || !weir_gate_spans_remove (&gate->spans, span))
    return FALSE;
  answer_resumed (gate, ret);
  return TRUE;
}

static gint64
newest_pts_ms (const WeirGate *gate)
{
  gint64 pts_ms = gate->content_pts_ms;
  guint64 end = weir_window_end (gate->window);

  for (guint64 seq = gate->next_seq; seq < end; seq++)
    pts_ms = MAX (pts_ms, weir_window_get (gate->window, seq)->pts_ms);
  return pts_ms;
}

gboolean
weir_gate_dump (WeirGate *gate, gint64 newest_ms, WeirGateAnswer *ret)
{
  gint64 sent_ms = sent_until_ms (gate);
  gint64 to_ms = MAX (newest_pts_ms (gate) + 1, sent_ms);
  WeirGateAnswer answer = { .from_ms = sent_ms, .to_ms = to_ms };

  if (gate->cut)
    return FALSE;
  if (newest_ms > 0)
    answer.from_ms = MAX (to_ms - newest_ms, sent_ms);
  /* Everything that was not sent, whatever its time. */
  if (answer.from_ms < to_ms)
    withhold (gate, WEIR_GATE_SPAN_DUMP,
        newest_ms > 0 ? answer.from_ms : G_MININT64, to_ms, &answer);
  if (ret != NULL)
    *ret = answer;
  return TRUE;
}

gboolean
weir_gate_mute (WeirGate *gate, gboolean mute, WeirGateAnswer *ret)
{
  if (gate->cut)
    return FALSE;
  if (mute && !gate->muted)
    weir_gate_take_back_sound (gate);
  gate->muted = mute;
  answer_now (gate, ret);
  return TRUE;
}

gboolean
weir_gate_cut (WeirGate *gate, gint64 slate_ms, WeirGateAnswer *ret)
{
  if (!gate->cut) {
    if (slate_ms > 0 && gate->slate != NULL)
      weir_gate_take_back (gate, G_MININT64, G_MAXINT64);
    else
      weir_gate_close (gate);
    gate->cut = TRUE;
    gate->wanted_us = -1;
    gate->spans.count = 0;
    weir_gate_stop_content (gate, sent_until_ms (gate));
    weir_gate_stop_run (gate);
    withhold_rest (gate);
    if (slate_ms > 0 && gate->slate != NULL)
      weir_gate_begin_run (gate, slate_ms);
  } else if (slate_ms == 0) {
    weir_gate_stop_run (gate);
    weir_gate_close (gate);
  }
  answer_now (gate, ret);
  return TRUE;
}

gint64
weir_gate_exposure_ms (const WeirGate *gate, gint64 from_ms, gint64 to_ms)
{
  return weir_exposure_ms (&gate->exposure, from_ms, to_ms);
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
