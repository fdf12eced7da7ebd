/* What weirscore elements found a picture to be, on its buffer. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Scorers that may look at one picture. */
#define GST_WEIR_SCORE_MAX_SCORES 8
#define GST_WEIR_SCORE_MAX_NAME 64 /* with its NUL; the rest is left out */

/* Every weirscore adds its score. A copy of the buffer, or one made from it
 * with other pixels, gets a copy of this. */
typedef struct {
  GstMeta meta;
  guint n_scores;
  struct {
    char name[GST_WEIR_SCORE_MAX_NAME];
    gfloat score; /* 0 to 1 */
  } scores[GST_WEIR_SCORE_MAX_SCORES];
} GstWeirScoreMeta;

GType gst_weir_score_meta_api_get_type (void);
const GstMetaInfo *gst_weir_score_meta_get_info (void);

/* Puts SCORE of NAME on BUFFER, which must be writable; one of the same name is
 * replaced. FALSE when there are as many as there may be. */
gboolean
gst_buffer_add_weir_score (GstBuffer *buffer, const char *name, gfloat score);
/* NULL without one. */
GstWeirScoreMeta *gst_buffer_get_weir_score_meta (GstBuffer *buffer);

G_END_DECLS
