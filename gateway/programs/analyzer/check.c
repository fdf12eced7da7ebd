/* Sizes, profiles, depths and parameter sets, before anything is decoded. */
#include "programs/analyzer/check.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

typedef gboolean (*Parser) (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);

/* Parameter sets: H.264 sequence, picture and the rest that a decoder keeps;
 * HEVC video, sequence, picture. */
static gboolean
is_set (WeirCodec codec, guint8 head)
{
  guint type;

  if (codec == WEIR_CODEC_HEVC) {
    type = head >> 1 & 0x3f;
    return type >= 32 && type <= 34;
  }
  type = head & 0x1f;
  return type == 7 || type == 8 || type == 13 || type == 15;
}

/* Profiles whose pictures decode without another stream: no scalable,
 * multiview or data-partitioned ones. */
static gboolean
is_profile_known (WeirCodec codec, guint profile)
{
  static const guint8 h264[] = { 66, 77, 100, 110, 122, 244, 44 };

  switch (codec) {
  case WEIR_CODEC_H264:
    return memchr (h264, (int) profile, sizeof h264) != NULL;
  case WEIR_CODEC_HEVC: /* Main, Main 10, Main Still Picture, range ext. */
    return profile <= 4;
  default:
    return TRUE; /* all that the parsers let through */
  }
}

/* WHERE begins the sentence; sizes of 0 were not told. */
static gboolean
check_video (WeirCodec codec, const WeirVideoConfig *video,
    const WeirCheckLimits *limits, const char *where, GError **error)
{
  if (MAX (video->width, video->height) > limits->max_long_side
      || MIN (video->width, video->height) > limits->max_short_side) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s: %u x %u pixels, at most %u x %u are analysed ([analysis] "
        "max_long_side, max_short_side)",
        where, video->width, video->height, limits->max_long_side,
        limits->max_short_side);
    return FALSE;
  }
  if (video->bit_depth > WEIR_CHECK_MAX_BIT_DEPTH) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s: %u bits a sample, at most %d are analysed", where,
        video->bit_depth, WEIR_CHECK_MAX_BIT_DEPTH);
    return FALSE;
  }
  if (!is_profile_known (codec, video->profile)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "%s: profile %u of %s is not analysed", where, video->profile,
        weir_codec_title (codec));
    return FALSE;
  }
  return TRUE;
}

gboolean
weir_check_config (WeirCodec codec, const guint8 *data, gsize size,
    const WeirCheckLimits *limits, WeirVideoConfig *ret, GError **error)
{
  WeirVideoConfig video;
  Parser parse;

  switch (codec) {
  case WEIR_CODEC_H264:
    parse = weir_video_config_parse_avcc;
    break;
  case WEIR_CODEC_HEVC:
    parse = weir_video_config_parse_hvcc;
    break;
  case WEIR_CODEC_AV1:
    parse = weir_video_config_parse_av1c;
    break;
  case WEIR_CODEC_VP9:
    parse = weir_video_config_parse_vpcc;
    break;
  default:
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "codec %s is not analysed", weir_codec_name (codec));
    return FALSE;
  }
  if (!parse (data, size, &video, error)) {
    g_prefix_error (error, "configuration: ");
    return FALSE;
  }
  if (!check_video (codec, &video, limits, "configuration", error))
    return FALSE;
  *ret = video;
  return TRUE;
}

typedef struct {
  const guint8 *nal;
  gsize size;
  gboolean found;
} Search;

/* N parameter sets of a record, each with its length before it. */
static void
search_sets (WeirReader *r, guint n, Search *search)
{
  for (guint i = 0; i < n && !r->failed && !search->found; i++) {
    gsize size = weir_reader_u16 (r);
    const guint8 *nal = weir_reader_take (r, size);

    search->found = nal != NULL && size == search->size
                    && memcmp (nal, search->nal, size) == 0;
  }
}

/* avcC and hvcC (ISO/IEC 14496-15). What follows the sets of avcC is not read:
 * a set that is only there counts as the unit's own. */
static gboolean
record_has (WeirCodec codec, GBytes *record, const guint8 *nal, gsize nal_size)
{
  Search search = { nal, nal_size, FALSE };
  WeirReader r;
  gsize size;
  const guint8 *data = g_bytes_get_data (record, &size);
  guint arrays;

  weir_reader_init (&r, data, size);
  if (codec == WEIR_CODEC_H264) {
    weir_reader_take (&r, 5);
    search_sets (&r, weir_reader_u8 (&r) & 0x1f, &search);
    if (!search.found)
      search_sets (&r, weir_reader_u8 (&r), &search);
    return search.found;
  }
  weir_reader_take (&r, 22);
  arrays = weir_reader_u8 (&r);
  for (guint i = 0; i < arrays && !r.failed && !search.found; i++) {
    weir_reader_u8 (&r);
    search_sets (&r, weir_reader_u16 (&r), &search);
  }
  return search.found;
}

static WeirCheckResult
check_sets (WeirCodec codec, GBytes *record, guint nal_size_bytes,
    const guint8 *unit, gsize size, GError **error)
{
  WeirCheckResult result = WEIR_CHECK_PLAIN;
  guint n = 0;
  WeirReader r;

  weir_reader_init (&r, unit, size);
  while (!r.failed && weir_reader_left (&r) > nal_size_bytes) {
    gsize nal_size = (gsize) weir_reader_uint (&r, nal_size_bytes);
    const guint8 *nal = weir_reader_take (&r, nal_size);

    if (nal == NULL || nal_size == 0 || !is_set (codec, *nal))
      continue;
    if (++n > WEIR_CHECK_MAX_SETS) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "more than %d parameter sets in one picture", WEIR_CHECK_MAX_SETS);
      return WEIR_CHECK_REFUSED;
    }
    if (!record_has (codec, record, nal, nal_size))
      result = WEIR_CHECK_OWN_SETS;
  }
  return result;
}

WeirCheckResult
weir_check_unit (WeirCodec codec, GBytes *record, const WeirVideoConfig *video,
    const guint8 *unit, gsize size, gboolean is_key,
    const WeirCheckLimits *limits, GError **error)
{
  guint nal_size_bytes = video->nal_size_bytes;
  WeirVideoConfig own = { 0 };
  gboolean read;

  switch (codec) {
  case WEIR_CODEC_H264:
    read =
        weir_video_config_scan_h264 (unit, size, nal_size_bytes, &own, error);
    break;
  case WEIR_CODEC_HEVC:
    read =
        weir_video_config_scan_hevc (unit, size, nal_size_bytes, &own, error);
    break;
  case WEIR_CODEC_AV1:
    read = weir_video_config_scan_av1 (unit, size, &own, error);
    break;
  default:
    read = weir_video_config_scan_vp9 (unit, size, &own, error);
  }
  if (!read) {
    g_prefix_error (error, "picture: ");
    return WEIR_CHECK_REFUSED;
  }
  if (own.width > 0 && !check_video (codec, &own, limits, "picture", error))
    return WEIR_CHECK_REFUSED;
  switch (codec) {
  case WEIR_CODEC_H264:
  case WEIR_CODEC_HEVC:
    return check_sets (codec, record, nal_size_bytes, unit, size, error);
  case WEIR_CODEC_AV1:
    if (own.width > 0 || !is_key)
      return WEIR_CHECK_PLAIN;
    if (video->width > 0)
      return WEIR_CHECK_NO_HEADER;
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "picture: no sequence header, here or in the configuration");
    return WEIR_CHECK_REFUSED;
  default:
    if (own.width > 0 || !is_key)
      return WEIR_CHECK_PLAIN;
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "picture: not a key frame of VP9");
    return WEIR_CHECK_REFUSED;
  }
}
