/* weirctl bank import. */
#pragma once

#include "programs/ctl/ctl.h"

gboolean weir_ctl_bank_import (
    const WeirCtl *ctl, const char *bank, const char *path, GError **error);
