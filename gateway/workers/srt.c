/* Starts, watches and replaces weir-srt; hands callers on. */
#include "workers/srt.h"

#include "base/log.h"
#include "control/admission.h"
#include "control/bars.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/keys.h"
#include "core/address.h"
#include "workers/srt-egress.h"
#include "workers/srt-process.h"
#include "workers/srt-rules.h"
#include "workers/srt-session.h"
#include "workers/srt-settings.h"
#include "workers/srt-url.h"

#include <string.h>

#define TOPIC "srt"
#define WATCH_MS 50
/* A process may take so long to warm up. */
#define START_TIMEOUT_US (20 * G_USEC_PER_SEC)
/* What fails is tried again, later each time. */
#define RETRY_MIN_US (G_USEC_PER_SEC / 10)
#define RETRY_MAX_US (5 * G_USEC_PER_SEC)

typedef enum {
  PORT_NONE,   /* it has none to serve */
  PORT_CLOSED, /* to be asked for at port_at_us */
  PORT_ASKED,
  PORT_OPEN,
} PortState;

typedef struct {
  WeirSrtProcess *process; /* NULL: to be started at start_us */
  gint64 start_us;         /* or when it was */
  gint64 restart_us;       /* pause before the next start */
  PortState port_state;
  guint16 port;      /* that is wanted; 0 until the system has chosen */
  gint64 port_at_us; /* next try */
  gint64 port_pause_us;
  char *port_error; /* said last */
} Slot;

struct _WeirSrt {
  WeirControl *control;
  char *program;
  WeirSrtSettings settings;
  WeirSrtRules *rules;
  WeirSrtSessionShared shared;
  Slot slots[WEIR_SRT_MAX_PORTS]; /* n that serve, and the spare behind them */
  Slot spare;
  guint n_slots;
  guint last_serial;
  gboolean start_failed; /* and was said */
  WeirTimer *watch;
};

static Slot *
slot_at (WeirSrt *srt, guint i)
{
  return i < srt->n_slots ? &srt->slots[i] : &srt->spare;
}

static Slot *
slot_of (WeirSrt *srt, const WeirSrtProcess *process)
{
  for (guint i = 0; i <= srt->n_slots; i++)
    if (slot_at (srt, i)->process == process)
      return slot_at (srt, i);
  g_assert_not_reached ();
}

static gboolean
is_serving (const Slot *slot)
{
  return slot->process != NULL && weir_srt_process_is_ready (slot->process)
         && (slot->port_state == PORT_NONE || slot->port_state == PORT_OPEN);
}

/* What changed is told once, with the figures as they are now. */
static void
tell (WeirSrt *srt)
{
  WeirControl *control = srt->control;
  guint ready = 0;

  for (guint i = 0; i < srt->n_slots; i++)
    ready += is_serving (&srt->slots[i]);
  control->srt_workers = srt->n_slots;
  control->srt_workers_ready = ready;
  weir_events_emit (control->events, "system.status",
      json_pack ("{s:o}", "system", weir_describe_system (control)));
}

/* --- ports --- */

static void
ask_for_port (WeirSrt *srt, Slot *slot)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_LISTEN };
  WeirSrtListen *l = &message.srt_listen;
  const WeirSrtSettings *s = &srt->settings;

  l->port_id = 1;
  l->address = s->address;
  l->address_size = strlen (s->address);
  l->port = slot->port;
  l->latency_ms = s->latency_ms;
  l->max_latency_ms = s->max_latency_ms;
  l->silence_ms = s->idle_timeout_ms;
  l->max_callers = s->max_connections;
  l->max_callers_per_address = s->max_connections_per_address;
  l->fallback = s->default_stream_id;
  l->fallback_size = strlen (s->default_stream_id);
  l->waits = s->waits;
  weir_srt_process_send (slot->process, &message);
  slot->port_state = PORT_ASKED;
}

static void
take_port (WeirSrt *srt, Slot *slot, const WeirSrtPort *port)
{
  g_autofree char *text = g_strndup (port->text, port->text_size);

  if (port->state == WEIR_SRT_PORT_OPEN) {
    slot->port_state = PORT_OPEN;
    slot->port = port->port;
    slot->port_pause_us = 0;
    g_clear_pointer (&slot->port_error, g_free);
    weir_info (TOPIC, NULL, "listens on %s port %u", srt->settings.address,
        port->port);
    tell (srt);
    return;
  }
  slot->port_state = PORT_CLOSED;
  slot->port_pause_us =
      CLAMP (slot->port_pause_us * 2, RETRY_MIN_US, RETRY_MAX_US);
  slot->port_at_us = weir_now_us () + slot->port_pause_us;
  /* Once, not at each of many tries that fail the same way. */
  if (g_strcmp0 (slot->port_error, text) != 0)
    weir_error (TOPIC, NULL, "can't listen on %s port %u: %s; trying on",
        srt->settings.address, slot->port, text);
  g_free (slot->port_error);
  slot->port_error = g_steal_pointer (&text);
}

/* --- callers --- */

static const char *
words_of (guint code)
{
  switch (code) {
  case WEIR_SRT_BAD_SECRET:
    return "the passphrase is wrong, or it gave up";
  case WEIR_SRT_BAD_REQUEST:
    return "its stream id can't be read";
  case WEIR_SRT_UNAUTHORIZED:
    return "its key is not in the table, or its address is locked out";
  case WEIR_SRT_OVERLOAD:
    return "there is no room for another connection, or too many from its "
           "address did not get through";
  case WEIR_SRT_FORBIDDEN:
    return "a reviewer has barred it";
  case WEIR_SRT_BAD_MODE:
    return "it does not ask to publish (m=publish)";
  case WEIR_SRT_DOWN:
    return "the server is shutting down";
  default:
    return "it is not let in";
  }
}

static WeirAdmissionResult
result_of (guint code)
{
  switch (code) {
  case WEIR_SRT_BAD_SECRET:
  case WEIR_SRT_UNENCRYPTED:
  case WEIR_SRT_UNAUTHORIZED:
    return WEIR_ADMISSION_WRONG_KEY;
  case WEIR_SRT_FORBIDDEN:
    return WEIR_ADMISSION_BARRED;
  case WEIR_SRT_OVERLOAD:
    return WEIR_ADMISSION_FULL;
  case WEIR_SRT_DOWN:
    return WEIR_ADMISSION_SHUTDOWN;
  default:
    return WEIR_ADMISSION_BAD_NAME;
  }
}

/* What there is to say about the bar that PATH ("APP/NAME") was refused for;
 * NULL: it has just been lifted. Caller frees. */
static char *
dup_bar_words (const WeirControl *control, const char *path)
{
  const char *slash = strchr (path, '/');
  g_autofree char *app = g_strndup (path, (gsize) (slash - path));
  const WeirKey *key = weir_keys_find (control->keys, app, slash + 1);
  const WeirBar *bar = weir_bars_find (
      control->bars, path, key != NULL ? key->publisher : slash + 1);

  return bar != NULL ? weir_bars_dup_refusal (bar) : NULL;
}

static void
take_refused (WeirSrt *srt, const WeirSrtRefused *refused)
{
  WeirAddress address = { .port = refused->port };
  g_autofree char *path = g_strndup (refused->path, refused->path_size);
  g_autofree char *app = g_strndup (path, strcspn (path, "/"));
  g_autofree char *bar = NULL;
  const char *words = words_of (refused->code);
  g_autofree char *peer = NULL;
  g_autofree char *key = NULL;

  memcpy (address.bytes, refused->address, sizeof address.bytes);
  peer = weir_address_to_text (&address);
  key = weir_address_to_key (&address);
  weir_admission_note_refusal (srt->control->admission, app,
      refused->port != 0 ? key : NULL, result_of (refused->code),
      refused->times);
  if (!weir_srt_session_may_log (&srt->shared))
    return;
  if (strchr (path, '/') != NULL)
    bar = dup_bar_words (srt->control, path);
  if (bar != NULL)
    words = bar;
  if (refused->times > 1)
    weir_warn (TOPIC, peer, "refused with code %u, %u times: %s", refused->code,
        refused->times, words);
  else
    weir_warn (TOPIC, peer, "refused with code %u: %s", refused->code, words);
}

/* --- processes --- */

static void
tell_process (const WeirWireMessage *rule, gpointer data)
{
  weir_srt_process_send (data, rule);
}

static void
on_rule (const WeirWireMessage *rule, gpointer data)
{
  WeirSrt *srt = data;

  for (guint i = 0; i <= srt->n_slots; i++) {
    Slot *slot = slot_at (srt, i);

    if (slot->process != NULL && weir_srt_process_is_ready (slot->process))
      weir_srt_process_send (slot->process, rule);
  }
}

static void
on_ready (WeirSrtProcess *process, gpointer data)
{
  WeirSrt *srt = data;
  Slot *slot = slot_of (srt, process);

  slot->restart_us = 0;
  weir_srt_rules_tell_all (srt->rules, tell_process, process);
  if (slot->port_state != PORT_NONE)
    ask_for_port (srt, slot);
  tell (srt);
}

static void
on_message (
    WeirSrtProcess *process, const WeirWireMessage *message, gpointer data)
{
  WeirSrt *srt = data;

  switch (message->type) {
  case WEIR_WIRE_SRT_PORT:
    take_port (srt, slot_of (srt, process), &message->srt_port);
    break;
  case WEIR_WIRE_SRT_REFUSED:
    take_refused (srt, &message->srt_refused);
    break;
  case WEIR_WIRE_SRT_CALLER:
    weir_srt_session_begin (&srt->shared, process, &message->srt_caller);
    break;
  default:
    weir_warn (
        TOPIC, NULL, "weir-srt sent a message of type %d", message->type);
    break;
  }
}

/* SLOT's process can't be used any more. A ready spare takes its place and its
 * port at once. */
static void
replace (WeirSrt *srt, Slot *slot, const char *why)
{
  Slot *spare = &srt->spare;
  WeirSrtProcess *process = g_steal_pointer (&slot->process);
  gint64 now_us = weir_now_us ();

  weir_warn (TOPIC, NULL, "process %d, which has %u connections, %s; replaced",
      weir_srt_process_get_pid (process), weir_srt_process_count (process),
      why);
  srt->control->srt_restarts++;
  if (!weir_srt_process_is_ready (process))
    slot->restart_us = CLAMP (slot->restart_us * 2, RETRY_MIN_US, RETRY_MAX_US);
  slot->start_us = now_us + slot->restart_us;
  if (slot->port_state != PORT_NONE)
    slot->port_state = PORT_CLOSED;
  slot->port_at_us = now_us;
  if (slot != spare && spare->process != NULL
      && weir_srt_process_is_ready (spare->process)) {
    slot->process = g_steal_pointer (&spare->process);
    spare->start_us = slot->start_us;
    if (slot->port_state == PORT_CLOSED)
      ask_for_port (srt, slot);
  }
  /* Its connections end only now: they find the successor. */
  weir_srt_process_free (process);
  tell (srt);
}

static void
on_gone (WeirSrtProcess *process, const char *why, gpointer data)
{
  WeirSrt *srt = data;

  replace (srt, slot_of (srt, process), why);
}

static const WeirSrtProcessFuncs process_funcs = {
  .on_ready = on_ready,
  .on_message = on_message,
  .on_gone = on_gone,
};

static void
start (WeirSrt *srt, Slot *slot)
{
  g_autoptr (GError) error = NULL;

  slot->start_us = weir_now_us ();
  slot->process = weir_srt_process_new (srt->control->loop, srt->program,
      ++srt->last_serial, &process_funcs, srt, &error);
  if (slot->process != NULL) {
    srt->start_failed = FALSE;
    return;
  }
  if (!srt->start_failed)
    weir_error (TOPIC, NULL, "%s; trying on", error->message);
  srt->start_failed = TRUE;
  slot->restart_us = RETRY_MAX_US;
  slot->start_us += slot->restart_us;
}

static void
on_watch (gpointer data)
{
  WeirSrt *srt = data;
  gint64 now_us = weir_now_us ();

  for (guint i = 0; i <= srt->n_slots; i++) {
    Slot *slot = slot_at (srt, i);

    if (slot->process == NULL) {
      if (now_us >= slot->start_us)
        start (srt, slot);
    } else if (!weir_srt_process_is_ready (slot->process)) {
      if (now_us - slot->start_us > START_TIMEOUT_US)
        replace (srt, slot, "did not get ready in time");
    } else if (!weir_srt_process_answers (
                   slot->process, now_us, srt->settings.hang_timeout_us)) {
      replace (srt, slot, "did not answer in time");
    } else if (slot->port_state == PORT_CLOSED && now_us >= slot->port_at_us) {
      ask_for_port (srt, slot);
    }
  }
}

static void
add_slot (WeirSrt *srt, PortState state, guint16 port)
{
  Slot *slot = &srt->slots[srt->n_slots++];

  slot->port_state = state;
  slot->port = port;
  start (srt, slot);
  if (srt->watch != NULL)
    return;
  start (srt, &srt->spare);
  srt->watch =
      weir_timer_new (srt->control->loop, WATCH_MS, WATCH_MS, on_watch, srt);
}

/* Who only sends needs a process, too, and has it before there is a stream. */
static void
serve_egresses (WeirSrt *srt)
{
  const WeirSettings *settings = srt->control->settings;
  g_auto (GStrv) names = weir_settings_names (settings, "egress");

  for (char **name = names; *name != NULL && srt->n_slots == 0; name++)
    if (weir_srt_url_is_one (
            weir_settings_named_string (settings, "egress", *name, "url")))
      add_slot (srt, PORT_NONE, 0);
}

/* The one with the fewest connections. */
static WeirSrtProcess *
pick (gpointer data)
{
  WeirSrt *srt = data;
  WeirSrtProcess *best = NULL;

  for (guint i = 0; i < srt->n_slots; i++) {
    WeirSrtProcess *process = srt->slots[i].process;

    if (process != NULL && weir_srt_process_is_ready (process)
        && (best == NULL
            || weir_srt_process_count (process)
                   < weir_srt_process_count (best)))
      best = process;
  }
  return best;
}

/* --- all of it --- */

WeirSrt *
weir_srt_new (WeirControl *control, const char *program)
{
  WeirSrt *srt = g_new0 (WeirSrt, 1);
  gboolean ok =
      weir_srt_settings_read (control->settings, &srt->settings, NULL);

  g_assert (ok);
  /* A reload frees the settings that these are from. */
  srt->settings.address = g_strdup (srt->settings.address);
  srt->settings.default_stream_id = g_strdup (srt->settings.default_stream_id);
  srt->control = control;
  srt->program = g_strdup (program);
  srt->shared.control = control;
  srt->shared.programme = srt->settings.programme;
  srt->rules = weir_srt_rules_new (control, on_rule, srt);
  for (guint i = 0; i < srt->settings.n_ports; i++)
    add_slot (srt, PORT_CLOSED, srt->settings.ports[i]);
  serve_egresses (srt);
  return srt;
}

void
weir_srt_free (WeirSrt *srt)
{
  if (srt == NULL)
    return;
  weir_timer_free (srt->watch);
  weir_srt_rules_free (srt->rules);
  for (guint i = 0; i <= srt->n_slots; i++) {
    weir_srt_process_free (slot_at (srt, i)->process);
    g_free (slot_at (srt, i)->port_error);
  }
  g_free ((char *) srt->settings.address);
  g_free ((char *) srt->settings.default_stream_id);
  g_free (srt->program);
  g_free (srt);
}

void
weir_srt_reload (WeirSrt *srt, const WeirSettings *old)
{
  weir_srt_rules_reload (srt->rules, old);
  serve_egresses (srt);
}

void
weir_srt_shut_down (WeirSrt *srt)
{
  weir_srt_rules_shut_down (srt->rules);
}

WeirEgress *
weir_srt_make_egress (
    WeirSrt *srt, const char *name, const char *url, GError **error)
{
  WeirSrtEgressOptions options = {
    .name = name,
    .url = url,
    .pick = pick,
    .pick_data = srt,
  };

  return weir_srt_egress_new (srt->control->loop, &options, error);
}
