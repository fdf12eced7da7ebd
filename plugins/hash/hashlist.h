/* Reads lists of PDQ hashes as people and programs exchange them. Which form a
 * file has shows in its first line:
 *
 *   lines      one hash a line, or `pdq HASH` as tx prints them
 *   CSV        RFC 4180, the first record names the columns, in any order;
 * those that are not known are ignored: hash      64 hex digits; required
 *                quality   0 to 100; without it 100, since whoever made the
 * list vouches item      what entries belong together file      where the hash
 * was taken from seconds   place in that file entry     the entry's name for
 * people label, owner, note   free texts; `labels` is label opinion   positive,
 * negative, investigation or disputed, or tx's words for them disable_until
 * Unix seconds weirctl    CSV without a header: hash,quality,file[,seconds] tx
 * the CSV of `tx dataset`: signal_type,signal_str,collab,category, tags; collab
 * becomes the owner, tags the label vPDQ text  frame,quality,hash,seconds vPDQ
 * JSON  an array of strings "hash,quality,seconds"
 *
 * Hex digits may be of either case. Empty lines and lines that begin with '#'
 * are skipped. Names must be UTF-8 without control characters. The item of vPDQ
 * entries is the file they came from.
 *
 * A header with nothing behind it is an error, but for those that `tx dataset`
 * and `weirctl bank export` print of an empty list.
 *
 * An entry that would match pictures that have nothing to do with each other is
 * taken with a mark (WeirHashlistHealth): whoever uses the list leaves it out.
 */
#pragma once

#include <glib.h>

#include "hash/hash-error.h"
#include "hash/pdq.h"

#define WEIR_HASHLIST_MAX_FILE_BYTES (2ull * 1024 * 1024 * 1024)
#define WEIR_HASHLIST_MAX_LINE_BYTES 4096u /* a record, line ends included */
#define WEIR_HASHLIST_MAX_COLUMNS 64u
#define WEIR_HASHLIST_MAX_ENTRIES (16u * 1024 * 1024)
/* PDQ sets half of the bits; so far from it a hash is no picture's. */
#define WEIR_HASHLIST_MAX_IMBALANCE 32

typedef enum {
  WEIR_HASHLIST_SOUND,
  WEIR_HASHLIST_ZEROS,  /* what every black picture has */
  WEIR_HASHLIST_UNEVEN, /* far from 128 bits set */
  WEIR_HASHLIST_FLAT,   /* quality 0: rounding noise of a plain picture */
} WeirHashlistHealth;

typedef enum {
  WEIR_HASHLIST_NO_OPINION,
  WEIR_HASHLIST_POSITIVE,
  WEIR_HASHLIST_NEGATIVE,
  WEIR_HASHLIST_INVESTIGATION,
  WEIR_HASHLIST_DISPUTED,
} WeirHashlistOpinion;

/* What few entries have. Texts are NULL where there is none. */
typedef struct {
  const char *label;
  const char *owner;
  const char *note;
  WeirHashlistOpinion opinion;
  gint64 disable_until_s; /* Unix; 0: never disabled */
} WeirHashlistMore;

typedef struct {
  guint8 hash[WEIR_PDQ_HASH_BYTES];
  guint8 quality;
  guint8 health;     /* WeirHashlistHealth */
  guint32 line;      /* where it stands, from 1 */
  const char *entry; /* column entry, else file or file@seconds, else the
                        hash's first 16 digits; never NULL */
  const char *item;  /* column item, else file, else the entry; never NULL */
  const WeirHashlistMore *more; /* NULL without any of it */
} WeirHashlistEntry;

/* Owns its entries and their texts. Does not change after it was read. */
typedef struct {
  guint32 count;
  const WeirHashlistEntry *entries;
  gboolean only_header; /* of a known program's empty list: worth a warning */
} WeirHashlist;

/* How lines that are not as they should be are dealt with. */
typedef struct {
  /* Stands for the file where the form has no column for it; may be NULL. */
  const char *file;
  /* Why an entry that could be read is refused all the same, or NULL; may be
   * NULL. */
  const char *(*check) (const WeirHashlistEntry *entry, gpointer data);
  /* Called for every refused line, which is left out. Without it the first one
   * ends the reading with an error. */
  void (*on_refused) (guint line, const char *why, gpointer data);
  /* Called now and then with the bytes read; may be NULL. */
  void (*on_progress) (gsize done, gsize total, gpointer data);
  gpointer data;
} WeirHashlistOptions;

/* OPTIONS may be NULL. What concerns the file as a whole (its header, its size)
 * is an error in any case. */
WeirHashlist *weir_hashlist_parse (const char *text, gsize size,
    const WeirHashlistOptions *options, GError **error);
/* The error names PATH, which is also the file if OPTIONS names none. */
WeirHashlist *weir_hashlist_load (
    const char *path, const WeirHashlistOptions *options, GError **error);
/* The text of a file or pipe, within the limit of a list; the error names it.
 */
GString *weir_hashlist_read_file (const char *path, GError **error);
void weir_hashlist_free (WeirHashlist *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirHashlist, weir_hashlist_free)

/* The hashes of the sound entries of at least MIN_QUALITY, 32 bytes each, and
 * their places in the list: what an index is made of. Returns how many; the
 * caller frees both with g_free (). */
guint32 weir_hashlist_collect (const WeirHashlist *list, guint min_quality,
    guint8 **ret_hashes, guint32 **ret_places);

/* What is the matter with such an entry, with the figure, for people; NULL for
 * a sound one. Caller frees. */
char *
weir_hashlist_dup_fault (const guint8 hash[WEIR_PDQ_HASH_BYTES], guint quality);
WeirHashlistHealth
weir_hashlist_judge (const guint8 hash[WEIR_PDQ_HASH_BYTES], guint quality);
/* "positive" and so on; NULL without one. */
const char *weir_hashlist_opinion_text (WeirHashlistOpinion opinion);
/* FALSE for a word that is none; of either case, tx's among them. */
gboolean
weir_hashlist_parse_opinion (const char *word, WeirHashlistOpinion *ret);
