/* weirctl bank. */
#include "programs/ctl/cmd-bank.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "programs/ctl/cmd-bank-import.h"
#include "programs/ctl/list-file.h"
#include "programs/ctl/table.h"
#include "programs/ctl/text.h"

/* Entries that are asked for at once: the most that there are in an answer. */
#define ENTRIES_PAGE 5000

char *
weir_ctl_bank_dup_address (const char *bank, const char *more)
{
  g_autofree char *name = g_uri_escape_string (bank, NULL, FALSE);

  return g_strconcat (WEIR_CTL_API "banks/", name, more, NULL);
}

static gboolean
run_list (const WeirCtl *ctl, GError **error)
{
  static const char *const titles[] = { "BANK", "ACTION", "RADIUS", "IN FILE",
    "LEFT OUT", "ENTRIES", "HITS", "LAST HIT", "STATE", "SOURCE", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  json_auto_t *list = weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "banks", NULL, JSON_ARRAY, error);
  g_autofree char *text = NULL;
  const json_t *bank;
  gsize i;

  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (list, i, bank)
  {
    static const char *const numbers[] = { "radius", "in_file", "left_out",
      "entries", "hits" };
    gint64 last_ms = weir_ctl_text_int (bank, "last_hit_ms");
    g_autofree char *last =
        last_ms > 0 ? weir_ctl_text_time (last_ms) : g_strdup ("-");
    gboolean good = json_is_true (json_object_get (bank, "known_good"));

    weir_ctl_table_add (table, weir_ctl_text_string (bank, "name"));
    weir_ctl_table_add (
        table, good ? "none" : weir_ctl_text_string (bank, "action"));
    for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
      weir_ctl_table_add_format (
          table, "%" G_GINT64_FORMAT, weir_ctl_text_int (bank, numbers[k]));
    weir_ctl_table_add (table, last);
    weir_ctl_table_add (table, !json_is_true (json_object_get (bank, "enabled"))
                                   ? "off"
                               : good ? "known good"
                                      : "on");
    weir_ctl_table_add (table, weir_ctl_text_string (bank, "source"));
  }
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text : "No banks.\n", stdout);
  return TRUE;
}

/* The entries of BANK, page by page. */
static json_t *
get_entries (const WeirCtl *ctl, const char *bank, GError **error)
{
  json_auto_t *list = json_array ();
  json_auto_t *page = NULL;

  do {
    const json_t *last =
        json_array_get (list, MAX (json_array_size (list), 1) - 1);
    g_autofree char *escaped = g_uri_escape_string (
        last != NULL ? weir_ctl_text_string (last, "id") : "", NULL, FALSE);
    g_autofree char *rest =
        g_strdup_printf ("/entries?limit=%d&after=%s", ENTRIES_PAGE, escaped);
    g_autofree char *address = weir_ctl_bank_dup_address (bank, rest);

    json_decref (page);
    page =
        weir_ctl_api_call (ctl->api, "GET", address, NULL, JSON_ARRAY, error);
    if (page == NULL)
      return NULL;
    json_array_extend (list, page);
  } while (json_array_size (page) == ENTRIES_PAGE);
  return g_steal_pointer (&list);
}

static gboolean
print_json (const WeirCtl *ctl, const char *bank, GError **error)
{
  json_auto_t *list = NULL;
  g_autofree char *safe = NULL;
  char *dump;

  if (ctl->options->format != NULL || ctl->options->source != NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--json prints what was added; for more use --format ndjson");
    return FALSE;
  }
  list = get_entries (ctl, bank, error);
  if (list == NULL)
    return FALSE;
  dump = json_dumps (list, JSON_COMPACT);
  safe = weir_ctl_text_json_safe (dump);
  free (dump);
  puts (safe);
  return TRUE;
}

/* NAME: one of NAMES, or NULL for FALLBACK; NULL when it is something else. */
static const char *
want_name (const char *what, const char *name, const char *const *names,
    const char *fallback, GError **error)
{
  if (name == NULL)
    return fallback;
  if (g_strv_contains (names, name))
    return name;
  weir_ctl_set_unknown (error, what, name, names);
  return NULL;
}

static gboolean
run_export (const WeirCtl *ctl, const char *bank, GError **error)
{
  static const char *const formats[] = { "text", "ndjson", "lines", "pdq",
    "csv", "tx", "vpdq", "vpdq-json", NULL };
  static const char *const sources[] = { "added", "file", "all", NULL };
  g_autofree char *address = NULL;
  g_autofree char *rest = NULL;
  const char *format, *source;

  if (ctl->options->json)
    return print_json (ctl, bank, error);
  format = want_name ("format", ctl->options->format, formats, "csv", error);
  source = format != NULL ? want_name (
               "source", ctl->options->source, sources, "added", error)
                          : NULL;
  if (source == NULL)
    return FALSE;
  rest = g_strdup_printf ("/export?format=%s&source=%s", format, source);
  address = weir_ctl_bank_dup_address (bank, rest);
  return weir_ctl_api_print (ctl->api, address, error);
}

typedef struct {
  guint added, known, quarantined, refused, recent;
} Tally;

/* Sends ENTRIES (taken) and counts what became of them. */
static gboolean
send_entries (const WeirCtl *ctl, const char *bank, json_t *entries,
    Tally *tally, GError **error)
{
  g_autofree char *address = weir_ctl_bank_dup_address (bank, "/entries");
  json_auto_t *answer = weir_ctl_api_call (ctl->api, "POST", address,
      json_pack ("{s:o}", "entries", entries), JSON_OBJECT, error);
  const json_t *entry;
  gsize i;

  if (answer == NULL)
    return FALSE;
  json_array_foreach (json_object_get (answer, "entries"), i, entry)
  {
    if (json_object_get (entry, "refused") != NULL) {
      g_autofree char *why =
          weir_ctl_text_json_safe (weir_ctl_text_string (entry, "refused"));

      tally->refused++;
      fprintf (stderr, "weirctl: an entry is refused: %s\n", why);
    } else if (json_is_true (json_object_get (entry, "known"))) {
      tally->known++;
    } else {
      tally->added++;
      tally->quarantined += json_object_get (entry, "quarantined") != NULL;
    }
  }
  tally->recent += (guint) weir_ctl_text_int (answer, "found_in_recent");
  return TRUE;
}

static gboolean
report (const Tally *t, GError **error)
{
  weir_ctl_say ("%u added, %u of them quarantined; %u already there; %u "
                "refused. Found in %u pictures that had been looked at.",
      t->added, t->quarantined, t->known, t->refused, t->recent);
  if (t->refused == 0)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "%u entries are refused",
      t->refused);
  return FALSE;
}

static gboolean
run_add (const WeirCtl *ctl, const char *bank, const char *hash, GError **error)
{
  json_t *entry = json_pack ("{s:s}", "hash", hash);
  Tally tally = { 0 };

  if (entry == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "the hash is not UTF-8");
    return FALSE;
  }
  if (ctl->options->note != NULL)
    json_object_set_new (entry, "note", json_string (ctl->options->note));
  return send_entries (ctl, bank, json_pack ("[o]", entry), &tally, error)
         && report (&tally, error);
}

static gboolean
run_remove (
    const WeirCtl *ctl, const char *bank, const char *id, GError **error)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *more = g_strconcat ("/entries/", escaped, NULL);
  g_autofree char *address = weir_ctl_bank_dup_address (bank, more);
  json_auto_t *answer =
      weir_ctl_api_call (ctl->api, "DELETE", address, NULL, JSON_OBJECT, error);

  if (answer == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else
    weir_ctl_say ("It is taken out of %s.", bank);
  return TRUE;
}

gboolean
weir_ctl_run_bank (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const verbs[] = { "list", "export", "add", "import",
    "remove", "quarantined", "quarantine", "release", "disable", "enable",
    NULL };
  const char *verb = arguments[0] != NULL ? arguments[0] : "list";

  if (!g_strv_contains (verbs, verb)) {
    weir_ctl_set_unknown (error, "bank command", verb, verbs);
    return FALSE;
  }
  if (strcmp (verb, "list") == 0)
    return weir_ctl_want (
               arguments, arguments[0] ? 1 : 0, "\"list\" alone", error)
           && run_list (ctl, error);
  if (strcmp (verb, "export") == 0)
    return weir_ctl_want (arguments + 1, 1, "the bank's name", error)
           && run_export (ctl, arguments[1], error);
  if (strcmp (verb, "quarantined") == 0)
    return weir_ctl_want (arguments + 1, 1, "the bank's name", error)
           && weir_ctl_bank_quarantined (ctl, arguments[1], error);
  if (strcmp (verb, "quarantine") == 0 || strcmp (verb, "release") == 0
      || strcmp (verb, "disable") == 0 || strcmp (verb, "enable") == 0)
    return weir_ctl_want (arguments + 1, 2, "BANK ENTRY", error)
           && weir_ctl_bank_entry (
               ctl, verb, arguments[1], arguments[2], error);
  if (!weir_ctl_want (arguments + 1, 2,
          strcmp (verb, "import") == 0 ? "BANK FILE"
          : strcmp (verb, "add") == 0  ? "BANK HASH"
                                       : "BANK ID",
          error))
    return FALSE;
  if (strcmp (verb, "add") == 0)
    return run_add (ctl, arguments[1], arguments[2], error);
  if (strcmp (verb, "import") == 0)
    return weir_ctl_bank_import (ctl, arguments[1], arguments[2], error);
  return run_remove (ctl, arguments[1], arguments[2], error);
}
