/* Listens, counts and bounds connections, and closes them all in the end. */
#include "rtmp/listener.h"

#include <netinet/in.h>

#include "base/error.h"
#include "base/log.h"
#include "rtmp/server.h"
#include "rtmp/session.h"

#define TOPIC "rtmp"
/* All that lose their network come back at once; the kernel may allow less. */
#define BACKLOG 4096
/* Connections taken in one tick, 10,000 a second. libuv would go on for as
 * long as there are more, and nothing else would have a turn. */
#define ACCEPTS_A_TICK 100
/* At most one line a second about refused connections, whatever the flood. */
#define REFUSED_LOG_INTERVAL_US G_USEC_PER_SEC

typedef struct {
  WeirRtmpListener *listener;
  const char *section; /* of its settings */
  uv_tcp_t tcp;
  gboolean open;
  gboolean tls;
  gboolean waiting; /* one that libuv has taken; none follow before it */
  char *address;
  guint port;
} Port;

struct _WeirRtmpListener {
  WeirRtmpSessionShared shared;
  WeirLoop *loop;
  Port plain;
  Port tls;
  gboolean stopping;
  guint accepts;          /* since the last tick */
  WeirTimer *tick;        /* runs while ACCEPTS is not 0 */
  GHashTable *sessions;   /* set of WeirRtmpSession */
  GHashTable *by_address; /* address key to count */
  guint64 accepted;
  guint64 refused;
  guint64 refused_unlogged;
  gint64 refused_logged_us;
};

void
weir_rtmp_settings_init (WeirRtmpSettings *settings)
{
  *settings = (WeirRtmpSettings){
    .address = "::",
    .port = 1935,
    .tls_address = "::",
    .tls_port = 1936,
    .proxy_from = "",
    .chunk_size = 65536,
    .max_connections = 1000,
    .max_connections_per_address = 100,
    .handshake_timeout_ms = 5000,
    .publish_timeout_ms = 10000,
    .idle_timeout_ms = 30000,
    .max_message_bytes = 8 * 1024 * 1024,
    .window_ack_bytes = 2500000,
  };
}

static void
free_if_quiet (WeirRtmpListener *listener)
{
  if (!listener->stopping || listener->plain.open || listener->tls.open
      || g_hash_table_size (listener->sessions) > 0)
    return;
  g_hash_table_unref (listener->sessions);
  g_hash_table_unref (listener->by_address);
  weir_rtmp_readers_free (listener->shared.readers);
  weir_networks_free (listener->shared.proxies);
  weir_tls_context_unref (listener->shared.tls);
  g_free (listener->plain.address);
  g_free (listener->tls.address);
  g_free (listener);
}

static void
on_port_closed (uv_handle_t *handle)
{
  Port *port = handle->data;

  port->open = FALSE;
  free_if_quiet (port->listener);
}

static void
count_address (
    WeirRtmpListener *listener, WeirRtmpSession *session, gint change)
{
  const char *key = weir_rtmp_session_get_address_key (session);
  gint count;

  if (key == NULL)
    return;
  count = GPOINTER_TO_INT (g_hash_table_lookup (listener->by_address, key))
          + change;
  if (count > 0)
    g_hash_table_insert (
        listener->by_address, g_strdup (key), GINT_TO_POINTER (count));
  else
    g_hash_table_remove (listener->by_address, key);
}

static void
on_session_closed (WeirRtmpSession *session, gpointer data)
{
  WeirRtmpListener *listener = data;

  count_address (listener, session, -1);
  g_hash_table_remove (listener->sessions, session);
  free_if_quiet (listener);
}

/* Over a limit there are no words: they would cost a handshake. */
static void
refuse_session (
    WeirRtmpListener *listener, WeirRtmpSession *session, const char *why)
{
  gint64 now_us = weir_now_us ();

  listener->refused++;
  listener->refused_unlogged++;
  if (now_us - listener->refused_logged_us >= REFUSED_LOG_INTERVAL_US) {
    weir_warn (TOPIC, weir_rtmp_session_get_address_key (session),
        "refused: %s (%" G_GUINT64_FORMAT " since the last such line)", why,
        listener->refused_unlogged);
    listener->refused_logged_us = now_us;
    listener->refused_unlogged = 0;
  }
  weir_rtmp_session_abort (session);
}

/* A proxy's own connections count in all, but not against one address. */
static gboolean
address_is_full (WeirRtmpListener *listener, WeirRtmpSession *session)
{
  const char *key = weir_rtmp_session_get_address_key (session);

  return key != NULL
         && GPOINTER_TO_UINT (g_hash_table_lookup (listener->by_address, key))
                > listener->shared.settings.max_connections_per_address;
}

static void
on_session_address (WeirRtmpSession *session, gpointer data)
{
  WeirRtmpListener *listener = data;

  count_address (listener, session, 1);
  if (address_is_full (listener, session))
    refuse_session (listener, session, "too many connections of one address");
}

static void
accept_one (Port *port)
{
  WeirRtmpListener *listener = port->listener;
  WeirRtmpSession *session = weir_rtmp_session_new (
      &listener->shared, (uv_stream_t *) &port->tcp, port->tls);

  listener->accepts++;
  if (session == NULL) {
    weir_warn (TOPIC, port->address, "accept: the system refuses");
    return;
  }
  listener->accepted++;
  g_hash_table_add (listener->sessions, session);
  count_address (listener, session, 1);
  if (g_hash_table_size (listener->sessions)
      > listener->shared.settings.max_connections)
    refuse_session (listener, session, "too many connections");
  else if (address_is_full (listener, session))
    refuse_session (listener, session, "too many connections of one address");
}

static void
on_tick (gpointer data)
{
  WeirRtmpListener *listener = data;
  Port *ports[] = { &listener->plain, &listener->tls };

  listener->accepts = 0;
  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    if (ports[i]->waiting) {
      ports[i]->waiting = FALSE;
      accept_one (ports[i]);
    }
  if (listener->accepts == 0)
    g_clear_pointer (&listener->tick, weir_timer_free);
}

/* Not accepted, it is kept by libuv, which then does not look for more. */
static void
on_connection (uv_stream_t *server, int status)
{
  Port *port = server->data;
  WeirRtmpListener *listener = port->listener;

  if (status != 0) {
    weir_warn (TOPIC, port->address, "accept: %s", uv_strerror (status));
    return;
  }
  if (listener->tick == NULL)
    listener->tick = weir_timer_new_on_tick (listener->loop, on_tick, listener);
  if (listener->accepts < ACCEPTS_A_TICK)
    accept_one (port);
  else
    port->waiting = TRUE;
}

static gboolean
bind_and_listen (Port *port, GError **error)
{
  struct sockaddr_storage at = { 0 };
  int size = sizeof (at);
  int r;

  if (uv_ip4_addr (port->address, (int) port->port, (struct sockaddr_in *) &at)
          != 0
      && uv_ip6_addr (
             port->address, (int) port->port, (struct sockaddr_in6 *) &at)
             != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "[%s] address: '%s' is no IPv4 or IPv6 address", port->section,
        port->address);
    return FALSE;
  }
  r = uv_tcp_bind (&port->tcp, (struct sockaddr *) &at, 0);
  if (r == 0)
    r = uv_listen ((uv_stream_t *) &port->tcp, BACKLOG, on_connection);
  if (r == 0)
    r = uv_tcp_getsockname (&port->tcp, (struct sockaddr *) &at, &size);
  if (r != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "[%s] can't listen on %s port %u: %s", port->section, port->address,
        port->port, uv_strerror (r));
    return FALSE;
  }
  /* The port is at the same place in both kinds of address. */
  port->port = ntohs (((struct sockaddr_in *) &at)->sin_port);
  return TRUE;
}

static gboolean
open_port (
    Port *port, const char *address, guint number, gboolean tls, GError **error)
{
  port->section = tls ? "rtmps" : "rtmp";
  port->address = g_strdup (address);
  port->port = number;
  port->tls = tls;
  uv_tcp_init (weir_loop_uv (port->listener->loop), &port->tcp);
  port->tcp.data = port;
  port->open = TRUE;
  if (!bind_and_listen (port, error))
    return FALSE;
  weir_info (TOPIC, NULL, "listens on %s port %u%s", port->address, port->port,
      tls ? " with TLS" : "");
  return TRUE;
}

WeirRtmpListener *
weir_rtmp_listener_new (WeirLoop *loop, const WeirRtmpSettings *settings,
    WeirTlsContext *tls, WeirStreams *streams, GError **error)
{
  WeirNetworks *proxies = weir_networks_parse (settings->proxy_from, error);
  WeirRtmpListener *listener;

  weir_loop_assert_thread (loop);
  if (proxies == NULL) {
    g_prefix_error (error, "[rtmp] proxy_from: ");
    return NULL;
  }
  listener = g_new0 (WeirRtmpListener, 1);
  listener->loop = loop;
  listener->sessions = g_hash_table_new (NULL, NULL);
  listener->by_address =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  listener->shared = (WeirRtmpSessionShared){
    .readers = weir_rtmp_readers_new (loop),
    .settings = *settings,
    .proxies = proxies,
    .tls = tls != NULL ? weir_tls_context_ref (tls) : NULL,
    .streams = streams,
    .on_address = on_session_address,
    .on_closed = on_session_closed,
    .data = listener,
  };
  /* The caller's; what is needed of them is taken here. */
  listener->shared.settings.address = NULL;
  listener->shared.settings.tls_address = NULL;
  listener->shared.settings.proxy_from = NULL;
  listener->plain.listener = listener->tls.listener = listener;
  if (!open_port (
          &listener->plain, settings->address, settings->port, FALSE, error)
      || (tls != NULL
          && !open_port (&listener->tls, settings->tls_address,
              settings->tls_port, TRUE, error))) {
    weir_rtmp_listener_stop (listener);
    return NULL;
  }
  return listener;
}

guint
weir_rtmp_listener_get_port (const WeirRtmpListener *listener)
{
  return listener->plain.port;
}

void
weir_rtmp_listener_set_tls (WeirRtmpListener *listener, WeirTlsContext *tls)
{
  g_return_if_fail (listener->shared.tls != NULL);
  weir_tls_context_unref (listener->shared.tls);
  listener->shared.tls = weir_tls_context_ref (tls);
}

void
weir_rtmp_listener_get_stats (
    const WeirRtmpListener *listener, WeirRtmpListenerStats *ret_stats)
{
  *ret_stats = (WeirRtmpListenerStats){
    .connections = g_hash_table_size (listener->sessions),
    .accepted = listener->accepted,
    .refused = listener->refused,
    .bytes_received = listener->shared.readers->bytes_received,
  };
}

void
weir_rtmp_listener_stop (WeirRtmpListener *listener)
{
  GHashTableIter iter;
  gpointer session;

  if (listener == NULL)
    return;
  weir_loop_assert_thread (listener->loop);
  listener->stopping = TRUE;
  g_clear_pointer (&listener->tick, weir_timer_free);
  if (listener->plain.open)
    uv_close ((uv_handle_t *) &listener->plain.tcp, on_port_closed);
  if (listener->tls.open)
    uv_close ((uv_handle_t *) &listener->tls.tcp, on_port_closed);
  g_hash_table_iter_init (&iter, listener->sessions);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    weir_rtmp_session_end (
        session, WEIR_RTMP_CODE_CLOSED, "the server is shutting down");
}
