/* [srt] and what belongs to it: what is taken, which words refuse the rest. */
#include "base/error.h"
#include "workers/srt-settings.h"

#include <string.h>

static WeirSettings *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeirSettings *settings =
      weir_settings_parse ("weir.conf", text, strlen (text), &error);

  g_assert_no_error (error);
  return settings;
}

static void
test_defaults (void)
{
  g_autoptr (WeirSettings) settings = parse ("");
  g_autoptr (GError) error = NULL;
  WeirSrtSettings srt;

  weir_srt_settings_read (settings, &srt, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (srt.n_ports, ==, 1);
  g_assert_cmpuint (srt.ports[0], ==, 9000);
  g_assert_cmpuint (srt.latency_ms, ==, 120);
  g_assert_cmpstr (srt.default_stream_id, ==, "");
  g_assert_cmpstr (weir_srt_settings_passphrase (settings, "live"), ==, "");
  g_assert_cmpuint (weir_srt_settings_key_bytes (settings), ==, 16);
}

static void
test_ports (void)
{
  g_autoptr (WeirSettings) some = parse ("[srt]\nport = 9000, 9001,0,0\n");
  g_autoptr (WeirSettings) none = parse ("[srt]\nport =\n");
  WeirSrtSettings srt;

  g_assert_true (weir_srt_settings_read (some, &srt, NULL));
  g_assert_cmpuint (srt.n_ports, ==, 4);
  g_assert_cmpuint (srt.ports[1], ==, 9001);
  g_assert_true (weir_srt_settings_read (none, &srt, NULL));
  g_assert_cmpuint (srt.n_ports, ==, 0);
}

static void
test_passphrases (void)
{
  g_autoptr (WeirSettings) settings =
      parse ("[srt]\npassphrase = for everybody\nkey_bits = 192\n"
             "[app game]\nsrt_passphrase = for the game\n"
             "[publisher bob]\nsrt_passphrase = bob's own one\n"
             "[publisher eve]\napp = game\nsrt_passphrase = eve's own one\n");
  static const struct {
    const char *app;
    const char *publisher;
    gboolean named_app;
    const char *passphrase;
  } cases[] = {
    { "live", "bob", FALSE, "bob's own one" },
    { "live", "bob", TRUE, NULL },
    { "game", "eve", TRUE, "eve's own one" },
    { "live", "eve", FALSE, NULL },
    { "live", "joe", FALSE, NULL },
  };

  g_assert_cmpuint (weir_srt_settings_key_bytes (settings), ==, 24);
  g_assert_cmpstr (
      weir_srt_settings_passphrase (settings, "live"), ==, "for everybody");
  g_assert_cmpstr (
      weir_srt_settings_passphrase (settings, "game"), ==, "for the game");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (weir_srt_settings_publisher_passphrase (settings,
                         cases[i].app, cases[i].publisher, cases[i].named_app),
        ==, cases[i].passphrase);
}

static void
test_refused (void)
{
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
    { "[srt]\naddress = here\n", "[srt] address: no IPv4" },
    { "[srt]\nport = 65536\n", "[srt] port: not a list" },
    { "[srt]\nport = 9000,\n", "[srt] port: not a list" },
    { "[srt]\nport = 7,7\n", "[srt] port: one stands twice" },
    { "[srt]\nlatency_ms = 300\nmax_latency_ms = 200\n",
        "[srt] latency_ms: more than max_latency_ms" },
    { "[srt]\npassphrase = secret\n", "[srt] passphrase: a passphrase has" },
    { "[app a]\nsrt_passphrase = secret\n",
        "[app a] srt_passphrase: a passphrase has" },
    { "[srt]\npassphrase = 0123456789\n[app a]\nsrt_passphrase =\n",
        "[app a] srt_passphrase: can't be empty" },
    { "[publisher p]\nsrt_passphrase = secret\n",
        "[publisher p] srt_passphrase: a passphrase has" },
    { "[publisher p]\nsrt_passphrase =\n",
        "[publisher p] srt_passphrase: must be given" },
    { "[srt]\ndefault_stream_id = live\n", "[srt] default_stream_id: " },
    { "[srt]\ndefault_stream_id = #!::r=live/a,m=request\n",
        "[srt] default_stream_id: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (WeirSettings) settings = parse (cases[i].text);
    g_autoptr (GError) error = NULL;
    WeirSrtSettings srt;

    if (weir_srt_settings_read (settings, &srt, &error))
      g_error ("taken: %s", cases[i].text);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
    if (!g_str_has_prefix (error->message, cases[i].words)
        || strstr (error->message, "secret") != NULL)
      g_error ("%s: %s", cases[i].text, error->message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srt-settings/defaults", test_defaults);
  g_test_add_func ("/srt-settings/ports", test_ports);
  g_test_add_func ("/srt-settings/passphrases", test_passphrases);
  g_test_add_func ("/srt-settings/refused", test_refused);
  return g_test_run ();
}
