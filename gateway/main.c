/* weir: the gateway. Arguments and configuration; everything else is app/. */
#include "app/app.h"
#include "base/log.h"
#include "base/version.h"
#include "core/settings.h"

#include <stdio.h>

#define EXIT_USAGE 2

static char *config_path;
static char *log_level;
static gboolean check, reset_admin, show_version, sample, reference;

static const GOptionEntry options[] = {
  { "config", 'c', 0, G_OPTION_ARG_FILENAME, &config_path,
      "Run with this configuration", "FILE" },
  { "check-config", 0, 0, G_OPTION_ARG_NONE, &check,
      "Check the configuration (--config FILE or as argument) and what it "
      "names, then exit",
      NULL },
  { "reset-admin-token", 0, 0, G_OPTION_ARG_NONE, &reset_admin,
      "Give the admin a new token and print its log-in link", NULL },
  { "log-level", 0, 0, G_OPTION_ARG_STRING, &log_level,
      "error, warn, info (default) or debug", "LEVEL" },
  { "sample-config", 0, 0, G_OPTION_ARG_NONE, &sample,
      "Print weir.conf with every key explained", NULL },
  { "settings-reference", 0, 0, G_OPTION_ARG_NONE, &reference,
      "Print the reference page of all settings", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version",
      NULL },
  { NULL },
};

static int
fail (const char *message)
{
  fprintf (stderr, "weir: %s\n", message);
  return EXIT_USAGE;
}

static int
print (char *text)
{
  fputs (text, stdout);
  g_free (text);
  return 0;
}

static gboolean
parse_arguments (int *argc, char ***argv, GError **error)
{
  GOptionContext *context = g_option_context_new ("[FILE]");
  gboolean ok;

  g_option_context_set_summary (context,
      "Weir, a review gateway for live streams: holds every stream for a few "
      "seconds,\nlooks at it, and lets people cut it before anybody saw it.");
  g_option_context_add_main_entries (context, options, NULL);
  ok = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  if (ok && config_path == NULL && *argc == 2)
    config_path = g_strdup ((*argv)[1]);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  WeirLogLevel level;

  if (!parse_arguments (&argc, &argv, &error))
    return fail (error->message);
  if (show_version)
    return print (g_strdup ("weir " WEIR_VERSION "\n"));
  if (sample)
    return print (weir_settings_sample ());
  if (reference)
    return print (weir_settings_reference ());
  if (config_path == NULL)
    return fail ("no configuration: weir --config FILE (see --help)");
  if (log_level != NULL) {
    if (!weir_log_level_from_string (log_level, &level))
      return fail ("--log-level is error, warn, info or debug");
    weir_log_set_level (level);
  }
  if (check)
    return weir_app_check (config_path, &error) ? 0 : fail (error->message);
  return weir_app_run (config_path, reset_admin, &error)
             ? 0
             : fail (error->message);
}
