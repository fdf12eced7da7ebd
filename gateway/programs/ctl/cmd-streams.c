/* weirctl streams, closed, bar. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "programs/ctl/table.h"
#include "programs/ctl/text.h"

static void
add_codec (WeirCtlTable *table, const json_t *video, const json_t *audio)
{
  if (json_is_object (video))
    weir_ctl_table_add_format (table,
        "%s %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT,
        weir_ctl_text_string (video, "codec"),
        weir_ctl_text_int (video, "width"),
        weir_ctl_text_int (video, "height"));
  else
    weir_ctl_table_add (table, weir_ctl_text_string (audio, "codec"));
}

/* "23 ms, 12 lost, 0 given up" */
static char *
link_words (const json_t *link)
{
  return g_strdup_printf ("%.0f ms, %" G_GINT64_FORMAT
                          " lost, %" G_GINT64_FORMAT " given up",
      weir_ctl_text_number (link, "rtt_ms"), weir_ctl_text_int (link, "lost"),
      weir_ctl_text_int (link, "dropped"));
}

/* "main live (23 ms, 12 lost, 0 given up), backup waiting (refused)" */
static void
add_egress (WeirCtlTable *table, const json_t *list)
{
  GString *text = g_string_new (NULL);
  const json_t *egress;
  gsize i;

  json_array_foreach (list, i, egress)
  {
    const char *state = weir_ctl_text_string (egress, "state");
    const char *error = weir_ctl_text_string (egress, "error");
    const json_t *link = json_object_get (egress, "link");
    g_autofree char *words =
        json_is_object (link) ? link_words (link) : g_strdup (error);

    g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "",
        weir_ctl_text_string (egress, "name"), state);
    if (json_is_object (link)
        || (*error != '\0' && strcmp (state, "live") != 0))
      g_string_append_printf (text, " (%s)", words);
  }
  weir_ctl_table_add (table, text->str);
  g_string_free (text, TRUE);
}

/* "srt 23 ms, 12 lost, 0 given up"; "rtmp". */
static void
add_input (WeirCtlTable *table, const json_t *stream)
{
  const char *protocol = weir_ctl_text_string (stream, "protocol");
  const json_t *link = json_object_get (stream, "link");
  g_autofree char *words = json_is_object (link) ? link_words (link) : NULL;

  weir_ctl_table_add_format (table, "%s%s%s", protocol,
      words != NULL ? " " : "", words != NULL ? words : "");
}

static void
add_stream (WeirCtlTable *table, const json_t *stream)
{
  const json_t *video = json_object_get (stream, "video");
  const json_t *audio = json_object_get (stream, "audio");
  const json_t *sampling = json_object_get (stream, "sampling");
  g_autofree char *delay =
      weir_ctl_text_duration (weir_ctl_text_int (stream, "delay_ms"));

  weir_ctl_table_add (table, weir_ctl_text_string (stream, "path"));
  weir_ctl_table_add (table, weir_ctl_text_string (stream, "state"));
  add_input (table, stream);
  add_codec (table, video, audio);
  weir_ctl_table_add_format (table, "%" G_GINT64_FORMAT,
      (weir_ctl_text_int (video, "bitrate_bps")
          + weir_ctl_text_int (audio, "bitrate_bps"))
          / 1000);
  weir_ctl_table_add (table, delay);
  weir_ctl_table_add_format (table, "%s%s",
      weir_ctl_text_string (stream, "gate"),
      json_is_true (json_object_get (stream, "muted")) ? ", muted" : "");
  add_egress (table, json_object_get (stream, "egress"));
  weir_ctl_table_add_format (table, "%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
      weir_ctl_text_int (sampling, "granted"),
      weir_ctl_text_int (sampling, "asked"));
  weir_ctl_table_add_format (table, "%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
      weir_ctl_text_int (sampling, "done"),
      weir_ctl_text_int (sampling, "skipped"));
  weir_ctl_table_add_format (table, "%" G_GINT64_FORMAT " %%",
      weir_ctl_text_int (sampling, "risk_percent"));
  weir_ctl_table_add_format (table, "%.1f ms",
      weir_ctl_text_number (json_object_get (stream, "lateness"), "p99_ms"));
  weir_ctl_table_add (table, weir_ctl_text_string (stream, "notice"));
}

gboolean
weir_ctl_run_streams (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const titles[] = { "STREAM", "STATE", "INPUT", "PICTURE",
    ">KBIT/S", ">DELAY", "GATE", "EGRESS", ">GRANTED/ASKED", ">DONE/SKIPPED",
    ">RISK", ">LATE P99", "NOTICE", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  g_autofree char *text = NULL;
  json_auto_t *list = NULL;
  const json_t *stream;
  gsize i;

  if (!weir_ctl_want (arguments, 0, NULL, error))
    return FALSE;
  list = weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "streams", NULL, JSON_ARRAY, error);
  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (list, i, stream) add_stream (table, stream);
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text : "No streams.\n", stdout);
  return TRUE;
}

gboolean
weir_ctl_run_closed (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const titles[] = { "STREAM", "CLOSED", "ON", "SINCE",
    "UNTIL", "BY", "REASON", NULL };
  static const char *const verbs[] = { "list", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  g_autofree char *text = NULL;
  json_auto_t *list = NULL;
  const json_t *one;
  gsize i;

  if (arguments[0] != NULL && strcmp (arguments[0], "list") != 0) {
    weir_ctl_set_unknown (error, "closed command", arguments[0], verbs);
    return FALSE;
  }
  if (!weir_ctl_want (arguments, arguments[0] ? 1 : 0, "\"list\" alone", error))
    return FALSE;
  list = weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "closed", NULL, JSON_ARRAY, error);
  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (list, i, one)
  {
    g_autofree char *since =
        weir_ctl_text_time (weir_ctl_text_int (one, "since_ms"));
    g_autofree char *until =
        weir_ctl_text_time (weir_ctl_text_int (one, "until_ms"));

    weir_ctl_table_add (table, weir_ctl_text_string (one, "stream"));
    weir_ctl_table_add (table, weir_ctl_text_string (one, "kind"));
    weir_ctl_table_add (
        table, json_is_true (json_object_get (one, "live")) ? "yes" : "no");
    weir_ctl_table_add (table, since);
    weir_ctl_table_add (table, *until != '\0' ? until : "opened");
    weir_ctl_table_add (table, weir_ctl_text_string (one, "by"));
    weir_ctl_table_add (table, weir_ctl_text_string (one, "reason"));
  }
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text : "No closed names.\n", stdout);
  return TRUE;
}

static gboolean
list_bars (const WeirCtl *ctl, GError **error)
{
  static const char *const titles[] = { "STREAM", "PUBLISHER", "SINCE", "UNTIL",
    "BY", "CASE", "REASON", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  json_auto_t *list = weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "bars", NULL, JSON_ARRAY, error);
  g_autofree char *text = NULL;
  const json_t *bar;
  gsize i;

  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (list, i, bar)
  {
    g_autofree char *since =
        weir_ctl_text_time (weir_ctl_text_int (bar, "since_ms"));
    g_autofree char *until =
        weir_ctl_text_time (weir_ctl_text_int (bar, "until_ms"));

    weir_ctl_table_add (table, weir_ctl_text_string (bar, "stream"));
    weir_ctl_table_add (table, weir_ctl_text_string (bar, "publisher"));
    weir_ctl_table_add (table, since);
    weir_ctl_table_add (table, *until != '\0' ? until : "lifted");
    weir_ctl_table_add (table, weir_ctl_text_string (bar, "by"));
    weir_ctl_table_add (table, weir_ctl_text_string (bar, "case"));
    weir_ctl_table_add (table, weir_ctl_text_string (bar, "reason"));
  }
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text : "No bars.\n", stdout);
  return TRUE;
}

gboolean
weir_ctl_run_bar (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const verbs[] = { "list", "lift", NULL };

  if (arguments[0] == NULL || strcmp (arguments[0], "list") == 0)
    return weir_ctl_want (
               arguments, arguments[0] ? 1 : 0, "\"list\" alone", error)
           && list_bars (ctl, error);
  if (strcmp (arguments[0], "lift") == 0)
    return weir_ctl_run_verb (
        ctl, arguments + 1, "unbar", "is barred no more", error);
  weir_ctl_set_unknown (error, "bar command", arguments[0], verbs);
  return FALSE;
}
