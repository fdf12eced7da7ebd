/* Which packets are looked at. */
#include "core/sampler.h"

#define FLOOR_MS 6000

static void
begin (WeirSampler *s, WeirSamplingMode mode, gint64 gap_ms)
{
  weir_sampler_init (s, &(WeirSamplingRate){ mode, gap_ms }, FLOOR_MS);
}

static gboolean
wants (WeirSampler *s, gint64 dts_ms, gint64 pts_ms)
{
  WeirPacket packet = { .kind = WEIR_MEDIA_VIDEO,
    .flags = WEIR_PACKET_KEY,
    .dts_ms = dts_ms,
    .pts_ms = pts_ms };

  return weir_sampler_wants (s, &packet);
}

static void
test_gap (void)
{
  WeirSampler s;

  begin (&s, WEIR_SAMPLING_KEYFRAMES, 1000);
  g_assert_true (wants (&s, 0, 80));
  g_assert_false (wants (&s, 999, 1100));
  g_assert_true (wants (&s, 1000, 1000));
  g_assert_false (wants (&s, 1999, 1999));
  g_assert_true (wants (&s, 9000, 9000));
  g_assert_cmpuint (s.wish.taken, ==, 3);
  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  for (gint64 ms = 0; ms < 100; ms++)
    g_assert_true (wants (&s, ms, ms));
}

/* A publisher can't buy hours of blindness with one PTS far ahead. */
static void
test_pts_far_ahead (void)
{
  WeirSampler s;

  begin (&s, WEIR_SAMPLING_KEYFRAMES, 1000);
  g_assert_true (wants (&s, 0, 8388607));
  g_assert_true (wants (&s, 1000, 1000));
  g_assert_true (wants (&s, 2000, -8388608));
  g_assert_true (wants (&s, 3000, 3000));
}

static void
test_others (void)
{
  WeirSampler s;
  WeirPacket packet = { .kind = WEIR_MEDIA_VIDEO };

  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  g_assert_false (weir_sampler_wants (&s, &packet));
  packet.flags = WEIR_PACKET_DISCONT;
  g_assert_false (weir_sampler_wants (&s, &packet));
  packet.flags = WEIR_PACKET_KEY;
  packet.track = 1;
  g_assert_false (weir_sampler_wants (&s, &packet));
  packet.track = 0;
  packet.kind = WEIR_MEDIA_AUDIO;
  g_assert_false (weir_sampler_wants (&s, &packet));
  packet.kind = WEIR_MEDIA_DATA;
  g_assert_false (weir_sampler_wants (&s, &packet));
  g_assert_cmpuint (s.wish.taken, ==, 0);
  begin (&s, WEIR_SAMPLING_OFF, 0);
  g_assert_false (wants (&s, 0, 0));
}

static void
grant (WeirSampler *s, gint64 wish_ms, gint64 grant_ms)
{
  weir_sampler_set_rates (s,
      &(WeirSamplingRate){ WEIR_SAMPLING_KEYFRAMES, wish_ms },
      &(WeirSamplingRate){ WEIR_SAMPLING_KEYFRAMES, grant_ms });
}

/* What was asked for is counted beside what was granted, and a change is in
 * effect with the next packet. */
static void
test_granted_less (void)
{
  WeirSampler s;

  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  g_assert_true (wants (&s, 0, 0));
  g_assert_true (wants (&s, 1000, 1000));
  grant (&s, 0, 3500);
  for (gint64 ms = 2000; ms < 5000; ms += 1000)
    g_assert_false (wants (&s, ms, ms));
  g_assert_true (wants (&s, 5000, 5000));
  g_assert_cmpuint (s.wish.taken, ==, 6);
  g_assert_cmpuint (s.grant.taken, ==, 3);
  grant (&s, 0, 0);
  g_assert_true (wants (&s, 6000, 6000));
  g_assert_cmpint (s.key_gap_ms, ==, 1000);
}

/* However little is granted: a key frame that is the last before the floor is
 * taken. One that was not even asked for is not. */
static void
test_floor (void)
{
  WeirSampler s;

  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  grant (&s, 0, 3600000);
  g_assert_true (wants (&s, 0, 0));
  g_assert_false (wants (&s, 2000, 2000));
  g_assert_false (wants (&s, 4000, 4000));
  g_assert_true (wants (&s, 5999, 5999));
  g_assert_false (wants (&s, 8000, 8000));
  g_assert_false (wants (&s, 9000, 9000));
  begin (&s, WEIR_SAMPLING_KEYFRAMES, 9000);
  g_assert_true (wants (&s, 0, 0));
  for (gint64 ms = 2000; ms < 9000; ms += 2000)
    g_assert_false (wants (&s, ms, ms));
  g_assert_true (wants (&s, 10000, 10000));
}

static void
test_names (void)
{
  WeirSamplingMode mode = WEIR_SAMPLING_KEYFRAMES;

  g_assert_true (weir_sampling_mode_from_string ("off", &mode));
  g_assert_cmpint (mode, ==, WEIR_SAMPLING_OFF);
  g_assert_true (weir_sampling_mode_from_string ("keyframes", &mode));
  g_assert_false (weir_sampling_mode_from_string ("", &mode));
  g_assert_false (weir_sampling_mode_from_string ("Off", &mode));
  g_assert_cmpstr (weir_sampling_mode_name (mode), ==, "keyframes");
}

/* A packet every 40 ms, a key frame every KEY_MS, for SECONDS. Returns the last
 * packet that was not wanted as a part of the whole; RET_LOOKED: how many key
 * frames or pictures were looked at. */
static gint64
play (WeirSampler *s, gint64 key_ms, guint seconds, guint *ret_looked)
{
  gint64 last_ms = -1, gap_ms;

  *ret_looked = 0;
  for (gint64 ms = 0; ms < seconds * 1000; ms += 40) {
    WeirPacket packet = { .kind = WEIR_MEDIA_VIDEO,
      .flags = ms % key_ms == 0 ? WEIR_PACKET_KEY : 0,
      .dts_ms = ms,
      .pts_ms = ms };

    *ret_looked += weir_sampler_wants (s, &packet);
    if (!weir_sampler_is_whole (s, &gap_ms))
      last_ms = ms;
  }
  return last_ms;
}

static void
test_fps (void)
{
  WeirSampler s;
  gint64 gap_ms;
  guint looked;

  /* Five a second: more than key frames give. */
  begin (&s, WEIR_SAMPLING_FPS, 200);
  g_assert_cmpint (play (&s, 2000, 20, &looked), ==, 240);
  g_assert_cmpuint (looked, >=, 95);
  g_assert_cmpuint (looked, <=, 101);
  g_assert_true (weir_sampler_is_whole (&s, &gap_ms));
  g_assert_cmpint (gap_ms, ==, 200);
  /* One in two seconds: they do. */
  begin (&s, WEIR_SAMPLING_FPS, 2000);
  g_assert_cmpint (play (&s, 2000, 20, &looked), ==, 19960);
  g_assert_cmpuint (looked, ==, 10);
  begin (&s, WEIR_SAMPLING_ALL, 0);
  g_assert_cmpint (play (&s, 2000, 20, &looked), ==, 0);
  g_assert_cmpuint (looked, ==, 500);
  begin (&s, WEIR_SAMPLING_OFF, 0);
  g_assert_cmpint (play (&s, 2000, 20, &looked), ==, 19960);
  g_assert_cmpuint (looked, ==, 0);
}

static void
test_longest_gap (void)
{
  WeirSamplingRate wish = { WEIR_SAMPLING_KEYFRAMES, 0 }, less = wish;
  WeirSampler s;
  gint64 gap_ms;
  guint looked;

  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  s.longest_ms = 2000;
  g_assert_cmpint (play (&s, 2000, 20, &looked), ==, 19960);
  g_assert_cmpuint (looked, ==, 10);
  /* From when it shows that no key frame comes. */
  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  s.longest_ms = 2000;
  g_assert_cmpint (play (&s, 10000, 40, &looked), ==, 2480);
  g_assert_true (weir_sampler_is_whole (&s, &gap_ms));
  g_assert_cmpint (gap_ms, ==, 2000);
  g_assert_cmpuint (looked, >=, 18);
  g_assert_cmpuint (looked, <=, 20);
  /* Not against the budget. */
  less.gap_ms = 4000;
  weir_sampler_set_rates (&s, &wish, &less);
  g_assert_false (weir_sampler_is_whole (&s, &gap_ms));
  begin (&s, WEIR_SAMPLING_KEYFRAMES, 0);
  g_assert_cmpint (play (&s, 10000, 40, &looked), ==, 39960);
  g_assert_cmpuint (looked, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sampler/gap", test_gap);
  g_test_add_func ("/sampler/pts-far-ahead", test_pts_far_ahead);
  g_test_add_func ("/sampler/others", test_others);
  g_test_add_func ("/sampler/granted-less", test_granted_less);
  g_test_add_func ("/sampler/floor", test_floor);
  g_test_add_func ("/sampler/names", test_names);
  g_test_add_func ("/sampler/fps", test_fps);
  g_test_add_func ("/sampler/longest-gap", test_longest_gap);
  return g_test_run ();
}
