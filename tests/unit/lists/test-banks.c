/* Banks of several files, joined to one list: which entry is whose, what is
 * left out, and what is said about a broken line. */
#include "lists/banks.h"

#include "base/error.h"
#include "hash/index.h"

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

#define HASH(c) c c c c c c c c c c c c c c c c
#define A HASH ("a1b2")
#define B HASH ("b3c4")
#define C HASH ("c5d6")
#define D HASH ("d7e8")

static void
assert_entry (const WeirBanks *banks, guint32 index, const char *bank,
    const char *entry, const char *item, guint radius, guint min_quality)
{
  WeirBankEntry got;

  g_assert_true (banks->get (banks, index, &got));
  g_assert_cmpstr (got.bank, ==, bank);
  g_assert_cmpstr (got.entry, ==, entry);
  g_assert_cmpstr (got.item, ==, item);
  g_assert_cmpuint (got.radius, ==, radius);
  g_assert_cmpuint (got.min_quality, ==, min_quality);
}

static void
test_joined (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  WeirBankEntry none;
  WeirBanks *banks;
  int fd;

  put (f, "one.csv",
      "hash,quality,item,entry\n" A ",100,film,first\n" B ",49,film,flat\n" C
      ",50,game,second\n");
  text = g_strdup_printf ("[bank one]\nfile = one.csv\n"
                          "[bank two]\nfile = %s\nradius = 40\nmin_quality = "
                          "80\n[bank three]\nfile = three.txt\nradius = 0\n"
                          "min_quality = 0\n",
      put (f, "two.csv", "hash,quality,entry\n" A ",79,x\n" D ",80,third\n"));
  put (f, "three.txt", B "\n");
  banks = load (f, text, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_banks_count (banks), ==, 4);
  g_assert_cmpuint (weir_banks_radius (banks), ==, 40);
  assert_entry (banks, 0, "one", "first", "film", 31, 50);
  assert_entry (banks, 1, "one", "second", "game", 31, 50);
  assert_entry (banks, 2, "two", "third", "third", 40, 80);
  assert_entry (
      banks, 3, "three", "b3c4b3c4b3c4b3c4", "b3c4b3c4b3c4b3c4", 0, 0);
  g_assert_false (banks->get (banks, 4, &none));
  g_assert_false (banks->get (banks, G_MAXUINT32, &none));

  /* What analyzers search has the same numbers. */
  fd = weir_banks_create_index (banks, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  close (fd);
  g_assert_cmpuint (weir_index_count (index), ==, 4);
  for (guint32 i = 0; i < 4; i++) {
    static const char *const texts[] = { A, C, D, B };
    guint8 hash[32];
    WeirIndexHit hit;

    g_assert_true (weir_pdq_parse (texts[i], 64, hash));
    g_assert_cmpuint (weir_index_search (index, hash, 0, &hit, 1), ==, 1);
    g_assert_cmpuint (hit.entry, ==, i);
  }
  weir_banks_free (banks);
  weir_banks_free (NULL);
}

static void
test_none (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  WeirBanks *banks = load (f, "", &error);
  g_autoptr (WeirIndex) index = NULL;
  WeirBankEntry none;
  int fd;

  g_assert_no_error (error);
  g_assert_cmpuint (weir_banks_count (banks), ==, 0);
  g_assert_false (banks->get (banks, 0, &none));
  fd = weir_banks_create_index (banks, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  close (fd);
  g_assert_cmpuint (weir_index_count (index), ==, 0);
  weir_banks_free (banks);
}

static void
assert_refused (
    Fixture *f, const char *settings, const char *file, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load (f, settings, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "[bank two] file: "));
  g_assert_nonnull (strstr (error->message, file));
  g_assert_nonnull (strstr (error->message, words));
}

#define TWO "[bank one]\nfile = one.csv\n[bank two]\nfile = two.csv\n"

/* Section, file, line, and what is wrong with it. */
static void
test_broken (Fixture *f, gconstpointer data)
{
  put (f, "one.csv", A "\n");
  assert_refused (f, TWO, "two.csv", "No such file");
  put (f, "two.csv", "hash,quality\n" A ",101\nab,100\n");
  assert_refused (f, TWO, "two.csv", "none of its 2 lines can be used");
  g_ptr_array_set_size (f->files, 1);
  put (f, "two.csv", "item,quality\n");
  assert_refused (f, TWO, "two.csv", "hash");
}

/* What can't be used is left out; the rest goes in. */
static void
test_left_out (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  WeirBanks *banks;

  put (f, "one.csv",
      A "\nnot a hash\n" B "\n" HASH ("0000") "\n" HASH ("ffff") "\n" C "\n");
  banks = load (f, "[bank one]\nfile = one.csv\n", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_banks_count (banks), ==, 3);
  weir_banks_free (banks);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/banks/joined", Fixture, NULL, set_up, test_joined, tear_down);
  g_test_add ("/banks/none", Fixture, NULL, set_up, test_none, tear_down);
  g_test_add (
      "/banks/left-out", Fixture, NULL, set_up, test_left_out, tear_down);
  g_test_add ("/banks/broken", Fixture, NULL, set_up, test_broken, tear_down);
  return g_test_run ();
}
