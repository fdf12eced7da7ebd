/* Whether what one scorer makes of one stream rises towards its threshold.
 * Pure.
 *
 * What the scores are like of late is held against what they are usually like:
 * a classifier that gives every picture of a stream the same says nothing, near
 * its threshold or not. */
#pragma once

#include <glib.h>

/* All 0: nothing was scored yet. */
typedef struct {
  gboolean any;
  double late;  /* thousandths; mean of the last few */
  double usual; /* of many */
} WeirScoreTrend;

/* SCORE and THRESHOLD in thousandths. Returns how much of the way from what is
 * usual to THRESHOLD the scores have gone: 0 when they have not risen, 1 at
 * THRESHOLD, and for a SCORE of THRESHOLD or more. */
double
weir_score_trend_add (WeirScoreTrend *trend, guint score, guint threshold);
