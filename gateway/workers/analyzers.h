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
  GPtrArray *scorers;   /* WeirScorerSetting, or NULL; not changed any more */
  const int *model_fds; /* one each; stay the caller's, until others are set */
  int index_fd;         /* stays the caller's, until another is set; -1: none */
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

/* Other scorers, from the next sample on; MODEL_FDS stay the caller's, who
 * keeps them until others are set. CHANGED: their models are others, too, and
 * the processes are replaced by the spare one after the other, each when it has
 * answered what it has; until then a scorer of the same name and generation has
 * its scores, and another one none. */
void weir_analyzers_set_scorers (WeirAnalyzers *analyzers, GPtrArray *scorers,
    const int *model_fds, gboolean changed);

WeirAnalysis *weir_analyzers_get_analysis (WeirAnalyzers *analyzers);

/* The process at PLACE, of those that work; behind them the spare. 0: none at
 * the moment. */
int weir_analyzers_get_pid (const WeirAnalyzers *analyzers, guint place);
