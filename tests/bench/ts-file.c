/* Reads the clock of a transport stream, and counts what comes of one. */
#include "bench/ts-file.h"

#define CLOCK_HZ 27000000

/* TRUE when PACKET holds a programme clock reference. */
static gboolean
read_clock (const guint8 *packet, guint *ret_pid, gint64 *ret_us)
{
  guint64 base;

  if (packet[0] != 0x47 || !(packet[3] & 0x20) || packet[4] < 7
      || !(packet[5] & 0x10))
    return FALSE;
  base = (guint64) packet[6] << 25 | (guint64) packet[7] << 17
         | (guint64) packet[8] << 9 | (guint64) packet[9] << 1
         | packet[10] >> 7;
  *ret_pid = (guint) (packet[1] & 31) << 8 | packet[2];
  *ret_us = (gint64) (base * 100 / 9);
  return TRUE;
}

/* Times between two clocks rise evenly with the bytes. */
static gboolean
read_times (BenchTs *ts)
{
  guint n = (guint) (ts->size / BENCH_TS_PACKET), last = 0, clock_pid = 0;
  gint64 last_us = 0, first_us = -1;
  g_autofree gint64 *at_us = g_new0 (gint64, n + 1);

  for (guint i = 0; i < n; i++) {
    const guint8 *p = (const guint8 *) ts->bytes + (gsize) i * BENCH_TS_PACKET;
    gint64 us;
    guint pid;

    if (!read_clock (p, &pid, &us) || (first_us >= 0 && pid != clock_pid))
      continue;
    if (first_us < 0) {
      first_us = us;
      clock_pid = pid;
    }
    us = MAX (us - first_us, last_us);
    for (guint k = last; k <= i; k++)
      at_us[k] =
          last_us
          + (us - last_us) * (gint64) (k - last) / (gint64) MAX (i - last, 1);
    last = i;
    last_us = us;
  }
  for (guint k = last; k <= n; k++)
    at_us[k] = last_us;
  ts->n_chunks = (n + 6) / 7;
  ts->due_us = g_new (gint64, ts->n_chunks);
  for (guint i = 0; i < ts->n_chunks; i++)
    ts->due_us[i] = at_us[i * 7];
  ts->duration_us = last_us;
  return last_us > 0;
}

gboolean
bench_ts_load (const char *path, BenchTs *ret_ts, GError **error)
{
  BenchTs ts = { 0 };

  if (!g_file_get_contents (path, &ts.bytes, &ts.size, error))
    return FALSE;
  ts.size -= ts.size % BENCH_TS_PACKET;
  if (!read_times (&ts)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "%s: no transport stream with a clock", path);
    bench_ts_clear (&ts);
    return FALSE;
  }
  *ret_ts = ts;
  return TRUE;
}

void
bench_ts_clear (BenchTs *ts)
{
  g_clear_pointer (&ts->bytes, g_free);
  g_clear_pointer (&ts->due_us, g_free);
}

static void
count_start (BenchTsCount *count, const guint8 *payload, gsize size)
{
  if (size < 4 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1)
    return;
  if ((payload[3] & 0xf0) == 0xe0)
    count->pictures++;
  else if ((payload[3] & 0xe0) == 0xc0 || payload[3] == 0xbd)
    count->sounds++;
}

static void
count_packet (BenchTsCount *count, const guint8 *p)
{
  guint pid = (guint) (p[1] & 31) << 8 | p[2];
  guint number = p[3] & 15, at = 4;
  gboolean marked = FALSE; /* as a discontinuity */

  if (pid == 8191)
    return;
  count->packets++;
  if (p[3] & 0x20) {
    at += 1u + p[4];
    marked = p[4] > 0 && (p[5] & 0x80);
  }
  if (!(p[3] & 0x10) || at >= BENCH_TS_PACKET)
    return;
  if (count->continuity[pid] != 0 && count->continuity[pid] != number + 1
      && !marked)
    count->gaps++;
  count->continuity[pid] = (guint8) ((number + 1) % 16 + 1);
  if (p[1] & 0x40)
    count_start (count, p + at, BENCH_TS_PACKET - at);
}

void
bench_ts_count (BenchTsCount *count, const guint8 *bytes, gsize size)
{
  for (; size >= BENCH_TS_PACKET;
       bytes += BENCH_TS_PACKET, size -= BENCH_TS_PACKET) {
    if (bytes[0] == 0x47)
      count_packet (count, bytes);
    else
      count->broken += BENCH_TS_PACKET;
  }
  count->broken += size;
}
