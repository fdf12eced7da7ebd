/* The table of rules: what is refused, in which words, and which rules speak
 * for what. */
#include "base/error.h"
#include "core/policy.h"

#include <string.h>

static WeirPolicy *
make (const char *text, GError **error)
{
  g_autofree char *all = g_strconcat (
      "[bank a]\nfile=a\n[bank b]\nfile=b\n[scorer s]\nmodel=s\n", text, NULL);
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("weir.conf", all, strlen (all), error);

  return settings != NULL ? weir_policy_new (settings, NULL, error) : NULL;
}

static void
test_refused (void)
{
  static const struct {
    const char *text;
    const char *words;
  } table[] = {
    { "[policy x]\nscore = 3\n", "[policy x] score: unknown key" },
    { "[policy x]\nthreshold = 0.3\n",
        "[policy x] threshold: means nothing without a scorer; banks have a "
        "radius" },
    { "[policy x]\nscorer = s\nthreshold = 1.1\n",
        "[policy x] threshold: \"1.1\" is out of range: 0.001 to 1" },
    { "[policy x]\nscorer = s\nthreshold = nan\n",
        "[policy x] threshold: \"nan\" is out of range: 0.001 to 1" },
    { "[policy x]\nscorer = s\nradius = 3\n",
        "[policy x] radius: means nothing for a scorer" },
    { "[policy x]\nscorer = s\nmin_quality = 3\n",
        "[policy x] min_quality: means nothing for a scorer" },
    { "[policy x]\nscorer = s\nbank = a\n",
        "[policy x] scorer: it is about bank a already: make two policies" },
    { "[policy x]\nscorer = a\n", "[policy x] scorer: there is no [scorer a]" },
    { "[policy x]\nbank = s\n", "[policy x] bank: there is no [bank s]" },
    { "[policy y]\nscorer = s\nthreshold = 0.5\naction = hold\n"
      "[policy x]\nscorer = s\nthreshold = 0.6\n",
        "[policy x] action: it never counts: whatever it finds, [policy y] "
        "finds too and does hold" },
    { "[policy x]\nradius = 64\n", "[policy x] radius: 64 is out of range" },
    { "[policy x]\nhits = 0\n", "[policy x] hits: 0 is out of range" },
    { "[policy x]\naction = kill\n",
        "[policy x] action: \"kill\" is none of note|case|hold|cut" },
    { "[policy x]\nbank = c\n", "[policy x] bank: there is no [bank c]" },
    { "[policy x]\nhits = 3\nof = 2\n",
        "[policy x] hits: 3 pictures can't be found among 2 (of)" },
    { "[policy x]\nwithin_ms = 5\n",
        "[policy x] within_ms: means nothing for a single picture" },
    { "[policy x]\naction = note\non_timeout = cut\n",
        "[policy x] on_timeout: action = note waits for nobody" },
    { "[policy x]\naction = cut\ntimeout_ms = 9\n",
        "[policy x] timeout_ms: action = cut waits for nobody" },
    { "[policy x]\ntimeout_ms = 9\n",
        "[policy x] timeout_ms: means nothing with on_timeout = keep" },
    { "[policy x]\naction = hold\non_timeout = hold\n",
        "[policy x] on_timeout: it is held already" },
    { "[policy x]\naction = hold\non_timeout = release\n",
        "[policy x] on_timeout: release needs a timeout_ms" },
    /* The very same, and something else. */
    { "[policy x]\naction = case\n[policy y]\naction = cut\n",
        "[policy x] action: it never counts: whatever it finds, [policy y] "
        "finds too and does cut" },
    { "[policy x]\nbank = a\non_timeout = cut\n[policy y]\nbank = a\n",
        "[policy x] action: it never counts" },
    /* Less is enough for y. */
    { "[policy y]\nradius = 31\naction = hold\n"
      "[policy x]\nradius = 10\nhits = 2\nof = 3\n",
        "[policy x] action: it never counts" },
    { "[policy y]\nhits = 2\nof = 4\naction = hold\n"
      "[policy x]\nhits = 3\nof = 4\nwithin_ms = 100\n",
        "[policy x] action: it never counts" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirPolicy) policy = make (table[i].text, &error);

    g_assert_null (policy);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
    if (strstr (error->message, table[i].words) == NULL)
      g_error (
          "%u: \"%s\" instead of \"%s\"", i, error->message, table[i].words);
  }
}

static void
test_accepted (void)
{
  static const char *const table[] = {
    "",
    "[policy x]\n",
    /* The narrower is stricter, more urgent, or for something else. */
    "[policy x]\nradius = 10\naction = cut\n[policy y]\nradius = 31\n",
    "[policy x]\nradius = 10\npriority = 90\n[policy y]\nradius = 31\n",
    "[policy x]\nbank = a\n[policy y]\nbank = b\naction = cut\n",
    "[policy x]\napp = live\n[policy y]\naction = cut\n",
    "[policy x]\nhits = 2\nof = 9\n[policy y]\nhits = 2\nof = 3\n"
    "action = hold\n",
    /* What the narrower does when nobody comes is its own. */
    "[policy x]\nradius = 10\non_timeout = cut\n[policy y]\nradius = 31\n",
    "[policy x]\naction = hold\ntimeout_ms = 60000\non_timeout = release\n",
    "[policy x]\non_timeout = hold\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirPolicy) policy = make (table[i], &error);

    g_assert_no_error (error);
    g_assert_nonnull (policy);
  }
}

static void
test_other_banks (void)
{
  static const char *const banks[] = { "elsewhere", NULL };
  static const char text[] = "[policy x]\nbank = elsewhere\n";
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("f", text, sizeof text - 1, NULL);
  g_autoptr (WeirPolicy) with = weir_policy_new (settings, banks, NULL);
  g_autoptr (WeirPolicy) without = weir_policy_new (settings, NULL, NULL);

  g_assert_nonnull (with);
  g_assert_null (without);
}

static void
test_too_many (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPolicy) most = NULL;
  g_autoptr (WeirPolicy) more = NULL;

  for (guint i = 0; i < WEIR_POLICY_MAX_RULES; i++)
    g_string_append_printf (text, "[policy p%u]\napp = a%u\n", i, i);
  most = make (text->str, &error);
  g_assert_no_error (error);
  g_string_append (text, "[policy one-more]\n");
  more = make (text->str, &error);
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "[policy one-more]: more than"));
}

/* The names of those that speak, in the order of the file. */
static char *
speaking (const WeirPolicy *policy, const char *app, const char *bank,
    gboolean is_score)
{
  const GPtrArray *rules = weir_policy_get_rules (policy);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < rules->len; i++) {
    const WeirPolicyRule *rule = g_ptr_array_index (rules, i);

    if (weir_policy_speaks (policy, rule, app, bank, is_score))
      g_string_append (names, rule->name);
  }
  return g_string_free (names, FALSE);
}

static void
test_speaks (void)
{
  static const struct {
    const char *app;
    const char *bank;
    const char *who;
    gboolean is_score;
  } table[] = {
    { "live", "a", "1" },
    { "live", "b", "3" },
    { "vod", "a", "25" },
    { "vod", "b", "4" },
    { "vod", "c", "4" },
    /* What is about banks says nothing about scores, and the other way. */
    { "vod", "s", "67", TRUE },
    { "live", "s", "8", TRUE },
    { "live", "t", "", TRUE },
    { "vod", "s", "4" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPolicy) policy =
      make ("[policy 1]\nbank=a\napp=live\n[policy 2]\nbank=a\n"
            "[policy 3]\napp=live\n[policy 4]\n"
            "[policy 5]\nbank=a\nhits=2\naction=hold\n"
            "[policy 6]\nscorer=s\n"
            "[policy 7]\nscorer=s\nhits=2\naction=hold\n"
            "[policy 8]\nscorer=s\napp=live\n",
          &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *who =
        speaking (policy, table[i].app, table[i].bank, table[i].is_score);

    g_assert_cmpstr (who, ==, table[i].who);
  }
}

static void
test_admits (void)
{
  static const struct {
    gint radius;
    gint min_quality;
    guint distance;
    guint quality;
    gboolean admitted;
  } table[] = {
    { -1, -1, 20, 60, TRUE },
    { -1, -1, 21, 60, FALSE },
    { -1, -1, 20, 59, FALSE },
    { 31, -1, 31, 60, TRUE },
    { 31, -1, 32, 60, FALSE },
    { 0, -1, 1, 100, FALSE },
    { -1, 0, 20, 0, TRUE },
    { -1, 100, 20, 99, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    WeirPolicyRule rule = { .radius = table[i].radius,
      .min_quality = table[i].min_quality };
    WeirPolicyHit hit = {
      .distance = table[i].distance, .radius = 20, .min_quality = 60
    };

    g_assert_true (weir_policy_rule_admits (&rule, &hit, table[i].quality)
                   == table[i].admitted);
  }
}

/* A threshold of its own is kept as the distance that stands for it. */
static void
test_threshold (void)
{
  g_autoptr (WeirPolicy) p =
      make ("[policy own]\nscorer=s\nhits=2\n"
            "[policy low]\nscorer=s\nthreshold=0.4\naction=note\n"
            "[policy high]\nscorer=s\nthreshold=0.9\naction=hold\n",
          NULL);
  static const struct {
    guint score;
    const char *admitting;
  } table[] = { { 399, "" }, { 400, "1" }, { 799, "1" }, { 800, "01" },
    { 899, "01" }, { 900, "012" }, { 1000, "012" } };
  const char *name;

  g_assert_nonnull (p);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    const WeirPolicyHit hit = { .bank = "s",
      .distance = weir_policy_distance_of_score (table[i].score),
      .radius = weir_policy_distance_of_score (800) };
    g_autoptr (GString) who = g_string_new (NULL);

    for (guint r = 0; r < 3; r++)
      if (weir_policy_rule_admits (
              g_ptr_array_index (weir_policy_get_rules (p), r), &hit, 0))
        g_string_append_printf (who, "%u", r);
    g_assert_cmpstr (who->str, ==, table[i].admitting);
  }
  g_assert_cmpuint (weir_policy_get_threshold (p, "s", 800, &name), ==, 400);
  g_assert_cmpstr (name, ==, "low");
  g_assert_cmpuint (weir_policy_get_threshold (p, "s", 300, &name), ==, 300);
  g_assert_null (name);
  g_assert_cmpuint (weir_policy_get_threshold (p, "t", 800, &name), ==, 800);
  g_assert_cmpuint (weir_policy_get_radius (p, &name), ==, 0);
}

static void
test_radius (void)
{
  g_autoptr (WeirPolicy) none = make ("[policy x]\n", NULL);
  g_autoptr (WeirPolicy) some =
      make ("[policy x]\nradius=9\n[policy y]\nbank=a\nradius=40\n", NULL);
  const char *name;

  g_assert_cmpuint (weir_policy_get_radius (none, &name), ==, 0);
  g_assert_null (name);
  g_assert_cmpuint (weir_policy_get_radius (some, &name), ==, 40);
  g_assert_cmpstr (name, ==, "y");
}

static void
test_names (void)
{
  WeirAction action;
  WeirTimeout timeout;

  for (WeirAction a = WEIR_ACTION_NOTE; a <= WEIR_ACTION_CUT; a++) {
    g_assert_true (weir_action_from_string (weir_action_name (a), &action));
    g_assert_cmpint (action, ==, a);
  }
  for (WeirTimeout t = WEIR_TIMEOUT_KEEP; t <= WEIR_TIMEOUT_CUT; t++) {
    g_assert_true (weir_timeout_from_string (weir_timeout_name (t), &timeout));
    g_assert_cmpint (timeout, ==, t);
  }
  g_assert_false (weir_action_from_string ("none", &action));
  g_assert_false (weir_timeout_from_string ("", &timeout));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/refused", test_refused);
  g_test_add_func ("/policy/accepted", test_accepted);
  g_test_add_func ("/policy/other-banks", test_other_banks);
  g_test_add_func ("/policy/too-many", test_too_many);
  g_test_add_func ("/policy/speaks", test_speaks);
  g_test_add_func ("/policy/threshold", test_threshold);
  g_test_add_func ("/policy/admits", test_admits);
  g_test_add_func ("/policy/radius", test_radius);
  g_test_add_func ("/policy/names", test_names);
  return g_test_run ();
}
