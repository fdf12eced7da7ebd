/* The case record: every state by every verdict, and what a hit shows. */
#include "core/case.h"

typedef enum { OPEN, BLANKED, RELEASED, CUT, STATES } State;

static WeirCase *
case_in (State state)
{
  WeirCase *c = weir_case_new ("id", "live/cam", "somebody", 1000);

  if (state == BLANKED)
    weir_case_decide (c, WEIR_VERDICT_BLANK, "first", "why", 2000);
  else if (state == RELEASED)
    weir_case_decide (c, WEIR_VERDICT_RELEASE, "first", "why", 2000);
  else if (state == CUT)
    weir_case_decide (c, WEIR_VERDICT_CUT, "first", "why", 2000);
  return c;
}

static State
state_of (const WeirCase *c)
{
  if (c->open) {
    g_assert_cmpint (c->verdict, ==, WEIR_VERDICT_NONE);
    g_assert_cmpint (c->decided_ms, ==, 0);
    g_assert_null (c->decided_by);
    return c->interim == WEIR_VERDICT_BLANK ? BLANKED : OPEN;
  }
  g_assert_cmpint (c->interim, ==, WEIR_VERDICT_NONE);
  g_assert_nonnull (c->decided_by);
  return c->verdict == WEIR_VERDICT_CUT ? CUT : RELEASED;
}

static void
test_transitions (void)
{
  static const struct {
    WeirDecide outcome;
    State after;
  } table[STATES][4] = {
    /* none, release, blank, cut */
    [OPEN] = { { WEIR_DECIDE_CONFLICT, OPEN },
        { WEIR_DECIDE_APPLIED, RELEASED }, { WEIR_DECIDE_APPLIED, BLANKED },
        { WEIR_DECIDE_APPLIED, CUT } },
    [BLANKED] = { { WEIR_DECIDE_CONFLICT, BLANKED },
        { WEIR_DECIDE_APPLIED, RELEASED }, { WEIR_DECIDE_SAME, BLANKED },
        { WEIR_DECIDE_APPLIED, CUT } },
    [RELEASED] = { { WEIR_DECIDE_CONFLICT, RELEASED },
        { WEIR_DECIDE_SAME, RELEASED }, { WEIR_DECIDE_CONFLICT, RELEASED },
        { WEIR_DECIDE_APPLIED, CUT } },
    [CUT] = { { WEIR_DECIDE_CONFLICT, CUT }, { WEIR_DECIDE_CONFLICT, CUT },
        { WEIR_DECIDE_CONFLICT, CUT }, { WEIR_DECIDE_SAME, CUT } },
  };

  for (State s = OPEN; s < STATES; s++) {
    for (guint v = 0; v < G_N_ELEMENTS (table[s]); v++) {
      g_autoptr (WeirCase) c = case_in (s);

      g_assert_cmpint (state_of (c), ==, s);
      g_assert_cmpint (
          weir_case_may_decide (c, (WeirVerdict) v), ==, table[s][v].outcome);
      g_assert_cmpint (state_of (c), ==, s);
      g_assert_cmpint (
          weir_case_decide (c, (WeirVerdict) v, "second", "because", 3000), ==,
          table[s][v].outcome);
      g_assert_cmpint (state_of (c), ==, table[s][v].after);
      /* Only what is applied leaves a mark. */
      if (table[s][v].outcome == WEIR_DECIDE_APPLIED) {
        g_assert_cmpstr (c->note, ==, "because");
        if (!c->open) {
          g_assert_cmpstr (c->decided_by, ==, "second");
          g_assert_cmpint (c->decided_ms, ==, 3000);
        }
      } else if (s != OPEN) {
        g_assert_cmpstr (c->note, ==, "why");
        g_assert_cmpint (c->decided_ms, ==, c->open ? 0 : 2000);
      }
    }
  }
}

static void
test_new (void)
{
  g_autoptr (WeirCase) c = weir_case_new ("id", "live/cam", "p", 77);

  g_assert_cmpstr (c->id, ==, "id");
  g_assert_cmpint (c->opened_ms, ==, 77);
  g_assert_cmpint (c->to_ms, ==, -1);
  g_assert_cmpint (c->exposure_ms, ==, -1);
  g_assert_cmpint (c->time_to_cut_us, ==, -1);
  g_assert_cmpuint (c->hits, ==, 0);
  weir_case_free (NULL);
}

static void
test_note (void)
{
  g_autoptr (WeirCase) c = case_in (BLANKED);

  weir_case_decide (c, WEIR_VERDICT_RELEASE, "second", "", 3000);
  g_assert_cmpstr (c->note, ==, "why");
  weir_case_decide (c, WEIR_VERDICT_CUT, "third", NULL, 4000);
  g_assert_cmpstr (c->note, ==, "why");
  g_assert_cmpstr (c->decided_by, ==, "third");
}

static void
test_hits (void)
{
  g_autoptr (WeirCase) c = case_in (OPEN);
  g_autoptr (GBytes) first = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) second = g_bytes_new_static ("2", 1);
  WeirCaseHit hit = { .bank = "terror",
    .entry = "e1",
    .item = "i1",
    .distance = 24,
    .quality = 90,
    .pts_ms = 12345,
    .sampled_ms = 500,
    .still = first,
    .reason = "one" };

  weir_case_add_hit (c, &hit);
  g_assert_cmpstr (c->reason, ==, "one");
  hit.reason = "two";
  /* A farther one and an equal one are counted, not shown. */
  hit.entry = "e2";
  hit.still = second;
  hit.pts_ms = 13000;
  weir_case_add_hit (c, &hit);
  hit.distance = 31;
  hit.pts_ms = 12900;
  weir_case_add_hit (c, &hit);
  g_assert_cmpuint (c->hits, ==, 3);
  g_assert_cmpstr (c->entry, ==, "e1");
  g_assert_cmpstr (c->reason, ==, "one");
  g_assert_true (c->still == first);
  g_assert_cmpint (c->first_hit_ms, ==, 12345);
  g_assert_cmpint (c->last_hit_ms, ==, 13000);

  hit.distance = 11;
  weir_case_add_hit (c, &hit);
  g_assert_cmpstr (c->entry, ==, "e2");
  g_assert_true (c->still == second);
  g_assert_cmpstr (c->reason, ==, "two");
  hit.distance = 10;
  hit.still = NULL;
  hit.pts_ms = -50;
  weir_case_add_hit (c, &hit);
  /* Better a still of the same finding than none. */
  g_assert_true (c->still == second);
  hit.distance = 0;
  hit.entry = NULL;
  hit.item = NULL;
  hit.bank = NULL;
  weir_case_add_hit (c, &hit);
  g_assert_null (c->entry);
}

/* What was wanted before is not taken back by something milder. */
static void
test_strengthen (void)
{
  g_autoptr (WeirCase) c = case_in (OPEN);

  g_assert_true (weir_case_strengthen (c, WEIR_ACTION_CASE, "", 80, "one"));
  g_assert_false (weir_case_strengthen (c, WEIR_ACTION_CASE, "p", 20, "two"));
  g_assert_cmpstr (c->policy, ==, "");
  g_assert_cmpstr (c->reason, ==, "one");
  g_assert_true (weir_case_strengthen (c, WEIR_ACTION_CUT, "p", 20, "three"));
  g_assert_false (weir_case_strengthen (c, WEIR_ACTION_HOLD, "q", 90, "four"));
  g_assert_cmpint (c->action, ==, WEIR_ACTION_CUT);
  g_assert_cmpstr (c->policy, ==, "p");
  g_assert_cmpstr (c->reason, ==, "three");
  g_assert_cmpuint (c->priority, ==, 90);
}

static void
test_names (void)
{
  WeirVerdict verdict = WEIR_VERDICT_NONE;
  static const char *const wrong[] = { "", "none", "Cut", "cut ", "released" };

  g_assert_null (weir_verdict_name (WEIR_VERDICT_NONE));
  for (WeirVerdict v = WEIR_VERDICT_RELEASE; v <= WEIR_VERDICT_CUT; v++) {
    g_assert_true (weir_verdict_from_string (weir_verdict_name (v), &verdict));
    g_assert_cmpint (verdict, ==, v);
  }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (weir_verdict_from_string (wrong[i], &verdict));
  g_assert_cmpint (verdict, ==, WEIR_VERDICT_CUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/case/transitions", test_transitions);
  g_test_add_func ("/case/new", test_new);
  g_test_add_func ("/case/note", test_note);
  g_test_add_func ("/case/hits", test_hits);
  g_test_add_func ("/case/strengthen", test_strengthen);
  g_test_add_func ("/case/names", test_names);
  return g_test_run ();
}
