/* Banks as JSON, for everybody who is told. Caller owns. */
#pragma once

#include "control/control.h"

#include <jansson.h>

json_t *weir_describe_banks (const WeirControl *control);
/* What is quarantined of a bank; NULL when there is none of that name. */
json_t *
weir_describe_quarantines (const WeirControl *control, const char *bank);
/* The signals of a bank; NULL when there is none of that name. */
json_t *weir_describe_signals (const WeirControl *control, const char *bank);
