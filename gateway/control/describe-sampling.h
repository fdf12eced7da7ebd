/* What is looked at and what it costs, as JSON. Loop thread. */
#pragma once

#include <jansson.h>

#include "control/sampling.h"

/* A stream's "sampling". */
json_t *weir_describe_sampling (const WeirStream *stream);
/* The system's. */
json_t *weir_describe_budget (const WeirSampling *sampling);
