/* From what a stream asks for down to its floor, step by step, with the cost of
 * each: what a governor chooses from. Pure. */
#pragma once

#include "core/governor.h"
#include "core/sampler.h"

typedef struct {
  WeirSamplingRate calm; /* asked for at the lowest risk */
  gint64 alert_gap_ms;   /* and at the highest; more than CALM's counts as it */
  gint64 floor_ms;       /* least: one sample in so long */
  gint64 key_gap_ms;     /* 0: not known, the usual is assumed */
  gint64 cost_us;        /* of one sample */
} WeirLadderSource;

/* While the distance of key frames is not known. */
#define WEIR_LADDER_KEY_GAP_MS 2000

typedef struct {
  guint n;                                          /* at least 1 */
  WeirSamplingRate rates[WEIR_GOVERNOR_MAX_LEVELS]; /* the floor first */
  gint64 costs_us[WEIR_GOVERNOR_MAX_LEVELS];        /* of a second of stream */
} WeirLadder;

/* Between the pictures of most streams. */
#define WEIR_LADDER_FRAME_GAP_MS 33

/* BAND: of WEIR_RISK_BANDS; what is asked for grows with it, evenly in samples
 * a second. */
void
weir_ladder_build (const WeirLadderSource *source, guint band, WeirLadder *ret);

/* CPU in microseconds that a second of stream costs at RATE. */
gint64 weir_ladder_cost_us (
    const WeirSamplingRate *rate, gint64 key_gap_ms, gint64 cost_us);
