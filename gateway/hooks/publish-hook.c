/* One question is one request. */
#include "hooks/publish-hook.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "hooks/publish-form.h"

#define TOPIC "hook"
#define FAILURES_LOGGED 5 /* a second */

struct _WeirPublishHook {
  WeirAuth parent;
  WeirControl *control;
  WeirHttp *http;
  WeirLogLimit logged;
};

typedef struct {
  WeirPublishHook *hook;
  WeirHttpRequest *request;
  char *section;
  char *app;
  char *peer;
  gboolean allow_on_error;
  WeirAuthDone done;
  gpointer data;
} Question;

static void
question_free (Question *q)
{
  g_free (q->section);
  g_free (q->app);
  g_free (q->peer);
  g_free (q);
}

/* Neither the stream's name, which may be a bare secret, nor anything the
 * server sent stands in a line. */
static void log_failure (WeirPublishHook *hook, const char *section,
    const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
log_failure (
    WeirPublishHook *hook, const char *section, const char *format, ...)
{
  g_autofree char *words = NULL;
  guint64 dropped;
  va_list args;

  if (!weir_log_limit_allows (
          &hook->logged, weir_now_us (), FAILURES_LOGGED, &dropped))
    return;
  va_start (args, format);
  words = g_strdup_vprintf (format, args);
  va_end (args);
  if (dropped > 0)
    weir_warn (TOPIC, section,
        "%" G_GUINT64_FORMAT " more failures were not written down", dropped);
  weir_warn (TOPIC, section, "%s", words);
}

static void
on_answer (const WeirHttpAnswer *answer, gpointer data)
{
  Question *q = data;
  g_autofree char *name = NULL;
  WeirAuthVerdict verdict =
      weir_publish_form_read_answer (answer->status, answer->location, &name);

  if (verdict == WEIR_AUTH_UNUSABLE)
    log_failure (q->hook, q->section,
        "publisher %s of %s is refused: the answer %u names an address to "
        "push to, which is not done here",
        q->peer, q->app, answer->status);
  if (verdict == WEIR_AUTH_NO_WORD) {
    g_autofree char *why =
        answer->error != NULL
            ? g_strdup (answer->error)
            : g_strdup_printf ("it answered %u", answer->status);

    log_failure (q->hook, q->section, "publisher %s of %s is %s: %s", q->peer,
        q->app, q->allow_on_error ? "let in all the same" : "refused", why);
    if (q->allow_on_error)
      verdict = WEIR_AUTH_ALLOW;
  }
  q->done (verdict, name, q->data);
  question_free (q);
}

/* The section for APP, or NULL. Caller frees. */
static char *
find_section (const WeirSettings *settings, const char *app)
{
  g_auto (GStrv) names = weir_settings_names (settings, "hook");

  for (char **n = names; *n != NULL; n++) {
    const char *only = weir_settings_named_string (settings, "hook", *n, "app");
    const char *event =
        weir_settings_named_string (settings, "hook", *n, "event");

    if (strcmp (event, "publish") == 0
        && (*only == '\0' || strcmp (only, app) == 0))
      return g_strdup (*n);
  }
  return NULL;
}

static gpointer
ask (WeirAuth *auth, const WeirPublishRequest *request,
    const WeirPublisher *publisher, WeirAuthDone done, gpointer data)
{
  WeirPublishHook *hook = (WeirPublishHook *) auth;
  const WeirSettings *settings = hook->control->settings;
  g_autofree char *section = find_section (settings, request->app);
  g_autofree char *form = NULL;
  Question *q;

  if (section == NULL) {
    log_failure (hook, NULL,
        "publisher %s of %s is refused: no [hook] with event = publish is for "
        "this application",
        publisher->peer, request->app);
    return NULL;
  }
  form = weir_publish_form (request, publisher);
  q = g_new0 (Question, 1);
  q->request = weir_http_post (hook->http,
      weir_settings_named_string (settings, "hook", section, "url"), form,
      (guint) weir_settings_named_int (settings, "hook", section, "timeout_ms"),
      on_answer, q);
  if (q->request == NULL) {
    log_failure (hook, section,
        "publisher %s of %s is refused: too many requests wait already",
        publisher->peer, request->app);
    question_free (q);
    return NULL;
  }
  q->hook = hook;
  q->allow_on_error = strcmp (weir_settings_named_string (
                                  settings, "hook", section, "on_error"),
                          "allow")
                      == 0;
  q->section = g_steal_pointer (&section);
  q->app = g_strdup (request->app);
  q->peer = g_strdup (publisher->peer);
  q->done = done;
  q->data = data;
  return q;
}

static void
cancel (WeirAuth *auth, gpointer question)
{
  Question *q = question;

  weir_http_cancel (q->request);
  question_free (q);
}

static const WeirAuthClass auth_class = { .ask = ask, .cancel = cancel };

WeirPublishHook *
weir_publish_hook_new (WeirControl *control, WeirHttp *http)
{
  WeirPublishHook *hook = g_new0 (WeirPublishHook, 1);

  hook->parent.klass = &auth_class;
  hook->control = control;
  hook->http = http;
  return hook;
}

void
weir_publish_hook_free (WeirPublishHook *hook)
{
  g_free (hook);
}

WeirAuth *
weir_publish_hook_get_auth (WeirPublishHook *hook)
{
  return &hook->parent;
}

static gboolean
hook_decides (const WeirSettings *settings, const char *app)
{
  const char *auth = weir_settings_app_string (settings, app, "rtmp", "auth");

  return strcmp (auth, "hook") == 0 || strcmp (auth, "both") == 0;
}

static gboolean
check_section (const WeirSettings *settings, const char *name, GError **error)
{
  const char *url = weir_settings_named_string (settings, "hook", name, "url");

  if (weir_http_check_url (url, error))
    return TRUE;
  g_prefix_error (error, "[hook %s] url: ", name);
  return FALSE;
}

gboolean
weir_publish_hook_check_settings (const WeirSettings *settings, GError **error)
{
  g_auto (GStrv) hooks = weir_settings_names (settings, "hook");
  g_auto (GStrv) apps = weir_settings_names (settings, "app");

  for (char **n = hooks; *n != NULL; n++)
    if (!check_section (settings, *n, error))
      return FALSE;
  for (char **n = apps; *n != NULL; n++) {
    g_autofree char *section = find_section (settings, *n);

    if (section == NULL && hook_decides (settings, *n)) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
          "[app %s] auth: no [hook] with event = publish is for it", *n);
      return FALSE;
    }
  }
  /* Hooks for some applications only may be meant: the others are refused. */
  if (hook_decides (settings, "") && *hooks == NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "[rtmp] auth: there is no [hook] with event = publish");
    return FALSE;
  }
  return TRUE;
}
