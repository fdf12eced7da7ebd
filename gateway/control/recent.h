/* The signatures of the pictures that were looked at last, stream by stream:
 * what an entry that is put into a bank is looked for in as well. Loop
 * thread. */
#pragma once

#include "control/analysis-impl.h"

#define WEIR_RECENT_SAMPLES 256 /* of a stream */

typedef struct _WeirRecent WeirRecent;

WeirRecent *weir_recent_new (void);
void weir_recent_free (WeirRecent *recent);

/* Of one picture the entries that it is remembered to have been told of. */
#define WEIR_RECENT_MAX_TOLD 64

/* STREAM: its number. Returns the picture's number in it. */
guint
weir_recent_note (WeirRecent *recent, guint64 stream, const WeirSample *sample);
void weir_recent_forget (WeirRecent *recent, guint64 stream);

/* Remembers that it was told that PICTURE matches ENTRY of BANK. */
void weir_recent_tell (WeirRecent *recent, guint64 stream, guint picture,
    const char *bank, const char *entry);
/* FALSE, too, for a picture that is no longer among the latest. */
gboolean weir_recent_was_told (const WeirRecent *recent, guint64 stream,
    guint picture, const char *bank, const char *entry);

typedef struct {
  guint64 stream;
  guint picture;
  guint quality;
  gint64 pts_ms;
  gint64 arrival_us;
  guint8 hash[WEIR_SAMPLE_HASH_BYTES];
} WeirRecentPicture;

/* Appends those of STREAM, WeirRecentPicture, the oldest first, that nobody has
 * taken since all were to be looked at anew. */
void weir_recent_take (WeirRecent *recent, guint64 stream, GArray *ret);
void weir_recent_look_anew (WeirRecent *recent);
void weir_recent_look_anew_at (WeirRecent *recent, guint64 stream);

/* Remembers TEXT for STREAM; FALSE when it is what was remembered last: nobody
 * needs to be told again. */
gboolean
weir_recent_tell_once (WeirRecent *recent, guint64 stream, const char *text);

/* FUNC gets each that is within RADIUS of HASH and of at least MIN_QUALITY, the
 * oldest of a stream first, with one hit, on entry INDEX, and no still. It may
 * tell, and do nothing else to RECENT. */
typedef void (*WeirRecentFunc) (
    guint64 stream, guint picture, const WeirSample *sample, gpointer data);
void weir_recent_search (const WeirRecent *recent, const guint8 hash[32],
    guint32 index, guint radius, guint min_quality, WeirRecentFunc func,
    gpointer data);
