/* The plugin's entry: libgstweir.so. */
#include "elements/elements.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return gst_weir_elements_register (plugin);
}

/* GStreamer knows licences by its own short list of names. */
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, weir,
    "Sampling, hashing, matching and scoring of pictures; a gate for live "
    "streams",
    plugin_init, WEIR_VERSION, "unknown", "Weir", "Weir")
