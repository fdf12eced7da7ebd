/* The state as a whole: loaded at start, and gone cleanly when it can't be. */
#include "control/bars.h"
#include "control/fixture.h"
#include "control/keys.h"
#include "control/users.h"

#include "base/error.h"

static void
test_empty (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (weir_keys_count (f->control.keys), ==, 0);
  g_assert_cmpuint (weir_users_count (f->control.users), ==, 0);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 0);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 0);
  g_assert_cmpuint (fixture_seq (f), ==, 0);
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  WeirUser user = { "ann", "admin", { 1 } };
  WeirTxn *txn = weir_txn_new ();
  WeirStream *stream = fixture_start_stream (f, "a");
  g_autofree char *epoch = g_strdup (weir_events_get_epoch (f->control.events));
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) list = NULL;
  guint64 seq;

  weir_txn_put_user (txn, &user);
  weir_store_submit (&f->store.parent, txn, NULL, NULL);
  fixture_sample (f, stream, 0, 0, 12, 90);
  id = g_strdup (stream->case_id);
  fixture_assert_command (f, NULL, "{'type':'stream.cut','stream':'live/b'}");
  fixture_restart (f, NULL);
  g_assert_cmpuint (weir_users_count (f->control.users), ==, 1);
  g_assert_cmpuint (weir_bars_list (f->control.bars)->len, ==, 1);
  g_assert_true (weir_cases_find (f->control.cases, id)->open);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 1);
  list = weir_cases_list (f->control.cases);
  g_assert_cmpuint (list->len, ==, 1);
  /* A number of the earlier run is not mistaken for one of this. */
  g_assert_cmpstr (weir_events_get_epoch (f->control.events), !=, epoch);
  seq = fixture_seq (f);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'release'}", id);
  g_assert_cmpuint (fixture_count_events (f, "case.closed", seq), ==, 1);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  fixture_restart (f, NULL);
  g_assert_cmpint (weir_cases_find (f->control.cases, id)->verdict, ==,
      WEIR_VERDICT_RELEASE);
}

static gboolean
refuse_load (WeirStore *store, WeirStoreState *ret, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "store: no");
  return FALSE;
}

static void
test_no_store (void)
{
  static const WeirStoreClass store_class = { .load = refuse_load };
  WeirStore store = { &store_class };
  WeirControl control = { .store = &store };
  g_autoptr (GError) error = NULL;

  g_assert_false (weir_control_start (&control, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_FAILED);
  weir_control_clear (&control);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/control/empty", Fixture, NULL, fixture_set_up, test_empty,
      fixture_tear_down);
  g_test_add ("/control/restart", Fixture, NULL, fixture_set_up, test_restart,
      fixture_tear_down);
  g_test_add_func ("/control/no-store", test_no_store);
  return g_test_run ();
}
