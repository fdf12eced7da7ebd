/* Silent frames, bit by bit; that decoders hear nothing in them is tested with
 * the decoders, in tests/plugins. */
#include "core/silence.h"

#include <string.h>

typedef struct {
  WeirCodec codec;
  const char *config;
  const char *frame;
  guint samples;
  guint sample_rate;
} Sample;

static const Sample samples[] = {
  /* LC, one channel: an SCE and the end. */
  { WEIR_CODEC_AAC, "118856e500", "00000007", 1024, 48000 },
  /* Two: a CPE with one window for both. */
  { WEIR_CODEC_AAC, "121056e500", "21000000001c", 1024, 44100 },
  { WEIR_CODEC_AAC, "1210", "21000000001c", 1024, 44100 },
  /* HE, by hand and with its low rate first: the core's frames. */
  { WEIR_CODEC_AAC, "2b118800", "21000000001c", 1024, 24000 },
  /* HE version 2: parametric stereo over one channel. */
  { WEIR_CODEC_AAC, "eb098800", "00000007", 1024, 24000 },
  /* Frames of 960 samples. */
  { WEIR_CODEC_AAC, "1194", "21000000001c", 960, 48000 },
  /* 7350 Hz, the rate written out. */
  { WEIR_CODEC_AAC, "1780065b08", "00000007", 1024, 3254 },
  { WEIR_CODEC_OPUS, "4f707573486561640101380180bb0000000000", "f8fffe", 960,
      48000 },
  { WEIR_CODEC_OPUS, "4f707573486561640102380180bb0000000000", "fcfffe", 960,
      48000 },
  { WEIR_CODEC_OPUS, "", "fcfffe", 960, 48000 },
  /* 5.1: four streams, two of them of two channels. */
  { WEIR_CODEC_OPUS,
      "4f707573486561640106380180bb000000000104020004010203"
      "05",
      "fc02fffefc02fffef802fffef8fffe", 960, 48000 },
};

static WeirCodecConfig *
config_from_hex (WeirCodec codec, const char *hex)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WeirCodecConfig *config;

  for (; *hex != '\0'; hex += 2) {
    guint8 b = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
                         | g_ascii_xdigit_value (hex[1]));

    g_byte_array_append (bytes, &b, 1);
  }
  config = weir_codec_config_new (codec, bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  return config;
}

static char *
to_hex (const WeirSilence *s)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < s->size; i++)
    g_string_append_printf (text, "%02x", s->data[i]);
  return g_string_free (text, FALSE);
}

static void
test_frames (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++) {
    const Sample *sample = &samples[i];
    g_autoptr (WeirCodecConfig) config =
        config_from_hex (sample->codec, sample->config);
    g_autofree char *hex = NULL;
    WeirSilence s;

    g_assert_true (weir_silence_make (config, NULL, 0, &s));
    hex = to_hex (&s);
    g_assert_cmpstr (hex, ==, sample->frame);
    g_assert_cmpuint (s.samples, ==, sample->samples);
    g_assert_cmpuint (s.sample_rate, ==, sample->sample_rate);
  }
}

/* Channels of a frame, counted from its elements. */
static guint
count_channels (const WeirSilence *s)
{
  guint at = 0, channels = 0;

  for (;;) {
    guint id = 0;

    for (guint i = 0; i < 3; i++, at++)
      id = id << 1 | (s->data[at / 8] >> (7 - at % 8) & 1);
    g_assert_cmpuint (at, <=, s->size * 8);
    if (id == 7)
      return channels;
    channels += id == 1 ? 2 : 1;
    at += id == 1 ? 4 + 1 + 11 + 2 + 22 : 4 + 8 + 11 + 3;
  }
}

static void
test_layouts (void)
{
  static const guint8 channels[16] = { 0, 1, 2, 3, 4, 5, 6,
    8, [11] = 7, [12] = 8, [14] = 8 };

  for (guint i = 1; i < 16; i++) {
    guint8 asc[2] = { 0x11, (guint8) (0x80 | i << 3) };
    g_autoptr (WeirCodecConfig) config =
        weir_codec_config_new (WEIR_CODEC_AAC, asc, 2, NULL);
    WeirSilence s;

    g_assert_nonnull (config);
    g_assert_true (
        weir_silence_make (config, NULL, 0, &s) == (channels[i] > 0));
    if (channels[i] > 0)
      g_assert_cmpuint (count_channels (&s), ==, channels[i]);
  }
}

/* As libavcodec writes 2.1: front CPE, one for low frequencies. */
static void
test_program_config (void)
{
  g_autoptr (WeirCodecConfig) config = config_from_hex (
      WEIR_CODEC_AAC, "118004c848002000c6400d4c61766335392e33372e31303056e500");
  WeirSilence s;

  g_assert_true (weir_silence_make (config, NULL, 0, &s));
  g_assert_cmpuint (count_channels (&s), >=, 2);
}

static void
test_none (void)
{
  static const Sample none[] = {
    { WEIR_CODEC_MP3, "" },
    { WEIR_CODEC_AC3, "" },
    { WEIR_CODEC_AAC, "b98c00" },      /* ER AAC LD */
    { WEIR_CODEC_AAC, "f8e85000" },    /* ELD */
    { WEIR_CODEC_AAC, "f94640" },      /* xHE */
    { WEIR_CODEC_AAC, "118004c848" },  /* program config breaks off */
    { WEIR_CODEC_OPUS, "4f70757348" }, /* so does this */
    { WEIR_CODEC_OPUS,                 /* family 0 with six channels */
        "4f707573486561640106380180bb0000000000" },
    { WEIR_CODEC_OPUS, /* more stereo streams than streams */
        "4f707573486561640102380180bb0000000001010200"
        "01" },
    { WEIR_CODEC_OPUS, /* no table */
        "4f707573486561640102380180bb00000000010101" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (none); i++) {
    g_autoptr (WeirCodecConfig) config =
        config_from_hex (none[i].codec, none[i].config);
    WeirSilence s = { .size = 77 };

    g_assert_false (weir_silence_make (config, NULL, 0, &s));
    g_assert_cmpuint (s.size, ==, 77);
  }
}

/* Whatever the bytes: no read past them, no write past the frame. */
static void
test_broken (void)
{
  for (guint i = 0; i < 20000; i++) {
    guint8 bytes[24];
    gsize size = (gsize) g_test_rand_int_range (0, sizeof bytes);
    g_autoptr (WeirCodecConfig) config = NULL;
    WeirSilence s;

    for (gsize k = 0; k < size; k++)
      bytes[k] = (guint8) g_test_rand_int ();
    if (i % 2 && size > 1) { /* LC with a program config */
      bytes[0] = 0x11;
      bytes[1] = 0x80;
    }
    config = weir_codec_config_new (WEIR_CODEC_AAC, bytes, size, NULL);
    if (config == NULL || !weir_silence_make (config, NULL, 0, &s))
      continue;
    g_assert_cmpuint (s.size, >, 0);
    g_assert_cmpuint (s.size, <=, WEIR_SILENCE_MAX_BYTES);
    g_assert_cmpuint (s.sample_rate, >, 0);
    count_channels (&s);
  }
}

/* Packets by their first two bytes, and how long they last. */
static void
test_opus_lengths (void)
{
  static const struct {
    guint8 packet[2];
    gsize size;
    guint samples;
    const char *frame;
  } lengths[] = {
    { { 0xfc }, 1, 960, "fcfffe" },
    { { 0xe4 }, 1, 120, "e4fffe" },               /* CELT, 2.5 ms */
    { { 0xf4 }, 1, 480, "f4fffe" },               /* 10 ms */
    { { 0xf5 }, 1, 960, "fcfffe" },               /* two of them */
    { { 0xf7, 3 }, 2, 1440, "f703fffefffefffe" }, /* three */
    { { 0x18 }, 1, 2880, "ff03fffefffefffe" },    /* SILK, 60 ms */
    { { 0x10 }, 1, 1920, "ff02fffefffe" },
    { { 0x6c }, 1, 960, "fcfffe" }, /* hybrid */
    { { 0x60 }, 1, 480, "f4fffe" },
    { { 0xff, 0x86 }, 2, 5760, "ff06fffefffefffefffefffefffe" },
    { { 0xff, 7 }, 2, 960, "fcfffe" }, /* more than 120 ms */
    { { 0xff, 0 }, 2, 960, "fcfffe" },
    { { 0xff }, 1, 960, "fcfffe" },
  };
  g_autoptr (WeirCodecConfig) config = config_from_hex (WEIR_CODEC_OPUS, "");

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autofree char *hex = NULL;
    WeirSilence s;

    g_assert_true (
        weir_silence_make (config, lengths[i].packet, lengths[i].size, &s));
    hex = to_hex (&s);
    g_assert_cmpuint (s.samples, ==, lengths[i].samples);
    g_assert_cmpstr (hex, ==, lengths[i].frame);
    g_assert_cmpuint (
        weir_silence_samples (config, lengths[i].packet, lengths[i].size), ==,
        lengths[i].samples);
  }
}

static void
test_offset (void)
{
  const WeirSilence s = { .samples = 1024, .sample_rate = 44100 };

  g_assert_cmpint (weir_silence_offset_ms (&s, 0), ==, 0);
  g_assert_cmpint (weir_silence_offset_ms (&s, 1), ==, 23);
  g_assert_cmpint (weir_silence_offset_ms (&s, 441000), ==, 10240000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/silence/frames", test_frames);
  g_test_add_func ("/core/silence/layouts", test_layouts);
  g_test_add_func ("/core/silence/program-config", test_program_config);
  g_test_add_func ("/core/silence/none", test_none);
  g_test_add_func ("/core/silence/broken", test_broken);
  g_test_add_func ("/core/silence/opus-lengths", test_opus_lengths);
  g_test_add_func ("/core/silence/offset", test_offset);
  return g_test_run ();
}
