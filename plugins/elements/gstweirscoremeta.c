/* The meta that carries scores. */
#include "elements/gstweirscoremeta.h"

#include <string.h>

GType
gst_weir_score_meta_api_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type)) {
    static const gchar *tags[] = { GST_META_TAG_MEMORY_STR, NULL };

    g_once_init_leave (
        &type, gst_meta_api_type_register ("GstWeirScoreMetaAPI", tags));
  }
  return type;
}

static gboolean
init_meta (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  ((GstWeirScoreMeta *) meta)->n_scores = 0;
  return TRUE;
}

static GstWeirScoreMeta *
add_meta (GstBuffer *buffer)
{
  return (GstWeirScoreMeta *) gst_buffer_add_meta (
      buffer, gst_weir_score_meta_get_info (), NULL);
}

static gboolean
transform_meta (
    GstBuffer *to, GstMeta *meta, GstBuffer *from, GQuark type, gpointer data)
{
  const GstWeirScoreMeta *score = (const GstWeirScoreMeta *) meta;
  GstWeirScoreMeta *copy = add_meta (to);

  copy->n_scores = score->n_scores;
  memcpy (copy->scores, score->scores, score->n_scores * sizeof *score->scores);
  return TRUE;
}

const GstMetaInfo *
gst_weir_score_meta_get_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (
        &info, (gsize) gst_meta_register (gst_weir_score_meta_api_get_type (),
                   "GstWeirScoreMeta", sizeof (GstWeirScoreMeta), init_meta,
                   NULL, transform_meta));
  return (const GstMetaInfo *) info;
}

GstWeirScoreMeta *
gst_buffer_get_weir_score_meta (GstBuffer *buffer)
{
  return (GstWeirScoreMeta *) gst_buffer_get_meta (
      buffer, gst_weir_score_meta_api_get_type ());
}

gboolean
gst_buffer_add_weir_score (GstBuffer *buffer, const char *name, gfloat score)
{
  GstWeirScoreMeta *meta = gst_buffer_get_weir_score_meta (buffer);
  char own[GST_WEIR_SCORE_MAX_NAME];
  guint i;

  g_strlcpy (own, name, sizeof own);
  if (meta == NULL)
    meta = add_meta (buffer);
  for (i = 0; i < meta->n_scores; i++)
    if (strcmp (meta->scores[i].name, own) == 0)
      break;
  if (i == GST_WEIR_SCORE_MAX_SCORES)
    return FALSE;
  memcpy (meta->scores[i].name, own, sizeof own);
  meta->scores[i].score = score;
  meta->n_scores = MAX (meta->n_scores, i + 1);
  return TRUE;
}
