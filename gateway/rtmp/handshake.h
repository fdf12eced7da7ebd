/* The RTMP handshake, both sides (Adobe RTMP 1.0, 5.2). Pure: bytes in, bytes
 * to send out.
 *
 * The server side answers in the form it is asked in: with digests when C1
 * carries one (Flash Media Server 3 and later; not in Adobe's document), else
 * in the simple form. A client that says it has a digest and has none gets the
 * simple form too. The client side is simple. C2 and S2 are read and never
 * compared: GStreamer overwrites part of what it should echo. */
#pragma once

#include <glib.h>

#define WEIR_RTMP_HANDSHAKE_BYTES 1536 /* of each of C1, C2, S1, S2 */

typedef enum {
  WEIR_RTMP_SERVER_SIDE,
  WEIR_RTMP_CLIENT_SIDE,
} WeirRtmpSide;

typedef struct {
  WeirRtmpSide side;
  guint8 theirs[1 + WEIR_RTMP_HANDSHAKE_BYTES]; /* C0 C1 or S0 S1 */
  gsize have;
  gsize echo_have; /* bytes of C2 or S2 seen */
  guint32 seed;
} WeirRtmpHandshake;

typedef enum {
  WEIR_RTMP_HANDSHAKE_MORE,
  WEIR_RTMP_HANDSHAKE_DONE,
  WEIR_RTMP_HANDSHAKE_FAILED,
} WeirRtmpHandshakeResult;

/* SEED varies the filler bytes. The client's C0 and C1 are appended to OUT
 * at once; the server side writes nothing yet. */
void weir_rtmp_handshake_init (WeirRtmpHandshake *handshake, WeirRtmpSide side,
    guint32 seed, GByteArray *out);

/* Consumes from *DATA, *SIZE what belongs to the handshake and appends the
 * answer to OUT. FAILED sets WEIR_ERROR_PROTOCOL with words that name what
 * the peer seems to speak. */
WeirRtmpHandshakeResult weir_rtmp_handshake_feed (WeirRtmpHandshake *handshake,
    const guint8 **data, gsize *size, GByteArray *out, GError **error);
