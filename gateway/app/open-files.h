/* How many files the process may have open. */
#pragma once

#include "core/settings.h"

/* Raises the soft limit, which is 1024 on most systems, to what the limits of
 * SETTINGS come to, so that strangers who hold connections cannot take the
 * files that others' egresses, the console and the store need. Warns when the
 * hard limit is below that. */
void weir_open_files_raise (const WeirSettings *settings);
