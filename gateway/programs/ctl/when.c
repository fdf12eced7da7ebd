/* Reads times and durations. */
#include "programs/ctl/when.h"

#include <string.h>

#define MINUTE_TEXT 16 /* of "2024-05-01 12:00" */

static const struct {
  const char *word;
  double ms;
} units[] = {
  { "", 1000 },
  { "s", 1000 },
  { "m", 60 * 1000 },
  { "h", 3600 * 1000 },
  { "d", 86400 * 1000 },
};

gboolean
weir_ctl_when_parse_duration (const char *text, gint64 *ret_ms)
{
  char *end = NULL;
  double number;

  if (!g_ascii_isdigit (*text))
    return FALSE;
  number = g_ascii_strtod (text, &end);
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    double ms = number * units[i].ms;

    if (strcmp (end, units[i].word) != 0)
      continue;
    if (!(ms >= 1 && ms <= (double) WEIR_CTL_MAX_DURATION_MS))
      return FALSE;
    *ret_ms = (gint64) ms;
    return TRUE;
  }
  return FALSE;
}

gboolean
weir_ctl_when_parse_time (const char *text, gint64 *ret_ms)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);

  if (time == NULL && strlen (text) >= MINUTE_TEXT
      && text[MINUTE_TEXT] != ':') {
    g_autofree char *full =
        g_strdup_printf ("%.*s:00%s", MINUTE_TEXT, text, text + MINUTE_TEXT);

    time = g_date_time_new_from_iso8601 (full, utc);
  }
  if (time == NULL)
    return FALSE;
  *ret_ms = g_date_time_to_unix (time) * 1000;
  return TRUE;
}
