/* Fuzzes hash/index*.c: a generation with tables and a delta whose bytes the
 * input changes, or a file that is the input, is refused or answers without a
 * step outside, and is taken as a saved one or refused.
 *
 * First byte odd: the rest is the file. Even: the rest is pairs of u32, a place
 * in the file in words and what is put there; 254: it is copied as well, which
 * takes long. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hash/index-build.h"
#include "hash/index-file.h"
#include "hash/index-save.h"

#define ENTRIES 1024
#define CAPACITY 64
#define NEEDLES 2

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint8 *hashes;
static int base = -1;
static gsize base_bytes;

static void
prepare (void)
{
  g_autoptr (WeirIndexWriter) writer = NULL;
  WeirIndexSource source = {
    .count = ENTRIES, .capacity = CAPACITY, .n_chunks = 16
  };
  guint64 x = 1;

  hashes = g_malloc (ENTRIES * 32);
  for (gsize i = 0; i < ENTRIES * 32; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    hashes[i] = (guint8) (x >> 56);
  }
  source.hashes = hashes;
  base = memfd_create ("fuzz-index-base", MFD_CLOEXEC);
  g_assert_true (weir_index_build_fd (base, &source, NULL));
  writer = weir_index_writer_open_fd (base, FALSE, NULL);
  g_assert_true (weir_index_writer_add (writer, hashes, ENTRIES));
  base_bytes = (gsize) lseek (base, 0, SEEK_END);
}

/* The descriptor of the base file, changed; changed back by undo (). */
typedef struct {
  guint32 was[64];
  off_t at[64];
  guint n;
} Changes;

static void
change (Changes *c, const uint8_t *data, size_t size)
{
  for (size_t i = 0; i + 8 <= size && c->n < G_N_ELEMENTS (c->at); i += 8) {
    guint32 word[2];
    off_t at;

    memcpy (word, data + i, sizeof word);
    at = (off_t) (word[0] % (base_bytes / 4)) * 4;
    g_assert_cmpint (pread (base, &c->was[c->n], 4, at), ==, 4);
    g_assert_cmpint (pwrite (base, &word[1], 4, at), ==, 4);
    c->at[c->n++] = at;
  }
}

static void
undo (Changes *c)
{
  while (c->n > 0) {
    c->n--;
    g_assert_cmpint (pwrite (base, &c->was[c->n], 4, c->at[c->n]), ==, 4);
  }
}

static void
search (const WeirIndex *index)
{
  for (int way = WEIR_INDEX_AUTO; way <= WEIR_INDEX_TABLES; way++)
    for (guint radius = 3; radius <= 63; radius += 28) {
      g_autoptr (GArray) got = weir_index_search_many_by (
          index, (WeirIndexWay) way, hashes, NEEDLES, radius, 100000);

      for (guint i = 0; got != NULL && i < got->len; i++)
        g_assert_cmpuint (
            g_array_index (got, WeirIndexMatch, i).distance, <=, radius);
    }
}

static void
look (int fd, gboolean copied)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = weir_index_open_fd (fd, &error);

  const WeirIndexSource source = {
    .hashes = hashes, .count = ENTRIES, .capacity = CAPACITY, .n_chunks = 16
  };
  g_autoptr (GError) why = NULL;

  if (copied) {
    int copy = weir_index_load_memfd (fd, &source, NULL, &why);

    g_assert_true ((copy < 0) == (why != NULL));
    if (copy >= 0)
      close (copy);
  }
  g_assert_true ((index == NULL) == (error != NULL));
  if (index != NULL)
    search (index);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Changes changes = { .n = 0 };

  if (size == 0)
    return 0;
  if (base < 0)
    prepare ();
  if (data[0] & 1) {
    int fd = memfd_create ("fuzz-index", MFD_CLOEXEC);

    g_assert_cmpint (write (fd, data + 1, size - 1), ==, (gssize) size - 1);
    look (fd, TRUE);
    close (fd);
  } else {
    change (&changes, data + 1, size - 1);
    look (base, data[0] == 0xfe);
    undo (&changes);
  }
  return 0;
}
