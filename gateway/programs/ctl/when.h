/* Times and durations as people give them. Pure. */
#pragma once

#include <glib.h>

#define WEIR_CTL_MAX_DURATION_MS (G_GINT64_CONSTANT (10) * 365 * 86400 * 1000)

/* "90", "90s", "30m", "1.5h", "7d", more than nothing and at most
 * WEIR_CTL_MAX_DURATION_MS: milliseconds. FALSE for anything else. */
gboolean weir_ctl_when_parse_duration (const char *text, gint64 *ret_ms);

/* ISO 8601 with date and time, in UTC unless it says otherwise, as weirctl
 * prints them too ("2024-05-01 12:00:00Z"); seconds may be left out. Unix
 * milliseconds. FALSE for anything else. */
gboolean weir_ctl_when_parse_time (const char *text, gint64 *ret_ms);
