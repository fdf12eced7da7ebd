/* Each limit is kept up to it and crossed one step further. */
#include "core/input-limits.h"

#include <string.h>

static WeirCodecConfig *
make_config (guint width, guint height, double frame_rate)
{
  WeirCodecConfig *config = g_new0 (WeirCodecConfig, 1);

  config->refs = 1;
  config->codec = WEIR_CODEC_H264;
  config->video = (WeirVideoConfig){ .width = width,
    .height = height,
    .frame_rate = frame_rate,
    .nal_size_bytes = 4 };
  return config;
}

/* What the guard says about a packet of SIZE bytes: NULL, or words. */
static char *
check (WeirInputGuard *guard, WeirMediaKind kind, WeirCodecConfig *config,
    gsize size, gint64 at_us, gboolean new_config, gboolean first)
{
  WeirPacket packet = { .kind = kind, .arrival_us = at_us, .config = config };

  /* Of a payload without a configuration only the size is looked at. */
  packet.payload.size = size;
  return weir_input_guard_check (guard, &packet, new_config, first);
}

static void
assert_words (char *words, const char *part)
{
  if (part == NULL)
    g_assert_cmpstr (words, ==, NULL);
  else
    g_assert_nonnull (strstr (words != NULL ? words : "", part));
  g_free (words);
}

/* 8 Mbit/s are a million bytes a second: ten of them at once, one more every
 * second, and not a byte more. */
static void
test_bitrate (void)
{
  WeirInputGuard guard;

  weir_input_guard_init (
      &guard, &(WeirInputLimits){ .max_bitrate_kbps = 8000 });
  for (gint64 s = 0; s < 10; s++)
    assert_words (weir_input_guard_count_bytes (&guard, 1000000, 0), NULL);
  for (gint64 s = 1; s < 100; s++)
    assert_words (
        weir_input_guard_count_bytes (&guard, 1000000, s * G_USEC_PER_SEC),
        NULL);
  assert_words (weir_input_guard_count_bytes (&guard, 1, 99 * G_USEC_PER_SEC),
      "More than 8000 kbit/s arrive ([limits] max_bitrate_kbps).");
}

/* Idle time is not saved up beyond the bucket. */
static void
test_no_savings (void)
{
  WeirInputGuard guard;

  weir_input_guard_init (
      &guard, &(WeirInputLimits){ .max_bitrate_kbps = 8000 });
  assert_words (weir_input_guard_count_bytes (&guard, 1, 0), NULL);
  assert_words (weir_input_guard_count_bytes (
                    &guard, 10000001, (gint64) 3600 * G_USEC_PER_SEC),
      "max_bitrate_kbps");
}

static void
test_frames (void)
{
  WeirInputGuard guard;

  weir_input_guard_init (&guard, &(WeirInputLimits){ .max_frame_rate = 60 });
  for (guint i = 0; i < 600; i++)
    assert_words (
        check (&guard, WEIR_MEDIA_VIDEO, NULL, 0, 0, FALSE, FALSE), NULL);
  for (guint i = 0; i < 2000; i++)
    assert_words (
        check (&guard, WEIR_MEDIA_AUDIO, NULL, 0, 0, FALSE, FALSE), NULL);
  assert_words (check (&guard, WEIR_MEDIA_VIDEO, NULL, 0, 0, FALSE, FALSE),
      "More than 60 pictures a second arrive ([limits] max_frame_rate).");
}

/* Sound has a limit that is always there, and pictures do not count for it. */
static void
test_sound_rate (void)
{
  const guint once = WEIR_INPUT_MAX_SOUND_RATE * WEIR_INPUT_BURST_MS / 1000;
  WeirInputGuard guard;

  weir_input_guard_init (&guard, &(WeirInputLimits){ 0 });
  for (guint i = 0; i < once; i++) {
    assert_words (
        check (&guard, WEIR_MEDIA_AUDIO, NULL, 8, 0, FALSE, FALSE), NULL);
    assert_words (
        check (&guard, WEIR_MEDIA_VIDEO, NULL, 8, 0, FALSE, FALSE), NULL);
  }
  for (guint i = 0; i < WEIR_INPUT_MAX_SOUND_RATE; i++)
    assert_words (
        check (&guard, WEIR_MEDIA_AUDIO, NULL, 8, G_USEC_PER_SEC, FALSE, FALSE),
        NULL);
  assert_words (
      check (&guard, WEIR_MEDIA_AUDIO, NULL, 8, G_USEC_PER_SEC, FALSE, FALSE),
      "More than 1000 frames of sound a second arrive.");
}

static void
test_pictures (void)
{
  static const struct {
    guint width, height;
    double frame_rate;
    const char *words;
  } table[] = {
    { 1920, 1080, 60, NULL },
    { 1080, 1920, 60, NULL },
    { 1080, 1080, 0, NULL },
    { 0, 0, 0, NULL },
    { 1921, 1080, 30,
        "Pictures of 1921 x 1080 pixels are too large: at most "
        "1920 by 1080 here" },
    { 1080, 1921, 30, "Pictures of 1080 x 1921 pixels" },
    { 1920, 1081, 30, "Pictures of 1920 x 1081 pixels" },
    { 1081, 1081, 30, "Pictures of 1081 x 1081 pixels" },
    { 640, 360, 60.01,
        "60.01 pictures a second are announced, at most 60 are "
        "allowed here ([limits] max_frame_rate)." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (WeirCodecConfig) config =
        make_config (table[i].width, table[i].height, table[i].frame_rate);
    WeirInputGuard guard;

    weir_input_guard_init (&guard, &(WeirInputLimits){ .max_long_side = 1920,
                                       .max_short_side = 1080,
                                       .max_frame_rate = 60 });
    assert_words (check (&guard, WEIR_MEDIA_VIDEO, config, 0, 0, TRUE, TRUE),
        table[i].words);
    /* One that is known is not looked at again. */
    assert_words (
        check (&guard, WEIR_MEDIA_VIDEO, config, 0, 0, FALSE, FALSE), NULL);
    weir_input_guard_init (&guard, &(WeirInputLimits){ 0 });
    assert_words (
        check (&guard, WEIR_MEDIA_VIDEO, config, 0, 0, TRUE, TRUE), NULL);
  }
}

/* A configuration of 320x180 with a parameter set of 1920x1080 in the stream,
 * which is what a decoder would follow. */
static void
test_in_band (void)
{
  static const guint8 unit[] = { 0, 0, 0, 0x1b, 0x67, 0x64, 0x00, 0x28, 0xac,
    0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00,
    0x04, 0x00, 0x00, 0x03, 0x00, 0xc8, 0x3c, 0x60, 0xc6, 0x58 };
  static const guint8 broken[] = { 0, 0, 0, 3, 0x67, 0x64, 0xff };
  g_autoptr (WeirCodecConfig) config = make_config (320, 180, 30);
  WeirPacket packet = { .kind = WEIR_MEDIA_VIDEO, .config = config };
  WeirInputGuard guard;

  weir_input_guard_init (&guard, &(WeirInputLimits){ .max_long_side = 1919 });
  packet.payload.data = (guint8 *) unit;
  packet.payload.size = sizeof unit;
  assert_words (weir_input_guard_check (&guard, &packet, FALSE, FALSE),
      "Pictures of 1920 x 1080 pixels");
  guard.limits.max_long_side = 1920;
  assert_words (weir_input_guard_check (&guard, &packet, FALSE, FALSE), NULL);
  packet.payload.data = (guint8 *) broken;
  packet.payload.size = sizeof broken;
  assert_words (weir_input_guard_check (&guard, &packet, FALSE, FALSE),
      "can't read a sequence parameter set in the stream");
}

static void
test_changes (void)
{
  g_autoptr (WeirCodecConfig) config = make_config (640, 360, 30);
  WeirInputGuard guard;

  weir_input_guard_init (&guard, &(WeirInputLimits){ .max_config_changes = 6 });
  assert_words (
      check (&guard, WEIR_MEDIA_VIDEO, config, 0, 0, TRUE, TRUE), NULL);
  for (guint i = 0; i < 6; i++)
    assert_words (
        check (&guard, WEIR_MEDIA_VIDEO, config, 0, 0, TRUE, FALSE), NULL);
  /* Ten seconds later there is room for one more. */
  assert_words (check (&guard, WEIR_MEDIA_VIDEO, config, 0, 10 * G_USEC_PER_SEC,
                    TRUE, FALSE),
      NULL);
  assert_words (check (&guard, WEIR_MEDIA_AUDIO, config, 0, 10 * G_USEC_PER_SEC,
                    TRUE, FALSE),
      "more than 6 times a minute ([limits] max_config_changes)");
}

static void
test_no_limits (void)
{
  g_autoptr (WeirCodecConfig) config = make_config (30000, 30000, 300);
  WeirInputGuard guard;

  weir_input_guard_init (&guard, &(WeirInputLimits){ 0 });
  for (guint i = 0; i < 10000; i++)
    assert_words (
        check (&guard, WEIR_MEDIA_VIDEO, config, 0, 0, TRUE, FALSE), NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/input-limits/bitrate", test_bitrate);
  g_test_add_func ("/input-limits/no-savings", test_no_savings);
  g_test_add_func ("/input-limits/frames", test_frames);
  g_test_add_func ("/input-limits/sound-rate", test_sound_rate);
  g_test_add_func ("/input-limits/pictures", test_pictures);
  g_test_add_func ("/input-limits/in-band", test_in_band);
  g_test_add_func ("/input-limits/changes", test_changes);
  g_test_add_func ("/input-limits/no-limits", test_no_limits);
  return g_test_run ();
}
