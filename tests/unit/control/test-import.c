/* A list that is put in: the latest pictures are looked at anew, and what
 * another command put in meanwhile is not kept twice. */
#include "control/import.h"
#include "control/fixture.h"
#include "control/look-back.h"

#include "store/sqlite.h"

#include <string.h>

/* The fixture's, and every list that they read has the same new entries, of
 * which another command puts "late" in before they are taken in. */
static guint put_in, searches;

static void
add_signal (WeirBankReading *reading, const char *id, guint8 first)
{
  WeirSignal *s = g_new0 (WeirSignal, 1);

  s->id = g_strdup (id);
  s->bank = g_strdup (reading->bank);
  s->hash[0] = first;
  s->quality = 100;
  s->entry = g_strdup (id);
  s->item = g_strdup (id);
  s->label = g_strdup ("");
  s->owner = g_strdup ("");
  s->opinion = g_strdup ("");
  s->note = g_strdup ("");
  s->by = g_strdup ("op");
  g_ptr_array_add (reading->signals, s);
}

static gboolean
read_list (WeirBanks *banks, WeirBankReading *reading, WeirBankReadingFunc func,
    gpointer data)
{
  reading->signals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_signal_free);
  reading->sha256 = g_strdup ("0");
  add_signal (reading, "new", 1);
  add_signal (reading, "late", 2);
  reading->quarantined = 2;
  func (reading, data);
  return TRUE;
}

static gboolean
has (const WeirBanks *banks, const char *bank)
{
  return fixture_banks.klass->has (&fixture_banks, bank);
}

static const WeirSignal *
find_same (const WeirBanks *banks, const WeirSignal *signal)
{
  return signal->hash[0] == 2 ? signal : NULL;
}

static char *
dup_fault (const WeirBanks *banks, const WeirSignal *signal)
{
  return g_strdup ("no picture's");
}

static guint32
count (const WeirBanks *banks)
{
  return 0;
}

static guint32
add_waiting (WeirBanks *banks, WeirSignal *signal)
{
  weir_signal_free (signal);
  put_in++;
  return 0;
}

static void
let_in (WeirBanks *banks, WeirBankLetInFunc func, gpointer data)
{
  func (NULL, data);
}

static const WeirBanksClass banks_class = { .has = has,
  .find_same = find_same,
  .dup_fault = dup_fault,
  .read = read_list,
  .count = count,
  .add_waiting = add_waiting,
  .let_in = let_in };
static WeirBanks banks = { &banks_class };

static gboolean
search (gpointer base, const guint8 *hashes, guint n, WeirBankSearchFunc func,
    gpointer data)
{
  g_assert_cmpuint (n, ==, 1);
  searches++;
  return TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  fixture_set_up (f, data);
  put_in = searches = 0;
  f->control.banks = &banks;
  weir_look_back_set_search (f->control.look_back, search, NULL);
}

static gint64
get_count (const WeirResult *result, const char *name)
{
  return json_integer_value (json_object_get (result->extra, name));
}

/* Of two, one was there before. */
static void
on_result (const WeirResult *result, gpointer data)
{
  g_assert_true (result->ok);
  g_assert_cmpint (get_count (result, "put"), ==, 1);
  g_assert_cmpint (get_count (result, "same"), ==, 1);
  g_assert_cmpint (get_count (result, "quarantined"), ==, 1);
  *(gboolean *) data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static void
import_list (Fixture *f)
{
  const WeirActor actor = { "user:op", "op", WEIR_ROLE_OPERATOR };
  gboolean done = FALSE;
  WeirImport *import =
      weir_import_begin (&f->control, &actor, "one", "", 1, on_result, &done);

  g_assert_nonnull (import);
  g_assert_true (weir_import_write (import, (const guint8 *) "x", 1));
  weir_import_end (import);
  fixture_wait (f->loop, is_true, &done);
  fixture_wait_for_store (f);
}

static void
test_look_back (Fixture *f, gconstpointer data)
{
  WeirStream *a = fixture_start_stream (f, "a");

  fixture_sample (f, a, 0, 0, -1, 98);
  import_list (f);
  g_assert_cmpuint (put_in, ==, 1);
  g_assert_cmpuint (searches, ==, 1);
}

static void
test_faster (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  WeirStoreState state = { 0 };
  WeirStore *again;

  import_list (f);
  again = weir_sqlite_store_new (f->loop, f->path, 64, &error);
  g_assert_no_error (error);
  g_assert_true (weir_store_load (again, &state, &error));
  g_assert_cmpuint (state.signals->len, ==, 1);
  g_assert_cmpstr (
      ((WeirSignal *) g_ptr_array_index (state.signals, 0))->id, ==, "new");
  weir_store_state_clear (&state);
  weir_store_free (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/import/look-back", Fixture, NULL, set_up, test_look_back,
      fixture_tear_down);
  g_test_add (
      "/import/faster", Fixture, NULL, set_up, test_faster, fixture_tear_down);
  return g_test_run ();
}
