/* A packet: one coded access unit or audio frame, or one metadata message, in
 * a form that belongs to no container.
 *
 * Payload by codec: H.264 and HEVC as length-prefixed NAL units (ISO/IEC
 * 14496-15, the prefix length stands in the configuration), AV1 as a temporal
 * unit of OBUs, VP9 as a frame, AAC raw without ADTS, Opus as a packet, MP2,
 * MP3 and AC-3 as a frame, metadata as the AMF0 values of an RTMP data message
 * without "@setDataFrame".
 *
 * Codec configuration is never a packet: it hangs on each packet by
 * reference, so that any egress may begin at any key frame. Loop thread. */
#pragma once

#include "core/block.h"
#include "core/video-config.h"

typedef enum {
  WEIR_MEDIA_VIDEO,
  WEIR_MEDIA_AUDIO,
  WEIR_MEDIA_DATA,
} WeirMediaKind;
#define WEIR_MEDIA_KINDS 3

typedef enum {
  WEIR_CODEC_NONE,
  WEIR_CODEC_H264,
  WEIR_CODEC_HEVC,
  WEIR_CODEC_AV1,
  WEIR_CODEC_VP9,
  WEIR_CODEC_AAC,
  WEIR_CODEC_OPUS,
  WEIR_CODEC_MP2,
  WEIR_CODEC_MP3,
  WEIR_CODEC_AC3,
  WEIR_CODEC_METADATA,
} WeirCodec;

/* A set of codecs: bit number WeirCodec each. */
typedef guint32 WeirCodecSet;
#define WEIR_CODEC_SET(codec) ((WeirCodecSet) 1 << (codec))

/* Lower-case name as the console shows it: "h264". Never NULL. */
const char *weir_codec_name (WeirCodec codec);
/* As sentences have it: "H.264". Never NULL. */
const char *weir_codec_title (WeirCodec codec);
WeirMediaKind weir_codec_kind (WeirCodec codec);

/* A stream's track configuration: avcC for H.264, hvcC for HEVC, av1C for
 * AV1, vpcC for VP9, AudioSpecificConfig for AAC, OpusHead for Opus; DATA may
 * be empty for codecs without one. */
typedef struct {
  guint refs;
  WeirCodec codec;
  gsize size;
  guint8 *data;
  WeirVideoConfig video; /* pictures */
  guint sample_rate;     /* sound: hertz, 0 if not known */
  guint channels;
} WeirCodecConfig;

#define WEIR_CODEC_CONFIG_MAX_BYTES (64 * 1024)

/* Copies DATA and reads sizes and rates from it (core/video-config.h,
 * core/config-parse.h).
 * NULL with WEIR_ERROR_PROTOCOL when it breaks its specification, with
 * WEIR_ERROR_LIMIT when it is longer than WEIR_CODEC_CONFIG_MAX_BYTES. */
WeirCodecConfig *weir_codec_config_new (
    WeirCodec codec, const guint8 *data, gsize size, GError **error);
WeirCodecConfig *weir_codec_config_ref (WeirCodecConfig *config);
void weir_codec_config_unref (WeirCodecConfig *config);
gboolean
weir_codec_config_equal (const WeirCodecConfig *a, const WeirCodecConfig *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCodecConfig, weir_codec_config_unref)

typedef enum {
  WEIR_PACKET_KEY = 1 << 0,     /* decoding can begin here; of metadata: it
                                   describes the stream from here on */
  WEIR_PACKET_DISCONT = 1 << 1, /* something before it is missing */
  WEIR_PACKET_MISSING = 1 << 2, /* its bytes were not kept: withheld */
} WeirPacketFlags;

typedef struct {
  guint64 seq;       /* place in the window, given by it; rises by one */
  gint64 dts_ms;     /* stream time */
  gint64 pts_ms;     /* stream time; may be below dts_ms in broken input */
  gint64 arrival_us; /* monotonic: the last byte was read from the socket */
  WeirCodecConfig *config; /* owned; NULL for metadata */
  WeirSlice payload;       /* owned */
  guint8 kind;             /* WeirMediaKind */
  guint8 codec;            /* WeirCodec */
  guint8 track;            /* number within its kind, from 0 */
  guint8 flags;            /* WeirPacketFlags */
} WeirPacket;

void weir_packet_clear (WeirPacket *packet);
/* What PACKET's payload says about its pictures beside the configuration:
 * parameter sets in band, headers of AV1 and VP9. RET is all zero when it says
 * nothing. FALSE with WEIR_ERROR_PROTOCOL. */
gboolean weir_packet_scan_video (
    const WeirPacket *packet, WeirVideoConfig *ret, GError **error);
/* RET gets references of its own to payload and configuration. */
void weir_packet_copy (const WeirPacket *packet, WeirPacket *ret);
