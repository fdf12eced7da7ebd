/* Packets and codec configurations. */
#include "core/packet.h"

#include "base/error.h"
#include "core/config-parse.h"

#include <string.h>

const char *
weir_codec_name (WeirCodec codec)
{
  static const char *const names[] = { "none", "h264", "hevc", "av1", "vp9",
    "aac", "opus", "mp2", "mp3", "ac3", "metadata" };

  return codec < G_N_ELEMENTS (names) ? names[codec] : "unknown";
}

const char *
weir_codec_title (WeirCodec codec)
{
  static const char *const titles[] = { "no codec", "H.264", "HEVC", "AV1",
    "VP9", "AAC", "Opus", "MP2", "MP3", "AC-3", "metadata" };

  return codec < G_N_ELEMENTS (titles) ? titles[codec] : "an unknown codec";
}

WeirMediaKind
weir_codec_kind (WeirCodec codec)
{
  switch (codec) {
  case WEIR_CODEC_H264:
  case WEIR_CODEC_HEVC:
  case WEIR_CODEC_AV1:
  case WEIR_CODEC_VP9:
    return WEIR_MEDIA_VIDEO;
  case WEIR_CODEC_AAC:
  case WEIR_CODEC_OPUS:
  case WEIR_CODEC_MP2:
  case WEIR_CODEC_MP3:
  case WEIR_CODEC_AC3:
    return WEIR_MEDIA_AUDIO;
  default:
    return WEIR_MEDIA_DATA;
  }
}

static gboolean
parse_video (WeirCodec codec, const guint8 *data, gsize size,
    WeirVideoConfig *ret, GError **error)
{
  switch (codec) {
  case WEIR_CODEC_H264:
    return weir_video_config_parse_avcc (data, size, ret, error);
  case WEIR_CODEC_HEVC:
    return weir_video_config_parse_hvcc (data, size, ret, error);
  case WEIR_CODEC_AV1:
    return weir_video_config_parse_av1c (data, size, ret, error);
  case WEIR_CODEC_VP9:
    return weir_video_config_parse_vpcc (data, size, ret, error);
  default:
    return TRUE;
  }
}

WeirCodecConfig *
weir_codec_config_new (
    WeirCodec codec, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (WeirCodecConfig) config = NULL;

  if (size > WEIR_CODEC_CONFIG_MAX_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s configuration has %" G_GSIZE_FORMAT " bytes, at most %d allowed",
        weir_codec_name (codec), size, WEIR_CODEC_CONFIG_MAX_BYTES);
    return NULL;
  }
  config = g_new0 (WeirCodecConfig, 1);
  config->refs = 1;
  config->codec = codec;
  config->size = size;
  config->data = g_memdup2 (data, size);
  if (!parse_video (codec, data, size, &config->video, error))
    return NULL;
  if (codec == WEIR_CODEC_AAC
      && !weir_config_parse_asc (
          data, size, &config->sample_rate, &config->channels, error))
    return NULL;
  return g_steal_pointer (&config);
}

WeirCodecConfig *
weir_codec_config_ref (WeirCodecConfig *config)
{
  config->refs++;
  return config;
}

void
weir_codec_config_unref (WeirCodecConfig *config)
{
  if (config == NULL || --config->refs > 0)
    return;
  g_free (config->data);
  g_free (config);
}

gboolean
weir_codec_config_equal (const WeirCodecConfig *a, const WeirCodecConfig *b)
{
  if (a == b)
    return TRUE;
  return a != NULL && b != NULL && a->codec == b->codec && a->size == b->size
         && (a->size == 0 || memcmp (a->data, b->data, a->size) == 0);
}

gboolean
weir_packet_scan_video (
    const WeirPacket *packet, WeirVideoConfig *ret, GError **error)
{
  const guint8 *data = packet->payload.data;
  gsize size = packet->payload.size;

  *ret = (WeirVideoConfig){ 0 };
  if (packet->config == NULL)
    return TRUE;
  switch (packet->config->codec) {
  case WEIR_CODEC_H264:
    return weir_video_config_scan_h264 (
        data, size, packet->config->video.nal_size_bytes, ret, error);
  case WEIR_CODEC_HEVC:
    return weir_video_config_scan_hevc (
        data, size, packet->config->video.nal_size_bytes, ret, error);
  case WEIR_CODEC_AV1:
    return weir_video_config_scan_av1 (data, size, ret, error);
  case WEIR_CODEC_VP9:
    return weir_video_config_scan_vp9 (data, size, ret, error);
  default:
    return TRUE;
  }
}

void
weir_packet_clear (WeirPacket *packet)
{
  weir_codec_config_unref (packet->config);
  weir_slice_clear (&packet->payload);
  *packet = (WeirPacket){ 0 };
}

void
weir_packet_copy (const WeirPacket *packet, WeirPacket *ret)
{
  *ret = *packet;
  ret->payload = weir_slice_ref (&packet->payload, 0, packet->payload.size);
  if (packet->config != NULL)
    weir_codec_config_ref (packet->config);
}
