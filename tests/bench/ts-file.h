/* An MPEG transport stream as it is sent: packets of seven, each with the time
 * at which it is due by the stream's own clock, and what is counted of one as
 * it arrives. */
#pragma once

#include <glib.h>

#define BENCH_TS_PACKET 188
#define BENCH_TS_CHUNK (7 * BENCH_TS_PACKET)

typedef struct {
  char *bytes;
  gsize size;
  gint64 *due_us; /* of each chunk, from 0 on; rises */
  guint n_chunks;
  gint64 duration_us;
} BenchTs;

gboolean bench_ts_load (const char *path, BenchTs *ret_ts, GError **error);
void bench_ts_clear (BenchTs *ts);

/* What has come of one stream. */
typedef struct {
  guint8 continuity[8192]; /* next expected + 1; 0 not known */
  guint64 packets;
  guint64 pictures; /* access units of video that begin */
  guint64 sounds;   /* PES packets of sound that begin */
  guint64 gaps;     /* in a PID's continuity counter */
  guint64 broken;   /* bytes that are no packet */
} BenchTsCount;

void bench_ts_count (BenchTsCount *count, const guint8 *bytes, gsize size);
