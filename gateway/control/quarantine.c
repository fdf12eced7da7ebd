/* Quarantines as records. */
#include "control/quarantine.h"

char *
weir_quarantine_dup_id (const char *bank, const char *entry)
{
  return g_strconcat (bank, "\n", entry, NULL);
}

WeirQuarantine *
weir_quarantine_new (const char *bank, const char *entry, const char *reason,
    const char *by, gint64 since_ms)
{
  WeirQuarantine *q = g_new0 (WeirQuarantine, 1);

  q->id = weir_quarantine_dup_id (bank, entry);
  q->bank = g_strdup (bank);
  q->entry = g_strdup (entry);
  q->reason = g_strdup (reason);
  q->by = g_strdup (by);
  q->note = g_strdup ("");
  q->since_ms = since_ms;
  return q;
}

WeirQuarantine *
weir_quarantine_copy (const WeirQuarantine *q)
{
  WeirQuarantine *copy =
      weir_quarantine_new (q->bank, q->entry, q->reason, q->by, q->since_ms);

  g_free (copy->note);
  copy->note = g_strdup (q->note);
  copy->released_ms = q->released_ms;
  copy->until_ms = q->until_ms;
  return copy;
}

void
weir_quarantine_free (WeirQuarantine *q)
{
  if (q == NULL)
    return;
  g_free (q->id);
  g_free (q->bank);
  g_free (q->entry);
  g_free (q->reason);
  g_free (q->by);
  g_free (q->note);
  g_free (q);
}

gboolean
weir_quarantine_is_in_effect (const WeirQuarantine *q, gint64 now_ms)
{
  return q->released_ms == 0 && (q->until_ms == 0 || now_ms < q->until_ms);
}
