/* Which files a process can still open: Landlock, by which a process gives up
 * what the kernel would let it do, once and for all. It holds beside the filter
 * of system calls (programs/worker/sandbox.h), which can't tell one name from
 * another.
 *
 * Names can still be looked at (stat ()) where the filter lets them; other
 * processes' entries in /proc can't be opened even by the same user. What is
 * open already stays so. */
#pragma once

#include <glib.h>

/* From now on this thread, which has to be the only one, and what it starts
 * opens files only for reading, only READABLE (files, and all that lies in
 * folders; NULL at the end), and runs no program; all else is EACCES. What does
 * not exist is passed over. New privileges must have been given up before.
 * Goes on without where the kernel can't. */
gboolean weir_landlock_read_only (const char *const *readable, GError **error);

/* Why the kernel can't, in words, or NULL. */
const char *weir_landlock_missing (void);
