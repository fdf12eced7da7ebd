/* Makes rules out of the gateway's state. */
#include "workers/srt-rules.h"

#include "control/admission.h"
#include "control/bars.h"
#include "control/keys.h"
#include "workers/srt-settings.h"

#include <string.h>

#define LOOK_MS 200 /* whether a lock-out is over */

typedef struct {
  char *address;
  gint64 until_us;
} LockedOut;

struct _WeirSrtRules {
  WeirControl *control;
  WeirSrtTell tell;
  gpointer data;
  GQueue locked_out; /* LockedOut */
  WeirTimer *timer;  /* while there are some */
  gboolean down;
};

typedef struct {
  WeirSrtTell tell;
  gpointer data;
} Listener;

static Listener
everybody (const WeirSrtRules *rules)
{
  return (Listener){ rules->tell, rules->data };
}

static void
tell (Listener to, WeirSrtRuleKind kind, const void *key, gsize key_size,
    WeirSrtRule rule)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_RULE, .srt_rule = rule };

  message.srt_rule.kind = (guint8) kind;
  message.srt_rule.key = key;
  message.srt_rule.key_size = key_size;
  if (message.srt_rule.path == NULL)
    message.srt_rule.path = "";
  if (message.srt_rule.passphrase == NULL)
    message.srt_rule.passphrase = "";
  message.srt_rule.path_size = strlen (message.srt_rule.path);
  message.srt_rule.passphrase_size = strlen (message.srt_rule.passphrase);
  to.tell (&message, to.data);
}

static void
tell_text (Listener to, WeirSrtRuleKind kind, const char *key, WeirSrtRule rule)
{
  tell (to, kind, key, strlen (key), rule);
}

static WeirSrtRule
gone (void)
{
  return (WeirSrtRule){ .flags = WEIR_SRT_RULE_REMOVE };
}

static gboolean
checks_keys (const WeirSettings *settings, const char *app)
{
  return (weir_admission_auth_by (settings, app) & WEIR_AUTH_BY_KEYS) != 0;
}

/* --- applications --- */

static WeirSrtRule
of_application (const WeirSrtRules *rules, const char *app)
{
  const WeirSettings *settings = rules->control->settings;

  return (WeirSrtRule){
    .flags = checks_keys (settings, app) ? WEIR_SRT_RULE_CHECK_KEYS : 0,
    .passphrase = weir_srt_settings_passphrase (settings, app),
    .key_length = weir_srt_settings_key_bytes (settings),
  };
}

static void
tell_applications (WeirSrtRules *rules, Listener to)
{
  g_auto (GStrv) apps = weir_settings_names (rules->control->settings, "app");
  WeirSrtRule all = of_application (rules, "");

  all.code = rules->down ? WEIR_SRT_DOWN : 0;
  tell_text (to, WEIR_SRT_RULE_ALL, "", all);
  for (char **app = apps; *app != NULL; app++)
    tell_text (to, WEIR_SRT_RULE_APP, *app, of_application (rules, *app));
}

/* --- keys --- */

static void
tell_key (WeirSrtRules *rules, Listener to, const WeirKey *key, gboolean out)
{
  WeirControl *control = rules->control;
  g_autofree char *path = g_strconcat (key->app, "/", key->name, NULL);
  WeirSrtRule rule = { .path = path };

  if (out || !checks_keys (control->settings, key->app)) {
    tell (to, WEIR_SRT_RULE_KEY, key->hash, sizeof key->hash, gone ());
    return;
  }
  /* The stream's own bar is the name's rule. */
  if (weir_bars_find (control->bars, "", key->publisher) != NULL)
    rule.code = WEIR_SRT_FORBIDDEN;
  rule.passphrase = weir_srt_settings_publisher_passphrase (
      control->settings, key->app, key->publisher, FALSE);
  rule.key_length = weir_srt_settings_key_bytes (control->settings);
  tell (to, WEIR_SRT_RULE_KEY, key->hash, sizeof key->hash, rule);
}

static void
tell_keys (WeirSrtRules *rules, Listener to, const GPtrArray *keys)
{
  for (guint i = 0; keys != NULL && i < keys->len; i++)
    tell_key (rules, to, g_ptr_array_index (keys, i), FALSE);
}

static void
on_key (const WeirKey *key, gboolean out, gpointer data)
{
  WeirSrtRules *rules = data;

  tell_key (rules, everybody (rules), key, out);
}

/* --- names: of bars, and of publishers without a key --- */

static gboolean
is_barred (const WeirSrtRules *rules, const char *path)
{
  return weir_bars_name (rules->control->bars, path);
}

/* PATH is "APP/NAME". With a key table a publisher's passphrase goes with its
 * key, since a name may be another publisher's. */
static void
tell_name (WeirSrtRules *rules, Listener to, const char *path, gboolean barred)
{
  const WeirSettings *settings = rules->control->settings;
  const char *slash = strchr (path, '/');
  const char *passphrase = NULL;

  if (slash != NULL) {
    g_autofree char *app = g_strndup (path, (gsize) (slash - path));

    if (!checks_keys (settings, app))
      passphrase = weir_srt_settings_publisher_passphrase (
          settings, app, slash + 1, TRUE);
  }
  tell_text (to, WEIR_SRT_RULE_NAME, path,
      barred || passphrase != NULL
          ? (WeirSrtRule){ .code = barred ? WEIR_SRT_FORBIDDEN : 0,
              .passphrase = passphrase,
              .key_length = weir_srt_settings_key_bytes (settings) }
          : gone ());
}

/* Names that [publisher] sections of SETTINGS speak of. */
static void
tell_publishers (WeirSrtRules *rules, Listener to, const WeirSettings *settings)
{
  g_auto (GStrv) names = weir_settings_names (settings, "publisher");

  for (char **name = names; *name != NULL; name++) {
    const char *app =
        weir_settings_named_string (settings, "publisher", *name, "app");
    g_autofree char *path = g_strconcat (app, "/", *name, NULL);

    if (*app != '\0')
      tell_name (rules, to, path, is_barred (rules, path));
  }
}

static void
tell_names (WeirSrtRules *rules, Listener to)
{
  const GPtrArray *bars = weir_bars_list (rules->control->bars);

  for (guint i = 0; i < MIN (bars->len, WEIR_SRT_MAX_BARS); i++)
    tell_name (
        rules, to, ((WeirBar *) g_ptr_array_index (bars, i))->stream, TRUE);
  tell_publishers (rules, to, rules->control->settings);
}

static void
on_bar (const WeirBar *bar, gboolean lifted, gpointer data)
{
  WeirSrtRules *rules = data;

  tell_name (
      rules, everybody (rules), bar->stream, is_barred (rules, bar->stream));
  if (*bar->publisher != '\0')
    tell_keys (rules, everybody (rules),
        weir_keys_of_publisher (rules->control->keys, bar->publisher));
}

/* --- lock-outs --- */

static void
locked_out_free (gpointer data)
{
  LockedOut *one = data;

  g_free (one->address);
  g_free (one);
}

/* Whoever is locked out may still publish where nobody is asked. */
static gboolean
some_are_open (const WeirSettings *settings)
{
  g_auto (GStrv) apps = weir_settings_names (settings, "app");

  if (weir_admission_auth_by (settings, "") == WEIR_AUTH_BY_NOBODY)
    return TRUE;
  for (char **app = apps; *app != NULL; app++)
    if (weir_admission_auth_by (settings, *app) == WEIR_AUTH_BY_NOBODY
        || weir_settings_app_int (settings, *app, "rtmp", "lockout_failures")
               == 0)
      return TRUE;
  return FALSE;
}

static void
tell_address (WeirSrtRules *rules, Listener to, const char *address)
{
  if (!some_are_open (rules->control->settings))
    tell_text (to, WEIR_SRT_RULE_ADDRESS, address,
        (WeirSrtRule){ .code = WEIR_SRT_UNAUTHORIZED });
}

static void
on_look (gpointer data)
{
  WeirSrtRules *rules = data;
  gint64 now_us = weir_now_us ();

  for (GList *l = rules->locked_out.head, *next; l != NULL; l = next) {
    LockedOut *one = l->data;

    next = l->next;
    if (now_us < one->until_us)
      continue;
    tell_text (everybody (rules), WEIR_SRT_RULE_ADDRESS, one->address, gone ());
    g_queue_delete_link (&rules->locked_out, l);
    locked_out_free (one);
  }
  if (g_queue_is_empty (&rules->locked_out))
    g_clear_pointer (&rules->timer, weir_timer_free);
}

static void
on_locked_out (const char *address, gint64 until_us, gpointer data)
{
  WeirSrtRules *rules = data;
  LockedOut *one = g_new (LockedOut, 1);

  one->address = g_strdup (address);
  one->until_us = until_us;
  g_queue_push_tail (&rules->locked_out, one);
  tell_address (rules, everybody (rules), address);
  if (rules->timer == NULL)
    rules->timer =
        weir_timer_new (rules->control->loop, LOOK_MS, LOOK_MS, on_look, rules);
}

/* --- all of it --- */

void
weir_srt_rules_tell_all (WeirSrtRules *rules, WeirSrtTell func, gpointer data)
{
  g_autoptr (GPtrArray) keys = weir_keys_list (rules->control->keys);
  Listener to = { func, data };

  tell_applications (rules, to);
  tell_keys (rules, to, keys);
  tell_names (rules, to);
  for (GList *l = rules->locked_out.head; l != NULL; l = l->next)
    tell_address (rules, to, ((LockedOut *) l->data)->address);
}

void
weir_srt_rules_reload (WeirSrtRules *rules, const WeirSettings *old)
{
  g_auto (GStrv) fresh = weir_settings_names (rules->control->settings, "app");
  g_auto (GStrv) apps = weir_settings_names (old, "app");

  for (char **app = apps; *app != NULL; app++)
    if (!g_strv_contains ((const char *const *) fresh, *app))
      tell_text (everybody (rules), WEIR_SRT_RULE_APP, *app, gone ());
  tell_publishers (rules, everybody (rules), old);
  if (some_are_open (rules->control->settings))
    for (GList *l = rules->locked_out.head; l != NULL; l = l->next)
      tell_text (everybody (rules), WEIR_SRT_RULE_ADDRESS,
          ((LockedOut *) l->data)->address, gone ());
  weir_srt_rules_tell_all (rules, rules->tell, rules->data);
}

void
weir_srt_rules_shut_down (WeirSrtRules *rules)
{
  rules->down = TRUE;
  tell_applications (rules, everybody (rules));
}

WeirSrtRules *
weir_srt_rules_new (WeirControl *control, WeirSrtTell func, gpointer data)
{
  WeirSrtRules *rules = g_new0 (WeirSrtRules, 1);

  rules->control = control;
  rules->tell = func;
  rules->data = data;
  g_queue_init (&rules->locked_out);
  weir_keys_set_watch (control->keys, on_key, rules);
  weir_bars_set_watch (control->bars, on_bar, rules);
  weir_wrong_keys_set_watch (
      weir_admission_get_wrong_keys (control->admission), on_locked_out, rules);
  return rules;
}

void
weir_srt_rules_free (WeirSrtRules *rules)
{
  if (rules == NULL)
    return;
  weir_keys_set_watch (rules->control->keys, NULL, NULL);
  weir_bars_set_watch (rules->control->bars, NULL, NULL);
  weir_wrong_keys_set_watch (
      weir_admission_get_wrong_keys (rules->control->admission), NULL, NULL);
  weir_timer_free (rules->timer);
  g_queue_clear_full (&rules->locked_out, locked_out_free);
  g_free (rules);
}
