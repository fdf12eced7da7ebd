/* GET banks, banks/BANK/entries, banks/BANK/search, banks/BANK/quarantine. */
#pragma once

#include "web/request.h"

/* PARTS: the path behind /api/v1/, split at slashes. FALSE, with nothing done,
 * when it is none of these. */
gboolean weir_api_banks_get (
    WeirRequest *request, const WeirUser *user, char **parts, guint n);
