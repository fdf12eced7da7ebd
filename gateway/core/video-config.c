/* Configuration records, and what coded units say themselves. */
#include "core/video-config.h"

#include "base/bytes.h"
#include "base/error.h"
#include "core/bits.h"
#include "core/sps.h"

#define H264_SPS 7
#define HEVC_SPS 33
#define AV1_SEQUENCE_HEADER 1
#define VP9_SYNC_CODE 0x498342

static gboolean
fail (GError **error, const char *words)
{
  g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, words);
  return FALSE;
}

static gboolean
fail_set (GError **error, guint n_sets, const char *where)
{
  if (n_sets > WEIR_VIDEO_CONFIG_MAX_SETS)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "more than %d sequence parameter sets %s", WEIR_VIDEO_CONFIG_MAX_SETS,
        where);
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "can't read a sequence parameter set %s", where);
  return FALSE;
}

typedef gboolean (*SpsParser) (
    const guint8 *nal, gsize size, WeirVideoConfig *ret);

static gboolean
is_h264_sps (const guint8 *nal, gsize size)
{
  return size > 0 && (nal[0] & 0x1f) == H264_SPS;
}

static gboolean
is_hevc_sps (const guint8 *nal, gsize size)
{
  return size > 0 && (nal[0] >> 1 & 0x3f) == HEVC_SPS;
}

/* Any of the sets may be the one in use: the largest picture counts. N_SETS
 * counts them. */
static gboolean
take_sps (SpsParser parse, const guint8 *nal, gsize size, guint *n_sets,
    WeirVideoConfig *ret)
{
  WeirVideoConfig config = { 0 };

  if (++*n_sets > WEIR_VIDEO_CONFIG_MAX_SETS || !parse (nal, size, &config))
    return FALSE;
  config.nal_size_bytes = ret->nal_size_bytes;
  if ((guint64) config.width * config.height
      > (guint64) ret->width * ret->height)
    *ret = config;
  return TRUE;
}

gboolean
weir_video_config_parse_avcc (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig config = { 0 };
  guint n_sets = 0;
  WeirReader r;
  guint sets;

  weir_reader_init (&r, data, size);
  if (weir_reader_u8 (&r) != 1)
    return fail (error, "avcC: version is not 1");
  weir_reader_take (&r, 3);
  config.nal_size_bytes = (weir_reader_u8 (&r) & 3) + 1u;
  sets = weir_reader_u8 (&r) & 0x1f;
  if (sets == 0)
    return fail (error, "avcC: no sequence parameter set");
  for (guint i = 0; i < sets; i++) {
    guint16 nal_size = weir_reader_u16 (&r);
    const guint8 *nal = weir_reader_take (&r, nal_size);

    if (nal == NULL || !is_h264_sps (nal, nal_size))
      return fail (error, "avcC: broken sequence parameter set");
    if (!take_sps (weir_sps_parse_h264, nal, nal_size, &n_sets, &config))
      return fail (error, "avcC: can't read the sequence parameter set");
  }
  sets = weir_reader_u8 (&r);
  for (guint i = 0; i < sets && !r.failed; i++)
    weir_reader_take (&r, weir_reader_u16 (&r));
  if (r.failed)
    return fail (error, "avcC: ends in the middle of a parameter set");
  *ret = config;
  return TRUE;
}

gboolean
weir_video_config_parse_hvcc (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig config = { 0 };
  WeirReader r;
  guint arrays, n_sets = 0;

  weir_reader_init (&r, data, size);
  /* Early writers left the version at 0. */
  if (weir_reader_u8 (&r) > 1)
    return fail (error, "hvcC: version is not 1");
  weir_reader_take (&r, 20);
  config.nal_size_bytes = (weir_reader_u8 (&r) & 3) + 1u;
  arrays = weir_reader_u8 (&r);
  for (guint i = 0; i < arrays && !r.failed; i++) {
    guint nals;

    weir_reader_u8 (&r);
    nals = weir_reader_u16 (&r);
    for (guint k = 0; k < nals && !r.failed; k++) {
      guint16 nal_size = weir_reader_u16 (&r);
      const guint8 *nal = weir_reader_take (&r, nal_size);

      if (nal != NULL && is_hevc_sps (nal, nal_size)
          && !take_sps (weir_sps_parse_hevc, nal, nal_size, &n_sets, &config))
        return fail_set (error, n_sets, "in hvcC");
    }
  }
  if (r.failed)
    return fail (error, "hvcC: ends in the middle");
  if (config.width == 0)
    return fail (error, "hvcC: no sequence parameter set");
  *ret = config;
  return TRUE;
}

static gboolean
scan_nal_units (const guint8 *data, gsize size, guint nal_size_bytes,
    gboolean (*is_sps) (const guint8 *nal, gsize size), SpsParser parse,
    WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig config = { 0 };
  guint n_sets = 0;
  WeirReader r;

  weir_reader_init (&r, data, size);
  while (!r.failed && weir_reader_left (&r) > nal_size_bytes) {
    gsize nal_size = weir_reader_uint (&r, nal_size_bytes);
    const guint8 *nal = weir_reader_take (&r, nal_size);

    if (nal != NULL && is_sps (nal, nal_size)
        && !take_sps (parse, nal, nal_size, &n_sets, &config))
      return fail_set (error, n_sets, "in the stream");
  }
  *ret = config;
  return TRUE;
}

gboolean
weir_video_config_scan_h264 (const guint8 *data, gsize size,
    guint nal_size_bytes, WeirVideoConfig *ret, GError **error)
{
  return scan_nal_units (
      data, size, nal_size_bytes, is_h264_sps, weir_sps_parse_h264, ret, error);
}

gboolean
weir_video_config_scan_hevc (const guint8 *data, gsize size,
    guint nal_size_bytes, WeirVideoConfig *ret, GError **error)
{
  return scan_nal_units (
      data, size, nal_size_bytes, is_hevc_sps, weir_sps_parse_hevc, ret, error);
}

/* uvlc () of the AV1 specification, 4.10.3 */
static guint64
read_uvlc (WeirBits *b)
{
  guint zeros = 0;

  while (!b->failed && weir_bits_flag (b) == 0)
    if (++zeros >= 32)
      return G_MAXUINT32;
  return ((guint64) 1 << zeros) - 1 + weir_bits_uint (b, zeros);
}

typedef struct {
  gboolean decoder_model;
  guint delay_bits;
  gboolean display_delay;
} Av1Model;

static void
read_av1_timing (WeirBits *b, Av1Model *model, WeirVideoConfig *config)
{
  guint32 units, scale;

  if (!weir_bits_flag (b))
    return;
  units = weir_bits_uint (b, 32);
  scale = weir_bits_uint (b, 32);
  if (weir_bits_flag (b)) /* equal_picture_interval */
    config->frame_rate =
        weir_sps_frame_rate (units * (read_uvlc (b) + 1), scale);
  model->decoder_model = weir_bits_flag (b);
  if (model->decoder_model) {
    model->delay_bits = weir_bits_uint (b, 5) + 1;
    weir_bits_skip (b, 32 + 5 + 5);
  }
}

static void
read_av1_operating_points (
    WeirBits *b, const Av1Model *model, WeirVideoConfig *config)
{
  guint points = weir_bits_uint (b, 5) + 1;

  for (guint i = 0; i < points && !b->failed; i++) {
    guint level;

    weir_bits_skip (b, 12);
    level = weir_bits_uint (b, 5);
    if (i == 0)
      config->level = level;
    if (level > 7)
      weir_bits_skip (b, 1);
    if (model->decoder_model && weir_bits_flag (b))
      weir_bits_skip (b, 2 * model->delay_bits + 1);
    if (model->display_delay && weir_bits_flag (b))
      weir_bits_skip (b, 4);
  }
}

static void
skip_av1_tools (WeirBits *b)
{
  gboolean order_hint;
  guint screen_content;

  weir_bits_skip (b, 4);
  order_hint = weir_bits_flag (b);
  if (order_hint)
    weir_bits_skip (b, 2);
  screen_content = weir_bits_flag (b) ? 2 : weir_bits_flag (b);
  if (screen_content > 0 && !weir_bits_flag (b))
    weir_bits_skip (b, 1);
  if (order_hint)
    weir_bits_skip (b, 3);
}

static void
read_av1_color (WeirBits *b, WeirVideoConfig *config)
{
  gboolean high = weir_bits_flag (b), gray = FALSE;
  guint primaries = 2, transfer = 2, matrix = 2;

  config->bit_depth = high ? 10 : 8;
  if (config->profile == 2 && high && weir_bits_flag (b))
    config->bit_depth = 12;
  if (config->profile != 1)
    gray = weir_bits_flag (b);
  if (weir_bits_flag (b)) {
    primaries = weir_bits_uint (b, 8);
    transfer = weir_bits_uint (b, 8);
    matrix = weir_bits_uint (b, 8);
  }
  if (gray) {
    config->chroma = 0;
    return;
  }
  if (primaries == 1 && transfer == 13 && matrix == 0) { /* sRGB */
    config->chroma = 3;
    return;
  }
  weir_bits_skip (b, 1);
  config->chroma = config->profile == 0 ? 1 : config->profile == 1 ? 3 : 2;
  if (config->profile == 2 && config->bit_depth == 12)
    config->chroma = !weir_bits_flag (b) ? 3 : weir_bits_flag (b) ? 1 : 2;
}

/* sequence_header_obu (), 5.5 */
static gboolean
read_av1_sequence_header (
    const guint8 *data, gsize size, WeirVideoConfig *config)
{
  Av1Model model = { 0 };
  guint width_bits, height_bits;
  gboolean reduced;
  WeirBits b;

  weir_bits_init (&b, data, MIN (size, WEIR_VIDEO_CONFIG_MAX_SET_BYTES));
  config->profile = weir_bits_uint (&b, 3);
  weir_bits_skip (&b, 1);
  reduced = weir_bits_flag (&b);
  if (reduced) {
    config->level = weir_bits_uint (&b, 5);
  } else {
    read_av1_timing (&b, &model, config);
    model.display_delay = weir_bits_flag (&b);
    read_av1_operating_points (&b, &model, config);
  }
  width_bits = weir_bits_uint (&b, 4) + 1;
  height_bits = weir_bits_uint (&b, 4) + 1;
  config->width = weir_bits_uint (&b, width_bits) + 1;
  config->height = weir_bits_uint (&b, height_bits) + 1;
  if (!reduced && weir_bits_flag (&b))
    weir_bits_skip (&b, 7);
  weir_bits_skip (&b, 3);
  if (!reduced)
    skip_av1_tools (&b);
  weir_bits_skip (&b, 3);
  read_av1_color (&b, config);
  return !b.failed && config->profile <= 2;
}

/* leb128 (), 4.10.5; at most 8 bytes, below 2^32. */
static gsize
read_leb128 (WeirReader *r)
{
  guint64 v = 0;

  for (guint i = 0; i < 8; i++) {
    guint8 byte = weir_reader_u8 (r);

    v |= (guint64) (byte & 0x7f) << (7 * i);
    if (!(byte & 0x80))
      break;
    if (i == 7)
      r->failed = TRUE;
  }
  if (v > G_MAXUINT32)
    r->failed = TRUE;
  return r->failed ? 0 : (gsize) v;
}

/* RET keeps what it has when no OBU is a sequence header. FALSE for what can't
 * be read, and for more headers than WEIR_VIDEO_CONFIG_MAX_SETS. */
static gboolean
scan_obus (WeirReader *r, WeirVideoConfig *ret)
{
  guint n_headers = 0;

  while (weir_reader_left (r) > 0) {
    guint8 head = weir_reader_u8 (r);
    WeirVideoConfig config = { 0 };
    const guint8 *obu;
    gsize size;

    if (head & 0x80)
      return FALSE;
    if (head & 4)
      weir_reader_u8 (r);
    size = head & 2 ? read_leb128 (r) : weir_reader_left (r);
    obu = weir_reader_take (r, size);
    if (obu == NULL)
      return FALSE;
    if ((head >> 3 & 15) != AV1_SEQUENCE_HEADER)
      continue;
    if (++n_headers > WEIR_VIDEO_CONFIG_MAX_SETS
        || !read_av1_sequence_header (obu, size, &config))
      return FALSE;
    if ((guint64) config.width * config.height
        > (guint64) ret->width * ret->height)
      *ret = config;
  }
  return TRUE;
}

gboolean
weir_video_config_parse_av1c (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig config = { 0 };
  guint8 levels, format;
  WeirReader r;

  weir_reader_init (&r, data, size);
  if (weir_reader_u8 (&r) != 0x81)
    return fail (error, "av1C: version is not 1");
  levels = weir_reader_u8 (&r);
  format = weir_reader_u8 (&r);
  weir_reader_u8 (&r);
  if (r.failed)
    return fail (error, "av1C: ends in the middle");
  config.profile = levels >> 5;
  config.level = levels & 0x1f;
  config.bit_depth = !(format & 0x40) ? 8 : format & 0x20 ? 12 : 10;
  config.chroma = format & 0x10 ? 0 : !(format & 8) ? 3 : format & 4 ? 1 : 2;
  if (!scan_obus (&r, &config))
    return fail (error, "av1C: can't read its sequence header");
  *ret = config;
  return TRUE;
}

gboolean
weir_video_config_scan_av1 (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig config = { 0 };
  WeirReader r;

  weir_reader_init (&r, data, size);
  if (!scan_obus (&r, &config))
    return fail (error, "can't read the OBUs of a picture");
  *ret = config;
  return TRUE;
}

gboolean
weir_video_config_parse_vpcc (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error)
{
  static const guint8 box_head[] = { 1, 0, 0, 0 };
  WeirVideoConfig config = { 0 };
  guint format;
  WeirReader r;

  weir_reader_init (&r, data, size);
  /* A bare record can't begin so: its second byte is the level. */
  if (size > sizeof box_head && memcmp (data, box_head, sizeof box_head) == 0)
    weir_reader_take (&r, sizeof box_head);
  config.profile = weir_reader_u8 (&r);
  config.level = weir_reader_u8 (&r);
  format = weir_reader_u8 (&r);
  weir_reader_take (&r, 3);
  weir_reader_take (&r, weir_reader_u16 (&r));
  config.bit_depth = format >> 4;
  format = format >> 1 & 7;
  if (r.failed || config.profile > 3 || format > 3)
    return fail (error, "vpcC: can't be read");
  config.chroma = MAX (format, 1);
  *ret = config;
  return TRUE;
}

/* color_config () of the VP9 bitstream specification, 6.2.2 */
static void
read_vp9_color (WeirBits *b, WeirVideoConfig *config)
{
  const guint rgb = 7;
  gboolean any_chroma = config->profile & 1;

  config->bit_depth = config->profile < 2 ? 8 : weir_bits_flag (b) ? 12 : 10;
  config->chroma = 1;
  if (weir_bits_uint (b, 3) == rgb) {
    config->chroma = 3;
    weir_bits_skip (b, any_chroma ? 1 : 0);
    return;
  }
  weir_bits_skip (b, 1);
  if (any_chroma) {
    gboolean half_x = weir_bits_flag (b), half_y = weir_bits_flag (b);

    config->chroma = half_x && half_y ? 1 : half_x ? 2 : 3;
    weir_bits_skip (b, 1);
  }
}

gboolean
weir_video_config_scan_vp9 (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig config = { 0 };
  WeirBits b;

  weir_bits_init (&b, data, MIN (size, WEIR_VIDEO_CONFIG_MAX_SET_BYTES));
  if (weir_bits_uint (&b, 2) != 2)
    return fail (error, "a VP9 frame does not begin with its marker");
  config.profile = weir_bits_flag (&b);
  config.profile |= weir_bits_flag (&b) << 1;
  if (config.profile == 3)
    weir_bits_skip (&b, 1);
  if (weir_bits_flag (&b) || weir_bits_flag (&b)) {
    /* shows an older one, or is no key frame */
    *ret = (WeirVideoConfig){ 0 };
    return TRUE;
  }
  weir_bits_skip (&b, 2);
  if (weir_bits_uint (&b, 24) != VP9_SYNC_CODE)
    return fail (error, "a VP9 key frame has no sync code");
  read_vp9_color (&b, &config);
  config.width = weir_bits_uint (&b, 16) + 1;
  config.height = weir_bits_uint (&b, 16) + 1;
  if (b.failed)
    return fail (error, "a VP9 key frame ends in its header");
  *ret = config;
  return TRUE;
}
