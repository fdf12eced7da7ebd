/* After banks were reloaded: what of the pictures that were looked at last is
 * told, and what is not. */
#include "control/look-back.h"
#include "control/fixture.h"
#include "control/quarantines.h"

#include <string.h>

#define SETTINGS                                                               \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

/* The fixture's entries, 3 that is known to be good, and a search that waits
 * for its answer. */
typedef struct {
  WeirBanks parent;
  guint searches; /* begun */
  guint count;    /* hashes of the last */
  WeirBankSearchFunc func;
  gpointer data;
  gboolean stopped;
} Banks;

static Banks banks;

static gboolean
get (const WeirBanks *base, guint32 index, WeirBankEntry *ret)
{
  if (index != 3)
    return fixture_banks.klass->get (&fixture_banks, index, ret);
  *ret = (WeirBankEntry){ .bank = "fine",
    .entry = "good",
    .item = "good",
    .radius = 31,
    .known_good = TRUE };
  return TRUE;
}

static gboolean
search (gpointer base, const guint8 *hashes, guint count,
    WeirBankSearchFunc func, gpointer data)
{
  g_assert_null (banks.func);
  if (banks.stopped)
    return FALSE;
  banks.searches++;
  banks.count = count;
  banks.func = func;
  banks.data = data;
  return TRUE;
}

static const WeirBanksClass banks_class = { .get = get };

static void
answer (const WeirBankMatch *matches, guint n)
{
  WeirBankSearchFunc func = banks.func;

  g_assert_nonnull (func);
  banks.func = NULL;
  func (matches, n, banks.data);
}

static FixturePublisher the_second;

static void
set_up (Fixture *f, gconstpointer data)
{
  fixture_set_up (f, data);
  banks = (Banks){ .parent = { &banks_class } };
  f->control.banks = &banks.parent;
  weir_look_back_set_search (f->control.look_back, search, NULL);
  fixture_publisher_init (&the_second);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  fixture_tear_down (f, data);
  fixture_publisher_clear (&the_second);
}

static WeirStream *
start_second (Fixture *f)
{
  WeirStream *stream;

  g_assert_cmpint (
      fixture_publish (f, &the_second, "live", "b", "", &stream, NULL), ==,
      WEIR_ADMIT_OK);
  return stream;
}

static guint
hits_of (Fixture *f, const WeirStream *stream)
{
  const WeirCase *c = stream->case_id
                          ? weir_cases_find (f->control.cases, stream->case_id)
                          : NULL;

  return c != NULL ? c->hits : 0;
}

/* Only what nobody was told of, within the bank's radius and quality, and of no
 * picture that is known to be good; and that only once. */
static void
test_what (Fixture *f, gconstpointer data)
{
  static const WeirBankMatch matches[] = {
    { 0, 0, 12 }, /* new */
    { 1, 0, 12 }, /* was told */
    { 2, 1, 31 }, /* of low quality */
    { 3, 2, 11 }, /* beyond the radius of "two", and nothing at 99 */
    { 3, 99, 0 },
    { 4, 1, 20 }, /* known to be good */
    { 4, 3, 25 },
    { 5, 0, 32 },
    { 6, 0, 12 }, /* was told; the other one was not */
    { 6, 1, 13 },
  };
  WeirStream *a = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);

  weir_look_back_begin (f->control.look_back);
  g_assert_cmpuint (banks.searches, ==, 0); /* nothing was looked at */
  for (guint i = 0; i < 7; i++)
    fixture_sample (
        f, a, 1000 * i, 0, i == 1 || i == 6 ? 12 : -1, i == 2 ? 49 : 98);
  fixture_wait_for_store (f);
  g_assert_cmpuint (hits_of (f, a), ==, 2);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 1);

  weir_look_back_begin (f->control.look_back);
  g_assert_cmpuint (banks.count, ==, 7);
  answer (matches, G_N_ELEMENTS (matches));
  fixture_wait_for_store (f);
  g_assert_cmpuint (hits_of (f, a), ==, 4);
  g_assert_cmpuint (f->control.known_good, ==, 0); /* not fed again */

  /* The same again: they are told by now. */
  weir_look_back_begin (f->control.look_back);
  answer (matches, G_N_ELEMENTS (matches));
  fixture_wait_for_store (f);
  g_assert_cmpuint (hits_of (f, a), ==, 4);
  g_assert_cmpuint (banks.searches, ==, 2);
  g_assert_null (banks.func);
}

/* What matches only what is passed over is not fed to the finder again. */
static void
test_passed_over (Fixture *f, gconstpointer data)
{
  static const WeirBankMatch match = { 0, 1, 20 };
  WeirStream *a = fixture_start_stream (f, "a");

  fixture_sample (f, a, 0, 0, -1, 98);
  weir_quarantines_put (f->control.quarantines,
      weir_quarantine_new ("one", "far", "by hand", "op", 1));
  weir_look_back_begin (f->control.look_back);
  answer (&match, 1);
  fixture_wait_for_store (f);
  g_assert_cmpuint (hits_of (f, a), ==, 0);
  g_assert_cmpuint (f->control.quarantined, ==, 0);
}

/* One entry is looked for where it is near to a picture, beside all the others
 * of that stream: so what is known to be good is not flagged. */
static void
test_one (Fixture *f, gconstpointer data)
{
  static const WeirBankMatch good[] = { { 0, 3, 0 }, { 0, 0, 5 } };
  static const WeirBankMatch bad = { 0, 0, 0 };
  static const guint8 far[WEIR_SAMPLE_HASH_BYTES] = { 0xff, 0xff, 0xff, 0xff };
  static const guint8 hash[WEIR_SAMPLE_HASH_BYTES];
  WeirStream *a = fixture_start_stream (f, "a");
  WeirStream *b = start_second (f);
  WeirLookBack *look_back = f->control.look_back;

  fixture_sample (f, a, 0, 0, -1, 98);
  fixture_sample (f, a, 1000, 0, -1, 98);
  fixture_sample (f, b, 0, 0, -1, 40); /* of low quality */
  g_assert_cmpuint (weir_look_back_at (look_back, far, 0), ==, 0);
  g_assert_cmpuint (weir_look_back_at (look_back, hash, 3), ==, 0);
  g_assert_cmpuint (weir_look_back_at (look_back, hash, 99), ==, 0);
  g_assert_cmpuint (banks.searches, ==, 0);

  g_assert_cmpuint (weir_look_back_at (look_back, hash, 0), ==, 2);
  g_assert_cmpuint (banks.searches, ==, 1);
  g_assert_cmpuint (banks.count, ==, 2);
  /* More of them meanwhile: once more is enough. */
  g_assert_cmpuint (weir_look_back_at (look_back, hash, 1), ==, 2);
  g_assert_cmpuint (weir_look_back_at (look_back, hash, 0), ==, 2);
  answer (good, G_N_ELEMENTS (good));
  fixture_wait_for_store (f);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
  g_assert_cmpuint (banks.searches, ==, 2);
  answer (&bad, 1);
  fixture_wait_for_store (f);
  g_assert_cmpuint (hits_of (f, a), ==, 1);
  g_assert_cmpuint (banks.searches, ==, 2);
  g_assert_null (banks.func);
}

/* One stream after the other; who ends meanwhile is passed over, who is there
 * gets a case. */
static void
test_ends (Fixture *f, gconstpointer data)
{
  static const WeirBankMatch match = { 0, 1, 20 };
  WeirStream *b = start_second (f); /* the first that is looked at */
  WeirStream *a = fixture_start_stream (f, "a");

  fixture_sample (f, a, 0, 0, -1, 98);
  fixture_sample (f, b, 0, 0, -1, 98);
  fixture_sample (f, b, 1000, 0, -1, 98);
  weir_look_back_begin (f->control.look_back);
  g_assert_cmpuint (banks.searches, ==, 1);
  g_assert_cmpuint (banks.count, ==, 2);
  fixture_assert_command (
      f, NULL, "{'type': 'stream.cut', 'stream': 'live/b'}");
  fixture_wait_for_streams (f, 1);
  answer (&match, 1);
  fixture_wait_for_store (f);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);

  g_assert_cmpuint (banks.searches, ==, 2);
  g_assert_cmpuint (banks.count, ==, 1);
  answer (&match, 1);
  fixture_wait_for_store (f);
  g_assert_cmpuint (
      weir_cases_count_open_of (f->control.cases, "live/a"), ==, 1);
  g_assert_null (banks.func);
}

/* Others again while it looks: all of it anew, after the search under way. */
static void
test_again (Fixture *f, gconstpointer data)
{
  WeirStream *a = fixture_start_stream (f, "a");
  WeirStream *b = start_second (f);

  fixture_sample (f, a, 0, 0, -1, 98);
  fixture_sample (f, b, 0, 0, -1, 98);
  weir_look_back_begin (f->control.look_back);
  weir_look_back_begin (f->control.look_back);
  for (guint i = 1; i <= 3; i++) {
    g_assert_cmpuint (banks.searches, ==, i);
    answer (NULL, 0);
  }
  g_assert_cmpuint (banks.searches, ==, 3);
  g_assert_null (banks.func);
}

/* The banks have stopped: nothing is searched, nothing waits. */
static void
test_stopped (Fixture *f, gconstpointer data)
{
  WeirStream *a = fixture_start_stream (f, "a");

  fixture_sample (f, a, 0, 0, -1, 98);
  banks.stopped = TRUE;
  weir_look_back_begin (f->control.look_back);
  g_assert_cmpuint (banks.searches, ==, 0);
  banks.stopped = FALSE;
  weir_look_back_begin (f->control.look_back);
  g_assert_cmpuint (banks.searches, ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/look-back/what", test_what },
    { "/look-back/passed-over", test_passed_over },
    { "/look-back/one", test_one },
    { "/look-back/ends", test_ends },
    { "/look-back/again", test_again },
    { "/look-back/stopped", test_stopped },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (
        tests[i].path, Fixture, SETTINGS, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
