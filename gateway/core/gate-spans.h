/* The spans of stream time that are withheld: redactions, dumps and holds.
 * Pure data; the gate asks it of every picture in decoding order.
 *
 * A span is under way from the first picture with PTS at or after its beginning
 * on, and is over at the first key frame with PTS at or after its end. */
#pragma once

#include <glib.h>

/* With more, the two that lie nearest become one: more is withheld then,
 * never less. A hold is lifted for its own case, so holds stay apart until
 * nearly all are holds; then what two of them came to is not lifted for
 * either case, only with all that is open or under way. */
#define WEIR_GATE_MAX_SPANS 64

typedef enum {
  WEIR_GATE_SPAN_REDACT,
  WEIR_GATE_SPAN_DUMP,
  WEIR_GATE_SPAN_HOLD, /* until somebody decides */
} WeirGateSpanKind;

typedef struct {
  guint64 id; /* from 1 on; never used twice in a gate */
  gint64 from_ms;
  gint64 to_ms; /* G_MAXINT64: open */
  WeirGateSpanKind kind;
  gboolean under_way;
} WeirGateSpan;

typedef struct {
  WeirGateSpan spans[WEIR_GATE_MAX_SPANS]; /* in order of from_ms */
  guint count;
  guint64 last_id;
} WeirGateSpans;

/* Returns the new span's id, that of the span it became a part of when there
 * was no room. FROM_MS is below TO_MS. */
guint64 weir_gate_spans_add (WeirGateSpans *spans, WeirGateSpanKind kind,
    gint64 from_ms, gint64 to_ms, gboolean under_way);

/* A key frame that claims to be shown so long after it is decoded ends no
 * span: nobody is to get out of one by a false time. */
#define WEIR_GATE_SPANS_MAX_AHEAD_MS 2000

/* The next picture in decoding order: TRUE when it is withheld. RET_ENDED_MS
 * becomes the end of the last span that it ended, if it ended one. */
gboolean weir_gate_spans_step (WeirGateSpans *spans, gint64 dts_ms,
    gint64 pts_ms, gboolean key, gint64 *ret_ended_ms);

/* Sound and metadata go by time alone: withheld from a span's beginning until
 * the picture has left it. */
gboolean weir_gate_spans_cover (const WeirGateSpans *spans, gint64 pts_ms);

/* Whether a span of KIND is under way. */
gboolean weir_gate_spans_is_under_way (
    const WeirGateSpans *spans, WeirGateSpanKind kind);

/* FALSE when there is none (any more). */
gboolean weir_gate_spans_remove (WeirGateSpans *spans, guint64 id);

/* Those that are open or under way; returns how many. */
guint weir_gate_spans_lift (WeirGateSpans *spans);
