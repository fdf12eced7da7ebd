/* Writes a bank's entries out, for WeirBanksClass. Loop thread. */
#pragma once

#include "control/banks.h"

/* Entries looked at, and bytes after which it is enough, for one part. */
#define WEIR_BANK_EXPORT_MAX_LOOKED_AT 4096
#define WEIR_BANK_EXPORT_PART_BYTES 16384

WeirBankExport *
weir_banks_export_new (WeirBanks *banks, const char *bank, const char *format,
    WeirBankExportSource source, const char **ret_type, char **ret_wrong);
gboolean weir_banks_export_more (WeirBankExport *exported, GString *to);
void weir_banks_export_free (WeirBankExport *exported);
