/* The codec configurations the gateway has named, and a pipeline for those
 * used last. */
#pragma once

#include "programs/analyzer/check.h"
#include "programs/analyzer/pipeline.h"

/* Beyond these the one not used for longest goes. */
#define WEIR_CONFIGS_MAX 1024
#define WEIR_CONFIGS_MAX_PIPELINES 8

typedef struct {
  WeirIndex *index; /* a reference is taken; NULL without one */
  guint radius;
  guint threads;
  WeirCheckLimits limits;
} WeirConfigsOptions;

typedef struct _WeirConfigs WeirConfigs;

WeirConfigs *weir_configs_new (const WeirConfigsOptions *options);
void weir_configs_free (WeirConfigs *configs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirConfigs, weir_configs_free)

/* What is looked at from now on is looked up in INDEX. */
void
weir_configs_set_index (WeirConfigs *configs, WeirIndex *index, guint radius);

/* Copies DATA; takes the place of an earlier one with the same ID. Never
 * fails: what is wrong with it is said for each of its units. */
void weir_configs_set (WeirConfigs *configs, guint32 id, guint8 codec,
    const guint8 *data, gsize size);
void weir_configs_forget (WeirConfigs *configs, guint32 id);

/* Borrowed until configuration ID is set or forgotten. */
typedef struct {
  WeirCodec codec;
  GBytes *record;
  const WeirVideoConfig *video;
} WeirConfigView;

/* Configuration ID, once it has been checked. FALSE with an error when it is
 * not known or not analysed. */
gboolean weir_configs_view (
    WeirConfigs *configs, guint32 id, WeirConfigView *ret, GError **error);

/* Checks configuration ID and UNIT (check.h), then does as
 * weir_pipeline_look () in the configuration's pipeline, which is made at need,
 * and thrown away after a failure and after a unit with parameter sets of its
 * own. */
GstBuffer *
weir_configs_look (WeirConfigs *configs, guint32 id, const guint8 *unit,
    gsize size, WeirProbeSet probes, GstVideoInfo *ret_info, GError **error);
