/* Between caps and codec configurations. */
#include "programs/srt/caps.h"

#include <gst/pbutils/pbutils.h>
#include <string.h>

#include "base/error.h"

GstCaps *
weir_caps_wanted (WeirMediaKind kind)
{
  if (kind == WEIR_MEDIA_VIDEO)
    return gst_caps_from_string (
        "video/x-h264, stream-format = avc, alignment = au; "
        "video/x-h265, stream-format = hvc1, alignment = au");
  return gst_caps_from_string (
      "audio/mpeg, mpegversion = 4, stream-format = raw, framed = true; "
      "audio/mpeg, mpegversion = 1, parsed = true; "
      "audio/x-ac3, framed = true; audio/x-opus");
}

static GBytes *
buffer_to_bytes (GstBuffer *buffer)
{
  gpointer data;
  gsize size;

  gst_buffer_extract_dup (buffer, 0, (gsize) -1, &data, &size);
  return g_bytes_new_take (data, size);
}

static GBytes *
codec_data (const GstStructure *s)
{
  const GValue *value = gst_structure_get_value (s, "codec_data");

  return value != NULL ? buffer_to_bytes (gst_value_get_buffer (value)) : NULL;
}

static GBytes *
opus_head (const GstCaps *caps)
{
  guint32 rate;
  guint8 channels, family, streams, coupled, mapping[256];
  GstBuffer *header;
  GBytes *bytes;

  if (!gst_codec_utils_opus_parse_caps ((GstCaps *) caps, &rate, &channels,
          &family, &streams, &coupled, mapping))
    return NULL;
  header = gst_codec_utils_opus_create_header (rate != 0 ? rate : 48000,
      channels, family, streams, coupled, mapping, 0, 0);
  if (header == NULL)
    return NULL;
  bytes = buffer_to_bytes (header);
  gst_buffer_unref (header);
  return bytes;
}

static WeirCodec
codec_of (const GstStructure *s)
{
  const char *name = gst_structure_get_name (s);
  int version = 0, layer = 0;

  if (strcmp (name, "video/x-h264") == 0)
    return WEIR_CODEC_H264;
  if (strcmp (name, "video/x-h265") == 0)
    return WEIR_CODEC_HEVC;
  if (strcmp (name, "audio/x-ac3") == 0)
    return WEIR_CODEC_AC3;
  if (strcmp (name, "audio/x-opus") == 0)
    return WEIR_CODEC_OPUS;
  if (strcmp (name, "audio/mpeg") != 0)
    return WEIR_CODEC_NONE;
  gst_structure_get_int (s, "mpegversion", &version);
  gst_structure_get_int (s, "layer", &layer);
  if (version == 4)
    return WEIR_CODEC_AAC;
  if (version == 1 && layer == 2)
    return WEIR_CODEC_MP2;
  if (version == 1 && layer == 3)
    return WEIR_CODEC_MP3;
  return WEIR_CODEC_NONE;
}

WeirCodec
weir_caps_to_config (const GstCaps *caps, GBytes **ret_data)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  WeirCodec codec = codec_of (s);
  GBytes *data = NULL;

  switch (codec) {
  case WEIR_CODEC_H264:
  case WEIR_CODEC_HEVC:
  case WEIR_CODEC_AAC:
    data = codec_data (s);
    break;
  case WEIR_CODEC_OPUS:
    data = opus_head (caps);
    break;
  case WEIR_CODEC_NONE:
    break;
  default:
    data = g_bytes_new (NULL, 0);
    break;
  }
  if (data == NULL || g_bytes_get_size (data) > WEIR_CODEC_CONFIG_MAX_BYTES) {
    g_clear_pointer (&data, g_bytes_unref);
    codec = WEIR_CODEC_NONE;
  }
  *ret_data = data;
  return codec;
}

static void
set_codec_data (GstCaps *caps, const guint8 *data, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, size);

  gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, buffer, NULL);
  gst_buffer_unref (buffer);
}

/* The multiplexer writes the ADTS header from these. */
static GstCaps *
aac_caps (const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  GstCaps *caps = gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT,
      4, "framed", G_TYPE_BOOLEAN, TRUE, "stream-format", G_TYPE_STRING, "raw",
      "rate", G_TYPE_INT, (int) config->sample_rate, "channels", G_TYPE_INT,
      (int) config->channels, NULL);

  set_codec_data (caps, data, size);
  return caps;
}

static GstCaps *
opus_caps (const guint8 *data, gsize size)
{
  GstBuffer *header = gst_buffer_new_memdup (data, size);
  GstCaps *caps = gst_codec_utils_opus_create_caps_from_header (header, NULL);

  gst_buffer_unref (header);
  return caps;
}

GstCaps *
weir_caps_from_config (
    WeirCodec codec, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (codec, data, size, error);
  GstCaps *caps = NULL;

  if (config == NULL)
    return NULL;
  switch (codec) {
  case WEIR_CODEC_H264:
    caps = gst_caps_from_string (
        "video/x-h264, stream-format = avc, alignment = au");
    set_codec_data (caps, data, size);
    break;
  case WEIR_CODEC_HEVC:
    caps = gst_caps_from_string (
        "video/x-h265, stream-format = hvc1, alignment = au");
    set_codec_data (caps, data, size);
    break;
  case WEIR_CODEC_AAC:
    caps = aac_caps (config, data, size);
    break;
  case WEIR_CODEC_OPUS:
    caps = opus_caps (data, size);
    break;
  case WEIR_CODEC_MP2:
  case WEIR_CODEC_MP3:
    caps = gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 1,
        "layer", G_TYPE_INT, codec == WEIR_CODEC_MP2 ? 2 : 3, "parsed",
        G_TYPE_BOOLEAN, TRUE, NULL);
    break;
  case WEIR_CODEC_AC3:
    caps = gst_caps_from_string ("audio/x-ac3, framed = true");
    break;
  default:
    break;
  }
  if (caps == NULL)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "%s can't be put into MPEG-TS", weir_codec_title (codec));
  return caps;
}
