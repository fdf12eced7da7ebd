/* What the tests of control/ share: a control with a real loop and a real
 * SQLite store in a folder of its own, publishers and egresses that only
 * remember, banks of a few entries, and ways to wait for something with a
 * deadline. */
#pragma once

#include "control/banks.h"
#include "control/cases.h"
#include "control/commands.h"
#include "control/egress-impl.h"
#include "control/events.h"
#include "control/stream.h"

#include <jansson.h>

/* Only ends a test that hangs: a busy machine takes many times as long. */
#define FIXTURE_DEADLINE_MS 120000
#define FIXTURE_MAX_EGRESSES 16

/* A store in front of the real one that can refuse, or keep answers back. */
typedef struct {
  WeirStore parent;
  WeirStore *real;
  WeirLoop *loop;
  gboolean failing; /* what is submitted is not written */
  gboolean holding; /* what is submitted waits for fixture_store_go_on () */
  GQueue waiting;   /* Submission */
  WeirTimer *answer;
  guint submitted;
} FixtureStore;

typedef struct {
  WeirPublisher parent;
  guint disconnects;
  guint answers; /* to what was pending, and the last one */
  WeirAdmit admit;
  WeirStream *stream;
  char *reason; /* of the last disconnect or refusal */
} FixturePublisher;

typedef struct _Fixture Fixture;

typedef struct {
  WeirEgress parent;
  Fixture *fixture;
  char *section;
  GString *sent;  /* a letter a packet */
  gboolean stuck; /* takes nothing and doesn't end */
  guint ends;
  gboolean drained; /* what end () was told */
} FixtureEgress;

struct _Fixture {
  WeirLoop *loop;
  char *dir;
  char *path; /* of the store's file */
  FixtureStore store;
  WeirControl control;
  WeirPolicy *policy; /* of the settings */
  WeirArena *arena;
  gint64 dts_ms; /* of the next packet */
  FixturePublisher publisher;
  GPtrArray *egresses; /* borrowed, while they live */
  char *sent;          /* letters of the egress that was freed last */
  guint egresses_freed;
};

/* SETTINGS: lines of weir.conf or NULL for fixture_settings. */
extern const char fixture_settings[];
void fixture_set_up (Fixture *f, gconstpointer settings);
void fixture_tear_down (Fixture *f, gconstpointer settings);
/* Ends everything and starts again on the same store, as after a restart. */
void fixture_restart (Fixture *f, const char *settings);

/* Runs the loop until DONE says so; fails the test at the deadline. */
typedef gboolean (*FixtureDone) (gpointer data);
void fixture_wait (WeirLoop *loop, FixtureDone done, gpointer data);
/* Until the store has answered everything submitted so far. */
void fixture_wait_for_store (Fixture *f);
void fixture_wait_for_streams (Fixture *f, guint n);
/* Until an egress has sent exactly LETTERS; the first that lives, or the one
 * freed last. */
void fixture_wait_for_sent (Fixture *f, const char *letters);
void fixture_store_go_on (Fixture *f);

/* Goes on, and ends if it was told to. */
void fixture_unstick (FixtureEgress *egress);

/* Asks for admission as the fixture's own publisher (PUBLISHER NULL) or
 * another. Returns how it went; RET_REASON may be NULL. */
void fixture_publisher_init (FixturePublisher *publisher);
void fixture_publisher_clear (FixturePublisher *publisher);
WeirAdmit fixture_publish (Fixture *f, FixturePublisher *publisher,
    const char *app, const char *name, const char *secret,
    WeirStream **ret_stream, char **ret_reason);
/* Publishes live/NAME, which must work. */
WeirStream *fixture_start_stream (Fixture *f, const char *name);

/* One packet a letter, 20 ms apart, arriving now: K key frame, v other
 * picture, a sound, m metadata. Stops when the publisher is sent away. */
void fixture_send (Fixture *f, WeirStream *stream, const char *letters);

/* Entry 0 "near" and 1 "far" of bank "one" (radius 31, quality 50), items
 * "film" and "game"; entry 2 "strict" of bank "two" (radius 10, quality 80),
 * item "film". */
extern WeirBanks fixture_banks;
/* Other banks instead, made anew at every start; NULL: those. */
extern WeirBanks *(*fixture_make_banks) (const WeirSettings *settings);
extern void (*fixture_free_banks) (WeirBanks *banks);
/* The result of looking at a picture of STREAM; DISTANCE below 0: no hit. */
void fixture_sample (Fixture *f, WeirStream *stream, gint64 pts_ms,
    guint32 entry, int distance, guint quality);

/* Runs a command given as JSON with ' for " as a user of ROLE, waits for the
 * answer and returns it: {"ok", "error", "message", "applied", …}. */
json_t *fixture_command (Fixture *f, WeirRole role, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* The same as a reviewer; ERROR NULL when it must be ok. */
void fixture_assert_command (Fixture *f, const char *error, const char *format,
    ...) G_GNUC_PRINTF (3, 4);

/* The newest event of TYPE after SINCE, or NULL. Caller frees. */
json_t *fixture_find_event (Fixture *f, const char *type, guint64 since);
guint fixture_count_events (Fixture *f, const char *type, guint64 since);
guint64 fixture_seq (Fixture *f);

/* Actions of the whole trail, oldest first, joined by spaces, after every
 * record was verified. */
char *fixture_trail (Fixture *f);
void fixture_assert_trail (Fixture *f, const char *actions);
