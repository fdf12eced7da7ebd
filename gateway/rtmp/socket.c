/* Reads on the tick through epoll sets of our own; libuv accepts, writes and
 * closes. */
#include "rtmp/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define KEEPALIVE_SECONDS 15
#define USER_TIMEOUT_MS 20000

struct _WeirRtmpSocket {
  WeirRtmpReaders *readers;
  WeirPollSet *set; /* that it is in, or NULL */
  uv_tcp_t tcp;
  uv_os_fd_t fd;
  uv_shutdown_t shutdown;
  gboolean paused;
  gboolean closing;
  WeirAddress address;
  const WeirRtmpSocketEvents *events;
  gpointer data;
  void (*on_closed) (gpointer data);
};

typedef struct {
  uv_write_t req;
  guint8 data[];
} Write;

WeirRtmpReaders *
weir_rtmp_readers_new (WeirLoop *loop)
{
  WeirRtmpReaders *readers = g_new0 (WeirRtmpReaders, 1);

  readers->loop = loop;
  readers->eager = weir_poll_set_new ();
  for (guint i = 0; i < WEIR_RTMP_READ_TICKS; i++)
    readers->calm[i] = weir_poll_set_new ();
  return readers;
}

void
weir_rtmp_readers_free (WeirRtmpReaders *readers)
{
  if (readers == NULL)
    return;
  g_assert (readers->n_sockets == 0);
  weir_timer_free (readers->timer);
  weir_poll_set_free (readers->eager);
  for (guint i = 0; i < WEIR_RTMP_READ_TICKS; i++)
    weir_poll_set_free (readers->calm[i]);
  g_free (readers);
}

static void
leave_set (WeirRtmpSocket *socket)
{
  if (socket->set != NULL)
    weir_poll_set_remove (socket->set, socket->fd);
  socket->set = NULL;
}

static gboolean
join_set (WeirRtmpSocket *socket, WeirPollSet *set)
{
  leave_set (socket);
  if (weir_poll_set_add (set, socket->fd,
          socket->paused ? WEIR_POLL_GONE : WEIR_POLL_INPUT, socket))
    socket->set = set;
  return socket->set != NULL;
}

static void
on_readable (WeirPollEvents events, gpointer item)
{
  WeirRtmpSocket *socket = item;
  WeirRtmpReaders *readers = socket->readers;
  gint64 arrival_us = weir_tick_us (weir_now_us ());

  if (socket->set == NULL)
    return; /* closed by another's input on this tick */
  if (socket->paused) {
    leave_set (socket);
    socket->events->on_gone ("connection closed", socket->data);
    return;
  }
  for (guint i = 0;
       i < WEIR_RTMP_READS_A_TURN && socket->set != NULL && !socket->paused;
       i++) {
    gssize n = recv (socket->fd, readers->buffer, sizeof (readers->buffer), 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (n <= 0) {
      const char *why = n == 0 ? "connection closed" : g_strerror (errno);

      leave_set (socket);
      socket->events->on_gone (why, socket->data);
      return;
    }
    readers->bytes_received += (guint64) n;
    socket->events->on_input (
        readers->buffer, (gsize) n, arrival_us, socket->data);
    if ((gsize) n < sizeof (readers->buffer))
      return;
  }
}

/* Ticks that a busy loop left out are made good, or the busier it is the less
 * often it would read. */
static void
on_tick (gpointer data)
{
  WeirRtmpReaders *readers = data;
  gint64 tick = weir_now_us () / (WEIR_TICK_MS * 1000);
  gint64 passed = MIN (tick - readers->tick, WEIR_RTMP_READ_TICKS);

  readers->tick = tick;
  if (weir_poll_set_count (readers->eager) > 0)
    weir_poll_set_dispatch (readers->eager, on_readable);
  for (gint64 t = tick - passed + 1; t <= tick; t++) {
    WeirPollSet *set = readers->calm[t % WEIR_RTMP_READ_TICKS];

    if (weir_poll_set_count (set) > 0)
      weir_poll_set_dispatch (set, on_readable);
  }
}

static void
on_handle_closed (uv_handle_t *handle)
{
  WeirRtmpSocket *socket = handle->data;
  WeirRtmpReaders *readers = socket->readers;

  if (--readers->n_sockets == 0)
    g_clear_pointer (&readers->timer, weir_timer_free);
  if (socket->on_closed != NULL)
    socket->on_closed (socket->data);
  g_free (socket);
}

void
weir_rtmp_socket_close (WeirRtmpSocket *socket, void (*on_closed) (gpointer))
{
  if (socket->closing)
    return;
  socket->closing = TRUE;
  socket->on_closed = on_closed;
  leave_set (socket);
  uv_close ((uv_handle_t *) &socket->tcp, on_handle_closed);
}

/* A peer that is gone already stays ::, port 0; the first read tells. */
static void
get_address (WeirRtmpSocket *socket)
{
  struct sockaddr_storage peer = { 0 };
  int size = sizeof (peer);

  if (uv_tcp_getpeername (&socket->tcp, (struct sockaddr *) &peer, &size) == 0)
    weir_address_from_sockaddr ((struct sockaddr *) &peer, &socket->address);
}

static void
set_options (WeirRtmpSocket *socket)
{
  int timeout_ms = USER_TIMEOUT_MS;

  uv_tcp_nodelay (&socket->tcp, 1);
  uv_tcp_keepalive (&socket->tcp, 1, KEEPALIVE_SECONDS);
  setsockopt (socket->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
      sizeof (timeout_ms));
}

WeirRtmpSocket *
weir_rtmp_socket_accept (WeirRtmpReaders *readers, uv_stream_t *server,
    const WeirRtmpSocketEvents *events, gpointer data)
{
  WeirRtmpSocket *socket = g_new0 (WeirRtmpSocket, 1);

  socket->readers = readers;
  socket->events = events;
  socket->data = data;
  uv_tcp_init (server->loop, &socket->tcp);
  socket->tcp.data = socket;
  readers->n_sockets++;
  if (uv_accept (server, (uv_stream_t *) &socket->tcp) != 0
      || uv_fileno ((uv_handle_t *) &socket->tcp, &socket->fd) != 0
      || !join_set (socket, readers->eager)) {
    weir_rtmp_socket_close (socket, NULL);
    return NULL;
  }
  get_address (socket);
  set_options (socket);
  if (readers->timer == NULL)
    readers->timer = weir_timer_new_on_tick (readers->loop, on_tick, readers);
  return socket;
}

const WeirAddress *
weir_rtmp_socket_get_address (const WeirRtmpSocket *socket)
{
  return &socket->address;
}

/* Without a place in a set the deadlines end it. */
static void
set_paused (WeirRtmpSocket *socket, gboolean paused)
{
  if (socket->paused == paused)
    return;
  socket->paused = paused;
  if (socket->set != NULL)
    join_set (socket, socket->set);
}

void
weir_rtmp_socket_pause (WeirRtmpSocket *socket)
{
  set_paused (socket, TRUE);
}

void
weir_rtmp_socket_resume (WeirRtmpSocket *socket)
{
  set_paused (socket, FALSE);
}

void
weir_rtmp_socket_calm_down (WeirRtmpSocket *socket)
{
  WeirRtmpReaders *readers = socket->readers;
  WeirPollSet *emptiest = readers->calm[0];

  socket->paused = FALSE;
  for (guint i = 1; i < WEIR_RTMP_READ_TICKS; i++)
    if (weir_poll_set_count (readers->calm[i]) < weir_poll_set_count (emptiest))
      emptiest = readers->calm[i];
  /* Without room in that set it stays where it is. */
  if (socket->set != NULL && !join_set (socket, emptiest))
    join_set (socket, readers->eager);
}

static void
on_written (uv_write_t *req, int status)
{
  g_free (req);
}

gboolean
weir_rtmp_socket_write (WeirRtmpSocket *socket, GByteArray *bytes)
{
  uv_stream_t *tcp = (uv_stream_t *) &socket->tcp;
  uv_buf_t buf = uv_buf_init ((char *) bytes->data, bytes->len);
  Write *write;
  int n;

  if (bytes->len == 0 || socket->closing)
    return TRUE;
  n = uv_try_write (tcp, &buf, 1);
  if (n < 0 && n != UV_EAGAIN) {
    g_byte_array_set_size (bytes, 0);
    return TRUE; /* the read side reports it */
  }
  if (n > 0)
    g_byte_array_remove_range (bytes, 0, (guint) n);
  if (bytes->len == 0)
    return TRUE;
  if (uv_stream_get_write_queue_size (tcp) + bytes->len
      > WEIR_RTMP_MAX_OUTPUT_BYTES)
    return FALSE;
  write = g_malloc (sizeof (Write) + bytes->len);
  memcpy (write->data, bytes->data, bytes->len);
  buf = uv_buf_init ((char *) write->data, bytes->len);
  g_byte_array_set_size (bytes, 0);
  if (uv_write (&write->req, tcp, &buf, 1, on_written) != 0)
    g_free (write);
  return TRUE;
}

gboolean
weir_rtmp_socket_shut_down (WeirRtmpSocket *socket)
{
  return uv_shutdown (&socket->shutdown, (uv_stream_t *) &socket->tcp, NULL)
         == 0;
}
