/* The list of spans at its bound: what is joined, and what can be lifted. */
#include "core/gate-spans.h"

#define LONG_MS 1000

/* N spans of KIND from FROM_MS on, half of the time apart. Returns the last
 * one's id. */
static guint64
add_many (WeirGateSpans *spans, guint n, WeirGateSpanKind kind, gint64 from_ms)
{
  guint64 id = 0;

  for (guint i = 0; i < n; i++)
    id = weir_gate_spans_add (spans, kind, from_ms + i * LONG_MS,
        from_ms + i * LONG_MS + LONG_MS / 2, FALSE);
  return id;
}

static gboolean
is_covered (const WeirGateSpans *spans, gint64 ms)
{
  for (guint i = 0; i < spans->count; i++)
    if (spans->spans[i].from_ms <= ms && ms < spans->spans[i].to_ms)
      return TRUE;
  return FALSE;
}

/* Redactions, however many, take nothing from a hold among them. */
static void
test_hold_stays (void)
{
  WeirGateSpans spans = { 0 };
  guint64 hold;

  add_many (&spans, 30, WEIR_GATE_SPAN_REDACT, 0);
  hold = weir_gate_spans_add (
      &spans, WEIR_GATE_SPAN_HOLD, 30 * LONG_MS, G_MAXINT64, FALSE);
  add_many (
      &spans, 2 * WEIR_GATE_MAX_SPANS, WEIR_GATE_SPAN_REDACT, 31 * LONG_MS);
  g_assert_cmpuint (spans.count, ==, WEIR_GATE_MAX_SPANS);
  for (guint i = 0; i < 31 + 2 * WEIR_GATE_MAX_SPANS; i++)
    g_assert_true (is_covered (&spans, i * LONG_MS));
  g_assert_true (weir_gate_spans_remove (&spans, hold));
  g_assert_false (weir_gate_spans_remove (&spans, hold));
  /* What was redacted stays so. */
  for (guint i = 0; i < 30; i++)
    g_assert_true (is_covered (&spans, i * LONG_MS));
  g_assert_false (is_covered (&spans, G_MAXINT64 - 1));
}

/* Holds alone: the two nearest become one that neither lifts. */
static void
test_only_holds (void)
{
  WeirGateSpans spans = { 0 };
  guint64 last = add_many (&spans, WEIR_GATE_MAX_SPANS, WEIR_GATE_SPAN_HOLD, 0);

  add_many (&spans, 1, WEIR_GATE_SPAN_HOLD, WEIR_GATE_MAX_SPANS * LONG_MS);
  g_assert_cmpuint (spans.count, ==, WEIR_GATE_MAX_SPANS);
  g_assert_false (weir_gate_spans_remove (&spans, 1));
  g_assert_false (weir_gate_spans_remove (&spans, 2));
  g_assert_true (is_covered (&spans, 0));
  g_assert_true (is_covered (&spans, LONG_MS));
  g_assert_true (weir_gate_spans_remove (&spans, 3));
  g_assert_true (weir_gate_spans_remove (&spans, last));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate-spans/hold-stays", test_hold_stays);
  g_test_add_func ("/gate-spans/only-holds", test_only_holds);
  return g_test_run ();
}
