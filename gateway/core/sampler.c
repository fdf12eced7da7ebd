/* Chooses packets to look at. */
#include "core/sampler.h"

#include <string.h>

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
    WeirSampler *sampler, WeirSamplingMode mode, gint64 min_gap_ms)
{
  *sampler = (WeirSampler){ .mode = mode, .min_gap_ms = min_gap_ms };
}

gboolean
weir_sampler_wants (WeirSampler *sampler, const WeirPacket *packet)
{
  if (sampler->mode == WEIR_SAMPLING_OFF || packet->kind != WEIR_MEDIA_VIDEO
      || packet->track != 0 || !(packet->flags & WEIR_PACKET_KEY))
    return FALSE;
  /* By DTS, which rises: a single PTS far ahead must not blind the sampler. */
  if (sampler->any && packet->dts_ms - sampler->last_ms < sampler->min_gap_ms)
    return FALSE;
  sampler->any = TRUE;
  sampler->last_ms = packet->dts_ms;
  sampler->asked++;
  return TRUE;
}
