/* Registers Weir's elements, with the plugin that gst-launch-1.0 loads or,
 * with NULL, in a program that has them built in. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

gboolean gst_weir_elements_register (GstPlugin *plugin);

G_END_DECLS
