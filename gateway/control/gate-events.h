/* Tells reviewers what a gate does: the event gate.changed. Loop thread. */
#pragma once

#include "control/stream.h"

/* Why a gate changed. */
typedef struct {
  const char *cause; /* "reviewer", "policy", "analysis", "unattended",
                        "store", "window", "slate" (there is none for
                        its codec) or "span": its time has come */
  const char *by;    /* for people */
} WeirGateWhy;

/* ANSWER: what the gate made of it. TOOK_US: from the decision's arrival to the
 * last content byte, below 0 where that says nothing. EXPOSURE_MS below 0: of
 * no span in particular. */
void weir_gate_events_tell (WeirControl *control, WeirStream *stream,
    WeirGateWhy why, const WeirGateAnswer *answer, gint64 exposure_ms,
    gint64 took_us);

/* Tells of a state that changed by itself since something was told: a span
 * began or is over. For every tick; cheap when nothing did. */
void weir_gate_events_look (WeirStream *stream);
