/* How often each bank and each of its entries has matched, ever, and when last:
 * kept in the store, written at most once in some seconds and at the end. What
 * was counted since the last writing is lost when the gateway is killed. Loop
 * thread. */
#pragma once

#include "control/control.h"

#include <jansson.h>

/* With more, the one that matched longest ago is forgotten. */
#define WEIR_HIT_COUNTS_MAX 50000
#define WEIR_HIT_COUNTS_FLUSH_MS 5000

/* LOADED: WeirHitCount, the one hit longest ago first; its elements are
 * stolen. May be NULL. */
WeirHitCounts *weir_hit_counts_new (WeirControl *control, GPtrArray *loaded);
void weir_hit_counts_free (WeirHitCounts *counts);

/* A picture matched ENTRY of BANK at NOW_MS, Unix time; "": any of BANK. */
void weir_hit_counts_note (
    WeirHitCounts *counts, const char *bank, const char *entry, gint64 now_ms);
/* Adds "hits" and "last_hit_ms", 0 and null when it never matched. */
void weir_hit_counts_describe (const WeirHitCounts *counts, const char *bank,
    const char *entry, json_t *object);
/* Hands what is pending to the store. */
void weir_hit_counts_flush (WeirHitCounts *counts);
