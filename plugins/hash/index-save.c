/* Generations on disk. */
#include "hash/index-save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/index-file.h"

/* Between two looks at whether to stop; each is on disk before the next. */
#define PIECE_BYTES ((gsize) 16 * 1024 * 1024)
#define MAX_PARTS (2 + 2 * WEIR_INDEX_MAX_CHUNKS)

typedef struct {
  guint64 at, bytes;
} Part;

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (
      error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN, "index: %s", what);
  return FALSE;
}

static gboolean
fail_errno (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM, "index: %s: %s",
      what, g_strerror (code));
  return FALSE;
}

/* What is kept: everything but delta and deletions. */
static guint
list_parts (guint32 count, guint32 capacity, guint32 n_chunks,
    Part ret[MAX_PARTS], guint64 *ret_bytes)
{
  WeirIndexLayout layout;
  guint n = 0;

  weir_index_layout (count, capacity, n_chunks, &layout);
  ret[n++] = (Part){ layout.hashes, (guint64) count * WEIR_PDQ_HASH_BYTES };
  ret[n++] = (Part){ layout.ids, (guint64) count * sizeof (guint32) };
  for (guint c = 0; c < n_chunks; c++) {
    ret[n++] = (Part){ layout.starts[c],
      ((1ull << weir_index_chunk (n_chunks, c).bits) + 1) * sizeof (guint32) };
    ret[n++] = (Part){ layout.places[c], (guint64) count * sizeof (guint32) };
  }
  *ret_bytes = layout.bytes;
  return n;
}

/* Finds damage, no forger. Lanes, so that it runs as fast as memory. */
static guint64
sum_parts (const guint8 *map, const Part *parts, guint n_parts)
{
  static const guint64 factor = 0x9e3779b97f4a7c15u;
  guint64 lanes[4] = { 1, 2, 3, 4 };
  guint64 sum = 0;

  for (guint p = 0; p < n_parts; p++)
    for (guint64 at = 0; at < parts[p].bytes; at += sizeof lanes) {
      guint64 words[4] = { 0 };

      memcpy (words, map + parts[p].at + at,
          MIN (parts[p].bytes - at, sizeof words));
      for (guint k = 0; k < 4; k++) {
        lanes[k] = (lanes[k] ^ words[k]) * factor;
        lanes[k] ^= lanes[k] >> 29;
      }
    }
  for (guint k = 0; k < 4; k++)
    sum = (sum ^ lanes[k]) * factor;
  return sum;
}

static gboolean
write_all (int fd, const guint8 *from, gsize bytes, guint64 at, GError **error)
{
  while (bytes > 0) {
    gssize n = pwrite (fd, from, bytes, (off_t) at);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail_errno (error, "writing");
    from += n;
    at += (guint64) n;
    bytes -= (gsize) n;
  }
  return TRUE;
}

static gboolean
read_all (int fd, guint8 *to, guint64 bytes, guint64 at, GError **error)
{
  while (bytes > 0) {
    gssize n = pread (fd, to, MIN (bytes, PIECE_BYTES), (off_t) at);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (error, "reading");
    if (n == 0)
      return fail (error, "the file ends early");
    to += n;
    at += (guint64) n;
    bytes -= (guint64) n;
  }
  return TRUE;
}

static gboolean
write_parts (int fd, const guint8 *map, const Part *parts, guint n_parts,
    const gint *stop, GError **error)
{
  for (guint p = 0; p < n_parts; p++)
    for (guint64 at = 0; at < parts[p].bytes; at += PIECE_BYTES) {
      gsize bytes = MIN (parts[p].bytes - at, PIECE_BYTES);

      if (stop != NULL && g_atomic_int_get (stop))
        return fail (error, "told to stop");
      if (!write_all (
              fd, map + parts[p].at + at, bytes, parts[p].at + at, error))
        return FALSE;
      if (fdatasync (fd) != 0)
        return fail_errno (error, "fdatasync");
    }
  return TRUE;
}

static gboolean
write_file (int fd, const WeirIndex *index, const gint *stop, GError **error)
{
  WeirIndexHeader header = { .version = WEIR_INDEX_VERSION,
    .order = 1,
    .count = index->count,
    .capacity = index->capacity,
    .n_chunks = index->n_chunks };
  Part parts[MAX_PARTS];
  guint n = list_parts (index->count, index->capacity, index->n_chunks, parts,
      &header.file_bytes);

  memcpy (header.magic, WEIR_INDEX_MAGIC, sizeof header.magic);
  header.sum = sum_parts (index->map, parts, n);
  if (ftruncate (fd, (off_t) header.file_bytes) != 0)
    return fail_errno (error, "ftruncate");
  if (!write_parts (fd, index->map, parts, n, stop, error)
      || !write_all (fd, (const guint8 *) &header, sizeof header, 0, error))
    return FALSE;
  return fsync (fd) == 0 || fail_errno (error, "fsync");
}

gboolean
weir_index_save (
    const WeirIndex *index, const char *path, const gint *stop, GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  int fd =
      open (part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok;

  if (fd < 0)
    return fail_errno (error, part);
  ok = write_file (fd, index, stop, error);
  close (fd);
  if (ok && rename (part, path) != 0)
    ok = fail_errno (error, path);
  if (!ok)
    unlink (part);
  return ok;
}

/* Says whether the file, with HEADER, is made of what SOURCE says. */
static gboolean
check_header (int fd, const WeirIndexHeader *header,
    const WeirIndexSource *source, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0)
    return fail_errno (error, "fstat");
  if (!S_ISREG (st.st_mode))
    return fail (error, "no file");
  if (!weir_index_check_header (header, (guint64) st.st_size, error))
    return FALSE;
  if (header->count != source->count
      || header->n_chunks != weir_index_choose_chunks (source))
    return fail (error, "made of another list");
  return TRUE;
}

/* MAP has the file's parts, at PARTS: of the same hashes? Ids are the
 * source's. */
static gboolean
is_same (const guint8 *map, const Part *parts, const WeirIndexSource *source)
{
  return source->count == 0
         || memcmp (map + parts[0].at, source->hashes, parts[0].bytes) == 0;
}

static void
put_ids (guint8 *map, const Part *part, const WeirIndexSource *source)
{
  guint32 *ids = (guint32 *) (map + part->at);

  for (guint32 i = 0; i < source->count; i++)
    ids[i] = source->ids != NULL ? source->ids[i] : i;
}

static gboolean
copy (int from, int to, const WeirIndexHeader *header,
    const WeirIndexSource *source, GError **error)
{
  WeirIndexHeader own = { .version = WEIR_INDEX_VERSION,
    .order = 1,
    .count = source->count,
    .capacity = source->capacity,
    .n_chunks = header->n_chunks,
    .mark = source->mark };
  Part there[MAX_PARTS], here[MAX_PARTS];
  guint64 bytes;
  guint n =
      list_parts (own.count, header->capacity, own.n_chunks, there, &bytes);
  guint8 *map;
  gboolean ok;

  list_parts (own.count, own.capacity, own.n_chunks, here, &own.file_bytes);
  map = weir_index_make_room (to, own.file_bytes, error);
  ok = map != NULL;
  for (guint p = 0; ok && p < n; p++)
    ok = read_all (from, map + here[p].at, here[p].bytes, there[p].at, error);
  if (ok && !is_same (map, here, source))
    ok = fail (error, "made of another list");
  if (ok && sum_parts (map, here, n) != header->sum)
    ok = fail (error, "damaged");
  if (ok) {
    put_ids (map, &here[1], source);
    weir_index_put_header (map, &own);
  }
  if (map != NULL)
    munmap (map, own.file_bytes);
  return ok;
}

int
weir_index_load_memfd (int fd, const WeirIndexSource *source,
    WeirIndexWriter **ret_writer, GError **error)
{
  WeirIndexHeader header;
  int memory;

  if (!read_all (fd, (guint8 *) &header, sizeof header, 0, error)
      || !check_header (fd, &header, source, error))
    return -1;
  memory = weir_index_new_memfd (error);
  if (memory < 0)
    return -1;
  if (copy (fd, memory, &header, source, error)
      && weir_index_seal_memfd (memory, ret_writer, error))
    return memory;
  close (memory);
  return -1;
}
