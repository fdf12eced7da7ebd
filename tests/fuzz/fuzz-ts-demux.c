/* Fuzzes gateway/programs/srt/ts-demux.c, and what it puts in front of and
 * around GStreamer's demuxer and parsers, with MPEG-TS in SRT's messages. The
 * first byte says which message is missing. */
#include <stdint.h>

#include "base/error.h"
#include "programs/srt/ts-demux.h"

#define MESSAGE_BYTES 1316

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
  g_assert_cmpint (weir_codec_kind (codec), ==, (int) kind);
  g_assert_cmpuint (size, <=, WEIR_CODEC_CONFIG_MAX_BYTES);
  ((gboolean *) user)[kind] = TRUE;
}

static void
on_packet (const WeirTsDemuxPacket *packet, gpointer user)
{
  g_assert_true (((gboolean *) user)[packet->kind]);
  g_assert_cmpuint (packet->size, >, 0);
  g_assert_cmpuint (packet->size, <=, WEIR_TS_MAX_PES_BYTES);
  g_assert_cmpint (packet->dts_ms, >=, 0);
  g_assert_true (!(packet->flags & WEIR_PACKET_DISCONT)
                 || packet->flags & WEIR_PACKET_KEY);
}

static void
on_trouble (const char *text, gpointer user)
{
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };
  static gsize ready;
  gboolean described[2] = { FALSE, FALSE };
  WeirTsDemux *demux;
  guint missing;

  if (g_once_init_enter (&ready)) {
    g_autoptr (GError) error = NULL;

    weir_ts_demux_init (&error);
    g_assert_no_error (error);
    g_once_init_leave (&ready, 1);
  }
  if (size == 0)
    return 0;
  missing = data[0];
  data++;
  size--;
  demux = weir_ts_demux_new (0, &funcs, described);
  for (guint n = 1; size > 0; n++) {
    size_t piece = MIN (size, MESSAGE_BYTES);

    if (n == missing)
      weir_ts_demux_lost (demux);
    else if (!weir_ts_demux_push (demux, data, piece, NULL))
      break;
    data += piece;
    size -= piece;
  }
  weir_ts_demux_lost (demux);
  weir_ts_demux_drain (demux);
  weir_ts_demux_free (demux);
  return 0;
}
