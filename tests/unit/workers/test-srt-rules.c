/* Rules follow keys, bars, lock-outs and settings. */
#include "control/admission.h"
#include "control/bars.h"
#include "control/fixture.h"
#include "control/keys.h"
#include "control/secret.h"
#include "workers/srt-rules.h"

#include <string.h>

/* What a process would know: "KIND KEY" to words. */
typedef struct {
  Fixture f;
  GHashTable *known;
  WeirSrtRules *rules;
} Set;

static guint told; /* rules, in all */

static char *
name_of_hash (const void *hash)
{
  guint64 head;

  memcpy (&head, hash, sizeof head);
  return g_strdup_printf ("key %016" G_GINT64_MODIFIER "x", head);
}

static char *
name_of (const WeirSrtRule *rule)
{
  static const char *const kinds[] = { "all", "app", "name", "key", "address" };
  g_autofree char *key = g_strndup (rule->key, rule->key_size);

  if (rule->kind == WEIR_SRT_RULE_KEY)
    return name_of_hash (rule->key);
  return g_strdup_printf ("%s %s", kinds[rule->kind], key);
}

static void
learn (const WeirWireMessage *message, gpointer data)
{
  const WeirSrtRule *rule = &message->srt_rule;
  g_autofree char *name = name_of (rule);
  g_autofree char *path = g_strndup (rule->path, rule->path_size);
  g_autofree char *passphrase =
      g_strndup (rule->passphrase, rule->passphrase_size);

  g_assert_cmpint (message->type, ==, WEIR_WIRE_SRT_RULE);
  told++;
  if (rule->flags & WEIR_SRT_RULE_REMOVE) {
    g_hash_table_remove (data, name);
    return;
  }
  g_hash_table_insert (data, g_steal_pointer (&name),
      g_strdup_printf ("%s%u %s %s %u",
          rule->flags & WEIR_SRT_RULE_CHECK_KEYS ? "keys " : "", rule->code,
          path, passphrase, rule->key_length));
}

static void
assert_known (Set *set, const char *name, const char *words)
{
  g_assert_cmpstr (g_hash_table_lookup (set->known, name), ==, words);
}

static char *
key_name (const char *secret)
{
  guint8 hash[WEIR_SECRET_HASH_BYTES];

  weir_secret_hash (secret, hash);
  return name_of_hash (hash);
}

static void
add_key (Set *set, const char *id, const char *app, const char *name,
    const char *publisher)
{
  WeirKey *key = g_new0 (WeirKey, 1);

  key->id = g_strdup (id);
  key->app = g_strdup (app);
  key->name = g_strdup (name);
  key->publisher = g_strdup (publisher);
  weir_secret_hash (id, key->hash);
  weir_keys_put (set->f.control.keys, key);
}

static void
add_bar (Set *set, const char *id, const char *stream, const char *publisher)
{
  WeirBar *bar = g_new0 (WeirBar, 1);

  bar->id = g_strdup (id);
  bar->stream = g_strdup (stream);
  bar->publisher = g_strdup (publisher);
  bar->reason = g_strdup ("");
  bar->case_id = g_strdup ("");
  bar->by = g_strdup ("");
  weir_bars_put (set->f.control.bars, bar);
}

static void
set_up (Set *set, gconstpointer settings)
{
  fixture_set_up (&set->f, settings);
  set->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  set->rules = weir_srt_rules_new (&set->f.control, learn, set->known);
  weir_srt_rules_tell_all (set->rules, learn, set->known);
}

/* Who is told everything now knows what those who listened know. */
static void
tear_down (Set *set, gconstpointer settings)
{
  g_autoptr (GHashTable) fresh =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, words;

  weir_srt_rules_tell_all (set->rules, learn, fresh);
  g_hash_table_iter_init (&iter, fresh);
  while (g_hash_table_iter_next (&iter, &name, &words))
    assert_known (set, name, words);
  g_assert_cmpuint (
      g_hash_table_size (fresh), ==, g_hash_table_size (set->known));
  weir_srt_rules_free (set->rules);
  g_hash_table_unref (set->known);
  fixture_tear_down (&set->f, settings);
}

#define KEYS "[rtmp]\nlockout_failures = 2\nlockout_ms = 300\n"
#define APPS                                                                   \
  "[srt]\npassphrase = for everybody\nkey_bits = 256\n[app open]\nrtmp_auth "  \
  "= none\n"                                                                   \
  "[app game]\nsrt_passphrase = for the game\n"                                \
  "[publisher bob]\nsrt_passphrase = bob's own one\n"                          \
  "[publisher eve]\napp = open\nsrt_passphrase = eve's own one\n"

static void
test_keys_and_bars (Set *set, gconstpointer data)
{
  g_autofree char *one = key_name ("one");
  g_autofree char *two = key_name ("two");

  assert_known (set, "all ", "keys 0   16");
  add_key (set, "one", "live", "a", "bob");
  add_key (set, "two", "live", "b", "joe");
  assert_known (set, one, "0 live/a  16");
  add_bar (set, "1", "live/c", "bob");
  assert_known (set, "name live/c", "1403   16");
  assert_known (set, one, "1403 live/a  16");
  assert_known (set, two, "0 live/b  16");
  add_bar (set, "2", "live/c", "");
  weir_bars_remove (set->f.control.bars, "1");
  assert_known (set, "name live/c", "1403   16");
  assert_known (set, one, "0 live/a  16");
  weir_bars_remove (set->f.control.bars, "2");
  assert_known (set, "name live/c", NULL);
  weir_keys_remove (set->f.control.keys, "one");
  assert_known (set, one, NULL);
  add_bar (set, "3", "live/b", "eve");
  add_bar (set, "4", "live/d", "joe");
  weir_bars_remove (set->f.control.bars, "4");
  assert_known (set, two, "0 live/b  16");
}

static gboolean
is_forgotten (gpointer data)
{
  Set *set = data;

  return g_hash_table_lookup (set->known, "address 192.0.2.1") == NULL;
}

static void
test_locked_out (Set *set, gconstpointer data)
{
  weir_admission_note_refusal (set->f.control.admission, "live", "192.0.2.1",
      WEIR_ADMISSION_WRONG_KEY, 2);
  assert_known (set, "address 192.0.2.1", "1401   0");
  fixture_wait (set->f.loop, is_forgotten, set);
}

static void
test_passphrases (Set *set, gconstpointer data)
{
  g_autofree char *one = key_name ("one");

  assert_known (set, "all ", "keys 0  for everybody 32");
  assert_known (set, "app open", "0  for everybody 32");
  assert_known (set, "app game", "keys 0  for the game 32");
  assert_known (set, "name open/eve", "0  eve's own one 32");
  assert_known (set, "name game/bob", NULL);
  add_key (set, "one", "game", "x", "bob");
  assert_known (set, one, "0 game/x bob's own one 32");
  /* Where somebody gets in without a key, nobody is locked out by address. */
  weir_admission_note_refusal (set->f.control.admission, "live", "192.0.2.1",
      WEIR_ADMISSION_WRONG_KEY, 1000);
  assert_known (set, "address 192.0.2.1", NULL);
}

static void
test_reload (Set *set, gconstpointer data)
{
  static const char text[] = "[app other]\nrtmp_auth = hook\n";
  WeirSettings *old = set->f.control.settings;

  set->f.control.settings =
      weir_settings_parse ("x", text, strlen (text), NULL);
  weir_srt_rules_reload (set->rules, old);
  assert_known (set, "all ", "keys 0   16");
  assert_known (set, "app game", NULL);
  assert_known (set, "app other", "0   16");
  assert_known (set, "name open/eve", NULL);
  weir_settings_free (old);
}

static void
test_shut_down (Set *set, gconstpointer data)
{
  weir_srt_rules_shut_down (set->rules);
  assert_known (set, "all ", "keys 1503   16");
}

/* With ten thousand of each a change is still that of one. */
static void
test_many (Set *set, gconstpointer data)
{
  const guint n = 10000;
  gint64 began_us = g_get_monotonic_time ();
  g_autoptr (GHashTable) fresh =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < n; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);
    g_autofree char *stream = g_strdup_printf ("live/x%u", i);

    told = 0;
    add_key (set, text, "live", text, text);
    g_assert_cmpuint (told, ==, 1);
    add_bar (set, text, stream, text);
    g_assert_cmpuint (told, ==, 3);
  }
  g_test_message ("%u keys and bars, one by one: %" G_GINT64_FORMAT " ms", n,
      (g_get_monotonic_time () - began_us) / 1000);
  began_us = g_get_monotonic_time ();
  told = 0;
  weir_srt_rules_tell_all (set->rules, learn, fresh);
  g_assert_cmpuint (told, ==, 2 * n + 1);
  g_test_message ("all at once: %" G_GINT64_FORMAT " ms",
      (g_get_monotonic_time () - began_us) / 1000);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    const char *settings;
    void (*func) (Set *set, gconstpointer data);
  } tests[] = {
    { "/srt-rules/keys-and-bars", KEYS, test_keys_and_bars },
    { "/srt-rules/many", KEYS, test_many },
    { "/srt-rules/locked-out", KEYS, test_locked_out },
    { "/srt-rules/passphrases", APPS, test_passphrases },
    { "/srt-rules/reload", APPS, test_reload },
    { "/srt-rules/shut-down", KEYS, test_shut_down },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Set, tests[i].settings, set_up, tests[i].func,
        tear_down);
  return g_test_run ();
}
