/* Feeds analyzers, watches them, replaces them. */
#include "workers/analyzers.h"

#include "base/log.h"
#include "control/events.h"
#include "control/describe.h"
#include "control/streams.h"
#include "workers/worker.h"

#include <string.h>

#define WATCH_MS 50
/* A worker may take so long to warm up. */
#define START_TIMEOUT_US (20 * G_USEC_PER_SEC)
/* When they keep dying before they are ready, wait longer each time. */
#define RESTART_DELAY_MAX_US (5 * G_USEC_PER_SEC)
/* Pictures given to one worker at a time: one that it works on and one that
 * is on its way, so that it never waits and little is lost with it. */
#define UNITS_IN_FLIGHT 2
#define CONFIGS_KNOWN 64

typedef struct {
  guint64 job;
  guint64 stream;
  WeirPacket packet; /* kept until it is answered or given up */
  gint64 since_us;   /* given to the worker */
} Unit;

typedef struct {
  WeirWorker *worker; /* NULL: to be started at start_us */
  gboolean ready;
  gint64 start_us;
  gint64 restart_delay_us;
  GQueue waiting;   /* Unit */
  GQueue in_flight; /* Unit, oldest first */
  /* Configurations the process has been told, newest first; the place in
   * this list is nothing, the id is what the wire uses. */
  struct {
    WeirCodecConfig *config;
    guint32 id;
  } configs[CONFIGS_KNOWN];
  guint n_configs;
  guint32 last_config_id;
} Slot;

struct _WeirAnalyzers {
  WeirAnalysis parent;
  WeirControl *control;
  GPtrArray *argv;
  gint64 hang_timeout_us;
  guint queue_units;
  int index_fd;
  Slot *slots; /* n_slots that work, and the spare behind them */
  guint n_slots;
  guint64 last_job;
  WeirTimer *watch;
};

static void
unit_free (gpointer data)
{
  Unit *unit = data;

  weir_packet_clear (&unit->packet);
  g_free (unit);
}

static void
skip (WeirAnalyzers *a, Unit *unit, const char *why)
{
  weir_streams_sample_skipped (a->control->streams, unit->stream, why);
  unit_free (unit);
}

/* What changed is told once, with the figures as they are now. */
static void
tell (WeirAnalyzers *a)
{
  guint ready = 0;

  for (guint i = 0; i < a->n_slots; i++)
    ready += a->slots[i].ready;
  a->control->analyzers_ready = ready;
  weir_events_emit (a->control->events, "system.status",
      json_pack ("{s:o}", "system", weir_describe_system (a->control)));
}

static guint32
config_id (Slot *slot, WeirCodecConfig *config)
{
  WeirWireMessage message = { .type = WEIR_WIRE_CONFIG };

  for (guint i = 0; i < slot->n_configs; i++)
    if (weir_codec_config_equal (slot->configs[i].config, config))
      return slot->configs[i].id;
  if (slot->n_configs == CONFIGS_KNOWN) {
    WeirWireMessage forget = { .type = WEIR_WIRE_FORGET };

    slot->n_configs--;
    forget.forget.id = slot->configs[slot->n_configs].id;
    weir_worker_send (slot->worker, &forget);
    weir_codec_config_unref (slot->configs[slot->n_configs].config);
  }
  memmove (slot->configs + 1, slot->configs,
      slot->n_configs * sizeof slot->configs[0]);
  slot->n_configs++;
  slot->configs[0].config = weir_codec_config_ref (config);
  slot->configs[0].id = ++slot->last_config_id;
  message.config.id = slot->configs[0].id;
  message.config.codec = config->codec;
  message.config.data = config->data;
  message.config.size = config->size;
  weir_worker_send (slot->worker, &message);
  return slot->configs[0].id;
}

static void
forget_configs (Slot *slot)
{
  while (slot->n_configs > 0)
    weir_codec_config_unref (slot->configs[--slot->n_configs].config);
}

static void
feed (WeirAnalyzers *a, Slot *slot)
{
  while (slot->ready && g_queue_get_length (&slot->in_flight) < UNITS_IN_FLIGHT
         && !g_queue_is_empty (&slot->waiting)) {
    Unit *unit = g_queue_pop_head (&slot->waiting);
    WeirWireMessage message = { .type = WEIR_WIRE_UNIT };

    message.unit.job = unit->job;
    message.unit.config = config_id (slot, unit->packet.config);
    message.unit.pts_ms = unit->packet.pts_ms;
    message.unit.data = unit->packet.payload.data;
    message.unit.size = unit->packet.payload.size;
    if (!weir_worker_send (slot->worker, &message)) {
      skip (a, unit, "the analyzer does not read");
      continue;
    }
    unit->since_us = weir_now_us ();
    g_queue_push_tail (&slot->in_flight, unit);
  }
}

/* The oldest unit of the stream that has most of them: a publisher who sends
 * nothing but key frames crowds out itself. WAITING is not empty. */
static Unit *
pop_surplus (GQueue *waiting)
{
  g_autoptr (GHashTable) counts =
      g_hash_table_new (g_int64_hash, g_int64_equal);
  GList *surplus = NULL;
  Unit *unit;
  guint most = 0;

  /* From the newest, so that of each stream the last one seen is its oldest
   * and has its whole count. */
  for (GList *l = waiting->tail; l != NULL; l = l->prev) {
    guint count;

    unit = l->data;
    count = 1 + GPOINTER_TO_UINT (g_hash_table_lookup (counts, &unit->stream));

    g_hash_table_insert (counts, &unit->stream, GUINT_TO_POINTER (count));
    if (count >= most) {
      most = count;
      surplus = l;
    }
  }
  unit = surplus->data;
  g_queue_delete_link (waiting, surplus);
  return unit;
}

static void
on_unit (WeirAnalysis *base, guint64 stream, const WeirPacket *packet)
{
  WeirAnalyzers *a = (WeirAnalyzers *) base;
  Slot *slot = &a->slots[stream % a->n_slots];
  Unit *unit;

  if (packet->config == NULL
      || packet->payload.size > WEIR_WIRE_MAX_UNIT_BYTES) {
    weir_streams_sample_skipped (a->control->streams, stream,
        packet->config == NULL ? "no codec configuration came before it"
                               : "larger than an analyzer takes");
    return;
  }
  unit = g_new0 (Unit, 1);
  unit->job = ++a->last_job;
  unit->stream = stream;
  weir_packet_copy (packet, &unit->packet);
  if (g_queue_get_length (&slot->waiting) >= a->queue_units)
    skip (a, pop_surplus (&slot->waiting), "the analyzers are behind");
  g_queue_push_tail (&slot->waiting, unit);
  feed (a, slot);
}

/* The unit that JOB answers; what was given before it will not be answered
 * any more. NULL for a job that is not in flight. */
static Unit *
take_unit (WeirAnalyzers *a, Slot *slot, guint64 job)
{
  for (GList *l = slot->in_flight.head; l != NULL; l = l->next)
    if (((Unit *) l->data)->job == job) {
      Unit *unit;

      while ((unit = g_queue_pop_head (&slot->in_flight))->job != job)
        skip (a, unit, "the analyzer did not answer");
      /* The next one's time begins now. */
      if (!g_queue_is_empty (&slot->in_flight))
        ((Unit *) slot->in_flight.head->data)->since_us = weir_now_us ();
      return unit;
    }
  return NULL;
}

static void
take_sample (WeirAnalyzers *a, Slot *slot, const WeirWireMessage *message)
{
  Unit *unit = take_unit (a, slot, message->sample.job);
  WeirSample sample = { 0 };
  g_autoptr (GBytes) still = NULL;

  if (unit == NULL)
    return;
  if (message->sample.still_size > 0)
    still = g_bytes_new (message->sample.still, message->sample.still_size);
  sample.pts_ms = unit->packet.pts_ms;
  sample.arrival_us = unit->packet.arrival_us;
  sample.cost_us = message->sample.cost_us;
  sample.quality = message->sample.quality;
  memcpy (sample.hash, message->sample.hash, sizeof sample.hash);
  sample.n_hits = MIN (message->sample.n_hits, WEIR_SAMPLE_MAX_HITS);
  for (guint i = 0; i < sample.n_hits; i++)
    sample.hits[i] = (WeirSampleHit){ message->sample.hits[i].entry,
      message->sample.hits[i].distance, message->sample.hits[i].probe };
  sample.still = still;
  weir_streams_take_sample (a->control->streams, unit->stream, &sample);
  unit_free (unit);
}

static Slot *slot_of (WeirAnalyzers *a, const WeirWorker *worker);
static void replace (WeirAnalyzers *a, Slot *slot, const char *why);

static void
on_message (WeirWorker *worker, const WeirWireMessage *message, gpointer data)
{
  WeirAnalyzers *a = data;
  Slot *slot = slot_of (a, worker);
  g_autofree char *text = NULL;
  Unit *unit;

  switch (message->type) {
  case WEIR_WIRE_HELLO:
    if (message->hello.version != WEIR_WIRE_VERSION) {
      replace (a, slot, "speaks another version");
      return;
    }
    break;
  case WEIR_WIRE_READY:
    slot->ready = TRUE;
    slot->restart_delay_us = 0;
    tell (a);
    break;
  case WEIR_WIRE_SAMPLE:
    take_sample (a, slot, message);
    break;
  case WEIR_WIRE_FAILED:
    unit = take_unit (a, slot, message->failed.job);
    text = g_strndup (message->failed.text, message->failed.text_size);
    if (unit != NULL)
      skip (a, unit, text);
    break;
  default:
    weir_warn ("workers", NULL, "an analyzer sent a message of type %d",
        message->type);
    break;
  }
  feed (a, slot);
}

static void
on_gone (WeirWorker *worker, const char *why, gpointer data)
{
  replace (data, slot_of (data, worker), why);
}

static const WeirWorkerFuncs worker_funcs = { on_message, on_gone };

static Slot *
slot_of (WeirAnalyzers *a, const WeirWorker *worker)
{
  for (guint i = 0; i <= a->n_slots; i++)
    if (a->slots[i].worker == worker)
      return &a->slots[i];
  g_assert_not_reached ();
}

static gboolean
start (WeirAnalyzers *a, Slot *slot, GError **error)
{
  slot->worker = weir_worker_new (a->control->loop, (char **) a->argv->pdata,
      a->index_fd, &worker_funcs, a, error);
  slot->ready = FALSE;
  slot->start_us = weir_now_us ();
  return slot->worker != NULL;
}

/* Ends what is in SLOT and plans a new process. */
static void
discard (WeirAnalyzers *a, Slot *slot)
{
  if (!slot->ready)
    slot->restart_delay_us = CLAMP (
        slot->restart_delay_us * 2, G_USEC_PER_SEC / 10, RESTART_DELAY_MAX_US);
  g_clear_pointer (&slot->worker, weir_worker_free);
  forget_configs (slot);
  slot->ready = FALSE;
  slot->start_us = weir_now_us () + slot->restart_delay_us;
}

/* SLOT's process can't be used any more. A ready spare takes its place at
 * once. The picture it worked on may be what broke it and is given up; those
 * behind it are looked at again. */
static void
replace (WeirAnalyzers *a, Slot *slot, const char *why)
{
  Slot *spare = &a->slots[a->n_slots];
  Unit *unit = g_queue_pop_head (&slot->in_flight);

  weir_warn ("workers", NULL, "analyzer %d %s; replaced",
      weir_worker_get_pid (slot->worker), why);
  a->control->analyzers_restarts++;
  discard (a, slot);
  if (unit != NULL)
    skip (a, unit, "the analyzer had to be replaced");
  while ((unit = g_queue_pop_tail (&slot->in_flight)) != NULL)
    g_queue_push_head (&slot->waiting, unit);

  if (slot != spare && spare->ready) {
    slot->worker = g_steal_pointer (&spare->worker);
    slot->ready = TRUE;
    spare->ready = FALSE;
    spare->start_us = slot->start_us;
    feed (a, slot);
  }
  tell (a);
}

static void
on_watch (gpointer data)
{
  WeirAnalyzers *a = data;
  gint64 now_us = weir_now_us ();

  for (guint i = 0; i <= a->n_slots; i++) {
    Slot *slot = &a->slots[i];
    Unit *oldest = g_queue_peek_head (&slot->in_flight);
    g_autoptr (GError) error = NULL;

    if (slot->worker == NULL) {
      if (now_us >= slot->start_us && !start (a, slot, &error)) {
        weir_error ("workers", NULL, "%s", error->message);
        discard (a, slot);
      }
    } else if (oldest != NULL
               && now_us - oldest->since_us > a->hang_timeout_us) {
      replace (a, slot, "did not answer in time");
    } else if (!slot->ready && now_us - slot->start_us > START_TIMEOUT_US) {
      replace (a, slot, "did not get ready in time");
    }
  }
}

/* How a process is started. The index comes as descriptor 4. */
static GPtrArray *
make_argv (const WeirAnalyzersOptions *o)
{
  const struct {
    const char *name;
    guint value;
  } numbers[] = {
    { "--radius", o->radius },
    { "--max-memory-mb", o->max_memory_mb },
    { "--max-long-side", o->max_long_side },
    { "--max-short-side", o->max_short_side },
  };
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, g_strdup (o->program));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_ptr_array_add (argv, g_strdup (numbers[i].name));
    g_ptr_array_add (argv, g_strdup_printf ("%u", numbers[i].value));
  }
  if (o->index_fd >= 0) {
    g_ptr_array_add (argv, g_strdup ("--index-fd"));
    g_ptr_array_add (argv, g_strdup ("4"));
  }
  g_ptr_array_add (argv, NULL);
  return argv;
}

static const WeirAnalysisClass analysis_class = { on_unit };

WeirAnalyzers *
weir_analyzers_new (
    WeirControl *control, const WeirAnalyzersOptions *options, GError **error)
{
  WeirAnalyzers *a = g_new0 (WeirAnalyzers, 1);

  a->parent.klass = &analysis_class;
  a->control = control;
  a->argv = make_argv (options);
  a->hang_timeout_us = options->hang_timeout_us;
  a->queue_units = options->queue_units;
  a->index_fd = options->index_fd;
  a->n_slots = options->workers;
  a->slots = g_new0 (Slot, a->n_slots + 1);
  control->analyzers = a->n_slots;
  a->watch = weir_timer_new (control->loop, WATCH_MS, WATCH_MS, on_watch, a);
  for (guint i = 0; i <= a->n_slots; i++) {

    if (!start (a, &a->slots[i], error)) {
      weir_analyzers_free (a);
      return NULL;
    }
  }
  return a;
}

void
weir_analyzers_free (WeirAnalyzers *a)
{
  if (a == NULL)
    return;
  weir_timer_free (a->watch);
  for (guint i = 0; i <= a->n_slots; i++) {
    Slot *slot = &a->slots[i];

    weir_worker_free (slot->worker);
    forget_configs (slot);
    g_queue_clear_full (&slot->waiting, unit_free);
    g_queue_clear_full (&slot->in_flight, unit_free);
  }
  g_free (a->slots);
  g_ptr_array_unref (a->argv);
  g_free (a);
}

WeirAnalysis *
weir_analyzers_get_analysis (WeirAnalyzers *analyzers)
{
  return &analyzers->parent;
}
