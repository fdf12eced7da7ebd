/* A ring of hashes. */
#include "core/lookalikes.h"

#include <string.h>

typedef struct {
  guint64 words[WEIR_LOOKALIKES_BYTES / 8];
  guint64 stream;
  guint64 publisher;
  gint64 at_ms;
} Picture;

struct _WeirLookalikes {
  gint64 max_age_ms;
  guint n;    /* filled */
  guint next; /* place of the next one */
  Picture ring[WEIR_LOOKALIKES_KEPT];
};

WeirLookalikes *
weir_lookalikes_new (gint64 max_age_ms)
{
  WeirLookalikes *self = g_new0 (WeirLookalikes, 1);

  self->max_age_ms = max_age_ms;
  return self;
}

void
weir_lookalikes_free (WeirLookalikes *self)
{
  g_free (self);
}

static gboolean
is_near (const guint64 *a, const guint64 *b)
{
  guint distance = 0;

  for (guint i = 0; i < WEIR_LOOKALIKES_BYTES / 8; i++)
    distance += (guint) __builtin_popcountll (a[i] ^ b[i]);
  return distance <= WEIR_LOOKALIKES_RADIUS;
}

guint64
weir_lookalikes_add (WeirLookalikes *self,
    const guint8 hash[WEIR_LOOKALIKES_BYTES], guint64 stream, guint64 publisher,
    gint64 now_ms)
{
  Picture picture = {
    .stream = stream, .publisher = publisher, .at_ms = now_ms
  };
  guint64 found = 0;

  memcpy (picture.words, hash, sizeof picture.words);
  /* From the newest back. */
  for (guint i = 1; i <= self->n && found == 0; i++) {
    const Picture *other = &self->ring[(self->next + WEIR_LOOKALIKES_KEPT - i)
                                       % WEIR_LOOKALIKES_KEPT];

    if (now_ms - other->at_ms > self->max_age_ms)
      break;
    if (other->publisher != publisher && is_near (other->words, picture.words))
      found = other->stream;
  }
  self->ring[self->next] = picture;
  self->next = (self->next + 1) % WEIR_LOOKALIKES_KEPT;
  self->n = MIN (self->n + 1, WEIR_LOOKALIKES_KEPT);
  return found;
}
