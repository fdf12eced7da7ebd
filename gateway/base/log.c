/* One line a message, to standard error, safe to show. */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE_BYTES 2048

static gint log_level = WEIR_LOG_INFO;
static GMutex write_lock;
static guint64 dropped_lines; /* under WRITE_LOCK */

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

/* FALSE when standard error would block. A pipe that can be written has room
 * for PIPE_BUF bytes, which are written whole. */
static gboolean
write_line (const char *line, gsize size)
{
  struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
  gssize n;

  if (poll (&fd, 1, 0) != 1 || !(fd.revents & POLLOUT))
    return FALSE;
  do {
    n = write (STDERR_FILENO, line, size);
  } while (n < 0 && errno == EINTR);
  return n >= 0;
}

/* The end of a line that is too long goes; the newline stays. */
static void
end_line (GString *line)
{
  if (line->len > PIPE_BUF - 1) {
    const char *cut = g_utf8_find_prev_char (line->str, line->str + PIPE_BUF);

    g_string_truncate (line, cut != NULL ? (gsize) (cut - line->str) : 0);
  }
  g_string_append_c (line, '\n');
}

static GString *
begin_line (WeirLogLevel level, const char *topic)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "%s.%03dZ %-5s %s: ", stamp,
      g_date_time_get_microsecond (now) / 1000, level_names[level], topic);
  return line;
}

static gboolean
write_dropped (void)
{
  g_autoptr (GString) line = NULL;

  if (dropped_lines == 0)
    return TRUE;
  line = begin_line (WEIR_LOG_WARN, "log");
  g_string_append_printf (
      line, "%" G_GUINT64_FORMAT " lines were dropped", dropped_lines);
  end_line (line);
  if (!write_line (line->str, line->len))
    return FALSE;
  dropped_lines = 0;
  return TRUE;
}

void
weir_log (WeirLogLevel level, const char *topic, const char *prefix,
    const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  g_autofree char *safe_prefix = NULL;
  g_autoptr (GString) line = NULL;
  va_list args;

  if ((gint) level > g_atomic_int_get (&log_level))
    return;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = weir_log_escape (text, MAX_LINE_BYTES);
  if (prefix != NULL)
    safe_prefix = weir_log_escape (prefix, MAX_LINE_BYTES);

  line = begin_line (level, topic);
  g_string_append_printf (line, "%s%s%s", safe_prefix ? safe_prefix : "",
      safe_prefix ? ": " : "", safe);
  end_line (line);

  g_mutex_lock (&write_lock);
  if (!write_dropped () || !write_line (line->str, line->len))
    dropped_lines++;
  g_mutex_unlock (&write_lock);
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
