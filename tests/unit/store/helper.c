/* Opens stores, writes to them and looks at their files from the side. */
#include "store/helper.h"

#include "base/error.h"
#include "control/secret.h"
#include "store/sqlite.h"

#include <glib/gstdio.h>

void
store_open (StoreFixture *f, guint queue)
{
  g_autoptr (GError) error = NULL;

  f->loop = weir_loop_new ();
  f->store = weir_sqlite_store_new (f->loop, f->path, queue, &error);
  g_assert_no_error (error);
  g_assert_true (weir_store_load (f->store, &f->state, &error));
  g_assert_no_error (error);
}

void
store_close (StoreFixture *f)
{
  weir_store_state_clear (&f->state);
  weir_store_free (f->store);
  weir_loop_run (f->loop);
  weir_loop_free (f->loop);
}

void
store_reopen (StoreFixture *f)
{
  store_close (f);
  store_open (f, 16);
}

void
store_set_up (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  *f = (StoreFixture){ .dir = g_dir_make_tmp ("weir-test-XXXXXX", &error) };
  g_assert_no_error (error);
  f->path = g_build_filename (f->dir, "weir.db", NULL);
  store_open (f, 16);
}

void
store_tear_down (StoreFixture *f, gconstpointer data)
{
  store_close (f);
  /* SQLite took its own two files away when the last connection ended. */
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->path);
  g_free (f->dir);
}

typedef struct {
  gboolean answered;
  gboolean ok;
} Outcome;

static void
on_written (const GError *error, gpointer data)
{
  Outcome *outcome = data;

  g_assert_false (outcome->answered);
  outcome->answered = TRUE;
  outcome->ok = error == NULL;
  if (error != NULL) {
    g_test_message ("%s", error->message);
    if (!g_error_matches (error, WEIR_ERROR, WEIR_ERROR_CONFLICT))
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE);
  }
}

static gboolean
is_answered (gpointer data)
{
  return ((Outcome *) data)->answered;
}

gboolean
store_write (StoreFixture *f, WeirTxn *txn)
{
  Outcome outcome = { 0 };

  weir_store_submit (f->store, txn, on_written, &outcome);
  g_assert_false (outcome.answered);
  fixture_wait (f->loop, is_answered, &outcome);
  return outcome.ok;
}

static void
on_trail (GPtrArray *records, const GError *error, gpointer data)
{
  g_assert_no_error (error);
  *(GPtrArray **) data = g_ptr_array_ref (records);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

GPtrArray *
store_read_trail (StoreFixture *f)
{
  GPtrArray *records = NULL;

  weir_store_read_trail (f->store, 0, 10000, on_trail, &records);
  fixture_wait (f->loop, is_set, &records);
  for (guint i = 0; i < records->len / 2; i++) {
    gpointer *a = &g_ptr_array_index (records, i);
    gpointer *b = &g_ptr_array_index (records, records->len - 1 - i);
    gpointer newer = *a;

    *a = *b;
    *b = newer;
  }
  for (guint i = 0; i < records->len; i++) {
    const WeirTrailRecord *record = g_ptr_array_index (records, i);

    g_assert_cmpuint (record->number, ==, i + 1);
    g_assert_true (weir_trail_record_verify (
        record, i > 0 ? g_ptr_array_index (records, i - 1) : NULL));
  }
  return records;
}

sqlite3 *
store_connect (StoreFixture *f)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, FIXTURE_DEADLINE_MS);
  return db;
}

void
store_exec (sqlite3 *db, const char *sql)
{
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

gint64
store_int (sqlite3 *db, const char *sql)
{
  sqlite3_stmt *stmt;
  gint64 value;

  g_assert_cmpint (
      sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (stmt), ==, SQLITE_ROW);
  value = sqlite3_column_int64 (stmt, 0);
  sqlite3_finalize (stmt);
  return value;
}

WeirKey *
store_key (
    const char *id, const char *app, const char *name, const char *secret)
{
  WeirKey *key = g_new0 (WeirKey, 1);

  key->id = g_strdup (id);
  key->app = g_strdup (app);
  key->name = g_strdup (name);
  key->publisher = g_strconcat ("publisher-of-", name, NULL);
  key->created_ms = 1700000000123;
  weir_secret_hash (secret, key->hash);
  return key;
}
