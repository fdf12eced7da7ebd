/* Banks and their entries. */
#include "web/api-banks.h"

#include "control/banks.h"
#include "control/browse.h"
#include "control/describe-banks.h"

#include <string.h>

#define PAGE 50
/* Entries in one answer, which the loop makes; the words below say it, too. */
#define MAX_ENTRIES 5000

static void
no_such_bank (WeirRequest *request)
{
  weir_request_answer_error (
      request, 404, "not_found", "There is no bank of this name.");
}

static void
get_entries (WeirRequest *request, const WeirUser *user, const char *bank)
{
  g_autofree char *after = weir_request_dup_argument (request, "after");
  g_autofree char *limit = weir_request_dup_argument (request, "limit");
  guint64 n = g_ascii_strtoull (limit, NULL, 10);
  gboolean gone, more;
  json_t *list;

  if (weir_user_get_role (user) < WEIR_ROLE_OPERATOR) {
    weir_request_answer_error (request, 403, "not_allowed",
        "The entries of banks need the role operator.");
    return;
  }
  list = weir_describe_signals (request->web->control, bank,
      *after != '\0' ? after : NULL,
      n == 0 ? MAX_ENTRIES : (guint) MIN (n, MAX_ENTRIES), &gone, &more);
  if (list == NULL) {
    no_such_bank (request);
    return;
  }
  if (!gone && (n > 0 || !more)) {
    weir_request_answer_json (request, 200, list);
    return;
  }
  json_decref (list);
  if (gone)
    weir_request_answer_error (request, 409, "conflict",
        "There is no entry whose id is \"after\" any more: begin anew.");
  else
    weir_request_answer_error (request, 400, "bad_request",
        "There are more than 5000 entries: ask for so many with \"limit\", and "
        "for those behind the last one's id with \"after\".");
}

static void
get_quarantined (WeirRequest *request, const WeirUser *user, const char *bank)
{
  g_autofree char *kind = weir_request_dup_argument (request, "kind");
  gboolean passed_over = strcmp (kind, "passed_over") == 0;
  json_t *list;

  if (*kind != '\0' && !passed_over) {
    weir_request_answer_error (
        request, 400, "bad_request", "\"kind\" can only be passed_over.");
    return;
  }
  if (weir_user_get_role (user)
      < (passed_over ? WEIR_ROLE_REVIEWER : WEIR_ROLE_OPERATOR)) {
    weir_request_answer_error (request, 403, "not_allowed",
        passed_over ? "What is passed over needs the role reviewer."
                    : "What is left out, with its hashes, needs the role "
                      "operator.");
    return;
  }
  list = weir_describe_quarantines (request->web->control, bank, !passed_over);
  if (list != NULL)
    weir_request_answer_json (request, 200, list);
  else
    no_such_bank (request);
}

static void export(WeirRequest *request, const WeirUser *user, const char *bank)
{
  WeirBanks *banks = request->web->control->banks;
  g_autofree char *format = weir_request_dup_argument (request, "format");
  g_autofree char *source = weir_request_dup_argument (request, "source");
  g_autofree char *wrong = NULL;
  WeirBankExportSource from = WEIR_BANK_EXPORT_ADDED;
  WeirBankExport *exported;
  const char *type;

  if (weir_user_get_role (user) < WEIR_ROLE_OPERATOR) {
    weir_request_answer_error (request, 403, "not_allowed",
        "The entries of banks need the role operator.");
    return;
  }
  if (*source != '\0' && !weir_bank_export_parse_source (source, &from)) {
    weir_request_answer_error (
        request, 400, "bad_request", "\"source\" must be added, file or all.");
    return;
  }
  exported = banks->klass->export_new (
      banks, bank, *format != '\0' ? format : "csv", from, &type, &wrong);
  if (exported != NULL)
    weir_request_answer_parts (request, type,
        (WeirRequestPart) banks->klass->export_more,
        (GDestroyNotify) banks->klass->export_free, exported);
  else if (wrong != NULL)
    weir_request_answer_error (request, 400, "bad_request", wrong);
  else
    no_such_bank (request);
}

typedef struct {
  WeirRequest *request;
  gboolean with_hashes;
} Asked;

static void
on_page (const WeirBrowsePage *page, gpointer data)
{
  Asked *asked = data;

  if (page != NULL)
    weir_request_answer_json (asked->request, 200,
        weir_describe_page (
            asked->request->web->control, page, asked->with_hashes));
  else
    weir_request_answer_error (
        asked->request, 503, "unavailable", "The gateway is ending.");
  weir_request_unref (asked->request);
  g_free (asked);
}

static void
refuse (WeirRequest *request, WeirBrowseStart start)
{
  switch (start) {
  case WEIR_BROWSE_NO_BANK:
    no_such_bank (request);
    break;
  case WEIR_BROWSE_BAD_AFTER:
    weir_request_answer_error (request, 400, "bad_request",
        "\"after\" must be what the page before had as \"next\".");
    break;
  case WEIR_BROWSE_BUSY:
    weir_request_answer_error (request, 503, "unavailable",
        "Others look through banks. Try again in a moment.");
    break;
  case WEIR_BROWSE_BEGUN:
    break;
  }
}

static void
look_through (WeirRequest *request, WeirBrowseQuery *query)
{
  Asked *asked = g_new (Asked, 1);
  WeirBrowseStart start;

  /* Who sees no hash must not find one out digit by digit. */
  *asked = (Asked){ weir_request_ref (request), !query->whole_hash };
  start = weir_browse (request->web->control, query, on_page, asked);
  if (start == WEIR_BROWSE_BEGUN)
    return;
  refuse (request, start);
  weir_request_unref (request);
  g_free (asked);
}

static void
get_search (WeirRequest *request, const WeirUser *user, const char *bank)
{
  g_auto (WeirBrowseQuery) query = {
    .bank = g_strdup (bank),
    .search = weir_request_dup_argument (request, "q"),
    .whole_hash = weir_user_get_role (user) < WEIR_ROLE_OPERATOR,
    .after = weir_request_dup_argument (request, "after"),
  };
  g_autofree char *limit = weir_request_dup_argument (request, "limit");
  g_autofree char *show = weir_request_dup_argument (request, "show");
  guint64 n = g_ascii_strtoull (limit, NULL, 10);

  query.limit = n == 0 ? PAGE : (guint) MIN (n, WEIR_BROWSE_MAX_LIMIT);
  if (weir_user_get_role (user) < WEIR_ROLE_REVIEWER)
    weir_request_answer_error (request, 403, "not_allowed",
        "Looking through banks needs the role reviewer.");
  else if (!weir_browse_show_from_string (
               *show != '\0' ? show : "all", &query.show))
    weir_request_answer_error (request, 400, "bad_request",
        "\"show\" must be all, added, aside or disabled.");
  else if (strlen (query.search) > WEIR_BROWSE_MAX_SEARCH_BYTES)
    weir_request_answer_error (
        request, 400, "bad_request", "\"q\" is longer than 200 bytes.");
  else
    look_through (request, &query);
}

gboolean
weir_api_banks_get (
    WeirRequest *request, const WeirUser *user, char **parts, guint n)
{
  if (strcmp (parts[0], "banks") != 0)
    return FALSE;
  if (n == 1)
    weir_request_answer_json (
        request, 200, weir_describe_banks (request->web->control));
  else if (n == 3 && strcmp (parts[2], "entries") == 0)
    get_entries (request, user, parts[1]);
  else if (n == 3 && strcmp (parts[2], "export") == 0)
    export(request, user, parts[1]);
  else if (n == 3 && strcmp (parts[2], "search") == 0)
    get_search (request, user, parts[1]);
  else if (n == 3 && strcmp (parts[2], "quarantine") == 0)
    get_quarantined (request, user, parts[1]);
  else
    return FALSE;
  return TRUE;
}
