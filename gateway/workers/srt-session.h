/* A publisher over SRT: from the caller whom weir-srt lets in to its stream.
 * Owns itself from the caller's message until it is closed. Loop thread. */
#pragma once

#include "base/log.h"
#include "control/streams.h"
#include "workers/srt-process.h"

/* What all sessions share. */
typedef struct {
  WeirControl *control;
  guint16 programme;
  guint publishing; /* sessions that have a stream, now */
  WeirLogLimit refusals;
} WeirSrtSessionShared;

/* Refusals written down a second, here and by the rules. */
#define WEIR_SRT_REFUSALS_LOGGED 5
/* Whether one more may be; says how many were not. */
gboolean weir_srt_session_may_log (WeirSrtSessionShared *shared);

void weir_srt_session_begin (WeirSrtSessionShared *shared,
    WeirSrtProcess *process, const WeirSrtCaller *caller);
