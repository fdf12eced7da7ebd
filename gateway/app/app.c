/* Puts loop, store, control, web, hooks, RTMP and workers together. */
#include "app/app.h"

#include "app/admin.h"
#include "app/configuration.h"
#include "app/model-reader.h"
#include "app/notify.h"
#include "app/open-files.h"
#include "base/log.h"
#include "control/admission.h"
#include "control/bank-changes.h"
#include "control/cases.h"
#include "control/control.h"
#include "control/hit-counts.h"
#include "control/look-back.h"
#include "control/sampling.h"
#include "control/sightings.h"
#include "control/streams.h"
#include "base/version.h"
#include "hooks/publish-hook.h"
#include "lists/banks.h"
#include "rtmp/listener.h"
#include "store/sqlite.h"
#include "web/server.h"
#include "workers/analyzers.h"
#include "workers/muxer.h"
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
  WeirConfiguration c;
  WeirConfiguration fresh; /* while its models and banks are read */
  gboolean fresh_models;   /* analyzers need others */
  WeirModelReader *model_reader;
  WeirModelLimits limits; /* of the analyzers; others need a restart */
  gboolean reload_again;  /* it has changed meanwhile */
  WeirBanks *banks;
  WeirStore *store;
  WeirControl control;
  gboolean control_started;
  WeirWeb *web;
  WeirHttp *http;
  WeirPublishHook *publish_hook;
  WeirRtmpListener *rtmp;
  WeirAnalyzers *analyzers;
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

  return weir_egresses_make (
      a->c.egresses, a->loop, a->srt, section, app, name);
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
  g_clear_pointer (&a->model_reader, weir_model_reader_free);
  weir_banks_stop (a->banks);
  if (a->muxer != NULL) {
    weir_streams_set_slates (a->control.streams, NULL);
    g_clear_pointer (&a->muxer, weir_muxer_free);
  }
  g_clear_pointer (&a->srt, weir_srt_free);
  weir_sightings_flush (a->control.sightings);
  weir_hit_counts_flush (a->control.hit_counts);
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
  gint64 set = weir_settings_int (a->c.settings, "gate", "shutdown_timeout_ms");

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

/* Connections that come from now on see the new certificate; whether there is
 * a port for it was decided at the start. */
static void
use_tls (App *a, WeirConfiguration *old)
{
  if ((a->c.tls != NULL) != (old->tls != NULL)) {
    WeirTlsContext *unused = a->c.tls;

    weir_warn ("app", NULL,
        "[rtmps] certificate: turning RTMPS on or off needs a restart");
    a->c.tls = old->tls;
    old->tls = unused;
  } else if (a->c.tls != NULL && a->rtmp != NULL) {
    weir_rtmp_listener_set_tls (a->rtmp, a->c.tls);
  }
}

static guint
search_radius (const App *a)
{
  const char *name;

  return MAX (weir_banks_radius (a->banks),
      weir_policy_get_radius (a->c.policy, &name));
}

static void
on_generation (int fd, gpointer data)
{
  App *a = data;

  if (a->analyzers != NULL)
    weir_analyzers_set_index (a->analyzers, fd, a->control.search_radius);
}

/* What was read, and the banks if they were to change, are there: everything
 * becomes different at once. */
static void
use_fresh (App *a)
{
  WeirConfiguration old = a->c;
  g_auto (GStrv) fixed =
      weir_settings_need_restart (old.settings, a->fresh.settings);

  for (char **name = fixed; *name != NULL; name++)
    weir_warn ("app", NULL, "%s has changed and needs a restart", *name);
  a->c = a->fresh;
  a->fresh = (WeirConfiguration){ 0 };
  use_tls (a, &old);
  a->control.settings = a->c.settings;
  a->control.policy = a->c.policy;
  a->control.scorers = weir_models_get_scorers (a->c.models);
  if (a->analyzers != NULL)
    weir_analyzers_set_scorers (a->analyzers,
        weir_models_get_scorers (a->c.models),
        weir_models_get_fds (a->c.models), a->fresh_models);
  weir_srt_reload (a->srt, old.settings);
  weir_configuration_clear (&old);
  a->control.search_radius = search_radius (a);
  weir_sampling_reload (a->control.sampling);
  weir_info ("app", NULL, "reloaded: streams that begin now use it");
}

static void reload (App *a);

/* A reload is over. */
static void
end_reload (App *a)
{
  weir_notify_ready (a->notify);
  if (a->reload_again) {
    a->reload_again = FALSE;
    reload (a);
  }
}

static void
refuse_fresh (App *a, const GError *error)
{
  weir_error ("app", NULL, "not reloaded, everything stays as it was: %s: %s",
      a->config_path, error->message);
  weir_configuration_clear (&a->fresh);
}

static void
on_banks (const GError *error, gpointer data)
{
  App *a = data;

  if (error == NULL) {
    use_fresh (a);
    weir_bank_changes_note (a->control.bank_changes, NULL);
    weir_look_back_begin (a->control.look_back);
  } else {
    refuse_fresh (a, error);
  }
  end_reload (a);
}

/* Models are there; now the banks, if they have changed. */
static void
on_models (
    WeirModels *models, gboolean changed, const GError *error, gpointer data)
{
  App *a = data;
  const char *folder = weir_paths_config_dir (a->paths);
  guint radius = a->control.search_radius;

  a->fresh.models = models;
  a->fresh_models = changed;
  if (models == NULL) {
    refuse_fresh (a, error);
    end_reload (a);
  } else if (!weir_banks_are_of (a->banks, a->fresh.settings, folder)) {
    weir_info ("app", NULL, "banks have changed and are read");
    weir_banks_reload (a->banks, a->fresh.settings, folder, on_banks, a);
  } else {
    use_fresh (a);
    if (a->control.search_radius != radius)
      on_generation (weir_banks_get_fd (a->banks), a);
    end_reload (a);
  }
}

/* Takes what can change without touching a stream. An error keeps what was. */
static void
reload (App *a)
{
  g_autoptr (GError) error = NULL;

  if (a->stopping)
    return;
  weir_notify_reloading (a->notify);
  if (!weir_configuration_load (a->config_path, a->paths, &a->fresh, &error)) {
    weir_error ("app", NULL, "not reloaded, everything stays as it was: %s",
        error->message);
    weir_notify_ready (a->notify);
  } else {
    weir_model_reader_start (a->model_reader, a->fresh.settings,
        a->fresh.policy, a->paths, &a->limits, a->c.models);
  }
}

static void
on_reload (uv_signal_t *signal, int number)
{
  App *a = signal->data;

  /* Models or banks are still read for the one before. */
  if (a->fresh.settings != NULL)
    a->reload_again = TRUE;
  else
    reload (a);
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

static gboolean
start_analyzers (App *a, GError **error)
{
  g_autofree char *program = weir_paths_program (a->paths, "weir-analyzer");
  const char *saved =
      weir_settings_string (a->c.settings, "store", "index_path");
  g_autofree char *saved_path =
      *saved != '\0' ? weir_paths_from_state (a->paths, saved) : NULL;
  WeirAnalyzersOptions options = {
    .program = program,
    .workers = (guint) weir_settings_int (a->c.settings, "analysis", "workers"),
    .radius = a->control.search_radius,
    .hang_timeout_us = (gint64) a->limits.hang_timeout_ms * 1000,
    .retire_cpu_us =
        weir_settings_int (a->c.settings, "analysis", "retire_cpu_s")
        * G_USEC_PER_SEC,
    .queue_units =
        (guint) weir_settings_int (a->c.settings, "analysis", "queue_units"),
    .max_memory_mb = a->limits.max_memory_mb,
    .max_long_side =
        (guint) weir_settings_int (a->c.settings, "analysis", "max_long_side"),
    .max_short_side =
        (guint) weir_settings_int (a->c.settings, "analysis", "max_short_side"),
  };

  options.scorers = weir_models_get_scorers (a->c.models);
  options.model_fds = weir_models_get_fds (a->c.models);
  if (options.workers == 0)
    options.workers = g_get_num_processors ();
  options.index_fd =
      weir_banks_start (a->banks, a->loop, saved_path, on_generation, a, error);
  if (options.index_fd < 0)
    return FALSE;
  weir_look_back_set_search (a->control.look_back, weir_banks_search, a->banks);
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
  weir_slate_styles_get (((App *) data)->c.styles, app, ret_text, ret_picture);
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
    .address = weir_settings_string (a->c.settings, "rtmp", "address"),
    .port = (guint) weir_settings_int (a->c.settings, "rtmp", "port"),
    .tls_address = weir_settings_string (a->c.settings, "rtmps", "address"),
    .tls_port = (guint) weir_settings_int (a->c.settings, "rtmps", "port"),
    .proxy_from = weir_settings_string (a->c.settings, "rtmp", "proxy_from"),
    .chunk_size =
        (guint) weir_settings_int (a->c.settings, "rtmp", "chunk_size"),
    .max_connections =
        (guint) weir_settings_int (a->c.settings, "rtmp", "max_connections"),
    .max_connections_per_address = (guint) weir_settings_int (
        a->c.settings, "rtmp", "max_connections_per_address"),
    .handshake_timeout_ms = (guint) weir_settings_int (
        a->c.settings, "rtmp", "handshake_timeout_ms"),
    .publish_timeout_ms =
        (guint) weir_settings_int (a->c.settings, "rtmp", "publish_timeout_ms"),
    .idle_timeout_ms =
        (guint) weir_settings_int (a->c.settings, "rtmp", "idle_timeout_ms"),
    .max_message_bytes =
        (guint) weir_settings_int (a->c.settings, "rtmp", "max_message_bytes"),
    .window_ack_bytes = 2500000,
  };

  a->rtmp = weir_rtmp_listener_new (
      a->loop, &rtmp, a->c.tls, a->control.streams, error);
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
  if (!weir_configuration_load (config_path, a->paths, &a->c, error))
    return FALSE;
  a->banks =
      weir_banks_load (a->c.settings, weir_paths_config_dir (a->paths), error);
  if (a->banks != NULL)
    a->c.models =
        weir_models_load (a->c.settings, a->c.policy, a->paths, error);
  a->limits = weir_model_limits_read (a->c.settings);
  if (a->c.models == NULL
      || !weir_models_try (a->c.models, &a->limits, a->paths, NULL, error)) {
    g_prefix_error (error, "%s: ", config_path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
start (App *a, gboolean reset_admin, GError **error)
{
  g_autofree char *db = weir_paths_from_state (
      a->paths, weir_settings_string (a->c.settings, "store", "path"));
  g_autofree char *console = weir_paths_console (a->paths, a->c.settings);
  g_autofree char *url = NULL;

  a->store = weir_sqlite_store_new (a->loop, db,
      (guint) weir_settings_int (a->c.settings, "store", "queue"), error);
  if (a->store == NULL)
    return FALSE;
  a->control.loop = a->loop;
  a->control.settings = a->c.settings;
  a->control.store = a->store;
  a->control.banks = a->banks;
  a->control.policy = a->c.policy;
  a->control.scorers = weir_models_get_scorers (a->c.models);
  a->control.search_radius = search_radius (a);
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
  weir_configuration_clear (&a->fresh);
  weir_configuration_clear (&a->c);
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
    weir_open_files_raise (a.c.settings);
    a.loop = weir_loop_new ();
    a.notify = weir_notify_new (a.loop, describe_status, &a);
    a.model_reader = weir_model_reader_new (a.loop, on_models, &a);
    ok = start (&a, reset_admin, error);
    if (ok) {
      catch_signals (&a);
      weir_notify_ready (a.notify);
    } else {
      g_clear_pointer (&a.notify, weir_notify_free);
      g_clear_pointer (&a.model_reader, weir_model_reader_free);
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
