/* What analyzers.c, which owns the processes, and analyzer-units.c, which owns
 * what they work on, have in common; for these two only. */
#pragma once

#include "workers/analyzer-slot.h"
#include "workers/analyzers.h"
#include "workers/blame.h"
#include "workers/restarts.h"

/* Where a stream is looked at. It stays there: decoders are shared by streams
 * of one configuration, and results must not overtake each other. */
typedef struct {
  guint64 stream;
  guint slot;
  guint outstanding; /* units there */
  gint64 last_us;
  gboolean is_moving; /* its process was lost, and nothing of it was answered
                         since */
  gint64 wait_us;     /* while it moves: since then a picture of it waits; 0:
                         none yet */
  /* Of a stream that is decoded whole: */
  gboolean is_whole;
  gboolean is_lost; /* nothing is given before its next key frame */
  guint32 cost_us;  /* CPU time since its last sample */
} WeirAnalyzerHome;

struct _WeirAnalyzers {
  WeirAnalysis parent;
  WeirControl *control;
  GPtrArray *argv;
  gint64 hang_timeout_us;
  gint64 retire_cpu_us;
  guint queue_units;
  guint n_fixed;        /* of argv; scorers follow */
  GPtrArray *scorers;   /* WeirScorerSetting; NULL: none */
  const int *model_fds; /* borrowed; one each */
  guint models;         /* counts what was set */
  int index_fd;         /* borrowed */
  guint radius;
  WeirAnalyzerSlot *slots; /* n_slots that work, spare, apart */
  guint n_slots;
  GHashTable *homes; /* of analyzer-units.c, by stream */
  WeirBlame *blame;
  WeirRestarts restarts;
  guint64 last_job;
  gint64 tidied_us;
  WeirTimer *watch;
};

/* The places behind those that work: the warm spare, and the one for streams
 * that are set apart, where one unit is in flight at a time. */
WeirAnalyzerSlot *weir_analyzers_spare (WeirAnalyzers *a);
WeirAnalyzerSlot *weir_analyzers_apart (WeirAnalyzers *a);

/* Finds a place for a picture of STREAM, or counts it as skipped. */
void weir_analyzers_take_unit (
    WeirAnalyzers *a, guint64 stream, const WeirPacket *packet);
WeirAnalyzerHome *weir_analyzers_find_home (WeirAnalyzers *a, guint64 stream);
/* A picture of HOME's stream is to be looked at. */
void weir_analyzers_count_in (WeirAnalyzerHome *home);
/* A picture of a stream that is apart, if it is its turn. It replaces the one
 * that waits. */
void weir_analyzers_wait_apart (
    WeirAnalyzers *a, guint64 stream, const WeirPacket *packet);
/* Gives SLOT's process what it has room for. */
void weir_analyzers_feed (WeirAnalyzers *a, WeirAnalyzerSlot *slot);
/* Takes UNIT, which has been answered or is given up without a word. */
void weir_analyzers_finish (WeirAnalyzers *a, WeirUnit *unit);
/* Takes UNIT, which is given up: WHY in words. */
void weir_analyzers_skip (WeirAnalyzers *a, WeirUnit *unit, const char *why);

/* Answers of SLOT's process. */
void weir_analyzers_take_sample (
    WeirAnalyzers *a, WeirAnalyzerSlot *slot, const WeirWireMessage *message);
void weir_analyzers_take_decoded (
    WeirAnalyzers *a, WeirAnalyzerSlot *slot, const WeirWireMessage *message);
void weir_analyzers_take_failed (
    WeirAnalyzers *a, WeirAnalyzerSlot *slot, const WeirWireMessage *message);

/* SLOT's process, which worked, is lost: what is looked at there moves. */
void weir_analyzers_note_loss (WeirAnalyzers *a, const WeirAnalyzerSlot *slot);
/* What waits in SLOT, if it has no process, goes where one works. */
void weir_analyzers_move_waiting (WeirAnalyzers *a, WeirAnalyzerSlot *slot);
/* Gives up what waits of STREAM if it has been set apart: it must not stay
 * among the others. */
void weir_analyzers_drop_units_of (WeirAnalyzers *a, guint64 stream);

void weir_analyzers_forget_homes (WeirAnalyzers *a, gint64 now_us);

/* ---- analyzer-whole.c: streams that are decoded whole ---- */

void weir_analyzers_take_whole_unit (WeirAnalyzers *a, guint64 stream,
    const WeirPacket *packet, gint64 gap_ms, gboolean begin);
void weir_analyzers_leave_whole (WeirAnalyzers *a, guint64 stream);

/* SLOT's process and its decoders are going: gives up what it and its line have
 * of whole streams. Returns their numbers, guint64, for _restart_whole () once
 * there is a process again; the caller's. */
GArray *weir_analyzers_lose_whole (WeirAnalyzers *a, WeirAnalyzerSlot *slot);
/* Frees STREAMS. */
void weir_analyzers_restart_whole (WeirAnalyzers *a, GArray *streams);
