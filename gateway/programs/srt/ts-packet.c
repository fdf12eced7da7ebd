/* Parts of packets. */
#include "programs/srt/ts-packet.h"

#include <string.h>

/* Whether the adaptation field B, its length first, has bytes that say nothing
 * (2.4.3.4). One that can't be understood is not said to have. */
static gboolean
is_stuffed (const guint8 *b)
{
  guint size = b[0], used = 1;

  if (size == 0)
    return TRUE;
  used += (b[1] & 0x10 ? 6u : 0) + (b[1] & 0x08 ? 6u : 0) + (b[1] & 4 ? 1u : 0);
  for (guint flag = 2; flag > 0; flag--) /* private data, extension */
    if (b[1] & flag) {
      if (used >= size)
        return FALSE;
      used += 1u + b[1 + used];
    }
  return used < size || b[1] == 0;
}

gboolean
weir_ts_packet_parse (const guint8 *bytes, WeirTsPacket *ret_packet)
{
  const guint8 *b = bytes;
  WeirTsPacket p = { .bytes = b };
  gsize at = 4;

  if (b[0] != WEIR_TS_SYNC || b[1] & 0x80 || b[3] & 0xc0)
    return FALSE;
  p.pid = (guint16) ((b[1] & 0x1f) << 8 | b[2]);
  p.start = (b[1] & 0x40) != 0;
  p.continuity = b[3] & 15;
  if (b[3] & 0x20) {
    at = 5u + b[4];
    if (at > WEIR_TS_PACKET_BYTES)
      return FALSE;
    p.jump = b[4] > 0 && b[5] & 0x80;
    p.pcr = b[4] >= 7 && b[5] & 0x10;
    p.stuffed = is_stuffed (b + 4);
  }
  if (b[3] & 0x10) {
    p.payload = b + at;
    p.payload_size = WEIR_TS_PACKET_BYTES - at;
  }
  if (p.payload_size == 0) {
    p.payload = NULL;
    p.start = FALSE;
  }
  *ret_packet = p;
  return TRUE;
}

void
weir_ts_packet_write_clock (
    const WeirTsPacket *packet, guint8 ret_bytes[WEIR_TS_PACKET_BYTES])
{
  memset (ret_bytes, 0xff, WEIR_TS_PACKET_BYTES);
  memcpy (ret_bytes, packet->bytes, 12);
  ret_bytes[1] &= 0x1f;
  ret_bytes[3] = (guint8) (0x20 | packet->continuity);
  ret_bytes[4] = WEIR_TS_PACKET_BYTES - 5;
  ret_bytes[5] &= 0x90; /* nothing but the clock */
}
