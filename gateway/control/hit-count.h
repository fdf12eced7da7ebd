/* How often something of a bank has matched. Plain record. */
#pragma once

#include <glib.h>

typedef struct {
  char *bank;
  char *entry; /* its name; "": the bank as a whole */
  gint64 hits; /* pictures */
  gint64 last_ms;
} WeirHitCount;

WeirHitCount *weir_hit_count_new (
    const char *bank, const char *entry, gint64 hits, gint64 last_ms);
WeirHitCount *weir_hit_count_copy (const WeirHitCount *count);
void weir_hit_count_free (gpointer count);
