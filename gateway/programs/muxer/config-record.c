/* Writes av1C and vpcC. */
#include "programs/muxer/config-record.h"

/* AV1 in ISO base media, 2.3.3: the sequence header is the first OBU, in
 * whole, and its size fits one byte. */
static GBytes *
make_av1c (GBytes *unit)
{
  g_autoptr (GByteArray) record = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WeirVideoConfig video;
  guint8 head[4] = { 0x81 };
  gsize size;
  const guint8 *data = g_bytes_get_data (unit, &size);

  if (size < 2 || data[1] & 0x80 || data[1] + 2u > size
      || !weir_video_config_scan_av1 (data, size, &video, &error)
      || video.width == 0)
    return NULL;
  head[1] = (guint8) (video.profile << 5 | (video.level & 31));
  head[2] = 0x0c; /* both chroma planes are halved */
  g_byte_array_append (record, head, sizeof head);
  g_byte_array_append (record, data, data[1] + 2u);
  return g_byte_array_free_to_bytes (g_steal_pointer (&record));
}

/* Levels by luma samples of a picture (webmproject.org/vp9/levels). */
static guint8
vp9_level (guint width, guint height)
{
  static const struct {
    guint samples;
    guint8 level;
  } levels[] = { { 36864, 10 }, { 73728, 11 }, { 122880, 20 }, { 245760, 21 },
    { 552960, 30 }, { 983040, 31 }, { 2228224, 41 }, { 8912896, 51 } };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (width * height <= levels[i].samples)
      return levels[i].level;
  return 61;
}

/* VP Codec ISO Media File Format Binding: profile 0, 8 bits, 4:2:0, limited
 * range, colours not told. */
static GBytes *
make_vpcc (guint width, guint height)
{
  const guint8 record[] = { 1, 0, 0, 0, 0, vp9_level (width, height),
    8 << 4 | 2, 2, 2, 2, 0, 0 };

  return g_bytes_new (record, sizeof record);
}

GBytes *
weir_config_record_make (
    WeirCodec codec, GBytes *unit, guint width, guint height)
{
  return codec == WEIR_CODEC_AV1 ? make_av1c (unit) : make_vpcc (width, height);
}
