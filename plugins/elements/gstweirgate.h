/* weirgate: holds coded picture and sound for a delay and lets them go through
 * a gate that can be closed at any moment: the same pure gate that the
 * gateway has, for any pipeline. plugins/README.md describes pads, properties
 * and signals. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_WEIR_GATE (gst_weir_gate_get_type ())
G_DECLARE_FINAL_TYPE (GstWeirGate, gst_weir_gate, GST, WEIR_GATE, GstElement)

G_END_DECLS
