/* What all kinds of egress share. */
#include "control/egress-impl.h"

static void
test_pauses (void)
{
  for (guint attempts = 0; attempts < 70; attempts++) {
    gint64 whole_us = MIN (attempts < 5 ? 250 << attempts : 5000, 5000)
                      * G_GINT64_CONSTANT (1000);
    gint64 least_us = G_MAXINT64, most_us = 0;

    for (guint i = 0; i < 200; i++) {
      gint64 us = weir_egress_pause_us (attempts);

      least_us = MIN (least_us, us);
      most_us = MAX (most_us, us);
    }
    g_assert_cmpint (least_us, >=, whole_us / 2);
    g_assert_cmpint (most_us, <, whole_us);
    g_assert_cmpint (most_us - least_us, >, whole_us / 4);
  }
}

static void
count (WeirEgress *egress, gpointer data)
{
  ++*(guint *) data;
}

static void
test_state (void)
{
  guint told = 0;
  WeirEgress egress = { .on_state = count, .data = &told };

  weir_egress_set_state (&egress, WEIR_EGRESS_IDLE);
  g_assert_cmpuint (told, ==, 0);
  weir_egress_set_state (&egress, WEIR_EGRESS_LIVE);
  weir_egress_set_state (&egress, WEIR_EGRESS_LIVE);
  g_assert_cmpuint (told, ==, 1);
  weir_egress_set_error (&egress, "one");
  weir_egress_set_error (&egress, egress.last_error);
  g_assert_cmpstr (egress.last_error, ==, "one");
  g_free (egress.last_error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/egress/pauses", test_pauses);
  g_test_add_func ("/egress/state", test_state);
  return g_test_run ();
}
