/* Asks weir-muxer, remembers, watches, replaces it. */
#include "workers/muxer.h"

#include "base/error.h"
#include "base/log.h"
#include "control/streams.h"
#include "workers/slate-cache.h"
#include "workers/worker.h"

#include <string.h>

#define WATCH_MS 100
#define START_TIMEOUT_US (20 * G_USEC_PER_SEC)
#define RESTART_DELAY_MIN_US (G_USEC_PER_SEC / 10)
#define RESTART_DELAY_MAX_US (5 * G_USEC_PER_SEC)
/* From there on nobody waits for it. */
#define GIVE_UP_DELAY_US G_USEC_PER_SEC
/* What a process died or hung over twice is given up, and tried again when a
 * stream asks so long after. */
#define MAX_TRIES 2
#define RETRY_US (60 * G_USEC_PER_SEC)
struct _WeirMuxer {
  WeirSlates parent;
  WeirControl *control;
  char *program;
  gint64 hang_timeout_us;
  WeirMuxerStyle style;
  gpointer style_data;
  WeirWorker *worker; /* NULL: to be started at start_us */
  gboolean ready;
  gint64 start_us;
  gint64 restart_delay_us;
  WeirSlateEntry *in_work; /* borrowed; since since_us */
  gint64 since_us;
  GQueue line; /* WeirSlateEntry, borrowed */
  WeirSlateCache *cache;
  WeirTimer *watch;
};

/* Gives the process its next one. */
static void
feed (WeirMuxer *m)
{
  WeirWireMessage message = { .type = WEIR_WIRE_DRAW };
  WeirSlateDraw *draw = &message.draw;
  WeirSlateEntry *entry;

  if (!m->ready || m->in_work != NULL)
    return;
  entry = g_queue_pop_head (&m->line);
  if (entry == NULL)
    return;
  draw->job = entry->job;
  draw->codec = entry->form.codec;
  draw->profile = entry->form.profile;
  draw->width = entry->form.width;
  draw->height = entry->form.height;
  draw->frame_us = G_USEC_PER_SEC / entry->form.rate;
  draw->n_units = weir_slate_form_count_units (&entry->form);
  draw->text = entry->text;
  draw->text_size = strlen (entry->text);
  if (entry->picture != NULL)
    draw->picture = g_bytes_get_data (entry->picture, &draw->picture_size);
  entry->tries++;
  m->in_work = entry;
  m->since_us = weir_now_us ();
  /* A process that is gone will be noticed. */
  weir_worker_send (m->worker, &message);
}

static void
answer (WeirMuxer *m, WeirSlateEntry *entry, guint64 stream)
{
  if (entry->state == WEIR_SLATE_ENTRY_READY)
    weir_streams_take_slate (m->control->streams, stream, entry->slate);
  else
    weir_streams_slate_refused (
        m->control->streams, stream, entry->why, entry->may_retry);
}

static void
answer_all (WeirMuxer *m, WeirSlateEntry *entry)
{
  for (guint i = 0; i < entry->streams->len; i++)
    answer (m, entry, g_array_index (entry->streams, guint64, i));
  g_array_set_size (entry->streams, 0);
}

static void
refuse (
    WeirMuxer *m, WeirSlateEntry *entry, const char *why, gboolean may_retry)
{
  entry->state = WEIR_SLATE_ENTRY_REFUSED;
  entry->why = g_strdup (why);
  entry->may_retry = may_retry;
  entry->refused_us = weir_now_us ();
  answer_all (m, entry);
}

/* What no process died over only waits for one that works. */
static gboolean
may_try_again (const WeirMuxer *m, const WeirSlateEntry *entry)
{
  return entry->state == WEIR_SLATE_ENTRY_REFUSED && entry->may_retry
         && ((m->ready && entry->tries < MAX_TRIES)
             || weir_now_us () - entry->refused_us > RETRY_US);
}

static void
try_again (WeirMuxer *m, WeirSlateEntry *entry)
{
  entry->state = WEIR_SLATE_ENTRY_WAITING;
  entry->tries = 0;
  g_clear_pointer (&entry->why, g_free);
  g_queue_push_tail (&m->line, entry);
}

static void
on_want (WeirSlates *base, guint64 stream, const char *app,
    const WeirSlateWanted *wanted)
{
  WeirMuxer *m = (WeirMuxer *) base;
  const char *text = "";
  GBytes *picture = NULL;
  g_autofree char *why = NULL;
  WeirSlateEntry *entry;
  WeirSlateForm form;

  weir_slate_cache_forget_stream (m->cache, stream);
  why = weir_slate_form_make (wanted, &form);
  if (why != NULL) {
    weir_streams_slate_refused (m->control->streams, stream, why, FALSE);
    return;
  }
  m->style (m->style_data, app, &text, &picture);
  entry = weir_slate_cache_find (m->cache, &form, text, picture);
  if (entry == NULL) {
    entry = weir_slate_cache_add (m->cache, &form, text, picture);
    if (entry == NULL) {
      weir_streams_slate_refused (
          m->control->streams, stream, "weir-muxer is behind", TRUE);
      return;
    }
    g_queue_push_tail (&m->line, entry);
  } else if (may_try_again (m, entry)) {
    try_again (m, entry);
  }
  if (entry->state != WEIR_SLATE_ENTRY_WAITING) {
    answer (m, entry, stream);
    return;
  }
  g_array_append_val (entry->streams, stream);
  feed (m);
}

/* NULL with an error when the process has sent what is no slate. */
static WeirSlate *
parse_slate (
    const WeirSlateEntry *entry, const WeirSlateCoded *coded, GError **error)
{
  g_autoptr (GPtrArray) units =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (WeirCodecConfig) config = weir_codec_config_new (
      entry->form.codec, coded->config, coded->config_size, error);
  const guint8 *unit;
  gsize at = 0, size;

  if (config == NULL)
    return NULL;
  while ((unit = weir_wire_next_unit (coded, &at, &size)) != NULL)
    g_ptr_array_add (units, g_bytes_new (unit, size));
  return weir_slate_new (config, (GBytes *const *) units->pdata, units->len,
      G_USEC_PER_SEC / entry->form.rate, error);
}

/* The entry that JOB answers; NULL when it is not the one in work. */
static WeirSlateEntry *
take_in_work (WeirMuxer *m, guint64 job)
{
  WeirSlateEntry *entry = m->in_work;

  if (entry == NULL || entry->job != job)
    return NULL;
  m->in_work = NULL;
  return entry;
}

static void
take_slate (WeirMuxer *m, const WeirSlateCoded *coded)
{
  WeirSlateEntry *entry = take_in_work (m, coded->job);
  g_autoptr (WeirSlate) slate = NULL;
  g_autoptr (GError) error = NULL;

  if (entry == NULL)
    return;
  slate = parse_slate (entry, coded, &error);
  if (slate == NULL) {
    weir_error ("muxer", NULL, "weir-muxer sent no slate: %s", error->message);
    refuse (m, entry, "weir-muxer made none", FALSE);
    return;
  }
  weir_slate_cache_fill (m->cache, entry, slate);
  weir_info ("muxer", NULL,
      "slate ready: %s, %u x %u, %u pictures a second, %" G_GSIZE_FORMAT
      " bytes",
      weir_codec_title (entry->form.codec), entry->form.width,
      entry->form.height, entry->form.rate, slate->bytes);
  answer_all (m, entry);
}

static void
take_failed (WeirMuxer *m, const WeirWireMessage *message)
{
  WeirSlateEntry *entry = take_in_work (m, message->failed.job);
  g_autofree char *text =
      g_strndup (message->failed.text, message->failed.text_size);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  if (entry != NULL)
    refuse (m, entry, valid, FALSE);
}

static void replace (WeirMuxer *m, const char *why);

static void
on_message (WeirWorker *worker, const WeirWireMessage *message, gpointer data)
{
  WeirMuxer *m = data;

  switch (message->type) {
  case WEIR_WIRE_HELLO:
    if (message->hello.version != WEIR_WIRE_VERSION) {
      replace (m, "speaks another version");
      return;
    }
    break;
  case WEIR_WIRE_READY:
    m->ready = TRUE;
    m->restart_delay_us = 0;
    break;
  case WEIR_WIRE_SLATE:
    take_slate (m, &message->slate);
    break;
  case WEIR_WIRE_FAILED:
    take_failed (m, message);
    break;
  default:
    weir_warn (
        "muxer", NULL, "weir-muxer sent a message of type %d", message->type);
    break;
  }
  feed (m);
}

static void
on_gone (WeirWorker *worker, const char *why, gpointer data)
{
  replace (data, why);
}

static const WeirWorkerFuncs worker_funcs = { on_message, on_gone };

static gboolean
start (WeirMuxer *m, GError **error)
{
  char *argv[] = { m->program, NULL };

  m->ready = FALSE;
  m->start_us = weir_now_us ();
  m->worker =
      weir_worker_new (m->control->loop, argv, -1, &worker_funcs, m, error);
  return m->worker != NULL;
}

static void
plan_restart (WeirMuxer *m)
{
  if (!m->ready)
    m->restart_delay_us = CLAMP (
        m->restart_delay_us * 2, RESTART_DELAY_MIN_US, RESTART_DELAY_MAX_US);
  m->ready = FALSE;
  m->start_us = weir_now_us () + m->restart_delay_us;
}

static void
refuse_line (WeirMuxer *m, const char *why)
{
  WeirSlateEntry *entry;

  while ((entry = g_queue_pop_head (&m->line)) != NULL)
    refuse (m, entry, why, TRUE);
}

/* What it worked on is tried once more, and then given up. */
static void
replace (WeirMuxer *m, const char *why)
{
  WeirSlateEntry *entry = g_steal_pointer (&m->in_work);

  weir_warn ("muxer", NULL, "weir-muxer %d %s; replaced",
      weir_worker_get_pid (m->worker), why);
  m->control->muxer_restarts++;
  g_clear_pointer (&m->worker, weir_worker_free);
  plan_restart (m);
  if (entry != NULL && entry->tries < MAX_TRIES)
    g_queue_push_tail (&m->line, entry);
  else if (entry != NULL)
    refuse (m, entry, "weir-muxer did not survive making it", TRUE);
  if (m->restart_delay_us >= GIVE_UP_DELAY_US)
    refuse_line (m, "weir-muxer does not start");
}

static void
on_watch (gpointer data)
{
  WeirMuxer *m = data;
  gint64 now_us = weir_now_us ();
  g_autoptr (GError) error = NULL;

  if (m->worker == NULL) {
    if (now_us >= m->start_us && !start (m, &error)) {
      weir_error ("muxer", NULL, "%s", error->message);
      plan_restart (m);
    }
  } else if (m->in_work != NULL && now_us - m->since_us > m->hang_timeout_us) {
    replace (m, "did not answer in time");
  } else if (!m->ready && now_us - m->start_us > START_TIMEOUT_US) {
    replace (m, "did not get ready in time");
  }
}

static const WeirSlatesClass slates_class = { on_want };

WeirMuxer *
weir_muxer_new (
    WeirControl *control, const WeirMuxerOptions *options, GError **error)
{
  WeirMuxer *m = g_new0 (WeirMuxer, 1);

  m->parent.klass = &slates_class;
  m->control = control;
  m->program = g_strdup (options->program);
  m->hang_timeout_us = options->hang_timeout_us;
  m->style = options->style;
  m->style_data = options->data;
  m->cache = weir_slate_cache_new ();
  m->watch = weir_timer_new (control->loop, WATCH_MS, WATCH_MS, on_watch, m);
  if (!start (m, error)) {
    weir_muxer_free (m);
    return NULL;
  }
  return m;
}

void
weir_muxer_free (WeirMuxer *m)
{
  if (m == NULL)
    return;
  weir_timer_free (m->watch);
  weir_worker_free (m->worker);
  g_queue_clear (&m->line);
  weir_slate_cache_free (m->cache);
  g_free (m->program);
  g_free (m);
}

WeirSlates *
weir_muxer_get_slates (WeirMuxer *muxer)
{
  return &muxer->parent;
}
