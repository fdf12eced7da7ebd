/* What is announced of Enhanced RTMP, and what is read from it. */
#include "rtmp/enhanced.h"
#include "rtmp/message.h"

#define SET(codec) WEIR_CODEC_SET (WEIR_CODEC_##codec)
#define ALL                                                                    \
  (SET (H264) | SET (HEVC) | SET (AV1) | SET (VP9) | SET (AAC) | SET (OPUS)    \
      | SET (MP3) | SET (AC3))

/* The object of OUT, which holds one. */
static WeirCodecSet
read_back (const GByteArray *out)
{
  g_autoptr (WeirAmf0) values = weir_amf0_read (out->data, out->len, NULL);

  g_assert_nonnull (values);
  return weir_rtmp_read_capabilities (values);
}

static void
test_round_trip (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (WeirAmf0) values = NULL;

  weir_amf0_begin_object (out);
  weir_rtmp_append_capabilities (out, WEIR_RTMP_CAPS_MODEX);
  weir_amf0_end_object (out);
  g_assert_cmphex (read_back (out), ==, ALL);
  values = weir_amf0_read (out->data, out->len, NULL);
  g_assert_cmpfloat (
      weir_amf0_get_number (weir_amf0_find (values, "capsEx"), -1), ==, 4);
}

static void
test_in_connect (void)
{
  for (guint enhanced = 0; enhanced < 2; enhanced++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_auto (WeirRtmpCommand) command = { 0 };

    weir_rtmp_append_connect (out, 1, "live", "rtmp://h/live", enhanced != 0);
    g_assert_true (
        weir_rtmp_command_read (out->data, out->len, FALSE, &command, NULL));
    g_assert_cmphex (
        weir_rtmp_read_capabilities (weir_rtmp_command_object (&command)), ==,
        enhanced ? ALL : 0);
  }
}

static void
test_in_result (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_auto (WeirRtmpCommand) command = { 0 };

  weir_rtmp_append_connect_result (out, 1);
  g_assert_true (
      weir_rtmp_command_read (out->data, out->len, FALSE, &command, NULL));
  g_assert_cmphex (
      weir_rtmp_read_capabilities (weir_rtmp_command_argument (&command, 0)),
      ==, ALL);
}

static void
test_list (void)
{
  static const struct {
    const char *first;
    const char *second;
    WeirCodecSet want;
  } cases[] = {
    { "hvc1", "av01", SET (HEVC) | SET (AV1) },
    { "Avc1", "opus", SET (H264) | SET (OPUS) }, /* letter case varies */
    { "*", "x", ALL },
    { "", "hvc", 0 },
    { "hvc1x", "vvc1", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();

    weir_amf0_begin_object (out);
    weir_amf0_append_name (out, "fourCcList");
    weir_amf0_begin_array (out, 3);
    weir_amf0_append_string (out, cases[i].first);
    weir_amf0_append_number (out, 7); /* not even a string */
    weir_amf0_append_string (out, cases[i].second);
    weir_amf0_end_object (out);
    g_assert_cmphex (read_back (out), ==, cases[i].want);
  }
}

static void
test_maps (void)
{
  static const struct {
    const char *map;
    const char *name;
    double flags;
    WeirCodecSet want;
  } cases[] = {
    { "videoFourCcInfoMap", "hvc1", 1, SET (HEVC) },
    { "videoFourCcInfoMap", "hvc1", 7, SET (HEVC) },
    { "videoFourCcInfoMap", "hvc1", 2, 0 }, /* only sends it */
    { "videoFourCcInfoMap", "hvc1", 0, 0 },
    { "videoFourCcInfoMap", "hvc1", -4, 0 },
    { "videoFourCcInfoMap", "hvc1", 1e300, 0 },
    { "videoFourCcInfoMap", "Opus", 4, 0 }, /* in the wrong map */
    { "videoFourCcInfoMap", "*", 4,
        SET (H264) | SET (HEVC) | SET (AV1) | SET (VP9) },
    { "audioFourCcInfoMap", "*", 4,
        SET (AAC) | SET (OPUS) | SET (MP3) | SET (AC3) },
    { "otherInfoMap", "*", 4, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();

    weir_amf0_begin_object (out);
    weir_amf0_append_name (out, cases[i].map);
    weir_amf0_begin_object (out);
    weir_amf0_append_name (out, cases[i].name);
    weir_amf0_append_number (out, cases[i].flags);
    weir_amf0_end_object (out);
    weir_amf0_end_object (out);
    g_assert_cmphex (read_back (out), ==, cases[i].want);
  }
}

static void
test_nothing (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  g_assert_cmphex (weir_rtmp_read_capabilities (NULL), ==, 0);
  weir_amf0_append_string (out, "fourCcList");
  g_assert_cmphex (read_back (out), ==, 0);
  /* a map and a list that are none */
  g_byte_array_set_size (out, 0);
  weir_amf0_begin_object (out);
  weir_amf0_append_name (out, "fourCcList");
  weir_amf0_append_number (out, 1);
  weir_amf0_append_name (out, "videoFourCcInfoMap");
  weir_amf0_append_null (out);
  weir_amf0_end_object (out);
  g_assert_cmphex (read_back (out), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtmp/enhanced/round-trip", test_round_trip);
  g_test_add_func ("/rtmp/enhanced/in-connect", test_in_connect);
  g_test_add_func ("/rtmp/enhanced/in-result", test_in_result);
  g_test_add_func ("/rtmp/enhanced/list", test_list);
  g_test_add_func ("/rtmp/enhanced/maps", test_maps);
  g_test_add_func ("/rtmp/enhanced/nothing", test_nothing);
  return g_test_run ();
}
