/* What is told of banks: that they changed, a word a second at most, and how
 * often they matched lately. */
#include "control/bank-changes.h"
#include "control/bank-hits.h"
#include "control/fixture.h"

#define MINUTE G_GINT64_CONSTANT (60000)
#define HOUR (60 * MINUTE)

static guint
told (Fixture *f)
{
  return fixture_count_events (f, "bank.changed", 0);
}

static gboolean
both_told (gpointer data)
{
  return told (data) >= 3;
}

/* The first at once; what follows is told once for each bank. */
static void
test_changes (Fixture *f, gconstpointer data)
{
  WeirBankChanges *changes = f->control.bank_changes;
  json_t *event;

  weir_bank_changes_note (changes, NULL);
  g_assert_cmpuint (told (f), ==, 1);
  event = fixture_find_event (f, "bank.changed", 0);
  g_assert_true (json_is_null (json_object_get (event, "bank")));
  json_decref (event);
  for (guint i = 0; i < 1000; i++)
    weir_bank_changes_note (changes, i % 2 == 0 ? "one" : "two");
  g_assert_cmpuint (told (f), ==, 1);
  fixture_wait (f->loop, both_told, f);
  g_assert_cmpuint (told (f), ==, 3);
}

static void
test_hits (void)
{
  WeirBankHits *hits = weir_bank_hits_new ();
  gint64 now = 1000 * HOUR, last;

  g_assert_cmpuint (weir_bank_hits_count (hits, "one", now, &last), ==, 0);
  g_assert_cmpint (last, ==, 0);
  for (guint i = 0; i < 120; i++)
    weir_bank_hits_note (hits, "one", now + i * MINUTE);
  weir_bank_hits_note (hits, "two", now);
  now += 119 * MINUTE;
  g_assert_cmpuint (weir_bank_hits_count (hits, "one", now, &last), ==, 60);
  g_assert_cmpint (last, ==, now);
  g_assert_cmpuint (weir_bank_hits_count (hits, "two", now, &last), ==, 0);
  now += HOUR / 2;
  g_assert_cmpuint (weir_bank_hits_count (hits, "one", now, &last), ==, 30);
  weir_bank_hits_free (hits);
  weir_bank_hits_free (NULL);
}

static void
test_most_banks (void)
{
  WeirBankHits *hits = weir_bank_hits_new ();
  gint64 last;

  for (guint i = 0; i <= WEIR_BANK_HITS_MAX; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);

    weir_bank_hits_note (hits, name, HOUR);
    g_assert_cmpuint (weir_bank_hits_count (hits, name, HOUR, &last), ==,
        i < WEIR_BANK_HITS_MAX ? 1 : 0);
  }
  weir_bank_hits_free (hits);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/bank-changes/told", Fixture, NULL, fixture_set_up, test_changes,
      fixture_tear_down);
  g_test_add_func ("/bank-changes/hits", test_hits);
  g_test_add_func ("/bank-changes/most-banks", test_most_banks);
  return g_test_run ();
}
