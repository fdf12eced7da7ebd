/* The arguments of the proxy, and what it refuses. */
#include <string.h>

#include "options.h"

static gboolean
parse (const char *line, Options *ret_options, GError **error)
{
  g_auto (GStrv) args = g_strsplit (line, " ", -1);

  return options_parse ((const char *const *) args, ret_options, error);
}

static void
test_all (void)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GError) error = NULL;
  const ImpairmentSettings *up = &options.impairment[DIRECTION_UP];
  const ImpairmentSettings *down = &options.impairment[DIRECTION_DOWN];

  g_assert_true (parse ("--listen 0 --to localhost:9000 --seed 5 "
                        "--delay-ms 40 --jitter-ms 10 --loss 5 --up-loss 2.5 "
                        "--down-gilbert-elliott 1,20 "
                        "--up-gilbert-elliott 1,25,30,99 --reorder 2,3 "
                        "--duplicate 1 --down-rate-kbit 8000 "
                        "--down-queue-packets 50",
      &options, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (options.port, ==, 0);
  g_assert_cmpstr (options.host, ==, "localhost");
  g_assert_cmpuint (options.to_port, ==, 9000);
  g_assert_cmpuint (options.seed, ==, 5);
  g_assert_cmpint (up->delay_us, ==, 40000);
  g_assert_cmpint (down->jitter_us, ==, 10000);
  g_assert_cmpfloat (up->loss, ==, 0.025);
  g_assert_cmpfloat (down->loss, ==, 0.05);
  g_assert_cmpfloat (down->good_to_bad, ==, 0.01);
  g_assert_cmpfloat (down->bad_to_good, ==, 0.2);
  g_assert_cmpfloat (down->bad_pass, ==, 0);
  g_assert_cmpfloat (down->good_pass, ==, 1);
  g_assert_cmpfloat (up->bad_to_good, ==, 0.25);
  g_assert_cmpfloat (up->bad_pass, ==, 0.3);
  g_assert_cmpfloat (up->good_pass, ==, 0.99);
  g_assert_cmpfloat (up->reorder, ==, 0.02);
  g_assert_cmpuint (down->reorder_gap, ==, 3);
  g_assert_cmpfloat (up->duplicate, ==, 0.01);
  g_assert_cmpuint (up->rate_kbit, ==, 0);
  g_assert_cmpuint (down->rate_kbit, ==, 8000);
  g_assert_cmpuint (up->queue_packets, ==, 1000);
  g_assert_cmpuint (down->queue_packets, ==, 50);
}

static void
test_refusals (void)
{
  static const char *const bad[] = { "", "--listen 9000", "--to h", "--to :1",
    "--to h:0", "--to h:65536", "--to h:1 --listen 65536", "--to h:1 --seed x",
    "--to h:1 --loss", "--to h:1 --loss 101", "--to h:1 --loss -1",
    "--to h:1 --loss nan", "--to h:1 --loss 1x", "--to h:1 --delay-ms 60001",
    "--to h:1 --delay-ms 5 --jitter-ms 6", "--to h:1 --gilbert-elliott 1",
    "--to h:1 --gilbert-elliott 1,0", "--to h:1 --gilbert-elliott 1,2,3",
    "--to h:1 --reorder 1", "--to h:1 --reorder 1,0",
    "--to h:1 --reorder 1,1001", "--to h:1 --queue-packets 0",
    "--to h:1 --queue-packets 65537", "--to h:1 --up-seed 1", "--to h:1 loss 1",
    "--to h:1 --lost 1" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Options options = { 0 };
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", bad[i]);
    g_assert_false (parse (bad[i], &options, &error));
    g_assert_nonnull (error);
    g_assert_null (options.host);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-proxy/options/all", test_all);
  g_test_add_func ("/udp-proxy/options/refusals", test_refusals);
  return g_test_run ();
}
