/* Chooses packets to look at. */
#include "core/sampler.h"

#include <string.h>

/* A new distance of key frames counts for one part of so many. */
#define SMOOTH 4

static const char *const mode_names[] = { "keyframes", "fps", "all", "off" };

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

static const char *const probes_names[] = { "plain", "standard", "thorough" };

const char *
weir_sampling_probes_name (WeirSamplingProbes probes)
{
  return probes_names[probes];
}

gboolean
weir_sampling_probes_from_string (
    const char *text, WeirSamplingProbes *ret_probes)
{
  for (guint i = 0; i < G_N_ELEMENTS (probes_names); i++)
    if (strcmp (text, probes_names[i]) == 0) {
      *ret_probes = (WeirSamplingProbes) i;
      return TRUE;
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
track_wants (WeirSamplerTrack *track, const WeirSampler *sampler, gint64 dts_ms,
    gboolean whole)
{
  gint64 passed_ms = dts_ms - track->last_ms;
  gboolean by_longest = whole && track->rate.mode == WEIR_SAMPLING_KEYFRAMES;

  if (track->rate.mode == WEIR_SAMPLING_OFF)
    return FALSE;
  /* Before its time only where, with the next one, it would be longer than the
   * floor; never more often than asked for. */
  if (track->any && by_longest && passed_ms < sampler->longest_ms)
    return FALSE;
  if (track->any && passed_ms < track->rate.gap_ms
      && (passed_ms < sampler->wish.rate.gap_ms
          || passed_ms + sampler->key_gap_ms <= sampler->floor_ms))
    return FALSE;
  track->any = TRUE;
  track->last_ms = dts_ms;
  track->taken++;
  return TRUE;
}

/* Of key frames, as far as it can be told: the longer of the usual distance
 * and the one that is running. */
static gint64
key_gap_now (const WeirSampler *sampler)
{
  return sampler->any_key
             ? MAX (sampler->key_gap_ms, sampler->dts_ms - sampler->key_ms)
             : 0;
}

gboolean
weir_sampler_is_whole (const WeirSampler *sampler, gint64 *ret_gap_ms)
{
  const WeirSamplingRate *rate = &sampler->grant.rate;
  const WeirSamplingRate *wish = &sampler->wish.rate;
  gint64 key_gap_ms = key_gap_now (sampler);

  *ret_gap_ms = rate->mode == WEIR_SAMPLING_ALL ? 0 : rate->gap_ms;
  if (rate->mode == WEIR_SAMPLING_OFF || key_gap_ms == 0)
    return FALSE;
  /* They do not come to the millisecond. */
  if (rate->mode != WEIR_SAMPLING_KEYFRAMES
      && rate->gap_ms + rate->gap_ms / 4 < key_gap_ms)
    return TRUE;
  /* Not where the budget lowered it, or where it is not asked for either. */
  if (sampler->longest_ms == 0 || rate->mode != wish->mode
      || rate->gap_ms > wish->gap_ms || rate->gap_ms > sampler->longest_ms
      || key_gap_ms <= sampler->longest_ms + sampler->longest_ms / 4)
    return FALSE;
  *ret_gap_ms = sampler->longest_ms;
  return TRUE;
}

gboolean
weir_sampler_wants (WeirSampler *sampler, const WeirPacket *packet)
{
  gboolean whole;
  gint64 gap_ms;

  if (packet->kind != WEIR_MEDIA_VIDEO || packet->track != 0)
    return FALSE;
  sampler->dts_ms = packet->dts_ms;
  if (packet->flags & WEIR_PACKET_KEY)
    measure (sampler, packet->dts_ms);
  whole = weir_sampler_is_whole (sampler, &gap_ms);
  if (!whole && !(packet->flags & WEIR_PACKET_KEY))
    return FALSE;
  track_wants (&sampler->wish, sampler, packet->dts_ms, whole);
  return track_wants (&sampler->grant, sampler, packet->dts_ms, whole);
}
