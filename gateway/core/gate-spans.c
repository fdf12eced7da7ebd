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

/* What comes of it is known to nobody by its number, so that lifting one does
 * not lift the other with it. */
static void
join_nearest (WeirGateSpans *spans)
{
  guint best = 0;
  gint64 least = G_MAXINT64;
  WeirGateSpan *a, *b;

  for (guint i = 0; i + 1 < spans->count; i++) {
    gint64 to_ms = spans->spans[i].to_ms;
    gint64 gap = to_ms >= spans->spans[i + 1].from_ms
                     ? 0
                     : spans->spans[i + 1].from_ms - to_ms;

    if (gap < least) {
      least = gap;
      best = i;
    }
  }
  a = &spans->spans[best];
  b = &spans->spans[best + 1];
  a->to_ms = MAX (a->to_ms, b->to_ms);
  a->under_way = a->under_way || b->under_way;
  a->kind = MAX (a->kind, b->kind);
  a->id = ++spans->last_id;
  drop (spans, best + 1);
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
