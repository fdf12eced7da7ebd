/* The queue in front of the writer, a disk that does not take anything, and
 * the end. */
#include "base/error.h"
#include "store/helper.h"

#include <string.h>

#define QUEUE 16

typedef struct {
  StoreFixture *f;
  guint answered;
  guint refused;
  guint wanted;
} Answers;

static void
on_answer (const GError *error, gpointer data)
{
  Answers *answers = data;

  answers->answered++;
  if (error == NULL)
    return;
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE);
  g_test_message ("%s", error->message);
  answers->refused++;
}

static gboolean
has_all (gpointer data)
{
  Answers *answers = data;

  return answers->answered == answers->wanted;
}

static void
submit (StoreFixture *f, guint n, Answers *answers)
{
  for (guint i = 0; i < n; i++) {
    WeirTxn *txn = weir_txn_new ();

    weir_txn_add_trail (txn, "weir", "x", "x", "{}");
    weir_store_submit (f->store, txn, on_answer, answers);
  }
}

/* The writer waits for a lock; the loop does not. */
static void
test_full (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  Answers answers = { 0 };
  g_autoptr (GPtrArray) trail = NULL;
  gint64 before_us;

  store_exec (db, "BEGIN IMMEDIATE");
  before_us = weir_now_us ();
  submit (f, QUEUE + 3, &answers);
  g_assert_cmpint (weir_now_us () - before_us, <, G_USEC_PER_SEC);
  g_assert_cmpuint (answers.answered, ==, 0);
  /* Those that found it full are told at once. */
  answers.wanted = 3;
  fixture_wait (f->loop, has_all, &answers);
  g_assert_cmpuint (answers.refused, ==, 3);
  store_exec (db, "ROLLBACK");
  sqlite3_close (db);
  answers.wanted = QUEUE + 3;
  fixture_wait (f->loop, has_all, &answers);
  g_assert_cmpuint (answers.refused, ==, 3);
  /* There is room again. */
  submit (f, QUEUE, &answers);
  answers.wanted += QUEUE;
  fixture_wait (f->loop, has_all, &answers);
  g_assert_cmpuint (answers.refused, ==, 3);
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 2 * QUEUE);
}

static void
on_no_trail (GPtrArray *records, const GError *error, gpointer data)
{
  g_assert_null (records);
  on_answer (error, data);
}

static void
on_no_still (GBytes *still, gpointer data)
{
  g_assert_null (still);
  ((Answers *) data)->answered++;
}

/* Readers are refused as well. */
static void
test_full_for_readers (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  Answers answers = { .wanted = 2 };

  store_exec (db, "BEGIN IMMEDIATE");
  submit (f, QUEUE, &answers);
  weir_store_read_trail (f->store, 0, 1, on_no_trail, &answers);
  weir_store_read_still (f->store, "c1", on_no_still, &answers);
  fixture_wait (f->loop, has_all, &answers);
  g_assert_cmpuint (answers.refused, ==, 1);
  store_exec (db, "ROLLBACK");
  sqlite3_close (db);
  answers.wanted = QUEUE + 2;
  fixture_wait (f->loop, has_all, &answers);
}

/* Somebody holds the lock for longer than the writer waits. */
static void
test_locked (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  Answers answers = { .wanted = 1 };
  g_autoptr (GPtrArray) trail = NULL;

  store_exec (db, "BEGIN IMMEDIATE");
  submit (f, 1, &answers);
  fixture_wait (f->loop, has_all, &answers);
  g_assert_cmpuint (answers.refused, ==, 1);
  /* What is written before can be read all the time. */
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 0);
  store_exec (db, "ROLLBACK");
  sqlite3_close (db);
  submit (f, 1, &answers);
  answers.wanted = 2;
  fixture_wait (f->loop, has_all, &answers);
  g_assert_cmpuint (answers.refused, ==, 1);
  store_reopen (f);
  g_ptr_array_unref (trail);
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 1);
}

/* What was submitted is written and answered before it ends. */
static void
test_free_answers (StoreFixture *f, gconstpointer data)
{
  Answers answers = { 0 };
  g_autoptr (GPtrArray) trail = NULL;

  submit (f, QUEUE + 1, &answers);
  g_assert_cmpuint (answers.answered, ==, 0);
  store_close (f);
  g_assert_cmpuint (answers.answered, ==, QUEUE + 1);
  g_assert_cmpuint (answers.refused, ==, 1);
  store_open (f, QUEUE);
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, QUEUE);
}

static void
submit_more (const GError *error, gpointer data)
{
  Answers *answers = data;

  g_assert_no_error (error);
  submit (answers->f, 1, answers);
}

/* Whoever submits from an answer at the end is answered too. */
static void
test_submit_at_end (StoreFixture *f, gconstpointer data)
{
  Answers answers = { .f = f };
  WeirTxn *txn = weir_txn_new ();

  weir_txn_add_trail (txn, "weir", "x", "x", "{}");
  weir_store_submit (f->store, txn, submit_more, &answers);
  store_close (f);
  g_assert_cmpuint (answers.answered, ==, 1);
  g_assert_cmpuint (answers.refused, ==, 1);
  store_open (f, QUEUE);
}

static void
test_no_listener (StoreFixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();
  g_autoptr (GPtrArray) trail = NULL;

  weir_txn_add_trail (txn, "weir", "x", "x", "{}");
  weir_store_submit (f->store, txn, NULL, NULL);
  g_assert_true (store_write (f, weir_txn_new ()));
  trail = store_read_trail (f);
  g_assert_cmpuint (trail->len, ==, 1);
  weir_txn_free (weir_txn_new ());
  weir_txn_free (NULL);
  weir_store_free (NULL);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (StoreFixture *f, gconstpointer data);
  } tests[] = {
    { "/sqlite/full", test_full },
    { "/sqlite/full-for-readers", test_full_for_readers },
    { "/sqlite/locked", test_locked },
    { "/sqlite/free-answers", test_free_answers },
    { "/sqlite/submit-at-end", test_submit_at_end },
    { "/sqlite/no-listener", test_no_listener },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, StoreFixture, NULL, store_set_up, tests[i].test,
        store_tear_down);
  return g_test_run ();
}
