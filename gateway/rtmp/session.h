/* One accepted connection: socket, clock, PROXY header and TLS around
 * rtmp/server.h. For rtmp/listener.c only. Loop thread. */
#pragma once

#include "base/log.h"
#include "core/networks.h"
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
  WeirNetworks *proxies; /* from there a PROXY header must come */
  WeirTlsContext *tls;   /* of the next connections; NULL: no TLS */
  guint8 plain[WEIR_TLS_RECORD_BYTES]; /* used within one read */
  WeirStreams *streams;
  guint64 last_number;   /* of a connection */
  WeirLogLimit refusals; /* strangers must not fill the log */
  /* A proxy has told on whose behalf SESSION is: there is an address key. May
   * abort it. */
  void (*on_address) (WeirRtmpSession *session, gpointer data);
  /* SESSION is about to be freed. */
  void (*on_closed) (WeirRtmpSession *session, gpointer data);
  gpointer data;
} WeirRtmpSessionShared;

/* Accepts from SERVER; NULL when the system refuses. TLS: over SHARED's. The
 * session frees itself after on_closed. */
WeirRtmpSession *weir_rtmp_session_new (
    WeirRtmpSessionShared *shared, uv_stream_t *server, gboolean tls);
/* What the limit per address counts by; owned by the session. NULL for a
 * proxy, until it has told on whose behalf it connects. */
const char *weir_rtmp_session_get_address_key (const WeirRtmpSession *session);

/* Tells the peer and closes. Lets go of the stream before it returns. */
void weir_rtmp_session_end (
    WeirRtmpSession *session, const char *code, const char *reason);
/* Closes at once, without a word. */
void weir_rtmp_session_abort (WeirRtmpSession *session);
