/* The analyzer processes: a few that work, one warm spare; each stream stays
 * on one of them. A worker that dies or does not answer in time is replaced
 * by the spare, and the relay does not notice. A stream whose pictures brought
 * down several is looked at alone and slower (workers/blame.h). Loop thread. */
#pragma once

#include "control/analysis-impl.h"
#include "control/control.h"

typedef struct {
  char *program; /* path of weir-analyzer; borrowed for the call */
  guint workers;
  guint radius;
  gint64 hang_timeout_us;
  gint64 retire_cpu_us; /* CPU time after which one is replaced in peace */
  guint queue_units;    /* pictures that may wait for one worker */
  guint max_memory_mb;  /* of one process; the index does not count */
  guint max_long_side;  /* of pictures, in pixels */
  guint max_short_side;
  const GPtrArray *scorers; /* WeirScorerSetting, or NULL; with one of */
  const int *model_fds;     /* each; both stay the caller's, who keeps them */
  int index_fd; /* stays the caller's, until another is set; -1: none */
} WeirAnalyzersOptions;

typedef struct _WeirAnalyzers WeirAnalyzers;

WeirAnalyzers *weir_analyzers_new (
    WeirControl *control, const WeirAnalyzersOptions *options, GError **error);
void weir_analyzers_free (WeirAnalyzers *analyzers);

/* A new generation of the index, for the processes that run and those that
 * come; INDEX_FD stays the caller's, who keeps it until the next one is set.
 * Pictures that were sent before are still looked up in the one before. */
void
weir_analyzers_set_index (WeirAnalyzers *analyzers, int index_fd, guint radius);

WeirAnalysis *weir_analyzers_get_analysis (WeirAnalyzers *analyzers);

/* The process at PLACE, of those that work; behind them the spare. 0: none at
 * the moment. */
int weir_analyzers_get_pid (const WeirAnalyzers *analyzers, guint place);
