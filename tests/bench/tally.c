/* Counts lateness in buckets of one millisecond. */
#include "bench/tally.h"

void
bench_tally_add (BenchTally *tally, gint64 late_us)
{
  gint64 ms = CLAMP (late_us / 1000, 0, BENCH_TALLY_MS);

  tally->counts[ms]++;
  tally->n++;
  tally->max_us = MAX (tally->max_us, late_us);
}

guint
bench_tally_quantile_ms (const BenchTally *tally, double share)
{
  guint64 want = (guint64) ((double) tally->n * share);
  guint64 sum = 0;

  for (guint ms = 0; ms <= BENCH_TALLY_MS; ms++) {
    sum += tally->counts[ms];
    if (sum > want || sum == tally->n)
      return tally->n == 0 ? 0 : ms + 1;
  }
  return BENCH_TALLY_MS;
}
