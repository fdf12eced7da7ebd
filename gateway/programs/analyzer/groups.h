/* Streams that are decoded whole: a decoder each, with weirsample behind it to
 * thin the pictures. */
#pragma once

#include "programs/analyzer/configs.h"
#include "wire/wire.h"

/* Beyond these the one not used for longest begins anew at its next key frame.
 * At 720p each takes about 20 MiB. */
#define WEIR_GROUPS_MAX 24

typedef struct _WeirGroups WeirGroups;

/* CONFIGS is borrowed, OPTIONS copied. */
WeirGroups *
weir_groups_new (WeirConfigs *configs, const WeirConfigsOptions *options);
void weir_groups_free (WeirGroups *groups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirGroups, weir_groups_free)

/* What is decoded from now on is looked for in INDEX, of which a reference is
 * taken. */
void weir_groups_set_index (WeirGroups *groups, WeirIndex *index, guint radius);

/* Decodes the unit of a GROUP message; PROBES of the pictures it lets through.
 * FALSE with an error when it could not,
 * after which the stream must begin anew at a key frame. */
gboolean weir_groups_feed (WeirGroups *groups, const WeirWireMessage *m,
    WeirProbeSet probes, GError **error);

/* The next of the pictures that the last unit let through, as
 * weir_pipeline_look () gives them, with its PTS; NULL after the last. */
GstBuffer *weir_groups_take (
    WeirGroups *groups, GstVideoInfo *ret_info, gint64 *ret_pts_ms);

/* TRUE, once, when the last unit's stream was asked for a still: the next of
 * its pictures is to have one. */
gboolean weir_groups_take_still (WeirGroups *groups);

/* The decoder of STREAM goes. */
void weir_groups_leave (WeirGroups *groups, guint64 stream);
