/* Joins the files of banks. */
#include "lists/bank-set.h"

#include <string.h>

#include "base/log.h"

typedef struct {
  guint32 bank;  /* index of the WeirBank */
  guint32 entry; /* index into its list */
} Place;

/* Flat pictures resemble each other: their entries are left out, and so are
 * those that no picture can have. */
static void
take_entries (WeirBankSet *set, WeirBank *bank)
{
  for (guint32 i = 0; bank->enabled && i < bank->list->count; i++) {
    Place place = { set->banks->len, i };

    if (weir_left_out_is (&bank->list->entries[i], bank->min_quality))
      continue;
    g_array_append_val (set->places, place);
    bank->used++;
  }
  if (bank->enabled) {
    bank->left_out = weir_left_out_new (bank->list, bank->min_quality);
    weir_info ("lists", bank->name,
        "%u entries, %u left out for their low quality or as no picture's",
        bank->used, weir_left_out_count (bank->left_out));
  } else {
    weir_info ("lists", bank->name, "is not enabled");
  }
}

WeirBankSet *
weir_bank_set_load (const WeirSettings *settings, const char *base_dir,
    guint32 first_id, GError **error)
{
  g_auto (GStrv) names = weir_settings_names (settings, "bank");
  g_autoptr (WeirBankSet) set = g_new0 (WeirBankSet, 1);

  set->refs = 1;
  set->first_id = first_id;
  set->banks = g_ptr_array_new_with_free_func ((GDestroyNotify) weir_bank_free);
  set->places = g_array_new (FALSE, FALSE, sizeof (Place));
  for (char **n = names; *n != NULL; n++) {
    WeirBank *bank = weir_bank_load (settings, base_dir, *n, error);

    if (bank == NULL)
      return NULL;
    take_entries (set, bank);
    set->radius = MAX (set->radius, bank->radius);
    g_ptr_array_add (set->banks, bank);
  }
  return g_steal_pointer (&set);
}

WeirBankSet *
weir_bank_set_ref (WeirBankSet *set)
{
  g_atomic_int_inc (&set->refs);
  return set;
}

void
weir_bank_set_unref (WeirBankSet *set)
{
  if (set == NULL || !g_atomic_int_dec_and_test (&set->refs))
    return;
  g_array_unref (set->places);
  g_ptr_array_unref (set->banks);
  g_free (set);
}

gboolean
weir_bank_set_is_of (
    const WeirBankSet *set, const WeirSettings *settings, const char *base_dir)
{
  g_auto (GStrv) names = weir_settings_names (settings, "bank");

  if (g_strv_length (names) != set->banks->len)
    return FALSE;
  for (guint i = 0; i < set->banks->len; i++) {
    const WeirBank *bank = g_ptr_array_index (set->banks, i);

    if (strcmp (bank->name, names[i]) != 0
        || !weir_bank_is_of (bank, settings, base_dir))
      return FALSE;
  }
  return TRUE;
}

WeirBank *
weir_bank_set_find (const WeirBankSet *set, const char *name)
{
  for (guint i = 0; i < set->banks->len; i++) {
    WeirBank *bank = g_ptr_array_index (set->banks, i);

    if (strcmp (bank->name, name) == 0)
      return bank;
  }
  return NULL;
}

const WeirHashlistEntry *
weir_bank_set_get (
    const WeirBankSet *set, guint32 id, const WeirBank **ret_bank)
{
  Place place;

  if (id < set->first_id || id - set->first_id >= set->places->len)
    return NULL;
  place = g_array_index (set->places, Place, id - set->first_id);
  *ret_bank = g_ptr_array_index (set->banks, place.bank);
  return &(*ret_bank)->list->entries[place.entry];
}

guint32
weir_bank_set_end (const WeirBankSet *set)
{
  return set->first_id + set->places->len;
}

void
weir_bank_set_copy (
    const WeirBankSet *set, guint8 *ret_hashes, guint32 *ret_ids)
{
  for (guint32 i = 0; i < set->places->len; i++) {
    Place place = g_array_index (set->places, Place, i);
    const WeirBank *bank = g_ptr_array_index (set->banks, place.bank);

    memcpy (ret_hashes + (gsize) i * WEIR_PDQ_HASH_BYTES,
        bank->list->entries[place.entry].hash, WEIR_PDQ_HASH_BYTES);
    ret_ids[i] = set->first_id + i;
  }
}
