/* Codec and configuration as GStreamer's caps say them, and back. */
#pragma once

#include <gst/gst.h>

#include "core/packet.h"

/* What packets of a kind are to be like when they come out of a parser. */
GstCaps *weir_caps_wanted (WeirMediaKind kind);

/* CODEC is NONE when CAPS are none of ours or say too little yet. RET_DATA is
 * a new reference, maybe to nothing. */
WeirCodec weir_caps_to_config (const GstCaps *caps, GBytes **ret_data);

/* NULL when the configuration can't be understood. */
GstCaps *weir_caps_from_config (
    WeirCodec codec, const guint8 *data, gsize size, GError **error);
