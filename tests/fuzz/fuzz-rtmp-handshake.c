/* Fuzzes both sides of the handshake with one peer's bytes: the same bytes in
 * one piece and in several must give the same answer. */
#include <stdint.h>
#include <string.h>

#include "rtmp/handshake.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static WeirRtmpHandshakeResult
feed (WeirRtmpSide side, const guint8 *data, gsize size, gsize step,
    GByteArray *out)
{
  WeirRtmpHandshakeResult result = WEIR_RTMP_HANDSHAKE_MORE;
  WeirRtmpHandshake handshake;

  weir_rtmp_handshake_init (&handshake, side, 1, out);
  while (size > 0 && result == WEIR_RTMP_HANDSHAKE_MORE) {
    gsize n = MIN (size, step);
    gsize left = n;

    result = weir_rtmp_handshake_feed (&handshake, &data, &left, out, NULL);
    g_assert_true (left == 0 || result != WEIR_RTMP_HANDSHAKE_MORE);
    size -= n;
  }
  return result;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const WeirRtmpSide sides[] = { WEIR_RTMP_SERVER_SIDE,
    WEIR_RTMP_CLIENT_SIDE };

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++) {
    g_autoptr (GByteArray) whole = g_byte_array_new ();
    g_autoptr (GByteArray) parts = g_byte_array_new ();

    g_assert_cmpint (feed (sides[i], data, size, G_MAXSIZE, whole), ==,
        feed (sides[i], data, size, 500, parts));
    g_assert_cmpmem (whole->data, whole->len, parts->data, parts->len);
  }
  return 0;
}
