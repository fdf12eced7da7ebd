/* Samples to findings under a policy: evidence rules by table, the reason in
 * words, and properties at random. */
#include "core/finder.h"

#include <string.h>

#define GAP_MS 30000

static const WeirPolicyHit near_a = { "a", "a@1", "film", 12, 0, 31, 50,
  WEIR_ACTION_CASE, 50 };
static const WeirPolicyHit far_a = { "a", "a@9", "film", 28, 0, 31, 50,
  WEIR_ACTION_CASE, 50 };
static const WeirPolicyHit other_a = { "a", "x@1", "game", 20, 0, 31, 50,
  WEIR_ACTION_CASE, 50 };
static const WeirPolicyHit near_b = { "b", "b@1", "show", 3, 0, 31, 50,
  WEIR_ACTION_CASE, 50 };

/* Of a scorer with the threshold 0.80: 0.85, 0.93 and 0.60. */
#define SCORE(distance)                                                        \
  {                                                                            \
    "s", "s", "s", distance, 0, 457, 0, WEIR_ACTION_CASE, 50                   \
  }
static const WeirPolicyHit score_85 = SCORE (407);
static const WeirPolicyHit score_93 = SCORE (327);
static const WeirPolicyHit score_60 = SCORE (657);

static WeirPolicy *
make (const char *text)
{
  static const char *const banks[] = { "a", "b", "scorer s", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("f", text, strlen (text), &error);
  WeirPolicy *policy;

  g_assert_no_error (error);
  policy = weir_policy_new (settings, banks, &error);
  g_assert_no_error (error);
  return policy;
}

/* One sample a second and letter: 'n' near_a, 'f' far_a, 'o' other_a, 'b'
 * near_b, '2' near_b and far_a, 's', 'S', 'l' scores, '.' clean. Gives a letter
 * each: B begin, M more, E end, '-' none, N note. ACTION: of the last told,
 * RET_REASON its reason. */
static char *
play (const char *rules, const char *samples, WeirAction *ret_action,
    char **ret_reason)
{
  g_autoptr (WeirPolicy) policy = make (rules);
  g_autoptr (WeirFinder) finder = weir_finder_new ("live", GAP_MS);
  GString *told = g_string_new (NULL);

  *ret_action = WEIR_ACTION_NONE;
  *ret_reason = NULL;
  for (const char *s = samples; *s != '\0'; s++) {
    WeirPolicyHit hits[2] = { *s == 'n'   ? near_a
                              : *s == 'f' ? far_a
                              : *s == 'o' ? other_a
                              : *s == 's' ? score_85
                              : *s == 'S' ? score_93
                              : *s == 'l' ? score_60
                                          : near_b,
      far_a };
    WeirFinding finding, note;

    weir_finder_add (finder, policy, (s - samples) * 1000, 98, hits,
        *s == '.'   ? 0
        : *s == '2' ? 2
                    : 1,
        &finding, &note);
    g_string_append_c (told,
        note.change == WEIR_FINDING_NOTE && finding.change == WEIR_FINDING_NONE
            ? 'N'
            : "-NBME"[finding.change]);
    if (note.change == WEIR_FINDING_NOTE)
      finding = note;
    if (finding.change == WEIR_FINDING_NONE
        || finding.change == WEIR_FINDING_END)
      continue;
    *ret_action = finding.action;
    g_free (*ret_reason);
    *ret_reason = g_strdup (finding.reason);
  }
  return g_string_free (told, FALSE);
}

static void
test_table (void)
{
  static const struct {
    const char *rules;
    const char *samples;
    const char *told;
    WeirAction action; /* the last */
    const char *reason;
  } table[] = {
    /* Without rules a single hit within the bank's radius opens a case. */
    { "", "..n.", "--BE", WEIR_ACTION_CASE,
        "The picture at 2.0 s matches “film” of bank a, 12 bits of 256 differ, "
        "quality 98." },
    { "", "nff..n", "BMME-M", WEIR_ACTION_CASE,
        "The picture at 5.0 s matches “film” of bank a, 12 bits of 256 differ, "
        "quality 98." },
    { "[policy p]\nbank=a\nhits=3\nof=4\n", "n.nn.", "---BE", WEIR_ACTION_CASE,
        "3 of the last 4 pictures match “film” of bank a, nearest 12 bits of "
        "256, quality 98. Policy p asks you to "
        "decide." },
    { "[policy p]\nbank=a\nhits=3\nof=3\n", "n.nfn.", "----BE",
        WEIR_ACTION_CASE,
        "The last 3 pictures match “film” of bank a, nearest 12 bits of 256, "
        "quality 98. Policy p asks you to "
        "decide." },
    { "[policy p]\nbank=a\nhits=3\nof=3\n", "n.nf.n.nf", "---------",
        WEIR_ACTION_NONE, NULL },
    { "[policy p]\nhits=2\nwithin_ms=2000\naction=hold\n", "n...n.nn",
        "------BM", WEIR_ACTION_HOLD, "2 pictures in 1.0 s match" },
    { "[policy p]\nhits=2\n", "nf", "-B", WEIR_ACTION_CASE,
        "2 pictures in 1.0 s match “film” of bank a, nearest 12 bits of 256, "
        "quality 98. Policy p asks you to "
        "decide." },
    { "[policy p]\nhits=2\n", "no", "-B", WEIR_ACTION_CASE,
        "2 pictures in 1.0 s match bank a, nearest “film” with 12 bits "
        "of 256, quality 98. Policy p asks you to "
        "decide." },
    { "[policy p]\nhits=2\n", "nb", "-B", WEIR_ACTION_CASE,
        "2 pictures in 1.0 s match several banks, nearest “show” of bank b "
        "with 3 bits of 256, quality 98. Policy p asks you to "
        "decide." },
    /* A rule of one bank is not helped by another, nor by far hits. */
    { "[policy p]\nbank=a\nhits=2\n", "b", "B", WEIR_ACTION_CASE,
        "The picture at 0.0 s matches “show” of bank b, 3 bits of 256 differ, "
        "quality 98." },
    { "[policy p]\nbank=a\nradius=20\nhits=2\n", "fnf.n", "----B",
        WEIR_ACTION_CASE,
        "2 of the last 4 pictures match “film” of bank a, nearest 12 bits of "
        "256, quality 98. Policy p asks you to "
        "decide." },
    { "[policy p]\nbank=a\nmin_quality=99\n", "nn", "--", WEIR_ACTION_NONE,
        NULL },
    /* The strictest that is satisfied. */
    { "[policy one]\nbank=a\n[policy two]\nbank=a\nradius=15\nhits=2\nof=2\n"
      "action=cut\n",
        "fnn", "BMM", WEIR_ACTION_CUT,
        "The last 2 pictures match “film” of bank a, nearest 12 bits of 256, "
        "quality 98. Policy two cuts the stream." },
    { "[policy one]\nbank=a\n[policy two]\nbank=a\nradius=15\nhits=2\nof=2\n"
      "action=cut\n",
        "nnf", "BMM", WEIR_ACTION_CASE,
        "3 pictures in 2.0 s match “film” of bank a, nearest 12 bits of 256, "
        "quality 98. Policy one asks you to "
        "decide." },
    /* Notes: once, and no spans of their own. */
    { "[policy p]\nbank=a\naction=note\n", ".n.n.f", "-N----", WEIR_ACTION_NOTE,
        "The picture at 1.0 s matches “film” of bank a, 12 bits of 256 differ, "
        "quality 98. Policy p writes it down." },
    { "[policy p]\nbank=a\naction=note\n", "b2n.", "BME-", WEIR_ACTION_NOTE,
        "The picture at 1.0 s matches “film” of bank a, 28 bits of 256 differ, "
        "quality 98. Policy p writes it down." },
    /* Scores: one will do without a policy; a policy counts as for banks. */
    { "", ".s.", "-BE", WEIR_ACTION_CASE,
        "The picture at 1.0 s was scored 0.85 by “s”, threshold 0.80." },
    { "[policy p]\nhits=2\n", ".s.", "-BE", WEIR_ACTION_CASE,
        "The picture at 1.0 s was scored 0.85 by “s”, threshold 0.80." },
    { "", "ll", "--", WEIR_ACTION_NONE, NULL },
    { "[policy p]\nscorer=s\nhits=3\nof=5\naction=hold\n", "s.Sls", "----B",
        WEIR_ACTION_HOLD,
        "“s” scored 0.93 (threshold 0.80) on 3 of the last 5 pictures, for 4.0 "
        "s. Policy p withholds the stream until somebody decides." },
    { "[policy p]\nscorer=s\nhits=3\nof=5\naction=hold\n", "s...Sls..",
        "---------", WEIR_ACTION_NONE, NULL },
    { "[policy p]\nscorer=s\nhits=3\n", "sSs.", "--BE", WEIR_ACTION_CASE,
        "“s” scored 0.93 (threshold 0.80) on the last 3 pictures, for 2.0 s. "
        "Policy p asks you to decide." },
    { "[policy p]\nscorer=s\nthreshold=0.6\nhits=2\nwithin_ms=2000\n",
        "l...l.l", "------B", WEIR_ACTION_CASE,
        "“s” scored 0.60 (threshold 0.60) on 2 of the last 3 pictures, for 2.0 "
        "s. Policy p asks you to decide." },
    { "[policy p]\nscorer=s\nthreshold=0.9\naction=cut\n", "sS", "-B",
        WEIR_ACTION_CUT,
        "The picture at 1.0 s was scored 0.93 by “s”, threshold 0.90. Policy p "
        "cuts the stream." },
    { "[policy p]\nscorer=s\nhits=2\n[policy q]\nbank=a\nhits=2\n", "snsn",
        "--BM", WEIR_ACTION_CASE,
        "2 of the last 3 pictures match “film” of bank a" },
    /* Another application's. */
    { "[policy p]\napp=vod\naction=cut\n", "n", "B", WEIR_ACTION_CASE,
        "The picture at 0.0 s matches “film” of bank a, 12 bits of 256 differ, "
        "quality 98." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *reason = NULL;
    WeirAction action;
    g_autofree char *told =
        play (table[i].rules, table[i].samples, &action, &reason);

    g_test_message ("%u: %s", i, reason);
    g_assert_cmpstr (told, ==, table[i].told);
    g_assert_cmpint (action, ==, table[i].action);
    if (table[i].reason == NULL || reason == NULL)
      g_assert_cmpstr (reason, ==, table[i].reason);
    else if (strstr (reason, table[i].reason) != reason)
      g_error ("%u: \"%s\" instead of \"%s\"", i, reason, table[i].reason);
  }
}

static void
add (WeirFinder *finder, const WeirPolicy *policy, gint64 pts_ms,
    const WeirPolicyHit *hit, WeirFinding *ret)
{
  WeirFinding note;

  weir_finder_add (finder, policy, pts_ms, 98, hit, hit != NULL, ret, &note);
}

/* The span begins at the clean sample before the first picture that counts,
 * not before a stray one long before. */
static void
test_span (void)
{
  g_autoptr (WeirPolicy) policy = make ("[policy p]\nhits=2\nof=3\n");
  g_autoptr (WeirFinder) finder = weir_finder_new ("live", GAP_MS);
  WeirFinding f;

  add (finder, policy, 0, NULL, &f);
  add (finder, policy, 1000, &near_a, &f);
  add (finder, policy, 2000, NULL, &f);
  add (finder, policy, 9000, NULL, &f);
  add (finder, policy, 10000, &near_a, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_NONE);
  add (finder, policy, 11000, &far_a, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_BEGIN);
  g_assert_cmpint (f.from_ms, ==, 9000);
  g_assert_cmpint (f.first_hit_ms, ==, 10000);
  g_assert_cmpint (f.to_ms, ==, -1);
  g_assert_cmpuint (f.hits, ==, 2);
  add (finder, policy, 12000, NULL, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_END);
  g_assert_cmpint (f.to_ms, ==, 12000);
}

/* The table is handed in: another one finds with the history that is there. */
static void
test_reload (void)
{
  g_autoptr (WeirPolicy) slow = make ("[policy p]\nhits=9\n");
  g_autoptr (WeirPolicy) fast = make ("[policy q]\nhits=3\naction=hold\n");
  g_autoptr (WeirFinder) finder = weir_finder_new ("live", GAP_MS);
  WeirFinding f;

  add (finder, slow, 0, &near_a, &f);
  add (finder, slow, 1000, &near_a, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_NONE);
  add (finder, fast, 2000, &near_a, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_BEGIN);
  g_assert_cmpint (f.action, ==, WEIR_ACTION_HOLD);
  g_assert_cmpstr (f.policy, ==, "q");
  /* Back again: the finding stays what it is. */
  add (finder, slow, 3000, &near_a, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_MORE);
  g_assert_cmpint (f.action, ==, WEIR_ACTION_NONE);
}

static void
test_restart (void)
{
  g_autoptr (WeirPolicy) policy = make ("");
  g_autoptr (WeirFinder) finder = weir_finder_new ("live", GAP_MS);
  WeirFinding f;

  add (finder, policy, 0, &near_a, &f);
  add (finder, policy, 1000, NULL, &f);
  add (finder, policy, 2000, &other_a, &f);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_MORE);
  g_assert_true (weir_finder_restart (finder, &f));
  g_assert_cmpint (f.change, ==, WEIR_FINDING_BEGIN);
  g_assert_cmpint (f.from_ms, ==, 1000);
  g_assert_cmpstr (f.hit.item, ==, "game");
}

/* Random tables and samples: what is told is in order and well formed, an
 * action is never without its evidence, and it is the strictest. */
static void
test_random (void)
{
  static const WeirPolicyHit *const hits[] = { &near_a, &far_a, &other_a,
    &near_b };

  for (guint round = 0; round < 300; round++) {
    guint need = (guint) g_test_rand_int_range (2, 6);
    guint of = need + (guint) g_test_rand_int_range (0, 5);
    g_autofree char *rules = g_strdup_printf (
        "[policy c]\nradius=31\nhits=%u\nof=%u\n[policy h]\nradius=15\n"
        "hits=%u\nof=%u\naction=hold\n",
        need, of, need + 1, of + 1);
    g_autoptr (WeirPolicy) policy = make (rules);
    g_autoptr (WeirFinder) finder = weir_finder_new ("live", 5000);
    gboolean history[2][400] = { 0 };
    gboolean open = FALSE;
    gint64 pts_ms = 0;

    for (guint i = 0; i < 400; i++) {
      const WeirPolicyHit *hit = g_test_rand_int_range (0, 2)
                                     ? NULL
                                     : hits[g_test_rand_int_range (0, 4)];
      guint found[2] = { 0 };
      WeirAction wanted;
      WeirFinding f;

      pts_ms += g_test_rand_int_range (1, 2500);
      history[0][i] = hit != NULL;
      history[1][i] = hit != NULL && hit->distance <= 15;
      for (guint r = 0; r < 2; r++)
        for (guint k = 0; k < of + r && k <= i; k++)
          found[r] += history[r][i - k];
      wanted = history[1][i] && found[1] > need  ? WEIR_ACTION_HOLD
               : hit != NULL && found[0] >= need ? WEIR_ACTION_CASE
                                                 : WEIR_ACTION_NONE;
      add (finder, policy, pts_ms, hit, &f);
      g_assert_cmpint (f.action, ==, wanted);
      switch (f.change) {
      case WEIR_FINDING_BEGIN:
        open = TRUE;
        g_assert_cmpint (f.action, >=, WEIR_ACTION_CASE);
        G_GNUC_FALLTHROUGH;
      case WEIR_FINDING_MORE:
        g_assert_true (open);
        g_assert_nonnull (hit);
        g_assert_cmpstr (f.hit.entry, ==, hit->entry);
        g_assert_cmpint (f.to_ms, ==, -1);
        g_assert_cmpint (f.from_ms, >=, 0);
        g_assert_cmpint (f.from_ms, <=, pts_ms);
        g_assert_true (
            f.change != WEIR_FINDING_BEGIN || f.from_ms <= f.first_hit_ms);
        g_assert_cmpuint (f.hits, <=, f.of);
        g_assert_true (g_utf8_validate (f.reason, -1, NULL));
        break;
      case WEIR_FINDING_END:
        g_assert_true (open);
        g_assert_null (hit);
        g_assert_cmpint (f.to_ms, ==, pts_ms);
        break;
      case WEIR_FINDING_NONE:
        g_assert_cmpint (f.action, ==, WEIR_ACTION_NONE);
        break;
      case WEIR_FINDING_NOTE:
        g_assert_not_reached ();
      }
    }
  }
}

/* More banks than are remembered, and the same one often. */
static void
test_many_banks (void)
{
  g_autoptr (WeirPolicy) policy = make ("");
  g_autoptr (WeirFinder) finder = weir_finder_new ("live", GAP_MS);
  WeirPolicyHit hits[64];
  char names[64][8];
  WeirFinding f, note;

  for (guint i = 0; i < 64; i++) {
    g_snprintf (names[i], sizeof names[i], "%u", i / 2);
    hits[i] = near_a;
    hits[i].bank = names[i];
    hits[i].distance = i;
    hits[i].radius = 63;
  }
  for (guint n = 0; n < 200; n++)
    weir_finder_add (finder, policy, n, 98, hits, 64, &f, &note);
  g_assert_cmpuint (f.hit.distance, ==, 0);
  g_assert_cmpint (f.change, ==, WEIR_FINDING_MORE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/table", test_table);
  g_test_add_func ("/finder/span", test_span);
  g_test_add_func ("/finder/reload", test_reload);
  g_test_add_func ("/finder/restart", test_restart);
  g_test_add_func ("/finder/random", test_random);
  g_test_add_func ("/finder/many-banks", test_many_banks);
  return g_test_run ();
}
