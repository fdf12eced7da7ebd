/* Addresses of pushes: what they come to, and which are refused. */
#include "base/error.h"
#include "rtmp/push-url.h"

static void
test_parsed (void)
{
  static const struct {
    const char *text;
    gboolean tls;
    const char *host;
    guint port;
    const char *app;
    const char *name;
    const char *tc_url;
  } cases[] = {
    { "rtmp://host/live/cam", FALSE, "host", 1935, "live", "cam",
        "rtmp://host/live" },
    { "rtmps://host/live/cam", TRUE, "host", 443, "live", "cam",
        "rtmps://host/live" },
    { " RTMPS://host:1936/a/b/cam?key=x/y ", TRUE, "host", 1936, "a/b",
        "cam?key=x/y", "rtmps://host:1936/a/b" },
    { "rtmp://[2001:db8::1]:7/a/n", FALSE, "2001:db8::1", 7, "a", "n",
        "rtmp://[2001:db8::1]:7/a" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (WeirRtmpPushUrl) url = { 0 };
    g_autoptr (GError) error = NULL;

    weir_rtmp_push_url_parse (cases[i].text, &url, &error);
    g_assert_no_error (error);
    g_assert_cmpint (url.tls, ==, cases[i].tls);
    g_assert_cmpstr (url.host, ==, cases[i].host);
    g_assert_cmpuint (url.port, ==, cases[i].port);
    g_assert_cmpstr (url.app, ==, cases[i].app);
    g_assert_cmpstr (url.name, ==, cases[i].name);
    g_assert_cmpstr (url.tc_url, ==, cases[i].tc_url);
  }
}

static void
test_refused (void)
{
  static const char *const texts[] = { "", "rtmp:", "http://h/a/n",
    "rtmpss://h/a/n", "rtmpe://h/a/n", "rtmps:/h/a/n", "rtmps://", "rtmps://h",
    "rtmps://h/", "rtmps://h/a", "rtmps://h/a/", "rtmps:///a/n",
    "rtmp://h:0/a/n", "rtmp://h:65536/a/n", "rtmp://[::1/a/n",
    "rtmp://[::1]x/a/n" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_auto (WeirRtmpPushUrl) url = { 0 };
    g_autoptr (GError) error = NULL;

    if (weir_rtmp_push_url_parse (texts[i], &url, &error))
      g_error ("\"%s\" was taken", texts[i]);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/push-url/parsed", test_parsed);
  g_test_add_func ("/push-url/refused", test_refused);
  return g_test_run ();
}
