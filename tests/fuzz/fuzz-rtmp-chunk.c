/* Fuzzes the chunk reader: the same bytes in one piece and in pieces of the
 * size that the first byte says must give the same messages, and what was not
 * handed out must give its memory back. */
#include <stdint.h>

#include "rtmp/aggregate.h"
#include "rtmp/chunk-reader.h"

#define MAX_VIDEO_BYTES (1024 * 1024)

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint32
sum (const WeirSlice *payload)
{
  guint32 s = 1;

  for (gsize i = 0; i < payload->size; i++)
    s = s * 31 + payload->data[i];
  return s;
}

static void
log_message (GString *log, const WeirRtmpMessage *m)
{
  g_string_append_printf (log, "%u %u %u %u %u %x\n", m->csid, m->type,
      m->timestamp, m->msid, (guint) m->payload.size, sum (&m->payload));
}

/* Takes MESSAGE apart if it is an aggregate. */
static void
log_parts (GString *log, WeirRtmpMessage *message)
{
  WeirRtmpAggregate aggregate = { 0 };
  WeirRtmpMessage part = { 0 };

  if (message->type != WEIR_RTMP_TYPE_AGGREGATE)
    return;
  weir_rtmp_aggregate_begin (&aggregate, message);
  while (weir_rtmp_aggregate_next (&aggregate, &part, NULL)
         == WEIR_RTMP_READ_MESSAGE) {
    log_message (log, &part);
    weir_rtmp_message_clear (&part);
  }
  weir_rtmp_aggregate_clear (&aggregate);
}

static void
read_all (const guint8 *data, gsize size, gsize step, GString *log)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  g_autoptr (WeirRtmpChunkReader) reader =
      weir_rtmp_chunk_reader_new (arena, MAX_VIDEO_BYTES);

  weir_rtmp_chunk_reader_allow_media (reader);
  while (size > 0) {
    const guint8 *p = data;
    gsize left = MIN (step, size);
    WeirRtmpReadResult result;

    data += left;
    size -= left;
    do {
      WeirRtmpMessage message = { 0 };

      result = weir_rtmp_chunk_reader_read (reader, &p, &left, &message, NULL);
      if (result == WEIR_RTMP_READ_MESSAGE) {
        log_message (log, &message);
        log_parts (log, &message);
      }
      weir_rtmp_message_clear (&message);
    } while (result == WEIR_RTMP_READ_MESSAGE);
    if (result == WEIR_RTMP_READ_FAILED) {
      g_string_append (log, "failed");
      return;
    }
    g_assert_cmpuint (left, ==, 0);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GString) whole = g_string_new (NULL);
  g_autoptr (GString) parts = g_string_new (NULL);

  if (size == 0)
    return 0;
  read_all (data + 1, size - 1, G_MAXSIZE, whole);
  read_all (data + 1, size - 1, MAX (data[0], 1), parts);
  g_assert_cmpstr (whole->str, ==, parts->str);
  return 0;
}
