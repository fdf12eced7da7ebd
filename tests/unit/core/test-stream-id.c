/* What SRT callers say in their stream id, and what is meant. */
#include <string.h>

#include "base/error.h"
#include "core/names.h"
#include "core/stream-id.h"

#define RANDOM_IDS 200000
#define ROUND_TRIPS 20000

static void
assert_id (const WeirStreamId *id, const char *app, const char *name,
    const char *secret, const char *publisher)
{
  g_assert_cmpstr (id->app, ==, app);
  g_assert_cmpstr (id->name, ==, name);
  g_assert_cmpstr (id->secret, ==, secret);
  g_assert_cmpstr (id->publisher, ==, publisher);
}

static void
test_forms (void)
{
  static const struct {
    const char *text;
    const char *app, *name, *secret, *publisher, *query;
  } cases[] = {
    /* Access control. */
    { "#!::r=live/a,m=publish,u=joe,s=k", "live", "a", "k", "joe", "" },
    { "#!::m=publish,r=live/a", "live", "a", "", "", "" },
    { "#!::r=live/a,m=publish,t=stream,h=example.org", "live", "a", "", "",
        "" },
    { "#!::r=/live/a,m=publish,s=k", "live", "a", "k", "", "" },
    { "#!::r=live/a?key=k&x=1,m=publish", "live", "a", "k", "", "key=k&x=1" },
    { "#!::r=live/a?key=q,m=publish,s=k", "live", "a", "k", "", "key=q" },
    { "#!::r=live/a,m=publish,s=a=b=", "live", "a", "a=b=", "", "" },
    { "#!::r=live/a,m=publish,s=", "live", "a", "", "", "" },
    { "#!::, r=live/a , m=publish,", "live", "a", "", "", "" },
    { "#!:{r=live/a,m=publish,s=k}", "live", "a", "k", "", "" },
    { "#!{r=live/a,m=publish,s=k}", "live", "a", "k", "", "" },
    /* Blackmagic, and keys of others. */
    { "#!::bmd_uuid=0e1df79f-77e6-465c-b099-29a616e964f7,bmd_name=rdt-wp-003,"
      "r=live/a,m=publish",
        "live", "a", "", "", "" },
    { "#!::bmd_name=Left, row 2,r=live/a,m=publish", "live", "a", "", "", "" },
    { "#!::x=1,x=2,r=live/a,m=publish,rr=no/no,R=no/no", "live", "a", "", "",
        "" },
    { "#!::r=live/a,m=publish,novalue,=,==", "live", "a", "", "", "" },
    /* MediaMTX. */
    { "publish:live/a", "live", "a", "", "", "" },
    { "publish:live/a:joe:k", "live", "a", "k", "joe", "" },
    { "publish:live/a:key=k", "live", "a", "k", "", "key=k" },
    { "publish:live/a:joe:k:x=1", "live", "a", "k", "joe", "x=1" },
    { "publish:live/a:joe:k?key=q", "live", "a", "k", "joe", "key=q" },
    { "publish:live/a?key=k", "live", "a", "k", "", "key=k" },
    { "publish:live/a?key=k:l", "live", "a", "k:l", "", "key=k:l" },
    /* Plain. */
    { "live/a", "live", "a", "", "", "" },
    { "/live/a", "live", "a", "", "", "" },
    { "live/a?key=k", "live", "a", "k", "", "key=k" },
    { "live/a?x=1&key=k&y=2", "live", "a", "k", "", "x=1&key=k&y=2" },
    { "live/a?x=1?key=k", "live", "a", "k", "", "x=1?key=k" },
    { "live/a?k", "live", "a", "k", "", "k" },
    { "live/a?x=1", "live", "a", "", "", "x=1" },
    { "live/a?monkey=1", "live", "a", "", "", "monkey=1" },
    { "live/a?key=k#1", "live", "a", "k#1", "", "key=k#1" },
    { " live/a \r\n", "live", "a", "", "", "" },
    /* StreamToStudio. */
    { "live/a#feedbackplay", "live", "a", "", "", "" },
    { "live/a?key=k#feedbackplay", "live", "a", "k", "", "key=k" },
    { "publish:live/a:joe:k#feedbackplay", "live", "a", "k", "joe", "" },
    { "#!::r=live/a,s=k,m=publish#feedbackplay", "live", "a", "k", "", "" },
    /* Percent-encoded, as a whole or value by value, or not at all. */
    { "%23!::r=live/a,m=publish,s=k", "live", "a", "k", "", "" },
    { "%23%21%3a%3Ar%3Dlive%2Fa%2Cm%3Dpublish%2Cs%3Dk", "live", "a", "k", "",
        "" },
    { "#!::r=live%2Fa,m=publish,s=a%2Cm%3Db", "live", "a", "a,m=b", "", "" },
    { "live%2Fa%3Fkey%3Dk", "live", "a", "k", "", "key=k" },
    { "publish%3Alive%2Fa%3Ajoe%3Ak%20l", "live", "a", "k l", "joe", "" },
    { "live/a%23feedbackplay", "live", "a", "", "", "" },
    { "live/a?key=%2541", "live", "a", "%41", "", "key=%41" },
    { "#!::r=live/a,m=publish,s=%2541", "live", "a", "%41", "", "" },
    { "live/a?key=5%", "live", "a", "5%", "", "key=5%" },
    { "live/a?key=5%x%4", "live", "a", "5%x%4", "", "key=5%x%4" },
    { "#!::r=live/a,m=publish,u=J%C3%BCrgen", "live", "a", "", "J\u00fcrgen",
        "" },
    { "#!::r=live/a,m=publish,u=J\u00fcrgen", "live", "a", "", "J\u00fcrgen",
        "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (WeirStreamId) id = { 0 };
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", cases[i].text);
    g_assert_true (weir_stream_id_parse (
        cases[i].text, strlen (cases[i].text), NULL, &id, &error));
    g_assert_no_error (error);
    assert_id (
        &id, cases[i].app, cases[i].name, cases[i].secret, cases[i].publisher);
    g_assert_cmpstr (id.query, ==, cases[i].query);
  }
}

/* Each with a "SeCrEt" somewhere that no error may repeat. */
static void
test_refusals (void)
{
  static const struct {
    const char *text;
    WeirError code;
    const char *words;
  } cases[] = {
    { "", WEIR_ERROR_PROTOCOL, "is empty" },
    { " \t\r\n", WEIR_ERROR_PROTOCOL, "is empty" },
    { "#!::r=live/a,s=SeCrEt", WEIR_ERROR_DENIED, "asks to receive" },
    { "#!::r=live/a,m=request", WEIR_ERROR_DENIED, "asks to receive" },
    { "#!::r=live/a,m", WEIR_ERROR_DENIED, "asks to receive" },
    { "#!::r=live/a,m=bidirectional", WEIR_ERROR_DENIED, "both directions" },
    { "#!::r=live/a,m=SeCrEt", WEIR_ERROR_PROTOCOL, "three modes" },
    { "#!::r=live/a,m=Publish", WEIR_ERROR_PROTOCOL, "three modes" },
    { "#!::r=live/a,m=", WEIR_ERROR_PROTOCOL, "three modes" },
    { "#!::r=a.ts,m=publish,t=file", WEIR_ERROR_DENIED, "t is not stream" },
    { "#!::r=live/a,m=publish,t=auth", WEIR_ERROR_DENIED, "t is not stream" },
    { "#!::m=publish,s=SeCrEt", WEIR_ERROR_PROTOCOL, "names no resource" },
    { "#!::", WEIR_ERROR_DENIED, "asks to receive" },
    { "#!::r=live/a,m=publish,r=live/SeCrEt", WEIR_ERROR_PROTOCOL,
        "\"r\" stands in it twice" },
    { "#!::r=live/a,m=publish,m=publish", WEIR_ERROR_PROTOCOL,
        "\"m\" stands in it twice" },
    { "#!::r=live/a,m=publish,s=,s=SeCrEt", WEIR_ERROR_PROTOCOL,
        "\"s\" stands in it twice" },
    { "#!:{r=live/a,m=publish,s={x=SeCrEt}}", WEIR_ERROR_PROTOCOL,
        "blocks within blocks" },
    { "#!:{r=live/a,m=publish", WEIR_ERROR_PROTOCOL, "neither" },
    { "#!:{", WEIR_ERROR_PROTOCOL, "neither" },
    { "#!:", WEIR_ERROR_PROTOCOL, "neither" },
    { "#!:r=live/a,m=publish", WEIR_ERROR_PROTOCOL, "neither" },
    { "#!", WEIR_ERROR_PROTOCOL, "unknown syntax" },
    { "#!/bin/SeCrEt", WEIR_ERROR_PROTOCOL, "unknown syntax" },
    { "read:live/a", WEIR_ERROR_DENIED, "asks to receive" },
    { "request:live/a:u:SeCrEt", WEIR_ERROR_DENIED, "asks to receive" },
    { "play:live/a", WEIR_ERROR_PROTOCOL, "not publish" },
    { "publish:", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { ":", WEIR_ERROR_PROTOCOL, "not publish" },
    { "publish:live/a:u:p:q:SeCrEt", WEIR_ERROR_PROTOCOL, "five parts" },
    { "SeCrEt", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "/", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "?key=SeCrEt", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "#feedbackplay", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "live/a/SeCrEt", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "//live/a", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "../SeCrEt", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "live/%2e%2e", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "live/%252e", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "live/J\u00fcrgen", WEIR_ERROR_PROTOCOL, "not APP/NAME" },
    { "live/a?key=\xff", WEIR_ERROR_PROTOCOL, "UTF-8" },
    { "live/a?key=%ff", WEIR_ERROR_PROTOCOL, "UTF-8" },
    { "#!::r=live/a,m=publish,u=%C3,s=%BC", WEIR_ERROR_PROTOCOL, "UTF-8" },
    { "live/a?key=Se\nCrEt", WEIR_ERROR_PROTOCOL, "control character" },
    { "live/a?key=\x7f", WEIR_ERROR_PROTOCOL, "control character" },
    { "live/a?key=\xc2\x85", WEIR_ERROR_PROTOCOL, "control character" },
    { "#!::r=live/a,m=publish,u=%1b[31m", WEIR_ERROR_PROTOCOL,
        "control character" },
    { "live/a?key=%00", WEIR_ERROR_PROTOCOL, "NUL" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    WeirStreamId id = { 0 };
    g_autoptr (GError) error = NULL;

    g_test_message ("%u", i);
    g_assert_false (weir_stream_id_parse (
        cases[i].text, strlen (cases[i].text), NULL, &id, &error));
    g_assert_error (error, WEIR_ERROR, (int) cases[i].code);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, "stream id: "));
    g_assert_nonnull (strstr (error->message, cases[i].words));
    g_assert_null (strstr (error->message, "SeCrEt"));
    g_assert_null (id.app);
  }
}

static void
test_nul (void)
{
  static const char text[] = "live/a\0?key=k";
  WeirStreamId id = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (
      weir_stream_id_parse (text, sizeof text - 1, "live/b", &id, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "NUL"));
}

static void
test_limits (void)
{
  g_autofree char *fill = g_strnfill (WEIR_STREAM_ID_MAX_BYTES, 'k');
  g_autofree char *text = g_strconcat ("live/a?key=", fill, NULL);
  g_autofree char *name = g_strnfill (WEIR_NAME_MAX_LENGTH, 'n');
  g_autofree char *longest = g_strconcat (name, "/", name, NULL);
  g_autofree char *longer = g_strconcat (longest, "n", NULL);
  g_auto (WeirStreamId) id = { 0 };
  g_auto (WeirStreamId) long_names = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (weir_stream_id_parse (
      text, WEIR_STREAM_ID_MAX_BYTES + 1, NULL, &id, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "512"));
  g_clear_error (&error);
  g_assert_true (
      weir_stream_id_parse (text, WEIR_STREAM_ID_MAX_BYTES, NULL, &id, &error));
  g_assert_cmpuint (strlen (id.secret), ==,
      WEIR_STREAM_ID_MAX_BYTES - strlen ("live/a?key="));

  g_assert_true (weir_stream_id_parse (
      longest, strlen (longest), NULL, &long_names, &error));
  g_assert_cmpstr (long_names.app, ==, name);
  g_assert_false (weir_stream_id_parse (
      longer, strlen (longer), NULL, &long_names, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
}

static void
test_fallback (void)
{
  g_auto (WeirStreamId) empty = { 0 };
  g_auto (WeirStreamId) blank = { 0 };
  g_auto (WeirStreamId) said = { 0 };

  g_assert_true (
      weir_stream_id_parse (NULL, 0, "studio/in?key=k", &empty, NULL));
  assert_id (&empty, "studio", "in", "k", "");
  g_assert_true (weir_stream_id_parse (" ", 1, "studio/in", &blank, NULL));
  assert_id (&blank, "studio", "in", "", "");
  g_assert_true (weir_stream_id_parse ("live/a", 6, "studio/in", &said, NULL));
  assert_id (&said, "live", "a", "", "");
  /* Only for those who say nothing, not for those who say it wrongly. */
  g_assert_false (weir_stream_id_parse (
      "live", 4, "studio/in", &(WeirStreamId){ 0 }, NULL));
  g_assert_false (
      weir_stream_id_parse (NULL, 0, "", &(WeirStreamId){ 0 }, NULL));
}

static void
append_random (GString *text)
{
  static const char *const pieces[] = { "#!::", "#!:{", "}", "{", "#!",
    "r=", "m=publish", "m=request", "s=", "u=", "t=stream", ",", "=", ":", "/",
    "?", "&", "key=", "live/a", "live", "publish:", "#feedbackplay", "%2F",
    "%23", "%21", "%3A", "%00", "%", "%0a", "..", ".", " ", "\xc3\xbc",
    "%C3%BC" };
  guint n = (guint) g_test_rand_int_range (0, 10);

  if (g_test_rand_bit ())
    g_string_append (text,
        g_test_rand_bit () ? "#!::r=live/a,m=publish," : "publish:live/a:");
  for (guint i = 0; i < n; i++) {
    if (g_test_rand_int_range (0, 8) == 0)
      g_string_append_c (text, (char) g_test_rand_int_range (0, 256));
    else
      g_string_append (
          text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  }
}

static void
assert_clean (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (; *text != '\0'; text = g_utf8_next_char (text))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (text)));
}

/* Whatever comes: an error and nothing else, or names within the rules. */
static void
test_anything (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint taken = 0;

  for (guint i = 0; i < RANDOM_IDS; i++) {
    g_auto (WeirStreamId) id = { 0 };
    g_autoptr (GError) error = NULL;

    g_string_truncate (text, 0);
    append_random (text);
    if (!weir_stream_id_parse (text->str, text->len, NULL, &id, &error)) {
      g_assert_nonnull (error);
      g_assert_null (id.app);
      continue;
    }
    taken++;
    g_assert_no_error (error);
    g_assert_true (weir_name_is_valid (id.app));
    g_assert_true (weir_name_is_valid (id.name));
    assert_clean (id.secret);
    assert_clean (id.publisher);
    assert_clean (id.query);
  }
  g_test_message ("%u of %u taken", taken, RANDOM_IDS);
  g_assert_cmpuint (taken, >, RANDOM_IDS / 100);
}

static char *
dup_random_text (const char *letters)
{
  gsize n = (gsize) g_test_rand_int_range (1, 20);
  char *text = g_malloc (n + 1);

  for (gsize i = 0; i < n; i++)
    text[i] = letters[g_test_rand_int_range (0, (gint32) strlen (letters))];
  text[n] = '\0';
  return text;
}

/* What an encoder that encodes writes is what is read, however it does it. */
static void
test_round_trips (void)
{
  static const char any[] = "abcXYZ019 -_.~!\"#$%&'()*+,/:;<=>?@[]^`{|}";

  for (guint i = 0; i < ROUND_TRIPS; i++) {
    g_autofree char *app = dup_random_text ("abYZ_");
    g_autofree char *name = dup_random_text ("cdEF019_-");
    g_autofree char *secret = dup_random_text (any);
    g_autofree char *user = dup_random_text (any);
    g_autofree char *path = g_strconcat (app, "/", name, NULL);
    g_autofree char *e_path = g_uri_escape_string (path, NULL, FALSE);
    g_autofree char *e_secret = g_uri_escape_string (secret, NULL, FALSE);
    g_autofree char *e_user = g_uri_escape_string (user, NULL, FALSE);
    g_autofree char *by_value = g_strdup_printf ("#!::u=%s,m=publish,s=%s,r=%s",
        e_user, e_secret, i % 2 ? path : e_path);
    g_autofree char *plain = g_strdup_printf ("#!::r=%s,m=publish", path);
    g_autofree char *whole = g_uri_escape_string (plain, NULL, FALSE);
    g_auto (WeirStreamId) one = { 0 };
    g_auto (WeirStreamId) two = { 0 };

    g_assert_true (
        weir_stream_id_parse (by_value, strlen (by_value), NULL, &one, NULL));
    assert_id (&one, app, name, secret, user);
    g_assert_true (
        weir_stream_id_parse (whole, strlen (whole), NULL, &two, NULL));
    assert_id (&two, app, name, "", "");
  }
}

/* As a hook reads it. */
static void
test_hook_query (void)
{
  static const struct {
    const char *query, *secret, *publisher, *want;
  } cases[] = {
    { "", "", "", "" },
    { "", "a b&c", "ann", "key=a%20b%26c&user=ann" },
    { "key=s", "s", "", "key=s" },
    { "s", "s", "", "key=s" },
    /* A secret that is part of something else. */
    { "region=east", "east", "", "region=east&key=east" },
    { "user=anna", "", "ann", "user=ann" },
    { "user=anna", "k", "", "user=anna&key=k" },
    /* One that stood elsewhere is the one that was judged. */
    { "key=other&x=1", "s", "", "x=1&key=s" },
    { "x=1?key=s&&y", "s", "", "x=1&y&key=s" },
    /* Whatever a hook may read as it. */
    { "KEY=a&%6bey=b&key&key[]=c& k=1&[Key]=d&%20key=e", "s", "",
        " k=1&key=s" },
    { "USER=a&us%65r=b&monkey=c", "s", "ann", "monkey=c&key=s&user=ann" },
    { "key=s&key=s", "s", "", "key=s" },
    /* And nothing of the secret ends it or begins another. */
    { "", "a=b&user=eve;#%20\303\244?", "ann",
        "key=a%3Db%26user%3Deve%3B%23%2520%C3%A4%3F&user=ann" },
    { "token", "s", "", "key=s" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *got = weir_stream_id_hook_query (
        cases[i].query, cases[i].secret, cases[i].publisher);

    g_assert_cmpstr (got, ==, cases[i].want);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/stream-id/forms", test_forms);
  g_test_add_func ("/core/stream-id/refusals", test_refusals);
  g_test_add_func ("/core/stream-id/nul", test_nul);
  g_test_add_func ("/core/stream-id/limits", test_limits);
  g_test_add_func ("/core/stream-id/fallback", test_fallback);
  g_test_add_func ("/core/stream-id/hook-query", test_hook_query);
  g_test_add_func ("/core/stream-id/anything", test_anything);
  g_test_add_func ("/core/stream-id/round-trips", test_round_trips);
  return g_test_run ();
}
