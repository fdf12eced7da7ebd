/* Tests programs/srt/rules.c and version.c. */
#include "programs/srt/rules.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "programs/srt/version.h"

static void
put (WeirSrtRules *rules, WeirSrtRuleKind kind, guint flags, guint code,
    const char *key, const char *path, const char *passphrase)
{
  guint8 hash[WEIR_SRT_SECRET_HASH_BYTES];
  g_autoptr (GError) error = NULL;
  WeirSrtRule rule = { (guint8) kind, (guint8) flags, (guint16) code, key,
    strlen (key), path, strlen (path), passphrase, strlen (passphrase), 16 };

  if (kind == WEIR_SRT_RULE_KEY) {
    crypto_generichash (
        hash, sizeof hash, (const guint8 *) key, strlen (key), NULL, 0);
    rule.key = (const char *) hash;
    rule.key_size = sizeof hash;
  }
  g_assert_true (weir_srt_rules_put (rules, &rule, &error));
  g_assert_no_error (error);
}

static WeirSrtVerdict
judge (WeirSrtRules *rules, const char *address, const char *stream_id)
{
  g_auto (WeirStreamId) id = { 0 };
  g_autoptr (GError) error = NULL;
  WeirSrtVerdict verdict;

  g_assert_true (
      weir_stream_id_parse (stream_id, strlen (stream_id), NULL, &id, &error));
  weir_srt_rules_judge (rules, address, &id, &verdict);
  return verdict;
}

#define HERE "192.0.2.1"
#define assert_code(rules, address, id, expected)                              \
  g_assert_cmpuint (judge (rules, address, id).code, ==, expected)

static void
test_codes (void)
{
  WeirSrtRules *rules = weir_srt_rules_new ();

  assert_code (rules, HERE, "live/x", 0);
  put (rules, WEIR_SRT_RULE_NAME, 0, 1403, "live/x", "", "");
  put (rules, WEIR_SRT_RULE_APP, 0, 1404, "gone", "", "");
  put (rules, WEIR_SRT_RULE_ADDRESS, 0, 1423, HERE, "", "");
  assert_code (rules, HERE, "live/x", 1423);
  assert_code (rules, "192.0.2.2", "live/x", 1403);
  assert_code (rules, "192.0.2.2", "live/y", 0);
  assert_code (rules, "192.0.2.2", "gone/y", 1404);
  put (rules, WEIR_SRT_RULE_ADDRESS, WEIR_SRT_RULE_REMOVE, 0, HERE, "", "");
  assert_code (rules, HERE, "live/x", 1403);
  put (rules, WEIR_SRT_RULE_ALL, 0, 1503, "", "", "");
  assert_code (rules, HERE, "live/x", 1503);
  weir_srt_rules_free (rules);
}

/* A wrong secret and a name that nobody has get the same answer. */
static void
test_keys (void)
{
  WeirSrtRules *rules = weir_srt_rules_new ();

  put (rules, WEIR_SRT_RULE_ALL, WEIR_SRT_RULE_CHECK_KEYS, 0, "", "", "");
  put (rules, WEIR_SRT_RULE_APP, 0, 0, "open", "", "");
  put (rules, WEIR_SRT_RULE_KEY, 0, 0, "secret", "live/x", "");
  put (rules, WEIR_SRT_RULE_NAME, 0, 1403, "live/barred", "", "");
  put (rules, WEIR_SRT_RULE_KEY, 0, 0, "its", "live/barred", "");
  assert_code (rules, HERE, "live/x?key=secret", 0);
  assert_code (rules, HERE, "live/x?key=wrong", 1401);
  assert_code (rules, HERE, "live/y?key=secret", 1401);
  assert_code (rules, HERE, "other/x?key=secret", 1401);
  assert_code (rules, HERE, "live/x", 1401);
  assert_code (rules, HERE, "open/x", 0);
  assert_code (rules, HERE, "live/secret", 0); /* a bare secret */
  assert_code (rules, HERE, "open2/secret", 1401);
  /* Who has no key does not learn of bars either. */
  assert_code (rules, HERE, "live/barred?key=no", 1401);
  assert_code (rules, HERE, "live/barred?key=its", 1403);
  assert_code (rules, HERE, "live/its", 1403);
  /* And which bar it was is said of a name, never of what may be a secret. */
  g_assert_cmpstr (judge (rules, HERE, "live/its").barred, ==, "live/barred");
  g_assert_cmpstr (
      judge (rules, HERE, "live/barred?key=its").barred, ==, "live/barred");
  g_assert_cmpstr (judge (rules, HERE, "live/barred?key=no").barred, ==, "");
  g_assert_cmpstr (judge (rules, HERE, "live/secret").barred, ==, "");
  put (rules, WEIR_SRT_RULE_KEY, WEIR_SRT_RULE_REMOVE, 0, "secret", "", "");
  assert_code (rules, HERE, "live/x?key=secret", 1401);
  weir_srt_rules_free (rules);
}

static void
test_passphrases (void)
{
  WeirSrtRules *rules = weir_srt_rules_new ();

  g_assert_cmpstr (judge (rules, HERE, "live/x").passphrase, ==, "");
  put (rules, WEIR_SRT_RULE_ALL, 0, 0, "", "", "of everybody");
  put (rules, WEIR_SRT_RULE_APP, 0, 0, "live", "", "of the application");
  put (rules, WEIR_SRT_RULE_KEY, 0, 0, "secret", "live/x", "of the key");
  put (rules, WEIR_SRT_RULE_NAME, 0, 0, "live/n", "", "of the name");
  g_assert_cmpstr (judge (rules, HERE, "a/b").passphrase, ==, "of everybody");
  g_assert_cmpstr (
      judge (rules, HERE, "live/y").passphrase, ==, "of the application");
  g_assert_cmpstr (
      judge (rules, HERE, "live/x?key=secret").passphrase, ==, "of the key");
  g_assert_cmpstr (judge (rules, HERE, "live/n").passphrase, ==, "of the name");
  g_assert_cmpuint (weir_srt_rules_get_key_length (rules), ==, 16);
  weir_srt_rules_free (rules);
}

static void
assert_refused (const WeirSrtRule *rule, int code, const char *text)
{
  WeirSrtRules *rules = weir_srt_rules_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (weir_srt_rules_put (rules, rule, &error));
  g_assert_error (error, WEIR_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
  weir_srt_rules_free (rules);
}

static void
test_impossible (void)
{
  assert_refused (
      &(WeirSrtRule){
          .kind = WEIR_SRT_RULE_KEY, .key = "short", .key_size = 5 },
      WEIR_ERROR_PROTOCOL, "rule: the key of KEY is no hash");
  assert_refused (&(WeirSrtRule){ .passphrase = "short", .passphrase_size = 5 },
      WEIR_ERROR_PROTOCOL, "rule: the passphrase is too short");
  assert_refused (&(WeirSrtRule){ .key_length = 20 }, WEIR_ERROR_PROTOCOL,
      "rule: the key length is none");
}

static void
test_limit (void)
{
  WeirSrtRules *rules = weir_srt_rules_new ();
  g_autoptr (GError) error = NULL;
  guint8 key[4];
  WeirSrtRule rule = {
    .kind = WEIR_SRT_RULE_NAME, .key = (char *) key, .key_size = sizeof key
  };

  for (guint i = 0; i < WEIR_SRT_MAX_RULES; i++) {
    memcpy (key, &i, sizeof i);
    g_assert_true (weir_srt_rules_put (rules, &rule, NULL));
  }
  /* One that is there may change. */
  g_assert_true (weir_srt_rules_put (rules, &rule, NULL));
  key[3] = 0xff;
  g_assert_false (weir_srt_rules_put (rules, &rule, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  weir_srt_rules_free (rules);
}

static void
test_version (void)
{
  const struct {
    guint32 runtime;
    const char *package;
    gboolean safe;
  } cases[] = {
    { 0x010501, "1.5.1-1+deb12u2", TRUE },
    { 0x010501, "1.5.1-1+deb12u10", TRUE },
    { 0x010501, "1.5.1-1+deb12u1", FALSE },
    { 0x010501, "1.5.1-1", FALSE },
    { 0x010501, NULL, TRUE }, /* another's package, or one's own build */
    { 0x010500, NULL, FALSE },
    { 0x010403, "1.4.3-1", FALSE },
    { 0x010505, "1.5.5-1", TRUE },
  };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (
        weir_srt_version_check (cases[i].runtime, cases[i].package, NULL), ==,
        cases[i].safe);
  weir_srt_version_check (0x010501, "1.5.1-1+deb12u1", &error);
  g_assert_cmpstr (error->message, ==,
      "libsrt 1.5.1 (1.5.1-1+deb12u1) has known holes; at least "
      "libsrt1.5-gnutls 1.5.1-1+deb12u2 or libsrt 1.5.5 is needed");
}

static void
test_version_find (void)
{
  const char *status = "Package: xlibsrt\nVersion: 9\n\n"
                       "Package: libsrt\nStatus: install ok installed\n"
                       "Version: 1.5.1-1+deb12u2\nDepends: x\n\n"
                       "Package: broken\nStatus: none\n\n"
                       "Package: last\nVersion: 3";
  g_autofree char *found = weir_srt_version_find (status, "libsrt");
  g_autofree char *broken = weir_srt_version_find (status, "broken");
  g_autofree char *last = weir_srt_version_find (status, "last");

  g_assert_cmpstr (found, ==, "1.5.1-1+deb12u2");
  g_assert_null (broken);
  g_assert_cmpstr (last, ==, "3");
  g_assert_null (weir_srt_version_find (status, "srt"));
  g_assert_null (weir_srt_version_find ("", "srt"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (sodium_init (), >=, 0);
  g_test_add_func ("/srt/rules/codes", test_codes);
  g_test_add_func ("/srt/rules/keys", test_keys);
  g_test_add_func ("/srt/rules/passphrases", test_passphrases);
  g_test_add_func ("/srt/rules/impossible", test_impossible);
  g_test_add_func ("/srt/rules/limit", test_limit);
  g_test_add_func ("/srt/version/check", test_version);
  g_test_add_func ("/srt/version/find", test_version_find);
  return g_test_run ();
}
