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

  g_assert_true (banks->klass->get (banks, index, &got));
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
  WeirLoop *loop = weir_loop_new ();
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
  g_assert_false (banks->klass->get (banks, 4, &none));
  g_assert_false (banks->klass->get (banks, G_MAXUINT32, &none));

  /* What analyzers search has the same numbers. */
  fd = weir_banks_start (banks, loop, NULL, on_generation, NULL, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_count (index), ==, 4);
  for (guint32 i = 0; i < 4; i++) {
    static const char *const texts[] = { A, C, D, B };
    guint8 hash[32];
    WeirIndexHit hit;

    g_assert_true (weir_pdq_parse (texts[i], 64, hash));
    g_assert_cmpuint (weir_index_search (index, hash, 0, &hit, 1), ==, 1);
    g_assert_cmpuint (hit.entry, ==, i);
  }
  end (banks, loop);
  weir_banks_free (NULL);
}

static void
test_none (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  WeirLoop *loop = weir_loop_new ();
  WeirBanks *banks = load (f, "", &error);
  g_autoptr (WeirIndex) index = NULL;
  WeirBankEntry none;
  int fd;

  g_assert_no_error (error);
  g_assert_cmpuint (weir_banks_count (banks), ==, 0);
  g_assert_false (banks->klass->get (banks, 0, &none));
  fd = weir_banks_start (banks, loop, NULL, on_generation, NULL, &error);
  g_assert_no_error (error);
  index = weir_index_open_fd (fd, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_count (index), ==, 0);
  end (banks, loop);
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

/* --- signals --- */

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

/* Stored ones are in the first generation; what comes and goes later is seen
 * in it at once. Banks that are not there or not enabled, and what no picture
 * has, are kept and not looked for. */
static void
test_signals (Fixture *f, gconstpointer data)
{
  WeirLoop *loop = weir_loop_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) index = NULL;
  g_autoptr (WeirSignal) same = make_signal ("x", "live", B);
  const WeirBanksClass *klass;
  WeirBankEntry entry;
  WeirIndexHit hit;
  WeirBanks *banks;
  guint32 at;

  put (f, "one.csv", A "\n");
  banks = load (f,
      "[bank one]\nfile = one.csv\n[bank live]\nknown_good = true\n"
      "[bank off]\nenabled = false\n",
      &error);
  g_assert_no_error (error);
  klass = banks->klass;
  g_assert_true (klass->add (banks, make_signal ("b", "live", B), &at));
  g_assert_cmpuint (at, ==, 1);
  g_assert_false (klass->add (banks, make_signal ("n", "none", C), NULL));
  g_assert_false (klass->add (banks, make_signal ("o", "off", C), NULL));
  g_assert_false (
      klass->add (banks, make_signal ("z", "live", HASH ("0000")), NULL));
  index = weir_index_open_fd (
      weir_banks_start (banks, loop, NULL, on_generation, NULL, &error),
      &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weir_index_count (index), ==, 2);
  g_assert_cmpuint (search (index, B, &hit), ==, 1);
  g_assert_true (klass->get (banks, hit.entry, &entry));
  g_assert_cmpstr (entry.entry, ==, "b");
  g_assert_true (entry.known_good);
  g_assert_cmpuint (search (index, C, &hit), ==, 0);

  g_assert_true (klass->add (banks, make_signal ("d", "live", D), NULL));
  g_assert_cmpuint (search (index, D, &hit), ==, 1);
  g_assert_true (klass->get (banks, hit.entry, &entry));
  g_assert_cmpstr (entry.entry, ==, "d");
  g_assert_nonnull (klass->find (banks, "d"));
  g_assert_cmpstr (klass->find_same (banks, same)->id, ==, "b");
  klass->remove (banks, "d");
  klass->remove (banks, "b");
  klass->remove (banks, "never");
  g_assert_cmpuint (search (index, D, &hit), ==, 0);
  g_assert_cmpuint (search (index, B, &hit), ==, 0);
  g_assert_cmpuint (search (index, A, &hit), ==, 1);
  g_assert_false (klass->get (banks, 1, &entry));
  g_assert_null (klass->find (banks, "b"));
  g_assert_null (klass->find_same (banks, same));
  end (banks, loop);
}

static gint64 deadline_us;

static void
on_tick (gpointer data)
{
  g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
  if (generations > 0)
    uv_stop (weir_loop_uv (data));
}

/* More than a generation has room for: the next one is built meanwhile, with
 * what came and went while it was. */
static void
test_next_generation (Fixture *f, gconstpointer data)
{
  enum { COUNT = 40000 }; /* more than half of the room */
  WeirLoop *loop = weir_loop_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirIndex) first = NULL;
  g_autoptr (WeirIndex) next = NULL;
  WeirBanks *banks = load (f, "[bank live]\n", &error);
  WeirTimer *timer;
  WeirIndexHit hit;
  int fd = weir_banks_start (banks, loop, NULL, on_generation, NULL, &error);

  g_assert_no_error (error);
  generations = 0;
  first = weir_index_open_fd (fd, &error);
  for (guint i = 0; i < COUNT; i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);
    g_autofree char *hash =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);

    banks->klass->add (banks, make_signal (id, "live", hash), NULL);
  }
  banks->klass->remove (banks, "7");
  banks->klass->remove (banks, "39999");
  timer = weir_timer_new (loop, 5, 5, on_tick, loop);
  deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  weir_loop_run (loop);
  weir_timer_free (timer);
  next = weir_index_open_fd (generation_fd, &error);
  g_assert_no_error (error);
  /* Without the one that was gone again, and the few that by chance have far
   * from half of their bits set. */
  g_assert_cmpuint (weir_index_count (next), <, COUNT);
  g_assert_cmpuint (weir_index_count (next), >, COUNT - 20);
  for (guint i = 0; i < COUNT; i += 1333) {
    g_autofree char *id = g_strdup_printf ("%u", i);
    g_autofree char *hash =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);

    g_assert_cmpuint (search (next, hash, &hit), ==, 1);
    g_assert_cmpuint (hit.entry, ==, i);
    g_assert_cmpuint (search (first, hash, &hit), ==, 1);
  }
  {
    g_autofree char *hash =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, "39999", -1);

    g_assert_cmpuint (search (next, hash, &hit), ==, 0);
  }
  end (banks, loop);
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

static guint32
id_of (int fd, const char *hash)
{
  g_autoptr (WeirIndex) index = weir_index_open_fd (fd, NULL);
  WeirIndexHit hit;

  return search (index, hash, &hit) == 1 ? hit.entry : G_MAXUINT32;
}

/* Other files, other values, other banks: all of it at once, and what was put
 * in stays. What names an entry of before is understood for a while. */
static void
test_reload (Fixture *f, gconstpointer data)
{
  WeirLoop *loop = weir_loop_new ();
  Reloaded r = { loop };
  g_autoptr (GError) error = NULL;
  WeirBanks *banks;
  WeirBankEntry none;
  guint32 a, b, live;
  int fd;

  put (f, "one.csv", "hash,entry\n" A ",a\n" B ",b\n");
  banks = load (f, "[bank one]\nfile = one.csv\n[bank two]\n", &error);
  g_assert_no_error (error);
  banks->klass->add (banks, make_signal ("early", "two", C), NULL);
  fd = weir_banks_start (banks, loop, NULL, on_generation, NULL, &error);
  a = id_of (fd, A);
  live = id_of (fd, C);
  assert_entry (banks, a, "one", "a", "a", 31, 50);

  /* Another radius, one entry less and one more, a bank less and one more. */
  g_assert_true (g_file_set_contents (g_ptr_array_index (f->files, 0),
      "hash,entry\n" B ",b\n" D ",new\n", -1, NULL));
  reload (
      f, banks, "[bank three]\n[bank one]\nfile = one.csv\nradius = 40\n", &r);
  g_assert_null (r.error);
  g_assert_cmpuint (r.calls, ==, 1);
  g_assert_cmpuint (weir_banks_radius (banks), ==, 40);
  b = id_of (generation_fd, B);
  assert_entry (banks, b, "one", "b", "b", 40, 50);
  assert_entry (banks, id_of (generation_fd, D), "one", "new", "new", 40, 50);
  g_assert_cmpuint (id_of (generation_fd, A), ==, G_MAXUINT32);
  g_assert_cmpuint (id_of (generation_fd, C), ==, G_MAXUINT32);
  assert_entry (banks, a, "one", "a", "a", 31, 50);
  g_assert_false (banks->klass->get (banks, live, &none));
  g_assert_false (banks->klass->has (banks, "two"));
  g_assert_true (banks->klass->has (banks, "three"));

  /* What can't be read changes nothing. */
  reload (f, banks, "[bank one]\nfile = none.csv\n", &r);
  g_assert_nonnull (strstr (r.error, "[bank one] file: "));
  assert_entry (banks, b, "one", "b", "b", 40, 50);
  g_assert_true (banks->klass->has (banks, "three"));

  /* A bank that comes back has its signals, old and new. */
  banks->klass->add (banks, make_signal ("late", "three", A), NULL);
  reload (f, banks, "[bank two]\n[bank three]\nradius = 7\n", &r);
  g_assert_null (r.error);
  assert_entry (
      banks, id_of (generation_fd, C), "two", "early", "item", 31, 50);
  assert_entry (
      banks, id_of (generation_fd, A), "three", "late", "item", 7, 50);
  g_assert_cmpuint (id_of (generation_fd, B), ==, G_MAXUINT32);
  banks->klass->remove (banks, "early");
  g_assert_cmpuint (id_of (generation_fd, C), ==, G_MAXUINT32);
  g_free (r.error);
  end (banks, loop);
}

typedef struct {
  WeirLoop *loop;
  guint n;
  WeirBankMatch matches[400];
} Searched;

static void
on_searched (const WeirBankMatch *matches, guint n_matches, gpointer data)
{
  Searched *s = data;

  g_assert_cmpuint (n_matches, <=, G_N_ELEMENTS (s->matches));
  s->n = n_matches;
  memcpy (s->matches, matches, n_matches * sizeof *matches);
  uv_stop (weir_loop_uv (s->loop));
}

/* Several hashes in a thread: files' entries and signals alike, of each hash
 * the nearest; one search at a time, and none once the banks have stopped. */
static void
test_search (Fixture *f, gconstpointer data)
{
  enum { CLUSTER = 100, MOST = WEIR_BANKS_MAX_NEEDLES };
  WeirLoop *loop = weir_loop_new ();
  Searched s = { loop };
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *hashes = g_new0 (guint8, MOST * 32);
  GString *text = g_string_new (NULL);
  WeirTimer *timer = weir_timer_new (loop, 5, 5, on_tick, loop);
  WeirBanks *banks;

  generations = 0;
  for (guint i = 0; i < CLUSTER; i++) /* picture A, in up to 7 bits another */
    g_string_append_printf (text, "%02x%s\n", 0x80 + i, A + 2);
  put (f, "one.txt", text->str);
  g_string_free (text, TRUE);
  banks = load (
      f, "[bank one]\nfile = one.txt\nradius = 20\n[bank live]\n", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < MOST; i++)
    g_assert_true (weir_signal_parse_hash (i == 1     ? C
                                           : i == 255 ? A
                                                      : D,
        hashes + i * 32));
  g_assert_false (weir_banks_search (banks, hashes, 1, on_searched, &s));
  weir_banks_start (banks, loop, NULL, on_generation, NULL, &error);
  g_assert_no_error (error);
  banks->klass->add (banks, make_signal ("s", "live", C), NULL);
  g_assert_true (weir_banks_search (banks, hashes, MOST, on_searched, &s));
  g_assert_false (weir_banks_search (banks, hashes, MOST, on_searched, &s));
  deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  weir_loop_run (loop);
  g_assert_cmpuint (s.n, ==, 1 + WEIR_BANKS_MAX_MATCHES);
  g_assert_cmpuint (s.matches[0].needle, ==, 1);
  g_assert_cmpuint (s.matches[0].distance, ==, 0);
  assert_entry (banks, s.matches[0].entry, "live", "s", "item", 31, 50);
  for (guint i = 1; i < s.n; i++) {
    g_assert_cmpuint (s.matches[i].needle, ==, 255);
    g_assert_cmpuint (s.matches[i].distance, >=, s.matches[i - 1].distance);
  }
  g_assert_cmpuint (s.matches[1].entry, ==, 0xa1 - 0x80);

  /* One that is under way is waited for, and nobody hears of it. */
  g_assert_true (weir_banks_search (banks, hashes, MOST, on_searched, &s));
  weir_banks_stop (banks);
  g_assert_false (weir_banks_search (banks, hashes, MOST, on_searched, &s));
  weir_timer_free (timer);
  s.n = 0;
  end (banks, loop);
  g_assert_cmpuint (s.n, ==, 0);
}

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
  g_test_add ("/banks/signals", Fixture, NULL, set_up, test_signals, tear_down);
  g_test_add ("/banks/next-generation", Fixture, NULL, set_up,
      test_next_generation, tear_down);
  g_test_add ("/banks/reload", Fixture, NULL, set_up, test_reload, tear_down);
  g_test_add ("/banks/search", Fixture, NULL, set_up, test_search, tear_down);
  g_test_add ("/banks/broken", Fixture, NULL, set_up, test_broken, tear_down);
  return g_test_run ();
}
