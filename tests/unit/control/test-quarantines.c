/* Entries that fire everywhere: told of, passed over once people said that it
 * means nothing, given back by somebody, and all of that after a restart. */
#include "control/fixture.h"
#include "control/quarantines.h"

#include <string.h>

#define N 4
#define COMMON                                                                 \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"                       \
  "[bank one]\nflood_streams = 4\nflood_released = 2\n"

typedef struct {
  FixturePublisher publishers[N];
  WeirStream *streams[N];
} Many;

/* Streams that still run tell their publishers at the end. */
static Many the_many;
static Many *const many = &the_many;

static void
start (Fixture *f)
{
  static const char *const names[N] = { "a", "b", "c", "d" };

  for (guint i = 0; i < N; i++) {
    fixture_publisher_init (&many->publishers[i]);
    g_assert_cmpint (fixture_publish (f, &many->publishers[i], "live", names[i],
                         "", &many->streams[i], NULL),
        ==, WEIR_ADMIT_OK);
  }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  fixture_tear_down (f, data);
  for (guint i = 0; i < N; i++)
    fixture_publisher_clear (&many->publishers[i]);
  *many = (Many){ 0 };
}

/* Entry 0 on every stream that runs, so that a case is about each. */
static void
flood (Fixture *f)
{
  for (guint i = 0; i < N; i++)
    if (many->streams[i] != NULL)
      fixture_sample (f, many->streams[i], 0, 0, 12, 98);
  fixture_wait_for_store (f);
}

static void
decide (Fixture *f, guint i, const char *verdict)
{
  fixture_assert_command (f, NULL,
      "{'type': 'case.decide', 'case': '%s', 'verdict': '%s'}",
      many->streams[i]->case_id, verdict);
  fixture_wait_for_store (f);
}

static void
assert_event (Fixture *f, guint64 since, const char *state)
{
  json_t *event = fixture_find_event (f, "bank.quarantine", since);

  g_assert_nonnull (event);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "state")), ==, state);
  g_assert_cmpstr (
      json_string_value (json_object_get (event, "entry")), ==, "near");
  json_decref (event);
}

static gboolean
is_quarantined (Fixture *f)
{
  return weir_quarantines_has (f->control.quarantines, "one", "near");
}

static void
test_flood (Fixture *f, gconstpointer data)
{
  const WeirQuarantine *q;
  guint64 seq = fixture_seq (f);
  json_t *answer;

  start (f);
  flood (f);
  assert_event (f, seq, "flooding");
  g_assert_false (is_quarantined (f));
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, N);
  decide (f, 0, "release");
  g_assert_false (is_quarantined (f));
  decide (f, 1, "release");
  assert_event (f, seq, "quarantined");
  g_assert_true (is_quarantined (f));
  q = weir_quarantines_find (f->control.quarantines, "one", "near");
  g_assert_cmpstr (q->reason, ==,
      "Fired on 4 streams of 4 publishers within 10 minutes, and people "
      "released it on streams of 2 publishers.");

  /* It opens and extends nothing; other entries do, and what is open stays. */
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, N - 2);
  fixture_sample (f, many->streams[0], 100000, 0, 12, 98);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, N - 2);
  g_assert_cmpuint (f->control.quarantined, ==, 1);
  fixture_sample (f, many->streams[0], 200000, 1, 12, 98);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, N - 1);
  fixture_wait_for_store (f);

  /* Given back it counts at once, and is left alone. */
  answer = fixture_command (f, WEIR_ROLE_REVIEWER,
      "{'type': 'bank.release', 'bank': 'one', 'entry': 'near'}");
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, "not_allowed");
  json_decref (answer);
  answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type': 'bank.release', 'bank': 'one', 'entry': 'near', 'note': 'x'}");
  g_assert_true (json_is_true (json_object_get (answer, "ok")));
  json_decref (answer);
  assert_event (f, seq, "released");
  g_assert_false (is_quarantined (f));
  decide (f, 2, "release");
  decide (f, 3, "release");
  flood (f);
  g_assert_false (is_quarantined (f));
  answer = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type': 'bank.release', 'bank': 'one', 'entry': 'near'}");
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, "not_found");
  json_decref (answer);
}

/* An attack: one was cut, whatever else was released. */
static void
test_attack (Fixture *f, gconstpointer data)
{

  start (f);
  flood (f);
  decide (f, 0, "cut");
  many->streams[0] = NULL; /* a cut ends the stream, sooner or later */
  decide (f, 1, "release");
  decide (f, 2, "release");
  decide (f, 3, "release");
  flood (f);
  g_assert_false (is_quarantined (f));
}

/* What may be withheld while nobody looks is never taken out of the way by
 * counting. */
static void
test_withholds (Fixture *f, gconstpointer data)
{
  guint64 seq = fixture_seq (f);

  start (f);
  flood (f);
  for (guint i = 0; i < N; i++)
    decide (f, i, "release");
  g_assert_false (is_quarantined (f));
  assert_event (f, seq, "flooding");
}

static void
test_off (Fixture *f, gconstpointer data)
{
  guint64 seq = fixture_seq (f);

  start (f);
  flood (f);
  for (guint i = 0; i < N; i++)
    decide (f, i, "release");
  g_assert_false (is_quarantined (f));
  g_assert_cmpuint (fixture_count_events (f, "bank.quarantine", seq), ==, 0);
}

/* It lets pictures pass, so it must be stored; and it is kept. */
static void
test_stored (Fixture *f, gconstpointer data)
{

  start (f);
  flood (f);
  decide (f, 0, "release");
  decide (f, 1, "release");
  g_assert_true (is_quarantined (f));
  fixture_restart (f, data);
  g_assert_true (is_quarantined (f));
  g_assert_cmpuint (
      weir_quarantines_count (f->control.quarantines, "one"), ==, 1);
}

static void
test_not_stored (Fixture *f, gconstpointer data)
{

  start (f);
  flood (f);
  decide (f, 0, "release");
  f->store.holding = TRUE;
  weir_quarantines_note_verdict (&f->control, "reviewer",
      weir_cases_find (f->control.cases, many->streams[1]->case_id), FALSE);
  g_assert_false (is_quarantined (f));
  f->store.holding = FALSE;
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  g_assert_true (is_quarantined (f));
}

static void
say_false (Fixture *f, guint i)
{
  weir_quarantines_note_verdict (&f->control, "reviewer",
      weir_cases_find (f->control.cases, many->streams[i]->case_id), FALSE);
}

/* What can't be stored lets nothing pass, is said, and is decided anew by what
 * happens once the store works again. */
static void
test_store_fails (Fixture *f, gconstpointer data)
{
  guint64 seq;

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    g_test_trap_assert_stderr ("*near is not quarantined: it can't be stored*");
    return;
  }
  start (f);
  flood (f);
  decide (f, 0, "release");
  seq = fixture_seq (f);
  f->store.failing = TRUE;
  say_false (f, 1);
  fixture_wait_for_store (f);
  g_assert_true (f->control.store_failing);
  g_assert_false (is_quarantined (f));
  g_assert_null (weir_quarantines_find (f->control.quarantines, "one", "near"));
  fixture_sample (f, many->streams[0], 100000, 0, 12, 98);
  g_assert_cmpuint (f->control.quarantined, ==, 0);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, N);
  f->store.failing = FALSE;
  fixture_wait_for_store (f);

  /* Nor does a new start know of it. One says so now, then another. */
  g_assert_cmpuint (fixture_count_events (f, "bank.quarantine", seq), ==, 0);
  flood (f);
  say_false (f, 2);
  fixture_wait_for_store (f);
  g_assert_false (is_quarantined (f));
  say_false (f, 3);
  fixture_wait_for_store (f);
  g_assert_true (is_quarantined (f));
  g_assert_false (f->control.store_failing);
}

/* Entry "near" was given back so long ago. */
static void
give_back (Fixture *f, gint64 ago_ms)
{
  WeirQuarantine *q = weir_quarantine_new ("one", "near", "", "weir", 0);

  q->released_ms = weir_wall_ms () - ago_ms;
  weir_quarantines_put (f->control.quarantines, q);
}

/* What was given back is left alone for [bank] flood_rest_s, and not longer. */
static void
test_rest (Fixture *f, gconstpointer data)
{
  const gint64 rest_ms = 3600 * 1000;

  start (f);
  give_back (f, rest_ms - 600 * 1000);
  flood (f);
  for (guint i = 0; i < N; i++)
    say_false (f, i);
  fixture_wait_for_store (f);
  g_assert_false (is_quarantined (f));

  give_back (f, rest_ms);
  say_false (f, 0);
  say_false (f, 1);
  fixture_wait_for_store (f);
  g_assert_false (is_quarantined (f)); /* what it did at rest doesn't count */
  flood (f);
  fixture_wait_for_store (f);
  g_assert_true (is_quarantined (f));
  g_assert_cmpint (weir_quarantines_find (f->control.quarantines, "one", "near")
                       ->released_ms,
      ==, 0);
}

/* What policies and time-outs release says nothing. */
static void
test_policy (Fixture *f, gconstpointer data)
{
  start (f);
  flood (f);
  for (guint i = 0; i < N; i++)
    weir_quarantines_note_verdict (&f->control, "policy",
        weir_cases_find (f->control.cases, many->streams[i]->case_id), FALSE);
  fixture_wait_for_store (f);
  g_assert_false (is_quarantined (f));
}

/* Beyond the limit those that were lifted longest ago give way, none other. */
static void
test_bound (Fixture *f, gconstpointer data)
{
  WeirQuarantines *self = f->control.quarantines;

  for (guint i = 0; i < WEIR_QUARANTINES_MAX; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);
    WeirQuarantine *q = weir_quarantine_new ("one", name, "", "me", i);

    q->released_ms = i == 7 ? 1 : 0;
    weir_quarantines_put (self, q);
  }
  g_assert_true (weir_quarantines_has_room (self));
  weir_quarantines_put (self, weir_quarantine_new ("one", "new", "", "", 1));
  g_assert_null (weir_quarantines_find (self, "one", "7"));
  g_assert_cmpuint (
      weir_quarantines_count (self, NULL), ==, WEIR_QUARANTINES_MAX);
  g_assert_false (weir_quarantines_has_room (self));
  g_assert_cmpuint (weir_quarantines_count (self, "two"), ==, 0);
  fixture_wait_for_store (f);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/quarantines/flood", test_flood, COMMON },
    { "/quarantines/attack", test_attack, COMMON },
    { "/quarantines/withholds", test_withholds,
        COMMON "[policy p]\non_timeout = hold\n" },
    { "/quarantines/withholds-itself", test_withholds,
        COMMON "action = hold\n" },
    { "/quarantines/off", test_off,
        "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"
        "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
        "[bank one]\nflood_streams = 0\n" },
    { "/quarantines/stored", test_stored, COMMON },
    { "/quarantines/not-stored", test_not_stored, COMMON },
    { "/quarantines/store-fails", test_store_fails, COMMON },
    { "/quarantines/rest", test_rest, COMMON "flood_rest_s = 3600\n" },
    { "/quarantines/policy", test_policy, COMMON },
    { "/quarantines/bound", test_bound, COMMON },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, tear_down);
  return g_test_run ();
}
