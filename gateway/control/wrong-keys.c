/* Counts wrong keys and says who is locked out. */
#include "control/wrong-keys.h"

#include "base/log.h"
#include "control/lockout.h"

#define TOPIC "admission"
#define LOCKOUTS_LOGGED 5 /* a second */

struct _WeirWrongKeys {
  WeirControl *control;
  WeirLockout *lockout;
  WeirLogLimit logged;
  WeirLockedOutFunc func;
  gpointer data;
};

WeirWrongKeys *
weir_wrong_keys_new (WeirControl *control)
{
  WeirWrongKeys *w = g_new0 (WeirWrongKeys, 1);

  w->control = control;
  w->lockout = weir_lockout_new ();
  return w;
}

void
weir_wrong_keys_free (WeirWrongKeys *w)
{
  if (w == NULL)
    return;
  weir_lockout_free (w->lockout);
  g_free (w);
}

void
weir_wrong_keys_set_watch (
    WeirWrongKeys *w, WeirLockedOutFunc func, gpointer data)
{
  w->func = func;
  w->data = data;
}

static gint64
app_int (const WeirWrongKeys *w, const char *app, const char *key)
{
  return weir_settings_app_int (w->control->settings, app, "rtmp", key);
}

gboolean
weir_wrong_keys_is_out (
    const WeirWrongKeys *w, const char *app, const char *address)
{
  return address != NULL && app_int (w, app, "lockout_failures") > 0
         && weir_lockout_is_out (w->lockout, address, weir_now_us ());
}

void
weir_wrong_keys_note (WeirWrongKeys *w, const char *app, const char *address)
{
  WeirLockoutRule rule = { (guint) app_int (w, app, "lockout_failures"),
    app_int (w, app, "lockout_window_ms") * 1000,
    app_int (w, app, "lockout_ms") * 1000 };
  gint64 now_us = weir_now_us ();
  guint64 dropped;

  if (address == NULL
      || !weir_lockout_fail (w->lockout, address, &rule, now_us))
    return;
  if (weir_log_limit_allows (&w->logged, now_us, LOCKOUTS_LOGGED, &dropped))
    weir_warn (TOPIC, address,
        "locked out for %" G_GINT64_FORMAT " s after %u wrong keys%s",
        rule.lockout_us / G_USEC_PER_SEC, rule.failures,
        dropped > 0 ? ", and others like it" : "");
  if (w->func != NULL)
    w->func (address, now_us + rule.lockout_us, w->data);
}

void
weir_wrong_keys_forget (WeirWrongKeys *w, const char *address)
{
  if (address != NULL)
    weir_lockout_forget (w->lockout, address);
}

guint
weir_wrong_keys_count_out (const WeirWrongKeys *w)
{
  return weir_lockout_count_out (w->lockout, weir_now_us ());
}
