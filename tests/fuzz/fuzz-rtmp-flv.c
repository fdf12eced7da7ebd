/* Fuzzes audio and video message bodies: the input is a row of them, each a
 * type byte, two bytes of length and the body. What legacy H.264 and AAC
 * bodies become must be written back to the same bytes. */
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "rtmp/flv.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_written (const guint8 *body, gsize size, const WeirPacket *packet)
{
  guint8 head[WEIR_FLV_MAX_HEAD_BYTES];
  gboolean ok;
  gsize n = weir_flv_write_head (packet, head, &ok);

  g_assert_true (ok);
  if ((packet->codec != WEIR_CODEC_H264 && packet->codec != WEIR_CODEC_AAC)
      || body[0] & 0x80)
    return;
  g_assert_cmpuint (n + packet->payload.size, ==, size);
  g_assert_true (memcmp (head + 1, body + 1, n - 1) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  WeirFlvReader reader = { 0 };
  WeirReader r;

  weir_reader_init (&r, data, size);
  while (weir_reader_left (&r) >= 3) {
    guint8 type = weir_reader_u8 (&r);
    gsize length = weir_reader_u16 (&r);
    WeirRtmpMessage message = { .type = type & 1 ? WEIR_RTMP_TYPE_VIDEO
                                                 : WEIR_RTMP_TYPE_AUDIO };
    WeirPacket packet = { 0 };
    const guint8 *body;

    length = MIN (length, weir_reader_left (&r));
    body = weir_reader_take (&r, length);
    if (length > 0) {
      message.payload = weir_arena_alloc (arena, length);
      memcpy (message.payload.data, body, length);
    }
    if (weir_flv_reader_take (&reader, &message, &packet, NULL)
        == WEIR_FLV_PACKET)
      check_written (body, length, &packet);
    weir_packet_clear (&packet);
    weir_rtmp_message_clear (&message);
  }
  weir_flv_reader_clear (&reader);
  return 0;
}
