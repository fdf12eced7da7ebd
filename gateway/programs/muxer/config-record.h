/* Codec configurations that no parser of GStreamer 1.22 writes. */
#pragma once

#include <glib.h>

#include "core/packet.h"

/* av1C or vpcC for CODEC, from the first UNIT of 8-bit 4:2:0 video of WIDTH x
 * HEIGHT, stripped as a slate's is. NULL when it can't be read. */
GBytes *weir_config_record_make (
    WeirCodec codec, GBytes *unit, guint width, guint height);
