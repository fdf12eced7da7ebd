/* Which packets of a stream are worth a look. Pure. */
#pragma once

#include "core/packet.h"

typedef enum {
  WEIR_SAMPLING_KEYFRAMES, /* every key frame, at most one per GAP_MS */
  WEIR_SAMPLING_FPS,       /* a picture per GAP_MS: of key frames where they
                              come often enough, else of all pictures */
  WEIR_SAMPLING_ALL,       /* every picture */
  WEIR_SAMPLING_OFF,
} WeirSamplingMode;

const char *weir_sampling_mode_name (WeirSamplingMode mode);
gboolean
weir_sampling_mode_from_string (const char *text, WeirSamplingMode *ret_mode);

/* Which usual edits of a picture are undone and looked up beside it; the sets
 * of hash/probes.h. */
typedef enum {
  WEIR_SAMPLING_PLAIN,
  WEIR_SAMPLING_STANDARD,
  WEIR_SAMPLING_THOROUGH,
} WeirSamplingProbes;

const char *weir_sampling_probes_name (WeirSamplingProbes probes);
gboolean weir_sampling_probes_from_string (
    const char *text, WeirSamplingProbes *ret_probes);

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
  gint64 longest_ms; /* key frames further apart than this and a quarter of it
                        are not enough where all that is asked for is granted;
                        0: they always are */
  gint64 dts_ms;     /* of the newest packet */
} WeirSampler;

/* Wish and grant alike. */
void weir_sampler_init (
    WeirSampler *sampler, const WeirSamplingRate *rate, gint64 floor_ms);

/* From the next packet on. A grant is never more than the wish. */
void weir_sampler_set_rates (WeirSampler *sampler, const WeirSamplingRate *wish,
    const WeirSamplingRate *grant);

/* TRUE when PACKET (in stream time) is to be looked at, as a key frame or, of a
 * stream that is decoded whole, for about as many packets as pictures are. */
gboolean weir_sampler_wants (WeirSampler *sampler, const WeirPacket *packet);

/* TRUE while key frames alone come too rarely: every packet is to be decoded
 * and a picture per RET_GAP_MS looked at, 0: all. */
gboolean weir_sampler_is_whole (const WeirSampler *sampler, gint64 *ret_gap_ms);
