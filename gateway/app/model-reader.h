/* Reads and tries the models of another configuration on a thread of its own,
 * since that takes seconds. Loop thread. */
#pragma once

#include "app/models.h"
#include "base/loop.h"

typedef struct _WeirModelReader WeirModelReader;

/* MODELS is whose function it is; NULL with ERROR. CHANGED: analyzers that have
 * the ones before can't go on with theirs. */
typedef void (*WeirModelReaderFunc) (
    WeirModels *models, gboolean changed, const GError *error, gpointer data);

WeirModelReader *
weir_model_reader_new (WeirLoop *loop, WeirModelReaderFunc func, gpointer data);
/* What is under way is given up; FUNC is not called any more. */
void weir_model_reader_free (WeirModelReader *reader);

/* One at a time. All but LIMITS borrowed until FUNC is called. LIMITS are those
 * of the analyzers that run. Models that are the same as BEFORE are not tried
 * again. */
void
weir_model_reader_start (WeirModelReader *reader, const WeirSettings *settings,
    const WeirPolicy *policy, const WeirPaths *paths,
    const WeirModelLimits *limits, const WeirModels *before);
