/* Publishers' timestamps, good and bad, to stream time. */
#include "core/timeline.h"

static WeirPacket
map (WeirTimeline *t, WeirMediaKind kind, gint64 raw_ms, gint64 composition_ms,
    gint64 arrival_ms)
{
  WeirPacket packet = { .kind = (guint8) kind,
    .dts_ms = raw_ms,
    .pts_ms = raw_ms + composition_ms,
    .arrival_us = arrival_ms * 1000 };

  weir_timeline_map (t, &packet);
  return packet;
}

static gint64
video (WeirTimeline *t, gint64 raw_ms, gint64 arrival_ms)
{
  return map (t, WEIR_MEDIA_VIDEO, raw_ms, 0, arrival_ms).dts_ms;
}

static gint64
audio (WeirTimeline *t, gint64 raw_ms, gint64 arrival_ms)
{
  return map (t, WEIR_MEDIA_AUDIO, raw_ms, 0, arrival_ms).dts_ms;
}

static void
test_begins_at_zero (void)
{
  WeirTimeline t;
  WeirPacket packet;

  weir_timeline_init (&t);
  packet = map (&t, WEIR_MEDIA_VIDEO, 123456, 80, 0);
  g_assert_cmpint (packet.dts_ms, ==, 0);
  g_assert_cmpint (packet.pts_ms, ==, 80);
  g_assert_cmpint (video (&t, 123496, 40), ==, 40);
  g_assert_cmpint (audio (&t, 123490, 41), ==, 34);
}

/* Pictures that begin before the first sound keep their order of showing. */
static void
test_begins_before_zero (void)
{
  WeirTimeline t;
  WeirPacket a, b;

  weir_timeline_init (&t);
  audio (&t, 1000, 0);
  a = map (&t, WEIR_MEDIA_VIDEO, 950, 80, 0);
  b = map (&t, WEIR_MEDIA_VIDEO, 990, 80, 0);
  g_assert_cmpint (a.dts_ms, ==, 0);
  g_assert_cmpint (b.dts_ms, ==, 1);
  g_assert_cmpint (a.pts_ms, ==, 30);
  g_assert_cmpint (b.pts_ms, ==, 70);
}

static void
test_composition_limit (void)
{
  WeirTimeline t;
  WeirPacket packet;

  weir_timeline_init (&t);
  packet = map (&t, WEIR_MEDIA_VIDEO, 0, WEIR_TIMELINE_MAX_COMPOSITION_MS, 0);
  g_assert_cmpint (packet.pts_ms, ==, WEIR_TIMELINE_MAX_COMPOSITION_MS);
  packet = map (&t, WEIR_MEDIA_VIDEO, 40, 8388607, 40);
  g_assert_cmpint (packet.pts_ms, ==, 40 + WEIR_TIMELINE_MAX_COMPOSITION_MS);
  packet = map (&t, WEIR_MEDIA_VIDEO, 80, -8388608, 80);
  g_assert_cmpint (packet.pts_ms, ==, 80 - WEIR_TIMELINE_MAX_COMPOSITION_MS);
}

static void
test_wraps (void)
{
  static const gint64 wraps[] = { G_GINT64_CONSTANT (1) << 32,
    G_GINT64_CONSTANT (1) << 31, G_GINT64_CONSTANT (1) << 24 };

  /* Sound comes late or early, so both cross the wrap to and fro. */
  for (guint i = 0; i < G_N_ELEMENTS (wraps); i++) {
    for (gint64 late_ms = -300; late_ms <= 300; late_ms += 100) {
      WeirTimeline t;

      weir_timeline_init (&t);
      for (gint64 ms = 0; ms < 4000; ms += 40) {
        gint64 at = wraps[i] - 2000 + ms;
        WeirPacket picture = map (&t, WEIR_MEDIA_VIDEO, at % wraps[i], -80, ms);

        g_assert_cmpint (picture.dts_ms, ==, ms);
        g_assert_cmpint (picture.pts_ms, ==, ms - 80);
        if (ms >= 400)
          g_assert_cmpint (
              audio (&t, (at - late_ms) % wraps[i], ms), ==, ms - late_ms);
      }
      g_assert_cmpuint (t.steps, ==, 0);
    }
  }
}

/* A clock that goes on where the shorter ones would wrap. */
static void
test_crosses (void)
{
  static const gint64 marks[] = { G_GINT64_CONSTANT (1) << 31,
    G_GINT64_CONSTANT (1) << 24 };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    WeirTimeline t;

    weir_timeline_init (&t);
    for (gint64 ms = 0; ms < 4000; ms += 40)
      g_assert_cmpint (video (&t, marks[i] - 2000 + ms, ms), ==, ms);
    g_assert_cmpuint (t.steps, ==, 0);
  }
}

/* A jump of more than ten seconds, sound and picture one after the other:
 * time goes on, and both keep one offset. */
static void
test_jumps_together (void)
{
  static const gint64 jumps[] = { 10001, 3600000, -3600000, -3100 };

  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    const gint64 base = 10000000;
    WeirTimeline t;
    gint64 v = 0, a = 0;

    weir_timeline_init (&t);
    for (gint64 ms = 0; ms < 4000; ms += 20) {
      gint64 jump = ms >= 2000 ? jumps[i] : 0;
      gint64 before = v;

      v = video (&t, base + ms + jump, ms);
      if (ms > 0)
        g_assert_cmpint (v - before, <, 100);
      a = audio (&t, base + ms - 7 + jump, ms);
    }
    g_assert_cmpint (v - a, ==, 7);
    g_assert_cmpuint (t.steps, >=, 1);
    g_assert_cmpint (v, >=, 3900);
    g_assert_cmpint (v, <, 4100);
  }
}

static void
test_rises_strictly (void)
{
  WeirTimeline t;
  WeirPacket packet;

  weir_timeline_init (&t);
  video (&t, 0, 0);
  video (&t, 100, 100);
  g_assert_cmpint (video (&t, 100, 100), ==, 101);
  packet = map (&t, WEIR_MEDIA_VIDEO, 60, 80, 110);
  g_assert_cmpint (packet.dts_ms, ==, 102);
  g_assert_cmpint (packet.pts_ms, ==, 140);
  packet = map (&t, WEIR_MEDIA_VIDEO, 60, 0, 110);
  g_assert_cmpint (packet.pts_ms, ==, packet.dts_ms);
  g_assert_cmpuint (t.bumped, ==, 3);
  g_assert_cmpuint (t.steps, ==, 0);
  /* Tracks don't push each other. */
  g_assert_cmpint (audio (&t, 60, 110), ==, 60);
}

static void
test_steps (void)
{
  WeirTimeline t;

  weir_timeline_init (&t);
  video (&t, 5000, 0);
  g_assert_cmpint (video (&t, 5040, 40), ==, 40);
  /* The encoder began anew. */
  g_assert_cmpint (video (&t, 0, 80), ==, 80);
  g_assert_cmpint (video (&t, 40, 120), ==, 120);
  g_assert_cmpint (video (&t, 4000000000, 160), ==, 160);
  g_assert_cmpint (audio (&t, 4000000010, 161), ==, 170);
  g_assert_cmpuint (t.steps, ==, 2);
  /* A pause of the encoder's that the wall clock saw too. */
  g_assert_cmpint (video (&t, 4000008000, 8160), ==, 8160);
  g_assert_cmpuint (t.steps, ==, 2);
}

/* Sound and picture far apart must not chase each other: time would run away
 * from the clock. */
static void
test_tracks_far_apart (void)
{
  for (gint64 apart_ms = 0; apart_ms < 30000; apart_ms += 500) {
    WeirTimeline t;
    gint64 newest = 0;

    weir_timeline_init (&t);
    for (gint64 ms = 0; ms < 10000; ms += 20) {
      newest = MAX (newest, video (&t, 50000 + ms + apart_ms, ms));
      newest = MAX (newest, audio (&t, 50000 + ms, ms));
    }
    g_assert_cmpint (newest, >=, 9980);
    g_assert_cmpint (newest, <, 15000);
  }
}

static void
test_sessions (void)
{
  WeirTimeline t;

  weir_timeline_init (&t);
  video (&t, 700, 0);
  video (&t, 740, 40);
  weir_timeline_new_session (&t);
  g_assert_cmpint (video (&t, 0, 5040), ==, 5040);
  g_assert_cmpint (audio (&t, 5, 5041), ==, 5045);
  weir_timeline_new_session (&t);
  /* At once, with sound first that was behind. */
  g_assert_cmpint (audio (&t, 4294967290, 5041), ==, 5046);
  g_assert_cmpint (video (&t, 4, 5041), ==, 5056);
  g_assert_cmpuint (t.steps, ==, 0);
}

/* Metadata always sent with timestamp 0 leaves the rest where it is. */
static void
test_metadata_at_zero (void)
{
  WeirTimeline t;

  weir_timeline_init (&t);
  map (&t, WEIR_MEDIA_DATA, 0, 0, 0);
  for (gint64 ms = 0; ms < 60000; ms += 40) {
    WeirPacket data;

    g_assert_cmpint (video (&t, ms, ms), ==, ms);
    data = map (&t, WEIR_MEDIA_DATA, 0, 0, ms);
    g_assert_cmpint (data.dts_ms, >=, 0);
    g_assert_cmpint (data.dts_ms, <=, ms);
    g_assert_cmpint (data.pts_ms, ==, data.dts_ms);
  }
  g_assert_cmpuint (t.steps, ==, 0);
  g_assert_cmpuint (t.bumped, ==, 0);
}

/* Whatever comes in: DTS rises per track and is never negative, PTS is not
 * far from where it was, nothing overflows. */
static void
test_anything (void)
{
  WeirTimeline t;
  gint64 last[WEIR_MEDIA_KINDS] = { -1, -1, -1 };
  gint64 arrival_ms = 0;

  weir_timeline_init (&t);
  for (guint i = 0; i < 200000; i++) {
    WeirMediaKind kind = (WeirMediaKind) g_test_rand_int_range (0, 3);
    gint64 raw_ms = (guint32) g_test_rand_int ();
    gint64 composition_ms = g_test_rand_int_range (-(1 << 23), 1 << 23);
    WeirPacket packet;

    if (g_test_rand_int_range (0, 100) == 0)
      weir_timeline_new_session (&t);
    if (g_test_rand_bit ())
      raw_ms = (raw_ms & 0x3fff) + (g_test_rand_bit () ? 0xffffe000 : 0);
    raw_ms &= 0xffffffff;
    arrival_ms += g_test_rand_int_range (0, 50);
    packet = map (&t, kind, raw_ms, composition_ms, arrival_ms);
    g_assert_cmpint (packet.dts_ms, >=, 0);
    g_assert_cmpint (packet.pts_ms - packet.dts_ms, >=, -(1 << 23));
    g_assert_cmpint (packet.pts_ms - packet.dts_ms, <, 1 << 23);
    if (kind == WEIR_MEDIA_DATA)
      continue;
    g_assert_cmpint (packet.dts_ms, >, last[kind]);
    last[kind] = packet.dts_ms;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timeline/begins-at-zero", test_begins_at_zero);
  g_test_add_func ("/timeline/begins-before-zero", test_begins_before_zero);
  g_test_add_func ("/timeline/wraps", test_wraps);
  g_test_add_func ("/timeline/crosses", test_crosses);
  g_test_add_func ("/timeline/jumps-together", test_jumps_together);
  g_test_add_func ("/timeline/composition-limit", test_composition_limit);
  g_test_add_func ("/timeline/rises-strictly", test_rises_strictly);
  g_test_add_func ("/timeline/steps", test_steps);
  g_test_add_func ("/timeline/tracks-far-apart", test_tracks_far_apart);
  g_test_add_func ("/timeline/sessions", test_sessions);
  g_test_add_func ("/timeline/metadata-at-zero", test_metadata_at_zero);
  g_test_add_func ("/timeline/anything", test_anything);
  return g_test_run ();
}
