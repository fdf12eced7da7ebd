/* A ring of minutes for each bank. */
#include "control/bank-hits.h"

#define MINUTE_MS 60000
#define MINUTES 60

typedef struct {
  gint64 minute[MINUTES]; /* which one the count is of */
  guint count[MINUTES];
  gint64 last_ms;
} Ring;

struct _WeirBankHits {
  GHashTable *rings; /* by a bank's name */
};

WeirBankHits *
weir_bank_hits_new (void)
{
  WeirBankHits *hits = g_new (WeirBankHits, 1);

  hits->rings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return hits;
}

void
weir_bank_hits_free (WeirBankHits *hits)
{
  if (hits == NULL)
    return;
  g_hash_table_unref (hits->rings);
  g_free (hits);
}

void
weir_bank_hits_note (WeirBankHits *hits, const char *bank, gint64 now_ms)
{
  Ring *ring = g_hash_table_lookup (hits->rings, bank);
  gint64 minute = now_ms / MINUTE_MS;
  gsize i = (gsize) (minute % MINUTES);

  if (ring == NULL) {
    if (g_hash_table_size (hits->rings) >= WEIR_BANK_HITS_MAX)
      return;
    ring = g_new0 (Ring, 1);
    g_hash_table_insert (hits->rings, g_strdup (bank), ring);
  }
  if (ring->minute[i] != minute) {
    ring->minute[i] = minute;
    ring->count[i] = 0;
  }
  ring->count[i]++;
  ring->last_ms = now_ms;
}

guint
weir_bank_hits_count (const WeirBankHits *hits, const char *bank, gint64 now_ms,
    gint64 *ret_last_ms)
{
  const Ring *ring = g_hash_table_lookup (hits->rings, bank);
  gint64 minute = now_ms / MINUTE_MS;
  guint count = 0;

  *ret_last_ms = ring != NULL ? ring->last_ms : 0;
  for (guint i = 0; ring != NULL && i < MINUTES; i++)
    if (ring->minute[i] > minute - MINUTES && ring->minute[i] <= minute)
      count += ring->count[i];
  return count;
}
