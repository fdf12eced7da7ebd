/* How long the next start is waited with: by table, and the bound at random. */
#include "workers/restarts.h"

#define S G_USEC_PER_SEC

static void
test_never_ready (void)
{
  WeirRestarts r = { 0 };
  gint64 now_us = S, wait_us = 0;

  for (guint failed = 1; failed <= 10; failed++) {
    wait_us = weir_restarts_note_end (&r, failed, now_us);
    g_assert_cmpint (wait_us, ==, (S / 10) << (failed - 1));
    now_us += wait_us;
  }
  for (guint failed = 11; failed < 200; failed++) {
    wait_us = weir_restarts_note_end (&r, failed, now_us);
    g_assert_cmpint (wait_us, ==, WEIR_RESTARTS_MAX_US);
    now_us += wait_us;
  }
}

/* Those that worked are followed at once, by as many as are in store. */
static void
test_store (void)
{
  WeirRestarts r = { 0 };

  for (guint i = 0; i < WEIR_RESTARTS_STORE; i++)
    g_assert_cmpint (weir_restarts_note_end (&r, 0, S), ==, 0);
  g_assert_cmpint (
      weir_restarts_note_end (&r, 0, S), ==, WEIR_RESTARTS_EVERY_US);
  /* They come back. */
  g_assert_cmpint (
      weir_restarts_note_end (&r, 0, S + 2 * WEIR_RESTARTS_EVERY_US), ==, 0);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpint (
        weir_restarts_note_end (&r, 0, 60 * S), <=, WEIR_RESTARTS_MAX_US);
}

/* However soon each ends: no more than the store and what came back. */
static void
test_bound (void)
{
  for (guint round = 0; round < 200; round++) {
    WeirRestarts r = { 0 };
    gint64 began_us = g_test_rand_int_range (0, 1000000), now_us = began_us;
    guint n, failed = 0;

    for (n = 0; now_us - began_us < 600 * S; n++) {
      gint64 lived_us = g_test_rand_int_range (0, 1 + 100000 * (gint) round);

      now_us += lived_us;
      failed = g_test_rand_bit () ? 0 : failed + 1;
      now_us += weir_restarts_note_end (&r, failed, now_us);
    }
    g_assert_cmpuint (n, <=,
        WEIR_RESTARTS_STORE + 1
            + (guint) ((now_us - began_us) / WEIR_RESTARTS_EVERY_US));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restarts/never-ready", test_never_ready);
  g_test_add_func ("/restarts/store", test_store);
  g_test_add_func ("/restarts/bound", test_bound);
  return g_test_run ();
}
