/* Tests plugins/hash/index-save.c: what is read back answers as what was
 * saved, and a file that is not exactly that is refused. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "hash/index-file.h"
#include "hash/index-save.h"
#include "index-help.h"

#define COUNT 20001u /* with tables; their parts are no multiple of a lane */
#define CAPACITY 10u

typedef struct {
  guint8 *hashes;
  guint32 *ids;
  WeirIndexSource source;
  WeirIndexWriter *writer; /* of the generation that is saved */
  char *dir, *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  int fd;

  f->hashes = index_help_hashes (COUNT + 1);
  f->ids = g_new (guint32, COUNT + 1);
  for (guint32 i = 0; i <= COUNT; i++)
    f->ids[i] = 2 * i + 5;
  f->source = (WeirIndexSource){
    .hashes = f->hashes, .ids = f->ids, .count = COUNT, .capacity = CAPACITY
  };
  f->dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "index", NULL);
  fd = weir_index_build_memfd (&f->source, &f->writer, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  close (fd);
  /* Neither counts for what is saved. */
  weir_index_writer_add (f->writer, f->hashes + COUNT * 32, f->ids[COUNT]);
  weir_index_writer_delete (f->writer, f->ids[3]);
  g_assert_true (weir_index_save (index, f->path, NULL, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  weir_index_writer_free (f->writer);
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0); /* so there is nothing else */
  g_free (f->hashes);
  g_free (f->ids);
  g_free (f->dir);
  g_free (f->path);
}

static int
load (const Fixture *f, const WeirIndexSource *source,
    WeirIndexWriter **ret_writer, GError **error)
{
  int file = open (f->path, O_RDONLY | O_CLOEXEC);
  int fd = weir_index_load_memfd (file, source, ret_writer, error);

  close (file);
  return fd;
}

static void
test_same_answers (Fixture *f, gconstpointer data)
{
  enum { NEEDLES = 20 };
  g_autofree guint8 *needles = index_help_needles (f->hashes, NEEDLES);
  g_autoptr (WeirIndexWriter) writer = NULL;
  g_autoptr (WeirIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) wanted = NULL;
  g_autoptr (GArray) got = NULL;
  WeirIndexHit hit;
  int fd = load (f, &f->source, &writer, &error);

  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_count (index), ==, COUNT);
  wanted =
      index_help_search (f->hashes, f->ids, COUNT, needles, NEEDLES, 31, NULL);
  got = weir_index_search_many_by (
      index, WEIR_INDEX_TABLES, needles, NEEDLES, 31, G_MAXUINT);
  index_help_assert_same (got, wanted);
  /* It can be written to, by nobody else, as one that was built. */
  g_assert_true (
      weir_index_writer_add (writer, f->hashes + COUNT * 32, f->ids[COUNT]));
  g_assert_cmpuint (
      weir_index_search (index, f->hashes + COUNT * 32, 0, &hit, 1), ==, 1);
  g_assert_cmpint (fcntl (fd, F_GET_SEALS), ==,
      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
  close (fd);
}

static void
assert_refused (
    const Fixture *f, const WeirIndexSource *source, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (load (f, source, NULL, &error), ==, -1);
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_another_list (Fixture *f, gconstpointer data)
{
  WeirIndexSource other = f->source;

  other.count--;
  assert_refused (f, &other, "made of another list");
  other = f->source;
  other.n_chunks = 12;
  assert_refused (f, &other, "made of another list");
  f->hashes[COUNT * 32 - 1] ^= 1;
  assert_refused (f, &f->source, "made of another list");
}

/* Other ids and more room for the delta are no other list. */
static void
test_ids_and_room (Fixture *f, gconstpointer data)
{
  g_autoptr (WeirIndexWriter) writer = NULL;
  g_autoptr (WeirIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  WeirIndexSource other = f->source;
  WeirIndexHit hit;
  int fd;

  other.capacity = 100000;
  for (guint32 i = 0; i <= COUNT; i++)
    f->ids[i] += 1000000;
  fd = load (f, &other, &writer, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_writer_room (writer), ==, 100000);
  index = weir_index_open_fd (fd, &error);
  close (fd);
  for (guint32 i = 0; i < COUNT; i += 1999) {
    g_assert_cmpuint (
        weir_index_search (index, f->hashes + i * 32, 0, &hit, 1), ==, 1);
    g_assert_cmpuint (hit.entry, >=, 1000005);
    g_assert_cmpuint (hit.entry, <=, f->ids[i]); /* of equals the first */
  }
  g_assert_true (weir_index_writer_delete (writer, f->ids[COUNT - 1]));
  other.ids = NULL;
  fd = load (f, &other, NULL, &error);
  g_assert_no_error (error);
  close (fd);
}

/* One bit anywhere in what is kept. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  WeirIndexLayout layout;
  guint64 places[6];
  int file = open (f->path, O_RDWR | O_CLOEXEC);

  weir_index_layout (COUNT, CAPACITY, 16, &layout);
  places[0] = layout.starts[0];
  places[1] = layout.starts[7] + 4 * 65536 + 3;
  places[2] = layout.places[3] + 100;
  places[3] = layout.places[15];
  places[4] = layout.places[15] + 4 * COUNT - 1;
  places[5] = offsetof (WeirIndexHeader, sum);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    guint8 byte, other;

    g_assert_cmpint (pread (file, &byte, 1, (off_t) places[i]), ==, 1);
    other = byte ^ 0x10;
    g_assert_cmpint (pwrite (file, &other, 1, (off_t) places[i]), ==, 1);
    assert_refused (f, &f->source, "damaged");
    g_assert_cmpint (pwrite (file, &byte, 1, (off_t) places[i]), ==, 1);
  }
  g_assert_cmpint (pwrite (file, "X", 1, 0), ==, 1);
  assert_refused (f, &f->source, "magic");
  g_assert_cmpint (ftruncate (file, (off_t) layout.bytes - 1), ==, 0);
  g_assert_cmpint (pwrite (file, "W", 1, 0), ==, 1);
  assert_refused (f, &f->source, "bytes");
  g_assert_cmpint (ftruncate (file, 20), ==, 0);
  assert_refused (f, &f->source, "ends early");
  close (file);
}

/* Broken off, or without room: the old file stays, and nothing beside it. */
static void
test_old_or_new (Fixture *f, gconstpointer data)
{
  const WeirIndex *index = weir_index_writer_peek_index (f->writer);
  g_autofree char *nowhere = g_build_filename (f->dir, "none", "index", NULL);
  g_autoptr (GError) error = NULL;
  const gint stop = 1;
  int fd;

  g_assert_false (weir_index_save (index, f->path, &stop, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (weir_index_save (index, nowhere, NULL, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
  g_clear_error (&error);
  fd = load (f, &f->source, NULL, &error);
  g_assert_no_error (error);
  close (fd);
}

/* A process that writes one index after the other dies somewhere: what is
 * there is one of the two, whole. */
static void
test_killed (Fixture *f, gconstpointer data)
{
  g_autofree char *part = g_strconcat (f->path, ".part", NULL);
  g_autofree guint8 *hashes = index_help_hashes (COUNT);
  WeirIndexSource other = { .hashes = hashes, .count = COUNT };
  g_autoptr (WeirIndex) second = weir_index_new (hashes, COUNT);
  const WeirIndex *first = weir_index_writer_peek_index (f->writer);

  for (guint round = 0; round < 20; round++) {
    gint64 deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
    pid_t pid = fork ();
    int status, fd;

    if (pid == 0)
      for (guint i = 0;; i++)
        weir_index_save (i % 2 ? first : second, f->path, NULL, NULL);
    while (!g_file_test (part, G_FILE_TEST_EXISTS))
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    g_usleep ((gulong) g_test_rand_int_range (0, 20000));
    kill (pid, SIGKILL);
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    fd = load (f, &f->source, NULL, NULL);
    if (fd < 0)
      fd = load (f, &other, NULL, NULL);
    g_assert_cmpint (fd, >=, 0);
    close (fd);
  }
  g_unlink (part); /* what it was at; the next save begins it anew */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/index-save/same-answers", Fixture, NULL, set_up,
      test_same_answers, tear_down);
  g_test_add ("/index-save/another-list", Fixture, NULL, set_up,
      test_another_list, tear_down);
  g_test_add ("/index-save/ids-and-room", Fixture, NULL, set_up,
      test_ids_and_room, tear_down);
  g_test_add (
      "/index-save/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add (
      "/index-save/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/index-save/old-or-new", Fixture, NULL, set_up, test_old_or_new,
      tear_down);
  return g_test_run ();
}
