/* What was sent, span by span. The model test of the gate covers the rest. */
#include "core/exposure.h"

static void
test_spans (void)
{
  WeirExposure e;

  weir_exposure_init (&e);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 0);
  weir_exposure_sent (&e, 5, TRUE, FALSE, 100);
  weir_exposure_sent (&e, 6, FALSE, FALSE, 9999);
  weir_exposure_sent (&e, 7, TRUE, FALSE, 140);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 41);
  /* Nobody was sent 8 and 9, until a slower egress was. */
  weir_exposure_sent (&e, 10, TRUE, FALSE, 260);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 42);
  weir_exposure_sent (&e, 8, TRUE, FALSE, 180);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 82);
  weir_exposure_sent (&e, 9, TRUE, FALSE, 220);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 161);
  g_assert_cmpuint (e.count, ==, 1);
  weir_exposure_sent (&e, 9, TRUE, FALSE, 220);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 161);
  weir_exposure_sent (&e, 11, TRUE, TRUE, 1000);
  g_assert_cmpint (weir_exposure_ms (&e, 0, -1), ==, 162);
  g_assert_cmpint (weir_exposure_ms (&e, 261, 1000), ==, 0);
}

/* With more holes than are kept the oldest close: never too little. */
static void
test_many (void)
{
  WeirExposure e;

  weir_exposure_init (&e);
  for (guint i = 0; i < 1000; i++) {
    weir_exposure_sent (&e, 2 * i, TRUE, FALSE, 100 * i);
    g_assert_cmpuint (e.count, <=, WEIR_EXPOSURE_MAX_SPANS);
    g_assert_cmpint (weir_exposure_ms (&e, 0, -1), >=, i + 1);
  }
  g_assert_cmpint (weir_exposure_ms (&e, 99 * 1000, -1), ==, 10);
  g_assert_cmpint (weir_exposure_ms (&e, 100, 200), ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exposure/spans", test_spans);
  g_test_add_func ("/exposure/many", test_many);
  return g_test_run ();
}
