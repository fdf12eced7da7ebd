/* For those who implement the store: what a transaction holds. Immutable once
 * submitted, so the writer thread reads it without a lock. */
#pragma once

#include "control/store.h"

typedef enum {
  WEIR_OP_PUT_KEY,
  WEIR_OP_DELETE_KEY,
  WEIR_OP_PUT_BAR,
  WEIR_OP_DELETE_BAR,
  WEIR_OP_PUT_USER,
  WEIR_OP_PUT_SIGNAL,
  WEIR_OP_PUT_SIGNALS,
  WEIR_OP_DELETE_SIGNAL,
  WEIR_OP_ENABLE_SIGNAL,
  WEIR_OP_RELEASE_SIGNAL,
  WEIR_OP_PUT_HIT_COUNTS,
  WEIR_OP_PUT_PUBLISHER,
  WEIR_OP_PUT_QUARANTINE,
  WEIR_OP_DELETE_QUARANTINE,
  WEIR_OP_PUT_CLOSURE,
  WEIR_OP_DELETE_CLOSURE,
  WEIR_OP_REST_CLOSURE,
  WEIR_OP_PUT_CASE,
  WEIR_OP_ADD_TRAIL,
  WEIR_OP_ADD_SIGHTINGS,
} WeirOpKind;

typedef struct {
  WeirOpKind kind;
  union {
    WeirKey *key;
    WeirBar *bar;
    WeirUser *user;
    WeirSignal *signal;
    GPtrArray *signals; /* WeirSignal; shared */
    struct {
      GPtrArray *list; /* WeirHitCount; shared */
      guint max;
    } hit_counts;
    WeirPublisherRecord *publisher;
    WeirQuarantine *quarantine;
    WeirClosure *closure;
    struct {
      char *id;
      gint64 until_ms;
    } rest;
    char *id;
    WeirSightingsBatch *sightings;
    struct {
      WeirCase *c; /* a copy; still is set only when it is to be written */
    } put_case;
    struct {
      gint64 wall_ms;
      char *actor;
      char *action;
      char *subject;
      char *detail;
    } trail;
  };
} WeirOp;

struct _WeirTxn {
  GArray *ops; /* WeirOp */
};
