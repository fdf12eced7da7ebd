/* A rising score, one that is always the same, and what holds at random. */
#include "core/risk.h"
#include "core/score-trend.h"

#define THRESHOLD 800
#define ROUNDS 300

static double
play (WeirScoreTrend *trend, guint from, guint to, guint n)
{
  double risen = -1;

  for (guint i = 1; i <= n; i++)
    risen = weir_score_trend_add (trend,
        (guint) ((gint) from + ((gint) to - (gint) from) * (gint) i / (gint) n),
        THRESHOLD);
  return risen;
}

static void
test_rising (void)
{
  WeirScoreTrend trend = { 0 };
  double calm = play (&trend, 100, 100, 50), some, more;

  g_assert_cmpfloat (calm, ==, 0);
  some = play (&trend, 100, 400, 5);
  more = play (&trend, 400, 790, 5);
  g_assert_cmpfloat (some, >, 0.1);
  g_assert_cmpfloat (more, >, some);
  g_assert_cmpfloat (play (&trend, 800, 800, 1), ==, 1);
  /* It falls, and later that is forgotten. */
  g_assert_cmpfloat (play (&trend, 100, 100, 15), ==, 0);
}

/* The same on every picture says nothing, however near; a single high one that
 * is not a hit says less than a row of them. */
static void
test_usual (void)
{
  WeirScoreTrend one = { 0 }, row = { 0 };

  for (guint score = 0; score < THRESHOLD; score++) {
    WeirScoreTrend trend = { 0 };

    g_assert_cmpfloat (play (&trend, score, score, 20), ==, 0);
  }
  play (&one, 100, 100, 50);
  row = one;
  g_assert_cmpfloat (play (&one, 700, 700, 1), <, play (&row, 700, 700, 4));
}

/* Within 0 and 1; 1 exactly for a hit or more; a stream whose scores never rise
 * is never at risk; higher scores never say less. */
static void
test_random (void)
{
  for (guint round = 0; round < ROUNDS; round++) {
    WeirScoreTrend any = { 0 }, falling = { 0 }, low = { 0 }, high;
    guint threshold = (guint) g_test_rand_int_range (1, 1001);
    guint top = (guint) g_test_rand_int_range (0, (gint) threshold);

    for (guint i = 0; i < 100; i++) {
      guint score = (guint) g_test_rand_int_range (0, 1001);
      guint more = (guint) g_test_rand_int_range ((gint) score, 1001);
      double risen = weir_score_trend_add (&any, score, threshold);

      g_assert_cmpfloat (risen, >=, 0);
      g_assert_cmpfloat (risen, <=, 1);
      if (score >= threshold)
        g_assert_cmpfloat (risen, ==, 1);
      high = low;
      g_assert_cmpfloat (weir_score_trend_add (&low, score, threshold), <=,
          weir_score_trend_add (&high, more, threshold));
      g_assert_cmpfloat (
          weir_score_trend_add (&falling, top, threshold), <=, 1e-9);
      top = (guint) g_test_rand_int_range (
          (gint) (top - top / 10), (gint) top + 1);
    }
  }
}

/* Said again and again it weighs no more than once, and fades when it is not.
 */
static void
test_risk (void)
{
  WeirRisk risk;
  WeirRiskReason reason;
  double once;

  weir_risk_init (&risk, 1000, 0);
  weir_risk_hold (&risk, WEIR_RISK_RISING_SCORE, 0.5, 0);
  once = weir_risk_get (&risk, 0);
  for (guint i = 0; i < 50; i++)
    weir_risk_hold (&risk, WEIR_RISK_RISING_SCORE, 0.5, 0);
  g_assert_cmpfloat (weir_risk_get (&risk, 0), ==, once);
  g_assert_true (weir_risk_get_reason (&risk, 0, &reason));
  g_assert_cmpstr (weir_risk_reason_text (reason), ==, "a rising score");
  weir_risk_hold (&risk, WEIR_RISK_RISING_SCORE, 0.1, 10);
  g_assert_cmpfloat (weir_risk_get (&risk, 10), <=, once);
  g_assert_cmpfloat (weir_risk_get (&risk, 10), >, once * 0.9);
  g_assert_cmpfloat (weir_risk_get (&risk, 20000), <, 0.01);
  weir_risk_hold (&risk, WEIR_RISK_RISING_SCORE, 7, 20000);
  g_assert_cmpfloat (weir_risk_get (&risk, 20000), <, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/score-trend/rising", test_rising);
  g_test_add_func ("/score-trend/usual", test_usual);
  g_test_add_func ("/score-trend/random", test_random);
  g_test_add_func ("/score-trend/risk", test_risk);
  return g_test_run ();
}
