/* Keeps what was seen: the signature of every sampled picture, and what those
 * that matched anything did. Written a second's worth at a time; what a crash
 * loses of it is no evidence of a case. Loop thread. */
#pragma once

#include "control/analysis-impl.h"
#include "control/control.h"
#include "control/ingest.h"
#include "core/finder.h"

/* So many are written before the second is over. */
#define WEIR_SIGHTINGS_MAX_PENDING 1000

/* The pictures of one stream that matched nothing since its last hit. */
typedef struct {
  guint clean;
  gint64 clean_from_ms;
  gint64 clean_to_ms;
} WeirStreamSightings;

WeirSightings *weir_sightings_new (WeirControl *control);
void weir_sightings_free (WeirSightings *sightings);

/* HITS: all of SAMPLE's, nearest first, scores among them. */
void weir_sightings_add (WeirSightings *sightings, WeirStream *stream,
    const WeirSample *sample, const WeirPolicyHit *hits, guint n_hits);
/* Hands what is pending to the store. */
void weir_sightings_flush (WeirSightings *sightings);
