/* Audio and video message bodies to packets. */
#include "rtmp/flv.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
  FRAME_KEY = 1,
  FRAME_COMMAND = 5,
};

/* Legacy video codecs, byte 0, low half. */
enum {
  VIDEO_AVC = 7,
  VIDEO_HEVC = 12, /* not in Adobe's list; common in Chinese encoders */
};

/* NAL unit types. */
enum {
  H264_IDR = 5,
  HEVC_FIRST_IRAP = 16,
  HEVC_LAST_IRAP = 21,
};

/* Sound formats, byte 0, high half. */
enum {
  SOUND_MP3 = 2,
  SOUND_EXTENDED = 9,
  SOUND_AAC = 10,
  SOUND_MP3_8K = 14,
};

/* Enhanced RTMP packet types; 0 to 2 mean the same in AVC and AAC bodies. */
enum {
  TYPE_SEQUENCE_START = 0,
  TYPE_CODED_FRAMES = 1,
  TYPE_SEQUENCE_END = 2,
  TYPE_CODED_FRAMES_X = 3,
  TYPE_MODEX = 7,

  TYPE_AUDIO_MULTITRACK = 5,
  TYPE_VIDEO_MULTITRACK = 6,
};

typedef struct {
  WeirCodec codec;
  guint8 type;
  gboolean key;
  gint32 composition_ms;
} Tag;

static const struct {
  char four_cc[5];
  WeirCodec codec;
} four_ccs[] = {
  { "avc1", WEIR_CODEC_H264 },
  { "hvc1", WEIR_CODEC_HEVC },
  { "av01", WEIR_CODEC_AV1 },
  { "vp09", WEIR_CODEC_VP9 },
  { "mp4a", WEIR_CODEC_AAC },
  { "Opus", WEIR_CODEC_OPUS },
  { ".mp3", WEIR_CODEC_MP3 },
  { "ac-3", WEIR_CODEC_AC3 },
};

static gint32
read_si24 (WeirReader *r)
{
  guint32 v = weir_reader_u24 (r);

  return v & 0x800000 ? (gint32) v - 0x1000000 : (gint32) v;
}

static WeirFlvResult
refuse_legacy_video (guint id, GError **error)
{
  static const char *const names[] = { NULL, "JPEG", "Sorenson H.263",
    "Screen video", "VP6", "VP6 with alpha", "Screen video 2", NULL, "H.263",
    "MPEG-4 part 2" };

  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "video codec id %u (%s) is not supported", id,
      id < G_N_ELEMENTS (names) && names[id] != NULL ? names[id] : "unknown");
  return WEIR_FLV_REFUSED;
}

static WeirFlvResult
refuse_sound (guint id, GError **error)
{
  static const char *const names[] = { "PCM", "ADPCM", NULL, "PCM",
    "Nellymoser", "Nellymoser", "Nellymoser", "G.711 A-law", "G.711 mu-law",
    NULL, NULL, "Speex" };

  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "sound format %u (%s) is not supported", id,
      id < G_N_ELEMENTS (names) && names[id] != NULL ? names[id] : "unknown");
  return WEIR_FLV_REFUSED;
}

/* Fields that an Enhanced RTMP sender may put before the FourCC. */
static void
skip_modex (WeirReader *r, guint8 *type)
{
  while (*type == TYPE_MODEX && !r->failed) {
    guint size = weir_reader_u8 (r) + 1u;

    if (size == 256)
      size = weir_reader_u16 (r) + 1u;
    weir_reader_take (r, size);
    *type = weir_reader_u8 (r) & 0x0f;
  }
}

static WeirFlvResult
read_four_cc (WeirReader *r, WeirMediaKind kind, Tag *tag, GError **error)
{
  const guint8 *p = weir_reader_take (r, 4);
  g_autofree char *text = NULL;

  if (p == NULL)
    return WEIR_FLV_NOTHING;
  for (guint i = 0; i < G_N_ELEMENTS (four_ccs); i++) {
    if (memcmp (p, four_ccs[i].four_cc, 4) == 0
        && weir_codec_kind (four_ccs[i].codec) == kind) {
      tag->codec = four_ccs[i].codec;
      return WEIR_FLV_PACKET;
    }
  }
  text = g_strndup ((const char *) p, 4);
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "%s codec '%s' is not supported",
      kind == WEIR_MEDIA_VIDEO ? "video" : "audio", text);
  return WEIR_FLV_REFUSED;
}

static WeirFlvResult
read_video_tag (WeirFlvReader *reader, WeirReader *r, Tag *tag, GError **error)
{
  guint8 first = weir_reader_u8 (r);
  guint frame = first >> 4 & 7;
  WeirFlvResult result;

  tag->key = frame == FRAME_KEY;
  if (first & 0x80) {
    tag->type = first & 0x0f;
    skip_modex (r, &tag->type);
    if (tag->type == TYPE_VIDEO_MULTITRACK) {
      reader->other_tracks++;
      return WEIR_FLV_NOTHING;
    }
    if (frame == FRAME_COMMAND || tag->type > TYPE_CODED_FRAMES_X)
      return WEIR_FLV_NOTHING;
    result = read_four_cc (r, WEIR_MEDIA_VIDEO, tag, error);
    if (result == WEIR_FLV_PACKET && tag->type == TYPE_CODED_FRAMES
        && (tag->codec == WEIR_CODEC_H264 || tag->codec == WEIR_CODEC_HEVC))
      tag->composition_ms = read_si24 (r);
    return result;
  }
  if (frame == FRAME_COMMAND)
    return WEIR_FLV_NOTHING;
  switch (first & 0x0f) {
  case VIDEO_AVC:
    tag->codec = WEIR_CODEC_H264;
    break;
  case VIDEO_HEVC:
    tag->codec = WEIR_CODEC_HEVC;
    break;
  default:
    return refuse_legacy_video (first & 0x0f, error);
  }
  tag->type = weir_reader_u8 (r);
  tag->composition_ms = read_si24 (r);
  return tag->type <= TYPE_SEQUENCE_END ? WEIR_FLV_PACKET : WEIR_FLV_NOTHING;
}

static WeirFlvResult
read_audio_tag (WeirFlvReader *reader, WeirReader *r, Tag *tag, GError **error)
{
  guint8 first = weir_reader_u8 (r);

  tag->key = TRUE;
  switch (first >> 4) {
  case SOUND_EXTENDED:
    tag->type = first & 0x0f;
    skip_modex (r, &tag->type);
    if (tag->type == TYPE_AUDIO_MULTITRACK) {
      reader->other_tracks++;
      return WEIR_FLV_NOTHING;
    }
    if (tag->type > TYPE_SEQUENCE_END)
      return WEIR_FLV_NOTHING;
    return read_four_cc (r, WEIR_MEDIA_AUDIO, tag, error);
  case SOUND_AAC:
    tag->codec = WEIR_CODEC_AAC;
    tag->type = weir_reader_u8 (r);
    return tag->type <= TYPE_CODED_FRAMES ? WEIR_FLV_PACKET : WEIR_FLV_NOTHING;
  case SOUND_MP3:
  case SOUND_MP3_8K:
    tag->codec = WEIR_CODEC_MP3;
    tag->type = TYPE_CODED_FRAMES;
    return WEIR_FLV_PACKET;
  default:
    return refuse_sound (first >> 4, error);
  }
}

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

/* What the NAL units of an access unit say, whatever its tag does. */
typedef struct {
  gboolean any; /* one of at least one byte: some cameras send none */
  gboolean key; /* a picture that decoding can begin at */
} NalUnits;

static gboolean
is_key_nal_unit (WeirCodec codec, guint8 first)
{
  guint type = codec == WEIR_CODEC_HEVC ? first >> 1 & 0x3f : first & 0x1f;

  return codec == WEIR_CODEC_HEVC
             ? type >= HEVC_FIRST_IRAP && type <= HEVC_LAST_IRAP
             : type == H264_IDR;
}

/* A unit cut short counts: a decoder may take what there is of it. */
static NalUnits
read_nal_units (const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  gsize at = config->codec == WEIR_CODEC_HEVC ? 21 : 4;
  guint prefix = config->size > at ? (config->data[at] & 3) + 1u : 4;
  NalUnits units = { 0 };
  WeirReader r;

  weir_reader_init (&r, data, size);
  while (!units.key && !r.failed && weir_reader_left (&r) > prefix) {
    guint64 length = weir_reader_uint (&r, prefix);

    if (length == 0)
      continue;
    units.any = TRUE;
    units.key = is_key_nal_unit (config->codec, *r.at);
    weir_reader_take (&r, length);
  }
  return units;
}

WeirFlvResult
weir_flv_reader_take (WeirFlvReader *reader, WeirRtmpMessage *message,
    WeirPacket *ret_packet, GError **error)
{
  WeirMediaKind kind = message->type == WEIR_RTMP_TYPE_VIDEO ? WEIR_MEDIA_VIDEO
                                                             : WEIR_MEDIA_AUDIO;
  WeirCodecConfig *config;
  WeirFlvResult result;
  WeirReader r;
  Tag tag = { 0 };
  gsize offset;

  if (message->payload.size == 0) {
    reader->skipped++;
    return WEIR_FLV_NOTHING;
  }
  weir_reader_init (&r, message->payload.data, message->payload.size);
  result = kind == WEIR_MEDIA_VIDEO ? read_video_tag (reader, &r, &tag, error)
                                    : read_audio_tag (reader, &r, &tag, error);
  if (result == WEIR_FLV_REFUSED)
    return result;
  if (result == WEIR_FLV_NOTHING || r.failed || weir_reader_left (&r) == 0
      || tag.type == TYPE_SEQUENCE_END) {
    reader->skipped++;
    return WEIR_FLV_NOTHING;
  }
  if (tag.type == TYPE_SEQUENCE_START)
    return take_config (reader, tag.codec, r.at, weir_reader_left (&r), error);

  config = reader->configs[kind];
  if ((config == NULL || config->codec != tag.codec)
      && !needs_config (tag.codec)) {
    if (take_config (reader, tag.codec, NULL, 0, error) == WEIR_FLV_REFUSED)
      return WEIR_FLV_REFUSED;
    config = reader->configs[kind];
  }
  if (config == NULL || config->codec != tag.codec) {
    reader->skipped++;
    return WEIR_FLV_NOTHING;
  }
  if (tag.codec == WEIR_CODEC_H264 || tag.codec == WEIR_CODEC_HEVC) {
    NalUnits units = read_nal_units (config, r.at, weir_reader_left (&r));

    if (!units.any) {
      reader->skipped++;
      return WEIR_FLV_NOTHING;
    }
    /* The publisher writes the tag and could hide key pictures with it. */
    tag.key |= units.key;
  }

  offset = message->payload.size - weir_reader_left (&r);
  *ret_packet = (WeirPacket){ .dts_ms = message->timestamp,
    .pts_ms = (gint64) message->timestamp + tag.composition_ms,
    .config = weir_codec_config_ref (config),
    .payload = message->payload,
    .kind = (guint8) kind,
    .codec = (guint8) tag.codec,
    .flags = tag.key ? WEIR_PACKET_KEY : 0 };
  ret_packet->payload.data += offset;
  ret_packet->payload.size -= offset;
  message->payload = (WeirSlice){ 0 };
  return WEIR_FLV_PACKET;
}

void
weir_flv_reader_clear (WeirFlvReader *reader)
{
  for (guint i = 0; i < G_N_ELEMENTS (reader->configs); i++)
    g_clear_pointer (&reader->configs[i], weir_codec_config_unref);
}
