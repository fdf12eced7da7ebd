/* AudioSpecificConfig, as far as Weir needs it. */
#include "core/config-parse.h"

#include "base/error.h"
#include "core/bits.h"

gboolean
weir_config_parse_asc (const guint8 *data, gsize size, guint *ret_sample_rate,
    guint *ret_channels, GError **error)
{
  static const guint rates[] = { 96000, 88200, 64000, 48000, 44100, 32000,
    24000, 22050, 16000, 12000, 11025, 8000, 7350 };
  /* By channelConfiguration; 0: said elsewhere, or not at all. */
  static const guint8 channel_counts[16] = { 0, 1, 2, 3, 4, 5, 6,
    8, [11] = 7, [12] = 8, [13] = 24, [14] = 8 };
  guint type, index, rate, channels;
  WeirBits b;

  weir_bits_init (&b, data, size);
  type = weir_bits_uint (&b, 5);
  if (type == 31)
    type = 32 + weir_bits_uint (&b, 6);
  index = weir_bits_uint (&b, 4);
  if (index == 15)
    rate = weir_bits_uint (&b, 24);
  else
    rate = index < G_N_ELEMENTS (rates) ? rates[index] : 0;
  channels = weir_bits_uint (&b, 4);
  if (b.failed || type == 0 || rate == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "AudioSpecificConfig: can't be read");
    return FALSE;
  }
  *ret_sample_rate = rate;
  *ret_channels = channel_counts[channels];
  return TRUE;
}
