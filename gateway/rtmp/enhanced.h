/* What two ends tell each other about Enhanced RTMP in connect and its answer
 * (Enhanced RTMP v2, "Enhancing NetConnection connect Command"). Pure. */
#pragma once

#include "rtmp/amf0.h"
#include "rtmp/four-cc.h"

/* Flags of capsEx. Multitrack (2) is not among ours: one track passes. */
#define WEIR_RTMP_CAPS_MODEX 4

/* What every server takes, by number instead of FourCC. */
#define WEIR_RTMP_LEGACY_CODECS                                                \
  (WEIR_CODEC_SET (WEIR_CODEC_H264) | WEIR_CODEC_SET (WEIR_CODEC_AAC)          \
      | WEIR_CODEC_SET (WEIR_CODEC_MP3))

/* Appends fourCcList, videoFourCcInfoMap, audioFourCcInfoMap and capsEx to the
 * object that is open in OUT: all codecs of four-cc.h, to forward. */
void weir_rtmp_append_capabilities (GByteArray *out, guint caps);

/* The codecs that OBJECT names, in the list or in the maps with a flag other
 * than "can encode"; "*" names all. OBJECT may be NULL or of any type. */
WeirCodecSet weir_rtmp_read_capabilities (const WeirAmf0 *object);
