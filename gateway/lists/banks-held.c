/* Entries that are not looked for, as their hash or their quality speaks
 * against them. */
#include <string.h>

#include "lists/banks-impl.h"

char *
weir_banks_dup_fault (const WeirBanks *base, const WeirSignal *signal)
{
  return weir_bank_dup_fault (
      weir_bank_set_find (((const Banks *) base)->set, signal->bank), signal);
}

/* The signal that has ENTRY's hash, or NULL. */
static const WeirSignal *
find_signal (
    const Banks *banks, const WeirBank *bank, const WeirHashlistEntry *entry)
{
  WeirSignal like = { .bank = bank->name };

  memcpy (like.hash, entry->hash, sizeof like.hash);
  return weir_banks_find_same (&banks->parent, &like);
}

static gboolean
is_released (
    const Banks *banks, const WeirBank *bank, const WeirHashlistEntry *entry)
{
  const WeirSignal *same = find_signal (banks, bank, entry);

  return same != NULL && same->released_ms != 0;
}

static void
tell_held_signals (const Banks *banks, const WeirBank *bank,
    WeirBankHeldFunc func, gpointer data)
{
  guint told = 0;

  for (guint i = 0; i < banks->lives->len && told < WEIR_BANKS_MAX_TOLD; i++) {
    const WeirSignal *s =
        ((const Live *) g_ptr_array_index (banks->lives, i))->signal;
    g_autofree char *fault = NULL;

    if (s == NULL || strcmp (s->bank, bank->name) != 0)
      continue;
    fault = weir_bank_dup_fault (bank, s);
    if (fault == NULL)
      continue;
    told++;
    func (&(const WeirBankHeld){ s->entry, s->hash, s->quality, s->id, 0, fault,
              s->by, s->created_ms },
        data);
  }
}

gboolean
weir_banks_each_held (const WeirBanks *base, const char *name,
    WeirBankHeldFunc func, gpointer data)
{
  const Banks *banks = (const Banks *) base;
  const WeirBank *bank = weir_bank_set_find (banks->set, name);
  const WeirHashlistEntry *e;

  if (bank == NULL)
    return FALSE;
  if (!bank->enabled)
    return TRUE;
  tell_held_signals (banks, bank, func, data);
  for (guint32 i = 0; (e = weir_left_out_get (bank->left_out, i)) != NULL;
       i++) {
    g_autofree char *fault = weir_bank_dup_entry_fault (bank, e);

    if (!is_released (banks, bank, e))
      func (&(const WeirBankHeld){ e->entry, e->hash, e->quality, NULL, e->line,
                fault, NULL, bank->read_ms },
          data);
  }
  return TRUE;
}

/* --- looking for one --- */

typedef struct {
  const Banks *banks;
  const WeirBank *bank;
  const char *name; /* or id */
  guint8 hash[WEIR_SIGNAL_HASH_BYTES];
  gboolean by_hash;
  WeirSignal *found;  /* the latest */
  GHashTable *hashes; /* of all that were, as hex digits */
} Search;

static char *
dup_text (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

static WeirSignal *
make_signal (const char *bank, const WeirHashlistEntry *entry)
{
  static const WeirHashlistMore none = { 0 };
  const WeirHashlistMore *more = entry->more != NULL ? entry->more : &none;
  WeirSignal *signal = g_new0 (WeirSignal, 1);

  signal->bank = g_strdup (bank);
  memcpy (signal->hash, entry->hash, sizeof signal->hash);
  signal->quality = entry->quality;
  signal->entry = g_strdup (entry->entry);
  signal->item = g_strdup (entry->item);
  signal->label = dup_text (more->label);
  signal->owner = dup_text (more->owner);
  signal->opinion = dup_text (weir_hashlist_opinion_text (more->opinion));
  signal->note = dup_text (more->note);
  signal->disable_until_ms = more->disable_until_s * 1000;
  signal->of_file = TRUE;
  return signal;
}

/* Takes SIGNAL. */
static void
note_found (Search *search, WeirSignal *signal)
{
  /* The first of a hash is the one. */
  if (!g_hash_table_add (search->hashes, weir_signal_dup_hex (signal->hash))) {
    weir_signal_free (signal);
    return;
  }
  weir_signal_free (search->found);
  search->found = signal;
}

static void
search_signals (Search *search)
{
  for (guint i = 0; i < search->banks->lives->len; i++) {
    const WeirSignal *s =
        ((const Live *) g_ptr_array_index (search->banks->lives, i))->signal;
    g_autofree char *fault = NULL;

    if (s == NULL || s->released_ms != 0
        || strcmp (s->bank, search->bank->name) != 0
        || !(search->by_hash
                 ? memcmp (s->hash, search->hash, sizeof s->hash) == 0
                 : strcmp (s->entry, search->name) == 0
                       || strcmp (s->id, search->name) == 0))
      continue;
    fault = weir_bank_dup_fault (search->bank, s);
    if (fault != NULL)
      note_found (search, weir_signal_copy (s));
  }
}

/* A signal with the same hash goes before, so that there is one of it. */
static void
note_entry (Search *search, const WeirHashlistEntry *entry)
{
  const WeirSignal *same = find_signal (search->banks, search->bank, entry);

  if (same == NULL)
    note_found (search, make_signal (search->bank->name, entry));
  else if (same->released_ms == 0)
    note_found (search, weir_signal_copy (same));
}

static void
search_file (Search *search)
{
  const WeirLeftOut *left_out = search->bank->left_out;
  const WeirHashlistEntry *e;

  if (search->by_hash) {
    e = weir_left_out_find (left_out, search->hash, NULL);
    if (e != NULL)
      note_entry (search, e);
    return;
  }
  for (guint32 i = 0; (e = weir_left_out_get (left_out, i)) != NULL; i++)
    if (strcmp (e->entry, search->name) == 0)
      note_entry (search, e);
}

WeirSignal *
weir_banks_find_held (const WeirBanks *base, const char *name,
    const char *entry, guint *ret_count)
{
  const Banks *banks = (const Banks *) base;
  Search search = {
    .banks = banks, .bank = weir_bank_set_find (banks->set, name), .name = entry
  };

  search.hashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  search.by_hash = weir_signal_parse_hash (entry, search.hash);
  if (search.bank != NULL && search.bank->enabled) {
    search_signals (&search);
    search_file (&search);
  }
  *ret_count = g_hash_table_size (search.hashes);
  g_hash_table_unref (search.hashes);
  if (*ret_count > 1)
    g_clear_pointer (&search.found, weir_signal_free);
  return search.found;
}
