/* The models that [scorer NAME] sections name, read into sealed memory files
 * which analyzers are given. */
#pragma once

#include "app/paths.h"
#include "core/scorers.h"

typedef struct _WeirModels WeirModels;

WeirModels *weir_models_load (
    const WeirSettings *settings, const WeirPaths *paths, GError **error);
void weir_models_free (WeirModels *models);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirModels, weir_models_free)

/* WeirScorerSetting; borrowed. */
const GPtrArray *weir_models_get_scorers (const WeirModels *models);
/* A descriptor for each; borrowed. */
const int *weir_models_get_fds (const WeirModels *models);
