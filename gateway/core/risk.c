/* Reasons that add up and fade. */
#include "core/risk.h"

/* Below this a reason is not worth a word. */
#define FAINT 0.05
/* How far below its band a risk must be to leave it. */
#define BAND_MARGIN 0.03

static const struct {
  const char *text;
  double weight;     /* level after one event of strength 1 */
  double most;       /* however often it happens */
  gint64 half_lives; /* it lasts so many times as long as the others */
} reasons[WEIR_RISK_REASONS] = {
  [WEIR_RISK_NEW_PUBLISHER] = { "a new publisher", 0.3, 0.3, 1 },
  [WEIR_RISK_VERDICT] = { "an earlier verdict", 0.7, 0.9, 24 },
  [WEIR_RISK_REPORT] = { "a report", 0.6, 0.9, 1 },
  [WEIR_RISK_HIT] = { "a listed picture", 0.8, 0.95, 1 },
  [WEIR_RISK_NEAR_MISS] = { "a picture near a listed one", 0.4, 0.7, 1 },
  [WEIR_RISK_SHARED_PICTURE] = { "the same picture elsewhere", 0.2, 0.3, 1 },
  [WEIR_RISK_RISING_SCORE] = { "a rising score", 0.7, 0.7, 1 },
};

const char *
weir_risk_reason_text (WeirRiskReason reason)
{
  return reasons[reason].text;
}

void
weir_risk_init (WeirRisk *risk, gint64 half_life_ms, gint64 now_ms)
{
  *risk = (WeirRisk){ .half_life_ms = MAX (half_life_ms, 1), .at_ms = now_ms };
}

/* Halved for every whole half-life, on a line between two: continuous, always
 * falling, the same on every machine. */
static double
faded (double level, gint64 half_life_ms, gint64 passed_ms)
{
  gint64 whole = MAX (passed_ms, 0) / half_life_ms;
  double part =
      (double) (MAX (passed_ms, 0) % half_life_ms) / (double) half_life_ms;

  if (whole >= 63)
    return 0;
  return level / (double) (G_GUINT64_CONSTANT (1) << whole) * (1 - part / 2);
}

static double
level_at (const WeirRisk *risk, guint reason, gint64 now_ms)
{
  return faded (risk->levels[reason],
      risk->half_life_ms * reasons[reason].half_lives, now_ms - risk->at_ms);
}

/* All levels are as of NOW_MS from here on. */
static void
move_on (WeirRisk *risk, gint64 now_ms)
{
  for (guint i = 0; i < WEIR_RISK_REASONS; i++)
    risk->levels[i] = level_at (risk, i, now_ms);
  risk->at_ms = MAX (risk->at_ms, now_ms);
}

void
weir_risk_hold (
    WeirRisk *risk, WeirRiskReason reason, double strength, gint64 now_ms)
{
  move_on (risk, now_ms);
  risk->levels[reason] = MAX (
      risk->levels[reason], reasons[reason].weight * CLAMP (strength, 0, 1));
}

void
weir_risk_raise (
    WeirRisk *risk, WeirRiskReason reason, double strength, gint64 now_ms)
{
  move_on (risk, now_ms);
  risk->levels[reason] = MAX (risk->levels[reason],
      MIN (reasons[reason].most,
          1
              - (1 - risk->levels[reason])
                    * (1 - reasons[reason].weight * CLAMP (strength, 0, 1))));
}

double
weir_risk_get (const WeirRisk *risk, gint64 now_ms)
{
  double left = 1;

  for (guint i = 0; i < WEIR_RISK_REASONS; i++)
    left *= 1 - level_at (risk, i, now_ms);
  return 1 - left;
}

gboolean
weir_risk_get_reason (
    const WeirRisk *risk, gint64 now_ms, WeirRiskReason *ret_reason)
{
  double most = FAINT;
  gboolean any = FALSE;

  for (guint i = 0; i < WEIR_RISK_REASONS; i++) {
    double level = level_at (risk, i, now_ms);

    if (level < most)
      continue;
    most = level;
    any = TRUE;
    *ret_reason = (WeirRiskReason) i;
  }
  return any;
}

double
weir_risk_nearness (guint distance, guint radius)
{
  if (distance >= WEIR_RISK_FAR || radius >= WEIR_RISK_FAR - 1)
    return 0;
  if (distance <= radius)
    return 1;
  return (double) (WEIR_RISK_FAR - distance)
         / (double) (WEIR_RISK_FAR - 1 - radius);
}

guint
weir_risk_band (double risk, guint previous)
{
  guint band =
      MIN ((guint) (CLAMP (risk, 0, 1) * WEIR_RISK_BANDS), WEIR_RISK_BANDS - 1);
  double edge = (double) MIN (previous, WEIR_RISK_BANDS - 1) / WEIR_RISK_BANDS;

  if (band < previous && risk > edge - BAND_MARGIN)
    return MIN (previous, WEIR_RISK_BANDS - 1);
  return band;
}
