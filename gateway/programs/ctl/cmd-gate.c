/* weirctl cut, blank, resume, redact, mute, unmute, dump, delay. */
#include "programs/ctl/ctl.h"

#include <string.h>

#include "programs/ctl/text.h"

/* 300 years: what is longer is a mistake. */
#define MAX_SECONDS 1e10

/* Seconds ("12", "1.5") as milliseconds. */
static gboolean
parse_seconds (const char *text, gint64 *ret_ms, GError **error)
{
  char *end;
  double seconds = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !(seconds >= 0 && seconds < MAX_SECONDS)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "\"%s\" is no number of seconds", text);
    return FALSE;
  }
  *ret_ms = (gint64) (seconds * 1000 + 0.5);
  return TRUE;
}

/* POSTs VERB for the stream PATH with BODY, which is taken; NULL with ERROR
 * when it was refused. */
static json_t *
post (const WeirCtl *ctl, const char *path, const char *verb, json_t *body,
    GError **error)
{
  g_autofree char *address =
      g_strconcat (WEIR_CTL_API "streams/", path, "/", verb, NULL);
  const char *reason = ctl->options->reason ? ctl->options->reason : "";

  json_object_set_new (body, "reason", json_string (reason));
  return weir_ctl_api_call (
      ctl->api, "POST", address, body, JSON_OBJECT, error);
}

static void
append_ms (
    GString *text, const char *format, const json_t *result, const char *key)
{
  const json_t *value = json_object_get (result, key);

  if (json_is_integer (value))
    g_string_append_printf (
        text, format, (double) json_integer_value (value) / 1000);
}

/* What came of it, behind "live/cam1 is cut". */
static void
say_result (const char *path, const char *done, const json_t *result)
{
  const json_t *exposure = json_object_get (result, "exposure_ms");
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%s %s", path, done);
  append_ms (text, " from %.3f s", result, "from_ms");
  append_ms (text, " to %.3f s", result, "to_ms");
  g_string_append_c (text, '.');
  if (json_is_integer (exposure))
    g_string_append_printf (text, " Exposure: %" JSON_INTEGER_FORMAT " ms.",
        json_integer_value (exposure));
  append_ms (text, " Time to cut: %.1f ms.", result, "time_to_cut_us");
  weir_ctl_say ("%s", text->str);
  g_string_free (text, TRUE);
}

/* Takes BODY. */
static gboolean
run (const WeirCtl *ctl, const char *path, const char *verb, const char *done,
    json_t *body, GError **error)
{
  json_auto_t *result = post (ctl, path, verb, body, error);

  if (result == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else if (json_is_false (json_object_get (result, "live")))
    weir_ctl_say ("%s is opened again; nobody streams it now.", path);
  else
    say_result (path, done, result);
  return TRUE;
}

gboolean
weir_ctl_run_verb (const WeirCtl *ctl, char **arguments, const char *verb,
    const char *done, GError **error)
{
  return weir_ctl_want (arguments, 1, "one stream, APP/NAME", error)
         && weir_ctl_want_path (arguments[0], error)
         && run (ctl, arguments[0], verb, done, json_object (), error);
}

/* A stream and from LEAST to MOST numbers of seconds, which become members of
 * a new RET_BODY called NAMES. */
static gboolean
parse_times (char **arguments, guint least, guint most, const char *wanted,
    const char *const *names, json_t **ret_body, GError **error)
{
  guint n = g_strv_length (arguments);
  json_auto_t *body = json_object ();

  if (n < least + 1 || n > most + 1)
    return weir_ctl_want (
        arguments, n > most + 1 ? most + 1 : least + 1, wanted, error);
  if (!weir_ctl_want_path (arguments[0], error))
    return FALSE;
  for (guint i = 1; i < n; i++) {
    gint64 ms;

    if (!parse_seconds (arguments[i], &ms, error))
      return FALSE;
    json_object_set_new (body, names[i - 1], json_integer (ms));
  }
  *ret_body = json_incref (body);
  return TRUE;
}

static gboolean
add_option (json_t *body, const char *name, const char *text, GError **error)
{
  gint64 ms;

  if (text == NULL)
    return TRUE;
  if (!parse_seconds (text, &ms, error))
    return FALSE;
  json_object_set_new (body, name, json_integer (ms));
  return TRUE;
}

gboolean
weir_ctl_run_cut (const WeirCtl *ctl, char **arguments, GError **error)
{
  json_auto_t *body = json_object ();

  return weir_ctl_want (arguments, 1, "one stream, APP/NAME", error)
         && weir_ctl_want_path (arguments[0], error)
         && add_option (body, "slate_ms", ctl->options->slate, error)
         && add_option (body, "bar_ms", ctl->options->bar, error)
         && run (ctl, arguments[0], "cut", "is cut and barred",
             json_incref (body), error);
}

gboolean
weir_ctl_run_blank (const WeirCtl *ctl, char **arguments, GError **error)
{
  return weir_ctl_run_verb (ctl, arguments, "blank", "is blanked", error);
}

gboolean
weir_ctl_run_resume (const WeirCtl *ctl, char **arguments, GError **error)
{
  return weir_ctl_run_verb (ctl, arguments, "resume", "passes again", error);
}

gboolean
weir_ctl_run_report (const WeirCtl *ctl, char **arguments, GError **error)
{
  return weir_ctl_run_verb (
      ctl, arguments, "report", "is looked at more closely", error);
}

gboolean
weir_ctl_run_mute (const WeirCtl *ctl, char **arguments, GError **error)
{
  return weir_ctl_run_verb (ctl, arguments, "mute", "is muted", error);
}

gboolean
weir_ctl_run_unmute (const WeirCtl *ctl, char **arguments, GError **error)
{
  return weir_ctl_run_verb (
      ctl, arguments, "unmute", "is muted no more", error);
}

gboolean
weir_ctl_run_redact (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const names[] = { "from_ms", "to_ms" };
  json_t *body = NULL;

  return parse_times (
             arguments, 1, 2, "APP/NAME FROM [TO]", names, &body, error)
         && run (ctl, arguments[0], "redact", "is redacted", body, error);
}

gboolean
weir_ctl_run_dump (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const names[] = { "newest_ms" };
  json_t *body = NULL;

  return parse_times (
             arguments, 0, 1, "APP/NAME [SECONDS]", names, &body, error)
         && run (ctl, arguments[0], "dump", "is dumped", body, error);
}

gboolean
weir_ctl_run_delay (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const names[] = { "delay_ms" };
  json_t *body = NULL;

  return parse_times (arguments, 1, 1, "APP/NAME SECONDS", names, &body, error)
         && run (
             ctl, arguments[0], "set_delay", "is held otherwise", body, error);
}
