/* What raises a stream's risk, and how it fades. */
#include "core/risk.h"

#define HALF_LIFE_MS 1000
#define ROUNDS 2000

static void
test_calm (void)
{
  WeirRisk risk;
  WeirRiskReason reason;

  weir_risk_init (&risk, HALF_LIFE_MS, 5000);
  g_assert_cmpfloat (weir_risk_get (&risk, 5000), ==, 0);
  g_assert_cmpfloat (weir_risk_get (&risk, 9000), ==, 0);
  g_assert_false (weir_risk_get_reason (&risk, 9000, &reason));
}

static void
test_half_life (void)
{
  WeirRisk risk;
  double before, after;

  weir_risk_init (&risk, HALF_LIFE_MS, 0);
  weir_risk_raise (&risk, WEIR_RISK_REPORT, 1, 0);
  before = weir_risk_get (&risk, 0);
  after = weir_risk_get (&risk, HALF_LIFE_MS);
  g_assert_cmpfloat (before, >, 0.5);
  g_assert_cmpfloat_with_epsilon (after, before / 2, 1e-9);
  g_assert_cmpfloat_with_epsilon (
      weir_risk_get (&risk, 3 * HALF_LIFE_MS), before / 8, 1e-9);
  g_assert_cmpfloat (weir_risk_get (&risk, G_GINT64_CONSTANT (1) << 60), ==, 0);
  /* A clock that goes back is taken to stand still. */
  g_assert_cmpfloat (weir_risk_get (&risk, -5000), ==, before);

  weir_risk_init (&risk, HALF_LIFE_MS, 0);
  weir_risk_raise (&risk, WEIR_RISK_VERDICT, 1, 0);
  before = weir_risk_get (&risk, 0);
  g_assert_cmpfloat (weir_risk_get (&risk, HALF_LIFE_MS), >, before * 0.9);
}

static void
test_reason (void)
{
  WeirRisk risk;
  WeirRiskReason reason = WEIR_RISK_REASONS;

  weir_risk_init (&risk, HALF_LIFE_MS, 0);
  weir_risk_raise (&risk, WEIR_RISK_SHARED_PICTURE, 1, 0);
  g_assert_true (weir_risk_get_reason (&risk, 0, &reason));
  g_assert_cmpint (reason, ==, WEIR_RISK_SHARED_PICTURE);
  weir_risk_raise (&risk, WEIR_RISK_HIT, 1, 0);
  g_assert_true (weir_risk_get_reason (&risk, 0, &reason));
  g_assert_cmpint (reason, ==, WEIR_RISK_HIT);
  for (guint i = 0; i < WEIR_RISK_REASONS; i++)
    g_assert_cmpstr (weir_risk_reason_text (i), !=, NULL);
}

static void
test_nearness (void)
{
  g_assert_cmpfloat (weir_risk_nearness (32, 31), ==, 1);
  g_assert_cmpfloat (weir_risk_nearness (20, 31), ==, 1);
  g_assert_cmpfloat (weir_risk_nearness (64, 31), ==, 0);
  g_assert_cmpfloat (weir_risk_nearness (200, 31), ==, 0);
  for (guint d = 33; d < 64; d++) {
    g_assert_cmpfloat (weir_risk_nearness (d, 31), >, 0);
    g_assert_cmpfloat (
        weir_risk_nearness (d, 31), <, weir_risk_nearness (d - 1, 31));
  }
  g_assert_cmpfloat (weir_risk_nearness (63, 63), ==, 0);
}

/* Whatever happens: events never lower it, time never raises it, it stays
 * within 0 and 1, and the same history with one event more is never less. */
static void
test_random (void)
{
  WeirRisk risk, more;
  gint64 now_ms = 0;

  weir_risk_init (&risk, HALF_LIFE_MS, 0);
  weir_risk_init (&more, HALF_LIFE_MS, 0);
  for (guint i = 0; i < ROUNDS; i++) {
    WeirRiskReason reason =
        (WeirRiskReason) g_test_rand_int_range (0, WEIR_RISK_REASONS);
    double strength = g_test_rand_double_range (-0.5, 1.5);
    double before = weir_risk_get (&risk, now_ms), after;

    now_ms += g_test_rand_int_range (0, 500);
    after = weir_risk_get (&risk, now_ms);
    g_assert_cmpfloat (after, <=, before + 1e-12);
    weir_risk_raise (&risk, reason, strength, now_ms);
    g_assert_cmpfloat (weir_risk_get (&risk, now_ms), >=, after - 1e-12);
    g_assert_cmpfloat (weir_risk_get (&risk, now_ms), <=, 1);
    weir_risk_raise (&more, reason, strength, now_ms);
    if (i % 7 == 0)
      weir_risk_raise (&more, WEIR_RISK_NEAR_MISS, 0.5, now_ms);
    g_assert_cmpfloat (weir_risk_get (&more, now_ms), >=,
        weir_risk_get (&risk, now_ms) - 1e-9);
  }
}

static void
test_band (void)
{
  guint band = 0;

  g_assert_cmpuint (weir_risk_band (0, 0), ==, 0);
  g_assert_cmpuint (weir_risk_band (1, 0), ==, WEIR_RISK_BANDS - 1);
  g_assert_cmpuint (weir_risk_band (7, 3), ==, WEIR_RISK_BANDS - 1);
  g_assert_cmpuint (weir_risk_band (-7, 0), ==, 0);
  g_assert_cmpuint (weir_risk_band (0, 1000), ==, 0);
  /* Up at once, down with a margin. */
  band = weir_risk_band (0.26, band);
  g_assert_cmpuint (band, ==, 2);
  band = weir_risk_band (0.24, band);
  g_assert_cmpuint (band, ==, 2);
  band = weir_risk_band (0.21, band);
  g_assert_cmpuint (band, ==, 1);
  for (double r = 0; r < 1; r += 0.01)
    for (guint previous = 0; previous < WEIR_RISK_BANDS; previous++)
      g_assert_cmpuint (weir_risk_band (r, previous), <=,
          weir_risk_band (r + 0.01, previous));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/risk/calm", test_calm);
  g_test_add_func ("/risk/half-life", test_half_life);
  g_test_add_func ("/risk/reason", test_reason);
  g_test_add_func ("/risk/nearness", test_nearness);
  g_test_add_func ("/risk/random", test_random);
  g_test_add_func ("/risk/band", test_band);
  return g_test_run ();
}
