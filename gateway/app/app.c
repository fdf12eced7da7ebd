/* Puts loop, store, control, web, hooks, RTMP and workers together. */
#include "app/app.h"

#include "app/admin.h"
#include "app/egresses.h"
#include "app/notify.h"
#include "app/open-files.h"
#include "app/paths.h"
#include "app/policies.h"
#include "app/slate-styles.h"
#include "base/error.h"
#include "base/log.h"
#include "control/admission.h"
#include "control/cases.h"
#include "control/control.h"
#include "control/sampling.h"
#include "control/sightings.h"
#include "control/streams.h"
#include "core/networks.h"
#include "base/version.h"
#include "hooks/publish-hook.h"
#include "lists/banks.h"
#include "rtmp/listener.h"
#include "store/sqlite.h"
#include "web/server.h"
#include "workers/analyzers.h"
#include "workers/muxer.h"
#include "workers/srt-settings.h"
#include "workers/srt.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Beyond the longest delay, when no time is set: egresses may be late. */
#define SHUTDOWN_MARGIN_MS 10000
/* HEVC of 4K takes seconds on an idle machine. */
#define SLATE_TIMEOUT_US (60 * G_USEC_PER_SEC)

typedef struct {
  WeirLoop *loop;
  WeirNotify *notify;
  WeirPaths *paths;
  WeirSettings *settings;
  WeirEgresses *egresses;
  WeirBanks *banks;
  WeirPolicy *policy;
  guint search_radius; /* of the analyzers */
  WeirStore *store;
  WeirControl control;
  gboolean control_started;
  WeirWeb *web;
  WeirHttp *http;
  WeirPublishHook *publish_hook;
  WeirRtmpListener *rtmp;
  WeirTlsContext *tls; /* of RTMPS; NULL: off */
  WeirAnalyzers *analyzers;
  WeirSlateStyles *styles;
  WeirMuxer *muxer;
  WeirSrt *srt;
  const char *config_path;
  uv_signal_t signals[3]; /* the last is SIGHUP */
  gboolean signals_open;
  gboolean stopping;
} App;

static WeirEgress *
make_egress (
    gpointer data, const char *section, const char *app, const char *name)
{
  App *a = data;

  return weir_egresses_make (a->egresses, a->loop, a->srt, section, app, name);
}

/* Everything but the streams, which have ended. What is left on the loop
 * closes while it runs out. */
static void
stop_parts (App *a)
{
  a->stopping = TRUE;
  g_clear_pointer (&a->notify, weir_notify_free);
  if (a->analyzers != NULL) {
    weir_streams_set_analysis (a->control.streams, NULL);
    g_clear_pointer (&a->analyzers, weir_analyzers_free);
  }
  weir_banks_stop (a->banks);
  if (a->muxer != NULL) {
    weir_streams_set_slates (a->control.streams, NULL);
    g_clear_pointer (&a->muxer, weir_muxer_free);
  }
  g_clear_pointer (&a->srt, weir_srt_free);
  weir_sightings_flush (a->control.sightings);
  weir_admission_set_auth (a->control.admission, NULL);
  g_clear_pointer (&a->publish_hook, weir_publish_hook_free);
  g_clear_pointer (&a->http, weir_http_free);
  weir_web_stop (a->web);
  if (a->signals_open)
    for (guint i = 0; i < G_N_ELEMENTS (a->signals); i++)
      uv_close ((uv_handle_t *) &a->signals[i], NULL);
  a->signals_open = FALSE;
}

static void
on_streams_ended (gpointer data)
{
  App *a = data;

  g_clear_pointer (&a->rtmp, weir_rtmp_listener_stop);
  stop_parts (a);
}

/* How long the windows may play out. */
static gint64
shutdown_timeout_ms (const App *a)
{
  gint64 set = weir_settings_int (a->settings, "gate", "shutdown_timeout_ms");

  return set >= 0 ? set
                  : weir_streams_get_longest_delay_ms (a->control.streams)
                        + SHUTDOWN_MARGIN_MS;
}

static void
on_signal (uv_signal_t *signal, int number)
{
  App *a = signal->data;
  gint64 timeout_ms;

  if (a->stopping) {
    weir_warn ("app", NULL, "second signal: ending now");
    _exit (1);
  }
  a->stopping = TRUE;
  timeout_ms = shutdown_timeout_ms (a);
  weir_info ("app", NULL,
      "signal %d: no new publishers, what is held goes out within "
      "%" G_GINT64_FORMAT " ms; another signal ends at once",
      number, timeout_ms);
  weir_notify_stopping (a->notify, timeout_ms + SHUTDOWN_MARGIN_MS);
  weir_srt_shut_down (a->srt);
  /* The listener stays until the end: who comes now is told. */
  weir_streams_shut_down (
      a->control.streams, (guint) timeout_ms, on_streams_ended, a);
}

static gboolean
check_address (
    const WeirSettings *settings, const char *section, GError **error)
{
  const char *text = weir_settings_string (settings, section, "address");
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;

  if (uv_ip4_addr (text, 0, &in4) == 0 || uv_ip6_addr (text, 0, &in6) == 0)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "[%s] address: \"%s\" is no IPv4 or IPv6 address", section, text);
  return FALSE;
}

/* RET: NULL when no certificate is set. Everything that publishers of RTMP
 * meet is checked here, without a port. */
static gboolean
load_rtmp (const WeirSettings *settings, const WeirPaths *paths,
    WeirTlsContext **ret, GError **error)
{
  g_autoptr (WeirNetworks) proxies = weir_networks_parse (
      weir_settings_string (settings, "rtmp", "proxy_from"), error);
  const char *certificate =
      weir_settings_string (settings, "rtmps", "certificate");
  const char *key = weir_settings_string (settings, "rtmps", "key");
  g_autofree char *certificate_path = NULL;
  g_autofree char *key_path = NULL;
  g_autoptr (WeirTlsContext) tls = NULL;

  if (proxies == NULL) {
    g_prefix_error (error, "[rtmp] proxy_from: ");
    return FALSE;
  }
  if (!check_address (settings, "rtmp", error)
      || !check_address (settings, "rtmps", error))
    return FALSE;
  if (*certificate == '\0') {
    *ret = NULL;
    return TRUE;
  }
  certificate_path = weir_paths_from_config (paths, certificate);
  key_path = weir_paths_from_config (paths, *key != '\0' ? key : certificate);
  tls = weir_tls_context_new_server (certificate_path, error);
  if (tls == NULL) {
    g_prefix_error (error, "[rtmps] certificate: ");
    return FALSE;
  }
  if (!weir_tls_context_load_key (tls, key_path, error)) {
    g_prefix_error (error, "[rtmps] key: ");
    return FALSE;
  }
  *ret = g_steal_pointer (&tls);
  return TRUE;
}

/* Connections that come from now on see TLS; whether there is a port for it
 * was decided at the start. */
static void
use_tls (App *a, WeirTlsContext *tls)
{
  if ((tls != NULL) != (a->tls != NULL)) {
    weir_warn ("app", NULL,
        "[rtmps] certificate: turning RTMPS on or off needs a restart");
    return;
  }
  if (tls == NULL)
    return;
  weir_tls_context_unref (a->tls);
  a->tls = weir_tls_context_ref (tls);
  if (a->rtmp != NULL)
    weir_rtmp_listener_set_tls (a->rtmp, tls);
}

static gboolean
check_srt (const WeirSettings *settings, GError **error)
{
  WeirSrtSettings srt;

  return weir_srt_settings_read (settings, &srt, error);
}

/* An error keeps what was. */
static void
reload (App *a)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) fresh = weir_settings_load (a->config_path, &error);
  g_autoptr (WeirEgresses) egresses = NULL;
  g_autoptr (WeirSlateStyles) styles = NULL;
  g_autoptr (WeirTlsContext) tls = NULL;
  g_autoptr (WeirPolicy) policy = NULL;
  g_auto (GStrv) fixed = NULL;

  if (fresh != NULL && weir_publish_hook_check_settings (fresh, &error)
      && check_srt (fresh, &error))
    policy =
        weir_policies_load (fresh, a->config_path, a->search_radius, &error);
  if (policy != NULL)
    egresses = weir_egresses_load (fresh, a->paths, &error);
  if (egresses != NULL)
    styles = weir_slate_styles_load (fresh, a->paths, &error);
  if (styles == NULL || !load_rtmp (fresh, a->paths, &tls, &error)) {
    weir_error ("app", NULL, "not reloaded, everything stays as it was: %s",
        error->message);
    return;
  }
  fixed = weir_settings_need_restart (a->settings, fresh);
  for (char **name = fixed; *name != NULL; name++)
    weir_warn ("app", NULL, "%s has changed and needs a restart", *name);
  weir_egresses_free (a->egresses);
  a->egresses = g_steal_pointer (&egresses);
  weir_slate_styles_free (a->styles);
  a->styles = g_steal_pointer (&styles);
  a->control.settings = fresh;
  weir_srt_reload (a->srt, a->settings);
  weir_settings_free (a->settings);
  a->settings = g_steal_pointer (&fresh);
  weir_policy_free (a->policy);
  a->policy = g_steal_pointer (&policy);
  a->control.policy = a->policy;
  weir_sampling_reload (a->control.sampling);
  use_tls (a, tls);
  weir_info ("app", NULL, "reloaded: streams that begin now use it");
}

/* Takes what can change without touching a stream. */
static void
on_reload (uv_signal_t *signal, int number)
{
  App *a = signal->data;

  if (a->stopping)
    return;
  weir_notify_reloading (a->notify);
  reload (a);
  weir_notify_ready (a->notify);
}

static char *
describe_status (gpointer data)
{
  App *a = data;

  if (!a->control_started)
    return g_strdup ("starting");
  return g_strdup_printf ("%s%u streams, %u open cases",
      a->stopping ? "stopping: " : "", weir_streams_count (a->control.streams),
      weir_cases_count_open (a->control.cases));
}

static void
catch_signals (App *a)
{
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    uv_signal_init (weir_loop_uv (a->loop), &a->signals[i]);
    a->signals[i].data = a;
    uv_signal_start (&a->signals[i],
        numbers[i] == SIGHUP ? on_reload : on_signal, numbers[i]);
    uv_unref ((uv_handle_t *) &a->signals[i]);
  }
  a->signals_open = TRUE;
}

static guint
search_radius (const App *a)
{
  const char *name;

  return MAX (
      weir_banks_radius (a->banks), weir_policy_get_radius (a->policy, &name));
}

static void
on_generation (int fd, gpointer data)
{
  App *a = data;

  if (a->analyzers != NULL)
    weir_analyzers_set_index (a->analyzers, fd, a->search_radius);
}

static gboolean
start_analyzers (App *a, GError **error)
{
  g_autofree char *program = weir_paths_program (a->paths, "weir-analyzer");
  WeirAnalyzersOptions options = {
    .program = program,
    .workers = (guint) weir_settings_int (a->settings, "analysis", "workers"),
    .radius = a->search_radius,
    .hang_timeout_us =
        weir_settings_int (a->settings, "analysis", "hang_timeout_ms") * 1000,
    .retire_cpu_us = weir_settings_int (a->settings, "analysis", "retire_cpu_s")
                     * G_USEC_PER_SEC,
    .queue_units =
        (guint) weir_settings_int (a->settings, "analysis", "queue_units"),
    .max_memory_mb =
        (guint) weir_settings_int (a->settings, "analysis", "max_memory_mb"),
    .max_long_side =
        (guint) weir_settings_int (a->settings, "analysis", "max_long_side"),
    .max_short_side =
        (guint) weir_settings_int (a->settings, "analysis", "max_short_side"),
  };

  if (options.workers == 0)
    options.workers = g_get_num_processors ();
  options.index_fd =
      weir_banks_start (a->banks, a->loop, on_generation, a, error);
  if (options.index_fd < 0)
    return FALSE;
  a->analyzers = weir_analyzers_new (&a->control, &options, error);
  if (a->analyzers == NULL)
    return FALSE;
  weir_streams_set_analysis (
      a->control.streams, weir_analyzers_get_analysis (a->analyzers));
  return TRUE;
}

static void
get_style (
    gpointer data, const char *app, const char **ret_text, GBytes **ret_picture)
{
  weir_slate_styles_get (((App *) data)->styles, app, ret_text, ret_picture);
}

static gboolean
start_muxer (App *a, GError **error)
{
  g_autofree char *program = weir_paths_program (a->paths, "weir-muxer");
  const WeirMuxerOptions options = { .program = program,
    .hang_timeout_us = SLATE_TIMEOUT_US,
    .style = get_style,
    .data = a };

  a->muxer = weir_muxer_new (&a->control, &options, error);
  if (a->muxer == NULL)
    return FALSE;
  weir_streams_set_slates (
      a->control.streams, weir_muxer_get_slates (a->muxer));
  return TRUE;
}

static gboolean
start_rtmp (App *a, GError **error)
{
  WeirRtmpSettings rtmp = {
    .address = weir_settings_string (a->settings, "rtmp", "address"),
    .port = (guint) weir_settings_int (a->settings, "rtmp", "port"),
    .tls_address = weir_settings_string (a->settings, "rtmps", "address"),
    .tls_port = (guint) weir_settings_int (a->settings, "rtmps", "port"),
    .proxy_from = weir_settings_string (a->settings, "rtmp", "proxy_from"),
    .chunk_size = (guint) weir_settings_int (a->settings, "rtmp", "chunk_size"),
    .max_connections =
        (guint) weir_settings_int (a->settings, "rtmp", "max_connections"),
    .max_connections_per_address = (guint) weir_settings_int (
        a->settings, "rtmp", "max_connections_per_address"),
    .handshake_timeout_ms =
        (guint) weir_settings_int (a->settings, "rtmp", "handshake_timeout_ms"),
    .publish_timeout_ms =
        (guint) weir_settings_int (a->settings, "rtmp", "publish_timeout_ms"),
    .idle_timeout_ms =
        (guint) weir_settings_int (a->settings, "rtmp", "idle_timeout_ms"),
    .max_message_bytes =
        (guint) weir_settings_int (a->settings, "rtmp", "max_message_bytes"),
    .window_ack_bytes = 2500000,
  };

  a->rtmp = weir_rtmp_listener_new (
      a->loop, &rtmp, a->tls, a->control.streams, error);
  return a->rtmp != NULL;
}

static void
start_srt (App *a)
{
  g_autofree char *program = weir_paths_program (a->paths, "weir-srt");

  a->srt = weir_srt_new (&a->control, program);
}

static gboolean
load (App *a, const char *config_path, GError **error)
{
  a->paths = weir_paths_new (config_path);
  a->settings = weir_settings_load (config_path, error);
  if (a->settings == NULL)
    return FALSE;
  if (!weir_publish_hook_check_settings (a->settings, error)
      || !check_srt (a->settings, error)) {
    g_prefix_error (error, "%s: ", config_path);
    return FALSE;
  }
  a->egresses = weir_egresses_load (a->settings, a->paths, error);
  if (a->egresses != NULL)
    a->styles = weir_slate_styles_load (a->settings, a->paths, error);
  if (a->styles == NULL || !load_rtmp (a->settings, a->paths, &a->tls, error)) {
    g_prefix_error (error, "%s: ", config_path);
    return FALSE;
  }
  a->banks =
      weir_banks_load (a->settings, weir_paths_config_dir (a->paths), error);
  if (a->banks == NULL) {
    g_prefix_error (error, "%s: ", config_path);
    return FALSE;
  }
  a->policy = weir_policies_load (a->settings, config_path, G_MAXUINT, error);
  if (a->policy == NULL)
    return FALSE;
  a->search_radius = search_radius (a);
  return TRUE;
}

static gboolean
start (App *a, gboolean reset_admin, GError **error)
{
  g_autofree char *db = weir_paths_from_state (
      a->paths, weir_settings_string (a->settings, "store", "path"));
  g_autofree char *console = weir_paths_console (a->paths, a->settings);
  g_autofree char *url = NULL;

  a->store = weir_sqlite_store_new (a->loop, db,
      (guint) weir_settings_int (a->settings, "store", "queue"), error);
  if (a->store == NULL)
    return FALSE;
  a->control.loop = a->loop;
  a->control.settings = a->settings;
  a->control.store = a->store;
  a->control.banks = a->banks;
  a->control.policy = a->policy;
  a->control.search_radius = a->search_radius;
  if (!weir_control_start (&a->control, error))
    return FALSE;
  a->control_started = TRUE;
  weir_streams_set_egress_factory (a->control.streams, make_egress, a);
  a->http = weir_http_new (a->loop);
  a->publish_hook = weir_publish_hook_new (&a->control, a->http);
  weir_admission_set_auth (
      a->control.admission, weir_publish_hook_get_auth (a->publish_hook));
  start_srt (a);
  a->web = weir_web_new (&a->control);
  if (!weir_web_start (a->web, console, error) || !start_rtmp (a, error)
      || !start_analyzers (a, error) || !start_muxer (a, error))
    return FALSE;
  url = weir_web_dup_url (a->web);
  weir_info ("app", NULL, "weir " WEIR_VERSION ": rtmp port %u, console %s",
      weir_rtmp_listener_get_port (a->rtmp), url);
  weir_admin_ensure (&a->control, url, reset_admin);
  return TRUE;
}

/* The loop has run out: what is left is memory, and what the store's writer
 * still has to answer. */
static void
clear (App *a)
{
  weir_store_free (a->store);
  weir_web_free (a->web);
  if (a->control_started)
    weir_control_clear (&a->control);
  if (a->loop != NULL) {
    weir_loop_run (a->loop);
    weir_loop_free (a->loop);
  }
  weir_banks_free (a->banks);
  weir_policy_free (a->policy);
  weir_egresses_free (a->egresses);
  weir_slate_styles_free (a->styles);
  weir_tls_context_unref (a->tls);
  weir_settings_free (a->settings);
  weir_paths_free (a->paths);
}

gboolean
weir_app_check (const char *config_path, GError **error)
{
  App a = { 0 };
  gboolean ok = load (&a, config_path, error);

  clear (&a);
  return ok;
}

gboolean
weir_app_run (const char *config_path, gboolean reset_admin, GError **error)
{
  App a = { .config_path = config_path };
  gboolean ok;

  signal (SIGPIPE, SIG_IGN);
  ok = load (&a, config_path, error);
  if (ok) {
    weir_open_files_raise (a.settings);
    a.loop = weir_loop_new ();
    a.notify = weir_notify_new (a.loop, describe_status, &a);
    ok = start (&a, reset_admin, error);
    if (ok) {
      catch_signals (&a);
      weir_notify_ready (a.notify);
    } else {
      g_clear_pointer (&a.notify, weir_notify_free);
      g_clear_pointer (&a.rtmp, weir_rtmp_listener_stop);
      if (a.control_started)
        stop_parts (&a);
    }
    weir_loop_run (a.loop);
  }
  clear (&a);
  if (ok)
    weir_info ("app", NULL, "ended");
  return ok;
}
