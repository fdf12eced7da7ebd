/* The encoder's pipeline: pushed into, and read at its other end, within one
 * call. */
#include "programs/muxer/encode.h"

#include <gst/video/video.h>

#include "base/error.h"
#include "core/slate.h"
#include "programs/muxer/config-record.h"
#include "programs/muxer/renumber.h"

/* Quantizer of still pictures: what they cost is paid once a loop. */
#define QP 20

typedef struct {
  GstElement *bin;
  GstBus *bus;
  GstPad *push; /* ours; linked to the encoder */
  GstPad *pull; /* ours; the parser is linked to it */
  WeirCodec codec;
  GPtrArray *units;
  GstBuffer *config;
  gboolean odd; /* the encoder's ids are not what was expected */
} Pipeline;

void
weir_encoded_clear (WeirEncoded *encoded)
{
  g_clear_pointer (&encoded->config, g_bytes_unref);
  g_clear_pointer (&encoded->units, g_ptr_array_unref);
}

/* OpenH264 (BSD) needs nothing but an H.264 encoder that Debian's GStreamer
 * has beside its decoders, and codes what does not move as skipped blocks;
 * x265 (GPL) is the only one for HEVC, libaom and libvpx (BSD) are the usual
 * ones. All come with the good and the bad plugins. */
static const char *const plugins[] = { "coreelements", "openh264", "x265",
  "videoparsersbad", "aom", "vpx" };

typedef struct {
  const char *encoder;
  const char *parser; /* NULL: what the encoder puts out is it */
  const char *media;
  const char *form; /* stream-format behind the parser */
  const char *aligned;
  const char *profile; /* where it has to be said at the end */
} Kind;

/* NULL without one. */
static const Kind *
kind_of (WeirCodec codec)
{
  static const Kind kinds[] = {
    [WEIR_CODEC_H264] = { "openh264enc", "h264parse", "video/x-h264", "avc",
        "au" },
    [WEIR_CODEC_HEVC] = { "x265enc", "h265parse", "video/x-h265", "hvc1",
        "au" },
    [WEIR_CODEC_AV1] = { "av1enc", NULL, "video/x-av1", NULL, NULL },
    [WEIR_CODEC_VP9] = { "vp9enc", NULL, "video/x-vp9", NULL, NULL, "0" },
  };

  return (guint) codec < G_N_ELEMENTS (kinds) && kinds[codec].encoder != NULL
             ? &kinds[codec]
             : NULL;
}

gboolean
weir_encode_init (GError **error)
{
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
  /* One that is missing is told to who asks for its codec. */
  for (guint i = 0; i < G_N_ELEMENTS (plugins); i++) {
    g_autofree char *path =
        g_strdup_printf (WEIR_GST_PLUGINS_DIR "/libgst%s.so", plugins[i]);
    g_autoptr (GstPlugin) plugin = gst_plugin_load_file (path, NULL);
  }
  return TRUE;
}

static gboolean
has_element (const char *name)
{
  g_autoptr (GstElementFactory) factory =
      name != NULL ? gst_element_factory_find (name) : NULL;

  return name == NULL || factory != NULL;
}

const char *
weir_encode_missing (WeirCodec codec)
{
  const Kind *kind = kind_of (codec);

  if (kind == NULL)
    return "there is no encoder for this codec";
  if (!has_element (kind->encoder) || !has_element (kind->parser))
    return "its encoder is not installed";
  return NULL;
}

static void
pipeline_clear (Pipeline *p)
{
  if (p->bin != NULL)
    gst_element_set_state (p->bin, GST_STATE_NULL);
  if (p->push != NULL)
    gst_pad_set_active (p->push, FALSE);
  if (p->pull != NULL)
    gst_pad_set_active (p->pull, FALSE);
  gst_clear_object (&p->push);
  gst_clear_object (&p->pull);
  gst_clear_object (&p->bus);
  gst_clear_object (&p->bin);
  gst_clear_buffer (&p->config);
  g_clear_pointer (&p->units, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pipeline, pipeline_clear)

static GstFlowReturn
on_unit (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Pipeline *p = gst_pad_get_element_private (pad);

  g_ptr_array_add (p->units, buffer);
  return GST_FLOW_OK;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Pipeline *p = gst_pad_get_element_private (pad);
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    const GValue *value;

    gst_event_parse_caps (event, &caps);
    value = gst_structure_get_value (
        gst_caps_get_structure (caps, 0), "codec_data");
    if (value != NULL)
      gst_buffer_replace (&p->config, gst_value_get_buffer (value));
  }
  gst_event_unref (event);
  return TRUE;
}

static GstElement *
make_h264 (const WeirEncoding *encoding)
{
  GstElement *e = gst_element_factory_make ("openh264enc", NULL);

  if (e != NULL)
    g_object_set (e, "gop-size", encoding->n_units * 2, "qp-min", QP, "qp-max",
        QP, "multi-thread", 1, "scene-change-detection", FALSE,
        "background-detection", FALSE, "adaptive-quantization", FALSE, NULL);
  return e;
}

static GstElement *
make_hevc (const WeirEncoding *encoding)
{
  GstElement *e = gst_element_factory_make ("x265enc", NULL);

  /* No B-frames, no SEI, no threads: nothing but what was asked for. */
  if (e != NULL)
    g_object_set (e, "key-int-max", (gint) encoding->n_units * 2, "qp", QP,
        "option-string",
        "bframes=0:info=0:pools=none:frame-threads=1:wpp=0:scenecut=0:"
        "rc-lookahead=0:open-gop=0:repeat-headers=1:aud=0:hrd=0:aq-mode=0:"
        "cutree=0",
        NULL);
  gst_util_set_object_arg (G_OBJECT (e), "speed-preset", "superfast");
  return e;
}

static const char *
h264_profile (guint profile)
{
  return profile == 66   ? "constrained-baseline"
         : profile == 77 ? "main"
                         : "high";
}

static GstElement *
make_av1 (const WeirEncoding *encoding)
{
  GstElement *e = gst_element_factory_make ("av1enc", NULL);

  g_object_set (e, "min-quantizer", 20, "max-quantizer", 26, "lag-in-frames", 0,
      "keyframe-max-dist", encoding->n_units * 2, "threads", 1, NULL);
  gst_util_set_object_arg (G_OBJECT (e), "cpu-used", "8");
  gst_util_set_object_arg (G_OBJECT (e), "end-usage", "q");
  return e;
}

/* Every picture is shown: no alternative references. */
static GstElement *
make_vp9 (const WeirEncoding *encoding)
{
  GstElement *e = gst_element_factory_make ("vp9enc", NULL);

  g_object_set (e, "min-quantizer", 10, "max-quantizer", 24, "cq-level", 18,
      "lag-in-frames", 0, "auto-alt-ref", FALSE, "keyframe-max-dist",
      encoding->n_units * 2, "threads", 1, "deadline", (gint64) G_USEC_PER_SEC,
      "cpu-used", 5, NULL);
  gst_util_set_object_arg (G_OBJECT (e), "end-usage", "cq");
  return e;
}

static GstElement *
make_encoder (const WeirEncoding *encoding)
{
  switch (encoding->codec) {
  case WEIR_CODEC_HEVC:
    return make_hevc (encoding);
  case WEIR_CODEC_AV1:
    return make_av1 (encoding);
  case WEIR_CODEC_VP9:
    return make_vp9 (encoding);
  default:
    return make_h264 (encoding);
  }
}

/* What comes out at the end. */
static GstCaps *
end_caps (const Kind *kind)
{
  GstCaps *caps = gst_caps_new_empty_simple (kind->media);

  if (kind->form != NULL)
    gst_caps_set_simple (caps, "stream-format", G_TYPE_STRING, kind->form,
        "alignment", G_TYPE_STRING, kind->aligned, NULL);
  if (kind->profile != NULL)
    gst_caps_set_simple (caps, "profile", G_TYPE_STRING, kind->profile, NULL);
  return caps;
}

/* What an encoder with a parser behind it must put out. */
static GstCaps *
coded_caps (const WeirEncoding *encoding)
{
  return gst_caps_new_simple (kind_of (encoding->codec)->media, "stream-format",
      G_TYPE_STRING, "byte-stream", "alignment", G_TYPE_STRING, "au", "profile",
      G_TYPE_STRING,
      encoding->codec == WEIR_CODEC_H264 ? h264_profile (encoding->profile)
                                         : "main",
      NULL);
}

/* Between encoder and parser. */
static GstPadProbeReturn
on_coded (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pipeline *p = data;
  GstBuffer *in = GST_PAD_PROBE_INFO_BUFFER (info), *out;
  GByteArray *bytes = g_byte_array_new ();
  GstMapInfo map;
  gsize size;

  gst_buffer_map (in, &map, GST_MAP_READ);
  if (!weir_renumber (p->codec, map.data, map.size, bytes))
    p->odd = TRUE;
  gst_buffer_unmap (in, &map);
  size = bytes->len;
  out = gst_buffer_new_wrapped (g_byte_array_free (bytes, FALSE), size);
  gst_buffer_copy_into (
      out, in, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_unref (in);
  GST_PAD_PROBE_INFO_DATA (info) = out;
  return GST_PAD_PROBE_OK;
}

/* Puts a parser behind ENCODER; returns what is last. */
static GstElement *
add_parser (Pipeline *p, GstElement *encoder, const WeirEncoding *encoding)
{
  const Kind *kind = kind_of (encoding->codec);
  GstElement *parser = gst_element_factory_make (kind->parser, NULL);
  g_autoptr (GstCaps) caps = coded_caps (encoding);
  g_autoptr (GstPad) coded = gst_element_get_static_pad (encoder, "src");

  gst_bin_add (GST_BIN (p->bin), parser);
  if (!gst_element_link_filtered (encoder, parser, caps))
    return NULL;
  gst_pad_add_probe (coded, GST_PAD_PROBE_TYPE_BUFFER, on_coded, p, NULL);
  return parser;
}

static gboolean
fill_bin (Pipeline *p, const WeirEncoding *encoding, GError **error)
{
  GstElement *encoder = make_encoder (encoding), *end = encoder;
  g_autoptr (GstPad) first = gst_element_get_static_pad (encoder, "sink");
  g_autoptr (GstPad) last = NULL;

  gst_bin_add (GST_BIN (p->bin), encoder);
  if (kind_of (encoding->codec)->parser != NULL)
    end = add_parser (p, encoder, encoding);
  if (end != NULL)
    last = gst_element_get_static_pad (end, "src");
  if (end == NULL || gst_pad_link (p->push, first) != GST_PAD_LINK_OK
      || gst_pad_link (last, p->pull) != GST_PAD_LINK_OK) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "the encoder can't be linked");
    return FALSE;
  }
  return TRUE;
}

/* Our own pad says what it takes. */
static gboolean
on_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS) {
    gst_query_set_caps_result (query, gst_pad_get_pad_template_caps (pad));
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

static GstPad *
make_pull_pad (Pipeline *p, const WeirEncoding *encoding)
{
  g_autoptr (GstCaps) caps = end_caps (kind_of (encoding->codec));
  g_autoptr (GstPadTemplate) template = gst_object_ref_sink (
      gst_pad_template_new ("pull", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  GstPad *pad =
      gst_object_ref_sink (gst_pad_new_from_template (template, "pull"));

  gst_pad_set_element_private (pad, p);
  gst_pad_set_chain_function (pad, on_unit);
  gst_pad_set_event_function (pad, on_event);
  gst_pad_set_query_function (pad, on_query);
  return pad;
}

static gboolean
begin (Pipeline *p, const GstVideoInfo *info)
{
  g_autoptr (GstCaps) caps = gst_video_info_to_caps (info);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_set_active (p->pull, TRUE);
  gst_pad_set_active (p->push, TRUE);
  return gst_element_set_state (p->bin, GST_STATE_PLAYING)
             != GST_STATE_CHANGE_FAILURE
         && gst_pad_push_event (p->push, gst_event_new_stream_start ("slate"))
         && gst_pad_push_event (p->push, gst_event_new_caps (caps))
         && gst_pad_push_event (p->push, gst_event_new_segment (&segment));
}

/* cairo's pixels as the encoders want them. */
static GstBuffer *
convert (cairo_surface_t *picture, gint64 frame_us, GstVideoInfo *ret_info)
{
  guint width = (guint) cairo_image_surface_get_width (picture);
  guint height = (guint) cairo_image_surface_get_height (picture);
  gsize size = (gsize) cairo_image_surface_get_stride (picture) * height;
  g_autoptr (GstBuffer) in =
      gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY,
          cairo_image_surface_get_data (picture), size, 0, size, NULL, NULL);
  g_autoptr (GstBuffer) out = NULL;
  GstVideoConverter *converter;
  GstVideoFrame from, to;
  GstVideoInfo info;

  gst_video_info_set_format (&info,
      G_BYTE_ORDER == G_LITTLE_ENDIAN ? GST_VIDEO_FORMAT_BGRx
                                      : GST_VIDEO_FORMAT_xRGB,
      width, height);
  GST_VIDEO_INFO_PLANE_STRIDE (&info, 0) =
      cairo_image_surface_get_stride (picture);
  gst_video_info_set_format (ret_info, GST_VIDEO_FORMAT_I420, width, height);
  out = gst_buffer_new_allocate (NULL, ret_info->size, NULL);
  converter = gst_video_converter_new (&info, ret_info, NULL);
  if (!gst_video_frame_map (&from, &info, in, GST_MAP_READ))
    g_assert_not_reached ();
  if (!gst_video_frame_map (&to, ret_info, out, GST_MAP_WRITE))
    g_assert_not_reached ();
  gst_video_converter_frame (converter, &from, &to);
  gst_video_frame_unmap (&from);
  gst_video_frame_unmap (&to);
  gst_video_converter_free (converter);
  gst_video_guess_framerate ((GstClockTime) frame_us * GST_USECOND,
      &ret_info->fps_n, &ret_info->fps_d);
  return g_steal_pointer (&out);
}

static void
explain (Pipeline *p, GstFlowReturn flow, GError **error)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (p->bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) why = NULL;

  if (message != NULL)
    gst_message_parse_error (message, &why, NULL);
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "the encoder failed: %s",
      why != NULL ? why->message : gst_flow_get_name (flow));
}

static gboolean
push_pictures (Pipeline *p, const WeirEncoding *encoding, GstBuffer *picture,
    GError **error)
{
  GstClockTime frame = (GstClockTime) encoding->frame_us * GST_USECOND;
  GstFlowReturn flow = GST_FLOW_OK;

  for (guint i = 0; i < encoding->n_units && flow == GST_FLOW_OK; i++) {
    GstBuffer *buffer = gst_buffer_copy (picture);

    GST_BUFFER_PTS (buffer) = i * frame;
    GST_BUFFER_DURATION (buffer) = frame;
    flow = gst_pad_push (p->push, buffer);
  }
  if (flow == GST_FLOW_OK && p->units->len < encoding->n_units)
    gst_pad_push_event (p->push, gst_event_new_eos ());
  if (p->odd) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "the encoder's parameter sets are not as expected");
    return FALSE;
  }
  if (flow == GST_FLOW_OK && p->units->len >= encoding->n_units)
    return TRUE;
  explain (p, flow, error);
  return FALSE;
}

static GBytes *
strip (GstBuffer *buffer, WeirCodec codec, gboolean first, GError **error)
{
  GstMapInfo map;
  GBytes *unit;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  unit = weir_slate_strip_unit (codec, 4, first, map.data, map.size, error);
  gst_buffer_unmap (buffer, &map);
  return unit;
}

/* The parser's, or one that is made. NULL with ERROR without. */
static GBytes *
make_config (
    const Pipeline *p, GBytes *unit, const GstVideoInfo *info, GError **error)
{
  GBytes *config = NULL;
  gpointer data;
  gsize size;

  if (p->config != NULL && kind_of (p->codec)->parser != NULL) {
    gst_buffer_extract_dup (
        p->config, 0, gst_buffer_get_size (p->config), &data, &size);
    return g_bytes_new_take (data, size);
  }
  if (kind_of (p->codec)->parser == NULL)
    config = weir_config_record_make (p->codec, unit,
        (guint) GST_VIDEO_INFO_WIDTH (info),
        (guint) GST_VIDEO_INFO_HEIGHT (info));
  if (config == NULL)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "the encoder gave no configuration");
  return config;
}

gboolean
weir_encode (cairo_surface_t *picture, const WeirEncoding *encoding,
    WeirEncoded *ret, GError **error)
{
  g_auto (Pipeline) p = { 0 };
  g_autoptr (GPtrArray) units =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GstBuffer) raw = NULL;
  const char *missing = weir_encode_missing (encoding->codec);
  GBytes *config;
  GstVideoInfo info;

  if (missing != NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_NOT_FOUND, missing);
    return FALSE;
  }
  p.codec = encoding->codec;
  p.bin = gst_object_ref_sink (gst_pipeline_new (NULL));
  p.bus = gst_element_get_bus (p.bin);
  p.units =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_mini_object_unref);
  p.push = gst_object_ref_sink (gst_pad_new ("push", GST_PAD_SRC));
  p.pull = make_pull_pad (&p, encoding);
  if (!fill_bin (&p, encoding, error))
    return FALSE;
  raw = convert (picture, encoding->frame_us, &info);
  if (!begin (&p, &info)) {
    explain (&p, GST_FLOW_NOT_NEGOTIATED, error);
    return FALSE;
  }
  if (!push_pictures (&p, encoding, raw, error))
    return FALSE;
  for (guint i = 0; i < encoding->n_units; i++) {
    GBytes *unit = strip (p.units->pdata[i], encoding->codec, i == 0, error);

    if (unit == NULL)
      return FALSE;
    g_ptr_array_add (units, unit);
  }
  config = make_config (&p, units->pdata[0], &info, error);
  if (config == NULL)
    return FALSE;
  ret->config = config;
  ret->units = g_steal_pointer (&units);
  return TRUE;
}
