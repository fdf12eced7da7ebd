/* The ports that RTMP publishers connect to, plain and over TLS. Limits count
 * both together. Loop thread. */
#pragma once

#include "base/loop.h"
#include "control/ingest.h"
#include "rtmp/tls.h"

typedef struct {
  const char *address; /* IPv4 or IPv6; "::" takes both */
  guint port;          /* 0: any free one */
  const char *tls_address;
  guint tls_port;
  /* Addresses and networks that speak for others with a PROXY header
   * (core/networks.h). */
  const char *proxy_from;
  guint chunk_size; /* what we announce and write */
  guint max_connections;
  guint max_connections_per_address; /* IPv6: per /64 network */
  guint handshake_timeout_ms;        /* from accept, absolute */
  guint publish_timeout_ms;          /* from accept, absolute */
  guint idle_timeout_ms;             /* without a byte; 0: none */
  guint max_message_bytes;           /* of a video message */
  guint window_ack_bytes;
} WeirRtmpSettings;

void weir_rtmp_settings_init (WeirRtmpSettings *settings);

typedef struct _WeirRtmpListener WeirRtmpListener;

typedef struct {
  guint connections; /* now */
  guint64 accepted;  /* since start */
  guint64 refused;   /* over a connection limit */
  guint64 bytes_received;
} WeirRtmpListenerStats;

/* Binds and listens. SETTINGS are copied; LOOP and STREAMS must outlive the
 * listener. TLS: NULL for no such port. WEIR_ERROR_CONFIG for an address that
 * is none, WEIR_ERROR_FAILED when the system says no; errors begin with
 * "[SECTION] ". */
WeirRtmpListener *
weir_rtmp_listener_new (WeirLoop *loop, const WeirRtmpSettings *settings,
    WeirTlsContext *tls, WeirStreams *streams, GError **error);
guint weir_rtmp_listener_get_port (const WeirRtmpListener *listener);
/* TLS for connections that come from now on; the others keep theirs. Only
 * when there is a port for it. */
void
weir_rtmp_listener_set_tls (WeirRtmpListener *listener, WeirTlsContext *tls);
void weir_rtmp_listener_get_stats (
    const WeirRtmpListener *listener, WeirRtmpListenerStats *ret_stats);

/* Takes no one new, tells every publisher that the server is going down and
 * lets go of the streams before it returns. The rest happens on the loop:
 * within two seconds all handles are closed and LISTENER is freed. Don't use
 * it any more. NULL is allowed. */
void weir_rtmp_listener_stop (WeirRtmpListener *listener);
