/* What publishers type, and what is meant; and addresses to push to. */
#include "base/error.h"
#include "rtmp/publish-target.h"
#include "rtmp/push-url.h"

static void
test_targets (void)
{
  static const struct {
    const char *app, *tc_url, *name;
    const char *want_app, *want_name, *want_secret;
  } cases[] = {
    { "live", "rtmp://h/live", "a?key=s", "live", "a", "s" },
    { "live/", NULL, "a?key=s", "live", "a", "s" },
    { " live \n", NULL, " a?key=s \r\n", "live", "a", "s" },
    { "live", NULL, "a?user=u&key=s&x=1", "live", "a", "s" },
    { "live", NULL, "a?key=", "live", "a", "" },
    { "live", NULL, "a", "live", "a", "" },
    { "live", NULL, "bare-secret", "live", "bare-secret", "" },
    { "live", NULL, "first?secret", "live", "first", "secret" },
    { "live", NULL, "a?x=1", "live", "a", "" },
    { "live", NULL, "a?monkey=1", "live", "a", "" },
    { "live?key=s", "rtmp://h/live?key=s", "a", "live", "a", "s" },
    { "live/?key=s", NULL, "a", "live", "a", "s" },
    { "live?key=old", NULL, "a?key=new", "live", "a", "new" },
    { "live?x=1?key=s", NULL, "a", "live", "a", "s" },
    { "live", "rtmp://h/live?key=s", "a", "live", "a", "s" },
    { "live", "'rtmp://h/live?key=s'", "a", "live", "a", "s" },
    { "live/a?key=s", NULL, "", "live", "a", "s" },
    { "live/a", NULL, "?key=s", "live", "a", "s" },
    { "live/a", NULL, NULL, "live", "a", "" },
    { NULL, "rtmp://h:1935/live", "a?key=s", "live", "a", "s" },
    { "", "rtmp://h", "a", "", "a", "" },
    { "live/b", NULL, "a", "live/b", "a", "" },
    { "/", NULL, "", "", "", "" },
    { NULL, NULL, NULL, "", "", "" },
    { "live", NULL, "a?key=%41+b", "live", "a", "%41+b" },
    { "'live'", NULL, "a", "live", "a", "" },
    { "'", NULL, "a", "'", "a", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (WeirPublishTarget) target = { 0 };

    g_test_message ("%u", i);
    g_assert_true (weir_publish_target_parse (
        cases[i].app, cases[i].tc_url, cases[i].name, &target, NULL));
    g_assert_cmpstr (target.app, ==, cases[i].want_app);
    g_assert_cmpstr (target.name, ==, cases[i].want_name);
    g_assert_cmpstr (target.secret, ==, cases[i].want_secret);
  }
}

/* As they were sent, for those who want to read them otherwise. */
static void
test_queries (void)
{
  g_auto (WeirPublishTarget) both = { 0 };
  g_auto (WeirPublishTarget) none = { 0 };

  g_assert_true (weir_publish_target_parse (
      "live?x=%41", "rtmp://h/live?y=1", "a?key=s?t &u", &both, NULL));
  g_assert_cmpstr (both.app_query, ==, "x=%41");
  g_assert_cmpstr (both.name_query, ==, "key=s?t &u");
  g_assert_true (weir_publish_target_parse ("live", NULL, "a", &none, NULL));
  g_assert_cmpstr (none.app_query, ==, "");
  g_assert_cmpstr (none.name_query, ==, "");
}

static void
test_too_long (void)
{
  g_autofree char *text = g_strnfill (WEIR_RTMP_MAX_TARGET_BYTES + 1, 'a');
  g_auto (WeirPublishTarget) target = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (
      weir_publish_target_parse ("live", NULL, text, &target, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  text[WEIR_RTMP_MAX_TARGET_BYTES] = '\0';
  g_assert_true (weir_publish_target_parse ("live", NULL, text, &target, NULL));
}

static void
test_push_urls (void)
{
  static const struct {
    const char *url, *host;
    guint port;
    const char *app, *name, *tc_url;
  } cases[] = {
    { "rtmp://h/live/a", "h", 1935, "live", "a", "rtmp://h/live" },
    { "RTMP://h:99/live/a?k=/x", "h", 99, "live", "a?k=/x",
        "rtmp://h:99/live" },
    { "rtmp://[::1]:99/live/x/a", "::1", 99, "live/x", "a",
        "rtmp://[::1]:99/live/x" },
    { "rtmp://[::1]/live/a", "::1", 1935, "live", "a", "rtmp://[::1]/live" },
  };
  static const char *const bad[] = { "http://h/live/secret", "rtmp://h",
    "rtmp://h/", "rtmp://h/secret", "rtmp:///live/secret",
    "rtmp://h:0/live/secret", "rtmp://h:x/live/secret",
    "rtmp://[::1/live/secret", "rtmp://[::1]x/live/secret", "rtmp://h/live/",
    "" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (WeirRtmpPushUrl) url = { 0 };

    g_assert_true (weir_rtmp_push_url_parse (cases[i].url, &url, NULL));
    g_assert_cmpstr (url.host, ==, cases[i].host);
    g_assert_cmpuint (url.port, ==, cases[i].port);
    g_assert_cmpstr (url.app, ==, cases[i].app);
    g_assert_cmpstr (url.name, ==, cases[i].name);
    g_assert_cmpstr (url.tc_url, ==, cases[i].tc_url);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_auto (WeirRtmpPushUrl) url = { 0 };
    g_autoptr (GError) error = NULL;

    g_assert_false (weir_rtmp_push_url_parse (bad[i], &url, &error));
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
    g_assert_null (strstr (error->message, "secret"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtmp/publish-target/table", test_targets);
  g_test_add_func ("/rtmp/publish-target/queries", test_queries);
  g_test_add_func ("/rtmp/publish-target/too-long", test_too_long);
  g_test_add_func ("/rtmp/publish-target/push-urls", test_push_urls);
  return g_test_run ();
}
