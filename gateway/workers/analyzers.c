/* The processes of analyzers: started, watched, replaced, retired. */
#include "workers/analyzers-impl.h"

#include "base/log.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/streams.h"
#include "core/scorers.h"
#include "wire/fd-channel.h"

#include <unistd.h>

#define WATCH_MS 50
#define TIDY_US (10 * G_USEC_PER_SEC)
/* A process may take so long to warm up. */
#define START_TIMEOUT_US (20 * G_USEC_PER_SEC)
/* An analyzer's own limit of CPU time, in terms of when it is retired. */
#define CPU_LIMIT_FACTOR 2

static guint
count_slots (const WeirAnalyzers *a)
{
  return a->n_slots + 2;
}

/* What changed is told once, with the figures as they are now. */
static void
tell (WeirAnalyzers *a)
{
  guint ready = 0;

  for (guint i = 0; i < a->n_slots; i++)
    ready += a->slots[i].ready;
  a->control->analyzers_ready = ready;
  a->control->analyzers_apart = weir_blame_count (a->blame);
  weir_events_emit (a->control->events, "system.status",
      json_pack ("{s:o}", "system", weir_describe_system (a->control)));
}

static void
tell_apart (WeirAnalyzers *a)
{
  if (a->control->analyzers_apart != weir_blame_count (a->blame))
    tell (a);
}

static WeirAnalyzerSlot *
slot_of (WeirAnalyzers *a, const WeirWorker *worker)
{
  for (guint i = 0; i < count_slots (a); i++)
    if (a->slots[i].worker == worker)
      return &a->slots[i];
  g_assert_not_reached ();
}

static gboolean
is_needed (WeirAnalyzers *a, const WeirAnalyzerSlot *slot)
{
  return slot != weir_analyzers_apart (a) || weir_blame_count (a->blame) > 0;
}

/* The ready spare takes the place of a process that is no more or not yet. */
static void
put_spare (WeirAnalyzers *a, WeirAnalyzerSlot *slot)
{
  WeirAnalyzerSlot *spare = weir_analyzers_spare (a);

  if (slot->ready || slot == weir_analyzers_apart (a) || !spare->ready)
    return;
  weir_slot_swap_process (spare, slot);
  weir_analyzers_feed (a, slot);
}

static void
blame (WeirAnalyzers *a, guint64 stream)
{
  if (!weir_blame_strike (a->blame, stream, weir_now_us ()))
    return;
  weir_warn ("workers", NULL,
      "stream %" G_GUINT64_FORMAT
      " brought %d analyzers down: looked at alone and slower",
      stream, WEIR_BLAME_STRIKES);
  weir_streams_set_apart (a->control->streams, stream, TRUE);
}

/* Ends SLOT's process, if there is one, and says WHY. The next one is started
 * the later, the more there were. */
static void
discard_failed (WeirAnalyzers *a, WeirAnalyzerSlot *slot, const char *why)
{
  int pid = slot->worker != NULL ? weir_worker_get_pid (slot->worker) : 0;
  g_autofree char *later = NULL;
  gint64 wait_us;

  slot->failed = slot->ready ? 0 : slot->failed + 1;
  wait_us = weir_restarts_note_end (&a->restarts, slot->failed, weir_now_us ());
  if (wait_us > 0)
    later = g_strdup_printf (
        ", the next one is started in %.1f s", (double) wait_us / 1e6);
  weir_warn ("workers", NULL, "analyzer %d %s; replaced%s", pid, why,
      later != NULL ? later : "");
  if (wait_us > 0) {
    g_free (a->control->analyzers_error);
    a->control->analyzers_error = g_strconcat (why, later, NULL);
  }
  weir_slot_discard (slot, wait_us);
}

/* SLOT's process can't be used any more: a ready spare takes its place at once.
 * The picture it worked on may be what broke it and is given up; IS_TO_BLAME:
 * it is. Those behind it are looked at by the successor. */
static void
replace (WeirAnalyzers *a, WeirAnalyzerSlot *slot, gboolean is_to_blame,
    const char *why)
{
  WeirUnit *unit = g_queue_pop_head (&slot->in_flight), *later;
  GArray *lost = weir_analyzers_lose_whole (a, slot);
  gboolean has_culprit = unit != NULL && is_to_blame, was_ready = slot->ready;
  guint64 culprit = has_culprit ? unit->stream : 0;

  a->control->analyzers_restarts++;
  discard_failed (a, slot, why);
  if (unit != NULL)
    weir_analyzers_skip (a, unit, "the analyzer had to be replaced");
  if (was_ready)
    weir_analyzers_note_loss (a, slot);
  while ((later = g_queue_pop_tail (&slot->in_flight)) != NULL)
    g_queue_push_head (&slot->waiting, later);
  if (has_culprit) {
    blame (a, culprit);
    weir_analyzers_drop_units_of (a, culprit);
  }
  put_spare (a, slot);
  weir_analyzers_move_waiting (a, slot);
  tell (a);
  weir_analyzers_restart_whole (a, lost);
}

/* Long-lived processes are replaced between two pictures, when the spare is
 * ready: leaks stay small, and so does what somebody who took one over can
 * compute. */
static void
retire (WeirAnalyzers *a, WeirAnalyzerSlot *slot)
{
  GArray *lost;

  if (!slot->retiring || !g_queue_is_empty (&slot->in_flight)
      || !weir_analyzers_spare (a)->ready)
    return;
  weir_info ("workers", NULL, "analyzer %d has done its part; replaced",
      weir_worker_get_pid (slot->worker));
  lost = weir_analyzers_lose_whole (a, slot);
  weir_slot_discard (slot, 0);
  put_spare (a, slot);
  weir_analyzers_restart_whole (a, lost);
}

static gboolean
has_old_models (const WeirAnalyzers *a, const WeirAnalyzerSlot *slot)
{
  return slot->worker != NULL && slot->models != a->models;
}

/* The spare is the first to have new models; each of those that work goes when
 * there is one to take its place. */
static void
retire_next_old (WeirAnalyzers *a)
{
  for (guint i = 0; i < a->n_slots && weir_analyzers_spare (a)->ready; i++) {
    WeirAnalyzerSlot *slot = &a->slots[i];

    if (!slot->ready || !has_old_models (a, slot))
      continue;
    slot->retiring = TRUE;
    retire (a, slot);
    return;
  }
}

static void
take_ready (WeirAnalyzers *a, WeirAnalyzerSlot *slot)
{
  slot->ready = TRUE;
  slot->failed = 0;
  g_clear_pointer (&a->control->analyzers_error, g_free);
  for (guint i = 0; i < a->n_slots; i++)
    put_spare (a, &a->slots[i]);
  tell (a);
  for (guint i = 0; i < a->n_slots; i++)
    retire (a, &a->slots[i]);
  retire_next_old (a);
}

/* Before it is ready it only says so of a scorer, by its place from 1. */
static char *
describe_scorer (const WeirAnalyzerSlot *slot, const WeirWireMessage *message)
{
  g_autofree char *text =
      g_strndup (message->failed.text, message->failed.text_size);
  const WeirScorerSetting *scorer;

  if (slot->scorers == NULL || message->failed.job < 1
      || message->failed.job > slot->scorers->len)
    return g_strdup_printf ("can't start: %s", text);
  scorer = g_ptr_array_index (slot->scorers, (guint) message->failed.job - 1);
  return g_strdup_printf ("can't use the model of [scorer %s], %s: %s",
      scorer->name, scorer->model, text);
}

static void
on_message (WeirWorker *worker, const WeirWireMessage *message, gpointer data)
{
  WeirAnalyzers *a = data;
  WeirAnalyzerSlot *slot = slot_of (a, worker);
  g_autofree char *why = NULL;

  switch (message->type) {
  case WEIR_WIRE_HELLO:
    if (message->hello.version != WEIR_WIRE_VERSION) {
      why = g_strdup_printf ("speaks version %u of the messages, %d expected: "
                             "it is not of this gateway's build",
          message->hello.version, WEIR_WIRE_VERSION);
      replace (a, slot, FALSE, why);
      return;
    }
    break;
  case WEIR_WIRE_READY:
    take_ready (a, slot);
    /* Maybe it is elsewhere now. */
    slot = slot_of (a, worker);
    break;
  case WEIR_WIRE_SAMPLE:
    if (message->sample.n_scores > 0
        && (slot->scorers == NULL
            || message->sample.n_scores != slot->scorers->len)) {
      why = g_strdup_printf ("told %u scores and has %u scorers",
          message->sample.n_scores,
          slot->scorers != NULL ? slot->scorers->len : 0);
      replace (a, slot, TRUE, why);
      return;
    }
    weir_analyzers_take_sample (a, slot, message);
    tell_apart (a);
    break;
  case WEIR_WIRE_DECODED:
    weir_analyzers_take_decoded (a, slot, message);
    tell_apart (a);
    break;
  case WEIR_WIRE_FAILED:
    if (!slot->ready) {
      why = describe_scorer (slot, message);
      replace (a, slot, FALSE, why);
      return;
    }
    weir_analyzers_take_failed (a, slot, message);
    tell_apart (a);
    break;
  default:
    weir_warn ("workers", NULL, "an analyzer sent a message of type %d",
        message->type);
    break;
  }
  weir_analyzers_feed (a, slot);
  retire (a, slot);
}

static void
on_gone (WeirWorker *worker, const char *why, gpointer data)
{
  replace (data, slot_of (data, worker), weir_worker_is_at_fault (worker), why);
}

static const WeirWorkerFuncs worker_funcs = { on_message, on_gone };

/* The descriptor goes first, so that it is there when the message is read. */
static gboolean
send_index (const WeirAnalyzers *a, WeirWorker *worker, GError **error)
{
  WeirWireMessage message = { .type = WEIR_WIRE_INDEX };

  if (a->index_fd < 0)
    return TRUE;
  message.index.radius = (guint16) a->radius;
  if (!weir_worker_send_fd (worker, a->index_fd, error))
    return FALSE;
  weir_worker_send (worker, &message);
  return TRUE;
}

/* Before anything else that comes through the channel. */
static gboolean
send_models (const WeirAnalyzers *a, WeirWorker *worker)
{
  for (guint i = 0; a->scorers != NULL && i < a->scorers->len; i++)
    if (!weir_worker_send_fd (worker, a->model_fds[i], NULL))
      return FALSE;
  return TRUE;
}

static gboolean
start (WeirAnalyzers *a, WeirAnalyzerSlot *slot, GError **error)
{
  int channel[2];

  if (!weir_fd_channel_new (channel, error))
    return FALSE;
  slot->worker = weir_worker_new (a->control->loop, (char **) a->argv->pdata,
      channel[1], &worker_funcs, a, error);
  close (channel[1]);
  slot->ready = FALSE;
  slot->start_us = weir_now_us ();
  g_clear_pointer (&slot->scorers, g_ptr_array_unref);
  slot->scorers = a->scorers != NULL ? g_ptr_array_ref (a->scorers) : NULL;
  slot->models = a->models;
  if (slot->worker == NULL) {
    close (channel[0]);
    return FALSE;
  }
  weir_worker_take_channel (slot->worker, channel[0]);
  /* One that has died already is told of by its end. */
  if (send_models (a, slot->worker))
    send_index (a, slot->worker, NULL);
  return TRUE;
}

/* Somebody who waits for a core is not to blame; who computes for half of the
 * time is. */
static void
check_slot (WeirAnalyzers *a, WeirAnalyzerSlot *slot, gint64 now_us)
{
  const WeirUnit *oldest = g_queue_peek_head (&slot->in_flight);

  if (oldest != NULL && now_us - oldest->since_us > a->hang_timeout_us)
    replace (a, slot, weir_slot_get_unit_cpu_us (slot) > a->hang_timeout_us / 2,
        "did not answer in time");
  else if (!slot->ready && now_us - slot->start_us > START_TIMEOUT_US)
    replace (a, slot, FALSE, "did not get ready in time");
}

static void
tidy (WeirAnalyzers *a, gint64 now_us)
{
  a->tidied_us = now_us;
  weir_analyzers_forget_homes (a, now_us);
  weir_blame_forget (a->blame, now_us);
  tell_apart (a);
  for (guint i = 0; i < a->n_slots; i++) {
    WeirAnalyzerSlot *slot = &a->slots[i];

    slot->retiring =
        slot->ready && weir_analyzers_spare (a)->ready
        && (slot->retiring || weir_slot_get_cpu_us (slot) > a->retire_cpu_us);
    retire (a, slot);
    weir_analyzers_feed (a, slot);
  }
  if (weir_analyzers_apart (a)->worker != NULL
      && (!is_needed (a, weir_analyzers_apart (a))
          || (has_old_models (a, weir_analyzers_apart (a))
              && g_queue_is_empty (&weir_analyzers_apart (a)->in_flight))))
    weir_slot_discard (weir_analyzers_apart (a), 0);
}

static void
on_watch (gpointer data)
{
  WeirAnalyzers *a = data;
  gint64 now_us = weir_now_us ();

  for (guint i = 0; i < count_slots (a); i++) {
    WeirAnalyzerSlot *slot = &a->slots[i];
    g_autoptr (GError) error = NULL;

    if (slot->worker != NULL) {
      check_slot (a, slot, now_us);
    } else if (is_needed (a, slot) && now_us >= slot->start_us
               && !start (a, slot, &error)) {
      discard_failed (a, slot, error->message);
    }
  }
  if (now_us - a->tidied_us >= MIN (TIDY_US, a->retire_cpu_us))
    tidy (a, now_us);
}

/* The words of the command line that are about scorers, last. */
static void
set_scorers (WeirAnalyzers *a, GPtrArray *scorers, const int *model_fds)
{
  g_ptr_array_set_size (a->argv, (gint) a->n_fixed);
  g_clear_pointer (&a->scorers, g_ptr_array_unref);
  a->scorers = scorers != NULL ? g_ptr_array_ref (scorers) : NULL;
  a->model_fds = model_fds;
  for (guint i = 0; scorers != NULL && i < scorers->len; i++) {
    g_ptr_array_add (a->argv, g_strdup ("--scorer"));
    g_ptr_array_add (
        a->argv, weir_scorer_format (g_ptr_array_index (scorers, i)));
  }
  g_ptr_array_add (a->argv, NULL);
}

/* How a process is started. The channel for the index is descriptor 4. */
static GPtrArray *
make_argv (const WeirAnalyzersOptions *o)
{
  const struct {
    const char *name;
    guint value;
  } numbers[] = {
    { "--max-memory-mb", o->max_memory_mb },
    { "--max-long-side", o->max_long_side },
    { "--max-short-side", o->max_short_side },
    { "--max-score-ms", (guint) (o->hang_timeout_us / 1000) },
    { "--cpu-seconds",
        (guint) (o->retire_cpu_us * CPU_LIMIT_FACTOR / G_USEC_PER_SEC) },
  };
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, g_strdup (o->program));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_ptr_array_add (argv, g_strdup (numbers[i].name));
    g_ptr_array_add (argv, g_strdup_printf ("%u", numbers[i].value));
  }
  g_ptr_array_add (argv, g_strdup ("--channel-fd"));
  g_ptr_array_add (argv, g_strdup ("4"));
  return argv;
}

static void
on_unit (WeirAnalysis *analysis, guint64 stream, const WeirPacket *packet)
{
  weir_analyzers_take_unit ((WeirAnalyzers *) analysis, stream, packet);
}

static void
on_whole_unit (WeirAnalysis *analysis, guint64 stream, const WeirPacket *packet,
    gint64 gap_ms, gboolean begin)
{
  weir_analyzers_take_whole_unit (
      (WeirAnalyzers *) analysis, stream, packet, gap_ms, begin);
}

static void
on_leave (WeirAnalysis *analysis, guint64 stream)
{
  weir_analyzers_leave_whole ((WeirAnalyzers *) analysis, stream);
}

static const WeirAnalysisClass analysis_class = { on_unit, on_whole_unit,
  on_leave };

WeirAnalyzers *
weir_analyzers_new (
    WeirControl *control, const WeirAnalyzersOptions *options, GError **error)
{
  WeirAnalyzers *a = g_new0 (WeirAnalyzers, 1);

  a->parent.klass = &analysis_class;
  a->control = control;
  a->argv = make_argv (options);
  a->n_fixed = a->argv->len;
  set_scorers (a, options->scorers, options->model_fds);
  a->hang_timeout_us = options->hang_timeout_us;
  a->retire_cpu_us = options->retire_cpu_us;
  a->queue_units = options->queue_units;
  a->index_fd = options->index_fd;
  a->radius = options->radius;
  a->n_slots = options->workers;
  a->slots = g_new0 (WeirAnalyzerSlot, count_slots (a));
  for (guint i = 0; i < count_slots (a); i++)
    a->slots[i].max_in_flight = WEIR_SLOT_UNITS_IN_FLIGHT;
  weir_analyzers_apart (a)->max_in_flight = 1;
  a->homes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  a->blame = weir_blame_new ();
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
  for (guint i = 0; i < count_slots (a); i++)
    weir_slot_clear (&a->slots[i]);
  g_clear_pointer (&a->control->analyzers_error, g_free);
  weir_blame_free (a->blame);
  g_hash_table_unref (a->homes);
  g_free (a->slots);
  g_ptr_array_unref (a->argv);
  g_clear_pointer (&a->scorers, g_ptr_array_unref);
  g_free (a);
}

void
weir_analyzers_set_index (WeirAnalyzers *a, int index_fd, guint radius)
{
  a->index_fd = index_fd;
  a->radius = radius;
  for (guint i = 0; i < count_slots (a); i++) {
    WeirAnalyzerSlot *slot = &a->slots[i];
    g_autoptr (GError) error = NULL;

    if (slot->worker != NULL && !send_index (a, slot->worker, &error))
      replace (a, slot, FALSE, error->message);
  }
}

void
weir_analyzers_set_scorers (WeirAnalyzers *a, GPtrArray *scorers,
    const int *model_fds, gboolean changed)
{
  set_scorers (a, scorers, model_fds);
  a->models += changed ? 1 : 0;
  /* What works goes on until there is a spare with the new ones. */
  for (guint i = 0; i < count_slots (a); i++) {
    WeirAnalyzerSlot *slot = &a->slots[i];

    if (has_old_models (a, slot)
        && (!slot->ready || slot == weir_analyzers_spare (a)))
      weir_slot_discard (slot, 0);
    /* What it was waited with may be over. */
    if (changed && slot->worker == NULL)
      slot->start_us = weir_now_us ();
  }
}

WeirAnalysis *
weir_analyzers_get_analysis (WeirAnalyzers *analyzers)
{
  return &analyzers->parent;
}

int
weir_analyzers_get_pid (const WeirAnalyzers *analyzers, guint place)
{
  const WeirAnalyzerSlot *slot = &analyzers->slots[place];

  g_assert (place <= analyzers->n_slots);
  return slot->worker != NULL ? weir_worker_get_pid (slot->worker) : 0;
}
