/* Reads bank files: lists of PDQ hashes as people and programs exchange them.
 *
 * Two forms: CSV (RFC 4180) whose first record names the columns, or one hash
 * of 64 hex digits a line. Empty lines and lines that begin with '#' are
 * skipped. Columns, in any order, others are ignored:
 *
 *   hash     64 hex digits of either case; required
 *   quality  0 to 100; without it 100, since whoever made the list vouches
 *   item     what entries belong together
 *   file     where the hash was taken from
 *   seconds  place in that file
 *   entry    the entry's name for people
 *   label    free text for reviewers
 *
 * A hash of zeros is refused: it is what a black picture gives and matches
 * every other black picture. Names must be UTF-8 without control characters.
 * The first broken line ends the reading with an error that says its number.
 */
#pragma once

#include <glib.h>

#include "hash/hash-error.h"
#include "hash/pdq.h"

#define WEIR_HASHLIST_MAX_FILE_BYTES (1024u * 1024 * 1024)
#define WEIR_HASHLIST_MAX_LINE_BYTES 4096u /* a record, line ends included */
#define WEIR_HASHLIST_MAX_COLUMNS 64u
#define WEIR_HASHLIST_MAX_ENTRIES (16u * 1024 * 1024)

typedef struct {
  guint8 hash[WEIR_PDQ_HASH_BYTES];
  guint8 quality;
  const char *entry; /* column entry, else file or file@seconds, else the
                        hash's first 16 digits; never NULL */
  const char *item;  /* column item, else file, else the entry; never NULL */
  const char *label; /* NULL without one */
} WeirHashlistEntry;

/* Owns its entries and their texts. Does not change after it was read. */
typedef struct {
  guint32 count;
  const WeirHashlistEntry *entries;
} WeirHashlist;

WeirHashlist *
weir_hashlist_parse (const char *text, gsize size, GError **error);
/* The error names PATH. */
WeirHashlist *weir_hashlist_load (const char *path, GError **error);
void weir_hashlist_free (WeirHashlist *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirHashlist, weir_hashlist_free)

/* The hashes alone, 32 bytes each, as weir_index_new () wants them. Caller
 * frees with g_free (). */
guint8 *weir_hashlist_dup_hashes (const WeirHashlist *list);
