/* weirctl trail. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "programs/ctl/table.h"
#include "programs/ctl/text.h"
#include "programs/ctl/trail-check.h"

#define PAGE 1000 /* the most that the API gives at once */
#define DEFAULT_LIMIT 20

/* Up to LIMIT records older than BEFORE (0: the newest). */
static json_t *
get_page (const WeirCtl *ctl, guint64 before, guint limit, GError **error)
{
  g_autofree char *path =
      before > 0 ? g_strdup_printf (WEIR_CTL_API
          "trail?before=%" G_GUINT64_FORMAT "&limit=%u",
          before, limit)
                 : g_strdup_printf (WEIR_CTL_API "trail?limit=%u", limit);

  return weir_ctl_api_call (ctl->api, "GET", path, NULL, JSON_ARRAY, error);
}

/* Number of the last record of PAGE, 0 when it is empty. */
static guint64
oldest_of (const json_t *page)
{
  gsize n = json_array_size (page);
  gint64 number =
      n > 0 ? weir_ctl_text_int (json_array_get (page, n - 1), "number") : 0;

  return number > 0 ? (guint64) number : 0;
}

static void
add_record (WeirCtlTable *table, const json_t *record)
{
  g_autofree char *time =
      weir_ctl_text_time (weir_ctl_text_int (record, "time"));
  char *detail = json_dumps (
      json_object_get (record, "detail"), JSON_COMPACT | JSON_ENCODE_ANY);

  weir_ctl_table_add_format (
      table, "%" G_GINT64_FORMAT, weir_ctl_text_int (record, "number"));
  weir_ctl_table_add (table, time);
  weir_ctl_table_add (table, weir_ctl_text_string (record, "actor"));
  weir_ctl_table_add (table, weir_ctl_text_string (record, "action"));
  weir_ctl_table_add (table, weir_ctl_text_string (record, "subject"));
  weir_ctl_table_add (table, detail);
  free (detail);
}

/* The newest LIMIT records, page by page. */
static json_t *
get_records (const WeirCtl *ctl, guint limit, GError **error)
{
  json_t *all = json_array ();
  guint64 before = 0;

  while (json_array_size (all) < limit) {
    guint ask = MIN (limit - (guint) json_array_size (all), PAGE);
    json_auto_t *page = get_page (ctl, before, ask, error);
    guint64 oldest = oldest_of (page);

    if (page == NULL) {
      json_decref (all);
      return NULL;
    }
    while (json_array_size (page) > ask)
      json_array_remove (page, json_array_size (page) - 1);
    json_array_extend (all, page);
    if (oldest <= 1 || (before > 0 && oldest >= before))
      break;
    before = oldest;
  }
  return all;
}

static gboolean
run_list (const WeirCtl *ctl, GError **error)
{
  static const char *const titles[] = { ">NUMBER", "TIME", "ACTOR", "ACTION",
    "SUBJECT", "DETAIL", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  guint limit =
      ctl->options->limit > 0 ? (guint) ctl->options->limit : DEFAULT_LIMIT;
  json_auto_t *list = get_records (ctl, limit, error);
  g_autofree char *text = NULL;
  const json_t *record;
  gsize i;

  if (list == NULL)
    return FALSE;
  if (ctl->options->json && limit <= PAGE) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  if (ctl->options->json) {
    char *json = json_dumps (list, JSON_COMPACT);

    text = weir_ctl_text_json_safe (json);
    free (json);
    puts (text);
    return TRUE;
  }
  json_array_foreach (list, i, record) add_record (table, record);
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text : "The trail is empty.\n", stdout);
  return TRUE;
}

static gboolean
check_all (const WeirCtl *ctl, WeirCtlTrailCheck *check, GError **error)
{
  guint64 before = 0;

  do {
    json_auto_t *page = get_page (ctl, before, PAGE, error);
    const json_t *record;
    gsize i;

    if (page == NULL)
      return FALSE;
    json_array_foreach (page, i, record) if (!weir_ctl_trail_check_add (check,
                                                 record, error)) return FALSE;
    before = oldest_of (page);
  } while (before > 1);
  weir_ctl_trail_check_finish (check);
  return TRUE;
}

static void
print_check (const WeirCtl *ctl, const WeirCtlTrailCheck *check)
{
  if (ctl->options->json)
    printf ("{\"ok\":%s,\"records\":%" G_GUINT64_FORMAT
            ",\"newest\":%" G_GUINT64_FORMAT ",\"broken\":%" G_GUINT64_FORMAT
            "}\n",
        check->broken == 0 ? "true" : "false", check->count,
        check->newest_number, check->broken);
  else if (check->count == 0)
    puts ("The trail is empty.");
  else if (check->broken == 0)
    weir_ctl_say ("%" G_GUINT64_FORMAT
                  " records, the chain holds. Newest: %" G_GUINT64_FORMAT " %s",
        check->count, check->newest_number, check->newest_hash);
}

static gboolean
run_verify (const WeirCtl *ctl, GError **error)
{
  g_auto (WeirCtlTrailCheck) check = { 0 };

  if (!check_all (ctl, &check, error))
    return FALSE;
  print_check (ctl, &check);
  if (check.broken == 0)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
      "the trail is broken, first at record %" G_GUINT64_FORMAT ": %s",
      check.broken, check.why);
  return FALSE;
}

gboolean
weir_ctl_run_trail (const WeirCtl *ctl, char **arguments, GError **error)
{
  if (!weir_ctl_want (arguments, 0, NULL, error))
    return FALSE;
  if (ctl->options->verify && ctl->options->limit > 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "--verify reads the whole trail: no --limit with it");
    return FALSE;
  }
  return ctl->options->verify ? run_verify (ctl, error) : run_list (ctl, error);
}
