/* Unwraps, joins and straightens timestamps. */
#include "core/timeline.h"

void
weir_timeline_init (WeirTimeline *timeline)
{
  *timeline = (WeirTimeline){ 0 };
  for (guint k = 0; k < WEIR_MEDIA_KINDS; k++)
    for (guint t = 0; t < WEIR_TIMELINE_TRACKS; t++)
      timeline->last_ms[k][t] = -1;
}

void
weir_timeline_new_session (WeirTimeline *timeline)
{
  timeline->session_started = FALSE;
}

/* Where stream time stands for a packet that arrives at ARRIVAL_US and can't
 * be placed by its own timestamp. */
static gint64
by_arrival (const WeirTimeline *timeline, gint64 arrival_us)
{
  gint64 passed = (arrival_us - timeline->newest_arrival_us) / 1000;

  return timeline->newest_ms + MAX (passed, 1);
}

static gint64
passed_ms (const WeirTimeline *timeline, const WeirPacket *packet)
{
  return MAX ((packet->arrival_us - timeline->newest_arrival_us) / 1000, 0);
}

/* No neighbour of the last one, by its own time and that on the wall. */
static gboolean
is_far (gint64 step, gint64 passed)
{
  return step > WEIR_TIMELINE_MAX_STEP_MS
         || step > WEIR_TIMELINE_MAX_BACK_MS + passed
         || step < -WEIR_TIMELINE_MAX_BACK_MS;
}

/* The way from the last timestamp to RAW. Clocks of 32 bits wrap, those that
 * OBS cuts to 31 bits, and those of encoders that know no extended timestamp:
 * the widest that makes RAW a neighbour is taken, so that sound and picture
 * may cross the wrap one after the other and back. */
static gint64
find_step (gint64 raw, gint64 unwrapped, gint64 passed)
{
  static const guint clocks[] = { 32, 31, 24 };
  guint32 difference = (guint32) (raw - unwrapped);

  for (guint i = 0; i < G_N_ELEMENTS (clocks); i++) {
    guint unused = 32 - clocks[i];
    gint64 step = (gint32) (difference << unused) >> unused;

    if (raw >> clocks[i] == 0 && !is_far (step, passed))
      return step;
  }
  return (gint32) difference;
}

void
weir_timeline_map (WeirTimeline *timeline, WeirPacket *packet)
{
  gint64 raw = packet->dts_ms;
  gint64 composition = CLAMP (packet->pts_ms - packet->dts_ms,
      -WEIR_TIMELINE_MAX_COMPOSITION_MS, WEIR_TIMELINE_MAX_COMPOSITION_MS);
  gint64 *last =
      &timeline->last_ms[packet->kind][packet->track % WEIR_TIMELINE_TRACKS];
  gint64 dts;

  if (!timeline->started) {
    timeline->started = timeline->session_started = TRUE;
    timeline->unwrapped_ms = raw;
    timeline->offset_ms = -raw;
  } else if (!timeline->session_started) {
    timeline->session_started = TRUE;
    timeline->unwrapped_ms = raw;
    timeline->offset_ms = by_arrival (timeline, packet->arrival_us) - raw;
  } else {
    gint64 passed = passed_ms (timeline, packet);
    gint64 step = find_step (raw, timeline->unwrapped_ms, passed);
    gboolean far = is_far (step, passed);

    /* Many encoders send every metadata message with timestamp 0: it belongs
     * where it arrives and must not move sound and picture. */
    if (far && packet->kind == WEIR_MEDIA_DATA) {
      packet->dts_ms = packet->pts_ms = timeline->newest_ms;
      return;
    }
    timeline->unwrapped_ms += step;
    if (far) {
      timeline->offset_ms =
          by_arrival (timeline, packet->arrival_us) - timeline->unwrapped_ms;
      timeline->steps++;
    }
  }

  dts = timeline->unwrapped_ms + timeline->offset_ms;
  if (packet->kind == WEIR_MEDIA_DATA) {
    dts = MAX (dts, 0);
  } else if (dts <= *last) {
    /* Keep the pictures' order of showing: PTS stays where it was. LAST is
     * -1 before the first packet, so that no DTS is below 0. */
    composition -= *last + 1 - dts;
    dts = *last + 1;
    timeline->bumped++;
    composition = MAX (composition, 0);
  }
  *last = MAX (*last, dts);
  if (dts >= timeline->newest_ms) {
    timeline->newest_ms = dts;
    timeline->newest_arrival_us = packet->arrival_us;
  }
  packet->dts_ms = dts;
  packet->pts_ms = dts + composition;
}
