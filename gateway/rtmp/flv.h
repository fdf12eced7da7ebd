/* Bodies of RTMP audio and video messages to packets and back (Adobe FLV
 * 10.1, annex E; Enhanced RTMP v1 and v2 of veovera.org). Pure. Access units
 * come out exactly as they went in. */
#pragma once

#include "core/packet.h"
#include "rtmp/chunk-reader.h"

/* Reads one publisher's messages: holds the codec configuration of each kind
 * and hangs it on the packets. Plain value, zero at first. */
typedef struct {
  WeirCodecConfig *configs[WEIR_MEDIA_KINDS];
  guint64 skipped; /* bodies that hold nothing to decode, or come too early */
  guint64 other_tracks;      /* bodies of tracks that are not track 0 */
  gboolean mislabelled_hevc; /* codec id 7 means HEVC here */
} WeirFlvReader;

typedef enum {
  WEIR_FLV_PACKET,
  WEIR_FLV_NOTHING, /* a configuration, an end of sequence, an odd body */
  WEIR_FLV_REFUSED, /* a codec that is not supported, a broken configuration */
} WeirFlvResult;

/* MESSAGE is audio or video; its payload moves into RET_PACKET. DTS is the
 * message's timestamp, PTS adds the composition time. ARRIVAL_US is left for
 * the caller. */
WeirFlvResult weir_flv_reader_take (WeirFlvReader *reader,
    WeirRtmpMessage *message, WeirPacket *ret_packet, GError **error);
void weir_flv_reader_clear (WeirFlvReader *reader);

#define WEIR_FLV_MAX_HEAD_BYTES 16

/* What stands before the payload in PACKET's message, written to HEAD.
 * Returns its length, 0 when RTMP can't carry the codec. Metadata's head is
 * "@setDataFrame" where servers want one; it may be empty: RET_OK tells. */
gsize weir_flv_write_head (const WeirPacket *packet,
    guint8 head[WEIR_FLV_MAX_HEAD_BYTES], gboolean *ret_ok);

/* The same for a message that carries CONFIG. Returns 0 when its codec needs
 * no such message. */
gsize weir_flv_write_config_head (
    const WeirCodecConfig *config, guint8 head[WEIR_FLV_MAX_HEAD_BYTES]);

/* The RTMP message type for packets of KIND. */
guint8 weir_flv_message_type (WeirMediaKind kind);
