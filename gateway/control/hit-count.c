/* Counts of hits as records. */
#include "control/hit-count.h"

WeirHitCount *
weir_hit_count_new (
    const char *bank, const char *entry, gint64 hits, gint64 last_ms)
{
  WeirHitCount *count = g_new0 (WeirHitCount, 1);

  *count = (WeirHitCount){ g_strdup (bank), g_strdup (entry), hits, last_ms };
  return count;
}

WeirHitCount *
weir_hit_count_copy (const WeirHitCount *count)
{
  return weir_hit_count_new (
      count->bank, count->entry, count->hits, count->last_ms);
}

void
weir_hit_count_free (gpointer data)
{
  WeirHitCount *count = data;

  if (count == NULL)
    return;
  g_free (count->bank);
  g_free (count->entry);
  g_free (count);
}
