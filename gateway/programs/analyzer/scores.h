/* The classifiers that look at every picture, one after the other, shared by
 * all decoders of the process. */
#pragma once

#include <gst/video/video.h>

/* As many as a SAMPLE tells of. */
#define WEIR_SCORES_MAX 8

typedef struct _WeirScores WeirScores;

/* FORMATS, NULL-terminated: of each what weir_scorer_format () of the gateway
 * says. Their models come through CHANNEL, in the same order. Each scores a
 * black picture. */
WeirScores *
weir_scores_new (const char *const *formats, int channel, GError **error);
void weir_scores_free (WeirScores *scores);

/* The scores of BUFFER in thousandths, in the same order; RET has room for
 * WEIR_SCORES_MAX. TRUE in RET_FOUND when one has reached its threshold. */
gboolean weir_scores_look (WeirScores *scores, GstBuffer *buffer,
    const GstVideoInfo *info, guint16 *ret, guint *ret_n, gboolean *ret_found,
    GError **error);
