/* Reads and checks the table of rules, and says which of them speak. */
#include "core/policy.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

struct _WeirPolicy {
  GPtrArray *rules; /* WeirPolicyRule */
};

static const char *const action_names[] = { "none", "note", "case", "hold",
  "cut" };
static const char *const timeout_names[] = { "keep", "release", "hold", "cut" };

const char *
weir_action_name (WeirAction action)
{
  return action_names[action];
}

gboolean
weir_action_from_string (const char *text, WeirAction *ret_action)
{
  for (guint i = 1; i < G_N_ELEMENTS (action_names); i++) {
    if (strcmp (text, action_names[i]) == 0) {
      *ret_action = (WeirAction) i;
      return TRUE;
    }
  }
  return FALSE;
}

const char *
weir_timeout_name (WeirTimeout timeout)
{
  return timeout_names[timeout];
}

gboolean
weir_timeout_from_string (const char *text, WeirTimeout *ret_timeout)
{
  for (guint i = 0; i < G_N_ELEMENTS (timeout_names); i++) {
    if (strcmp (text, timeout_names[i]) == 0) {
      *ret_timeout = (WeirTimeout) i;
      return TRUE;
    }
  }
  return FALSE;
}

#define LARGEST_DISTANCE 256

guint
weir_policy_distance_of_score (guint thousandths)
{
  return LARGEST_DISTANCE + 1 + WEIR_POLICY_SCORE_ONE
         - MIN (thousandths, WEIR_POLICY_SCORE_ONE);
}

gboolean
weir_policy_is_score (guint distance)
{
  return distance > LARGEST_DISTANCE;
}

guint
weir_policy_score_of_distance (guint distance)
{
  guint below_one = distance - LARGEST_DISTANCE - 1;

  return WEIR_POLICY_SCORE_ONE - MIN (below_one, WEIR_POLICY_SCORE_ONE);
}

gboolean
weir_policy_parse_threshold (const char *text, guint *ret_thousandths)
{
  char *end;
  double threshold = g_ascii_strtod (text, &end);

  while (g_ascii_isspace (*end))
    end++;
  if (end == text || *end != '\0' || !isfinite (threshold) || threshold < 0.001
      || threshold > 1)
    return FALSE;
  *ret_thousandths = (guint) (threshold * WEIR_POLICY_SCORE_ONE + 0.5);
  return TRUE;
}

void
weir_policy_rule_free (WeirPolicyRule *rule)
{
  if (rule == NULL)
    return;
  g_free (rule->name);
  g_free (rule->app);
  g_free (rule->bank);
  g_free (rule->scorer);
  g_free (rule);
}

static gboolean G_GNUC_PRINTF (4, 5) fail (const WeirPolicyRule *rule,
    const char *key, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "[policy %s] %s: %s",
      rule->name, key, text);
  return FALSE;
}

/* The settings table checks the same; rules also come from elsewhere. */
static gboolean
check_ranges (const WeirPolicyRule *rule, GError **error)
{
  if (*rule->scorer == '\0' && (rule->radius < -1 || rule->radius > 63))
    return fail (
        rule, "radius", error, "%d is out of range: -1 to 63", rule->radius);
  if (rule->min_quality < -1 || rule->min_quality > 100)
    return fail (rule, "min_quality", error, "%d is out of range: -1 to 100",
        rule->min_quality);
  if (rule->hits < 1 || rule->hits > WEIR_POLICY_MAX_SAMPLES)
    return fail (rule, "hits", error, "%u is out of range: 1 to %d", rule->hits,
        WEIR_POLICY_MAX_SAMPLES);
  if (rule->of > WEIR_POLICY_MAX_SAMPLES)
    return fail (rule, "of", error, "%u is out of range: 0 to %d", rule->of,
        WEIR_POLICY_MAX_SAMPLES);
  if (rule->priority > 100)
    return fail (rule, "priority", error, "%u is out of range: 0 to 100",
        rule->priority);
  if (rule->within_ms < 0 || rule->timeout_ms < 0)
    return fail (rule, rule->within_ms < 0 ? "within_ms" : "timeout_ms", error,
        "is below 0");
  if (rule->action == WEIR_ACTION_NONE)
    return fail (rule, "action", error, "is none");
  return TRUE;
}

/* That there is what it names. */
static gboolean
check_names (
    const WeirPolicyRule *rule, const char *const *banks, GError **error)
{
  g_autofree char *scorer = g_strconcat ("scorer ", rule->scorer, NULL);

  if (*rule->bank != '\0' && *rule->scorer != '\0')
    return fail (rule, "scorer", error,
        "it is about bank %s already: make two policies", rule->bank);
  if (*rule->bank != '\0'
      && (banks == NULL || !g_strv_contains (banks, rule->bank)))
    return fail (rule, "bank", error, "there is no [bank %s]", rule->bank);
  if (*rule->scorer != '\0'
      && (banks == NULL || !g_strv_contains (banks, scorer)))
    return fail (rule, "scorer", error, "there is no [%s]", scorer);
  return TRUE;
}

static gboolean
check_rule (
    const WeirPolicyRule *rule, const char *const *banks, GError **error)
{
  if (!check_names (rule, banks, error) || !check_ranges (rule, error))
    return FALSE;
  if (rule->of > 0 && rule->hits > rule->of)
    return fail (rule, "hits", error,
        "%u pictures can't be found among %u (of): raise of or lower hits",
        rule->hits, rule->of);
  if (rule->hits == 1 && rule->within_ms > 0)
    return fail (rule, "within_ms", error,
        "means nothing for a single picture (hits = 1)");
  if (rule->action == WEIR_ACTION_NOTE || rule->action == WEIR_ACTION_CUT) {
    if (rule->on_timeout != WEIR_TIMEOUT_KEEP || rule->timeout_ms > 0)
      return fail (rule,
          rule->on_timeout != WEIR_TIMEOUT_KEEP ? "on_timeout" : "timeout_ms",
          error, "action = %s waits for nobody; only case and hold do",
          weir_action_name (rule->action));
    return TRUE;
  }
  if (rule->timeout_ms > 0 && rule->on_timeout == WEIR_TIMEOUT_KEEP)
    return fail (rule, "timeout_ms", error,
        "means nothing with on_timeout = keep: it waits for as long as it "
        "takes");
  if (rule->action == WEIR_ACTION_HOLD && rule->on_timeout == WEIR_TIMEOUT_HOLD)
    return fail (rule, "on_timeout", error, "it is held already");
  if (rule->action == WEIR_ACTION_HOLD && rule->on_timeout != WEIR_TIMEOUT_KEEP
      && rule->timeout_ms == 0)
    return fail (rule, "on_timeout", error,
        "%s needs a timeout_ms: what is held does not become public by itself",
        weir_timeout_name (rule->on_timeout));
  return TRUE;
}

static guint
samples_of (const WeirPolicyRule *rule)
{
  return rule->of > 0 ? rule->of : WEIR_POLICY_MAX_SAMPLES;
}

/* TRUE when whatever satisfies A satisfies B. -1 stands for a bank's value,
 * which is not known here, so it compares with itself alone. */
static gboolean
implies (const WeirPolicyRule *a, const WeirPolicyRule *b)
{
  gboolean one_will_do = b->hits == 1;

  return strcmp (a->app, b->app) == 0 && strcmp (a->bank, b->bank) == 0
         && strcmp (a->scorer, b->scorer) == 0
         && (a->radius == b->radius
             || (a->radius >= 0 && a->radius < b->radius))
         && (a->min_quality == b->min_quality
             || (b->min_quality >= 0 && a->min_quality > b->min_quality))
         && b->hits <= a->hits
         && (one_will_do || samples_of (b) >= samples_of (a))
         && (one_will_do || b->within_ms == 0
             || (a->within_ms > 0 && a->within_ms <= b->within_ms));
}

/* TRUE when A would be there for nothing, or says something else about the
 * very same. */
static gboolean
is_idle_beside (const WeirPolicyRule *a, const WeirPolicyRule *b)
{
  gboolean same_end =
      a->timeout_ms == b->timeout_ms && a->on_timeout == b->on_timeout;

  return implies (a, b) && a->action <= b->action && a->priority <= b->priority
         && (same_end || implies (b, a));
}

static gboolean
check_pairs (const GPtrArray *rules, GError **error)
{
  for (guint i = 0; i < rules->len; i++) {
    for (guint j = 0; j < rules->len; j++) {
      const WeirPolicyRule *a = g_ptr_array_index (rules, i);
      const WeirPolicyRule *b = g_ptr_array_index (rules, j);

      if (i == j)
        continue;
      if (strcmp (a->name, b->name) == 0)
        return fail (a, "name", error, "stands twice");
      if (is_idle_beside (a, b))
        return fail (a, "action", error,
            "it never counts: whatever it finds, [policy %s] finds too and "
            "does %s",
            b->name, weir_action_name (b->action));
    }
  }
  return TRUE;
}

WeirPolicy *
weir_policy_new_from_rules (
    GPtrArray *rules, const char *const *banks, GError **error)
{
  g_autoptr (WeirPolicy) policy = g_new0 (WeirPolicy, 1);

  policy->rules = rules;
  g_ptr_array_set_free_func (rules, (GDestroyNotify) weir_policy_rule_free);
  if (rules->len > WEIR_POLICY_MAX_RULES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "[policy %s]: more than %d policies",
        ((WeirPolicyRule *) g_ptr_array_index (rules, WEIR_POLICY_MAX_RULES))
            ->name,
        WEIR_POLICY_MAX_RULES);
    return NULL;
  }
  for (guint i = 0; i < rules->len; i++) {
    if (!check_rule (g_ptr_array_index (rules, i), banks, error))
      return NULL;
  }
  return check_pairs (rules, error) ? g_steal_pointer (&policy) : NULL;
}

/* RULE's threshold, kept as a distance; what is about something else is said.
 */
static gboolean
read_threshold (WeirPolicyRule *rule, const char *text, GError **error)
{
  guint threshold;

  if (*rule->scorer == '\0')
    return *text == '\0'
           || fail (rule, "threshold", error,
               "means nothing without a scorer; banks have a radius");
  if (rule->radius >= 0)
    return fail (rule, "radius", error,
        "means nothing for a scorer, which has a threshold");
  if (rule->min_quality >= 0)
    return fail (rule, "min_quality", error, "means nothing for a scorer");
  if (*text == '\0')
    return TRUE;
  if (!weir_policy_parse_threshold (text, &threshold))
    return fail (
        rule, "threshold", error, "\"%s\" is out of range: 0.001 to 1", text);
  rule->radius = (gint) weir_policy_distance_of_score (threshold);
  return TRUE;
}

/* NULL when it can't be. */
static WeirPolicyRule *
read_rule (const WeirSettings *settings, const char *name, GError **error)
{
  g_autoptr (WeirPolicyRule) rule = g_new0 (WeirPolicyRule, 1);

#define INT(key) weir_settings_named_int (settings, "policy", name, key)
#define STRING(key) weir_settings_named_string (settings, "policy", name, key)
  rule->name = g_strdup (name);
  rule->app = g_strdup (STRING ("app"));
  rule->bank = g_strdup (STRING ("bank"));
  rule->scorer = g_strdup (STRING ("scorer"));
  rule->radius = (gint) INT ("radius");
  rule->min_quality = (gint) INT ("min_quality");
  rule->hits = (guint) INT ("hits");
  rule->of = (guint) INT ("of");
  rule->within_ms = INT ("within_ms");
  rule->priority = (guint) INT ("priority");
  rule->timeout_ms = INT ("timeout_ms");
  /* The settings table lets only these words through. */
  weir_action_from_string (STRING ("action"), &rule->action);
  weir_timeout_from_string (STRING ("on_timeout"), &rule->on_timeout);
  if (!read_threshold (rule, STRING ("threshold"), error))
    return NULL;
#undef INT
#undef STRING
  return g_steal_pointer (&rule);
}

WeirPolicy *
weir_policy_new (
    const WeirSettings *settings, const char *const *banks, GError **error)
{
  g_auto (GStrv) names = weir_settings_names (settings, "policy");
  g_auto (GStrv) ours = weir_settings_names (settings, "bank");
  g_auto (GStrv) scorers = weir_settings_names (settings, "scorer");
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) rules =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_policy_rule_free);

  for (char **bank = ours; *bank != NULL; bank++)
    g_ptr_array_add (all, *bank);
  for (char **scorer = scorers; *scorer != NULL; scorer++) {
    g_ptr_array_add (made, g_strconcat ("scorer ", *scorer, NULL));
    g_ptr_array_add (all, made->pdata[made->len - 1]);
  }
  for (guint i = 0; banks != NULL && banks[i] != NULL; i++)
    g_ptr_array_add (all, (gpointer) banks[i]);
  g_ptr_array_add (all, NULL);
  for (char **name = names; *name != NULL; name++) {
    WeirPolicyRule *rule = read_rule (settings, *name, error);

    if (rule == NULL)
      return NULL;
    g_ptr_array_add (rules, rule);
  }
  return weir_policy_new_from_rules (
      g_steal_pointer (&rules), (const char *const *) all->pdata, error);
}

void
weir_policy_free (WeirPolicy *policy)
{
  if (policy == NULL)
    return;
  g_ptr_array_unref (policy->rules);
  g_free (policy);
}

const GPtrArray *
weir_policy_get_rules (const WeirPolicy *policy)
{
  return policy->rules;
}

guint
weir_policy_get_radius (const WeirPolicy *policy, const char **ret_name)
{
  gint radius = 0;

  *ret_name = NULL;
  for (guint i = 0; i < policy->rules->len; i++) {
    const WeirPolicyRule *rule = g_ptr_array_index (policy->rules, i);

    if (*rule->scorer == '\0' && rule->radius > radius) {
      radius = rule->radius;
      *ret_name = rule->name;
    }
  }
  return (guint) radius;
}

guint
weir_policy_get_threshold (const WeirPolicy *policy, const char *scorer,
    guint most, const char **ret_name)
{
  *ret_name = NULL;
  for (guint i = 0; i < policy->rules->len; i++) {
    const WeirPolicyRule *rule = g_ptr_array_index (policy->rules, i);
    guint threshold;

    if (rule->radius < 0 || strcmp (rule->scorer, scorer) != 0)
      continue;
    threshold = weir_policy_score_of_distance ((guint) rule->radius);
    if (threshold < most) {
      most = threshold;
      *ret_name = rule->name;
    }
  }
  return most;
}

/* How particular RULE is about what it fits; -1: it does not fit. */
static int
fit (const WeirPolicyRule *rule, const char *app, const char *bank,
    gboolean is_score)
{
  gboolean names_app = *rule->app != '\0';
  const char *name = is_score ? rule->scorer : rule->bank;
  gboolean names_bank = *name != '\0';

  if (is_score != (*rule->scorer != '\0')
      || (names_app && strcmp (rule->app, app) != 0)
      || (names_bank && strcmp (name, bank) != 0))
    return -1;
  return 2 * names_bank + names_app;
}

gboolean
weir_policy_speaks (const WeirPolicy *policy, const WeirPolicyRule *rule,
    const char *app, const char *bank, gboolean is_score)
{
  int ours = fit (rule, app, bank, is_score);

  for (guint i = 0; ours >= 0 && i < policy->rules->len; i++)
    if (fit (g_ptr_array_index (policy->rules, i), app, bank, is_score) > ours)
      return FALSE;
  return ours >= 0;
}

gboolean
weir_policy_rule_admits (
    const WeirPolicyRule *rule, const WeirPolicyHit *hit, guint quality)
{
  guint radius = rule->radius >= 0 ? (guint) rule->radius : hit->radius;
  guint least =
      rule->min_quality >= 0 ? (guint) rule->min_quality : hit->min_quality;

  return hit->distance <= radius && quality >= least;
}

WeirPolicyRule
weir_policy_own_rule (const WeirPolicyHit *hit)
{
  return (WeirPolicyRule){
    .name = (char *) "",
    .app = (char *) "",
    .bank = (char *) hit->bank,
    .scorer = (char *) "",
    .radius = (gint) hit->radius,
    .min_quality = (gint) hit->min_quality,
    .hits = 1,
    .of = 1,
    .action = hit->action,
    .priority = hit->priority,
  };
}
