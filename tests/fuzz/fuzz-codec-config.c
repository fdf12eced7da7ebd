/* Any bytes as avcC and AudioSpecificConfig: within limits or refused. */
#include "core/packet.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
try (WeirCodec codec, const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (codec, data, size, &error);

  g_assert ((config == NULL) == (error != NULL));
  if (config != NULL && codec == WEIR_CODEC_H264)
    g_assert (config->width > 0 && config->width <= 32768 && config->height > 0
              && config->height <= 65536);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  try (WEIR_CODEC_H264, data, size);
  try (WEIR_CODEC_AAC, data, size);
  return 0;
}
