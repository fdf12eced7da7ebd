/* A client socket that queues nothing but the rest of a TLS record. */
#include "rtmp/push-connection.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
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
  guint64 written;    /* by hand, without what libuv queues */
  WeirTls *tls;       /* or NULL */
  gboolean connected; /* reported */
  const WeirPushConnectionEvents *events;
  gpointer data;
  char buffer[READ_BUFFER_BYTES];
};

typedef struct {
  uv_write_t req;
  guint8 data[];
} Write;

/* libuv's buffers are laid out as iovec on Unix, as its manual promises. */
G_STATIC_ASSERT (sizeof (uv_buf_t) == sizeof (struct iovec));
G_STATIC_ASSERT (
    offsetof (uv_buf_t, base) == offsetof (struct iovec, iov_base));

static void
free_if_done (WeirPushConnection *connection)
{
  if (!connection->tcp_closed || connection->resolving)
    return;
  weir_tls_free (connection->tls);
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
on_written (uv_write_t *req, int status)
{
  g_free (req);
}

/* Hands over all ciphertext, however full the socket is: for the few bytes of
 * the handshake and of the end. */
static void
queue_ciphertext (WeirPushConnection *connection)
{
  GByteArray *out = weir_tls_get_output (connection->tls);
  Write *write;
  uv_buf_t buf;

  if (out->len == 0)
    return;
  write = g_malloc (sizeof (Write) + out->len);
  memcpy (write->data, out->data, out->len);
  buf = uv_buf_init ((char *) write->data, out->len);
  g_byte_array_set_size (out, 0);
  if (uv_write (
          &write->req, (uv_stream_t *) &connection->tcp, &buf, 1, on_written)
      != 0)
    g_free (write);
}

gboolean
weir_push_connection_flush (WeirPushConnection *connection)
{
  GByteArray *out;
  uv_buf_t buf;
  int n;

  if (connection->tls == NULL)
    return TRUE;
  out = weir_tls_get_output (connection->tls);
  if (out->len == 0)
    return TRUE;
  buf = uv_buf_init ((char *) out->data, out->len);
  n = uv_try_write ((uv_stream_t *) &connection->tcp, &buf, 1);
  /* One that is broken is reported by the read side. */
  if (n > 0) {
    connection->written += (guint) n;
    g_byte_array_remove_range (out, 0, (guint) n);
  }
  return out->len == 0;
}

guint64
weir_push_connection_get_written (const WeirPushConnection *connection)
{
  return connection->written;
}

guint64
weir_push_connection_get_confirmed (const WeirPushConnection *connection)
{
  int waiting = 0;
  uv_os_fd_t fd;

  if (uv_fileno ((const uv_handle_t *) &connection->tcp, &fd) != 0
      || ioctl (fd, SIOCOUTQ, &waiting) != 0)
    return connection->written;
  /* What was queued for the handshake is not in WRITTEN. */
  return connection->written - MIN (connection->written, (guint) waiting);
}

static void
report_connected (WeirPushConnection *connection)
{
  connection->connected = TRUE;
  connection->events->on_connected (connection->data);
}

/* TLS may have to say something by itself: the next step of the handshake, a
 * new key, an alert. */
static void
send_answers (WeirPushConnection *connection)
{
  if (connection->closed)
    return;
  if (!connection->connected) {
    queue_ciphertext (connection);
    if (weir_tls_handshake_done (connection->tls))
      report_connected (connection);
  } else if (!weir_push_connection_flush (connection)
             && weir_tls_get_output (connection->tls)->len
                    > WEIR_PUSH_CONNECTION_MAX_WAITING_BYTES) {
    report_lost (connection, "TLS: the server does not take its answers");
  }
}

static void
read_ciphertext (
    WeirPushConnection *connection, const guint8 *bytes, gsize size)
{
  guint8 plain[WEIR_TLS_RECORD_BYTES];
  gsize n;

  while (!connection->closed) {
    g_autoptr (GError) error = NULL;

    switch (weir_tls_read (connection->tls, &bytes, &size, plain, &n, &error)) {
    case WEIR_TLS_MORE:
      send_answers (connection);
      return;
    case WEIR_TLS_PLAIN:
      if (!connection->connected)
        send_answers (connection);
      if (!connection->closed)
        connection->events->on_read (plain, n, connection->data);
      break;
    case WEIR_TLS_CLOSED:
      report_lost (connection, NULL);
      return;
    case WEIR_TLS_FAILED:
      queue_ciphertext (connection);
      report_lost (connection, error->message);
      return;
    }
  }
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
  const guint8 *bytes = (const guint8 *) buf->base;

  if (connection->closed)
    return;
  if (n < 0)
    report_lost (connection, n == UV_EOF ? NULL : uv_strerror ((int) n));
  else if (n > 0 && connection->tls != NULL)
    read_ciphertext (connection, bytes, (gsize) n);
  else if (n > 0)
    connection->events->on_read (bytes, (gsize) n, connection->data);
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
  if (connection->tls != NULL)
    queue_ciphertext (connection);
  else
    report_connected (connection);
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
    WeirTlsContext *tls, guint attempt, guint unsent_bytes,
    const WeirPushConnectionEvents *events, gpointer data)
{
  WeirPushConnection *connection = g_new0 (WeirPushConnection, 1);
  const struct addrinfo hints = { .ai_family = AF_UNSPEC,
    .ai_socktype = SOCK_STREAM };
  struct sockaddr_storage address;
  char service[8];

  if (tls != NULL)
    connection->tls = weir_tls_new_client (tls, host);
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

static gssize
try_write (WeirPushConnection *connection, const struct iovec *pieces, guint n)
{
  int r = uv_try_write (
      (uv_stream_t *) &connection->tcp, (const uv_buf_t *) pieces, n);

  if (r == UV_EAGAIN)
    return 0;
  if (r < 0)
    return -1;
  connection->written += (guint) r;
  return r;
}

/* A place in what is to be written. */
typedef struct {
  const struct iovec *piece;
  guint left; /* pieces, PIECE included */
  gsize at;   /* bytes of PIECE that are done */
} Cursor;

/* Copies the next bytes, at most ROOM. */
static gsize
gather_bytes (Cursor *cursor, guint8 *to, gsize room)
{
  gsize have = 0;

  while (cursor->left > 0 && have < room) {
    const struct iovec *piece = cursor->piece;
    gsize n = MIN (piece->iov_len - cursor->at, room - have);

    memcpy (to + have, (const guint8 *) piece->iov_base + cursor->at, n);
    have += n;
    cursor->at += n;
    if (cursor->at < piece->iov_len)
      continue;
    cursor->piece++;
    cursor->left--;
    cursor->at = 0;
  }
  return have;
}

/* Record by record, so that what the kernel does not take of one is all that
 * waits here. */
static gssize
write_records (
    WeirPushConnection *connection, const struct iovec *pieces, guint n)
{
  guint8 plain[WEIR_TLS_RECORD_BYTES];
  Cursor cursor = { .piece = pieces, .left = n };
  gssize taken = 0;

  while (cursor.left > 0 && weir_push_connection_flush (connection)) {
    gsize size = gather_bytes (&cursor, plain, sizeof (plain));

    if (!weir_tls_write (connection->tls, plain, size))
      return -1;
    taken += (gssize) size;
  }
  weir_push_connection_flush (connection);
  return taken;
}

gssize
weir_push_connection_write (
    WeirPushConnection *connection, const struct iovec *pieces, guint n)
{
  if (n == 0)
    return 0;
  return connection->tls != NULL ? write_records (connection, pieces, n)
                                 : try_write (connection, pieces, n);
}

void
weir_push_connection_shutdown (WeirPushConnection *connection)
{
  if (connection->tls != NULL) {
    weir_tls_close (connection->tls);
    queue_ciphertext (connection);
  }
  uv_shutdown (&connection->shutdown, (uv_stream_t *) &connection->tcp, NULL);
}
