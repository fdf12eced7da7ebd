/* Values as text for people, and JSON that stays the same value. */
#include "programs/ctl/text.h"

static void
test_duration (void)
{
  static const struct {
    gint64 ms;
    const char *text;
  } table[] = {
    { 0, "0 ms" },
    { 999, "999 ms" },
    { -999, "999 ms" },
    { 1000, "1.0 s" },
    { 59999, "59.9 s" },
    { 60000, "1 min 0 s" },
    { 3599999, "59 min 59 s" },
    { 3600000, "1 h 0 min" },
    { 86399999, "23 h 59 min" },
    { 86400000 * 12 + 3600000 * 4, "12 d 4 h" },
    { G_MAXINT64, "106751991167 d 7 h" },
    { G_MININT64, "106751991167 d 7 h" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *text = weir_ctl_text_duration (table[i].ms);

    g_assert_cmpstr (text, ==, table[i].text);
  }
}

static void
test_time (void)
{
  g_autofree char *some = weir_ctl_text_time (1714564800999);
  g_autofree char *none = weir_ctl_text_time (0);
  g_autofree char *before = weir_ctl_text_time (-1);
  g_autofree char *never = weir_ctl_text_time (G_MAXINT64);

  g_assert_cmpstr (some, ==, "2024-05-01 12:00:00Z");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (before, ==, "");
  g_assert_cmpstr (never, ==, "");
}

static void
test_json_safe (void)
{
  static const struct {
    const char *json, *safe;
  } table[] = {
    { "{\"a\": 0.1,\n\"b\":\"ü日\"}", "{\"a\": 0.1,\n\"b\":\"ü日\"}" },
    { "[\"\x7f\"]", "[\"\\u007f\"]" },
    { "[\"\xc2\x9b"
      "2J\"]",
        "[\"\\u009b2J\"]" },
    { "[\"\xe2\x80\xae\"]", "[\"\\u202e\"]" },
    { "[\"\xf3\xa0\x80\x81\"]", "[\"\\udb40\\udc01\"]" },
    { "[1,\r\t2]", "[1,  2]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *safe = weir_ctl_text_json_safe (table[i].json);
    json_auto_t *before = json_loads (table[i].json, 0, NULL);
    json_auto_t *after = json_loads (safe, 0, NULL);

    g_assert_cmpstr (safe, ==, table[i].safe);
    g_assert_nonnull (before);
    g_assert_true (json_equal (before, after));
  }
}

static void
test_members (void)
{
  json_auto_t *object = json_pack ("{s:s, s:i, s:f, s:n}", "text", "abc",
      "count", 7, "part", 0.5, "nothing");

  g_assert_cmpstr (weir_ctl_text_string (object, "text"), ==, "abc");
  g_assert_cmpstr (weir_ctl_text_string (object, "count"), ==, "");
  g_assert_cmpstr (weir_ctl_text_string (object, "nothing"), ==, "");
  g_assert_cmpstr (weir_ctl_text_string (object, "missing"), ==, "");
  g_assert_cmpstr (weir_ctl_text_string (NULL, "text"), ==, "");
  g_assert_cmpint (weir_ctl_text_int (object, "count"), ==, 7);
  g_assert_cmpint (weir_ctl_text_int (object, "text"), ==, 0);
  g_assert_cmpint (weir_ctl_text_int (NULL, "count"), ==, 0);
  g_assert_cmpfloat (weir_ctl_text_number (object, "part"), ==, 0.5);
  g_assert_cmpfloat (weir_ctl_text_number (object, "count"), ==, 7);
  g_assert_cmpfloat (weir_ctl_text_number (object, "missing"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/text/duration", test_duration);
  g_test_add_func ("/ctl/text/time", test_time);
  g_test_add_func ("/ctl/text/json-safe", test_json_safe);
  g_test_add_func ("/ctl/text/members", test_members);
  return g_test_run ();
}
