/* weirsample: thins out pictures by their timestamps. */
#include "elements/gstweirsample.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (gst_weir_sample_debug);
#define GST_CAT_DEFAULT gst_weir_sample_debug

struct _GstWeirSample {
  GstBaseTransform parent;

  guint64 min_interval; /* ns; object lock */
  /* Streaming thread: */
  GstClockTime last; /* stream time of the last picture passed */
};

enum {
  PROP_0,
  PROP_MIN_INTERVAL,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));

G_DEFINE_TYPE_WITH_CODE (GstWeirSample, gst_weir_sample,
    GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (
        gst_weir_sample_debug, "weirsample", 0, "Weir's sampling of pictures"))

static void
gst_weir_sample_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstWeirSample *self = GST_WEIR_SAMPLE (object);

  switch (id) {
  case PROP_MIN_INTERVAL:
    GST_OBJECT_LOCK (self);
    self->min_interval = g_value_get_uint64 (value);
    GST_OBJECT_UNLOCK (self);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_weir_sample_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstWeirSample *self = GST_WEIR_SAMPLE (object);

  switch (id) {
  case PROP_MIN_INTERVAL:
    GST_OBJECT_LOCK (self);
    g_value_set_uint64 (value, self->min_interval);
    GST_OBJECT_UNLOCK (self);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static gboolean
gst_weir_sample_start (GstBaseTransform *base)
{
  GST_WEIR_SAMPLE (base)->last = GST_CLOCK_TIME_NONE;
  return TRUE;
}

static gboolean
gst_weir_sample_sink_event (GstBaseTransform *base, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    GST_WEIR_SAMPLE (base)->last = GST_CLOCK_TIME_NONE;
  return GST_BASE_TRANSFORM_CLASS (gst_weir_sample_parent_class)
      ->sink_event (base, event);
}

/* A picture without a timestamp passes: better one too many. Time that goes
 * back begins a new interval. */
static GstFlowReturn
gst_weir_sample_transform_ip (GstBaseTransform *base, GstBuffer *buffer)
{
  GstWeirSample *self = GST_WEIR_SAMPLE (base);
  GstClockTime now = gst_segment_to_stream_time (
      &base->segment, base->segment.format, GST_BUFFER_PTS (buffer));
  guint64 interval;

  GST_OBJECT_LOCK (self);
  interval = self->min_interval;
  GST_OBJECT_UNLOCK (self);
  if (!GST_CLOCK_TIME_IS_VALID (now))
    return GST_FLOW_OK;
  if (GST_CLOCK_TIME_IS_VALID (self->last) && now >= self->last
      && now - self->last < interval) {
    GST_LOG_OBJECT (self, "dropped at %" GST_TIME_FORMAT, GST_TIME_ARGS (now));
    return GST_BASE_TRANSFORM_FLOW_DROPPED;
  }
  self->last = now;
  return GST_FLOW_OK;
}

static void
gst_weir_sample_class_init (GstWeirSampleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_weir_sample_set_property;
  object_class->get_property = gst_weir_sample_get_property;
  g_object_class_install_property (object_class, PROP_MIN_INTERVAL,
      g_param_spec_uint64 ("min-interval", "Shortest interval",
          "Least stream time between two pictures that pass, in nanoseconds; "
          "0 passes all",
          0, G_MAXINT64, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Picture sampler",
      "Filter/Video", "Passes pictures at most one per interval",
      "The Weir authors");

  base_class->start = GST_DEBUG_FUNCPTR (gst_weir_sample_start);
  base_class->sink_event = GST_DEBUG_FUNCPTR (gst_weir_sample_sink_event);
  base_class->transform_ip = GST_DEBUG_FUNCPTR (gst_weir_sample_transform_ip);
  /* Passthrough: pixels and buffers are not touched, only let by or not. */
  base_class->transform_ip_on_passthrough = TRUE;
}

static void
gst_weir_sample_init (GstWeirSample *self)
{
  self->last = GST_CLOCK_TIME_NONE;
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}
