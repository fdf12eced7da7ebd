/* Every kind of record: written, read back after a restart, changed and
 * removed. */
#include "store/helper.h"

#include <string.h>

static void
test_keys (StoreFixture *f, gconstpointer data)
{
  WeirKey *key = store_key ("k1", "live", "cam1", "secret");
  WeirTxn *txn = weir_txn_new ();
  const WeirKey *got;

  weir_txn_put_key (txn, key);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.keys->len, ==, 1);
  got = g_ptr_array_index (f->state.keys, 0);
  g_assert_cmpstr (got->id, ==, "k1");
  g_assert_cmpstr (got->app, ==, "live");
  g_assert_cmpstr (got->name, ==, "cam1");
  g_assert_cmpstr (got->publisher, ==, "publisher-of-cam1");
  g_assert_cmpmem (got->hash, sizeof got->hash, key->hash, sizeof key->hash);
  g_assert_cmpint (got->created_ms, ==, 1700000000123);
  g_assert_cmpint (got->rotated_ms, ==, 0);

  key->rotated_ms = 1700000000456;
  key->hash[0] ^= 1;
  txn = weir_txn_new ();
  weir_txn_put_key (txn, key);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.keys->len, ==, 1);
  got = g_ptr_array_index (f->state.keys, 0);
  g_assert_cmpint (got->rotated_ms, ==, 1700000000456);
  g_assert_cmpmem (got->hash, sizeof got->hash, key->hash, sizeof key->hash);

  txn = weir_txn_new ();
  weir_txn_delete_key (txn, "k1");
  weir_txn_delete_key (txn, "never was");
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.keys->len, ==, 0);
  weir_key_free (key);
}

static void
test_signals (StoreFixture *f, gconstpointer data)
{
  WeirSignal signal = { .id = "s1",
    .bank = "known",
    .quality = 20,
    .entry = "film@1",
    .item = "film",
    .label = "a",
    .owner = "b",
    .opinion = "positive",
    .note = "c",
    .disable_until_ms = 1700000000001,
    .created_ms = 1700000000002,
    .by = "ann" };
  WeirTxn *txn = weir_txn_new ();
  const WeirSignal *got;

  memset (signal.hash, 0x5a, sizeof signal.hash);
  weir_txn_put_signal (txn, &signal);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.signals->len, ==, 1);
  got = g_ptr_array_index (f->state.signals, 0);
  g_assert_cmpstr (got->id, ==, "s1");
  g_assert_cmpmem (got->hash, sizeof got->hash, signal.hash, sizeof got->hash);
  g_assert_cmpuint (got->quality, ==, 20);
  g_assert_cmpstr (got->entry, ==, "film@1");
  g_assert_cmpstr (got->note, ==, "c");
  g_assert_cmpint (got->disable_until_ms, ==, 1700000000001);
  g_assert_cmpint (got->created_ms, ==, 1700000000002);
  g_assert_cmpstr (got->by, ==, "ann");
  g_assert_cmpint (got->released_ms, ==, 0);
  g_assert_cmpstr (got->released_by, ==, "");
  g_assert_false (got->of_file);

  signal.released_ms = 1700000000003;
  signal.released_by = "bob";
  signal.release_note = "it is the film's";
  signal.of_file = TRUE;
  txn = weir_txn_new ();
  weir_txn_put_signal (txn, &signal);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.signals->len, ==, 1);
  got = g_ptr_array_index (f->state.signals, 0);
  g_assert_cmpint (got->released_ms, ==, 1700000000003);
  g_assert_cmpstr (got->released_by, ==, "bob");
  g_assert_cmpstr (got->release_note, ==, "it is the film's");
  g_assert_true (got->of_file);

  txn = weir_txn_new ();
  weir_txn_delete_signal (txn, "s1");
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.signals->len, ==, 0);
}

static void
test_quarantines (StoreFixture *f, gconstpointer data)
{
  WeirQuarantine *q = weir_quarantine_new ("known", "film", "x", "ann", 1000);
  const WeirQuarantine *got;
  WeirTxn *txn = weir_txn_new ();

  q->until_ms = 1700000000001;
  weir_txn_put_quarantine (txn, q);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.quarantines->len, ==, 1);
  got = g_ptr_array_index (f->state.quarantines, 0);
  g_assert_cmpstr (got->entry, ==, "film");
  g_assert_cmpint (got->released_ms, ==, 0);
  g_assert_cmpint (got->until_ms, ==, 1700000000001);
  weir_quarantine_free (q);
}

static WeirBar
bar (char *id, gint64 since_ms)
{
  return (WeirBar){ .id = id,
    .stream = "live/cam1",
    .publisher = "bob",
    .reason = "it's \"bad\" \xe2\x80\xa6",
    .case_id = "",
    .by = "admin",
    .since_ms = since_ms };
}

static void
test_bars (StoreFixture *f, gconstpointer data)
{
  WeirBar second = bar ("b2", 2000), first = bar ("b1", 1000);
  WeirTxn *txn = weir_txn_new ();
  const WeirBar *got;

  weir_txn_put_bar (txn, &second);
  weir_txn_put_bar (txn, &first);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.bars->len, ==, 2);
  got = g_ptr_array_index (f->state.bars, 0);
  g_assert_cmpstr (got->id, ==, "b1");
  g_assert_cmpstr (got->stream, ==, "live/cam1");
  g_assert_cmpstr (got->publisher, ==, "bob");
  g_assert_cmpstr (got->reason, ==, first.reason);
  g_assert_cmpstr (got->case_id, ==, "");
  g_assert_cmpstr (got->by, ==, "admin");
  g_assert_cmpint (got->since_ms, ==, 1000);
  txn = weir_txn_new ();
  weir_txn_delete_bar (txn, "b1");
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.bars->len, ==, 1);
}

static void
test_closures (StoreFixture *f, gconstpointer data)
{
  WeirClosure one = { (char *) "c1", (char *) "live/a", WEIR_CLOSURE_MUTE,
    (char *) "ann", (char *) "a song", 1000, 0 };
  WeirClosure other = { (char *) "c2", (char *) "live/a", WEIR_CLOSURE_BLANK,
    (char *) "bob", (char *) "", 500, 0 };
  WeirTxn *txn = weir_txn_new ();
  const WeirClosure *got;

  weir_txn_put_closure (txn, &one);
  weir_txn_put_closure (txn, &other);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.closures->len, ==, 2);
  got = g_ptr_array_index (f->state.closures, 1);
  g_assert_cmpstr (got->id, ==, "c1");
  g_assert_cmpstr (got->stream, ==, "live/a");
  g_assert_cmpint (got->kind, ==, WEIR_CLOSURE_MUTE);
  g_assert_cmpstr (got->by, ==, "ann");
  g_assert_cmpstr (got->reason, ==, "a song");
  g_assert_cmpint (got->since_ms, ==, 1000);
  g_assert_cmpint (got->until_ms, ==, 0);

  /* What is gone does not come back. */
  txn = weir_txn_new ();
  weir_txn_rest_closure (txn, "c1", 5000);
  weir_txn_delete_closure (txn, "c2");
  weir_txn_rest_closure (txn, "c2", 5000);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.closures->len, ==, 1);
  got = g_ptr_array_index (f->state.closures, 0);
  g_assert_cmpstr (got->id, ==, "c1");
  g_assert_cmpint (got->until_ms, ==, 5000);
}

static void
test_users (StoreFixture *f, gconstpointer data)
{
  WeirUser user = { "admin", "admin", { 1, 2, 3 } };
  WeirTxn *txn = weir_txn_new ();
  const WeirUser *got;

  weir_txn_put_user (txn, &user);
  user.role = "viewer";
  user.token_hash[31] = 9;
  weir_txn_put_user (txn, &user);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.users->len, ==, 1);
  got = g_ptr_array_index (f->state.users, 0);
  g_assert_cmpstr (got->name, ==, "admin");
  g_assert_cmpstr (got->role, ==, "viewer");
  g_assert_cmpmem (got->token_hash, 32, user.token_hash, 32);
}

/* Every field with a value of its own, so that none is mixed up. */
static WeirCase
full_case (char *id, GBytes *still)
{
  return (WeirCase){ .id = id,
    .stream = "live/cam1",
    .publisher = "bob",
    .open = TRUE,
    .opened_ms = 101,
    .public_ms = 102,
    .from_ms = 103,
    .to_ms = -1,
    .first_hit_ms = 104,
    .last_hit_ms = 105,
    .sampled_ms = 106,
    .hits = 107,
    .bank = "bank",
    .entry = "entry",
    .item = "item",
    .distance = 8,
    .quality = 99,
    .probe = 3,
    .still = still,
    .reason = "reason",
    .action = WEIR_ACTION_HOLD,
    .policy = "policy",
    .priority = 77,
    .deadline_ms = 108,
    .on_timeout = WEIR_TIMEOUT_CUT,
    .interim = WEIR_VERDICT_BLANK,
    .verdict = WEIR_VERDICT_NONE,
    .exposure_ms = -1,
    .time_to_cut_us = -1 };
}

static void
assert_same_case (const WeirCase *a, const WeirCase *b)
{
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpstr (a->stream, ==, b->stream);
  g_assert_cmpstr (a->publisher, ==, b->publisher);
  g_assert_cmpint (a->open, ==, b->open);
  g_assert_cmpint (a->opened_ms, ==, b->opened_ms);
  g_assert_cmpint (a->public_ms, ==, b->public_ms);
  g_assert_cmpint (a->from_ms, ==, b->from_ms);
  g_assert_cmpint (a->to_ms, ==, b->to_ms);
  g_assert_cmpint (a->first_hit_ms, ==, b->first_hit_ms);
  g_assert_cmpint (a->last_hit_ms, ==, b->last_hit_ms);
  g_assert_cmpint (a->sampled_ms, ==, b->sampled_ms);
  g_assert_cmpuint (a->hits, ==, b->hits);
  g_assert_cmpstr (a->bank, ==, b->bank);
  g_assert_cmpstr (a->entry, ==, b->entry);
  g_assert_cmpstr (a->item, ==, b->item);
  g_assert_cmpuint (a->distance, ==, b->distance);
  g_assert_cmpuint (a->quality, ==, b->quality);
  g_assert_cmpuint (a->probe, ==, b->probe);
  g_assert_cmpstr (a->reason, ==, b->reason);
  g_assert_cmpint (a->action, ==, b->action);
  g_assert_cmpstr (a->policy, ==, b->policy);
  g_assert_cmpuint (a->priority, ==, b->priority);
  g_assert_cmpint (a->deadline_ms, ==, b->deadline_ms);
  g_assert_cmpint (a->on_timeout, ==, b->on_timeout);
  g_assert_cmpint (a->interim, ==, b->interim);
  g_assert_cmpint (a->verdict, ==, b->verdict);
  g_assert_cmpstr (a->decided_by, ==, b->decided_by);
  g_assert_cmpint (a->decided_ms, ==, b->decided_ms);
  g_assert_cmpint (a->exposure_ms, ==, b->exposure_ms);
  g_assert_cmpint (a->time_to_cut_us, ==, b->time_to_cut_us);
  g_assert_cmpstr (a->note, ==, b->note);
}

typedef struct {
  gboolean done;
  GBytes *still;
} Still;

static void
on_still (GBytes *still, gpointer data)
{
  Still *ret = data;

  ret->done = TRUE;
  ret->still = still != NULL ? g_bytes_ref (still) : NULL;
}

static gboolean
has_still (gpointer data)
{
  return ((Still *) data)->done;
}

static GBytes *
read_still (StoreFixture *f, const char *case_id)
{
  Still still = { 0 };

  weir_store_read_still (f->store, case_id, on_still, &still);
  fixture_wait (f->loop, has_still, &still);
  return still.still;
}

static void
test_cases (StoreFixture *f, gconstpointer data)
{
  static const guint8 picture[] = { 0xff, 0xd8, 0, 0, 7 };
  g_autoptr (GBytes) jpeg = g_bytes_new_static (picture, sizeof picture);
  g_autoptr (GBytes) got = NULL;
  WeirCase c = full_case ("c1", jpeg);
  WeirTxn *txn = weir_txn_new ();

  weir_txn_put_case (txn, &c, TRUE);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.cases->len, ==, 1);
  assert_same_case (g_ptr_array_index (f->state.cases, 0), &c);
  g_assert_null (((WeirCase *) g_ptr_array_index (f->state.cases, 0))->still);

  c.open = FALSE;
  c.to_ms = 203;
  c.last_hit_ms = 205;
  c.hits = 207;
  c.distance = 2;
  c.entry = "nearer";
  c.item = NULL;
  c.interim = WEIR_VERDICT_NONE;
  c.verdict = WEIR_VERDICT_CUT;
  c.decided_by = "admin";
  c.decided_ms = 300;
  c.exposure_ms = 0;
  c.time_to_cut_us = 400;
  c.note = "note";
  txn = weir_txn_new ();
  weir_txn_put_case (txn, &c, FALSE);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  assert_same_case (g_ptr_array_index (f->state.cases, 0), &c);
  /* Its picture is not touched by a change without one. */
  got = read_still (f, "c1");
  g_assert_true (g_bytes_equal (got, jpeg));
  g_assert_null (read_still (f, "c2"));
}

/* All open ones come back, of the closed ones the newest 200. */
static void
test_many_cases (StoreFixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();
  guint open = 0;

  for (guint i = 0; i < 450; i++) {
    g_autofree char *id = g_strdup_printf ("c%03u", i);
    WeirCase c = full_case (id, NULL);

    c.open = i % 3 == 0;
    c.opened_ms = i;
    weir_txn_put_case (txn, &c, TRUE);
  }
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.cases->len, ==, 150 + 200);
  for (guint i = 0; i < f->state.cases->len; i++) {
    const WeirCase *c = g_ptr_array_index (f->state.cases, i);

    open += c->open;
    g_assert_true (c->open || c->opened_ms >= 150);
    /* Newest first, as the console shows them. */
    if (i > 150)
      g_assert_cmpint (c->opened_ms, <,
          ((WeirCase *) g_ptr_array_index (f->state.cases, i - 1))->opened_ms);
  }
  g_assert_cmpuint (open, ==, 150);
}

static void
test_publishers (StoreFixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();
  const WeirPublisherRecord *got;

  weir_txn_put_publisher (txn, "bob", 5000, 1);
  weir_txn_put_publisher (txn, "bob", 9000, 3);
  /* Of one whose past was forgotten meanwhile. */
  weir_txn_put_publisher (txn, "bob", 100, 4);
  g_assert_true (store_write (f, txn));
  store_reopen (f);
  g_assert_cmpuint (f->state.publishers->len, ==, 1);
  got = g_ptr_array_index (f->state.publishers, 0);
  g_assert_cmpstr (got->name, ==, "bob");
  g_assert_cmpint (got->aired_ms, ==, 9000);
  g_assert_cmpint (got->last_ms, ==, 4);
}

/* One more than are kept: who was on air longest ago goes. */
static void
test_many_publishers (StoreFixture *f, gconstpointer data)
{
  sqlite3 *db = store_connect (f);
  WeirTxn *txn = weir_txn_new ();
  g_autofree char *fill = g_strdup_printf (
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
      " WHERE i < %d) INSERT INTO publisher SELECT 'p' || i, 1, i FROM n",
      WEIR_STORE_MAX_PUBLISHERS);

  store_exec (db, fill);
  weir_txn_put_publisher (txn, "last", 1, WEIR_STORE_MAX_PUBLISHERS + 1);
  g_assert_true (store_write (f, txn));
  g_assert_cmpint (store_int (db, "SELECT count (*) FROM publisher"), ==,
      WEIR_STORE_MAX_PUBLISHERS);
  g_assert_cmpint (
      store_int (db, "SELECT min (last_ms) FROM publisher"), ==, 2);
  sqlite3_close (db);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (StoreFixture *f, gconstpointer data);
  } tests[] = {
    { "/rows/keys", test_keys },
    { "/rows/signals", test_signals },
    { "/rows/quarantines", test_quarantines },
    { "/rows/bars", test_bars },
    { "/rows/closures", test_closures },
    { "/rows/users", test_users },
    { "/rows/cases", test_cases },
    { "/rows/many-cases", test_many_cases },
    { "/rows/publishers", test_publishers },
    { "/rows/many-publishers", test_many_publishers },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, StoreFixture, NULL, store_set_up, tests[i].test,
        store_tear_down);
  return g_test_run ();
}
