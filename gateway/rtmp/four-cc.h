/* FourCC codes of Enhanced RTMP (v1 and v2, veovera.org) and what they stand
 * for here. Pure. */
#pragma once

#include "core/packet.h"

typedef struct {
  char text[5];
  WeirCodec codec;
} WeirFourCc;

/* All that Weir carries. */
#define WEIR_FOUR_CCS 8
extern const WeirFourCc weir_four_ccs[WEIR_FOUR_CCS];

/* WEIR_CODEC_NONE for one that is not carried. */
WeirCodec weir_four_cc_to_codec (const guint8 four_cc[4]);
/* NULL for a codec that has none. Static text. */
const char *weir_four_cc_of_codec (WeirCodec codec);
/* What people call a code that is not carried, or "unknown". */
const char *weir_four_cc_name (const guint8 four_cc[4]);
