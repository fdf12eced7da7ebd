/* Reassembles messages from chunks, byte by byte where it must and in one
 * copy where it can. */
#include "rtmp/chunk-reader.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

#define DEFAULT_CHUNK_SIZE 128
#define EXTENDED 0xFFFFFF
#define MAX_HEADER_BYTES (3 + 11 + 4)

typedef struct {
  guint32 csid;
  guint32 msid;
  guint32 timestamp;
  guint32 delta;
  guint32 extended; /* last extended field as it was on the wire */
  gboolean has_extended;
  guint32 length;
  guint32 received;
  guint32 chunks; /* of the message begun */
  guint8 type;
  gboolean partial;
  WeirSlice payload;
} ChunkStream;

typedef enum {
  STATE_HEADER,
  STATE_PEEK, /* type 3: are the next four bytes the extended field? */
  STATE_PAYLOAD,
} State;

struct _WeirRtmpChunkReader {
  WeirArena *arena;
  guint32 chunk_size;
  guint32 max_video_bytes;
  gboolean media_allowed;
  gsize partial_bytes;
  State state;

  guint8 header[MAX_HEADER_BYTES];
  guint have;
  guint8 format;
  guint32 csid;

  ChunkStream *current;
  guint32 chunk_left; /* payload bytes of the chunk being read */

  /* Bytes peeked at that turned out to be no extended timestamp. */
  guint8 back[4];
  guint back_at;
  guint back_end;

  ChunkStream streams[WEIR_RTMP_MAX_CHUNK_STREAMS];
  guint n_streams;
};

void
weir_rtmp_message_clear (WeirRtmpMessage *message)
{
  weir_slice_clear (&message->payload);
}

WeirRtmpChunkReader *
weir_rtmp_chunk_reader_new (WeirArena *arena, guint32 max_video_bytes)
{
  WeirRtmpChunkReader *reader = g_new0 (WeirRtmpChunkReader, 1);

  reader->arena = weir_arena_ref (arena);
  reader->chunk_size = DEFAULT_CHUNK_SIZE;
  reader->max_video_bytes = max_video_bytes;
  return reader;
}

void
weir_rtmp_chunk_reader_free (WeirRtmpChunkReader *reader)
{
  if (reader == NULL)
    return;
  for (guint i = 0; i < reader->n_streams; i++)
    weir_slice_clear (&reader->streams[i].payload);
  weir_arena_unref (reader->arena);
  g_free (reader);
}

void
weir_rtmp_chunk_reader_allow_media (WeirRtmpChunkReader *reader)
{
  reader->media_allowed = TRUE;
}

static gboolean
next_byte (WeirRtmpChunkReader *reader, const guint8 **data, gsize *size,
    guint8 *ret_byte)
{
  if (reader->back_at < reader->back_end) {
    *ret_byte = reader->back[reader->back_at++];
    return TRUE;
  }
  if (*size == 0)
    return FALSE;
  *ret_byte = *(*data)++;
  (*size)--;
  return TRUE;
}

static ChunkStream *
find_stream (WeirRtmpChunkReader *reader, guint32 csid)
{
  for (guint i = 0; i < reader->n_streams; i++) {
    if (reader->streams[i].csid == csid)
      return &reader->streams[i];
  }
  return NULL;
}

/* How long the chunk header is, as far as the bytes read so far tell. */
static guint
header_size (const WeirRtmpChunkReader *reader)
{
  static const guint8 message_header[] = { 11, 7, 3, 0 };
  guint basic;
  guint size;

  if (reader->have == 0)
    return 1;
  basic = reader->header[0] & 0x3f;
  basic = basic == 0 ? 2 : basic == 1 ? 3 : 1;
  size = basic + message_header[reader->header[0] >> 6];
  if (reader->header[0] >> 6 != 3 && reader->have >= basic + 3
      && memcmp (reader->header + basic, "\xff\xff\xff", 3) == 0)
    size += 4;
  return size;
}

static gboolean
check_length (
    const WeirRtmpChunkReader *reader, guint8 type, guint32 length, GError **e)
{
  guint32 limit = WEIR_RTMP_SMALL_MESSAGE_BYTES;

  if (reader->media_allowed
      && (type == WEIR_RTMP_TYPE_VIDEO || type == WEIR_RTMP_TYPE_AGGREGATE))
    limit = reader->max_video_bytes;
  if (length <= limit)
    return TRUE;
  g_set_error (e, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "a message of type %u is %u bytes long, the limit is %u", type, length,
      limit);
  return FALSE;
}

static void
drop_partial (WeirRtmpChunkReader *reader, ChunkStream *stream)
{
  if (!stream->partial)
    return;
  reader->partial_bytes -= stream->length;
  stream->partial = FALSE;
  stream->received = 0;
  weir_slice_clear (&stream->payload);
}

static gboolean
begin_message (WeirRtmpChunkReader *reader, ChunkStream *stream, GError **error)
{
  gsize limit = reader->media_allowed ? WEIR_RTMP_MAX_PARTIAL_BYTES
                                      : WEIR_RTMP_MAX_EARLY_PARTIAL_BYTES;

  if (!check_length (reader, stream->type, stream->length, error))
    return FALSE;
  if (reader->partial_bytes + stream->length > limit) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "more than %" G_GSIZE_FORMAT " bytes of unfinished messages", limit);
    return FALSE;
  }
  stream->partial = TRUE;
  stream->received = 0;
  stream->chunks = 0;
  if (stream->length > 0)
    stream->payload = weir_arena_alloc (reader->arena, stream->length);
  reader->partial_bytes += stream->length;
  return TRUE;
}

static gboolean
begin_chunk (WeirRtmpChunkReader *reader, GError **error)
{
  ChunkStream *stream = reader->current;

  if (!stream->partial) {
    if (reader->format == 3)
      stream->timestamp += stream->delta;
    if (!begin_message (reader, stream, error))
      return FALSE;
  }
  if (++stream->chunks > WEIR_RTMP_MAX_MESSAGE_CHUNKS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "a message came in more than %d chunks", WEIR_RTMP_MAX_MESSAGE_CHUNKS);
    return FALSE;
  }
  reader->chunk_left =
      MIN (reader->chunk_size, stream->length - stream->received);
  reader->state = STATE_PAYLOAD;
  return TRUE;
}

static void
take_fields (ChunkStream *stream, guint8 format, WeirReader *r)
{
  guint32 field = weir_reader_u24 (r);

  if (format <= 1) {
    stream->length = weir_reader_u24 (r);
    stream->type = weir_reader_u8 (r);
  }
  if (format == 0) {
    const guint8 *p = weir_reader_take (r, 4);

    stream->msid = (guint32) p[0] | (guint32) p[1] << 8 | (guint32) p[2] << 16
                   | (guint32) p[3] << 24;
  }
  stream->has_extended = field == EXTENDED;
  if (stream->has_extended) {
    field = weir_reader_u32 (r);
    stream->extended = field;
  }
  stream->delta = field;
  stream->timestamp = format == 0 ? field : stream->timestamp + field;
}

static gboolean
take_header (WeirRtmpChunkReader *reader, GError **error)
{
  guint8 format = reader->header[0] >> 6;
  ChunkStream *stream;
  guint32 csid;
  WeirReader r;

  weir_reader_init (&r, reader->header, reader->have);
  csid = weir_reader_u8 (&r) & 0x3f;
  if (csid == 0)
    csid = 64 + weir_reader_u8 (&r);
  else if (csid == 1) {
    csid = 64 + weir_reader_u8 (&r);
    csid += 256 * weir_reader_u8 (&r);
  }

  stream = find_stream (reader, csid);
  if (stream == NULL) {
    if (reader->n_streams == WEIR_RTMP_MAX_CHUNK_STREAMS) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "more than %d chunk streams", WEIR_RTMP_MAX_CHUNK_STREAMS);
      return FALSE;
    }
    stream = &reader->streams[reader->n_streams++];
    stream->csid = csid;
  }
  if (format != 3) {
    if (stream->partial) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "chunk stream %u begins a message inside another one", csid);
      return FALSE;
    }
    take_fields (stream, format, &r);
  }
  reader->have = 0;
  reader->format = format;
  reader->current = stream;
  if (format == 3 && stream->has_extended) {
    reader->state = STATE_PEEK;
    return TRUE;
  }
  return begin_chunk (reader, error);
}

/* Four bytes that equal the extended field belong to the header; at the first
 * one that differs all of them go back and are payload. */
static gboolean
peek_extended (WeirRtmpChunkReader *reader, guint8 byte, GError **error)
{
  guint at = reader->have++;

  reader->header[at] = byte;
  if (byte != (guint8) (reader->current->extended >> (8 * (3 - at)))) {
    /* Bytes come from BACK before anything else: if any are left there, all
     * of what was peeked came from it too, so four places are enough. */
    guint rest = reader->back_end - reader->back_at;

    memmove (reader->back + reader->have, reader->back + reader->back_at, rest);
    memcpy (reader->back, reader->header, reader->have);
    reader->back_at = 0;
    reader->back_end = reader->have + rest;
  } else if (reader->have < 4) {
    return TRUE;
  }
  reader->have = 0;
  return begin_chunk (reader, error);
}

static void
copy_payload (WeirRtmpChunkReader *reader, const guint8 **data, gsize *size)
{
  ChunkStream *stream = reader->current;
  guint8 *to = stream->payload.data + stream->received;
  gsize n;

  if (reader->back_at < reader->back_end) {
    n = MIN (reader->chunk_left, reader->back_end - reader->back_at);
    memcpy (to, reader->back + reader->back_at, n);
    reader->back_at += (guint) n;
  } else {
    n = MIN (reader->chunk_left, *size);
    if (n == 0)
      return;
    memcpy (to, *data, n);
    *data += n;
    *size -= n;
  }
  stream->received += (guint32) n;
  reader->chunk_left -= (guint32) n;
}

/* Set Chunk Size and Abort belong to this layer. */
static gboolean
apply_control (
    WeirRtmpChunkReader *reader, const WeirRtmpMessage *message, GError **error)
{
  ChunkStream *stream;
  WeirReader r;
  guint32 value;

  weir_reader_init (&r, message->payload.data, message->payload.size);
  value = weir_reader_u32 (&r);
  if (r.failed) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "control message of type %u is %" G_GSIZE_FORMAT " bytes long",
        message->type, message->payload.size);
    return FALSE;
  }
  if (message->type == WEIR_RTMP_TYPE_ABORT) {
    stream = find_stream (reader, value);
    if (stream != NULL)
      drop_partial (reader, stream);
    return TRUE;
  }
  if (value == 0 || value > G_MAXINT32) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "chunk size %u is not allowed", value);
    return FALSE;
  }
  if (value > WEIR_RTMP_MAX_CHUNK_SIZE) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "chunk size %u is above the limit of %d", value,
        WEIR_RTMP_MAX_CHUNK_SIZE);
    return FALSE;
  }
  reader->chunk_size = value;
  return TRUE;
}

static WeirRtmpReadResult
end_message (WeirRtmpChunkReader *reader, WeirRtmpMessage *ret, GError **error)
{
  ChunkStream *stream = reader->current;

  *ret = (WeirRtmpMessage){ .csid = stream->csid,
    .msid = stream->msid,
    .timestamp = stream->timestamp,
    .type = stream->type,
    .payload = stream->payload };
  stream->payload = (WeirSlice){ 0 };
  stream->partial = FALSE;
  reader->partial_bytes -= stream->length;

  if ((ret->type == WEIR_RTMP_TYPE_SET_CHUNK_SIZE
          || ret->type == WEIR_RTMP_TYPE_ABORT)
      && !apply_control (reader, ret, error)) {
    weir_rtmp_message_clear (ret);
    return WEIR_RTMP_READ_FAILED;
  }
  return WEIR_RTMP_READ_MESSAGE;
}

WeirRtmpReadResult
weir_rtmp_chunk_reader_read (WeirRtmpChunkReader *reader, const guint8 **data,
    gsize *size, WeirRtmpMessage *ret_message, GError **error)
{
  guint8 byte;

  for (;;) {
    switch (reader->state) {
    case STATE_HEADER:
      if (!next_byte (reader, data, size, &byte))
        return WEIR_RTMP_READ_MORE;
      reader->header[reader->have++] = byte;
      if (reader->have == header_size (reader) && !take_header (reader, error))
        return WEIR_RTMP_READ_FAILED;
      break;
    case STATE_PEEK:
      if (!next_byte (reader, data, size, &byte))
        return WEIR_RTMP_READ_MORE;
      if (!peek_extended (reader, byte, error))
        return WEIR_RTMP_READ_FAILED;
      break;
    case STATE_PAYLOAD:
      if (reader->chunk_left > 0) {
        copy_payload (reader, data, size);
        if (reader->chunk_left > 0 && reader->back_at == reader->back_end
            && *size == 0)
          return WEIR_RTMP_READ_MORE;
        if (reader->chunk_left > 0)
          break;
      }
      reader->state = STATE_HEADER;
      if (reader->current->received == reader->current->length)
        return end_message (reader, ret_message, error);
      break;
    }
  }
}
