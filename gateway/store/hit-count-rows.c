/* Counts of hits to rows and back. */
#include "store/hit-count-rows.h"

#include "base/error.h"

static gboolean
fail (sqlite3 *db, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE, "store: %s",
      sqlite3_errmsg (db));
  return FALSE;
}

static gboolean
put_one (sqlite3_stmt *stmt, const WeirHitCount *count)
{
  sqlite3_bind_text (stmt, 1, count->bank, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 2, count->entry, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (stmt, 3, count->hits);
  sqlite3_bind_int64 (stmt, 4, count->last_ms);
  return sqlite3_step (stmt) == SQLITE_DONE
         && sqlite3_reset (stmt) == SQLITE_OK;
}

static gboolean
prune (sqlite3 *db, guint max)
{
  g_autofree char *sql = g_strdup_printf (
      "DELETE FROM bank_hit WHERE rowid IN (SELECT rowid FROM bank_hit"
      " ORDER BY last_ms DESC, rowid DESC LIMIT -1 OFFSET %u)",
      max);

  return sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

gboolean
weir_hit_count_rows_put (
    sqlite3 *db, const GPtrArray *counts, guint max, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  gboolean ok = sqlite3_prepare_v2 (db,
                    "INSERT INTO bank_hit VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (bank, entry) DO UPDATE SET"
                    " hits = excluded.hits, last_ms = excluded.last_ms",
                    -1, &stmt, NULL)
                == SQLITE_OK;

  for (guint i = 0; ok && i < counts->len; i++)
    ok = put_one (stmt, g_ptr_array_index (counts, i));
  sqlite3_finalize (stmt);
  ok = ok && prune (db, max);
  return ok || fail (db, error);
}

GPtrArray *
weir_hit_count_rows_read (sqlite3 *db, GError **error)
{
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func (weir_hit_count_free);
  sqlite3_stmt *stmt = NULL;
  int result;

  if (sqlite3_prepare_v2 (db,
          "SELECT bank, entry, hits, last_ms FROM bank_hit"
          " ORDER BY last_ms, rowid",
          -1, &stmt, NULL)
      != SQLITE_OK) {
    fail (db, error);
    return NULL;
  }
  while ((result = sqlite3_step (stmt)) == SQLITE_ROW)
    g_ptr_array_add (list,
        weir_hit_count_new ((const char *) sqlite3_column_text (stmt, 0),
            (const char *) sqlite3_column_text (stmt, 1),
            sqlite3_column_int64 (stmt, 2), sqlite3_column_int64 (stmt, 3)));
  if (result != SQLITE_DONE)
    fail (db, error);
  sqlite3_finalize (stmt);
  return result == SQLITE_DONE ? g_steal_pointer (&list) : NULL;
}
