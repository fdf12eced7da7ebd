/* Which streams bring analyzers down, and what becomes of them: who did it
 * three times is looked at alone and slower, more slowly each time it does it
 * again, until twenty pictures in a row went well. Pure: the time comes in.
 * Streams are numbers. */
#pragma once

#include <glib.h>

#define WEIR_BLAME_STRIKES 3
/* A strike counts no longer than this after it, or after the next one. */
#define WEIR_BLAME_FORGET_US (10 * 60 * G_USEC_PER_SEC)
/* Between two pictures of a stream that is set apart; doubles with each
 * further strike. */
#define WEIR_BLAME_GAP_US (5 * G_USEC_PER_SEC)
#define WEIR_BLAME_MAX_GAP_US (5 * 60 * G_USEC_PER_SEC)
/* Pictures in a row that went well, to come back. */
#define WEIR_BLAME_PARDON 20

typedef struct _WeirBlame WeirBlame;

WeirBlame *weir_blame_new (void);
void weir_blame_free (WeirBlame *blame);

/* STREAM brought an analyzer down. TRUE when it is set apart from now on. */
gboolean weir_blame_strike (WeirBlame *blame, guint64 stream, gint64 now_us);
/* A picture of STREAM went well. TRUE when it is not set apart any more. */
gboolean weir_blame_went_well (WeirBlame *blame, guint64 stream);

gboolean weir_blame_is_apart (const WeirBlame *blame, guint64 stream);
/* Whether it may be looked at now, which begins the next gap. Of a stream that
 * is apart. */
gboolean weir_blame_take_turn (WeirBlame *blame, guint64 stream, gint64 now_us);

/* Streams that are apart. */
guint weir_blame_count (const WeirBlame *blame);
/* Forgets old strikes, and streams apart of which nothing came for so long. */
void weir_blame_forget (WeirBlame *blame, gint64 now_us);
