/* The names that a person closed: who blanked or muted a stream meant what is
 * behind the name, so it holds for the next stream of that name, whoever sends
 * it, until somebody opens it, or until [gate] blank_rest_s after the last
 * stream of the name ended. What a case blanks is not here: it holds as long as
 * the case is open. Loop thread. */
#pragma once

#include "control/control.h"
#include "control/ingest.h"

#include <jansson.h>

/* With more, the oldest of a name that nobody streams gives way, and the trail
 * says so: what was closed last is what most likely comes back. Those of names
 * that somebody streams all stay. */
#define WEIR_CLOSURES_MAX 10000

/* Copies LOADED. One whose name had a stream when the store heard of it last
 * rests from now on. */
WeirClosures *weir_closures_new (WeirControl *control, const GPtrArray *loaded);
void weir_closures_free (WeirClosures *closures);

/* Borrowed, or NULL: one whose time is up is none. */
const WeirClosure *weir_closures_find (
    const WeirClosures *closures, const char *path, WeirClosureKind kind);

/* STREAM is closed by BY from now on, in memory; adds what the store has to
 * know to TXN. One that there is already stays as it is and is stored again. */
void weir_closures_put (WeirClosures *closures, const WeirStream *stream,
    WeirClosureKind kind, const char *by, const char *reason, WeirTxn *txn);
/* It is opened: does nothing without one. */
void weir_closures_remove (
    WeirClosures *closures, const char *path, WeirClosureKind kind);

/* Stores the one that there is once more, when deleting it was too early. */
void weir_closures_store (
    WeirClosures *closures, const char *path, WeirClosureKind kind);

/* A new stream: closes its gate before anything is in it. */
void weir_closures_begin_stream (WeirClosures *closures, WeirStream *stream);
/* A stream is about to go: without another one of its name they rest. */
void
weir_closures_end_stream (WeirClosures *closures, const WeirStream *stream);

/* Those whose time is up go, from the store too. By itself once a second. */
void weir_closures_expire (WeirControl *control);

/* All of them, the oldest first; those of STREAM with whether they were carried
 * over from an earlier stream. */
json_t *weir_closures_describe (const WeirClosures *closures);
json_t *weir_closures_describe_stream (
    const WeirClosures *closures, const WeirStream *stream);
