/* The meta that carries hash, quality and hits. */
#include "elements/gstweirpdqmeta.h"

#include <string.h>

GType
gst_weir_pdq_meta_api_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type)) {
    static const gchar *tags[] = { GST_META_TAG_MEMORY_STR, NULL };

    g_once_init_leave (
        &type, gst_meta_api_type_register ("GstWeirPdqMetaAPI", tags));
  }
  return type;
}

static gboolean
init_meta (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  GstWeirPdqMeta *pdq = (GstWeirPdqMeta *) meta;

  memset (pdq->hash, 0, sizeof pdq->hash);
  pdq->quality = 0;
  pdq->n_probes = 0;
  pdq->n_hits = 0;
  pdq->near = (WeirIndexHit){ 0, WEIR_INDEX_NO_HIT };
  return TRUE;
}

static gboolean
transform_meta (
    GstBuffer *to, GstMeta *meta, GstBuffer *from, GQuark type, gpointer data)
{
  const GstWeirPdqMeta *pdq = (const GstWeirPdqMeta *) meta;
  GstWeirPdqMeta *copy = gst_buffer_add_weir_pdq_meta (to);

  memcpy (copy->hash, pdq->hash, sizeof pdq->hash);
  copy->quality = pdq->quality;
  copy->n_probes = pdq->n_probes;
  memcpy (copy->probes, pdq->probes, pdq->n_probes * sizeof *pdq->probes);
  copy->n_hits = pdq->n_hits;
  copy->near = pdq->near;
  memcpy (copy->hits, pdq->hits, pdq->n_hits * sizeof *pdq->hits);
  return TRUE;
}

const GstMetaInfo *
gst_weir_pdq_meta_get_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (
        &info, (gsize) gst_meta_register (gst_weir_pdq_meta_api_get_type (),
                   "GstWeirPdqMeta", sizeof (GstWeirPdqMeta), init_meta, NULL,
                   transform_meta));
  return (const GstMetaInfo *) info;
}

GstWeirPdqMeta *
gst_buffer_add_weir_pdq_meta (GstBuffer *buffer)
{
  return (GstWeirPdqMeta *) gst_buffer_add_meta (
      buffer, gst_weir_pdq_meta_get_info (), NULL);
}

GstWeirPdqMeta *
gst_buffer_get_weir_pdq_meta (GstBuffer *buffer)
{
  return (GstWeirPdqMeta *) gst_buffer_get_meta (
      buffer, gst_weir_pdq_meta_api_get_type ());
}
