/* ITU-T H.264 7.3.2.1.1 and Annex E, H.265 7.3.2.2 and Annex E. */
#include "core/sps.h"

#include <string.h>

#include "core/bits.h"

#define MAX_H264_MBS_PER_SIDE 2048 /* 32768 pixels; twice that for fields */
#define MAX_REF_FRAMES_IN_CYCLE 255
#define MAX_SHORT_TERM_SETS 64
#define MAX_LONG_TERM_PICTURES 32
#define MAX_PICTURES_IN_SET 16

double
weir_sps_frame_rate (guint64 units, guint64 scale)
{
  double rate;

  if (units == 0 || scale == 0)
    return 0;
  rate = (double) scale / (double) units;
  return rate > WEIR_VIDEO_CONFIG_MAX_FRAME_RATE ? 0 : rate;
}

/* NAL unit to RBSP: without its header and emulation prevention. */
static guint8 *
dup_rbsp (const guint8 *nal, gsize size, gsize head, gsize *ret_size)
{
  guint8 *rbsp;
  gsize n = 0;

  if (size <= head || size > WEIR_VIDEO_CONFIG_MAX_SET_BYTES)
    return NULL;
  rbsp = g_malloc (size);
  for (gsize i = head; i < size; i++) {
    if (i >= head + 2 && nal[i] == 3 && nal[i - 1] == 0 && nal[i - 2] == 0)
      continue;
    rbsp[n++] = nal[i];
  }
  *ret_size = n;
  return rbsp;
}

/* The four cropping offsets, in units of UNIT_X by UNIT_Y pixels. */
static gboolean
crop (WeirBits *b, guint unit_x, guint unit_y, WeirVideoConfig *config)
{
  guint64 by[4];

  for (guint i = 0; i < 4; i++)
    by[i] = weir_bits_ue (b);
  if ((by[0] + by[1]) * unit_x >= config->width
      || (by[2] + by[3]) * unit_y >= config->height)
    return FALSE;
  config->width -= (guint) (by[0] + by[1]) * unit_x;
  config->height -= (guint) (by[2] + by[3]) * unit_y;
  return TRUE;
}

/* The part of the VUI before the timing that both codecs have. */
static void
skip_vui_head (WeirBits *b)
{
  if (weir_bits_flag (b) && weir_bits_uint (b, 8) == 255) /* aspect ratio */
    weir_bits_skip (b, 32);
  if (weir_bits_flag (b)) /* overscan */
    weir_bits_skip (b, 1);
  if (weir_bits_flag (b)) { /* video signal type */
    weir_bits_skip (b, 4);
    if (weir_bits_flag (b))
      weir_bits_skip (b, 24);
  }
  if (weir_bits_flag (b)) { /* place of the chroma samples */
    weir_bits_ue (b);
    weir_bits_ue (b);
  }
}

static void
skip_h264_scaling_lists (WeirBits *b, guint lists)
{
  for (guint i = 0; i < lists; i++) {
    gint last = 8, next = 8;

    if (!weir_bits_flag (b))
      continue;
    for (guint j = 0; j < (i < 6 ? 16u : 64u) && !b->failed; j++) {
      if (next != 0)
        next = (gint) ((guint32) last + (guint32) weir_bits_se (b)) & 255;
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

static void
skip_picture_order (WeirBits *b)
{
  guint32 n;

  switch (weir_bits_ue_max (b, 2)) {
  case 0:
    weir_bits_ue (b);
    break;
  case 1:
    weir_bits_skip (b, 1);
    weir_bits_se (b);
    weir_bits_se (b);
    n = weir_bits_ue_max (b, MAX_REF_FRAMES_IN_CYCLE);
    while (n-- > 0)
      weir_bits_se (b);
    break;
  default:
    break;
  }
}

/* A picture has two ticks, one a field. Encoders write the true rate without
 * fixed_frame_rate_flag too, so it tells nothing. */
static double
read_h264_frame_rate (WeirBits *b)
{
  guint32 units;

  skip_vui_head (b);
  if (!weir_bits_flag (b))
    return 0;
  units = weir_bits_uint (b, 32);
  return weir_sps_frame_rate (2 * (guint64) units, weir_bits_uint (b, 32));
}

static gboolean
read_h264_sps (WeirBits *b, WeirVideoConfig *config)
{
  guint separate = 0, depth, mb_width, map_height, frame_mbs_only;
  guint unit_x, unit_y;

  config->profile = weir_bits_uint (b, 8);
  weir_bits_skip (b, 8);
  config->level = weir_bits_uint (b, 8);
  config->chroma = 1;
  config->bit_depth = 8;
  weir_bits_ue (b);
  if (has_chroma_format (config->profile)) {
    config->chroma = weir_bits_ue_max (b, 3);
    if (config->chroma == 3)
      separate = weir_bits_flag (b);
    depth = weir_bits_ue_max (b, 6);
    config->bit_depth = 8 + depth;
    weir_bits_ue_max (b, 6);
    weir_bits_skip (b, 1);
    if (weir_bits_flag (b))
      skip_h264_scaling_lists (b, config->chroma == 3 ? 12 : 8);
  }
  weir_bits_ue (b);
  skip_picture_order (b);
  weir_bits_ue (b);
  weir_bits_skip (b, 1);
  mb_width = weir_bits_ue_max (b, MAX_H264_MBS_PER_SIDE - 1) + 1;
  map_height = weir_bits_ue_max (b, MAX_H264_MBS_PER_SIDE - 1) + 1;
  frame_mbs_only = weir_bits_flag (b);
  if (!frame_mbs_only)
    weir_bits_skip (b, 1);
  weir_bits_skip (b, 1);

  config->width = mb_width * 16;
  config->height = map_height * 16 * (2 - frame_mbs_only);
  unit_x = !separate && (config->chroma == 1 || config->chroma == 2) ? 2 : 1;
  unit_y = (config->chroma == 1 ? 2 : 1) * (2 - frame_mbs_only);
  if (weir_bits_flag (b) && !crop (b, unit_x, unit_y, config))
    return FALSE;
  return !b->failed;
}

gboolean
weir_sps_parse_h264 (const guint8 *nal, gsize size, WeirVideoConfig *ret)
{
  g_autofree guint8 *rbsp = NULL;
  WeirVideoConfig config = { 0 };
  WeirBits b;

  rbsp = dup_rbsp (nal, size, 1, &size);
  if (rbsp == NULL)
    return FALSE;
  weir_bits_init (&b, rbsp, size);
  if (!read_h264_sps (&b, &config))
    return FALSE;
  if (weir_bits_flag (&b))
    config.frame_rate = read_h264_frame_rate (&b);
  if (b.failed)
    config.frame_rate = 0;
  *ret = config;
  return TRUE;
}

/* profile_tier_level (1, SUB_LAYERS - 1) */
static void
read_profile (WeirBits *b, guint sub_layers, WeirVideoConfig *config)
{
  gboolean has_profile[8], has_level[8];

  weir_bits_skip (b, 3);
  config->profile = weir_bits_uint (b, 5);
  weir_bits_skip (b, 32 + 48);
  config->level = weir_bits_uint (b, 8);
  for (guint i = 0; i + 1 < sub_layers; i++) {
    has_profile[i] = weir_bits_flag (b);
    has_level[i] = weir_bits_flag (b);
  }
  if (sub_layers > 1)
    weir_bits_skip (b, 2 * (9 - sub_layers));
  for (guint i = 0; i + 1 < sub_layers; i++)
    weir_bits_skip (b, (has_profile[i] ? 88u : 0u) + (has_level[i] ? 8u : 0u));
}

static gboolean
read_hevc_format (WeirBits *b, guint *ret_sub_layers, WeirVideoConfig *config)
{
  guint sub_layers, depth, unit_x, unit_y;

  weir_bits_skip (b, 4);
  sub_layers = weir_bits_uint (b, 3) + 1;
  if (sub_layers > 7)
    return FALSE;
  weir_bits_skip (b, 1);
  read_profile (b, sub_layers, config);
  weir_bits_ue_max (b, 15);
  config->chroma = weir_bits_ue_max (b, 3);
  if (config->chroma == 3)
    weir_bits_skip (b, 1);
  config->width = weir_bits_ue_max (b, WEIR_VIDEO_CONFIG_MAX_SIDE);
  config->height = weir_bits_ue_max (b, WEIR_VIDEO_CONFIG_MAX_SIDE);
  unit_x = config->chroma == 1 || config->chroma == 2 ? 2 : 1;
  unit_y = config->chroma == 1 ? 2 : 1;
  if (weir_bits_flag (b) && !crop (b, unit_x, unit_y, config))
    return FALSE;
  depth = weir_bits_ue_max (b, 8);
  config->bit_depth = 8 + depth;
  weir_bits_ue_max (b, 8);
  *ret_sub_layers = sub_layers;
  return !b->failed && config->width > 0 && config->height > 0;
}

static void
skip_hevc_scaling_lists (WeirBits *b)
{
  for (guint size = 0; size < 4; size++)
    for (guint matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
      if (!weir_bits_flag (b)) {
        weir_bits_ue (b);
        continue;
      }
      if (size > 1)
        weir_bits_se (b);
      for (guint i = 0; i < MIN (64u, 1u << (4 + 2 * size)); i++)
        weir_bits_se (b);
    }
}

/* st_ref_pic_set (INDEX); BEFORE pictures in the set before it. Returns how
 * many this one has. */
static guint
skip_short_term_set (WeirBits *b, guint index, guint before)
{
  guint n, pictures = 0;

  if (index > 0 && weir_bits_flag (b)) {
    weir_bits_skip (b, 1);
    weir_bits_ue (b);
    for (guint i = 0; i <= before; i++)
      /* used_by_curr_pic_flag, or else use_delta_flag */
      pictures += weir_bits_flag (b) || weir_bits_flag (b);
  } else {
    n = weir_bits_ue_max (b, MAX_PICTURES_IN_SET);
    pictures = n + weir_bits_ue_max (b, MAX_PICTURES_IN_SET);
    for (guint i = 0; i < pictures; i++) {
      weir_bits_ue (b);
      weir_bits_skip (b, 1);
    }
  }
  if (pictures > MAX_PICTURES_IN_SET)
    b->failed = TRUE;
  return b->failed ? 0 : pictures;
}

/* Everything between the format and the VUI. */
static void
skip_hevc_tools (WeirBits *b, guint sub_layers)
{
  guint poc_bits = weir_bits_ue_max (b, 12) + 4;
  guint layers = weir_bits_flag (b) ? sub_layers : 1;
  guint sets, pictures = 0;

  for (guint i = 0; i < 3 * layers; i++)
    weir_bits_ue (b);
  for (guint i = 0; i < 6; i++)
    weir_bits_ue (b);
  if (weir_bits_flag (b) && weir_bits_flag (b))
    skip_hevc_scaling_lists (b);
  weir_bits_skip (b, 2);
  if (weir_bits_flag (b)) { /* PCM */
    weir_bits_skip (b, 8);
    weir_bits_ue (b);
    weir_bits_ue (b);
    weir_bits_skip (b, 1);
  }
  sets = weir_bits_ue_max (b, MAX_SHORT_TERM_SETS);
  for (guint i = 0; i < sets; i++)
    pictures = skip_short_term_set (b, i, pictures);
  if (weir_bits_flag (b))
    weir_bits_skip (b,
        (gsize) weir_bits_ue_max (b, MAX_LONG_TERM_PICTURES) * (poc_bits + 1));
  weir_bits_skip (b, 2);
}

static double
read_hevc_frame_rate (WeirBits *b)
{
  guint32 units;

  skip_vui_head (b);
  weir_bits_skip (b, 3);
  if (weir_bits_flag (b)) /* default display window */
    for (guint i = 0; i < 4; i++)
      weir_bits_ue (b);
  if (!weir_bits_flag (b))
    return 0;
  units = weir_bits_uint (b, 32);
  return weir_sps_frame_rate (units, weir_bits_uint (b, 32));
}

gboolean
weir_sps_parse_hevc (const guint8 *nal, gsize size, WeirVideoConfig *ret)
{
  g_autofree guint8 *rbsp = NULL;
  WeirVideoConfig config = { 0 };
  guint sub_layers;
  WeirBits b;

  rbsp = dup_rbsp (nal, size, 2, &size);
  if (rbsp == NULL)
    return FALSE;
  weir_bits_init (&b, rbsp, size);
  if (!read_hevc_format (&b, &sub_layers, &config))
    return FALSE;
  skip_hevc_tools (&b, sub_layers);
  if (weir_bits_flag (&b))
    config.frame_rate = read_hevc_frame_rate (&b);
  if (b.failed)
    config.frame_rate = 0;
  *ret = config;
  return TRUE;
}
