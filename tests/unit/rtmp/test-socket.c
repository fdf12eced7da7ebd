/* A publisher's socket against a peer that does not read. */
#include "rtmp/socket.h"

#include <arpa/inet.h>
#include <unistd.h>

#define PIECE_BYTES (64 * 1024)
/* More than any kernel takes for a peer with a small window. */
#define ENOUGH_BYTES (64 * 1024 * 1024)

typedef struct {
  WeirLoop *loop;
  WeirRtmpReaders *readers;
  uv_tcp_t server;
  WeirRtmpSocket *socket;
  int peer;
} Fixture;

static void
on_input (const guint8 *bytes, gsize size, gint64 arrival_us, gpointer data)
{
}

static void
on_gone (const char *why, gpointer data)
{
}

static const WeirRtmpSocketEvents events = { on_input, on_gone };

static void
on_connection (uv_stream_t *server, int status)
{
  Fixture *f = server->data;

  g_assert_cmpint (status, ==, 0);
  f->socket = weir_rtmp_socket_accept (f->readers, server, &events, f);
  g_assert_nonnull (f->socket);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  struct sockaddr_in at = { .sin_family = AF_INET };
  int size = sizeof (at), window = 4096;

  f->loop = weir_loop_new ();
  f->readers = weir_rtmp_readers_new (f->loop);
  at.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  uv_tcp_init (weir_loop_uv (f->loop), &f->server);
  f->server.data = f;
  g_assert_cmpint (uv_tcp_bind (&f->server, (struct sockaddr *) &at, 0), ==, 0);
  g_assert_cmpint (
      uv_listen ((uv_stream_t *) &f->server, 1, on_connection), ==, 0);
  uv_tcp_getsockname (&f->server, (struct sockaddr *) &at, &size);
  f->peer = socket (AF_INET, SOCK_STREAM, 0);
  setsockopt (f->peer, SOL_SOCKET, SO_RCVBUF, &window, sizeof (window));
  g_assert_cmpint (
      connect (f->peer, (struct sockaddr *) &at, sizeof (at)), ==, 0);
  while (f->socket == NULL)
    uv_run (weir_loop_uv (f->loop), UV_RUN_ONCE);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  weir_rtmp_socket_close (f->socket, NULL);
  uv_close ((uv_handle_t *) &f->server, NULL);
  weir_loop_run (f->loop);
  weir_rtmp_readers_free (f->readers);
  weir_loop_free (f->loop);
  close (f->peer);
}

/* What the kernel does not take waits, up to the limit and no further. */
static void
test_unread_answers (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize written = 0;
  gboolean fits = TRUE;

  while (fits && written < ENOUGH_BYTES) {
    g_byte_array_set_size (bytes, PIECE_BYTES);
    memset (bytes->data, 0, PIECE_BYTES);
    fits = weir_rtmp_socket_write (f->socket, bytes);
    written += PIECE_BYTES;
    if (fits)
      g_assert_cmpuint (bytes->len, ==, 0);
  }
  g_assert_false (fits);
  g_assert_cmpuint (bytes->len, >, 0);
  g_assert_cmpuint (written, >, WEIR_RTMP_MAX_OUTPUT_BYTES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/rtmp/socket/unread-answers", Fixture, NULL, set_up,
      test_unread_answers, tear_down);
  return g_test_run ();
}
