/* A thread for each reading. */
#include "app/model-reader.h"

struct _WeirModelReader {
  WeirModelReaderFunc func;
  gpointer data;
  WeirMailbox *mailbox;
  GThread *thread; /* NULL: nothing is read */
  gint given_up;   /* atomic */
};

/* What the thread is given, and what comes of it. */
typedef struct {
  WeirModelReader *reader;
  const WeirSettings *settings;
  const WeirPolicy *policy;
  const WeirPaths *paths;
  WeirModelLimits limits;
  const WeirModels *before;
  WeirModels *models;
  gboolean changed;
  GError *error;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *r = data;

  g_clear_pointer (&r->models, weir_models_free);
  g_clear_error (&r->error);
  g_free (r);
}

static gpointer
read_models (gpointer data)
{
  Reading *r = data;

  r->models = weir_models_load (r->settings, r->policy, r->paths, &r->error);
  if (r->models != NULL) {
    weir_models_follow (r->models, r->before);
    r->changed = !weir_models_are_same (r->models, r->before);
    if (r->changed
        && !weir_models_try (
            r->models, &r->limits, r->paths, &r->reader->given_up, &r->error))
      g_clear_pointer (&r->models, weir_models_free);
  }
  weir_mailbox_put (r->reader->mailbox, r);
  return NULL;
}

static void
on_read (gpointer message, gpointer data)
{
  WeirModelReader *reader = data;
  Reading *r = message;

  g_thread_join (g_steal_pointer (&reader->thread));
  reader->func (
      g_steal_pointer (&r->models), r->changed, r->error, reader->data);
  reading_free (r);
}

WeirModelReader *
weir_model_reader_new (WeirLoop *loop, WeirModelReaderFunc func, gpointer data)
{
  WeirModelReader *reader = g_new0 (WeirModelReader, 1);

  reader->func = func;
  reader->data = data;
  reader->mailbox = weir_mailbox_new (loop, 1, on_read, reading_free, reader);
  return reader;
}

void
weir_model_reader_free (WeirModelReader *reader)
{
  if (reader == NULL)
    return;
  g_atomic_int_set (&reader->given_up, TRUE);
  if (reader->thread != NULL)
    g_thread_join (reader->thread);
  weir_mailbox_free (reader->mailbox);
  g_free (reader);
}

void
weir_model_reader_start (WeirModelReader *reader, const WeirSettings *settings,
    const WeirPolicy *policy, const WeirPaths *paths,
    const WeirModelLimits *limits, const WeirModels *before)
{
  Reading *r = g_new0 (Reading, 1);

  g_assert (reader->thread == NULL);
  *r = (Reading){ .reader = reader,
    .settings = settings,
    .policy = policy,
    .paths = paths,
    .limits = *limits,
    .before = before };
  reader->thread = g_thread_new ("weir-models", read_models, r);
}
