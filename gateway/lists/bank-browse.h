/* Looks through one bank's entries: signals on the loop, at most so many at a
 * time; its file's on a thread. Loop thread. */
#pragma once

#include "base/loop.h"
#include "control/banks.h"

#define WEIR_BROWSER_MAX_THREADS 4
#define WEIR_BROWSER_MAX_SIGNALS 20000 /* looked at for one page */

typedef struct _WeirBrowser WeirBrowser;

WeirBrowser *weir_browser_new (WeirLoop *loop, WeirBanks *banks);
/* Breaks off what is under way: its FUNC is called without a page. */
void weir_browser_free (WeirBrowser *browser);

/* For WeirBanksClass. */
WeirBrowseStart weir_banks_browse (WeirBanks *banks, WeirBrowseQuery *query,
    WeirBrowseFunc func, gpointer data);
