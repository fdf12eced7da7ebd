/* GET policy, hits, signatures, streams/APP/NAME/thumbnail. */
#include "web/api-policy.h"

#include "control/stream.h"
#include "core/scorers.h"
#include "core/names.h"

#include <string.h>

#define PAGE 100
#define PAGE_MAX 1000

static json_t *
describe_score (guint thousandths)
{
  return json_real (thousandths / (double) WEIR_POLICY_SCORE_ONE);
}

static json_t *
describe_rule (const WeirPolicyRule *rule)
{
  json_t *json = json_pack (
      "{s:s, s:s, s:s, s:i, s:i, s:I, s:s, s:i, s:I, s:s}", "name", rule->name,
      "app", rule->app, "bank", rule->bank, "hits", (int) rule->hits, "of",
      (int) rule->of, "within_ms", (json_int_t) rule->within_ms, "action",
      weir_action_name (rule->action), "priority", (int) rule->priority,
      "timeout_ms", (json_int_t) rule->timeout_ms, "on_timeout",
      weir_timeout_name (rule->on_timeout));
  gboolean scores = *rule->scorer != '\0';

  json_object_set_new (json, "scorer", json_string (rule->scorer));
  json_object_set_new (json, "threshold",
      scores && rule->radius >= 0 ? describe_score (
          weir_policy_score_of_distance ((guint) rule->radius))
                                  : json_null ());
  json_object_set_new (json, "radius",
      !scores && rule->radius >= 0 ? json_integer (rule->radius)
                                   : json_null ());
  json_object_set_new (json, "min_quality",
      rule->min_quality >= 0 ? json_integer (rule->min_quality) : json_null ());
  return json;
}

static json_t *
describe_bank (const WeirSettings *settings, const char *name)
{
  return json_pack ("{s:s, s:I, s:I, s:s, s:I}", "name", name, "radius",
      (json_int_t) weir_settings_named_int (settings, "bank", name, "radius"),
      "min_quality",
      (json_int_t) weir_settings_named_int (
          settings, "bank", name, "min_quality"),
      "action", weir_settings_named_string (settings, "bank", name, "action"),
      "priority",
      (json_int_t) weir_settings_named_int (
          settings, "bank", name, "priority"));
}

/* FROM: what is below is not kept. */
static json_t *
describe_scorer (const WeirControl *control, const WeirScorerSetting *scorer)
{
  const char *by;

  return json_pack ("{s:s, s:o, s:o, s:s, s:i}", "name", scorer->name,
      "threshold", describe_score (scorer->threshold), "from",
      describe_score (weir_policy_get_threshold (
          control->policy, scorer->name, scorer->threshold, &by)),
      "action", weir_action_name (scorer->action), "priority",
      (int) scorer->priority);
}

static json_t *
describe_policy (const WeirControl *control)
{
  const GPtrArray *rules = weir_policy_get_rules (control->policy);
  g_auto (GStrv) names = weir_settings_names (control->settings, "bank");
  json_t *policies = json_array (), *banks = json_array ();
  json_t *scorers = json_array ();

  for (guint i = 0; i < rules->len; i++)
    json_array_append_new (
        policies, describe_rule (g_ptr_array_index (rules, i)));
  for (char **name = names; *name != NULL; name++)
    json_array_append_new (banks, describe_bank (control->settings, *name));
  for (guint i = 0; control->scorers != NULL && i < control->scorers->len; i++)
    json_array_append_new (scorers,
        describe_scorer (control, g_ptr_array_index (control->scorers, i)));
  return json_pack ("{s:o, s:o, s:o, s:i, s:I}", "policies", policies, "banks",
      banks, "scorers", scorers, "search_radius", (int) control->search_radius,
      "case_gap_ms",
      (json_int_t) weir_settings_int (
          control->settings, "review", "case_gap_ms"));
}

static json_t *
describe_sighting (const WeirSighting *s)
{
  json_t *json = json_pack ("{s:I, s:I, s:s, s:I, s:I, s:i}", "number",
      (json_int_t) s->number, "time", (json_int_t) s->wall_ms, "stream",
      s->stream, "started_ms", (json_int_t) s->started_ms, "pts_ms",
      (json_int_t) s->pts_ms, "quality", (int) s->quality);
  char hex[2 * sizeof s->hash + 1];

  if (s->matches != NULL) {
    json_t *matches = json_loads (s->matches, 0, NULL);

    json_object_set_new (json, "clean", json_integer (s->clean));
    json_object_set_new (json, "clean_from_ms",
        s->clean > 0 ? json_integer (s->clean_from_ms) : json_null ());
    json_object_set_new (json, "clean_to_ms",
        s->clean > 0 ? json_integer (s->clean_to_ms) : json_null ());
    json_object_set_new (
        json, "matches", matches != NULL ? matches : json_array ());
    return json;
  }
  for (guint i = 0; i < sizeof s->hash; i++)
    g_snprintf (hex + 2 * i, 3, "%02x", s->hash[i]);
  json_object_set_new (json, "hash", json_string (hex));
  return json;
}

static void
on_sightings (GArray *sightings, const GError *error, gpointer data)
{
  WeirRequest *request = data;

  if (sightings == NULL) {
    weir_request_answer_error (request, 503, "unavailable", error->message);
  } else {
    json_t *list = json_array ();

    for (guint i = 0; i < sightings->len; i++)
      json_array_append_new (list,
          describe_sighting (&g_array_index (sightings, WeirSighting, i)));
    weir_request_answer_json (request, 200, list);
  }
  weir_request_unref (request);
}

static void
get_sightings (
    WeirRequest *request, const WeirUser *user, WeirSightingsKind kind)
{
  g_autofree char *before = weir_request_dup_argument (request, "before");
  g_autofree char *limit = weir_request_dup_argument (request, "limit");
  g_autofree char *stream = weir_request_dup_argument (request, "stream");
  g_autofree char *app = NULL, *name = NULL;
  guint64 n = g_ascii_strtoull (limit, NULL, 10);

  if (weir_user_get_role (user) < WEIR_ROLE_OPERATOR) {
    weir_request_answer_error (request, 403, "not_allowed",
        "Hits and signatures need the role operator.");
    return;
  }
  if (*stream != '\0' && !weir_path_split (stream, &app, &name)) {
    weir_request_answer_error (
        request, 400, "bad_request", "\"stream\" must be APP/NAME.");
    return;
  }
  weir_store_read_sightings (request->web->control->store, kind,
      *stream != '\0' ? stream : NULL, g_ascii_strtoull (before, NULL, 10),
      n == 0 ? PAGE : (guint) MIN (n, PAGE_MAX), on_sightings,
      weir_request_ref (request));
}

static void
get_thumbnail (WeirRequest *request, const WeirUser *user, char **parts)
{
  g_autofree char *path = g_strconcat (parts[1], "/", parts[2], NULL);
  const WeirStream *stream =
      weir_streams_find (request->web->control->streams, path);

  if (weir_user_get_role (user) < WEIR_ROLE_REVIEWER)
    weir_request_answer_error (request, 403, "not_allowed",
        "Pictures of streams need the role reviewer.");
  else if (stream == NULL)
    weir_request_answer_error (
        request, 404, "not_found", "There is no such stream now.");
  else if (stream->thumbnail == NULL)
    weir_request_answer_error (
        request, 404, "not_found", "There is no picture of it yet.");
  else
    weir_request_answer (request, 200, "image/jpeg", stream->thumbnail);
}

gboolean
weir_api_policy_get (
    WeirRequest *request, const WeirUser *user, char **parts, guint n)
{
  if (strcmp (parts[0], "policy") == 0 && n == 1)
    weir_request_answer_json (
        request, 200, describe_policy (request->web->control));
  else if (strcmp (parts[0], "hits") == 0 && n == 1)
    get_sightings (request, user, WEIR_SIGHTINGS_HITS);
  else if (strcmp (parts[0], "signatures") == 0 && n == 1)
    get_sightings (request, user, WEIR_SIGHTINGS_SIGNATURES);
  else if (strcmp (parts[0], "streams") == 0 && n == 4
           && strcmp (parts[3], "thumbnail") == 0)
    get_thumbnail (request, user, parts);
  else
    return FALSE;
  return TRUE;
}
