/* The file: made from nothing, opened again, refused when it is not ours. */
#include "base/error.h"
#include "store/helper.h"
#include "store/migrations.h"
#include "store/sqlite.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_from_empty (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  GStatBuf info;

  g_assert_cmpint (
      store_int (db, "PRAGMA user_version"), ==, weir_sqlite_n_migrations);
  g_assert_cmpuint (f->state.keys->len, ==, 0);
  g_assert_cmpuint (f->state.bars->len, ==, 0);
  g_assert_cmpuint (f->state.users->len, ==, 0);
  g_assert_cmpuint (f->state.cases->len, ==, 0);
  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  sqlite3_close (db);
}

/* The files that SQLite puts beside it hold the same secrets. */
static void
test_mode (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) trail = NULL;
  WeirTxn *txn = weir_txn_new ();
  g_autofree char *wal = g_strconcat (f->path, "-wal", NULL);
  GStatBuf info;

  weir_txn_add_trail (txn, "weir", "test", "x", "{}");
  g_assert_true (store_write (f, txn));
  g_assert_cmpint (g_stat (wal, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 1);
}

static void
assert_refused (StoreFixture *f, const char *words)
{
  g_autoptr (GError) error = NULL;
  WeirLoop *loop = weir_loop_new ();
  WeirStore *store = weir_sqlite_store_new (loop, f->path, 16, &error);

  g_assert_null (store);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_true (g_str_has_prefix (error->message, f->path));
  /* Said once. */
  g_assert_null (strstr (error->message + strlen (f->path), f->path));
  weir_loop_run (loop);
  weir_loop_free (loop);
}

static void
test_newer (StoreFixture *f, gconstpointer data)
{
  g_autofree char *newer = g_strdup_printf (
      "PRAGMA user_version = %d", weir_sqlite_n_migrations + 1);
  g_autofree char *now =
      g_strdup_printf ("PRAGMA user_version = %d", weir_sqlite_n_migrations);
  sqlite3 *db = store_connect (f);

  store_exec (db, newer);
  assert_refused (f, "was written by a newer weir (schema ");
  /* Nothing was touched. */
  g_assert_cmpint (
      store_int (db, "PRAGMA user_version"), ==, weir_sqlite_n_migrations + 1);
  store_exec (db, now);
  sqlite3_close (db);
}

/* A file from before there was policy: its cases are what they were. */
static void
test_before_policy (void)
{
  StoreFixture f = { .dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL) };
  const WeirCase *c;
  sqlite3 *db;

  f.path = g_build_filename (f.dir, "weir.db", NULL);
  db = store_connect (&f);
  store_exec (db, weir_sqlite_migrations[0]);
  store_exec (db, weir_sqlite_migrations[1]);
  store_exec (db,
      "INSERT INTO review_case VALUES ('c1', 'live/a', 'bob', 1, 1, 2, 3, -1,"
      " 4, 5, 6, 7, 'bank', 'entry', 'item', 8, 99, 0, 'why', 0, 0, NULL, 0,"
      " -1, -1, 'note'); PRAGMA user_version = 2");
  sqlite3_close (db);
  store_open (&f, 16);
  g_assert_cmpuint (f.state.cases->len, ==, 1);
  c = g_ptr_array_index (f.state.cases, 0);
  g_assert_cmpstr (c->id, ==, "c1");
  g_assert_cmpstr (c->note, ==, "note");
  g_assert_cmpint (c->action, ==, WEIR_ACTION_CASE);
  g_assert_cmpuint (c->priority, ==, 50);
  g_assert_cmpint (c->deadline_ms, ==, 0);
  g_assert_cmpint (c->on_timeout, ==, WEIR_TIMEOUT_KEEP);
  g_assert_null (c->policy);
  store_tear_down (&f, NULL);
}

/* A migration that fails leaves the file as it was. */
static void
test_fails_half_way (void)
{
  StoreFixture f = { .dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL) };
  sqlite3 *db;

  f.path = g_build_filename (f.dir, "weir.db", NULL);
  db = store_connect (&f);
  store_exec (db, "CREATE TABLE trail (x)");
  assert_refused (&f, "migration 1: ");
  g_assert_cmpint (store_int (db, "PRAGMA user_version"), ==, 0);
  g_assert_cmpint (
      store_int (db, "SELECT count (*) FROM sqlite_schema"), ==, 1);
  sqlite3_close (db);
  g_assert_cmpint (g_unlink (f.path), ==, 0);
  g_assert_cmpint (g_rmdir (f.dir), ==, 0);
  g_free (f.path);
  g_free (f.dir);
}

static void
test_not_ours (void)
{
  StoreFixture f = { .dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL) };
  g_autofree char *junk = g_strnfill (8192, 'x');
  StoreFixture nowhere = { .path = "/nonexistent/weir.db" };

  f.path = g_build_filename (f.dir, "weir.db", NULL);
  g_assert_true (g_file_set_contents (f.path, junk, -1, NULL));
  assert_refused (&f, "not a database");
  g_assert_cmpint (g_unlink (f.path), ==, 0);
  g_assert_cmpint (g_rmdir (f.dir), ==, 0);
  g_free (f.path);
  g_free (f.dir);
  assert_refused (&nowhere, "unable to open");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/migrations/from-empty", StoreFixture, NULL, store_set_up,
      test_from_empty, store_tear_down);
  g_test_add ("/migrations/mode", StoreFixture, NULL, store_set_up, test_mode,
      store_tear_down);
  g_test_add ("/migrations/newer", StoreFixture, NULL, store_set_up, test_newer,
      store_tear_down);
  g_test_add_func ("/migrations/before-policy", test_before_policy);
  g_test_add_func ("/migrations/fails-half-way", test_fails_half_way);
  g_test_add_func ("/migrations/not-ours", test_not_ours);
  return g_test_run ();
}
