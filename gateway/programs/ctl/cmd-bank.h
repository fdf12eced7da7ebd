/* weirctl bank: what its files share. */
#pragma once

#include "programs/ctl/ctl.h"

/* The API's address of BANK with MORE behind it. Caller frees. */
char *weir_ctl_bank_dup_address (const char *bank, const char *more);

/* The verb "quarantined". */
gboolean weir_ctl_bank_quarantined (
    const WeirCtl *ctl, const char *bank, GError **error);
/* VERB is quarantine, release, disable or enable. */
gboolean weir_ctl_bank_entry (const WeirCtl *ctl, const char *verb,
    const char *bank, const char *entry, GError **error);
