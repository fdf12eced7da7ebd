/* A short list in order of beginning. */
#include "core/gate-spans.h"

#include <string.h>

static void
drop (WeirGateSpans *spans, guint index)
{
  spans->count--;
  memmove (&spans->spans[index], &spans->spans[index + 1],
      (spans->count - index) * sizeof (WeirGateSpan));
}

static gint64
gap_ms (const WeirGateSpan *a, const WeirGateSpan *b)
{
  return a->to_ms >= b->from_ms ? 0 : b->from_ms - a->to_ms;
}

/* The two next to each other with the least between them; holds, which are
 * lifted one by one, only if HOLDS. FALSE when there are no two. */
static gboolean
find_nearest (
    const WeirGateSpans *spans, gboolean holds, guint *ret_a, guint *ret_b)
{
  gint64 least = G_MAXINT64;
  gint last = -1;
  gboolean found = FALSE;

  for (guint i = 0; i < spans->count; i++) {
    const WeirGateSpan *span = &spans->spans[i];

    if (span->kind == WEIR_GATE_SPAN_HOLD && !holds)
      continue;
    if (last >= 0 && gap_ms (&spans->spans[last], span) < least) {
      least = gap_ms (&spans->spans[last], span);
      *ret_a = (guint) last;
      *ret_b = i;
      found = TRUE;
    }
    last = (gint) i;
  }
  return found;
}

/* What comes of it is known to nobody by its number, so that lifting one does
 * not lift the other with it. */
static void
join_nearest (WeirGateSpans *spans)
{
  guint at_a = 0, at_b = 1;
  WeirGateSpan *a, *b;

  if (!find_nearest (spans, FALSE, &at_a, &at_b))
    find_nearest (spans, TRUE, &at_a, &at_b);
  a = &spans->spans[at_a];
  b = &spans->spans[at_b];
  a->to_ms = MAX (a->to_ms, b->to_ms);
  a->under_way = a->under_way || b->under_way;
  a->kind = MAX (a->kind, b->kind);
  a->id = ++spans->last_id;
  drop (spans, at_b);
}

guint64
weir_gate_spans_add (WeirGateSpans *spans, WeirGateSpanKind kind,
    gint64 from_ms, gint64 to_ms, gboolean under_way)
{
  guint at;

  if (spans->count == WEIR_GATE_MAX_SPANS)
    join_nearest (spans);
  for (at = spans->count; at > 0 && spans->spans[at - 1].from_ms > from_ms;
       at--)
    spans->spans[at] = spans->spans[at - 1];
  spans->spans[at] = (WeirGateSpan){ .id = ++spans->last_id,
    .from_ms = from_ms,
    .to_ms = to_ms,
    .kind = kind,
    .under_way = under_way };
  spans->count++;
  return spans->last_id;
}

gboolean
weir_gate_spans_step (WeirGateSpans *spans, gint64 dts_ms, gint64 pts_ms,
    gboolean key, gint64 *ret_ended_ms)
{
  gint64 ends_ms = MIN (pts_ms, dts_ms + WEIR_GATE_SPANS_MAX_AHEAD_MS);
  gboolean withheld = FALSE;

  for (guint i = spans->count; i-- > 0;) {
    WeirGateSpan *span = &spans->spans[i];

    if (!span->under_way && pts_ms < span->from_ms)
      continue;
    if (key && ends_ms >= span->to_ms) {
      *ret_ended_ms = MAX (*ret_ended_ms, span->to_ms);
      drop (spans, i);
      continue;
    }
    span->under_way = TRUE;
    withheld = TRUE;
  }
  return withheld;
}

gboolean
weir_gate_spans_cover (const WeirGateSpans *spans, gint64 pts_ms)
{
  for (guint i = 0; i < spans->count; i++)
    if (spans->spans[i].from_ms <= pts_ms)
      return TRUE;
  return FALSE;
}

gboolean
weir_gate_spans_is_under_way (const WeirGateSpans *spans, WeirGateSpanKind kind)
{
  for (guint i = 0; i < spans->count; i++)
    if (spans->spans[i].kind == kind && spans->spans[i].under_way)
      return TRUE;
  return FALSE;
}

gboolean
weir_gate_spans_remove (WeirGateSpans *spans, guint64 id)
{
  for (guint i = 0; i < spans->count; i++)
    if (spans->spans[i].id == id) {
      drop (spans, i);
      return TRUE;
    }
  return FALSE;
}

guint
weir_gate_spans_lift (WeirGateSpans *spans)
{
  guint lifted = 0;

  for (guint i = spans->count; i-- > 0;) {
    const WeirGateSpan *span = &spans->spans[i];

    if (!span->under_way && span->to_ms != G_MAXINT64)
      continue;
    drop (spans, i);
    lifted++;
  }
  return lifted;
}
