/* A publisher's timestamps to stream time: unwrapped milliseconds since the
 * stream's first packet, one offset for sound and picture together, rising
 * strictly per track, continuous across sessions. Pure. */
#pragma once

#include "core/packet.h"

/* A step of more than this between neighbours is a new beginning: the offset
 * moves so that time goes on. Sound and picture are not in order with each
 * other, so a small step back is nothing, and neither is the step forward
 * again; a forward step of more than MAX_BACK counts only when the time
 * passed on the wall as well. Metadata never is a new beginning within a
 * session, and neither is a clock that wraps, at 2^32, 2^31 or 2^24 ms. */
#define WEIR_TIMELINE_MAX_STEP_MS 10000
#define WEIR_TIMELINE_MAX_BACK_MS 3000
/* No encoder shows a picture so long after or before it is decoded: beyond it
 * the composition offset is cut off, so that one broken packet can't carry the
 * flagged span or the record of what was sent away with it. */
#define WEIR_TIMELINE_MAX_COMPOSITION_MS 10000
#define WEIR_TIMELINE_TRACKS 16

typedef struct {
  gboolean started;
  gboolean session_started;
  gint64 offset_ms;    /* stream time = unwrapped + offset */
  gint64 unwrapped_ms; /* of the newest packet of the session */
  gint64 newest_ms;    /* greatest DTS given so far, stream time */
  gint64 newest_arrival_us;
  gint64 last_ms[WEIR_MEDIA_KINDS][WEIR_TIMELINE_TRACKS];
  guint64 steps;  /* new beginnings within a session */
  guint64 bumped; /* DTS that did not rise by themselves */
} WeirTimeline;

void weir_timeline_init (WeirTimeline *timeline);

/* A new session begins: the next packet goes on where stream time stands,
 * later by the wall time that passed. */
void weir_timeline_new_session (WeirTimeline *timeline);

/* Turns PACKET's dts_ms in [0, 2^32) and pts_ms into stream time. Composition
 * offset is kept. arrival_us must be set. */
void weir_timeline_map (WeirTimeline *timeline, WeirPacket *packet);
