/* What weirpdq and weirmatch found out about a picture, on its buffer. */
#pragma once

#include <gst/gst.h>

#include "hash/probe-search.h"

G_BEGIN_DECLS

#define GST_WEIR_PDQ_MAX_HITS 64

/* Set by weirpdq; weirmatch adds the hits. A copy of the buffer, or one made
 * from it with other pixels, gets a copy of this. */
typedef struct {
  GstMeta meta;
  guint8 hash[WEIR_PDQ_HASH_BYTES]; /* in the order of its text */
  gint quality;                     /* 0 to 100 */
  guint n_probes;
  WeirProbeHash probes[WEIR_PROBES_MAX]; /* as weirpdq was asked for */
  guint n_hits;
  WeirProbeHit hits[GST_WEIR_PDQ_MAX_HITS]; /* nearest first */
  /* Beyond weirmatch's radius, within its far-radius; WEIR_INDEX_NO_HIT as the
   * distance when there is none. Not exact: see weir_index_search_near (). */
  WeirIndexHit near;
} GstWeirPdqMeta;

GType gst_weir_pdq_meta_api_get_type (void);
const GstMetaInfo *gst_weir_pdq_meta_get_info (void);

/* BUFFER must be writable. The meta belongs to it; hash and quality are zero,
 * there are no probes, no hits and nothing near. */
GstWeirPdqMeta *gst_buffer_add_weir_pdq_meta (GstBuffer *buffer);
/* NULL without one. Writing to it needs a writable buffer. */
GstWeirPdqMeta *gst_buffer_get_weir_pdq_meta (GstBuffer *buffer);

G_END_DECLS
