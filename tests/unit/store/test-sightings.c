/* Signatures and hits: kept, read page by page, and bounded. */
#include "store/helper.h"

#include <string.h>

typedef struct {
  gboolean done;
  GArray *list;
} Read;

static void
on_read (GArray *list, const GError *error, gpointer data)
{
  Read *read = data;

  g_assert_no_error (error);
  read->list = g_array_ref (list);
  read->done = TRUE;
}

static gboolean
is_done (gpointer data)
{
  return ((Read *) data)->done;
}

static GArray *
read_back (StoreFixture *f, WeirSightingsKind kind, const char *stream,
    guint64 before, guint limit)
{
  Read read = { 0 };

  weir_store_read_sightings (
      f->store, kind, stream, before, limit, on_read, &read);
  fixture_wait (f->loop, is_done, &read);
  return read.list;
}

static const WeirSighting *
at (const GArray *list, guint i)
{
  return &g_array_index (list, WeirSighting, i);
}

/* N of both kinds at WALL_MS and after; the limits of both. */
static void
add (StoreFixture *f, guint n, gint64 wall_ms, guint64 rows, gint64 since_ms)
{
  WeirSightingsBatch *batch = weir_sightings_batch_new ();
  WeirTxn *txn = weir_txn_new ();

  for (guint k = 0; k < WEIR_SIGHTINGS_KINDS; k++) {
    batch->limit[k] = (WeirSightingsLimit){ rows, since_ms };
    for (guint i = 0; i < n; i++) {
      WeirSighting s = { .wall_ms = wall_ms + i,
        .stream = g_strdup (i % 2 ? "live/odd" : "live/even"),
        .started_ms = 77,
        .pts_ms = 1000 * i,
        .quality = 98 };

      memset (s.hash, (int) i, sizeof s.hash);
      if (k == WEIR_SIGHTINGS_HITS) {
        s.matches = g_strdup ("[{\"bank\":\"it's\"}]");
        s.clean = 3;
        s.clean_from_ms = 5;
        s.clean_to_ms = 6;
      }
      g_array_append_val (batch->list[k], s);
    }
  }
  weir_txn_add_sightings (txn, batch);
  g_assert_true (store_write (f, txn));
}

static void
test_kept (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GArray) hits = NULL, signatures = NULL, odd = NULL, page = NULL;

  add (f, 10, 5000, 100, 0);
  store_reopen (f);
  signatures = read_back (f, WEIR_SIGHTINGS_SIGNATURES, NULL, 0, 100);
  g_assert_cmpuint (signatures->len, ==, 10);
  g_assert_cmpint (at (signatures, 0)->wall_ms, ==, 5009);
  g_assert_cmpint (at (signatures, 0)->hash[31], ==, 9);
  g_assert_cmpint (at (signatures, 0)->pts_ms, ==, 9000);
  g_assert_cmpint (at (signatures, 0)->started_ms, ==, 77);
  g_assert_cmpuint (at (signatures, 0)->quality, ==, 98);
  g_assert_null (at (signatures, 0)->matches);
  hits = read_back (f, WEIR_SIGHTINGS_HITS, NULL, 0, 100);
  g_assert_cmpuint (hits->len, ==, 10);
  g_assert_cmpstr (at (hits, 0)->matches, ==, "[{\"bank\":\"it's\"}]");
  g_assert_cmpuint (at (hits, 0)->clean, ==, 3);
  g_assert_cmpint (at (hits, 0)->clean_from_ms, ==, 5);
  g_assert_cmpint (at (hits, 0)->clean_to_ms, ==, 6);
  odd = read_back (f, WEIR_SIGHTINGS_HITS, "live/odd", 0, 100);
  g_assert_cmpuint (odd->len, ==, 5);
  g_assert_cmpstr (at (odd, 4)->stream, ==, "live/odd");
  page = read_back (f, WEIR_SIGHTINGS_HITS, "live/odd", at (odd, 1)->number, 2);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpuint (at (page, 0)->number, ==, at (odd, 2)->number);
}

static void
test_bounded (StoreFixture *f, gconstpointer data)
{
  for (guint k = 0; k < WEIR_SIGHTINGS_KINDS; k++) {
    g_autoptr (GArray) rows = NULL, fresh = NULL, none = NULL;

    add (f, 30, 1000, 20, 0);
    rows = read_back (f, k, NULL, 0, 100);
    g_assert_cmpuint (rows->len, ==, 20);
    g_assert_cmpint (at (rows, 19)->wall_ms, ==, 1010);
    /* By time as well, whichever is less. */
    add (f, 5, 9000, 20, 5000);
    fresh = read_back (f, k, NULL, 0, 100);
    g_assert_cmpuint (fresh->len, ==, 5);
    add (f, 5, 9000, 0, 0);
    none = read_back (f, k, NULL, 0, 100);
    g_assert_cmpuint (none->len, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sightings/kept", StoreFixture, NULL, store_set_up, test_kept,
      store_tear_down);
  g_test_add ("/sightings/bounded", StoreFixture, NULL, store_set_up,
      test_bounded, store_tear_down);
  return g_test_run ();
}
