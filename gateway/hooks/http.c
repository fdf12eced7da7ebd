/* libcurl says which sockets it waits for and until when; libuv waits. */
#include "hooks/http.h"

#include <curl/curl.h>
#include <string.h>

#include "base/error.h"
#include "base/version.h"

/* How often requests that wait for their turn are looked at. */
#define QUEUE_LOOK_MS 50
#define MAX_IDLE_CONNECTIONS 16

/* Handles live until they have closed, which may be after their owner. */
typedef struct {
  uv_timer_t uv;
  WeirHttp *http;
} Clock;

typedef struct {
  uv_poll_t uv;
  WeirHttp *http;
  curl_socket_t fd;
} Socket;

struct _WeirHttp {
  WeirLoop *loop;
  CURLM *multi;
  Clock *clock;    /* when libcurl wants to be called */
  GQueue running;  /* WeirHttpRequest, owns */
  GQueue queued;   /* the same */
  WeirTimer *look; /* runs while some are queued */
};

struct _WeirHttpRequest {
  WeirHttp *http;
  GList link; /* in running, or in queued while easy is NULL */
  CURL *easy;
  char *url;
  char *form;
  gint64 deadline_us;
  gsize header_bytes;
  gsize body_bytes;
  const char *too_large;
  WeirHttpDone done;
  gpointer data;
};

static void
free_handle (uv_handle_t *handle)
{
  g_free (handle->data);
}

/* Its place is in no list any more. */
static void
request_free (WeirHttpRequest *request)
{
  if (request->easy != NULL) {
    curl_multi_remove_handle (request->http->multi, request->easy);
    curl_easy_cleanup (request->easy);
  }
  g_free (request->url);
  g_free (request->form);
  g_free (request);
}

static void
unlink_request (WeirHttpRequest *request)
{
  g_queue_unlink (
      request->easy != NULL ? &request->http->running : &request->http->queued,
      &request->link);
}

/* STATUS 0: there is no answer, ERROR says why. */
static void
finish (WeirHttpRequest *request, guint status, const char *error)
{
  WeirHttpAnswer answer = { .status = status, .error = error };
  struct curl_header *location;
  g_autofree char *text = NULL;

  /* The final answer's own: not of what came before or behind it. libcurl
   * leaves the end of the line where there is nothing else. */
  if (status != 0
      && curl_easy_header (
             request->easy, "Location", 0, CURLH_HEADER, -1, &location)
             == CURLHE_OK)
    answer.location = text = g_strstrip (g_strdup (location->value));
  unlink_request (request);
  request->done (&answer, request->data);
  request_free (request);
}

/* --- what a server sends --- */

static size_t
on_header (char *data, size_t one, size_t size, void *user)
{
  WeirHttpRequest *request = user;

  request->header_bytes += size;
  if (request->header_bytes > WEIR_HTTP_MAX_HEADER_BYTES) {
    request->too_large = "its header is too large";
    return 0;
  }
  return size;
}

static size_t
on_body (char *data, size_t one, size_t size, void *user)
{
  WeirHttpRequest *request = user;

  request->body_bytes += size;
  if (request->body_bytes > WEIR_HTTP_MAX_BODY_BYTES) {
    request->too_large = "its answer is too large";
    return 0;
  }
  return size;
}

/* --- requests --- */

static gboolean
start (WeirHttpRequest *request, gint64 now_us)
{
  long left_ms = (long) ((request->deadline_us - now_us + 999) / 1000);
  CURL *easy = curl_easy_init ();

  if (easy == NULL)
    return FALSE;
  curl_easy_setopt (easy, CURLOPT_URL, request->url);
  curl_easy_setopt (easy, CURLOPT_POSTFIELDS, request->form);
  curl_easy_setopt (easy, CURLOPT_PRIVATE, request);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (easy, CURLOPT_PROXY, "");
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, left_ms);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  /* Without it, giving up a name that does not resolve would wait here for
   * the thread that resolves it. */
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, request);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, request);
  if (curl_multi_add_handle (request->http->multi, easy) != CURLM_OK) {
    curl_easy_cleanup (easy);
    return FALSE;
  }
  request->easy = easy;
  g_queue_push_tail_link (&request->http->running, &request->link);
  return TRUE;
}

/* Those that have waited too long fail, the next ones begin. */
static void
look_at_queue (WeirHttp *http)
{
  gint64 now_us = weir_now_us ();
  GList *next;

  for (GList *l = http->queued.head; l != NULL; l = next) {
    WeirHttpRequest *request = l->data;

    next = l->next;
    if (now_us >= request->deadline_us) {
      finish (request, 0, "its turn did not come in time");
      next = http->queued.head; /* the owner may have changed the queue */
    }
  }
  while (
      http->running.length < WEIR_HTTP_MAX_RUNNING && http->queued.length > 0) {
    WeirHttpRequest *request = http->queued.head->data;

    g_queue_unlink (&http->queued, &request->link);
    if (!start (request, now_us)) {
      g_queue_push_tail_link (&http->queued, &request->link);
      finish (request, 0, "it could not be asked");
    }
  }
  if (http->queued.length == 0)
    g_clear_pointer (&http->look, weir_timer_free);
}

static void
on_look (gpointer data)
{
  look_at_queue (data);
}

static void
take_finished (WeirHttp *http)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (http->multi, &left)) != NULL) {
    WeirHttpRequest *request;
    CURLcode result = message->data.result;
    long status = 0;

    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo (
        message->easy_handle, CURLINFO_PRIVATE, (char **) &request);
    curl_easy_getinfo (message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    /* What libcurl says of a header beyond its own limit. */
    if (result == CURLE_OUT_OF_MEMORY)
      request->too_large = "its header is too large";
    if (result == CURLE_OK && status > 0)
      finish (request, (guint) status, NULL);
    else
      finish (request, 0,
          request->too_large != NULL ? request->too_large
                                     : curl_easy_strerror (result));
  }
  if (http->queued.length > 0)
    look_at_queue (http);
}

/* --- libcurl on libuv --- */

static void
on_poll (uv_poll_t *poll, int status, int events)
{
  Socket *s = poll->data;
  WeirHttp *http = s->http;
  int flags = 0, running;

  if (status < 0)
    flags |= CURL_CSELECT_ERR;
  if (events & UV_READABLE)
    flags |= CURL_CSELECT_IN;
  if (events & UV_WRITABLE)
    flags |= CURL_CSELECT_OUT;
  curl_multi_socket_action (http->multi, s->fd, flags, &running);
  take_finished (http); /* S may be gone */
}

static int
on_socket (CURL *easy, curl_socket_t fd, int what, void *data, void *socket)
{
  WeirHttp *http = data;
  Socket *s = socket;

  if (what == CURL_POLL_REMOVE) {
    if (s != NULL) {
      uv_poll_stop (&s->uv);
      uv_close ((uv_handle_t *) &s->uv, free_handle);
      curl_multi_assign (http->multi, fd, NULL);
    }
    return 0;
  }
  if (s == NULL) {
    s = g_new0 (Socket, 1);
    s->http = http;
    s->fd = fd;
    if (uv_poll_init (weir_loop_uv (http->loop), &s->uv, fd) != 0) {
      g_free (s);
      return -1;
    }
    s->uv.data = s;
    curl_multi_assign (http->multi, fd, s);
  }
  uv_poll_start (&s->uv,
      (what & CURL_POLL_IN ? UV_READABLE : 0)
          | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
      on_poll);
  return 0;
}

static void
on_timer (uv_timer_t *timer)
{
  WeirHttp *http = ((Clock *) timer->data)->http;
  int running;

  curl_multi_socket_action (http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  take_finished (http);
}

static int
on_timeout_changed (CURLM *multi, long timeout_ms, void *data)
{
  WeirHttp *http = data;

  if (timeout_ms < 0)
    uv_timer_stop (&http->clock->uv);
  else
    uv_timer_start (&http->clock->uv, on_timer, (guint64) timeout_ms, 0);
  return 0;
}

/* --- what the owner sees --- */

WeirHttp *
weir_http_new (WeirLoop *loop)
{
  WeirHttp *http = g_new0 (WeirHttp, 1);

  curl_global_init (CURL_GLOBAL_DEFAULT);
  http->loop = loop;
  g_queue_init (&http->running);
  g_queue_init (&http->queued);
  http->clock = g_new0 (Clock, 1);
  http->clock->http = http;
  uv_timer_init (weir_loop_uv (loop), &http->clock->uv);
  http->clock->uv.data = http->clock;
  http->multi = curl_multi_init ();
  g_assert (http->multi != NULL);
  curl_multi_setopt (http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt (http->multi, CURLMOPT_SOCKETDATA, http);
  curl_multi_setopt (http->multi, CURLMOPT_TIMERFUNCTION, on_timeout_changed);
  curl_multi_setopt (http->multi, CURLMOPT_TIMERDATA, http);
  curl_multi_setopt (
      http->multi, CURLMOPT_MAXCONNECTS, (long) MAX_IDLE_CONNECTIONS);
  return http;
}

void
weir_http_free (WeirHttp *http)
{
  GList *link;

  if (http == NULL)
    return;
  while ((link = g_queue_pop_head_link (&http->queued)) != NULL
         || (link = g_queue_pop_head_link (&http->running)) != NULL)
    request_free (link->data);
  curl_multi_cleanup (http->multi);
  weir_timer_free (http->look);
  uv_close ((uv_handle_t *) &http->clock->uv, free_handle);
  curl_global_cleanup ();
  g_free (http);
}

WeirHttpRequest *
weir_http_post (WeirHttp *http, const char *url, const char *form,
    guint timeout_ms, WeirHttpDone done, gpointer data)
{
  WeirHttpRequest *request;

  weir_loop_assert_thread (http->loop);
  if (http->queued.length >= WEIR_HTTP_MAX_QUEUED)
    return NULL;
  request = g_new0 (WeirHttpRequest, 1);
  request->http = http;
  request->link.data = request;
  request->url = g_strdup (url);
  request->form = g_strdup (form);
  request->deadline_us = weir_now_us () + (gint64) timeout_ms * 1000;
  request->done = done;
  request->data = data;
  if (http->running.length < WEIR_HTTP_MAX_RUNNING) {
    if (!start (request, weir_now_us ())) {
      request_free (request);
      return NULL;
    }
    return request;
  }
  g_queue_push_tail_link (&http->queued, &request->link);
  if (http->look == NULL)
    http->look = weir_timer_new (
        http->loop, QUEUE_LOOK_MS, QUEUE_LOOK_MS, on_look, http);
  return request;
}

void
weir_http_cancel (WeirHttpRequest *request)
{
  unlink_request (request);
  request_free (request);
}

gboolean
weir_http_check_url (const char *url, GError **error)
{
  CURLU *parts = curl_url ();
  char *scheme = NULL;
  gboolean ok =
      curl_url_set (parts, CURLUPART_URL, url, 0) == CURLUE_OK
      && curl_url_get (parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
      && (g_strcmp0 (scheme, "http") == 0 || g_strcmp0 (scheme, "https") == 0);

  curl_free (scheme);
  curl_url_cleanup (parts);
  if (!ok)
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "this is no address as http://HOST[:PORT]/PATH or https://…");
  return ok;
}
