/* Message bodies to packets, and back to the same bodies. */
#include "base/error.h"
#include "rtmp/amf0.h"
#include "rtmp/flv.h"

/* As x265 writes it. */
#define HVCC                                                                   \
  "0101600000009000000000005af000fcfdf8f800000f03200001001840010c01"           \
  "ffff01600000030090000003000003005a959809210001002e42010101600000"           \
  "030090000003000003005aa006b201e1d796566924cafff05000501680800000"           \
  "03008000000f0422000100074401c172b46240"

#define AVCC                                                                   \
  "0164001effe1001a6764001eacd940a02ff970110000030001000003003c0f162d96"       \
  "01000468ef8fcbfdf8f800"

typedef struct {
  WeirArena *arena;
  WeirFlvReader reader;
  WeirPacket packet;
  GError *error;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->arena = weir_arena_new ();
}

static void
teardown (Fixture *f, gconstpointer data)
{
  weir_packet_clear (&f->packet);
  weir_flv_reader_clear (&f->reader);
  weir_arena_unref (f->arena);
  g_clear_error (&f->error);
}

static WeirSlice
slice_from_hex (Fixture *f, const char *hex)
{
  WeirSlice slice = weir_arena_alloc (f->arena, strlen (hex) / 2);

  for (gsize i = 0; i < slice.size; i++)
    slice.data[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
                              | g_ascii_xdigit_value (hex[2 * i + 1]));
  return slice;
}

static WeirFlvResult
take (Fixture *f, guint8 type, guint32 timestamp, const char *hex)
{
  WeirRtmpMessage message = {
    .type = type, .timestamp = timestamp, .payload = slice_from_hex (f, hex)
  };
  WeirFlvResult result;

  weir_packet_clear (&f->packet);
  g_clear_error (&f->error);
  result = weir_flv_reader_take (&f->reader, &message, &f->packet, &f->error);
  weir_rtmp_message_clear (&message);
  return result;
}

/* The body that PACKET would be sent with. */
static void
assert_written (const WeirPacket *packet, const char *hex)
{
  guint8 head[WEIR_FLV_MAX_HEAD_BYTES];
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean ok;
  gsize n = weir_flv_write_head (packet, head, &ok);

  g_assert_true (ok);
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", head[i]);
  for (gsize i = 0; i < packet->payload.size; i++)
    g_string_append_printf (text, "%02x", packet->payload.data[i]);
  g_assert_cmpstr (text->str, ==, hex);
}

static void
assert_config_written (const WeirCodecConfig *config, const char *hex)
{
  guint8 head[WEIR_FLV_MAX_HEAD_BYTES];
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n = weir_flv_write_config_head (config, head);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", head[i]);
  for (gsize i = 0; i < config->size; i++)
    g_string_append_printf (text, "%02x", config->data[i]);
  g_assert_cmpstr (text->str, ==, hex);
}

#define VIDEO WEIR_RTMP_TYPE_VIDEO
#define AUDIO WEIR_RTMP_TYPE_AUDIO

static void
test_h264 (Fixture *f, gconstpointer data)
{
  WeirCodecConfig *config;

  /* before its configuration nothing can be decoded */
  g_assert_cmpint (
      take (f, VIDEO, 0, "17010000000000000165"), ==, WEIR_FLV_NOTHING);
  g_assert_cmpuint (f->reader.skipped, ==, 1);
  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" AVCC), ==, WEIR_FLV_NOTHING);
  config = f->reader.configs[WEIR_MEDIA_VIDEO];
  g_assert_cmpuint (config->video.width, ==, 640);
  assert_config_written (config, "1700000000" AVCC);

  g_assert_cmpint (take (f, VIDEO, 4294967295u, "17010000430000000165"), ==,
      WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.dts_ms, ==, 4294967295);
  g_assert_cmpint (f->packet.pts_ms, ==, 4294967295 + 0x43);
  g_assert_cmpint (f->packet.flags, ==, WEIR_PACKET_KEY);
  g_assert_cmpuint (f->packet.payload.size, ==, 5);
  g_assert_true (f->packet.config == config);
  assert_written (&f->packet, "17010000430000000165");

  /* composition time is signed */
  g_assert_cmpint (
      take (f, VIDEO, 10, "2701fffffd0000000141"), ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.pts_ms, ==, 7);
  g_assert_cmpint (f->packet.flags, ==, 0);
  assert_written (&f->packet, "2701fffffd0000000141");

  /* the same configuration again is the same one */
  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" AVCC), ==, WEIR_FLV_NOTHING);
  g_assert_true (f->reader.configs[WEIR_MEDIA_VIDEO] == config);
  g_assert_cmpint (take (f, VIDEO, 0, "17000000000164"), ==, WEIR_FLV_REFUSED);
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_assert_true (f->reader.configs[WEIR_MEDIA_VIDEO] == config);
}

/* The tag may call a picture key, but can't hide that it is. */
static void
test_key (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *hex;
    guint flags;
  } h264[] = {
    { "27010000000000000165", WEIR_PACKET_KEY },
    /* behind a delimiter, an empty unit and SEI */
    { "2701000000000000020910000000000000000206010000000225b8",
        WEIR_PACKET_KEY },
    { "2701000000000000020910000000024101", 0 },
    { "1701000000000000020910000000024101", WEIR_PACKET_KEY },
    /* lengths past the end */
    { "2701000000ffffffff65", WEIR_PACKET_KEY },
    { "2701000000ffffffff41000000016500", 0 },
    { "27010000000000000141ffffff", 0 },
    { "27010000000000000141ffffffff", 0 },
  };
  /* TRAIL_R, RASL_R, BLA_W_LP, CRA, RSV_IRAP_VCL22 */
  static const struct {
    const char *hex;
    guint flags;
  } hevc[] = {
    { "a3687663310000000102", 0 },
    { "a3687663310000000112", 0 },
    { "a3687663310000000120", WEIR_PACKET_KEY },
    { "a3687663310000000146000000012a", WEIR_PACKET_KEY },
    { "a368766331000000012c", 0 },
  };

  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" AVCC), ==, WEIR_FLV_NOTHING);
  for (guint i = 0; i < G_N_ELEMENTS (h264); i++) {
    g_test_message ("%s", h264[i].hex);
    g_assert_cmpint (take (f, VIDEO, 0, h264[i].hex), ==, WEIR_FLV_PACKET);
    g_assert_cmpuint (f->packet.flags, ==, h264[i].flags);
  }
  g_assert_cmpint (take (f, VIDEO, 0, "9068766331" HVCC), ==, WEIR_FLV_NOTHING);
  for (guint i = 0; i < G_N_ELEMENTS (hevc); i++) {
    g_test_message ("%s", hevc[i].hex);
    g_assert_cmpint (take (f, VIDEO, 0, hevc[i].hex), ==, WEIR_FLV_PACKET);
    g_assert_cmpuint (f->packet.flags, ==, hevc[i].flags);
  }
}

static void
test_aac (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (take (f, AUDIO, 0, "af01de02"), ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (take (f, AUDIO, 0, "af001208"), ==, WEIR_FLV_NOTHING);
  assert_config_written (f->reader.configs[WEIR_MEDIA_AUDIO], "af001208");
  g_assert_cmpint (take (f, AUDIO, 21, "af01de02"), ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.dts_ms, ==, 21);
  g_assert_cmpint (f->packet.kind, ==, WEIR_MEDIA_AUDIO);
  g_assert_cmpuint (f->packet.payload.size, ==, 2);
  assert_written (&f->packet, "af01de02");
}

/* Odd bodies that encoders do send are passed over, and the stream lives. */
static void
test_odd (Fixture *f, gconstpointer data)
{
  static const struct {
    guint8 type;
    const char *hex;
  } cases[] = {
    { VIDEO, "" }, { VIDEO, "17" }, { VIDEO, "1701" },
    { VIDEO, "1701000000" },         /* no NAL unit at all */
    { VIDEO, "170100000000000000" }, /* a NAL unit of no bytes */
    { VIDEO, "1702000000" },         /* end of sequence */
    { VIDEO, "1702000000ff" }, { VIDEO, "5701000000ff" }, /* command frame */
    { VIDEO, "1700000000" }, /* empty configuration */
    { VIDEO, "1703000000ff" },
    { VIDEO, "94"
             "61763031"
             "02" }, /* enhanced: metadata */
    { VIDEO, "96"
             "00"
             "61766331" }, /* enhanced: multitrack */
    { VIDEO, "97"
             "ff" }, /* enhanced: ModEx cut short */
    { AUDIO, "" }, { AUDIO, "af" }, { AUDIO, "af00" }, { AUDIO, "af01" },
    { AUDIO, "af02ff" },
    { AUDIO, "94"
             "4f707573" }, /* enhanced: channel layout */
  };

  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" AVCC), ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (take (f, AUDIO, 0, "af001208"), ==, WEIR_FLV_NOTHING);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].hex);
    g_assert_cmpint (
        take (f, cases[i].type, 0, cases[i].hex), ==, WEIR_FLV_NOTHING);
  }
  g_assert_cmpuint (f->reader.skipped, ==, G_N_ELEMENTS (cases));
  g_assert_cmpuint (f->reader.other_tracks, ==, 1);
  g_assert_cmpint (
      take (f, VIDEO, 0, "17010000000000000165"), ==, WEIR_FLV_PACKET);
}

static void
test_enhanced (Fixture *f, gconstpointer data)
{
  /* HEVC: SequenceStart, CodedFrames with composition time, CodedFramesX */
  g_assert_cmpint (take (f, VIDEO, 0,
                       "90"
                       "68766331" HVCC),
      ==, WEIR_FLV_NOTHING);
  assert_config_written (f->reader.configs[WEIR_MEDIA_VIDEO], "90"
                                                              "68766331" HVCC);
  g_assert_cmpint (take (f, VIDEO, 5,
                       "91"
                       "68766331"
                       "000010"
                       "0000000126"),
      ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.codec, ==, WEIR_CODEC_HEVC);
  g_assert_cmpint (f->packet.pts_ms, ==, 21);
  assert_written (&f->packet, "91"
                              "68766331"
                              "000010"
                              "0000000126");
  g_assert_cmpint (take (f, VIDEO, 5,
                       "a3"
                       "68766331"
                       "0000000126"),
      ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.pts_ms, ==, 5);
  g_assert_cmpint (f->packet.flags, ==, WEIR_PACKET_KEY);

  /* the same behind ModEx: one with a long size, then one with a short */
  g_assert_cmpint (take (f, VIDEO, 5,
                       "a7"
                       "ff"
                       "0001"
                       "aaaa"
                       "07"
                       "00"
                       "bb"
                       "03"
                       "68766331"
                       "0000000126"),
      ==, WEIR_FLV_PACKET);
  g_assert_cmpuint (f->packet.payload.size, ==, 5);

  /* AV1 has no composition time */
  g_assert_cmpint (take (f, VIDEO, 0,
                       "90"
                       "61763031"
                       "81050c00"),
      ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (take (f, VIDEO, 5,
                       "91"
                       "61763031"
                       "1200"),
      ==, WEIR_FLV_PACKET);
  g_assert_cmpuint (f->packet.payload.size, ==, 2);
  assert_written (&f->packet, "91"
                              "61763031"
                              "1200");

  /* Opus; AC-3 needs no configuration */
  g_assert_cmpint (take (f, AUDIO, 0,
                       "90"
                       "4f707573"
                       "4f707573486561640102"),
      ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (take (f, AUDIO, 5,
                       "91"
                       "4f707573"
                       "fc"),
      ==, WEIR_FLV_PACKET);
  assert_written (&f->packet, "91"
                              "4f707573"
                              "fc");
  g_assert_cmpint (take (f, AUDIO, 5,
                       "91"
                       "61632d33"
                       "0b77"),
      ==, WEIR_FLV_PACKET);
  assert_written (&f->packet, "91"
                              "61632d33"
                              "0b77");
  g_assert_cmpint (take (f, AUDIO, 5, "2ffffb"), ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.codec, ==, WEIR_CODEC_MP3);
  assert_written (&f->packet, "2ffffb");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  static const struct {
    guint8 type;
    const char *hex;
    const char *words;
  } cases[] = {
    { VIDEO, "1400", "video codec id 4 (VP6) is not supported" },
    { VIDEO, "1f00", "video codec id 15 (unknown) is not supported" },
    { AUDIO, "b200", "sound format 11 (Speex) is not supported" },
    { VIDEO,
        "91"
        "76766331"
        "00",
        "video codec 'vvc1' is not supported" },
    { AUDIO,
        "91"
        "664c6143"
        "00",
        "audio codec 'fLaC' is not supported" },
    { AUDIO,
        "91"
        "61766331"
        "00",
        "audio codec 'avc1' is not supported" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_cmpint (
        take (f, cases[i].type, 0, cases[i].hex), ==, WEIR_FLV_REFUSED);
    g_assert_cmpstr (f->error->message, ==, cases[i].words);
  }
}

static void
test_metadata (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  guint8 head[WEIR_FLV_MAX_HEAD_BYTES];
  gboolean ok;
  WeirPacket packet = { .kind = WEIR_MEDIA_DATA, .codec = WEIR_CODEC_METADATA };

  weir_amf0_append_string (body, "onMetaData");
  packet.payload.data = body->data;
  packet.payload.size = body->len;
  g_assert_cmpuint (weir_flv_write_head (&packet, head, &ok), ==, 16);
  g_assert_true (memcmp (head, "\x02\x00\x0d@setDataFrame", 16) == 0);
  body->data[3] = 'x';
  g_assert_cmpuint (weir_flv_write_head (&packet, head, &ok), ==, 0);
  g_assert_true (ok);
  packet.codec = WEIR_CODEC_MP2;
  g_assert_cmpuint (weir_flv_write_head (&packet, head, &ok), ==, 0);
  g_assert_false (ok);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/rtmp/flv/" name, Fixture, NULL, setup, func, teardown)
  ADD ("h264", test_h264);
  ADD ("key", test_key);
  ADD ("aac", test_aac);
  ADD ("odd", test_odd);
  ADD ("enhanced", test_enhanced);
  ADD ("refused", test_refused);
  ADD ("metadata", test_metadata);
  return g_test_run ();
}
