/* Addresses of SRT egresses: what they come to, and which are refused. */
#include "base/error.h"
#include "workers/srt-url.h"

#include <string.h>

static void
test_parsed (void)
{
  static const struct {
    const char *text;
    WeirSrtUrl url;
  } cases[] = {
    { "srt://host:9000", { "host", 9000, "", "", 0, 120 } },
    { " SRT://[2001:db8::1]:7/?latency=400 ",
        { "2001:db8::1", 7, "", "", 0, 400 } },
    { "srt://h:1?streamid=#!::r=live/cam,m=publish,s=a&mode=caller"
      "&passphrase=0123456789&pbkeylen=32&transtype=live",
        { "h", 1, "#!::r=live/cam,m=publish,s=a", "0123456789", 32, 120 } },
    { "srt://h:1?streamid=publish%3Alive%2Fcam%26x&passphrase=%2512345678%39",
        { "h", 1, "publish:live/cam&x", "%123456789", 0, 120 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const WeirSrtUrl *want = &cases[i].url;
    g_auto (WeirSrtUrl) url = { 0 };
    g_autoptr (GError) error = NULL;

    g_assert_true (weir_srt_url_is_one (cases[i].text));
    weir_srt_url_parse (cases[i].text, &url, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (url.host, ==, want->host);
    g_assert_cmpuint (url.port, ==, want->port);
    g_assert_cmpstr (url.stream_id, ==, want->stream_id);
    g_assert_cmpstr (url.passphrase, ==, want->passphrase);
    g_assert_cmpuint (url.key_bytes, ==, want->key_bytes);
    g_assert_cmpuint (url.latency_ms, ==, want->latency_ms);
  }
}

static void
test_refused (void)
{
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
    { "rtmp://h/a/n", "does not begin with srt://" },
    { "srt://", "no host" },
    { "srt://h", "no port" },
    { "srt://:9", "no host" },
    { "srt://h:0", "the port is no number" },
    { "srt://h:65536", "the port is no number" },
    { "srt://[::1", "'[' without ']'" },
    { "srt://[::1]9", "no port" },
    { "srt://h:1/live/cam", "goes into streamid" },
    { "srt://h:1?passphrase=short", "10 to 79 bytes" },
    { "srt://h:1?latency=-1", "milliseconds, 0 to 30000" },
    { "srt://h:1?latency=400000", "milliseconds, 0 to 30000" },
    { "srt://h:1?pbkeylen=16", "pbkeylen without passphrase" },
    { "srt://h:1?passphrase=0123456789&pbkeylen=17", "16, 24 or 32" },
    { "srt://h:1?mode=listener", "only be caller" },
    { "srt://h:1?transtype=file", "only be live" },
    { "srt://h:1?latancy=1", "parameter \"latancy\" is not known" },
    { "srt://h:1?streamid", "without '='" },
    { "srt://h:1?streamid=%zz", "hexadecimal" },
    { "srt://h:1?streamid=%00", "hexadecimal" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (WeirSrtUrl) url = { 0 };
    g_autoptr (GError) error = NULL;

    if (weir_srt_url_parse (cases[i].text, &url, &error))
      g_error ("\"%s\" was taken", cases[i].text);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
    if (strstr (error->message, cases[i].words) == NULL)
      g_error ("\"%s\": %s", cases[i].text, error->message);
  }
}

static void
test_lengths (void)
{
  g_autofree char *longest = g_strnfill (512, 'x');
  g_autofree char *good = g_strconcat ("srt://h:1?streamid=", longest, NULL);
  g_autofree char *bad = g_strconcat (good, "x", NULL);
  g_autofree char *phrase = g_strnfill (80, 'x');
  g_autofree char *secret = g_strconcat ("srt://h:1?passphrase=", phrase, NULL);
  g_auto (WeirSrtUrl) url = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (weir_srt_url_parse (good, &url, NULL));
  g_assert_cmpstr (url.stream_id, ==, longest);
  g_assert_false (weir_srt_url_parse (bad, &url, NULL));
  g_assert_false (weir_srt_url_parse (secret, &url, &error));
  g_assert_null (strstr (error->message, phrase));
  phrase[79] = '\0';
  g_assert_null (weir_srt_passphrase_complaint (phrase));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srt-url/parsed", test_parsed);
  g_test_add_func ("/srt-url/refused", test_refused);
  g_test_add_func ("/srt-url/lengths", test_lengths);
  return g_test_run ();
}
