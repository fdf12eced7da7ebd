/* weirpdq: computes the PDQ hash of every picture and puts it on the buffer as
 * GstWeirPdqMeta. Pixels are not touched. */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

/* Properties:
 *   probes         GstWeirPdqProbes, default plain: which views of a picture
 *                  are hashed beside it (hash/probes.h)
 *   post-messages  gboolean, default FALSE: an element message "weir-pdq" per
 *                  picture with hash (string), quality (int) and stream-time
 *                  (guint64, ns)
 */
#define GST_TYPE_WEIR_PDQ (gst_weir_pdq_get_type ())
G_DECLARE_FINAL_TYPE (GstWeirPdq, gst_weir_pdq, GST, WEIR_PDQ, GstBaseTransform)

/* WeirProbeSet as an enumeration of GObject. */
GType gst_weir_pdq_probes_get_type (void);

G_END_DECLS
