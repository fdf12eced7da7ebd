/* Listens, counts and bounds connections, and closes them all in the end. */
#include "rtmp/listener.h"

#include <netinet/in.h>

#include "base/error.h"
#include "base/log.h"
#include "rtmp/server.h"
#include "rtmp/session.h"

#define TOPIC "rtmp"
#define BACKLOG 256
/* At most one line a second about refused connections, whatever the flood. */
#define REFUSED_LOG_INTERVAL_US G_USEC_PER_SEC

struct _WeirRtmpListener {
  WeirRtmpSessionShared shared;
  WeirLoop *loop;
  uv_tcp_t tcp;
  gboolean tcp_open;
  gboolean stopping;
  char *address;
  guint port;
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
  if (!listener->stopping || listener->tcp_open
      || g_hash_table_size (listener->sessions) > 0)
    return;
  g_hash_table_unref (listener->sessions);
  g_hash_table_unref (listener->by_address);
  weir_rtmp_readers_free (listener->shared.readers);
  g_free (listener->address);
  g_free (listener);
}

static void
on_listener_closed (uv_handle_t *handle)
{
  WeirRtmpListener *listener = handle->data;

  listener->tcp_open = FALSE;
  free_if_quiet (listener);
}

static void
count_address (WeirRtmpListener *listener, const char *key, gint change)
{
  gint count = GPOINTER_TO_INT (g_hash_table_lookup (listener->by_address, key))
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

  count_address (listener, weir_rtmp_session_get_address_key (session), -1);
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

static void
on_connection (uv_stream_t *server, int status)
{
  WeirRtmpListener *listener = server->data;
  WeirRtmpSession *session;
  const char *key;

  if (status != 0) {
    weir_warn (TOPIC, listener->address, "accept: %s", uv_strerror (status));
    return;
  }
  session = weir_rtmp_session_new (&listener->shared, server);
  if (session == NULL) {
    weir_warn (TOPIC, listener->address, "accept: the system refuses");
    return;
  }
  key = weir_rtmp_session_get_address_key (session);
  listener->accepted++;
  g_hash_table_add (listener->sessions, session);
  count_address (listener, key, 1);
  if (g_hash_table_size (listener->sessions)
      > listener->shared.settings.max_connections)
    refuse_session (listener, session, "too many connections");
  else if (GPOINTER_TO_UINT (g_hash_table_lookup (listener->by_address, key))
           > listener->shared.settings.max_connections_per_address)
    refuse_session (listener, session, "too many connections of one address");
}

static gboolean
bind_and_listen (WeirRtmpListener *listener, GError **error)
{
  struct sockaddr_storage at = { 0 };
  int size = sizeof (at);
  int r;

  if (uv_ip4_addr (
          listener->address, (int) listener->port, (struct sockaddr_in *) &at)
          != 0
      && uv_ip6_addr (listener->address, (int) listener->port,
             (struct sockaddr_in6 *) &at)
             != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "'%s' is no IPv4 or IPv6 address", listener->address);
    return FALSE;
  }
  r = uv_tcp_bind (&listener->tcp, (struct sockaddr *) &at, 0);
  if (r == 0)
    r = uv_listen ((uv_stream_t *) &listener->tcp, BACKLOG, on_connection);
  if (r == 0)
    r = uv_tcp_getsockname (&listener->tcp, (struct sockaddr *) &at, &size);
  if (r != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "can't listen on %s port %u: %s", listener->address, listener->port,
        uv_strerror (r));
    return FALSE;
  }
  /* The port is at the same place in both kinds of address. */
  listener->port = ntohs (((struct sockaddr_in *) &at)->sin_port);
  return TRUE;
}

WeirRtmpListener *
weir_rtmp_listener_new (WeirLoop *loop, const WeirRtmpSettings *settings,
    WeirStreams *streams, GError **error)
{
  WeirRtmpListener *listener = g_new0 (WeirRtmpListener, 1);

  weir_loop_assert_thread (loop);
  listener->loop = loop;
  listener->address = g_strdup (settings->address);
  listener->port = settings->port;
  listener->sessions = g_hash_table_new (NULL, NULL);
  listener->by_address =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  listener->shared = (WeirRtmpSessionShared){
    .readers = weir_rtmp_readers_new (loop),
    .settings = *settings,
    .streams = streams,
    .on_closed = on_session_closed,
    .data = listener,
  };
  listener->shared.settings.address = listener->address;
  uv_tcp_init (weir_loop_uv (loop), &listener->tcp);
  listener->tcp.data = listener;
  listener->tcp_open = TRUE;
  if (!bind_and_listen (listener, error)) {
    weir_rtmp_listener_stop (listener);
    return NULL;
  }
  weir_info (
      TOPIC, NULL, "listens on %s port %u", listener->address, listener->port);
  return listener;
}

guint
weir_rtmp_listener_get_port (const WeirRtmpListener *listener)
{
  return listener->port;
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
  uv_close ((uv_handle_t *) &listener->tcp, on_listener_closed);
  g_hash_table_iter_init (&iter, listener->sessions);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    weir_rtmp_session_end (
        session, WEIR_RTMP_CODE_CLOSED, "the server is shutting down");
}
