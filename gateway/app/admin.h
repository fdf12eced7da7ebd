/* The first person: an admin with a token, made at the first start. */
#pragma once

#include "control/control.h"

/* Makes the admin's token when there is no user, or anew when RESET, and
 * prints the log-in link once on standard output. URL: the console's. */
void weir_admin_ensure (WeirControl *control, const char *url, gboolean reset);
