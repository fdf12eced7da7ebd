/* Counts of hits to rows and back. Whatever thread owns DB. */
#pragma once

#include "control/store.h"

#include <sqlite3.h>

/* Puts COUNTS, WeirHitCount elements, in the place of what there was of them;
 * of more than MAX in all, those that were hit longest ago go. */
gboolean weir_hit_count_rows_put (
    sqlite3 *db, const GPtrArray *counts, guint max, GError **error);
/* WeirHitCount elements, the one hit longest ago first; NULL with ERROR. */
GPtrArray *weir_hit_count_rows_read (sqlite3 *db, GError **error);
