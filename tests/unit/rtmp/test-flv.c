/* Message bodies to packets, and back to the same bodies. */
#include "base/error.h"
#include "rtmp/amf0.h"
#include "rtmp/flv-tag.h"
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

static char *
without_spaces (const char *hex)
{
  g_auto (GStrv) parts = g_strsplit (hex, " ", -1);

  return g_strjoinv (NULL, parts);
}

static WeirSlice
slice_from_hex (Fixture *f, const char *hex)
{
  g_autofree char *digits = without_spaces (hex);
  WeirSlice slice = weir_arena_alloc (f->arena, strlen (digits) / 2);

  for (gsize i = 0; i < slice.size; i++)
    slice.data[i] = (guint8) (g_ascii_xdigit_value (digits[2 * i]) << 4
                              | g_ascii_xdigit_value (digits[2 * i + 1]));
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
  g_autofree char *want = without_spaces (hex);
  gboolean ok;
  gsize n = weir_flv_write_head (packet, head, &ok);

  g_assert_true (ok);
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", head[i]);
  for (gsize i = 0; i < packet->payload.size; i++)
    g_string_append_printf (text, "%02x", packet->payload.data[i]);
  g_assert_cmpstr (text->str, ==, want);
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
             "61766331" },         /* enhanced: multitrack cut short */
    { VIDEO, "9660617663310065" }, /* enhanced: a form of tracks not known */
    { VIDEO, "d1"
             "61766331"
             "00000065" }, /* enhanced: command frame */
    { VIDEO, "97"
             "ff" }, /* enhanced: ModEx cut short */
    { AUDIO, "" }, { AUDIO, "af" }, { AUDIO, "af00" }, { AUDIO, "af01" },
    { AUDIO, "af02ff" },
    { AUDIO, "94"
             "4f707573" }, /* enhanced: channel layout */
    { AUDIO, "93"
             "4f707573ff" }, /* enhanced: no such type of packet */
    { AUDIO, "90"
             "2e6d7033ff" }, /* a configuration for MP3, which has none */
  };

  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" AVCC), ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (take (f, AUDIO, 0, "af001208"), ==, WEIR_FLV_NOTHING);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].hex);
    g_assert_cmpint (
        take (f, cases[i].type, 0, cases[i].hex), ==, WEIR_FLV_NOTHING);
  }
  g_assert_cmpuint (f->reader.skipped, ==, G_N_ELEMENTS (cases));
  g_assert_cmpuint (f->reader.other_tracks, ==, 0);
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
        "video codec 'vvc1' (VVC) is not supported" },
    { AUDIO,
        "91"
        "664c6143"
        "00",
        "audio codec 'fLaC' (FLAC) is not supported" },
    { AUDIO,
        "91"
        "61766331"
        "00",
        "audio codec 'avc1' (unknown) is not supported" },
    { AUDIO, "9165632d3300", "audio codec 'ec-3' (E-AC-3) is not supported" },
    { VIDEO, "917670303800", "video codec 'vp08' (VP8) is not supported" },
    { VIDEO, "956176303100",
        "a codec configuration in the form of MPEG-2 TS is not supported" },
    /* the codec of track 0 of several */
    { VIDEO, "96107676633100000001ff",
        "video codec 'vvc1' (VVC) is not supported" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_cmpint (
        take (f, cases[i].type, 0, cases[i].hex), ==, WEIR_FLV_REFUSED);
    g_assert_cmpstr (f->error->message, ==, cases[i].words);
  }
}

/* HEVC as it came before there was a FourCC for it. */
static void
test_legacy_hevc (Fixture *f, gconstpointer data)
{
  WeirCodecConfig *config;

  g_assert_cmpint (take (f, VIDEO, 0, "1c00000000" HVCC), ==, WEIR_FLV_NOTHING);
  config = f->reader.configs[WEIR_MEDIA_VIDEO];
  g_assert_cmpint (config->codec, ==, WEIR_CODEC_HEVC);
  assert_config_written (config, "9068766331" HVCC);
  g_assert_cmpint (
      take (f, VIDEO, 5, "2c010000100000000126"), ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.codec, ==, WEIR_CODEC_HEVC);
  g_assert_cmpint (f->packet.pts_ms, ==, 21);
  g_assert_cmpint (f->packet.flags, ==, WEIR_PACKET_KEY);
  assert_written (&f->packet, "91687663310000100000000126");
}

static void
test_mislabelled_hevc (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" HVCC), ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (
      f->reader.configs[WEIR_MEDIA_VIDEO]->codec, ==, WEIR_CODEC_HEVC);
  g_assert_cmpint (
      take (f, VIDEO, 5, "27010000000000000126"), ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.codec, ==, WEIR_CODEC_HEVC);
  g_assert_cmpint (f->packet.flags, ==, WEIR_PACKET_KEY);
  /* and H.264 again, on the same connection */
  g_assert_cmpint (take (f, VIDEO, 0, "1700000000" AVCC), ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (
      take (f, VIDEO, 9, "27010000000000000165"), ==, WEIR_FLV_PACKET);
  g_assert_cmpint (f->packet.codec, ==, WEIR_CODEC_H264);
  /* cut short it is neither */
  g_assert_cmpint (take (f, VIDEO, 0, "17000000000101600000009000000000005df0"),
      ==, WEIR_FLV_REFUSED);
}

/* Codecs that have a number of their own may come by FourCC too; they go out
 * by number, which every server knows. */
static void
test_by_four_cc (Fixture *f, gconstpointer data)
{
  static const struct {
    guint8 type;
    const char *config;
    const char *frame;
    const char *written;
  } cases[] = {
    { VIDEO, "9061766331" AVCC, "91617663310000400000000165",
        "17010000400000000165" },
    { AUDIO, "906d7034611208", "916d703461de02", "af01de02" },
    { AUDIO, NULL, "912e6d7033fffb", "2ffffb" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (cases[i].config != NULL)
      g_assert_cmpint (
          take (f, cases[i].type, 0, cases[i].config), ==, WEIR_FLV_NOTHING);
    g_assert_cmpint (
        take (f, cases[i].type, 0, cases[i].frame), ==, WEIR_FLV_PACKET);
    assert_written (&f->packet, cases[i].written);
  }
}

/* Which payload track 0 has, and how many tracks there are besides. */
static void
test_multitrack (Fixture *f, gconstpointer data)
{
  static const struct {
    guint8 type;
    const char *hex;
    const char *written; /* NULL: nothing comes out */
    guint others;
  } cases[] = {
    /* one track */
    { VIDEO, "96016176633100000040 0000000165", "1701000040 0000000165", 0 },
    { VIDEO, "96016176633101000040 0000000165", NULL, 1 },
    /* behind ModEx with nanoseconds */
    { VIDEO, "97020003e80601 6176633100 000040 0000000165",
        "1701000040 0000000165", 0 },
    /* many tracks, one codec; track 0 in the middle, and a second one */
    { VIDEO,
        "961161766331"
        "01000003aabbcc 00000008 0000400000000165 00000001ff 02000000",
        "1701000040 0000000165", 3 },
    /* many codecs; VVC in another track harms nobody */
    { VIDEO,
        "9621"
        "7676633101000001ff 6176633100000008 0000400000000165",
        "1701000040 0000000165", 1 },
    { AUDIO, "95014f70757300fc", "914f707573fc", 0 },
    { AUDIO, "95114f707573 00000001fc 01000002fcfc", "914f707573fc", 1 },
    { AUDIO, "952161632d33010000010b4f70757300000001fc", "914f707573fc", 1 },
    /* no track 0; one longer than the message; a modifier inside */
    { VIDEO, "961161766331010000010102000000", NULL, 2 },
    { VIDEO, "96116176633100000009 0000400000000165", NULL, 0 },
    { VIDEO, "96076176633100000040 0000000165", NULL, 0 },
    { VIDEO, "96066176633100000040 0000000165", NULL, 0 },
    /* track 0 is empty */
    { VIDEO, "96116176633100000000", NULL, 0 },
  };

  g_assert_cmpint (
      take (f, VIDEO, 0, "960061766331 00" AVCC), ==, WEIR_FLV_NOTHING);
  g_assert_cmpint (
      take (f, AUDIO, 0, "95004f70757300 4f70"), ==, WEIR_FLV_NOTHING);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 before = f->reader.other_tracks;

    g_test_message ("%s", cases[i].hex);
    g_assert_cmpint (take (f, cases[i].type, 0, cases[i].hex), ==,
        cases[i].written != NULL ? WEIR_FLV_PACKET : WEIR_FLV_NOTHING);
    g_assert_cmpuint (f->reader.other_tracks - before, ==, cases[i].others);
    if (cases[i].written != NULL)
      assert_written (&f->packet, cases[i].written);
  }
}

static void
test_limits (Fixture *f, gconstpointer data)
{
  for (guint n = WEIR_FLV_MAX_TRACKS; n <= WEIR_FLV_MAX_TRACKS + 1; n++) {
    g_autoptr (GString) hex = g_string_new ("951161632d33");

    for (guint i = 0; i < n; i++)
      g_string_append (hex, "000000010b");
    g_assert_cmpint (take (f, AUDIO, 0, hex->str), ==,
        n > WEIR_FLV_MAX_TRACKS ? WEIR_FLV_REFUSED : WEIR_FLV_PACKET);
  }
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  for (guint n = WEIR_FLV_MAX_MODEX; n <= WEIR_FLV_MAX_MODEX + 1; n++) {
    g_autoptr (GString) hex = g_string_new ("97");

    for (guint i = 0; i < n; i++)
      g_string_append (hex, i + 1 < n ? "00ff07" : "00ff01");
    g_string_append (hex, "61632d330b");
    g_assert_cmpint (take (f, AUDIO, 0, hex->str), ==,
        n > WEIR_FLV_MAX_MODEX ? WEIR_FLV_REFUSED : WEIR_FLV_PACKET);
  }
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
}

/* What the pictures say of themselves; the tag calls none a key picture. */
static void
test_key_av1_vp9 (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *hex;
    guint flags;
  } cases[] = {
    /* delimiter, sequence header, frame: key, inter, shown again */
    { "a161763031 1200 0a0100", 0 },
    { "a1617630311200 0a0100 320210aa", WEIR_PACKET_KEY },
    { "a1617630311200 320230aa", 0 }, { "a1617630311200 320290aa", 0 },
    { "a1617630311200 1a0110", WEIR_PACKET_KEY }, /* a frame header alone */
    { "a161763031 3010", WEIR_PACKET_KEY },       /* without a size */
    { "a161763031 30", 0 },
    { "a161763031 360000", 0 }, /* an extension, then no bytes */
    { "a161763031 3600011f", WEIR_PACKET_KEY }, { "a161763031 32ffffff", 0 },
    { "a176703039 82", WEIR_PACKET_KEY }, { "a176703039 86", 0 }, /* inter */
    { "a176703039 8a", 0 },                         /* shown again */
    { "a176703039 b0", WEIR_PACKET_KEY },           /* profile 3 */
    { "a176703039 b2", 0 }, { "a176703039 02", 0 }, /* no marker */
  };

  g_assert_cmpint (
      take (f, VIDEO, 0, "906176303181050c00"), ==, WEIR_FLV_NOTHING);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (strncmp (cases[i].hex, "a17670", 6) == 0
        && f->reader.configs[0]->codec == WEIR_CODEC_AV1)
      g_assert_cmpint (take (f, VIDEO, 0, "90767030390015820101010000"), ==,
          WEIR_FLV_NOTHING);
    g_test_message ("%s", cases[i].hex);
    g_assert_cmpint (take (f, VIDEO, 0, cases[i].hex), ==, WEIR_FLV_PACKET);
    g_assert_cmpuint (f->packet.flags, ==, cases[i].flags);
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
  ADD ("legacy-hevc", test_legacy_hevc);
  ADD ("mislabelled-hevc", test_mislabelled_hevc);
  ADD ("by-four-cc", test_by_four_cc);
  ADD ("multitrack", test_multitrack);
  ADD ("limits", test_limits);
  ADD ("key-av1-vp9", test_key_av1_vp9);
  ADD ("metadata", test_metadata);
  return g_test_run ();
}
