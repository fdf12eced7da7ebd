/* A body that is a list goes to the import as it comes. */
#include "web/api-import.h"

#include <string.h>

#include "control/import.h"

#define PREFIX "/api/v1/banks/"

static void
on_done (const WeirResult *result, gpointer data)
{
  static const struct {
    const char *error;
    guint status;
  } table[] = {
    { "bad_request", 400 },
    { "not_allowed", 403 },
    { "not_found", 404 },
    { "too_slow", 408 },
    { "too_large", 413 },
    { "busy", 429 },
    { "not_durable", 503 },
  };
  WeirRequest *request = data;
  guint status = result->ok ? 200 : 500;

  for (guint i = 0; !result->ok && i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].error, result->error) == 0)
      status = table[i].status;
  request->import = NULL;
  request->drops_body = request->to_come > 0;
  weir_request_answer_json (request, status,
      result->ok ? json_incref (result->extra)
                 : json_pack ("{s:s, s:s, s:b}", "error", result->error,
                     "message", result->message, "applied", result->applied));
  weir_request_unref (request);
}

gboolean
weir_api_import_begin (WeirRequest *request, guint64 size)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *source = NULL;
  g_autofree char *name = NULL;
  const WeirUser *user;
  WeirImport *import;
  WeirActor actor;

  if (strcmp (request->method, "POST") != 0
      || !g_str_has_prefix (request->path, PREFIX))
    return FALSE;
  parts = g_strsplit (request->path + strlen (PREFIX), "/", 3);
  if (g_strv_length (parts) != 2 || strcmp (parts[1], "import") != 0)
    return FALSE;
  request->arrived_us = weir_now_us ();
  request->to_come = size;
  request->drops_body = size > 0;
  user = weir_web_authenticate (request->web, request->wsi);
  if (!weir_web_origin_ok (request->web, request->wsi)) {
    weir_request_answer_error (request, 403, "not_allowed",
        "Another page may not do this ([http] public_url).");
    return TRUE;
  }
  if (user == NULL) {
    weir_request_answer_error (
        request, 401, "unauthorized", "Log in, or send a bearer token.");
    return TRUE;
  }
  if (!g_utf8_validate (parts[0], -1, NULL)) {
    weir_request_answer_error (
        request, 404, "not_found", "There is no bank of this name.");
    return TRUE;
  }
  name = g_strconcat ("user:", user->name, NULL);
  actor = (WeirActor){ name, user->name, weir_user_get_role (user),
    request->arrived_us, NULL };
  source = weir_request_dup_argument (request, "source");
  import = weir_import_begin (request->web->control, &actor, parts[0], source,
      size, on_done, weir_request_ref (request));
  if (import != NULL)
    request->import = import;
  return TRUE;
}

void
weir_api_import_body (WeirRequest *request, const guint8 *data, gsize size)
{
  request->to_come -= MIN (request->to_come, size);
  weir_import_write (request->import, data, size);
}

void
weir_api_import_end (WeirRequest *request)
{
  lws_set_timeout (request->wsi, NO_PENDING_TIMEOUT, 0);
  weir_import_end (request->import);
}

void
weir_api_import_give_up (WeirRequest *request)
{
  if (request->import != NULL)
    weir_import_give_up (request->import);
}

gboolean
weir_api_import_get (
    WeirRequest *request, const WeirUser *user, char **parts, guint n)
{
  json_t *state;

  if (n != 3 || strcmp (parts[0], "banks") != 0
      || strcmp (parts[2], "import") != 0)
    return FALSE;
  if (weir_user_get_role (user) < WEIR_ROLE_OPERATOR) {
    weir_request_answer_error (request, 403, "not_allowed",
        "The entries of banks need the role operator.");
    return TRUE;
  }
  state = weir_import_describe (request->web->control, parts[1]);
  if (state != NULL)
    weir_request_answer_json (request, 200, state);
  else
    weir_request_answer_error (
        request, 404, "not_found", "There is no bank of this name.");
  return TRUE;
}
