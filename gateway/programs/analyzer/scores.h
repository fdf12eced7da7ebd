/* The classifiers that look at every picture, one after the other, shared by
 * all decoders of the process. */
#pragma once

#include <gst/video/video.h>

/* As many as a SAMPLE tells of. */
#define WEIR_SCORES_MAX 8

typedef struct _WeirScores WeirScores;

/* FORMATS, NULL-terminated: of each what weir_scorer_format () of the gateway
 * says. Their models come through CHANNEL, in the same order. Each scores two
 * pictures, for which all together may take MOST_MS of CPU time a picture; 0:
 * any. On failure RET_WHICH is the one that does not work, from 1. */
WeirScores *weir_scores_new (const char *const *formats, int channel,
    guint most_ms, guint *ret_which, GError **error);
void weir_scores_free (WeirScores *scores);

/* SCORES NULL: none. The scores of BUFFER in thousandths, in the same order;
 * RET has room for WEIR_SCORES_MAX. TRUE in RET_FOUND when one has reached its
 * threshold. */
gboolean weir_scores_look (WeirScores *scores, GstBuffer *buffer,
    const GstVideoInfo *info, guint16 *ret, guint *ret_n, gboolean *ret_found,
    GError **error);
