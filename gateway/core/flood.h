/* Which entries of banks fire everywhere. Pure: the time comes in.
 *
 * An entry that matches what many people show (a title card, a logo, a frame
 * that is all but black) buries reviewers. So does an attack that is copied to
 * many streams at once, and by how often it fires nobody can tell the two
 * apart. People can. So:
 *
 *   - Beyond so many streams of at least half as many publishers within the
 *     window it is only *told* that an entry floods.
 *   - It is to be *quarantined* when, on top of that, people have released
 *     cases about it of so many different publishers within the window, and cut
 *     none. One cut within the window, and it goes on asking.
 *
 * What policies and time-outs decide says nothing here, and neither do the
 * many streams of one publisher. Whoever wants an entry out of the way would
 * have to show it harmlessly on many accounts, and have people say so.
 *
 * Bounded: of WEIR_FLOOD_MAX_ENTRIES entries the one that fired longest ago
 * gives way, of WEIR_FLOOD_MAX_SEEN streams the one that was seen longest ago,
 * and so the latest WEIR_FLOOD_MAX_RELEASED releases. */
#pragma once

#include <glib.h>

#define WEIR_FLOOD_MAX_ENTRIES 1024
#define WEIR_FLOOD_MAX_SEEN 256
#define WEIR_FLOOD_MAX_RELEASED 32

typedef struct {
  guint streams;  /* that many are a flood; 0: there is none */
  guint released; /* publishers whose cases people must have released */
  gint64 window_ms;
} WeirFloodLimit;

typedef enum {
  WEIR_FLOOD_CALM,  /* nothing has changed */
  WEIR_FLOOD_MANY,  /* it floods; told once a window */
  WEIR_FLOOD_FALSE, /* and people say that it means nothing; told until it is
                       forgotten */
} WeirFloodChange;

/* What it is judged by. */
typedef struct {
  guint streams;
  guint publishers;
  guint released; /* publishers */
  gboolean cut;
} WeirFloodCount;

typedef struct _WeirFlood WeirFlood;

WeirFlood *weir_flood_new (void);
void weir_flood_free (WeirFlood *flood);

/* ENTRY, any text that names it, fired on STREAM, a number that is its own,
 * of PUBLISHER. RET_COUNT is filled. */
WeirFloodChange weir_flood_hit (WeirFlood *flood, const char *entry,
    guint64 stream, const char *publisher, const WeirFloodLimit *limit,
    gint64 now_ms, WeirFloodCount *ret_count);
/* A person decided a case about ENTRY, of PUBLISHER: CUT, or released it. */
WeirFloodChange weir_flood_decide (WeirFlood *flood, const char *entry,
    const char *publisher, gboolean cut, const WeirFloodLimit *limit,
    gint64 now_ms, WeirFloodCount *ret_count);
/* It begins anew. */
void weir_flood_forget (WeirFlood *flood, const char *entry);
guint weir_flood_count_entries (const WeirFlood *flood);
