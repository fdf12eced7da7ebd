/* The [policy] sections of the configuration. */
#pragma once

#include "core/policy.h"

/* Checked. A radius above MAX_RADIUS, what analyzers search for, is an error;
 * G_MAXUINT: they have not been started. ERROR begins with CONFIG_PATH. */
WeirPolicy *weir_policies_load (const WeirSettings *settings,
    const char *config_path, guint max_radius, GError **error);
