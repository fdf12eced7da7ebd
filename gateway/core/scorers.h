/* What [scorer NAME] sections say: classifiers that look at every sampled
 * picture, and from which score on that is a hit. Pure. */
#pragma once

#include "core/policy.h"

#define WEIR_SCORERS_MAX 8
/* As analyzers take them (plugins/vision/scorer.h). */
#define WEIR_SCORERS_MAX_MODEL_BYTES (256 * 1024 * 1024)

typedef struct {
  char *name;
  char *model; /* path as it is written */
  guint width;
  guint height;
  double scale;
  double mean[3];
  gboolean bgr;
  guint output;
  gboolean softmax;
  guint threshold; /* thousandths */
  guint seen_from; /* the lowest of it and of policies' for the scorer */
  WeirAction action;
  guint priority;
  guint generation; /* of the configuration since which its scores come about in
                       this way; 0: the one at the start */
} WeirScorerSetting;

/* The enabled ones, WeirScorerSetting, in the order of the file; POLICY is the
 * one that counts with them. WEIR_ERROR_CONFIG names section and key of what is
 * wrong. */
GPtrArray *weir_scorers_read (
    const WeirSettings *settings, const WeirPolicy *policy, GError **error);

/* Whether BYTES have the outer form of an ONNX file, whole and with a graph in
 * it; what the graph does is for analyzers to see. */
gboolean
weir_scorers_check_model (const guint8 *bytes, gsize size, GError **error);

/* What an analyzer is told of SCORER, in one word of its command line. */
char *weir_scorer_format (const WeirScorerSetting *scorer);
