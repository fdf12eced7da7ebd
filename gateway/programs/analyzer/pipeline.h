/* One codec configuration's way from an access unit to a picture with its
 * hash: decoder, weirsample, weirpdq, weirmatch, as a GStreamer pipeline that
 * is pushed into and that answers within the same call.
 *
 * Everything runs on the calling thread. */
#pragma once

#include <gst/video/video.h>

#include "core/packet.h"
#include "elements/gstweirpdqmeta.h"
#include "hash/index.h"

/* Of either side of a picture, whatever is configured: what stills take. */
#define WEIR_PIPELINE_MAX_SIDE 8192

typedef struct _WeirPipeline WeirPipeline;

/* Starts GStreamer without its registry and without looking for plugins: the
 * decoders' plugins are loaded by their names, ours are built in. Without the
 * plugin of AV1 everything else still works. Once a process, before anything
 * else here. */
gboolean weir_pipeline_init (GError **error);

/* TRUE when this machine has the decoder. */
gboolean weir_pipeline_can_decode (WeirCodec codec);

typedef struct {
  WeirCodec codec;
  GBytes *record;   /* as in WeirCodecConfig; a reference is taken */
  WeirIndex *index; /* a reference is taken; may be NULL */
  guint radius;
  guint threads;     /* of the decoder, at least 1 */
  gboolean is_whole; /* for weir_pipeline_feed (), else for _look () */
} WeirPipelineOptions;

WeirPipeline *
weir_pipeline_new (const WeirPipelineOptions *options, GError **error);
void weir_pipeline_free (WeirPipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPipeline, weir_pipeline_free)

void weir_pipeline_set_index (
    WeirPipeline *pipeline, WeirIndex *index, guint radius);

/* PROBES of what is looked at or fed from now on; the plain set to begin with.
 */
void weir_pipeline_set_probes (WeirPipeline *pipeline, WeirProbeSet probes);

/* Decodes UNIT, an access unit decoding can begin at, in the form of its codec
 * (core/packet.h); WITH_HEADER puts the OBUs of an av1C before it. The picture
 * that comes back carries a GstWeirPdqMeta; the caller owns it and gets its
 * layout in RET_INFO.
 *
 * NULL with an error when the unit gave no picture; the pipeline must not be
 * used after that, since its decoder's state is not known. */
GstBuffer *weir_pipeline_look (WeirPipeline *pipeline, const guint8 *unit,
    gsize size, gboolean with_header, GstVideoInfo *ret_info, GError **error);

/* Decodes UNIT, the first or the next of a stream, in decoding order. At most
 * one picture in GAP_MS, by their PTS, is hashed and to be taken; 0: all. FALSE
 * with an error when the decoder can't go on. */
gboolean
weir_pipeline_feed (WeirPipeline *pipeline, const guint8 *unit, gsize size,
    gboolean with_header, gint64 pts_ms, guint gap_ms, GError **error);

/* The next picture that came back, in the order of showing; owned by the
 * caller. NULL: none is there. */
GstBuffer *weir_pipeline_take (
    WeirPipeline *pipeline, GstVideoInfo *ret_info, gint64 *ret_pts_ms);
