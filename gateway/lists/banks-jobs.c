/* Work aside from the loop. */
#include "lists/banks-jobs.h"

#include "lists/saved-index.h"

#include <string.h>
#include <unistd.h>

#define HASH_BYTES WEIR_PDQ_HASH_BYTES

void
weir_banks_build_make (WeirBanksBuild *build)
{
  guint32 of_files = build->set->places->len;
  guint32 count = of_files + build->count;
  g_autofree guint8 *hashes = g_malloc ((gsize) count * HASH_BYTES + 1);
  g_autofree guint32 *ids = g_new (guint32, (gsize) count + 1);
  WeirIndexSource source;

  weir_bank_set_copy (build->set, hashes, ids);
  memcpy (hashes + (gsize) of_files * HASH_BYTES, build->hashes,
      (gsize) build->count * HASH_BYTES);
  memcpy (ids + of_files, build->ids, (gsize) build->count * sizeof *ids);
  source = (WeirIndexSource){ .hashes = hashes,
    .ids = ids,
    .count = count,
    .capacity = MAX (WEIR_BANKS_MIN_CAPACITY, count / 16) };
  if (build->saved_path != NULL)
    build->fd =
        weir_saved_index_open (build->saved_path, &source, &build->writer);
  build->taken = build->fd >= 0;
  if (!build->taken)
    build->fd = weir_index_build_memfd (&source, &build->writer, &build->error);
}

void
weir_banks_build_free (gpointer data)
{
  WeirBanksBuild *build = data;

  weir_index_writer_free (build->writer);
  if (build->fd >= 0)
    close (build->fd);
  g_clear_error (&build->error);
  weir_bank_set_unref (build->set);
  g_free (build->hashes);
  g_free (build->ids);
  g_free (build);
}

typedef struct {
  gpointer work;
  WeirMailbox *mailbox;
} Job;

static Job *
job_new (gpointer work, WeirMailbox *mailbox)
{
  Job *job = g_new (Job, 1);

  *job = (Job){ work, mailbox };
  return job;
}

static gpointer
run_build (gpointer data)
{
  Job *job = data;

  weir_banks_build_make (job->work);
  weir_mailbox_put (job->mailbox, job->work);
  g_free (job);
  return NULL;
}

GThread *
weir_banks_build_start (WeirBanksBuild *build, WeirMailbox *mailbox)
{
  return g_thread_new ("weir-index", run_build, job_new (build, mailbox));
}

static gpointer
run_read (gpointer data)
{
  Job *job = data;
  WeirBanksRead *read = job->work;

  read->set = weir_bank_set_load (
      read->settings, read->base_dir, read->first_id, &read->error);
  weir_mailbox_put (job->mailbox, read);
  g_free (job);
  return NULL;
}

GThread *
weir_banks_read_start (const WeirSettings *settings, const char *base_dir,
    guint32 first_id, WeirMailbox *mailbox)
{
  WeirBanksRead *read = g_new0 (WeirBanksRead, 1);

  read->settings = settings;
  read->base_dir = g_strdup (base_dir);
  read->first_id = first_id;
  return g_thread_new ("weir-banks", run_read, job_new (read, mailbox));
}

void
weir_banks_read_free (gpointer data)
{
  WeirBanksRead *read = data;

  weir_bank_set_unref (read->set);
  g_clear_error (&read->error);
  g_free (read->base_dir);
  g_free (read);
}
