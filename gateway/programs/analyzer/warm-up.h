/* A key frame of 64 x 64 pixels and its configuration, built in: decoding it
 * loads what the first real picture would otherwise wait for. */
#pragma once

#include <glib.h>

extern const guint8 weir_warm_up_avcc[];
extern const gsize weir_warm_up_avcc_size;
extern const guint8 weir_warm_up_unit[];
extern const gsize weir_warm_up_unit_size;
