/* The index of the banks' files on disk, so that the next start need not build
 * it. What it is made of is compared at every start and reload, so it may be of
 * any age. */
#pragma once

#include "hash/index-save.h"

/* Fewer entries are indexed as fast as they are read. */
#define WEIR_SAVED_INDEX_MIN_ENTRIES 100000u

typedef struct _WeirSavedIndex WeirSavedIndex;

/* weir_index_build_memfd () by way of the file at PATH, if that is made of what
 * SOURCE says. -1, after the log was told why, when it has to be built. */
int weir_saved_index_open (const char *path, const WeirIndexSource *source,
    WeirIndexWriter **ret_writer);

/* Who writes, on a thread of its own, which the log hears from. Loop thread. */
WeirSavedIndex *weir_saved_index_new (const char *path);
const char *weir_saved_index_get_path (const WeirSavedIndex *saved);
/* Writes what the index in FD was built of, unless another call says otherwise
 * before it is on disk: then the file stays what it was until that is. -1:
 * nothing is to be written. */
void weir_saved_index_write (WeirSavedIndex *saved, int fd);
/* Waits for the end of a piece and breaks off. NULL is fine. */
void weir_saved_index_free (WeirSavedIndex *saved);
