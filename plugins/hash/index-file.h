/* A generation's file, for those who build, write and search it.
 *
 *   header        one page
 *   hashes        COUNT + CAPACITY times 32 bytes, to a whole block
 *   ids           COUNT + CAPACITY times u32, rising
 *   deleted       a bit per entry, in u32
 *   table 0 …     per chunk of bits: 2^bits + 1 times u32, where each value's
 *                 places begin; then COUNT times u32, the places
 *
 * Each part begins at a multiple of 64. Everything follows from the header's
 * counts, so there is no offset in the file that could lie. */
#pragma once

#include <stdatomic.h>

#include "hash/index-build.h"
#include "hash/scan.h"

#define WEIR_INDEX_HEADER_BYTES 4096
#define WEIR_INDEX_MAX_CHUNKS 16
#define WEIR_INDEX_MIN_CHUNKS 11 /* 24 bits at most */

typedef struct {
  char magic[8];
  guint32 version;
  guint32 order; /* 1, in the machine's byte order */
  guint32 count;
  guint32 capacity; /* of the delta */
  guint32 n_chunks; /* 0: no tables */
  guint32 zero;
  guint64 mark;
  guint64 file_bytes;
  guint64 sum; /* of a file that hash/index-save.h made */
  guint8 padding[8];
  /* On a cache line of its own: */
  _Atomic guint32 delta_count;
} WeirIndexHeader;

#define WEIR_INDEX_MAGIC "WEIRHIDX"

/* Where the parts are, from the beginning of the file. */
typedef struct {
  guint64 hashes, ids, deleted;
  guint64 starts[WEIR_INDEX_MAX_CHUNKS];
  guint64 places[WEIR_INDEX_MAX_CHUNKS];
  guint64 bytes;
} WeirIndexLayout;

/* The bits of a hash that chunk C of N stands for. */
typedef struct {
  guint first; /* of 256, in the order of the hash's words */
  guint bits;
} WeirIndexChunk;

static inline WeirIndexChunk
weir_index_chunk (guint n, guint c)
{
  guint first = c * 256 / n;

  return (WeirIndexChunk){ first, (c + 1) * 256 / n - first };
}

static inline guint32
weir_index_chunk_value (const guint64 words[4], WeirIndexChunk chunk)
{
  guint word = chunk.first / 64, shift = chunk.first % 64;
  guint64 value = words[word] >> shift;

  if (shift + chunk.bits > 64)
    value |= words[word + 1] << (64 - shift);
  return (guint32) (value & ((1u << chunk.bits) - 1));
}

void weir_index_layout (
    guint32 count, guint32 capacity, guint32 n_chunks, WeirIndexLayout *ret);

struct _WeirIndex {
  gatomicrefcount refs;
  void *map;
  gsize map_bytes;
  const WeirIndexHeader *header;
  const WeirScanKernel *kernel; /* whose answers are all the same */
  /* Of the header, as it was checked: it could change in the file. */
  guint32 count, capacity, n_chunks;
  const guint8 *hashes;
  const guint32 *ids;
  const _Atomic guint32 *deleted;
  const guint32 *starts[WEIR_INDEX_MAX_CHUNKS];
  const guint32 *places[WEIR_INDEX_MAX_CHUNKS];
};

/* Entries of the delta that may be read. */
static inline guint32
weir_index_delta_count (const WeirIndex *index)
{
  guint32 count =
      atomic_load_explicit (&index->header->delta_count, memory_order_acquire);

  return MIN (count, index->capacity);
}

static inline gboolean
weir_index_is_deleted (const WeirIndex *index, guint32 slot)
{
  return atomic_load_explicit (&index->deleted[slot / 32], memory_order_relaxed)
             >> (slot % 32)
         & 1;
}

/* Looks the needle up in the tables and appends what is within RADIUS, not
 * deleted, to RET as (slot, distance) in any order. FALSE, with RET as it was,
 * when that would cost more than a scan. RADIUS is at most
 * WEIR_INDEX_MAX_TABLE_RADIUS, there are tables. NEAR may be NULL. */
typedef struct {
  guint32 slot;
  guint32 distance;
} WeirIndexFound;
/* The nearest beyond the radius, of what a search comes across: what is no
 * nearer than DISTANCE is passed over. */
typedef struct {
  guint32 slot;
  guint distance;
} WeirIndexNear;
gboolean weir_index_look_up (const WeirIndex *index, const guint8 *needle,
    guint radius, gboolean whatever_it_costs, GArray *ret, WeirIndexNear *near);

/* FALSE with what is wrong with H, of a file of SIZE bytes. */
gboolean weir_index_check_header (
    const WeirIndexHeader *h, guint64 size, GError **error);

guint32 weir_index_choose_chunks (const WeirIndexSource *source);
/* The steps to a generation in memory: a file, room in it and that mapped for
 * writing, the header as the last of its bytes, its seals. */
int weir_index_new_memfd (GError **error);
guint8 *weir_index_make_room (int fd, guint64 bytes, GError **error);
/* Gives HEADER its magic. */
void weir_index_put_header (guint8 *map, WeirIndexHeader *header);
gboolean
weir_index_seal_memfd (int fd, WeirIndexWriter **ret_writer, GError **error);

/* weir_index_open_fd () with a protection of mmap ()'s. */
WeirIndex *weir_index_map (int fd, int protection, GError **error);
