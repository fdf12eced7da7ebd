/* What a codec configuration says about its sound, read before anything is
 * decoded; pictures: core/video-config. Pure, for bytes of strangers. */
#pragma once

#include "core/packet.h"

/* AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), the parts every decoder
 * needs. FALSE with WEIR_ERROR_PROTOCOL. */
gboolean weir_config_parse_asc (const guint8 *data, gsize size,
    guint *ret_sample_rate, guint *ret_channels, GError **error);
