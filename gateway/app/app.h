/* The composition root: builds the parts, wires them, shuts them down in
 * order. */
#pragma once

#include <glib.h>

/* Checks the configuration and everything it names (banks, console files)
 * without touching a port or the store. */
gboolean weir_app_check (const char *config_path, GError **error);

/* Runs the gateway until SIGTERM or SIGINT. RESET_ADMIN: the admin gets a new
 * token. FALSE when it could not start. */
gboolean
weir_app_run (const char *config_path, gboolean reset_admin, GError **error);
