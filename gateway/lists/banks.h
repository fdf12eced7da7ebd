/* The banks of the configuration: loaded from their files, joined to one
 * list that analyzers search, with the rules each bank sets. */
#pragma once

#include "control/banks.h"
#include "core/settings.h"

/* Reads every [bank NAME]; relative paths from BASE_DIR. A broken line fails
 * with file, line and what is wrong. */
WeirBanks *weir_banks_load (
    const WeirSettings *settings, const char *base_dir, GError **error);
void weir_banks_free (WeirBanks *banks);

guint32 weir_banks_count (const WeirBanks *banks);
/* The greatest radius of any bank: what analyzers search with. */
guint weir_banks_radius (const WeirBanks *banks);

/* The joined index as an anonymous file; the caller closes it. -1 and ERROR
 * on failure. */
int weir_banks_create_index (const WeirBanks *banks, GError **error);
