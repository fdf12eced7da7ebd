/* From method and path to a command or a description. */
#include "web/api.h"

#include "control/bars.h"
#include "control/cases.h"
#include "control/closures.h"
#include "control/commands.h"
#include "control/describe.h"
#include "control/keys.h"
#include "control/secret.h"
#include "control/streams.h"
#include "core/case.h"
#include "core/names.h"
#include "web/api-banks.h"
#include "web/api-docs.h"
#include "web/api-import.h"
#include "web/api-policy.h"
#include "web/metrics.h"

#include <string.h>

#define API "/api/v1/"
#define TRAIL_MAX 1000
#define FAILED_LOGINS_PER_SECOND 10

static guint
status_of (const WeirResult *result, guint ok)
{
  static const struct {
    const char *error;
    guint status;
  } table[] = {
    { "bad_request", 400 },
    { "not_allowed", 403 },
    { "not_found", 404 },
    { "unknown_command", 404 },
    { "conflict", 409 },
    { "not_durable", 503 },
  };

  if (result->ok)
    return ok;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].error, result->error) == 0)
      return table[i].status;
  return 500;
}

static void
on_result (const WeirResult *result, gpointer data)
{
  WeirRequest *request = data;
  gboolean created = strcmp (request->method, "POST") == 0
                     && strcmp (request->path, API "keys") == 0;
  guint status = status_of (result, created ? 201 : 200);

  if (result->ok)
    weir_request_answer_json (request, status,
        result->extra ? json_incref (result->extra) : json_object ());
  else
    weir_request_answer_json (request, status,
        json_pack ("{s:s, s:s, s:b}", "error", result->error, "message",
            result->message, "applied", result->applied));
  weir_request_unref (request);
}

/* Runs COMMAND (taken), an object with the arguments that the path gave, with
 * those of the body added. */
static void
run (WeirRequest *request, const WeirUser *user, const char *type,
    json_t *command)
{
  g_autofree char *name = g_strconcat ("user:", user->name, NULL);
  WeirActor actor = { name, user->name, weir_user_get_role (user),
    request->arrived_us };

  if (request->body->len > 0) {
    json_t *body = json_loadb ((const char *) request->body->data,
        request->body->len, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object (body)) {
      json_decref (body);
      json_decref (command);
      weir_request_answer_error (
          request, 400, "bad_request", "The body must be a JSON object.");
      return;
    }
    json_object_update_missing (command, body);
    json_decref (body);
  }
  json_object_set_new (command, "type", json_string (type));
  weir_command_run (request->web->control, &actor, command, on_result,
      weir_request_ref (request));
  json_decref (command);
}

static void
not_found (WeirRequest *request)
{
  weir_request_answer_error (
      request, 404, "not_found", "There is nothing at this address.");
}

static void
log_in (WeirRequest *request)
{
  WeirWeb *web = request->web;
  gint64 now_ms = weir_wall_ms ();
  const WeirUser *user;
  char *session;

  if (now_ms - web->failed_since_ms >= 1000 || now_ms < web->failed_since_ms) {
    web->failed_since_ms = now_ms;
    web->failed = 0;
  }
  if (web->failed >= FAILED_LOGINS_PER_SECOND) {
    weir_request_answer_error (request, 429, "rate_limited",
        "Too many log-ins have failed. Try again in a second.");
    return;
  }
  user = weir_web_authenticate (web, request->wsi);
  if (user == NULL) {
    web->failed++;
    weir_request_answer_error (
        request, 401, "unauthorized", "This token is not known here.");
    return;
  }
  session = weir_users_open_session (web->control->users, user, now_ms);
  request->cookie = g_strdup_printf (WEIR_WEB_COOKIE
      "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%" G_GINT64_FORMAT "%s",
      session,
      weir_settings_int (web->control->settings, "http", "session_hours")
          * 3600,
      g_str_has_prefix (
          weir_settings_string (web->control->settings, "http", "public_url"),
          "https:")
          ? "; Secure"
          : "");
  weir_secret_free (session);
  weir_request_answer_json (request, 204, NULL);
}

static void
log_out (WeirRequest *request)
{
  g_autofree char *session = weir_web_dup_session (request->wsi);

  if (session != NULL)
    weir_users_close_session (request->web->control->users, session);
  request->cookie = g_strdup (
      WEIR_WEB_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  weir_request_answer_json (request, 204, NULL);
}

static void
on_still (GBytes *still, gpointer data)
{
  WeirRequest *request = data;

  if (still != NULL)
    weir_request_answer (request, 200, "image/jpeg", still);
  else
    not_found (request);
  weir_request_unref (request);
}

static void
get_still (WeirRequest *request, const WeirCase *c)
{
  if (c->still != NULL)
    weir_request_answer (request, 200, "image/jpeg", c->still);
  else
    weir_store_read_still (request->web->control->store, c->id, on_still,
        weir_request_ref (request));
}

static void
on_trail (GPtrArray *records, const GError *error, gpointer data)
{
  WeirRequest *request = data;
  json_t *list;

  if (records == NULL) {
    weir_request_answer_error (request, 503, "unavailable", error->message);
  } else {
    list = json_array ();
    for (guint i = 0; i < records->len; i++)
      json_array_append_new (
          list, weir_describe_trail (g_ptr_array_index (records, i)));
    weir_request_answer_json (request, 200, list);
  }
  weir_request_unref (request);
}

static void
get_trail (WeirRequest *request)
{
  g_autofree char *before = weir_request_dup_argument (request, "before");
  g_autofree char *limit = weir_request_dup_argument (request, "limit");
  guint64 n = g_ascii_strtoull (limit, NULL, 10);

  weir_store_read_trail (request->web->control->store,
      g_ascii_strtoull (before, NULL, 10),
      n == 0 ? 100 : (guint) MIN (n, TRAIL_MAX), on_trail,
      weir_request_ref (request));
}

static json_t *
list_keys (const WeirControl *control)
{
  g_autoptr (GPtrArray) keys = weir_keys_list (control->keys);
  json_t *list = json_array ();

  for (guint i = 0; i < keys->len; i++)
    json_array_append_new (
        list, weir_describe_key (g_ptr_array_index (keys, i)));
  return list;
}

static json_t *
list_bars (const WeirControl *control)
{
  const GPtrArray *bars = weir_bars_list (control->bars);
  json_t *list = json_array ();

  for (guint i = 0; i < bars->len; i++)
    json_array_append_new (
        list, weir_describe_bar (g_ptr_array_index (bars, i)));
  return list;
}

/* PARTS: the path behind /api/v1/, split at slashes. */
static void
handle_get (WeirRequest *request, const WeirUser *user, char **parts, guint n)
{
  WeirControl *control = request->web->control;
  const char *what = parts[0];

  if (strcmp (what, "me") == 0 && n == 1) {
    weir_request_answer_json (request, 200,
        json_pack ("{s:s, s:s}", "name", user->name, "role", user->role));
  } else if (strcmp (what, "streams") == 0 && n == 1) {
    weir_request_answer_json (request, 200, weir_describe_streams (control));
  } else if (strcmp (what, "system") == 0 && n == 1) {
    weir_request_answer_json (request, 200, weir_describe_system (control));
  } else if (strcmp (what, "cases") == 0 && n == 1) {
    weir_request_answer_json (request, 200, weir_describe_cases (control));
  } else if (strcmp (what, "cases") == 0 && n <= 3) {
    const WeirCase *c = weir_cases_find (control->cases, parts[1]);

    if (c != NULL && n == 2)
      weir_request_answer_json (request, 200, weir_describe_case (control, c));
    else if (c != NULL && strcmp (parts[2], "still") == 0)
      get_still (request, c);
    else
      not_found (request);
  } else if (strcmp (what, "keys") == 0 && n == 1) {
    if (weir_user_get_role (user) < WEIR_ROLE_OPERATOR)
      weir_request_answer_error (request, 403, "not_allowed",
          "The key table needs the role operator.");
    else
      weir_request_answer_json (request, 200, list_keys (control));
  } else if (strcmp (what, "bars") == 0 && n == 1) {
    weir_request_answer_json (request, 200, list_bars (control));
  } else if (strcmp (what, "closed") == 0 && n == 1) {
    weir_request_answer_json (
        request, 200, weir_closures_describe (control->closures));
  } else if (strcmp (what, "trail") == 0 && n == 1) {
    get_trail (request);
  } else if (!weir_api_banks_get (request, user, parts, n)
             && !weir_api_import_get (request, user, parts, n)
             && !weir_api_policy_get (request, user, parts, n)) {
    not_found (request);
  }
}

static void
handle_post (WeirRequest *request, const WeirUser *user, char **parts, guint n)
{
  static const char *const stream_verbs[] = { "cut", "blank", "resume",
    "redact", "dump", "mute", "unmute", "set_delay", "set_sampling", "unbar",
    "report", NULL };
  static const char *const entry_verbs[] = { "quarantine", "release", "disable",
    "enable", NULL };
  const char *what = parts[0];

  if (strcmp (what, "streams") == 0 && n == 4
      && g_strv_contains (stream_verbs, parts[3])) {
    g_autofree char *type = g_strconcat ("stream.", parts[3], NULL);

    run (request, user, type,
        json_pack (
            "{s:o}", "stream", json_sprintf ("%s/%s", parts[1], parts[2])));
  } else if (strcmp (what, "cases") == 0 && n == 3
             && strcmp (parts[2], "decide") == 0) {
    run (request, user, "case.decide", json_pack ("{s:s}", "case", parts[1]));
  } else if (strcmp (what, "banks") == 0 && n == 3
             && strcmp (parts[2], "entries") == 0) {
    run (request, user, "bank.add", json_pack ("{s:s}", "bank", parts[1]));
  } else if (strcmp (what, "banks") == 0 && n == 3
             && g_strv_contains (entry_verbs, parts[2])) {
    g_autofree char *type = g_strconcat ("bank.", parts[2], NULL);

    run (request, user, type, json_pack ("{s:s}", "bank", parts[1]));
  } else if (strcmp (what, "keys") == 0 && n == 1) {
    run (request, user, "key.create", json_object ());
  } else if (strcmp (what, "keys") == 0 && n == 3
             && strcmp (parts[2], "rotate") == 0) {
    run (request, user, "key.rotate", json_pack ("{s:s}", "key", parts[1]));
  } else {
    not_found (request);
  }
}

static void
handle_delete (
    WeirRequest *request, const WeirUser *user, char **parts, guint n)
{
  if (strcmp (parts[0], "keys") == 0 && n == 2)
    run (request, user, "key.delete", json_pack ("{s:s}", "key", parts[1]));
  else if (strcmp (parts[0], "banks") == 0 && n == 4
           && strcmp (parts[2], "entries") == 0)
    run (request, user, "bank.delete", json_pack ("{s:s}", "entry", parts[3]));
  else if (strcmp (parts[0], "bars") == 0 && n == 2)
    run (request, user, "bar.delete", json_pack ("{s:s}", "bar", parts[1]));
  else
    not_found (request);
}

static void
handle_api (WeirRequest *request)
{
  g_auto (GStrv) parts = g_strsplit (request->path + strlen (API), "/", 8);
  guint n = g_strv_length (parts);
  const WeirUser *user;

  if (!g_utf8_validate (request->path, -1, NULL) || n == 0) {
    not_found (request);
    return;
  }
  if (strcmp (request->method, "GET") == 0
      && strcmp (parts[0], "openapi.json") == 0) {
    weir_request_answer (
        request, 200, "application/json", weir_api_docs_openapi ());
    return;
  }
  if (strcmp (request->method, "GET") == 0
      && strcmp (parts[0], "asyncapi.json") == 0) {
    weir_request_answer (
        request, 200, "application/json", weir_api_docs_asyncapi ());
    return;
  }
  if (strcmp (request->method, "GET") != 0
      && !weir_web_origin_ok (request->web, request->wsi)) {
    weir_request_answer_error (request, 403, "not_allowed",
        "Another page may not do this ([http] public_url).");
    return;
  }
  if (strcmp (request->method, "POST") == 0
      && strcmp (parts[0], "login") == 0) {
    log_in (request);
    return;
  }
  user = weir_web_authenticate (request->web, request->wsi);
  if (user == NULL) {
    weir_request_answer_error (
        request, 401, "unauthorized", "Log in, or send a bearer token.");
    return;
  }
  if (strcmp (request->method, "GET") == 0)
    handle_get (request, user, parts, n);
  else if (strcmp (request->method, "DELETE") == 0)
    handle_delete (request, user, parts, n);
  else if (strcmp (parts[0], "logout") == 0)
    log_out (request);
  else
    handle_post (request, user, parts, n);
}

static void
answer_text (WeirRequest *request, guint status, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  weir_request_answer (request, status, "text/plain; charset=utf-8", bytes);
}

static void
handle_ready (WeirRequest *request)
{
  const WeirControl *control = request->web->control;

  if (control->store_failing)
    answer_text (request, 503, "nothing can be stored\n");
  else if (control->analyzers > 0 && control->analyzers_ready == 0)
    answer_text (request, 503, "no analyzer is ready\n");
  else if (weir_streams_is_shutting_down (control->streams))
    answer_text (request, 503, "shutting down\n");
  else
    answer_text (request, 200, "ready\n");
}

static void
handle_asset (WeirRequest *request)
{
  const WeirAsset *asset =
      weir_assets_get (request->web->assets, request->path);
  g_autofree char *known =
      weir_web_dup_header (request->wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH);

  if (asset == NULL) {
    not_found (request);
    return;
  }
  request->etag = g_strdup (asset->etag);
  if (g_strcmp0 (known, asset->etag) == 0)
    weir_request_answer (request, 304, NULL, NULL);
  else
    weir_request_answer (request, 200, asset->type, asset->bytes);
}

void
weir_api_handle (WeirRequest *request)
{
  gboolean get = strcmp (request->method, "GET") == 0;

  request->arrived_us = weir_now_us ();
  if (g_str_has_prefix (request->path, API)) {
    handle_api (request);
  } else if (!get) {
    weir_request_answer_error (
        request, 405, "bad_request", "Only GET is possible here.");
  } else if (strcmp (request->path, "/healthz") == 0) {
    answer_text (request, 200, "ok\n");
  } else if (strcmp (request->path, "/readyz") == 0) {
    handle_ready (request);
  } else if (strcmp (request->path, "/metrics") == 0) {
    g_autoptr (GBytes) text = weir_metrics_text (request->web->control);

    weir_request_answer (request, 200, "text/plain; version=0.0.4", text);
  } else {
    handle_asset (request);
  }
}
