/* Looking through a bank: a page at a time, the newest of what was put in
 * first, by text and by hash, and what does not count with the reason. */
#include "base/loop.h"
#include "lists/bank-browse.h"
#include "lists/banks.h"

#include <glib/gstdio.h>
#include <string.h>

#define HASH(c) c c c c c c c c c c c c c c c c
#define A HASH ("a1b2")
#define B HASH ("b3c4")
#define C HASH ("c5d6")
#define LIMIT 2

typedef struct {
  char *dir;
  char *file;
  WeirLoop *loop;
  WeirBanks *banks;
  WeirTimer *watchdog;
  guint pages; /* that came */
  guint ended; /* that did not */
  GString *found;
  char *next;
  gboolean rerun; /* somebody has disabled "first" */
} Fixture;

static void
on_generation (int fd, gpointer data)
{
}

static void
put_in (Fixture *f, const char *bank, const char *entry, const char *hash,
    gint64 disable_until_ms)
{
  WeirSignal *s = g_new0 (WeirSignal, 1);

  s->id = g_strdup (entry);
  s->bank = g_strdup (bank);
  g_assert_true (weir_signal_parse_hash (hash, s->hash));
  s->quality = 100;
  s->entry = g_strdup (entry);
  s->item = g_strdup ("item");
  s->label = g_strdup ("");
  s->owner = g_strdup ("Somebody");
  s->opinion = g_strdup ("");
  s->note = g_strdup ("");
  s->by = g_strdup ("me");
  s->disable_until_ms = disable_until_ms;
  f->banks->klass->add (f->banks, s, NULL);
}

static void
start (Fixture *f, const char *list)
{
  static const char text[] =
      "[bank one]\nfile = list.csv\nmin_quality = 50\n[bank two]\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("test", text, strlen (text), &error);

  f->dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  f->file = g_build_filename (f->dir, "list.csv", NULL);
  g_assert_true (g_file_set_contents (f->file, list, -1, NULL));
  f->loop = weir_loop_new ();
  f->banks = weir_banks_load (settings, f->dir, &error);
  g_assert_no_error (error);
  weir_banks_start (f->banks, f->loop, NULL, on_generation, NULL, &error);
  g_assert_no_error (error);
  f->found = g_string_new (NULL);
}

static void
end (Fixture *f)
{
  weir_banks_free (f->banks);
  weir_timer_free (f->watchdog);
  weir_loop_run (f->loop);
  weir_loop_free (f->loop);
  g_unlink (f->file);
  g_rmdir (f->dir);
  g_free (f->file);
  g_free (f->dir);
  g_free (f->next);
  g_string_free (f->found, TRUE);
}

/* "name" or "name(why)", with commas. */
static void
on_page (const WeirBrowsePage *page, gpointer data)
{
  Fixture *f = data;

  if (page == NULL) {
    f->ended++;
    return;
  }
  f->pages++;
  for (guint i = 0; i < page->rows->len; i++) {
    const WeirBrowseRow *row = g_ptr_array_index (page->rows, i);

    g_string_append_printf (
        f->found, "%s%s", f->found->len > 0 ? "," : "", row->signal->entry);
    if (row->why != NULL)
      g_string_append_printf (f->found, "(%s)", row->why);
  }
  g_free (f->next);
  f->next = g_strdup (page->next);
  if (f->watchdog != NULL) /* the loop runs for it */
    uv_stop (weir_loop_uv (f->loop));
}

static WeirBrowseStart
begin (Fixture *f, const char *bank, WeirBrowseShow show, const char *search,
    const char *after, gboolean whole_hash)
{
  g_auto (WeirBrowseQuery) query = { .bank = g_strdup (bank),
    .search = g_strdup (search),
    .show = show,
    .whole_hash = whole_hash,
    .after = g_strdup (after),
    .limit = LIMIT,
    .passed_over = g_hash_table_new_full (
        g_str_hash, g_str_equal, NULL, (GDestroyNotify) weir_quarantine_free) };
  WeirQuarantine *flood =
      weir_quarantine_new ("one", "game", "it floods", "weir", 1);
  WeirQuarantine *rerun =
      weir_quarantine_new ("one", "first", "a rerun", "me", 1);

  rerun->until_ms = G_MAXINT64;
  g_hash_table_insert (query.passed_over, flood->entry, flood);
  if (f->rerun)
    g_hash_table_insert (query.passed_over, rerun->entry, rerun);
  else
    weir_quarantine_free (rerun);
  return f->banks->klass->browse (f->banks, &query, on_page, f);
}

static void
on_watchdog (gpointer data)
{
  g_error ("deadline passed");
}

static void
page (Fixture *f, WeirBrowseShow show, const char *search, const char *after,
    gboolean whole_hash)
{
  guint pages = f->pages;

  g_string_truncate (f->found, 0);
  g_assert_cmpint (
      begin (f, "one", show, search, after, whole_hash), ==, WEIR_BROWSE_BEGUN);
  if (f->pages > pages)
    return;
  f->watchdog = weir_timer_new (f->loop, 30000, 0, on_watchdog, f);
  weir_loop_run (f->loop);
  g_clear_pointer (&f->watchdog, weir_timer_free);
  g_assert_cmpuint (f->pages, ==, pages + 1);
}

#define ASSERT_PAGE(f, show, search, after, found_, next_)                     \
  G_STMT_START                                                                 \
  {                                                                            \
    page (f, show, search, after, FALSE);                                      \
    g_assert_cmpstr ((f)->found->str, ==, found_);                             \
    g_assert_cmpstr ((f)->next, ==, next_);                                    \
  }                                                                            \
  G_STMT_END

static const char list[] =
    "hash,quality,entry,item,label,owner,note,disable_until\n" A
    ",100,first,Film,news,,,\n" B ",49,poor,film,,,,\n" C
    ",100,game,play,,Studio,a note,\n" B ",90,later,film,,,,99999999999\n";

#define POOR "poor(quality 49; this bank takes 50 and more)"
#define GAME "game(it floods)"

static void
test_pages (void)
{
  Fixture f = { 0 };

  start (&f, list);
  put_in (&f, "one", "early", A, 0);
  put_in (&f, "two", "other", A, 0);
  put_in (&f, "one", "newest", B, G_MAXINT64);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "", "", "newest,early", "f0");
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "", "f0", "first," POOR, "f2");
  /* What is put in meanwhile moves nothing. */
  put_in (&f, "one", "meanwhile", C, 0);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "", "f2", GAME ",later", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "", "f99", "", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ADDED, "", "s1", "early", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ASIDE, "", "", POOR "," GAME, "f3");
  ASSERT_PAGE (&f, WEIR_BROWSE_ASIDE, "", "f3", "", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_DISABLED, "", "", "newest,later", NULL);
  f.rerun = TRUE;
  ASSERT_PAGE (&f, WEIR_BROWSE_DISABLED, "", "", "newest,first(a rerun)", "f1");
  end (&f);
}

/* A line of the file that a person let count does, as long as that is so. */
static void
test_released (void)
{
  Fixture f = { 0 };
  WeirSignal *released;
  guint count;

  start (&f, list);
  ASSERT_PAGE (&f, WEIR_BROWSE_ASIDE, "poor", "", POOR, NULL);
  released = f.banks->klass->find_held (f.banks, "one", "poor", &count);
  g_assert_nonnull (released);
  released->id = g_strdup ("r");
  released->by = g_strdup ("me");
  released->released_ms = 1;
  released->released_by = g_strdup ("me");
  released->release_note = g_strdup ("");
  f.banks->klass->add (f.banks, released, NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ASIDE, "poor", "", "", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "poor", "", "poor,poor", "f2");
  f.banks->klass->remove (f.banks, "r");
  ASSERT_PAGE (&f, WEIR_BROWSE_ASIDE, "poor", "", POOR, NULL);
  end (&f);
}

static void
test_search (void)
{
  Fixture f = { 0 };

  start (&f, list);
  put_in (&f, "one", "early", A, 0);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "FILM", "", "first," POOR, "f2");
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "studio", "", GAME, NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "a note", "", GAME, NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "news", "", "first", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "someBODY", "", "early", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "nobody", "", "", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "A1B2a", "", "early,first", "f1");
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "a1b2c", "", "", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "a1b", "", "", NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, C, "", GAME, NULL);
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, C "0", "", "", NULL);
  page (&f, WEIR_BROWSE_ALL, "c5d6c5d6", "", TRUE);
  g_assert_cmpstr (f.found->str, ==, "");
  page (&f, WEIR_BROWSE_ALL, C, "", TRUE);
  g_assert_cmpstr (f.found->str, ==, GAME);
  end (&f);
}

static void
test_refused (void)
{
  static const char *const wrong[] = { "x", "s", "f-1", "f4294967296", "s1 ",
    "1" };
  Fixture f = { 0 };

  start (&f, list);
  g_assert_cmpint (begin (&f, "none", WEIR_BROWSE_ALL, "", "", FALSE), ==,
      WEIR_BROWSE_NO_BANK);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_cmpint (begin (&f, "one", WEIR_BROWSE_ALL, "", wrong[i], FALSE),
        ==, WEIR_BROWSE_BAD_AFTER);
  g_assert_cmpuint (f.pages, ==, 0);
  end (&f);
}

/* So many signals of other banks that one page is not to look at them all. */
static void
test_most_signals (void)
{
  Fixture f = { 0 };

  start (&f, A "\n");
  put_in (&f, "one", "hidden", B, 0);
  for (guint i = 0; i < WEIR_BROWSER_MAX_SIGNALS; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);

    put_in (&f, "two", name, HASH ("0000"), 0);
  }
  ASSERT_PAGE (&f, WEIR_BROWSE_ALL, "", "", "", "s1");
  page (&f, WEIR_BROWSE_ADDED, "", "s1", FALSE);
  g_assert_cmpstr (f.found->str, ==, "hidden");
  end (&f);
}

/* More at a time than there may be threads; who is left at the end is told. */
static void
test_busy (void)
{
  Fixture f = { 0 };
  guint begun = 0;

  start (&f, list);
  while (
      begin (&f, "one", WEIR_BROWSE_ALL, "x", "", FALSE) == WEIR_BROWSE_BEGUN)
    begun++;
  g_assert_cmpuint (begun, ==, WEIR_BROWSER_MAX_THREADS);
  weir_banks_stop (f.banks);
  g_assert_cmpuint (f.ended, ==, begun);
  g_assert_cmpint (
      begin (&f, "one", WEIR_BROWSE_ALL, "", "", FALSE), ==, WEIR_BROWSE_BUSY);
  end (&f);
}

static void
test_words (void)
{
  WeirBrowseShow show;

  g_assert_true (weir_browse_show_from_string ("aside", &show));
  g_assert_cmpint (show, ==, WEIR_BROWSE_ASIDE);
  g_assert_true (weir_browse_show_from_string ("disabled", &show));
  g_assert_cmpint (show, ==, WEIR_BROWSE_DISABLED);
  g_assert_false (weir_browse_show_from_string ("", &show));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bank-browse/pages", test_pages);
  g_test_add_func ("/bank-browse/released", test_released);
  g_test_add_func ("/bank-browse/search", test_search);
  g_test_add_func ("/bank-browse/refused", test_refused);
  g_test_add_func ("/bank-browse/most-signals", test_most_signals);
  g_test_add_func ("/bank-browse/busy", test_busy);
  g_test_add_func ("/bank-browse/words", test_words);
  return g_test_run ();
}
