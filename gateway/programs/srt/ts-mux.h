/* From packets to MPEG-TS: GStreamer's parsers and mpegtsmux, one for each
 * connection. mpegtsmux has a thread of its own, so bytes come a moment after
 * the packets; everything here is for the main thread and does not block. */
#pragma once

#include "core/packet.h"

typedef struct _WeirTsMux WeirTsMux;

/* A track that is so far behind the other is not waited for. */
#define WEIR_TS_MUX_MAX_SKEW_MS 700
/* A picture is shown at most so long after it is decoded, and never before:
 * receivers take anything else for another time. Sound is heard when it is. */
#define WEIR_TS_MUX_MAX_COMPOSITION_MS 10000

WeirTsMux *weir_ts_mux_new (void);
void weir_ts_mux_free (WeirTsMux *mux);

/* What the packets of KIND are from here on. FALSE with WEIR_ERROR_PROTOCOL for
 * what can't be carried, and for another codec than the track had. */
gboolean weir_ts_mux_set_config (WeirTsMux *mux, WeirMediaKind kind,
    WeirCodec codec, const guint8 *data, gsize size, GError **error);

/* Of a kind that has been described. The first packet of all is time 0. Takes
 * BUFFER. FALSE when the multiplexer has given up. */
gboolean weir_ts_mux_push (WeirTsMux *mux, WeirMediaKind kind, gboolean key,
    gint64 dts_ms, gint64 pts_ms, GBytes *payload);
/* Nothing more comes: out with everything. */
void weir_ts_mux_drain (WeirTsMux *mux);
/* Appends what has come out. TRUE when that is all after a drain. */
gboolean weir_ts_mux_take (WeirTsMux *mux, GByteArray *to);
