/* Any bytes as codec configuration of every kind, and as coded units: within
 * limits or refused. */
#include "core/packet.h"
#include "core/silence.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (const WeirVideoConfig *video)
{
  g_assert ((video->width == 0) == (video->height == 0));
  g_assert (video->width <= WEIR_VIDEO_CONFIG_MAX_SIDE
            && video->height <= WEIR_VIDEO_CONFIG_MAX_SIDE);
  g_assert (video->frame_rate >= 0
            && video->frame_rate <= WEIR_VIDEO_CONFIG_MAX_FRAME_RATE);
  g_assert (video->chroma <= 3 && video->bit_depth <= 16);
}

static void
try_config (WeirCodec codec, const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (codec, data, size, &error);
  WeirSilence silence;

  g_assert ((config == NULL) == (error != NULL));
  if (config == NULL)
    return;
  check (&config->video);
  if (codec == WEIR_CODEC_H264 || codec == WEIR_CODEC_HEVC)
    g_assert (config->video.width > 0);
  if (weir_silence_make (config, data, size, &silence)) {
    g_assert (silence.size > 0 && silence.size <= WEIR_SILENCE_MAX_BYTES);
    g_assert (silence.samples > 0 && silence.sample_rate > 0);
    g_assert (weir_silence_samples (config, data, size) == silence.samples);
  }
}

static void
try_unit (WeirCodec codec, const uint8_t *data, size_t size)
{
  WeirCodecConfig config = { .codec = codec };
  WeirPacket packet = { .config = &config };
  WeirVideoConfig video;

  packet.payload.data = (guint8 *) data;
  packet.payload.size = size;
  for (guint bytes = 1; bytes <= 4; bytes++) {
    g_autoptr (GError) error = NULL;

    config.video.nal_size_bytes = bytes;
    if (weir_packet_scan_video (&packet, &video, &error))
      check (&video);
    else
      g_assert (error != NULL);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  for (WeirCodec codec = WEIR_CODEC_H264; codec <= WEIR_CODEC_VP9; codec++) {
    try_config (codec, data, size);
    try_unit (codec, data, size);
  }
  try_config (WEIR_CODEC_AAC, data, size);
  try_config (WEIR_CODEC_OPUS, data, size);
  return 0;
}
