/* weirsample: passes pictures at most one per interval of stream time, so that
 * what follows looks at some of them only. */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

/* Properties: min-interval (guint64, nanoseconds, default 0: all). */
#define GST_TYPE_WEIR_SAMPLE (gst_weir_sample_get_type ())
G_DECLARE_FINAL_TYPE (
    GstWeirSample, gst_weir_sample, GST, WEIR_SAMPLE, GstBaseTransform)

G_END_DECLS
