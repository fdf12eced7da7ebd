/* Tells a slate's units apart, and takes off what it does not have. */
#include "core/slate-units.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "core/bits.h"
#include "core/slate.h"

/* AV1 Bitstream & Decoding Process Specification, 6.2.2. */
#define OBU_SEQUENCE_HEADER 1
#define OBU_FRAME 6

static WeirSlateUnitKind
h264_nal_kind (const guint8 *nal, gsize size)
{
  guint type = nal[0] & 31;
  guint slice_type;
  WeirBits b;

  if (type == 7 || type == 8)
    return WEIR_SLATE_UNIT_SET;
  if (type != 1 && type != 5)
    return WEIR_SLATE_UNIT_OTHER;
  weir_bits_init (&b, nal + 1, size - 1);
  weir_bits_ue (&b); /* first_mb_in_slice */
  slice_type = weir_bits_ue_max (&b, 9) % 5;
  if (b.failed)
    return WEIR_SLATE_UNIT_BROKEN;
  if (type == 5)
    return slice_type == 2 ? WEIR_SLATE_UNIT_KEY : WEIR_SLATE_UNIT_OTHER;
  return slice_type == 0 ? WEIR_SLATE_UNIT_PREDICTED : WEIR_SLATE_UNIT_OTHER;
}

/* ITU-T H.265, table 7-1. */
static WeirSlateUnitKind
hevc_nal_kind (const guint8 *nal, gsize size)
{
  guint type = nal[0] >> 1 & 63;

  if (size < 3)
    return WEIR_SLATE_UNIT_BROKEN;
  if (type == 19 || type == 20)
    return WEIR_SLATE_UNIT_KEY;
  if (type >= 32 && type <= 34)
    return WEIR_SLATE_UNIT_SET;
  return type <= 1 ? WEIR_SLATE_UNIT_PREDICTED : WEIR_SLATE_UNIT_OTHER;
}

/* avcC and hvcC have each set behind its length in two bytes. */
static gboolean
has_set (const WeirCodecConfig *config, const guint8 *nal, gsize size)
{
  if (size > G_MAXUINT16)
    return FALSE;
  for (gsize at = 0; at + 2 + size <= config->size; at++) {
    const guint8 *p = config->data + at;

    if ((gsize) p[0] << 8 == (size & 0xff00) && p[1] == (size & 0xff)
        && memcmp (p + 2, nal, size) == 0)
      return TRUE;
  }
  return FALSE;
}

/* What all slices of an access unit are. */
static WeirSlateUnitKind
nal_unit_kind (const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  WeirSlateUnitKind kind = WEIR_SLATE_UNIT_BROKEN;
  gboolean has_sets = FALSE;
  WeirReader r;

  weir_reader_init (&r, data, size);
  while (weir_reader_left (&r) > 0) {
    gsize n = (gsize) weir_reader_uint (&r, config->video.nal_size_bytes);
    const guint8 *nal = weir_reader_take (&r, n);
    WeirSlateUnitKind one;

    if (nal == NULL || n < 2)
      return WEIR_SLATE_UNIT_BROKEN;
    one = config->codec == WEIR_CODEC_H264 ? h264_nal_kind (nal, n)
                                           : hevc_nal_kind (nal, n);
    if (one == WEIR_SLATE_UNIT_SET && kind == WEIR_SLATE_UNIT_BROKEN
        && has_set (config, nal, n)) {
      has_sets = TRUE;
      continue;
    }
    if (kind != WEIR_SLATE_UNIT_BROKEN && one != kind)
      return one == WEIR_SLATE_UNIT_BROKEN ? WEIR_SLATE_UNIT_BROKEN
                                           : WEIR_SLATE_UNIT_OTHER;
    if (one == WEIR_SLATE_UNIT_BROKEN)
      return WEIR_SLATE_UNIT_BROKEN;
    kind = one;
  }
  if (has_sets && kind == WEIR_SLATE_UNIT_PREDICTED)
    return WEIR_SLATE_UNIT_OTHER;
  return kind;
}

static gboolean
is_needed (WeirCodec codec, guint8 header, gboolean first)
{
  guint type = codec == WEIR_CODEC_H264 ? header & 31 : header >> 1 & 63;

  if (codec == WEIR_CODEC_H264)
    return (type >= 1 && type <= 5) || (first && (type == 7 || type == 8));
  return type < 32 || (first && type <= 34);
}

static GBytes *
strip_nals (WeirCodec codec, guint nal_size_bytes, gboolean first,
    const guint8 *data, gsize size, GError **error)
{
  g_autoptr (GByteArray) kept = g_byte_array_new ();
  WeirReader r;

  weir_reader_init (&r, data, size);
  while (weir_reader_left (&r) > 0) {
    gsize n = (gsize) weir_reader_uint (&r, nal_size_bytes);
    const guint8 *nal = weir_reader_take (&r, n);

    if (nal == NULL) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "slate: a NAL unit is longer than its access unit");
      return NULL;
    }
    if (n == 0 || !is_needed (codec, nal[0], first))
      continue;
    weir_append_uint (kept, n, nal_size_bytes);
    g_byte_array_append (kept, nal, (guint) n);
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&kept));
}

typedef struct {
  guint type;
  const guint8 *whole; /* with its header */
  gsize whole_size;
  const guint8 *payload;
  gsize payload_size;
} Obu;

/* Low-overhead form, with sizes (AV1, 5.3). FALSE when it can't be read. */
static gboolean
next_obu (WeirReader *r, Obu *ret)
{
  const guint8 *start = r->at;
  guint8 header = weir_reader_u8 (r);
  guint64 size = 0;

  if (header & 0x80 || !(header & 2))
    return FALSE;
  if (header & 4)
    weir_reader_u8 (r);
  for (guint i = 0;; i++) {
    guint8 b = weir_reader_u8 (r);

    size |= (guint64) (b & 127) << (7 * i);
    if (!(b & 128))
      break;
    if (i == 3 || r->failed)
      return FALSE;
  }
  ret->type = header >> 3 & 15;
  ret->payload = weir_reader_take (r, (gsize) size);
  ret->payload_size = (gsize) size;
  ret->whole = start;
  ret->whole_size = (gsize) (r->at - start);
  return ret->payload != NULL && !r->failed;
}

/* 5.9.2: show_existing_frame, frame_type, show_frame. */
static WeirSlateUnitKind
obu_frame_kind (const Obu *obu)
{
  guint8 b = obu->payload_size > 0 ? obu->payload[0] : 0xff;

  if (b & 0x80 || !(b & 0x10))
    return WEIR_SLATE_UNIT_OTHER;
  switch (b >> 5 & 3) {
  case 0:
    return WEIR_SLATE_UNIT_KEY;
  case 1:
    return WEIR_SLATE_UNIT_PREDICTED;
  default:
    return WEIR_SLATE_UNIT_OTHER;
  }
}

static WeirSlateUnitKind
av1_unit_kind (const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  WeirSlateUnitKind kind = WEIR_SLATE_UNIT_BROKEN;
  gboolean has_header = FALSE;
  WeirReader r;
  Obu obu;

  weir_reader_init (&r, data, size);
  while (weir_reader_left (&r) > 0) {
    if (!next_obu (&r, &obu))
      return WEIR_SLATE_UNIT_BROKEN;
    if (obu.type == OBU_SEQUENCE_HEADER && !has_header
        && kind == WEIR_SLATE_UNIT_BROKEN
        && memmem (config->data, config->size, obu.whole, obu.whole_size)
               != NULL)
      has_header = TRUE;
    else if (obu.type == OBU_FRAME && kind == WEIR_SLATE_UNIT_BROKEN)
      kind = obu_frame_kind (&obu);
    else
      return WEIR_SLATE_UNIT_OTHER;
  }
  if (has_header != (kind == WEIR_SLATE_UNIT_KEY))
    return WEIR_SLATE_UNIT_OTHER;
  return kind;
}

/* VP9 Bitstream & Decoding Process Specification, 6.2. */
static WeirSlateUnitKind
vp9_unit_kind (const guint8 *data, gsize size)
{
  guint profile, key;
  WeirBits b;

  weir_bits_init (&b, data, size);
  if (weir_bits_uint (&b, 2) != 2)
    return WEIR_SLATE_UNIT_BROKEN;
  profile = weir_bits_flag (&b);
  profile |= weir_bits_flag (&b) << 1;
  if (profile == 3)
    weir_bits_skip (&b, 1);
  if (weir_bits_flag (&b)) /* show_existing_frame */
    return WEIR_SLATE_UNIT_OTHER;
  key = !weir_bits_flag (&b);
  if (!weir_bits_flag (&b)) /* show_frame */
    return WEIR_SLATE_UNIT_OTHER;
  if (b.failed)
    return WEIR_SLATE_UNIT_BROKEN;
  return key ? WEIR_SLATE_UNIT_KEY : WEIR_SLATE_UNIT_PREDICTED;
}

WeirSlateUnitKind
weir_slate_unit_kind (
    const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  switch (config->codec) {
  case WEIR_CODEC_AV1:
    return av1_unit_kind (config, data, size);
  case WEIR_CODEC_VP9:
    return vp9_unit_kind (data, size);
  default:
    return nal_unit_kind (config, data, size);
  }
}

static GBytes *
strip_obus (gboolean first, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (GByteArray) kept = g_byte_array_new ();
  WeirReader r;
  Obu obu;

  weir_reader_init (&r, data, size);
  while (weir_reader_left (&r) > 0) {
    if (!next_obu (&r, &obu)) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "slate: an OBU can't be read");
      return NULL;
    }
    if (obu.type == OBU_FRAME || (first && obu.type == OBU_SEQUENCE_HEADER))
      g_byte_array_append (kept, obu.whole, (guint) obu.whole_size);
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&kept));
}

GBytes *
weir_slate_strip_unit (WeirCodec codec, guint nal_size_bytes, gboolean first,
    const guint8 *data, gsize size, GError **error)
{
  if (codec == WEIR_CODEC_AV1)
    return strip_obus (first, data, size, error);
  if (codec == WEIR_CODEC_VP9)
    return g_bytes_new (data, size);
  return strip_nals (codec, nal_size_bytes, first, data, size, error);
}
