/* Halves the rate until the floor. */
#include "core/ladder.h"

#include "core/risk.h"

static gint64
key_gap (gint64 key_gap_ms)
{
  return key_gap_ms > 0 ? key_gap_ms : WEIR_LADDER_KEY_GAP_MS;
}

/* Key frames come only so often: GAP_MS as it is in truth. */
static gint64
real_gap (gint64 gap_ms, gint64 key_gap_ms)
{
  return (MAX (gap_ms, 1) + key_gap_ms - 1) / key_gap_ms * key_gap_ms;
}

/* Everything is decoded and pictures between key frames are looked at. */
static gboolean
is_whole (const WeirSamplingRate *rate, gint64 key_gap_ms)
{
  return (rate->mode == WEIR_SAMPLING_FPS || rate->mode == WEIR_SAMPLING_ALL)
         && rate->gap_ms + rate->gap_ms / 4 < key_gap_ms;
}

gint64
weir_ladder_cost_us (
    const WeirSamplingRate *rate, gint64 key_gap_ms, gint64 cost_us)
{
  if (rate->mode == WEIR_SAMPLING_OFF)
    return 0;
  if (is_whole (rate, key_gap (key_gap_ms)))
    return cost_us * 1000 / MAX (rate->gap_ms, WEIR_LADDER_FRAME_GAP_MS);
  return cost_us * 1000 / real_gap (rate->gap_ms, key_gap (key_gap_ms));
}

/* Between CALM's gap and the shorter one of full alert. */
static WeirSamplingRate
asked (const WeirLadderSource *source, guint band)
{
  gint64 key_gap_ms = key_gap (source->key_gap_ms);
  gint64 calm_ms = MAX (source->calm.gap_ms, key_gap_ms);
  gint64 alert_ms = CLAMP (source->alert_gap_ms, key_gap_ms, calm_ms);
  double calm = 1.0 / (double) calm_ms, alert = 1.0 / (double) alert_ms;
  double rate = calm
                + (alert - calm) * MIN (band, WEIR_RISK_BANDS - 1)
                      / (WEIR_RISK_BANDS - 1);

  /* As it is set, where nothing is to be added. */
  if (source->calm.gap_ms <= key_gap_ms || band == 0)
    return source->calm;
  return (WeirSamplingRate){ source->calm.mode, (gint64) (1.0 / rate) };
}

void
weir_ladder_build (const WeirLadderSource *source, guint band, WeirLadder *ret)
{
  gint64 key_gap_ms = key_gap (source->key_gap_ms);
  WeirLadder ladder = { 0 };
  WeirSamplingRate down[WEIR_GOVERNOR_MAX_LEVELS] = { asked (source, band) };
  gint64 gap_ms = MAX (down[0].gap_ms, key_gap_ms);
  gint64 floor_ms = source->floor_ms / key_gap_ms * key_gap_ms;

  ladder.n = 1;
  /* From all pictures to key frames alone. */
  if (is_whole (&down[0], key_gap_ms))
    down[ladder.n++] = (WeirSamplingRate){ WEIR_SAMPLING_KEYFRAMES, 0 };
  if (down[0].mode != WEIR_SAMPLING_OFF)
    while (real_gap (gap_ms, key_gap_ms) < floor_ms
           && ladder.n < WEIR_GOVERNOR_MAX_LEVELS) {
      gap_ms = ladder.n == WEIR_GOVERNOR_MAX_LEVELS - 1
                   ? floor_ms
                   : MIN (real_gap (gap_ms, key_gap_ms) * 2, floor_ms);
      /* Half a key frame early: they do not come to the millisecond. */
      down[ladder.n++] = (WeirSamplingRate){ WEIR_SAMPLING_KEYFRAMES,
        gap_ms - key_gap_ms / 2 };
    }
  for (guint i = 0; i < ladder.n; i++) {
    ladder.rates[i] = down[ladder.n - 1 - i];
    ladder.costs_us[i] = weir_ladder_cost_us (
        &ladder.rates[i], source->key_gap_ms, source->cost_us);
  }
  *ret = ladder;
}
