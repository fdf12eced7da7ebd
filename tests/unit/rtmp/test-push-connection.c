/* What a push's connection takes and what of it the server has, with and
 * without TLS, when the server reads slowly. */
#include "base/loop.h"
#include "rtmp/push-connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certificates.h"

#define DEADLINE_US (30 * G_USEC_PER_SEC)
#define UNSENT_BYTES 16384
/* So small that everything fills up soon. */
#define KERNEL_BYTES 16384
/* Of one write: piece I has I times so many bytes and one more. */
#define PIECES 6
#define PIECE_BYTES 10000
#define OFFERED_BYTES (PIECES + PIECE_BYTES * PIECES * (PIECES - 1) / 2)

typedef struct {
  uv_loop_t loop;
  WeirPushConnection *connection;
  gboolean connected;
  char *lost; /* words */
  gint64 deadline_us;

  int fd;       /* the server's end */
  WeirTls *tls; /* its filter, or NULL */
  gboolean closed;
  GError *error;
  guint64 received; /* bytes of plaintext */

  guint64 taken; /* by the connection */
} Fixture;

/* The byte at each place of the stream of plaintext. */
static guint8
byte_at (guint64 at)
{
  return (guint8) (at ^ at >> 8 ^ at >> 16);
}

static void
on_connected (gpointer data)
{
  ((Fixture *) data)->connected = TRUE;
}

static void
on_read (const guint8 *bytes, gsize size, gpointer data)
{
  g_assert_not_reached ();
}

static void
on_lost (const char *error, gpointer data)
{
  ((Fixture *) data)->lost = g_strdup (error != NULL ? error : "closed");
}

static const WeirPushConnectionEvents events = {
  .on_connected = on_connected,
  .on_read = on_read,
  .on_lost = on_lost,
};

static void
check_plain (Fixture *f, const guint8 *bytes, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (bytes[i] != byte_at (f->received + i))
      g_error ("byte %" G_GUINT64_FORMAT " is not what was written",
          f->received + i);
  f->received += size;
}

static void
server_take (Fixture *f, const guint8 *bytes, gsize size)
{
  guint8 plain[WEIR_TLS_RECORD_BYTES];
  WeirTlsResult result;
  gsize n;

  if (f->tls == NULL) {
    check_plain (f, bytes, size);
    return;
  }
  do {
    result = weir_tls_read (f->tls, &bytes, &size, plain, &n, &f->error);
    if (result == WEIR_TLS_PLAIN)
      check_plain (f, plain, n);
  } while (result == WEIR_TLS_PLAIN);
  f->closed |= result == WEIR_TLS_CLOSED || result == WEIR_TLS_FAILED;
}

/* One turn of both ends. The server reads at most ROOM bytes. */
static void
turn (Fixture *f, gsize room)
{
  guint8 bytes[4096];
  gssize n;

  g_assert_cmpint (g_get_monotonic_time (), <, f->deadline_us);
  uv_run (&f->loop, UV_RUN_NOWAIT);
  if (f->closed)
    return;
  n = recv (f->fd, bytes, MIN (room, sizeof (bytes)), MSG_DONTWAIT);
  if (n > 0)
    server_take (f, bytes, (gsize) n);
  f->closed |= n == 0;
  if (f->tls != NULL) {
    GByteArray *out = weir_tls_get_output (f->tls);

    if (out->len > 0)
      g_assert_cmpint (send (f->fd, out->data, out->len, 0), ==, out->len);
    g_byte_array_set_size (out, 0);
  }
}

static int
listen_on_loopback (guint *ret_port)
{
  struct sockaddr_in at = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof (at);
  int bytes = KERNEL_BYTES;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof (bytes));
  g_assert_cmpint (bind (fd, (struct sockaddr *) &at, sizeof (at)), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &at, &size), ==, 0);
  *ret_port = ntohs (at.sin_port);
  return fd;
}

static void
start (Fixture *f, WeirTlsContext *server, WeirTlsContext *client)
{
  guint port;
  int listener = listen_on_loopback (&port);

  *f = (Fixture){ .deadline_us = g_get_monotonic_time () + DEADLINE_US };
  uv_loop_init (&f->loop);
  f->connection = weir_push_connection_new (
      &f->loop, "127.0.0.1", port, client, 0, UNSENT_BYTES, &events, f);
  f->fd = accept (listener, NULL, NULL);
  g_assert_cmpint (f->fd, >=, 0);
  close (listener);
  if (server != NULL)
    f->tls = weir_tls_new_server (server);
  while (!f->connected && f->lost == NULL)
    turn (f, 1000);
}

static void
stop (Fixture *f)
{
  weir_push_connection_close (f->connection);
  uv_run (&f->loop, UV_RUN_DEFAULT);
  g_assert_cmpint (uv_loop_close (&f->loop), ==, 0);
  weir_tls_free (f->tls);
  close (f->fd);
  g_free (f->lost);
  g_clear_error (&f->error);
}

/* Offers more than a full socket takes, in several pieces. */
static gsize
offer (Fixture *f)
{
  guint8 *bytes = g_malloc (OFFERED_BYTES);
  struct iovec pieces[PIECES];
  gsize at = 0;
  gssize taken;

  for (gsize i = 0; i < OFFERED_BYTES; i++)
    bytes[i] = byte_at (f->taken + i);
  for (gsize i = 0; i < PIECES; i++) {
    pieces[i] = (struct iovec){ bytes + at, i * PIECE_BYTES + 1 };
    at += pieces[i].iov_len;
  }
  taken = weir_push_connection_write (f->connection, pieces, PIECES);
  g_assert_cmpint (taken, >=, 0);
  f->taken += (guint64) taken;
  g_free (bytes);
  return (gsize) taken;
}

static void
run (WeirTlsContext *server, WeirTlsContext *client)
{
  Fixture f;
  guint64 held;

  start (&f, server, client);
  g_assert_null (f.lost);
  while (offer (&f) > 0)
    ;
  /* Full: nothing more is taken, and all but a part of a record is with the
   * kernel, which the server comes to see without another call. */
  held = client != NULL ? WEIR_TLS_RECORD_BYTES : 0;
  g_assert_cmpint (
      weir_push_connection_flush (f.connection), ==, client == NULL);
  g_assert_cmpuint (offer (&f), ==, 0);
  while (f.taken - f.received > held)
    turn (&f, 100000);
  g_assert_true (client == NULL || f.taken > f.received);

  /* Slowly on, then to the end. */
  for (guint i = 0; i < 200; i++) {
    offer (&f);
    turn (&f, 1 + i * 37);
  }
  weir_push_connection_shutdown (f.connection);
  while (!f.closed)
    turn (&f, 100000);
  g_assert_no_error (f.error);
  g_assert_cmpuint (f.received, ==, f.taken);
  g_assert_null (f.lost);
  stop (&f);
}

static void
test_plain (void)
{
  run (NULL, NULL);
}

static void
test_tls (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirTlsContext) server =
      certificates_new_server ("good.pem", "good.key", &error);
  g_autoptr (WeirTlsContext) client = certificates_new_client ("ca.pem", TRUE);

  g_assert_no_error (error);
  run (server, client);
}

/* A certificate for others: never connected, and the words say why. */
static void
test_distrusted (void)
{
  g_autoptr (WeirTlsContext) server =
      certificates_new_server ("own.pem", "own.key", NULL);
  g_autoptr (WeirTlsContext) client = certificates_new_client ("own.pem", TRUE);
  Fixture f;

  start (&f, server, client);
  g_assert_false (f.connected);
  g_assert_nonnull (strstr (f.lost, "127.0.0.1 is not accepted: IP address"));
  stop (&f);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  certificates_make ();
  g_test_add_func ("/push-connection/plain", test_plain);
  g_test_add_func ("/push-connection/tls", test_tls);
  g_test_add_func ("/push-connection/distrusted", test_distrusted);
  status = g_test_run ();
  certificates_remove ();
  return status;
}
