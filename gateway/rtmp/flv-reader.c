/* Audio and video message bodies to packets. */
#include "rtmp/flv.h"

#include <string.h>

#include "base/error.h"
#include "rtmp/access-unit.h"
#include "rtmp/flv-tag.h"

/* Keeps the configuration held when the new one says the same, so that
 * equal packets share one. */
static WeirFlvResult
take_config (WeirFlvReader *reader, WeirCodec codec, const guint8 *data,
    gsize size, GError **error)
{
  WeirCodecConfig **held = &reader->configs[weir_codec_kind (codec)];
  g_autoptr (WeirCodecConfig) config = NULL;

  if (*held != NULL && (*held)->codec == codec && (*held)->size == size
      && (size == 0 || memcmp ((*held)->data, data, size) == 0))
    return WEIR_FLV_NOTHING;
  config = weir_codec_config_new (codec, data, size, error);
  if (config == NULL) {
    g_prefix_error (error, "%s configuration: ", weir_codec_name (codec));
    return WEIR_FLV_REFUSED;
  }
  weir_codec_config_unref (*held);
  *held = g_steal_pointer (&config);
  return WEIR_FLV_NOTHING;
}

static gboolean
needs_config (WeirCodec codec)
{
  return codec != WEIR_CODEC_MP3 && codec != WEIR_CODEC_AC3;
}

/* Old encoders label HEVC as H.264: its configuration gives it away, and then
 * the label of the pictures means HEVC too. */
static WeirCodec
true_codec (WeirFlvReader *reader, const WeirFlvTag *tag)
{
  if (tag->codec != WEIR_CODEC_H264 || !tag->legacy)
    return tag->codec;
  if (tag->content == WEIR_FLV_CONFIG)
    reader->mislabelled_hevc =
        weir_access_unit_is_hvcc (tag->payload, tag->size);
  return reader->mislabelled_hevc ? WEIR_CODEC_HEVC : tag->codec;
}

/* The configuration that CODEC's packets need, or NULL when it has not come.
 * Codecs without one get an empty one. */
static WeirCodecConfig *
config_for (WeirFlvReader *reader, WeirCodec codec)
{
  WeirCodecConfig *config = reader->configs[weir_codec_kind (codec)];

  if (config != NULL && config->codec == codec)
    return config;
  if (needs_config (codec)
      || take_config (reader, codec, NULL, 0, NULL) == WEIR_FLV_REFUSED)
    return NULL;
  return reader->configs[weir_codec_kind (codec)];
}

static WeirFlvResult
pass_over (WeirFlvReader *reader)
{
  reader->skipped++;
  return WEIR_FLV_NOTHING;
}

WeirFlvResult
weir_flv_reader_take (WeirFlvReader *reader, WeirRtmpMessage *message,
    WeirPacket *ret_packet, GError **error)
{
  WeirMediaKind kind = message->type == WEIR_RTMP_TYPE_VIDEO ? WEIR_MEDIA_VIDEO
                                                             : WEIR_MEDIA_AUDIO;
  WeirCodecConfig *config;
  WeirFlvTagResult result;
  WeirCodec codec;
  WeirFlvTag tag;

  result = weir_flv_tag_read (
      kind, message->payload.data, message->payload.size, &tag, error);
  reader->other_tracks += tag.other_tracks;
  if (result == WEIR_FLV_TAG_REFUSED)
    return WEIR_FLV_REFUSED;
  if (result == WEIR_FLV_TAG_NOTHING)
    return pass_over (reader);
  codec = true_codec (reader, &tag);
  if (tag.content == WEIR_FLV_CONFIG)
    return needs_config (codec)
               ? take_config (reader, codec, tag.payload, tag.size, error)
               : pass_over (reader);

  config = config_for (reader, codec);
  if (config == NULL)
    return pass_over (reader);
  if (kind == WEIR_MEDIA_VIDEO) {
    WeirAccessUnit unit = weir_access_unit_look (config, tag.payload, tag.size);

    if (!unit.any)
      return pass_over (reader);
    tag.key |= unit.key;
  }

  *ret_packet = (WeirPacket){ .dts_ms = message->timestamp,
    .pts_ms = (gint64) message->timestamp + tag.composition_ms,
    .config = weir_codec_config_ref (config),
    .payload = message->payload,
    .kind = (guint8) kind,
    .codec = (guint8) codec,
    .flags = tag.key ? WEIR_PACKET_KEY : 0 };
  ret_packet->payload.data = (guint8 *) tag.payload;
  ret_packet->payload.size = tag.size;
  message->payload = (WeirSlice){ 0 };
  return WEIR_FLV_PACKET;
}

void
weir_flv_reader_clear (WeirFlvReader *reader)
{
  for (guint i = 0; i < G_N_ELEMENTS (reader->configs); i++)
    g_clear_pointer (&reader->configs[i], weir_codec_config_unref);
}
