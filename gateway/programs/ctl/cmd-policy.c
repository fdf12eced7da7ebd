/* weirctl policy: what findings lead to, and what another table would have
 * made of the hits that the gateway has kept. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/replay.h"
#include "programs/ctl/policy-json.h"
#include "programs/ctl/table.h"
#include "programs/ctl/text.h"

#define PAGE 1000 /* the most that the API gives at once */
#define DEFAULT_LIMIT 10000

static json_t *
get_policy (const WeirCtl *ctl, GError **error)
{
  return weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "policy", NULL, JSON_OBJECT, error);
}

static void
add_number (WeirCtlTable *table, const json_t *of, const char *key)
{
  const json_t *value = json_object_get (of, key);

  if (json_is_integer (value))
    weir_ctl_table_add_format (
        table, "%" JSON_INTEGER_FORMAT, json_integer_value (value));
  else
    weir_ctl_table_add (table, "bank's");
}

static void
add_threshold (WeirCtlTable *table, const json_t *of)
{
  const json_t *value = json_object_get (of, "threshold");

  if (json_is_number (value))
    weir_ctl_table_add_format (table, "%.2f", json_number_value (value));
  else
    weir_ctl_table_add (table, "scorer's");
}

static void
add_evidence (WeirCtlTable *table, const json_t *rule)
{
  gint64 hits = weir_ctl_text_int (rule, "hits");
  gint64 of = weir_ctl_text_int (rule, "of");
  g_autofree char *within =
      weir_ctl_text_duration (weir_ctl_text_int (rule, "within_ms"));
  gboolean timed = weir_ctl_text_int (rule, "within_ms") > 0;

  weir_ctl_table_add_format (table,
      "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "%s%s", hits,
      hits == 1 ? 1
      : of > 0  ? of
                : WEIR_POLICY_MAX_SAMPLES,
      timed ? " within " : "", timed ? within : "");
}

static void
add_timeout (WeirCtlTable *table, const json_t *rule)
{
  const char *what = weir_ctl_text_string (rule, "on_timeout");
  gint64 ms = weir_ctl_text_int (rule, "timeout_ms");
  g_autofree char *after = weir_ctl_text_duration (ms);

  if (strcmp (what, "keep") == 0)
    weir_ctl_table_add (table, NULL);
  else if (ms > 0)
    weir_ctl_table_add_format (table, "%s after %s", what, after);
  else
    weir_ctl_table_add_format (table, "%s before it is public", what);
}

static void
add_rule (WeirCtlTable *table, const json_t *rule)
{
  const char *app = weir_ctl_text_string (rule, "app");
  const char *bank = weir_ctl_text_string (rule, "bank");
  const char *scorer = weir_ctl_text_string (rule, "scorer");

  weir_ctl_table_add (table, weir_ctl_text_string (rule, "name"));
  weir_ctl_table_add (table, *app != '\0' ? app : "all");
  if (*scorer != '\0') {
    weir_ctl_table_add_format (table, "scorer %s", scorer);
    add_threshold (table, rule);
    weir_ctl_table_add (table, NULL);
  } else {
    weir_ctl_table_add (table, *bank != '\0' ? bank : "all");
    add_number (table, rule, "radius");
    add_number (table, rule, "min_quality");
  }
  add_evidence (table, rule);
  weir_ctl_table_add (table, weir_ctl_text_string (rule, "action"));
  add_number (table, rule, "priority");
  add_timeout (table, rule);
}

/* What a bank does where no policy speaks for it. */
static void
add_bank (WeirCtlTable *table, const json_t *bank)
{
  weir_ctl_table_add (table, "(the bank)");
  weir_ctl_table_add (table, "all");
  weir_ctl_table_add (table, weir_ctl_text_string (bank, "name"));
  add_number (table, bank, "radius");
  add_number (table, bank, "min_quality");
  weir_ctl_table_add (table, "1 of 1");
  weir_ctl_table_add (table, weir_ctl_text_string (bank, "action"));
  add_number (table, bank, "priority");
  weir_ctl_table_add (table, NULL);
}

static void
add_scorer (WeirCtlTable *table, const json_t *scorer)
{
  weir_ctl_table_add (table, "(the scorer)");
  weir_ctl_table_add (table, "all");
  weir_ctl_table_add_format (
      table, "scorer %s", weir_ctl_text_string (scorer, "name"));
  add_threshold (table, scorer);
  weir_ctl_table_add (table, NULL);
  weir_ctl_table_add (table, "1 of 1");
  weir_ctl_table_add (table, weir_ctl_text_string (scorer, "action"));
  add_number (table, scorer, "priority");
  weir_ctl_table_add (table, NULL);
}

static gboolean
show (const WeirCtl *ctl, GError **error)
{
  static const char *const titles[] = { "POLICY", "APP", "BANK", ">RADIUS",
    ">QUALITY", "EVIDENCE", "ACTION", ">PRIORITY", "UNDECIDED", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  json_auto_t *policy = get_policy (ctl, error);
  g_autofree char *text = NULL;
  const json_t *one;
  gsize i;

  if (policy == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (json_object_get (policy, "policies"), i, one)
      add_rule (table, one);
  json_array_foreach (json_object_get (policy, "banks"), i, one)
      add_bank (table, one);
  json_array_foreach (json_object_get (policy, "scorers"), i, one)
      add_scorer (table, one);
  text = weir_ctl_table_format (table);
  fputs (text, stdout);
  return TRUE;
}

/* The newest LIMIT hits, newest first. */
static json_t *
get_hits (const WeirCtl *ctl, guint limit, GError **error)
{
  json_t *hits = json_array ();
  gint64 before = 0;

  while (json_array_size (hits) < limit) {
    guint want = MIN (PAGE, limit - (guint) json_array_size (hits));
    g_autofree char *path = g_strdup_printf (
        WEIR_CTL_API "hits?before=%" G_GINT64_FORMAT "&limit=%u", before, want);
    json_auto_t *page =
        weir_ctl_api_call (ctl->api, "GET", path, NULL, JSON_ARRAY, error);
    gsize n = json_array_size (page);

    if (page == NULL) {
      json_decref (hits);
      return NULL;
    }
    json_array_extend (hits, page);
    if (n < want)
      break;
    before = weir_ctl_text_int (json_array_get (page, n - 1), "number");
  }
  return hits;
}

static const char *
word_of (const WeirReplayChange *c)
{
  if (c->before == NULL)
    return "new";
  if (c->after == NULL)
    return "gone";
  if (c->after->action != c->before->action)
    return c->after->action > c->before->action ? "stricter" : "milder";
  return c->after->priority > c->before->priority ? "more urgent"
                                                  : "less urgent";
}

static void
add_outcome (WeirCtlTable *table, const WeirReplayFinding *f)
{
  if (f == NULL)
    weir_ctl_table_add (table, NULL);
  else
    weir_ctl_table_add_format (
        table, "%s %u", weir_action_name (f->action), f->priority);
}

static void
add_change (WeirCtlTable *table, const WeirReplayChange *c)
{
  const WeirReplayFinding *f = c->after != NULL ? c->after : c->before;
  g_autofree char *time = weir_ctl_text_time (f->wall_ms);

  weir_ctl_table_add (table, word_of (c));
  weir_ctl_table_add (table, time);
  weir_ctl_table_add (table, f->stream);
  add_outcome (table, c->before);
  add_outcome (table, c->after);
  weir_ctl_table_add (table, f->reason);
}

/* "2 cases, 1 hold" */
static char *
dup_counts (const GPtrArray *findings)
{
  guint n[WEIR_ACTION_CUT + 1] = { 0 };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    n[((const WeirReplayFinding *) g_ptr_array_index (findings, i))->action]++;
  for (WeirAction a = WEIR_ACTION_NOTE; a <= WEIR_ACTION_CUT; a++)
    if (n[a] > 0)
      g_string_append_printf (text, "%s%u %s%s", text->len > 0 ? ", " : "",
          n[a], weir_action_name (a), n[a] > 1 ? "s" : "");
  if (text->len == 0)
    g_string_append (text, "nothing");
  return g_string_free (text, FALSE);
}

static json_t *
describe_outcome (const WeirReplayFinding *f)
{
  return f == NULL ? json_null ()
                   : json_pack ("{s:s, s:s, s:i, s:s}", "action",
                       weir_action_name (f->action), "policy", f->policy,
                       "priority", (int) f->priority, "reason", f->reason);
}

static void
print_json (const GArray *changes, guint n_hits)
{
  json_t *list = json_array ();
  g_autofree char *safe = NULL;
  char *text;

  for (guint i = 0; i < changes->len; i++) {
    const WeirReplayChange *c = &g_array_index (changes, WeirReplayChange, i);
    const WeirReplayFinding *f = c->after != NULL ? c->after : c->before;

    json_array_append_new (
        list, json_pack ("{s:b, s:s, s:I, s:s, s:s, s:o, s:o}", "differs",
                  weir_replay_differs (c), "stream", f->stream, "time",
                  (json_int_t) f->wall_ms, "bank", f->bank, "item", f->item,
                  "before", describe_outcome (c->before), "after",
                  describe_outcome (c->after)));
  }
  list = json_pack ("{s:i, s:o}", "hits", (int) n_hits, "findings", list);
  text = json_dumps (list, JSON_INDENT (2));
  safe = weir_ctl_text_json_safe (text);
  puts (safe);
  free (text);
  json_decref (list);
}

static void
print_changes (const GArray *changes, const GPtrArray *before,
    const GPtrArray *after, guint n_hits)
{
  static const char *const titles[] = { "CHANGE", "TIME", "STREAM", "NOW",
    "THEN", "WHY", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  g_autofree char *was = dup_counts (before), *would = dup_counts (after);
  g_autofree char *text = NULL;
  guint differ = 0;

  for (guint i = 0; i < changes->len; i++) {
    const WeirReplayChange *c = &g_array_index (changes, WeirReplayChange, i);

    if (!weir_replay_differs (c))
      continue;
    add_change (table, c);
    differ++;
  }
  text = weir_ctl_table_format (table);
  if (differ > 0)
    printf ("%s\n", text);
  printf ("%u stored hits. Now: %s. Then: %s. %u of %u findings differ.\n",
      n_hits, was, would, differ, changes->len);
}

/* A file that is wrong is a call that is wrong. */
static WeirPolicy *
read_file (const char *file, const json_t *current, WeirSettings **ret_settings,
    GError **error)
{
  g_autoptr (GPtrArray) banks = weir_ctl_policy_bank_names (current);
  g_autoptr (WeirSettings) settings = weir_settings_load (file, error);
  WeirPolicy *policy = NULL;

  if (settings != NULL) {
    policy =
        weir_policy_new (settings, (const char *const *) banks->pdata, error);
    if (policy == NULL)
      g_prefix_error (error, "%s: ", file);
  }
  if (policy == NULL) {
    (*error)->domain = G_OPTION_ERROR;
    return NULL;
  }
  *ret_settings = g_steal_pointer (&settings);
  return policy;
}

static void
warn_radius (const WeirPolicy *policy, const json_t *current)
{
  gint64 seen = weir_ctl_text_int (current, "search_radius");
  const char *name;
  guint radius = weir_policy_get_radius (policy, &name);

  if (radius > seen)
    fprintf (stderr,
        "weirctl: [policy %s] radius: %u is more than the gateway searches for "
        "(%" G_GINT64_FORMAT "): what lies between was not seen\n",
        name, radius, seen);
}

/* Of the scorers of SETTINGS or else of CURRENT. */
static void
warn_thresholds (const WeirPolicy *policy, const WeirSettings *settings,
    const json_t *current)
{
  const json_t *one;
  gsize i;

  json_array_foreach (json_object_get (current, "scorers"), i, one)
  {
    const char *name = weir_ctl_text_string (one, "name"), *by;
    double from = json_number_value (json_object_get (one, "from"));
    guint kept = (guint) (CLAMP (from, 0, 1) * WEIR_POLICY_SCORE_ONE + 0.5);
    guint own = kept, least;

    if (weir_settings_has (settings, "scorer", name))
      weir_policy_parse_threshold (
          weir_settings_named_string (settings, "scorer", name, "threshold"),
          &own);
    least = weir_policy_get_threshold (policy, name, own, &by);
    if (least < kept)
      fprintf (stderr,
          "weirctl: [%s %s] threshold: scores of %s are kept from %.2f on: "
          "what lies below was not seen\n",
          by != NULL ? "policy" : "scorer", by != NULL ? by : name, name, from);
  }
}

static gboolean
test (const WeirCtl *ctl, const char *file, GError **error)
{
  json_auto_t *current = get_policy (ctl, error);
  json_auto_t *hits = NULL;
  g_autoptr (WeirSettings) settings = NULL;
  g_autoptr (WeirPolicy) now = NULL, then = NULL;
  g_autoptr (WeirCtlHits) hits_now = NULL, hits_then = NULL;
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (GArray) changes = NULL;
  gint64 gap_ms;

  if (current == NULL)
    return FALSE;
  then = read_file (file, current, &settings, error);
  if (then == NULL)
    return FALSE;
  now = weir_ctl_policy_parse (current, error);
  if (now == NULL)
    return FALSE;
  hits = get_hits (ctl,
      ctl->options->limit > 0 ? (guint) ctl->options->limit : DEFAULT_LIMIT,
      error);
  if (hits == NULL)
    return FALSE;
  warn_radius (then, current);
  warn_thresholds (then, settings, current);
  gap_ms = weir_ctl_text_int (current, "case_gap_ms");
  hits_now = weir_ctl_hits_new (hits, current, NULL);
  hits_then = weir_ctl_hits_new (hits, current, settings);
  before = weir_replay_run (weir_ctl_hits_get (hits_now), now, gap_ms);
  after = weir_replay_run (weir_ctl_hits_get (hits_then), then, gap_ms);
  changes = weir_replay_compare (before, after);
  if (ctl->options->json)
    print_json (changes, (guint) json_array_size (hits));
  else
    print_changes (changes, before, after, (guint) json_array_size (hits));
  return TRUE;
}

gboolean
weir_ctl_run_policy (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const verbs[] = { "show", "test", NULL };

  if (arguments[0] == NULL)
    return show (ctl, error);
  if (strcmp (arguments[0], "show") == 0)
    return weir_ctl_want (arguments, 1, "show", error) && show (ctl, error);
  if (strcmp (arguments[0], "test") == 0)
    return weir_ctl_want (arguments, 2, "test FILE", error)
           && test (ctl, arguments[1], error);
  weir_ctl_set_unknown (error, "policy command", arguments[0], verbs);
  return FALSE;
}
