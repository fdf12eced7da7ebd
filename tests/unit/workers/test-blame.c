/* Strikes, being apart, and coming back, with a clock of the test's own. */
#include "workers/blame.h"

#define S G_USEC_PER_SEC
#define SOON (WEIR_BLAME_FORGET_US / 2)

static void
set_apart (WeirBlame *b, guint64 stream, gint64 now_us)
{
  for (guint i = 1; i < WEIR_BLAME_STRIKES; i++)
    g_assert_false (weir_blame_strike (b, stream, now_us));
  g_assert_false (weir_blame_is_apart (b, stream));
  g_assert_true (weir_blame_strike (b, stream, now_us));
  g_assert_true (weir_blame_is_apart (b, stream));
}

static void
test_three_strikes (void)
{
  WeirBlame *b = weir_blame_new ();

  g_assert_false (weir_blame_is_apart (b, 0));
  set_apart (b, 0, 0);
  g_assert_cmpuint (weir_blame_count (b), ==, 1);
  g_assert_false (weir_blame_is_apart (b, 1));
  set_apart (b, 1, 0);
  g_assert_cmpuint (weir_blame_count (b), ==, 2);
  weir_blame_free (b);
}

/* A stream that brings one down now and then is no danger to others. */
static void
test_old_strikes (void)
{
  WeirBlame *b = weir_blame_new ();
  gint64 now_us = 0;

  for (guint i = 0; i < 50; i++) {
    g_assert_false (weir_blame_strike (b, 7, now_us));
    now_us += WEIR_BLAME_FORGET_US + 1;
  }
  weir_blame_forget (b, now_us);
  g_assert_cmpuint (weir_blame_count (b), ==, 0);
  /* But not in time. */
  g_assert_false (weir_blame_strike (b, 7, now_us));
  g_assert_false (weir_blame_strike (b, 7, now_us + SOON));
  weir_blame_forget (b, now_us + 2 * SOON);
  g_assert_true (weir_blame_strike (b, 7, now_us + 2 * SOON));
  weir_blame_free (b);
}

static void
test_turns (void)
{
  WeirBlame *b = weir_blame_new ();
  gint64 now_us = 100 * S, gap_us = WEIR_BLAME_GAP_US;

  set_apart (b, 3, now_us);
  /* Not at once. */
  g_assert_false (weir_blame_take_turn (b, 3, now_us));
  g_assert_false (weir_blame_take_turn (b, 3, now_us + gap_us - 1));
  now_us += gap_us;
  g_assert_true (weir_blame_take_turn (b, 3, now_us));
  g_assert_false (weir_blame_take_turn (b, 3, now_us));
  g_assert_false (weir_blame_take_turn (b, 3, now_us + gap_us - 1));
  g_assert_true (weir_blame_take_turn (b, 3, now_us + gap_us));
  /* More slowly each time, up to a limit. */
  for (guint i = 0; i < 12; i++) {
    now_us += 1000 * S;
    g_assert_false (weir_blame_strike (b, 3, now_us));
    gap_us = MIN (2 * gap_us, WEIR_BLAME_MAX_GAP_US);
    g_assert_false (weir_blame_take_turn (b, 3, now_us + gap_us - 1));
    g_assert_true (weir_blame_take_turn (b, 3, now_us + gap_us));
  }
  g_assert_cmpint (gap_us, ==, WEIR_BLAME_MAX_GAP_US);
  weir_blame_free (b);
}

static void
test_pardon (void)
{
  WeirBlame *b = weir_blame_new ();

  g_assert_false (weir_blame_went_well (b, 5));
  set_apart (b, 5, 0);
  for (guint i = 1; i < WEIR_BLAME_PARDON; i++)
    g_assert_false (weir_blame_went_well (b, 5));
  /* In a row. */
  g_assert_false (weir_blame_strike (b, 5, S));
  for (guint i = 1; i < WEIR_BLAME_PARDON; i++)
    g_assert_false (weir_blame_went_well (b, 5));
  g_assert_true (weir_blame_went_well (b, 5));
  g_assert_false (weir_blame_is_apart (b, 5));
  g_assert_cmpuint (weir_blame_count (b), ==, 0);
  /* On probation. */
  g_assert_true (weir_blame_strike (b, 5, 2 * S));
  weir_blame_free (b);
}

/* One that is gone for good does not stay. */
static void
test_gone (void)
{
  WeirBlame *b = weir_blame_new ();

  set_apart (b, 9, 0);
  g_assert_true (weir_blame_take_turn (b, 9, WEIR_BLAME_GAP_US));
  weir_blame_forget (b, WEIR_BLAME_FORGET_US + 1);
  g_assert_cmpuint (weir_blame_count (b), ==, 1);
  weir_blame_forget (b, WEIR_BLAME_GAP_US + WEIR_BLAME_FORGET_US + 1);
  g_assert_cmpuint (weir_blame_count (b), ==, 0);
  g_assert_false (weir_blame_is_apart (b, 9));
  weir_blame_free (b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/blame/three-strikes", test_three_strikes);
  g_test_add_func ("/blame/old-strikes", test_old_strikes);
  g_test_add_func ("/blame/turns", test_turns);
  g_test_add_func ("/blame/pardon", test_pardon);
  g_test_add_func ("/blame/gone", test_gone);
  return g_test_run ();
}
