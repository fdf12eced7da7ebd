/* What stands between a stranger's MPEG-TS and the demuxer: finds packets,
 * chooses a programme and one track of each kind, sees holes, and lets only
 * packets of those tracks through that are in order. Pure.
 *
 * What gets through is sound as far as the packet layer goes: of each track
 * whole PES packets only (one that a hole is in is broken off by a packet out
 * of order, for which demuxers drop it), of bounded size, and the tables of
 * just one programme.
 *
 * A stream may go on with another one at any packet, with other tables, PIDs
 * and counters: the tables change where a PES packet of the new ones starts,
 * and what is not known to be whole then has a hole at its end. Where counters
 * happen to go on, a PES packet that the join cuts off looks like one that is
 * whole. */
#pragma once

#include "programs/srt/ts-psi.h"
#include "programs/srt/ts-track.h"
#include "programs/srt/ts-units.h"

/* A PES packet of pictures or sound that is longer is taken for damaged. */
#define WEIR_TS_MAX_PES_BYTES (8 * 1024 * 1024)
/* So many packets are looked at to know all programmes (or until there is a
 * PAT) before what is known must do. */
#define WEIR_TS_DECIDE_PACKETS 4000

typedef struct _WeirTsGuard WeirTsGuard;

typedef struct {
  /* Packets for the demuxer; borrowed. */
  void (*on_packets) (const guint8 *packets, gsize size, gpointer data);
  /* Something of a track is missing, or another stream begins: nothing that
   * comes in on_packets () from now on belongs to what came before. */
  void (*on_hole) (WeirMediaKind kind, gpointer data);
  /* The programme's tracks are these from here on. */
  void (*on_program) (const WeirTsPmt *pmt, gpointer data);
} WeirTsGuardFuncs;

typedef struct {
  guint64 packets;      /* found */
  guint64 holes;        /* counted once for all tracks */
  guint64 broken;       /* packets: damaged, encrypted; bytes between, in 188 */
  guint64 other_tracks; /* packets of tracks that are passed over */
  guint64 changes;      /* of programme or tracks */
} WeirTsGuardStats;

/* PROGRAM: number of the one to take; 0, or one that is not there: the first
 * with pictures that can be carried, else the first. */
WeirTsGuard *
weir_ts_guard_new (guint program, const WeirTsGuardFuncs *funcs, gpointer data);
void weir_ts_guard_free (WeirTsGuard *guard);

/* Bytes as they come, in pieces of any size. */
void weir_ts_guard_push (WeirTsGuard *guard, const guint8 *data, gsize size);
/* So much time has passed since the last call. */
void weir_ts_guard_pass (WeirTsGuard *guard, gint64 us);
/* Bytes are missing before those of the next weir_ts_guard_push (), or no more
 * come. Of the PES packets that have begun those go out that are known to be
 * whole. */
void weir_ts_guard_lost (WeirTsGuard *guard);

/* PID of the track taken, or WEIR_TS_NO_PID. */
guint weir_ts_guard_get_pid (const WeirTsGuard *guard, WeirMediaKind kind);
void
weir_ts_guard_get_stats (const WeirTsGuard *guard, WeirTsGuardStats *ret_stats);
