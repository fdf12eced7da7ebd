/* Banks as JSON, for everybody who is told. Caller owns. */
#pragma once

#include "control/browse.h"

#include <jansson.h>

json_t *weir_describe_banks (const WeirControl *control);
/* What is passed over of a bank, and what is left out, each with its hash; NULL
 * when there is none of that name. */
json_t *weir_describe_quarantines (
    const WeirControl *control, const char *bank, gboolean with_left_out);
/* {"entries": [], "next": }; hashes only WITH_HASHES. */
json_t *weir_describe_page (const WeirControl *control,
    const WeirBrowsePage *page, gboolean with_hashes);
/* At most LIMIT of the signals of a bank, the oldest first, behind the one
 * whose id is AFTER (NULL: from the first); NULL when there is no bank of that
 * name. RET_GONE: there is no AFTER. RET_MORE: there are more behind them. */
json_t *weir_describe_signals (const WeirControl *control, const char *bank,
    const char *after, guint limit, gboolean *ret_gone, gboolean *ret_more);
