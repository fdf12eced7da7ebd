/* Who gets how much of the budget. */
#include "core/governor.h"

#define MAX_STREAMS 60
#define ROUNDS 3000

typedef struct {
  WeirGovernor governor;
  WeirGovernorStream streams[MAX_STREAMS];
  guint n;
  WeirGovernorRound round;
} World;

static void
fill (WeirGovernorStream *s, guint64 number, guint band, guint n_levels,
    gint64 floor_us)
{
  *s = (WeirGovernorStream){
    .number = number, .band = band, .n_levels = n_levels, .granted = 1000
  };
  for (guint level = 0; level < n_levels; level++)
    s->costs_us[level] = floor_us << level;
}

/* N streams alike, number 1 and on, of 4 levels from 1000 to 8000. */
static void
fill_alike (World *w, guint n)
{
  weir_governor_init (&w->governor);
  w->n = n;
  for (guint i = 0; i < n; i++)
    fill (&w->streams[i], i + 1, 0, 4, 1000);
}

static void
share (World *w, gint64 budget_us)
{
  weir_governor_share (&w->governor, budget_us, w->streams, w->n, &w->round);
}

static gint64
granted_us (const World *w)
{
  gint64 sum = 0;

  for (guint i = 0; i < w->n; i++)
    sum += w->streams[i].costs_us[w->streams[i].granted];
  return sum;
}

static void
test_enough (void)
{
  World w;

  fill_alike (&w, 10);
  share (&w, 100000);
  for (guint i = 0; i < w.n; i++)
    g_assert_cmpuint (w.streams[i].granted, ==, 3);
  g_assert_cmpint (w.round.asked_us, ==, 80000);
  g_assert_cmpint (w.round.granted_us, ==, 80000);
  g_assert_cmpint (w.round.floor_us, ==, 10000);
  g_assert_cmpuint (w.round.lowered, ==, 0);
  w.n = 0;
  share (&w, 100000);
  g_assert_cmpint (w.round.granted_us, ==, 0);
}

static void
test_calmest_first (void)
{
  World w;

  fill_alike (&w, 3);
  w.streams[0].band = 1;
  w.streams[1].band = 2;
  share (&w, 19000);
  g_assert_cmpuint (w.streams[2].granted, <, 3);
  g_assert_cmpuint (w.streams[0].granted, ==, 3);
  g_assert_cmpuint (w.streams[1].granted, ==, 3);
  share (&w, 14000);
  g_assert_cmpuint (w.streams[2].granted, ==, 0);
  g_assert_cmpuint (w.streams[0].granted, <, 3);
  g_assert_cmpuint (w.streams[1].granted, ==, 3);
}

/* Among equals nobody goes to the floor while another has everything. */
static void
test_equals_share (void)
{
  World w;
  guint least = 3, most = 0;

  fill_alike (&w, 20);
  share (&w, 70000);
  for (guint i = 0; i < w.n; i++) {
    least = MIN (least, w.streams[i].granted);
    most = MAX (most, w.streams[i].granted);
  }
  g_assert_cmpuint (most - least, <=, 1);
}

/* Who sends a key frame thirty times a second pays for it, not the others. */
static void
test_dearest_first (void)
{
  World w;

  fill_alike (&w, 10);
  fill (&w.streams[9], 10, 0, 7, 3000);
  share (&w, 150000);
  for (guint i = 0; i < 9; i++)
    g_assert_cmpuint (w.streams[i].granted, ==, 3);
  g_assert_cmpuint (w.streams[9].granted, <, 6);
}

static void
test_floors_over_budget (void)
{
  World w;

  fill_alike (&w, 10);
  share (&w, 5000);
  for (guint i = 0; i < w.n; i++)
    g_assert_cmpuint (w.streams[i].granted, ==, 0);
  g_assert_cmpint (w.round.granted_us, ==, 10000);
  g_assert_cmpint (w.round.granted_us, ==, w.round.floor_us);
  g_assert_cmpuint (w.round.lowered, ==, 10);
}

/* Raised again only when a tenth of the budget is free. */
static void
test_headroom (void)
{
  World w;

  fill_alike (&w, 10);
  share (&w, 70000);
  g_assert_cmpuint (w.round.lowered, ==, 3);
  share (&w, 76000);
  g_assert_cmpuint (w.round.lowered, ==, 3);
  share (&w, 80000);
  g_assert_cmpuint (w.round.lowered, ==, 2);
  share (&w, 90000);
  g_assert_cmpuint (w.round.lowered, ==, 0);
}

/* Costs that go up and down a little move nobody, but for the few whose turn it
 * is when the sum is higher than it ever was. */
static void
test_steady (void)
{
  World w;
  guint changes = 0;

  fill_alike (&w, 50);
  for (guint i = 0; i < w.n; i++)
    w.streams[i].band = i % 3;
  for (guint round = 0; round < ROUNDS; round++) {
    guint before[MAX_STREAMS];

    for (guint i = 0; i < w.n; i++) {
      gint64 floor_us = g_test_rand_int_range (920, 1080);

      before[i] = w.streams[i].granted;
      for (guint level = 0; level < 4; level++)
        w.streams[i].costs_us[level] = floor_us << level;
    }
    share (&w, 250000);
    g_assert_cmpint (granted_us (&w), <=, 250000);
    for (guint i = 0; i < w.n && round > 100; i++)
      changes += w.streams[i].granted != before[i];
  }
  g_assert_cmpuint (w.round.lowered, >, 0);
  g_assert_cmpuint (changes, <=, 10);
}

static void
change (World *w)
{
  guint at = (guint) g_test_rand_int_range (0, MAX_STREAMS);

  if (w->n < MAX_STREAMS && g_test_rand_int_range (0, 3) == 0)
    fill (&w->streams[w->n++], (guint64) g_test_rand_int_range (1, 1000000),
        (guint) g_test_rand_int_range (0, 8),
        (guint) g_test_rand_int_range (1, WEIR_GOVERNOR_MAX_LEVELS + 1),
        g_test_rand_int_range (0, 3000));
  else if (at < w->n && g_test_rand_int_range (0, 4) == 0)
    w->streams[at] = w->streams[--w->n];
  else if (at < w->n)
    w->streams[at].band = (guint) g_test_rand_int_range (0, 8);
  if (g_test_rand_int_range (0, 200) == 0)
    weir_governor_note_behind (
        &w->governor, 100000, g_test_rand_int_range (-5, 200000));
}

static gboolean
same_ladder (const WeirGovernorStream *a, const WeirGovernorStream *b)
{
  if (a->n_levels != b->n_levels)
    return FALSE;
  for (guint level = 0; level < a->n_levels; level++)
    if (a->costs_us[level] != b->costs_us[level])
      return FALSE;
  return TRUE;
}

/* Streams come, go and change: never over the budget but for the floors, never
 * under a floor, and a riskier stream never has less than a calmer one with
 * the same ladder. */
static void
test_random (void)
{
  World w = { 0 };

  weir_governor_init (&w.governor);
  for (guint round = 0; round < ROUNDS; round++) {
    gint64 budget_us = g_test_rand_int_range (1, 400000);

    for (guint i = 0; i < 5; i++)
      change (&w);
    /* Some pairs that can be compared. */
    for (guint i = 0; i + 1 < w.n; i += 5) {
      w.streams[i + 1].n_levels = w.streams[i].n_levels;
      for (guint level = 0; level < w.streams[i].n_levels; level++)
        w.streams[i + 1].costs_us[level] = w.streams[i].costs_us[level];
    }
    share (&w, budget_us);
    g_assert_cmpint (w.round.limit_us, <=, budget_us);
    g_assert_cmpint (w.round.granted_us, ==, granted_us (&w));
    g_assert_cmpint (
        w.round.granted_us, <=, MAX (w.round.limit_us, w.round.floor_us));
    for (guint i = 0; i < w.n; i++)
      g_assert_cmpuint (w.streams[i].granted, <, w.streams[i].n_levels);
    for (guint i = 0; i < w.n; i++)
      for (guint k = 0; k < w.n; k++)
        if (w.streams[i].band > w.streams[k].band
            && same_ladder (&w.streams[i], &w.streams[k]))
          g_assert_cmpuint (w.streams[i].granted, >=, w.streams[k].granted);
  }
}

/* The machine gives less than the budget: less is shared, never less than a
 * quarter, and it grows back. */
static void
test_behind (void)
{
  World w;
  guint rounds = 0;

  fill_alike (&w, 10);
  share (&w, 80000);
  g_assert_cmpuint (w.round.lowered, ==, 0);
  weir_governor_note_behind (&w.governor, 80000, 40000);
  share (&w, 80000);
  g_assert_cmpint (w.round.limit_us, ==, 36000);
  g_assert_cmpint (granted_us (&w), <=, 36000);
  weir_governor_note_behind (&w.governor, 80000, 0);
  share (&w, 80000);
  g_assert_cmpint (w.round.limit_us, ==, 20000);
  /* One that used more than it may is no reason to let it have more. */
  weir_governor_note_behind (&w.governor, 80000, 800000);
  share (&w, 80000);
  g_assert_cmpint (w.round.limit_us, ==, 20000);
  while (w.round.limit_us < 80000) {
    gint64 before_us = w.round.limit_us;

    share (&w, 80000);
    g_assert_cmpint (w.round.limit_us, >=, before_us);
    g_assert_cmpuint (++rounds, <, 200);
  }
  g_assert_cmpuint (rounds, >, WEIR_GOVERNOR_HOLD_ROUNDS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/governor/enough", test_enough);
  g_test_add_func ("/governor/calmest-first", test_calmest_first);
  g_test_add_func ("/governor/equals-share", test_equals_share);
  g_test_add_func ("/governor/dearest-first", test_dearest_first);
  g_test_add_func ("/governor/floors-over-budget", test_floors_over_budget);
  g_test_add_func ("/governor/headroom", test_headroom);
  g_test_add_func ("/governor/steady", test_steady);
  g_test_add_func ("/governor/random", test_random);
  g_test_add_func ("/governor/behind", test_behind);
  return g_test_run ();
}
