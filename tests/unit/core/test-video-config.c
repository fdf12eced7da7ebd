/* Size, rate and format of pictures, from configurations and headers that
 * encoders wrote, and from what is left of them when they are broken. */
#include "base/error.h"
#include "core/video-config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef gboolean (*Parser) (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);

typedef struct {
  const char *file;
  Parser parse;
  WeirVideoConfig want;
} Sample;

#define AVCC weir_video_config_parse_avcc
#define HVCC weir_video_config_parse_hvcc
#define AV1C weir_video_config_parse_av1c
#define VPCC weir_video_config_parse_vpcc
#define AV1 weir_video_config_scan_av1
#define VP9 weir_video_config_scan_vp9

/* width, height, rate, profile, level, depth, chroma, NAL size */
static const Sample samples[] = {
  { "h264-cropped.avcC", AVCC, { 854, 480, 30, 100, 31, 8, 1, 4 } },
  { "h264-odd-444-10bit.avcC", AVCC, { 641, 359, 25, 244, 30, 10, 3, 4 } },
  { "h264-422.avcC", AVCC, { 642, 359, 50, 122, 31, 8, 2, 4 } },
  { "h264-gray.avcC", AVCC, { 641, 359, 24, 100, 30, 8, 0, 4 } },
  { "h264-fields.avcC", AVCC, { 1920, 1080, 25, 100, 40, 8, 1, 4 } },
  { "h264-variable-rate.avcC", AVCC, { 322, 242, 30, 100, 13, 8, 1, 4 } },
  { "h264-scaling-lists.avcC", AVCC, { 640, 360, 60, 100, 31, 8, 1, 4 } },
  { "h264-baseline.avcC", AVCC, { 640, 360, 29.97, 66, 30, 8, 1, 4 } },
  { "hevc-cropped.hvcC", HVCC, { 854, 480, 30, 1, 90, 8, 1, 4 } },
  { "hevc-10bit.hvcC", HVCC, { 1278, 718, 50, 2, 120, 10, 1, 4 } },
  { "hevc-odd-444-12bit.hvcC", HVCC, { 641, 359, 23.976, 4, 63, 12, 3, 4 } },
  { "hevc-sub-layers.hvcC", HVCC, { 640, 360, 60, 1, 90, 8, 1, 4 } },
  { "hevc-fields.hvcC", HVCC, { 720, 576, 25, 1, 90, 8, 1, 4 } },
  { "av1-854x480.av1C", AV1C, { 854, 480, 0, 0, 4, 8, 1, 0 } },
  { "av1-854x480.unit", AV1, { 854, 480, 0, 0, 4, 8, 1, 0 } },
  { "av1-odd-444-10bit.av1C", AV1C, { 641, 359, 0, 1, 1, 10, 3, 0 } },
  { "av1-odd-444-10bit.unit", AV1, { 641, 359, 0, 1, 1, 10, 3, 0 } },
  { "av1-svt-10bit.av1C", AV1C, { 640, 360, 0, 0, 4, 10, 1, 0 } },
  { "av1-svt-10bit.unit", AV1, { 640, 360, 0, 0, 4, 10, 1, 0 } },
  { "vp9-odd.vpcC", VPCC, { 0, 0, 0, 0, 21, 8, 1, 0 } },
  { "vp9-odd.unit", VP9, { 641, 359, 0, 0, 0, 8, 1, 0 } },
  { "vp9-444-10bit.vpcC", VPCC, { 0, 0, 0, 3, 20, 10, 3, 0 } },
  { "vp9-444-10bit.unit", VP9, { 322, 242, 0, 3, 0, 10, 3, 0 } },
};

static guint8 *
load (const char *file, gsize *ret_size)
{
  g_autofree char *path = g_build_filename (
      g_getenv ("G_TEST_SRCDIR"), "data", "video-config", file, NULL);
  g_autoptr (GError) error = NULL;
  char *data;

  g_file_get_contents (path, &data, ret_size, &error);
  g_assert_no_error (error);
  return (guint8 *) data;
}

/* An exact copy on the heap, so that the sanitizer sees a read past it. */
static gboolean
parse (Parser parser, const guint8 *data, gsize size, WeirVideoConfig *ret,
    GError **error)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  return parser (copy, size, ret, error);
}

static void
test_samples (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++) {
    const WeirVideoConfig *want = &samples[i].want;
    g_autoptr (GError) error = NULL;
    g_autofree guint8 *data = NULL;
    WeirVideoConfig got;
    gsize size;

    g_test_message ("%s", samples[i].file);
    data = load (samples[i].file, &size);
    parse (samples[i].parse, data, size, &got, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (got.width, ==, want->width);
    g_assert_cmpuint (got.height, ==, want->height);
    g_assert_cmpfloat (fabs (got.frame_rate - want->frame_rate), <, 0.001);
    g_assert_cmpuint (got.profile, ==, want->profile);
    g_assert_cmpuint (got.level, ==, want->level);
    g_assert_cmpuint (got.bit_depth, ==, want->bit_depth);
    g_assert_cmpuint (got.chroma, ==, want->chroma);
    g_assert_cmpuint (got.nal_size_bytes, ==, want->nal_size_bytes);
  }
}

/* A shorter one is refused, with words and RET untouched, or says what the
 * whole one says as far as it goes. */
static void
test_truncated (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++) {
    const WeirVideoConfig *want = &samples[i].want;
    g_autofree guint8 *data = NULL;
    gsize size;

    data = load (samples[i].file, &size);
    for (gsize n = 0; n < size; n++) {
      g_autoptr (GError) error = NULL;
      WeirVideoConfig got = { .width = 7, .height = 7 };

      if (!parse (samples[i].parse, data, n, &got, &error)) {
        g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
        g_assert_cmpuint (got.width, ==, 7);
        continue;
      }
      /* Length-prefixed records are whole or broken, but for the four bytes
       * at an avcC's end that may be missing. */
      g_assert_true (samples[i].parse != HVCC);
      if (samples[i].parse == AVCC)
        g_assert_cmpuint (n, >=, size - 4);
      if (got.width != 0)
        g_assert_cmpuint (got.width, ==, want->width);
    }
  }
}

/* Every byte of every sample changed in several ways. */
static void
test_damaged (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++) {
    g_autofree guint8 *data = NULL;
    gsize size;

    data = load (samples[i].file, &size);
    for (gsize at = 0; at < size; at++) {
      guint8 was = data[at];

      for (guint bit = 0; bit < 8; bit++) {
        WeirVideoConfig got = { 0 };

        data[at] = (guint8) (was ^ 1u << bit);
        if (!parse (samples[i].parse, data, size, &got, NULL))
          continue;
        g_assert_cmpuint (got.width, <=, WEIR_VIDEO_CONFIG_MAX_SIDE);
        g_assert_cmpuint (got.height, <=, WEIR_VIDEO_CONFIG_MAX_SIDE);
        g_assert_cmpfloat (
            got.frame_rate, <=, WEIR_VIDEO_CONFIG_MAX_FRAME_RATE);
      }
      data[at] = was;
    }
  }
}

/* The first parameter set of an avcC. */
static const guint8 *
first_sps (const guint8 *avcc, gsize *ret_size)
{
  *ret_size = (gsize) avcc[6] << 8 | avcc[7];
  return avcc + 8;
}

static void
append_nal (GByteArray *out, const guint8 *nal, gsize size, guint prefix)
{
  for (guint i = prefix; i-- > 0;)
    g_byte_array_append (out, &(guint8){ (guint8) (size >> (8 * i)) }, 1);
  g_byte_array_append (out, nal, (guint) size);
}

/* Parameter sets in band count, the largest of several, and one that can't be
 * read is refused. */
static void
test_in_band (void)
{
  static const guint8 slice[] = { 0x65, 0x88, 0x84, 0 };
  static const guint8 broken[] = { 0x67, 0x64, 0, 0x1f, 0xff };
  gsize small_size, large_size, size;
  g_autofree guint8 *small = load ("h264-variable-rate.avcC", &size);
  g_autofree guint8 *large = load ("h264-fields.avcC", &size);
  const guint8 *small_sps = first_sps (small, &small_size);
  const guint8 *large_sps = first_sps (large, &large_size);

  for (guint prefix = 1; prefix <= 4; prefix++) {
    g_autoptr (GByteArray) unit = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    WeirVideoConfig got = { .width = 7 };

    append_nal (unit, slice, sizeof slice, prefix);
    g_assert_true (weir_video_config_scan_h264 (
        unit->data, unit->len, prefix, &got, NULL));
    g_assert_cmpuint (got.width, ==, 0);
    append_nal (unit, large_sps, large_size, prefix);
    append_nal (unit, small_sps, small_size, prefix);
    append_nal (unit, slice, 0, prefix);
    g_assert_true (weir_video_config_scan_h264 (
        unit->data, unit->len, prefix, &got, NULL));
    g_assert_cmpuint (got.width, ==, 1920);
    append_nal (unit, broken, sizeof broken, prefix);
    g_assert_false (weir_video_config_scan_h264 (
        unit->data, unit->len, prefix, &got, &error));
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  }
}

/* As many sets as there are ids, and one more. */
static void
test_many_in_band (void)
{
  gsize size, sps_size;
  g_autofree guint8 *record = load ("h264-variable-rate.avcC", &size);
  const guint8 *sps = first_sps (record, &sps_size);
  g_autoptr (GByteArray) unit = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WeirVideoConfig got;

  for (guint i = 0; i < WEIR_VIDEO_CONFIG_MAX_SETS; i++)
    append_nal (unit, sps, sps_size, 4);
  g_assert_true (
      weir_video_config_scan_h264 (unit->data, unit->len, 4, &got, NULL));
  append_nal (unit, sps, sps_size, 4);
  g_assert_false (
      weir_video_config_scan_h264 (unit->data, unit->len, 4, &got, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
}

/* Of two sets in a record the larger one counts: either may be in use. */
static void
test_two_sets (void)
{
  gsize small_size, large_size, size;
  g_autofree guint8 *small = load ("h264-variable-rate.avcC", &size);
  g_autofree guint8 *large = load ("h264-fields.avcC", &size);
  const guint8 *small_sps = first_sps (small, &small_size);
  const guint8 *large_sps = first_sps (large, &large_size);
  g_autoptr (GByteArray) avcc = g_byte_array_new ();
  WeirVideoConfig got;

  g_byte_array_append (avcc, small, 5);
  g_byte_array_append (avcc, &(guint8){ 0xe2 }, 1);
  append_nal (avcc, small_sps, small_size, 2);
  append_nal (avcc, large_sps, large_size, 2);
  g_byte_array_append (avcc, &(guint8){ 0 }, 1);
  g_assert_true (AVCC (avcc->data, avcc->len, &got, NULL));
  g_assert_cmpuint (got.width, ==, 1920);
}

/* Inter frames and frames shown again have no size of their own; a bare vpcC
 * says the same as one with its box's head. */
static void
test_vp9 (void)
{
  static const guint8 inter[] = { 0x86, 0, 0x40 }, again[] = { 0x88 };
  static const guint8 wrong[] = { 0x46, 0x49, 0x83, 0x42 };
  static const guint8 no_sync[] = { 0x82, 0x49, 0x83, 0x43, 0, 0, 0, 0, 0 };
  WeirVideoConfig got = { .width = 7 }, bare;
  g_autofree guint8 *vpcc = NULL;
  gsize size;

  g_assert_true (VP9 (inter, sizeof inter, &got, NULL));
  g_assert_cmpuint (got.width, ==, 0);
  g_assert_true (VP9 (again, sizeof again, &got, NULL));
  g_assert_cmpuint (got.width, ==, 0);
  g_assert_false (VP9 (wrong, sizeof wrong, &got, NULL));
  g_assert_false (VP9 (no_sync, sizeof no_sync, &got, NULL));
  vpcc = load ("vp9-444-10bit.vpcC", &size);
  g_assert_true (VPCC (vpcc, size, &got, NULL));
  g_assert_true (VPCC (vpcc + 4, size - 4, &bare, NULL));
  g_assert_cmpuint (got.profile, ==, bare.profile);
  g_assert_cmpuint (got.bit_depth, ==, bare.bit_depth);
  g_assert_cmpuint (got.chroma, ==, bare.chroma);
}

/* Lengths that claim more than there is. */
static void
test_av1_lengths (void)
{
  static const struct {
    guint8 bytes[12];
    gsize size;
  } broken[] = {
    { { 0x0a, 11, 0 }, 3 },
    { { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f, 0 }, 7 },
    { { 0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0 }, 10 },
    { { 0x0a, 0x80 }, 2 },
    { { 0x8a, 0 }, 2 },
    { { 0x0a, 0 }, 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    WeirVideoConfig got;
    g_autoptr (GError) error = NULL;

    g_assert_false (parse (AV1, broken[i].bytes, broken[i].size, &got, &error));
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  }
}

/* "value:bits value:bits …" */
static GByteArray *
from_fields (const char *text)
{
  g_auto (GStrv) fields = g_strsplit (text, " ", -1);
  GByteArray *bytes = g_byte_array_new ();
  guint at = 0;

  for (char **field = fields; *field != NULL; field++) {
    guint64 value = g_ascii_strtoull (*field, NULL, 10);
    guint bits = (guint) atoi (strchr (*field, ':') + 1);

    for (; bits > 0; bits--, at++) {
      if (at % 8 == 0)
        g_byte_array_append (bytes, &(guint8){ 0 }, 1);
      bytes->data[at / 8] |=
          (guint8) ((value >> (bits - 1) & 1) << (7 - at % 8));
    }
  }
  return bytes;
}

#define AV1_SIZE "10:4 10:4 1919:11 1079:11 "
#define AV1_TOOLS "0:1 0:3 0:4 0:1 1:1 1:1 0:3 "

/* Timing, decoder model and display delay, which libaom and SVT leave out. */
static void
test_av1_timing (void)
{
  static const struct {
    const char *fields;
    WeirVideoConfig want;
  } table[] = {
    /* 60000/1001, one tick a picture; tier and delays of one point */
    { "0:3 0:1 0:1 1:1 1001:32 60000:32 1:1 1:1 1:1 7:5 9:32 3:5 3:5 "
      "1:1 0:5 0:12 8:5 1:1 1:1 77:8 88:8 0:1 1:1 5:4 " AV1_SIZE AV1_TOOLS
      "0:1 0:1 0:1 0:1 0:2 0:1",
        { 1920, 1080, 59.94, 0, 8, 8, 1, 0 } },
    /* two ticks a picture: uvlc 010 is 1 */
    { "0:3 0:1 0:1 1:1 1:32 60:32 1:1 2:3 0:1 0:1 0:5 0:12 4:5 " AV1_SIZE
            AV1_TOOLS "0:1 0:1 0:1 0:1 0:2 0:1",
        { 1920, 1080, 30, 0, 4, 8, 1, 0 } },
    /* no equal interval: a rate is not told */
    { "0:3 0:1 0:1 1:1 1:32 60:32 0:1 0:1 0:1 0:5 0:12 4:5 " AV1_SIZE AV1_TOOLS
      "0:1 0:1 0:1 0:1 0:2 0:1",
        { 1920, 1080, 0, 0, 4, 8, 1, 0 } },
    /* a reduced header of professional profile, 12 bit 4:2:2 */
    { "2:3 1:1 1:1 9:5 " AV1_SIZE "0:3 0:3 1:1 1:1 0:1 0:1 0:1 1:1 0:1 0:1",
        { 1920, 1080, 0, 2, 9, 12, 2, 0 } },
    /* sRGB is 4:4:4 whatever else */
    { "1:3 1:1 1:1 9:5 " AV1_SIZE "0:3 0:3 0:1 1:1 1:8 13:8 0:8 0:1",
        { 1920, 1080, 0, 1, 9, 8, 3, 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GByteArray) obu = from_fields (table[i].fields);
    const WeirVideoConfig *want = &table[i].want;
    g_autoptr (GError) error = NULL;
    WeirVideoConfig got;

    g_byte_array_prepend (obu, &(guint8){ 0x08 }, 1);
    g_test_message ("%u", i);
    parse (AV1, obu->data, obu->len, &got, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (got.width, ==, want->width);
    g_assert_cmpuint (got.height, ==, want->height);
    g_assert_cmpfloat (fabs (got.frame_rate - want->frame_rate), <, 0.001);
    g_assert_cmpuint (got.level, ==, want->level);
    g_assert_cmpuint (got.bit_depth, ==, want->bit_depth);
    g_assert_cmpuint (got.chroma, ==, want->chroma);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/video-config/samples", test_samples);
  g_test_add_func ("/video-config/truncated", test_truncated);
  g_test_add_func ("/video-config/damaged", test_damaged);
  g_test_add_func ("/video-config/in-band", test_in_band);
  g_test_add_func ("/video-config/many-in-band", test_many_in_band);
  g_test_add_func ("/video-config/two-sets", test_two_sets);
  g_test_add_func ("/video-config/vp9", test_vp9);
  g_test_add_func ("/video-config/av1-lengths", test_av1_lengths);
  g_test_add_func ("/video-config/av1-timing", test_av1_timing);
  return g_test_run ();
}
