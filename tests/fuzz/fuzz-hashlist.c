/* Fuzzes plugins/hash/hashlist.c. Every entry that gets in has a hash and
 * names that can be shown. */
#include <stdint.h>
#include <string.h>

#include "hash/hashlist.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (const WeirHashlist *list)
{
  for (guint32 i = 0; i < list->count; i++) {
    const WeirHashlistEntry *entry = &list->entries[i];
    const WeirHashlistMore *more = entry->more;

    g_assert_cmpuint (entry->quality, <=, 100);
    g_assert_cmpuint (
        entry->health, ==, weir_hashlist_judge (entry->hash, entry->quality));
    g_assert_true (g_utf8_validate (entry->entry, -1, NULL));
    g_assert_true (g_utf8_validate (entry->item, -1, NULL));
    g_assert_true (more == NULL || more->label == NULL
                   || g_utf8_validate (more->label, -1, NULL));
  }
}

static void
on_refused (guint line, const char *why, gpointer data)
{
  g_assert_cmpuint (line, >, 0);
  g_assert_true (g_utf8_validate (why, -1, NULL));
  (*(guint *) data)++;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  guint refused = 0;
  const WeirHashlistOptions lenient = { .on_refused = on_refused,
    .data = &refused };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHashlist) list =
      weir_hashlist_parse ((const char *) data, size, NULL, &error);
  g_autoptr (WeirHashlist) rest =
      weir_hashlist_parse ((const char *) data, size, &lenient, NULL);

  g_assert_true ((list == NULL) == (error != NULL));
  if (list != NULL) {
    check (list);
    /* What is right as a whole is so line by line. */
    g_assert_cmpuint (refused, ==, 0);
    g_assert_cmpuint (rest->count, ==, list->count);
  }
  if (rest != NULL)
    check (rest);
  return 0;
}
