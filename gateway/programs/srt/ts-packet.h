/* Packets of MPEG-TS (ISO/IEC 13818-1, 2.4.3): their parts. Pure. */
#pragma once

#include <glib.h>

#define WEIR_TS_PACKET_BYTES 188
#define WEIR_TS_SYNC 0x47
#define WEIR_TS_PAT_PID 0
#define WEIR_TS_NULL_PID 0x1fff
#define WEIR_TS_NO_PID 0xffff

/* The parts of a packet; all borrowed from its bytes. */
typedef struct {
  const guint8 *bytes;
  guint16 pid;
  guint8 continuity;
  gboolean start;
  gboolean jump; /* discontinuity indicator: the counter may jump */
  gboolean pcr;
  gboolean stuffed;      /* its adaptation field has bytes that say nothing */
  const guint8 *payload; /* NULL: it has none */
  gsize payload_size;
} WeirTsPacket;

/* Of WEIR_TS_PACKET_BYTES at BYTES. FALSE for a packet that is damaged or
 * encrypted. */
gboolean weir_ts_packet_parse (const guint8 *bytes, WeirTsPacket *ret_packet);
/* PACKET, which has a clock, with nothing but that. */
void weir_ts_packet_write_clock (
    const WeirTsPacket *packet, guint8 ret_bytes[WEIR_TS_PACKET_BYTES]);
