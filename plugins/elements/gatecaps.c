/* Reads configurations from caps and writes them there. */
#include "elements/gatecaps.h"

#include "base/error.h"

static WeirCodec
codec_of (const GstStructure *s)
{
  if (gst_structure_has_name (s, "video/x-h264"))
    return WEIR_CODEC_H264;
  if (gst_structure_has_name (s, "video/x-h265"))
    return WEIR_CODEC_HEVC;
  if (gst_structure_has_name (s, "audio/mpeg"))
    return WEIR_CODEC_AAC;
  if (gst_structure_has_name (s, "audio/x-opus"))
    return WEIR_CODEC_OPUS;
  return WEIR_CODEC_NONE;
}

/* Borrowed; NULL when there is none. Opus has its header first among the
 * headers of the stream. */
static GstBuffer *
find_config (const GstStructure *s, WeirCodec codec)
{
  const GValue *value;

  if (codec != WEIR_CODEC_OPUS) {
    value = gst_structure_get_value (s, "codec_data");
    return value != NULL ? gst_value_get_buffer (value) : NULL;
  }
  value = gst_structure_get_value (s, "streamheader");
  if (value == NULL || !GST_VALUE_HOLDS_ARRAY (value)
      || gst_value_array_get_size (value) == 0)
    return NULL;
  return gst_value_get_buffer (gst_value_array_get_value (value, 0));
}

WeirCodecConfig *
weir_gate_config_from_caps (const GstCaps *caps, GError **error)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  WeirCodec codec = codec_of (s);
  GstBuffer *buffer = find_config (s, codec);
  WeirCodecConfig *config;
  GstMapInfo map;

  if (codec == WEIR_CODEC_NONE
      || (buffer == NULL && codec != WEIR_CODEC_OPUS)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "no codec configuration for %s", gst_structure_get_name (s));
    return NULL;
  }
  if (buffer == NULL)
    return weir_codec_config_new (codec, NULL, 0, error);
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "the codec configuration can't be read");
    return NULL;
  }
  config = weir_codec_config_new (codec, map.data, map.size, error);
  gst_buffer_unmap (buffer, &map);
  return config;
}

static GstCaps *
video_caps (const WeirCodecConfig *config)
{
  gboolean h264 = config->codec == WEIR_CODEC_H264;

  return gst_caps_new_simple (h264 ? "video/x-h264" : "video/x-h265",
      "stream-format", G_TYPE_STRING, h264 ? "avc" : "hvc1", "alignment",
      G_TYPE_STRING, "au", "width", G_TYPE_INT, (gint) config->video.width,
      "height", G_TYPE_INT, (gint) config->video.height, NULL);
}

static GstCaps *
audio_caps (const WeirCodecConfig *config)
{
  GstCaps *caps;

  if (config->codec == WEIR_CODEC_OPUS)
    return gst_caps_new_empty_simple ("audio/x-opus");
  caps = gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 4,
      "stream-format", G_TYPE_STRING, "raw", "rate", G_TYPE_INT,
      (gint) config->sample_rate, NULL);
  if (config->channels > 0)
    gst_caps_set_simple (
        caps, "channels", G_TYPE_INT, (gint) config->channels, NULL);
  return caps;
}

GstCaps *
weir_gate_caps_from_config (const WeirCodecConfig *config)
{
  GstCaps *caps = weir_codec_kind (config->codec) == WEIR_MEDIA_VIDEO
                      ? video_caps (config)
                      : audio_caps (config);
  g_autoptr (GstBuffer) data = NULL;

  if (config->size == 0 || config->codec == WEIR_CODEC_OPUS)
    return caps;
  data = gst_buffer_new_memdup (config->data, config->size);
  gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, data, NULL);
  return caps;
}
