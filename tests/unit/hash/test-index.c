/* Tests plugins/hash/index.c against a search that looks at every bit. */
#include "hash/index.h"

#include <string.h>
#include <unistd.h>

#include "hash/hamming.h"

static guint
slow_distance (const guint8 *a, const guint8 *b)
{
  guint distance = 0;

  for (guint bit = 0; bit < 256; bit++)
    distance += ((a[bit / 8] ^ b[bit / 8]) >> bit % 8) & 1;
  return distance;
}

static int
compare_hits (gconstpointer a, gconstpointer b)
{
  const WeirIndexHit *x = a, *y = b;

  if (x->distance != y->distance)
    return x->distance < y->distance ? -1 : 1;
  return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static guint8 *
random_hashes (guint count)
{
  guint8 *hashes = g_malloc (count * 32 + 1);

  for (guint i = 0; i < count * 32; i++)
    hashes[i] = (guint8) g_test_rand_int ();
  return hashes;
}

static void
flip_bits (guint8 *hash, guint n)
{
  for (guint i = 0; i < n; i++) {
    guint bit = (guint) g_test_rand_int_range (0, 256);

    hash[bit / 8] ^= (guint8) (1u << bit % 8);
  }
}

static void
test_distance (void)
{
  g_autofree guint8 *hashes = random_hashes (200);

  for (guint i = 0; i + 1 < 200; i++)
    g_assert_cmpuint (
        weir_hamming_distance (hashes + i * 32, hashes + (i + 1) * 32), ==,
        slow_distance (hashes + i * 32, hashes + (i + 1) * 32));
}

static void
assert_same_as_slow (
    const WeirIndex *index, const guint8 *needle, guint radius, guint max)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (WeirIndexHit));
  g_autofree WeirIndexHit *got = g_new (WeirIndexHit, max + 1);
  guint n;

  for (guint32 i = 0; i < weir_index_count (index); i++) {
    WeirIndexHit hit = { .entry = i,
      .distance =
          (guint16) slow_distance (weir_index_peek_hash (index, i), needle) };

    if (hit.distance <= radius)
      g_array_append_val (wanted, hit);
  }
  g_array_sort (wanted, compare_hits);
  n = weir_index_search (index, needle, radius, got, max);
  g_assert_cmpuint (n, ==, MIN (wanted->len, max));
  for (guint i = 0; i < n; i++) {
    g_assert_cmpuint (
        got[i].entry, ==, g_array_index (wanted, WeirIndexHit, i).entry);
    g_assert_cmpuint (
        got[i].distance, ==, g_array_index (wanted, WeirIndexHit, i).distance);
  }
}

static void
test_search (void)
{
  static const guint radii[] = { 0, 1, 15, 31, 60, 110, 256 };
  static const guint maxima[] = { 0, 1, 2, 7, 64, 4000 };
  enum { COUNT = 3000 };
  g_autofree guint8 *hashes = random_hashes (COUNT);
  g_autoptr (WeirIndex) index = NULL;

  /* Clusters, so that there is something within each radius, with doubles. */
  for (guint i = 0; i < COUNT; i += 3) {
    memcpy (hashes + i * 32, hashes + (i % 30 + 1) * 32, 32);
    flip_bits (hashes + i * 32, (guint) g_test_rand_int_range (0, 40));
  }
  index = weir_index_new (hashes, COUNT);
  for (guint i = 0; i < 30; i++) {
    guint8 needle[32];

    memcpy (needle, hashes + (i + 1) * 32, 32);
    flip_bits (needle, i % 5);
    for (guint r = 0; r < G_N_ELEMENTS (radii); r++)
      for (guint m = 0; m < G_N_ELEMENTS (maxima); m++)
        assert_same_as_slow (index, needle, radii[r], maxima[m]);
  }
}

static void
test_blob (void)
{
  static const guint counts[] = { 0, 1, 2, 1000 };

  for (guint c = 0; c < G_N_ELEMENTS (counts); c++) {
    g_autofree guint8 *hashes = random_hashes (counts[c]);
    g_autoptr (WeirIndex) index = NULL;
    g_autoptr (GError) error = NULL;
    int fd = weir_index_create_memfd (hashes, counts[c], &error);

    g_assert_no_error (error);
    g_assert_cmpint (fd, >=, 0);
    /* Sealed: nobody can pull the ground from under the reader. */
    g_assert_cmpint (ftruncate (fd, 0), ==, -1);
    g_assert_cmpint (write (fd, "x", 1), ==, -1);
    index = weir_index_open_fd (fd, &error);
    g_assert_no_error (error);
    close (fd);
    g_assert_cmpuint (weir_index_count (index), ==, counts[c]);
    for (guint i = 0; i < counts[c]; i++)
      g_assert_cmpmem (
          weir_index_peek_hash (index, i), 32, hashes + i * 32, 32);
  }
}

static void
assert_refused (const void *bytes, gsize size, int code, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("weir-index-XXXXXX", &path, &error);

  g_assert_no_error (error);
  unlink (path);
  g_assert_cmpint (write (fd, bytes, size), ==, (gssize) size);
  g_assert_null (weir_index_open_fd (fd, &error));
  g_assert_error (error, WEIR_HASH_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
  close (fd);
}

static void
test_broken_blobs (void)
{
  guint8 blob[WEIR_INDEX_HEADER_BYTES + 32] = "WEIRHIDX";
  guint32 *numbers = (guint32 *) (void *) (blob + 8);
  g_autoptr (GError) error = NULL;

  numbers[0] = 1;
  numbers[1] = 1;
  assert_refused (
      "", 0, WEIR_HASH_ERROR_BROKEN, "index: 0 bytes, a header has 64");
  assert_refused (
      blob, 63, WEIR_HASH_ERROR_BROKEN, "index: 63 bytes, a header has 64");
  assert_refused (blob, sizeof blob - 1, WEIR_HASH_ERROR_BROKEN,
      "index: 95 bytes for 1 entries");
  numbers[1] = 0;
  assert_refused (blob, sizeof blob, WEIR_HASH_ERROR_BROKEN,
      "index: 96 bytes for 0 entries");
  numbers[1] = G_MAXUINT32;
  assert_refused (blob, sizeof blob, WEIR_HASH_ERROR_LIMIT,
      "index: 4294967295 entries, at most 67108864 are taken");
  numbers[0] = 2;
  assert_refused (blob, sizeof blob, WEIR_HASH_ERROR_BROKEN,
      "index: version is 2, 1 expected");
  blob[0] = 'w';
  assert_refused (blob, sizeof blob, WEIR_HASH_ERROR_BROKEN,
      "index: does not begin with its magic");
  g_assert_null (weir_index_open_fd (-1, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/index/distance", test_distance);
  g_test_add_func ("/index/search", test_search);
  g_test_add_func ("/index/blob", test_blob);
  g_test_add_func ("/index/broken-blobs", test_broken_blobs);
  return g_test_run ();
}
