/* The libwebsockets context on the loop, and its plain HTTP side. */
#include "web/server.h"

#include "base/error.h"
#include "base/log.h"
#include "control/events.h"
#include "web/api-import.h"
#include "web/api.h"
#include "web/review.h"
#include "web/web-impl.h"

#include <string.h>
#include <sys/socket.h>

#define SUBPROTOCOL "weir.v1"
#define MAX_LENGTH_DIGITS 18
/* So long the rest of a body that was refused is read and dropped. */
#define LINGER_S 10
#define MAX_ARGUMENTS 16
#define MAX_ARGUMENT_BYTES 256
/* At the end reviewers have so long to take the last events. */
#define GOODBYE_MS 1000
#define GOODBYE_LOOK_MS 10

typedef struct {
  WeirRequest *request;
  gint64 lingers_until_us; /* the rest of a refused body is dropped; 0: not */
} HttpSession;

/* What is wrong with the length of a body. */
typedef enum {
  BODY_FINE, /* or none */
  BODY_NO_LENGTH,
  BODY_BAD_LENGTH,
} BodyLength;

/* A length is a plain number. Never trusts libwebsockets' own reading of a
 * negative one, nor its passing over a transfer coding. */
static BodyLength
read_length (struct lws *wsi, guint64 *ret_size)
{
  g_autofree char *length =
      weir_web_dup_header (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
  char *end;

  *ret_size = 0;
  if (lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
    return BODY_NO_LENGTH;
  if (length == NULL)
    return lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0
               ? BODY_FINE
               : BODY_BAD_LENGTH;
  if (strlen (length) > MAX_LENGTH_DIGITS || !g_ascii_isdigit (length[0]))
    return BODY_BAD_LENGTH;
  *ret_size = g_ascii_strtoull (length, &end, 10);
  return *end == '\0' ? BODY_FINE : BODY_BAD_LENGTH;
}

/* Answers what is sent with a body that is not taken. TRUE when it may be. */
static gboolean
check_body (WeirRequest *request, BodyLength length, guint64 size)
{
  switch (length) {
  case BODY_NO_LENGTH:
    weir_request_refuse_body (request, 411, "length_required",
        "The length of the body must be given (Content-Length); in chunks it "
        "is not taken.");
    return FALSE;
  case BODY_BAD_LENGTH:
    weir_request_refuse_body (request, 400, "bad_request",
        "Content-Length is not a number of bytes.");
    return FALSE;
  case BODY_FINE:
    break;
  }
  if (size <= WEIR_WEB_MAX_BODY_BYTES)
    return TRUE;
  weir_request_refuse_body (request, 413, "too_large",
      "The body is %" G_GUINT64_FORMAT " bytes long; at most %d are taken "
      "here (64 KiB).",
      size, WEIR_WEB_MAX_BODY_BYTES);
  return FALSE;
}

/* libwebsockets keeps each argument apart. */
static char *
dup_query (struct lws *wsi)
{
  GString *query = g_string_new (NULL);
  char argument[MAX_ARGUMENT_BYTES];

  for (int i = 0; i < MAX_ARGUMENTS
                  && lws_hdr_copy_fragment (wsi, argument, sizeof argument,
                         WSI_TOKEN_HTTP_URI_ARGS, i)
                         > 0;
       i++)
    g_string_append_printf (query, "%s%s", i > 0 ? "&" : "", argument);
  return g_string_free (query, FALSE);
}

static int
on_http (WeirWeb *web, HttpSession *session, struct lws *wsi, const char *path)
{
  static const struct {
    enum lws_token_indexes token;
    const char *method;
  } methods[] = {
    { WSI_TOKEN_GET_URI, "GET" },
    { WSI_TOKEN_HEAD_URI, "GET" },
    { WSI_TOKEN_POST_URI, "POST" },
    { WSI_TOKEN_DELETE_URI, "DELETE" },
  };
  g_autofree char *query = dup_query (wsi);
  const char *method = NULL;
  BodyLength length;
  guint64 size;

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (lws_hdr_total_length (wsi, methods[i].token) > 0)
      method = methods[i].method;
  g_clear_pointer (&session->request, weir_request_unref);
  session->lingers_until_us = 0;
  if (method == NULL || web->stopping)
    return -1;
  length = read_length (wsi, &size);
  session->request = weir_request_new (web, wsi, method, path, query);
  session->request->has_body = size > 0;
  session->request->head = lws_hdr_total_length (wsi, WSI_TOKEN_HEAD_URI) > 0;
  if (length == BODY_FINE && weir_api_import_begin (session->request, size))
    return 0;
  if (check_body (session->request, length, size) && size == 0)
    weir_api_handle (session->request);
  return 0;
}

/* The next part of a body. What is sent behind a refusal is read and dropped
 * for a while: a connection that is closed with something unread is reset, and
 * whoever still sends would never see the answer. */
static int
on_body (HttpSession *session, const guint8 *data, gsize size)
{
  WeirRequest *request = session->request;

  if (session->lingers_until_us != 0)
    return weir_now_us () < session->lingers_until_us ? 0 : -1;
  if (request == NULL)
    return -1;
  if (request->answered)
    return 0;
  if (request->import != NULL) {
    weir_api_import_body (request, data, size);
    return 0;
  }
  if (request->body->len + size > WEIR_WEB_MAX_BODY_BYTES)
    return -1;
  g_byte_array_append (request->body, data, (guint) size);
  return 0;
}

/* Behind the answer. Returns what an lws callback returns. */
static int
on_answered (HttpSession *session, struct lws *wsi)
{
  WeirRequest *request = session->request;
  gboolean lingers = request->drops_body;
  /* A request with a body ends its connection: libwebsockets 4.1.6 spins for
   * ever on a second one that is already in its buffer. */
  gboolean last = request->has_body;

  if (lingers && lws_partial_buffered (wsi)) {
    lws_callback_on_writable (wsi);
    return 0;
  }
  request->wsi = NULL;
  g_clear_pointer (&session->request, weir_request_unref);
  if (!lingers)
    return last || lws_http_transaction_completed (wsi) ? -1 : 0;
  session->lingers_until_us = weir_now_us () + LINGER_S * G_USEC_PER_SEC;
  shutdown (lws_get_socket_fd (wsi), SHUT_WR);
  lws_set_timeout (wsi, PENDING_TIMEOUT_HTTP_CONTENT, LINGER_S);
  return 0;
}

static int
http_callback (struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
  HttpSession *session = user;
  struct lws_vhost *vhost = wsi ? lws_get_vhost (wsi) : NULL;
  WeirWeb *web = vhost ? lws_get_vhost_user (vhost) : NULL;
  WeirRequest *request = session ? session->request : NULL;

  switch (reason) {
  case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    /* Only "websocket": h2c would open libwebsockets' HTTP/2. */
    return lws_hdr_total_length (wsi, WSI_TOKEN_UPGRADE) == 9 ? 0 : -1;
  case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    return -1; /* a WebSocket without our subprotocol */
  case LWS_CALLBACK_HTTP:
    return on_http (web, session, wsi, in);
  case LWS_CALLBACK_HTTP_BODY:
    return on_body (session, in, len);
  case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    if (session->lingers_until_us != 0)
      return -1;
    if (request != NULL && request->import != NULL)
      weir_api_import_end (request);
    else if (request != NULL && request->arrived_us == 0 && !request->answered)
      weir_api_handle (request);
    return 0;
  case LWS_CALLBACK_HTTP_WRITEABLE:
    if (request == NULL || !request->answered)
      return 0;
    if (!request->written && weir_request_write (request) != 0)
      return -1;
    return request->written ? on_answered (session, wsi) : 0;
  case LWS_CALLBACK_CLOSED_HTTP:
    if (request != NULL) {
      request->wsi = NULL;
      weir_api_import_give_up (request);
      g_clear_pointer (&session->request, weir_request_unref);
    }
    return 0;
  default:
    return 0;
  }
}

/* Without extensions: permessage-deflate of this version loses messages. */
static const struct lws_protocols protocols[] = {
  { "http", http_callback, sizeof (HttpSession), 4096, 0, NULL, 0 },
  { SUBPROTOCOL, weir_review_callback, sizeof (WeirReviewSession), 4096, 0,
      NULL, 0 },
  { NULL, NULL, 0, 0, 0, NULL, 0 },
};

static struct lws_protocol_vhost_options headers[] = {
  { NULL, NULL, "content-security-policy:",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
      "blob: data:; media-src 'self' blob:; connect-src 'self'; "
      "frame-ancestors 'none'; base-uri 'none'; form-action 'self'" },
  { NULL, NULL, "x-content-type-options:", "nosniff" },
  { NULL, NULL, "referrer-policy:", "no-referrer" },
  { NULL, NULL, "x-frame-options:", "DENY" },
};

static const lws_retry_bo_t ping_policy = { .secs_since_valid_ping = 20,
  .secs_since_valid_hangup = 40 };

static void
on_lws_log (int level, const char *line)
{
  g_autofree char *text = g_strchomp (g_strdup (line));

  weir_log (level & LLL_ERR ? WEIR_LOG_WARN : WEIR_LOG_DEBUG, "web", NULL, "%s",
      text);
}

static void
allow_origins (WeirWeb *web)
{
  const char *url =
      weir_settings_string (web->control->settings, "http", "public_url");
  static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]" };

  web->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (*url != '\0') {
    char *origin = g_strdup (url);
    char *slash = strstr (origin, "://");

    slash = slash ? strchr (slash + 3, '/') : NULL;
    if (slash != NULL)
      *slash = '\0';
    g_hash_table_add (web->origins, origin);
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    g_hash_table_add (
        web->origins, g_strdup_printf ("http://%s:%u", hosts[i], web->port));
  g_hash_table_add (
      web->origins, g_strdup_printf ("http://%s:%u", web->address, web->port));
}

WeirWeb *
weir_web_new (WeirControl *control)
{
  WeirWeb *web = g_new0 (WeirWeb, 1);

  web->control = control;
  web->address =
      g_strdup (weir_settings_string (control->settings, "http", "address"));
  return web;
}

gboolean
weir_web_start (WeirWeb *web, const char *console_dir, GError **error)
{
  WeirControl *control = web->control;
  struct lws_context_creation_info info = { 0 };
  void *loops[1] = { weir_loop_uv (control->loop) };

  web->assets = weir_assets_load (console_dir, error);
  if (web->assets == NULL)
    return FALSE;

  for (guint i = 0; i + 1 < G_N_ELEMENTS (headers); i++)
    headers[i].next = &headers[i + 1];
  lws_set_log_level (LLL_ERR | LLL_WARN, on_lws_log);
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS
                 | LWS_SERVER_OPTION_VALIDATE_UTF8;
  info.foreign_loops = loops;
  info.pcontext = &web->context;
  info.max_http_header_data = 8192;
  info.max_http_header_pool = 256;
  info.timeout_secs = 10;
  info.timeout_secs_ah_idle = 10;
  info.keepalive_timeout = 60;
  info.retry_and_idle_policy = &ping_policy;
  web->context = lws_create_context (&info);
  if (web->context == NULL) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "libwebsockets can't start; is libwebsockets-evlib-uv installed?");
    return FALSE;
  }
  info.port = (int) weir_settings_int (control->settings, "http", "port");
  info.iface = web->address;
  info.protocols = protocols;
  info.headers = headers;
  info.user = web;
  info.vhost_name = "weir";
  web->vhost = lws_create_vhost (web->context, &info);
  if (web->vhost == NULL || lws_get_vhost_listen_port (web->vhost) <= 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "[http] can't listen on %s port %d", web->address, info.port);
    return FALSE;
  }
  web->port = (guint) lws_get_vhost_listen_port (web->vhost);
  allow_origins (web);
  web->review = weir_review_new (web);
  return TRUE;
}

guint
weir_web_get_port (const WeirWeb *web)
{
  return web->port;
}

char *
weir_web_dup_url (const WeirWeb *web)
{
  const char *url =
      weir_settings_string (web->control->settings, "http", "public_url");

  if (*url != '\0')
    return g_strdup (url);
  return g_strdup_printf ("http://%s:%u",
      strcmp (web->address, "0.0.0.0") == 0 ? "127.0.0.1" : web->address,
      web->port);
}

static void
close_all (WeirWeb *web)
{
  g_clear_pointer (&web->goodbye, weir_timer_free);
  if (web->context != NULL)
    lws_context_destroy (web->context);
}

static void
on_goodbye (gpointer data)
{
  WeirWeb *web = data;

  if (weir_review_is_empty (web->review)
      || weir_now_us () >= web->goodbye_by_us)
    close_all (web);
}

void
weir_web_stop (WeirWeb *web)
{
  if (web == NULL || web->stopping)
    return;
  web->stopping = TRUE;
  if (web->control->events != NULL)
    weir_events_set_wakeup (web->control->events, NULL, NULL);
  if (web->review == NULL || weir_review_is_empty (web->review)) {
    close_all (web);
    return;
  }
  weir_review_say_goodbye (web->review);
  web->goodbye_by_us = weir_now_us () + GOODBYE_MS * G_GINT64_CONSTANT (1000);
  web->goodbye = weir_timer_new (
      web->control->loop, GOODBYE_LOOK_MS, GOODBYE_LOOK_MS, on_goodbye, web);
}

void
weir_web_free (WeirWeb *web)
{
  if (web == NULL)
    return;
  /* On a foreign loop the first call only begins to close. */
  if (web->context != NULL)
    lws_context_destroy (web->context);
  weir_review_free (web->review);
  weir_assets_free (web->assets);
  if (web->origins != NULL)
    g_hash_table_unref (web->origins);
  g_free (web->address);
  g_free (web);
}
