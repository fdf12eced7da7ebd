/* Generations of the index: mapping one and searching it. */
#include "hash/index.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/hamming.h"
#include "hash/index-build.h"
#include "hash/index-file.h"
#include "hash/scan.h"

#define HASH_BYTES WEIR_PDQ_HASH_BYTES
/* Fewer matches are compared with each other. */
#define SORT_BY_DIGITS 256
/* Bytes that a scan asks of memory before it needs them. */
#define AHEAD (WEIR_SCAN_BLOCK * HASH_BYTES)

G_DEFINE_QUARK (weir - hash - error - quark, weir_hash_error)

static guint64
align (guint64 at)
{
  return (at + 63) & ~(guint64) 63;
}

void
weir_index_layout (
    guint32 count, guint32 capacity, guint32 n_chunks, WeirIndexLayout *ret)
{
  guint64 slots = (guint64) count + capacity;
  guint64 at = WEIR_INDEX_HEADER_BYTES;

  memset (ret, 0, sizeof *ret);
  ret->hashes = at;
  at += (slots + WEIR_SCAN_BLOCK) * HASH_BYTES;
  ret->ids = at = align (at);
  at += slots * sizeof (guint32);
  ret->deleted = at = align (at);
  at += (slots + 31) / 32 * sizeof (guint32);
  for (guint c = 0; c < n_chunks; c++) {
    ret->starts[c] = at = align (at);
    at +=
        ((1ull << weir_index_chunk (n_chunks, c).bits) + 1) * sizeof (guint32);
    ret->places[c] = at = align (at);
    at += (guint64) count * sizeof (guint32);
  }
  ret->bytes = (at + 4095) & ~(guint64) 4095;
}

static gboolean
broken (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
broken (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (
      error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN, "index: %s", text);
  return FALSE;
}

gboolean
weir_index_check_header (const WeirIndexHeader *h, guint64 size, GError **error)
{
  WeirIndexLayout layout;

  if (memcmp (h->magic, WEIR_INDEX_MAGIC, sizeof h->magic) != 0)
    return broken (error, "does not begin with its magic");
  if (h->version != WEIR_INDEX_VERSION)
    return broken (
        error, "version is %u, %d expected", h->version, WEIR_INDEX_VERSION);
  if (h->order != 1)
    return broken (error, "made on a machine of another byte order");
  if (h->count > WEIR_INDEX_MAX_ENTRIES
      || h->capacity > WEIR_INDEX_MAX_ENTRIES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "index: %u entries and room for %u, at most %u are taken", h->count,
        h->capacity, WEIR_INDEX_MAX_ENTRIES);
    return FALSE;
  }
  if (h->n_chunks != 0
      && (h->n_chunks < WEIR_INDEX_MIN_CHUNKS
          || h->n_chunks > WEIR_INDEX_MAX_CHUNKS))
    return broken (error, "%u tables", h->n_chunks);
  weir_index_layout (h->count, h->capacity, h->n_chunks, &layout);
  if (h->file_bytes != layout.bytes || size != layout.bytes)
    return broken (error,
        "%" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT
        " expected for %u entries and room for %u",
        size, layout.bytes, h->count, h->capacity);
  return TRUE;
}

WeirIndex *
weir_index_map (int fd, int protection, GError **error)
{
  WeirIndexLayout layout;
  WeirIndex *index;
  struct stat st;
  guint8 *map;

  if (fstat (fd, &st) != 0) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM,
        "index: fstat: %s", g_strerror (errno));
    return NULL;
  }
  if (st.st_size < WEIR_INDEX_HEADER_BYTES) {
    broken (error, "%" G_GINT64_FORMAT " bytes, a header has %d",
        (gint64) st.st_size, WEIR_INDEX_HEADER_BYTES);
    return NULL;
  }
  map = mmap (NULL, (gsize) st.st_size, protection, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM,
        "index: mmap: %s", g_strerror (errno));
    return NULL;
  }
  if (!weir_index_check_header (
          (const WeirIndexHeader *) map, (guint64) st.st_size, error)) {
    munmap (map, (gsize) st.st_size);
    return NULL;
  }
  index = g_new0 (WeirIndex, 1);
  g_atomic_ref_count_init (&index->refs);
  index->map = map;
  index->map_bytes = (gsize) st.st_size;
  index->header = (const WeirIndexHeader *) map;
  index->kernel = weir_scan_kernel_best ();
  index->count = index->header->count;
  index->capacity = index->header->capacity;
  index->n_chunks = index->header->n_chunks;
  weir_index_layout (index->count, index->capacity, index->n_chunks, &layout);
  index->hashes = map + layout.hashes;
  index->ids = (const guint32 *) (map + layout.ids);
  index->deleted = (const _Atomic guint32 *) (map + layout.deleted);
  for (guint c = 0; c < index->n_chunks; c++) {
    index->starts[c] = (const guint32 *) (map + layout.starts[c]);
    index->places[c] = (const guint32 *) (map + layout.places[c]);
  }
  /* Look-ups go everywhere: fewer, larger pages where the kernel has them. */
  madvise (map, index->map_bytes, MADV_HUGEPAGE);
  return index;
}

WeirIndex *
weir_index_open_fd (int fd, GError **error)
{
  return weir_index_map (fd, PROT_READ, error);
}

WeirIndex *
weir_index_new (const guint8 *hashes, guint32 count)
{
  return weir_index_new_with_ids (hashes, NULL, count);
}

WeirIndex *
weir_index_new_with_ids (
    const guint8 *hashes, const guint32 *ids, guint32 count)
{
  const WeirIndexSource source = {
    .hashes = hashes, .ids = ids, .count = count
  };
  g_autoptr (GError) error = NULL;
  WeirIndex *index = NULL;
  int fd;

  g_assert (count <= WEIR_INDEX_MAX_ENTRIES);
  fd = weir_index_build_memfd (&source, NULL, &error);
  if (fd >= 0) {
    index = weir_index_open_fd (fd, &error);
    close (fd);
  }
  if (index == NULL)
    g_error ("%s", error->message); /* want of memory, as for g_malloc () */
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
  munmap (index->map, index->map_bytes);
  g_free (index);
}

guint32
weir_index_count (const WeirIndex *index)
{
  return index->count + weir_index_delta_count (index);
}

guint64
weir_index_get_mark (const WeirIndex *index)
{
  return index->header->mark;
}

/* Takes what is near NEEDLE of the slots that MASK stands for, FROM being its
 * first bit's. FAR: what is beyond it is passed over. */
static void
take_mask (const WeirIndex *index, const guint64 needle[4], guint number,
    guint radius, guint far, guint64 mask, guint32 from, GArray *ret,
    WeirIndexNear *near)
{
  guint32 slots[WEIR_SCAN_BLOCK], places[WEIR_SCAN_BLOCK];
  guint16 distances[WEIR_SCAN_BLOCK];
  guint count = 0, found;

  for (; mask != 0; mask &= mask - 1)
    slots[count++] = from + (guint32) __builtin_ctzll (mask);
  found = index->kernel->pick (
      index->hashes, slots, count, needle, far, places, distances);
  for (guint k = 0; k < found; k++) {
    guint32 slot = slots[places[k]];

    if (weir_index_is_deleted (index, slot))
      continue;
    if (distances[k] <= radius) {
      WeirIndexMatch match = { number, index->ids[slot], distances[k] };

      g_array_append_val (ret, match);
    } else if (near != NULL && distances[k] < near->distance) {
      *near = (WeirIndexNear){ slot, distances[k] };
    }
  }
}

/* FALSE when RET has more than LIMIT. */
static gboolean
scan (const WeirIndex *index, const WeirScanSet *set, guint first_needle,
    guint radius, guint32 from, guint32 to, guint limit, GArray *ret,
    WeirIndexNear *near)
{
  guint64 masks[WEIR_SCAN_MAX_NEEDLES];

  /* The last block may reach past what is valid: the file is that much
   * longer, and TO says what counts. */
  for (guint32 at = from; at < to; at += WEIR_SCAN_BLOCK) {
    const guint8 *hashes = index->hashes + (gsize) at * HASH_BYTES;
    const guint64 here =
        to - at < WEIR_SCAN_BLOCK ? (1ull << (to - at)) - 1 : G_MAXUINT64;

    for (guint line = 0; line < WEIR_SCAN_BLOCK * HASH_BYTES; line += 64)
      __builtin_prefetch (hashes + AHEAD + line);
    index->kernel->block (hashes, set, masks);
    for (guint n = 0; n < set->count; n++)
      if (G_UNLIKELY ((masks[n] & here) != 0))
        take_mask (index, set->words[n], first_needle + n, radius, set->radius,
            masks[n] & here, at, ret, near);
    if (ret->len > limit)
      return FALSE;
  }
  return TRUE;
}

static gboolean
look_up (const WeirIndex *index, WeirIndexWay way, const guint8 *needle,
    guint number, guint radius, GArray *found, GArray *ret, WeirIndexNear *near)
{
  g_array_set_size (found, 0);
  if (!weir_index_look_up (
          index, needle, radius, way == WEIR_INDEX_TABLES, found, near))
    return FALSE;
  for (guint i = 0; i < found->len; i++) {
    const WeirIndexFound *f = &g_array_index (found, WeirIndexFound, i);
    WeirIndexMatch match = { number, index->ids[f->slot],
      (guint16) f->distance };

    g_array_append_val (ret, match);
  }
  return TRUE;
}

/* A scan serves many needles at once, a look-up one: what a look-up would cost
 * more for is left to the scan. RET_REST gets the needles that are left. */
static guint
search_tables (const WeirIndex *index, WeirIndexWay way, const guint8 *needles,
    guint count, guint radius, guint *ret_rest, GArray *ret,
    WeirIndexNear *near)
{
  g_autoptr (GArray) found =
      g_array_new (FALSE, FALSE, sizeof (WeirIndexFound));
  guint rest = 0;

  for (guint n = 0; n < count; n++)
    if (index->n_chunks == 0 || radius > WEIR_INDEX_MAX_TABLE_RADIUS
        || way == WEIR_INDEX_SCAN
        || !look_up (index, way, needles + (gsize) n * HASH_BYTES, n, radius,
            found, ret, near))
      ret_rest[rest++] = n;
  return rest;
}

static int
compare_matches (gconstpointer a, gconstpointer b)
{
  const WeirIndexMatch *x = a, *y = b;

  if (x->needle != y->needle)
    return x->needle < y->needle ? -1 : 1;
  if (x->distance != y->distance)
    return x->distance < y->distance ? -1 : 1;
  return (x->entry > y->entry) - (x->entry < y->entry);
}

static guint
digit_of (const WeirIndexMatch *match, guint digit)
{
  if (digit < 4)
    return match->entry >> (8 * digit) & 255;
  if (digit < 6)
    return (guint) match->distance >> (8 * (digit - 4)) & 255;
  return match->needle >> (8 * (digit - 6)) & 255;
}

/* One pass of the sort by digits. FALSE when all have the same digit, and so
 * their order already. */
static gboolean
sort_digit (
    const WeirIndexMatch *from, guint count, guint digit, WeirIndexMatch *to)
{
  guint starts[256] = { 0 };
  guint sum = 0;

  for (guint i = 0; i < count; i++)
    starts[digit_of (&from[i], digit)]++;
  if (starts[digit_of (&from[0], digit)] == count)
    return FALSE;
  for (guint v = 0; v < 256; v++) {
    guint here = starts[v];

    starts[v] = sum;
    sum += here;
  }
  for (guint i = 0; i < count; i++)
    to[starts[digit_of (&from[i], digit)]++] = from[i];
  return TRUE;
}

/* In clusters there are many, and comparing them costs as much as finding
 * them: those are sorted by their digits, the last one first. */
static void
sort_matches (GArray *matches)
{
  g_autofree WeirIndexMatch *other = NULL;
  WeirIndexMatch *from = (WeirIndexMatch *) (void *) matches->data, *to;

  if (matches->len < SORT_BY_DIGITS) {
    g_array_sort (matches, compare_matches);
    return;
  }
  to = other = g_new (WeirIndexMatch, matches->len);
  for (guint digit = 0; digit < 10; digit++)
    if (sort_digit (from, matches->len, digit, to)) {
      WeirIndexMatch *sorted = to;

      to = from;
      from = sorted;
    }
  if (from == other)
    memcpy (matches->data, other, matches->len * sizeof *other);
}

/* The needles of one set: base by tables or scan, delta by scan. */
static gboolean
search_set (const WeirIndex *index, WeirIndexWay way, const guint8 *needles,
    guint first, guint count, guint radius, guint limit, WeirScanSet *set,
    GArray *ret, WeirIndexNear *near)
{
  guint far = near != NULL ? MAX (radius, near->distance) : radius;
  guint32 delta = weir_index_delta_count (index);
  guint rest[WEIR_SCAN_MAX_NEEDLES], n_rest;
  guint before = ret->len;

  needles += (gsize) first * HASH_BYTES;
  n_rest = search_tables (index, way, needles, count, radius, rest, ret, near);
  for (guint i = before; i < ret->len; i++)
    g_array_index (ret, WeirIndexMatch, i).needle += first;
  if (ret->len > limit)
    return FALSE;
  if (n_rest > 0) {
    guint8 left[WEIR_SCAN_MAX_NEEDLES * HASH_BYTES];

    before = ret->len;
    for (guint i = 0; i < n_rest; i++)
      memcpy (left + i * HASH_BYTES, needles + (gsize) rest[i] * HASH_BYTES,
          HASH_BYTES);
    weir_scan_set_init (set, left, n_rest, far);
    if (!scan (index, set, 0, radius, 0, index->count, limit, ret, near))
      return FALSE;
    for (guint i = before; i < ret->len; i++) {
      WeirIndexMatch *match = &g_array_index (ret, WeirIndexMatch, i);

      match->needle = first + rest[match->needle];
    }
  }
  if (delta == 0)
    return TRUE;
  weir_scan_set_init (set, needles, count, far);
  return scan (index, set, first, radius, index->count, index->count + delta,
      limit, ret, near);
}

/* NEAR: with one needle only, or NULL. */
static GArray *
search_many (const WeirIndex *index, WeirIndexWay way, const guint8 *needles,
    guint count, guint radius, guint limit, WeirIndexNear *near)
{
  g_autofree WeirScanSet *set = g_new (WeirScanSet, 1);
  g_autoptr (GArray) ret = g_array_new (FALSE, FALSE, sizeof (WeirIndexMatch));

  for (guint first = 0; first < count; first += WEIR_SCAN_MAX_NEEDLES)
    if (!search_set (index, way, needles, first,
            MIN (count - first, WEIR_SCAN_MAX_NEEDLES), radius, limit, set, ret,
            near)
        || ret->len > limit)
      return NULL;
  sort_matches (ret);
  return g_steal_pointer (&ret);
}

gboolean
weir_index_set_cpu (WeirIndex *index, WeirCpu cpu)
{
  const WeirScanKernel *kernel = weir_scan_kernel (cpu);

  if (kernel == NULL)
    return FALSE;
  index->kernel = kernel;
  return TRUE;
}

GArray *
weir_index_search_many_by (const WeirIndex *index, WeirIndexWay way,
    const guint8 *needles, guint count, guint radius, guint limit)
{
  return search_many (index, way, needles, count, radius, limit, NULL);
}

GArray *
weir_index_search_many (const WeirIndex *index, const guint8 *needles,
    guint count, guint radius, guint limit)
{
  return weir_index_search_many_by (
      index, WEIR_INDEX_AUTO, needles, count, radius, limit);
}

static guint
search_one (const WeirIndex *index, const guint8 *hash, guint radius,
    WeirIndexHit *ret_hits, guint max, WeirIndexNear *near)
{
  g_autoptr (GArray) matches = search_many (index, WEIR_INDEX_AUTO, hash, 1,
      radius, WEIR_INDEX_MAX_ENTRIES * 2, near);
  guint n = MIN (matches->len, max);

  for (guint i = 0; i < n; i++) {
    const WeirIndexMatch *match = &g_array_index (matches, WeirIndexMatch, i);

    ret_hits[i] = (WeirIndexHit){ match->entry, match->distance };
  }
  return n;
}

guint
weir_index_search (const WeirIndex *index, const guint8 hash[HASH_BYTES],
    guint radius, WeirIndexHit *ret_hits, guint max)
{
  return max > 0 ? search_one (index, hash, radius, ret_hits, max, NULL) : 0;
}

guint
weir_index_search_near (const WeirIndex *index, const guint8 hash[HASH_BYTES],
    guint radius, guint far, WeirIndexHit *ret_hits, guint max,
    WeirIndexHit *ret_near)
{
  WeirIndexNear near = { 0, MIN (far, WEIR_INDEX_MAX_RADIUS) + 1 };
  guint n = search_one (index, hash, radius, ret_hits, max, &near);

  *ret_near = near.distance <= far ? (WeirIndexHit){ index->ids[near.slot],
    (guint16) near.distance }
                                   : (WeirIndexHit){ 0, WEIR_INDEX_NO_HIT };
  return n;
}
