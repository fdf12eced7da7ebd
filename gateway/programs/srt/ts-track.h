/* What has come of a PID with PES packets: whether something is missing in
 * between, and whether the PES packet is whole. Pure. */
#pragma once

#include "programs/srt/ts-packet.h"

#define WEIR_TS_NO_CONTINUITY 0xff

typedef struct {
  guint16 pid;
  guint8 continuity; /* of the last packet with payload, or NO_CONTINUITY */
  gboolean waiting;  /* for the next start of a PES packet */
  gsize pes_bytes;
  gboolean complete; /* they are known to be a whole PES packet */
  /* Its own. */
  gsize pes_length; /* that it says; 0: it doesn't */
  gboolean stuffed; /* a packet of it was */
  guint8 last[WEIR_TS_PACKET_BYTES];
  gsize last_bytes;
} WeirTsTrack;

/* Nothing of it has come, or nothing that goes on. */
void weir_ts_track_init (WeirTsTrack *track, guint pid);
/* Of packets with payload: it came just before. One that only has the counter
 * of the last is another one. */
gboolean
weir_ts_track_is_repeated (const WeirTsTrack *track, const WeirTsPacket *p);
/* Whether COUNTER, of the last packet, says that nothing is missing before P.
 * It is P's then. */
gboolean weir_ts_continues (guint8 *counter, const WeirTsPacket *p);
/* The next packet with payload; with a start, the header is whole. */
void weir_ts_track_take (WeirTsTrack *track, const WeirTsPacket *p);
/* A packet that makes a demuxer give out what it has of a PES packet that is
 * complete, and forget what is not. */
void weir_ts_track_write_end (
    const WeirTsTrack *track, guint8 ret_bytes[WEIR_TS_PACKET_BYTES]);
