/* A decoded picture as the still that reviewers see. */
#pragma once

#include <gst/video/video.h>

/* A JPEG of BUFFER, laid out as INFO says, that fits into a square of SIDE
 * pixels and has at most LIMIT bytes. RET_JPEG is from malloc () and the
 * caller's. */
gboolean
weir_picture_encode (GstBuffer *buffer, const GstVideoInfo *info, guint side,
    gsize limit, guint8 **ret_jpeg, gsize *ret_size, GError **error);
