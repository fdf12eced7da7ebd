/* Samples to findings and their flagged span. */
#include "core/evidence.h"

typedef struct {
  gint64 pts_ms;
  gboolean hit;
  WeirEvidenceChange change;
  gint64 from_ms; /* after it; -2: there is no finding */
  gint64 to_ms;
  guint hits;
} Step;

static void
play (const Step *steps, guint n)
{
  WeirEvidence e;

  weir_evidence_init (&e, 5000);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint (weir_evidence_add (&e, steps[i].pts_ms, steps[i].hit), ==,
        steps[i].change);
    g_assert_true (e.any == (steps[i].from_ms != -2));
    if (!e.any)
      continue;
    g_assert_cmpint (e.from_ms, ==, steps[i].from_ms);
    g_assert_cmpint (e.to_ms, ==, steps[i].to_ms);
    g_assert_cmpuint (e.hits, ==, steps[i].hits);
  }
}

static void
test_span (void)
{
  static const Step steps[] = {
    { 0, FALSE, WEIR_EVIDENCE_NONE, -2, 0, 0 },
    { 1000, FALSE, WEIR_EVIDENCE_NONE, -2, 0, 0 },
    { 2000, TRUE, WEIR_EVIDENCE_BEGIN, 1000, -1, 1 },
    { 3000, TRUE, WEIR_EVIDENCE_MORE, 1000, -1, 2 },
    { 4000, FALSE, WEIR_EVIDENCE_END, 1000, 4000, 2 },
    { 5000, FALSE, WEIR_EVIDENCE_NONE, 1000, 4000, 2 },
    /* Within the gap the span opens again. */
    { 8000, TRUE, WEIR_EVIDENCE_MORE, 1000, -1, 3 },
    { 9000, FALSE, WEIR_EVIDENCE_END, 1000, 9000, 3 },
    { 13001, TRUE, WEIR_EVIDENCE_BEGIN, 9000, -1, 1 },
  };

  play (steps, G_N_ELEMENTS (steps));
}

static void
test_edges (void)
{
  static const Step steps[] = {
    /* Nothing clean before: from the beginning. */
    { 7000, TRUE, WEIR_EVIDENCE_BEGIN, 0, -1, 1 },
    { 12000, TRUE, WEIR_EVIDENCE_MORE, 0, -1, 2 },
    { 17001, TRUE, WEIR_EVIDENCE_BEGIN, 0, -1, 1 },
    /* Late news of a clean sample before the hit close nothing. */
    { 16000, FALSE, WEIR_EVIDENCE_NONE, 0, -1, 1 },
    { 17001, FALSE, WEIR_EVIDENCE_NONE, 0, -1, 1 },
    /* Nor does an older hit move the last one back. */
    { 16500, TRUE, WEIR_EVIDENCE_MORE, 0, -1, 2 },
    { 17002, FALSE, WEIR_EVIDENCE_END, 0, 17002, 2 },
  };
  static const Step before_zero[] = {
    { -50, TRUE, WEIR_EVIDENCE_BEGIN, 0, -1, 1 },
    { 10, FALSE, WEIR_EVIDENCE_END, 0, 10, 1 },
  };

  play (steps, G_N_ELEMENTS (steps));
  play (before_zero, G_N_ELEMENTS (before_zero));
}

static void
test_forget (void)
{
  WeirEvidence e;

  weir_evidence_init (&e, 5000);
  weir_evidence_add (&e, 1000, FALSE);
  weir_evidence_add (&e, 2000, TRUE);
  weir_evidence_forget (&e);
  g_assert_false (e.any);
  g_assert_cmpint (weir_evidence_add (&e, 2500, FALSE), ==, WEIR_EVIDENCE_NONE);
  g_assert_cmpint (weir_evidence_add (&e, 3000, TRUE), ==, WEIR_EVIDENCE_BEGIN);
  g_assert_cmpint (e.from_ms, ==, 2500);
  g_assert_cmpuint (e.hits, ==, 1);
}

/* Samples in order, at random: a span is well formed, holds its hits, and
 * begins and ends at a clean sample. */
static void
test_in_order (void)
{
  WeirEvidence e;
  gint64 pts_ms = 0;

  weir_evidence_init (&e, 3000);
  for (guint i = 0; i < 100000; i++) {
    gboolean hit = g_test_rand_int_range (0, 5) == 0;
    WeirEvidenceChange change;

    pts_ms += g_test_rand_int_range (1, 3000);
    change = weir_evidence_add (&e, pts_ms, hit);
    g_assert_true (
        hit == (change == WEIR_EVIDENCE_BEGIN || change == WEIR_EVIDENCE_MORE));
    if (!e.any)
      continue;
    g_assert_cmpint (e.from_ms, >=, 0);
    g_assert_cmpint (e.from_ms, <=, e.first_hit_ms);
    g_assert_cmpint (e.first_hit_ms, <=, e.last_hit_ms);
    g_assert_true (e.to_ms < 0 || e.to_ms > e.last_hit_ms);
    g_assert_true (!hit || e.to_ms < 0);
    g_assert_true (hit || e.to_ms >= 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/evidence/span", test_span);
  g_test_add_func ("/evidence/edges", test_edges);
  g_test_add_func ("/evidence/forget", test_forget);
  g_test_add_func ("/evidence/in-order", test_in_order);
  return g_test_run ();
}
