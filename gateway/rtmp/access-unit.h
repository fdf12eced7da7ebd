/* What the coded bytes of a picture say about it, whatever the tag around
 * them does: the publisher writes the tag and could hide key pictures with
 * it. Pure. */
#pragma once

#include "core/packet.h"

typedef struct {
  gboolean any; /* there is something to decode: some cameras send nothing */
  gboolean key; /* a picture that decoding can begin at */
} WeirAccessUnit;

/* DATA in the form of core/packet.h for CONFIG's codec, which is a video
 * codec. */
WeirAccessUnit weir_access_unit_look (
    const WeirCodecConfig *config, const guint8 *data, gsize size);

/* TRUE when DATA can be an HEVCDecoderConfigurationRecord and no
 * AVCDecoderConfigurationRecord (ISO/IEC 14496-15): some encoders label HEVC
 * as H.264. */
gboolean weir_access_unit_is_hvcc (const guint8 *data, gsize size);
