/* The event log: what reviewers are told, each event once, with a rising
 * number. A ring keeps the newest so that a client that lost its connection
 * for a moment gets what it missed; the epoch is new at every start, so that
 * a number of an earlier run is never mistaken. Loop thread. */
#pragma once

#include "control/control.h"

#include <jansson.h>

#define WEIR_EVENTS_KEPT 4096

WeirEvents *weir_events_new (void);
void weir_events_free (WeirEvents *events);

const char *weir_events_get_epoch (const WeirEvents *events);
guint64 weir_events_get_seq (const WeirEvents *events); /* of the newest */

/* Numbers and keeps {"type":TYPE, …BODY}; takes BODY. */
void weir_events_emit (WeirEvents *events, const char *type, json_t *body);

/* The JSON text of event SEQ, borrowed, or NULL when it is no longer kept. */
GBytes *weir_events_peek (const WeirEvents *events, guint64 seq);

/* FUNC is told, without data, that there are new events. One listener. */
void weir_events_set_wakeup (
    WeirEvents *events, void (*func) (gpointer data), gpointer data);
