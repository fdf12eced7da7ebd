/* Commands on one entry that cross while the store writes: whatever the order,
 * what is there after a restart is what people were told. */
#include "control/fixture.h"
#include "lists/banks.h"

#include <glib/gstdio.h>
#include <string.h>

#define HASH(c) c c c c c c c c c c c c c c c c
#define A HASH ("a1b2")
#define B HASH ("b3c4")
#define OF_FILE HASH ("c5d6")
#define FAR_MS "9000000000000"

static WeirBanks *
make_banks (const WeirSettings *settings)
{
  g_autoptr (GError) error = NULL;
  WeirBanks *banks = weir_banks_load (settings, ".", &error);

  g_assert_no_error (error);
  return banks;
}

/* A command that is under way, and its answer. */
typedef struct {
  json_t *answer;
} Asked;

static void
on_result (const WeirResult *result, gpointer data)
{
  Asked *asked = data;

  g_assert_null (asked->answer);
  asked->answer =
      result->extra != NULL ? json_deep_copy (result->extra) : json_object ();
  json_object_set_new (
      asked->answer, "error", json_string (result->ok ? "" : result->error));
}

static void
ask (Fixture *f, Asked *asked, const char *format, const char *what)
{
  const WeirActor actor = { "user:op", "op", WEIR_ROLE_OPERATOR };
  g_autofree char *text = g_strdup_printf (format, what);
  json_t *request;

  g_strdelimit (text, "'", '"');
  request = json_loads (text, 0, NULL);
  g_assert_nonnull (request);
  asked->answer = NULL;
  weir_command_run (&f->control, &actor, request, on_result, asked);
  json_decref (request);
}

static char *
add (Fixture *f, const char *hash, guint quality)
{
  json_t *answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type': 'bank.add', 'bank': 'one', 'entries': [{'hash': '%s', "
      "'quality': %u, 'disable_until_ms': " FAR_MS "}]}",
      hash, quality);
  char *id = g_strdup (json_string_value (json_object_get (
      json_array_get (json_object_get (answer, "entries"), 0), "id")));

  g_assert_nonnull (id);
  json_decref (answer);
  return id;
}

static const char *const formats[] = {
  ['d'] = "{'type': 'bank.delete', 'entry': '%s'}",
  ['e'] = "{'type': 'bank.enable', 'bank': 'one', 'entry': '%s'}",
  ['r'] = "{'type': 'bank.release', 'bank': 'one', 'entry': '%s', 'note': 'n'}",
};

static void
count_signal (const WeirSignal *signal, gpointer data)
{
  (*(guint *) data)++;
}

static guint
count (const Fixture *f)
{
  guint n = 0;

  f->control.banks->klass->each_signal (
      f->control.banks, "one", count_signal, &n);
  return n;
}

/* Both of COMMANDS are on their way before either is stored. */
static void
cross (Fixture *f, const char *commands, const char *entry, const char *first,
    const char *second)
{
  Asked asked[2];

  f->store.holding = TRUE;
  for (guint i = 0; i < 2; i++)
    ask (f, &asked[i], formats[(guint8) commands[i]], entry);
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  for (guint i = 0; i < 2; i++) {
    g_assert_nonnull (asked[i].answer);
    g_assert_cmpstr (
        json_string_value (json_object_get (asked[i].answer, "error")), ==,
        i == 0 ? first : second);
    json_decref (asked[i].answer);
  }
  fixture_wait_for_store (f);
}

/* Who deletes wins. */
static void
test_delete (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *commands, *second;
  } cases[] = {
    { "de", "not_found" },
    { "ed", "" },
    { "dr", "not_found" },
    { "rd", "" },
    { "dd", "not_found" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *id = add (f, A, 10);

    cross (f, cases[i].commands, id, "", cases[i].second);
    g_assert_cmpuint (count (f), ==, 0);
    fixture_restart (f, data);
    g_assert_cmpuint (count (f), ==, 0);
  }
}

/* Neither undoes the other. */
static void
test_enable_release (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 2; i++) {
    g_autofree char *id = add (f, i == 0 ? A : B, 10);

    cross (f, i == 0 ? "er" : "re", id, "", "");
    for (guint k = 0; k < 2; k++) {
      const WeirSignal *signal =
          f->control.banks->klass->find (f->control.banks, id);

      g_assert_nonnull (signal);
      g_assert_cmpint (signal->disable_until_ms, ==, 0);
      g_assert_cmpint (signal->released_ms, >, 0);
      g_assert_cmpstr (signal->released_by, ==, "op");
      g_assert_cmpstr (signal->release_note, ==, "n");
      fixture_restart (f, data);
    }
  }
}

/* Of what two put in, or release of the file, there is one. */
static void
test_twice (Fixture *f, gconstpointer data)
{
  static const char put[] = "{'type': 'bank.add', 'bank': 'one', 'entries': "
                            "[{'hash': '%s'}]}";
  Asked asked[2];
  json_t *entry[2];

  cross (f, "rr", OF_FILE, "", "not_found");
  g_assert_cmpuint (count (f), ==, 1);

  f->store.holding = TRUE;
  for (guint i = 0; i < 2; i++)
    ask (f, &asked[i], put, A);
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  for (guint i = 0; i < 2; i++)
    entry[i] = json_array_get (json_object_get (asked[i].answer, "entries"), 0);
  g_assert_null (json_object_get (entry[0], "known"));
  g_assert_true (json_is_true (json_object_get (entry[1], "known")));
  g_assert_true (json_equal (
      json_object_get (entry[0], "id"), json_object_get (entry[1], "id")));
  for (guint i = 0; i < 2; i++)
    json_decref (asked[i].answer);
  fixture_wait_for_store (f);
  g_assert_cmpuint (count (f), ==, 2);
  fixture_restart (f, data);
  g_assert_cmpuint (count (f), ==, 2);
  g_assert_cmpuint (f->store.submitted, ==, 0); /* nothing was to be mended */
}

static void
put_row (WeirTxn *txn, const char *id, const char *hash, gint64 created_ms,
    gint64 released_ms)
{
  WeirSignal signal = { .id = (char *) id,
    .bank = (char *) "one",
    .quality = 100,
    .entry = (char *) "e",
    .item = (char *) "e",
    .label = (char *) "",
    .owner = (char *) "",
    .opinion = (char *) "",
    .note = (char *) "",
    .by = (char *) "op",
    .created_ms = created_ms,
    .released_ms = released_ms };

  g_assert_true (weir_signal_parse_hash (hash, signal.hash));
  weir_txn_put_signal (txn, &signal);
}

/* What was stored twice when the gateway ended is there once, and stored once
 * from then on: the oldest, or the one that somebody released. */
static void
test_load (Fixture *f, gconstpointer data)
{
  WeirTxn *txn = weir_txn_new ();
  const WeirBanksClass *klass;

  put_row (txn, "a2", A, 2, 0);
  put_row (txn, "a1", A, 1, 0);
  put_row (txn, "a3", A, 3, 0);
  put_row (txn, "b1", B, 1, 0);
  put_row (txn, "b2", B, 2, 7);
  put_row (txn, "b3", B, 3, 8);
  weir_store_submit (&f->store.parent, txn, NULL, NULL);
  fixture_wait_for_store (f);
  for (guint i = 0; i < 2; i++) {
    fixture_restart (f, data);
    klass = f->control.banks->klass;
    g_assert_cmpuint (f->store.submitted, ==, i == 0);
    g_assert_cmpuint (count (f), ==, 2);
    g_assert_nonnull (klass->find (f->control.banks, "a1"));
    g_assert_nonnull (klass->find (f->control.banks, "b2"));
  }
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  g_autofree char *list = g_build_filename (dir, "list.csv", NULL);
  g_autofree char *settings =
      g_strdup_printf ("[rtmp]\nrequire_key = false\n[egress main]\n"
                       "url = rtmp://localhost/{app}/{name}\n"
                       "[bank one]\nfile = %s\n[bank two]\n",
          list);
  const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/crossings/delete", test_delete },
    { "/crossings/enable-release", test_enable_release },
    { "/crossings/twice", test_twice },
    { "/crossings/load", test_load },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_true (g_file_set_contents (
      list, "hash,quality,entry\n" OF_FILE ",10,film\n", -1, NULL));
  fixture_make_banks = make_banks;
  fixture_free_banks = weir_banks_free;
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, settings, fixture_set_up, tests[i].test,
        fixture_tear_down);
  status = g_test_run ();
  g_unlink (list);
  g_rmdir (dir);
  return status;
}
