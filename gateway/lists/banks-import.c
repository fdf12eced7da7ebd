/* Lists that are put into a bank while the gateway runs: read in a thread, then
 * kept, and looked for all from one moment on. */
#include "lists/banks-impl.h"

#include <string.h>

#include "lists/list-reading.h"

/* So many go into the generation that is there; for more the next one is
 * built. Written one behind the other they are there within microseconds. */
#define MAX_DIRECT 1000

typedef struct {
  WeirBankReading *reading;
  GByteArray *known;
  WeirMailbox *mailbox;
} Job;

static gpointer
run_read (gpointer data)
{
  Job *job = data;

  weir_list_read (
      job->reading, job->known->data, job->known->len / WEIR_SIGNAL_HASH_BYTES);
  weir_mailbox_put (job->mailbox, job->reading);
  g_byte_array_unref (job->known);
  g_free (job);
  return NULL;
}

static void
on_read (gpointer message, gpointer data)
{
  Banks *banks = data;

  g_thread_join (g_steal_pointer (&banks->reader));
  banks->on_read (message, banks->read_data);
}

static void
add_known (const WeirSignal *signal, gpointer data)
{
  g_byte_array_append (data, signal->hash, WEIR_SIGNAL_HASH_BYTES);
}

gboolean
weir_banks_read (WeirBanks *base, WeirBankReading *reading,
    WeirBankReadingFunc func, gpointer data)
{
  Banks *banks = (Banks *) base;
  Job *job;

  if (banks->reader != NULL || banks->read == NULL)
    return FALSE;
  job = g_new (Job, 1);
  *job = (Job){ reading, g_byte_array_new (), banks->read };
  base->klass->each_signal (base, reading->bank, add_known, job->known);
  banks->on_read = func;
  banks->read_data = data;
  banks->reader = g_thread_new ("weir-import", run_read, job);
  return TRUE;
}

guint32
weir_banks_count_signals (const WeirBanks *base)
{
  return g_hash_table_size (((const Banks *) base)->by_id);
}

guint32
weir_banks_add_waiting (WeirBanks *base, WeirSignal *signal)
{
  Banks *banks = (Banks *) base;
  guint32 place = banks->lives->len;

  weir_banks_keep (banks, signal)->waits = TRUE;
  if (banks->n_waiting++ == 0)
    banks->first_waiting = place;
  return weir_bank_set_end (banks->set) + place;
}

/* They are like others from now on, but that no index has them. */
static void
release (Banks *banks)
{
  for (guint i = banks->first_waiting; i < banks->lives->len; i++) {
    Live *live = g_ptr_array_index (banks->lives, i);
    WeirBank *bank = live->waits && live->signal != NULL
                         ? weir_bank_set_find (banks->set, live->signal->bank)
                         : NULL;

    if (bank != NULL && weir_bank_looks_for (bank, live->signal))
      live->bank = bank;
  }
}

static gboolean
has_room (const Banks *banks)
{
  /* Ids rise: nobody may have come behind them. */
  return banks->n_waiting <= MAX_DIRECT
         && banks->lives->len - banks->first_waiting == banks->n_waiting
         && weir_index_writer_room (banks->writer)
                >= WEIR_BANKS_MIN_CAPACITY / 2 + banks->n_waiting;
}

static void
forget_waiting (Banks *banks)
{
  for (guint i = banks->first_waiting; i < banks->lives->len; i++)
    ((Live *) g_ptr_array_index (banks->lives, i))->waits = FALSE;
  banks->n_waiting = 0;
}

void
weir_banks_imports_end (Banks *banks, const GError *error)
{
  WeirBankLetInFunc func = g_steal_pointer (&banks->on_let_in);

  banks->letting_in = FALSE;
  func (error, banks->let_in_data);
}

void
weir_banks_imports_go_on (Banks *banks)
{
  guint32 end = weir_bank_set_end (banks->set);
  gboolean direct;

  if (banks->on_let_in == NULL || banks->letting_in || banks->read == NULL)
    return;
  release (banks);
  direct = has_room (banks);
  for (guint i = banks->first_waiting; direct && i < banks->lives->len; i++) {
    const Live *live = g_ptr_array_index (banks->lives, i);

    if (live->waits && live->bank != NULL && live->signal != NULL)
      weir_index_writer_add (banks->writer, live->signal->hash, end + i);
  }
  forget_waiting (banks);
  if (direct) {
    weir_banks_imports_end (banks, NULL);
    return;
  }
  banks->letting_in = TRUE;
  weir_banks_begin_build (banks, banks->set);
}

void
weir_banks_let_in (WeirBanks *base, WeirBankLetInFunc func, gpointer data)
{
  Banks *banks = (Banks *) base;

  g_assert (banks->on_let_in == NULL);
  banks->on_let_in = func;
  banks->let_in_data = data;
  if (banks->thread == NULL)
    weir_banks_imports_go_on (banks);
}

void
weir_banks_imports_start (Banks *banks)
{
  banks->read =
      weir_mailbox_new (banks->loop, 1, on_read, weir_bank_reading_free, banks);
}

void
weir_banks_imports_stop (Banks *banks)
{
  if (banks->reader != NULL)
    g_thread_join (g_steal_pointer (&banks->reader));
  g_clear_pointer (&banks->read, weir_mailbox_free);
}
