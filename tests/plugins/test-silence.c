/* Silent frames between loud ones, through the real decoders: nothing is heard
 * while they last, the content is back after them, nobody complains. */
#include <math.h>
#include <string.h>

#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>

#include "core/silence.h"

#define RATE 48000
#define FRAMES 12
/* Full scale is 1. */
#define LOUD 0.05
#define QUIET 1e-4

typedef struct {
  GPtrArray *frames; /* GstBuffer */
  GstCaps *caps;
  WeirCodecConfig *config;
} Content;

static const char *const encoders[] = { "avenc_aac", "opusenc" };
static const char *const aac_decoders[] = { "avdec_aac", "faad" };

static void
content_clear (Content *c)
{
  g_ptr_array_unref (c->frames);
  gst_caps_unref (c->caps);
  weir_codec_config_unref (c->config);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

/* A tone in every channel, as FORMAT has it. */
static GstBuffer *
make_tone (guint channels, guint frames, GstAudioFormat format)
{
  gsize n = (gsize) frames * 960 * channels;
  gboolean is_int = format == GST_AUDIO_FORMAT_S16LE;
  gsize bytes = n * (is_int ? sizeof (gint16) : sizeof (gfloat));
  gpointer samples = g_malloc (bytes);

  for (gsize i = 0; i < n; i++) {
    double v = 0.5 * sin ((double) (i / channels) * 0.1);

    if (is_int)
      ((gint16 *) samples)[i] = (gint16) (v * G_MAXINT16);
    else
      ((gfloat *) samples)[i] = (gfloat) v;
  }
  return gst_buffer_new_wrapped (samples, bytes);
}

static void
take_config (Content *c, WeirCodec codec)
{
  const GstStructure *s = gst_caps_get_structure (c->caps, 0);
  const GValue *headers = gst_structure_get_value (s, "streamheader");
  const GValue *value = headers != NULL
                            ? gst_value_array_get_value (headers, 0)
                            : gst_structure_get_value (s, "codec_data");
  GstMapInfo map;

  g_assert_true (
      gst_buffer_map (gst_value_get_buffer (value), &map, GST_MAP_READ));
  c->config = weir_codec_config_new (codec, map.data, map.size, NULL);
  g_assert_nonnull (c->config);
  gst_buffer_unmap (gst_value_get_buffer (value), &map);
}

static Content
encode (WeirCodec codec, guint channels)
{
  GstHarness *h = gst_harness_new (encoders[codec == WEIR_CODEC_OPUS]);
  GstAudioFormat format = codec == WEIR_CODEC_OPUS ? GST_AUDIO_FORMAT_S16LE
                                                   : GST_AUDIO_FORMAT_F32LE;
  guint64 mask = gst_audio_channel_get_fallback_mask ((gint) channels);
  Content c = { .frames = g_ptr_array_new_with_free_func (
                    (GDestroyNotify) gst_buffer_unref) };
  GstBuffer *buffer;
  g_autofree char *caps = NULL;

  caps = g_strdup_printf (
      "audio/x-raw,format=%s,layout=interleaved,rate=%d,channels=%u,"
      "channel-mask=(bitmask)0x%" G_GINT64_MODIFIER "x",
      gst_audio_format_to_string (format), RATE, channels, mask);
  gst_harness_set_src_caps_str (h, caps);
  buffer = make_tone (channels, FRAMES * 2, format);
  GST_BUFFER_PTS (buffer) = 0;
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
  gst_harness_push_event (h, gst_event_new_eos ());
  while ((buffer = gst_harness_try_pull (h)) != NULL)
    g_ptr_array_add (c.frames, buffer);
  g_assert_cmpuint (c.frames->len, >=, FRAMES);
  c.caps = gst_pad_get_current_caps (h->sinkpad);
  take_config (&c, codec);
  gst_harness_teardown (h);
  return c;
}

/* The strongest sample of all that H has to give; how many of each channel. */
static double
pull_peak (GstHarness *h, gsize *ret_samples)
{
  double peak = 0;
  GstBuffer *buffer;

  *ret_samples = 0;
  while ((buffer = gst_harness_try_pull (h)) != NULL) {
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
    GstAudioInfo info;
    GstMapInfo map;

    g_assert_true (gst_audio_info_from_caps (&info, caps));
    g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
    *ret_samples += map.size / (gsize) GST_AUDIO_INFO_BPF (&info);
    for (gsize i = 0; i < map.size / GST_AUDIO_INFO_BPS (&info); i++) {
      double v = GST_AUDIO_INFO_FORMAT (&info) == GST_AUDIO_FORMAT_S16
                     ? ((const gint16 *) map.data)[i] / 32768.0
                     : ((const gfloat *) map.data)[i];

      peak = MAX (peak, fabs (v));
    }
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  return peak;
}

static void
push (GstHarness *h, GstBuffer *buffer, GstClockTime *at)
{
  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = *at;
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  *at += 20 * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
}

static void
push_silence (GstHarness *h, const WeirSilence *s, guint n, GstClockTime *at)
{
  while (n-- > 0)
    push (h, gst_buffer_new_memdup (s->data, s->size), at);
}

static void
push_content (GstHarness *h, const Content *c, guint n, GstClockTime *at)
{
  for (guint i = 0; i < n; i++)
    push (h, gst_buffer_copy_deep (g_ptr_array_index (c->frames, i)), at);
}

static void
assert_no_complaint (GstBus *bus)
{
  GstMessage *message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

  if (message != NULL)
    g_error ("%" GST_PTR_FORMAT, message);
}

static void
decode (
    const Content *c, const char *decoder, const guint8 *like, gsize like_size)
{
  GstHarness *h = gst_harness_new (decoder);
  g_autoptr (GstBus) bus = gst_bus_new ();
  WeirSilence silence;
  GstClockTime at = 0;
  gsize samples;

  gst_element_set_bus (h->element, bus);
  g_assert_true (weir_silence_make (c->config, like, like_size, &silence));
  gst_harness_set_src_caps (h, gst_caps_copy (c->caps));
  push_content (h, c, FRAMES, &at);
  g_assert_cmpfloat (pull_peak (h, &samples), >, LOUD);
  /* The overlap with what was before, and what the decoder still holds. */
  push_silence (h, &silence, 3, &at);
  pull_peak (h, &samples);
  push_silence (h, &silence, 50, &at);
  g_assert_cmpfloat (pull_peak (h, &samples), <, QUIET);
  g_assert_cmpuint (samples, ==, 50 * silence.samples);
  push_content (h, c, FRAMES, &at);
  g_assert_cmpfloat (pull_peak (h, &samples), >, LOUD);
  assert_no_complaint (bus);
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
}

static void
test_aac (void)
{
  static const guint channels[] = { 1, 2, 3, 4, 5, 6 };

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++) {
    g_auto (Content) c = encode (WEIR_CODEC_AAC, channels[i]);

    for (guint k = 0; k < G_N_ELEMENTS (aac_decoders); k++)
      decode (&c, aac_decoders[k], NULL, 0);
  }
}

static void
test_opus (void)
{
  static const guint channels[] = { 1, 2, 6, 8 };
  /* 20, 2.5, 30 and 120 ms. */
  static const guint8 likes[][2] = { { 0xfc }, { 0xe4 }, { 0xf7, 3 },
    { 0xff, 6 } };

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++) {
    g_auto (Content) c = encode (WEIR_CODEC_OPUS, channels[i]);

    for (guint k = 0; k < G_N_ELEMENTS (likes); k++) {
      decode (&c, "opusdec", likes[k], 2);
      /* libav's element takes no channel mapping. */
      if (channels[i] <= 2)
        decode (&c, "avdec_opus", likes[k], 2);
    }
  }
}

/* Silence alone, where no encoder is at hand: what a decoder makes of COUNT
 * frames has CHANNELS and no sound. */
static void
test_he_aac (void)
{
  static const struct {
    guint8 asc[6];
    gsize size;
    guint channels;
  } configs[] = {
    { { 0x2b, 0x11, 0x88, 0x00 }, 4, 2 },       /* HE, signalled first */
    { { 0x13, 0x10, 0x56, 0xe5, 0x98 }, 5, 2 }, /* HE, behind LC */
    { { 0xeb, 0x09, 0x88, 0x00 }, 4, 1 },       /* HE version 2 */
    { { 0x11, 0xb8 }, 2, 8 },                   /* 7.1 */
  };

  for (guint i = 0; i < G_N_ELEMENTS (configs); i++) {
    g_autoptr (WeirCodecConfig) config = weir_codec_config_new (
        WEIR_CODEC_AAC, configs[i].asc, configs[i].size, NULL);
    g_autoptr (GstBuffer) data =
        gst_buffer_new_memdup (configs[i].asc, configs[i].size);
    GstHarness *h = gst_harness_new ("avdec_aac");
    g_autoptr (GstBus) bus = gst_bus_new ();
    GstClockTime at = 0;
    WeirSilence silence;
    gsize samples;

    gst_element_set_bus (h->element, bus);
    g_assert_true (weir_silence_make (config, NULL, 0, &silence));
    gst_harness_set_src_caps (
        h, gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 4,
               "stream-format", G_TYPE_STRING, "raw", "framed", G_TYPE_BOOLEAN,
               TRUE, "rate", G_TYPE_INT, (gint) config->sample_rate, "channels",
               G_TYPE_INT, (gint) configs[i].channels, "codec_data",
               GST_TYPE_BUFFER, data, NULL));
    push_silence (h, &silence, 20, &at);
    g_assert_cmpfloat (pull_peak (h, &samples), <, QUIET);
    g_assert_cmpuint (samples, >=, 19 * silence.samples);
    assert_no_complaint (bus);
    gst_element_set_bus (h->element, NULL);
    gst_harness_teardown (h);
  }
}

static void
load (const char *plugin)
{
  g_autofree char *path =
      g_strdup_printf ("%s/libgst%s.so", WEIR_GST_PLUGINS_DIR, plugin);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPlugin) loaded = gst_plugin_load_file (path, &error);

  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  load ("libav");
  load ("opus");
  load ("faad");
  g_test_add_func ("/plugins/silence/aac", test_aac);
  g_test_add_func ("/plugins/silence/opus", test_opus);
  g_test_add_func ("/plugins/silence/he-aac", test_he_aac);
  return g_test_run ();
}
