/* Values of the API as text for people. */
#include "programs/ctl/text.h"

#define SECOND G_GINT64_CONSTANT (1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static char *
two_units (gint64 ms, gint64 large, const char *large_name, gint64 small,
    const char *small_name)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT " %s",
      ms / large, large_name, ms % large / small, small_name);
}

char *
weir_ctl_text_duration (gint64 ms)
{
  if (ms < 0)
    ms = ms == G_MININT64 ? G_MAXINT64 : -ms;
  if (ms < SECOND)
    return g_strdup_printf ("%" G_GINT64_FORMAT " ms", ms);
  if (ms < MINUTE)
    return g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT " s",
        ms / SECOND, ms % SECOND / 100);
  if (ms < HOUR)
    return two_units (ms, MINUTE, "min", SECOND, "s");
  if (ms < DAY)
    return two_units (ms, HOUR, "h", MINUTE, "min");
  return two_units (ms, DAY, "d", HOUR, "h");
}

char *
weir_ctl_text_time (gint64 ms)
{
  g_autoptr (GDateTime) time =
      ms > 0 ? g_date_time_new_from_unix_utc (ms / 1000) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%SZ")
                      : g_strdup ("");
}

char *
weir_ctl_text_json_safe (const char *text)
{
  GString *out = g_string_new (NULL);

  /* Outside strings JSON has printable ASCII and white space only. */
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    if (c == '\n' || c == ' ')
      g_string_append_c (out, (char) c);
    else if (c == '\t' || c == '\r')
      g_string_append_c (out, ' ');
    else if (g_unichar_isprint (c))
      g_string_append_unichar (out, c);
    else if (c < 0x10000)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_printf (out, "\\u%04x\\u%04x",
          0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  return g_string_free (out, FALSE);
}

const char *
weir_ctl_text_string (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return text != NULL ? text : "";
}

gint64
weir_ctl_text_int (const json_t *object, const char *key)
{
  return json_integer_value (json_object_get (object, key));
}

double
weir_ctl_text_number (const json_t *object, const char *key)
{
  return json_number_value (json_object_get (object, key));
}
