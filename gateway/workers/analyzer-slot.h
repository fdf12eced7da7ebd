/* One place for an analyzer: a process or the wait for the next one, the units
 * that wait for it and those it has, the codec configurations it was told.
 * Decides nothing. Loop thread. */
#pragma once

#include "workers/unit.h"
#include "workers/worker.h"

/* Units given to one process at a time: one that it works on and one that is
 * on its way, so that it never waits and little is lost with it. */
#define WEIR_SLOT_UNITS_IN_FLIGHT 2
#define WEIR_SLOT_CONFIGS 64

typedef struct {
  WeirWorker *worker; /* NULL: to be started at start_us */
  gboolean ready;
  gboolean retiring;   /* is given nothing more */
  GPtrArray *scorers;  /* WeirScorerSetting that the process was given; NULL:
                          none */
  guint models;        /* which models it was given, by number */
  gint64 start_us;     /* of the process, or when to try */
  guint failed;        /* processes in a row that did not get ready here */
  GQueue waiting;      /* WeirUnit: key frames */
  GQueue whole;        /* WeirUnit of streams that are decoded whole */
  gboolean whole_next; /* whose turn it is, when both have some */
  GQueue in_flight;    /* WeirUnit, oldest first */
  guint max_in_flight; /* 1 or WEIR_SLOT_UNITS_IN_FLIGHT */
  gint64 began_cpu_us; /* the process's CPU clock when the oldest began */
  /* Configurations the process has been told, newest first; the id is what
   * the wire uses. */
  struct {
    WeirCodecConfig *config;
    guint32 id;
  } configs[WEIR_SLOT_CONFIGS];
  guint n_configs;
  guint32 last_config_id;
} WeirAnalyzerSlot;

/* What is NULL there may stay NULL. Units that wait or are in flight are freed;
 * whoever wants to tell somebody takes them out before. */
void weir_slot_clear (WeirAnalyzerSlot *slot);

/* Ends the process, if there is one, and plans the next in WAIT_US. Units stay
 * where they are. */
void weir_slot_discard (WeirAnalyzerSlot *slot, gint64 wait_us);

/* The process of READY, which is and has been told nothing, for that of SLOT,
 * which is not ready or not there. */
void weir_slot_swap_process (WeirAnalyzerSlot *ready, WeirAnalyzerSlot *slot);

/* Something waits, and there is room for it. */
gboolean weir_slot_can_send (const WeirAnalyzerSlot *slot);
/* The unit that weir_slot_send_next () would send; borrowed. Something waits.
 */
WeirUnit *weir_slot_peek_next (WeirAnalyzerSlot *slot);
/* Sends a unit that waits, key frames and others in turn. NULL when that went
 * well; else the unit, which is the caller's. */
WeirUnit *weir_slot_send_next (WeirAnalyzerSlot *slot);

/* The unit of JOB if it is in flight; it stays there. */
const WeirUnit *weir_slot_find (const WeirAnalyzerSlot *slot, guint64 job);
/* The unit that JOB answers, or NULL. Those given before it, which will not be
 * answered any more, are put into RET_LOST. */
WeirUnit *
weir_slot_take (WeirAnalyzerSlot *slot, guint64 job, GQueue *ret_lost);

/* CPU time of the process since it works on its oldest unit, and in all. 0 when
 * it can't be told. */
gint64 weir_slot_get_unit_cpu_us (const WeirAnalyzerSlot *slot);
gint64 weir_slot_get_cpu_us (const WeirAnalyzerSlot *slot);
