/* Looking through a bank's entries, those of its file among them, a page at a
 * time: a bank may have ten million. Loop thread. */
#pragma once

#include "control/control.h"
#include "control/quarantine.h"
#include "control/signal.h"

#define WEIR_BROWSE_MAX_LIMIT 200 /* entries of a page */
#define WEIR_BROWSE_MAX_SEARCH_BYTES 200
#define WEIR_BROWSE_MIN_HASH_DIGITS 4 /* fewer are looked for as text only */

typedef enum {
  WEIR_BROWSE_ALL,
  WEIR_BROWSE_ADDED,    /* put in while the gateway runs */
  WEIR_BROWSE_ASIDE,    /* not looked for or passed over */
  WEIR_BROWSE_DISABLED, /* until a time that has not come */
} WeirBrowseShow;

/* What is asked for. Plain record, owned strings. */
typedef struct {
  char *bank;
  char *search; /* in names and texts, or digits a hash begins with; "": all */
  gboolean whole_hash; /* of hashes, only a whole one is found */
  WeirBrowseShow show;
  char *after; /* "next" of the page before; "" from the beginning */
  guint limit;
  GHashTable *passed_over; /* entry: WeirQuarantine in effect */
} WeirBrowseQuery;

void weir_browse_query_clear (WeirBrowseQuery *query);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirBrowseQuery, weir_browse_query_clear)

/* FALSE for other words than all, added, aside, disabled. */
gboolean weir_browse_show_from_string (const char *text, WeirBrowseShow *ret);

typedef struct {
  WeirSignal *signal; /* id "": of the bank's file */
  char *why; /* it is not looked for, or passed over; NULL: it counts */
} WeirBrowseRow;

/* Entries that were put in come first, the newest on top; then those of the
 * file, in its order. A page may be short, or even empty, while there is a
 * next one. */
typedef struct {
  GPtrArray *rows; /* WeirBrowseRow */
  char *next;      /* NULL: that was all */
} WeirBrowsePage;

WeirBrowsePage *weir_browse_page_new (void);
void weir_browse_page_free (WeirBrowsePage *page);
/* Takes both. */
void weir_browse_page_add (WeirBrowsePage *page, WeirSignal *signal, char *why);

/* PAGE is borrowed for the call; NULL: the gateway is ending. */
typedef void (*WeirBrowseFunc) (const WeirBrowsePage *page, gpointer data);

typedef enum {
  WEIR_BROWSE_BEGUN, /* FUNC is called once, maybe before this returns */
  WEIR_BROWSE_NO_BANK,
  WEIR_BROWSE_BAD_AFTER,
  WEIR_BROWSE_BUSY, /* others look through large banks */
} WeirBrowseStart;

/* May take what QUERY holds. */
WeirBrowseStart weir_browse (WeirControl *control, WeirBrowseQuery *query,
    WeirBrowseFunc func, gpointer data);
