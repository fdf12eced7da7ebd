/* A receiver that we call: packets of the gateway become MPEG-TS on its
 * socket. Main thread; nothing blocks. */
#pragma once

#include "programs/srt/link.h"
#include "programs/srt/sock.h"

/* Sent and not acknowledged for so long: the receiver has vanished. */
#define WEIR_EGRESS_NO_ACK_MS 2500

typedef struct _WeirSrtEgress WeirSrtEgress;

/* Begins to connect; NULL when it can't even begin: the gateway has been told.
 */
WeirSrtEgress *
weir_srt_egress_new (const WeirSrtCall *call, WeirLink *link, gint64 now_us);
/* At once, without a word to the gateway. */
void weir_srt_egress_free (WeirSrtEgress *egress);

/* Packets are only put aside, so that a close behind them in the same read
 * makes them void; they go on in weir_srt_egress_turn (). The first two, and
 * the last return FALSE when the connection has ended; the gateway has been
 * told, and it is to be freed. */
gboolean weir_srt_egress_take_config (
    WeirSrtEgress *egress, const WeirSrtConfig *config);
gboolean weir_srt_egress_take_packet (
    WeirSrtEgress *egress, const WeirSrtPacket *packet);
/* Everything that came goes out first. */
void weir_srt_egress_drain (WeirSrtEgress *egress, gint64 now_us);
void weir_srt_egress_cut (WeirSrtEgress *egress); /* to be freed */
gboolean weir_srt_egress_turn (WeirSrtEgress *egress, gint64 now_us);
