/* A list while it is read: for the parts of hashlist. */
#pragma once

#include "hash/csv-reader.h"
#include "hash/hashlist.h"

typedef enum {
  WEIR_HASHLIST_COLUMN_HASH,
  WEIR_HASHLIST_COLUMN_QUALITY,
  WEIR_HASHLIST_COLUMN_ITEM,
  WEIR_HASHLIST_COLUMN_FILE,
  WEIR_HASHLIST_COLUMN_SECONDS,
  WEIR_HASHLIST_COLUMN_ENTRY,
  WEIR_HASHLIST_COLUMN_LABEL,
  WEIR_HASHLIST_COLUMN_OWNER,
  WEIR_HASHLIST_COLUMN_NOTE,
  WEIR_HASHLIST_COLUMN_OPINION,
  WEIR_HASHLIST_COLUMN_DISABLE_UNTIL,
  WEIR_HASHLIST_COLUMN_TYPE, /* of the signal; only pdq is taken */
} WeirHashlistColumn;
#define WEIR_HASHLIST_COLUMNS 12

typedef struct {
  WeirHashlist list; /* first: what the caller sees */
  GArray *array;     /* WeirHashlistEntry */
  GStringChunk *texts;
  GPtrArray *mores; /* WeirHashlistMore, owned */
  const WeirHashlistOptions *options;
  const char *file; /* in TEXTS; NULL */
  guint n_refused;
} WeirHashlistBuilder;

/* Fields of one entry by column; without text where there is none. READER is
 * for the line in the error. */
gboolean
weir_hashlist_add (WeirHashlistBuilder *builder, const WeirCsvReader *reader,
    const WeirSlice values[WEIR_HASHLIST_COLUMNS], GError **error);

/* Reads the text into BUILDER, whatever its form. */
gboolean weir_hashlist_read (
    WeirHashlistBuilder *builder, WeirCsvReader *reader, GError **error);
