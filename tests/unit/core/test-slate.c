/* What a slate may be made of, and how it goes round. */
#include "core/slate.h"

#include "base/error.h"

#include <string.h>

#define FRAME_US 33333

/* 64 x 64, from x264. */
static const guint8 avcc[] = { 0x01, 0x64, 0x10, 0x0a, 0xff, 0xe1, 0x00, 0x13,
  0x67, 0x64, 0x10, 0x0a, 0xac, 0xb8, 0x84, 0xd8, 0x08, 0x80, 0x00, 0x00, 0x03,
  0x00, 0x80, 0x00, 0x00, 0x19, 0x02, 0x01, 0x00, 0x05, 0x68, 0xee, 0x0f, 0x2c,
  0x8b, 0xfd, 0xf8, 0xf8, 0x00 };

/* NAL units by their first bytes: header, then first_mb_in_slice 0 (1) and
 * slice_type in exp-Golomb: 7 (0001000) is I, 5 (00110) P, 6 (00111) B. */
#define IDR "\0\0\0\3\x65\x88\x80"
#define I_PICTURE "\0\0\0\3\x41\x88\x80"
#define P "\0\0\0\3\x41\x9a\x02"
#define B "\0\0\0\3\x01\x9e\x00"
#define SEI "\0\0\0\3\x06\x05\x80"
#define SPS "\0\0\0\3\x67\x64\x10"
/* The configuration's own. */
#define OWN_SPS                                                                \
  "\0\0\0\x13\x67\x64\x10\x0a\xac\xb8\x84\xd8\x08\x80\0\0\3\0\x80\0\0\x19\2"
#define OWN_PPS "\0\0\0\5\x68\xee\x0f\x2c\x8b"
#define SHORT "\0\0\0\4\x65\x88\x80"
#define EMPTY "\0\0\0\0"

typedef struct {
  const char *bytes;
  gsize size;
} Unit;
#define UNIT(s)                                                                \
  {                                                                            \
    s, sizeof (s) - 1                                                          \
  }

static WeirSlate *
make (const Unit *units, guint n, gint64 frame_us, GError **error)
{
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (WEIR_CODEC_H264, avcc, sizeof avcc, NULL);
  g_autoptr (GPtrArray) bytes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (bytes, g_bytes_new (units[i].bytes, units[i].size));
  return weir_slate_new (
      config, (GBytes *const *) bytes->pdata, n, frame_us, error);
}

static void
test_loop (void)
{
  static const Unit units[] = { UNIT (IDR IDR), UNIT (P), UNIT (P P) };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSlate) slate = make (units, 3, FRAME_US, &error);
  WeirPacket kept = { 0 };

  g_assert_no_error (error);
  g_assert_cmpuint (slate->n_units, ==, 3);
  g_assert_cmpuint (slate->bytes, ==, 35);
  for (guint n = 0; n < 7; n++) {
    g_auto (WeirSlice) unused = { 0 };
    WeirPacket p;

    weir_slate_get_packet (slate, n, &p);
    g_assert_cmpuint (p.kind, ==, WEIR_MEDIA_VIDEO);
    g_assert_cmpuint (p.codec, ==, WEIR_CODEC_H264);
    g_assert_cmpuint (p.flags, ==, n % 3 == 0 ? WEIR_PACKET_KEY : 0);
    g_assert_true (p.config == slate->config);
    g_assert_cmpmem (
        p.payload.data, p.payload.size, units[n % 3].bytes, units[n % 3].size);
    if (n == 3)
      weir_packet_copy (&p, &kept);
    weir_packet_clear (&p);
  }
  g_assert_cmpint (weir_slate_offset_ms (slate, 0), ==, 0);
  g_assert_cmpint (weir_slate_offset_ms (slate, 30), ==, 999);
  /* A packet outlives its slate. */
  g_clear_pointer (&slate, weir_slate_unref);
  g_assert_cmpmem (
      kept.payload.data, kept.payload.size, units[0].bytes, units[0].size);
  g_assert_cmpuint (kept.config->video.width, ==, 64);
  weir_packet_clear (&kept);
}

static void
assert_refused (const Unit *units, guint n, gint64 frame_us, WeirError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (make (units, n, frame_us, &error));
  g_assert_error (error, WEIR_ERROR, (int) code);
}

static void
test_refused (void)
{
  static const Unit good = UNIT (IDR);
  static const Unit wrong_first[] = { UNIT (P), UNIT (I_PICTURE),
    UNIT (SPS IDR), UNIT (SEI IDR), UNIT (SHORT), UNIT (EMPTY), UNIT (IDR "\0"),
    UNIT (IDR P), UNIT ("") };
  static const Unit wrong_next[] = { UNIT (IDR), UNIT (I_PICTURE), UNIT (B),
    UNIT (P SEI), UNIT (P B), UNIT (SHORT), UNIT ("") };

  for (guint i = 0; i < G_N_ELEMENTS (wrong_first); i++)
    assert_refused (&wrong_first[i], 1, FRAME_US, WEIR_ERROR_PROTOCOL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_next); i++) {
    const Unit units[] = { good, wrong_next[i] };

    assert_refused (units, 2, FRAME_US, WEIR_ERROR_PROTOCOL);
  }
}

static void
test_limits (void)
{
  static const Unit good = UNIT (IDR);
  g_autofree Unit *many = g_new0 (Unit, WEIR_SLATE_MAX_UNITS + 1);
  g_autofree char *large = g_malloc0 (WEIR_SLATE_MAX_BYTES + 1);
  const Unit large_unit = { large, WEIR_SLATE_MAX_BYTES + 1 };
  g_autoptr (WeirSlate) slate = NULL;

  many[0] = good;
  for (guint i = 1; i <= WEIR_SLATE_MAX_UNITS; i++)
    many[i] = (Unit) UNIT (P);
  assert_refused (NULL, 0, FRAME_US, WEIR_ERROR_LIMIT);
  assert_refused (many, WEIR_SLATE_MAX_UNITS + 1, FRAME_US, WEIR_ERROR_LIMIT);
  assert_refused (&large_unit, 1, FRAME_US, WEIR_ERROR_LIMIT);
  assert_refused (&good, 1, WEIR_SLATE_MIN_FRAME_US - 1, WEIR_ERROR_LIMIT);
  assert_refused (&good, 1, WEIR_SLATE_MAX_FRAME_US + 1, WEIR_ERROR_LIMIT);
  slate = make (many, WEIR_SLATE_MAX_UNITS, WEIR_SLATE_MIN_FRAME_US, NULL);
  g_assert_nonnull (slate);
}

static void
test_parameter_sets (void)
{
  static const Unit good[] = { UNIT (OWN_SPS OWN_PPS IDR), UNIT (P) };
  static const Unit wrong[] = { UNIT (OWN_SPS OWN_PPS),
    UNIT (OWN_SPS OWN_PPS P), UNIT (IDR OWN_SPS), UNIT (SPS OWN_PPS IDR) };
  static const Unit wrong_next[] = { UNIT (OWN_PPS P), UNIT (P OWN_PPS) };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSlate) slate = make (good, 2, FRAME_US, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (&wrong[i], 1, FRAME_US, WEIR_ERROR_PROTOCOL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_next); i++) {
    const Unit units[] = { UNIT (IDR), wrong_next[i] };

    assert_refused (units, 2, FRAME_US, WEIR_ERROR_PROTOCOL);
  }
}

/* OBUs: the header with its size, then the first byte says what is shown. */
#define SEQUENCE "\x0a\x0a\0\0\0\4\x3c\xfe\xcf\x81\xb5\xf2"
#define AV1_KEY "\x32\2\x10\x55"
#define AV1_INTER "\x32\2\x30\x55"
#define AV1_HIDDEN "\x32\2\x20\x55"
#define AV1_EXISTING "\x32\2\x90\x55"
#define AV1_METADATA "\x2a\1\x55"
#define AV1_DELIMITER "\x12\0"

#define VP9_KEY "\x82\x49\x83\x42"
#define VP9_INTER "\x86\0"
#define VP9_HIDDEN "\x84\0"
#define VP9_EXISTING "\x88\0"

static WeirSlate *
make_of (WeirCodec codec, const Unit *units, guint n)
{
  static const char vpcc[] = "\1\0\0\0\0\x14\x82\2\2\2\0\0";
  WeirCodecConfig config = { .refs = 2, .codec = codec };
  GBytes *bytes[2];
  WeirSlate *slate;

  config.data = (guint8 *) (codec == WEIR_CODEC_VP9 ? vpcc : SEQUENCE);
  config.size = codec == WEIR_CODEC_VP9 ? sizeof vpcc - 1 : sizeof SEQUENCE - 1;
  for (guint i = 0; i < n; i++)
    bytes[i] = g_bytes_new (units[i].bytes, units[i].size);
  slate = weir_slate_new (&config, bytes, n, FRAME_US, NULL);
  for (guint i = 0; i < n; i++)
    g_bytes_unref (bytes[i]);
  if (slate != NULL) /* CONFIG does not outlive this */
    weir_slate_unref (slate);
  return slate;
}

static void
test_av1 (void)
{
  static const Unit good[] = { UNIT (SEQUENCE AV1_KEY), UNIT (AV1_INTER) };
  static const Unit wrong_first[] = { UNIT (AV1_KEY), UNIT (SEQUENCE),
    UNIT (SEQUENCE AV1_INTER), UNIT (SEQUENCE AV1_KEY AV1_INTER),
    UNIT (SEQUENCE AV1_KEY SEQUENCE), UNIT (AV1_DELIMITER SEQUENCE AV1_KEY),
    UNIT (SEQUENCE AV1_METADATA AV1_KEY), UNIT (SEQUENCE "\x32\5\x10"),
    UNIT (SEQUENCE "\x30\x10"), UNIT ("\x0a\x81\x81\x81\x81\x81"), UNIT ("") };
  static const Unit wrong_next[] = { UNIT (AV1_HIDDEN), UNIT (AV1_EXISTING),
    UNIT (SEQUENCE AV1_INTER), UNIT (SEQUENCE AV1_KEY), UNIT ("\x32\0") };

  g_assert_true (make_of (WEIR_CODEC_AV1, good, 2) != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_first); i++)
    g_assert_true (make_of (WEIR_CODEC_AV1, &wrong_first[i], 1) == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_next); i++) {
    const Unit units[] = { good[0], wrong_next[i] };

    g_assert_true (make_of (WEIR_CODEC_AV1, units, 2) == NULL);
  }
}

static void
test_vp9 (void)
{
  static const Unit good[] = { UNIT (VP9_KEY), UNIT (VP9_INTER) };
  static const Unit wrong_first[] = { UNIT (VP9_INTER), UNIT (VP9_EXISTING),
    UNIT ("\x42\x49"), UNIT ("") };
  static const Unit wrong_next[] = { UNIT (VP9_KEY), UNIT (VP9_HIDDEN),
    UNIT (VP9_EXISTING) };

  g_assert_true (make_of (WEIR_CODEC_VP9, good, 2) != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_first); i++)
    g_assert_true (make_of (WEIR_CODEC_VP9, &wrong_first[i], 1) == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_next); i++) {
    const Unit units[] = { good[0], wrong_next[i] };

    g_assert_true (make_of (WEIR_CODEC_VP9, units, 2) == NULL);
  }
}

static void
test_strip_obus (void)
{
  static const guint8 unit[] = AV1_DELIMITER SEQUENCE AV1_METADATA AV1_KEY;
  g_autoptr (GBytes) first = weir_slate_strip_unit (
      WEIR_CODEC_AV1, 0, TRUE, unit, sizeof unit - 1, NULL);
  g_autoptr (GBytes) next = weir_slate_strip_unit (
      WEIR_CODEC_AV1, 0, FALSE, unit, sizeof unit - 1, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first),
      SEQUENCE AV1_KEY, sizeof SEQUENCE AV1_KEY - 1);
  g_assert_cmpmem (g_bytes_get_data (next, NULL), g_bytes_get_size (next),
      AV1_KEY, sizeof AV1_KEY - 1);
  g_assert_null (weir_slate_strip_unit (
      WEIR_CODEC_AV1, 0, TRUE, unit, sizeof unit - 2, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
}

static void
test_strip (void)
{
  static const guint8 unit[] = SEI "\0\0\0\2\x09\x10" OWN_PPS "\0\0\0\0" IDR;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) first = weir_slate_strip_unit (
      WEIR_CODEC_H264, 4, TRUE, unit, sizeof unit - 1, &error);
  g_autoptr (GBytes) next = weir_slate_strip_unit (
      WEIR_CODEC_H264, 4, FALSE, unit, sizeof unit - 1, &error);
  g_autoptr (GBytes) short_lengths = weir_slate_strip_unit (WEIR_CODEC_HEVC, 1,
      FALSE, (const guint8 *) "\2\x26\1\2\x4e\1", 6, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first),
      OWN_PPS IDR, sizeof OWN_PPS IDR - 1);
  g_assert_cmpmem (g_bytes_get_data (next, NULL), g_bytes_get_size (next), IDR,
      sizeof IDR - 1);
  g_assert_cmpmem (g_bytes_get_data (short_lengths, NULL),
      g_bytes_get_size (short_lengths), "\2\x26\1", 3);
  g_assert_null (weir_slate_strip_unit (
      WEIR_CODEC_H264, 4, TRUE, unit, sizeof unit - 2, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
}

static void
test_other_codec (void)
{
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (WEIR_CODEC_AAC, (guint8[]){ 0x12, 0x10 }, 2, NULL);
  g_autoptr (GBytes) unit = g_bytes_new_static (IDR, sizeof IDR - 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_slate_new (config, &unit, 1, FRAME_US, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_assert_cmpstr (error->message, ==, "slate: there is none for AAC");
}

/* Whatever a worker that has been taken over sends. */
static void
test_broken (void)
{
  for (guint i = 0; i < 20000; i++) {
    char bytes[32] = IDR;
    Unit unit = { bytes, (gsize) g_test_rand_int_range (0, sizeof bytes) };
    g_autoptr (WeirSlate) slate = NULL;

    for (guint k = 0; k < 4; k++)
      bytes[g_test_rand_int_range (0, sizeof bytes)] =
          (char) g_test_rand_int ();
    slate = make (&unit, 1, FRAME_US, NULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/slate/loop", test_loop);
  g_test_add_func ("/core/slate/refused", test_refused);
  g_test_add_func ("/core/slate/limits", test_limits);
  g_test_add_func ("/core/slate/parameter-sets", test_parameter_sets);
  g_test_add_func ("/core/slate/av1", test_av1);
  g_test_add_func ("/core/slate/vp9", test_vp9);
  g_test_add_func ("/core/slate/strip-obus", test_strip_obus);
  g_test_add_func ("/core/slate/strip", test_strip);
  g_test_add_func ("/core/slate/other-codec", test_other_codec);
  g_test_add_func ("/core/slate/broken", test_broken);
  return g_test_run ();
}
