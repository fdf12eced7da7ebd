/* weirpdq: the PDQ hash of the luma plane, onto the buffer. */
#include "elements/gstweirpdq.h"

#include <gst/video/video.h>

#include "elements/gstweirpdqmeta.h"
#include "hash/probes.h"

GST_DEBUG_CATEGORY_STATIC (gst_weir_pdq_debug);
#define GST_CAT_DEFAULT gst_weir_pdq_debug

/* Formats whose first plane is luma, of 8 bits, or of 10 or 12 in the machine's
 * order. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define FORMATS                                                                \
  "{ I420, YV12, NV12, NV21, Y42B, Y444, GRAY8, "                              \
  "I420_10LE, I422_10LE, Y444_10LE, P010_10LE, "                               \
  "I420_12LE, I422_12LE, Y444_12LE }"
#else
#define FORMATS                                                                \
  "{ I420, YV12, NV12, NV21, Y42B, Y444, GRAY8, "                              \
  "I420_10BE, I422_10BE, Y444_10BE, P010_10BE, "                               \
  "I420_12BE, I422_12BE, Y444_12BE }"
#endif

struct _GstWeirPdq {
  GstBaseTransform parent;

  /* Object lock: */
  WeirProbeSet probes;
  gboolean post_messages;
  /* Streaming thread: */
  GstVideoInfo info;
};

enum {
  PROP_0,
  PROP_PROBES,
  PROP_POST_MESSAGES,
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));

G_DEFINE_TYPE_WITH_CODE (GstWeirPdq, gst_weir_pdq, GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (
        gst_weir_pdq_debug, "weirpdq", 0, "Weir's PDQ hash"))

GType
gst_weir_pdq_probes_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { WEIR_PROBES_PLAIN, "The picture as it is", "plain" },
    { WEIR_PROBES_STANDARD, "Usual edits undone", "standard" },
    { WEIR_PROBES_THOROUGH, "More edits undone", "thorough" },
    { 0 },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstWeirPdqProbes", values));
  return type;
}

static void
gst_weir_pdq_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstWeirPdq *self = GST_WEIR_PDQ (object);

  switch (id) {
  case PROP_PROBES:
    GST_OBJECT_LOCK (self);
    self->probes = (WeirProbeSet) g_value_get_enum (value);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_POST_MESSAGES:
    GST_OBJECT_LOCK (self);
    self->post_messages = g_value_get_boolean (value);
    GST_OBJECT_UNLOCK (self);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_weir_pdq_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstWeirPdq *self = GST_WEIR_PDQ (object);

  switch (id) {
  case PROP_PROBES:
    GST_OBJECT_LOCK (self);
    g_value_set_enum (value, (gint) self->probes);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_POST_MESSAGES:
    GST_OBJECT_LOCK (self);
    g_value_set_boolean (value, self->post_messages);
    GST_OBJECT_UNLOCK (self);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static gboolean
gst_weir_pdq_set_caps (GstBaseTransform *base, GstCaps *in, GstCaps *out)
{
  return gst_video_info_from_caps (&GST_WEIR_PDQ (base)->info, in);
}

static void
post_message (GstWeirPdq *self, GstBuffer *buffer, const GstWeirPdqMeta *meta)
{
  char hex[WEIR_PDQ_HEX_DIGITS + 1];
  GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  guint64 stream_time = gst_segment_to_stream_time (
      segment, segment->format, GST_BUFFER_PTS (buffer));

  weir_pdq_format (meta->hash, hex);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("weir-pdq", "hash", G_TYPE_STRING, hex, "quality",
              G_TYPE_INT, meta->quality, "stream-time", G_TYPE_UINT64,
              stream_time, NULL)));
}

/* GStreamer's formats of more than 8 bits hold them in 16, those of the P01x
 * kind in the upper ones. */
static WeirPdqPlane
luma_plane (const GstVideoFrame *frame)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  guint depth = GST_VIDEO_FORMAT_INFO_DEPTH (format, 0);

  return (WeirPdqPlane){
    .data = GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
    .width = GST_VIDEO_FRAME_WIDTH (frame),
    .height = GST_VIDEO_FRAME_HEIGHT (frame),
    .stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0),
    .sample = depth > 8 ? WEIR_PDQ_U16 : WEIR_PDQ_U8,
    .bits = (int) (depth + GST_VIDEO_FORMAT_INFO_SHIFT (format, 0)),
  };
}

static void
hash_frame (
    const GstVideoFrame *frame, WeirProbeSet probes, GstWeirPdqMeta *meta)
{
  const WeirPdqPlane plane = luma_plane (frame);
  float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE];
  float coefs[WEIR_PDQ_COEFS];
  WeirPdqRange range = GST_VIDEO_INFO_COLORIMETRY (&frame->info).range
                               == GST_VIDEO_COLOR_RANGE_16_235
                           ? WEIR_PDQ_LIMITED_RANGE
                           : WEIR_PDQ_FULL_RANGE;

  if (!weir_pdq_reduce (&plane, cells))
    return;
  weir_pdq_transform (cells, coefs);
  weir_pdq_threshold (coefs, meta->hash);
  meta->quality = weir_pdq_quality (cells, range);
  meta->n_probes =
      (guint) weir_probes_hash (&plane, range, coefs, probes, meta->probes);
}

/* Only the buffer must be writable, for its meta; its pixels are read and stay
 * shared with the decoder. So this stands in for transform_ip, for which the
 * base class would copy pixels that somebody else holds. */
static GstFlowReturn
gst_weir_pdq_generate_output (GstBaseTransform *base, GstBuffer **ret_buffer)
{
  GstWeirPdq *self = GST_WEIR_PDQ (base);
  GstBuffer *buffer = g_steal_pointer (&base->queued_buf);
  GstWeirPdqMeta *meta;
  GstVideoFrame frame;
  WeirProbeSet probes;
  gboolean post;

  if (buffer == NULL)
    return GST_FLOW_OK;
  GST_OBJECT_LOCK (self);
  probes = self->probes;
  post = self->post_messages;
  GST_OBJECT_UNLOCK (self);
  buffer = gst_buffer_make_writable (buffer);
  if (!gst_video_frame_map (&frame, &self->info, buffer,
          GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
    GST_ELEMENT_ERROR (
        self, STREAM, FORMAT, (NULL), ("a picture can't be mapped"));
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  meta = gst_buffer_get_weir_pdq_meta (buffer);
  if (meta == NULL)
    meta = gst_buffer_add_weir_pdq_meta (buffer);
  meta->n_probes = meta->n_hits = 0;
  hash_frame (&frame, probes, meta);
  gst_video_frame_unmap (&frame);
  if (post)
    post_message (self, buffer, meta);
  *ret_buffer = buffer;
  return GST_FLOW_OK;
}

static void
gst_weir_pdq_class_init (GstWeirPdqClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_weir_pdq_set_property;
  object_class->get_property = gst_weir_pdq_get_property;
  g_object_class_install_property (object_class, PROP_PROBES,
      g_param_spec_enum ("probes", "Probes",
          "Which edits are undone and hashed beside the picture",
          gst_weir_pdq_probes_get_type (), WEIR_PROBES_PLAIN,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (object_class, PROP_POST_MESSAGES,
      g_param_spec_boolean ("post-messages", "Post messages",
          "Post an element message weir-pdq for every picture", FALSE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "PDQ hash",
      "Filter/Analyzer/Video", "Hashes every picture with PDQ",
      "The Weir authors");

  base_class->set_caps = GST_DEBUG_FUNCPTR (gst_weir_pdq_set_caps);
  base_class->generate_output =
      GST_DEBUG_FUNCPTR (gst_weir_pdq_generate_output);
}

static void
gst_weir_pdq_init (GstWeirPdq *self)
{
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}
