/* A decoded picture of GStreamer's as stills and scorers take it. */
#pragma once

#include <gst/video/video.h>

#include "vision/still.h"

G_BEGIN_DECLS

/* Describes FRAME, whose planes RET then borrows. What is not laid out like
 * that, or has more than 8 bits, is copied: the copy is returned, to be freed
 * with g_free () after RET; NULL when there is none. */
guint8 *
gst_still_picture_init (WeirStillPicture *ret, const GstVideoFrame *frame);

G_END_DECLS
