/* Cuts messages into chunks that point at their payload. */
#include "rtmp/chunk-writer.h"

#include <string.h>

#include "base/bytes.h"

#define DEFAULT_CHUNK_SIZE 128
#define EXTENDED 0xFFFFFF
#define MAX_CHUNK_HEADER_BYTES (1 + 11 + 4)

void
weir_rtmp_pieces_reset (WeirRtmpPieces *pieces)
{
  pieces->n = 0;
  pieces->bytes = 0;
  pieces->used = 0;
}

gboolean
weir_rtmp_pieces_add (WeirRtmpPieces *pieces, const void *bytes, gsize size)
{
  if (size == 0)
    return TRUE;
  if (pieces->n == WEIR_RTMP_MAX_PIECES)
    return FALSE;
  pieces->at[pieces->n++] = (struct iovec){ (void *) bytes, size };
  pieces->bytes += size;
  return TRUE;
}

void
weir_rtmp_pieces_skip (WeirRtmpPieces *pieces, gsize size)
{
  guint whole = 0;

  g_assert (size <= pieces->bytes);
  pieces->bytes -= size;
  while (whole < pieces->n && size >= pieces->at[whole].iov_len)
    size -= pieces->at[whole++].iov_len;
  pieces->n -= whole;
  memmove (pieces->at, pieces->at + whole, pieces->n * sizeof (pieces->at[0]));
  if (size > 0) {
    pieces->at[0].iov_base = (guint8 *) pieces->at[0].iov_base + size;
    pieces->at[0].iov_len -= size;
  }
}

void
weir_rtmp_chunk_writer_init (WeirRtmpChunkWriter *writer)
{
  *writer = (WeirRtmpChunkWriter){ .chunk_size = DEFAULT_CHUNK_SIZE };
}

void
weir_rtmp_chunk_writer_note (
    WeirRtmpChunkWriter *writer, const WeirRtmpOutMessage *message)
{
  g_assert (
      message->csid >= 2 && message->csid < WEIR_RTMP_WRITER_CHUNK_STREAMS);
  writer->last[message->csid].used = TRUE;
  writer->last[message->csid].msid = message->msid;
  writer->last[message->csid].timestamp = message->timestamp;
}

/* What the chunks of one message share. */
typedef struct {
  guint8 first[MAX_CHUNK_HEADER_BYTES];
  gsize first_size;
  guint8 next[1 + 4];
  gsize next_size;
} Headers;

static void
make_headers (WeirRtmpChunkWriter *writer, const WeirRtmpOutMessage *message,
    Headers *ret)
{
  guint32 length = (guint32) (message->head_size + message->body_size);
  guint32 field = message->timestamp;
  gboolean full = TRUE;
  guint8 *p = ret->first;
  guint8 *q = ret->next;

  if (writer->last[message->csid].used
      && writer->last[message->csid].msid == message->msid
      && message->timestamp >= writer->last[message->csid].timestamp) {
    guint32 delta = message->timestamp - writer->last[message->csid].timestamp;

    if (delta < EXTENDED) {
      full = FALSE;
      field = delta;
    }
  }
  weir_rtmp_chunk_writer_note (writer, message);

  *p++ = (guint8) ((full ? 0 : 0x40) | message->csid);
  p = weir_put_uint (p, MIN (field, EXTENDED), 3);
  p = weir_put_uint (p, length, 3);
  *p++ = message->type;
  if (full) {
    for (guint i = 0; i < 4; i++)
      *p++ = (guint8) (message->msid >> (8 * i));
  }
  *q++ = (guint8) (0xc0 | message->csid);
  if (field >= EXTENDED) {
    p = weir_put_uint (p, field, 4);
    q = weir_put_uint (q, field, 4);
  }
  ret->first_size = (gsize) (p - ret->first);
  ret->next_size = (gsize) (q - ret->next);
}

static gboolean
add_copied (WeirRtmpPieces *pieces, const guint8 *bytes, gsize size)
{
  guint8 *to = pieces->scratch + pieces->used;
  struct iovec *last = pieces->n > 0 ? &pieces->at[pieces->n - 1] : NULL;

  if (size > sizeof (pieces->scratch) - pieces->used)
    return FALSE;
  memcpy (to, bytes, size);
  if (last != NULL && (guint8 *) last->iov_base + last->iov_len == to) {
    last->iov_len += size;
    pieces->bytes += size;
  } else if (!weir_rtmp_pieces_add (pieces, to, size)) {
    return FALSE;
  }
  pieces->used += size;
  return TRUE;
}

static gboolean
add_body (WeirRtmpPieces *pieces, const WeirRtmpOutMessage *message, gsize at,
    gsize size)
{
  if (at < message->head_size) {
    gsize n = MIN (size, message->head_size - at);

    if (!add_copied (pieces, message->head + at, n))
      return FALSE;
    at += n;
    size -= n;
  }
  return size == 0
         || weir_rtmp_pieces_add (
             pieces, message->body + (at - message->head_size), size);
}

gboolean
weir_rtmp_chunk_writer_put (WeirRtmpChunkWriter *writer,
    const WeirRtmpOutMessage *message, WeirRtmpPieces *pieces)
{
  gsize length = message->head_size + message->body_size;
  guint n = pieces->n;
  gsize last_len = n > 0 ? pieces->at[n - 1].iov_len : 0;
  gsize bytes = pieces->bytes;
  gsize used = pieces->used;
  WeirRtmpChunkWriter next = *writer;
  Headers headers;
  gsize at = 0;

  g_assert (message->head_size <= WEIR_RTMP_MAX_HEAD_BYTES);
  g_assert (length <= WEIR_RTMP_MAX_MESSAGE_BYTES);
  make_headers (&next, message, &headers);
  do {
    gsize size = MIN (length - at, writer->chunk_size);

    if (!add_copied (pieces, at == 0 ? headers.first : headers.next,
            at == 0 ? headers.first_size : headers.next_size)
        || !add_body (pieces, message, at, size)) {
      pieces->n = n;
      if (n > 0)
        pieces->at[n - 1].iov_len = last_len;
      pieces->bytes = bytes;
      pieces->used = used;
      return FALSE;
    }
    at += size;
  } while (at < length);
  *writer = next;
  return TRUE;
}

void
weir_rtmp_chunk_writer_append (WeirRtmpChunkWriter *writer,
    const WeirRtmpOutMessage *message, GByteArray *out)
{
  gsize length = message->head_size + message->body_size;
  Headers headers;
  gsize at = 0;

  make_headers (writer, message, &headers);
  do {
    gsize size = MIN (length - at, writer->chunk_size);
    gsize from_head =
        at < message->head_size ? MIN (size, message->head_size - at) : 0;

    g_byte_array_append (out, at == 0 ? headers.first : headers.next,
        (guint) (at == 0 ? headers.first_size : headers.next_size));
    if (from_head > 0)
      g_byte_array_append (out, message->head + at, (guint) from_head);
    if (size > from_head)
      g_byte_array_append (out,
          message->body + (at + from_head - message->head_size),
          (guint) (size - from_head));
    at += size;
  } while (at < length);
}
