/* weirscore: what an image classifier makes of every picture, as
 * GstWeirScoreMeta. Pixels are not touched. */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_WEIR_SCORE (gst_weir_score_get_type ())
G_DECLARE_FINAL_TYPE (
    GstWeirScore, gst_weir_score, GST, WEIR_SCORE, GstBaseTransform)

G_END_DECLS
