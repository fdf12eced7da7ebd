/* A client socket that never queues. */
#include "rtmp/push-connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define READ_BUFFER_BYTES 4096
#define KEEPALIVE_SECONDS 10
#define USER_TIMEOUT_MS 10000

struct _WeirPushConnection {
  uv_tcp_t tcp;
  uv_getaddrinfo_t resolve;
  uv_connect_t connect;
  uv_shutdown_t shutdown;
  gboolean resolving;
  gboolean closed;     /* the owner let go: no events */
  gboolean tcp_closed; /* the handle is gone */
  guint attempt;
  guint unsent_bytes;
  const WeirPushConnectionEvents *events;
  gpointer data;
  char buffer[READ_BUFFER_BYTES];
};

/* libuv's buffers are laid out as iovec on Unix, as its manual promises. */
G_STATIC_ASSERT (sizeof (uv_buf_t) == sizeof (struct iovec));
G_STATIC_ASSERT (
    offsetof (uv_buf_t, base) == offsetof (struct iovec, iov_base));

static void
free_if_done (WeirPushConnection *connection)
{
  if (connection->tcp_closed && !connection->resolving)
    g_free (connection);
}

static void
on_tcp_closed (uv_handle_t *handle)
{
  WeirPushConnection *connection = handle->data;

  connection->tcp_closed = TRUE;
  free_if_done (connection);
}

void
weir_push_connection_close (WeirPushConnection *connection)
{
  if (connection == NULL || connection->closed)
    return;
  connection->closed = TRUE;
  if (connection->resolving)
    uv_cancel ((uv_req_t *) &connection->resolve);
  uv_close ((uv_handle_t *) &connection->tcp, on_tcp_closed);
}

static void
report_lost (WeirPushConnection *connection, const char *words)
{
  if (!connection->closed)
    connection->events->on_lost (words, connection->data);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  WeirPushConnection *connection = handle->data;

  *buf = uv_buf_init (connection->buffer, sizeof (connection->buffer));
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  WeirPushConnection *connection = stream->data;

  if (connection->closed)
    return;
  if (n < 0)
    report_lost (connection, n == UV_EOF ? NULL : uv_strerror ((int) n));
  else if (n > 0)
    connection->events->on_read (
        (const guint8 *) buf->base, (gsize) n, connection->data);
}

static void
set_socket_options (WeirPushConnection *connection)
{
  int unsent_bytes = (int) connection->unsent_bytes;
  int timeout_ms = USER_TIMEOUT_MS;
  uv_os_fd_t fd;

  uv_tcp_nodelay (&connection->tcp, 1);
  uv_tcp_keepalive (&connection->tcp, 1, KEEPALIVE_SECONDS);
  if (uv_fileno ((uv_handle_t *) &connection->tcp, &fd) != 0)
    return;
  setsockopt (
      fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes, sizeof (unsent_bytes));
  setsockopt (
      fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof (timeout_ms));
}

static void
on_connect (uv_connect_t *req, int status)
{
  WeirPushConnection *connection = req->handle->data;

  if (connection->closed)
    return;
  if (status == 0)
    status =
        uv_read_start ((uv_stream_t *) &connection->tcp, on_alloc, on_read);
  if (status != 0) {
    report_lost (connection, uv_strerror (status));
    return;
  }
  set_socket_options (connection);
  connection->events->on_connected (connection->data);
}

static void
on_resolved (uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
  WeirPushConnection *connection = req->data;
  const struct addrinfo *address = found;
  guint n = 0;

  connection->resolving = FALSE;
  if (connection->closed) {
    uv_freeaddrinfo (found);
    free_if_done (connection);
    return;
  }
  for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
    n++;
  for (guint i = 0; n > 0 && i < connection->attempt % n; i++)
    address = address->ai_next;
  if (status == 0 && address == NULL)
    status = UV_EAI_NONAME;
  if (status == 0)
    status = uv_tcp_connect (
        &connection->connect, &connection->tcp, address->ai_addr, on_connect);
  uv_freeaddrinfo (found);
  if (status != 0)
    report_lost (connection, uv_strerror (status));
}

/* An address in figures needs no resolver, whose threads a slow name server
 * can keep busy. TRUE when HOST is one. */
static gboolean
read_address (const char *host, guint port, struct sockaddr_storage *ret)
{
  return uv_ip4_addr (host, (int) port, (struct sockaddr_in *) ret) == 0
         || uv_ip6_addr (host, (int) port, (struct sockaddr_in6 *) ret) == 0;
}

WeirPushConnection *
weir_push_connection_new (uv_loop_t *loop, const char *host, guint port,
    guint attempt, guint unsent_bytes, const WeirPushConnectionEvents *events,
    gpointer data)
{
  WeirPushConnection *connection = g_new0 (WeirPushConnection, 1);
  const struct addrinfo hints = { .ai_family = AF_UNSPEC,
    .ai_socktype = SOCK_STREAM };
  struct sockaddr_storage address;
  char service[8];

  connection->attempt = attempt;
  connection->unsent_bytes = unsent_bytes;
  connection->events = events;
  connection->data = data;
  uv_tcp_init (loop, &connection->tcp);
  connection->tcp.data = connection;
  connection->resolve.data = connection;
  /* One that fails at once takes the resolver's path, which reports it from
   * the loop. */
  if (read_address (host, port, &address)
      && uv_tcp_connect (&connection->connect, &connection->tcp,
             (const struct sockaddr *) &address, on_connect)
             == 0)
    return connection;
  g_snprintf (service, sizeof (service), "%u", port);
  /* It can fail at once only for want of memory or for an empty host, which
   * the address parser excludes; the owner's deadline covers both. */
  connection->resolving = uv_getaddrinfo (loop, &connection->resolve,
                              on_resolved, host, service, &hints)
                          == 0;
  return connection;
}

gssize
weir_push_connection_write (
    WeirPushConnection *connection, const struct iovec *pieces, guint n)
{
  int r;

  if (n == 0)
    return 0;
  r = uv_try_write (
      (uv_stream_t *) &connection->tcp, (const uv_buf_t *) pieces, n);
  if (r == UV_EAGAIN)
    return 0;
  return r < 0 ? -1 : r;
}

void
weir_push_connection_shutdown (WeirPushConnection *connection)
{
  uv_shutdown (&connection->shutdown, (uv_stream_t *) &connection->tcp, NULL);
}
