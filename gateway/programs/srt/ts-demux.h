/* From MPEG-TS to packets: GStreamer's tsdemux and the codecs' parsers, behind
 * the guard. One for each connection. It has no thread: packets come out while
 * bytes are pushed in. */
#pragma once

#include "programs/srt/ts-guard.h"

typedef struct _WeirTsDemux WeirTsDemux;

/* A demuxer that gives up is replaced; one that does so often has a stream
 * that is not to be understood. */
#define WEIR_TS_MAX_RESTARTS 16
/* So many bytes without a packet coming out are no stream of ours; nor are so
 * many of one track of which its parser makes nothing, whatever the other has.
 * Pictures that only wait for a key frame are something. */
#define WEIR_TS_MAX_BARREN_BYTES (32 * 1024 * 1024)
/* What a parser may hold before it makes a packet of it. */
#define WEIR_TS_MAX_HELD 600
#define WEIR_TS_MAX_HELD_BYTES (2 * WEIR_TS_MAX_PES_BYTES)
/* A picture is shown at most so long after, or before, it is decoded. */
#define WEIR_TS_MAX_COMPOSITION_MS 10000
/* Changes of programme, tracks or configuration that may come at once; one
 * more for so many bytes. */
#define WEIR_TS_MAX_CHANGES 50
#define WEIR_TS_BYTES_PER_CHANGE (512 * 1024)

typedef struct {
  WeirMediaKind kind; /* pictures or sound */
  guint8 flags;       /* WeirPacketFlags */
  gint64 dts_ms;      /* the publisher's own; not negative */
  gint64 pts_ms;
  const guint8 *data; /* borrowed */
  gsize size;
} WeirTsDemuxPacket;

typedef struct {
  /* What the kind's packets are from here on; borrowed. */
  void (*on_config) (WeirMediaKind kind, WeirCodec codec, const guint8 *data,
      gsize size, gpointer data_);
  void (*on_packet) (const WeirTsDemuxPacket *packet, gpointer data);
  /* Something in the stream cannot be carried; for a log. Rarely. */
  void (*on_trouble) (const char *text, gpointer data);
} WeirTsDemuxFuncs;

typedef struct {
  WeirTsGuardStats guard;
  guint64 withheld; /* packets behind a hole, up to the next key frame */
  guint restarts;
} WeirTsDemuxStats;

/* gst_init () and the plugins that are needed, and no others. */
gboolean weir_ts_demux_init (GError **error);

WeirTsDemux *
weir_ts_demux_new (guint program, const WeirTsDemuxFuncs *funcs, gpointer data);
void weir_ts_demux_free (WeirTsDemux *demux);

/* FALSE with WEIR_ERROR_LIMIT when the stream has crossed a limit above; it
 * must not be called again then. */
gboolean weir_ts_demux_push (
    WeirTsDemux *demux, const guint8 *data, gsize size, GError **error);
/* So much time has passed since the last call. */
void weir_ts_demux_pass (WeirTsDemux *demux, gint64 us);
/* Bytes are missing before the next that are pushed, or the connection has
 * ended: gives out the pictures and sound that are known to be whole. */
void weir_ts_demux_lost (WeirTsDemux *demux);
/* Gives out what is still inside, whole or not: the stream has ended. */
void weir_ts_demux_drain (WeirTsDemux *demux);

void
weir_ts_demux_get_stats (const WeirTsDemux *demux, WeirTsDemuxStats *ret_stats);
