/* weirctl: a running gateway from the command line, through its public API.
 * Exit status: 0 when it was done, 1 when the gateway refused or did not
 * answer, 2 when it was called wrongly. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"
#include "programs/ctl/ctl.h"
#include "programs/ctl/suggest.h"

#define DEFAULT_URL "http://127.0.0.1:8080"
#define EXIT_REFUSED 1
#define EXIT_USAGE 2

typedef struct {
  const char *name;
  const char *parameters;
  const char *summary;
  const char *more; /* for its --help */
  guint options;    /* WeirCtlOptionSet */
  gboolean offline; /* needs no gateway */
  WeirCtlRun run;
} Command;

static const Command commands[] = {
  { "status", "", "How the gateway is",
      "Exit status 1 when it is not ready to take streams in and look at them.",
      0, FALSE, weir_ctl_run_status },
  { "streams", "", "The streams and how they fare",
      "GRANTED/ASKED: samples handed to the analyzers, and what was asked for; "
      "the CPU\nbudget decides, and lowers streams of little RISK first.\n"
      "DONE/SKIPPED: samples looked at, and samples that nobody could look at. "
      "LATE P99:\n99 of 100 packets were sent at most so long after they were "
      "due.",
      0, FALSE, weir_ctl_run_streams },
  { "cases", "", "The open cases, the most urgent first",
      "PUBLIC IN: when the flagged span leaves the gateway, by this machine's "
      "clock.\nEXPOSURE: how much of it had been sent when the gate closed.",
      WEIR_CTL_OPTION_ALL, FALSE, weir_ctl_run_cases },
  { "decide", "CASE cut|blank|release", "Decide a case",
      "CASE is an id or the beginning of one.", WEIR_CTL_OPTION_NOTE, FALSE,
      weir_ctl_run_decide },
  { "cut", "APP/NAME", "End a stream and bar its publisher", NULL,
      WEIR_CTL_OPTION_REASON | WEIR_CTL_OPTION_SLATE | WEIR_CTL_OPTION_BAR,
      FALSE, weir_ctl_run_cut },
  { "blank", "APP/NAME", "Show viewers the slate instead of the stream", NULL,
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_blank },
  { "report", "APP/NAME", "Have a stream looked at more closely",
      "For somebody who saw something: raises the stream's RISK for a while.",
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_report },
  { "resume", "APP/NAME", "Let a blanked stream pass again", NULL,
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_resume },
  { "redact", "APP/NAME FROM [TO]", "Show the slate for a span of the stream",
      "FROM and TO are seconds of stream time, as cases have them. Without TO "
      "it lasts until\nit is resumed. What had been sent is told, the rest is "
      "withheld.",
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_redact },
  { "dump", "APP/NAME [SECONDS]", "Withhold what was not sent yet",
      "All of it, or only the newest SECONDS. The delay stays as it is.",
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_dump },
  { "mute", "APP/NAME", "Silence instead of a stream's sound", NULL,
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_mute },
  { "unmute", "APP/NAME", "Let the sound pass again", NULL,
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_unmute },
  { "delay", "APP/NAME SECONDS", "Hold a stream longer or shorter",
      "From 0 to 600. A longer delay holds at once, with the slate until the "
      "window has\nfilled; a shorter one jumps to the next key frame.",
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_delay },
  { "sample", "APP/NAME keyframes|all|off|FPS", "Look at a stream more or less",
      "As long as it is on; FPS: pictures a second. Says what it is going to "
      "cost.",
      WEIR_CTL_OPTION_REASON | WEIR_CTL_OPTION_PROBES, FALSE,
      weir_ctl_run_sample },
  { "closed", "[list]", "Names that a person blanked or muted",
      "They stay closed for whoever streams them next, until somebody resumes "
      "or unmutes\nthem, which works whether they are on or not, or until the "
      "time that is set\n([gate] blank_rest_s) after they were on.",
      0, FALSE, weir_ctl_run_closed },
  { "bar", "[list] | lift APP/NAME", "Who may not publish; lift a bar", NULL,
      WEIR_CTL_OPTION_REASON, FALSE, weir_ctl_run_bar },
  { "key", "[list] | create|rotate|delete APP/NAME", "Stream keys",
      "create and rotate print the secret, which cannot be had again. The "
      "server's address\nneeds a port behind the host when RTMP is not on "
      "1935.",
      WEIR_CTL_OPTION_PUBLISHER, FALSE, weir_ctl_run_key },
  { "bank",
      "[list] | export BANK | add BANK HASH | import BANK FILE | remove BANK "
      "ID |\nquarantined BANK | quarantine BANK ENTRY | release BANK ENTRY |\n"
      "disable BANK ENTRY --until TIME|--for TIME | enable BANK ENTRY",
      "Banks, and the entries put in while the gateway runs",
      "What is added is looked for from then on, and in the pictures that were "
      "looked at last.\nimport reads every form that `weirctl match` does; "
      "what the bank has already stays as it is.\nexport prints what import "
      "and a [bank NAME] file can read; in csv with the ids for remove. "
      "text, "
      "lines and pdq\nhave hashes alone, tx their label, owner and opinion, "
      "vpdq their quality and seconds;\nndjson is an object a line. --source "
      "file or all prints what the bank's file holds, too.\nquarantined says "
      "which entries do not "
      "count, and why: matches of some are passed over, others\nare left out "
      "for their hash or quality, with the line that they have in the bank's "
      "file.\nrelease, with the entry's name or hash and --note, makes one "
      "count.\nWhat is disabled does not count until then, and counts again by "
      "itself, or by enable before.",
      WEIR_CTL_OPTION_NOTE | WEIR_CTL_OPTION_FORMAT | WEIR_CTL_OPTION_UNTIL
          | WEIR_CTL_OPTION_FOR | WEIR_CTL_OPTION_SOURCE,
      FALSE, weir_ctl_run_bank },
  { "policy", "[show] | test FILE", "What findings lead to; try another policy",
      "test plays the newest stored hits (--limit, 10000) through the policies "
      "of FILE, a\nweir.conf or a part of it, and says what would have been "
      "different. What reviewers\ndecided meanwhile is not played back.",
      WEIR_CTL_OPTION_LIMIT, FALSE, weir_ctl_run_policy },
  { "trail", "", "Who decided what, the newest first",
      "--verify finds what was changed, left out or put in, and names the "
      "first broken\nrecord. Note the newest number and hash elsewhere to "
      "notice a trail made anew.",
      WEIR_CTL_OPTION_LIMIT | WEIR_CTL_OPTION_VERIFY, FALSE,
      weir_ctl_run_trail },
  { "match", "--bank FILE HASHFILE", "Look hashes up in a list",
      "Prints query,match,distance, a line for every pair within the radius, "
      "nearest first.\nBoth files may be lines of hashes, CSV with a header, "
      "what `weirctl hash` and `tx dataset`\nprint, or vPDQ text or JSON. "
      "Lines that are none of it are named and left out.",
      WEIR_CTL_OPTION_BANK | WEIR_CTL_OPTION_RADIUS, TRUE, weir_ctl_run_match },
  { "convert", "HASHFILE", "Write a list of hashes in another form",
      "Reads what `weirctl match` reads. lines and pdq have hashes alone, tx "
      "their label, owner\nand opinion, vpdq and vpdq-json their quality and "
      "seconds, csv everything.",
      WEIR_CTL_OPTION_FORMAT, TRUE, weir_ctl_run_convert },
  { "hash", "FILE...", "Hash pictures and videos",
      "Prints hash,quality,file for a picture, hash,quality,file,seconds for "
      "a picture of a\nvideo each --every seconds; CSV that a [bank NAME] can "
      "read. Pictures are hashed as the\nreference's file reader does it, "
      "videos as vPDQ does.",
      WEIR_CTL_OPTION_EVERY | WEIR_CTL_OPTION_PHASE, TRUE, weir_ctl_run_hash },
  { "scan", "--bank FILE VIDEO...", "Try a list on recorded video",
      "Looks at recordings as live streams are looked at, by the rules that a "
      "bank without a\npolicy has. Prints file,seconds,entry,distance,quality,"
      "probe for every match, then\nfile,case,first_flag_seconds or "
      "file,clear,.",
      WEIR_CTL_OPTION_BANK | WEIR_CTL_OPTION_RADIUS | WEIR_CTL_OPTION_EVERY
          | WEIR_CTL_OPTION_PHASE | WEIR_CTL_OPTION_PROBES,
      TRUE, weir_ctl_run_scan },
  { "completion", "bash", "Print a script that completes commands with Tab",
      "For one shell: source <(weirctl completion bash)", 0, TRUE,
      weir_ctl_run_completion },
};

/* Prints TEXT, which may hold a server's words, and returns STATUS. */
static int
fail (int status, const char *text)
{
  g_autofree char *safe = weir_log_escape (text, strlen (text));

  fprintf (stderr, "weirctl: %s\n", safe);
  return status;
}

static char *
dup_overview (void)
{
  GString *text = g_string_new ("Commands:\n");

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (
        text, "  %-12s%s\n", commands[i].name, commands[i].summary);
  g_string_append (text,
      "\nThe options may stand before or behind the command; "
      "\"weirctl COMMAND --help\" has more.\nThe token comes from --token, "
      "--token-file or WEIR_TOKEN, in this order.\n");
  return g_string_free (text, FALSE);
}

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static int
fail_unknown (const char *name)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  g_autofree char *text = NULL;
  const char *near;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  near = weir_ctl_suggest (name, names);
  text = near != NULL
             ? g_strdup_printf ("there is no command \"%s\". Did you mean "
                                "\"%s\"?",
                 name, near)
             : g_strdup_printf ("there is no command \"%s\"; see weirctl "
                                "--help",
                 name);
  return fail (EXIT_USAGE, text);
}

static gboolean
parse_command (WeirCtlOptions *options, char ***args, const Command *command,
    GError **error)
{
  g_autofree char *usage = g_strconcat (command->name,
      *command->parameters != '\0' ? " " : "", command->parameters, NULL);
  g_autofree char *description =
      g_strconcat (command->summary, ".", command->more != NULL ? "\n" : "",
          command->more != NULL ? command->more : "", NULL);

  return weir_ctl_options_parse_command (
      options, args, command->options, usage, description, error);
}

/* NULL with a usage error when there is none. */
static char *
dup_token (const WeirCtlOptions *options, GError **error)
{
  const char *environment = g_getenv ("WEIR_TOKEN");
  char *token = NULL;

  if (options->token != NULL)
    return g_strdup (options->token);
  if (options->token_file != NULL) {
    if (g_file_get_contents (options->token_file, &token, NULL, error))
      return g_strstrip (token);
    (*error)->domain = G_OPTION_ERROR;
    return NULL;
  }
  if (environment != NULL && *environment != '\0')
    return g_strdup (environment);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
      "no token: set WEIR_TOKEN, or give --token-file or --token");
  return NULL;
}

static WeirCtlApi *
connect_api (const WeirCtlOptions *options, GError **error)
{
  const char *url = options->url != NULL ? options->url : g_getenv ("WEIR_URL");
  g_autofree char *token = dup_token (options, error);

  if (token == NULL)
    return NULL;
  return weir_ctl_api_new (
      url != NULL && *url != '\0' ? url : DEFAULT_URL, token, error);
}

static int
run (const WeirCtlOptions *options, const Command *command, char **arguments)
{
  g_autoptr (WeirCtlApi) api = NULL;
  g_autoptr (GError) error = NULL;
  WeirCtl ctl = { options, NULL };

  if (!command->offline) {
    ctl.api = api = connect_api (options, &error);
    if (api == NULL)
      return fail (EXIT_USAGE, error->message);
  }
  if (!command->run (&ctl, arguments, &error)) {
    fflush (stdout);
    return fail (error->domain == G_OPTION_ERROR ? EXIT_USAGE : EXIT_REFUSED,
        error->message);
  }
  if (fflush (stdout) != 0)
    return fail (EXIT_REFUSED, "the output cannot be written");
  return 0;
}

int
main (int argc, char **argv)
{
  g_auto (WeirCtlOptions) options = { 0 };
  g_auto (GStrv) args = g_strdupv (argv);
  g_autofree char *overview = dup_overview ();
  g_autoptr (GError) error = NULL;
  const Command *command;

  setlocale (LC_CTYPE, "");
  weir_ctl_options_hide_token (argv);
  g_set_prgname ("weirctl");
  if (!weir_ctl_options_parse_global (&options, &args, overview, &error))
    return fail (EXIT_USAGE, error->message);
  if (options.version) {
    puts ("weirctl " WEIR_VERSION);
    return 0;
  }
  if (args[1] == NULL)
    return fail (EXIT_USAGE, "no command; see weirctl --help");
  command = find_command (args[1]);
  if (command == NULL)
    return fail_unknown (args[1]);
  if (!parse_command (&options, &args, command, &error))
    return fail (EXIT_USAGE, error->message);
  if (options.version) {
    puts ("weirctl " WEIR_VERSION);
    return 0;
  }
  return run (&options, command, args + 2);
}
