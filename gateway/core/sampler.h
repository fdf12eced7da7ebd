/* Which packets of a stream are worth a look. Pure. */
#pragma once

#include "core/packet.h"

typedef enum {
  WEIR_SAMPLING_KEYFRAMES, /* every key frame, at most one per MIN_GAP_MS */
  WEIR_SAMPLING_OFF,
} WeirSamplingMode;

const char *weir_sampling_mode_name (WeirSamplingMode mode);
gboolean
weir_sampling_mode_from_string (const char *text, WeirSamplingMode *ret_mode);

typedef struct {
  WeirSamplingMode mode;
  gint64 min_gap_ms; /* 0: no floor */
  gint64 last_ms;
  gboolean any;
  guint64 asked; /* packets chosen */
} WeirSampler;

void weir_sampler_init (
    WeirSampler *sampler, WeirSamplingMode mode, gint64 min_gap_ms);

/* TRUE when PACKET (in stream time) is to be looked at. */
gboolean weir_sampler_wants (WeirSampler *sampler, const WeirPacket *packet);
