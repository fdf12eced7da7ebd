/* Which stretches of a stream anybody has been sent: the base of the figure
 * "exposure". Pure.
 *
 * Outputs are known by their position at the gate. Those that lie side by side
 * make a span, shown from its first picture to its last; what lies between
 * spans (blanked, or lost with a connection) was not shown. A connection may
 * begin with the key frame of an open GOP and be told to stop amid what is
 * shown before that: all of it counts as shown then, so the answer may be too
 * large by what is reordered, never too small. */
#pragma once

#include <glib.h>

/* With more holes than this the two oldest spans become one: the answer may
 * then be too large, never too small. */
#define WEIR_EXPOSURE_MAX_SPANS 64

typedef struct {
  guint64 first; /* positions */
  guint64 end;
  gint64 from_ms; /* stream time; empty when not below to_ms */
  gint64 to_ms;
  gboolean begins; /* what came before FIRST was not shown */
} WeirExposureSpan;

typedef struct {
  WeirExposureSpan spans[WEIR_EXPOSURE_MAX_SPANS];
  guint count;
} WeirExposure;

void weir_exposure_init (WeirExposure *exposure);

/* The output at POSITION was sent. What it shows begins at PTS_MS; SHOWS is
 * FALSE for what doesn't count, as sound beside a picture. BEGINS: something is
 * missing in front of it. */
void weir_exposure_sent (WeirExposure *exposure, guint64 position,
    gboolean shows, gboolean begins, gint64 pts_ms);

/* How many milliseconds of [FROM_MS, TO_MS) were sent; TO_MS below 0 means
 * open. */
gint64
weir_exposure_ms (const WeirExposure *exposure, gint64 from_ms, gint64 to_ms);
