/* Both sides of the handshake against each other, and against strangers. */
#include "base/error.h"
#include "rtmp/handshake.h"

/* Gives up to STEP bytes from FROM to TO at a time, until neither moves. */
static void
test_both_sides (gconstpointer data)
{
  gsize step = GPOINTER_TO_SIZE (data);
  g_autoptr (GByteArray) to_server = g_byte_array_new ();
  g_autoptr (GByteArray) to_client = g_byte_array_new ();
  WeirRtmpHandshake server, client;
  WeirRtmpHandshakeResult at_server = WEIR_RTMP_HANDSHAKE_MORE;
  WeirRtmpHandshakeResult at_client = WEIR_RTMP_HANDSHAKE_MORE;

  weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, to_client);
  weir_rtmp_handshake_init (&client, WEIR_RTMP_CLIENT_SIDE, 2, to_server);
  g_assert_cmpuint (to_client->len, ==, 0);
  g_assert_cmpuint (to_server->len, ==, 1537);

  while (to_server->len + to_client->len > 0) {
    const guint8 *p = to_server->data;
    gsize size = MIN (to_server->len, step);
    gsize before = size;

    at_server = weir_rtmp_handshake_feed (&server, &p, &size, to_client, NULL);
    g_assert_cmpint (at_server, !=, WEIR_RTMP_HANDSHAKE_FAILED);
    g_byte_array_remove_range (to_server, 0, (guint) (before - size));
    p = to_client->data;
    before = size = MIN (to_client->len, step);
    at_client = weir_rtmp_handshake_feed (&client, &p, &size, to_server, NULL);
    g_byte_array_remove_range (to_client, 0, (guint) (before - size));
  }
  g_assert_cmpint (at_server, ==, WEIR_RTMP_HANDSHAKE_DONE);
  g_assert_cmpint (at_client, ==, WEIR_RTMP_HANDSHAKE_DONE);
}

/* GStreamer's C2 is not what S1 was. */
static void
test_strange_echo (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 bytes[1 + 2 * WEIR_RTMP_HANDSHAKE_BYTES + 4] = { 3 };
  const guint8 *p = bytes;
  gsize size = sizeof (bytes);
  WeirRtmpHandshake server;

  weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, out);
  g_assert_cmpint (weir_rtmp_handshake_feed (&server, &p, &size, out, NULL), ==,
      WEIR_RTMP_HANDSHAKE_DONE);
  g_assert_cmpuint (size, ==, 4);
  g_assert_cmpuint (out->len, ==, 1 + 2 * WEIR_RTMP_HANDSHAKE_BYTES);
}

static void
test_strangers (void)
{
  static const struct {
    guint8 first;
    const char *word;
  } cases[] = {
    { 'G', "HTTP" },
    { 'P', "HTTP" },
    { 0x16, "TLS" },
    { 6, "RTMPE" },
    { 0, "no known version" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    const guint8 *p = &cases[i].first;
    gsize size = 1;
    WeirRtmpHandshake server;

    weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, out);
    g_assert_cmpint (weir_rtmp_handshake_feed (&server, &p, &size, out, &error),
        ==, WEIR_RTMP_HANDSHAKE_FAILED);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
    g_assert_nonnull (strstr (error->message, cases[i].word));
    g_assert_cmpuint (out->len, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func (
      "/rtmp/handshake/byte-by-byte", GSIZE_TO_POINTER (1), test_both_sides);
  g_test_add_data_func (
      "/rtmp/handshake/odd-pieces", GSIZE_TO_POINTER (1000), test_both_sides);
  g_test_add_data_func (
      "/rtmp/handshake/whole", GSIZE_TO_POINTER (100000), test_both_sides);
  g_test_add_func ("/rtmp/handshake/strange-echo", test_strange_echo);
  g_test_add_func ("/rtmp/handshake/strangers", test_strangers);
  return g_test_run ();
}
