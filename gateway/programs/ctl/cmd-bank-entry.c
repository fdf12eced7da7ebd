/* weirctl bank: which entries do not count, and people's word on one. */
#include "programs/ctl/cmd-bank.h"

#include <stdio.h>
#include <string.h>

#include "programs/ctl/table.h"
#include "programs/ctl/text.h"
#include "programs/ctl/when.h"

static void
add_state (WeirCtlTable *table, const json_t *one)
{
  gint64 line = weir_ctl_text_int (one, "line");
  g_autofree char *until =
      weir_ctl_text_time (weir_ctl_text_int (one, "until_ms"));

  if (*until != '\0')
    weir_ctl_table_add_format (table, "disabled until %s", until);
  else if (strcmp (weir_ctl_text_string (one, "kind"), "left_out") != 0)
    weir_ctl_table_add (table, "passed over");
  else if (line > 0)
    weir_ctl_table_add_format (table, "left out, line %" G_GINT64_FORMAT, line);
  else
    weir_ctl_table_add (table, "left out, put in");
}

/* How many the gateway has left out of BANK besides the LISTED ones, those of
 * its file and those put in. */
static gboolean
print_rest (const WeirCtl *ctl, const char *bank, gint64 listed, GError **error)
{
  json_auto_t *banks = weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "banks", NULL, JSON_ARRAY, error);
  const json_t *one;
  gsize i;

  if (banks == NULL)
    return FALSE;
  json_array_foreach (banks, i, one)
  {
    gint64 more = weir_ctl_text_int (one, "left_out")
                  + weir_ctl_text_int (one, "held") - listed;

    if (strcmp (weir_ctl_text_string (one, "name"), bank) == 0 && more > 0)
      weir_ctl_say ("%" G_GINT64_FORMAT " more are left out.", more);
  }
  return TRUE;
}

gboolean
weir_ctl_bank_quarantined (const WeirCtl *ctl, const char *bank, GError **error)
{
  static const char *const titles[] = { "ENTRY", "STATE", "SINCE", "BY", "WHY",
    NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  g_autofree char *address = weir_ctl_bank_dup_address (bank, "/quarantine");
  json_auto_t *list =
      weir_ctl_api_call (ctl->api, "GET", address, NULL, JSON_ARRAY, error);
  g_autofree char *text = NULL;
  gint64 left_out = 0;
  const json_t *one;
  gsize i;

  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (list, i, one)
  {
    g_autofree char *since =
        weir_ctl_text_time (weir_ctl_text_int (one, "since_ms"));

    left_out += *weir_ctl_text_string (one, "hash") != '\0';
    weir_ctl_table_add (table, weir_ctl_text_string (one, "entry"));
    add_state (table, one);
    weir_ctl_table_add (table, since);
    weir_ctl_table_add (table, weir_ctl_text_string (one, "by"));
    weir_ctl_table_add (table, weir_ctl_text_string (one, "reason"));
  }
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text
                                    : "Nothing is quarantined or left out.\n",
      stdout);
  return left_out == 0 || print_rest (ctl, bank, left_out, error);
}

/* Of --until and --for. */
static gboolean
add_until (const WeirCtl *ctl, json_t *body, GError **error)
{
  const char *until = ctl->options->until, *span = ctl->options->span;
  gint64 ms = 0;

  if ((until == NULL) == (span == NULL)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "give --until or --for");
    return FALSE;
  }
  if (until != NULL && !weir_ctl_when_parse_time (until, &ms)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "\"%s\" is no time like \"2030-12-24 18:00\"", until);
    return FALSE;
  }
  if (span != NULL && !weir_ctl_when_parse_duration (span, &ms)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "\"%s\" is no time like 30m, 2h or 7d, of at most ten years", span);
    return FALSE;
  }
  if (span != NULL)
    ms += g_get_real_time () / 1000;
  json_object_set_new (body, "until_ms", json_integer (ms));
  return TRUE;
}

/* What a release did, in words. */
static void
say_released (const json_t *answer, const char *entry)
{
  const char *left_out = weir_ctl_text_string (answer, "left_out");

  if (*left_out != '\0')
    weir_ctl_say ("Matches of %s are not passed over any more, but it is left "
                  "out: %s. Release it once more.",
        entry, left_out);
  else if (json_object_get (answer, "id") != NULL)
    weir_ctl_say ("Matches of %s count from now on. Found in %" G_GINT64_FORMAT
                  " pictures that had been looked at.",
        entry, weir_ctl_text_int (answer, "found_in_recent"));
  else
    weir_ctl_say ("Matches of %s count again.", entry);
}

static void
say_done (
    const char *verb, const json_t *answer, const char *entry, gint64 until_ms)
{
  g_autofree char *until = weir_ctl_text_time (until_ms);

  if (strcmp (verb, "quarantine") == 0)
    weir_ctl_say ("Matches of %s are passed over.", entry);
  else if (strcmp (verb, "disable") == 0)
    weir_ctl_say ("Matches of %s do not count until %s.", entry, until);
  else
    say_released (answer, entry);
}

gboolean
weir_ctl_bank_entry (const WeirCtl *ctl, const char *verb, const char *bank,
    const char *entry, GError **error)
{
  const char *note = ctl->options->note != NULL ? ctl->options->note : "";
  g_autofree char *more = g_strconcat ("/", verb, NULL);
  g_autofree char *address = weir_ctl_bank_dup_address (bank, more);
  json_auto_t *body = json_pack ("{s:s, s:s}", "entry", entry, "note", note);
  json_auto_t *answer = NULL;

  if (body == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "the entry's name is not UTF-8");
    return FALSE;
  }
  if (strcmp (verb, "disable") == 0) {
    if (!add_until (ctl, body, error))
      return FALSE;
  } else if (ctl->options->until != NULL || ctl->options->span != NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--until and --for are for disable");
    return FALSE;
  }
  answer = weir_ctl_api_call (
      ctl->api, "POST", address, json_incref (body), JSON_OBJECT, error);
  if (answer == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else
    say_done (verb, answer, entry, weir_ctl_text_int (body, "until_ms"));
  return TRUE;
}
