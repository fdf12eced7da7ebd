/* Signatures and hits to rows and back. Whatever thread owns DB. */
#pragma once

#include "control/store.h"

#include <sqlite3.h>

/* Adds BATCH; what is beyond its limits goes, the oldest first. */
gboolean weir_sighting_rows_add (
    sqlite3 *db, const WeirSightingsBatch *batch, GError **error);
GArray *weir_sighting_rows_read (sqlite3 *db, WeirSightingsKind kind,
    const char *stream, guint64 before, guint limit, GError **error);
