/* Exact range search over 256-bit hashes, in a file that one process writes and
 * others map: a *generation*.
 *
 * A generation has a base, which does not change, and a delta with room for so
 * many entries more. Large bases carry tables for multi-index hashing; small
 * ones, large radii and the delta are scanned. Which way a search goes does not
 * change its answer.
 *
 * Entries are named by ids, numbers of the writer's choice that rise from entry
 * to entry and never come again, so that they mean the same in the next
 * generation. A deleted entry is a bit. Adding writes the entry first and
 * publishes the delta's new count with a release store: readers see it whole or
 * not at all, without a lock. Files never change their size.
 *
 * Numbers are in the machine's own order: a file never leaves the machine.
 * A WeirIndex may be searched by any number of threads while another process,
 * or thread, writes. */
#pragma once

#include <glib.h>

#include "hash/cpu.h"
#include "hash/hash-error.h"
#include "hash/pdq.h"

#define WEIR_INDEX_VERSION 2
#define WEIR_INDEX_MAX_ENTRIES (64u * 1024 * 1024) /* base and delta, each */
#define WEIR_INDEX_MAX_RADIUS 256
/* Up to this radius tables are of use; above it everything is scanned. */
#define WEIR_INDEX_MAX_TABLE_RADIUS 31

typedef struct _WeirIndex WeirIndex;

typedef struct {
  guint32 entry;    /* its id */
  guint16 distance; /* Hamming, 0 to 256 */
} WeirIndexHit;

/* A distance that is none. */
#define WEIR_INDEX_NO_HIT 257

/* What a search of several needles found. */
typedef struct {
  guint32 needle; /* place among the needles */
  guint32 entry;
  guint16 distance;
} WeirIndexMatch;

/* A generation of COUNT hashes, 32 bytes each, that only this process has; ids
 * are their places. COUNT is at most WEIR_INDEX_MAX_ENTRIES. */
WeirIndex *weir_index_new (const guint8 *hashes, guint32 count);
/* The same with ids, which rise. */
WeirIndex *weir_index_new_with_ids (
    const guint8 *hashes, const guint32 *ids, guint32 count);

/* Maps the generation in FD, which stays the caller's and may be closed after.
 * The header is checked, the rest is not trusted: a broken or hostile file
 * gives an error here or wrong answers later, never a read outside. A file that
 * somebody else could shorten must not be given: reading past its new end
 * kills the process. */
WeirIndex *weir_index_open_fd (int fd, GError **error);

WeirIndex *weir_index_ref (WeirIndex *index);
void weir_index_unref (WeirIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirIndex, weir_index_unref)

/* Entries that were ever put in: base, and delta as of now. */
guint32 weir_index_count (const WeirIndex *index);
/* What the writer gave at building (see hash/index-build.h). */
guint64 weir_index_get_mark (const WeirIndex *index);

/* Entries within RADIUS (inclusive) of HASH, nearest first, at one distance
 * the lower id first. When there are more than MAX, the MAX first of them.
 * Returns how many were written to RET_HITS. */
guint weir_index_search (const WeirIndex *index,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], guint radius,
    WeirIndexHit *ret_hits, guint max);

/* The same, and RET_NEAR: of what the search came across beyond RADIUS, up to
 * FAR, one that is nearest; its distance is WEIR_INDEX_NO_HIT when there was
 * none. It costs nothing more and is not exact: tables pass over much of what
 * is beyond RADIUS. */
guint weir_index_search_near (const WeirIndex *index,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], guint radius, guint far,
    WeirIndexHit *ret_hits, guint max, WeirIndexHit *ret_near);

/* Everything within RADIUS of each of COUNT needles, 32 bytes each. Returns
 * WeirIndexMatch, by needle, then distance, then id; the caller unrefs it.
 * NULL when there would be more than LIMIT. */
GArray *weir_index_search_many (const WeirIndex *index, const guint8 *needles,
    guint count, guint radius, guint limit);

/* How a search goes about the base. */
typedef enum {
  WEIR_INDEX_AUTO,
  WEIR_INDEX_SCAN,
  WEIR_INDEX_TABLES, /* where there are any */
} WeirIndexWay;

/* Searches by another form of the inner loops than the best, for measuring.
 * FALSE when this processor or this build has none of that kind. Before INDEX
 * is shared. */
gboolean weir_index_set_cpu (WeirIndex *index, WeirCpu cpu);

/* weir_index_search_many () by a way of the caller's choice, for measuring. */
GArray *weir_index_search_many_by (const WeirIndex *index, WeirIndexWay way,
    const guint8 *needles, guint count, guint radius, guint limit);
