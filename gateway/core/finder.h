/* From samples to findings: what the pictures of one stream amount to under a
 * policy, and why, in words. Pure: the policy is handed in with each sample,
 * so another one takes effect with the next, on the same history. */
#pragma once

#include "core/policy.h"

/* Banks that one sample is remembered to have hit, the nearest first. */
#define WEIR_FINDER_MAX_BANKS 16

typedef enum {
  WEIR_FINDING_NONE,  /* nothing new */
  WEIR_FINDING_NOTE,  /* a rule that only writes down is satisfied, the first
                         time for GAP_MS */
  WEIR_FINDING_BEGIN, /* the evidence suffices for a new finding */
  WEIR_FINDING_MORE,  /* one more hit of it */
  WEIR_FINDING_END,   /* the clean sample that closes its span */
} WeirFindingChange;

/* Strings and hits are borrowed until the finder is used again. */
typedef struct {
  WeirFindingChange change;
  WeirPolicyHit hit; /* the nearest that counts; not of END and NONE */
  guint quality;
  WeirAction action;  /* of the strictest rule that is satisfied now; NONE with
                         MORE when the evidence no longer suffices */
  const char *policy; /* its name, "" for the bank's own */
  guint priority;
  gint64 timeout_ms;
  WeirTimeout on_timeout;
  guint hits; /* pictures that count for it */
  guint of;   /* of so many looked at */
  gint64 first_hit_ms;
  gint64 from_ms; /* flagged span, stream time */
  gint64 to_ms;   /* -1 while open */
  const char *reason;
} WeirFinding;

typedef struct _WeirFinder WeirFinder;

/* Findings of APP; hits closer together than GAP_MS belong to one. */
WeirFinder *weir_finder_new (const char *app, gint64 gap_ms);
void weir_finder_free (WeirFinder *finder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirFinder, weir_finder_free)

/* The picture at PTS_MS was looked at. HITS: nearest first, copied; none: it
 * is clean under any policy. RET_NOTE: NOTE, beside whatever RET is, or
 * NONE. */
void weir_finder_add (WeirFinder *finder, const WeirPolicy *policy,
    gint64 pts_ms, guint quality, const WeirPolicyHit *hits, guint n_hits,
    WeirFinding *ret, WeirFinding *ret_note);

/* The last sample belongs to another finding than the one it joined: forgets
 * that one. If its evidence suffices RET is the new one's beginning, and what
 * hits before it is not part of it. */
gboolean weir_finder_restart (WeirFinder *finder, WeirFinding *ret);
