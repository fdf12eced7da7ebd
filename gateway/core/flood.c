/* Counts on how many streams an entry fires. */
#include "core/flood.h"

typedef struct {
  guint64 stream; /* 0 where only the publisher matters */
  guint publisher;
  gint64 at_ms;
} Seen;

typedef struct {
  GArray *seen;     /* Seen, a stream once */
  GArray *released; /* Seen, a publisher once */
  gint64 cut_ms;
  gboolean was_cut;
  gint64 told_ms;
  gboolean was_told;
  gint64 last_ms;
} Entry;

struct _WeirFlood {
  GHashTable *entries; /* Entry by its name */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_array_unref (entry->seen);
  g_array_unref (entry->released);
  g_free (entry);
}

WeirFlood *
weir_flood_new (void)
{
  WeirFlood *flood = g_new0 (WeirFlood, 1);

  flood->entries =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  return flood;
}

void
weir_flood_free (WeirFlood *flood)
{
  if (flood == NULL)
    return;
  g_hash_table_unref (flood->entries);
  g_free (flood);
}

static void
drop_oldest (WeirFlood *flood)
{
  GHashTableIter iter;
  gpointer key, value;
  const char *oldest = NULL;
  gint64 oldest_ms = G_MAXINT64;

  g_hash_table_iter_init (&iter, flood->entries);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const Entry *entry = value;

    if (entry->last_ms >= oldest_ms)
      continue;
    oldest = key;
    oldest_ms = entry->last_ms;
  }
  g_hash_table_remove (flood->entries, oldest);
}

static Entry *
get (WeirFlood *flood, const char *name)
{
  Entry *entry = g_hash_table_lookup (flood->entries, name);

  if (entry != NULL)
    return entry;
  if (g_hash_table_size (flood->entries) >= WEIR_FLOOD_MAX_ENTRIES)
    drop_oldest (flood);
  entry = g_new0 (Entry, 1);
  entry->seen = g_array_new (FALSE, FALSE, sizeof (Seen));
  entry->released = g_array_new (FALSE, FALSE, sizeof (Seen));
  g_hash_table_insert (flood->entries, g_strdup (name), entry);
  return entry;
}

/* The same again is only newer; of too many the oldest gives way. */
static void
note (GArray *list, guint most, guint64 stream, guint publisher, gint64 now_ms)
{
  const Seen fresh = { stream, publisher, now_ms };
  guint place = list->len, oldest = 0;

  for (guint i = 0; i < list->len && place == list->len; i++) {
    const Seen *s = &g_array_index (list, Seen, i);

    if (s->stream == stream && (stream != 0 || s->publisher == publisher))
      place = i;
    if (s->at_ms < g_array_index (list, Seen, oldest).at_ms)
      oldest = i;
  }
  if (place == list->len && list->len >= most)
    place = oldest;
  if (place == list->len)
    g_array_append_val (list, fresh);
  else
    g_array_index (list, Seen, place) = fresh;
}

static void
expire (GArray *list, gint64 since_ms)
{
  for (guint i = list->len; i > 0; i--)
    if (g_array_index (list, Seen, i - 1).at_ms < since_ms)
      g_array_remove_index_fast (list, i - 1);
}

static guint
count_publishers (const GArray *list)
{
  guint n = 0;

  for (guint i = 0; i < list->len; i++) {
    guint k = 0;

    while (k < i
           && g_array_index (list, Seen, k).publisher
                  != g_array_index (list, Seen, i).publisher)
      k++;
    n += k == i;
  }
  return n;
}

static WeirFloodChange
judge (Entry *entry, const WeirFloodLimit *limit, gint64 now_ms,
    WeirFloodCount *ret)
{
  gint64 since_ms = now_ms - limit->window_ms;

  expire (entry->seen, since_ms);
  expire (entry->released, since_ms);
  *ret = (WeirFloodCount){ .streams = entry->seen->len,
    .released = entry->released->len,
    .cut = entry->was_cut && entry->cut_ms >= since_ms };
  if (limit->streams == 0 || ret->streams < limit->streams)
    return WEIR_FLOOD_CALM;
  ret->publishers = count_publishers (entry->seen);
  if (ret->publishers < (limit->streams + 1) / 2)
    return WEIR_FLOOD_CALM;
  if (ret->released >= limit->released && !ret->cut)
    return WEIR_FLOOD_FALSE;
  if (entry->was_told && entry->told_ms >= since_ms)
    return WEIR_FLOOD_CALM;
  entry->was_told = TRUE;
  entry->told_ms = now_ms;
  return WEIR_FLOOD_MANY;
}

WeirFloodChange
weir_flood_hit (WeirFlood *flood, const char *name, guint64 stream,
    const char *publisher, const WeirFloodLimit *limit, gint64 now_ms,
    WeirFloodCount *ret_count)
{
  Entry *entry = get (flood, name);

  entry->last_ms = now_ms;
  note (
      entry->seen, WEIR_FLOOD_MAX_SEEN, stream, g_str_hash (publisher), now_ms);
  return judge (entry, limit, now_ms, ret_count);
}

WeirFloodChange
weir_flood_decide (WeirFlood *flood, const char *name, const char *publisher,
    gboolean cut, const WeirFloodLimit *limit, gint64 now_ms,
    WeirFloodCount *ret_count)
{
  Entry *entry = get (flood, name);

  entry->last_ms = MAX (entry->last_ms, now_ms);
  if (cut) {
    entry->was_cut = TRUE;
    entry->cut_ms = now_ms;
  } else {
    note (entry->released, WEIR_FLOOD_MAX_RELEASED, 0, g_str_hash (publisher),
        now_ms);
  }
  return judge (entry, limit, now_ms, ret_count);
}

void
weir_flood_forget (WeirFlood *flood, const char *name)
{
  g_hash_table_remove (flood->entries, name);
}

guint
weir_flood_count_entries (const WeirFlood *flood)
{
  return g_hash_table_size (flood->entries);
}
