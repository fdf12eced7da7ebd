/* The signatures of the pictures that were looked at last, stream by stream:
 * what an entry that is put into a bank is looked for in as well. Loop
 * thread. */
#pragma once

#include "control/analysis-impl.h"

#define WEIR_RECENT_SAMPLES 256 /* of a stream */

typedef struct _WeirRecent WeirRecent;

WeirRecent *weir_recent_new (void);
void weir_recent_free (WeirRecent *recent);

/* STREAM: its number. */
void
weir_recent_note (WeirRecent *recent, guint64 stream, const WeirSample *sample);
void weir_recent_forget (WeirRecent *recent, guint64 stream);

/* Remembers TEXT for STREAM; FALSE when it is what was remembered last: nobody
 * needs to be told again. */
gboolean
weir_recent_tell_once (WeirRecent *recent, guint64 stream, const char *text);

/* FUNC gets each that is within RADIUS of HASH and of at least MIN_QUALITY, the
 * oldest of a stream first, with one hit, on entry INDEX, and no still. It must
 * not change RECENT. */
typedef void (*WeirRecentFunc) (
    guint64 stream, const WeirSample *sample, gpointer data);
void weir_recent_search (const WeirRecent *recent, const guint8 hash[32],
    guint32 index, guint radius, guint min_quality, WeirRecentFunc func,
    gpointer data);
