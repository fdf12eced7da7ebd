/* Rings of signatures. */
#include "control/recent.h"

#include <string.h>

typedef struct {
  gint64 pts_ms;
  gint64 arrival_us;
  guint quality;
  guint8 hash[32];
  GArray *told; /* guint64, of entries; NULL: none */
} Signature;

typedef struct {
  guint64 stream;
  guint count; /* ever put in */
  guint taken; /* of them, since all were to be looked at anew */
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

  for (guint i = 0; i < WEIR_RECENT_SAMPLES; i++)
    g_clear_pointer (&ring->signatures[i].told, g_array_unref);
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

guint
weir_recent_note (WeirRecent *recent, guint64 stream, const WeirSample *sample)
{
  Ring *ring = get_ring (recent, stream);
  guint picture = ring->count++;
  Signature *s = &ring->signatures[picture % WEIR_RECENT_SAMPLES];

  s->pts_ms = sample->pts_ms;
  s->arrival_us = sample->arrival_us;
  s->quality = sample->quality;
  memcpy (s->hash, sample->hash, sizeof s->hash);
  g_clear_pointer (&s->told, g_array_unref);
  return picture;
}

void
weir_recent_forget (WeirRecent *recent, guint64 stream)
{
  g_hash_table_remove (recent->rings, &stream);
}

/* The number of the oldest that is kept. */
static guint
first_of (const Ring *ring)
{
  return ring->count > WEIR_RECENT_SAMPLES ? ring->count - WEIR_RECENT_SAMPLES
                                           : 0;
}

/* NULL when it is not among the latest. */
static Signature *
find (const WeirRecent *recent, guint64 stream, guint picture)
{
  Ring *ring = g_hash_table_lookup (recent->rings, &stream);

  return ring != NULL && picture >= first_of (ring) && picture < ring->count
             ? &ring->signatures[picture % WEIR_RECENT_SAMPLES]
             : NULL;
}

static guint64
key_of (const char *bank, const char *entry)
{
  return (guint64) g_str_hash (bank) << 32 | g_str_hash (entry);
}

static gboolean
is_told (const Signature *s, guint64 key)
{
  for (guint i = 0; s->told != NULL && i < s->told->len; i++)
    if (g_array_index (s->told, guint64, i) == key)
      return TRUE;
  return FALSE;
}

void
weir_recent_tell (WeirRecent *recent, guint64 stream, guint picture,
    const char *bank, const char *entry)
{
  Signature *s = find (recent, stream, picture);
  guint64 key = key_of (bank, entry);

  if (s == NULL || is_told (s, key))
    return;
  if (s->told == NULL)
    s->told = g_array_new (FALSE, FALSE, sizeof key);
  if (s->told->len < WEIR_RECENT_MAX_TOLD)
    g_array_append_val (s->told, key);
}

gboolean
weir_recent_was_told (const WeirRecent *recent, guint64 stream, guint picture,
    const char *bank, const char *entry)
{
  const Signature *s = find (recent, stream, picture);

  return s != NULL && is_told (s, key_of (bank, entry));
}

void
weir_recent_take (WeirRecent *recent, guint64 stream, GArray *ret)
{
  Ring *ring = g_hash_table_lookup (recent->rings, &stream);

  if (ring == NULL)
    return;
  for (guint i = MAX (first_of (ring), ring->taken); i < ring->count; i++) {
    const Signature *s = &ring->signatures[i % WEIR_RECENT_SAMPLES];
    WeirRecentPicture picture = { .stream = stream,
      .picture = i,
      .quality = s->quality,
      .pts_ms = s->pts_ms,
      .arrival_us = s->arrival_us };

    memcpy (picture.hash, s->hash, sizeof picture.hash);
    g_array_append_val (ret, picture);
  }
  ring->taken = ring->count;
}

void
weir_recent_look_anew_at (WeirRecent *recent, guint64 stream)
{
  Ring *ring = g_hash_table_lookup (recent->rings, &stream);

  if (ring != NULL)
    ring->taken = 0;
}

void
weir_recent_look_anew (WeirRecent *recent)
{
  GHashTableIter iter;
  gpointer ring;

  g_hash_table_iter_init (&iter, recent->rings);
  while (g_hash_table_iter_next (&iter, NULL, &ring))
    ((Ring *) ring)->taken = 0;
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
  for (guint i = first_of (ring); i < ring->count; i++) {
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
    func (ring->stream, i, &sample, data);
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
