/* weirctl status. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "programs/ctl/table.h"
#include "programs/ctl/text.h"

static void
add_line (WeirCtlTable *table, const char *name, const char *value)
{
  weir_ctl_table_add (table, name);
  weir_ctl_table_add (table, value);
}

static void
add_count (WeirCtlTable *table, const char *name, const json_t *system,
    const char *key)
{
  weir_ctl_table_add (table, name);
  weir_ctl_table_add_format (
      table, "%" G_GINT64_FORMAT, weir_ctl_text_int (system, key));
}

/* "1.4 % of a core used, 1.5 % asked for, at most 160 %; 0 streams lowered" */
static void
add_analysis (WeirCtlTable *table, const json_t *sampling)
{
  weir_ctl_table_add (table, "analysis");
  weir_ctl_table_add_format (table,
      "%.1f %% of a core used, %.1f %% asked for, at most %.0f %%; "
      "%" G_GINT64_FORMAT " streams lowered",
      (double) weir_ctl_text_int (sampling, "spent_us") / 1e4,
      (double) weir_ctl_text_int (sampling, "asked_us") / 1e4,
      (double) weir_ctl_text_int (sampling, "limit_us") / 1e4,
      weir_ctl_text_int (sampling, "streams_lowered"));
}

static void
print_system (const json_t *system, const char *ready)
{
  static const char *const titles[] = { "", "", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  g_autofree char *up =
      weir_ctl_text_duration (weir_ctl_text_int (system, "uptime_ms"));
  g_autofree char *text = NULL;

  add_line (table, "ready", ready);
  add_line (table, "version", weir_ctl_text_string (system, "version"));
  add_line (table, "up", up);
  add_count (table, "streams", system, "streams");
  add_count (table, "open cases", system, "cases_open");
  weir_ctl_table_add (table, "analyzers");
  weir_ctl_table_add_format (table,
      "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " ready, %" G_GINT64_FORMAT
      " restarts",
      weir_ctl_text_int (system, "analyzers_ready"),
      weir_ctl_text_int (system, "analyzers"),
      weir_ctl_text_int (system, "analyzers_restarts"));
  if (*weir_ctl_text_string (system, "analyzers_error") != '\0')
    add_line (table, "the last one",
        weir_ctl_text_string (system, "analyzers_error"));
  add_analysis (table, json_object_get (system, "sampling"));
  weir_ctl_table_add (table, "srt");
  weir_ctl_table_add_format (table,
      "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " ready, %" G_GINT64_FORMAT
      " restarts",
      weir_ctl_text_int (system, "srt_workers_ready"),
      weir_ctl_text_int (system, "srt_workers"),
      weir_ctl_text_int (system, "srt_restarts"));
  add_line (table, "store", weir_ctl_text_string (system, "store"));
  add_count (table, "reviewers", system, "reviewers");
  weir_ctl_table_add (table, "busy");
  weir_ctl_table_add_format (table, "%" G_GINT64_FORMAT " %%",
      weir_ctl_text_int (system, "loop_busy_percent"));
  weir_ctl_table_add (table, "held");
  weir_ctl_table_add_format (table,
      "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " MiB",
      weir_ctl_text_int (system, "held_bytes") >> 20,
      weir_ctl_text_int (system, "held_bytes_max") >> 20);
  weir_ctl_table_add (table, "locked out");
  weir_ctl_table_add_format (table, "%" G_GINT64_FORMAT " addresses",
      weir_ctl_text_int (system, "addresses_locked_out"));
  text = weir_ctl_table_format (table);
  fputs (text, stdout);
}

gboolean
weir_ctl_run_status (const WeirCtl *ctl, char **arguments, GError **error)
{
  g_autofree char *ready = NULL;
  json_auto_t *system = NULL;
  guint status;

  if (!weir_ctl_want (arguments, 0, NULL, error)
      || !weir_ctl_api_get (ctl->api, "/readyz", &status, error))
    return FALSE;
  ready = g_strchomp (g_strndup (weir_ctl_api_get_answer (ctl->api), 200));
  system = weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "system", NULL, JSON_OBJECT, error);
  if (system == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else
    print_system (system, status == 200 ? "yes" : ready);
  if (status == 200)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "not ready: %s",
      *ready != '\0' ? ready : "no reason given");
  return FALSE;
}
