/* A host name to addresses, without waiting on the loop. Loop thread. */
#pragma once

#include "base/loop.h"

typedef struct _WeirSrtResolve WeirSrtResolve;

/* ADDRESS is numeric, borrowed; NULL when there is none, WHY in words. */
typedef void (*WeirSrtResolved) (
    const char *address, const char *why, gpointer data);

/* FUNC is called once, never from inside, unless it is cancelled. Of several
 * addresses the one at NTH counts, so that tries take turns. */
WeirSrtResolve *weir_srt_resolve (WeirLoop *loop, const char *host, guint nth,
    WeirSrtResolved func, gpointer data);
void weir_srt_resolve_cancel (WeirSrtResolve *resolve);
