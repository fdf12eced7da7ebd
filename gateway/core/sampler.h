/* Which packets of a stream are worth a look. Pure. */
#pragma once

#include "core/packet.h"

typedef enum {
  WEIR_SAMPLING_KEYFRAMES, /* every key frame, at most one per GAP_MS */
  WEIR_SAMPLING_OFF,
} WeirSamplingMode;

const char *weir_sampling_mode_name (WeirSamplingMode mode);
gboolean
weir_sampling_mode_from_string (const char *text, WeirSamplingMode *ret_mode);

/* How often to look. */
typedef struct {
  WeirSamplingMode mode;
  gint64 gap_ms; /* at most one sample in so long; 0: all that MODE takes */
} WeirSamplingRate;

/* One rate against the stream's packets. */
typedef struct {
  WeirSamplingRate rate;
  gint64 last_ms;
  gboolean any;
  guint64 taken;
} WeirSamplerTrack;

typedef struct {
  WeirSamplerTrack wish;  /* what settings and risk ask for: counted only */
  WeirSamplerTrack grant; /* what the budget allows: chosen */
  gint64 floor_ms; /* never longer without a sample, if it can be helped */
  gint64 key_ms;   /* DTS of the newest key frame */
  gboolean any_key;
  gint64 key_gap_ms; /* between key frames, smoothed; 0: not known */
} WeirSampler;

/* Wish and grant alike. */
void weir_sampler_init (
    WeirSampler *sampler, const WeirSamplingRate *rate, gint64 floor_ms);

/* From the next packet on. A grant is never more than the wish. */
void weir_sampler_set_rates (WeirSampler *sampler, const WeirSamplingRate *wish,
    const WeirSamplingRate *grant);

/* TRUE when PACKET (in stream time) is to be looked at. */
gboolean weir_sampler_wants (WeirSampler *sampler, const WeirPacket *packet);
