/* Takes the heads of audio and video messages apart, old form and new. */
#include "rtmp/flv-tag.h"

#include "base/bytes.h"
#include "base/error.h"
#include "rtmp/four-cc.h"

#define FRAME_KEY 1
#define FRAME_COMMAND 5
#define VIDEO_EXTENDED 0x80

/* Legacy video codecs, byte 0, low half. */
enum {
  VIDEO_AVC = 7,
  VIDEO_HEVC = 12, /* not in Adobe's list; common in Chinese encoders */
};

/* Sound formats, byte 0, high half. */
enum {
  SOUND_MP3 = 2,
  SOUND_EXTENDED = 9,
  SOUND_AAC = 10,
  SOUND_MP3_8K = 14,
};

/* Packet types of Enhanced RTMP; 0 to 2 mean the same in AVC and AAC bodies. */
enum {
  TYPE_SEQUENCE_START = 0,
  TYPE_CODED_FRAMES = 1,
  TYPE_SEQUENCE_END = 2,
  TYPE_CODED_FRAMES_X = 3, /* video: no composition time */
  TYPE_METADATA = 4,       /* of sound: channel layout */
  TYPE_AUDIO_MULTITRACK = 5,
  TYPE_VIDEO_TS_SEQUENCE_START = 5,
  TYPE_VIDEO_MULTITRACK = 6,
  TYPE_MODEX = 7,
};

enum {
  TRACKS_ONE = 0,
  TRACKS_MANY = 1,
  TRACKS_MANY_CODECS = 2,
};

static gint32
read_si24 (WeirReader *r)
{
  guint32 v = weir_reader_u24 (r);

  return v & 0x800000 ? (gint32) v - 0x1000000 : (gint32) v;
}

static WeirFlvTagResult
refuse (GError **error, const char *what, guint id, const char *name)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "%s %u (%s) is not supported", what, id, name != NULL ? name : "unknown");
  return WEIR_FLV_TAG_REFUSED;
}

static WeirFlvTagResult
refuse_legacy_video (guint id, GError **error)
{
  static const char *const names[16] = { [1] = "JPEG",
    [2] = "Sorenson H.263",
    [3] = "Screen video",
    [4] = "VP6",
    [5] = "VP6 with alpha",
    [6] = "Screen video 2",
    [8] = "H.263",
    [9] = "MPEG-4 part 2",
    [13] = "AV1 without FourCC" };

  return refuse (error, "video codec id", id, names[id & 0x0f]);
}

static WeirFlvTagResult
refuse_sound (guint id, GError **error)
{
  static const char *const names[16] = { [0] = "PCM",
    [1] = "ADPCM",
    [3] = "PCM",
    [4] = "Nellymoser",
    [5] = "Nellymoser",
    [6] = "Nellymoser",
    [7] = "G.711 A-law",
    [8] = "G.711 mu-law",
    [11] = "Speex" };

  return refuse (error, "sound format", id, names[id & 0x0f]);
}

/* What modifies a packet, for now an offset in nanoseconds: below what RTMP's
 * clock can tell, so it is passed over. */
static gboolean
skip_modex (WeirReader *r, guint8 *type, GError **error)
{
  for (guint n = 0; *type == TYPE_MODEX && !r->failed; n++) {
    guint size = weir_reader_u8 (r) + 1u;

    if (n == WEIR_FLV_MAX_MODEX) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "more than %d modifiers before one packet", WEIR_FLV_MAX_MODEX);
      return FALSE;
    }
    if (size == 256)
      size = weir_reader_u16 (r) + 1u;
    weir_reader_take (r, size);
    *type = weir_reader_u8 (r) & 0x0f;
  }
  return TRUE;
}

/* Narrows R to the body of track 0. */
static WeirFlvTagResult
find_track (WeirReader *r, guint8 *type, const guint8 **ret_four_cc,
    guint *ret_other_tracks, GError **error)
{
  guint8 first = weir_reader_u8 (r);
  guint form = first >> 4;
  const guint8 *four_cc = NULL;
  const guint8 *body = NULL;
  gsize body_size = 0;
  guint tracks = 0;

  *type = first & 0x0f;
  if (form > TRACKS_MANY_CODECS)
    return WEIR_FLV_TAG_NOTHING;
  if (form != TRACKS_MANY_CODECS)
    four_cc = weir_reader_take (r, 4);
  do {
    const guint8 *p;
    guint8 number;
    gsize size;

    if (++tracks > WEIR_FLV_MAX_TRACKS) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "more than %d tracks in one message", WEIR_FLV_MAX_TRACKS);
      return WEIR_FLV_TAG_REFUSED;
    }
    if (form == TRACKS_MANY_CODECS)
      four_cc = weir_reader_take (r, 4);
    number = weir_reader_u8 (r);
    size = form == TRACKS_ONE ? weir_reader_left (r) : weir_reader_u24 (r);
    p = weir_reader_take (r, size);
    if (p == NULL)
      return WEIR_FLV_TAG_NOTHING;
    if (number == 0 && body == NULL) {
      body = p;
      body_size = size;
      *ret_four_cc = four_cc;
    } else {
      ++*ret_other_tracks;
    }
  } while (form != TRACKS_ONE && weir_reader_left (r) > 0);
  if (body == NULL)
    return WEIR_FLV_TAG_NOTHING;
  weir_reader_init (r, body, body_size);
  return WEIR_FLV_TAG_OK;
}

static WeirFlvTagResult
refuse_four_cc (WeirMediaKind kind, const guint8 *four_cc, GError **error)
{
  g_autofree char *text = g_strndup ((const char *) four_cc, 4);

  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "%s codec '%s' (%s) is not supported",
      kind == WEIR_MEDIA_VIDEO ? "video" : "audio", text,
      weir_four_cc_name (four_cc));
  return WEIR_FLV_TAG_REFUSED;
}

static WeirFlvTagResult
set_content (WeirFlvTag *tag, guint8 type)
{
  switch (type) {
  case TYPE_SEQUENCE_START:
    tag->content = WEIR_FLV_CONFIG;
    return WEIR_FLV_TAG_OK;
  case TYPE_CODED_FRAMES:
  case TYPE_CODED_FRAMES_X:
    tag->content = WEIR_FLV_FRAME;
    return WEIR_FLV_TAG_OK;
  default:
    return WEIR_FLV_TAG_NOTHING;
  }
}

/* From behind the first byte on, whose low half is TYPE. */
static WeirFlvTagResult
read_enhanced (WeirReader *r, WeirMediaKind kind, guint8 type, guint frame,
    WeirFlvTag *tag, GError **error)
{
  gboolean video = kind == WEIR_MEDIA_VIDEO;
  const guint8 *four_cc = NULL;

  if (!skip_modex (r, &type, error))
    return WEIR_FLV_TAG_REFUSED;
  if (video && (frame == FRAME_COMMAND || type == TYPE_METADATA))
    return WEIR_FLV_TAG_NOTHING;
  if (type == (video ? TYPE_VIDEO_MULTITRACK : TYPE_AUDIO_MULTITRACK)) {
    WeirFlvTagResult result =
        find_track (r, &type, &four_cc, &tag->other_tracks, error);

    if (result != WEIR_FLV_TAG_OK)
      return result;
  } else {
    four_cc = weir_reader_take (r, 4);
  }
  if (video && type == TYPE_VIDEO_TS_SEQUENCE_START) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "a codec configuration in the form of MPEG-2 TS is not supported");
    return WEIR_FLV_TAG_REFUSED;
  }
  if (four_cc == NULL || (!video && type == TYPE_CODED_FRAMES_X)
      || set_content (tag, type) != WEIR_FLV_TAG_OK)
    return WEIR_FLV_TAG_NOTHING;
  tag->codec = weir_four_cc_to_codec (four_cc);
  if (tag->codec == WEIR_CODEC_NONE || weir_codec_kind (tag->codec) != kind)
    return refuse_four_cc (kind, four_cc, error);
  if (type == TYPE_CODED_FRAMES
      && (tag->codec == WEIR_CODEC_H264 || tag->codec == WEIR_CODEC_HEVC))
    tag->composition_ms = read_si24 (r);
  return WEIR_FLV_TAG_OK;
}

static WeirFlvTagResult
read_video (WeirReader *r, WeirFlvTag *tag, GError **error)
{
  guint8 first = weir_reader_u8 (r);
  guint frame = first >> 4 & 7;
  guint8 type;

  tag->key = frame == FRAME_KEY;
  if (first & VIDEO_EXTENDED)
    return read_enhanced (r, WEIR_MEDIA_VIDEO, first & 0x0f, frame, tag, error);
  if (frame == FRAME_COMMAND)
    return WEIR_FLV_TAG_NOTHING;
  tag->legacy = TRUE;
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
  type = weir_reader_u8 (r);
  tag->composition_ms = read_si24 (r);
  return type == TYPE_CODED_FRAMES_X ? WEIR_FLV_TAG_NOTHING
                                     : set_content (tag, type);
}

static WeirFlvTagResult
read_audio (WeirReader *r, WeirFlvTag *tag, GError **error)
{
  guint8 first = weir_reader_u8 (r);
  guint8 type;

  tag->key = TRUE;
  tag->legacy = TRUE;
  switch (first >> 4) {
  case SOUND_EXTENDED:
    tag->legacy = FALSE;
    return read_enhanced (r, WEIR_MEDIA_AUDIO, first & 0x0f, 0, tag, error);
  case SOUND_AAC:
    tag->codec = WEIR_CODEC_AAC;
    type = weir_reader_u8 (r);
    return type > TYPE_CODED_FRAMES ? WEIR_FLV_TAG_NOTHING
                                    : set_content (tag, type);
  case SOUND_MP3:
  case SOUND_MP3_8K:
    tag->codec = WEIR_CODEC_MP3;
    tag->content = WEIR_FLV_FRAME;
    return WEIR_FLV_TAG_OK;
  default:
    return refuse_sound (first >> 4, error);
  }
}

WeirFlvTagResult
weir_flv_tag_read (WeirMediaKind kind, const guint8 *body, gsize size,
    WeirFlvTag *ret_tag, GError **error)
{
  WeirFlvTagResult result;
  WeirReader r;

  *ret_tag = (WeirFlvTag){ 0 };
  weir_reader_init (&r, body, size);
  if (size == 0)
    return WEIR_FLV_TAG_NOTHING;
  result = kind == WEIR_MEDIA_VIDEO ? read_video (&r, ret_tag, error)
                                    : read_audio (&r, ret_tag, error);
  if (result != WEIR_FLV_TAG_OK)
    return result;
  if (r.failed || weir_reader_left (&r) == 0)
    return WEIR_FLV_TAG_NOTHING;
  ret_tag->payload = r.at;
  ret_tag->size = weir_reader_left (&r);
  return WEIR_FLV_TAG_OK;
}
