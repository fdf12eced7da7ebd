/* Binding and reading of rows, one format letter a column. */
#include "store/rows.h"

#include "base/error.h"

#include <stdarg.h>
#include <string.h>

static gboolean
fail (sqlite3 *db, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE, "store: %s",
      sqlite3_errmsg (db));
  return FALSE;
}

/* FORMAT: 's' text (may be NULL), 'i' gint64, 'h' a secret's hash,
 * 'b' GBytes. */
static void
bind (sqlite3_stmt *stmt, const char *format, va_list args)
{
  int column = 1;

  for (const char *f = format; *f != '\0'; f++, column++) {
    switch (*f) {
    case 's':
      sqlite3_bind_text (
          stmt, column, va_arg (args, const char *), -1, SQLITE_TRANSIENT);
      break;
    case 'i':
      sqlite3_bind_int64 (stmt, column, va_arg (args, gint64));
      break;
    case 'h':
      sqlite3_bind_blob (stmt, column, va_arg (args, const guint8 *),
          WEIR_SECRET_HASH_BYTES, SQLITE_TRANSIENT);
      break;
    case 'b': {
      GBytes *bytes = va_arg (args, GBytes *);

      sqlite3_bind_blob64 (stmt, column, g_bytes_get_data (bytes, NULL),
          g_bytes_get_size (bytes), SQLITE_TRANSIENT);
      break;
    }
    default:
      g_assert_not_reached ();
    }
  }
}

static gboolean
run (sqlite3 *db, GError **error, const char *sql, const char *format, ...)
{
  sqlite3_stmt *stmt = NULL;
  gboolean ok;
  va_list args;

  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) != SQLITE_OK)
    return fail (db, error);
  va_start (args, format);
  bind (stmt, format, args);
  va_end (args);
  ok = sqlite3_step (stmt) == SQLITE_DONE;
  if (!ok)
    fail (db, error);
  sqlite3_finalize (stmt);
  return ok;
}

/* One row of STMT, which is then as it was. */
static gboolean
run_again (sqlite3_stmt *stmt, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  bind (stmt, format, args);
  va_end (args);
  return sqlite3_step (stmt) == SQLITE_DONE
         && sqlite3_reset (stmt) == SQLITE_OK;
}

gboolean
weir_rows_put_key (sqlite3 *db, const WeirKey *key, GError **error)
{
  if (run (db, error,
          "INSERT INTO stream_key VALUES (?, ?, ?, ?, ?, ?, ?)"
          " ON CONFLICT (id) DO UPDATE SET publisher = excluded.publisher,"
          " hash = excluded.hash, rotated_ms = excluded.rotated_ms",
          "sssshii", key->id, key->app, key->name, key->publisher, key->hash,
          key->created_ms, key->rotated_ms))
    return TRUE;
  if (sqlite3_errcode (db) == SQLITE_CONSTRAINT) {
    g_clear_error (error);
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFLICT,
        "%s/%s has a key already", key->app, key->name);
  }
  return FALSE;
}

gboolean
weir_rows_put_bar (sqlite3 *db, const WeirBar *bar, GError **error)
{
  return run (db, error,
      "INSERT OR REPLACE INTO bar VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "ssssssii",
      bar->id, bar->stream, bar->publisher, bar->reason, bar->case_id, bar->by,
      bar->since_ms, bar->until_ms);
}

gboolean
weir_rows_put_user (sqlite3 *db, const WeirUser *user, GError **error)
{
  return run (db, error, "INSERT OR REPLACE INTO user VALUES (?, ?, ?)", "ssh",
      user->name, user->role, user->token_hash);
}

gboolean
weir_rows_put_publisher (
    sqlite3 *db, const WeirPublisherRecord *record, GError **error)
{
  return run (db, error,
             "INSERT INTO publisher VALUES (?, ?, ?)"
             " ON CONFLICT (name) DO UPDATE SET"
             " aired_ms = max (aired_ms, excluded.aired_ms),"
             " last_ms = excluded.last_ms",
             "sii", record->name, record->aired_ms, record->last_ms)
         && run (db, error,
             "DELETE FROM publisher WHERE last_ms <= (SELECT last_ms"
             " FROM publisher ORDER BY last_ms DESC LIMIT 1 OFFSET ?)",
             "i", (gint64) WEIR_STORE_MAX_PUBLISHERS);
}

static const char *
text_or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static gboolean
put_signal (sqlite3_stmt *stmt, const WeirSignal *s)
{
  return run_again (stmt, "sshissssssiisissi", s->id, s->bank, s->hash,
      (gint64) s->quality, s->entry, s->item, s->label, s->owner, s->opinion,
      s->note, s->disable_until_ms, s->created_ms, s->by, s->released_ms,
      text_or_empty (s->released_by), text_or_empty (s->release_note),
      (gint64) s->of_file);
}

/* Compiled once: there may be many. */
static gboolean
put_signals (
    sqlite3 *db, WeirSignal *const *signals, guint count, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  gboolean ok = sqlite3_prepare_v2 (db,
                    "INSERT OR REPLACE INTO bank_signal VALUES"
                    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    -1, &stmt, NULL)
                == SQLITE_OK;

  for (guint i = 0; ok && i < count; i++)
    ok = put_signal (stmt, signals[i]);
  if (!ok)
    fail (db, error);
  sqlite3_finalize (stmt);
  return ok;
}

gboolean
weir_rows_put_signal (sqlite3 *db, const WeirSignal *signal, GError **error)
{
  WeirSignal *one = (WeirSignal *) signal;

  return put_signals (db, &one, 1, error);
}

gboolean
weir_rows_put_signals (sqlite3 *db, const GPtrArray *signals, GError **error)
{
  return put_signals (
      db, (WeirSignal *const *) signals->pdata, signals->len, error);
}

gboolean
weir_rows_enable_signal (sqlite3 *db, const char *id, GError **error)
{
  return run (db, error,
      "UPDATE bank_signal SET disable_until_ms = 0 WHERE id = ?", "s", id);
}

gboolean
weir_rows_release_signal (sqlite3 *db, const WeirSignal *s, GError **error)
{
  return run (db, error,
      "UPDATE bank_signal SET released_ms = ?, released_by = ?,"
      " release_note = ? WHERE id = ?",
      "isss", s->released_ms, s->released_by, s->release_note, s->id);
}

gboolean
weir_rows_put_quarantine (sqlite3 *db, const WeirQuarantine *q, GError **error)
{
  return run (db, error,
      "INSERT OR REPLACE INTO bank_quarantine VALUES"
      " (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      "ssssssiii", q->id, q->bank, q->entry, q->reason, q->by, q->note,
      q->since_ms, q->released_ms, q->until_ms);
}

gboolean
weir_rows_put_closure (sqlite3 *db, const WeirClosure *c, GError **error)
{
  return run (db, error,
      "INSERT OR REPLACE INTO closure VALUES (?, ?, ?, ?, ?, ?, ?)", "ssissii",
      c->id, c->stream, (gint64) c->kind, c->by, c->reason, c->since_ms,
      c->until_ms);
}

gboolean
weir_rows_rest_closure (
    sqlite3 *db, const char *id, gint64 until_ms, GError **error)
{
  return run (db, error, "UPDATE closure SET until_ms = ? WHERE id = ?", "is",
      until_ms, id);
}

gboolean
weir_rows_put_case (sqlite3 *db, const WeirCase *c, GError **error)
{
  if (!run (db, error,
          "INSERT INTO review_case VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
          " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
          " ON CONFLICT (id) DO UPDATE SET open = excluded.open,"
          " public_ms = excluded.public_ms, from_ms = excluded.from_ms,"
          " to_ms = excluded.to_ms, first_hit_ms = excluded.first_hit_ms,"
          " last_hit_ms = excluded.last_hit_ms,"
          " sampled_ms = excluded.sampled_ms, hits = excluded.hits,"
          " bank = excluded.bank, entry = excluded.entry,"
          " item = excluded.item, distance = excluded.distance,"
          " quality = excluded.quality, probe = excluded.probe,"
          " reason = excluded.reason, interim = excluded.interim,"
          " verdict = excluded.verdict, decided_by = excluded.decided_by,"
          " decided_ms = excluded.decided_ms,"
          " exposure_ms = excluded.exposure_ms,"
          " time_to_cut_us = excluded.time_to_cut_us, note = excluded.note,"
          " action = excluded.action, policy = excluded.policy,"
          " priority = excluded.priority,"
          " deadline_ms = excluded.deadline_ms,"
          " on_timeout = excluded.on_timeout",
          "sssiiiiiiiiisssiiisiisiiisisiii", c->id, c->stream, c->publisher,
          (gint64) c->open, c->opened_ms, c->public_ms, c->from_ms, c->to_ms,
          c->first_hit_ms, c->last_hit_ms, c->sampled_ms, (gint64) c->hits,
          c->bank, c->entry, c->item, (gint64) c->distance, (gint64) c->quality,
          (gint64) c->probe, c->reason, (gint64) c->interim,
          (gint64) c->verdict, c->decided_by, c->decided_ms, c->exposure_ms,
          c->time_to_cut_us, c->note, (gint64) c->action, c->policy,
          (gint64) c->priority, c->deadline_ms, (gint64) c->on_timeout))
    return FALSE;
  return c->still == NULL
         || run (db, error, "INSERT OR REPLACE INTO still VALUES (?, ?)", "sb",
             c->id, c->still);
}

gboolean
weir_rows_add_trail (sqlite3 *db, const WeirTrailRecord *r, GError **error)
{
  return run (db, error, "INSERT INTO trail VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      "iissssss", (gint64) r->number, r->wall_ms, r->actor, r->action,
      r->subject, r->detail, r->previous, r->hash);
}

gboolean
weir_rows_delete (
    sqlite3 *db, const char *table, const char *id, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("DELETE FROM %s WHERE id = ?", table);

  return run (db, error, sql, "s", id);
}

static char *
text (sqlite3_stmt *stmt, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (stmt, column));
}

static void
hash (sqlite3_stmt *stmt, int column, guint8 ret[WEIR_SECRET_HASH_BYTES])
{
  if (sqlite3_column_bytes (stmt, column) == WEIR_SECRET_HASH_BYTES)
    memcpy (ret, sqlite3_column_blob (stmt, column), WEIR_SECRET_HASH_BYTES);
}

static gpointer
read_key (sqlite3_stmt *s)
{
  WeirKey *key = g_new0 (WeirKey, 1);

  key->id = text (s, 0);
  key->app = text (s, 1);
  key->name = text (s, 2);
  key->publisher = text (s, 3);
  hash (s, 4, key->hash);
  key->created_ms = sqlite3_column_int64 (s, 5);
  key->rotated_ms = sqlite3_column_int64 (s, 6);
  return key;
}

static gpointer
read_bar (sqlite3_stmt *s)
{
  WeirBar *bar = g_new0 (WeirBar, 1);

  bar->id = text (s, 0);
  bar->stream = text (s, 1);
  bar->publisher = text (s, 2);
  bar->reason = text (s, 3);
  bar->case_id = text (s, 4);
  bar->by = text (s, 5);
  bar->since_ms = sqlite3_column_int64 (s, 6);
  bar->until_ms = sqlite3_column_int64 (s, 7);
  return bar;
}

static gpointer
read_user (sqlite3_stmt *s)
{
  WeirUser *user = g_new0 (WeirUser, 1);

  user->name = text (s, 0);
  user->role = text (s, 1);
  hash (s, 2, user->token_hash);
  return user;
}

static gpointer
read_case (sqlite3_stmt *s)
{
  WeirCase *c = g_new0 (WeirCase, 1);
  int i = 0;

  c->id = text (s, i++);
  c->stream = text (s, i++);
  c->publisher = text (s, i++);
  c->open = sqlite3_column_int (s, i++) != 0;
  c->opened_ms = sqlite3_column_int64 (s, i++);
  c->public_ms = sqlite3_column_int64 (s, i++);
  c->from_ms = sqlite3_column_int64 (s, i++);
  c->to_ms = sqlite3_column_int64 (s, i++);
  c->first_hit_ms = sqlite3_column_int64 (s, i++);
  c->last_hit_ms = sqlite3_column_int64 (s, i++);
  c->sampled_ms = sqlite3_column_int64 (s, i++);
  c->hits = (guint) sqlite3_column_int (s, i++);
  c->bank = text (s, i++);
  c->entry = text (s, i++);
  c->item = text (s, i++);
  c->distance = (guint) sqlite3_column_int (s, i++);
  c->quality = (guint) sqlite3_column_int (s, i++);
  c->probe = (guint) sqlite3_column_int (s, i++);
  c->reason = text (s, i++);
  c->interim = (WeirVerdict) sqlite3_column_int (s, i++);
  c->verdict = (WeirVerdict) sqlite3_column_int (s, i++);
  c->decided_by = text (s, i++);
  c->decided_ms = sqlite3_column_int64 (s, i++);
  c->exposure_ms = sqlite3_column_int64 (s, i++);
  c->time_to_cut_us = sqlite3_column_int64 (s, i++);
  c->note = text (s, i++);
  c->action = (WeirAction) sqlite3_column_int (s, i++);
  c->policy = text (s, i++);
  c->priority = (guint) sqlite3_column_int (s, i++);
  c->deadline_ms = sqlite3_column_int64 (s, i++);
  c->on_timeout = (WeirTimeout) sqlite3_column_int (s, i++);
  return c;
}

static gpointer
read_signal (sqlite3_stmt *s)
{
  WeirSignal *signal = g_new0 (WeirSignal, 1);

  signal->id = text (s, 0);
  signal->bank = text (s, 1);
  if (sqlite3_column_bytes (s, 2) == sizeof signal->hash)
    memcpy (signal->hash, sqlite3_column_blob (s, 2), sizeof signal->hash);
  signal->quality = (guint) sqlite3_column_int (s, 3);
  signal->entry = text (s, 4);
  signal->item = text (s, 5);
  signal->label = text (s, 6);
  signal->owner = text (s, 7);
  signal->opinion = text (s, 8);
  signal->note = text (s, 9);
  signal->disable_until_ms = sqlite3_column_int64 (s, 10);
  signal->created_ms = sqlite3_column_int64 (s, 11);
  signal->by = text (s, 12);
  signal->released_ms = sqlite3_column_int64 (s, 13);
  signal->released_by = text (s, 14);
  signal->release_note = text (s, 15);
  signal->of_file = sqlite3_column_int (s, 16) != 0;
  return signal;
}

static gpointer
read_publisher (sqlite3_stmt *s)
{
  WeirPublisherRecord *record = g_new0 (WeirPublisherRecord, 1);

  record->name = text (s, 0);
  record->aired_ms = sqlite3_column_int64 (s, 1);
  record->last_ms = sqlite3_column_int64 (s, 2);
  return record;
}

static gpointer
read_quarantine (sqlite3_stmt *s)
{
  WeirQuarantine *q = g_new0 (WeirQuarantine, 1);

  q->id = text (s, 0);
  q->bank = text (s, 1);
  q->entry = text (s, 2);
  q->reason = text (s, 3);
  q->by = text (s, 4);
  q->note = text (s, 5);
  q->since_ms = sqlite3_column_int64 (s, 6);
  q->released_ms = sqlite3_column_int64 (s, 7);
  q->until_ms = sqlite3_column_int64 (s, 8);
  return q;
}

static gpointer
read_closure (sqlite3_stmt *s)
{
  WeirClosure *c = g_new0 (WeirClosure, 1);

  c->id = text (s, 0);
  c->stream = text (s, 1);
  c->kind = sqlite3_column_int (s, 2) == WEIR_CLOSURE_MUTE ? WEIR_CLOSURE_MUTE
                                                           : WEIR_CLOSURE_BLANK;
  c->by = text (s, 3);
  c->reason = text (s, 4);
  c->since_ms = sqlite3_column_int64 (s, 5);
  c->until_ms = sqlite3_column_int64 (s, 6);
  return c;
}

static gboolean
read_all (sqlite3 *db, const char *sql, gpointer (*read) (sqlite3_stmt *),
    GPtrArray *into, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  int result;

  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) != SQLITE_OK)
    return fail (db, error);
  while ((result = sqlite3_step (stmt)) == SQLITE_ROW)
    g_ptr_array_add (into, read (stmt));
  if (result != SQLITE_DONE)
    fail (db, error);
  sqlite3_finalize (stmt);
  return result == SQLITE_DONE;
}

#define KEEP(type, name)                                                       \
  ret->name = g_ptr_array_new_with_free_func ((GDestroyNotify) type##_free)

gboolean
weir_rows_load (
    sqlite3 *db, guint closed_cases, WeirStoreState *ret, GError **error)
{
  g_autofree char *closed =
      g_strdup_printf ("SELECT * FROM review_case WHERE NOT open"
                       " ORDER BY opened_ms DESC LIMIT %u",
          closed_cases);

  KEEP (weir_key, keys);
  KEEP (weir_bar, bars);
  KEEP (weir_user, users);
  KEEP (weir_publisher_record, publishers);
  KEEP (weir_case, cases);
  KEEP (weir_signal, signals);
  KEEP (weir_quarantine, quarantines);
  KEEP (weir_closure, closures);
  if (read_all (db, "SELECT * FROM stream_key", read_key, ret->keys, error)
      && read_all (
          db, "SELECT * FROM bar ORDER BY since_ms", read_bar, ret->bars, error)
      && read_all (db, "SELECT * FROM user", read_user, ret->users, error)
      && read_all (
          db, "SELECT * FROM publisher", read_publisher, ret->publishers, error)
      && read_all (db, "SELECT * FROM bank_signal ORDER BY created_ms, id",
          read_signal, ret->signals, error)
      && read_all (db, "SELECT * FROM bank_quarantine", read_quarantine,
          ret->quarantines, error)
      && read_all (db, "SELECT * FROM closure ORDER BY since_ms, id",
          read_closure, ret->closures, error)
      && read_all (db, "SELECT * FROM review_case WHERE open", read_case,
          ret->cases, error)
      && read_all (db, closed, read_case, ret->cases, error))
    return TRUE;
  weir_store_state_clear (ret);
  return FALSE;
}

static gpointer
read_trail_record (sqlite3_stmt *s)
{
  WeirTrailRecord *r = g_new0 (WeirTrailRecord, 1);

  r->number = (guint64) sqlite3_column_int64 (s, 0);
  r->wall_ms = sqlite3_column_int64 (s, 1);
  r->actor = text (s, 2);
  r->action = text (s, 3);
  r->subject = text (s, 4);
  r->detail = text (s, 5);
  g_strlcpy (r->previous, (const char *) sqlite3_column_text (s, 6),
      sizeof r->previous);
  g_strlcpy (
      r->hash, (const char *) sqlite3_column_text (s, 7), sizeof r->hash);
  return r;
}

GPtrArray *
weir_rows_read_trail (sqlite3 *db, guint64 before, guint limit, GError **error)
{
  g_autoptr (GPtrArray) records =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_trail_record_free);
  g_autofree char *sql =
      g_strdup_printf ("SELECT * FROM trail WHERE number < %" G_GINT64_FORMAT
                       " ORDER BY number DESC LIMIT %u",
          before > 0 ? (gint64) MIN (before, G_MAXINT64) : G_MAXINT64, limit);

  if (!read_all (db, sql, read_trail_record, records, error))
    return NULL;
  return g_steal_pointer (&records);
}

gboolean
weir_rows_trail_head (sqlite3 *db, guint64 *ret_number,
    char ret_hash[WEIR_TRAIL_HASH_LENGTH + 1], GError **error)
{
  g_autoptr (GPtrArray) head = weir_rows_read_trail (db, 0, 1, error);
  const WeirTrailRecord *record;

  if (head == NULL)
    return FALSE;
  *ret_number = 0;
  ret_hash[0] = '\0';
  if (head->len > 0) {
    record = g_ptr_array_index (head, 0);
    *ret_number = record->number;
    memcpy (ret_hash, record->hash, WEIR_TRAIL_HASH_LENGTH + 1);
  }
  return TRUE;
}

GBytes *
weir_rows_read_still (sqlite3 *db, const char *case_id)
{
  sqlite3_stmt *stmt = NULL;
  GBytes *still = NULL;

  if (sqlite3_prepare_v2 (
          db, "SELECT jpeg FROM still WHERE case_id = ?", -1, &stmt, NULL)
      != SQLITE_OK)
    return NULL;
  sqlite3_bind_text (stmt, 1, case_id, -1, SQLITE_TRANSIENT);
  if (sqlite3_step (stmt) == SQLITE_ROW)
    still = g_bytes_new (
        sqlite3_column_blob (stmt, 0), (gsize) sqlite3_column_bytes (stmt, 0));
  sqlite3_finalize (stmt);
  return still;
}

int
weir_rows_int (sqlite3 *db, const char *sql)
{
  sqlite3_stmt *stmt = NULL;
  int value = 0;

  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) == SQLITE_OK
      && sqlite3_step (stmt) == SQLITE_ROW)
    value = sqlite3_column_int (stmt, 0);
  sqlite3_finalize (stmt);
  return value;
}
