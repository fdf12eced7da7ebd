/* How much speaks for looking closer at one stream. Pure: the time comes in.
 *
 * Every reason has a level of its own that events raise and time halves; the
 * risk is one minus the product of what each reason leaves (0: nothing speaks
 * against the stream, towards 1: everything does). Any clock that does not run
 * backwards will do; a time before the last one counts as the last one. */
#pragma once

#include <glib.h>

typedef enum {
  WEIR_RISK_NEW_PUBLISHER,  /* little is known of who publishes */
  WEIR_RISK_VERDICT,        /* something of the publisher was withheld before */
  WEIR_RISK_REPORT,         /* somebody has reported the stream */
  WEIR_RISK_HIT,            /* a listed picture */
  WEIR_RISK_NEAR_MISS,      /* a picture near a listed one */
  WEIR_RISK_SHARED_PICTURE, /* other publishers show the same picture */
  WEIR_RISK_RISING_SCORE,   /* a scorer's scores rise towards its threshold */
  WEIR_RISK_REASONS,
} WeirRiskReason;

/* In words, for people: "a new publisher". */
const char *weir_risk_reason_text (WeirRiskReason reason);

typedef struct {
  gint64 half_life_ms;
  gint64 at_ms;
  double levels[WEIR_RISK_REASONS]; /* as they were at AT_MS */
} WeirRisk;

/* HALF_LIFE_MS is at least 1. A verdict is remembered longer than that. */
void weir_risk_init (WeirRisk *risk, gint64 half_life_ms, gint64 now_ms);

/* STRENGTH is clamped to 0 to 1. Raising for the same reason again adds
 * up, to the most that it may weigh. */
void weir_risk_raise (
    WeirRisk *risk, WeirRiskReason reason, double strength, gint64 now_ms);

/* As high as one event of STRENGTH makes it, however often that is said. For
 * what is a state and no event. */
void weir_risk_hold (
    WeirRisk *risk, WeirRiskReason reason, double strength, gint64 now_ms);

double weir_risk_get (const WeirRisk *risk, gint64 now_ms);

/* The reason that weighs most; FALSE when none is worth a word. */
gboolean weir_risk_get_reason (
    const WeirRisk *risk, gint64 now_ms, WeirRiskReason *ret_reason);

/* From how far a picture is from a listed one: 1 just beyond RADIUS, 0 from
 * WEIR_RISK_FAR on. */
#define WEIR_RISK_FAR 64
double weir_risk_nearness (guint distance, guint radius);

/* Risk in steps, so that what follows from it does not change every second:
 * a step up is taken at once, one down when the risk is clearly below it. */
#define WEIR_RISK_BANDS 8
guint weir_risk_band (double risk, guint previous);
