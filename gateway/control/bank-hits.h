/* How often each bank has matched lately, for people who look at banks. Lost
 * with a restart; control/hit-counts keeps what was ever. Loop thread. */
#pragma once

#include <glib.h>

/* Banks that are counted; of more, those that come later are not. */
#define WEIR_BANK_HITS_MAX 1000

typedef struct _WeirBankHits WeirBankHits;

WeirBankHits *weir_bank_hits_new (void);
void weir_bank_hits_free (WeirBankHits *hits);

/* A picture matched an entry of BANK at NOW_MS, Unix time. */
void weir_bank_hits_note (WeirBankHits *hits, const char *bank, gint64 now_ms);
/* Within the hour before NOW_MS, to the minute. RET_LAST_MS: the latest of
 * all, 0 when there was none. */
guint weir_bank_hits_count (const WeirBankHits *hits, const char *bank,
    gint64 now_ms, gint64 *ret_last_ms);
