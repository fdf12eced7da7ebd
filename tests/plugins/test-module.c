/* Tests libgstweir.so: a registry that looks into its folder alone finds the
 * five elements, and they run. */
#include <gst/gst.h>

static void
test_elements_are_found (void)
{
  static const char *const names[] = { "weirsample", "weirpdq", "weirmatch",
    "weirscore", "weirgate" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GstElementFactory *factory = gst_element_factory_find (names[i]);
    GstElement *element;

    g_assert_nonnull (factory);
    g_assert_cmpstr (
        gst_plugin_feature_get_plugin_name (GST_PLUGIN_FEATURE (factory)), ==,
        "weir");
    element = gst_element_factory_create (factory, NULL);
    g_assert_nonnull (element);
    g_assert_cmpint (gst_element_set_state (element, GST_STATE_PLAYING), !=,
        GST_STATE_CHANGE_FAILURE);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_object_unref (element);
    gst_object_unref (factory);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/module/elements-are-found", test_elements_are_found);
  return g_test_run ();
}
