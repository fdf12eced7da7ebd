/* The index of the banks' files on disk: when it is written, taken, and
 * written anew. */
#include "lists/banks.h"

#include "hash/hashlist.h"
#include "hash/index-file.h"
#include "lists/saved-index.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *dir;
  GPtrArray *files;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  g_assert_nonnull (f->dir);
  f->files = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < f->files->len; i++)
    g_assert_cmpint (g_unlink (g_ptr_array_index (f->files, i)), ==, 0);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_ptr_array_unref (f->files);
  g_free (f->dir);
}

static const char *
put (Fixture *f, const char *name, const char *text)
{
  char *path = g_build_filename (f->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_ptr_array_add (f->files, path);
  return path;
}

static WeirBanks *
load (Fixture *f, const char *text, GError **error)
{
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("test", text, strlen (text), error);

  g_assert_nonnull (settings);
  return weir_banks_load (settings, f->dir, error);
}

static guint generations;
static int generation_fd;

static void
on_generation (int fd, gpointer data)
{
  generations++;
  generation_fd = fd;
}

static void
end (WeirBanks *banks, WeirLoop *loop)
{
  weir_banks_free (banks);
  weir_loop_run (loop);
  weir_loop_free (loop);
}

#define D "d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8d7e8"

static WeirSignal *
make_signal (const char *id, const char *bank, const char *hash)
{
  WeirSignal *s = g_new0 (WeirSignal, 1);

  s->id = g_strdup (id);
  s->bank = g_strdup (bank);
  g_assert_true (weir_signal_parse_hash (hash, s->hash));
  s->quality = 100;
  s->entry = g_strdup (id);
  s->item = g_strdup ("item");
  s->label = g_strdup ("");
  s->owner = g_strdup ("");
  s->opinion = g_strdup ("");
  s->note = g_strdup ("");
  s->by = g_strdup ("me");
  return s;
}

static guint
search (const WeirIndex *index, const char *hash, WeirIndexHit *ret)
{
  guint8 bytes[32];

  g_assert_true (weir_signal_parse_hash (hash, bytes));
  return weir_index_search (index, bytes, 0, ret, 1);
}

static gint64 deadline_us;

static void
on_tick (gpointer data)
{
  g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
  if (generations > 0)
    uv_stop (weir_loop_uv (data));
}

typedef struct {
  WeirLoop *loop;
  guint calls;
  char *error;
} Reloaded;

static void
on_reloaded (const GError *error, gpointer data)
{
  Reloaded *r = data;

  r->calls++;
  r->error = error != NULL ? g_strdup (error->message) : NULL;
  if (error != NULL)
    uv_stop (weir_loop_uv (r->loop));
}

static void
reload (Fixture *f, WeirBanks *banks, const char *text, Reloaded *r)
{
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("test", text, strlen (text), NULL);
  WeirTimer *timer = weir_timer_new (r->loop, 5, 5, on_tick, r->loop);

  generations = 0;
  g_clear_pointer (&r->error, g_free);
  g_assert_false (weir_banks_are_of (banks, settings, f->dir));
  weir_banks_reload (banks, settings, f->dir, on_reloaded, r);
  deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  weir_loop_run (r->loop);
  weir_timer_free (timer);
  g_assert_true (
      (r->error != NULL) != weir_banks_are_of (banks, settings, f->dir));
}

static WeirLoop *saving_loop;
static gint64 saved_before; /* the number of the file that is replaced */

/* 0 without one. */
static gint64
file_number (const char *path)
{
  GStatBuf st;

  return g_stat (path, &st) == 0 ? (gint64) st.st_ino : 0;
}

static void
on_saved (gpointer data)
{
  gint64 number = file_number (data);

  g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
  if (number != 0 && number != saved_before)
    uv_stop (weir_loop_uv (saving_loop));
}

/* Starts banks of a file that is large enough, with a signal beside it, and
 * looks for both. */
static void
start_saved (Fixture *f, const char *path, const char *first)
{
  WeirLoop *loop = weir_loop_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  WeirBanks *banks = load (f, "[bank one]\nfile = one.txt\n", &error);
  WeirTimer *timer;
  WeirIndexHit hit;
  int fd;

  g_assert_no_error (error);
  banks->klass->add (banks, make_signal ("s", "one", D), NULL);
  fd = weir_banks_start (banks, loop, path, on_generation, NULL, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_cmpuint (search (index, D, &hit), ==, 1);
  g_assert_cmpuint (search (index, first, &hit), ==, 1);
  g_assert_cmpuint (hit.entry, ==, 0);
  saving_loop = loop;
  deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  timer = weir_timer_new (loop, 5, 5, on_saved, (gpointer) path);
  weir_loop_run (loop);
  weir_timer_free (timer);
  end (banks, loop);
}

/* Written once, taken the next time, written anew when the list is another
 * one, gone when there is nothing to save. */
static void
test_saved (Fixture *f, gconstpointer data)
{
  enum { COUNT = 100100 };
  g_autofree char *path = g_build_filename (f->dir, "index", NULL);
  g_autofree char *first = NULL;
  GString *text = g_string_new (NULL);
  gint64 number;

  for (guint i = 0; i < COUNT; i++) {
    g_autofree char *seed = g_strdup_printf ("saved %u", i);
    g_autofree char *hash =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, seed, -1);

    if (i == 0)
      first = g_strdup (hash);
    g_string_append_printf (text, "%s\n", hash);
  }
  put (f, "one.txt", text->str);
  start_saved (f, path, first);
  number = file_number (path);
  start_saved (f, path, first);
  g_assert_cmpint (file_number (path), ==, number);

  g_string_truncate (text, text->len - 65);
  g_ptr_array_set_size (f->files, 0);
  put (f, "one.txt", text->str);
  saved_before = number;
  start_saved (f, path, first);
  g_assert_cmpint (file_number (path), !=, number);

  g_string_truncate (text, 65);
  g_ptr_array_set_size (f->files, 0);
  put (f, "one.txt", text->str);
  {
    WeirLoop *loop = weir_loop_new ();
    g_autoptr (GError) error = NULL;
    WeirBanks *banks = load (f, "[bank one]\nfile = one.txt\n", &error);

    weir_banks_start (banks, loop, path, on_generation, NULL, &error);
    g_assert_no_error (error);
    end (banks, loop);
  }
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_string_free (text, TRUE);
}

static char *
make_list (const char *seed, guint count)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < count; i++) {
    g_autofree char *one = g_strdup_printf ("%s %u", seed, i);
    g_autofree char *hash =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, one, -1);

    g_string_append_printf (text, "%s\n", hash);
  }
  return g_string_free (text, FALSE);
}

static gboolean
is_kept (const char *path, const char *list)
{
  g_autoptr (WeirHashlist) parsed =
      weir_hashlist_parse (list, strlen (list), NULL, NULL);
  g_autofree guint8 *hashes = g_malloc ((gsize) parsed->count * 32);
  WeirIndexSource source = { .hashes = hashes };
  int fd;

  for (guint i = 0; i < parsed->count; i++)
    if (parsed->entries[i].health == WEIR_HASHLIST_SOUND)
      memcpy (
          hashes + (gsize) source.count++ * 32, parsed->entries[i].hash, 32);
  fd = weir_saved_index_open (path, &source, NULL);
  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

typedef struct {
  WeirLoop *loop;
  const char *path, *list;
} Kept;

static void
on_kept (gpointer data)
{
  Kept *kept = data;

  g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
  if (is_kept (kept->path, kept->list))
    uv_stop (weir_loop_uv (kept->loop));
}

static void
wait_for_kept (WeirLoop *loop, const char *path, const char *list)
{
  Kept kept = { loop, path, list };
  WeirTimer *timer = weir_timer_new (loop, 20, 20, on_kept, &kept);

  deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  weir_loop_run (loop);
  weir_timer_free (timer);
}

/* What a reload brings is what the next start takes; with more signals than
 * are to be scanned, too, which a second generation takes in. */
static void
test_saved_again (Fixture *f, gconstpointer data)
{
  enum { COUNT = 100100, SIGNALS = 33000 };
  g_autofree char *path = g_build_filename (f->dir, "index", NULL);
  g_autofree char *before = make_list ("before", COUNT);
  g_autofree char *after = make_list ("after", COUNT);
  WeirLoop *loop = weir_loop_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  g_autoptr (WeirIndex) next = NULL;
  WeirBanks *banks;
  WeirTimer *timer;
  Reloaded r = { loop };
  gint64 number;
  int fd;

  put (f, "one.txt", before);
  banks = load (f, "[bank one]\nfile = one.txt\n", &error);
  weir_banks_start (banks, loop, path, on_generation, NULL, &error);
  g_assert_no_error (error);
  /* While that is written: the latest counts. */
  g_ptr_array_set_size (f->files, 0);
  put (f, "one.txt", after);
  reload (f, banks, "[bank one]\nfile = one.txt\n", &r);
  g_assert_null (r.error);
  wait_for_kept (loop, path, after);
  number = file_number (path);

  /* The same entries under another radius: nothing is written. */
  reload (f, banks, "[bank one]\nfile = one.txt\nradius = 20\n", &r);
  g_assert_null (r.error);
  end (banks, loop);
  g_assert_cmpint (file_number (path), ==, number);

  loop = weir_loop_new ();
  banks = load (f, "[bank one]\nfile = one.txt\n", &error);
  for (guint i = 0; i < SIGNALS; i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);
    g_autofree char *hash =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);

    banks->klass->add (banks, make_signal (id, "one", hash), NULL);
  }
  generations = 0;
  fd = weir_banks_start (banks, loop, path, on_generation, NULL, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_cmpuint (index->count, >, COUNT - 100);
  g_assert_cmpuint (index->count, <=, COUNT);
  g_assert_cmpuint (weir_index_count (index), >, index->count + SIGNALS - 100);
  timer = weir_timer_new (loop, 5, 5, on_tick, loop);
  deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  weir_loop_run (loop);
  weir_timer_free (timer);
  next = weir_index_open_fd (generation_fd, &error);
  g_assert_cmpuint (next->count, ==, weir_index_count (index));
  end (banks, loop);
  g_assert_cmpint (file_number (path), ==, number);
  g_assert_true (is_kept (path, after));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/saved/once", Fixture, NULL, set_up, test_saved, tear_down);
  g_test_add (
      "/saved/again", Fixture, NULL, set_up, test_saved_again, tear_down);
  return g_test_run ();
}
