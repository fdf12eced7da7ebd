/* Has a process of its own try the models of scorers, before they count: what
 * becomes of an analyzer that is given them is seen there. The process is an
 * ordinary one, shut in and limited like all of them, and ends with the trial.
 * Any thread. */
#pragma once

#include "core/scorers.h"

typedef struct {
  const char *program; /* path of weir-analyzer */
  guint max_memory_mb;
  guint max_score_ms; /* CPU time for a picture, all scorers together */
  guint timeout_ms;   /* until it has got ready */
  gint *given_up;     /* atomic; set: it ends soon. NULL: never */
} WeirModelTrial;

/* SCORERS: WeirScorerSetting, one at least; MODEL_FDS: one each. Blocks until
 * the process is ready, has given up or the time is over. FALSE: the error
 * names section, file and what is wrong. */
gboolean weir_model_trial_run (const WeirModelTrial *trial,
    const GPtrArray *scorers, const int *model_fds, GError **error);
