/* What codec configurations and headers say about pictures, read before
 * anything is decoded. Pure parsers for bytes of strangers: every code is
 * bounded, nothing is read past the end, what breaks its specification is
 * WEIR_ERROR_PROTOCOL. */
#pragma once

#include <glib.h>

typedef struct {
  guint width; /* pixels after cropping; 0: not told */
  guint height;
  double frame_rate;    /* pictures a second as announced; 0: not told */
  guint profile;        /* H.264 profile_idc, HEVC general_profile_idc,
                           AV1 seq_profile, VP9 profile */
  guint level;          /* as coded: 31 is H.264's 3.1, 93 HEVC's */
  guint bit_depth;      /* of luma */
  guint chroma;         /* 0 gray, 1 4:2:0, 2 4:2:2, 3 4:4:4 */
  guint nal_size_bytes; /* of the length before a NAL unit; 0: has none */
} WeirVideoConfig;

/* Above it the timing fields count the ticks of a clock, as encoders with a
 * variable rate write them (1/1000 s, 1/90000 s): then not told. */
#define WEIR_VIDEO_CONFIG_MAX_FRAME_RATE 300
/* Of either side: far above any level. */
#define WEIR_VIDEO_CONFIG_MAX_SIDE 65536
/* Of one parameter set or sequence header. */
#define WEIR_VIDEO_CONFIG_MAX_SET_BYTES 4096
/* Of those, in one picture or record: H.264 has 32 ids, the others fewer.
 * Reading a picture of 8 MiB that is nothing else would hold up the loop. */
#define WEIR_VIDEO_CONFIG_MAX_SETS 32

/* AVCDecoderConfigurationRecord and HEVCDecoderConfigurationRecord (ISO/IEC
 * 14496-15), with the sequence parameter sets (ITU-T H.264 7.3.2.1.1, H.265
 * 7.3.2.2). Of several the largest picture counts. */
gboolean weir_video_config_parse_avcc (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);
gboolean weir_video_config_parse_hvcc (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);
/* AV1CodecConfigurationRecord. Without a sequence header among its OBUs, as
 * it may be, there is no size. */
gboolean weir_video_config_parse_av1c (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);
/* VPCodecConfigurationRecord, with or without the head of its MP4 box. It
 * has no size. */
gboolean weir_video_config_parse_vpcc (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);

/* What a coded unit itself says: parameter sets in band, the sequence header,
 * the uncompressed header of a VP9 key frame. RET is all zero when it says
 * nothing. NAL_SIZE_BYTES as above, 1 to 4. */
gboolean weir_video_config_scan_h264 (const guint8 *data, gsize size,
    guint nal_size_bytes, WeirVideoConfig *ret, GError **error);
gboolean weir_video_config_scan_hevc (const guint8 *data, gsize size,
    guint nal_size_bytes, WeirVideoConfig *ret, GError **error);
gboolean weir_video_config_scan_av1 (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);
gboolean weir_video_config_scan_vp9 (
    const guint8 *data, gsize size, WeirVideoConfig *ret, GError **error);
