/* Moves bytes between a publisher's socket and the protocol, packets into
 * its stream, and watches the deadlines. */
#include "rtmp/session.h"

#include "base/error.h"
#include "base/log.h"
#include "rtmp/proxy-header.h"
#include "rtmp/server.h"

#define TOPIC "rtmp"

typedef enum {
  STATE_OPEN,
  STATE_ENDING, /* the last words are on their way; input is thrown away */
  STATE_CLOSED, /* handles are closing */
} State;

struct _WeirRtmpSession {
  WeirPublisher publisher;
  WeirRtmpSessionShared *shared;
  State state;
  WeirRtmpSocket *socket;
  uv_timer_t timer;
  guint open; /* socket and timer */
  char *address_key;
  WeirProxyHeader *proxy; /* while one is awaited */
  WeirTls *tls;           /* or NULL */
  WeirArena *arena;
  WeirRtmpServer *server;
  gboolean asking;    /* whether it may publish; nothing is read meanwhile */
  GByteArray *rest;   /* what had been read beyond that; NULL else */
  WeirStream *stream; /* borrowed while publishing */
  gint64 accepted_us;
  gint64 last_read_us;
};

static void
on_part_closed (WeirRtmpSession *session)
{
  if (--session->open > 0)
    return;
  session->shared->on_closed (session, session->shared->data);
  weir_rtmp_server_free (session->server);
  g_clear_pointer (&session->rest, g_byte_array_unref);
  weir_tls_free (session->tls);
  g_free (session->proxy);
  weir_arena_unref (session->arena);
  g_free (session->publisher.peer);
  g_free (session->address_key);
  g_free (session);
}

static void
on_timer_closed (uv_handle_t *handle)
{
  on_part_closed (handle->data);
}

static void
on_socket_closed (gpointer data)
{
  on_part_closed (data);
}

static void
close_all (WeirRtmpSession *session)
{
  if (session->state == STATE_CLOSED)
    return;
  session->state = STATE_CLOSED;
  weir_rtmp_socket_close (session->socket, on_socket_closed);
  uv_close ((uv_handle_t *) &session->timer, on_timer_closed);
}

static void
let_go_of_stream (WeirRtmpSession *session, WeirGone how)
{
  WeirStream *stream = g_steal_pointer (&session->stream);

  if (session->asking)
    weir_streams_publish_cancel (session->shared->streams, &session->publisher);
  session->asking = FALSE;
  if (stream != NULL)
    weir_stream_publisher_gone (stream, &session->publisher, how);
}

void
weir_rtmp_session_abort (WeirRtmpSession *session)
{
  let_go_of_stream (session, WEIR_GONE_LOST);
  close_all (session);
}

/* What the socket is to be given: the protocol's output, encrypted if need
 * be. Without a finished TLS handshake nothing can be said. */
static GByteArray *
take_output (WeirRtmpSession *session)
{
  GByteArray *out = weir_rtmp_server_get_output (session->server);

  if (session->tls == NULL)
    return out;
  weir_tls_write (session->tls, out->data, out->len);
  g_byte_array_set_size (out, 0);
  return weir_tls_get_output (session->tls);
}

static void
flush_output (WeirRtmpSession *session)
{
  if (session->state == STATE_CLOSED
      || weir_rtmp_socket_write (session->socket, take_output (session)))
    return;
  weir_warn (
      TOPIC, session->publisher.peer, "closed: it does not read its answers");
  weir_rtmp_session_abort (session);
}

/* Reads on and waits for the peer to close: it may still be sending. */
static void
begin_ending (WeirRtmpSession *session)
{
  if (session->state != STATE_OPEN)
    return;
  if (session->tls != NULL) {
    take_output (session);
    weir_tls_close (session->tls);
  }
  flush_output (session);
  if (session->state == STATE_CLOSED)
    return;
  session->state = STATE_ENDING;
  weir_rtmp_socket_resume (session->socket);
  if (!weir_rtmp_socket_shut_down (session->socket)) {
    close_all (session);
    return;
  }
  uv_timer_stop (&session->timer);
  uv_timer_start (
      &session->timer, session->timer.timer_cb, WEIR_RTMP_CLOSE_GRACE_MS, 0);
}

void
weir_rtmp_session_end (
    WeirRtmpSession *session, const char *code, const char *reason)
{
  let_go_of_stream (session, WEIR_GONE_LOST);
  if (session->state != STATE_OPEN)
    return;
  weir_rtmp_server_end (session->server, code, reason);
  begin_ending (session);
}

/* The stream has let go of us: only the words and the close are left. */
static void
on_disconnect (WeirPublisher *publisher, const char *reason)
{
  WeirRtmpSession *session = (WeirRtmpSession *) publisher;

  session->stream = NULL;
  weir_warn (TOPIC, publisher->peer, "disconnected: %s", reason);
  weir_rtmp_session_end (session, WEIR_RTMP_CODE_DENIED, reason);
}

/* REASON may hold what the peer sent; it is escaped by the log. */
static void
log_refusal (WeirRtmpSession *session, const char *reason)
{
  guint64 dropped;

  if (!weir_log_limit_allows (&session->shared->refusals, weir_now_us (),
          WEIR_RTMP_REFUSALS_LOGGED, &dropped))
    return;
  if (dropped > 0)
    weir_warn (TOPIC, NULL,
        "%" G_GUINT64_FORMAT " more refusals were not written down", dropped);
  weir_warn (TOPIC, session->publisher.peer, "refused: %s", reason);
}

static void
refuse (WeirRtmpSession *session, const char *code, const char *reason)
{
  log_refusal (session, reason);
  weir_rtmp_session_end (session, code, reason);
}

static void
arm_timer (WeirRtmpSession *session, uv_timer_cb func, gint64 at_us)
{
  gint64 left_us = MAX (at_us - weir_now_us (), 0);

  uv_timer_start (&session->timer, func, (guint64) left_us / 1000 + 1, 0);
}

/* What is missing before the handshake is done. */
static const char *
awaited (const WeirRtmpSession *session)
{
  if (session->proxy != NULL)
    return "PROXY header";
  if (session->tls != NULL && !weir_tls_handshake_done (session->tls))
    return "TLS handshake";
  return "handshake";
}

static void
on_timer (uv_timer_t *timer)
{
  WeirRtmpSession *session = timer->data;
  const WeirRtmpSettings *settings = &session->shared->settings;
  gint64 now_us = weir_now_us ();
  gint64 waited_ms = (now_us - session->accepted_us) / 1000;
  g_autofree char *words = NULL;

  if (session->state != STATE_OPEN) {
    close_all (session);
  } else if (session->stream != NULL) {
    gint64 idle_at_us =
        session->last_read_us + settings->idle_timeout_ms * (gint64) 1000;

    if (now_us < idle_at_us) {
      arm_timer (session, on_timer, idle_at_us);
      return;
    }
    words = g_strdup_printf (
        "nothing received for %u ms", settings->idle_timeout_ms);
    refuse (session, WEIR_RTMP_CODE_FAILED, words);
  } else if (!weir_rtmp_server_handshake_done (session->server)) {
    words = g_strdup_printf ("no %s within %u ms", awaited (session),
        settings->handshake_timeout_ms);
    refuse (session, WEIR_RTMP_CODE_FAILED, words);
  } else if (waited_ms < settings->publish_timeout_ms) {
    arm_timer (session, on_timer,
        session->accepted_us + settings->publish_timeout_ms * (gint64) 1000);
  } else if (session->asking) {
    refuse (session, WEIR_RTMP_CODE_CLOSED,
        "It could not be decided in time whether this may be published. Try "
        "again.");
  } else {
    words = g_strdup_printf (
        "no publish within %u ms", settings->publish_timeout_ms);
    refuse (session, WEIR_RTMP_CODE_FAILED, words);
  }
}

static const char *
code_of (WeirAdmit admit)
{
  switch (admit) {
  case WEIR_ADMIT_BUSY:
    return WEIR_RTMP_CODE_BAD_NAME;
  case WEIR_ADMIT_LATER:
    return WEIR_RTMP_CODE_CLOSED;
  default:
    return WEIR_RTMP_CODE_DENIED;
  }
}

static void
take_answer (WeirRtmpSession *session, WeirAdmit admit, WeirStream *stream,
    const char *reason)
{
  if (admit != WEIR_ADMIT_OK) {
    refuse (session, code_of (admit), reason);
    return;
  }
  session->stream = stream;
  weir_rtmp_server_accept (session->server);
  weir_rtmp_socket_calm_down (session->socket);
  weir_info (TOPIC, session->publisher.peer, "publishes %s",
      weir_stream_get_path (session->stream));
  uv_timer_stop (&session->timer);
  if (session->shared->settings.idle_timeout_ms > 0)
    uv_timer_start (&session->timer, on_timer,
        session->shared->settings.idle_timeout_ms, 0);
}

/* Until it is answered, what else has come is kept as it is. */
static void
begin_asking (WeirRtmpSession *session, const guint8 *data, gsize size)
{
  session->asking = TRUE;
  session->rest = g_byte_array_append (g_byte_array_new (), data, (guint) size);
  weir_rtmp_socket_pause (session->socket);
  flush_output (session);
}

/* What came behind the publish: *DATA, *SIZE. */
static void
on_publish (WeirRtmpSession *session, const guint8 *data, gsize size)
{
  const WeirPublishTarget *target =
      weir_rtmp_server_get_target (session->server);
  const WeirRtmpSelf *self = weir_rtmp_server_get_self (session->server);
  WeirPublishRequest request = { .app = target->app,
    .name = target->name,
    .secret = target->secret,
    .app_query = target->app_query,
    .name_query = target->name_query,
    .tc_url = self->tc_url,
    .flash_ver = self->flash_ver,
    .swf_url = self->swf_url,
    .page_url = self->page_url };
  g_autofree char *reason = NULL;
  WeirStream *stream = NULL;
  WeirAdmit admit;

  session->publisher.address_key = session->address_key;
  admit = weir_streams_publish (session->shared->streams, &request,
      &session->publisher, &stream, &reason);
  if (admit == WEIR_ADMIT_PENDING)
    begin_asking (session, data, size);
  else
    take_answer (session, admit, stream, reason);
}

/* Who publishes: what is shown and logged, and what is counted by. */
static void
set_address (WeirRtmpSession *session, const WeirAddress *address)
{
  g_free (session->publisher.peer);
  g_free (session->address_key);
  session->publisher.peer = weir_address_to_text (address);
  session->address_key = weir_address_to_key (address);
}

/* What came in is broken. */
static void
fail (WeirRtmpSession *session, const char *words)
{
  if (session->stream != NULL)
    weir_warn (TOPIC, session->publisher.peer, "closed: %s", words);
  else
    log_refusal (session, words);
  let_go_of_stream (session, WEIR_GONE_LOST);
  begin_ending (session);
}

static void
take_input (WeirRtmpSession *session, const guint8 *data, gsize size)
{
  while (session->state == STATE_OPEN) {
    g_autoptr (GError) error = NULL;
    WeirPacket packet = { 0 };

    switch (weir_rtmp_server_read (session->server, &data, &size,
        session->last_read_us, &packet, &error)) {
    case WEIR_RTMP_SERVER_MORE:
      flush_output (session);
      return;
    case WEIR_RTMP_SERVER_PUBLISH:
      on_publish (session, data, size);
      if (session->asking)
        return;
      break;
    case WEIR_RTMP_SERVER_PACKET:
      session->publisher.other_tracks =
          weir_rtmp_server_get_other_tracks (session->server);
      weir_stream_take_packet (session->stream, &packet);
      break;
    case WEIR_RTMP_SERVER_ENDED:
      weir_info (TOPIC, session->publisher.peer, "stopped publishing");
      let_go_of_stream (session, WEIR_GONE_STOPPED);
      begin_ending (session);
      break;
    case WEIR_RTMP_SERVER_FAILED:
      fail (session, error->message);
      break;
    }
  }
}

static void
on_admitted (WeirPublisher *publisher, WeirAdmit admit, WeirStream *stream,
    const char *reason)
{
  WeirRtmpSession *session = (WeirRtmpSession *) publisher;
  g_autoptr (GByteArray) rest = g_steal_pointer (&session->rest);

  session->asking = FALSE;
  take_answer (session, admit, stream, reason);
  session->last_read_us = weir_tick_us (weir_now_us ());
  if (rest->len > 0)
    take_input (session, rest->data, rest->len);
  else
    flush_output (session);
}

static const WeirPublisherClass publisher_class = {
  .admitted = on_admitted,
  .disconnect = on_disconnect,
};

static void
on_gone (const char *why, gpointer data)
{
  WeirRtmpSession *session = data;

  if (session->stream != NULL)
    weir_info (TOPIC, session->publisher.peer, "went away: %s", why);
  weir_rtmp_session_abort (session);
}

static void
take_ciphertext (WeirRtmpSession *session, const guint8 *data, gsize size)
{
  guint8 *plain = session->shared->plain;
  gsize n;

  while (session->state == STATE_OPEN) {
    g_autoptr (GError) error = NULL;

    switch (weir_tls_read (session->tls, &data, &size, plain, &n, &error)) {
    case WEIR_TLS_MORE:
      flush_output (session);
      return;
    case WEIR_TLS_PLAIN:
      if (session->asking)
        g_byte_array_append (session->rest, plain, (guint) n);
      else
        take_input (session, plain, n);
      break;
    case WEIR_TLS_CLOSED:
      on_gone ("connection closed", session);
      break;
    case WEIR_TLS_FAILED:
      fail (session, error->message);
      break;
    }
  }
}

/* Consumes the PROXY header from *DATA, *SIZE. FALSE while there is more of it
 * to come, and when it ends the session. */
static gboolean
take_proxy_header (WeirRtmpSession *session, const guint8 **data, gsize *size)
{
  g_autofree WeirProxyHeader *header = NULL;
  g_autoptr (GError) error = NULL;

  switch (weir_proxy_header_feed (session->proxy, data, size, &error)) {
  case WEIR_PROXY_HEADER_MORE:
    return FALSE;
  case WEIR_PROXY_HEADER_FAILED:
    fail (session, error->message);
    return FALSE;
  case WEIR_PROXY_HEADER_DONE:
    break;
  }
  header = g_steal_pointer (&session->proxy);
  if (header->has_source) {
    set_address (session, &header->source);
    session->shared->on_address (session, session->shared->data);
  }
  return session->state == STATE_OPEN;
}

static void
on_input (const guint8 *bytes, gsize size, gint64 arrival_us, gpointer data)
{
  WeirRtmpSession *session = data;

  if (session->state != STATE_OPEN)
    return;
  session->last_read_us = arrival_us;
  if (session->stream != NULL)
    weir_stream_count_input (session->stream, size, arrival_us);
  if (session->state != STATE_OPEN)
    return;
  if (session->proxy != NULL && !take_proxy_header (session, &bytes, &size))
    return;
  if (session->tls != NULL)
    take_ciphertext (session, bytes, size);
  else
    take_input (session, bytes, size);
}

static const WeirRtmpSocketEvents socket_events = {
  .on_input = on_input,
  .on_gone = on_gone,
};

const char *
weir_rtmp_session_get_address_key (const WeirRtmpSession *session)
{
  return session->address_key;
}

WeirRtmpSession *
weir_rtmp_session_new (
    WeirRtmpSessionShared *shared, uv_stream_t *server, gboolean tls)
{
  WeirRtmpSession *session = g_new0 (WeirRtmpSession, 1);
  WeirRtmpServerConfig config = {
    .chunk_size = shared->settings.chunk_size,
    .max_message_bytes = shared->settings.max_message_bytes,
    .window_ack_bytes = shared->settings.window_ack_bytes,
    .seed = g_random_int (),
  };
  const WeirAddress *address;

  session->socket = weir_rtmp_socket_accept (
      shared->readers, server, &socket_events, session);
  if (session->socket == NULL) {
    g_free (session);
    return NULL;
  }
  session->publisher.klass = &publisher_class;
  session->publisher.protocol = tls ? "rtmps" : "rtmp";
  session->publisher.number = ++shared->last_number;
  session->shared = shared;
  address = weir_rtmp_socket_get_address (session->socket);
  if (weir_networks_contain (shared->proxies, address)) {
    session->publisher.peer = weir_address_to_text (address);
    session->proxy = g_new0 (WeirProxyHeader, 1);
  } else {
    set_address (session, address);
  }
  if (tls)
    session->tls = weir_tls_new_server (shared->tls);
  session->arena = weir_arena_new ();
  session->server = weir_rtmp_server_new (session->arena, &config);
  session->accepted_us = session->last_read_us = weir_now_us ();
  session->open = 2;
  uv_timer_init (server->loop, &session->timer);
  session->timer.data = session;
  uv_timer_start (
      &session->timer, on_timer, shared->settings.handshake_timeout_ms, 0);
  return session;
}
