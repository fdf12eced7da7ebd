/* Fuzzes the whole pure path of a publisher's bytes: handshake, chunks,
 * commands, metadata, FLV. The handshake is made up here, since no mutation
 * helps with 3073 bytes of filler; the first byte of the input chooses how the
 * rest is cut into reads. */
#include <stdint.h>
#include <string.h>

#include "rtmp/handshake.h"
#include "rtmp/server.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* FALSE when the connection is over. */
static gboolean
read_all (WeirRtmpServer *server, const guint8 *data, gsize size)
{
  for (;;) {
    g_autoptr (GError) error = NULL;
    WeirPacket packet = { 0 };

    switch (weir_rtmp_server_read (server, &data, &size, 1, &packet, &error)) {
    case WEIR_RTMP_SERVER_MORE:
      g_assert_cmpuint (size, ==, 0);
      return TRUE;
    case WEIR_RTMP_SERVER_PUBLISH:
      g_assert_nonnull (weir_rtmp_server_get_target (server)->name);
      weir_rtmp_server_accept (server);
      break;
    case WEIR_RTMP_SERVER_PACKET:
      g_assert_cmpuint (packet.payload.size, >, 0);
      weir_packet_clear (&packet);
      break;
    case WEIR_RTMP_SERVER_ENDED:
      return FALSE;
    case WEIR_RTMP_SERVER_FAILED:
      g_assert_nonnull (error);
      return FALSE;
    }
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint8 hello[1 + 2 * WEIR_RTMP_HANDSHAKE_BYTES] = { 3 };
  WeirRtmpServerConfig config = { .chunk_size = 65536,
    .max_message_bytes = 1024 * 1024,
    .window_ack_bytes = 5000,
    .seed = 1 };
  g_autoptr (WeirArena) arena = weir_arena_new ();
  g_autoptr (WeirRtmpServer) server = weir_rtmp_server_new (arena, &config);
  gsize step;

  if (size == 0)
    return 0;
  g_assert_true (read_all (server, hello, sizeof (hello)));
  step = data[0] == 0 ? size : data[0];
  for (gsize at = 1; at < size; at += step) {
    gsize n = size - at < step ? size - at : step;

    if (!read_all (server, data + at, n))
      break;
  }
  return 0;
}
