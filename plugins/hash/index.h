/* An exact range search over 256-bit hashes: a flat array that is scanned.
 *
 * The array lives in a blob that one process writes and others map read-only:
 *
 *   offset 0   8 bytes  "WEIRHIDX"
 *          8   u32      version, 1
 *         12   u32      count
 *         16   48 zero bytes
 *         64   count times 32 bytes, each in the order of the hash's text
 *
 * Numbers are in the machine's own order: a blob never leaves the machine.
 * Entry numbers are places in the array, so that names can stay with whoever
 * made it. An index never changes after it was made: any number of threads may
 * search it. */
#pragma once

#include <glib.h>

#include "hash/hash-error.h"
#include "hash/pdq.h"

#define WEIR_INDEX_VERSION 1
#define WEIR_INDEX_HEADER_BYTES 64
#define WEIR_INDEX_MAX_ENTRIES (64u * 1024 * 1024)

typedef struct _WeirIndex WeirIndex;

typedef struct {
  guint32 entry;
  guint16 distance; /* Hamming, 0 to 256 */
} WeirIndexHit;

/* Copies COUNT hashes, 32 bytes each, one after the other; COUNT is at most
 * WEIR_INDEX_MAX_ENTRIES. */
WeirIndex *weir_index_new (const guint8 *hashes, guint32 count);

/* Maps the blob in FD, which stays the caller's and may be closed after. A
 * file that somebody else could shorten must not be given: reading past its
 * new end kills the process. */
WeirIndex *weir_index_open_fd (int fd, GError **error);

WeirIndex *weir_index_ref (WeirIndex *index);
void weir_index_unref (WeirIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirIndex, weir_index_unref)

guint32 weir_index_count (const WeirIndex *index);
const guint8 *weir_index_peek_hash (const WeirIndex *index, guint32 entry);

/* Writes the blob to FD from its current place on. */
gboolean weir_index_write_fd (
    int fd, const guint8 *hashes, guint32 count, GError **error);

/* The blob in a new anonymous file that nobody can change any more. -1 on
 * failure. */
int
weir_index_create_memfd (const guint8 *hashes, guint32 count, GError **error);

/* Entries within RADIUS (inclusive) of HASH, nearest first, at one distance
 * the lower entry first. When there are more than MAX, the MAX first of them.
 * Returns how many were written to RET_HITS. */
guint weir_index_search (const WeirIndex *index,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], guint radius,
    WeirIndexHit *ret_hits, guint max);
