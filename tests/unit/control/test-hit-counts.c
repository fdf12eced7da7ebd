/* Counts of hits, over restarts. */
#include "control/hit-counts.h"
#include "control/fixture.h"

/* Hits and last time of ENTRY of BANK. */
static gint64
get (const Fixture *f, const char *bank, const char *entry, gint64 *ret_last_ms)
{
  json_t *object = json_object ();
  gint64 hits;

  weir_hit_counts_describe (f->control.hit_counts, bank, entry, object);
  hits = json_integer_value (json_object_get (object, "hits"));
  *ret_last_ms = json_integer_value (json_object_get (object, "last_hit_ms"));
  json_decref (object);
  return hits;
}

/* What pictures matched is counted for the bank and the entry. */
static void
test_restart (Fixture *f, gconstpointer data)
{
  gint64 began_ms = weir_wall_ms (), last_ms;
  WeirStream *stream = fixture_start_stream (f, "cam");
  guint submitted;

  fixture_sample (f, stream, 0, 0, 12, 98);
  fixture_sample (f, stream, 1000, 0, 12, 98);
  fixture_sample (f, stream, 2000, 1, 12, 98);
  fixture_sample (f, stream, 3000, 0, 32, 98); /* beyond the radius */
  fixture_sample (f, stream, 4000, 0, 12, 49); /* of low quality */
  fixture_wait_for_store (f);
  submitted = f->store.submitted;
  weir_hit_counts_flush (f->control.hit_counts);
  g_assert_cmpuint (f->store.submitted, ==, submitted + 1);
  weir_hit_counts_flush (f->control.hit_counts); /* nothing is new */
  g_assert_cmpuint (f->store.submitted, ==, submitted + 1);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (get (f, "one", "", &last_ms), ==, 3);
    g_assert_cmpint (last_ms, >=, began_ms);
    g_assert_cmpint (get (f, "one", "near", &last_ms), ==, 2);
    g_assert_cmpint (last_ms, >=, began_ms);
    g_assert_cmpint (get (f, "one", "far", &last_ms), ==, 1);
    g_assert_cmpint (get (f, "two", "", &last_ms), ==, 0);
    g_assert_cmpint (last_ms, ==, 0);
    fixture_restart (f, NULL);
  }
  weir_hit_counts_note (f->control.hit_counts, "one", "near", 7);
  g_assert_cmpint (get (f, "one", "near", &last_ms), ==, 3);
  g_assert_cmpint (last_ms, ==, 7);
}

/* Of more than are kept, the one hit longest ago goes, here and in the store.
 */
static void
test_bound (Fixture *f, gconstpointer data)
{
  WeirHitCounts *counts = f->control.hit_counts;
  gint64 last_ms;

  for (guint i = 0; i < WEIR_HIT_COUNTS_MAX; i++) {
    g_autofree char *entry = g_strdup_printf ("%u", i);

    weir_hit_counts_note (counts, "b", entry, 1000 + i);
  }
  weir_hit_counts_flush (counts);
  weir_hit_counts_note (counts, "b", "0", 900000);
  weir_hit_counts_note (counts, "b", "new", 900001);
  weir_hit_counts_flush (counts);
  fixture_wait_for_store (f);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (get (f, "b", "0", &last_ms), ==, 2);
    g_assert_cmpint (get (f, "b", "1", &last_ms), ==, 0);
    g_assert_cmpint (get (f, "b", "2", &last_ms), ==, 1);
    g_assert_cmpint (get (f, "b", "new", &last_ms), ==, 1);
    fixture_restart (f, NULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/hit-counts/restart", Fixture, NULL, fixture_set_up,
      test_restart, fixture_tear_down);
  g_test_add ("/hit-counts/bound", Fixture, NULL, fixture_set_up, test_bound,
      fixture_tear_down);
  return g_test_run ();
}
