/* HTTP through libcurl. */
#include "programs/ctl/api.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/version.h"

struct _WeirCtlApi {
  CURL *curl;
  struct curl_slist *headers;
  char *base;  /* without a slash at its end */
  char *shown; /* scheme, host and port: fit for messages */
  char *host;
  char *token;
  GString *answer;
  gboolean too_large;
  char reason[CURL_ERROR_SIZE];
};

static gboolean
is_loopback (const char *host)
{
  return strcmp (host, "localhost") == 0 || strcmp (host, "[::1]") == 0
         || g_str_has_prefix (host, "127.");
}

/* Takes URL apart and checks it. */
static gboolean
read_url (WeirCtlApi *api, const char *url, GError **error)
{
  CURLU *parts = curl_url ();
  char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL, *query = NULL;
  gboolean ok =
      parts != NULL && curl_url_set (parts, CURLUPART_URL, url, 0) == CURLUE_OK
      && curl_url_get (parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
      && curl_url_get (parts, CURLUPART_HOST, &host, 0) == CURLUE_OK
      && curl_url_get (parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)
             == CURLUE_OK
      && curl_url_get (parts, CURLUPART_USER, &user, 0) != CURLUE_OK
      && curl_url_get (parts, CURLUPART_QUERY, &query, 0) != CURLUE_OK
      && strchr (url, '#') == NULL
      && (strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0);

  if (ok) {
    api->host = g_strdup (host);
    api->shown = g_strdup_printf ("%s://%s:%s", scheme, host, port);
    api->base = g_strdup (url);
    while (g_str_has_suffix (api->base, "/"))
      api->base[strlen (api->base) - 1] = '\0';
  } else {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "the gateway's address must be http://HOST[:PORT] or "
        "https://HOST[:PORT]");
  }
  curl_free (scheme);
  curl_free (host);
  curl_free (port);
  curl_free (user);
  curl_free (query);
  curl_url_cleanup (parts);
  return ok;
}

static size_t
on_body (char *data, size_t size, size_t n, void *user_data)
{
  WeirCtlApi *api = user_data;

  if (api->answer->len + size * n > WEIR_CTL_API_MAX_ANSWER_BYTES) {
    api->too_large = TRUE;
    return 0;
  }
  g_string_append_len (api->answer, data, (gssize) (size * n));
  return size * n;
}

static gboolean
token_is_valid (const char *token)
{
  if (*token == '\0')
    return FALSE;
  for (; *token != '\0'; token++)
    if (!g_ascii_isgraph (*token))
      return FALSE;
  return TRUE;
}

static void
set_up (WeirCtlApi *api, const char *token)
{
  g_autofree char *authorization =
      g_strconcat ("Authorization: Bearer ", token, NULL);
  CURL *curl = api->curl;

  api->headers = curl_slist_append (NULL, authorization);
  api->headers =
      curl_slist_append (api->headers, "Content-Type: application/json");
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, api->headers);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, "weirctl/" WEIR_VERSION);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (
      curl, CURLOPT_CONNECTTIMEOUT_MS, (long) WEIR_CTL_API_CONNECT_TIMEOUT_MS);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, (long) WEIR_CTL_API_TIMEOUT_MS);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, api->reason);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, api);
  if (is_loopback (api->host))
    curl_easy_setopt (curl, CURLOPT_PROXY, "");
}

WeirCtlApi *
weir_ctl_api_new (const char *url, const char *token, GError **error)
{
  g_autoptr (WeirCtlApi) api = NULL;

  if (!token_is_valid (token)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "the token is empty or holds characters that no token has");
    return NULL;
  }
  curl_global_init (CURL_GLOBAL_DEFAULT);
  api = g_new0 (WeirCtlApi, 1);
  api->answer = g_string_new (NULL);
  api->curl = curl_easy_init ();
  if (!read_url (api, url, error))
    return NULL;
  if (api->curl == NULL) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "libcurl does not start");
    return NULL;
  }
  api->token = g_strdup (token);
  set_up (api, token);
  return g_steal_pointer (&api);
}

WeirCtlApi *
weir_ctl_api_again (const WeirCtlApi *api)
{
  return weir_ctl_api_new (api->base, api->token, NULL);
}

void
weir_ctl_api_free (WeirCtlApi *api)
{
  if (api == NULL)
    return;
  curl_easy_cleanup (api->curl);
  curl_slist_free_all (api->headers);
  g_free (api->base);
  g_free (api->shown);
  g_free (api->host);
  g_free (api->token);
  g_string_free (api->answer, TRUE);
  g_free (api);
  curl_global_cleanup ();
}

const char *
weir_ctl_api_get_host (const WeirCtlApi *api)
{
  return api->host;
}

const char *
weir_ctl_api_get_answer (const WeirCtlApi *api)
{
  return api->answer->str;
}

static void
set_no_answer (const WeirCtlApi *api, CURLcode code, GError **error)
{
  const char *words;

  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
    words = "its name is not known";
    break;
  case CURLE_COULDNT_CONNECT:
    words = "nobody listens there";
    break;
  case CURLE_OPERATION_TIMEDOUT:
    words = "it took too long";
    break;
  case CURLE_GOT_NOTHING:
    words = "it closed the connection";
    break;
  case CURLE_PEER_FAILED_VERIFICATION:
    words = "its certificate is not trusted";
    break;
  default:
    words = *api->reason != '\0' ? api->reason : curl_easy_strerror (code);
  }
  if (api->too_large)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s answers with more than %d MiB", api->shown,
        WEIR_CTL_API_MAX_ANSWER_BYTES >> 20);
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "no answer from %s: %s",
        api->shown, words);
}

/* BODY: NULL for none. The answer is in api->answer. */
static gboolean
perform (WeirCtlApi *api, const char *method, const char *path,
    const char *body, guint *ret_status, GError **error)
{
  g_autofree char *url = g_strconcat (api->base, path, NULL);
  long status = 0;
  CURLcode code;

  g_string_truncate (api->answer, 0);
  api->too_large = FALSE;
  *api->reason = '\0';
  curl_easy_setopt (api->curl, CURLOPT_URL, url);
  if (strcmp (method, "GET") == 0) {
    curl_easy_setopt (api->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt (api->curl, CURLOPT_CUSTOMREQUEST, NULL);
  } else if (strcmp (method, "POST") == 0) {
    curl_easy_setopt (api->curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt (api->curl, CURLOPT_POST, 1L);
    curl_easy_setopt (api->curl, CURLOPT_POSTFIELDSIZE, -1L);
    curl_easy_setopt (api->curl, CURLOPT_COPYPOSTFIELDS, body ? body : "");
  } else {
    curl_easy_setopt (api->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt (api->curl, CURLOPT_CUSTOMREQUEST, method);
  }
  code = curl_easy_perform (api->curl);
  if (code != CURLE_OK) {
    set_no_answer (api, code, error);
    return FALSE;
  }
  curl_easy_getinfo (api->curl, CURLINFO_RESPONSE_CODE, &status);
  *ret_status = (guint) status;
  return TRUE;
}

gboolean
weir_ctl_api_get (
    WeirCtlApi *api, const char *path, guint *ret_status, GError **error)
{
  return perform (api, "GET", path, NULL, ret_status, error);
}

/* ANSWER: what came with STATUS; NULL when it was not JSON. */
static void
set_refusal (
    const WeirCtlApi *api, guint status, const json_t *answer, GError **error)
{
  const char *code = json_string_value (json_object_get (answer, "error"));
  const char *message = json_string_value (json_object_get (answer, "message"));

  if (message != NULL && *message != '\0')
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_DENIED, message);
  else if (code != NULL)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_DENIED, "refused: %s", code);
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "%s answers with status %u and no reason; is it a weir?", api->shown,
        status);
}

/* The answer that is there, if it is a good one. */
static json_t *
take_answer (WeirCtlApi *api, guint status, json_type type, GError **error)
{
  json_t *answer = json_loadb (api->answer->str, api->answer->len, 0, NULL);

  if (status < 200 || status > 299) {
    set_refusal (api, status, answer, error);
  } else if (answer == NULL || json_typeof (answer) != type) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "%s answers with something else than expected; is it a weir?",
        api->shown);
  } else {
    return answer;
  }
  json_decref (answer);
  return NULL;
}

json_t *
weir_ctl_api_call (WeirCtlApi *api, const char *method, const char *path,
    json_t *body, json_type type, GError **error)
{
  char *text = body != NULL ? json_dumps (body, JSON_COMPACT) : NULL;
  guint status = 0;
  gboolean ok = perform (api, method, path, text, &status, error);

  free (text);
  json_decref (body);
  return ok ? take_answer (api, status, type, error) : NULL;
}

typedef struct {
  const char *data;
  gsize size, at;
  WeirCtlApiProgress progress;
  gpointer user_data;
} Upload;

static size_t
on_read (char *to, size_t size, size_t n, void *user_data)
{
  Upload *upload = user_data;
  gsize part = MIN (size * n, upload->size - upload->at);

  memcpy (to, upload->data + upload->at, part);
  upload->at += part;
  return part;
}

static int
on_progress (void *user_data, curl_off_t to_get, curl_off_t got,
    curl_off_t to_send, curl_off_t sent)
{
  Upload *upload = user_data;

  upload->progress ((gsize) sent, upload->size, upload->user_data);
  return 0;
}

json_t *
weir_ctl_api_upload (WeirCtlApi *api, const char *path, const char *data,
    gsize size, WeirCtlApiProgress progress, gpointer user_data, GError **error)
{
  Upload upload = { data, size, 0, progress, user_data };
  g_autofree char *url = g_strconcat (api->base, path, NULL);
  CURL *curl = curl_easy_duphandle (api->curl);
  struct curl_slist *headers = NULL;
  long status = 0;
  CURLcode code;

  for (const struct curl_slist *h = api->headers; h != NULL; h = h->next)
    if (!g_str_has_prefix (h->data, "Content-Type:"))
      headers = curl_slist_append (headers, h->data);
  headers =
      curl_slist_append (headers, "Content-Type: application/octet-stream");
  headers = curl_slist_append (headers, "Expect:");
  g_string_truncate (api->answer, 0);
  api->too_large = FALSE;
  *api->reason = '\0';
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (curl, CURLOPT_URL, url);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, 0L);
  curl_easy_setopt (curl, CURLOPT_POST, 1L);
  curl_easy_setopt (curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) size);
  curl_easy_setopt (curl, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt (curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt (curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt (curl, CURLOPT_XFERINFODATA, &upload);
  curl_easy_setopt (curl, CURLOPT_NOPROGRESS, 0L);
  code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup (curl);
  curl_slist_free_all (headers);
  if (code != CURLE_OK) {
    set_no_answer (api, code, error);
    return NULL;
  }
  return take_answer (api, (guint) status, JSON_OBJECT, error);
}

typedef struct {
  WeirCtlApi *api;
  CURL *curl;
} Print;

/* An error's words are few. */
static size_t
on_print (char *data, size_t size, size_t n, void *user_data)
{
  const Print *print = user_data;
  long status = 0;

  curl_easy_getinfo (print->curl, CURLINFO_RESPONSE_CODE, &status);
  return status == 200 ? fwrite (data, 1, size * n, stdout)
                       : on_body (data, size, n, print->api);
}

gboolean
weir_ctl_api_print (WeirCtlApi *api, const char *path, GError **error)
{
  g_autofree char *url = g_strconcat (api->base, path, NULL);
  Print print = { api, curl_easy_duphandle (api->curl) };
  long status = 0;
  CURLcode code;

  g_string_truncate (api->answer, 0);
  api->too_large = FALSE;
  *api->reason = '\0';
  curl_easy_setopt (print.curl, CURLOPT_HTTPHEADER, api->headers);
  curl_easy_setopt (print.curl, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt (print.curl, CURLOPT_CUSTOMREQUEST, NULL);
  curl_easy_setopt (print.curl, CURLOPT_URL, url);
  curl_easy_setopt (print.curl, CURLOPT_TIMEOUT_MS, 0L);
  curl_easy_setopt (print.curl, CURLOPT_WRITEFUNCTION, on_print);
  curl_easy_setopt (print.curl, CURLOPT_WRITEDATA, &print);
  code = curl_easy_perform (print.curl);
  curl_easy_getinfo (print.curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup (print.curl);
  if (code != CURLE_OK)
    set_no_answer (api, code, error);
  else if (status != 200)
    json_decref (take_answer (api, (guint) status, JSON_OBJECT, error));
  return code == CURLE_OK && status == 200;
}
