/* What a worker that decodes or muxes the bytes of strangers may still do.
 *
 * Three steps: weir_worker_side_confine () (programs/worker/side.h) and
 * weir_sandbox_limit () first thing in main (), while nothing of a stranger is
 * in the process; weir_sandbox_close () when everything has been
 * loaded and used once. After that the process computes, reads and writes the
 * descriptors it holds, receives new ones over a socket it holds, starts
 * threads, and ends. There is no way back, and nothing inherits more.
 *
 *   killed (SIGSYS)   sockets and connections, other programs, other
 *                     processes' memory and signals, namespaces, other users,
 *                     kernel interfaces that no decoder has a use for
 *   EACCES            opening, making, renaming, removing or looking at files
 *                     by name; executable memory
 *   ENOSYS            clone3 (), so that the C library starts threads by
 *                     clone ()
 *   EPERM             everything else that is not listed as allowed
 *
 * A build with AddressSanitizer has no limit of data, since its shadow memory
 * counts as such; everything else holds there as well. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 data_bytes;  /* private memory, threads' stacks included; mapped
                          files do not count. 0: no limit */
  guint64 cpu_seconds; /* of the whole process, which dies then. 0: no limit */
} WeirSandboxLimits;

gboolean weir_sandbox_limit (const WeirSandboxLimits *limits, GError **error);

/* The filter of system calls, for all threads; no new privileges. */
gboolean weir_sandbox_close (GError **error);

/* The same for a program that must go on reading files, such as fonts, and
 * that no bytes of strangers reach: files can be opened for reading and looked
 * at by name, and nothing else done with them. */
gboolean weir_sandbox_close_but_reading (GError **error);
