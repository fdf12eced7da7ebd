/* Tests plugins/hash/index*.c and scan*.c against a search that looks at each
 * hash, and what is said about broken files. */
#include "hash/index-file.h"

#include <string.h>
#include <unistd.h>

#include "hash/hamming.h"
#include "hash/scan.h"
#include "index-help.h"

static void
test_distance (void)
{
  g_autofree guint8 *hashes = index_help_hashes (200);

  for (guint i = 0; i + 1 < 200; i++) {
    const guint8 *a = hashes + i * 32, *b = a + 32;
    guint distance = 0;

    for (guint bit = 0; bit < 256; bit++)
      distance += ((a[bit / 8] ^ b[bit / 8]) >> bit % 8) & 1;
    g_assert_cmpuint (weir_hamming_distance (a, b), ==, distance);
  }
}

/* Every kernel that runs here marks all that is within the radius and little
 * else, for sets of every size, and picks the same. */
static void
test_kernels (void)
{
  static const guint radii[] = { 0, 5, 31, 63, 100, 255, 256 };
  g_autofree WeirScanSet *set = g_new (WeirScanSet, 1);
  guint wrong = 0, beyond = 0;

  for (int cpu = 0; cpu < WEIR_CPU_LEVELS; cpu++) {
    const WeirScanKernel *kernel = weir_scan_kernel ((WeirCpu) cpu);

    if (kernel == NULL) {
      g_test_message ("%s is not here", weir_cpu_name ((WeirCpu) cpu));
      continue;
    }
    for (guint round = 0; round < 120; round++) {
      g_autofree guint8 *hashes = index_help_hashes (WEIR_SCAN_BLOCK);
      guint count = 1 + round % WEIR_SCAN_MAX_NEEDLES;
      g_autofree guint8 *needles = index_help_needles (hashes, count);
      guint radius = radii[round % G_N_ELEMENTS (radii)];
      guint64 masks[WEIR_SCAN_MAX_NEEDLES];
      guint32 slots[WEIR_SCAN_BLOCK], places[WEIR_SCAN_BLOCK];
      guint16 distances[WEIR_SCAN_BLOCK];

      if (round % 10 == 0) /* as far from each other as can be */
        for (guint i = 0; i < 32; i++)
          needles[i] = (guint8) ~hashes[i];
      weir_scan_set_init (set, needles, count, radius);
      kernel->block (hashes, set, masks);
      for (guint k = 0; k < WEIR_SCAN_BLOCK; k++)
        slots[k] = WEIR_SCAN_BLOCK - 1 - k;
      for (guint n = 0; n < count; n++) {
        guint found = 0, at = 0;

        for (guint k = 0; k < WEIR_SCAN_BLOCK; k++) {
          guint distance =
              weir_hamming_distance (hashes + k * 32, needles + n * 32);

          if (distance <= radius)
            g_assert_true (masks[n] >> k & 1);
          else if (beyond++, masks[n] >> k & 1)
            wrong++;
        }
        found = kernel->pick (hashes, slots, WEIR_SCAN_BLOCK, set->words[n],
            radius, places, distances);
        for (guint k = 0; k < WEIR_SCAN_BLOCK; k++) {
          guint distance =
              weir_hamming_distance (hashes + slots[k] * 32, needles + n * 32);

          if (distance > radius)
            continue;
          g_assert_cmpuint (at, <, found);
          g_assert_cmpuint (places[at], ==, k);
          g_assert_cmpuint (distances[at++], ==, distance);
        }
        g_assert_cmpuint (at, ==, found);
      }
    }
  }
  g_test_message ("%u of %u marked beyond the radius", wrong, beyond);
  g_assert_cmpuint (wrong, <, beyond / 100);
}

/* Both ways, every processor's, all sizes of tables, every radius that matters;
 * hundreds of thousands of matches in their order, too. */
static void
test_search (void)
{
  static const guint counts[] = { 0, 1, 63, 64, 65, 3000, 20000 };
  static const guint radii[] = { 0, 1, 5, 15, 16, 30, 31, 32, 63, 110, 256 };
  enum { NEEDLES = 70 };

  for (guint c = 0; c < G_N_ELEMENTS (counts); c++) {
    guint count = counts[c];
    g_autofree guint8 *hashes = index_help_hashes (MAX (count, 31));
    g_autofree guint8 *needles = index_help_needles (hashes, NEEDLES);
    g_autoptr (WeirIndex) index = weir_index_new (hashes, count);

    g_assert_cmpuint (weir_index_count (index), ==, count);
    for (guint r = 0; r < G_N_ELEMENTS (radii); r++) {
      g_autoptr (GArray) wanted = NULL;

      if (count > 3000 && radii[r] > 63)
        continue;
      wanted = index_help_search (
          hashes, NULL, count, needles, NEEDLES, radii[r], NULL);
      for (int cpu = 0; cpu < WEIR_CPU_LEVELS; cpu++) {
        if (!weir_index_set_cpu (index, (WeirCpu) cpu))
          continue;
        for (int way = WEIR_INDEX_AUTO; way <= WEIR_INDEX_TABLES; way++) {
          g_autoptr (GArray) got = weir_index_search_many_by (
              index, (WeirIndexWay) way, needles, NEEDLES, radii[r], G_MAXUINT);

          index_help_assert_same (got, wanted);
        }
      }
    }
  }
}

static void
test_nearest (void)
{
  enum { COUNT = 3000 };
  g_autofree guint8 *hashes = index_help_hashes (COUNT);
  g_autoptr (WeirIndex) index = weir_index_new (hashes, COUNT);
  g_autoptr (GArray) all =
      index_help_search (hashes, NULL, COUNT, hashes, 1, 40, NULL);
  static const guint maxima[] = { 0, 1, 7, 64, 4000 };
  WeirIndexHit hits[4000];

  g_assert_cmpuint (all->len, >, 64);
  for (guint m = 0; m < G_N_ELEMENTS (maxima); m++) {
    guint n = weir_index_search (index, hashes, 40, hits, maxima[m]);

    g_assert_cmpuint (n, ==, MIN (maxima[m], all->len));
    for (guint i = 0; i < n; i++) {
      g_assert_cmpuint (
          hits[i].entry, ==, g_array_index (all, WeirIndexMatch, i).entry);
      g_assert_cmpuint (hits[i].distance, ==,
          g_array_index (all, WeirIndexMatch, i).distance);
    }
  }
  g_assert_null (weir_index_search_many (index, hashes, 1, 40, all->len - 1));
}

/* What is near but no hit is told beside the hits, and changes none of them.
 * Tables must come across most of it: that is what it is for. */
static void
check_near (const WeirIndex *index, const guint8 *hashes, guint count,
    guint least_percent)
{
  enum { NEEDLES = 300, RADIUS = 31, FAR = 63, MAX = 4000 };
  g_autofree guint8 *needles = index_help_needles (hashes, NEEDLES);
  guint told = 0, there = 0;

  for (guint k = 0; k < NEEDLES; k++) {
    const guint8 *needle = needles + (gsize) k * 32;
    g_autoptr (GArray) all =
        index_help_search (hashes, NULL, count, needle, 1, FAR, NULL);
    static WeirIndexHit hits[MAX], same[MAX];
    WeirIndexHit near;
    guint n =
        weir_index_search_near (index, needle, RADIUS, FAR, hits, MAX, &near);
    guint beyond = 0;

    g_assert_cmpuint (
        n, ==, weir_index_search (index, needle, RADIUS, same, MAX));
    g_assert_cmpmem (hits, n * sizeof *hits, same, n * sizeof *same);
    while (beyond < all->len
           && g_array_index (all, WeirIndexMatch, beyond).distance <= RADIUS)
      beyond++;
    there += beyond < all->len;
    if (near.distance == WEIR_INDEX_NO_HIT)
      continue;
    told++;
    g_assert_cmpuint (beyond, <, all->len);
    g_assert_cmpuint (near.distance, >=,
        g_array_index (all, WeirIndexMatch, beyond).distance);
    g_assert_cmpuint (near.distance, <=, FAR);
    g_assert_cmpuint (near.distance, ==,
        weir_hamming_distance (hashes + (gsize) near.entry * 32, needle));
  }
  g_assert_cmpuint (there, >, NEEDLES / 10);
  g_assert_cmpuint (told * 100, >=, there * least_percent);
}

static void
test_near (void)
{
  static const guint counts[] = { 2000, 200000 };

  for (guint c = 0; c < G_N_ELEMENTS (counts); c++) {
    g_autofree guint8 *hashes = index_help_hashes (counts[c]);
    g_autoptr (WeirIndex) index = weir_index_new (hashes, counts[c]);

    /* The small one is scanned: nothing is passed over. */
    check_near (index, hashes, counts[c], c == 0 ? 100 : 60);
  }
}

/* Nothing but near copies of a few: look-ups become dear and give way. */
static void
test_clusters (void)
{
  enum { COUNT = 20000, NEEDLES = 20 };
  g_autofree guint8 *hashes = g_malloc (COUNT * 32);
  g_autofree guint8 *seeds = index_help_hashes (31);
  g_autofree guint8 *needles = index_help_needles (seeds, NEEDLES);
  g_autoptr (WeirIndex) index = NULL;

  for (guint i = 0; i < COUNT; i++) {
    memcpy (hashes + i * 32, seeds + i % 3 * 32, 32);
    index_help_flip (hashes + i * 32, (guint) g_test_rand_int_range (0, 30));
  }
  index = weir_index_new (hashes, COUNT);
  for (guint radius = 0; radius <= 31; radius += 7) {
    g_autoptr (GArray) wanted =
        index_help_search (hashes, NULL, COUNT, needles, NEEDLES, radius, NULL);

    for (int way = WEIR_INDEX_AUTO; way <= WEIR_INDEX_TABLES; way++) {
      g_autoptr (GArray) got = weir_index_search_many_by (
          index, (WeirIndexWay) way, needles, NEEDLES, radius, G_MAXUINT);

      index_help_assert_same (got, wanted);
    }
  }
}

/* The wide tables are for millions; a small generation can carry them too. */
static void
test_wide (void)
{
  enum { COUNT = 5000, NEEDLES = 40 };
  g_autofree guint8 *hashes = index_help_hashes (COUNT);
  g_autofree guint8 *needles = index_help_needles (hashes, NEEDLES);
  g_autoptr (WeirIndex) index = NULL;
  int fd = weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = hashes, .count = COUNT, .n_chunks = 13 },
      NULL, NULL);

  index = weir_index_open_fd (fd, NULL);
  close (fd);
  g_assert_nonnull (index);
  for (guint radius = 0; radius <= 31; radius++) {
    g_autoptr (GArray) wanted =
        index_help_search (hashes, NULL, COUNT, needles, NEEDLES, radius, NULL);
    g_autoptr (GArray) got = weir_index_search_many_by (
        index, WEIR_INDEX_TABLES, needles, NEEDLES, radius, G_MAXUINT);

    index_help_assert_same (got, wanted);
  }
}

static void
test_chunks (void)
{
  for (guint n = WEIR_INDEX_MIN_CHUNKS; n <= WEIR_INDEX_MAX_CHUNKS; n++) {
    guint8 hash[32];
    guint64 words[4];
    guint bits = 0;

    for (guint i = 0; i < 32; i++)
      hash[i] = (guint8) g_test_rand_int ();
    memcpy (words, hash, sizeof words);
    for (guint c = 0; c < n; c++) {
      WeirIndexChunk chunk = weir_index_chunk (n, c);
      guint32 value = weir_index_chunk_value (words, chunk);

      g_assert_cmpuint (chunk.first, ==, bits);
      for (guint b = 0; b < chunk.bits; b++, bits++)
        g_assert_cmpuint (
            value >> b & 1, ==, words[bits / 64] >> bits % 64 & 1);
      g_assert_cmpuint (value >> chunk.bits, ==, 0);
    }
    g_assert_cmpuint (bits, ==, 256);
  }
}

static void
test_sealed (void)
{
  g_autofree guint8 *hashes = index_help_hashes (100);
  g_autoptr (GError) error = NULL;
  int fd = weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = hashes, .count = 100, .mark = 77 }, NULL,
      &error);
  g_autoptr (WeirIndex) index = NULL;

  g_assert_no_error (error);
  /* Nobody can pull the ground from under the reader, or write on it. */
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
  g_assert_cmpint (write (fd, "x", 1), ==, -1);
  g_assert_null (weir_index_writer_open_fd (fd, FALSE, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
  g_clear_error (&error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  close (fd);
  g_assert_cmpuint (weir_index_get_mark (index), ==, 77);
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
test_broken (void)
{
  WeirIndexLayout layout;
  g_autofree guint8 *bytes = NULL;
  WeirIndexHeader *h;
  g_autoptr (GError) error = NULL;

  weir_index_layout (1, 0, 0, &layout);
  bytes = g_malloc0 (layout.bytes);
  h = (WeirIndexHeader *) (void *) bytes;
  memcpy (h->magic, WEIR_INDEX_MAGIC, sizeof h->magic);
  h->version = WEIR_INDEX_VERSION;
  h->order = 1;
  h->count = 1;
  h->file_bytes = layout.bytes;
  assert_refused (
      "", 0, WEIR_HASH_ERROR_BROKEN, "index: 0 bytes, a header has 4096");
  assert_refused (bytes, 4095, WEIR_HASH_ERROR_BROKEN,
      "index: 4095 bytes, a header has 4096");
  assert_refused (bytes, layout.bytes - 1, WEIR_HASH_ERROR_BROKEN,
      "index: 8191 bytes, 8192 expected for 1 entries and room for 0");
  h->count = 1000;
  assert_refused (bytes, layout.bytes, WEIR_HASH_ERROR_BROKEN,
      "index: 8192 bytes, 45056 expected for 1000 entries and room for 0");
  h->n_chunks = 17;
  assert_refused (
      bytes, layout.bytes, WEIR_HASH_ERROR_BROKEN, "index: 17 tables");
  h->n_chunks = 1;
  assert_refused (
      bytes, layout.bytes, WEIR_HASH_ERROR_BROKEN, "index: 1 tables");
  h->capacity = G_MAXUINT32;
  assert_refused (bytes, layout.bytes, WEIR_HASH_ERROR_LIMIT,
      "index: 1000 entries and room for 4294967295, at most 67108864 are "
      "taken");
  h->order = 0x01000000;
  assert_refused (bytes, layout.bytes, WEIR_HASH_ERROR_BROKEN,
      "index: made on a machine of another byte order");
  h->version = 1;
  assert_refused (bytes, layout.bytes, WEIR_HASH_ERROR_BROKEN,
      "index: version is 1, 2 expected");
  h->magic[0] = 'w';
  assert_refused (bytes, layout.bytes, WEIR_HASH_ERROR_BROKEN,
      "index: does not begin with its magic");
  g_assert_null (weir_index_open_fd (-1, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/index/distance", test_distance);
  g_test_add_func ("/index/kernels", test_kernels);
  g_test_add_func ("/index/search", test_search);
  g_test_add_func ("/index/nearest", test_nearest);
  g_test_add_func ("/index/near", test_near);
  g_test_add_func ("/index/clusters", test_clusters);
  g_test_add_func ("/index/wide", test_wide);
  g_test_add_func ("/index/chunks", test_chunks);
  g_test_add_func ("/index/sealed", test_sealed);
  g_test_add_func ("/index/broken", test_broken);
  return g_test_run ();
}
