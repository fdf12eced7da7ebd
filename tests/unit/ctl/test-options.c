/* The command line: before and behind the command, and what is refused. */
#include "programs/ctl/options.h"

/* Parses LINE, "weirctl …", as weirctl does. */
static gboolean
parse (WeirCtlOptions *options, const char *line, guint set, char ***ret_args,
    GError **error)
{
  g_assert_true (g_shell_parse_argv (line, NULL, ret_args, NULL));
  return weir_ctl_options_parse_global (options, ret_args, "", error)
         && weir_ctl_options_parse_command (
             options, ret_args, set, "", "", error);
}

static void
test_places (void)
{
  static const char *const lines[] = {
    "weirctl --url http://x --json decide A cut --note 'so bad' --token t",
    "weirctl decide --url=http://x A --note='so bad' cut --json --token=t",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_auto (WeirCtlOptions) options = { 0 };
    g_auto (GStrv) args = NULL;

    g_assert_true (
        parse (&options, lines[i], WEIR_CTL_OPTION_NOTE, &args, NULL));
    g_assert_cmpstr (options.url, ==, "http://x");
    g_assert_cmpstr (options.token, ==, "t");
    g_assert_cmpstr (options.note, ==, "so bad");
    g_assert_true (options.json);
    g_assert_cmpuint (g_strv_length (args), ==, 4);
    g_assert_cmpstr (args[1], ==, "decide");
    g_assert_cmpstr (args[2], ==, "A");
    g_assert_cmpstr (args[3], ==, "cut");
  }
}

static void
test_each (void)
{
  g_auto (WeirCtlOptions) options = { 0 };
  g_auto (GStrv) args = NULL;

  g_assert_true (parse (&options,
      "weirctl x --all --note a --reason b --publisher c -n 5 --verify "
      "--token-file d",
      0x3f, &args, NULL));
  g_assert_true (options.all);
  g_assert_cmpstr (options.note, ==, "a");
  g_assert_cmpstr (options.reason, ==, "b");
  g_assert_cmpstr (options.publisher, ==, "c");
  g_assert_cmpint (options.limit, ==, 5);
  g_assert_true (options.verify);
  g_assert_cmpstr (options.token_file, ==, "d");
}

static void
test_refused (void)
{
  static const struct {
    const char *line;
    guint set;
  } table[] = {
    { "weirctl streams --note x", 0 },
    { "weirctl cases --note x", WEIR_CTL_OPTION_ALL },
    { "weirctl decide --all", WEIR_CTL_OPTION_NOTE },
    { "weirctl --all cases", WEIR_CTL_OPTION_ALL },
    { "weirctl trail --limit -1", WEIR_CTL_OPTION_LIMIT },
    { "weirctl trail --limit x", WEIR_CTL_OPTION_LIMIT },
    { "weirctl decide --note \xff", WEIR_CTL_OPTION_NOTE },
    { "weirctl decide --note", WEIR_CTL_OPTION_NOTE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_auto (WeirCtlOptions) options = { 0 };
    g_auto (GStrv) args = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_false (
        parse (&options, table[i].line, table[i].set, &args, &error));
    g_assert_true (error->domain == G_OPTION_ERROR);
  }
}

static void
test_hide_token (void)
{
  char *argv[] = { g_strdup ("weirctl"), g_strdup ("--token"), g_strdup ("abc"),
    g_strdup ("--token=defg"), g_strdup ("--token-file"), g_strdup ("file"),
    g_strdup ("--token"), NULL };

  weir_ctl_options_hide_token (argv);
  g_assert_cmpstr (argv[2], ==, "xxx");
  g_assert_cmpstr (argv[3], ==, "--token=xxxx");
  g_assert_cmpstr (argv[5], ==, "file");
  for (char **p = argv; *p != NULL; p++)
    g_free (*p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/options/places", test_places);
  g_test_add_func ("/ctl/options/each", test_each);
  g_test_add_func ("/ctl/options/refused", test_refused);
  g_test_add_func ("/ctl/options/hide-token", test_hide_token);
  return g_test_run ();
}
