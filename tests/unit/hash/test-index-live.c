/* Tests what happens to a generation of the index while it is read: entries
 * come and go, processes read on while the writer is killed. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hash/index-file.h"
#include "hash/index-file.h"
#include "index-help.h"

static gboolean
is_gone (guint32 entry)
{
  return entry % 7 == 3;
}

/* Base and delta, ids with gaps, deletions in both: as if made of what is left.
 */
static void
test_add_and_delete (void)
{
  static const guint bases[] = { 0, 1, 100, 17000 };
  enum { CAPACITY = 500, NEEDLES = 20 };

  for (guint b = 0; b < G_N_ELEMENTS (bases); b++) {
    guint base = bases[b], count = base + CAPACITY;
    g_autofree guint8 *hashes = index_help_hashes (count);
    g_autofree guint8 *needles = index_help_needles (hashes, NEEDLES);
    g_autofree guint32 *ids = g_new (guint32, count);
    g_autoptr (WeirIndexWriter) writer = NULL;
    g_autoptr (WeirIndex) index = NULL;
    g_autoptr (GArray) wanted = NULL;
    g_autoptr (GArray) got = NULL;
    g_autoptr (GError) error = NULL;
    WeirIndexHit hit;
    int fd;

    for (guint i = 0; i < count; i++)
      ids[i] = 3 * i + 10;
    fd = weir_index_build_memfd (
        &(WeirIndexSource){
            .hashes = hashes, .ids = ids, .count = base, .capacity = CAPACITY },
        &writer, &error);
    g_assert_no_error (error);
    index = weir_index_open_fd (fd, &error);
    g_assert_no_error (error);
    close (fd);
    for (guint i = base; i < count; i++) {
      g_assert_cmpuint (weir_index_writer_room (writer), ==, count - i);
      g_assert_true (weir_index_writer_add (writer, hashes + i * 32, ids[i]));
      g_assert_cmpuint (weir_index_count (index), ==, i + 1);
      g_assert_cmpuint (
          weir_index_search (index, hashes + i * 32, 0, &hit, 1), ==, 1);
    }
    g_assert_false (weir_index_writer_add (writer, hashes, ids[count - 1] + 1));
    for (guint i = 0; i < count; i++)
      if (is_gone (ids[i])) {
        g_assert_true (weir_index_writer_delete (writer, ids[i]));
        g_assert_false (weir_index_writer_delete (writer, ids[i]));
      }
    g_assert_false (weir_index_writer_delete (writer, 11));
    g_assert_false (weir_index_writer_delete (writer, G_MAXUINT32));
    wanted =
        index_help_search (hashes, ids, count, needles, NEEDLES, 31, is_gone);
    got = weir_index_search_many (index, needles, NEEDLES, 31, G_MAXUINT);
    index_help_assert_same (got, wanted);
  }
}

/* A file on disk: what the last writer put in is there for who opens it, and
 * forgotten when asked for; building that was broken off is noticed. */
static void
test_file (void)
{
  enum { COUNT = 50 };
  g_autofree guint8 *hashes = index_help_hashes (COUNT + 2);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  WeirIndexWriter *writer;
  int fd = g_file_open_tmp ("weir-index-XXXXXX", &path, &error);

  g_assert_no_error (error);
  unlink (path);
  g_assert_true (weir_index_build_fd (fd,
      &(WeirIndexSource){ .hashes = hashes, .count = COUNT, .capacity = 10 },
      &error));
  writer = weir_index_writer_open_fd (fd, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (weir_index_writer_add (writer, hashes + COUNT * 32, 1000));
  g_assert_true (weir_index_writer_delete (writer, 5));
  weir_index_writer_free (writer);
  index = weir_index_open_fd (fd, &error);
  g_assert_cmpuint (weir_index_count (index), ==, COUNT + 1);

  writer = weir_index_writer_open_fd (fd, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_count (index), ==, COUNT);
  g_assert_true (weir_index_writer_delete (writer, 5));
  g_assert_true (weir_index_writer_add (writer, hashes + COUNT * 32, 1001));
  weir_index_writer_free (writer);

  g_assert_cmpint (pwrite (fd, "\0\0\0\0\0\0\0\0", 8, 0), ==, 8);
  g_assert_null (weir_index_open_fd (fd, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN);
  close (fd);
}

/* A search takes as long as thousands of entries to arrive. */
#define SEARCH_EVERY 4096

#define NOBODY (G_MAXINT / 2) /* counts of a reader that gave up */

/* What reader, writer and test tell each other, in shared memory. */
typedef struct {
  gint searches[2]; /* of each reader, with the whole answer right */
  gint compared[2]; /* entries of each reader, as soon as it saw them */
  gint checked[2];  /* entries that each reader compared as they arrived */
  gint added;       /* by the writer; may be one behind */
  gint stop;
} Shared;

/* The hash of entry I: told by its number, so that a reader knows what must be
 * there. */
static void
make_hash (guint32 i, guint8 ret[32])
{
  guint64 x = (guint64) i * 0x9e3779b97f4a7c15u + 1;

  for (guint w = 0; w < 4; w++) {
    x ^= x >> 29;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 32;
    memcpy (ret + 8 * w, &x, 8);
  }
}

static pid_t
begin (void)
{
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    prctl (PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

/* Entry I is, byte by byte, what its number says. */
static gboolean
is_whole (const WeirIndex *index, guint32 i)
{
  guint8 hash[32];

  make_hash (i, hash);
  return index->ids[i] == i
         && memcmp (index->hashes + (gsize) i * 32, hash, sizeof hash) == 0;
}

/* Ends the reader; its counts let nobody wait for it. */
static void
give_up (Shared *shared, int who, int why)
{
  g_atomic_int_set (&shared->searches[who], NOBODY);
  g_atomic_int_set (&shared->compared[who], NOBODY);
  _exit (why);
}

/* Compares each entry as soon as it is published, and every now and then looks
 * one up, old or new, until told to stop. Every answer must be there, once, at
 * distance 0. */
static void
read_on (int fd, Shared *shared, int who)
{
  g_autoptr (WeirIndex) index = weir_index_open_fd (fd, NULL);
  guint32 compared = 0;

  if (index == NULL)
    give_up (shared, who, 10);
  for (guint32 turn = 0; !g_atomic_int_get (&shared->stop); turn++) {
    guint32 count = weir_index_count (index);
    guint32 at = turn / SEARCH_EVERY % 2 ? count - 1 : (turn * 7919u) % count;
    WeirIndexHit hits[2];
    guint8 hash[32];

    for (; compared < count; compared++)
      if (!is_whole (index, compared))
        give_up (shared, who, 12);
    g_atomic_int_set (&shared->compared[who], (gint) compared);
    if (turn % SEARCH_EVERY != 0)
      continue;
    make_hash (at, hash);
    if (weir_index_search (index, hash, 31, hits, 2) != 1 || hits[0].entry != at
        || hits[0].distance != 0)
      give_up (shared, who, 11);
    g_atomic_int_inc (&shared->searches[who]);
  }
  _exit (0);
}

static void
write_on (WeirIndexWriter *writer, Shared *shared, guint32 from)
{
  for (guint32 i = from;; i++) {
    guint8 hash[32];

    make_hash (i, hash);
    if (!weir_index_writer_add (writer, hash, i))
      _exit (0);
    g_atomic_int_set (&shared->added, (gint) (i + 1 - from));
  }
}

static gint
await (const gint *value, gint at_least)
{
  gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (g_atomic_int_get (value) < at_least) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (1000);
  }
  return g_atomic_int_get (value);
}

static int
end_of (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  return status;
}

/* One step of CHILD. FALSE when it has ended. */
static gboolean
step (pid_t child)
{
  int status;

  g_assert_cmpint (ptrace (PTRACE_SINGLESTEP, child, NULL, NULL), ==, 0);
  status = end_of (child);
  if (WIFSTOPPED (status))
    return TRUE;
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  return FALSE;
}

/* The writer is halted behind each of its instructions, which is all that a
 * kill could do: whatever is published is whole every time. */
static void
test_writer_halted (void)
{
  enum { BASE = 100, ADDED = 3, MOST_STEPS = 1000000 };
  g_autofree guint8 *hashes = g_malloc (BASE * 32);
  g_autoptr (WeirIndexWriter) writer = NULL;
  g_autoptr (WeirIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  guint steps = 0, seen = BASE, changes = 0;
  pid_t child;
  int fd;

  for (guint32 i = 0; i < BASE; i++)
    make_hash (i, hashes + i * 32);
  fd = weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = hashes, .count = BASE, .capacity = ADDED },
      &writer, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  close (fd);
  child = begin ();
  if (child == 0) {
    guint8 hash[32];

    if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) != 0)
      _exit (1);
    raise (SIGSTOP);
    for (guint32 i = BASE; i < BASE + ADDED; i++) {
      make_hash (i, hash);
      weir_index_writer_add (writer, hash, i);
    }
    _exit (0);
  }
  if (!WIFSTOPPED (end_of (child))) {
    g_test_skip ("nobody may halt another process here");
    return;
  }
  while (step (child)) {
    guint32 count = weir_index_count (index);

    g_assert_cmpuint (steps++, <, MOST_STEPS);
    g_assert_cmpuint (count, >=, seen);
    changes += count > seen;
    seen = count;
    for (guint32 i = 0; i < count; i++)
      g_assert_true (is_whole (index, i));
  }
  g_assert_cmpuint (changes, ==, ADDED);
}

/* Two processes read while a third million entries arrive and the writer is
 * killed: nobody sees half an entry, and what was published stays. */
static void
test_writer_killed (void)
{
  enum { BASE = 20000, CAPACITY = 1000000, ENOUGH = 333333 };
  g_autofree guint8 *hashes = g_malloc (BASE * 32);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  WeirIndexWriter *writer;
  Shared *shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t readers[2], child;
  guint8 hash[32];
  WeirIndexHit hit;
  gint added;
  int fd;

  g_assert_true (shared != MAP_FAILED);
  for (guint32 i = 0; i < BASE; i++)
    make_hash (i, hashes + i * 32);
  fd = weir_index_build_memfd (
      &(WeirIndexSource){
          .hashes = hashes, .count = BASE, .capacity = CAPACITY },
      &writer, &error);
  g_assert_no_error (error);
  for (int k = 0; k < 2; k++) {
    readers[k] = begin ();
    if (readers[k] == 0)
      read_on (fd, shared, k);
  }
  child = begin ();
  if (child == 0)
    write_on (writer, shared, BASE);
  for (int k = 0; k < 2; k++)
    await (&shared->searches[k], 20);
  await (&shared->added, ENOUGH);
  kill (child, SIGKILL);
  end_of (child);
  added = g_atomic_int_get (&shared->added);

  /* They read on, everything published among it. */
  for (int k = 0; k < 2; k++) {
    await (&shared->searches[k],
        MIN (g_atomic_int_get (&shared->searches[k]) + 20, NOBODY));
    await (&shared->compared[k], BASE + added);
  }
  g_atomic_int_set (&shared->stop, 1);
  for (int k = 0; k < 2; k++) {
    int status = end_of (readers[k]);

    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  }
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_count (index), >=, (guint32) (BASE + added));
  g_assert_cmpuint (weir_index_count (index), <=, (guint32) (BASE + added + 1));
  make_hash ((guint32) (BASE + added - 1), hash);
  g_assert_cmpuint (weir_index_search (index, hash, 0, &hit, 1), ==, 1);
  close (fd);
  weir_index_writer_free (writer);
  munmap (shared, sizeof *shared);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/index-live/add-and-delete", test_add_and_delete);
  g_test_add_func ("/index-live/file", test_file);
  g_test_add_func ("/index-live/writer-halted", test_writer_halted);
  g_test_add_func ("/index-live/writer-killed", test_writer_killed);
  return g_test_run ();
}
