/* Fuzzes gateway/programs/analyzer/check.c with a codec configuration and a
 * unit under it. Two bytes (codec, flags), the size of the configuration in
 * two, the configuration, the unit. What is let through keeps to the limits. */
#include <stdint.h>

#include "programs/analyzer/check.h"

#define HEAD_BYTES 4
#define IS_KEY 1

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const WeirCheckLimits limits = { 1920, 1088 };

static void
check_unit (WeirCodec codec, const WeirVideoConfig *video, GBytes *record,
    const uint8_t *data, size_t size, gboolean is_key)
{
  g_autoptr (GError) error = NULL;
  WeirCheckResult result = weir_check_unit (
      codec, record, video, data, size, is_key, &limits, &error);

  g_assert ((result == WEIR_CHECK_REFUSED) == (error != NULL));
  if (result == WEIR_CHECK_OWN_SETS)
    g_assert (codec == WEIR_CODEC_H264 || codec == WEIR_CODEC_HEVC);
  if (result == WEIR_CHECK_NO_HEADER)
    g_assert (codec == WEIR_CODEC_AV1 && is_key && video->width > 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) record = NULL;
  WeirVideoConfig video = { 0 };
  WeirCodec codec;
  gboolean is_key;
  size_t record_size;

  if (size < HEAD_BYTES)
    return 0;
  /* One past the last picture's: of sound, which is refused. */
  codec = WEIR_CODEC_H264 + data[0] % (WEIR_CODEC_VP9 - WEIR_CODEC_H264 + 2);
  is_key = data[1] & IS_KEY;
  record_size = MIN ((size_t) (data[2] << 8 | data[3]), size - HEAD_BYTES);
  data += HEAD_BYTES;
  size -= HEAD_BYTES;
  if (!weir_check_config (codec, data, record_size, &limits, &video, &error)) {
    g_assert (error != NULL && video.width == 0);
    return 0;
  }
  g_assert (error == NULL && codec <= WEIR_CODEC_VP9);
  g_assert (MAX (video.width, video.height) <= limits.max_long_side);
  g_assert (MIN (video.width, video.height) <= limits.max_short_side);
  g_assert (video.bit_depth <= WEIR_CHECK_MAX_BIT_DEPTH);
  record = g_bytes_new (data, record_size);
  check_unit (
      codec, &video, record, data + record_size, size - record_size, is_key);
  return 0;
}
