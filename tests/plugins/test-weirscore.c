/* Tests weirscore with tests/data/models: red pictures in every layout. */
#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <string.h>

#include "elements/elements.h"
#include "elements/gstweirscoremeta.h"

#define WIDTH 98
#define HEIGHT 62

static char *
model_path (const char *name)
{
  return g_test_build_filename (
      G_TEST_DIST, "..", "models", name, (const char *) NULL);
}

static GstHarness *
harness (const char *label)
{
  GstHarness *h = gst_harness_new ("weirscore");
  g_autofree char *path = model_path ("red.onnx");

  gst_element_set_state (h->element, GST_STATE_NULL);
  g_object_set (h->element, "model", path, "label", label, "width", 32,
      "height", 32, "output", 1, NULL);
  g_assert_cmpint (gst_element_set_state (h->element, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_SUCCESS);
  return h;
}

static void
set_caps (GstHarness *h, const char *format, GstVideoInfo *ret_info)
{
  GstCaps *caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      format, "width", G_TYPE_INT, WIDTH, "height", G_TYPE_INT, HEIGHT,
      "framerate", GST_TYPE_FRACTION, 25, 1, "colorimetry", G_TYPE_STRING,
      "bt601", NULL);

  g_assert_true (gst_video_info_from_caps (ret_info, caps));
  gst_harness_set_src_caps (h, caps);
}

/* A picture of one colour: Y, U, V of 8 bits. */
static GstBuffer *
paint (const GstVideoInfo *info, const guint8 yuv[3])
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, info->size, NULL);
  const GstVideoFormatInfo *format = info->finfo;
  GstVideoFrame frame;

  gst_buffer_memset (buffer, 0, 0, info->size);
  g_assert_true (gst_video_frame_map (&frame, info, buffer, GST_MAP_WRITE));
  for (guint n = 0; n < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format); n++) {
    guint depth = GST_VIDEO_FORMAT_INFO_DEPTH (format, n);
    guint shift = depth + GST_VIDEO_FORMAT_INFO_SHIFT (format, n) - 8;
    int step = GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, n);

    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&frame, n); y++)
      for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH (&frame, n); x++) {
        guint8 *at = (guint8 *) GST_VIDEO_FRAME_COMP_DATA (&frame, n)
                     + y * GST_VIDEO_FRAME_COMP_STRIDE (&frame, n) + x * step;

        guint16 deep = (guint16) (yuv[n] << shift);

        if (depth > 8)
          memcpy (at, &deep, sizeof deep); /* not aligned in every format */
        else
          *at = yuv[n];
      }
  }
  gst_video_frame_unmap (&frame);
  return buffer;
}

static const guint8 red[] = { 81, 90, 240 }, blue[] = { 41, 240, 110 };

static gfloat
score (GstHarness *h, const GstVideoInfo *info, const guint8 yuv[3])
{
  g_autoptr (GstBuffer) buffer =
      gst_harness_push_and_pull (h, paint (info, yuv));
  const GstWeirScoreMeta *meta = gst_buffer_get_weir_score_meta (buffer);

  g_assert_nonnull (meta);
  g_assert_cmpuint (meta->n_scores, ==, 1);
  g_assert_cmpstr (meta->scores[0].name, ==, "red");
  return meta->scores[0].score;
}

static void
test_formats (void)
{
  static const char *const formats[] = { "I420", "YV12", "NV12", "NV21", "Y42B",
    "Y444", "I420_10LE", "I422_10LE", "Y444_10LE", "P010_10LE", "I420_12LE",
    "I422_12LE", "Y444_12LE" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstHarness *h = harness ("red");
    GstVideoInfo info;

    g_test_message ("%s", formats[i]);
    set_caps (h, formats[i], &info);
    g_assert_cmpfloat (score (h, &info, red), >, 0.99f);
    g_assert_cmpfloat (score (h, &info, blue), <, 0.01f);
    gst_harness_teardown (h);
  }
}

static void
test_without_a_model (void)
{
  GstHarness *h = gst_harness_new ("weirscore");
  g_autoptr (GstBuffer) buffer = NULL;
  GstVideoInfo info;

  set_caps (h, "I420", &info);
  buffer = gst_harness_push_and_pull (h, paint (&info, red));
  g_assert_null (gst_buffer_get_weir_score_meta (buffer));
  gst_harness_teardown (h);
}

static void
test_broken_model (void)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("weirscore", NULL));
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autofree char *path = model_path ("ORIGIN.md");
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (element, bus);
  g_object_set (element, "model", path, NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "ORIGIN.md: "));
  gst_element_set_state (element, GST_STATE_NULL);
}

static void
test_message (void)
{
  GstHarness *h = harness ("red");
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  GstVideoInfo info;
  double s = -1;

  gst_element_set_bus (h->element, bus);
  g_object_set (h->element, "post-messages", TRUE, NULL);
  set_caps (h, "I420", &info);
  score (h, &info, red);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
  g_assert_true (gst_message_has_name (message, "weir-score"));
  g_assert_true (gst_structure_get_double (
      gst_message_get_structure (message), "score", &s));
  g_assert_cmpfloat (s, >, 0.99);
  gst_harness_teardown (h);
}

static void
test_meta (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GstBuffer) copy = NULL;
  const GstWeirScoreMeta *meta;

  for (guint i = 0; i < GST_WEIR_SCORE_MAX_SCORES; i++) {
    g_autofree char *name = g_strdup_printf ("scorer %u", i);

    g_assert_true (gst_buffer_add_weir_score (buffer, name, 0.5f));
  }
  g_assert_false (gst_buffer_add_weir_score (buffer, "one more", 0.5f));
  g_assert_true (gst_buffer_add_weir_score (buffer, "scorer 3", 0.75f));
  copy = gst_buffer_copy (buffer);
  meta = gst_buffer_get_weir_score_meta (copy);
  g_assert_cmpuint (meta->n_scores, ==, GST_WEIR_SCORE_MAX_SCORES);
  g_assert_cmpstr (meta->scores[3].name, ==, "scorer 3");
  g_assert_cmpfloat (meta->scores[3].score, ==, 0.75f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("GST_PLUGIN_PATH_1_0"); /* the built-in one is tested */
  gst_init (&argc, &argv);
  g_assert_true (gst_weir_elements_register (NULL));
  g_test_add_func ("/weirscore/formats", test_formats);
  g_test_add_func ("/weirscore/without-a-model", test_without_a_model);
  g_test_add_func ("/weirscore/broken-model", test_broken_model);
  g_test_add_func ("/weirscore/message", test_message);
  g_test_add_func ("/weirscore/meta", test_meta);
  return g_test_run ();
}
