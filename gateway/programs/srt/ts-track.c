/* Follows the counters and PES packets of one PID. */
#include "programs/srt/ts-track.h"

#include <string.h>

#define PES_PREFIX_BYTES 6 /* that the length does not count */

void
weir_ts_track_init (WeirTsTrack *track, guint pid)
{
  *track = (WeirTsTrack){
    .pid = (guint16) pid, .continuity = WEIR_TS_NO_CONTINUITY, .waiting = TRUE
  };
}

gboolean
weir_ts_track_is_repeated (const WeirTsTrack *track, const WeirTsPacket *p)
{
  return p->continuity == track->continuity
         && p->payload_size == track->last_bytes
         && memcmp (p->payload, track->last, p->payload_size) == 0;
}

gboolean
weir_ts_continues (guint8 *counter, const WeirTsPacket *p)
{
  guint8 last = *counter;

  if (p->payload == NULL)
    return TRUE;
  *counter = p->continuity;
  return last == WEIR_TS_NO_CONTINUITY || p->continuity == ((last + 1) & 15);
}

void
weir_ts_track_take (WeirTsTrack *track, const WeirTsPacket *p)
{
  if (p->start) {
    track->waiting = FALSE;
    track->pes_bytes = 0;
    track->pes_length = (gsize) p->payload[4] << 8 | p->payload[5];
    track->stuffed = FALSE;
  }
  track->pes_bytes += p->payload_size;
  /* Without a length: a packet is stuffed where there is not enough left of
   * the PES packet to fill it (2.4.3.5). */
  track->complete =
      track->pes_length != 0
          ? track->pes_bytes == PES_PREFIX_BYTES + track->pes_length
          : p->stuffed && !track->stuffed;
  track->stuffed |= p->stuffed;
  track->continuity = p->continuity;
  memcpy (track->last, p->payload, p->payload_size);
  track->last_bytes = p->payload_size;
}

void
weir_ts_track_write_end (
    const WeirTsTrack *track, guint8 ret_bytes[WEIR_TS_PACKET_BYTES])
{
  /* A start gives out, though it is none of a PES packet; a packet without one
   * and with a counter that can't be right is where something is missing. */
  guint counter = track->continuity + (track->complete ? 1u : 8u);

  memset (ret_bytes, 0xff, WEIR_TS_PACKET_BYTES);
  ret_bytes[0] = WEIR_TS_SYNC;
  ret_bytes[1] = (guint8) (track->pid >> 8 | (track->complete ? 0x40 : 0));
  ret_bytes[2] = (guint8) track->pid;
  ret_bytes[3] = (guint8) (0x10 | (counter & 15));
}
