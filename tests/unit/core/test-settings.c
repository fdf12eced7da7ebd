/* The settings table, its parser and what it makes. */
#include "base/error.h"
#include "core/settings.h"

#include <string.h>

static WeirSettings *
parse (const char *text, GError **error)
{
  return weir_settings_parse ("weir.conf", text, strlen (text), error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) s = parse ("", &error);

  g_assert_no_error (error);
  g_assert_cmpint (weir_settings_int (s, "gate", "delay_ms"), ==, 8000);
  g_assert_true (weir_settings_bool (s, "rtmp", "require_key"));
  g_assert_cmpstr (
      weir_settings_string (s, "http", "address"), ==, "127.0.0.1");
}

static void
test_app_overrides (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) s = parse ("[gate]\ndelay_ms = 5000\n"
                                      "[app live]\n delay_ms=3000 \n"
                                      "sampling_mode = off\n",
      &error);

  g_assert_no_error (error);
  g_assert_cmpint (
      weir_settings_app_int (s, "live", "gate", "delay_ms"), ==, 3000);
  g_assert_cmpint (
      weir_settings_app_int (s, "other", "gate", "delay_ms"), ==, 5000);
  g_assert_cmpstr (
      weir_settings_app_string (s, "live", "sampling", "mode"), ==, "off");
}

static void
test_named_sections (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) s = parse (
      "[egress b]\nurl=rtmp://h/{app}/{name}\n[egress a]\nurl=x\n", &error);
  g_auto (GStrv) names = NULL;

  g_assert_no_error (error);
  names = weir_settings_names (s, "egress");
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "b");
  g_assert_cmpstr (weir_settings_named_string (s, "egress", "b", "url"), ==,
      "rtmp://h/{app}/{name}");
}

static const struct {
  const char *text;
  const char *message;
} bad[] = {
  { "[gate]\ndelay = 1\n", "weir.conf:2: [gate] delay: unknown key" },
  { "[gate]\ndelay_ms = 1\ndelay_ms = 2\n",
      "weir.conf:3: [gate] delay_ms: stands twice" },
  { "[gate]\n\n[gate]\n", "weir.conf:3: section [gate] stands twice" },
  { "[gates]\n", "weir.conf:1: there is no section [gates]" },
  { "[gate]\ndelay_ms = 600001\n",
      "weir.conf:2: [gate] delay_ms: 600001 is out of range: 0 to 600000" },
  { "[gate]\ndelay_ms = 8s\n",
      "weir.conf:2: [gate] delay_ms: \"8s\" is not a whole number" },
  { "[gate]\ndelay_ms = 99999999999999999999\n",
      "weir.conf:2: [gate] delay_ms: \"99999999999999999999\" is not a whole "
      "number" },
  { "[rtmp]\nrequire_key = yes\n",
      "weir.conf:2: [rtmp] require_key: \"yes\" is neither true nor false" },
  { "[sampling]\nmode = some\n", "weir.conf:2: [sampling] mode: \"some\" is "
                                 "none of keyframes|fps|all|off" },
  { "[egress a]\n", "weir.conf: [egress a] url: must be given" },
  { "[egress]\nurl=x\n",
      "weir.conf:1: section [egress NAME] needs a name of letters, digits, "
      "'.', '_', '-'" },
  { "[app x]\nport = 1\n", "weir.conf:2: [app x] port: unknown key" },
  { "[app x]\ndelay_ms = 1\ngate_delay_ms = 2\n",
      "weir.conf:3: [app x] gate_delay_ms: stands twice" },
  { "delay_ms = 1\n",
      "weir.conf:1: delay_ms: stands before the first section" },
  { "[gate\n", "weir.conf:1: section header has no \"]\"" },
  { "[gate]\nhello\n",
      "weir.conf:2: [gate]: neither a section, a key nor a comment" },
  { "[store]\npath = a\\\n",
      "weir.conf:2: [store] path: a backslash stands only in \\s, \\n, \\t, "
      "\\r and \\\\" },
  { "[store]\npath = a\\0b\n",
      "weir.conf:2: [store] path: a backslash stands only in \\s, \\n, \\t, "
      "\\r and \\\\" },
  { "[store]\npath = \xff\n", "weir.conf:2: [store] path: not UTF-8" },
};

static void
test_errors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirSettings) s = parse (bad[i].text, &error);

    g_assert_null (s);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
    g_assert_cmpstr (error->message, ==, bad[i].message);
  }
}

static void
test_escapes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) s =
      parse ("[store]\npath = \\sa\\tb\\\\n\\s\n", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (weir_settings_string (s, "store", "path"), ==, " a\tb\\n ");
}

static void
test_too_large (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (WEIR_SETTINGS_MAX_BYTES + 1, '#');
  g_autoptr (WeirSettings) s = parse (text, &error);

  g_assert_null (s);
  g_assert_cmpstr (error->message, ==, "weir.conf: larger than 1048576 bytes");
}

static void
test_need_restart (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) old =
      parse ("[rtmp]\nport=1\n[gate]\ndelay_ms=1\n[bank a]\nfile=x\n", &error);
  g_autoptr (WeirSettings) same =
      parse ("[rtmp]\nport=1\nrequire_key=false\n[gate]\ndelay_ms=2\n[bank a]\n"
             "file=x\n[egress e]\nurl=u\n[app b]\ndelay_ms=3\n",
          &error);
  g_autoptr (WeirSettings) other = parse (
      "[rtmp]\nport=2\n[http]\nport=9\n[bank a]\nfile=x\nradius=3\n", &error);
  g_auto (GStrv) none = weir_settings_need_restart (old, same);
  g_auto (GStrv) two = weir_settings_need_restart (old, other);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_cmpuint (g_strv_length (two), ==, 2);
  g_assert_true (g_strv_contains ((const char *const *) two, "[rtmp] port"));
  g_assert_true (g_strv_contains ((const char *const *) two, "[http] port"));
}

/* The sample, with every comment sign before a key taken away, is itself a
 * valid configuration once the required keys are filled in. */
static void
test_sample_is_valid (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sample = weir_settings_sample ();
  g_autoptr (WeirSettings) as_it_is = parse (sample, &error);
  g_auto (GStrv) lines = g_strsplit (sample, "\n", -1);
  GString *text = g_string_new (NULL);
  g_autoptr (WeirSettings) s = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (as_it_is);
  for (char **line = lines; *line != NULL; line++) {
    const char *l = *line;

    if (l[0] == '#' && l[1] != ' ')
      l++;
    g_string_append (text, l);
    if (g_str_has_suffix (l, "= ")
        && (g_str_has_prefix (l, "url") || g_str_has_prefix (l, "file")))
      g_string_append (text, "x");
    g_string_append_c (text, '\n');
  }
  s = parse (text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpint (
      weir_settings_app_int (s, "NAME", "gate", "delay_ms"), ==, 8000);
  g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/defaults", test_defaults);
  g_test_add_func ("/settings/app-overrides", test_app_overrides);
  g_test_add_func ("/settings/named-sections", test_named_sections);
  g_test_add_func ("/settings/errors", test_errors);
  g_test_add_func ("/settings/escapes", test_escapes);
  g_test_add_func ("/settings/too-large", test_too_large);
  g_test_add_func ("/settings/need-restart", test_need_restart);
  g_test_add_func ("/settings/sample-is-valid", test_sample_is_valid);
  return g_test_run ();
}
