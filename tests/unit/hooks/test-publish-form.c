/* The form of nginx-rtmp's on_publish, its answers, and arguments that want
 * to be fields. */
#include "hooks/publish-form.h"

#include <string.h>

static char *
form_of (const WeirPublishRequest *request, const char *peer)
{
  WeirPublisher publisher = { .peer = (char *) peer, .number = 17 };

  return weir_publish_form (request, &publisher);
}

static void
test_fields (void)
{
  WeirPublishRequest request = { .app = "live",
    .name = "cam 1&x=\xc3\xa4\xff",
    .secret = "s",
    .app_query = "token=abc",
    .name_query = "key=s&user=u",
    .tc_url = "rtmp://h:1935/live?token=abc",
    .flash_ver = "FMLE/3.0 (compatible)",
    .swf_url = "rtmp://h/live" };
  g_autofree char *form = form_of (&request, "192.0.2.1:5000");

  g_assert_cmpstr (form, ==,
      "app=live&flashver=FMLE%2F3.0%20%28compatible%29"
      "&swfurl=rtmp%3A%2F%2Fh%2Flive"
      "&tcurl=rtmp%3A%2F%2Fh%3A1935%2Flive%3Ftoken%3Dabc&pageurl="
      "&addr=192.0.2.1&clientid=17"
      "&call=publish&name=cam%201%26x%3D%C3%A4%FF&type=live&token=abc"
      "&key=s&user=u");
}

static void
test_address (void)
{
  static const char *const table[][2] = {
    { "192.0.2.1:5000", "&addr=192.0.2.1&" },
    { "[2001:db8::1]:5000", "&addr=2001%3Adb8%3A%3A1&" },
    { "unknown", "&addr=unknown&" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    WeirPublishRequest request = { .app = "a", .name = "b", .secret = "" };
    g_autofree char *form = form_of (&request, table[i][0]);

    g_assert_nonnull (strstr (form, table[i][1]));
  }
}

static void
test_arguments (void)
{
  static const struct {
    const char *query, *sent; /* what follows type=live */
  } table[] = {
    { NULL, "" },
    { "", "" },
    { "secret", "&secret" },
    { "a=1&b=2", "&a=1&b=2" },
    { "&&a=1&&", "&a=1" },
    /* Not encoded by publishers, and not by us where nothing is hurt. */
    { "key=a+b/c==", "&key=a+b/c==" },
    { "key=%41%zz", "&key=%41%zz" },
    { "key=a?b", "&key=a?b" },
    { "key=\xc3\xa4 \r\n\"", "&key=%C3%A4%20%0D%0A%22" },
    /* Two fields for some, so none. */
    { "x=1;name=victim", "&x=1%3Bname=victim" },
    /* A second value of a field of ours. */
    { "name=victim&key=s", "&key=s" },
    { "key=s&name=victim", "&key=s" },
    { "name", "" },
    { "name=", "" },
    { "NAME=x&Name=y", "" },
    { "n%61me=x", "" },
    { "%6Eame=x", "" },
    { "+name=x", "" },
    { "%20%09name=x", "" },
    { "name[]=x&name%5b0%5d=y", "" },
    { "[name]=x&[[name]]=y&]name=z&name]=w", "" },
    { "%5bname%5D=x&%20[+name[a]=y", "" },
    { "name%00y=x", "" },
    { "app=a&flashver=b&swfurl=c&tcurl=d&pageurl=e&addr=f&clientid=g&call=h"
      "&type=i",
        "" },
    /* Others are not ours. */
    { "names=x&nam=y&na%6=z", "&names=x&nam=y&na%6=z" },
    { "x=name=y", "&x=name=y" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    WeirPublishRequest of_name = {
      .app = "a", .name = "b", .secret = "", .name_query = table[i].query
    };
    WeirPublishRequest of_app = {
      .app = "a", .name = "b", .secret = "", .app_query = table[i].query
    };
    g_autofree char *form = form_of (&of_name, "1.2.3.4:5");
    g_autofree char *same = form_of (&of_app, "1.2.3.4:5");

    g_test_message ("%s", table[i].query);
    g_assert_cmpstr (
        strstr (form, "&type=live") + strlen ("&type=live"), ==, table[i].sent);
    g_assert_cmpstr (same, ==, form);
  }
}

static void
test_answers (void)
{
  static const struct {
    guint status;
    const char *location;
    WeirAuthVerdict verdict;
    const char *name;
  } table[] = {
    { 200, NULL, WEIR_AUTH_ALLOW, NULL },
    { 204, NULL, WEIR_AUTH_ALLOW, NULL },
    { 201, "ignored", WEIR_AUTH_ALLOW, NULL },
    { 302, "other", WEIR_AUTH_ALLOW, "other" },
    { 301, "other", WEIR_AUTH_ALLOW, "other" },
    { 307, "n%41me", WEIR_AUTH_ALLOW, "nAme" },
    { 302, "../x", WEIR_AUTH_ALLOW, "../x" }, /* the caller looks at it */
    { 302, NULL, WEIR_AUTH_ALLOW, NULL },
    { 302, "", WEIR_AUTH_ALLOW, NULL },
    { 302, "rtmp://h/live/x", WEIR_AUTH_UNUSABLE, NULL },
    { 302, "http://h/x", WEIR_AUTH_UNUSABLE, NULL },
    { 302, "n%zz", WEIR_AUTH_UNUSABLE, NULL },
    { 302, "n%00x", WEIR_AUTH_UNUSABLE, NULL },
    { 400, NULL, WEIR_AUTH_REFUSE, NULL },
    { 403, "x", WEIR_AUTH_REFUSE, NULL },
    { 499, NULL, WEIR_AUTH_REFUSE, NULL },
    { 500, NULL, WEIR_AUTH_NO_WORD, NULL },
    { 503, "x", WEIR_AUTH_NO_WORD, NULL },
    { 600, NULL, WEIR_AUTH_NO_WORD, NULL },
    { 101, NULL, WEIR_AUTH_NO_WORD, NULL },
    { 0, NULL, WEIR_AUTH_NO_WORD, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    char *name = NULL;

    g_test_message ("%u %s", table[i].status, table[i].location);
    g_assert_cmpint (weir_publish_form_read_answer (
                         table[i].status, table[i].location, &name),
        ==, table[i].verdict);
    g_assert_cmpstr (name, ==, table[i].name);
    g_free (name);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/publish-form/fields", test_fields);
  g_test_add_func ("/publish-form/address", test_address);
  g_test_add_func ("/publish-form/arguments", test_arguments);
  g_test_add_func ("/publish-form/answers", test_answers);
  return g_test_run ();
}
