/* Work aside from the loop. */
#include "lists/banks-jobs.h"

#include "lists/saved-index.h"

#include <string.h>
#include <unistd.h>

#define HASH_BYTES WEIR_PDQ_HASH_BYTES

/* COUNT entries: those of the set's files, then signals. */
static void
make_of (WeirBanksBuild *build, const guint8 *hashes, const guint32 *ids,
    guint32 count)
{
  guint32 in_delta = build->set->places->len + build->count - count;
  const WeirIndexSource source = { .hashes = hashes,
    .ids = ids,
    .count = count,
    .capacity = MAX (WEIR_BANKS_MIN_CAPACITY, count / 16) + in_delta };

  if (build->saved_path != NULL)
    build->fd =
        weir_saved_index_open (build->saved_path, &source, &build->writer);
  build->taken = build->fd >= 0;
  if (!build->taken)
    build->fd = weir_index_build_memfd (&source, &build->writer, &build->error);
  for (guint32 i = build->count - in_delta; build->fd >= 0 && i < build->count;
       i++)
    weir_index_writer_add (
        build->writer, build->hashes + (gsize) i * HASH_BYTES, build->ids[i]);
}

void
weir_banks_build_make (WeirBanksBuild *build)
{
  guint32 of_files = build->set->places->len;
  guint32 count = of_files + build->count;
  g_autofree guint8 *hashes = g_malloc ((gsize) count * HASH_BYTES + 1);
  g_autofree guint32 *ids = g_new (guint32, (gsize) count + 1);

  weir_bank_set_copy (build->set, hashes, ids);
  memcpy (hashes + (gsize) of_files * HASH_BYTES, build->hashes,
      (gsize) build->count * HASH_BYTES);
  memcpy (ids + of_files, build->ids, (gsize) build->count * sizeof *ids);
  make_of (build, hashes, ids, build->saved_path != NULL ? of_files : count);
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
  g_free (build->saved_path);
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

/* --- searches --- */

/* Needles that go over the index together, and the matches that they may have
 * in all: beyond it, in clusters, one goes after the other. */
#define BATCH 64
#define MAX_TOGETHER (BATCH * 1024)

typedef struct {
  WeirMailbox *mailbox;
  WeirIndex *index;
  guint8 *hashes;
  guint count;
  guint radius;
  GArray *matches; /* WeirBankMatch */
} SearchJob;

struct _WeirBanksSearch {
  WeirMailbox *mailbox; /* SearchJob */
  GThread *thread;
  WeirBankSearchFunc func;
  gpointer data;
};

static void
search_job_free (gpointer data)
{
  SearchJob *job = data;

  weir_index_unref (job->index);
  g_array_unref (job->matches);
  g_free (job->hashes);
  g_free (job);
}

/* Takes the first of each needle's. */
static void
take_together (SearchJob *job, guint first, const GArray *found)
{
  guint n = 0;

  for (guint i = 0; i < found->len; i++) {
    const WeirIndexMatch *m = &g_array_index (found, WeirIndexMatch, i);
    WeirBankMatch match = { first + m->needle, m->entry, m->distance };

    n = i > 0 && m[-1].needle == m->needle ? n + 1 : 1;
    if (n <= WEIR_BANKS_MAX_MATCHES)
      g_array_append_val (job->matches, match);
  }
}

static void
search_one (SearchJob *job, guint needle)
{
  WeirIndexHit hits[WEIR_BANKS_MAX_MATCHES];
  guint n =
      weir_index_search (job->index, job->hashes + (gsize) needle * HASH_BYTES,
          job->radius, hits, G_N_ELEMENTS (hits));

  for (guint i = 0; i < n; i++) {
    WeirBankMatch match = { needle, hits[i].entry, hits[i].distance };

    g_array_append_val (job->matches, match);
  }
}

static gpointer
run_search (gpointer data)
{
  SearchJob *job = data;

  for (guint first = 0; first < job->count; first += BATCH) {
    guint count = MIN (job->count - first, BATCH);
    g_autoptr (GArray) found = weir_index_search_many (job->index,
        job->hashes + (gsize) first * HASH_BYTES, count, job->radius,
        MAX_TOGETHER);

    if (found != NULL)
      take_together (job, first, found);
    else
      for (guint i = 0; i < count; i++)
        search_one (job, first + i);
  }
  weir_mailbox_put (job->mailbox, job);
  return NULL;
}

static void
on_searched (gpointer message, gpointer data)
{
  WeirBanksSearch *search = data;
  SearchJob *job = message;

  g_thread_join (g_steal_pointer (&search->thread));
  search->func ((const WeirBankMatch *) (gconstpointer) job->matches->data,
      job->matches->len, search->data);
  search_job_free (job);
}

WeirBanksSearch *
weir_banks_search_new (WeirLoop *loop)
{
  WeirBanksSearch *search = g_new0 (WeirBanksSearch, 1);

  search->mailbox =
      weir_mailbox_new (loop, 1, on_searched, search_job_free, search);
  return search;
}

void
weir_banks_search_free (WeirBanksSearch *search)
{
  if (search == NULL)
    return;
  if (search->thread != NULL)
    g_thread_join (search->thread);
  weir_mailbox_free (search->mailbox);
  g_free (search);
}

gboolean
weir_banks_search_begin (WeirBanksSearch *search, int fd, const guint8 *hashes,
    guint count, guint radius, WeirBankSearchFunc func, gpointer data)
{
  WeirIndex *index;
  SearchJob *job;

  if (search->thread != NULL || (index = weir_index_open_fd (fd, NULL)) == NULL)
    return FALSE;
  search->func = func;
  search->data = data;
  job = g_new0 (SearchJob, 1);
  *job = (SearchJob){ .mailbox = search->mailbox,
    .index = index,
    .hashes = g_memdup2 (hashes, (gsize) count * HASH_BYTES),
    .count = count,
    .radius = radius,
    .matches = g_array_new (FALSE, FALSE, sizeof (WeirBankMatch)) };
  search->thread = g_thread_new ("weir-look", run_search, job);
  return TRUE;
}
