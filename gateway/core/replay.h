/* What a policy would have made of hits that were kept, and how that differs
 * from another one. Pure. What people decided meanwhile is not played back. */
#pragma once

#include "core/finder.h"

/* A picture that hit, as the store keeps it. Borrowed. */
typedef struct {
  gint64 wall_ms;
  const char *stream; /* "APP/NAME" */
  gint64 started_ms;  /* of the stream, so that two of a name differ */
  gint64 pts_ms;
  guint quality;
  guint clean; /* pictures since the one before that hit nothing */
  gint64 clean_from_ms;
  gint64 clean_to_ms;
  guint n_hits;
  const WeirPolicyHit *hits; /* nearest first */
} WeirReplayHit;

typedef struct {
  char *stream;
  gint64 started_ms;
  gint64 wall_ms;  /* when it began */
  gint64 first_ms; /* stream time of its first and last hit */
  gint64 last_ms;
  WeirAction action; /* the strictest */
  char *policy;      /* that wanted it, "" for the bank's own */
  guint priority;    /* the greatest */
  char *bank;
  char *item;
  char *reason;
} WeirReplayFinding;

/* HITS: WeirReplayHit, oldest first. Returns WeirReplayFinding, in order of
 * their beginning. */
GPtrArray *
weir_replay_run (const GArray *hits, const WeirPolicy *policy, gint64 gap_ms);

/* One of them is NULL when only the other policy finds it. Borrowed. */
typedef struct {
  const WeirReplayFinding *before;
  const WeirReplayFinding *after;
} WeirReplayChange;

/* What is found of the same pictures, side by side; TRUE of a change when
 * action or priority differ. WeirReplayChange, in order of their time. */
GArray *weir_replay_compare (const GPtrArray *before, const GPtrArray *after);
gboolean weir_replay_differs (const WeirReplayChange *change);
