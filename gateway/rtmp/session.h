/* One accepted RTMP connection: the socket and the clock around
 * rtmp/server.h. For rtmp/listener.c only. Loop thread. */
#pragma once

#include "base/log.h"
#include "rtmp/listener.h"
#include "rtmp/socket.h"

/* How long a publisher may take to read why it is being closed. */
#define WEIR_RTMP_CLOSE_GRACE_MS 1500
/* Lines a second about refused connections. */
#define WEIR_RTMP_REFUSALS_LOGGED 20

typedef struct _WeirRtmpSession WeirRtmpSession;

/* What all sessions of a listener share; it outlives them. */
typedef struct {
  WeirRtmpReaders *readers;
  WeirRtmpSettings settings;
  WeirStreams *streams;
  guint64 last_number;   /* of a connection */
  WeirLogLimit refusals; /* strangers must not fill the log */
  /* SESSION is about to be freed. */
  void (*on_closed) (WeirRtmpSession *session, gpointer data);
  gpointer data;
} WeirRtmpSessionShared;

/* Accepts from SERVER; NULL when the system refuses. The session frees itself
 * after on_closed. */
WeirRtmpSession *
weir_rtmp_session_new (WeirRtmpSessionShared *shared, uv_stream_t *server);
/* What the limit per address counts by. Owned by the session. */
const char *weir_rtmp_session_get_address_key (const WeirRtmpSession *session);

/* Tells the peer and closes. Lets go of the stream before it returns. */
void weir_rtmp_session_end (
    WeirRtmpSession *session, const char *code, const char *reason);
/* Closes at once, without a word. */
void weir_rtmp_session_abort (WeirRtmpSession *session);
