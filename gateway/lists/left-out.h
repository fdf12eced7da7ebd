/* Which entries of a bank's list are not looked for, since their hash or their
 * quality speaks against them. Of the first of them one can say which; all can
 * be found by their hash. Does not change after it was made; any thread. */
#pragma once

#include "hash/hashlist.h"

typedef struct _WeirLeftOut WeirLeftOut;

/* LIST is borrowed. */
WeirLeftOut *weir_left_out_new (const WeirHashlist *list, guint min_quality);
void weir_left_out_free (WeirLeftOut *left_out);

/* Whether an entry like this is left out. */
gboolean weir_left_out_is (const WeirHashlistEntry *entry, guint min_quality);

/* How many there are in all. */
guint32 weir_left_out_count (const WeirLeftOut *left_out);
/* The first of them that has HASH, or NULL. RET_COUNT, which may be NULL: how
 * many have it. */
const WeirHashlistEntry *weir_left_out_find (const WeirLeftOut *left_out,
    const guint8 hash[WEIR_PDQ_HASH_BYTES], guint32 *ret_count);
/* The entry at PLACE in the order of the file, among the first
 * WEIR_BANKS_MAX_TOLD; NULL behind them. */
const WeirHashlistEntry *
weir_left_out_get (const WeirLeftOut *left_out, guint32 place);
