/* weirscore: pictures through an ONNX classifier, scores onto the buffer. */
#include "elements/gstweirscore.h"

#include <gst/video/video.h>

#include "elements/gststillpicture.h"
#include "elements/gstweirscoremeta.h"
#include "vision/scorer.h"

GST_DEBUG_CATEGORY_STATIC (gst_weir_score_debug);
#define GST_CAT_DEFAULT gst_weir_score_debug

/* Those of weirpdq. */
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

#define DEFAULT_SIDE 224
#define DEFAULT_SCALE (1.0 / 255)
#define DEFAULT_LABEL "score"

struct _GstWeirScore {
  GstBaseTransform parent;

  /* Object lock: */
  char *model;
  char *label;
  WeirScorerOptions options;
  gboolean post_messages;
  /* Streaming thread, or while no buffer flows: */
  GstVideoInfo info;
  WeirScorer *scorer; /* NULL: pictures pass */
};

enum {
  PROP_0,
  PROP_MODEL,
  PROP_LABEL,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_SCALE,
  PROP_MEAN_1,
  PROP_MEAN_2,
  PROP_MEAN_3,
  PROP_BGR,
  PROP_OUTPUT,
  PROP_SOFTMAX,
  PROP_POST_MESSAGES,
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));

G_DEFINE_TYPE_WITH_CODE (GstWeirScore, gst_weir_score, GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (
        gst_weir_score_debug, "weirscore", 0, "Weir's classifiers"))

static void
replace (char **text, const GValue *value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
gst_weir_score_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstWeirScore *self = GST_WEIR_SCORE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_MODEL:
    replace (&self->model, value);
    break;
  case PROP_LABEL:
    replace (&self->label, value);
    break;
  case PROP_WIDTH:
    self->options.width = g_value_get_int (value);
    break;
  case PROP_HEIGHT:
    self->options.height = g_value_get_int (value);
    break;
  case PROP_SCALE:
    self->options.scale = g_value_get_double (value);
    break;
  case PROP_MEAN_1:
  case PROP_MEAN_2:
  case PROP_MEAN_3:
    self->options.mean[id - PROP_MEAN_1] = g_value_get_double (value);
    break;
  case PROP_BGR:
    self->options.order =
        g_value_get_boolean (value) ? WEIR_SCORER_BGR : WEIR_SCORER_RGB;
    break;
  case PROP_OUTPUT:
    self->options.output = g_value_get_int (value);
    break;
  case PROP_SOFTMAX:
    self->options.softmax = g_value_get_boolean (value);
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
gst_weir_score_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstWeirScore *self = GST_WEIR_SCORE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_MODEL:
    g_value_set_string (value, self->model);
    break;
  case PROP_LABEL:
    g_value_set_string (value, self->label);
    break;
  case PROP_WIDTH:
    g_value_set_int (value, self->options.width);
    break;
  case PROP_HEIGHT:
    g_value_set_int (value, self->options.height);
    break;
  case PROP_SCALE:
    g_value_set_double (value, self->options.scale);
    break;
  case PROP_MEAN_1:
  case PROP_MEAN_2:
  case PROP_MEAN_3:
    g_value_set_double (value, self->options.mean[id - PROP_MEAN_1]);
    break;
  case PROP_BGR:
    g_value_set_boolean (value, self->options.order == WEIR_SCORER_BGR);
    break;
  case PROP_OUTPUT:
    g_value_set_int (value, self->options.output);
    break;
  case PROP_SOFTMAX:
    g_value_set_boolean (value, self->options.softmax);
    break;
  case PROP_POST_MESSAGES:
    g_value_set_boolean (value, self->post_messages);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_weir_score_set_caps (GstBaseTransform *base, GstCaps *in, GstCaps *out)
{
  return gst_video_info_from_caps (&GST_WEIR_SCORE (base)->info, in);
}

static gboolean
gst_weir_score_start (GstBaseTransform *base)
{
  GstWeirScore *self = GST_WEIR_SCORE (base);
  char wrong[WEIR_SCORER_MAX_WORDS];
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  WeirScorerOptions options;

  GST_OBJECT_LOCK (self);
  path = g_strdup (self->model);
  options = self->options;
  GST_OBJECT_UNLOCK (self);
  if (path == NULL)
    return TRUE;
  file = g_mapped_file_new (path, FALSE, &error);
  if (file == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("%s", error->message), (NULL));
    return FALSE;
  }
  self->scorer =
      weir_scorer_new ((const guint8 *) g_mapped_file_get_contents (file),
          g_mapped_file_get_length (file), &options, wrong);
  if (self->scorer == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("%s: %s", path, wrong), (NULL));
    return FALSE;
  }
  return TRUE;
}

static gboolean
gst_weir_score_stop (GstBaseTransform *base)
{
  g_clear_pointer (&GST_WEIR_SCORE (base)->scorer, weir_scorer_free);
  return TRUE;
}

static gboolean
score_buffer (GstWeirScore *self, GstBuffer *buffer, gfloat *ret_score)
{
  char wrong[WEIR_SCORER_MAX_WORDS] = "a picture can't be mapped";
  g_autofree guint8 *copy = NULL;
  WeirStillPicture picture;
  GstVideoFrame frame;
  gboolean done = FALSE;

  if (gst_video_frame_map (&frame, &self->info, buffer,
          GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
    copy = gst_still_picture_init (&picture, &frame);
    done = weir_scorer_score (self->scorer, &picture, ret_score, wrong);
    gst_video_frame_unmap (&frame);
  }
  if (!done)
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", wrong), (NULL));
  return done;
}

static void
post_message (
    GstWeirScore *self, GstBuffer *buffer, const char *label, gfloat score)
{
  GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  guint64 stream_time = gst_segment_to_stream_time (
      segment, segment->format, GST_BUFFER_PTS (buffer));

  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("weir-score", "label", G_TYPE_STRING, label,
              "score", G_TYPE_DOUBLE, (gdouble) score, "stream-time",
              G_TYPE_UINT64, stream_time, NULL)));
}

/* See weirpdq: only the buffer must be writable, not its pixels. */
static GstFlowReturn
gst_weir_score_generate_output (GstBaseTransform *base, GstBuffer **ret_buffer)
{
  GstWeirScore *self = GST_WEIR_SCORE (base);
  GstBuffer *buffer = g_steal_pointer (&base->queued_buf);
  g_autofree char *label = NULL;
  gboolean post;
  gfloat score;

  *ret_buffer = buffer;
  if (buffer == NULL || self->scorer == NULL)
    return GST_FLOW_OK;
  GST_OBJECT_LOCK (self);
  label = g_strdup (self->label != NULL ? self->label : "");
  post = self->post_messages;
  GST_OBJECT_UNLOCK (self);

  *ret_buffer = buffer = gst_buffer_make_writable (buffer);
  if (!score_buffer (self, buffer, &score)) {
    gst_clear_buffer (ret_buffer);
    return GST_FLOW_ERROR;
  }
  if (!gst_buffer_add_weir_score (buffer, label, score))
    GST_WARNING_OBJECT (self, "there are %d scores already: %s is left out",
        GST_WEIR_SCORE_MAX_SCORES, label);
  if (post)
    post_message (self, buffer, label, score);
  return GST_FLOW_OK;
}

static void
gst_weir_score_finalize (GObject *object)
{
  GstWeirScore *self = GST_WEIR_SCORE (object);

  weir_scorer_free (self->scorer);
  g_free (self->model);
  g_free (self->label);
  G_OBJECT_CLASS (gst_weir_score_parent_class)->finalize (object);
}

static void
install_input_properties (GObjectClass *object_class)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  static const char *const means[] = { "mean-1", "mean-2", "mean-3" };

  g_object_class_install_property (object_class, PROP_WIDTH,
      g_param_spec_int ("width", "Width", "Of the model's input",
          WEIR_SCORER_MIN_SIDE, WEIR_SCORER_MAX_SIDE, DEFAULT_SIDE, flags));
  g_object_class_install_property (object_class, PROP_HEIGHT,
      g_param_spec_int ("height", "Height", "Of the model's input",
          WEIR_SCORER_MIN_SIDE, WEIR_SCORER_MAX_SIDE, DEFAULT_SIDE, flags));
  g_object_class_install_property (object_class, PROP_SCALE,
      g_param_spec_double ("scale", "Scale",
          "By which values, their mean subtracted, are multiplied", -1000, 1000,
          DEFAULT_SCALE, flags));
  for (guint i = 0; i < G_N_ELEMENTS (means); i++)
    g_object_class_install_property (object_class, PROP_MEAN_1 + i,
        g_param_spec_double (means[i], "Mean",
            "Is subtracted from the values, 0 to 255, of this channel of the "
            "model's input",
            -1000, 1000, 0, flags));
  g_object_class_install_property (object_class, PROP_BGR,
      g_param_spec_boolean ("bgr", "Blue first",
          "The model's channels are blue, green, red", FALSE, flags));
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (object_class, PROP_MODEL,
      g_param_spec_string ("model", "Model", "Path of an ONNX file", NULL,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object_class, PROP_LABEL,
      g_param_spec_string ("label", "Label", "What the score is called",
          DEFAULT_LABEL, flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (object_class, PROP_OUTPUT,
      g_param_spec_int ("output", "Output",
          "Which value of the model's output is the score", 0,
          WEIR_SCORER_MAX_OUTPUTS - 1, 0, flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object_class, PROP_SOFTMAX,
      g_param_spec_boolean ("softmax", "Softmax",
          "The model's output is turned into shares of 1", FALSE,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object_class, PROP_POST_MESSAGES,
      g_param_spec_boolean ("post-messages", "Post messages",
          "Post an element message weir-score for every picture", FALSE,
          flags | GST_PARAM_MUTABLE_PLAYING));
}

static void
gst_weir_score_class_init (GstWeirScoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_weir_score_set_property;
  object_class->get_property = gst_weir_score_get_property;
  object_class->finalize = gst_weir_score_finalize;
  install_properties (object_class);
  install_input_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Picture classifier",
      "Filter/Analyzer/Video", "Scores every picture with an ONNX model",
      "The Weir authors");

  base_class->set_caps = GST_DEBUG_FUNCPTR (gst_weir_score_set_caps);
  base_class->start = GST_DEBUG_FUNCPTR (gst_weir_score_start);
  base_class->stop = GST_DEBUG_FUNCPTR (gst_weir_score_stop);
  base_class->generate_output =
      GST_DEBUG_FUNCPTR (gst_weir_score_generate_output);
}

static void
gst_weir_score_init (GstWeirScore *self)
{
  self->label = g_strdup (DEFAULT_LABEL);
  self->options = (WeirScorerOptions){
    .width = DEFAULT_SIDE, .height = DEFAULT_SIDE, .scale = DEFAULT_SCALE
  };
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}
