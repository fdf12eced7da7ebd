/* Entries that are disabled for a time: passed over until then, after a restart
 * as well, and looked at again by themselves or when somebody says so. */
#include "control/fixture.h"
#include "control/describe-banks.h"
#include "control/look-back.h"
#include "control/quarantines.h"

#include <string.h>

#define SETTINGS                                                               \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n[bank one]\n"           \
  "[bank two]\n"
#define HOUR_MS G_GINT64_CONSTANT (3600000)
#define DISABLE                                                                \
  "{'type': 'bank.disable', 'bank': '%s', 'entry': '%s', 'until_ms': "         \
  "%" G_GINT64_FORMAT ", 'note': 'a rerun'}"
#define ENABLE "{'type': 'bank.enable', 'bank': 'one', 'entry': 'near'}"

static void
assert_answer (json_t *answer, const char *error)
{
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, error);
  json_decref (answer);
}

static void
disable (Fixture *f, const char *bank, const char *entry, gint64 in_ms,
    const char *error)
{
  assert_answer (fixture_command (f, WEIR_ROLE_OPERATOR, DISABLE, bank, entry,
                     weir_wall_ms () + in_ms),
      error);
}

static guint
count_cases (Fixture *f, WeirStream *stream, gint64 pts_ms)
{
  fixture_sample (f, stream, pts_ms, 0, 12, 98);
  fixture_wait_for_store (f);
  return weir_cases_count_open (f->control.cases);
}

/* At once, in every picture. */
static gboolean
find_near (gpointer banks, const guint8 *hashes, guint count,
    WeirBankSearchFunc func, gpointer data)
{
  static const WeirBankMatch match = { 0, 0, 12 };

  g_assert_cmpuint (count, ==, 1);
  func (&match, 1, data);
  return FALSE;
}

static void
test_for_a_time (Fixture *f, gconstpointer data)
{
  WeirStream *stream;
  json_t *list;

  disable (f, "one", "near", HOUR_MS, NULL);
  fixture_restart (f, SETTINGS);
  stream = fixture_start_stream (f, "cam");
  g_assert_cmpuint (count_cases (f, stream, 0), ==, 0);
  g_assert_cmpuint (f->control.quarantined, ==, 1);
  list = weir_describe_quarantines (&f->control, "one", TRUE);
  g_assert_cmpuint (json_array_size (list), ==, 1);
  g_assert_cmpint (json_integer_value (
                       json_object_get (json_array_get (list, 0), "until_ms")),
      >, weir_wall_ms ());
  g_assert_cmpstr (
      json_string_value (json_object_get (json_array_get (list, 0), "reason")),
      ==, "disabled by test: a rerun");
  json_decref (list);

  weir_look_back_set_search (f->control.look_back, find_near, NULL);
  assert_answer (fixture_command (f, WEIR_ROLE_OPERATOR, ENABLE), NULL);
  fixture_wait_for_store (f);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 1);
  g_assert_cmpuint (count_cases (f, stream, 1000), ==, 1);
  g_assert_cmpuint (
      weir_quarantines_count (f->control.quarantines, "one"), ==, 0);
  assert_answer (fixture_command (f, WEIR_ROLE_OPERATOR, ENABLE), "not_found");
}

/* Nobody has to do anything. */
static void
test_comes_back (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "cam");
  WeirQuarantine *q = weir_quarantine_new ("one", "near", "x", "me", 1);

  q->until_ms = weir_wall_ms () - 1;
  weir_quarantines_put (f->control.quarantines, q);
  g_assert_false (weir_quarantines_has (f->control.quarantines, "one", "near"));
  g_assert_cmpuint (
      weir_quarantines_count (f->control.quarantines, NULL), ==, 0);
  g_assert_cmpuint (count_cases (f, stream, 0), ==, 1);
  assert_answer (fixture_command (f, WEIR_ROLE_OPERATOR, ENABLE), "not_found");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  assert_answer (fixture_command (f, WEIR_ROLE_REVIEWER, DISABLE, "one", "near",
                     weir_wall_ms () + HOUR_MS),
      "not_allowed");
  assert_answer (
      fixture_command (f, WEIR_ROLE_REVIEWER, ENABLE), "not_allowed");
  disable (f, "none", "near", HOUR_MS, "not_found");
  disable (f, "one", "", HOUR_MS, "not_found");
  disable (f, "one", "nobody", HOUR_MS, "not_found");
  disable (f, "one", "near", -1, "bad_request");
  disable (
      f, "one", "near", WEIR_COMMAND_MAX_DISABLED_MS + HOUR_MS, "bad_request");
  assert_answer (
      fixture_command (f, WEIR_ROLE_OPERATOR,
          "{'type': 'bank.disable', 'bank': 'one', 'entry': 'near'}"),
      "bad_request");
  g_assert_false (weir_quarantines_has (f->control.quarantines, "one", "near"));
}

/* The end can be moved; what has none gets none by being disabled, and what
 * has one can lose it. */
static void
test_with_quarantine (Fixture *f, gconstpointer data)
{
  const char *quarantine =
      "{'type': 'bank.quarantine', 'bank': 'one', 'entry': 'near'}";
  const WeirQuarantine *q;

  disable (f, "one", "near", HOUR_MS, NULL);
  disable (f, "one", "near", 2 * HOUR_MS, NULL);
  q = weir_quarantines_find (f->control.quarantines, "one", "near");
  g_assert_cmpint (q->until_ms, >, weir_wall_ms () + HOUR_MS);
  assert_answer (
      fixture_command (f, WEIR_ROLE_OPERATOR, "%s", quarantine), NULL);
  q = weir_quarantines_find (f->control.quarantines, "one", "near");
  g_assert_cmpint (q->until_ms, ==, 0);
  disable (f, "one", "near", HOUR_MS, "conflict");
  assert_answer (fixture_command (f, WEIR_ROLE_OPERATOR, ENABLE), "not_found");
  g_assert_true (weir_quarantines_has (f->control.quarantines, "one", "near"));
  fixture_assert_trail (f, "bank.disable bank.disable bank.quarantine");
}

/* It would let pictures pass that a restart would not, so it is refused. */
static void
test_not_stored (Fixture *f, gconstpointer data)
{
  f->store.failing = TRUE;
  disable (f, "one", "near", HOUR_MS, "not_durable");
  g_assert_false (weir_quarantines_has (f->control.quarantines, "one", "near"));
  f->store.failing = FALSE;
}

/* Known ones are bounded; one that has ended makes room. */
static void
test_bound (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < WEIR_QUARANTINES_MAX; i++) {
    g_autofree char *entry = g_strdup_printf ("e%u", i);
    WeirQuarantine *q = weir_quarantine_new ("two", entry, "x", "me", 1);

    q->until_ms = weir_wall_ms () + HOUR_MS;
    weir_quarantines_put (f->control.quarantines, q);
  }
  disable (f, "one", "near", HOUR_MS, "conflict");
  {
    WeirQuarantine *q = weir_quarantine_new ("two", "e7", "x", "me", 1);

    q->until_ms = weir_wall_ms () - 1;
    weir_quarantines_put (f->control.quarantines, q);
  }
  disable (f, "one", "near", HOUR_MS, NULL);
  g_assert_null (weir_quarantines_find (f->control.quarantines, "two", "e7"));
  g_assert_nonnull (
      weir_quarantines_find (f->control.quarantines, "two", "e8"));
}

static gboolean
get_good (const WeirBanks *banks, guint32 index, WeirBankEntry *ret)
{
  *ret = (WeirBankEntry){ .bank = index == 0 ? "one" : "two",
    .entry = index == 0 ? "near" : "strict",
    .item = "film",
    .radius = 31,
    .min_quality = 50,
    .action = WEIR_ACTION_CASE,
    .known_good = index != 0 };
  return TRUE;
}

/* What is known to be good, and disabled, keeps nothing from being flagged. */
static void
test_known_good (Fixture *f, gconstpointer data)
{
  WeirBanksClass klass = *fixture_banks.klass;
  WeirBanks banks = { &klass };
  WeirStream *stream = fixture_start_stream (f, "cam");
  WeirSample sample = { .arrival_us = weir_now_us (),
    .quality = 98,
    .n_hits = 2,
    .hits = { { 0, 12, 0 }, { 1, 3, 0 } } };

  klass.get = get_good;
  f->control.banks = &banks;
  weir_streams_take_sample (f->control.streams, stream->number, &sample);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  g_assert_cmpuint (f->control.known_good, ==, 1);
  disable (f, "two", "strict", HOUR_MS, NULL);
  sample.pts_ms = 1000;
  weir_streams_take_sample (f->control.streams, stream->number, &sample);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 1);
  fixture_wait_for_store (f);
  f->control.banks = &fixture_banks;
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/disable/for-a-time", test_for_a_time },
    { "/disable/comes-back", test_comes_back },
    { "/disable/refused", test_refused },
    { "/disable/with-quarantine", test_with_quarantine },
    { "/disable/not-stored", test_not_stored },
    { "/disable/known-good", test_known_good },
    { "/disable/bound", test_bound },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, SETTINGS, fixture_set_up, tests[i].test,
        fixture_tear_down);
  return g_test_run ();
}
