/* How late things were: a histogram in milliseconds. */
#pragma once

#include <glib.h>

#define BENCH_TALLY_MS 1000

typedef struct {
  guint64 counts[BENCH_TALLY_MS + 1]; /* the last: that late or later */
  guint64 n;
  gint64 max_us;
} BenchTally;

void bench_tally_add (BenchTally *tally, gint64 late_us);
/* The bound, in milliseconds, below which SHARE (0 to 1) of all lies. */
guint bench_tally_quantile_ms (const BenchTally *tally, double share);
