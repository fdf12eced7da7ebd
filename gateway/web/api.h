/* The REST API under /api/v1/, the probes and the console's files. */
#pragma once

#include "web/request.h"

/* Answers REQUEST, now or later. The headers of its connection may be read
 * until this returns. */
void weir_api_handle (WeirRequest *request);
