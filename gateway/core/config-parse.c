/* avcC and AudioSpecificConfig, as far as Weir needs them. */
#include "core/config-parse.h"

#include "base/bytes.h"
#include "base/error.h"

#define MAX_SPS_BYTES 4096
#define MAX_REF_FRAMES_IN_CYCLE 255
#define MAX_MBS_PER_SIDE 2048 /* 32768 pixels: far above any level */

typedef struct {
  const guint8 *data;
  gsize bits;
  gsize at;
  gboolean failed;
} Bits;

static guint
bit (Bits *b)
{
  guint v;

  if (b->at >= b->bits) {
    b->failed = TRUE;
    return 0;
  }
  v = b->data[b->at / 8] >> (7 - b->at % 8) & 1;
  b->at++;
  return v;
}

static guint32
bits (Bits *b, guint n)
{
  guint32 v = 0;

  while (n-- > 0)
    v = v << 1 | bit (b);
  return v;
}

/* Exp-Golomb, 9.1 */
static guint32
ue (Bits *b)
{
  guint zeros = 0;

  while (!b->failed && bit (b) == 0)
    if (++zeros > 31)
      b->failed = TRUE;
  return b->failed ? 0 : (1u << zeros) - 1 + bits (b, zeros);
}

static gint32
se (Bits *b)
{
  guint32 v = ue (b);

  return v & 1 ? (gint32) (v / 2 + 1) : -(gint32) (v / 2);
}

static void
skip_scaling_lists (Bits *b, guint lists)
{
  for (guint i = 0; i < lists; i++) {
    gint last = 8, next = 8;

    if (!bit (b))
      continue;
    for (guint j = 0; j < (i < 6 ? 16u : 64u) && !b->failed; j++) {
      if (next != 0)
        next = (gint) ((guint32) last + (guint32) se (b)) & 255;
      if (next != 0)
        last = next;
    }
  }
}

static gboolean
has_chroma_format (guint profile)
{
  static const guint8 profiles[] = { 100, 110, 122, 244, 44, 83, 86, 118, 128,
    138, 139, 134, 135 };

  return memchr (profiles, (int) profile, sizeof profiles) != NULL;
}

/* RBSP: the SPS without its NAL header and without emulation prevention. */
static gboolean
parse_sps (const guint8 *rbsp, gsize size, guint *ret_width, guint *ret_height)
{
  Bits b = { .data = rbsp, .bits = size * 8 };
  guint profile = bits (&b, 8);
  guint chroma = 1, separate = 0, frame_mbs_only, mb_width, map_height;
  guint crop[4] = { 0 }, unit_x, unit_y, width, height;

  bits (&b, 16);
  ue (&b);
  if (has_chroma_format (profile)) {
    chroma = ue (&b);
    if (chroma > 3)
      return FALSE;
    if (chroma == 3)
      separate = bit (&b);
    ue (&b);
    ue (&b);
    bit (&b);
    if (bit (&b))
      skip_scaling_lists (&b, chroma == 3 ? 12 : 8);
  }
  ue (&b);
  switch (ue (&b)) {
  case 0:
    ue (&b);
    break;
  case 1: {
    guint32 n;

    bit (&b);
    se (&b);
    se (&b);
    n = ue (&b);
    if (n > MAX_REF_FRAMES_IN_CYCLE)
      return FALSE;
    while (n-- > 0)
      se (&b);
    break;
  }
  case 2:
    break;
  default:
    return FALSE;
  }
  ue (&b);
  bit (&b);
  mb_width = ue (&b) + 1;
  map_height = ue (&b) + 1;
  frame_mbs_only = bit (&b);
  if (!frame_mbs_only)
    bit (&b);
  bit (&b);
  if (bit (&b))
    for (guint i = 0; i < 4; i++)
      crop[i] = ue (&b);
  if (b.failed || mb_width > MAX_MBS_PER_SIDE || map_height > MAX_MBS_PER_SIDE)
    return FALSE;

  width = mb_width * 16;
  height = map_height * 16 * (2 - frame_mbs_only);
  unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
  unit_y = (chroma == 1 ? 2 : 1) * (2 - frame_mbs_only);
  if (separate || chroma == 0)
    unit_x = 1, unit_y = 2 - frame_mbs_only;
  if ((guint64) (crop[0] + (guint64) crop[1]) * unit_x >= width
      || (guint64) (crop[2] + (guint64) crop[3]) * unit_y >= height)
    return FALSE;
  *ret_width = width - (crop[0] + crop[1]) * unit_x;
  *ret_height = height - (crop[2] + crop[3]) * unit_y;
  return TRUE;
}

/* COUNT parameter sets, each behind its size. */
static void
skip_sets (WeirReader *r, guint count)
{
  while (count-- > 0 && !r->failed)
    weir_reader_take (r, weir_reader_u16 (r));
}

gboolean
weir_config_parse_avcc (const guint8 *data, gsize size, guint *ret_width,
    guint *ret_height, GError **error)
{
  g_autofree guint8 *rbsp = NULL;
  WeirReader r;
  const guint8 *nal;
  guint16 nal_size;
  guint sets;
  gsize n = 0;

  weir_reader_init (&r, data, size);
  if (weir_reader_u8 (&r) != 1) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "avcC: version is not 1");
    return FALSE;
  }
  weir_reader_take (&r, 3);
  weir_reader_u8 (&r);
  sets = weir_reader_u8 (&r) & 0x1f;
  if (sets == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "avcC: no sequence parameter set");
    return FALSE;
  }
  nal_size = weir_reader_u16 (&r);
  nal = weir_reader_take (&r, nal_size);
  if (nal == NULL || nal_size < 4 || nal_size > MAX_SPS_BYTES
      || (nal[0] & 0x1f) != 7) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "avcC: broken sequence parameter set");
    return FALSE;
  }
  skip_sets (&r, sets - 1);
  skip_sets (&r, weir_reader_u8 (&r));
  if (r.failed) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "avcC: ends in the middle of a parameter set");
    return FALSE;
  }
  rbsp = g_malloc (nal_size);
  for (guint i = 1; i < nal_size; i++) {
    if (i >= 3 && nal[i] == 3 && nal[i - 1] == 0 && nal[i - 2] == 0)
      continue;
    rbsp[n++] = nal[i];
  }
  if (!parse_sps (rbsp, n, ret_width, ret_height)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "avcC: can't read the sequence parameter set");
    return FALSE;
  }
  return TRUE;
}

gboolean
weir_config_parse_asc (const guint8 *data, gsize size, guint *ret_sample_rate,
    guint *ret_channels, GError **error)
{
  static const guint rates[] = { 96000, 88200, 64000, 48000, 44100, 32000,
    24000, 22050, 16000, 12000, 11025, 8000, 7350 };
  /* By channelConfiguration; 0: said elsewhere, or not at all. */
  static const guint8 channel_counts[16] = { 0, 1, 2, 3, 4, 5, 6,
    8, [11] = 7, [12] = 8, [13] = 24, [14] = 8 };
  Bits b = { .data = data, .bits = size * 8 };
  guint type = bits (&b, 5);
  guint index, rate, channels;

  if (type == 31)
    type = 32 + bits (&b, 6);
  index = bits (&b, 4);
  if (index == 15)
    rate = bits (&b, 24);
  else
    rate = index < G_N_ELEMENTS (rates) ? rates[index] : 0;
  channels = bits (&b, 4);
  if (b.failed || type == 0 || rate == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "AudioSpecificConfig: can't be read");
    return FALSE;
  }
  *ret_sample_rate = rate;
  *ret_channels = channel_counts[channels];
  return TRUE;
}
