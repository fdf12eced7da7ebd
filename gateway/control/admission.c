/* A newcomer goes through the steps of admission.h; where somebody has to be
 * waited for, it is kept in a table meanwhile. */
#include "control/admission.h"

#include "base/log.h"
#include "control/bars.h"
#include "control/fail-policy.h"
#include "control/keys.h"
#include "control/load.h"
#include "control/stream.h"
#include "control/wrong-keys.h"
#include "core/names.h"

#include <string.h>

#define TOPIC "admission"
#define REFUSALS_LOGGED 5     /* a second */
#define REFUSALS_COUNTED 1000 /* of one address at a time */

struct _WeirAdmission {
  WeirControl *control;
  WeirAuth *auth;      /* or NULL */
  GHashTable *waiting; /* WeirPublisher → Newcomer, owns */
  GHashTable *names;   /* path inside the newcomer who won it → Newcomer */
  guint asked;         /* of those waiting */
  WeirWrongKeys *wrong_keys;
  WeirLogLimit refusals_logged;
  guint64 counts[WEIR_ADMISSION_RESULTS];
};

/* What weir_streams_publish () returns, when it is known by then. */
typedef struct {
  WeirAdmit admit;
  WeirStream *stream;
  char *reason;
} AtOnce;

typedef struct {
  WeirAdmission *admission;
  WeirPublisher *publisher; /* borrowed */
  AtOnce *at_once;          /* while it is being asked for */
  WeirAuthBy ask;
  char *app;
  char *name;
  char *publisher_id;
  char *path;        /* while it has won that name, else NULL */
  gpointer question; /* to the hook, or NULL */
  WeirTimer *timer;  /* of the question, or of the refusal */
} Newcomer;

#define NAME_RULE " may have 1 to 128 letters, digits, '.', '_' and '-'."

static const char bad_app[] = "The application's name" NAME_RULE;
static const char bad_name[] = "The stream's name" NAME_RULE;
static const char busy[] = "A stream of this name is being published already.";
static const char others[] = "Another publisher's stream of this name still "
                             "goes out. Try again in a moment.";
static const char undecided[] =
    "It can't be decided just now whether this may be published. Try again.";
static const char unusable[] =
    "The server that decides about this stream sent it where it can't go.";
static const char going_down[] = "The server is shutting down.";
/* The words for everything that has to do with keys, so that neither names
 * nor lock-outs can be probed. */
static const char wrong_key[] =
    "The stream key is not known here. Check application, stream name and key.";

const char *
weir_admission_result_name (WeirAdmissionResult result)
{
  static const char *const names[] = { "admitted", "bad_name", "wrong_key",
    "locked_out", "barred", "busy", "full", "hook_refused", "hook_unusable",
    "undecided", "left", "shutdown" };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == WEIR_ADMISSION_RESULTS);
  return names[result];
}

static WeirAdmit
as_admit (WeirAdmissionResult result)
{
  switch (result) {
  case WEIR_ADMISSION_ADMITTED:
    return WEIR_ADMIT_OK;
  case WEIR_ADMISSION_BUSY:
    return WEIR_ADMIT_BUSY;
  case WEIR_ADMISSION_FULL:
  case WEIR_ADMISSION_UNDECIDED:
  case WEIR_ADMISSION_SHUTDOWN:
    return WEIR_ADMIT_LATER;
  default:
    return WEIR_ADMIT_DENIED;
  }
}

/* --- newcomers --- */

static void
give_up_name (Newcomer *n)
{
  if (n->path != NULL)
    g_hash_table_remove (n->admission->names, n->path);
  g_clear_pointer (&n->path, g_free);
}

static void
stop_asking (Newcomer *n)
{
  if (n->question == NULL)
    return;
  n->admission->auth->klass->cancel (n->admission->auth, n->question);
  n->question = NULL;
  n->admission->asked--;
}

static void
newcomer_free (gpointer data)
{
  Newcomer *n = data;

  stop_asking (n);
  give_up_name (n);
  weir_timer_free (n->timer);
  g_free (n->app);
  g_free (n->name);
  g_free (n->publisher_id);
  g_free (n);
}

static void
set_timer (Newcomer *n, guint ms, WeirTimerFunc func)
{
  weir_timer_free (n->timer);
  n->timer = weir_timer_new (n->admission->control->loop, ms, ms, func, n);
}

static void
set_identity (Newcomer *n, const char *name, const char *publisher_id)
{
  char *old_name = n->name, *old_id = n->publisher_id; /* may be the new */

  n->name = g_strdup (name);
  n->publisher_id = g_strdup (publisher_id);
  g_free (old_name);
  g_free (old_id);
}

static gint64
app_int (const Newcomer *n, const char *key)
{
  return weir_settings_app_int (
      n->admission->control->settings, n->app, "rtmp", key);
}

/* --- answers --- */

/* Frees N unless it is being asked for. */
static void
answer (Newcomer *n, WeirAdmit admit, WeirStream *stream, const char *reason)
{
  WeirPublisher *publisher = n->publisher;

  if (n->at_once != NULL) {
    *n->at_once = (AtOnce){ admit, stream, g_strdup (reason) };
    return;
  }
  g_hash_table_remove (n->admission->waiting, publisher);
  publisher->klass->admitted (publisher, admit, stream, reason);
}

/* Answers by what was decided. */
static void
conclude (Newcomer *n, WeirAdmissionResult result, WeirStream *stream,
    const char *reason)
{
  n->admission->counts[result]++;
  answer (n, as_admit (result), stream, reason);
}

static void
on_refusal_due (gpointer data)
{
  answer (data, WEIR_ADMIT_DENIED, NULL, wrong_key);
}

/* What the publisher is not told. Its stream's name may be a bare secret. */
static void
log_wrong_key (Newcomer *n, WeirAdmissionResult result)
{
  const char *why = result == WEIR_ADMISSION_LOCKED_OUT ? "its address is "
                                                          "locked out"
                    : result == WEIR_ADMISSION_HOOK_REFUSED
                        ? "the hook says no"
                        : "its key is not in the table";
  guint64 dropped; /* the protocol side says how many */

  if (weir_log_limit_allows (&n->admission->refusals_logged, weir_now_us (),
          REFUSALS_LOGGED, &dropped))
    weir_warn (TOPIC, n->publisher->peer,
        "may not publish in application %s: %s", n->app, why);
}

/* A wrong key, by RESULT: counted now, answered in a while. */
static void
refuse_key (Newcomer *n, WeirAdmissionResult result)
{
  WeirAdmission *a = n->admission;
  guint delay_ms = (guint) app_int (n, "refusal_delay_ms");
  guint delayed = g_hash_table_size (a->waiting) - a->asked;

  give_up_name (n);
  log_wrong_key (n, result);
  a->counts[result]++;
  if (delay_ms == 0 || delayed > WEIR_ADMISSION_MAX_DELAYED)
    answer (n, WEIR_ADMIT_DENIED, NULL, wrong_key);
  else
    set_timer (n,
        delay_ms + (guint) g_random_int_range (0, (gint32) delay_ms / 3 + 1),
        on_refusal_due);
}

/* --- keys and lock-outs --- */

/* require_key = false takes the key table out of whatever auth says. */
WeirAuthBy
weir_admission_auth_by (const WeirSettings *settings, const char *app)
{
  const char *auth = weir_settings_app_string (settings, app, "rtmp", "auth");
  gboolean keys = strcmp (auth, "keys") == 0 || strcmp (auth, "both") == 0;
  gboolean hook = strcmp (auth, "hook") == 0 || strcmp (auth, "both") == 0;

  if (!weir_settings_app_bool (settings, app, "rtmp", "require_key"))
    keys = FALSE;
  return (keys ? WEIR_AUTH_BY_KEYS : 0) | (hook ? WEIR_AUTH_BY_HOOK : 0);
}

static gboolean
is_locked_out (const Newcomer *n)
{
  return n->ask != WEIR_AUTH_BY_NOBODY
         && weir_wrong_keys_is_out (
             n->admission->wrong_keys, n->app, n->publisher->address_key);
}

/* A wrong key came from this address. */
static void
note_failure (const Newcomer *n)
{
  weir_wrong_keys_note (
      n->admission->wrong_keys, n->app, n->publisher->address_key);
}

static void
note_right_key (const Newcomer *n)
{
  weir_wrong_keys_forget (n->admission->wrong_keys, n->publisher->address_key);
}

/* FALSE for a wrong key. */
static gboolean
check_key (Newcomer *n, const WeirPublishRequest *request)
{
  const WeirKeys *keys = n->admission->control->keys;
  const WeirKey *key =
      *request->secret != '\0'
          ? weir_keys_check (keys, n->app, request->name, request->secret)
          : weir_keys_check (keys, n->app, NULL, request->name);

  if (key == NULL)
    return FALSE;
  set_identity (n, key->name, key->publisher);
  return TRUE;
}

/* --- bars and names --- */

/* A publisher that seems to be lost gives way to one who has shown a key. */
static gboolean
may_take_over (const Newcomer *n, const WeirStream *stream)
{
  gint64 silent_us = weir_now_us () - stream->heard_us;

  return n->ask != WEIR_AUTH_BY_NOBODY
         && silent_us >= app_int (n, "takeover_ms") * 1000;
}

/* What one publisher sent must not be held against another: who is somebody
 * else gets a stream of their own, once this one has gone out. */
static gboolean
is_somebody_else (const Newcomer *n, const WeirStream *stream)
{
  return strcmp (stream->publisher_id, n->publisher_id) != 0;
}

/* Step 4. FALSE: it was refused. A name that the hook may still replace need
 * not be valid: it can be a bare secret. */
static gboolean
win_name (Newcomer *n, gboolean for_good)
{
  WeirAdmission *a = n->admission;
  g_autofree char *path = g_strconcat (n->app, "/", n->name, NULL);
  const WeirBar *bar = weir_bars_find (a->control->bars, path, n->publisher_id);
  WeirStream *stream = weir_streams_find_open (a->control->streams, path);
  const char *refusal;

  give_up_name (n);
  if (for_good && !weir_name_is_valid (n->name)) {
    conclude (n, WEIR_ADMISSION_BAD_NAME, NULL, bad_name);
    return FALSE;
  }
  if (bar != NULL) {
    g_autofree char *words = weir_bars_dup_refusal (bar);

    conclude (n, WEIR_ADMISSION_BARRED, NULL, words);
    return FALSE;
  }
  refusal = weir_fail_policy_refusal (a->control->fail_policy, n->app);
  if (refusal != NULL) {
    conclude (n, WEIR_ADMISSION_FULL, NULL, refusal);
    return FALSE;
  }
  if (g_hash_table_contains (a->names, path)
      || (stream != NULL && stream->publisher != NULL
          && (is_somebody_else (n, stream) || !may_take_over (n, stream)))) {
    conclude (n, WEIR_ADMISSION_BUSY, NULL, busy);
    return FALSE;
  }
  if (stream != NULL && is_somebody_else (n, stream)) {
    weir_stream_stop_waiting (stream);
    conclude (n, WEIR_ADMISSION_BUSY, NULL, others);
    return FALSE;
  }
  /* Who comes back to a stream that is there brings nothing new. */
  if (stream == NULL) {
    g_autofree char *words = weir_load_refusal (a->control->load);

    if (words != NULL) {
      conclude (n, WEIR_ADMISSION_FULL, NULL, words);
      return FALSE;
    }
  }
  n->path = g_steal_pointer (&path);
  g_hash_table_insert (a->names, n->path, n);
  return TRUE;
}

/* It has won its name for good. */
static void
let_in (Newcomer *n)
{
  WeirStreams *streams = n->admission->control->streams;
  WeirStream *stream = weir_streams_find_open (streams, n->path);

  if (stream != NULL && stream->publisher != NULL) {
    weir_info ("stream", stream->path,
        "taken over from %s, silent for %" G_GINT64_FORMAT " ms", stream->peer,
        (weir_now_us () - stream->heard_us) / 1000);
    weir_stream_disconnect (
        stream, "Another connection with the same key took this stream over.");
  }
  give_up_name (n);
  stream = weir_streams_join (
      streams, n->app, n->name, n->publisher_id, n->publisher);
  conclude (n, WEIR_ADMISSION_ADMITTED, stream, NULL);
}

/* --- the hook --- */

static void
on_out_of_patience (gpointer data)
{
  conclude (data, WEIR_ADMISSION_UNDECIDED, NULL, undecided);
}

static void
on_word (WeirAuthVerdict verdict, const char *name, gpointer data)
{
  Newcomer *n = data;

  n->question = NULL;
  n->admission->asked--;
  switch (verdict) {
  case WEIR_AUTH_ALLOW:
    note_right_key (n);
    if (name != NULL)
      set_identity (
          n, name, n->ask & WEIR_AUTH_BY_KEYS ? n->publisher_id : name);
    if (win_name (n, TRUE))
      let_in (n);
    return;
  case WEIR_AUTH_REFUSE:
    note_failure (n);
    refuse_key (n, WEIR_ADMISSION_HOOK_REFUSED);
    return;
  case WEIR_AUTH_UNUSABLE:
    conclude (n, WEIR_ADMISSION_HOOK_UNUSABLE, NULL, unusable);
    return;
  case WEIR_AUTH_NO_WORD:
    conclude (n, WEIR_ADMISSION_UNDECIDED, NULL, undecided);
    return;
  }
}

static void
ask_hook (Newcomer *n, const WeirPublishRequest *request)
{
  WeirAdmission *a = n->admission;
  WeirPublishRequest asked = *request;

  asked.name = n->name;
  if (a->auth != NULL && a->asked < WEIR_ADMISSION_MAX_ASKED)
    n->question =
        a->auth->klass->ask (a->auth, &asked, n->publisher, on_word, n);
  if (n->question == NULL) {
    conclude (n, WEIR_ADMISSION_UNDECIDED, NULL, undecided);
    return;
  }
  a->asked++;
  set_timer (n, WEIR_ADMISSION_PATIENCE_MS, on_out_of_patience);
}

/* --- the way in --- */

static void
begin (Newcomer *n, const WeirPublishRequest *request)
{
  WeirControl *control = n->admission->control;

  if (weir_streams_is_shutting_down (control->streams)) {
    conclude (n, WEIR_ADMISSION_SHUTDOWN, NULL, going_down);
    return;
  }
  if (!weir_name_is_valid (n->app)) {
    conclude (n, WEIR_ADMISSION_BAD_NAME, NULL, bad_app);
    return;
  }
  n->ask = weir_admission_auth_by (control->settings, n->app);
  set_identity (n, request->name, request->name);
  if (is_locked_out (n)) {
    refuse_key (n, WEIR_ADMISSION_LOCKED_OUT);
    return;
  }
  if ((n->ask & WEIR_AUTH_BY_KEYS) && !check_key (n, request)) {
    note_failure (n);
    refuse_key (n, WEIR_ADMISSION_WRONG_KEY);
    return;
  }
  if (n->ask == WEIR_AUTH_BY_KEYS)
    note_right_key (n);
  if (!win_name (n, !(n->ask & WEIR_AUTH_BY_HOOK)))
    return;
  if (n->ask & WEIR_AUTH_BY_HOOK)
    ask_hook (n, request);
  else
    let_in (n);
}

WeirAdmit
weir_streams_publish (WeirStreams *streams, const WeirPublishRequest *request,
    WeirPublisher *publisher, WeirStream **ret_stream, char **ret_reason)
{
  WeirAdmission *a = weir_streams_get_control (streams)->admission;
  AtOnce at_once = { .admit = WEIR_ADMIT_PENDING };
  Newcomer *n = g_new0 (Newcomer, 1);

  g_assert (!g_hash_table_contains (a->waiting, publisher));
  n->admission = a;
  n->publisher = publisher;
  n->app = g_strdup (request->app);
  n->at_once = &at_once;
  g_hash_table_insert (a->waiting, publisher, n);
  begin (n, request);
  n->at_once = NULL;
  if (at_once.admit != WEIR_ADMIT_PENDING)
    g_hash_table_remove (a->waiting, publisher);
  if (at_once.admit == WEIR_ADMIT_OK)
    *ret_stream = at_once.stream;
  else if (at_once.admit != WEIR_ADMIT_PENDING)
    *ret_reason = at_once.reason;
  return at_once.admit;
}

void
weir_streams_publish_cancel (WeirStreams *streams, WeirPublisher *publisher)
{
  WeirAdmission *a = weir_streams_get_control (streams)->admission;
  const Newcomer *n = g_hash_table_lookup (a->waiting, publisher);

  if (n == NULL)
    return;
  if (n->question != NULL) {
    a->counts[WEIR_ADMISSION_LEFT]++;
    /* Else who asks and leaves, over and over, keeps a name from its owner. */
    note_failure (n);
  }
  g_hash_table_remove (a->waiting, publisher);
}

/* --- all of it --- */

WeirAdmission *
weir_admission_new (WeirControl *control)
{
  WeirAdmission *a = g_new0 (WeirAdmission, 1);

  a->control = control;
  a->waiting = g_hash_table_new_full (NULL, NULL, NULL, newcomer_free);
  a->names = g_hash_table_new (g_str_hash, g_str_equal);
  a->wrong_keys = weir_wrong_keys_new (control);
  return a;
}

void
weir_admission_free (WeirAdmission *a)
{
  if (a == NULL)
    return;
  g_assert (g_hash_table_size (a->waiting) == 0);
  g_hash_table_unref (a->waiting);
  g_hash_table_unref (a->names);
  weir_wrong_keys_free (a->wrong_keys);
  g_free (a);
}

void
weir_admission_set_auth (WeirAdmission *a, WeirAuth *auth)
{
  g_assert (a->asked == 0);
  a->auth = auth;
}

WeirWrongKeys *
weir_admission_get_wrong_keys (const WeirAdmission *a)
{
  return a->wrong_keys;
}

void
weir_admission_note_refusal (WeirAdmission *a, const char *app,
    const char *address, WeirAdmissionResult result, guint times)
{
  if (result == WEIR_ADMISSION_WRONG_KEY
      && weir_wrong_keys_is_out (a->wrong_keys, app, address))
    result = WEIR_ADMISSION_LOCKED_OUT;
  a->counts[result] += times;
  for (guint i = 0;
       result == WEIR_ADMISSION_WRONG_KEY && i < MIN (times, REFUSALS_COUNTED);
       i++)
    weir_wrong_keys_note (a->wrong_keys, app, address);
}

void
weir_admission_shut_down (WeirAdmission *a)
{
  GHashTableIter iter;
  gpointer value;

  for (;;) {
    Newcomer *n;

    g_hash_table_iter_init (&iter, a->waiting);
    if (!g_hash_table_iter_next (&iter, NULL, &value))
      return;
    n = value;
    if (n->question != NULL)
      conclude (n, WEIR_ADMISSION_SHUTDOWN, NULL, going_down);
    else
      on_refusal_due (n);
  }
}

guint64
weir_admission_get_count (const WeirAdmission *a, WeirAdmissionResult result)
{
  return a->counts[result];
}

guint
weir_admission_count_waiting (const WeirAdmission *a)
{
  return g_hash_table_size (a->waiting);
}

guint
weir_admission_count_locked_out (const WeirAdmission *a)
{
  return weir_wrong_keys_count_out (a->wrong_keys);
}
