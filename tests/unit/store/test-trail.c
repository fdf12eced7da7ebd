/* The trail in the database: numbered and chained by the writer, across
 * restarts and failures, and not to be edited. */
#include "store/helper.h"

#include <string.h>

static gboolean
add (StoreFixture *f, const char *action)
{
  WeirTxn *txn = weir_txn_new ();

  weir_txn_add_trail (txn, "user:admin", action, "stream:live/a", "{\"a\":1}");
  return store_write (f, txn);
}

static void
test_chain (StoreFixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();
  g_autoptr (GPtrArray) trail = NULL;
  const WeirTrailRecord *record;

  g_assert_true (add (f, "one"));
  weir_txn_add_trail (txn, "weir", "two", "x", "{}");
  weir_txn_add_trail (txn, "weir", "three", "y", "{}");
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_true (add (f, "four"));
  store_reopen (f);
  store_reopen (f);
  g_assert_true (add (f, "five"));
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 5);
  record = g_ptr_array_index (trail, 3);
  g_assert_cmpstr (record->actor, ==, "user:admin");
  g_assert_cmpstr (record->action, ==, "four");
  g_assert_cmpstr (record->subject, ==, "stream:live/a");
  g_assert_cmpstr (record->detail, ==, "{\"a\":1}");
}

static void
on_page (GPtrArray *records, const GError *error, gpointer data)
{
  GString *numbers = data;

  g_assert_no_error (error);
  for (guint i = 0; i < records->len; i++)
    g_string_append_printf (numbers, "%u ",
        (guint) ((WeirTrailRecord *) g_ptr_array_index (records, i))->number);
  g_string_append_c (numbers, '.');
}

static gboolean
has_five (gpointer data)
{
  guint n = 0;

  for (const char *p = ((GString *) data)->str; *p != '\0'; p++)
    n += *p == '.';
  return n == 5;
}

static void
test_pages (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GString) numbers = g_string_new (NULL);

  for (guint i = 0; i < 5; i++)
    g_assert_true (add (f, "x"));
  weir_store_read_trail (f->store, 0, 2, on_page, numbers);
  weir_store_read_trail (f->store, 4, 2, on_page, numbers);
  weir_store_read_trail (f->store, 2, 2, on_page, numbers);
  weir_store_read_trail (f->store, 1, 2, on_page, numbers);
  weir_store_read_trail (f->store, G_MAXUINT64, 1, on_page, numbers);
  fixture_wait (f->loop, has_five, numbers);
  g_assert_cmpstr (numbers->str, ==, "5 4 .3 2 .1 ..5 .");
}

static void
assert_not_edited (sqlite3 *db, const char *sql)
{
  char *message = NULL;

  g_assert_cmpint (
      sqlite3_exec (db, sql, NULL, NULL, &message), ==, SQLITE_CONSTRAINT);
  g_assert_cmpstr (message, ==, "the trail is not edited");
  sqlite3_free (message);
}

static void
test_not_edited (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  g_autoptr (GPtrArray) trail = NULL;

  g_assert_true (add (f, "one"));
  g_assert_true (add (f, "two"));
  assert_not_edited (db, "UPDATE trail SET actor = 'nobody'");
  assert_not_edited (db, "UPDATE trail SET number = 7 WHERE number = 2");
  assert_not_edited (db, "DELETE FROM trail WHERE number = 2");
  assert_not_edited (db, "DELETE FROM trail");
  sqlite3_close (db);
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 2);
}

/* Also not by writing over it, and nothing is left out. */
static void
test_not_replaced (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  g_autoptr (GPtrArray) trail = NULL;

  g_assert_true (add (f, "one"));
  assert_not_edited (db,
      "INSERT OR REPLACE INTO trail SELECT number, wall_ms, 'nobody', action,"
      " subject, detail, previous, hash FROM trail");
  assert_not_edited (
      db, "INSERT INTO trail VALUES (3, 1, 'nobody', '', '', '{}', '', '')");
  sqlite3_close (db);
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 1);
}

/* All of a transaction or nothing, and no gap in the numbers. */
static void
test_half_way (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) trail = NULL;
  WeirKey *key = store_key ("k1", "live", "cam1", "one");
  WeirKey *same_name = store_key ("k2", "live", "cam1", "two");
  WeirKey *same_secret = store_key ("k3", "live", "cam3", "one");
  WeirKey *const wrong[] = { same_name, same_secret };
  WeirTxn *txn = weir_txn_new ();

  weir_txn_put_key (txn, key);
  g_assert_true (store_write (f, txn));
  g_assert_true (add (f, "one"));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    WeirBar bar = { "b1", "live/x", "", "", "", "admin", 1 };

    txn = weir_txn_new ();
    weir_txn_add_trail (txn, "weir", "never", "x", "{}");
    weir_txn_put_bar (txn, &bar);
    weir_txn_put_key (txn, wrong[i]);
    weir_txn_add_trail (txn, "weir", "never", "y", "{}");
    g_assert_false (store_write (f, txn));
  }
  g_assert_true (add (f, "two"));
  store_reopen (f);
  g_assert_cmpuint (f->state.bars->len, ==, 0);
  g_assert_cmpuint (f->state.keys->len, ==, 1);
  g_assert_cmpstr (
      ((WeirKey *) g_ptr_array_index (f->state.keys, 0))->id, ==, "k1");
  g_assert_true (add (f, "three"));
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 3);
  weir_key_free (key);
  weir_key_free (same_name);
  weir_key_free (same_secret);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (StoreFixture *f, gconstpointer data);
  } tests[] = {
    { "/trail/chain", test_chain },
    { "/trail/pages", test_pages },
    { "/trail/not-edited", test_not_edited },
    { "/trail/not-replaced", test_not_replaced },
    { "/trail/half-way", test_half_way },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, StoreFixture, NULL, store_set_up, tests[i].test,
        store_tear_down);
  return g_test_run ();
}
