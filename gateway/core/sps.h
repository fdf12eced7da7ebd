/* Sequence parameter sets of H.264 and HEVC. Pure. For core/video-config. */
#pragma once

#include "core/video-config.h"

/* NAL: a whole NAL unit with its header, emulation prevention still in it.
 * FALSE when it breaks its specification or WEIR_VIDEO_CONFIG_MAX_SET_BYTES;
 * RET is untouched then. Trouble behind what is needed for the picture's size
 * and format only leaves the frame rate untold. */
gboolean
weir_sps_parse_h264 (const guint8 *nal, gsize size, WeirVideoConfig *ret);
gboolean
weir_sps_parse_hevc (const guint8 *nal, gsize size, WeirVideoConfig *ret);

/* UNITS ticks of 1/SCALE s a picture; 0 when that is no sane frame rate. */
double weir_sps_frame_rate (guint64 units, guint64 scale);
