/* Who is locked out, from when to when, and what the table forgets. */
#include "control/lockout.h"

#define SECOND G_USEC_PER_SEC

static const WeirLockoutRule rule = {
  .failures = 3, .window_us = 60 * SECOND, .lockout_us = 30 * SECOND
};

static void
test_from_to (void)
{
  g_autoptr (WeirLockout) l = weir_lockout_new ();
  gint64 t = 1000 * SECOND;

  g_assert_false (weir_lockout_is_out (l, "a", t));
  g_assert_false (weir_lockout_fail (l, "a", &rule, t));
  g_assert_false (weir_lockout_fail (l, "a", &rule, t + SECOND));
  g_assert_false (weir_lockout_is_out (l, "a", t + SECOND));
  g_assert_true (weir_lockout_fail (l, "a", &rule, t + 2 * SECOND));
  g_assert_true (weir_lockout_is_out (l, "a", t + 2 * SECOND));
  g_assert_false (weir_lockout_is_out (l, "b", t + 2 * SECOND));
  g_assert_cmpuint (weir_lockout_count_out (l, t + 2 * SECOND), ==, 1);
  /* Trying on does not prolong it. */
  g_assert_false (weir_lockout_fail (l, "a", &rule, t + 31 * SECOND));
  g_assert_true (weir_lockout_is_out (l, "a", t + 32 * SECOND - 1));
  g_assert_false (weir_lockout_is_out (l, "a", t + 32 * SECOND));
  g_assert_cmpuint (weir_lockout_count_out (l, t + 32 * SECOND), ==, 0);
  /* Afterwards it begins at nothing, within the same window or not. */
  g_assert_false (weir_lockout_fail (l, "a", &rule, t + 32 * SECOND));
  g_assert_false (weir_lockout_fail (l, "a", &rule, t + 33 * SECOND));
  g_assert_true (weir_lockout_fail (l, "a", &rule, t + 34 * SECOND));
}

static void
test_window (void)
{
  g_autoptr (WeirLockout) l = weir_lockout_new ();

  g_assert_false (weir_lockout_fail (l, "a", &rule, 0));
  g_assert_false (weir_lockout_fail (l, "a", &rule, 60 * SECOND));
  /* The first is too long ago: this one begins a new window. */
  g_assert_false (weir_lockout_fail (l, "a", &rule, 60 * SECOND + 1));
  g_assert_false (weir_lockout_fail (l, "a", &rule, 61 * SECOND));
  g_assert_true (weir_lockout_fail (l, "a", &rule, 120 * SECOND));
}

static void
test_forget (void)
{
  g_autoptr (WeirLockout) l = weir_lockout_new ();

  weir_lockout_forget (l, "a");
  weir_lockout_fail (l, "a", &rule, 0);
  weir_lockout_fail (l, "a", &rule, 0);
  weir_lockout_forget (l, "a");
  g_assert_cmpuint (weir_lockout_count (l), ==, 0);
  g_assert_false (weir_lockout_fail (l, "a", &rule, 0));
  g_assert_false (weir_lockout_fail (l, "a", &rule, 0));
  g_assert_true (weir_lockout_fail (l, "a", &rule, 0));
}

static void
test_off (void)
{
  g_autoptr (WeirLockout) l = weir_lockout_new ();

  for (guint i = 0; i < 100; i++)
    g_assert_false (
        weir_lockout_fail (l, "a", &(WeirLockoutRule){ 0, SECOND, SECOND }, 0));
  g_assert_cmpuint (weir_lockout_count (l), ==, 0);
  g_assert_true (
      weir_lockout_fail (l, "a", &(WeirLockoutRule){ 1, SECOND, SECOND }, 0));
}

/* The longest silent one gives way, not the first that came. */
static void
test_limit (void)
{
  g_autoptr (WeirLockout) l = weir_lockout_new ();
  const WeirLockoutRule two = { 2, G_MAXINT32, G_MAXINT32 };

  weir_lockout_fail (l, "first", &two, 0);
  weir_lockout_fail (l, "second", &two, 0);
  g_assert_true (weir_lockout_fail (l, "first", &two, 1));
  for (guint i = 2; i < WEIR_LOCKOUT_MAX_ADDRESSES; i++) {
    g_autofree char *address = g_strdup_printf ("x%u", i);

    weir_lockout_fail (l, address, &two, 2);
  }
  g_assert_cmpuint (weir_lockout_count (l), ==, WEIR_LOCKOUT_MAX_ADDRESSES);
  weir_lockout_fail (l, "one more", &two, 3);
  g_assert_cmpuint (weir_lockout_count (l), ==, WEIR_LOCKOUT_MAX_ADDRESSES);
  g_assert_true (weir_lockout_is_out (l, "first", 3));
  g_assert_false (weir_lockout_fail (l, "second", &two, 3));
  g_assert_false (weir_lockout_is_out (l, "first", 3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lockout/from-to", test_from_to);
  g_test_add_func ("/lockout/window", test_window);
  g_test_add_func ("/lockout/forget", test_forget);
  g_test_add_func ("/lockout/off", test_off);
  g_test_add_func ("/lockout/limit", test_limit);
  return g_test_run ();
}
