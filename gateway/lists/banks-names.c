/* Entries by what people call them. */
#include <string.h>

#include "lists/banks-impl.h"

/* Longer lists are not looked through on the loop. */
#define MAX_SCANNED 500000u

typedef struct {
  const char *name; /* or a signal's id */
  guint8 hash[WEIR_SIGNAL_HASH_BYTES];
  gboolean by_hash;
} Wanted;

static const char *
find_signal (const Banks *banks, const char *bank, const Wanted *wanted)
{
  for (guint i = 0; i < banks->lives->len; i++) {
    const WeirSignal *s =
        ((const Live *) g_ptr_array_index (banks->lives, i))->signal;

    if (s == NULL || strcmp (s->bank, bank) != 0)
      continue;
    if (wanted->by_hash ? memcmp (s->hash, wanted->hash, sizeof s->hash) == 0
                        : strcmp (s->entry, wanted->name) == 0
                              || strcmp (s->id, wanted->name) == 0)
      return s->entry;
  }
  return NULL;
}

static const char *
find_in_file (const WeirHashlist *list, const Wanted *wanted)
{
  if (list->count > MAX_SCANNED)
    return wanted->by_hash ? NULL : wanted->name;
  for (guint32 i = 0; i < list->count; i++) {
    const WeirHashlistEntry *e = &list->entries[i];

    if (wanted->by_hash ? memcmp (e->hash, wanted->hash, sizeof e->hash) == 0
                        : strcmp (e->entry, wanted->name) == 0)
      return e->entry;
  }
  return NULL;
}

const char *
weir_banks_find_name (
    const WeirBanks *base, const char *name, const char *entry)
{
  const Banks *banks = (const Banks *) base;
  const WeirBank *bank = weir_bank_set_find (banks->set, name);
  Wanted wanted = { .name = entry };
  const char *found;

  if (bank == NULL)
    return NULL;
  wanted.by_hash = weir_signal_parse_hash (entry, wanted.hash);
  found = find_signal (banks, name, &wanted);
  return found != NULL ? found : find_in_file (bank->list, &wanted);
}
