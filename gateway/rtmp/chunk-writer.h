/* Messages to RTMP chunks (Adobe RTMP 1.0, 5.3). Pure.
 *
 * The payload is never copied: the writer makes pieces, some of which point
 * at headers in a scratch buffer and some into the payload. A message is type
 * 0 the first time and when time goes back, else type 1; chunks after the
 * first are type 3 and repeat an extended timestamp, without which ffmpeg and
 * nginx lose their place. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

#define WEIR_RTMP_WRITER_CHUNK_STREAMS 8

/* A plain value: copy it to try something, copy it back to forget it. CHUNK
 * STREAM ids written must be below WEIR_RTMP_WRITER_CHUNK_STREAMS. */
typedef struct {
  guint32 chunk_size;
  struct {
    gboolean used;
    guint32 timestamp;
    guint32 msid;
  } last[WEIR_RTMP_WRITER_CHUNK_STREAMS];
} WeirRtmpChunkWriter;

/* The body is HEAD then BODY. HEAD is copied, BODY is referenced and must
 * stay until the pieces are written. */
typedef struct {
  guint8 csid; /* 2 to WEIR_RTMP_WRITER_CHUNK_STREAMS - 1 */
  guint8 type;
  guint32 msid;
  guint32 timestamp;
  const guint8 *head;
  gsize head_size; /* at most WEIR_RTMP_MAX_HEAD_BYTES */
  const guint8 *body;
  gsize body_size;
} WeirRtmpOutMessage;

#define WEIR_RTMP_MAX_HEAD_BYTES 24
/* Head and body together: the length has 24 bits. */
#define WEIR_RTMP_MAX_MESSAGE_BYTES 0xFFFFFF

/* Room for one gathered write. */
#define WEIR_RTMP_MAX_PIECES 1024
#define WEIR_RTMP_PIECES_SCRATCH_BYTES (32 * 1024)

typedef struct {
  struct iovec at[WEIR_RTMP_MAX_PIECES];
  guint n;
  gsize bytes; /* sum of the lengths */
  guint8 scratch[WEIR_RTMP_PIECES_SCRATCH_BYTES];
  gsize used;
} WeirRtmpPieces;

void weir_rtmp_pieces_reset (WeirRtmpPieces *pieces);
/* BYTES are referenced. FALSE when there is no room. */
gboolean
weir_rtmp_pieces_add (WeirRtmpPieces *pieces, const void *bytes, gsize size);
/* Forgets the first SIZE bytes, which were written. */
void weir_rtmp_pieces_skip (WeirRtmpPieces *pieces, gsize size);

void weir_rtmp_chunk_writer_init (WeirRtmpChunkWriter *writer);

/* Remembers MESSAGE as the last of its chunk stream, without writing it. */
void weir_rtmp_chunk_writer_note (
    WeirRtmpChunkWriter *writer, const WeirRtmpOutMessage *message);

/* FALSE, with PIECES and WRITER untouched, when there is no room. A message
 * of 16 MiB fits into empty pieces from chunk size 65536 on. */
gboolean weir_rtmp_chunk_writer_put (WeirRtmpChunkWriter *writer,
    const WeirRtmpOutMessage *message, WeirRtmpPieces *pieces);

/* The same, copied to the end of OUT: for small messages. */
void weir_rtmp_chunk_writer_append (WeirRtmpChunkWriter *writer,
    const WeirRtmpOutMessage *message, GByteArray *out);
