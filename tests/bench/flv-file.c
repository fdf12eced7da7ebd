/* Finds the tags of an FLV file and what one round of it lasts. */
#include "bench/flv-file.h"

#include "base/bytes.h"
#include "base/error.h"
#include "rtmp/chunk-reader.h"

#define FILE_HEADER_BYTES 9
#define PREVIOUS_SIZE_BYTES 4
#define AVC 7
#define AAC 10

/* H.264 and AAC say in their second byte what a body is. */
static gboolean
take_body (BenchFlvTag *tag)
{
  const guint8 *b = tag->body;

  switch (tag->type) {
  case WEIR_RTMP_TYPE_VIDEO:
    if (tag->size < 5)
      return FALSE;
    tag->once = (b[0] & 0x0f) == AVC && b[1] == 0;
    return (b[0] & 0x0f) != AVC || b[1] != 2;
  case WEIR_RTMP_TYPE_AUDIO:
    if (tag->size < 2)
      return FALSE;
    tag->once = b[0] >> 4 == AAC && b[1] == 0;
    return TRUE;
  case WEIR_RTMP_TYPE_DATA:
    tag->once = TRUE;
    return tag->size > 0;
  default:
    return FALSE;
  }
}

static gint
compare_tags (gconstpointer a, gconstpointer b)
{
  const BenchFlvTag *x = a;
  const BenchFlvTag *y = b;

  if (x->timestamp != y->timestamp)
    return x->timestamp < y->timestamp ? -1 : 1;
  return x->body < y->body ? -1 : x->body > y->body;
}

/* One round: from the first picture to one frame after the last. */
static void
cut_to_pictures (BenchFlv *flv)
{
  guint32 first = 0;
  guint32 last = 0;
  guint n = 0;
  guint kept = 0;

  for (guint i = 0; i < flv->tags->len; i++) {
    const BenchFlvTag *tag = &g_array_index (flv->tags, BenchFlvTag, i);

    if (tag->type != WEIR_RTMP_TYPE_VIDEO || tag->once)
      continue;
    if (n++ == 0)
      first = tag->timestamp;
    last = tag->timestamp;
  }
  if (n >= 2)
    flv->period_ms = last - first + (last - first + (n - 1) / 2) / (n - 1);
  for (guint i = 0; i < flv->tags->len; i++) {
    BenchFlvTag tag = g_array_index (flv->tags, BenchFlvTag, i);

    if (!tag.once && tag.timestamp < first)
      continue;
    tag.timestamp = tag.once ? 0 : tag.timestamp - first;
    if (tag.timestamp < flv->period_ms)
      g_array_index (flv->tags, BenchFlvTag, kept++) = tag;
  }
  g_array_set_size (flv->tags, kept);
}

gboolean
bench_flv_load (const char *path, BenchFlv *ret_flv, GError **error)
{
  BenchFlv flv = { 0 };
  WeirReader r;
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return FALSE;
  flv.bytes = g_bytes_new_take (data, size);
  flv.tags = g_array_new (FALSE, TRUE, sizeof (BenchFlvTag));
  weir_reader_init (&r, data, size);
  weir_reader_take (&r, FILE_HEADER_BYTES + PREVIOUS_SIZE_BYTES);
  while (!r.failed && weir_reader_left (&r) > 0) {
    BenchFlvTag tag = { .type = weir_reader_u8 (&r) };

    tag.size = weir_reader_u24 (&r);
    tag.timestamp = weir_reader_u24 (&r);
    tag.timestamp |= (guint32) weir_reader_u8 (&r) << 24;
    weir_reader_u24 (&r);
    tag.body = weir_reader_take (&r, tag.size);
    weir_reader_u32 (&r);
    if (!r.failed && take_body (&tag))
      g_array_append_val (flv.tags, tag);
  }
  g_array_sort (flv.tags, compare_tags);
  cut_to_pictures (&flv);
  if (data[0] != 'F' || flv.tags->len == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "%s: no FLV file with pictures in it", path);
    bench_flv_clear (&flv);
    return FALSE;
  }
  *ret_flv = flv;
  return TRUE;
}

void
bench_flv_clear (BenchFlv *flv)
{
  g_clear_pointer (&flv->bytes, g_bytes_unref);
  g_clear_pointer (&flv->tags, g_array_unref);
}
