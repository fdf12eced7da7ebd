/* The flat Hamming index: blob, mapping and scan. */
#include "hash/index.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/hamming.h"

#define HASH_BYTES WEIR_PDQ_HASH_BYTES

static const char magic[8] = { 'W', 'E', 'I', 'R', 'H', 'I', 'D', 'X' };

typedef struct {
  char magic[8];
  guint32 version;
  guint32 count;
  guint8 zero[48];
} Header;
G_STATIC_ASSERT (sizeof (Header) == WEIR_INDEX_HEADER_BYTES);

struct _WeirIndex {
  gatomicrefcount refs;
  guint32 count;
  const guint8 *hashes; /* in MAP or in COPY */
  void *map;
  gsize map_size;
  guint8 *copy;
};

G_DEFINE_QUARK (weir - hash - error - quark, weir_hash_error)

static gboolean
fail_errno (const char *what, GError **error)
{
  int code = errno;

  g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM, "%s: %s", what,
      g_strerror (code));
  return FALSE;
}

WeirIndex *
weir_index_new (const guint8 *hashes, guint32 count)
{
  WeirIndex *index = g_new0 (WeirIndex, 1);

  g_assert (count <= WEIR_INDEX_MAX_ENTRIES);
  g_atomic_ref_count_init (&index->refs);
  index->count = count;
  index->copy = g_memdup2 (hashes, (gsize) count * HASH_BYTES);
  index->hashes = index->copy;
  return index;
}

static gboolean
check_blob (const Header *header, guint64 size, GError **error)
{
  if (memcmp (header->magic, magic, sizeof magic) != 0) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN,
        "index: does not begin with its magic");
    return FALSE;
  }
  if (header->version != WEIR_INDEX_VERSION) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN,
        "index: version is %u, %d expected", header->version,
        WEIR_INDEX_VERSION);
    return FALSE;
  }
  if (header->count > WEIR_INDEX_MAX_ENTRIES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "index: %u entries, at most %u are taken", header->count,
        WEIR_INDEX_MAX_ENTRIES);
    return FALSE;
  }
  if (size != sizeof *header + (guint64) header->count * HASH_BYTES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN,
        "index: %" G_GUINT64_FORMAT " bytes for %u entries", size,
        header->count);
    return FALSE;
  }
  return TRUE;
}

WeirIndex *
weir_index_open_fd (int fd, GError **error)
{
  const Header *header;
  WeirIndex *index;
  struct stat st;
  void *map;

  if (fstat (fd, &st) != 0) {
    fail_errno ("index: fstat", error);
    return NULL;
  }
  if (st.st_size < (off_t) sizeof *header) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN,
        "index: %" G_GINT64_FORMAT " bytes, a header has %d",
        (gint64) st.st_size, WEIR_INDEX_HEADER_BYTES);
    return NULL;
  }
  map = mmap (NULL, (gsize) st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) {
    fail_errno ("index: mmap", error);
    return NULL;
  }
  header = map;
  if (!check_blob (header, (guint64) st.st_size, error)) {
    munmap (map, (gsize) st.st_size);
    return NULL;
  }
  index = g_new0 (WeirIndex, 1);
  g_atomic_ref_count_init (&index->refs);
  index->count = header->count;
  index->hashes = (const guint8 *) map + sizeof *header;
  index->map = map;
  index->map_size = (gsize) st.st_size;
  return index;
}

WeirIndex *
weir_index_ref (WeirIndex *index)
{
  g_atomic_ref_count_inc (&index->refs);
  return index;
}

void
weir_index_unref (WeirIndex *index)
{
  if (index == NULL || !g_atomic_ref_count_dec (&index->refs))
    return;
  if (index->map != NULL)
    munmap (index->map, index->map_size);
  g_free (index->copy);
  g_free (index);
}

guint32
weir_index_count (const WeirIndex *index)
{
  return index->count;
}

const guint8 *
weir_index_peek_hash (const WeirIndex *index, guint32 entry)
{
  g_assert (entry < index->count);
  return index->hashes + (gsize) entry * HASH_BYTES;
}

static gboolean
write_all (int fd, const void *data, gsize size, GError **error)
{
  const guint8 *at = data;

  while (size > 0) {
    ssize_t n = write (fd, at, MIN (size, 1u << 30));

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail_errno ("index: write", error);
    at += n;
    size -= (gsize) n;
  }
  return TRUE;
}

gboolean
weir_index_write_fd (
    int fd, const guint8 *hashes, guint32 count, GError **error)
{
  Header header = { .version = WEIR_INDEX_VERSION, .count = count };

  if (count > WEIR_INDEX_MAX_ENTRIES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "index: %u entries, at most %u are taken", count,
        WEIR_INDEX_MAX_ENTRIES);
    return FALSE;
  }
  memcpy (header.magic, magic, sizeof magic);
  return write_all (fd, &header, sizeof header, error)
         && write_all (fd, hashes, (gsize) count * HASH_BYTES, error);
}

int
weir_index_create_memfd (const guint8 *hashes, guint32 count, GError **error)
{
  int fd = memfd_create ("weir-index", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0) {
    fail_errno ("index: memfd_create", error);
    return -1;
  }
  if (!weir_index_write_fd (fd, hashes, count, error)) {
    close (fd);
    return -1;
  }
  if (fcntl (fd, F_ADD_SEALS,
          F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
      != 0) {
    fail_errno ("index: sealing", error);
    close (fd);
    return -1;
  }
  return fd;
}

/* Puts HIT at its place among the N hits, which are in order; the last drops
 * out when there is no room. Returns the new number. */
static guint
insert_hit (WeirIndexHit *hits, guint n, guint max, WeirIndexHit hit)
{
  guint at = n;

  while (at > 0 && hits[at - 1].distance > hit.distance)
    at--;
  if (at == max)
    return n;
  if (n < max)
    n++;
  memmove (hits + at + 1, hits + at, (n - at - 1) * sizeof *hits);
  hits[at] = hit;
  return n;
}

guint
weir_index_search (const WeirIndex *index, const guint8 hash[HASH_BYTES],
    guint radius, WeirIndexHit *ret_hits, guint max)
{
  const guint8 *at = index->hashes;
  guint n = 0;

  if (max == 0)
    return 0;
  for (guint32 i = 0; i < index->count; i++, at += HASH_BYTES) {
    guint distance = weir_hamming_distance (at, hash);

    if (G_LIKELY (distance > radius))
      continue;
    n = insert_hit (ret_hits, n, max,
        (WeirIndexHit){ .entry = i, .distance = (guint16) distance });
    /* Full: only something nearer than the last is still wanted. */
    if (n == max) {
      if (ret_hits[n - 1].distance == 0)
        break;
      radius = MIN (radius, ret_hits[n - 1].distance - 1u);
    }
  }
  return n;
}
