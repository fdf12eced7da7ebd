/* Signals as records. */
#include "control/signal.h"

#include <string.h>

void
weir_signal_free (WeirSignal *signal)
{
  if (signal == NULL)
    return;
  g_free (signal->id);
  g_free (signal->bank);
  g_free (signal->entry);
  g_free (signal->item);
  g_free (signal->label);
  g_free (signal->owner);
  g_free (signal->opinion);
  g_free (signal->note);
  g_free (signal->by);
  g_free (signal->released_by);
  g_free (signal->release_note);
  g_free (signal);
}

WeirSignal *
weir_signal_copy (const WeirSignal *signal)
{
  WeirSignal *copy = g_memdup2 (signal, sizeof *signal);

  copy->id = g_strdup (signal->id);
  copy->bank = g_strdup (signal->bank);
  copy->entry = g_strdup (signal->entry);
  copy->item = g_strdup (signal->item);
  copy->label = g_strdup (signal->label);
  copy->owner = g_strdup (signal->owner);
  copy->opinion = g_strdup (signal->opinion);
  copy->note = g_strdup (signal->note);
  copy->by = g_strdup (signal->by);
  copy->released_by = g_strdup (signal->released_by);
  copy->release_note = g_strdup (signal->release_note);
  return copy;
}

gboolean
weir_signal_parse_hash (
    const char *text, guint8 ret_hash[WEIR_SIGNAL_HASH_BYTES])
{
  guint8 hash[WEIR_SIGNAL_HASH_BYTES];

  if (strlen (text) != 2 * sizeof hash)
    return FALSE;
  for (guint i = 0; i < sizeof hash; i++) {
    int high = g_ascii_xdigit_value (text[2 * i]);
    int low = g_ascii_xdigit_value (text[2 * i + 1]);

    if (high < 0 || low < 0)
      return FALSE;
    hash[i] = (guint8) (high << 4 | low);
  }
  memcpy (ret_hash, hash, sizeof hash);
  return TRUE;
}

char *
weir_signal_dup_hex (const guint8 hash[WEIR_SIGNAL_HASH_BYTES])
{
  char *text = g_malloc (2 * WEIR_SIGNAL_HASH_BYTES + 1);

  for (guint i = 0; i < WEIR_SIGNAL_HASH_BYTES; i++)
    g_snprintf (text + 2 * i, 3, "%02x", hash[i]);
  return text;
}
