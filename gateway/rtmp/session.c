/* Moves bytes between a publisher's socket and the protocol, packets into
 * its stream, and watches the deadlines. */
#include "rtmp/session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/log.h"
#include "rtmp/server.h"

#define TOPIC "rtmp"
#define KEEPALIVE_SECONDS 15
#define USER_TIMEOUT_MS 20000

typedef enum {
  STATE_OPEN,
  STATE_ENDING, /* the last words are on their way; input is thrown away */
  STATE_CLOSED, /* handles are closing */
} State;

struct _WeirRtmpSession {
  WeirPublisher publisher;
  WeirRtmpSessionShared *shared;
  State state;
  uv_tcp_t tcp;
  uv_timer_t timer;
  uv_shutdown_t shutdown;
  guint handles;
  char *address_key;
  WeirArena *arena;
  WeirRtmpServer *server;
  WeirStream *stream; /* borrowed while publishing */
  gint64 accepted_us;
  gint64 last_read_us;
};

typedef struct {
  uv_write_t req;
  guint8 data[];
} Write;

static void
on_handle_closed (uv_handle_t *handle)
{
  WeirRtmpSession *session = handle->data;

  if (--session->handles > 0)
    return;
  session->shared->on_closed (session, session->shared->data);
  weir_rtmp_server_free (session->server);
  weir_arena_unref (session->arena);
  g_free (session->address_key);
  g_free (session->publisher.peer);
  g_free (session);
}

static void
close_handles (WeirRtmpSession *session)
{
  if (session->state == STATE_CLOSED)
    return;
  session->state = STATE_CLOSED;
  uv_close ((uv_handle_t *) &session->tcp, on_handle_closed);
  uv_close ((uv_handle_t *) &session->timer, on_handle_closed);
}

static void
let_go_of_stream (WeirRtmpSession *session)
{
  WeirStream *stream = g_steal_pointer (&session->stream);

  if (stream != NULL)
    weir_stream_publisher_gone (stream, &session->publisher);
}

void
weir_rtmp_session_abort (WeirRtmpSession *session)
{
  let_go_of_stream (session);
  close_handles (session);
}

static void
on_written (uv_write_t *req, int status)
{
  g_free (req);
}

/* Hands the protocol's output to the kernel, or queues it within bounds. */
static void
flush_output (WeirRtmpSession *session)
{
  GByteArray *out = weir_rtmp_server_get_output (session->server);
  uv_stream_t *tcp = (uv_stream_t *) &session->tcp;
  uv_buf_t buf = uv_buf_init ((char *) out->data, out->len);
  Write *write;
  int n;

  if (out->len == 0 || session->state == STATE_CLOSED)
    return;
  n = uv_try_write (tcp, &buf, 1);
  if (n < 0 && n != UV_EAGAIN) {
    g_byte_array_set_size (out, 0);
    return; /* the read side reports it */
  }
  if (n > 0)
    g_byte_array_remove_range (out, 0, (guint) n);
  if (out->len == 0)
    return;
  if (uv_stream_get_write_queue_size (tcp) + out->len
      > WEIR_RTMP_MAX_OUTPUT_BYTES) {
    weir_warn (
        TOPIC, session->publisher.peer, "closed: it does not read its answers");
    weir_rtmp_session_abort (session);
    return;
  }
  write = g_malloc (sizeof (Write) + out->len);
  memcpy (write->data, out->data, out->len);
  buf = uv_buf_init ((char *) write->data, out->len);
  g_byte_array_set_size (out, 0);
  if (uv_write (&write->req, tcp, &buf, 1, on_written) != 0)
    g_free (write);
}

/* Closing with unread input would send a reset, which may overtake the last
 * words: shut down our side, read on and wait for theirs. */
static void
begin_ending (WeirRtmpSession *session)
{
  if (session->state != STATE_OPEN)
    return;
  flush_output (session);
  if (session->state == STATE_CLOSED)
    return;
  session->state = STATE_ENDING;
  if (uv_shutdown (&session->shutdown, (uv_stream_t *) &session->tcp, NULL)
      != 0) {
    close_handles (session);
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
  let_go_of_stream (session);
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

static const WeirPublisherClass publisher_class = {
  .disconnect = on_disconnect,
};

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

static void
on_timer (uv_timer_t *timer)
{
  WeirRtmpSession *session = timer->data;
  const WeirRtmpSettings *settings = &session->shared->settings;
  gint64 now_us = weir_now_us ();
  gint64 waited_ms = (now_us - session->accepted_us) / 1000;
  g_autofree char *words = NULL;

  if (session->state != STATE_OPEN) {
    close_handles (session);
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
    words = g_strdup_printf (
        "no handshake within %u ms", settings->handshake_timeout_ms);
    refuse (session, WEIR_RTMP_CODE_FAILED, words);
  } else if (waited_ms < settings->publish_timeout_ms) {
    arm_timer (session, on_timer,
        session->accepted_us + settings->publish_timeout_ms * (gint64) 1000);
  } else {
    words = g_strdup_printf (
        "no publish within %u ms", settings->publish_timeout_ms);
    refuse (session, WEIR_RTMP_CODE_FAILED, words);
  }
}

static void
on_publish (WeirRtmpSession *session)
{
  const WeirPublishTarget *target =
      weir_rtmp_server_get_target (session->server);
  WeirPublishRequest request = {
    .app = target->app, .name = target->name, .secret = target->secret
  };
  g_autofree char *reason = NULL;
  WeirAdmit admit;

  admit = weir_streams_publish (session->shared->streams, &request,
      &session->publisher, &session->stream, &reason);
  if (admit != WEIR_ADMIT_OK) {
    session->stream = NULL;
    refuse (session,
        admit == WEIR_ADMIT_BUSY ? WEIR_RTMP_CODE_BAD_NAME
                                 : WEIR_RTMP_CODE_DENIED,
        reason != NULL ? reason : "not allowed");
    return;
  }
  weir_rtmp_server_accept (session->server);
  weir_info (TOPIC, session->publisher.peer, "publishes %s",
      weir_stream_get_path (session->stream));
  uv_timer_stop (&session->timer);
  if (session->shared->settings.idle_timeout_ms > 0)
    uv_timer_start (&session->timer, on_timer,
        session->shared->settings.idle_timeout_ms, 0);
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
      on_publish (session);
      break;
    case WEIR_RTMP_SERVER_PACKET:
      weir_stream_take_packet (session->stream, &packet);
      break;
    case WEIR_RTMP_SERVER_ENDED:
      weir_info (TOPIC, session->publisher.peer, "stopped publishing");
      let_go_of_stream (session);
      begin_ending (session);
      break;
    case WEIR_RTMP_SERVER_FAILED:
      if (session->stream != NULL)
        weir_warn (
            TOPIC, session->publisher.peer, "closed: %s", error->message);
      else
        log_refusal (session, error->message);
      let_go_of_stream (session);
      begin_ending (session);
      break;
    }
  }
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  WeirRtmpSession *session = handle->data;

  *buf = uv_buf_init (
      (char *) session->shared->read_buffer, WEIR_RTMP_READ_BUFFER_BYTES);
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  WeirRtmpSession *session = stream->data;

  if (n < 0) {
    if (session->stream != NULL)
      weir_info (TOPIC, session->publisher.peer, "went away: %s",
          n == UV_EOF ? "connection closed" : uv_strerror ((int) n));
    weir_rtmp_session_abort (session);
    return;
  }
  session->shared->bytes_received += (guint64) n;
  if (session->state != STATE_OPEN || n == 0)
    return;
  session->last_read_us = weir_now_us ();
  take_input (session, (const guint8 *) buf->base, (gsize) n);
}

/* "ADDRESS:PORT" to show, and what the limit per address counts by. */
static void
name_peer (WeirRtmpSession *session)
{
  struct sockaddr_storage peer = { 0 };
  char text[INET6_ADDRSTRLEN] = "unknown";
  int size = sizeof (peer);

  uv_tcp_getpeername (&session->tcp, (struct sockaddr *) &peer, &size);
  if (peer.ss_family == AF_INET6) {
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &peer;

    if (IN6_IS_ADDR_V4MAPPED (&in6->sin6_addr)) {
      uv_inet_ntop (AF_INET, in6->sin6_addr.s6_addr + 12, text, sizeof (text));
      session->publisher.peer =
          g_strdup_printf ("%s:%u", text, ntohs (in6->sin6_port));
    } else {
      uv_ip6_name (in6, text, sizeof (text));
      session->publisher.peer =
          g_strdup_printf ("[%s]:%u", text, ntohs (in6->sin6_port));
      memset (in6->sin6_addr.s6_addr + 8, 0, 8);
      uv_ip6_name (in6, text, sizeof (text));
    }
  } else if (peer.ss_family == AF_INET) {
    struct sockaddr_in *in4 = (struct sockaddr_in *) &peer;

    uv_ip4_name (in4, text, sizeof (text));
    session->publisher.peer =
        g_strdup_printf ("%s:%u", text, ntohs (in4->sin_port));
  } else {
    session->publisher.peer = g_strdup (text);
  }
  session->address_key = g_strdup (text);
}

const char *
weir_rtmp_session_get_address_key (const WeirRtmpSession *session)
{
  return session->address_key;
}

static void
set_socket_options (WeirRtmpSession *session)
{
  int timeout_ms = USER_TIMEOUT_MS;
  uv_os_fd_t fd;

  uv_tcp_nodelay (&session->tcp, 1);
  uv_tcp_keepalive (&session->tcp, 1, KEEPALIVE_SECONDS);
  if (uv_fileno ((uv_handle_t *) &session->tcp, &fd) == 0)
    setsockopt (
        fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof (timeout_ms));
}

WeirRtmpSession *
weir_rtmp_session_new (WeirRtmpSessionShared *shared, uv_stream_t *server)
{
  WeirRtmpSession *session = g_new0 (WeirRtmpSession, 1);
  WeirRtmpServerConfig config = {
    .chunk_size = shared->settings.chunk_size,
    .max_message_bytes = shared->settings.max_message_bytes,
    .window_ack_bytes = shared->settings.window_ack_bytes,
    .seed = g_random_int (),
  };

  session->publisher.klass = &publisher_class;
  session->publisher.protocol = "rtmp";
  session->shared = shared;
  session->arena = weir_arena_new ();
  session->server = weir_rtmp_server_new (session->arena, &config);
  session->accepted_us = session->last_read_us = weir_now_us ();
  session->handles = 2;
  uv_tcp_init (shared->loop, &session->tcp);
  uv_timer_init (shared->loop, &session->timer);
  session->tcp.data = session->timer.data = session;
  uv_accept (server, (uv_stream_t *) &session->tcp);
  name_peer (session);
  set_socket_options (session);
  uv_timer_start (
      &session->timer, on_timer, shared->settings.handshake_timeout_ms, 0);
  if (uv_read_start ((uv_stream_t *) &session->tcp, on_alloc, on_read) != 0)
    close_handles (session);
  return session;
}
