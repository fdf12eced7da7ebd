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
json_t *weir_describe_page (const WeirBrowsePage *page, gboolean with_hashes);
/* The signals of a bank; NULL when there is none of that name. */
json_t *weir_describe_signals (const WeirControl *control, const char *bank);
