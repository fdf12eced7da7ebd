/* Fuzzes plugins/hash/hashlist.c. Every entry that gets in has a hash and
 * names that can be shown. */
#include <stdint.h>
#include <string.h>

#include "hash/hashlist.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHashlist) list =
      weir_hashlist_parse ((const char *) data, size, &error);

  g_assert_true ((list == NULL) == (error != NULL));
  for (guint32 i = 0; list != NULL && i < list->count; i++) {
    const WeirHashlistEntry *entry = &list->entries[i];
    static const guint8 zero[WEIR_PDQ_HASH_BYTES];

    g_assert_cmpint (memcmp (entry->hash, zero, sizeof zero), !=, 0);
    g_assert_cmpuint (entry->quality, <=, 100);
    g_assert_true (g_utf8_validate (entry->entry, -1, NULL));
    g_assert_true (g_utf8_validate (entry->item, -1, NULL));
    g_assert_true (
        entry->label == NULL || g_utf8_validate (entry->label, -1, NULL));
  }
  return 0;
}
