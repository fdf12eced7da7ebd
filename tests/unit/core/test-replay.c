/* Kept hits under two policies, and what differs. */
#include "core/replay.h"

#include <string.h>

static const WeirPolicyHit near_hit = { "a", "a@1", "film", 12, 0, 31, 50,
  WEIR_ACTION_CASE, 50 };
static const WeirPolicyHit far_hit = { "a", "a@9", "film", 28, 0, 31, 50,
  WEIR_ACTION_CASE, 50 };

static WeirPolicy *
make (const char *text)
{
  static const char *const banks[] = { "a", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("f", text, strlen (text), &error);
  WeirPolicy *policy = weir_policy_new (settings, banks, &error);

  g_assert_no_error (error);
  return policy;
}

/* A picture a second: 'n' near, 'f' far, '.' clean. */
static void
keep (GArray *hits, const char *stream, gint64 started_ms, const char *pictures)
{
  guint clean = 0;

  for (const char *p = pictures; *p != '\0'; p++) {
    gint64 pts_ms = (p - pictures) * 1000;
    WeirReplayHit hit = { .wall_ms = started_ms + pts_ms,
      .stream = stream,
      .started_ms = started_ms,
      .pts_ms = pts_ms,
      .quality = 98,
      .clean = clean,
      .clean_from_ms = pts_ms - clean * 1000,
      .clean_to_ms = pts_ms - 1000,
      .n_hits = 1,
      .hits = *p == 'n' ? &near_hit : &far_hit };

    if (*p == '.') {
      clean++;
      continue;
    }
    clean = 0;
    g_array_append_val (hits, hit);
  }
}

static void
test_run (void)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (WeirReplayHit));
  g_autoptr (WeirPolicy) now = make ("");
  g_autoptr (WeirPolicy) later =
      make ("[policy p]\nhits=3\nof=4\naction=hold\npriority=70\n");
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (GArray) changes = NULL;
  const WeirReplayFinding *f;

  keep (hits, "live/stray", 1000, "....n.......");
  keep (hits, "live/real", 2000, "..n.nfn..");
  /* The same name, later. */
  keep (hits, "live/stray", 900000, "nn.f.....");
  before = weir_replay_run (hits, now, 30000);
  g_assert_cmpuint (before->len, ==, 3);
  after = weir_replay_run (hits, later, 30000);
  g_assert_cmpuint (after->len, ==, 2);
  f = g_ptr_array_index (after, 0);
  g_assert_cmpstr (f->stream, ==, "live/real");
  g_assert_cmpint (f->action, ==, WEIR_ACTION_HOLD);
  g_assert_cmpuint (f->priority, ==, 70);
  g_assert_cmpstr (f->policy, ==, "p");
  g_assert_cmpint (f->first_ms, ==, 2000);
  g_assert_cmpint (f->last_ms, ==, 6000);
  g_assert_true (g_str_has_prefix (f->reason, "3 of the last 4 pictures"));

  changes = weir_replay_compare (before, after);
  g_assert_cmpuint (changes->len, ==, 3);
  for (guint i = 0; i < changes->len; i++) {
    const WeirReplayChange *c = &g_array_index (changes, WeirReplayChange, i);

    g_assert_true (weir_replay_differs (c));
    g_assert_nonnull (c->before);
    g_assert_true ((c->after == NULL) == (i == 1));
  }
}

static void
test_same (void)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (WeirReplayHit));
  g_autoptr (WeirPolicy) policy =
      make ("[policy n]\nradius=31\naction=note\n[policy c]\nradius=15\n");
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (GArray) changes = NULL;

  keep (hits, "live/a", 0, "f..f..n..");
  before = weir_replay_run (hits, policy, 30000);
  after = weir_replay_run (hits, policy, 30000);
  g_assert_cmpuint (before->len, ==, 2);
  changes = weir_replay_compare (before, after);
  g_assert_cmpuint (changes->len, ==, 2);
  for (guint i = 0; i < changes->len; i++)
    g_assert_false (
        weir_replay_differs (&g_array_index (changes, WeirReplayChange, i)));
}

static void
test_new (void)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (WeirReplayHit));
  g_autoptr (WeirPolicy) now = make ("[policy p]\nradius=15\n");
  g_autoptr (WeirPolicy) later = make ("[policy p]\nradius=31\n");
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (GArray) changes = NULL;
  const WeirReplayChange *c;

  keep (hits, "live/a", 0, "..f...");
  before = weir_replay_run (hits, now, 30000);
  after = weir_replay_run (hits, later, 30000);
  changes = weir_replay_compare (before, after);
  g_assert_cmpuint (changes->len, ==, 1);
  c = &g_array_index (changes, WeirReplayChange, 0);
  g_assert_null (c->before);
  g_assert_cmpint (c->after->action, ==, WEIR_ACTION_CASE);
}

/* Playing what is kept finds what was found: the clean pictures left out make
 * no difference. */
static void
test_like_live (void)
{
  for (guint round = 0; round < 200; round++) {
    g_autofree char *rules =
        g_strdup_printf ("[policy p]\nhits=%d\nof=%d\nradius=20\n",
            g_test_rand_int_range (1, 4), g_test_rand_int_range (4, 61));
    g_autoptr (WeirPolicy) policy = make (rules);
    g_autoptr (WeirFinder) finder = weir_finder_new ("live", 5000);
    g_autoptr (GArray) hits =
        g_array_new (FALSE, FALSE, sizeof (WeirReplayHit));
    g_autoptr (GPtrArray) found = NULL;
    char pictures[301] = { 0 };
    guint begun = 0;

    for (guint i = 0; i < 300; i++) {
      int kind = g_test_rand_int_range (0, 12);
      WeirFinding finding, note;

      pictures[i] = kind == 0 ? 'n' : kind == 1 ? 'f' : '.';
      weir_finder_add (finder, policy, i * 1000, 98,
          kind == 0 ? &near_hit : &far_hit, kind < 2, &finding, &note);
      begun += finding.change == WEIR_FINDING_BEGIN;
    }
    keep (hits, "live/a", 0, pictures);
    found = weir_replay_run (hits, policy, 5000);
    g_assert_cmpuint (found->len, ==, begun);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replay/run", test_run);
  g_test_add_func ("/replay/same", test_same);
  g_test_add_func ("/replay/new", test_new);
  g_test_add_func ("/replay/like-live", test_like_live);
  return g_test_run ();
}
