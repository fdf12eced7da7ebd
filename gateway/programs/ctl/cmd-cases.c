/* weirctl cases, decide. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/ids.h"
#include "programs/ctl/ids.h"
#include "programs/ctl/table.h"
#include "programs/ctl/text.h"

static gboolean
is_open (const json_t *c)
{
  return strcmp (weir_ctl_text_string (c, "state"), "open") == 0;
}

/* How long until the flagged span is public. */
static char *
dup_public_in (const json_t *c, gint64 now_ms)
{
  gint64 left = weir_ctl_text_int (c, "public_ms") - now_ms;

  if (!is_open (c))
    return g_strdup ("");
  if (*weir_ctl_text_string (c, "interim") != '\0')
    return g_strdup ("withheld");
  return left > 0 ? weir_ctl_text_duration (left) : g_strdup ("public");
}

static void
add_case (WeirCtlTable *table, const json_t *c, guint id_length)
{
  g_autofree char *public_in =
      dup_public_in (c, g_get_real_time () / G_TIME_SPAN_MILLISECOND);
  const json_t *exposure = json_object_get (c, "exposure_ms");
  const json_t *score = json_is_real (json_object_get (c, "score"))
                            ? json_object_get (c, "score")
                            : NULL;
  const char *verdict = weir_ctl_text_string (c, "verdict");
  const char *interim = weir_ctl_text_string (c, "interim");

  weir_ctl_table_add_format (
      table, "%.*s", (int) id_length, weir_ctl_text_string (c, "id"));
  weir_ctl_table_add (table, weir_ctl_text_string (c, "stream"));
  weir_ctl_table_add_format (
      table, "%" G_GINT64_FORMAT, weir_ctl_text_int (c, "priority"));
  weir_ctl_table_add (table, public_in);
  weir_ctl_table_add (
      table, weir_ctl_text_string (c, score != NULL ? "scorer" : "bank"));
  weir_ctl_table_add (table, weir_ctl_text_string (c, "entry"));
  if (score != NULL)
    weir_ctl_table_add_format (table, "%.2f", json_real_value (score));
  else
    weir_ctl_table_add_format (
        table, "%" G_GINT64_FORMAT, weir_ctl_text_int (c, "distance"));
  weir_ctl_table_add_format (
      table, "%" G_GINT64_FORMAT, weir_ctl_text_int (c, "hits"));
  if (*verdict == '\0' && *interim != '\0')
    weir_ctl_table_add_format (table, "%s for now", interim);
  else
    weir_ctl_table_add (table, verdict);
  if (json_is_integer (exposure))
    weir_ctl_table_add_format (
        table, "%" JSON_INTEGER_FORMAT " ms", json_integer_value (exposure));
  else
    weir_ctl_table_add (table, NULL);
  weir_ctl_table_add (table, weir_ctl_text_string (c, "reason"));
}

static GPtrArray *
ids_of (const json_t *list)
{
  GPtrArray *ids = g_ptr_array_new ();
  const json_t *c;
  gsize i;

  json_array_foreach (list, i, c)
      g_ptr_array_add (ids, (char *) weir_ctl_text_string (c, "id"));
  return ids;
}

static json_t *
get_cases (const WeirCtl *ctl, GError **error)
{
  return weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "cases", NULL, JSON_ARRAY, error);
}

gboolean
weir_ctl_run_cases (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const titles[] = { "ID", "STREAM", ">PRIORITY",
    ">PUBLIC IN", "BANK", "ENTRY", ">DISTANCE", ">HITS", "VERDICT", ">EXPOSURE",
    "WHY", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  g_autoptr (GPtrArray) ids = NULL;
  g_autofree char *text = NULL;
  json_auto_t *list = NULL;
  guint length, shown = 0;
  const json_t *c;
  gsize i;

  if (!weir_ctl_want (arguments, 0, NULL, error))
    return FALSE;
  list = get_cases (ctl, error);
  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  ids = ids_of (list);
  length = weir_ctl_ids_distinct_length (ids);
  for (guint open = 2; open-- > 0;) /* open ones first */
    json_array_foreach (list, i, c)
    {
      if (is_open (c) != (gboolean) open || (!open && !ctl->options->all))
        continue;
      add_case (table, c, length);
      shown++;
    }
  text = weir_ctl_table_format (table);
  if (shown > 0)
    fputs (text, stdout);
  else
    puts (ctl->options->all ? "No cases." : "No open cases.");
  return TRUE;
}

/* The whole id that TEXT begins. Whole ids are not looked up: the gateway
 * knows more cases than it lists. */
static char *
dup_case_id (const WeirCtl *ctl, const char *text, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  g_autoptr (GPtrArray) ids = NULL;
  json_auto_t *list = NULL;

  if (weir_id_is_valid (lower))
    return g_steal_pointer (&lower);
  list = get_cases (ctl, error);
  if (list == NULL)
    return NULL;
  ids = ids_of (list);
  return weir_ctl_ids_find (ids, lower, "case", error);
}

static void
say_decision (const char *id, const char *verdict, const json_t *result)
{
  const json_t *exposure = json_object_get (result, "exposure_ms");
  const json_t *took = json_object_get (result, "time_to_cut_us");
  GString *text = g_string_new (NULL);

  g_string_printf (text, "Case %s: %s%s.", id, verdict,
      strcmp (verdict, "blank") == 0 ? " until a verdict" : "");
  if (json_is_integer (exposure))
    g_string_append_printf (text, " Exposure: %" JSON_INTEGER_FORMAT " ms.",
        json_integer_value (exposure));
  if (json_is_integer (took))
    g_string_append_printf (text, " Time to cut: %.1f ms.",
        (double) json_integer_value (took) / 1000);
  weir_ctl_say ("%s", text->str);
  g_string_free (text, TRUE);
}

gboolean
weir_ctl_run_decide (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const verdicts[] = { "cut", "blank", "release", NULL };
  const char *note = ctl->options->note ? ctl->options->note : "";
  g_autofree char *id = NULL, *path = NULL;
  json_auto_t *result = NULL;

  if (!weir_ctl_want (
          arguments, 2, "a case and a verdict: CASE cut|blank|release", error))
    return FALSE;
  if (!g_strv_contains (verdicts, arguments[1])) {
    weir_ctl_set_unknown (error, "verdict", arguments[1], verdicts);
    return FALSE;
  }
  id = dup_case_id (ctl, arguments[0], error);
  if (id == NULL)
    return FALSE;
  path = g_strconcat (WEIR_CTL_API "cases/", id, "/decide", NULL);
  result = weir_ctl_api_call (ctl->api, "POST", path,
      json_pack ("{s:s, s:s}", "verdict", arguments[1], "note", note),
      JSON_OBJECT, error);
  if (result == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else
    say_decision (id, arguments[1], result);
  return TRUE;
}
