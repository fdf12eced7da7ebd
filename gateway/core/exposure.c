/* Joins what was sent to spans and measures how much of a stretch they
 * cover. */
#include "core/exposure.h"

#include <stdlib.h>
#include <string.h>

void
weir_exposure_init (WeirExposure *exposure)
{
  exposure->count = 0;
}

static void
join (WeirExposureSpan *span, const WeirExposureSpan *other)
{
  if (other->first < span->first)
    span->begins = other->begins;
  span->first = MIN (span->first, other->first);
  span->end = MAX (span->end, other->end);
  span->from_ms = MIN (span->from_ms, other->from_ms);
  span->to_ms = MAX (span->to_ms, other->to_ms);
}

static void
drop (WeirExposure *exposure, guint index)
{
  exposure->count--;
  memmove (&exposure->spans[index], &exposure->spans[index + 1],
      (exposure->count - index) * sizeof (WeirExposureSpan));
}

static gboolean
touch (const WeirExposureSpan *a, const WeirExposureSpan *b)
{
  if (a->end == b->first)
    return !b->begins;
  if (b->end == a->first)
    return !a->begins;
  return a->first < b->end && b->first < a->end;
}

void
weir_exposure_sent (WeirExposure *exposure, guint64 position, gboolean shows,
    gboolean begins, gint64 pts_ms)
{
  /* The end of a picture is not known; one millisecond after its PTS is the
   * least that was shown of it. */
  WeirExposureSpan new = { position, position + 1, G_MAXINT64, G_MININT64,
    begins };

  if (shows) {
    new.from_ms = pts_ms;
    new.to_ms = pts_ms + 1;
  }
  /* Nearly always one step: the newest span grows. */
  for (guint i = exposure->count; i-- > 0;) {
    WeirExposureSpan *span = &exposure->spans[i];

    if (!touch (span, &new))
      continue;
    join (span, &new);
    /* It may now reach an older one that a slower egress left behind. */
    for (guint j = i; j-- > 0;) {
      if (touch (span, &exposure->spans[j])) {
        join (&exposure->spans[j], span);
        drop (exposure, i);
        return;
      }
    }
    return;
  }
  if (exposure->count == WEIR_EXPOSURE_MAX_SPANS) {
    join (&exposure->spans[0], &exposure->spans[1]);
    drop (exposure, 1);
  }
  exposure->spans[exposure->count++] = new;
}

static int
by_from (const void *a, const void *b)
{
  const WeirExposureSpan *x = a, *y = b;

  return x->from_ms < y->from_ms ? -1 : x->from_ms > y->from_ms;
}

gint64
weir_exposure_ms (const WeirExposure *exposure, gint64 from_ms, gint64 to_ms)
{
  WeirExposureSpan spans[WEIR_EXPOSURE_MAX_SPANS];
  gint64 covered = 0;

  if (to_ms < 0)
    to_ms = G_MAXINT64;
  memcpy (spans, exposure->spans, exposure->count * sizeof *spans);
  qsort (spans, exposure->count, sizeof *spans, by_from);
  for (guint i = 0; i < exposure->count; i++) {
    gint64 from = MAX (spans[i].from_ms, from_ms);
    gint64 to = MIN (spans[i].to_ms, to_ms);

    if (from < to) {
      covered += to - from;
      from_ms = to;
    }
  }
  return covered;
}
