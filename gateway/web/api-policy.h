/* Policy, what it has to go by, and thumbnails. */
#pragma once

#include "web/request.h"

/* TRUE when the path of REQUEST (PARTS behind /api/v1/) is one of these; it has
 * been answered then, or will be. */
gboolean weir_api_policy_get (
    WeirRequest *request, const WeirUser *user, char **parts, guint n);
