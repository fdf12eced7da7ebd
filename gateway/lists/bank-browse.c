/* Looks through a bank. */
#include "lists/bank-browse.h"

#include "lists/banks-impl.h"

#include <string.h>

#define CHECK_EVERY 4096 /* entries, for being broken off */

typedef struct {
  WeirBrowser *browser;
  WeirBrowseQuery query;
  guint8 digits[WEIR_SIGNAL_HASH_BYTES]; /* of hashes that are looked for */
  guint n_digits;                        /* 0: none */
  WeirBankSet *set;
  const WeirBank *bank;
  guint32 from; /* place in its file's list */
  gint64 now_ms;
  WeirBrowsePage *page;
  WeirBrowseFunc func;
  gpointer data;
  GThread *thread;
} Search;

struct _WeirBrowser {
  const Banks *banks;
  GPtrArray *searches; /* that have a thread */
  WeirMailbox *mailbox;
  gint broken_off; /* atomic */
};

static void
search_free (gpointer data)
{
  Search *search = data;

  weir_browse_query_clear (&search->query);
  weir_browse_page_free (search->page);
  weir_bank_set_unref (search->set);
  g_free (search);
}

/* Digits that a hash may begin with. */
static void
read_digits (Search *search)
{
  const char *text = search->query.search;
  gsize n = strlen (text);

  if (n < WEIR_BROWSE_MIN_HASH_DIGITS || n > 2 * WEIR_SIGNAL_HASH_BYTES
      || (search->query.whole_hash && n < 2 * WEIR_SIGNAL_HASH_BYTES)
      || strspn (text, "0123456789abcdefABCDEF") < n)
    return;
  for (gsize i = 0; i < n; i++)
    search->digits[i / 2] |=
        (guint8) (g_ascii_xdigit_value (text[i]) << (i % 2 == 0 ? 4 : 0));
  search->n_digits = (guint) n;
}

static gboolean
begins_with_digits (const Search *search, const guint8 *hash)
{
  guint whole = search->n_digits / 2;

  return search->n_digits > 0 && memcmp (hash, search->digits, whole) == 0
         && (search->n_digits % 2 == 0
             || hash[whole] >> 4 == search->digits[whole] >> 4);
}

static gboolean
has_text (const Search *search, const char *text)
{
  return text != NULL && strcasestr (text, search->query.search) != NULL;
}

/* FAULT (taken), or else what people or a flood say of it, Q. Caller frees. */
static char *
dup_why (char *fault, const WeirQuarantine *q)
{
  return fault == NULL && q != NULL ? g_strdup (q->reason) : fault;
}

/* When it counts again by itself. */
static gint64
disabled_until (gint64 disable_until_ms, const WeirQuarantine *q)
{
  return MAX (disable_until_ms, q != NULL ? q->until_ms : 0);
}

static gboolean
is_shown (const Search *search, gint64 disable_until_ms, const char *why)
{
  switch (search->query.show) {
  case WEIR_BROWSE_ASIDE:
    return why != NULL;
  case WEIR_BROWSE_DISABLED:
    return disable_until_ms > search->now_ms;
  case WEIR_BROWSE_ALL:
  case WEIR_BROWSE_ADDED:
    break;
  }
  return TRUE;
}

static void
look_at_signal (Search *search, const WeirSignal *s)
{
  const WeirQuarantine *q;
  g_autofree char *why = NULL;
  gint64 until_ms;

  if (strcmp (s->bank, search->bank->name) != 0
      || (*search->query.search != '\0' && !begins_with_digits (search, s->hash)
          && !has_text (search, s->entry) && !has_text (search, s->item)
          && !has_text (search, s->label) && !has_text (search, s->owner)
          && !has_text (search, s->note)))
    return;
  q = g_hash_table_lookup (search->query.passed_over, s->entry);
  why = dup_why (weir_bank_dup_fault (search->bank, s), q);
  until_ms = disabled_until (s->disable_until_ms, q);
  if (is_shown (search, until_ms, why)) {
    WeirSignal *copy = weir_signal_copy (s);

    copy->disable_until_ms = until_ms;
    weir_browse_page_add (search->page, copy, g_steal_pointer (&why));
  }
}

static WeirSignal *
signal_of (const Search *search, const WeirHashlistEntry *e)
{
  static const WeirHashlistMore none;
  const WeirHashlistMore *more = e->more != NULL ? e->more : &none;
  const char *opinion = weir_hashlist_opinion_text (more->opinion);
  WeirSignal *s = g_new0 (WeirSignal, 1);

#define TEXT(text) g_strdup ((text) != NULL ? (text) : "")
  s->id = g_strdup ("");
  s->bank = g_strdup (search->bank->name);
  memcpy (s->hash, e->hash, sizeof s->hash);
  s->quality = e->quality;
  s->entry = g_strdup (e->entry);
  s->item = g_strdup (e->item);
  s->label = TEXT (more->label);
  s->owner = TEXT (more->owner);
  s->opinion = TEXT (opinion);
  s->note = TEXT (more->note);
  s->disable_until_ms = more->disable_until_s * 1000;
  s->by = g_strdup ("");
#undef TEXT
  return s;
}

static void
look_at_entry (Search *search, const WeirHashlistEntry *e)
{
  const WeirHashlistMore *more = e->more;
  const WeirQuarantine *q;
  g_autofree char *why = NULL;
  gint64 until_ms;

  if (*search->query.search != '\0' && !begins_with_digits (search, e->hash)
      && !has_text (search, e->entry) && !has_text (search, e->item)
      && (more == NULL
          || (!has_text (search, more->label) && !has_text (search, more->owner)
              && !has_text (search, more->note))))
    return;
  q = g_hash_table_lookup (search->query.passed_over, e->entry);
  why = dup_why (weir_bank_dup_entry_fault (search->bank, e), q);
  until_ms =
      disabled_until (more != NULL ? more->disable_until_s * 1000 : 0, q);
  if (is_shown (search, until_ms, why)) {
    WeirSignal *signal = signal_of (search, e);

    signal->disable_until_ms = until_ms;
    weir_browse_page_add (search->page, signal, g_steal_pointer (&why));
  }
}

static gboolean
is_full (const Search *search)
{
  return search->page->rows->len >= search->query.limit;
}

/* Any thread: nothing that it reads changes. */
static void
look_at_file (Search *search)
{
  const WeirHashlist *list = search->bank->list;
  guint32 at = search->from;

  for (; at < list->count && !is_full (search); at++) {
    if (at % CHECK_EVERY == 0
        && g_atomic_int_get (&search->browser->broken_off))
      return;
    look_at_entry (search, &list->entries[at]);
  }
  if (at < list->count)
    search->page->next = g_strdup_printf ("f%u", at);
}

static gpointer
run (gpointer data)
{
  Search *search = data;

  look_at_file (search);
  weir_mailbox_put (search->browser->mailbox, search);
  return NULL;
}

/* Lines of the file that a person let count: the thread does not know. */
static void
note_released (Search *search)
{
  const Banks *banks = search->browser->banks;
  GPtrArray *rows = search->page->rows;

  for (guint i = rows->len; i > 0; i--) {
    WeirBrowseRow *row = g_ptr_array_index (rows, i - 1);
    const WeirSignal *same =
        row->why != NULL && *row->signal->id == '\0'
                && !g_hash_table_contains (
                    search->query.passed_over, row->signal->entry)
            ? weir_banks_find_same (&banks->parent, row->signal)
            : NULL;

    if (same == NULL || same->released_ms == 0)
      continue;
    g_clear_pointer (&row->why, g_free);
    if (search->query.show == WEIR_BROWSE_ASIDE)
      g_ptr_array_remove_index (rows, i - 1);
  }
}

static void
on_done (gpointer message, gpointer data)
{
  WeirBrowser *browser = data;
  Search *search = message;

  g_thread_join (search->thread);
  g_ptr_array_remove_fast (browser->searches, search);
  note_released (search);
  search->func (search->page, search->data);
  search_free (search);
}

WeirBrowser *
weir_browser_new (WeirLoop *loop, WeirBanks *banks)
{
  WeirBrowser *browser = g_new0 (WeirBrowser, 1);

  browser->banks = (const Banks *) banks;
  browser->searches = g_ptr_array_new ();
  browser->mailbox =
      weir_mailbox_new (loop, WEIR_BROWSER_MAX_THREADS, on_done, NULL, browser);
  return browser;
}

void
weir_browser_free (WeirBrowser *browser)
{
  if (browser == NULL)
    return;
  g_atomic_int_set (&browser->broken_off, TRUE);
  for (guint i = 0; i < browser->searches->len; i++) {
    Search *search = g_ptr_array_index (browser->searches, i);

    g_thread_join (search->thread);
    search->func (NULL, search->data);
    search_free (search);
  }
  g_ptr_array_unref (browser->searches);
  weir_mailbox_free (browser->mailbox);
  g_free (browser);
}

/* "s12": the signals below place 12; "f12": the file from place 12 on. FALSE
 * for anything else. */
static gboolean
read_after (const Search *search, guint n_signals, guint *ret_signals,
    guint32 *ret_from)
{
  const char *after = search->query.after;
  guint64 n;

  *ret_signals = n_signals;
  *ret_from = 0;
  if (*after == '\0')
    return TRUE;
  if ((*after != 's' && *after != 'f')
      || !g_ascii_string_to_unsigned (after + 1, 10, 0, G_MAXUINT32, &n, NULL))
    return FALSE;
  if (*after == 's') {
    *ret_signals = (guint) MIN (n, n_signals);
  } else {
    *ret_signals = 0;
    *ret_from = (guint32) n;
  }
  return TRUE;
}

/* Those below PLACE, downwards. TRUE when the page is complete. */
static gboolean
look_at_signals (Search *search, guint place)
{
  const GPtrArray *lives = search->browser->banks->lives;

  for (guint n = 0; place > 0; n++) {
    const WeirSignal *signal;

    if (n == WEIR_BROWSER_MAX_SIGNALS || is_full (search)) {
      search->page->next = g_strdup_printf ("s%u", place);
      return TRUE;
    }
    signal = ((const Live *) g_ptr_array_index (lives, --place))->signal;
    if (signal != NULL)
      look_at_signal (search, signal);
  }
  return search->query.show == WEIR_BROWSE_ADDED;
}

WeirBrowseStart
weir_banks_browse (
    WeirBanks *base, WeirBrowseQuery *query, WeirBrowseFunc func, gpointer data)
{
  const Banks *banks = (const Banks *) base;
  WeirBrowseStart start = WEIR_BROWSE_BEGUN;
  Search *search;
  guint place;

  if (banks->browser == NULL)
    return WEIR_BROWSE_BUSY;
  search = g_new0 (Search, 1);
  search->browser = banks->browser;
  search->query = *query;
  *query = (WeirBrowseQuery){ 0 };
  search->set = weir_bank_set_ref (banks->set);
  search->bank = weir_bank_set_find (banks->set, search->query.bank);
  search->page = weir_browse_page_new ();
  search->now_ms = weir_wall_ms ();
  search->func = func;
  search->data = data;
  read_digits (search);
  if (search->bank == NULL) {
    start = WEIR_BROWSE_NO_BANK;
  } else if (!read_after (search, banks->lives->len, &place, &search->from)) {
    start = WEIR_BROWSE_BAD_AFTER;
  } else if (look_at_signals (search, place)) {
    func (search->page, data);
  } else if (banks->browser->searches->len == WEIR_BROWSER_MAX_THREADS) {
    start = WEIR_BROWSE_BUSY;
  } else {
    g_ptr_array_add (banks->browser->searches, search);
    search->thread = g_thread_new ("weir-browse", run, search);
    return start;
  }
  search_free (search);
  return start;
}
