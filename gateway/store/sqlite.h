/* The embedded store: one SQLite file, one writer thread. */
#pragma once

#include "base/loop.h"
#include "control/store.h"

/* Opens or creates PATH and brings it to the newest migration. QUEUE: how
 * many requests may wait for the writer. */
WeirStore *weir_sqlite_store_new (
    WeirLoop *loop, const char *path, guint queue, GError **error);
