/* Makes generations of the index and writes to them. One writer a file. */
#pragma once

#include "hash/index.h"

typedef struct {
  const guint8 *hashes; /* 32 bytes each */
  const guint32 *ids;   /* rising; NULL: 0, 1, 2, … */
  guint32 count;
  guint32 capacity; /* entries that the delta has room for */
  guint64 mark;     /* kept for the caller */
  guint32 n_chunks; /* of the tables; 0: what suits COUNT */
} WeirIndexSource;

/* Makes FD, an empty file, a generation of its final size. Takes a few seconds
 * and no more memory than the file for ten million entries: not on a loop. On
 * failure the file is of no use. The header comes last, so a file whose
 * building was broken off is refused when it is opened. */
gboolean
weir_index_build_fd (int fd, const WeirIndexSource *source, GError **error);

/* The same in a new anonymous file whose size can't be changed any more and
 * which nobody who gets its descriptor from now on can write to; *RET_WRITER
 * can, when asked for. -1 on failure. */
typedef struct _WeirIndexWriter WeirIndexWriter;
int weir_index_build_memfd (const WeirIndexSource *source,
    WeirIndexWriter **ret_writer, GError **error);

/* Maps FD for writing, which stays the caller's. What an earlier writer put
 * into the delta and deleted is forgotten if RESET. */
WeirIndexWriter *
weir_index_writer_open_fd (int fd, gboolean reset, GError **error);
void weir_index_writer_free (WeirIndexWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirIndexWriter, weir_index_writer_free)

/* ID is higher than every one before. FALSE when the delta is full. Readers
 * find the entry from now on. */
gboolean weir_index_writer_add (WeirIndexWriter *writer,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], guint32 id);
/* FALSE when there is no such entry or it is deleted already. */
gboolean weir_index_writer_delete (WeirIndexWriter *writer, guint32 id);
/* What readers see. */
const WeirIndex *weir_index_writer_peek_index (const WeirIndexWriter *writer);
guint32 weir_index_writer_room (const WeirIndexWriter *writer);
