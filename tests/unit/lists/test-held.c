/* What a bank leaves out: which, where it stands and why, how much of it is
 * told, and what a person releases. */
#include "lists/banks.h"

#include <glib/gstdio.h>
#include <string.h>

#include "hash/index.h"

#define HASH(c) c c c c c c c c c c c c c c c c
#define A HASH ("a1b2")
#define B HASH ("b3c4")
#define C HASH ("c5d6")
#define ZEROS HASH ("0000")
#define FULL HASH ("fff7")

typedef struct {
  char *dir;
  char *path;
  WeirLoop *loop;
  WeirBanks *banks;
  const WeirBanksClass *klass;
  int fd;
  GString *told;
  guint n_told;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "list.csv", NULL);
  f->loop = weir_loop_new ();
  f->told = g_string_new (NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  weir_banks_free (f->banks);
  weir_loop_run (f->loop);
  weir_loop_free (f->loop);
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_string_free (f->told, TRUE);
  g_free (f->path);
  g_free (f->dir);
}

static void
on_generation (int fd, gpointer data)
{
  Fixture *f = data;

  f->fd = fd;
}

static WeirSettings *
settings_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeirSettings *settings =
      weir_settings_parse ("test", text, strlen (text), &error);

  g_assert_no_error (error);
  return settings;
}

static void
load (Fixture *f, const char *list)
{
  g_autoptr (WeirSettings) settings =
      settings_of ("[bank known]\nfile = list.csv\n[bank other]\n");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (f->path, list, -1, NULL));
  f->banks = weir_banks_load (settings, f->dir, &error);
  g_assert_no_error (error);
  f->klass = f->banks->klass;
  f->fd = weir_banks_start (f->banks, f->loop, NULL, on_generation, f, &error);
  g_assert_no_error (error);
}

static void
on_deadline (gpointer data)
{
  g_error ("the banks are not reloaded");
}

static void
on_reloaded (const GError *error, gpointer data)
{
  g_assert_no_error (error);
  uv_stop (weir_loop_uv (((Fixture *) data)->loop));
}

static void
reload (Fixture *f, const char *list, const char *text)
{
  g_autoptr (WeirSettings) settings = settings_of (text);
  WeirTimer *deadline = weir_timer_new (f->loop, 60000, 0, on_deadline, f);

  g_assert_true (g_file_set_contents (f->path, list, -1, NULL));
  weir_banks_reload (f->banks, settings, f->dir, on_reloaded, f);
  weir_loop_run (f->loop);
  weir_timer_free (deadline);
}

static void
on_held (const WeirBankHeld *held, gpointer data)
{
  Fixture *f = data;

  f->n_told++;
  g_assert_cmpint (held->since_ms, >, 0);
  g_assert_true ((held->by == NULL) == (held->id == NULL));
  g_string_append_printf (f->told, "%u %s %s: %s\n", held->line,
      held->id != NULL ? held->id : "-", held->entry, held->reason);
}

static const char *
tell (Fixture *f)
{
  g_string_truncate (f->told, 0);
  f->n_told = 0;
  g_assert_true (f->klass->each_held (f->banks, "known", on_held, f));
  return f->told->str;
}

static void
on_bank (const WeirBankInfo *info, gpointer data)
{
  if (strcmp (info->name, "known") == 0)
    *(WeirBankInfo *) data = *info;
}

static WeirBankInfo
info_of (Fixture *f)
{
  WeirBankInfo info = { 0 };

  f->klass->each (f->banks, on_bank, &info);
  return info;
}

static WeirSignal *
signal_of (const char *id, const char *hash, guint quality)
{
  WeirSignal *s = g_new0 (WeirSignal, 1);

  s->id = g_strdup (id);
  s->bank = g_strdup ("known");
  g_assert_true (weir_signal_parse_hash (hash, s->hash));
  s->quality = quality;
  s->entry = g_strdup_printf ("entry-%s", id);
  s->item = g_strdup ("item");
  s->by = g_strdup ("me");
  s->created_ms = 1;
  return s;
}

/* Whether what analyzers have finds HASH as ENTRY, which may be NULL. */
static void
assert_looked_for (Fixture *f, const char *hash, const char *entry)
{
  g_autoptr (WeirIndex) index = weir_index_open_fd (f->fd, NULL);
  guint8 bytes[32];
  WeirIndexHit hit;
  WeirBankEntry got;
  guint n;

  g_assert_true (weir_signal_parse_hash (hash, bytes));
  n = weir_index_search (index, bytes, 0, &hit, 1);
  g_assert_cmpuint (n, ==, entry != NULL);
  if (entry == NULL)
    return;
  g_assert_true (f->klass->get (f->banks, hit.entry, &got));
  g_assert_cmpstr (got.entry, ==, entry);
}

/* As the command does. */
static void
release (Fixture *f, const char *entry)
{
  guint count;
  WeirSignal *signal = f->klass->find_held (f->banks, "known", entry, &count);

  g_assert_nonnull (signal);
  g_assert_cmpuint (count, ==, 1);
  if (signal->id == NULL) {
    signal->id = g_strdup_printf ("of-%s", entry);
    signal->by = g_strdup ("me");
    signal->created_ms = 1;
  }
  signal->released_ms = 1;
  g_assert_true (f->klass->add (f->banks, signal, NULL));
}

static void
assert_not_held (Fixture *f, const char *entry, guint wanted)
{
  guint count;

  g_assert_null (f->klass->find_held (f->banks, "known", entry, &count));
  g_assert_cmpuint (count, ==, wanted);
}

#define LIST                                                                   \
  "# a list\nhash,quality,entry\n" A ",100,a\n" ZEROS ",100,black\n" FULL      \
  ",100,full\n" B ",0,flat\n\n" C ",49,poor\n"
#define TOLD                                                                   \
  "4 - black: 0 of 256 bits are set, as in the hash of every black picture\n"  \
  "5 - full: 240 of 256 bits are set; 96 to 160 are usual\n"                   \
  "6 - flat: quality 0, a plain picture's, whose hash is noise\n"              \
  "8 - poor: quality 49; this bank takes 50 and more\n"

static void
test_told (Fixture *f, gconstpointer data)
{
  WeirBankInfo info;

  load (f, LIST);
  g_assert_cmpstr (tell (f), ==, TOLD);
  f->klass->add (f->banks, signal_of ("s", ZEROS, 100), NULL);
  f->klass->add (f->banks, signal_of ("t", C, 100), NULL);
  g_assert_true (g_str_has_prefix (tell (f),
      "0 s entry-s: 0 of 256 bits are set, as in the hash of every black "
      "picture\n" TOLD));
  info = info_of (f);
  g_assert_cmpuint (info.in_file, ==, 5);
  g_assert_cmpuint (info.left_out, ==, 4);
  g_assert_cmpuint (info.signals, ==, 2);
  g_assert_cmpuint (info.held, ==, 1);
  g_assert_false (f->klass->each_held (f->banks, "none", on_held, f));
}

/* One by its name, one by its hash; one of the file, one that was put in. */
static void
test_released (Fixture *f, gconstpointer data)
{
  load (f, LIST);
  f->klass->add (f->banks, signal_of ("s", C, 10), NULL);
  assert_looked_for (f, B, NULL);
  release (f, "flat");
  assert_looked_for (f, B, "flat");
  release (f, FULL);
  assert_looked_for (f, FULL, "full");
  g_assert_cmpuint (info_of (f).left_out, ==, 2);
  g_assert_cmpuint (info_of (f).held, ==, 1);
  assert_not_held (f, "flat", 0);
  assert_not_held (f, FULL, 0);
  assert_not_held (f, A, 0);
  assert_not_held (f, "a", 0);
  assert_not_held (f, "nobody", 0);

  /* The file's has the same hash: there is one of it, the one put in. */
  release (f, "poor");
  assert_looked_for (f, C, "entry-s");
  g_assert_cmpint (f->klass->find (f->banks, "s")->released_ms, ==, 1);
  g_assert_cmpuint (info_of (f).left_out, ==, 1);
  g_assert_cmpuint (info_of (f).held, ==, 0);
  g_assert_cmpuint (info_of (f).signals, ==, 3);
  g_assert_cmpstr (tell (f), ==,
      "4 - black: 0 of 256 bits are set, as in the hash of every black "
      "picture\n");

  /* Taken out, it is left out again. */
  f->klass->remove (f->banks, "of-flat");
  assert_looked_for (f, B, NULL);
  g_assert_cmpuint (info_of (f).left_out, ==, 2);
}

/* It goes on with another file that leaves it out, and does not with one that
 * has it no more. */
static void
test_reloaded (Fixture *f, gconstpointer data)
{
  static const char settings[] = "[bank known]\nfile = list.csv\n";
  g_autofree char *why = NULL;

  load (f, LIST);
  release (f, "flat");
  reload (f, "hash,quality\n" ZEROS ",1\n" B ",0\n" B ",0\n", settings);
  assert_looked_for (f, B, "flat");
  g_assert_cmpuint (info_of (f).left_out, ==, 1);
  g_assert_cmpuint (info_of (f).held, ==, 0);

  reload (f, A "\n", settings);
  assert_looked_for (f, B, NULL);
  g_assert_cmpuint (info_of (f).left_out, ==, 0);
  g_assert_cmpuint (info_of (f).held, ==, 1);
  why = f->klass->dup_fault (f->banks, f->klass->find (f->banks, "of-flat"));
  g_assert_nonnull (strstr (why, "has changed or is gone"));
  assert_not_held (f, "flat", 0);

  reload (f, "hash,quality\n" B ",0\n", settings);
  assert_looked_for (f, B, "flat");
  reload (f, "hash,quality\n" B ",0\n",
      "[bank known]\nfile = list.csv\nenabled = false\n");
  assert_looked_for (f, B, NULL);
  g_assert_cmpuint (info_of (f).left_out, ==, 0);
  g_assert_cmpstr (tell (f), ==, "");
}

static void
test_same_name (Fixture *f, gconstpointer data)
{
  load (f, "hash,quality,file\n" A ",1,film\n" B ",2,film\n" A ",3,film\n");
  assert_not_held (f, "film", 2);
  release (f, A);
  g_assert_cmpuint (info_of (f).left_out, ==, 1);
  release (f, "film");
  g_assert_cmpuint (info_of (f).left_out, ==, 0);
}

/* All are counted, and found by their hash; the first are told. */
static void
test_limit (Fixture *f, gconstpointer data)
{
  GString *list = g_string_new ("hash,quality,entry\n");
  char hash[65];

  for (guint i = 0; i < WEIR_BANKS_MAX_TOLD + 5; i++) {
    g_snprintf (hash, sizeof hash, "%08x%s", i, A + 8);
    g_string_append_printf (list, "%s,7,n%u\n", hash, i);
  }
  load (f, list->str);
  g_string_free (list, TRUE);
  tell (f);
  g_assert_cmpuint (f->n_told, ==, WEIR_BANKS_MAX_TOLD);
  g_assert_cmpuint (info_of (f).left_out, ==, WEIR_BANKS_MAX_TOLD + 5);
  assert_not_held (f, "n1004", 0);
  release (f, "n999");
  release (f, hash);
  assert_looked_for (f, hash, "n1004");
  g_assert_cmpuint (info_of (f).left_out, ==, WEIR_BANKS_MAX_TOLD + 3);
  tell (f);
  g_assert_cmpuint (f->n_told, ==, WEIR_BANKS_MAX_TOLD - 1);
  for (guint i = 0; i < WEIR_BANKS_MAX_TOLD + 5; i++) {
    g_autofree char *id = g_strdup_printf ("s%u", i);

    f->klass->add (f->banks, signal_of (id, ZEROS, 100), NULL);
  }
  tell (f);
  g_assert_cmpuint (f->n_told, ==, 2 * WEIR_BANKS_MAX_TOLD - 1);
  g_assert_cmpuint (info_of (f).held, ==, WEIR_BANKS_MAX_TOLD + 5);
}

/* By name, hash or id, of the file and of what was put in; and a signal that
 * its own time keeps from matching. */
static void
test_names (Fixture *f, gconstpointer data)
{
  WeirSignal *signal = signal_of ("s", C, 100);
  WeirBankEntry got;
  guint32 index;

#define NAME(entry) f->klass->find_name (f->banks, "known", entry)
  load (f, "hash,entry\n" A ",a\n" B ",b\n");
  signal->disable_until_ms = G_MAXINT64;
  g_assert_true (f->klass->add (f->banks, signal, &index));
  g_assert_cmpstr (NAME ("b"), ==, "b");
  g_assert_cmpstr (NAME (B), ==, "b");
  g_assert_cmpstr (NAME ("s"), ==, "entry-s");
  g_assert_cmpstr (NAME ("entry-s"), ==, "entry-s");
  g_assert_cmpstr (NAME (C), ==, "entry-s");
  g_assert_null (NAME ("c"));
  g_assert_null (NAME (FULL));
  g_assert_null (f->klass->find_name (f->banks, "other", "a"));
  g_assert_null (f->klass->find_name (f->banks, "none", "a"));
#undef NAME
  g_assert_false (f->klass->get (f->banks, index, &got));
  f->klass->enable (f->banks, "s");
  g_assert_true (f->klass->get (f->banks, index, &got));
  f->klass->enable (f->banks, "nobody");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/held/told", test_told },
    { "/held/released", test_released },
    { "/held/reloaded", test_reloaded },
    { "/held/same-name", test_same_name },
    { "/held/limit", test_limit },
    { "/held/names", test_names },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
