/* Tests the elements one by one and together, with GstHarness. */
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "elements/elements.h"
#include "elements/gstweirmatch.h"
#include "elements/gstweirpdqmeta.h"

/* tests/data/pdq/bbb_720p_t12_320x180.pgm as the reference hashes it. */
#define WIDTH 320
#define HEIGHT 180
#define PICTURE "bbb_720p_t12_320x180.pgm"
#define HASH "3522b95f1025ba2d19154e8ead9edd8bc6cdd7cddd696865d4272416a252ee11"
/* The same with 4 and with 31 bits changed. */
#define NEAR "c522b95f1025ba2d19154e8ead9edd8bc6cdd7cddd696865d4272416a252ee11"
#define FAR "cadd46a11025ba2d19154e8ead9edd8bc6cdd7cddd696865d4272416a252ee11"
#define OTHER "d96d32dac5a59869e496cd25b2db31b646ed837e06e5cc5839a6b04fc818e709"

static guint8 pixels[WIDTH * HEIGHT];

static void
load_pixels (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, PICTURE, NULL);
  g_autofree char *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  memcpy (pixels, text + size - sizeof pixels, sizeof pixels);
}

/* A picture of FORMAT whose luma is PIXELS. */
static GstBuffer *
make_buffer (const GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, info->size, NULL);
  GstVideoFrame frame;

  gst_buffer_memset (buffer, 0, 128, info->size);
  g_assert_true (gst_video_frame_map (&frame, info, buffer, GST_MAP_WRITE));
  for (int y = 0; y < HEIGHT; y++)
    memcpy ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
                + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
        pixels + y * WIDTH, WIDTH);
  gst_video_frame_unmap (&frame);
  return buffer;
}

static void
set_caps (GstHarness *h, const char *format, const char *colorimetry,
    GstVideoInfo *ret_info)
{
  GstCaps *caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      format, "width", G_TYPE_INT, WIDTH, "height", G_TYPE_INT, HEIGHT,
      "framerate", GST_TYPE_FRACTION, 25, 1, NULL);

  if (colorimetry != NULL)
    gst_caps_set_simple (caps, "colorimetry", G_TYPE_STRING, colorimetry, NULL);
  g_assert_true (gst_video_info_from_caps (ret_info, caps));
  gst_harness_set_src_caps (h, caps);
}

static void
assert_hash (const GstWeirPdqMeta *meta, const char *wanted)
{
  char text[WEIR_PDQ_HEX_DIGITS + 1];

  g_assert_nonnull (meta);
  weir_pdq_format (meta->hash, text);
  g_assert_cmpstr (text, ==, wanted);
}

static void
test_pdq_formats (void)
{
  static const char *const formats[] = { "I420", "YV12", "NV12", "NV21", "Y42B",
    "Y444", "GRAY8" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstHarness *h = gst_harness_new ("weirpdq");
    GstVideoInfo info;
    GstBuffer *buffer;

    set_caps (h, formats[i], NULL, &info);
    buffer = gst_harness_push_and_pull (h, make_buffer (&info));
    assert_hash (gst_buffer_get_weir_pdq_meta (buffer), HASH);
    g_assert_cmpint (gst_buffer_get_weir_pdq_meta (buffer)->quality, ==, 100);
    gst_buffer_unref (buffer);
    gst_harness_teardown (h);
  }
}

/* The same picture in 10 and 12 bits, which decoders give in the lower ones of
 * 16 and video hardware in the upper ones. */
static void
test_pdq_deep (void)
{
  static const struct {
    const char *format;
    guint shift;
  } formats[] = { { "I420_10LE", 2 }, { "I422_10LE", 2 }, { "Y444_10LE", 2 },
    { "P010_10LE", 8 }, { "I420_12LE", 4 }, { "I422_12LE", 4 },
    { "Y444_12LE", 4 } };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstHarness *h = gst_harness_new ("weirpdq");
    GstVideoInfo info, eight;
    GstBuffer *buffer, *source;
    GstMapInfo from, to;

    gst_video_info_set_format (&eight, GST_VIDEO_FORMAT_GRAY8, WIDTH, HEIGHT);
    source = make_buffer (&eight);
    set_caps (h, formats[i].format, NULL, &info);
    buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
    g_assert_true (gst_buffer_map (source, &from, GST_MAP_READ));
    g_assert_true (gst_buffer_map (buffer, &to, GST_MAP_WRITE));
    memset (to.data, 0, to.size);
    for (guint y = 0; y < HEIGHT; y++)
      for (guint x = 0; x < WIDTH; x++)
        ((guint16 *) (to.data
                      + y * GST_VIDEO_INFO_PLANE_STRIDE (&info, 0)))[x] =
            (guint16) (from.data[y * GST_VIDEO_INFO_PLANE_STRIDE (&eight, 0)
                                 + x]
                       << formats[i].shift);
    gst_buffer_unmap (source, &from);
    gst_buffer_unmap (buffer, &to);
    gst_buffer_unref (source);
    buffer = gst_harness_push_and_pull (h, buffer);
    assert_hash (gst_buffer_get_weir_pdq_meta (buffer), HASH);
    g_assert_cmpint (gst_buffer_get_weir_pdq_meta (buffer)->quality, ==, 100);
    gst_buffer_unref (buffer);
    gst_harness_teardown (h);
  }
}

static void
test_pdq_refuses_other_formats (void)
{
  static const char *const formats[] = { "RGB", "GRAY16_LE" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstHarness *h = gst_harness_new ("weirpdq");
    GstVideoInfo info;

    set_caps (h, formats[i], NULL, &info);
    g_assert_cmpint (
        gst_harness_push (h, make_buffer (&info)), ==, GST_FLOW_NOT_NEGOTIATED);
    gst_harness_teardown (h);
  }
}

/* Soft stripes are worth more where black and white are nearer together. */
static void
test_pdq_range (void)
{
  static const char *const ranges[] = { "1:4:7:1", "2:4:7:1" };
  int quality[2];

  for (guint i = 0; i < 2; i++) {
    GstHarness *h = gst_harness_new ("weirpdq");
    GstVideoInfo info;
    GstBuffer *buffer;
    GstMapInfo map;

    set_caps (h, "I420", ranges[i], &info);
    buffer = make_buffer (&info);
    g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
    for (int k = 0; k < WIDTH * HEIGHT; k++)
      map.data[k] = (guint8) (60 + k % WIDTH / 80 % 2 * 40);
    gst_buffer_unmap (buffer, &map);
    buffer = gst_harness_push_and_pull (h, buffer);
    quality[i] = gst_buffer_get_weir_pdq_meta (buffer)->quality;
    gst_buffer_unref (buffer);
    gst_harness_teardown (h);
  }
  g_assert_cmpint (quality[0], >, 0);
  g_assert_cmpint (quality[1], >, quality[0]);
}

/* Somebody else holds the picture, as a decoder does its reference pictures:
 * the buffer is new, the memory is the same. */
static void
test_pdq_does_not_copy_pixels (void)
{
  GstHarness *h = gst_harness_new ("weirpdq");
  GstVideoInfo info;
  GstBuffer *in, *out;

  set_caps (h, "I420", NULL, &info);
  in = make_buffer (&info);
  gst_buffer_ref (in);
  out = gst_harness_push_and_pull (h, in);
  g_assert_true (in != out);
  g_assert_true (
      gst_buffer_peek_memory (in, 0) == gst_buffer_peek_memory (out, 0));
  g_assert_null (gst_buffer_get_weir_pdq_meta (in));
  assert_hash (gst_buffer_get_weir_pdq_meta (out), HASH);
  gst_buffer_unref (in);
  in = gst_buffer_copy (out);
  assert_hash (gst_buffer_get_weir_pdq_meta (in), HASH);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static GstBus *
add_bus (GstHarness *h)
{
  GstBus *bus = gst_bus_new ();

  gst_element_set_bus (h->element, bus);
  return bus;
}

static void
test_pdq_messages (void)
{
  GstHarness *h = gst_harness_new ("weirpdq");
  g_autoptr (GstBus) bus = add_bus (h);
  g_autoptr (GstMessage) message = NULL;
  const GstStructure *s;
  GstVideoInfo info;
  GstBuffer *buffer;
  guint64 time;
  int quality;

  set_caps (h, "I420", NULL, &info);
  gst_buffer_unref (gst_harness_push_and_pull (h, make_buffer (&info)));
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT));
  g_object_set (h->element, "post-messages", TRUE, NULL);
  buffer = make_buffer (&info);
  GST_BUFFER_PTS (buffer) = 3 * GST_SECOND;
  gst_buffer_unref (gst_harness_push_and_pull (h, buffer));
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
  s = gst_message_get_structure (message);
  g_assert_true (gst_structure_has_name (s, "weir-pdq"));
  g_assert_cmpstr (gst_structure_get_string (s, "hash"), ==, HASH);
  g_assert_true (gst_structure_get (s, "quality", G_TYPE_INT, &quality,
      "stream-time", G_TYPE_UINT64, &time, NULL));
  g_assert_cmpint (quality, ==, 100);
  g_assert_cmpuint (time, ==, 3 * GST_SECOND);
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
}

static void
push_at (GstHarness *h, const GstVideoInfo *info, GstClockTime pts)
{
  GstBuffer *buffer = make_buffer (info);

  GST_BUFFER_PTS (buffer) = pts;
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
}

static void
test_sample (void)
{
  static const struct {
    GstClockTime pts;
    gboolean passes;
  } steps[] = {
    { 0, TRUE },
    { 40 * GST_MSECOND, FALSE },
    { 960 * GST_MSECOND, FALSE },
    { 1000 * GST_MSECOND, TRUE },
    { 1960 * GST_MSECOND, FALSE },
    { 2500 * GST_MSECOND, TRUE },
    { GST_CLOCK_TIME_NONE, TRUE },
    { 3400 * GST_MSECOND, FALSE },
    { 100 * GST_MSECOND, TRUE }, /* time goes back */
    { 200 * GST_MSECOND, FALSE },
    { 1100 * GST_MSECOND, TRUE },
  };
  GstHarness *h = gst_harness_new ("weirsample");
  guint passed = 0;
  GstVideoInfo info;

  set_caps (h, "I420", NULL, &info);
  for (guint i = 0; i < 5; i++)
    push_at (h, &info, i);
  g_assert_cmpuint (gst_harness_buffers_received (h), ==, 5);
  gst_harness_teardown (h);

  h = gst_harness_new_parse ("weirsample min-interval=1000000000");
  set_caps (h, "I420", NULL, &info);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_test_message ("step %u", i);
    push_at (h, &info, steps[i].pts);
    passed += steps[i].passes;
    g_assert_cmpuint (gst_harness_buffers_received (h), ==, passed);
  }
  gst_harness_teardown (h);
}

static void
test_match_bank (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("weir-bank-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "bank.csv", NULL);
  g_autofree char *line =
      g_strdup_printf ("weirpdq ! weirmatch name=m post-messages=true "
                       "bank=\"%s\"",
          path);
  static const char *const entries[] = { "near", "far" };
  static const int distances[] = { 4, 31 };
  const GstWeirPdqMeta *meta;
  GstVideoInfo info;
  GstBuffer *buffer;
  GstHarness *h;
  int distance;

  g_assert_true (g_file_set_contents (path,
      "hash,entry,item\n" OTHER ",other,x\n" FAR ",far,y\n" NEAR ",near,z\n",
      -1, NULL));
  h = gst_harness_new_parse (line);
  {
    g_autoptr (GstBus) bus = add_bus (h);

    set_caps (h, "I420", NULL, &info);
    buffer = gst_harness_push_and_pull (h, make_buffer (&info));
    meta = gst_buffer_get_weir_pdq_meta (buffer);
    g_assert_cmpuint (meta->n_hits, ==, 2);
    g_assert_cmpuint (meta->hits[0].entry, ==, 2);
    g_assert_cmpuint (meta->hits[0].distance, ==, 4);
    g_assert_cmpuint (meta->hits[1].entry, ==, 1);
    g_assert_cmpint (meta->hits[1].distance, ==, 31);
    for (guint i = 0; i < 2; i++) {
      g_autoptr (GstMessage) message =
          gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
      const GstStructure *s = gst_message_get_structure (message);

      g_assert_true (gst_structure_has_name (s, "weir-match"));
      g_assert_cmpstr (gst_structure_get_string (s, "entry"), ==, entries[i]);
      g_assert_cmpstr (gst_structure_get_string (s, "hash"), ==, HASH);
      g_assert_true (gst_structure_get_int (s, "distance", &distance));
      g_assert_cmpint (distance, ==, distances[i]);
    }
    g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT));
    gst_buffer_unref (buffer);
    gst_element_set_bus (h->element, NULL);
  }
  gst_harness_teardown (h);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_match_index (void)
{
  GstElement *element = gst_element_factory_make ("weirmatch", NULL);
  GstHarness *h = gst_harness_new_with_element (element, "sink", "src");
  g_autoptr (WeirIndex) index = NULL;
  GstWeirPdqMeta *meta;
  guint8 hashes[64];
  GstVideoInfo info;
  GstBuffer *buffer;

  g_assert_true (weir_pdq_parse (OTHER, 64, hashes));
  g_assert_true (weir_pdq_parse (NEAR, 64, hashes + 32));
  index = weir_index_new (hashes, 2);
  set_caps (h, "I420", NULL, &info);

  /* Without the meta a buffer passes as it is. */
  gst_weir_match_set_index (GST_WEIR_MATCH (element), index);
  buffer = make_buffer (&info);
  g_assert_true (
      gst_harness_push_and_pull (h, gst_buffer_ref (buffer)) == buffer);
  gst_buffer_unref (buffer);
  g_assert_null (gst_buffer_get_weir_pdq_meta (buffer));

  meta = gst_buffer_add_weir_pdq_meta (buffer);
  g_assert_true (weir_pdq_parse (HASH, 64, meta->hash));
  buffer = gst_harness_push_and_pull (h, buffer);
  meta = gst_buffer_get_weir_pdq_meta (buffer);
  g_assert_cmpuint (meta->n_hits, ==, 1);
  g_assert_cmpuint (meta->hits[0].entry, ==, 1);

  g_object_set (element, "radius", 3, NULL);
  buffer = gst_harness_push_and_pull (h, buffer);
  meta = gst_buffer_get_weir_pdq_meta (buffer);
  g_assert_cmpuint (meta->n_hits, ==, 0);
  g_assert_cmpuint (meta->near.distance, ==, WEIR_INDEX_NO_HIT);

  g_object_set (element, "far-radius", 4, NULL);
  buffer = gst_harness_push_and_pull (h, buffer);
  meta = gst_buffer_get_weir_pdq_meta (buffer);
  g_assert_cmpuint (meta->n_hits, ==, 0);
  g_assert_cmpuint (meta->near.entry, ==, 1);
  g_assert_cmpuint (meta->near.distance, ==, 4);

  g_object_set (element, "radius", 4, "min-quality", 1, NULL);
  buffer = gst_harness_push_and_pull (h, buffer);
  g_assert_cmpuint (gst_buffer_get_weir_pdq_meta (buffer)->n_hits, ==, 0);

  g_object_set (element, "min-quality", 0, NULL);
  buffer = gst_harness_push_and_pull (h, buffer);
  g_assert_cmpuint (gst_buffer_get_weir_pdq_meta (buffer)->n_hits, ==, 1);

  gst_weir_match_set_index (GST_WEIR_MATCH (element), NULL);
  buffer = gst_harness_push_and_pull (h, buffer);
  g_assert_cmpuint (gst_buffer_get_weir_pdq_meta (buffer)->n_hits, ==, 0);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
  gst_object_unref (element);
}

/* What the index has is PICTURE mirrored: found by that probe, once asked for.
 */
static void
test_match_probes (void)
{
  GstHarness *h = gst_harness_new_parse (
      "weirpdq name=pdq ! weirmatch name=m post-messages=true");
  g_autoptr (GstElement) pdq =
      gst_bin_get_by_name (GST_BIN (h->element), "pdq");
  g_autoptr (GstElement) match =
      gst_bin_get_by_name (GST_BIN (h->element), "m");
  g_autoptr (WeirIndex) index = NULL;
  guint8 hashes[2][WEIR_PDQ_HASH_BYTES];
  const GstWeirPdqMeta *meta;
  GstVideoInfo info;
  GstBuffer *buffer;

  set_caps (h, "I420", NULL, &info);
  g_object_set (pdq, "probes", WEIR_PROBES_STANDARD, NULL);
  buffer = gst_harness_push_and_pull (h, make_buffer (&info));
  meta = gst_buffer_get_weir_pdq_meta (buffer);
  g_assert_cmpuint (meta->n_probes, >=, 9);
  g_assert_cmpuint (meta->probes[0].probe, ==, 1);
  memcpy (hashes[1], meta->probes[0].hash, sizeof hashes[1]);
  g_assert_true (weir_pdq_parse (OTHER, 64, hashes[0]));
  index = weir_index_new (hashes[0], 2);
  gst_buffer_unref (buffer);

  gst_weir_match_set_index (GST_WEIR_MATCH (match), index);
  for (guint asked = WEIR_PROBES_PLAIN; asked < WEIR_PROBES_SETS; asked++) {
    g_autoptr (GstBus) bus = add_bus (h);
    g_autoptr (GstMessage) message = NULL;

    g_object_set (pdq, "probes", asked, NULL);
    buffer = gst_harness_push_and_pull (h, make_buffer (&info));
    meta = gst_buffer_get_weir_pdq_meta (buffer);
    g_assert_cmpuint (meta->n_hits, ==, asked > WEIR_PROBES_PLAIN ? 1 : 0);
    message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
    if (asked > WEIR_PROBES_PLAIN) {
      g_assert_cmpuint (meta->hits[0].entry, ==, 1);
      g_assert_cmpuint (meta->hits[0].distance, ==, 0);
      g_assert_cmpuint (meta->hits[0].probe, ==, 1);
      g_assert_cmpstr (gst_structure_get_string (
                           gst_message_get_structure (message), "probe"),
          ==, "mirror");
    } else {
      g_assert_null (message);
    }
    gst_buffer_unref (buffer);
    gst_element_set_bus (h->element, NULL);
  }
  gst_harness_teardown (h);
}

static void
test_match_without_bank_file (void)
{
  GstElement *element = gst_element_factory_make ("weirmatch", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (element, bus);
  g_object_set (element, "bank", "/invalid/bank.csv", NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ);
  g_assert_nonnull (strstr (error->message, "/invalid/bank.csv"));
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("GST_PLUGIN_PATH_1_0"); /* the built-in ones are tested */
  gst_init (&argc, &argv);
  g_assert_true (gst_weir_elements_register (NULL));
  load_pixels ();
  g_test_add_func ("/elements/pdq/formats", test_pdq_formats);
  g_test_add_func ("/elements/pdq/deep", test_pdq_deep);
  g_test_add_func (
      "/elements/pdq/refuses-other-formats", test_pdq_refuses_other_formats);
  g_test_add_func ("/elements/pdq/range", test_pdq_range);
  g_test_add_func (
      "/elements/pdq/does-not-copy-pixels", test_pdq_does_not_copy_pixels);
  g_test_add_func ("/elements/pdq/messages", test_pdq_messages);
  g_test_add_func ("/elements/sample", test_sample);
  g_test_add_func ("/elements/match/bank", test_match_bank);
  g_test_add_func ("/elements/match/index", test_match_index);
  g_test_add_func ("/elements/match/probes", test_match_probes);
  g_test_add_func (
      "/elements/match/without-bank-file", test_match_without_bank_file);
  return g_test_run ();
}
