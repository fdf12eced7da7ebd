/* A key frame of 64 x 64 pixels and its configuration for each codec, built
 * in: decoding it loads what the first real picture would otherwise wait for,
 * and what cannot be loaded any more behind the sandbox. */
#pragma once

#include "core/packet.h"

typedef struct {
  WeirCodec codec;
  const guint8 *record;
  gsize record_size;
  const guint8 *unit;
  gsize unit_size;
} WeirWarmUp;

#define WEIR_N_WARM_UPS 4
/* H.264 first. */
extern const WeirWarmUp weir_warm_ups[WEIR_N_WARM_UPS];
