/* Many small rows: written with one statement each kind, kept within bounds. */
#include "store/sighting-rows.h"

#include "base/error.h"

#include <string.h>

/* Rows that are too old go so many at a time, so that no batch takes long. */
#define PRUNED_AT_ONCE 5000

static const char *const tables[] = { "signature", "hit" };

static gboolean
fail (sqlite3 *db, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE, "store: %s",
      sqlite3_errmsg (db));
  return FALSE;
}

static void
bind (sqlite3_stmt *stmt, WeirSightingsKind kind, const WeirSighting *s)
{
  sqlite3_bind_int64 (stmt, 1, s->wall_ms);
  sqlite3_bind_text (stmt, 2, s->stream, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (stmt, 3, s->started_ms);
  sqlite3_bind_int64 (stmt, 4, s->pts_ms);
  sqlite3_bind_int64 (stmt, 5, s->quality);
  if (kind == WEIR_SIGHTINGS_SIGNATURES) {
    sqlite3_bind_blob (stmt, 6, s->hash, sizeof s->hash, SQLITE_STATIC);
    return;
  }
  sqlite3_bind_int64 (stmt, 6, s->clean);
  sqlite3_bind_int64 (stmt, 7, s->clean_from_ms);
  sqlite3_bind_int64 (stmt, 8, s->clean_to_ms);
  sqlite3_bind_text (stmt, 9, s->matches, -1, SQLITE_STATIC);
}

static gboolean
add (sqlite3 *db, WeirSightingsKind kind, const GArray *list, GError **error)
{
  static const char *const sql[] = {
    "INSERT INTO signature VALUES (NULL, ?, ?, ?, ?, ?, ?)",
    "INSERT INTO hit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  };
  sqlite3_stmt *stmt = NULL;
  gboolean ok = TRUE;

  if (list->len == 0)
    return TRUE;
  if (sqlite3_prepare_v2 (db, sql[kind], -1, &stmt, NULL) != SQLITE_OK)
    return fail (db, error);
  for (guint i = 0; ok && i < list->len; i++) {
    bind (stmt, kind, &g_array_index (list, WeirSighting, i));
    ok = sqlite3_step (stmt) == SQLITE_DONE || fail (db, error);
    sqlite3_reset (stmt);
  }
  sqlite3_finalize (stmt);
  return ok;
}

/* Numbers rise with time, so both limits are at the low end of the table. */
static gboolean
prune (sqlite3 *db, const char *table, const WeirSightingsLimit *limit,
    GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "DELETE FROM %s WHERE number IN"
      " (SELECT number FROM %s ORDER BY number LIMIT %d)"
      " AND (wall_ms < %" G_GINT64_FORMAT
      " OR number <= (SELECT max (number) FROM %s) - %" G_GUINT64_FORMAT ")",
      table, table, PRUNED_AT_ONCE, limit->since_ms, table, limit->rows);

  return sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK
         || fail (db, error);
}

gboolean
weir_sighting_rows_add (
    sqlite3 *db, const WeirSightingsBatch *batch, GError **error)
{
  for (WeirSightingsKind k = 0; k < WEIR_SIGHTINGS_KINDS; k++)
    if (!add (db, k, batch->list[k], error)
        || !prune (db, tables[k], &batch->limit[k], error))
      return FALSE;
  return TRUE;
}

static WeirSighting
read_row (sqlite3_stmt *stmt, WeirSightingsKind kind)
{
  WeirSighting s = {
    .number = (guint64) sqlite3_column_int64 (stmt, 0),
    .wall_ms = sqlite3_column_int64 (stmt, 1),
    .stream = g_strdup ((const char *) sqlite3_column_text (stmt, 2)),
    .started_ms = sqlite3_column_int64 (stmt, 3),
    .pts_ms = sqlite3_column_int64 (stmt, 4),
    .quality = (guint) sqlite3_column_int (stmt, 5),
  };

  if (kind == WEIR_SIGHTINGS_HITS) {
    s.clean = (guint) sqlite3_column_int (stmt, 6);
    s.clean_from_ms = sqlite3_column_int64 (stmt, 7);
    s.clean_to_ms = sqlite3_column_int64 (stmt, 8);
    s.matches = g_strdup ((const char *) sqlite3_column_text (stmt, 9));
  } else if (sqlite3_column_bytes (stmt, 6) == (int) sizeof s.hash) {
    memcpy (s.hash, sqlite3_column_blob (stmt, 6), sizeof s.hash);
  }
  return s;
}

GArray *
weir_sighting_rows_read (sqlite3 *db, WeirSightingsKind kind,
    const char *stream, guint64 before, guint limit, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT * FROM %s WHERE number < %" G_GINT64_FORMAT
      " %s ORDER BY number DESC LIMIT %u",
      tables[kind], before > 0 ? (gint64) MIN (before, G_MAXINT64) : G_MAXINT64,
      stream != NULL ? "AND stream = ?" : "", limit);
  g_autoptr (GArray) list = g_array_new (FALSE, TRUE, sizeof (WeirSighting));
  sqlite3_stmt *stmt = NULL;
  int result;

  g_array_set_clear_func (list, (GDestroyNotify) weir_sighting_clear);
  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) != SQLITE_OK) {
    fail (db, error);
    return NULL;
  }
  if (stream != NULL)
    sqlite3_bind_text (stmt, 1, stream, -1, SQLITE_STATIC);
  while ((result = sqlite3_step (stmt)) == SQLITE_ROW) {
    WeirSighting s = read_row (stmt, kind);

    g_array_append_val (list, s);
  }
  if (result != SQLITE_DONE)
    fail (db, error);
  sqlite3_finalize (stmt);
  return result == SQLITE_DONE ? g_steal_pointer (&list) : NULL;
}
