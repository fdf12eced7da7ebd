/* RTMP chunks to messages (Adobe RTMP 1.0, 5.3). Pure: bytes in, messages
 * out, one at a time, so that the owner may stop or change limits between
 * two. Payload is written once, into a slice of the owner's arena.
 *
 * State is kept per chunk stream and type per message: encoders put
 * everything on one chunk stream or each kind on its own. What the
 * specification leaves open is decided so:
 *  - extended timestamp in a type 3 chunk: consumed only when its four bytes
 *    equal the last extended field of the chunk stream, since some senders
 *    repeat it and some do not;
 *  - 0xFFFFFF in type 1 and 2: the extended field is a delta;
 *  - type 3 beginning a message: the last delta again, after a type 0 its
 *    timestamp field;
 *  - type 1 to 3 on a chunk stream not seen before: its state is all zero.
 */
#pragma once

#include "core/block.h"

/* Chunk streams one connection may use; more is WEIR_ERROR_LIMIT. */
#define WEIR_RTMP_MAX_CHUNK_STREAMS 64
/* Bytes of all messages begun and not complete, and the same before media is
 * allowed: room is taken for the length that a message only claims. */
#define WEIR_RTMP_MAX_PARTIAL_BYTES (16 * 1024 * 1024)
#define WEIR_RTMP_MAX_EARLY_PARTIAL_BYTES (128 * 1024)
/* What Set Chunk Size may ask for; 0 is WEIR_ERROR_PROTOCOL. */
#define WEIR_RTMP_MAX_CHUNK_SIZE (16 * 1024 * 1024)
/* Chunks of one message: bounds the work that tiny chunks can make, and
 * leaves 8 MiB in the default chunks of 128 bytes possible. */
#define WEIR_RTMP_MAX_MESSAGE_CHUNKS 65536
/* Audio and data messages, and every message before the publish. */
#define WEIR_RTMP_SMALL_MESSAGE_BYTES (64 * 1024)

enum {
  WEIR_RTMP_TYPE_SET_CHUNK_SIZE = 1,
  WEIR_RTMP_TYPE_ABORT = 2,
  WEIR_RTMP_TYPE_ACK = 3,
  WEIR_RTMP_TYPE_USER_CONTROL = 4,
  WEIR_RTMP_TYPE_WINDOW_ACK = 5,
  WEIR_RTMP_TYPE_PEER_BANDWIDTH = 6,
  WEIR_RTMP_TYPE_AUDIO = 8,
  WEIR_RTMP_TYPE_VIDEO = 9,
  WEIR_RTMP_TYPE_DATA_AMF3 = 15,
  WEIR_RTMP_TYPE_COMMAND_AMF3 = 17,
  WEIR_RTMP_TYPE_DATA = 18,
  WEIR_RTMP_TYPE_COMMAND = 20,
  WEIR_RTMP_TYPE_AGGREGATE = 22,
};

typedef struct {
  guint32 csid;
  guint32 msid;
  guint32 timestamp; /* milliseconds modulo 2^32 */
  guint8 type;
  WeirSlice payload; /* owned; empty for messages of length 0 */
} WeirRtmpMessage;

void weir_rtmp_message_clear (WeirRtmpMessage *message);

typedef struct _WeirRtmpChunkReader WeirRtmpChunkReader;

/* Takes a reference to ARENA. MAX_VIDEO_BYTES bounds video and aggregate
 * messages once media is allowed; see weir_rtmp_chunk_reader_allow_media (). */
WeirRtmpChunkReader *
weir_rtmp_chunk_reader_new (WeirArena *arena, guint32 max_video_bytes);
void weir_rtmp_chunk_reader_free (WeirRtmpChunkReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirRtmpChunkReader, weir_rtmp_chunk_reader_free)

/* From now on video and aggregate messages may be MAX_VIDEO_BYTES long. */
void weir_rtmp_chunk_reader_allow_media (WeirRtmpChunkReader *reader);

typedef enum {
  WEIR_RTMP_READ_MORE,    /* everything consumed, no message complete */
  WEIR_RTMP_READ_MESSAGE, /* RET_MESSAGE is the caller's to clear */
  WEIR_RTMP_READ_FAILED,  /* WEIR_ERROR_PROTOCOL or WEIR_ERROR_LIMIT; do not
                             read on */
} WeirRtmpReadResult;

/* Consumes from *DATA, *SIZE. Call until MORE. Set Chunk Size and Abort take
 * effect here and are handed out as well. */
WeirRtmpReadResult
weir_rtmp_chunk_reader_read (WeirRtmpChunkReader *reader, const guint8 **data,
    gsize *size, WeirRtmpMessage *ret_message, GError **error);
