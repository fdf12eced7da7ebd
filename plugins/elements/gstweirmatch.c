/* weirmatch: hashes against an index, hits onto the buffer. */
#include "elements/gstweirmatch.h"

#include "elements/gstweirpdqmeta.h"
#include "hash/hashlist.h"

GST_DEBUG_CATEGORY_STATIC (gst_weir_match_debug);
#define GST_CAT_DEFAULT gst_weir_match_debug

#define DEFAULT_RADIUS 31

struct _GstWeirMatch {
  GstBaseTransform parent;

  /* Object lock: */
  char *bank;
  guint radius;
  guint far_radius;
  gint min_quality;
  gboolean post_messages;
  WeirIndex *index;
  /* The bank's names, while INDEX was made from it. Set while no buffer flows
   * or with INDEX. */
  WeirHashlist *list;
};

enum {
  PROP_0,
  PROP_BANK,
  PROP_RADIUS,
  PROP_FAR_RADIUS,
  PROP_MIN_QUALITY,
  PROP_POST_MESSAGES,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));

G_DEFINE_TYPE_WITH_CODE (GstWeirMatch, gst_weir_match, GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (
        gst_weir_match_debug, "weirmatch", 0, "Weir's lookup of hashes"))

static void
gst_weir_match_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstWeirMatch *self = GST_WEIR_MATCH (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_BANK:
    g_free (self->bank);
    self->bank = g_value_dup_string (value);
    break;
  case PROP_RADIUS:
    self->radius = g_value_get_uint (value);
    break;
  case PROP_FAR_RADIUS:
    self->far_radius = g_value_get_uint (value);
    break;
  case PROP_MIN_QUALITY:
    self->min_quality = g_value_get_int (value);
    break;
  case PROP_POST_MESSAGES:
    self->post_messages = g_value_get_boolean (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_weir_match_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstWeirMatch *self = GST_WEIR_MATCH (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_BANK:
    g_value_set_string (value, self->bank);
    break;
  case PROP_RADIUS:
    g_value_set_uint (value, self->radius);
    break;
  case PROP_FAR_RADIUS:
    g_value_set_uint (value, self->far_radius);
    break;
  case PROP_MIN_QUALITY:
    g_value_set_int (value, self->min_quality);
    break;
  case PROP_POST_MESSAGES:
    g_value_set_boolean (value, self->post_messages);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/* Takes both; LIST may be NULL. */
static void
take_index (GstWeirMatch *self, WeirIndex *index, WeirHashlist *list)
{
  WeirIndex *old_index;
  WeirHashlist *old_list;

  GST_OBJECT_LOCK (self);
  old_index = self->index;
  old_list = self->list;
  self->index = index;
  self->list = list;
  GST_OBJECT_UNLOCK (self);
  weir_index_unref (old_index);
  weir_hashlist_free (old_list);
}

void
gst_weir_match_set_index (GstWeirMatch *self, WeirIndex *index)
{
  g_return_if_fail (GST_IS_WEIR_MATCH (self));
  take_index (self, index ? weir_index_ref (index) : NULL, NULL);
}

static gboolean
gst_weir_match_start (GstBaseTransform *base)
{
  GstWeirMatch *self = GST_WEIR_MATCH (base);
  g_autofree char *path = NULL;
  g_autofree guint8 *hashes = NULL;
  g_autofree guint32 *places = NULL;
  g_autoptr (GError) error = NULL;
  WeirHashlist *list;
  guint32 count;

  GST_OBJECT_LOCK (self);
  path = g_strdup (self->bank);
  GST_OBJECT_UNLOCK (self);
  if (path == NULL)
    return TRUE;
  list = weir_hashlist_load (path, NULL, &error);
  if (list == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("%s", error->message), (NULL));
    return FALSE;
  }
  count = weir_hashlist_collect (list, 0, &hashes, &places);
  GST_INFO_OBJECT (self, "%u of %u entries from %s", count, list->count, path);
  take_index (self, weir_index_new_with_ids (hashes, places, count), list);
  return TRUE;
}

/* Object lock, since the names belong to the list. */
static GstStructure *
describe_hit_locked (GstWeirMatch *self, const GstWeirPdqMeta *meta,
    const WeirProbeHit *hit, guint64 stream_time)
{
  char hex[WEIR_PDQ_HEX_DIGITS + 1];
  GstStructure *s;

  weir_pdq_format (meta->hash, hex);
  s = gst_structure_new ("weir-match", "hash", G_TYPE_STRING, hex, "distance",
      G_TYPE_INT, (gint) hit->distance, "quality", G_TYPE_INT, meta->quality,
      "stream-time", G_TYPE_UINT64, stream_time, "probe", G_TYPE_STRING,
      weir_probe_name (hit->probe), NULL);
  if (self->list != NULL && hit->entry < self->list->count)
    gst_structure_set (s, "entry", G_TYPE_STRING,
        self->list->entries[hit->entry].entry, "item", G_TYPE_STRING,
        self->list->entries[hit->entry].item, NULL);
  return s;
}

static void
post_hits (GstWeirMatch *self, GstBuffer *buffer, const GstWeirPdqMeta *meta)
{
  GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  guint64 stream_time = gst_segment_to_stream_time (
      segment, segment->format, GST_BUFFER_PTS (buffer));

  for (guint i = 0; i < meta->n_hits; i++) {
    GstStructure *s;

    GST_OBJECT_LOCK (self);
    s = describe_hit_locked (self, meta, &meta->hits[i], stream_time);
    GST_OBJECT_UNLOCK (self);
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
  }
}

/* See weirpdq: only the buffer must be writable, not its pixels. */
static GstFlowReturn
gst_weir_match_generate_output (GstBaseTransform *base, GstBuffer **ret_buffer)
{
  GstWeirMatch *self = GST_WEIR_MATCH (base);
  GstBuffer *buffer = g_steal_pointer (&base->queued_buf);
  g_autoptr (WeirIndex) index = NULL;
  GstWeirPdqMeta *meta;
  gboolean post;
  gint min_quality;
  guint radius, far_radius;

  *ret_buffer = buffer;
  if (buffer == NULL || gst_buffer_get_weir_pdq_meta (buffer) == NULL)
    return GST_FLOW_OK;
  GST_OBJECT_LOCK (self);
  index = self->index ? weir_index_ref (self->index) : NULL;
  radius = self->radius;
  far_radius = self->far_radius;
  min_quality = self->min_quality;
  post = self->post_messages;
  GST_OBJECT_UNLOCK (self);

  *ret_buffer = buffer = gst_buffer_make_writable (buffer);
  meta = gst_buffer_get_weir_pdq_meta (buffer);
  meta->n_hits = 0;
  meta->near = (WeirIndexHit){ 0, WEIR_INDEX_NO_HIT };
  if (index != NULL && meta->quality >= min_quality)
    meta->n_hits =
        weir_probe_search (index, meta->hash, meta->probes, meta->n_probes,
            radius, far_radius, meta->hits, GST_WEIR_PDQ_MAX_HITS, &meta->near);
  if (post)
    post_hits (self, buffer, meta);
  return GST_FLOW_OK;
}

static void
gst_weir_match_finalize (GObject *object)
{
  GstWeirMatch *self = GST_WEIR_MATCH (object);

  take_index (self, NULL, NULL);
  g_free (self->bank);
  G_OBJECT_CLASS (gst_weir_match_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (object_class, PROP_BANK,
      g_param_spec_string ("bank", "Bank",
          "Path of a bank list to look pictures up in", NULL,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object_class, PROP_RADIUS,
      g_param_spec_uint ("radius", "Radius",
          "Greatest Hamming distance of a hit", 0, 256, DEFAULT_RADIUS,
          flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (object_class, PROP_FAR_RADIUS,
      g_param_spec_uint ("far-radius", "Far radius",
          "Up to which distance what is passed by is noted beside the hits", 0,
          256, 0, flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (object_class, PROP_MIN_QUALITY,
      g_param_spec_int ("min-quality", "Lowest quality",
          "Pictures of lower quality are not looked up", 0, 100, 0,
          flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (object_class, PROP_POST_MESSAGES,
      g_param_spec_boolean ("post-messages", "Post messages",
          "Post an element message weir-match for every hit", FALSE,
          flags | GST_PARAM_MUTABLE_PLAYING));
}

static void
gst_weir_match_class_init (GstWeirMatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_weir_match_set_property;
  object_class->get_property = gst_weir_match_get_property;
  object_class->finalize = gst_weir_match_finalize;
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Bank lookup",
      "Filter/Analyzer/Video", "Looks PDQ hashes up in a bank",
      "The Weir authors");

  base_class->start = GST_DEBUG_FUNCPTR (gst_weir_match_start);
  base_class->generate_output =
      GST_DEBUG_FUNCPTR (gst_weir_match_generate_output);
}

static void
gst_weir_match_init (GstWeirMatch *self)
{
  self->radius = DEFAULT_RADIUS;
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}
