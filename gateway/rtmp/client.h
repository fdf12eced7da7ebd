/* The client's side of one RTMP connection that publishes: bytes in, bytes to
 * send and events out. Pure. */
#pragma once

#include "core/block.h"
#include "rtmp/chunk-writer.h"
#include "rtmp/four-cc.h"

/* Chunk size we announce and write. */
#define WEIR_RTMP_CLIENT_CHUNK_SIZE 65536
/* What the server has not taken of the answers it asked for; more is
 * WEIR_ERROR_LIMIT. */
#define WEIR_RTMP_CLIENT_MAX_OUTPUT_BYTES (64 * 1024)

typedef struct _WeirRtmpClient WeirRtmpClient;

/* Whether codecs go out in the form of Enhanced RTMP, by FourCC. */
typedef enum {
  WEIR_RTMP_ENHANCED_AUTO, /* those that the server announces */
  WEIR_RTMP_ENHANCED_YES,  /* all: some servers take them and say nothing */
  WEIR_RTMP_ENHANCED_NO,   /* none, and it is not mentioned either */
} WeirRtmpEnhanced;

/* Strings are copied. The handshake's first bytes are in the output. */
WeirRtmpClient *weir_rtmp_client_new (const char *app, const char *tc_url,
    const char *name, WeirRtmpEnhanced enhanced, guint32 seed);
void weir_rtmp_client_free (WeirRtmpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirRtmpClient, weir_rtmp_client_free)

typedef enum {
  WEIR_RTMP_CLIENT_MORE,
  WEIR_RTMP_CLIENT_LIVE,   /* the server accepted the publish; once */
  WEIR_RTMP_CLIENT_FAILED, /* refused or broken: ERROR has the words */
} WeirRtmpClientEvent;

/* Consumes from *DATA, *SIZE. Call until MORE; not after FAILED. */
WeirRtmpClientEvent weir_rtmp_client_read (
    WeirRtmpClient *client, const guint8 **data, gsize *size, GError **error);

/* Whole messages to be sent: the caller removes what it has written. */
GByteArray *weir_rtmp_client_get_output (WeirRtmpClient *client);
/* The state of the chunk streams, shared by the messages above (2 and 3) and
 * media (4 and up). */
WeirRtmpChunkWriter *weir_rtmp_client_get_writer (WeirRtmpClient *client);
/* Valid once LIVE. */
guint32 weir_rtmp_client_get_stream_id (const WeirRtmpClient *client);

/* What the server can be sent. Valid once LIVE. */
WeirCodecSet weir_rtmp_client_get_codecs (const WeirRtmpClient *client);

/* Appends FCUnpublish and deleteStream when LIVE. */
void weir_rtmp_client_unpublish (WeirRtmpClient *client);

/* Asks the server whether it is there; STAMP comes back. Only when LIVE. One
 * at a time, the answer to an older one does not count. */
void weir_rtmp_client_ping (WeirRtmpClient *client, guint32 stamp);

typedef enum {
  WEIR_RTMP_CLIENT_PING_ANSWERED, /* or none was sent */
  WEIR_RTMP_CLIENT_PING_AWAITED,  /* this server has answered before */
  WEIR_RTMP_CLIENT_PING_IGNORED,  /* it never did: not every server does */
} WeirRtmpClientPing;

/* How the newest ping stands. */
WeirRtmpClientPing weir_rtmp_client_get_ping (const WeirRtmpClient *client);
