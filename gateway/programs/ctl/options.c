/* Options through GOption, in two passes around the command's name. */
#include "programs/ctl/options.h"

#include <string.h>

void
weir_ctl_options_clear (WeirCtlOptions *options)
{
  g_free (options->url);
  g_free (options->token);
  g_free (options->token_file);
  g_free (options->note);
  g_free (options->reason);
  g_free (options->publisher);
  g_free (options->bank);
  g_free (options->slate);
  g_free (options->bar);
  g_free (options->probes);
  g_free (options->format);
  g_free (options->source);
  g_free (options->until);
  g_free (options->span);
  memset (options, 0, sizeof *options);
}

/* Texts are of the type FILENAME, which GLib hands over byte by byte; STRING
 * would convert from the locale's character set. */
static void
add_global (GOptionContext *context, WeirCtlOptions *options)
{
  const GOptionEntry entries[] = {
    { "url", 0, 0, G_OPTION_ARG_FILENAME, &options->url,
        "The gateway (WEIR_URL; default http://127.0.0.1:8080)", "URL" },
    { "token", 0, 0, G_OPTION_ARG_FILENAME, &options->token,
        "Bearer token (better: WEIR_TOKEN or --token-file)", "TOKEN" },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->token_file,
        "File with the bearer token", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json,
        "Print the gateway's JSON as it is", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version,
        "Print the version", NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_set (GOptionContext *context, WeirCtlOptions *options, guint set)
{
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &options->all,
        "The latest decided ones too", NULL },
    { "note", 0, 0, G_OPTION_ARG_FILENAME, &options->note,
        "Why; kept with the case and in the trail", "TEXT" },
    { "reason", 0, 0, G_OPTION_ARG_FILENAME, &options->reason,
        "Why; kept in the trail", "TEXT" },
    { "publisher", 0, 0, G_OPTION_ARG_FILENAME, &options->publisher,
        "create: whom the key is for (default: NAME)", "PUBLISHER" },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &options->limit,
        "So many of the newest records (trail: 20, policy: 10000)", "N" },
    { "verify", 0, 0, G_OPTION_ARG_NONE, &options->verify,
        "Read the whole trail and recompute its chain of hashes", NULL },
    { "bank", 'b', 0, G_OPTION_ARG_FILENAME, &options->bank,
        "List of hashes to look in", "FILE" },
    { "radius", 'r', 0, G_OPTION_ARG_INT, &options->radius,
        "Greatest distance that is a match, 0 to 63 (31)", "BITS" },
    { "every", 0, 0, G_OPTION_ARG_DOUBLE, &options->every,
        "Seconds of video between two hashes (1)", "SECONDS" },
    { "slate", 0, 0, G_OPTION_ARG_FILENAME, &options->slate,
        "Viewers see the slate so long before the stream is closed (default: "
        "[gate] cut_slate_ms)",
        "SECONDS" },
    { "bar", 0, 0, G_OPTION_ARG_FILENAME, &options->bar,
        "Bar for so long (default: for good)", "SECONDS" },
    { "phase", 0, 0, G_OPTION_ARG_DOUBLE, &options->phase,
        "Seconds of video before the first hash (0)", "SECONDS" },
    { "probes", 0, 0, G_OPTION_ARG_FILENAME, &options->probes,
        "Which edits are undone: plain (none), standard (as live), thorough",
        "PROBES" },
    { "format", 0, 0, G_OPTION_ARG_FILENAME, &options->format,
        "lines, pdq, csv, tx, vpdq or vpdq-json (csv); bank export: text and "
        "ndjson as well",
        "FORMAT" },
    { "until", 0, 0, G_OPTION_ARG_FILENAME, &options->until,
        "disable: not before then; UTC unless it has another zone",
        "\"YYYY-MM-DD HH:MM\"" },
    { "for", 0, 0, G_OPTION_ARG_FILENAME, &options->span,
        "disable: not for so long (30m, 2h, 7d; without a unit: seconds)",
        "TIME" },
    { "source", 0, 0, G_OPTION_ARG_FILENAME, &options->source,
        "export: what was added, the bank's file, or all (added)", "SOURCE" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    const GOptionEntry one[] = { entries[i], { NULL } };

    if (set & (1u << i))
      g_option_context_add_main_entries (context, one, NULL);
  }
}

static gboolean
is_text (const char *name, const char *text, GError **error)
{
  if (text == NULL || g_utf8_validate (text, -1, NULL))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "--%s is not UTF-8", name);
  return FALSE;
}

gboolean
weir_ctl_options_parse_global (WeirCtlOptions *options, char ***args,
    const char *description, GError **error)
{
  GOptionContext *context = g_option_context_new ("COMMAND [ARGUMENTS]");
  gboolean ok;

  g_option_context_set_summary (
      context, "Talks to a running weir through its public API.");
  g_option_context_set_description (context, description);
  g_option_context_set_strict_posix (context, TRUE);
  add_global (context, options);
  ok = g_option_context_parse_strv (context, args, error);
  g_option_context_free (context);
  return ok;
}

gboolean
weir_ctl_options_parse_command (WeirCtlOptions *options, char ***args,
    guint set, const char *usage, const char *description, GError **error)
{
  GOptionContext *context = g_option_context_new (usage);
  gboolean ok;

  options->radius = WEIR_CTL_DEFAULT_RADIUS;
  options->every = 1;
  g_option_context_set_summary (context, description);
  add_set (context, options, set);
  add_global (context, options);
  ok = g_option_context_parse_strv (context, args, error);
  g_option_context_free (context);
  if (ok && (set & WEIR_CTL_OPTION_LIMIT) && options->limit < 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--limit is at least 1");
    ok = FALSE;
  }
  if (ok && (options->radius < 0 || options->radius > WEIR_CTL_MAX_RADIUS)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--radius is from 0 to %d", WEIR_CTL_MAX_RADIUS);
    ok = FALSE;
  }
  if (ok && !(options->every >= 0.001 && options->every <= 86400)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--every is from 0.001 to 86400 seconds");
    ok = FALSE;
  }
  if (ok && !(options->phase >= 0 && options->phase <= 86400)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--phase is from 0 to 86400 seconds");
    ok = FALSE;
  }
  return ok && is_text ("note", options->note, error)
         && is_text ("reason", options->reason, error)
         && is_text ("publisher", options->publisher, error);
}

void
weir_ctl_options_hide_token (char **argv)
{
  for (; *argv != NULL; argv++) {
    if (g_str_has_prefix (*argv, "--token="))
      memset (*argv + strlen ("--token="), 'x',
          strlen (*argv + strlen ("--token=")));
    else if (strcmp (*argv, "--token") == 0 && argv[1] != NULL)
      memset (argv[1], 'x', strlen (argv[1]));
  }
}
