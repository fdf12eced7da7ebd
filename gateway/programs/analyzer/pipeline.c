/* The analyzer's GStreamer pipeline. */
#include "programs/analyzer/pipeline.h"

#include "base/error.h"
#include "elements/elements.h"
#include "elements/gstweirmatch.h"

/* How a codec's decoder is asked for and fed. */
typedef struct {
  WeirCodec codec;
  const char *decoder;
  const char *caps;
  gboolean is_libav;
} Decoder;

static const Decoder decoders[] = {
  { WEIR_CODEC_H264, "avdec_h264",
      "video/x-h264, stream-format=avc, alignment=au", TRUE },
  { WEIR_CODEC_HEVC, "avdec_h265",
      "video/x-h265, stream-format=hvc1, alignment=au", TRUE },
  { WEIR_CODEC_AV1, "av1dec",
      "video/x-av1, stream-format=obu-stream, alignment=tu", FALSE },
  { WEIR_CODEC_VP9, "avdec_vp9", "video/x-vp9", TRUE },
};

/* Distances up to this are told although they are no hits. */
#define FAR_RADIUS 63
/* Of what is fed, so that times before the first are none before 0. */
#define FIRST_PTS_MS (60 * 60 * 1000)
#define MAX_PTS_MS (G_GINT64_CONSTANT (1) << 40)
/* Pictures that one unit may give back: what a decoder keeps for reordering. */
#define MAX_PICTURES 32

typedef struct {
  GstBuffer *buffer;
  GstVideoInfo info;
} Picture;

struct _WeirPipeline {
  const Decoder *decoder;
  GBytes *record;
  GstElement *bin;
  GstBus *bus;
  GstElement *pdq;   /* in BIN */
  GstElement *match; /* in BIN */
  GstPad *push;      /* ours; linked to the decoder */
  GstPad *pull;      /* ours; weirmatch is linked to it */
  guint64 units;
  gboolean is_whole;
  GstElement *sample;  /* borrowed */
  guint gap_ms;        /* as SAMPLE has it */
  WeirProbeSet probes; /* as PDQ has it */
  gint64 base_ms;      /* PTS of 0 in the pipeline */
  GQueue pictures;     /* Picture, of a whole stream */

  /* What came back from the unit in work: */
  GstBuffer *picture;
  GstVideoInfo info;
  gboolean has_info;
  char *refused; /* why the picture's format was not taken */
};

static const Decoder *
find_decoder (WeirCodec codec)
{
  for (guint i = 0; i < G_N_ELEMENTS (decoders); i++)
    if (decoders[i].codec == codec)
      return &decoders[i];
  return NULL;
}

gboolean
weir_pipeline_init (GError **error)
{
  g_autoptr (GstPlugin) libav = NULL;
  g_autoptr (GstPlugin) aom = NULL;

  /* ORC would write machine code into files and map them executable. */
  g_setenv ("ORC_CODE", "backup", TRUE);
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  g_setenv ("GST_REGISTRY_FORK", "no", TRUE);
  g_setenv ("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
  g_setenv ("GST_PLUGIN_PATH_1_0", "", TRUE);
  g_unsetenv ("GST_PLUGIN_SYSTEM_PATH");
  g_unsetenv ("GST_PLUGIN_PATH");
  if (!gst_init_check (NULL, NULL, error))
    return FALSE;
  libav = gst_plugin_load_file (WEIR_GST_PLUGINS_DIR "/libgstlibav.so", error);
  if (libav == NULL)
    return FALSE;
  aom = gst_plugin_load_file (WEIR_GST_PLUGINS_DIR "/libgstaom.so", NULL);
  if (!gst_weir_elements_register (NULL)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "the elements can't be registered");
    return FALSE;
  }
  return TRUE;
}

gboolean
weir_pipeline_can_decode (WeirCodec codec)
{
  const Decoder *decoder = find_decoder (codec);
  g_autoptr (GstElementFactory) factory =
      decoder != NULL ? gst_element_factory_find (decoder->decoder) : NULL;

  return factory != NULL;
}

static GstFlowReturn
on_picture (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  WeirPipeline *self = gst_pad_get_element_private (pad);

  if (self->is_whole && self->has_info
      && self->pictures.length < MAX_PICTURES) {
    Picture *picture = g_new (Picture, 1);

    *picture = (Picture){ buffer, self->info };
    g_queue_push_tail (&self->pictures, picture);
    return GST_FLOW_OK;
  }
  /* One unit, one picture: of several the first is what the unit began with. */
  if (self->picture == NULL && !self->is_whole)
    self->picture = buffer;
  else
    gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
take_caps (WeirPipeline *self, GstCaps *caps)
{
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, caps))
    return FALSE;
  if (GST_VIDEO_INFO_WIDTH (&info) > WEIR_PIPELINE_MAX_SIDE
      || GST_VIDEO_INFO_HEIGHT (&info) > WEIR_PIPELINE_MAX_SIDE) {
    g_free (self->refused);
    self->refused = g_strdup_printf (
        "picture has %d x %d pixels, at most %d x %d are analysed",
        GST_VIDEO_INFO_WIDTH (&info), GST_VIDEO_INFO_HEIGHT (&info),
        WEIR_PIPELINE_MAX_SIDE, WEIR_PIPELINE_MAX_SIDE);
    return FALSE;
  }
  self->info = info;
  self->has_info = TRUE;
  return TRUE;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  WeirPipeline *self = gst_pad_get_element_private (pad);
  gboolean taken = TRUE;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    taken = take_caps (self, caps);
  }
  gst_event_unref (event);
  return taken;
}

/* Rows may lie further apart than they are wide: the decoder then hands over
 * its own memory instead of a copy. */
static gboolean
on_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION) {
    gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

static gboolean
fill_bin (
    WeirPipeline *self, const WeirPipelineOptions *options, GError **error)
{
  const char *names[] = { self->decoder->decoder, "weirsample", "weirpdq",
    "weirmatch" };
  GstElement *elements[G_N_ELEMENTS (names)];
  g_autoptr (GstPad) first = NULL;
  g_autoptr (GstPad) last = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    elements[i] = gst_element_factory_make (names[i], NULL);
    if (elements[i] == NULL) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
          "there is no element %s", names[i]);
      return FALSE;
    }
    gst_bin_add (GST_BIN (self->bin), elements[i]);
    if (i > 0 && !gst_element_link (elements[i - 1], elements[i])) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
          "%s can't be linked to %s", names[i - 1], names[i]);
      return FALSE;
    }
  }
  /* A broken picture is shown by players, so it is looked at too. */
  if (self->decoder->is_libav)
    g_object_set (elements[0], "max-threads", (gint) options->threads,
        "output-corrupt", TRUE, NULL);
  self->sample = elements[1];
  self->pdq = elements[2];
  self->match = elements[3];
  g_object_set (self->match, "far-radius", FAR_RADIUS, NULL);
  weir_pipeline_set_index (self, options->index, options->radius);
  first = gst_element_get_static_pad (elements[0], "sink");
  last = gst_element_get_static_pad (elements[3], "src");
  if (gst_pad_link (self->push, first) != GST_PAD_LINK_OK
      || gst_pad_link (last, self->pull) != GST_PAD_LINK_OK) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "the ends can't be linked");
    return FALSE;
  }
  return TRUE;
}

static gboolean
begin_stream (WeirPipeline *self)
{
  gsize size;
  const guint8 *record = g_bytes_get_data (self->record, &size);
  g_autoptr (GstBuffer) config = gst_buffer_new_memdup (record, size);
  g_autoptr (GstCaps) caps = gst_caps_from_string (self->decoder->caps);
  GstSegment segment;

  if (self->decoder->codec != WEIR_CODEC_VP9)
    gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, config, NULL);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  return gst_pad_push_event (self->push, gst_event_new_stream_start ("unit"))
         && gst_pad_push_event (self->push, gst_event_new_caps (caps))
         && gst_pad_push_event (self->push, gst_event_new_segment (&segment));
}

WeirPipeline *
weir_pipeline_new (const WeirPipelineOptions *options, GError **error)
{
  g_autoptr (WeirPipeline) self = g_new0 (WeirPipeline, 1);

  self->decoder = find_decoder (options->codec);
  if (self->decoder == NULL || !weir_pipeline_can_decode (options->codec)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "there is no decoder for %s here", weir_codec_title (options->codec));
    return NULL;
  }
  self->record = g_bytes_ref (options->record);
  self->is_whole = options->is_whole;
  g_queue_init (&self->pictures);
  self->bin = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->bus = gst_element_get_bus (self->bin);
  self->push = gst_object_ref_sink (gst_pad_new ("push", GST_PAD_SRC));
  self->pull = gst_object_ref_sink (gst_pad_new ("pull", GST_PAD_SINK));
  gst_pad_set_element_private (self->pull, self);
  gst_pad_set_chain_function (self->pull, on_picture);
  gst_pad_set_event_function (self->pull, on_event);
  gst_pad_set_query_function (self->pull, on_query);
  if (!fill_bin (self, options, error))
    return NULL;
  gst_pad_set_active (self->pull, TRUE);
  gst_pad_set_active (self->push, TRUE);
  if (gst_element_set_state (self->bin, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "the pipeline does not start");
    return NULL;
  }
  if (!begin_stream (self)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "the decoder refuses the configuration");
    return NULL;
  }
  return g_steal_pointer (&self);
}

static void
free_picture (gpointer data)
{
  Picture *picture = data;

  gst_buffer_unref (picture->buffer);
  g_free (picture);
}

void
weir_pipeline_set_index (WeirPipeline *self, WeirIndex *index, guint radius)
{
  g_object_set (self->match, "radius", radius, NULL);
  gst_weir_match_set_index (GST_WEIR_MATCH (self->match), index);
}

void
weir_pipeline_set_probes (WeirPipeline *self, WeirProbeSet probes)
{
  if (probes == self->probes)
    return;
  g_object_set (self->pdq, "probes", probes, NULL);
  self->probes = probes;
}

void
weir_pipeline_free (WeirPipeline *self)
{
  if (self == NULL)
    return;
  if (self->bin != NULL)
    gst_element_set_state (self->bin, GST_STATE_NULL);
  if (self->push != NULL)
    gst_pad_set_active (self->push, FALSE);
  if (self->pull != NULL)
    gst_pad_set_active (self->pull, FALSE);
  gst_clear_buffer (&self->picture);
  g_queue_clear_full (&self->pictures, free_picture);
  gst_clear_object (&self->push);
  gst_clear_object (&self->pull);
  gst_clear_object (&self->bus);
  gst_clear_object (&self->bin);
  g_clear_pointer (&self->record, g_bytes_unref);
  g_free (self->refused);
  g_free (self);
}

/* Empties the bus; the first error or else warning on it becomes ERROR. */
static void
explain (WeirPipeline *self, GstFlowReturn flow, GError **error)
{
  g_autoptr (GError) why = NULL;
  GstMessage *message;

  while ((message = gst_bus_pop (self->bus))) {
    if (why == NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      gst_message_parse_error (message, &why, NULL);
    else if (why == NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
      gst_message_parse_warning (message, &why, NULL);
    gst_message_unref (message);
  }
  if (self->refused != NULL)
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_LIMIT, self->refused);
  else if (why != NULL)
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "no picture: %s", why->message);
  else if (flow == GST_FLOW_NOT_NEGOTIATED)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "no picture: its format is not analysed (YUV of 8, 10, 12 bits is)");
  else if (flow != GST_FLOW_OK)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "no picture: %s",
        gst_flow_get_name (flow));
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "no picture");
}

static GstBuffer *
make_buffer (
    WeirPipeline *self, const guint8 *unit, gsize size, gboolean with_header)
{
  gsize record_size, skip = 4; /* of an av1C before its OBUs */
  const guint8 *record = g_bytes_get_data (self->record, &record_size);
  GstBuffer *buffer = gst_buffer_new_memdup (unit, size);

  if (!with_header || record_size <= skip)
    return buffer;
  return gst_buffer_append (
      gst_buffer_new_memdup (record + skip, record_size - skip), buffer);
}

GstBuffer *
weir_pipeline_look (WeirPipeline *self, const guint8 *unit, gsize size,
    gboolean with_header, GstVideoInfo *ret_info, GError **error)
{
  GstBuffer *buffer;
  GstFlowReturn flow;

  gst_clear_buffer (&self->picture);
  if (size == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "no picture: the unit is empty");
    return NULL;
  }
  buffer = make_buffer (self, unit, size, with_header);
  /* Times of our own: a publisher's may go back, which the decoder would take
   * for a reason to withhold the picture. */
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) =
      self->units++ * GST_SECOND;
  flow = gst_pad_push (self->push, buffer);
  /* Makes the decoder give the picture back now instead of after the next
   * ones, for which it would wait where a stream has B-frames. */
  if (flow == GST_FLOW_OK)
    gst_pad_push_event (
        self->push, gst_event_new_segment_done (GST_FORMAT_TIME, -1));
  if (self->picture == NULL || !self->has_info
      || gst_buffer_get_weir_pdq_meta (self->picture) == NULL) {
    explain (self, flow, error);
    return NULL;
  }
  gst_bus_set_flushing (self->bus, TRUE);
  gst_bus_set_flushing (self->bus, FALSE);
  *ret_info = self->info;
  return g_steal_pointer (&self->picture);
}

gboolean
weir_pipeline_feed (WeirPipeline *self, const guint8 *unit, gsize size,
    gboolean with_header, gint64 pts_ms, guint gap_ms, GError **error)
{
  GstBuffer *buffer;
  GstFlowReturn flow;
  gint64 at_ms;

  if (self->units++ == 0)
    self->base_ms = pts_ms - FIRST_PTS_MS;
  at_ms = pts_ms - self->base_ms;
  if (size == 0 || at_ms < 0 || at_ms > MAX_PTS_MS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        size == 0 ? "no picture: the unit is empty"
                  : "no picture: its time is far from those before it");
    return FALSE;
  }
  if (gap_ms != self->gap_ms) {
    g_object_set (
        self->sample, "min-interval", (guint64) gap_ms * GST_MSECOND, NULL);
    self->gap_ms = gap_ms;
  }
  buffer = make_buffer (self, unit, size, with_header);
  GST_BUFFER_PTS (buffer) = (GstClockTime) at_ms * GST_MSECOND;
  flow = gst_pad_push (self->push, buffer);
  if (flow != GST_FLOW_OK) {
    explain (self, flow, error);
    return FALSE;
  }
  gst_bus_set_flushing (self->bus, TRUE);
  gst_bus_set_flushing (self->bus, FALSE);
  return TRUE;
}

GstBuffer *
weir_pipeline_take (
    WeirPipeline *self, GstVideoInfo *ret_info, gint64 *ret_pts_ms)
{
  Picture *picture = g_queue_pop_head (&self->pictures);
  GstBuffer *buffer;

  if (picture == NULL)
    return NULL;
  buffer = picture->buffer;
  *ret_info = picture->info;
  *ret_pts_ms =
      self->base_ms + (gint64) (GST_BUFFER_PTS (buffer) / GST_MSECOND);
  g_free (picture);
  return buffer;
}
