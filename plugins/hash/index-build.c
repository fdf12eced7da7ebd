/* Builds generations of the index, and the writer. */
#include "hash/index-build.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/index-file.h"

#define HASH_BYTES WEIR_PDQ_HASH_BYTES
/* Fewer entries are scanned as fast as they are looked up. */
#define MIN_TABLE_ENTRIES 16384
/* From here on fewer, wider tables: each value has fewer places. */
#define MIN_WIDE_ENTRIES (3u * 1024 * 1024)
#define NARROW_CHUNKS 16
#define WIDE_CHUNKS 12

struct _WeirIndexWriter {
  WeirIndex *index; /* mapped for writing */
};

static gboolean
fail_errno (const char *what, GError **error)
{
  int code = errno;

  g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM, "index: %s: %s",
      what, g_strerror (code));
  return FALSE;
}

guint32
weir_index_choose_chunks (const WeirIndexSource *s)
{
  guint32 count = s->count;

  if (s->n_chunks != 0)
    return s->n_chunks;
  if (count < MIN_TABLE_ENTRIES)
    return 0;
  return count < MIN_WIDE_ENTRIES ? NARROW_CHUNKS : WIDE_CHUNKS;
}

/* Counting sort of the places by the chunk's value. */
static void
fill_table (const guint8 *hashes, guint32 count, WeirIndexChunk chunk,
    guint32 *starts, guint32 *places)
{
  guint32 n_values = 1u << chunk.bits;
  guint32 sum = 0;

  for (guint32 i = 0; i < count; i++) {
    guint64 words[4];

    memcpy (words, hashes + (gsize) i * HASH_BYTES, sizeof words);
    starts[weir_index_chunk_value (words, chunk)]++;
  }
  for (guint32 v = 0; v < n_values; v++) {
    guint32 here = starts[v];

    starts[v] = sum;
    sum += here;
  }
  for (guint32 i = 0; i < count; i++) {
    guint64 words[4];

    memcpy (words, hashes + (gsize) i * HASH_BYTES, sizeof words);
    places[starts[weir_index_chunk_value (words, chunk)]++] = i;
  }
  /* Each start is now the next one's. */
  for (guint32 v = n_values; v > 0; v--)
    starts[v] = starts[v - 1];
  starts[0] = 0;
}

static gboolean
check_source (const WeirIndexSource *s, GError **error)
{
  if (s->count > WEIR_INDEX_MAX_ENTRIES
      || s->capacity > WEIR_INDEX_MAX_ENTRIES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "index: %u entries and room for %u, at most %u are taken", s->count,
        s->capacity, WEIR_INDEX_MAX_ENTRIES);
    return FALSE;
  }
  g_assert (s->n_chunks == 0
            || (s->n_chunks >= WEIR_INDEX_MIN_CHUNKS
                && s->n_chunks <= WEIR_INDEX_MAX_CHUNKS));
  return TRUE;
}

static void
fill (guint8 *map, const WeirIndexSource *s, const WeirIndexLayout *layout,
    guint32 n_chunks)
{
  guint32 *ids = (guint32 *) (map + layout->ids);

  if (s->count > 0)
    memcpy (map + layout->hashes, s->hashes, (gsize) s->count * HASH_BYTES);
  for (guint32 i = 0; i < s->count; i++)
    ids[i] = s->ids ? s->ids[i] : i;
  for (guint c = 0; c < n_chunks; c++)
    fill_table (map + layout->hashes, s->count, weir_index_chunk (n_chunks, c),
        (guint32 *) (map + layout->starts[c]),
        (guint32 *) (map + layout->places[c]));
}

guint8 *
weir_index_make_room (int fd, guint64 bytes, GError **error)
{
  guint8 *map;
  int code;

  /* Room is taken now: a full disk must not show itself as a signal. */
  if (ftruncate (fd, (off_t) bytes) != 0) {
    fail_errno ("ftruncate", error);
    return NULL;
  }
  code = posix_fallocate (fd, 0, (off_t) bytes);
  if (code != 0) {
    errno = code;
    fail_errno ("no room", error);
    return NULL;
  }
  map = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED)
    return map;
  fail_errno ("mmap", error);
  return NULL;
}

void
weir_index_put_header (guint8 *map, WeirIndexHeader *header)
{
  atomic_thread_fence (memory_order_release);
  memcpy (header->magic, WEIR_INDEX_MAGIC, sizeof header->magic);
  memcpy (map, header, sizeof *header);
}

gboolean
weir_index_build_fd (int fd, const WeirIndexSource *s, GError **error)
{
  guint32 n_chunks = weir_index_choose_chunks (s);
  WeirIndexLayout layout;
  WeirIndexHeader header = { .version = WEIR_INDEX_VERSION,
    .order = 1,
    .count = s->count,
    .capacity = s->capacity,
    .n_chunks = n_chunks,
    .mark = s->mark };
  guint8 *map;

  if (!check_source (s, error))
    return FALSE;
  weir_index_layout (s->count, s->capacity, n_chunks, &layout);
  header.file_bytes = layout.bytes;
  map = weir_index_make_room (fd, layout.bytes, error);
  if (map == NULL)
    return FALSE;
  fill (map, s, &layout, n_chunks);
  weir_index_put_header (map, &header);
  munmap (map, layout.bytes);
  return TRUE;
}

int
weir_index_new_memfd (GError **error)
{
  int fd = memfd_create ("weir-index", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    fail_errno ("memfd_create", error);
  return fd;
}

gboolean
weir_index_seal_memfd (int fd, WeirIndexWriter **ret_writer, GError **error)
{
  g_autoptr (WeirIndexWriter) writer = NULL;

  if (ret_writer != NULL
      && (writer = weir_index_writer_open_fd (fd, FALSE, error)) == NULL)
    return FALSE;
  if (fcntl (fd, F_ADD_SEALS,
          F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
      != 0)
    return fail_errno ("sealing", error);
  if (ret_writer != NULL)
    *ret_writer = g_steal_pointer (&writer);
  return TRUE;
}

int
weir_index_build_memfd (
    const WeirIndexSource *source, WeirIndexWriter **ret_writer, GError **error)
{
  int fd = weir_index_new_memfd (error);

  if (fd < 0)
    return -1;
  if (weir_index_build_fd (fd, source, error)
      && weir_index_seal_memfd (fd, ret_writer, error))
    return fd;
  close (fd);
  return -1;
}

WeirIndexWriter *
weir_index_writer_open_fd (int fd, gboolean reset, GError **error)
{
  WeirIndex *index = weir_index_map (fd, PROT_READ | PROT_WRITE, error);
  WeirIndexWriter *writer;

  if (index == NULL)
    return NULL;
  writer = g_new0 (WeirIndexWriter, 1);
  writer->index = index;
  if (reset) {
    WeirIndexHeader *header = index->map;
    gsize words = ((gsize) index->count + index->capacity + 31) / 32;

    atomic_store_explicit (&header->delta_count, 0, memory_order_release);
    memset ((void *) index->deleted, 0, words * sizeof (guint32));
  }
  return writer;
}

void
weir_index_writer_free (WeirIndexWriter *writer)
{
  if (writer == NULL)
    return;
  weir_index_unref (writer->index);
  g_free (writer);
}

gboolean
weir_index_writer_add (
    WeirIndexWriter *writer, const guint8 hash[HASH_BYTES], guint32 id)
{
  const WeirIndex *index = writer->index;
  WeirIndexHeader *header = index->map;
  guint32 delta = weir_index_delta_count (index);
  gsize slot = (gsize) index->count + delta;

  if (delta == index->capacity)
    return FALSE;
  memcpy ((guint8 *) index->hashes + slot * HASH_BYTES, hash, HASH_BYTES);
  ((guint32 *) index->ids)[slot] = id;
  atomic_store_explicit (&header->delta_count, delta + 1, memory_order_release);
  return TRUE;
}

gboolean
weir_index_writer_delete (WeirIndexWriter *writer, guint32 id)
{
  const WeirIndex *index = writer->index;
  guint32 low = 0, high = weir_index_count (index);
  guint32 bit;

  while (low < high) {
    guint32 middle = low + (high - low) / 2;

    if (index->ids[middle] < id)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == weir_index_count (index) || index->ids[low] != id)
    return FALSE;
  bit = 1u << (low % 32);
  return (atomic_fetch_or_explicit (
              (_Atomic guint32 *) &index->deleted[low / 32], bit,
              memory_order_release)
             & bit)
         == 0;
}

const WeirIndex *
weir_index_writer_peek_index (const WeirIndexWriter *writer)
{
  return writer->index;
}

guint32
weir_index_writer_room (const WeirIndexWriter *writer)
{
  return writer->index->capacity - weir_index_delta_count (writer->index);
}
