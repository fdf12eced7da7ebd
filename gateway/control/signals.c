/* Keeps the store's signals to one a hash. */
#include "control/signals.h"

#include "base/log.h"
#include "control/banks.h"

static void
on_forgotten (const GError *error, gpointer data)
{
  weir_control_note_store (data, error);
}

void
weir_signals_forget (WeirControl *control, const char *id)
{
  WeirTxn *txn = weir_txn_new ();

  weir_txn_delete_signal (txn, id);
  weir_store_submit (control->store, txn, on_forgotten, control);
}

/* SIGNAL (taken) is in the banks, or in TXN, to be deleted. TRUE when one was
 * too many. */
static gboolean
take (WeirControl *control, WeirSignal *signal, WeirTxn *txn)
{
  const WeirBanksClass *klass = control->banks->klass;
  const WeirSignal *same = klass->find_same (control->banks, signal);
  gboolean stays =
      same == NULL || (same->released_ms == 0 && signal->released_ms != 0);

  if (!stays) {
    weir_txn_delete_signal (txn, signal->id);
    weir_signal_free (signal);
    return TRUE;
  }
  if (same != NULL) {
    weir_txn_delete_signal (txn, same->id);
    klass->remove (control->banks, same->id);
  }
  klass->add (control->banks, signal, NULL);
  return same != NULL;
}

void
weir_signals_load (WeirControl *control, GPtrArray *loaded)
{
  WeirTxn *txn = weir_txn_new ();
  guint twice = 0;

  if (loaded != NULL)
    g_ptr_array_set_free_func (loaded, NULL);
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    twice += take (control, g_ptr_array_index (loaded, i), txn);
  if (loaded != NULL)
    g_ptr_array_set_size (loaded, 0);
  if (twice == 0) {
    weir_txn_free (txn);
    return;
  }
  weir_info ("lists", NULL,
      "%u entries were stored twice when the gateway ended: one of each stays",
      twice);
  weir_store_submit (control->store, txn, on_forgotten, control);
}
