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
    /* Signed difference modulo 2^32: survives both wraps that encoders do,
     * at 2^32 by itself, at 2^31 as a step that is then taken out. */
    gint64 step = (gint32) (guint32) (raw - timeline->unwrapped_ms);
    gint64 passed = (packet->arrival_us - timeline->newest_arrival_us) / 1000;
    gboolean far = step > WEIR_TIMELINE_MAX_STEP_MS
                   || step > WEIR_TIMELINE_MAX_BACK_MS + MAX (passed, 0)
                   || step < -WEIR_TIMELINE_MAX_BACK_MS;

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
