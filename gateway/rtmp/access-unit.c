/* Looks at NAL units, OBUs and frame headers, as far as key pictures go. */
#include "rtmp/access-unit.h"

#include "base/bytes.h"

/* NAL unit types. */
enum {
  H264_IDR = 5,
  HEVC_FIRST_IRAP = 16,
  HEVC_LAST_IRAP = 21,
};

/* AV1 specification, 5.3 and 5.9. */
enum {
  OBU_FRAME_HEADER = 3,
  OBU_FRAME = 6,
};
#define LEB128_BYTES 8

#define HVCC_BYTES 23

static gboolean
is_key_nal_unit (WeirCodec codec, guint8 first)
{
  guint type = codec == WEIR_CODEC_HEVC ? first >> 1 & 0x3f : first & 0x1f;

  return codec == WEIR_CODEC_HEVC
             ? type >= HEVC_FIRST_IRAP && type <= HEVC_LAST_IRAP
             : type == H264_IDR;
}

/* A unit cut short counts: a decoder may take what there is of it. */
static WeirAccessUnit
look_at_nal_units (const WeirCodecConfig *config, WeirReader *r)
{
  guint prefix = config->video.nal_size_bytes;
  WeirAccessUnit unit = { 0 };

  while (!unit.key && !r->failed && weir_reader_left (r) > prefix) {
    guint64 length = weir_reader_uint (r, prefix);

    if (length == 0)
      continue;
    unit.any = TRUE;
    unit.key = is_key_nal_unit (config->codec, *r->at);
    weir_reader_take (r, length);
  }
  return unit;
}

static guint64
read_leb128 (WeirReader *r)
{
  guint64 v = 0;

  for (guint i = 0; i < LEB128_BYTES; i++) {
    guint8 byte = weir_reader_u8 (r);

    v |= (guint64) (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0)
      break;
  }
  return v;
}

static gboolean
has_av1_key_frame (WeirReader *r)
{
  while (!r->failed && weir_reader_left (r) > 0) {
    guint8 header = weir_reader_u8 (r);
    guint type = header >> 3 & 0x0f;
    guint64 size;

    if (header & 4)
      weir_reader_u8 (r); /* extension */
    size = header & 2 ? read_leb128 (r) : weir_reader_left (r);
    /* show_existing_frame and frame_type are both 0 */
    if ((type == OBU_FRAME || type == OBU_FRAME_HEADER) && size > 0
        && weir_reader_left (r) > 0 && (*r->at & 0xe0) == 0)
      return TRUE;
    weir_reader_take (r, size);
  }
  return FALSE;
}

/* VP9 bitstream specification, 6.2: marker, profile, show_existing_frame,
 * frame_type. */
static gboolean
is_vp9_key_frame (guint8 first)
{
  guint below_profile = (first & 0x30) == 0x30 ? 1 : 0; /* a reserved bit */

  return first >> 6 == 2 && (first << below_profile & 0x0c) == 0;
}

WeirAccessUnit
weir_access_unit_look (
    const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  WeirAccessUnit unit = { .any = size > 0 };
  WeirReader r;

  weir_reader_init (&r, data, size);
  switch (config->codec) {
  case WEIR_CODEC_H264:
  case WEIR_CODEC_HEVC:
    return look_at_nal_units (config, &r);
  case WEIR_CODEC_AV1:
    unit.key = has_av1_key_frame (&r);
    return unit;
  case WEIR_CODEC_VP9:
    unit.key = size > 0 && is_vp9_key_frame (data[0]);
    return unit;
  default:
    return unit;
  }
}

gboolean
weir_access_unit_is_hvcc (const guint8 *data, gsize size)
{
  /* Both records have bits that are always set, at different places. */
  if (size < HVCC_BYTES || data[0] != 1)
    return FALSE;
  if ((data[4] & 0xfc) == 0xfc && (data[5] & 0xe0) == 0xe0)
    return FALSE;
  return (data[13] & 0xf0) == 0xf0 && (data[15] & 0xfc) == 0xfc
         && (data[16] & 0xfc) == 0xfc && (data[17] & 0xf8) == 0xf8
         && (data[18] & 0xf8) == 0xf8;
}
