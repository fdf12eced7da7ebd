/* Keeps what a generation was built of, and its tables, in a file on disk, so
 * that the next start need not build them. What came later, the delta and
 * deletions, is not kept. */
#pragma once

#include "hash/index-build.h"

/* Writes the base of INDEX to PATH, or leaves PATH as it was: the file gets its
 * name when all of it is on disk. Takes seconds for millions of entries; ends
 * early, with an error, when *STOP (which may be NULL) is not 0 any more. Any
 * thread; the index may be written to meanwhile. */
gboolean weir_index_save (
    const WeirIndex *index, const char *path, const gint *stop, GError **error);

/* weir_index_build_memfd () that takes the tables from FD, a file that
 * weir_index_save () made, instead of building them. FD stays the caller's and
 * is not trusted: everything is copied, the hashes of SOURCE are compared with
 * it, the rest is checked by its sum. Ids and the room of the delta are
 * SOURCE's, whatever the file was made with. -1, with what is wrong, for a file
 * of another list or version, or a damaged one. */
int weir_index_load_memfd (int fd, const WeirIndexSource *source,
    WeirIndexWriter **ret_writer, GError **error);
