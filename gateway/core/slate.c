/* Checks the units of a slate and keeps them. */
#include "core/slate.h"

#include "base/bytes.h"
#include "base/error.h"
#include "core/bits.h"

#include <string.h>

typedef enum {
  UNIT_BROKEN,
  UNIT_OTHER, /* something a slate does not have */
  UNIT_SET,   /* a parameter set */
  UNIT_KEY,
  UNIT_PREDICTED,
} UnitKind;

static UnitKind
h264_nal_kind (const guint8 *nal, gsize size)
{
  guint type = nal[0] & 31;
  guint slice_type;
  WeirBits b;

  if (type == 7 || type == 8)
    return UNIT_SET;
  if (type != 1 && type != 5)
    return UNIT_OTHER;
  weir_bits_init (&b, nal + 1, size - 1);
  weir_bits_ue (&b); /* first_mb_in_slice */
  slice_type = weir_bits_ue_max (&b, 9) % 5;
  if (b.failed)
    return UNIT_BROKEN;
  if (type == 5)
    return slice_type == 2 ? UNIT_KEY : UNIT_OTHER;
  return slice_type == 0 ? UNIT_PREDICTED : UNIT_OTHER;
}

/* ITU-T H.265, table 7-1. */
static UnitKind
hevc_nal_kind (const guint8 *nal, gsize size)
{
  guint type = nal[0] >> 1 & 63;

  if (size < 3)
    return UNIT_BROKEN;
  if (type == 19 || type == 20)
    return UNIT_KEY;
  if (type >= 32 && type <= 34)
    return UNIT_SET;
  return type <= 1 ? UNIT_PREDICTED : UNIT_OTHER;
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

/* What all slices of UNIT are. */
static UnitKind
unit_kind (const WeirCodecConfig *config, const guint8 *data, gsize size)
{
  UnitKind kind = UNIT_BROKEN;
  gboolean has_sets = FALSE;
  WeirReader r;

  weir_reader_init (&r, data, size);
  while (weir_reader_left (&r) > 0) {
    gsize n = (gsize) weir_reader_uint (&r, config->video.nal_size_bytes);
    const guint8 *nal = weir_reader_take (&r, n);
    UnitKind one;

    if (nal == NULL || n < 2)
      return UNIT_BROKEN;
    one = config->codec == WEIR_CODEC_H264 ? h264_nal_kind (nal, n)
                                           : hevc_nal_kind (nal, n);
    if (one == UNIT_SET && kind == UNIT_BROKEN && has_set (config, nal, n)) {
      has_sets = TRUE;
      continue;
    }
    if (kind != UNIT_BROKEN && one != kind)
      return one == UNIT_BROKEN ? UNIT_BROKEN : UNIT_OTHER;
    if (one == UNIT_BROKEN)
      return UNIT_BROKEN;
    kind = one;
  }
  if (has_sets && kind == UNIT_PREDICTED)
    return UNIT_OTHER;
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

GBytes *
weir_slate_strip_unit (WeirCodec codec, guint nal_size_bytes, gboolean first,
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

static gboolean
check_limits (GBytes *const *units, guint n_units, gint64 frame_us,
    gsize *ret_bytes, GError **error)
{
  gsize bytes = 0;

  if (n_units == 0 || n_units > WEIR_SLATE_MAX_UNITS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "slate: %u pictures, 1 to %d are taken", n_units, WEIR_SLATE_MAX_UNITS);
    return FALSE;
  }
  if (frame_us < WEIR_SLATE_MIN_FRAME_US
      || frame_us > WEIR_SLATE_MAX_FRAME_US) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "slate: a picture lasts %" G_GINT64_FORMAT " us, %d to %d are taken",
        frame_us, WEIR_SLATE_MIN_FRAME_US, WEIR_SLATE_MAX_FRAME_US);
    return FALSE;
  }
  for (guint i = 0; i < n_units; i++)
    bytes += g_bytes_get_size (units[i]);
  if (bytes > WEIR_SLATE_MAX_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "slate: %" G_GSIZE_FORMAT " bytes, at most %d are taken", bytes,
        WEIR_SLATE_MAX_BYTES);
    return FALSE;
  }
  *ret_bytes = bytes;
  return TRUE;
}

static gboolean
check_units (const WeirCodecConfig *config, GBytes *const *units, guint n_units,
    GError **error)
{
  if ((config->codec != WEIR_CODEC_H264 && config->codec != WEIR_CODEC_HEVC)
      || config->video.nal_size_bytes == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "slate: there is none for %s", weir_codec_title (config->codec));
    return FALSE;
  }
  for (guint i = 0; i < n_units; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (units[i], &size);
    UnitKind expected = i == 0 ? UNIT_KEY : UNIT_PREDICTED;

    if (unit_kind (config, data, size) != expected) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "slate: picture %u is not %s", i,
          i == 0 ? "an IDR picture of its configuration"
                 : "a predicted picture and nothing else");
      return FALSE;
    }
  }
  return TRUE;
}

WeirSlate *
weir_slate_new (WeirCodecConfig *config, GBytes *const *units, guint n_units,
    gint64 frame_us, GError **error)
{
  g_autoptr (WeirArena) arena = NULL;
  WeirSlate *slate;
  gsize bytes;

  if (!check_limits (units, n_units, frame_us, &bytes, error)
      || !check_units (config, units, n_units, error))
    return NULL;
  /* Not counted among what streams hold. */
  arena = weir_arena_new ();
  slate = g_new0 (WeirSlate, 1);
  slate->refs = 1;
  slate->config = weir_codec_config_ref (config);
  slate->frame_us = frame_us;
  slate->bytes = bytes;
  slate->n_units = n_units;
  slate->units = g_new0 (WeirSlice, n_units);
  for (guint i = 0; i < n_units; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (units[i], &size);

    slate->units[i] = weir_arena_alloc (arena, size);
    memcpy (slate->units[i].data, data, size);
  }
  return slate;
}

WeirSlate *
weir_slate_ref (WeirSlate *slate)
{
  slate->refs++;
  return slate;
}

void
weir_slate_unref (WeirSlate *slate)
{
  if (slate == NULL || --slate->refs > 0)
    return;
  for (guint i = 0; i < slate->n_units; i++)
    weir_slice_clear (&slate->units[i]);
  weir_codec_config_unref (slate->config);
  g_free (slate->units);
  g_free (slate);
}

gint64
weir_slate_offset_ms (const WeirSlate *slate, guint64 n)
{
  return (gint64) (n * (guint64) slate->frame_us / 1000);
}

void
weir_slate_get_packet (const WeirSlate *slate, guint64 n, WeirPacket *ret)
{
  guint i = (guint) (n % slate->n_units);

  *ret = (WeirPacket){ .kind = WEIR_MEDIA_VIDEO,
    .codec = (guint8) slate->config->codec,
    .flags = i == 0 ? WEIR_PACKET_KEY : 0,
    .config = weir_codec_config_ref (slate->config),
    .payload = weir_slice_ref (&slate->units[i], 0, slate->units[i].size) };
}
