/* The server's side of one RTMP connection: bytes in, bytes to send and
 * events out. Pure: no socket, no clock; the time comes in.
 *
 * Codes a publisher is ended with, always before the close, always as
 * onStatus of level "error":
 *   NetStream.Publish.Denied   refused or cut
 *   NetStream.Publish.BadName  the name is live
 *   NetStream.Failed           broken input or a limit crossed
 *   NetConnection.Connect.Closed  the gateway goes down, is full, or could not
 *                            find out who may publish: try again
 * OBS shows the words of one that refuses its first try and gives up. While
 * it streams it does not listen: it takes the close for a lost network, comes
 * back by itself and is told then.
 */
#pragma once

#include "core/packet.h"
#include "rtmp/publish-target.h"

#define WEIR_RTMP_CODE_DENIED "NetStream.Publish.Denied"
#define WEIR_RTMP_CODE_BAD_NAME "NetStream.Publish.BadName"
#define WEIR_RTMP_CODE_FAILED "NetStream.Failed"
#define WEIR_RTMP_CODE_CLOSED "NetConnection.Connect.Closed"

/* All that a connection may send behind the handshake before it publishes:
 * encoders need a few hundred bytes. */
#define WEIR_RTMP_MAX_BYTES_BEFORE_PUBLISH (256 * 1024)
/* Messages other than sound and pictures: so many at once, and so many a
 * second. Crossing it ends the connection. */
#define WEIR_RTMP_CONTROL_BURST 500
#define WEIR_RTMP_CONTROL_PER_SECOND 100
/* Sound and pictures. 120 pictures and 400 frames of Opus a second are the
 * most that encoders make. The bitrate does not bound them: a message of three
 * bytes costs as much work and memory as one of a hundred. */
#define WEIR_RTMP_MEDIA_BURST 10000
#define WEIR_RTMP_MEDIA_PER_SECOND 2000

typedef struct {
  guint32 chunk_size; /* we announce and write */
  guint32 max_message_bytes;
  guint32 window_ack_bytes;
  guint32 seed; /* for the handshake's filler */
} WeirRtmpServerConfig;

typedef struct _WeirRtmpServer WeirRtmpServer;

WeirRtmpServer *
weir_rtmp_server_new (WeirArena *arena, const WeirRtmpServerConfig *config);
void weir_rtmp_server_free (WeirRtmpServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirRtmpServer, weir_rtmp_server_free)

typedef enum {
  WEIR_RTMP_SERVER_MORE,    /* everything consumed */
  WEIR_RTMP_SERVER_PUBLISH, /* answer with _accept () or _end () */
  WEIR_RTMP_SERVER_PACKET,  /* RET_PACKET is the caller's */
  WEIR_RTMP_SERVER_ENDED,   /* the publisher said that it is done */
  WEIR_RTMP_SERVER_FAILED,  /* ERROR is set and said in the output */
} WeirRtmpServerEvent;

/* Consumes from *DATA, *SIZE. Call until MORE; not again after ENDED, FAILED
 * or _end (). Packets carry the arrival time NOW_US. */
WeirRtmpServerEvent
weir_rtmp_server_read (WeirRtmpServer *server, const guint8 **data, gsize *size,
    gint64 now_us, WeirPacket *ret_packet, GError **error);

/* What the publisher said of itself in connect, each at most
 * WEIR_RTMP_MAX_TARGET_BYTES (longer ones are cut off), or NULL. */
typedef struct {
  char *tc_url;
  char *flash_ver;
  char *swf_url;
  char *page_url;
} WeirRtmpSelf;

/* Bodies of tracks other than the first, which are passed over. */
guint64 weir_rtmp_server_get_other_tracks (const WeirRtmpServer *server);

/* Valid from the PUBLISH event on. */
const WeirPublishTarget *
weir_rtmp_server_get_target (const WeirRtmpServer *server);
const WeirRtmpSelf *weir_rtmp_server_get_self (const WeirRtmpServer *server);
gboolean weir_rtmp_server_handshake_done (const WeirRtmpServer *server);

/* The publish is admitted: NetStream.Publish.Start. */
void weir_rtmp_server_accept (WeirRtmpServer *server);
/* Says CODE and DESCRIPTION at level error; close after the output. */
void weir_rtmp_server_end (
    WeirRtmpServer *server, const char *code, const char *description);

/* What is to be sent: the caller writes it and sets its length to 0. */
GByteArray *weir_rtmp_server_get_output (WeirRtmpServer *server);
