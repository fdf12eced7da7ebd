/* Writes MPEG-TS for tests, packet by packet. */
#pragma once

#include <string.h>

#include "base/bytes.h"
#include "programs/srt/ts-psi.h"

typedef struct {
  GByteArray *out;
  guint8 continuity[0x2000];
} TsBuild;

static inline guint32
ts_crc (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < 8 * size; i++) {
    gboolean bit = (crc >> 31) ^ (data[i / 8] >> (7 - i % 8) & 1);

    crc = crc << 1 ^ (bit ? 0x04c11db7 : 0);
  }
  return crc;
}

/* A packet with SIZE bytes of payload, stuffed in the adaptation field. PCR: 90
 * kHz, or -1. */
static inline void
ts_packet (TsBuild *b, guint pid, gboolean start, gint64 pcr,
    const guint8 *payload, gsize size)
{
  guint8 p[WEIR_TS_PACKET_BYTES];
  gsize field = WEIR_TS_PACKET_BYTES - 4 - size;

  g_assert (size <= 184 && (pcr < 0 || field >= 8));
  memset (p, 0xff, sizeof p);
  p[0] = WEIR_TS_SYNC;
  p[1] = (guint8) (pid >> 8 | (start ? 0x40 : 0));
  p[2] = (guint8) pid;
  p[3] = (guint8) ((size > 0 ? 0x10 : 0) | (field > 0 ? 0x20 : 0)
                   | (b->continuity[pid] & 15));
  if (size > 0)
    b->continuity[pid]++;
  if (field > 0)
    p[4] = (guint8) (field - 1);
  if (field > 1)
    p[5] = pcr >= 0 ? 0x10 : 0;
  if (pcr >= 0) {
    weir_put_uint (p + 6, (guint64) pcr >> 1, 4);
    p[10] = (guint8) ((pcr & 1) << 7 | 0x7e);
    p[11] = 0;
  }
  if (size > 0)
    memcpy (p + WEIR_TS_PACKET_BYTES - size, payload, size);
  g_byte_array_append (b->out, p, sizeof p);
}

/* A section over as many packets as it takes. */
static inline void
ts_section (TsBuild *b, guint pid, guint table, guint id, guint version,
    const guint8 *body, gsize size)
{
  g_autoptr (GByteArray) s = g_byte_array_new ();

  weir_append_uint (s, 0, 1); /* pointer */
  weir_append_uint (s, table, 1);
  weir_append_uint (s, 0xb000 | (size + 9), 2);
  weir_append_uint (s, id, 2);
  weir_append_uint (s, 0xc1 | version << 1, 1);
  weir_append_uint (s, 0, 2);
  g_byte_array_append (s, body, (guint) size);
  weir_append_uint (s, ts_crc (s->data + 1, s->len - 1), 4);
  for (gsize at = 0; at < s->len; at += 184) {
    guint8 full[184];
    gsize n = MIN (s->len - at, 184);

    memset (full, 0xff, sizeof full);
    memcpy (full, s->data + at, n);
    ts_packet (b, pid, at == 0, -1, full, sizeof full);
  }
}

typedef struct {
  guint number, pmt_pid;
} TsProgramEntry;

static inline void
ts_pat (TsBuild *b, const TsProgramEntry *programs, guint n, guint version)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  for (guint i = 0; i < n; i++) {
    weir_append_uint (body, programs[i].number, 2);
    weir_append_uint (body, 0xe000 | programs[i].pmt_pid, 2);
  }
  ts_section (b, 0, 0, 1, version, body->data, body->len);
}

typedef struct {
  guint type, pid;
  const char *registration; /* or NULL */
} TsStreamEntry;

static inline void
ts_pmt (TsBuild *b, guint pid, guint number, guint version, guint pcr_pid,
    const TsStreamEntry *streams, guint n)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  weir_append_uint (body, 0xe000 | pcr_pid, 2);
  weir_append_uint (body, 0xf000, 2);
  for (guint i = 0; i < n; i++) {
    const char *r = streams[i].registration;

    weir_append_uint (body, streams[i].type, 1);
    weir_append_uint (body, 0xe000 | streams[i].pid, 2);
    weir_append_uint (body, 0xf000 | (r != NULL ? 6 : 0), 2);
    if (r != NULL) {
      weir_append_uint (body, 0x0504, 2);
      g_byte_array_append (body, (const guint8 *) r, 4);
    }
  }
  ts_section (b, pid, 2, number, version, body->data, body->len);
}

/* A PES packet of PACKETS packets, without a length. */
static inline void
ts_pes (TsBuild *b, guint pid, guint stream_id, gint64 pts, guint packets)
{
  guint8 payload[170] = { 0, 0, 1, (guint8) stream_id, 0, 0, 0x80, 0x80, 5 };

  payload[9] = (guint8) (0x21 | (pts >> 29 & 0x0e));
  weir_put_uint (payload + 10, (guint64) (pts >> 14 & 0xfffe) | 1, 2);
  weir_put_uint (payload + 12, (guint64) (pts << 1 & 0xfffe) | 1, 2);
  for (guint i = 0; i < packets; i++) {
    ts_packet (b, pid, i == 0, i == 0 ? pts : -1, payload, sizeof payload);
    memset (payload, 0x55, sizeof payload);
  }
}
