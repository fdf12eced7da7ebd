/* Packets, codec configurations and what is read from them. */
#include "base/error.h"
#include "core/config-parse.h"
#include "core/packet.h"

#include <string.h>

typedef struct {
  const char *hex;
  guint a; /* width or sample rate */
  guint b; /* height or channels */
} Sample;

/* As x264 in MP4 writes them: 4:2:0 with cropping, 4:4:4, 10 bit 4:2:2, gray,
 * fields, baseline, scaling lists. */
static const Sample avcc[] = {
  { "0164001effe1001a6764001eacd940d83de6f011000003000100000300300f162d96"
    "01000668ebe3cb22c0",
      854, 480 },
  { "01640028ffe1001b67640028acd940780227e5c044000003000400000300c83c60c6"
    "5801000668ebe3cb22c0fdf8f800",
      1920, 1080 },
  { "01f4000dffe1001b67f4000d919b282a10f084760220000003002000000641e28532"
    "c001000668ebe3c44844fff8f800",
      321, 243 },
  { "017a000dffe1001b677a000db6cd9415087888ec0440000003004000000c83c50a65"
    "8001000668ebe3cb22c0fefafa00",
      322, 243 },
  { "0164000dffe1001b6764000df36505421e108ec05b20000003002000000641e28532"
    "c001000668ebe3cb22c0fcf8f800",
      321, 243 },
  { "0164001effe1001a6764001eacd940b420fc460220000003002000000643e28532c0"
    "01000668fba3cb22c0fdf8f800",
      720, 484 },
  { "0142c01effe100196742c01ed900a02ff97011000003000100000300320f162e4801"
    "000568cb83cb20",
      640, 360 },
  { "0164000bffe100186764000bacd942c4ec0440000003004000000c83c50a65800100"
    "0768ebe3cb3002c0fdf8f800",
      176, 144 },
};

/* As libavcodec's encoder writes them, then by hand: an explicit rate, an
 * escaped object type, 7.1 as Blu-ray has it, 22.2. */
static const Sample asc[] = {
  { "121056e500", 44100, 2 },
  { "118856e500", 48000, 1 },
  { "11b056e500", 48000, 6 },
  { "11b856e500", 48000, 8 },
  { "158856e500", 8000, 1 },
  { "118004c848002000c6400d4c61766335392e33372e31303056e500", 48000, 0 },
  { "17802ee010", 24000, 2 },
  { "f94640", 48000, 2 },
  { "11e0", 48000, 8 },
  { "11e8", 48000, 24 },
  { "11d8", 48000, 7 },
  { "11c8", 48000, 0 },
};

static GByteArray *
from_hex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; *hex != '\0'; hex += 2) {
    guint8 b = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
                         | g_ascii_xdigit_value (hex[1]));

    g_byte_array_append (bytes, &b, 1);
  }
  return bytes;
}

/* An exact copy on the heap, so that the sanitizer sees a read past it. */
static gboolean
parse_avcc (
    const guint8 *data, gsize size, guint *width, guint *height, GError **error)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  WeirVideoConfig video;

  if (!weir_video_config_parse_avcc (copy, size, &video, error))
    return FALSE;
  *width = video.width;
  *height = video.height;
  return TRUE;
}

static gboolean
parse_asc (const guint8 *data, gsize size, guint *rate, guint *channels,
    GError **error)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  return weir_config_parse_asc (copy, size, rate, channels, error);
}

static void
test_avcc (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (avcc); i++) {
    g_autoptr (GByteArray) bytes = from_hex (avcc[i].hex);
    g_autoptr (GError) error = NULL;
    guint width = 0, height = 0;

    parse_avcc (bytes->data, bytes->len, &width, &height, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (width, ==, avcc[i].a);
    g_assert_cmpuint (height, ==, avcc[i].b);
  }
}

static void
assert_broken (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  guint width = 7, height = 7;

  g_assert_false (parse_avcc (data, size, &width, &height, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_assert_true (g_str_has_prefix (error->message, "avcC: "));
  g_assert_cmpuint (width, ==, 7);
  g_assert_cmpuint (height, ==, 7);
}

/* Cut short at every byte, up to the end of the last parameter set: what high
 * profiles have behind it is optional. */
static void
test_avcc_truncated (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (avcc); i++) {
    g_autoptr (GByteArray) bytes = from_hex (avcc[i].hex);
    gsize sps = (gsize) bytes->data[6] << 8 | bytes->data[7];
    gsize pps = (gsize) bytes->data[9 + sps] << 8 | bytes->data[10 + sps];

    g_assert_cmpuint (11 + sps + pps, <=, bytes->len);
    for (gsize n = 0; n < 11 + sps + pps; n++)
      assert_broken (bytes->data, n);
  }
}

static void
test_avcc_wrong (void)
{
  g_autoptr (GByteArray) bytes = from_hex (avcc[0].hex);
  static const struct {
    guint at;
    guint8 value;
  } changes[] = {
    { 0, 0 },              /* version */
    { 0, 2 }, { 5, 0xe0 }, /* no SPS */
    { 6, 0xff },           /* longer than all there is */
    { 7, 3 },              /* too short */
    { 8, 0x68 },           /* a PPS in its place */
  };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    guint8 old = bytes->data[changes[i].at];

    bytes->data[changes[i].at] = changes[i].value;
    assert_broken (bytes->data, bytes->len);
    bytes->data[changes[i].at] = old;
  }
}

/* A writer of bits, to make parameter sets no encoder would. */
typedef struct {
  guint8 data[600];
  guint at;
} Bits;

static void
put (Bits *b, guint n, guint64 value)
{
  while (n-- > 0) {
    if (n < 64 && (value >> n & 1))
      b->data[b->at / 8] |= (guint8) (0x80 >> b->at % 8);
    b->at++;
  }
}

static void
put_ue (Bits *b, guint64 value)
{
  guint n = 1;

  while ((value + 1) >> n != 0)
    n++;
  put (b, n - 1, 0);
  put (b, n, value + 1);
}

static void
put_se (Bits *b, gint64 value)
{
  put_ue (b, (guint64) (value > 0 ? 2 * value - 1 : -2 * value));
}

/* SPS up to seq_parameter_set_id, then what CHROMA's profile needs. */
static void
put_head (Bits *b, guint8 profile)
{
  *b = (Bits){ 0 };
  put (b, 8, profile);
  put (b, 16, 0x001e);
  put_ue (b, 0);
}

static void
put_tail (Bits *b, guint64 mb_width, guint64 mb_height, guint64 crop)
{
  put_ue (b, 0); /* log2_max_frame_num */
  put_ue (b, 2); /* pic_order_cnt_type */
  put_ue (b, 1);
  put (b, 1, 0);
  put_ue (b, mb_width - 1);
  put_ue (b, mb_height - 1);
  put (b, 2, 3);
  put (b, 1, crop > 0);
  if (crop > 0)
    for (guint i = 0; i < 4; i++)
      put_ue (b, crop);
  put (b, 2, 1);
}

/* Wraps it in emulation prevention and an avcC. */
static gboolean
parse_bits (const Bits *b, guint *width, guint *height)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint zeros = 0, size = (b->at + 7) / 8;
  gboolean ok;

  g_byte_array_append (out, (const guint8 *) "\1\x64\0\x1e\xff\xe1\0\0\x67", 9);
  for (guint i = 0; i < size; i++) {
    if (zeros == 2 && b->data[i] <= 3) {
      g_byte_array_append (out, (const guint8 *) "\3", 1);
      zeros = 0;
    }
    g_byte_array_append (out, &b->data[i], 1);
    zeros = b->data[i] == 0 ? zeros + 1 : 0;
  }
  out->data[6] = (guint8) ((out->len - 8) >> 8);
  out->data[7] = (guint8) (out->len - 8);
  g_byte_array_append (out, (const guint8 *) "", 1);
  ok = parse_avcc (out->data, out->len, width, height, &error);
  g_assert_true (ok == (error == NULL));
  return ok;
}

static void
test_sps_limits (void)
{
  static const struct {
    guint64 width;
    guint64 height;
    guint64 crop;
    gboolean good;
  } cases[] = {
    { 1, 1, 0, TRUE },
    { 2048, 2048, 0, TRUE },
    { 2049, 1, 0, FALSE },
    { 1, 2049, 0, FALSE },
    { G_MAXUINT32, G_MAXUINT32, 0, FALSE },
    { 1, 1, 3, TRUE },
    { 1, 1, 4, FALSE }, /* all of it */
    { 10, 10, 0x7fffffff, FALSE },
    { 10, 10, 0x80000000, FALSE },
    { 10, 10, 0xfffffffe, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint width = 0, height = 0;
    Bits b;

    put_head (&b, 66);
    put_tail (&b, cases[i].width, cases[i].height, cases[i].crop);
    g_assert_true (parse_bits (&b, &width, &height) == cases[i].good);
    if (cases[i].good) {
      g_assert_cmpuint (width, ==, cases[i].width * 16 - 4 * cases[i].crop);
      g_assert_cmpuint (height, ==, cases[i].height * 16 - 4 * cases[i].crop);
    }
  }
}

/* Exp-Golomb codes with more zeros than a number can have. */
static void
test_huge_codes (void)
{
  for (guint zeros = 0; zeros < 70; zeros++) {
    guint width = 0, height = 0;
    gboolean ok;
    Bits b = { 0 };

    put (&b, 24, 0x42001e);
    put (&b, zeros, 0);
    put (&b, 1, 1);
    put (&b, zeros, 0);
    put_tail (&b, 2, 2, 0);
    ok = parse_bits (&b, &width, &height);
    g_assert_true (ok == (zeros <= 31));
  }
}

/* Scaling lists with the greatest steps, and a cycle of reference frames that
 * is longer than the standard allows. */
static void
test_huge_lists (void)
{
  static const gint64 steps[] = { 1, -128, 127, G_MAXINT32, -G_MAXINT32 };
  guint width, height;
  Bits b;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    put_head (&b, 100);
    put_ue (&b, 1);
    put_ue (&b, 0);
    put_ue (&b, 0);
    put (&b, 2, 1);
    put (&b, 1, 1);
    for (guint j = 0; j < 16; j++)
      put_se (&b, j == 0 ? steps[i] : 0);
    put (&b, 7, 0);
    put_tail (&b, 3, 2, 0);
    g_assert_true (parse_bits (&b, &width, &height) || i > 0);
  }
  for (guint n = 255; n < 258; n++) {
    put_head (&b, 66);
    put_ue (&b, 0);
    put_ue (&b, 1); /* pic_order_cnt_type */
    put (&b, 1, 0);
    put_se (&b, G_MAXINT32);
    put_se (&b, -G_MAXINT32);
    put_ue (&b, n);
    for (guint j = 0; j < n; j++)
      put_se (&b, 0);
    put_ue (&b, 1);
    put (&b, 1, 0);
    put_ue (&b, 1);
    put_ue (&b, 1);
    put (&b, 4, 12);
    put (&b, 2, 1);
    g_assert_true (parse_bits (&b, &width, &height) == (n == 255));
  }
}

static void
test_avcc_noise (void)
{
  for (guint i = 0; i < 100000; i++) {
    g_autoptr (GByteArray) bytes = from_hex (avcc[i % G_N_ELEMENTS (avcc)].hex);
    guint width = 0, height = 0;

    for (gint n = g_test_rand_int_range (1, 6); n > 0; n--)
      bytes->data[g_test_rand_int_range (0, (gint32) bytes->len)] =
          (guint8) g_test_rand_int ();
    if (parse_avcc (bytes->data, bytes->len, &width, &height, NULL)) {
      g_assert_cmpuint (width, >, 0);
      g_assert_cmpuint (width, <=, 32768);
      g_assert_cmpuint (height, >, 0);
      g_assert_cmpuint (height, <=, 65536);
    }
  }
}

static void
test_asc (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (asc); i++) {
    g_autoptr (GByteArray) bytes = from_hex (asc[i].hex);
    g_autoptr (GError) error = NULL;
    guint rate = 0, channels = 99;

    parse_asc (bytes->data, bytes->len, &rate, &channels, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (rate, ==, asc[i].a);
    g_assert_cmpuint (channels, ==, asc[i].b);
  }
}

static void
test_asc_broken (void)
{
  /* Empty, cut short, object type 0, a reserved rate, an explicit rate cut
   * short, of zero; an escaped type cut short. */
  static const char *const broken[] = { "", "12", "0210", "1690", "1780",
    "17802ee0", "1780000010", "f946" };

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autoptr (GByteArray) bytes = from_hex (broken[i]);
    g_autoptr (GError) error = NULL;
    guint rate = 7, channels = 7;

    g_assert_false (
        parse_asc (bytes->data, bytes->len, &rate, &channels, &error));
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
    g_assert_cmpuint (rate, ==, 7);
    g_assert_cmpuint (channels, ==, 7);
  }
}

static void
test_config (void)
{
  g_autoptr (GByteArray) bytes = from_hex (avcc[0].hex);
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *big = g_malloc0 (WEIR_CODEC_CONFIG_MAX_BYTES + 1);
  g_autoptr (WeirCodecConfig) a =
      weir_codec_config_new (WEIR_CODEC_H264, bytes->data, bytes->len, &error);
  g_autoptr (WeirCodecConfig) b =
      weir_codec_config_new (WEIR_CODEC_H264, bytes->data, bytes->len, NULL);
  g_autoptr (WeirCodecConfig) other =
      weir_codec_config_new (WEIR_CODEC_OPUS, bytes->data, bytes->len, NULL);
  g_autoptr (WeirCodecConfig) none =
      weir_codec_config_new (WEIR_CODEC_MP2, NULL, 0, NULL);
  g_autoptr (WeirCodecConfig) most = weir_codec_config_new (
      WEIR_CODEC_OPUS, big, WEIR_CODEC_CONFIG_MAX_BYTES, NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (a->video.width, ==, 854);
  g_assert_cmpuint (a->video.height, ==, 480);
  g_assert_true (a->data != bytes->data);
  g_assert_true (weir_codec_config_equal (a, b));
  g_assert_true (weir_codec_config_equal (NULL, NULL));
  g_assert_false (weir_codec_config_equal (a, NULL));
  g_assert_false (weir_codec_config_equal (NULL, a));
  g_assert_false (weir_codec_config_equal (a, other));
  g_assert_nonnull (none);
  g_assert_nonnull (most);
  b->data[9] ^= 1;
  g_assert_false (weir_codec_config_equal (a, b));

  g_assert_null (weir_codec_config_new (
      WEIR_CODEC_OPUS, big, WEIR_CODEC_CONFIG_MAX_BYTES + 1, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==,
      "opus configuration has 65537 bytes, at most 65536 allowed");
  g_clear_error (&error);
  g_assert_null (weir_codec_config_new (WEIR_CODEC_H264, NULL, 0, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_null (weir_codec_config_new (WEIR_CODEC_AAC, NULL, 0, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
}

static void
test_copy (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  WeirPacket a = { .seq = 3, .dts_ms = 4, .kind = WEIR_MEDIA_AUDIO };
  WeirPacket b;
  WeirCodecConfig *config =
      weir_codec_config_new (WEIR_CODEC_OPUS, NULL, 0, NULL);

  a.payload = weir_arena_alloc (arena, 5000);
  a.config = weir_codec_config_ref (config);
  weir_packet_copy (&a, &b);
  g_assert_cmpuint (config->refs, ==, 3);
  g_assert_true (b.payload.data == a.payload.data);
  weir_packet_clear (&a);
  g_assert_null (a.config);
  g_assert_cmpuint (weir_arena_get_bytes (arena), >, 0);
  g_assert_cmpuint (b.seq, ==, 3);
  weir_packet_clear (&b);
  weir_packet_clear (&b);
  g_assert_cmpuint (weir_arena_get_bytes (arena), ==, 0);
  g_assert_cmpuint (config->refs, ==, 1);
  weir_codec_config_unref (config);
}

static void
test_codecs (void)
{
  for (guint c = 0; c <= WEIR_CODEC_METADATA; c++) {
    g_assert_cmpstr (weir_codec_name (c), !=, "unknown");
    g_assert_cmpstr (weir_codec_title (c), !=, "an unknown codec");
  }
  g_assert_cmpstr (weir_codec_name (WEIR_CODEC_H264), ==, "h264");
  g_assert_cmpstr (weir_codec_name (WEIR_CODEC_AC3), ==, "ac3");
  g_assert_cmpstr (weir_codec_name (WEIR_CODEC_METADATA), ==, "metadata");
  g_assert_cmpstr (weir_codec_name ((WeirCodec) 99), ==, "unknown");
  g_assert_cmpstr (weir_codec_title (WEIR_CODEC_H264), ==, "H.264");
  g_assert_cmpstr (weir_codec_title (WEIR_CODEC_OPUS), ==, "Opus");
  g_assert_cmpstr (weir_codec_title (WEIR_CODEC_AC3), ==, "AC-3");
  g_assert_cmpstr (weir_codec_title ((WeirCodec) 99), ==, "an unknown codec");
  g_assert_cmpint (weir_codec_kind (WEIR_CODEC_VP9), ==, WEIR_MEDIA_VIDEO);
  g_assert_cmpint (weir_codec_kind (WEIR_CODEC_AAC), ==, WEIR_MEDIA_AUDIO);
  g_assert_cmpint (weir_codec_kind (WEIR_CODEC_METADATA), ==, WEIR_MEDIA_DATA);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/avcc", test_avcc);
  g_test_add_func ("/config/avcc-truncated", test_avcc_truncated);
  g_test_add_func ("/config/avcc-wrong", test_avcc_wrong);
  g_test_add_func ("/config/sps-limits", test_sps_limits);
  g_test_add_func ("/config/huge-codes", test_huge_codes);
  g_test_add_func ("/config/huge-lists", test_huge_lists);
  g_test_add_func ("/config/avcc-noise", test_avcc_noise);
  g_test_add_func ("/config/asc", test_asc);
  g_test_add_func ("/config/asc-broken", test_asc_broken);
  g_test_add_func ("/packet/config", test_config);
  g_test_add_func ("/packet/copy", test_copy);
  g_test_add_func ("/packet/codecs", test_codecs);
  return g_test_run ();
}
