/* Shared by the index's tests: see index-help.h. */
#include "index-help.h"

#include <string.h>

#include "hash/hamming.h"

void
index_help_flip (guint8 *hash, guint bits)
{
  for (guint i = 0; i < bits; i++) {
    guint bit = (guint) g_test_rand_int_range (0, 256);

    hash[bit / 8] ^= (guint8) (1u << bit % 8);
  }
}

guint8 *
index_help_hashes (guint count)
{
  guint8 *hashes = g_malloc ((gsize) count * 32 + 1);

  for (gsize i = 0; i < (gsize) count * 32; i += 4) {
    gint32 word = g_test_rand_int ();

    memcpy (hashes + i, &word, 4);
  }
  for (guint i = 30; i + 1 < count; i += 3) {
    memcpy (hashes + (gsize) i * 32, hashes + i % 30 * 32, 32);
    index_help_flip (
        hashes + (gsize) i * 32, (guint) g_test_rand_int_range (0, 40));
  }
  return hashes;
}

guint8 *
index_help_needles (const guint8 *hashes, guint count)
{
  guint8 *needles = index_help_hashes (count);

  for (guint i = 0; i < count; i += 2) {
    memcpy (needles + i * 32, hashes + i % 30 * 32, 32);
    index_help_flip (needles + i * 32, i % 5);
  }
  return needles;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const WeirIndexMatch *x = a, *y = b;

  if (x->needle != y->needle)
    return x->needle < y->needle ? -1 : 1;
  if (x->distance != y->distance)
    return x->distance < y->distance ? -1 : 1;
  return (x->entry > y->entry) - (x->entry < y->entry);
}

GArray *
index_help_search (const guint8 *hashes, const guint32 *ids, guint count,
    const guint8 *needles, guint n_needles, guint radius, IndexHelpGone gone)
{
  GArray *ret = g_array_new (FALSE, FALSE, sizeof (WeirIndexMatch));

  for (guint n = 0; n < n_needles; n++)
    for (guint32 i = 0; i < count; i++) {
      WeirIndexMatch match = { n, ids ? ids[i] : i,
        (guint16) weir_hamming_distance (
            hashes + (gsize) i * 32, needles + n * 32) };

      if (match.distance <= radius && (gone == NULL || !gone (match.entry)))
        g_array_append_val (ret, match);
    }
  g_array_sort (ret, compare);
  return ret;
}

void
index_help_assert_same (GArray *got, GArray *wanted)
{
  g_assert_nonnull (got);
  g_assert_cmpuint (got->len, ==, wanted->len);
  for (guint i = 0; i < got->len; i++) {
    const WeirIndexMatch *g = &g_array_index (got, WeirIndexMatch, i);
    const WeirIndexMatch *w = &g_array_index (wanted, WeirIndexMatch, i);

    g_assert_cmpuint (g->needle, ==, w->needle);
    g_assert_cmpuint (g->entry, ==, w->entry);
    g_assert_cmpuint (g->distance, ==, w->distance);
  }
}
