/* Joins the banks of the configuration. */
#include "lists/banks.h"

#include "base/error.h"
#include "base/log.h"
#include "hash/hashlist.h"
#include "hash/index-build.h"

#define MAX_TOLD 20 /* broken lines of a bank that the log names */

typedef struct {
  char *name;
  WeirHashlist *list;
  guint radius;
  guint min_quality;
  WeirAction action;
  guint priority;
} Bank;

typedef struct {
  guint32 bank;  /* index of the Bank */
  guint32 entry; /* index into its list */
} Place;

typedef struct {
  WeirBanks parent;
  GPtrArray *banks; /* Bank */
  GArray *places;   /* Place of each entry of the joined list */
  guint radius;
} Banks;

static void
bank_free (gpointer data)
{
  Bank *bank = data;

  weir_hashlist_free (bank->list);
  g_free (bank->name);
  g_free (bank);
}

static gboolean
get_entry (const WeirBanks *base, guint32 index, WeirBankEntry *ret)
{
  const Banks *banks = (const Banks *) base;
  const WeirHashlistEntry *entry;
  const Bank *bank;
  Place place;

  if (index >= banks->places->len)
    return FALSE;
  place = g_array_index (banks->places, Place, index);
  bank = g_ptr_array_index (banks->banks, place.bank);
  entry = &bank->list->entries[place.entry];
  *ret = (WeirBankEntry){ bank->name, entry->entry, entry->item, bank->radius,
    bank->min_quality, bank->action, bank->priority };
  return TRUE;
}

typedef struct {
  const char *bank;
  guint refused;
} Refusals;

static void
on_refused (guint line, const char *why, gpointer data)
{
  Refusals *r = data;

  if (r->refused++ < MAX_TOLD)
    weir_warn ("lists", r->bank, "line %u is left out: %s", line, why);
}

/* Broken lines are told and left out; a file of nothing else is an error. */
static WeirHashlist *
load_list (const char *name, const char *path, GError **error)
{
  Refusals refusals = { .bank = name };
  const WeirHashlistOptions options = { .on_refused = on_refused,
    .data = &refusals };
  g_autoptr (WeirHashlist) list = weir_hashlist_load (path, &options, error);

  if (list == NULL)
    return NULL;
  if (refusals.refused > 0 && list->count == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "%s: none of its %u lines can be used", path, refusals.refused);
    return NULL;
  }
  if (refusals.refused > MAX_TOLD)
    weir_warn ("lists", name, "%u lines are left out in all", refusals.refused);
  return g_steal_pointer (&list);
}

static Bank *
load_bank (const WeirSettings *settings, const char *base_dir, const char *name,
    GError **error)
{
  const char *file =
      weir_settings_named_string (settings, "bank", name, "file");
  g_autofree char *path = g_path_is_absolute (file)
                              ? g_strdup (file)
                              : g_build_filename (base_dir, file, NULL);
  WeirHashlist *list = load_list (name, path, error);
  Bank *bank;

  if (list == NULL) {
    g_prefix_error (error, "[bank %s] file: ", name);
    return NULL;
  }
  bank = g_new0 (Bank, 1);
  bank->name = g_strdup (name);
  bank->list = list;
  bank->radius =
      (guint) weir_settings_named_int (settings, "bank", name, "radius");
  bank->min_quality =
      (guint) weir_settings_named_int (settings, "bank", name, "min_quality");
  bank->priority =
      (guint) weir_settings_named_int (settings, "bank", name, "priority");
  weir_action_from_string (
      weir_settings_named_string (settings, "bank", name, "action"),
      &bank->action);
  return bank;
}

WeirBanks *
weir_banks_load (
    const WeirSettings *settings, const char *base_dir, GError **error)
{
  g_auto (GStrv) names = weir_settings_names (settings, "bank");
  Banks *banks = g_new0 (Banks, 1);

  banks->parent.get = get_entry;
  banks->banks = g_ptr_array_new_with_free_func (bank_free);
  banks->places = g_array_new (FALSE, FALSE, sizeof (Place));
  for (char **n = names; *n != NULL; n++) {
    Bank *bank = load_bank (settings, base_dir, *n, error);
    guint used = 0;

    if (bank == NULL) {
      weir_banks_free (&banks->parent);
      return NULL;
    }
    /* Flat pictures resemble each other: their entries are left out, and so
     * are those that no picture can have. */
    for (guint32 i = 0; i < bank->list->count; i++) {
      Place place = { banks->banks->len, i };

      if (bank->list->entries[i].quality < bank->min_quality
          || bank->list->entries[i].health != WEIR_HASHLIST_SOUND)
        continue;
      g_array_append_val (banks->places, place);
      used++;
    }
    banks->radius = MAX (banks->radius, bank->radius);
    g_ptr_array_add (banks->banks, bank);
    weir_info ("lists", *n,
        "%u entries, %u left out for their low quality or as no picture's",
        used, bank->list->count - used);
  }
  return &banks->parent;
}

void
weir_banks_free (WeirBanks *base)
{
  Banks *banks = (Banks *) base;

  if (banks == NULL)
    return;
  g_array_unref (banks->places);
  g_ptr_array_unref (banks->banks);
  g_free (banks);
}

guint32
weir_banks_count (const WeirBanks *base)
{
  return ((const Banks *) base)->places->len;
}

guint
weir_banks_radius (const WeirBanks *base)
{
  return ((const Banks *) base)->radius;
}

int
weir_banks_create_index (const WeirBanks *base, GError **error)
{
  const Banks *banks = (const Banks *) base;
  guint32 count = banks->places->len;
  g_autofree guint8 *hashes = g_malloc (MAX ((gsize) count, 1) * 32);

  for (guint32 i = 0; i < count; i++) {
    Place place = g_array_index (banks->places, Place, i);
    const Bank *bank = g_ptr_array_index (banks->banks, place.bank);

    memcpy (hashes + (gsize) i * 32, bank->list->entries[place.entry].hash, 32);
  }
  return weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = hashes, .count = count }, NULL, error);
}
