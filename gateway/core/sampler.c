/* Chooses packets to look at. */
#include "core/sampler.h"

#include <string.h>

/* A new distance of key frames counts for one part of so many. */
#define SMOOTH 4

static const char *const mode_names[] = { "keyframes", "off" };

const char *
weir_sampling_mode_name (WeirSamplingMode mode)
{
  return mode_names[mode];
}

gboolean
weir_sampling_mode_from_string (const char *text, WeirSamplingMode *ret_mode)
{
  for (guint i = 0; i < G_N_ELEMENTS (mode_names); i++) {
    if (strcmp (text, mode_names[i]) == 0) {
      *ret_mode = (WeirSamplingMode) i;
      return TRUE;
    }
  }
  return FALSE;
}

void
weir_sampler_init (
    WeirSampler *sampler, const WeirSamplingRate *rate, gint64 floor_ms)
{
  *sampler = (WeirSampler){ .floor_ms = floor_ms };
  weir_sampler_set_rates (sampler, rate, rate);
}

void
weir_sampler_set_rates (WeirSampler *sampler, const WeirSamplingRate *wish,
    const WeirSamplingRate *grant)
{
  sampler->wish.rate = *wish;
  sampler->grant.rate = *grant;
}

static void
measure (WeirSampler *sampler, gint64 dts_ms)
{
  gint64 gap_ms = dts_ms - sampler->key_ms;

  if (sampler->any_key && gap_ms > 0)
    sampler->key_gap_ms =
        sampler->key_gap_ms == 0
            ? gap_ms
            : (sampler->key_gap_ms * (SMOOTH - 1) + gap_ms) / SMOOTH;
  sampler->any_key = TRUE;
  sampler->key_ms = dts_ms;
}

/* By DTS, which rises: a single PTS far ahead must not blind the sampler. */
static gboolean
track_wants (WeirSamplerTrack *track, const WeirSampler *sampler, gint64 dts_ms)
{
  gint64 passed_ms = dts_ms - track->last_ms;

  if (track->rate.mode == WEIR_SAMPLING_OFF)
    return FALSE;
  /* Before its time only where, with the next one, it would be longer than the
   * floor; never more often than asked for. */
  if (track->any && passed_ms < track->rate.gap_ms
      && (passed_ms < sampler->wish.rate.gap_ms
          || passed_ms + sampler->key_gap_ms <= sampler->floor_ms))
    return FALSE;
  track->any = TRUE;
  track->last_ms = dts_ms;
  track->taken++;
  return TRUE;
}

gboolean
weir_sampler_wants (WeirSampler *sampler, const WeirPacket *packet)
{
  if (packet->kind != WEIR_MEDIA_VIDEO || packet->track != 0
      || !(packet->flags & WEIR_PACKET_KEY))
    return FALSE;
  measure (sampler, packet->dts_ms);
  track_wants (&sampler->wish, sampler, packet->dts_ms);
  return track_wants (&sampler->grant, sampler, packet->dts_ms);
}
