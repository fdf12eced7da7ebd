/* The models that [scorer NAME] sections name, read into sealed memory files
 * which analyzers are given. */
#pragma once

#include "app/paths.h"
#include "core/scorers.h"

typedef struct _WeirModels WeirModels;

WeirModels *weir_models_load (const WeirSettings *settings,
    const WeirPolicy *policy, const WeirPaths *paths, GError **error);
void weir_models_free (WeirModels *models);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirModels, weir_models_free)

/* What of [analysis] decides whether an analyzer gets ready with models. */
typedef struct {
  guint max_memory_mb;
  guint hang_timeout_ms;
} WeirModelLimits;

WeirModelLimits weir_model_limits_read (const WeirSettings *settings);

/* Has an analyzer of their own try them, which blocks for a second or as long
 * as LIMITS let it; TRUE without scorers. What is wrong is said with section
 * and file. Ends soon when GIVEN_UP, atomic, is set; or NULL. Any thread. */
gboolean
weir_models_try (const WeirModels *models, const WeirModelLimits *limits,
    const WeirPaths *paths, gint *given_up, GError **error);

/* Whether analyzers that have the models of A can go on for B: the same bytes
 * and the same way to use them, in the same order. Any thread. */
gboolean weir_models_are_same (const WeirModels *a, const WeirModels *b);

/* Sets the generation of the scorers of MODELS, which are to follow BEFORE: one
 * whose model and the way to use it are as before keeps it, whatever its
 * threshold. Any thread. */
void weir_models_follow (WeirModels *models, const WeirModels *before);

/* WeirScorerSetting; borrowed. */
GPtrArray *weir_models_get_scorers (const WeirModels *models);
/* A descriptor for each; borrowed. */
const int *weir_models_get_fds (const WeirModels *models);
