/* Looks a picture's hash and its probes up together. Any thread. */
#pragma once

#include "hash/index.h"
#include "hash/probes.h"

typedef struct {
  guint32 entry;    /* its id */
  guint16 distance; /* Hamming, 0 to 256 */
  WeirProbe probe;  /* by which it was found */
} WeirProbeHit;

/* Entries within RADIUS of HASH or of one of the N probes, each once, by what
 * is nearest: of two as near by HASH before a probe and by the lower number. A
 * stricter radius may be applied to what comes back. Nearest first, then the
 * lower id. When there are more
 * than MAX, MAX that are among the nearest. RET_NEAR is as of
 * weir_index_search_near (), for HASH alone. Returns how many. */
guint weir_probe_search (const WeirIndex *index,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], const WeirProbeHash *probes,
    gsize n, guint radius, guint far, WeirProbeHit *ret_hits, guint max,
    WeirIndexHit *ret_near);
