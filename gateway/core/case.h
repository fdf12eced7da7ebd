/* A case: what a human decides on. The record and its transitions; pure. */
#pragma once

#include "core/policy.h"

typedef enum {
  WEIR_VERDICT_NONE,
  WEIR_VERDICT_RELEASE, /* let it pass */
  WEIR_VERDICT_BLANK,   /* in the meantime: stop the content, keep deciding */
  WEIR_VERDICT_CUT,     /* end the stream, bar the publisher */
} WeirVerdict;

const char *weir_verdict_name (WeirVerdict verdict); /* NULL for none */
gboolean weir_verdict_from_string (const char *text, WeirVerdict *ret_verdict);

typedef struct {
  char *id;
  char *stream; /* "APP/NAME" */
  char *publisher;
  guint64 stream_number; /* 0: it has ended */
  gboolean open;
  gint64 opened_ms; /* wall */
  gint64 public_ms; /* wall time at which the span's first packet is due */
  gint64 from_ms;   /* flagged span, stream time */
  gint64 to_ms;     /* -1 while open */
  gint64 first_hit_ms;
  gint64 last_hit_ms;
  gint64 sampled_ms; /* wall: last byte of the newest sampled packet read */
  guint hits;

  /* The nearest hit so far. */
  char *bank;
  char *entry;
  char *item;
  guint distance;
  guint quality;
  guint probe;
  GBytes *still; /* JPEG of it, or NULL */
  char *reason;  /* why, in words for the reviewer */

  /* The strictest that policy wanted so far. */
  WeirAction action;
  char *policy;       /* name of the [policy], "" for the bank's own */
  guint priority;     /* the greatest so far; 100 is the most urgent */
  gint64 deadline_ms; /* wall: then ON_TIMEOUT; 0: none, or it is past */
  WeirTimeout on_timeout;

  WeirVerdict interim; /* BLANK or NONE */
  WeirVerdict verdict; /* RELEASE, CUT or NONE */
  char *decided_by;
  gint64 decided_ms;     /* wall; 0 before */
  gint64 exposure_ms;    /* -1 before a decision */
  gint64 time_to_cut_us; /* -1 before it is known */
  guint64 hold_span;     /* of the gate, while it is held for this; 0: not */
  char *note;
} WeirCase;

WeirCase *weir_case_new (
    const char *id, const char *stream, const char *publisher, gint64 wall_ms);
void weir_case_free (WeirCase *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCase, weir_case_free)

/* A hit as a case remembers it. Borrowed strings; STILL may be NULL. */
typedef struct {
  const char *bank;
  const char *entry;
  const char *item;
  guint distance;
  guint quality;
  guint probe;
  gint64 pts_ms;
  gint64 sampled_ms;
  GBytes *still;
  const char *reason;
} WeirCaseHit;

/* Counts HIT and, when it is nearer than what the case shows, shows it
 * instead: bank, entry, still and reason. */
void weir_case_add_hit (WeirCase *c, const WeirCaseHit *hit);

/* POLICY wants ACTION for REASON. TRUE when that is stricter than what was
 * wanted so far: then it is what C shows. */
gboolean weir_case_strengthen (WeirCase *c, WeirAction action,
    const char *policy, guint priority, const char *reason);

typedef enum {
  WEIR_DECIDE_APPLIED,
  WEIR_DECIDE_SAME,     /* was decided so before: nothing changes */
  WEIR_DECIDE_CONFLICT, /* was decided otherwise */
} WeirDecide;

/* What VERDICT would do to C, without doing it. An open case takes every
 * verdict; a released one may still be cut; a cut one stays cut. */
WeirDecide weir_case_may_decide (const WeirCase *c, WeirVerdict verdict);

/* Does it. BY and NOTE are copied; NOTE may be NULL. */
WeirDecide weir_case_decide (WeirCase *c, WeirVerdict verdict, const char *by,
    const char *note, gint64 wall_ms);
/* Does it with WEIR_VERDICT_BLANK for BY; what a person wants withheld no
 * time-out releases. TRUE when that changes C. */
gboolean weir_case_blank (WeirCase *c, const char *by, gboolean by_person);
