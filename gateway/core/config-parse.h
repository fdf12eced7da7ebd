/* What a codec configuration says about its pictures or sound, read before
 * anything is decoded. Pure parsers for bytes of strangers. */
#pragma once

#include "core/packet.h"

/* AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) with the first
 * sequence parameter set (ITU-T H.264, 7.3.2.1.1). Fills width and height in
 * pixels after cropping. FALSE with WEIR_ERROR_PROTOCOL. */
gboolean weir_config_parse_avcc (const guint8 *data, gsize size,
    guint *ret_width, guint *ret_height, GError **error);

/* AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), the parts every decoder
 * needs. FALSE with WEIR_ERROR_PROTOCOL. */
gboolean weir_config_parse_asc (const guint8 *data, gsize size,
    guint *ret_sample_rate, guint *ret_channels, GError **error);
