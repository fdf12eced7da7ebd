/* Finds what is left out of a bank. */
#include "lists/left-out.h"

#include <string.h>

#include "control/banks.h"

struct _WeirLeftOut {
  const WeirHashlist *list;
  GArray *first;   /* guint32, places in LIST */
  GArray *by_hash; /* the same of all, by hash and place */
};

gboolean
weir_left_out_is (const WeirHashlistEntry *entry, guint min_quality)
{
  return entry->quality < min_quality || entry->health != WEIR_HASHLIST_SOUND;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeirHashlist *list = data;
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
  int order = memcmp (
      list->entries[x].hash, list->entries[y].hash, WEIR_PDQ_HASH_BYTES);

  return order != 0 ? order : (x > y) - (x < y);
}

WeirLeftOut *
weir_left_out_new (const WeirHashlist *list, guint min_quality)
{
  WeirLeftOut *self = g_new0 (WeirLeftOut, 1);

  self->list = list;
  self->first = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->by_hash = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint32 i = 0; i < list->count; i++) {
    if (!weir_left_out_is (&list->entries[i], min_quality))
      continue;
    if (self->first->len < WEIR_BANKS_MAX_TOLD)
      g_array_append_val (self->first, i);
    g_array_append_val (self->by_hash, i);
  }
  g_array_sort_with_data (self->by_hash, compare, (gpointer) list);
  return self;
}

void
weir_left_out_free (WeirLeftOut *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->first);
  g_array_unref (self->by_hash);
  g_free (self);
}

guint32
weir_left_out_count (const WeirLeftOut *self)
{
  return self->by_hash->len;
}

static const WeirHashlistEntry *
entry_at (const WeirLeftOut *self, const GArray *places, guint32 i)
{
  return &self->list->entries[g_array_index (places, guint32, i)];
}

/* The first place whose hash is not below HASH or, with ABOVE, is above it. */
static guint32
find_place (const WeirLeftOut *self, const guint8 *hash, gboolean above)
{
  guint32 low = 0, high = self->by_hash->len;

  while (low < high) {
    guint32 middle = low + (high - low) / 2;
    int order = memcmp (entry_at (self, self->by_hash, middle)->hash, hash,
        WEIR_PDQ_HASH_BYTES);

    if (order < 0 || (above && order == 0))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const WeirHashlistEntry *
weir_left_out_find (const WeirLeftOut *self,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], guint32 *ret_count)
{
  guint32 first = find_place (self, hash, FALSE);
  guint32 end = find_place (self, hash, TRUE);

  if (ret_count != NULL)
    *ret_count = end - first;
  return end > first ? entry_at (self, self->by_hash, first) : NULL;
}

const WeirHashlistEntry *
weir_left_out_get (const WeirLeftOut *self, guint32 place)
{
  return place < self->first->len ? entry_at (self, self->first, place) : NULL;
}
