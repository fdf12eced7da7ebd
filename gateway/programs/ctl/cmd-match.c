/* weirctl match. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "hash/index.h"
#include "programs/ctl/list-file.h"

#define BATCH 1024 /* needles looked up before their matches are printed */
#define MAX_MATCHES (64u * 1024 * 1024)

static void
print_matches (const WeirHashlist *bank, const WeirHashlist *queries,
    guint32 first, const GArray *matches)
{
  char query[WEIR_PDQ_HEX_DIGITS + 1], match[WEIR_PDQ_HEX_DIGITS + 1];

  for (guint i = 0; i < matches->len; i++) {
    const WeirIndexMatch *m = &g_array_index (matches, WeirIndexMatch, i);

    weir_pdq_format (queries->entries[first + m->needle].hash, query);
    weir_pdq_format (bank->entries[m->entry].hash, match);
    printf ("%s,%s,%u\n", query, match, m->distance);
  }
}

static guint8 *
dup_hashes (const WeirHashlist *list)
{
  guint8 *hashes = g_malloc ((gsize) list->count * WEIR_PDQ_HASH_BYTES + 1);

  for (guint32 i = 0; i < list->count; i++)
    memcpy (hashes + (gsize) i * WEIR_PDQ_HASH_BYTES, list->entries[i].hash,
        WEIR_PDQ_HASH_BYTES);
  return hashes;
}

/* Every entry takes part, whatever its quality or health: what to make of a
 * match is the caller's. */
static gboolean
match (const WeirHashlist *bank, const WeirHashlist *queries, guint radius,
    GError **error)
{
  g_autofree guint8 *entries = dup_hashes (bank);
  g_autofree guint8 *needles = dup_hashes (queries);
  g_autoptr (WeirIndex) index = weir_index_new (entries, bank->count);

  for (guint32 first = 0; first < queries->count; first += BATCH) {
    g_autoptr (GArray) matches = weir_index_search_many (index,
        needles + (gsize) first * WEIR_PDQ_HASH_BYTES,
        MIN (queries->count - first, BATCH), radius, MAX_MATCHES);

    if (matches == NULL) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "more than %u matches of %d hashes", MAX_MATCHES, BATCH);
      return FALSE;
    }
    print_matches (bank, queries, first, matches);
  }
  return TRUE;
}

gboolean
weir_ctl_run_match (const WeirCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (WeirHashlist) bank = NULL;
  g_autoptr (WeirHashlist) queries = NULL;

  if (!weir_ctl_want (arguments, 1, "HASHFILE", error))
    return FALSE;
  if (ctl->options->bank == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "no list to look in: give --bank FILE");
    return FALSE;
  }
  bank = weir_ctl_load_list (ctl->options->bank, error);
  if (bank == NULL)
    return FALSE;
  queries = weir_ctl_load_list (arguments[0], error);
  return queries != NULL
         && match (bank, queries, (guint) ctl->options->radius, error);
}
