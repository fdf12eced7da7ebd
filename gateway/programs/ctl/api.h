/* The gateway's HTTP API: requests and answers, one at a time. Blocks. The
 * token goes to the address given and nowhere else: redirects are not
 * followed, and no proxy is asked for an address of this machine. */
#pragma once

#include <glib.h>
#include <jansson.h>

#define WEIR_CTL_API "/api/v1/"

/* Limits on what the other side does. Beyond them the call fails. */
#define WEIR_CTL_API_MAX_ANSWER_BYTES (64 * 1024 * 1024)
#define WEIR_CTL_API_CONNECT_TIMEOUT_MS 5000
#define WEIR_CTL_API_TIMEOUT_MS 30000

typedef struct _WeirCtlApi WeirCtlApi;

/* URL: http or https, a path allowed, e.g. "https://weir.example". NULL with a
 * usage error (G_OPTION_ERROR) when URL or TOKEN cannot be sent. */
WeirCtlApi *
weir_ctl_api_new (const char *url, const char *token, GError **error);
/* Another one like it, which can be used while it waits. */
WeirCtlApi *weir_ctl_api_again (const WeirCtlApi *api);
void weir_ctl_api_free (WeirCtlApi *api);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCtlApi, weir_ctl_api_free)

/* Host of the URL; an IPv6 address in brackets. */
const char *weir_ctl_api_get_host (const WeirCtlApi *api);

/* Sends METHOD with BODY (taken, NULL for none) to PATH, which begins with a
 * slash. Returns the answer's JSON, of type TYPE; NULL with WEIR_ERROR when
 * the gateway cannot be reached, answers no such thing, or refuses: then the
 * words are its own. */
json_t *weir_ctl_api_call (WeirCtlApi *api, const char *method,
    const char *path, json_t *body, json_type type, GError **error);

/* Called now and then while an upload is under way, and while its answer is
 * awaited (SENT is TOTAL then). */
typedef void (*WeirCtlApiProgress) (gsize sent, gsize total, gpointer data);

/* POSTs SIZE bytes of DATA to PATH; else like weir_ctl_api_call () with an
 * object. There is no limit on the time: what is awaited may take a while.
 * PROGRESS may call others of API's gateway through another WeirCtlApi. */
json_t *weir_ctl_api_upload (WeirCtlApi *api, const char *path,
    const char *data, gsize size, WeirCtlApiProgress progress,
    gpointer user_data, GError **error);

/* GETs PATH, and writes what comes to standard output, however much it is, as
 * it comes. FALSE with WEIR_ERROR as weir_ctl_api_call (), and when it was
 * broken off. There is no limit on the time. */
gboolean weir_ctl_api_print (WeirCtlApi *api, const char *path, GError **error);

/* GETs PATH, whatever the answer's status. FALSE when there is no answer. */
gboolean weir_ctl_api_get (
    WeirCtlApi *api, const char *path, guint *ret_status, GError **error);

/* The last answer's body, "" when there was none. Valid UTF-8 after a
 * successful weir_ctl_api_call (). Belongs to API. */
const char *weir_ctl_api_get_answer (const WeirCtlApi *api);
