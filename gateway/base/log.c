/* One line a message, to standard error, safe to show. */
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define MAX_LINE_BYTES 2048

static gint log_level = WEIR_LOG_INFO;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
weir_log_set_level (WeirLogLevel level)
{
  g_atomic_int_set (&log_level, (gint) level);
}

gboolean
weir_log_level_from_string (const char *text, WeirLogLevel *ret_level)
{
  for (guint i = 0; i < G_N_ELEMENTS (level_names); i++) {
    if (strcmp (text, level_names[i]) == 0) {
      *ret_level = (WeirLogLevel) i;
      return TRUE;
    }
  }
  return FALSE;
}

/* Some viewers begin a new line at U+2028 and U+2029. */
static gboolean
ends_line (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

char *
weir_log_escape (const char *text, gsize limit)
{
  GString *out = g_string_new (NULL);
  const char *p = text;
  const char *end = text + strnlen (text, limit);

  while (p < end) {
    gunichar c = g_utf8_get_char_validated (p, end - p);

    if (c == (gunichar) -1 || c == (gunichar) -2) {
      g_string_append_printf (out, "\\x%02x", (guchar) *p++);
      continue;
    }
    if (g_unichar_isprint (c) && !ends_line (c))
      g_string_append_unichar (out, c);
    else
      for (const char *q = p; q < g_utf8_next_char (p); q++)
        g_string_append_printf (out, "\\x%02x", (guchar) *q);
    p = g_utf8_next_char (p);
  }
  return g_string_free (out, FALSE);
}

void
weir_log (WeirLogLevel level, const char *topic, const char *prefix,
    const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  g_autofree char *safe_prefix = NULL;
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *stamp = NULL;
  va_list args;

  if ((gint) level > g_atomic_int_get (&log_level))
    return;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = weir_log_escape (text, MAX_LINE_BYTES);
  if (prefix != NULL)
    safe_prefix = weir_log_escape (prefix, MAX_LINE_BYTES);

  now = g_date_time_new_now_utc ();
  stamp = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");
  fprintf (stderr, "%s.%03dZ %-5s %s: %s%s%s\n", stamp,
      g_date_time_get_microsecond (now) / 1000, level_names[level], topic,
      safe_prefix ? safe_prefix : "", safe_prefix ? ": " : "", safe);
}

gboolean
weir_log_limit_allows (
    WeirLogLimit *limit, gint64 now_us, guint per_second, guint64 *ret_dropped)
{
  if (limit->lines == 0 || now_us - limit->second_us >= G_USEC_PER_SEC) {
    limit->second_us = now_us;
    limit->lines = 0;
  }
  if (limit->lines >= per_second) {
    limit->dropped++;
    return FALSE;
  }
  limit->lines++;
  *ret_dropped = limit->dropped;
  limit->dropped = 0;
  return TRUE;
}
