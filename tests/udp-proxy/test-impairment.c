/* The statistics of the model, over a million packets each, within five
 * standard deviations; and what never varies. */
#include <math.h>

#include "impairment.h"

#define PACKETS 1000000
#define SIGMAS 5
#define STEP_US 100
#define BYTES 1316
#define SEED 7

/* Of a chance SHARE taken PACKETS times, with neighbours correlated by
 * CORRELATION from one to the next. */
static void
assert_share (guint64 count, double share, double correlation)
{
  double spread = sqrt (
      share * (1 - share) / PACKETS * (1 + correlation) / (1 - correlation));
  double got = (double) count / PACKETS;

  g_test_message ("%.4f %% of %.4f %% ± %.4f %%", got * 100, share * 100,
      spread * SIGMAS * 100);
  g_assert_cmpfloat (fabs (got - share), <=, spread * SIGMAS);
}

typedef struct {
  guint64 lost, bursts, held, twice;
} Count;

static Count
count_fates (const ImpairmentSettings *settings, guint64 seed)
{
  g_autoptr (Impairment) model = impairment_new (settings, seed);
  gboolean was_lost = FALSE;
  Count count = { 0 };

  for (guint i = 0; i < PACKETS; i++) {
    ImpairmentFate fate = impairment_next (model, (gint64) i * STEP_US, BYTES);
    gboolean lost = fate.verdict == IMPAIRMENT_LOST;

    g_assert_cmpint (fate.verdict, !=, IMPAIRMENT_QUEUE_FULL);
    count.lost += lost;
    count.bursts += lost && !was_lost;
    count.held += fate.hold_packets > 0;
    count.twice += fate.twice;
    was_lost = lost;
  }
  return count;
}

static void
test_nothing (void)
{
  g_autoptr (Impairment) model = impairment_new (&impairment_none, SEED);

  for (guint i = 0; i < PACKETS; i++) {
    ImpairmentFate fate = impairment_next (model, i, BYTES);

    g_assert_cmpint (fate.verdict, ==, IMPAIRMENT_PASS);
    g_assert_cmpint (fate.due_us, ==, i);
    g_assert_cmpuint (fate.hold_packets, ==, 0);
    g_assert_false (fate.twice);
  }
}

static void
test_loss (void)
{
  static const double shares[] = { 0.001, 0.02, 0.05, 0.5 };
  ImpairmentSettings settings = impairment_none;

  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    Count count;

    settings.loss = shares[i];
    count = count_fates (&settings, SEED + i);
    assert_share (count.lost, shares[i], 0);
    /* By itself each: so a loss is the first of its burst as often as the
     * packet before passed. */
    assert_share (count.bursts, shares[i] * (1 - shares[i]), 0);
  }
  settings.loss = 1;
  g_assert_cmpuint (count_fates (&settings, SEED).lost, ==, PACKETS);
}

/* Lengths of bursts are geometric: mean 1 / r, variance (1 - r) / r². */
static void
test_bursts (void)
{
  static const struct {
    double p, r;
  } cases[] = { { 0.01, 0.2 }, { 0.002, 0.5 }, { 0.005, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    double p = cases[i].p, r = cases[i].r;
    ImpairmentSettings settings = impairment_none;
    double mean, spread;
    Count count;

    settings.good_to_bad = p;
    settings.bad_to_good = r;
    count = count_fates (&settings, SEED);
    assert_share (count.lost, p / (p + r), MAX (1 - p - r, 0));
    mean = (double) count.lost / (double) count.bursts;
    spread = sqrt ((1 - r) / (r * r) / (double) count.bursts);
    g_test_message (
        "bursts of %.3f, wanted %.3f ± %.3f", mean, 1 / r, spread * SIGMAS);
    g_assert_cmpfloat (fabs (mean - 1 / r), <=, spread * SIGMAS + 1e-9);
  }
}

static void
test_bursts_with_holes (void)
{
  const double p = 0.01, r = 0.1, h = 0.4, k = 0.999;
  ImpairmentSettings settings = impairment_none;
  double in_bad = p / (p + r);

  settings.good_to_bad = p;
  settings.bad_to_good = r;
  settings.bad_pass = h;
  settings.good_pass = k;
  assert_share (count_fates (&settings, SEED).lost,
      in_bad * (1 - h) + (1 - in_bad) * (1 - k), 1 - p - r);
}

/* Those that pass are held back and doubled by chances of their own. */
static void
test_other_chances (void)
{
  ImpairmentSettings settings = impairment_none;
  Count count;

  settings.loss = 0.2;
  settings.reorder = 0.03;
  settings.reorder_gap = 3;
  settings.duplicate = 0.01;
  count = count_fates (&settings, SEED);
  assert_share (count.lost, 0.2, 0);
  assert_share (count.held, 0.8 * 0.03, 0);
  assert_share (count.twice, 0.8 * 0.01, 0);
}

static void
test_delay (void)
{
  ImpairmentSettings settings = impairment_none;
  g_autoptr (Impairment) model = NULL;
  gint64 least = G_MAXINT64, most = 0;
  double sum = 0;

  settings.delay_us = 40000;
  settings.jitter_us = 10000;
  model = impairment_new (&settings, SEED);
  for (guint i = 0; i < PACKETS; i++) {
    gint64 now = (gint64) i * STEP_US;
    gint64 delay = impairment_next (model, now, BYTES).due_us - now;

    least = MIN (least, delay);
    most = MAX (most, delay);
    sum += (double) delay;
  }
  g_assert_cmpint (least, ==, 30000);
  g_assert_cmpint (most, ==, 50000);
  g_assert_cmpfloat (
      fabs (sum / PACKETS - 40000), <=, SIGMAS * 20000 / sqrt (12.0 * PACKETS));
}

/* Without jitter and reordering nothing overtakes anything. */
static void
test_order (void)
{
  ImpairmentSettings settings = impairment_none;
  g_autoptr (Impairment) model = NULL;
  gint64 last = 0;
  guint64 passed = 0;

  settings.delay_us = 40000;
  settings.loss = 0.05;
  settings.duplicate = 0.05;
  settings.rate_kbit = 100000;
  settings.queue_packets = 50;
  model = impairment_new (&settings, SEED);
  for (guint i = 0; i < PACKETS; i++) {
    /* Sizes and times uneven: bursts of ten. */
    ImpairmentFate fate = impairment_next (
        model, (gint64) (i / 10) * 10 * STEP_US, i * 7 % BYTES);

    if (fate.verdict != IMPAIRMENT_PASS)
      continue;
    passed++;
    g_assert_cmpint (fate.due_us, >=, last);
    g_assert_cmpuint (fate.hold_packets, ==, 0);
    last = fate.due_us;
  }
  g_assert_cmpuint (passed, >, PACKETS * 9 / 10);
}

/* 972 + 28 bytes at 1000 kbit/s take 8 ms. */
static void
test_rate (void)
{
  ImpairmentSettings settings = impairment_none;
  g_autoptr (Impairment) model = NULL;

  settings.rate_kbit = 1000;
  settings.queue_packets = 10;
  settings.delay_us = 5000;
  model = impairment_new (&settings, SEED);
  for (guint round = 0; round < 3; round++) {
    gint64 now = round * G_USEC_PER_SEC;

    for (guint i = 0; i < 10; i++) {
      ImpairmentFate fate = impairment_next (model, now, 972);

      g_assert_cmpint (fate.verdict, ==, IMPAIRMENT_PASS);
      g_assert_cmpint (fate.due_us, ==, now + (i + 1) * 8000 + 5000);
    }
    for (guint i = 0; i < 3; i++)
      g_assert_cmpint (impairment_next (model, now + 7999, 972).verdict, ==,
          IMPAIRMENT_QUEUE_FULL);
    /* One is through: room for one. */
    g_assert_cmpint (impairment_next (model, now + 8000, 972).due_us, ==,
        now + 11 * 8000 + 5000);
    g_assert_cmpint (impairment_next (model, now + 8000, 972).verdict, ==,
        IMPAIRMENT_QUEUE_FULL);
  }
}

/* Same seed, same fate, whatever the times; another seed, another one. And one
 * chance does not move another. */
static void
test_seed (void)
{
  ImpairmentSettings loss = impairment_none;
  ImpairmentSettings more;
  g_autoptr (Impairment) a = NULL;
  g_autoptr (Impairment) b = NULL;
  g_autoptr (Impairment) c = NULL;
  guint differ = 0;

  loss.loss = 0.05;
  loss.good_to_bad = 0.01;
  loss.bad_to_good = 0.2;
  more = loss;
  more.delay_us = more.jitter_us = 1000;
  more.reorder = more.duplicate = 0.5;
  a = impairment_new (&loss, SEED);
  b = impairment_new (&more, SEED);
  c = impairment_new (&loss, SEED + 1);
  for (guint i = 0; i < PACKETS; i++) {
    gint64 now = (gint64) i * STEP_US;
    ImpairmentVerdict one = impairment_next (a, now, BYTES).verdict;

    g_assert_cmpint (one, ==, impairment_next (b, now * 3, 100).verdict);
    differ += one != impairment_next (c, now, BYTES).verdict;
  }
  g_assert_cmpuint (differ, >, PACKETS / 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-proxy/impairment/nothing", test_nothing);
  g_test_add_func ("/udp-proxy/impairment/loss", test_loss);
  g_test_add_func ("/udp-proxy/impairment/bursts", test_bursts);
  g_test_add_func (
      "/udp-proxy/impairment/bursts-with-holes", test_bursts_with_holes);
  g_test_add_func ("/udp-proxy/impairment/other-chances", test_other_chances);
  g_test_add_func ("/udp-proxy/impairment/delay", test_delay);
  g_test_add_func ("/udp-proxy/impairment/order", test_order);
  g_test_add_func ("/udp-proxy/impairment/rate", test_rate);
  g_test_add_func ("/udp-proxy/impairment/seed", test_seed);
  return g_test_run ();
}
