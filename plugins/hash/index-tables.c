/* Multi-index hashing: a hash within the radius of the needle is, in at least
 * one chunk of its bits, within that chunk's share of the radius (Norouzi,
 * Punjani, Fleet: "Fast exact search in Hamming space with multi-index
 * hashing", 2014; shares that differ from chunk to chunk as in Qin et al.,
 * "GPH", 2018). With shares s the chunks' (s + 1) must add up to radius + 1;
 * the larger ones go to the chunks in which the needle has the fewest
 * neighbours, so that clusters cost little. */
#include <string.h>

#include "hash/hamming.h"
#include "hash/index-file.h"
#include "hash/scan.h"

#define BATCH 64        /* values on their way through memory at a time */
#define CANDIDATES 4096 /* places collected before they are compared */
#define MAX_SHARE 2
/* A place looked at costs as much as so many hashes in a scan. */
#define COST 4

typedef struct {
  const WeirIndex *index;
  const guint8 *needle;
  guint64 words[4];
  guint radius;
  WeirIndexNear *near; /* or NULL */
  guint32 values[WEIR_INDEX_MAX_CHUNKS];
  int shares[WEIR_INDEX_MAX_CHUNKS]; /* -1: the chunk is not looked up */
  guint order[WEIR_INDEX_MAX_CHUNKS];
  guint n_done; /* chunks of ORDER before the one in work */
  guint64 looked_at, most;
  guint32 candidates[CANDIDATES];
  guint n_candidates;
  GArray *found;
} LookUp;

/* The places of VALUE in chunk C; none where the table is broken. */
static guint32
bucket (const WeirIndex *index, guint c, guint32 value, guint32 *ret_first)
{
  guint32 first = index->starts[c][value], end = index->starts[c][value + 1];

  *ret_first = first;
  return first <= end && end <= index->count ? end - first : 0;
}

/* Every chunk's share, and the order in which they are looked up. */
static void
share_out (LookUp *l)
{
  const WeirIndex *index = l->index;
  guint n = index->n_chunks;
  guint budget = l->radius + 1, each = budget / n, more = budget % n;
  guint32 sizes[WEIR_INDEX_MAX_CHUNKS], unused;

  for (guint c = 0; c < n; c++) {
    guint at = c;

    l->values[c] = weir_index_chunk_value (l->words, weir_index_chunk (n, c));
    sizes[c] = bucket (index, c, l->values[c], &unused);
    for (; at > 0 && sizes[l->order[at - 1]] > sizes[c]; at--)
      l->order[at] = l->order[at - 1];
    l->order[at] = c;
  }
  for (guint k = 0; k < n; k++)
    l->shares[l->order[k]] = (int) (each + (k < more)) - 1;
}

/* Whether a chunk before the one in work has brought the entry already. */
static gboolean
came_before (const LookUp *l, const guint8 *hash)
{
  guint64 words[4];

  memcpy (words, hash, sizeof words);
  for (guint k = 0; k < l->n_done; k++) {
    guint c = l->order[k];
    guint32 value = weir_index_chunk_value (
        words, weir_index_chunk (l->index->n_chunks, c));

    if (__builtin_popcount (value ^ l->values[c]) <= l->shares[c])
      return TRUE;
  }
  return FALSE;
}

static void
note_near (LookUp *l, const WeirIndexFound *found)
{
  if (found->distance < l->near->distance
      && !weir_index_is_deleted (l->index, found->slot))
    *l->near = (WeirIndexNear){ found->slot, found->distance };
}

static void
compare (LookUp *l)
{
  guint32 places[CANDIDATES];
  guint16 distances[CANDIDATES];
  guint radius =
      l->near != NULL ? MAX (l->radius, l->near->distance) : l->radius;
  guint n = l->index->kernel->pick (l->index->hashes, l->candidates,
      l->n_candidates, l->words, radius, places, distances);

  for (guint k = 0; k < n; k++) {
    guint32 slot = l->candidates[places[k]];
    WeirIndexFound found = { slot, distances[k] };

    if (found.distance > l->radius) {
      note_near (l, &found);
      continue;
    }
    if (!came_before (l, l->index->hashes + (gsize) slot * 32)
        && !weir_index_is_deleted (l->index, slot))
      g_array_append_val (l->found, found);
  }
  l->n_candidates = 0;
}

static void
collect (LookUp *l, guint c, guint32 first, guint32 size)
{
  const guint32 *places = l->index->places[c] + first;

  for (guint32 k = 0; k < size; k++) {
    if (G_UNLIKELY (places[k] >= l->index->count))
      continue; /* a broken table */
    __builtin_prefetch (l->index->hashes + (gsize) places[k] * 32);
    l->candidates[l->n_candidates++] = places[k];
    if (l->n_candidates == CANDIDATES)
      compare (l);
  }
}

/* A batch of values goes through memory in step: where the places begin, the
 * places, the hashes. */
static gboolean
look_at (LookUp *l, guint c, const guint32 *values, guint n)
{
  const WeirIndex *index = l->index;
  guint32 first[BATCH], size[BATCH];

  for (guint k = 0; k < n; k++)
    __builtin_prefetch (&index->starts[c][values[k]]);
  for (guint k = 0; k < n; k++) {
    size[k] = bucket (index, c, values[k], &first[k]);
    l->looked_at += size[k];
    if (size[k] > 0)
      __builtin_prefetch (&index->places[c][first[k]]);
  }
  if (l->looked_at > l->most)
    return FALSE;
  for (guint k = 0; k < n; k++)
    collect (l, c, first[k], size[k]);
  return TRUE;
}

/* Every value within the chunk's share of the needle's. */
static gboolean
look_up_chunk (LookUp *l, guint c)
{
  guint bits = weir_index_chunk (l->index->n_chunks, c).bits;
  guint32 values[BATCH];
  guint n = 0;

  if (l->shares[c] < 0)
    return TRUE;
  values[n++] = l->values[c];
  for (guint a = 0; l->shares[c] >= 1 && a < bits; a++) {
    guint32 one = l->values[c] ^ 1u << a;

    values[n++] = one;
    if (n == BATCH && (n = 0, !look_at (l, c, values, BATCH)))
      return FALSE;
    for (guint b = 0; l->shares[c] >= 2 && b < a; b++) {
      values[n++] = one ^ 1u << b;
      if (n == BATCH && (n = 0, !look_at (l, c, values, BATCH)))
        return FALSE;
    }
  }
  return n == 0 || look_at (l, c, values, n);
}

gboolean
weir_index_look_up (const WeirIndex *index, const guint8 *needle, guint radius,
    gboolean whatever_it_costs, GArray *ret, WeirIndexNear *near)
{
  LookUp l = {
    .index = index, .needle = needle, .radius = radius, .near = near
  };
  guint before = ret->len;

  l.most = whatever_it_costs ? G_MAXUINT64 : index->count / COST;
  l.found = ret;
  memcpy (l.words, needle, sizeof l.words);
  share_out (&l);
  for (guint k = 0; k < index->n_chunks; k++) {
    l.n_done = k;
    if (!look_up_chunk (&l, l.order[k])) {
      g_array_set_size (ret, before);
      return FALSE;
    }
    /* What one chunk brings is told apart from what those before brought. */
    compare (&l);
  }
  return TRUE;
}
