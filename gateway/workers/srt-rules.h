/* What weir-srt's listen callback must know to refuse callers by itself: keys,
 * bars, lock-outs, passphrases; kept as they change. Admission has the last
 * word all the same. Loop thread. */
#pragma once

#include "control/control.h"
#include "wire/wire.h"

/* Bars that are told; the rest is left to admission. */
#define WEIR_SRT_MAX_BARS 100000

typedef struct _WeirSrtRules WeirSrtRules;

/* Hears of a rule; borrowed. */
typedef void (*WeirSrtTell) (const WeirWireMessage *rule, gpointer data);

/* TELL hears of every change from now on. */
WeirSrtRules *
weir_srt_rules_new (WeirControl *control, WeirSrtTell tell, gpointer data);
void weir_srt_rules_free (WeirSrtRules *rules);

/* All rules that there are, for who knows none yet. */
void
weir_srt_rules_tell_all (WeirSrtRules *rules, WeirSrtTell tell, gpointer data);
/* CONTROL's settings are others than before; OLD are still there. */
void weir_srt_rules_reload (WeirSrtRules *rules, const WeirSettings *old);
/* From now on everybody is refused. */
void weir_srt_rules_shut_down (WeirSrtRules *rules);
