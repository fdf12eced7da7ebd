/* What the gateway keeps: the store's interface. store/ implements it.
 *
 * Writing: a transaction is a list of changes that become durable together
 * or not at all. It is handed to the store's writer thread; the loop never
 * waits. Reading: everything that decides about streams is loaded at start
 * and lives in memory; only the trail is read later. Loop thread. */
#pragma once

#include "control/closure.h"
#include "control/hit-count.h"
#include "control/quarantine.h"
#include "control/signal.h"
#include "core/case.h"
#include "core/trail.h"

#define WEIR_SECRET_HASH_BYTES 32

/* A stream key. The secret itself is nowhere. */
typedef struct {
  char *id;
  char *app;
  char *name;
  char *publisher;
  guint8 hash[WEIR_SECRET_HASH_BYTES];
  gint64 created_ms;
  gint64 rotated_ms; /* 0: never */
} WeirKey;

/* Who may not publish. */
typedef struct {
  char *id;
  char *stream;    /* "APP/NAME" */
  char *publisher; /* "" when there was no identity beyond the name */
  char *reason;
  char *case_id; /* "" without a case */
  char *by;
  gint64 since_ms;
  gint64 until_ms; /* wall; 0: until it is lifted */
} WeirBar;

typedef struct {
  char *name;
  char *role;
  guint8 token_hash[WEIR_SECRET_HASH_BYTES];
} WeirUser;

/* Who was on air. */
typedef struct {
  char *name;
  gint64 aired_ms; /* sum of all streams */
  gint64 last_ms;  /* wall; the end of the last one */
} WeirPublisherRecord;

/* Those who were on air longest ago go. */
#define WEIR_STORE_MAX_PUBLISHERS 20000

/* A picture that was looked at: its signature, or, when it matched anything,
 * what. */
typedef struct {
  guint64 number; /* given by the store */
  gint64 wall_ms;
  char *stream;
  gint64 started_ms; /* wall; of the stream, so that two of a name differ */
  gint64 pts_ms;
  guint quality;
  guint8 hash[WEIR_SECRET_HASH_BYTES]; /* PDQ; of signatures */
  /* Of hits: what it matched (JSON array), and the pictures since the one
   * before it that matched nothing, with the time of first and last. */
  char *matches;
  guint clean;
  gint64 clean_from_ms;
  gint64 clean_to_ms;
} WeirSighting;

typedef enum {
  WEIR_SIGHTINGS_SIGNATURES,
  WEIR_SIGHTINGS_HITS,
  WEIR_SIGHTINGS_KINDS
} WeirSightingsKind;

/* How many of each kind are kept, and how long. */
typedef struct {
  guint64 rows;
  gint64 since_ms; /* wall */
} WeirSightingsLimit;

/* Both kinds in order of their time; owned by whoever has it. */
typedef struct {
  GArray *list[WEIR_SIGHTINGS_KINDS]; /* WeirSighting */
  WeirSightingsLimit limit[WEIR_SIGHTINGS_KINDS];
} WeirSightingsBatch;

WeirSightingsBatch *weir_sightings_batch_new (void);
void weir_sightings_batch_free (WeirSightingsBatch *batch);
void weir_sighting_clear (WeirSighting *sighting);

void weir_key_free (WeirKey *key);
WeirKey *weir_key_copy (const WeirKey *key);
void weir_bar_free (WeirBar *bar);
WeirBar *weir_bar_copy (const WeirBar *bar);
void weir_user_free (WeirUser *user);
WeirUser *weir_user_copy (const WeirUser *user);

void weir_publisher_record_free (WeirPublisherRecord *record);

typedef struct _WeirTxn WeirTxn;
WeirTxn *weir_txn_new (void);
void weir_txn_free (WeirTxn *txn);
void weir_txn_put_key (WeirTxn *txn, const WeirKey *key);
void weir_txn_delete_key (WeirTxn *txn, const char *id);
void weir_txn_put_bar (WeirTxn *txn, const WeirBar *bar);
void weir_txn_delete_bar (WeirTxn *txn, const char *id);
void weir_txn_put_user (WeirTxn *txn, const WeirUser *user);
void weir_txn_put_signal (WeirTxn *txn, const WeirSignal *signal);
/* WeirSignal elements, which stay as they are while the store has them: it
 * takes a reference to the array. */
void weir_txn_put_signals (WeirTxn *txn, GPtrArray *signals);
void weir_txn_delete_signal (WeirTxn *txn, const char *id);
/* Of one that there is (still), and nothing else of it: it is not disabled; it
 * counts as SIGNAL says that it was released. */
void weir_txn_enable_signal (WeirTxn *txn, const char *id);
void weir_txn_release_signal (WeirTxn *txn, const WeirSignal *signal);
void weir_txn_put_publisher (
    WeirTxn *txn, const char *name, gint64 aired_ms, gint64 last_ms);
/* WeirHitCount elements, which stay as they are while the store has them: it
 * takes a reference to the array. At most MAX are kept in all. */
void weir_txn_put_hit_counts (WeirTxn *txn, GPtrArray *counts, guint max);
void weir_txn_put_quarantine (WeirTxn *txn, const WeirQuarantine *quarantine);
void weir_txn_delete_quarantine (WeirTxn *txn, const char *id);
void weir_txn_put_closure (WeirTxn *txn, const WeirClosure *closure);
void weir_txn_delete_closure (WeirTxn *txn, const char *id);
/* Of one that there is (still): another UNTIL_MS. */
void weir_txn_rest_closure (WeirTxn *txn, const char *id, gint64 until_ms);
/* WITH_STILL: the picture changed as well. */
void weir_txn_put_case (WeirTxn *txn, const WeirCase *c, gboolean with_still);
/* Takes BATCH. What is beyond its limits goes, a bounded part at a time. */
void weir_txn_add_sightings (WeirTxn *txn, WeirSightingsBatch *batch);
/* The store numbers and chains it when it writes. DETAIL: JSON object. */
void weir_txn_add_trail (WeirTxn *txn, const char *actor, const char *action,
    const char *subject, const char *detail);

/* Everything at start. Arrays own their elements. */
typedef struct {
  GPtrArray *keys;        /* WeirKey */
  GPtrArray *bars;        /* WeirBar */
  GPtrArray *users;       /* WeirUser */
  GPtrArray *publishers;  /* WeirPublisherRecord, at most so many */
  GPtrArray *signals;     /* WeirSignal, the oldest first */
  GPtrArray *quarantines; /* WeirQuarantine */
  GPtrArray *closures;    /* WeirClosure, the oldest first */
  GPtrArray *hit_counts;  /* WeirHitCount, the one hit longest ago first */
  GPtrArray *cases;       /* WeirCase: all open ones, the newest closed ones */
} WeirStoreState;

void weir_store_state_clear (WeirStoreState *state);

/* ERROR is NULL when the transaction is durable. Called on the loop. */
typedef void (*WeirStoreDone) (const GError *error, gpointer data);
/* RECORDS: WeirTrailRecord, newest first, or NULL with ERROR. */
typedef void (*WeirStoreTrail) (
    GPtrArray *records, const GError *error, gpointer data);

/* SIGHTINGS: WeirSighting, newest first, or NULL with ERROR. */
typedef void (*WeirStoreSightings) (
    GArray *sightings, const GError *error, gpointer data);

typedef struct _WeirStore WeirStore;

typedef struct {
  gboolean (*load) (WeirStore *store, WeirStoreState *ret, GError **error);
  void (*submit) (
      WeirStore *store, WeirTxn *txn, WeirStoreDone done, gpointer data);
  void (*read_trail) (WeirStore *store, guint64 before, guint limit,
      WeirStoreTrail done, gpointer data);
  void (*read_still) (WeirStore *store, const char *case_id,
      void (*done) (GBytes *still, gpointer data), gpointer data);
  void (*read_sightings) (WeirStore *store, WeirSightingsKind kind,
      const char *stream, guint64 before, guint limit, WeirStoreSightings done,
      gpointer data);
  void (*free) (WeirStore *store);
} WeirStoreClass;

struct _WeirStore {
  const WeirStoreClass *klass;
};

/* Blocks; only at start. */
gboolean
weir_store_load (WeirStore *store, WeirStoreState *ret, GError **error);
/* Takes TXN. DONE (may be NULL) is called once, never before this returns;
 * with WEIR_ERROR_NOT_DURABLE when the queue is full or the disk refuses, with
 * WEIR_ERROR_CONFLICT when another key has the name. */
void weir_store_submit (
    WeirStore *store, WeirTxn *txn, WeirStoreDone done, gpointer data);
/* At most LIMIT records with a number below BEFORE (0: the newest). */
void weir_store_read_trail (WeirStore *store, guint64 before, guint limit,
    WeirStoreTrail done, gpointer data);
/* The picture of a case that is no longer in memory; NULL without one. */
void weir_store_read_still (WeirStore *store, const char *case_id,
    void (*done) (GBytes *still, gpointer data), gpointer data);
/* At most LIMIT of KIND with a number below BEFORE (0: the newest). STREAM:
 * "APP/NAME", or NULL for all. */
void weir_store_read_sightings (WeirStore *store, WeirSightingsKind kind,
    const char *stream, guint64 before, guint limit, WeirStoreSightings done,
    gpointer data);
/* Writes what was submitted, then ends. Pending DONEs are called with
 * whatever came of them. */
void weir_store_free (WeirStore *store);
