/* What is taken for a time or a duration, and what is not. */
#include "programs/ctl/when.h"

static void
test_duration (void)
{
  static const struct {
    const char *text;
    gint64 ms; /* -1: refused */
  } table[] = {
    { "90", 90000 },
    { "90s", 90000 },
    { "0.5", 500 },
    { "30m", 1800000 },
    { "1.5h", 5400000 },
    { "7d", 604800000 },
    { "3650d", WEIR_CTL_MAX_DURATION_MS },
    { "3651d", -1 },
    { "1e300", -1 },
    { "0", -1 },
    { "0.0001", -1 },
    { "-1", -1 },
    { "", -1 },
    { " 1", -1 },
    { "h", -1 },
    { "1w", -1 },
    { "1h30m", -1 },
    { "nan", -1 },
    { "inf", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    gint64 ms = -1;

    g_test_message ("%s", table[i].text);
    g_assert_cmpint (weir_ctl_when_parse_duration (table[i].text, &ms), ==,
        table[i].ms >= 0);
    g_assert_cmpint (ms, ==, table[i].ms);
  }
}

static void
test_time (void)
{
  static const struct {
    const char *text;
    gint64 ms;
  } table[] = {
    { "2024-05-01 12:00:00Z", 1714564800000 },
    { "2024-05-01T12:00:00Z", 1714564800000 },
    { "2024-05-01T12:00:00", 1714564800000 },
    { "2024-05-01 12:00", 1714564800000 },
    { "2024-05-01T12:00Z", 1714564800000 },
    { "2024-05-01T14:00:00+02:00", 1714564800000 },
    { "2024-05-01T14:00+02:00", 1714564800000 },
    { "2024-05-01", -1 },
    { "2024-13-01T12:00:00Z", -1 },
    { "12:00", -1 },
    { "tomorrow", -1 },
    { "1714564800", -1 },
    { "", -1 },
    { "2024-05-01 12:00 or so", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    gint64 ms = -1;

    g_test_message ("%s", table[i].text);
    g_assert_cmpint (
        weir_ctl_when_parse_time (table[i].text, &ms), ==, table[i].ms >= 0);
    g_assert_cmpint (ms, ==, table[i].ms);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/when/duration", test_duration);
  g_test_add_func ("/ctl/when/time", test_time);
  return g_test_run ();
}
