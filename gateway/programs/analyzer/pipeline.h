/* One codec configuration's way from an access unit to a picture with its
 * hash: decoder, weirsample, weirpdq, weirmatch, as a GStreamer pipeline that
 * is pushed into and that answers within the same call.
 *
 * Everything runs on the calling thread. */
#pragma once

#include <gst/video/video.h>

#include "elements/gstweirpdqmeta.h"
#include "hash/index.h"

#define WEIR_PIPELINE_MAX_SIDE 8192

typedef struct _WeirPipeline WeirPipeline;

/* Starts GStreamer without its registry and without looking for plugins: the
 * decoder's plugin is loaded by its name, ours are built in. Once a process,
 * before anything else here. */
gboolean weir_pipeline_init (GError **error);

/* A pipeline for H.264 with the configuration AVCC. INDEX may be NULL; a
 * reference is taken. THREADS is the decoder's, at least 1. */
WeirPipeline *weir_pipeline_new (const guint8 *avcc, gsize size,
    WeirIndex *index, guint radius, guint threads, GError **error);
void weir_pipeline_free (WeirPipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPipeline, weir_pipeline_free)

/* Decodes UNIT, an access unit decoding can begin at, with length-prefixed NAL
 * units. The picture that comes back carries a GstWeirPdqMeta; the caller owns
 * it and gets its layout in RET_INFO.
 *
 * NULL with an error when the unit gave no picture; the pipeline must not be
 * used after that, since its decoder's state is not known. */
GstBuffer *weir_pipeline_look (WeirPipeline *pipeline, const guint8 *unit,
    gsize size, GstVideoInfo *ret_info, GError **error);
