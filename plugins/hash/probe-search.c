/* One search for a picture and its probes. */
#include "hash/probe-search.h"

#include <stdlib.h>
#include <string.h>

/* Of all probes together; pictures that so much is like are looked up probe by
 * probe, which keeps the nearest of each. */
#define MAX_MATCHES 4096

typedef struct {
  WeirProbeHit *hits;
  guint n, max;
} Hits;

static gint
compare_hits (gconstpointer a, gconstpointer b)
{
  const WeirProbeHit *x = a, *y = b;

  if (x->distance != y->distance)
    return x->distance < y->distance ? -1 : 1;
  return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Each entry once, by what is nearest; among so many
 * of them, the farthest gives way. */
static void
add (Hits *hits, const WeirProbeHit *hit)
{
  guint farthest = 0;

  for (guint i = 0; i < hits->n; i++) {
    if (hits->hits[i].entry == hit->entry) {
      if (hit->distance < hits->hits[i].distance)
        hits->hits[i] = *hit;
      return;
    }
    if (compare_hits (&hits->hits[i], &hits->hits[farthest]) > 0)
      farthest = i;
  }
  if (hits->n < hits->max)
    hits->hits[hits->n++] = *hit;
  else if (hits->max > 0 && compare_hits (hit, &hits->hits[farthest]) < 0)
    hits->hits[farthest] = *hit;
}

static void
search_one (const WeirIndex *index, const WeirProbeHash *probe, guint radius,
    Hits *hits)
{
  g_autofree WeirIndexHit *found = g_new (WeirIndexHit, hits->max);
  guint n = weir_index_search (index, probe->hash, radius, found, hits->max);

  for (guint i = 0; i < n; i++)
    add (hits,
        &(WeirProbeHit){ found[i].entry, found[i].distance, probe->probe });
}

static void
search_probes (const WeirIndex *index, const WeirProbeHash *probes, gsize n,
    guint radius, Hits *hits)
{
  g_autofree guint8 *needles = g_malloc (n * WEIR_PDQ_HASH_BYTES);
  g_autoptr (GArray) found = NULL;

  for (gsize i = 0; i < n; i++)
    memcpy (
        needles + i * WEIR_PDQ_HASH_BYTES, probes[i].hash, WEIR_PDQ_HASH_BYTES);
  found =
      weir_index_search_many (index, needles, (guint) n, radius, MAX_MATCHES);
  for (gsize i = 0; found == NULL && i < n; i++)
    search_one (index, &probes[i], radius, hits);
  for (guint i = 0; found != NULL && i < found->len; i++) {
    const WeirIndexMatch *m = &g_array_index (found, WeirIndexMatch, i);

    add (hits,
        &(WeirProbeHit){ m->entry, m->distance, probes[m->needle].probe });
  }
}

guint
weir_probe_search (const WeirIndex *index,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], const WeirProbeHash *probes,
    gsize n, guint radius, guint far, WeirProbeHit *ret_hits, guint max,
    WeirIndexHit *ret_near)
{
  g_autofree WeirIndexHit *plain = g_new (WeirIndexHit, max);
  Hits hits = { .hits = ret_hits, .max = max };

  hits.n =
      weir_index_search_near (index, hash, radius, far, plain, max, ret_near);
  for (guint i = 0; i < hits.n; i++)
    ret_hits[i] =
        (WeirProbeHit){ plain[i].entry, plain[i].distance, WEIR_PROBE_PLAIN };
  if (n == 0)
    return hits.n;
  search_probes (index, probes, n, radius, &hits);
  qsort (hits.hits, hits.n, sizeof *hits.hits, compare_hits);
  return hits.n;
}
