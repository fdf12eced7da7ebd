/* What stands before a packet's payload in an RTMP message. */
#include "rtmp/flv.h"

#include <string.h>

#include "base/bytes.h"
#include "rtmp/four-cc.h"
#include "rtmp/message.h"

enum {
  TYPE_SEQUENCE_START = 0,
  TYPE_CODED_FRAMES = 1,
};

#define KEY_FRAME 1
#define INTER_FRAME 2
/* AAC, "44 kHz, 16 bit, stereo": what AAC always says here, whatever it is. */
#define AAC_BYTE 0xaf
#define MP3_BYTE 0x2f
#define SOUND_EXTENDED 9

/* Returns the end of what was written; HEAD itself when there is no way to
 * carry CODEC. */
static guint8 *
write_tag (WeirCodec codec, guint8 type, gboolean key, guint8 *head)
{
  guint frame = key ? KEY_FRAME : INTER_FRAME;
  const char *cc = weir_four_cc_of_codec (codec);

  switch (codec) {
  case WEIR_CODEC_H264:
    head[0] = (guint8) (frame << 4 | 7);
    head[1] = type;
    return head + 2;
  case WEIR_CODEC_AAC:
    head[0] = AAC_BYTE;
    head[1] = type;
    return head + 2;
  case WEIR_CODEC_MP3:
    head[0] = MP3_BYTE;
    return head + 1;
  default:
    if (cc == NULL)
      return head;
    head[0] = weir_codec_kind (codec) == WEIR_MEDIA_VIDEO
                  ? (guint8) (0x80 | frame << 4 | type)
                  : (guint8) (SOUND_EXTENDED << 4 | type);
    memcpy (head + 1, cc, 4);
    return head + 5;
  }
}

gsize
weir_flv_write_head (const WeirPacket *packet,
    guint8 head[WEIR_FLV_MAX_HEAD_BYTES], gboolean *ret_ok)
{
  static const char set_data_frame[] = "\x02\x00\x0d@setDataFrame";
  guint8 *end;

  if (packet->codec == WEIR_CODEC_METADATA) {
    *ret_ok = TRUE;
    if (!weir_rtmp_metadata_is_on_meta_data (
            packet->payload.data, packet->payload.size))
      return 0;
    memcpy (head, set_data_frame, sizeof (set_data_frame) - 1);
    return sizeof (set_data_frame) - 1;
  }
  end = write_tag (
      packet->codec, TYPE_CODED_FRAMES, packet->flags & WEIR_PACKET_KEY, head);
  *ret_ok = end > head;
  if (packet->codec == WEIR_CODEC_H264 || packet->codec == WEIR_CODEC_HEVC)
    end = weir_put_uint (
        end, (guint32) (packet->pts_ms - packet->dts_ms) & 0xffffff, 3);
  return (gsize) (end - head);
}

gsize
weir_flv_write_config_head (
    const WeirCodecConfig *config, guint8 head[WEIR_FLV_MAX_HEAD_BYTES])
{
  guint8 *end;

  if (config->size == 0)
    return 0;
  end = write_tag (config->codec, TYPE_SEQUENCE_START, TRUE, head);
  if (config->codec == WEIR_CODEC_H264)
    end = weir_put_uint (end, 0, 3);
  return (gsize) (end - head);
}

guint8
weir_flv_message_type (WeirMediaKind kind)
{
  switch (kind) {
  case WEIR_MEDIA_VIDEO:
    return WEIR_RTMP_TYPE_VIDEO;
  case WEIR_MEDIA_AUDIO:
    return WEIR_RTMP_TYPE_AUDIO;
  default:
    return WEIR_RTMP_TYPE_DATA;
  }
}
