/* HTTP requests to other people's servers, by libcurl on the gateway's loop.
 * Nothing here blocks, and everything a server may do has a bound: how many
 * requests run and wait, how long one takes, how much it may answer. Only
 * http and https; redirects are not followed; proxies, cookies and .netrc of
 * the environment are not looked at. A thread of libcurl resolves a host's
 * name; one that is given up lives until the system's resolver gives up, too.
 * Loop thread. */
#pragma once

#include "base/loop.h"

#define WEIR_HTTP_MAX_RUNNING 32
/* Waiting for one of those to end; more are not taken. */
#define WEIR_HTTP_MAX_QUEUED 256
/* An answer that is larger is none: the request fails. */
#define WEIR_HTTP_MAX_HEADER_BYTES (16 * 1024)
#define WEIR_HTTP_MAX_BODY_BYTES (64 * 1024)

typedef struct _WeirHttp WeirHttp;
typedef struct _WeirHttpRequest WeirHttpRequest;

typedef struct {
  guint status;         /* of a complete answer; 0: there was none */
  const char *location; /* its Location as it was sent, or NULL */
  const char *error;    /* why there was none, or NULL; never holds the URL */
} WeirHttpAnswer;

/* ANSWER is valid during the call. */
typedef void (*WeirHttpDone) (const WeirHttpAnswer *answer, gpointer data);

WeirHttp *weir_http_new (WeirLoop *loop);
/* Requests under way are given up without a word. The last handles close
 * while the loop runs on. Not from inside a WeirHttpDone. */
void weir_http_free (WeirHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirHttp, weir_http_free)

/* Posts FORM (application/x-www-form-urlencoded) to URL; both are copied. DONE
 * is called once, at the latest TIMEOUT_MS from now, never from inside, and
 * not after weir_http_cancel (). NULL when too many wait already: DONE is not
 * called then. */
WeirHttpRequest *weir_http_post (WeirHttp *http, const char *url,
    const char *form, guint timeout_ms, WeirHttpDone done, gpointer data);
void weir_http_cancel (WeirHttpRequest *request);

/* Whether URL can be asked: http or https, with a host. WEIR_ERROR_CONFIG. */
gboolean weir_http_check_url (const char *url, GError **error);
