/* From what is asked for down to the floor. */
#include "core/ladder.h"

#include "core/risk.h"

#define ROUNDS 5000

static WeirLadder
ladder (gint64 gap_ms, gint64 alert_ms, gint64 floor_ms, gint64 key_gap_ms,
    guint band)
{
  WeirLadder l;

  weir_ladder_build (
      &(WeirLadderSource){ .calm = { WEIR_SAMPLING_KEYFRAMES, gap_ms },
          .alert_gap_ms = alert_ms,
          .floor_ms = floor_ms,
          .key_gap_ms = key_gap_ms,
          .cost_us = 10000 },
      band, &l);
  return l;
}

/* Every key frame, every other, every third. */
static void
test_key_frames (void)
{
  WeirLadder l = ladder (0, 0, 6000, 2000, 0);

  g_assert_cmpuint (l.n, ==, 3);
  g_assert_cmpint (l.rates[2].gap_ms, ==, 0);
  g_assert_cmpint (l.rates[1].gap_ms, ==, 3000);
  g_assert_cmpint (l.rates[0].gap_ms, ==, 5000);
  g_assert_cmpint (l.costs_us[2], ==, 5000);
  g_assert_cmpint (l.costs_us[1], ==, 2500);
  g_assert_cmpint (l.costs_us[0], ==, 1666);
  /* Risk adds nothing to every key frame. */
  g_assert_cmpint (ladder (0, 0, 6000, 2000, 7).rates[2].gap_ms, ==, 0);
  /* Not known yet: as if they came every two seconds. */
  g_assert_cmpint (ladder (0, 0, 6000, 0, 0).costs_us[2], ==, 5000);
}

static void
test_floor (void)
{
  /* Fewer key frames than the floor asks for: all of them. */
  g_assert_cmpuint (ladder (0, 0, 6000, 7000, 0).n, ==, 1);
  g_assert_cmpuint (ladder (0, 0, 6000, 4000, 0).n, ==, 1);
  /* Set to less than the floor: as it is set. */
  g_assert_cmpuint (ladder (10000, 0, 6000, 2000, 0).n, ==, 1);
  g_assert_cmpint (ladder (10000, 0, 6000, 2000, 0).rates[0].gap_ms, ==, 10000);
}

/* Nothing but key frames: down from thirty a second in few steps. */
static void
test_key_frames_only (void)
{
  WeirLadder l = ladder (0, 0, 6000, 33, 0);

  g_assert_cmpuint (l.n, ==, WEIR_GOVERNOR_MAX_LEVELS);
  g_assert_cmpint (l.costs_us[l.n - 1], >, 300000);
  g_assert_cmpint (l.costs_us[0], <, 1700);
}

static void
test_risk (void)
{
  gint64 before_us = 0;

  for (guint band = 0; band < WEIR_RISK_BANDS; band++) {
    WeirLadder l = ladder (4000, 500, 8000, 500, band);

    g_assert_cmpint (l.costs_us[l.n - 1], >=, before_us);
    before_us = l.costs_us[l.n - 1];
    g_assert_cmpint (l.costs_us[0], ==, 10000 / 8);
  }
  g_assert_cmpint (before_us, ==, 20000);
  /* An alert that asks for less than the calm does not lower it. */
  g_assert_cmpint (ladder (1000, 9000, 8000, 500, 7).rates[3].gap_ms, ==, 1000);
}

static void
test_off (void)
{
  WeirLadder l;

  weir_ladder_build (&(WeirLadderSource){ .calm = { WEIR_SAMPLING_OFF, 0 },
                         .floor_ms = 6000,
                         .key_gap_ms = 2000,
                         .cost_us = 10000 },
      7, &l);
  g_assert_cmpuint (l.n, ==, 1);
  g_assert_cmpint (l.costs_us[0], ==, 0);
  g_assert_cmpint (l.rates[0].mode, ==, WEIR_SAMPLING_OFF);
}

static WeirPacket
key_at (gint64 dts_ms)
{
  return (WeirPacket){ .kind = WEIR_MEDIA_VIDEO,
    .flags = WEIR_PACKET_KEY,
    .dts_ms = dts_ms,
    .pts_ms = dts_ms };
}

/* Costs never fall going up, and a sampler that is granted any level, from any
 * moment on, leaves no gap over the floor where key frames allow it, nor takes
 * more than was asked for. */
static void
test_random (void)
{
  for (guint round = 0; round < ROUNDS / 10; round++) {
    gint64 key_ms = g_test_rand_int_range (20, 9000);
    gint64 floor_ms = g_test_rand_int_range (500, 20000);
    gint64 gap_ms = g_test_rand_int_range (0, 3) == 0
                        ? 0
                        : g_test_rand_int_range (0, 20000);
    guint band = (guint) g_test_rand_int_range (0, WEIR_RISK_BANDS);
    WeirLadder l = ladder (
        gap_ms, g_test_rand_int_range (0, 20000), floor_ms, key_ms, band);
    gint64 wish_ms = l.rates[l.n - 1].gap_ms;
    /* The first key frame that is not too soon may be a whole one late. */
    gint64 bound_ms =
        MAX (floor_ms, wish_ms < key_ms ? key_ms : wish_ms + key_ms) + 2;
    gint64 dts_ms = 0, last_ms = 0;
    WeirSampler s;

    for (guint i = 1; i < l.n; i++)
      g_assert_cmpint (l.costs_us[i], >=, l.costs_us[i - 1]);
    weir_sampler_init (&s, &l.rates[l.n - 1], floor_ms);
    for (guint i = 0; i < 200; i++) {
      WeirPacket packet = key_at (dts_ms);

      if (weir_sampler_wants (&s, &packet)) {
        g_assert_cmpint (dts_ms - last_ms, <=, bound_ms);
        last_ms = dts_ms;
      }
      if (i % 10 == 0)
        weir_sampler_set_rates (&s, &l.rates[l.n - 1],
            &l.rates[g_test_rand_int_range (0, (gint) l.n)]);
      dts_ms += key_ms + g_test_rand_int_range (-1, 2);
    }
    g_assert_cmpint (dts_ms - last_ms, <=, bound_ms);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ladder/key-frames", test_key_frames);
  g_test_add_func ("/ladder/floor", test_floor);
  g_test_add_func ("/ladder/key-frames-only", test_key_frames_only);
  g_test_add_func ("/ladder/risk", test_risk);
  g_test_add_func ("/ladder/off", test_off);
  g_test_add_func ("/ladder/random", test_random);
  return g_test_run ();
}
