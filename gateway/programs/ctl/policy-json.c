/* JSON to rules and hits. What a server sends is checked like anything else. */
#include "programs/ctl/policy-json.h"

#include "programs/ctl/text.h"

struct _WeirCtlHits {
  GHashTable *banks;  /* name, or "scorer NAME" → WeirPolicyHit with what it
                         says itself */
  GArray *list;       /* WeirReplayHit */
  GPtrArray *matches; /* what they point to */
};

GPtrArray *
weir_ctl_policy_bank_names (const json_t *policy)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const json_t *one;
  gsize i;

  json_array_foreach (json_object_get (policy, "banks"), i, one)
      g_ptr_array_add (names, g_strdup (weir_ctl_text_string (one, "name")));
  json_array_foreach (json_object_get (policy, "scorers"), i, one)
      g_ptr_array_add (
          names, g_strconcat ("scorer ", weir_ctl_text_string (one, "name"),
                     (const char *) NULL));
  g_ptr_array_add (names, NULL);
  return names;
}

/* -1 for null. */
static gint
int_or_bank (const json_t *rule, const char *key)
{
  const json_t *value = json_object_get (rule, key);

  return json_is_integer (value)
             ? (gint) CLAMP (json_integer_value (value), -1, 1000)
             : -1;
}

static guint
small (const json_t *of, const char *key)
{
  return (guint) CLAMP (weir_ctl_text_int (of, key), 0, 1000000);
}

/* The distance that stands for a score; -1 for null. */
static gint
score_or_own (const json_t *of, const char *key)
{
  const json_t *value = json_object_get (of, key);

  if (!json_is_number (value))
    return -1;
  return (gint) weir_policy_distance_of_score (
      (guint) (CLAMP (json_number_value (value), 0, 1) * WEIR_POLICY_SCORE_ONE
               + 0.5));
}

static WeirPolicyRule *
parse_rule (const json_t *json)
{
  WeirPolicyRule *rule = g_new0 (WeirPolicyRule, 1);

  rule->name = g_strdup (weir_ctl_text_string (json, "name"));
  rule->app = g_strdup (weir_ctl_text_string (json, "app"));
  rule->bank = g_strdup (weir_ctl_text_string (json, "bank"));
  rule->scorer = g_strdup (weir_ctl_text_string (json, "scorer"));
  rule->radius = *rule->scorer != '\0' ? score_or_own (json, "threshold")
                                       : int_or_bank (json, "radius");
  rule->min_quality = int_or_bank (json, "min_quality");
  rule->hits = small (json, "hits");
  rule->of = small (json, "of");
  rule->within_ms = weir_ctl_text_int (json, "within_ms");
  rule->priority = small (json, "priority");
  rule->timeout_ms = weir_ctl_text_int (json, "timeout_ms");
  weir_action_from_string (
      weir_ctl_text_string (json, "action"), &rule->action);
  weir_timeout_from_string (
      weir_ctl_text_string (json, "on_timeout"), &rule->on_timeout);
  return rule;
}

WeirPolicy *
weir_ctl_policy_parse (const json_t *policy, GError **error)
{
  g_autoptr (GPtrArray) banks = weir_ctl_policy_bank_names (policy);
  GPtrArray *rules = g_ptr_array_new ();
  const json_t *rule;
  gsize i;

  json_array_foreach (json_object_get (policy, "policies"), i, rule)
      g_ptr_array_add (rules, parse_rule (rule));
  return weir_policy_new_from_rules (
      rules, (const char *const *) banks->pdata, error);
}

static void
add_bank (GHashTable *banks, const char *name, guint radius, guint min_quality,
    const char *action, guint priority)
{
  WeirPolicyHit own = { .radius = radius,
    .min_quality = min_quality,
    .action = WEIR_ACTION_CASE,
    .priority = priority };

  weir_action_from_string (action, &own.action);
  g_hash_table_replace (banks, g_strdup (name), g_memdup2 (&own, sizeof own));
}

static void
list_scorers (
    GHashTable *banks, const json_t *policy, const WeirSettings *settings)
{
  g_auto (GStrv) names = settings != NULL
                             ? weir_settings_names (settings, "scorer")
                             : g_new0 (char *, 1);
  const json_t *scorer;
  gsize i;

#define ADD(name, radius, action, priority)                                    \
  G_STMT_START                                                                 \
  {                                                                            \
    g_autofree char *key = g_strconcat ("scorer ", name, (char *) NULL);       \
    add_bank (banks, key, radius, 0, action, priority);                        \
  }                                                                            \
  G_STMT_END
  json_array_foreach (json_object_get (policy, "scorers"), i, scorer)
      ADD (weir_ctl_text_string (scorer, "name"),
          (guint) MAX (score_or_own (scorer, "threshold"), 0),
          weir_ctl_text_string (scorer, "action"), small (scorer, "priority"));
  for (char **n = names; *n != NULL; n++) {
    guint threshold = WEIR_POLICY_SCORE_ONE;

    weir_policy_parse_threshold (
        weir_settings_named_string (settings, "scorer", *n, "threshold"),
        &threshold);
    ADD (*n, weir_policy_distance_of_score (threshold),
        weir_settings_named_string (settings, "scorer", *n, "action"),
        (guint) weir_settings_named_int (settings, "scorer", *n, "priority"));
  }
#undef ADD
}

static GHashTable *
list_banks (const json_t *policy, const WeirSettings *settings)
{
  GHashTable *banks =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const json_t *bank;
  gsize i;

  json_array_foreach (json_object_get (policy, "banks"), i, bank)
      add_bank (banks, weir_ctl_text_string (bank, "name"),
          small (bank, "radius"), small (bank, "min_quality"),
          weir_ctl_text_string (bank, "action"), small (bank, "priority"));
  if (settings != NULL) {
    g_auto (GStrv) names = weir_settings_names (settings, "bank");

#define INT(key) (guint) weir_settings_named_int (settings, "bank", *n, key)
    for (char **n = names; *n != NULL; n++)
      add_bank (banks, *n, INT ("radius"), INT ("min_quality"),
          weir_settings_named_string (settings, "bank", *n, "action"),
          INT ("priority"));
#undef INT
  }
  list_scorers (banks, policy, settings);
  return banks;
}

static guint
take_matches (WeirCtlHits *hits, const json_t *list, WeirPolicyHit *ret)
{
  const json_t *match;
  guint n = 0;
  gsize i;

  json_array_foreach (list, i, match)
  {
    const char *scorer = weir_ctl_text_string (match, "scorer");
    gboolean scored = *scorer != '\0';
    const char *bank = weir_ctl_text_string (match, "bank");
    g_autofree char *key = g_strconcat (
        scored ? "scorer " : "", scored ? scorer : bank, (char *) NULL);
    const WeirPolicyHit *own = g_hash_table_lookup (hits->banks, key);
    gint distance = scored ? score_or_own (match, "score") : 0;

    if (own == NULL || n == WEIR_FINDER_MAX_BANKS || distance < 0)
      continue;
    ret[n] = *own;
    ret[n].bank = scored ? scorer : bank;
    ret[n].entry = scored ? scorer : weir_ctl_text_string (match, "entry");
    ret[n].item = scored ? scorer : weir_ctl_text_string (match, "item");
    ret[n].distance = scored ? (guint) distance : small (match, "distance");
    ret[n].probe = small (match, "probe");
    n++;
  }
  return n;
}

WeirCtlHits *
weir_ctl_hits_new (
    const json_t *list, const json_t *policy, const WeirSettings *settings)
{
  WeirCtlHits *hits = g_new0 (WeirCtlHits, 1);

  hits->banks = list_banks (policy, settings);
  hits->list = g_array_new (FALSE, FALSE, sizeof (WeirReplayHit));
  hits->matches = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = json_array_size (list); i-- > 0;) {
    const json_t *one = json_array_get (list, i);
    WeirPolicyHit *matches = g_new0 (WeirPolicyHit, WEIR_FINDER_MAX_BANKS);
    WeirReplayHit hit = {
      .wall_ms = weir_ctl_text_int (one, "time"),
      .stream = weir_ctl_text_string (one, "stream"),
      .started_ms = weir_ctl_text_int (one, "started_ms"),
      .pts_ms = weir_ctl_text_int (one, "pts_ms"),
      .quality = small (one, "quality"),
      .clean = small (one, "clean"),
      .clean_from_ms = weir_ctl_text_int (one, "clean_from_ms"),
      .clean_to_ms = weir_ctl_text_int (one, "clean_to_ms"),
      .n_hits = take_matches (hits, json_object_get (one, "matches"), matches),
      .hits = matches,
    };

    g_ptr_array_add (hits->matches, matches);
    g_array_append_val (hits->list, hit);
  }
  return hits;
}

void
weir_ctl_hits_free (WeirCtlHits *hits)
{
  if (hits == NULL)
    return;
  g_array_unref (hits->list);
  g_ptr_array_unref (hits->matches);
  g_hash_table_unref (hits->banks);
  g_free (hits);
}

const GArray *
weir_ctl_hits_get (const WeirCtlHits *hits)
{
  return hits->list;
}
