/* Rings of signatures. */
#include "control/recent.h"

#include <string.h>

typedef struct {
  gint64 pts_ms;
  gint64 arrival_us;
  guint quality;
  guint8 hash[32];
} Signature;

typedef struct {
  guint64 stream;
  guint count; /* ever put in */
  char *told;
  Signature signatures[WEIR_RECENT_SAMPLES];
} Ring;

struct _WeirRecent {
  GHashTable *rings; /* Ring by its stream */
};

static void
ring_free (gpointer data)
{
  Ring *ring = data;

  g_free (ring->told);
  g_free (ring);
}

WeirRecent *
weir_recent_new (void)
{
  WeirRecent *recent = g_new0 (WeirRecent, 1);

  recent->rings =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, ring_free);
  return recent;
}

void
weir_recent_free (WeirRecent *recent)
{
  if (recent == NULL)
    return;
  g_hash_table_unref (recent->rings);
  g_free (recent);
}

static Ring *
get_ring (WeirRecent *recent, guint64 stream)
{
  Ring *ring = g_hash_table_lookup (recent->rings, &stream);

  if (ring == NULL) {
    ring = g_new0 (Ring, 1);
    ring->stream = stream;
    g_hash_table_insert (recent->rings, &ring->stream, ring);
  }
  return ring;
}

void
weir_recent_note (WeirRecent *recent, guint64 stream, const WeirSample *sample)
{
  Ring *ring = get_ring (recent, stream);
  Signature *s = &ring->signatures[ring->count++ % WEIR_RECENT_SAMPLES];

  s->pts_ms = sample->pts_ms;
  s->arrival_us = sample->arrival_us;
  s->quality = sample->quality;
  memcpy (s->hash, sample->hash, sizeof s->hash);
}

void
weir_recent_forget (WeirRecent *recent, guint64 stream)
{
  g_hash_table_remove (recent->rings, &stream);
}

gboolean
weir_recent_tell_once (WeirRecent *recent, guint64 stream, const char *text)
{
  Ring *ring = get_ring (recent, stream);

  if (g_strcmp0 (ring->told, text) == 0)
    return FALSE;
  g_free (ring->told);
  ring->told = g_strdup (text);
  return TRUE;
}

static guint
distance (const guint8 a[32], const guint8 b[32])
{
  guint64 x[4], y[4];
  guint sum = 0;

  memcpy (x, a, sizeof x);
  memcpy (y, b, sizeof y);
  for (guint w = 0; w < 4; w++)
    sum += (guint) __builtin_popcountll (x[w] ^ y[w]);
  return sum;
}

static void
search_ring (const Ring *ring, const guint8 hash[32], guint32 index,
    guint radius, guint min_quality, WeirRecentFunc func, gpointer data)
{
  guint first =
      ring->count > WEIR_RECENT_SAMPLES ? ring->count - WEIR_RECENT_SAMPLES : 0;

  for (guint i = first; i < ring->count; i++) {
    const Signature *s = &ring->signatures[i % WEIR_RECENT_SAMPLES];
    guint d = distance (s->hash, hash);
    WeirSample sample = { .pts_ms = s->pts_ms,
      .arrival_us = s->arrival_us,
      .quality = s->quality,
      .n_hits = 1 };

    if (d > radius || s->quality < min_quality)
      continue;
    memcpy (sample.hash, s->hash, sizeof sample.hash);
    sample.hits[0] = (WeirSampleHit){ .entry = index, .distance = (guint16) d };
    func (ring->stream, &sample, data);
  }
}

void
weir_recent_search (const WeirRecent *recent, const guint8 hash[32],
    guint32 index, guint radius, guint min_quality, WeirRecentFunc func,
    gpointer data)
{
  GHashTableIter iter;
  gpointer ring;

  g_hash_table_iter_init (&iter, recent->rings);
  while (g_hash_table_iter_next (&iter, NULL, &ring))
    search_ring (ring, hash, index, radius, min_quality, func, data);
}
