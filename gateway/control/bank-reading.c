/* Readings as records. */
#include "control/bank-reading.h"

#include <unistd.h>

static void
refusal_clear (gpointer data)
{
  g_free (((WeirBankRefusal *) data)->why);
}

WeirBankReading *
weir_bank_reading_new (const char *bank, const char *source, const char *by,
    int fd, gsize size, guint max)
{
  WeirBankReading *reading = g_new0 (WeirBankReading, 1);

  reading->bank = g_strdup (bank);
  reading->source = g_strdup (source);
  reading->by = g_strdup (by);
  reading->fd = fd;
  reading->size = size;
  reading->max = max;
  reading->refusals = g_array_new (FALSE, FALSE, sizeof (WeirBankRefusal));
  g_array_set_clear_func (reading->refusals, refusal_clear);
  return reading;
}

void
weir_bank_reading_free (gpointer data)
{
  WeirBankReading *reading = data;

  if (reading == NULL)
    return;
  if (reading->fd >= 0)
    close (reading->fd);
  g_free (reading->bank);
  g_free (reading->source);
  g_free (reading->by);
  g_clear_pointer (&reading->signals, g_ptr_array_unref);
  g_array_unref (reading->refusals);
  g_free (reading->sha256);
  g_clear_error (&reading->error);
  g_free (reading);
}
