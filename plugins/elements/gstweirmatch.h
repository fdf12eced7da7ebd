/* weirmatch: looks the hash that weirpdq put on a buffer up in an index and
 * adds the hits to its GstWeirPdqMeta, nearest first. Buffers without the meta
 * pass as they are. */
#pragma once

#include <gst/base/gstbasetransform.h>

#include "hash/index.h"

G_BEGIN_DECLS

/* Properties:
 *   bank           path of a bank list, read at READY to PAUSED; NULL
 *   radius         0 to 256, default 31: the greatest distance of a hit
 *   min-quality    0 to 100, default 0: pictures below it are not looked up
 *   post-messages  an element message "weir-match" per hit with hash, entry,
 *                  item (strings), distance, quality (int), stream-time
 *                  (guint64, ns), probe (string: hash/probes.h); entry and
 *                  item only with a bank
 */
#define GST_TYPE_WEIR_MATCH (gst_weir_match_get_type ())
G_DECLARE_FINAL_TYPE (
    GstWeirMatch, gst_weir_match, GST, WEIR_MATCH, GstBaseTransform)

/* Looks up in INDEX (a reference is taken; NULL for none) instead of a bank.
 * Any thread, any state; holds from the next picture on. */
void gst_weir_match_set_index (GstWeirMatch *self, WeirIndex *index);

G_END_DECLS
