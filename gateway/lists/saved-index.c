/* The saved index: see saved-index.h. */
#include "lists/saved-index.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct _WeirSavedIndex {
  char *path;
  GThread *thread; /* the loop's; NULL before the first */
  GMutex lock;
  WeirIndex *next;  /* {lock} */
  gboolean running; /* {lock} the thread will look at NEXT once more */
  gint stop;        /* atomic; set and unset with LOCK held */
};

int
weir_saved_index_open (const char *path, const WeirIndexSource *source,
    WeirIndexWriter **ret_writer)
{
  g_autoptr (GError) error = NULL;
  int file, fd;

  if (source->count < WEIR_SAVED_INDEX_MIN_ENTRIES) {
    unlink (path); /* of what once was */
    return -1;
  }
  /* Not held up by what is no file. */
  file = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) {
    if (errno != ENOENT)
      weir_warn ("lists", NULL, "the saved index %s can't be opened: %s", path,
          g_strerror (errno));
    return -1;
  }
  fd = weir_index_load_memfd (file, source, ret_writer, &error);
  close (file);
  if (fd < 0)
    weir_info ("lists", NULL, "%s is not used, but made anew: %s", path,
        error->message);
  else
    weir_info ("lists", NULL, "the index of %u entries is taken from %s",
        source->count, path);
  return fd;
}

static WeirIndex *
take_next (WeirSavedIndex *saved)
{
  WeirIndex *index;

  g_mutex_lock (&saved->lock);
  index = g_steal_pointer (&saved->next);
  saved->running = index != NULL;
  g_atomic_int_set (&saved->stop, 0);
  g_mutex_unlock (&saved->lock);
  return index;
}

static gpointer
run (gpointer data)
{
  WeirSavedIndex *saved = data;
  WeirIndex *index;

  while ((index = take_next (saved)) != NULL) {
    g_autoptr (GError) error = NULL;

    if (weir_index_save (index, saved->path, &saved->stop, &error))
      weir_info ("lists", NULL, "the index is saved for the next start: %s",
          saved->path);
    else if (!g_atomic_int_get (&saved->stop))
      weir_warn ("lists", NULL,
          "the index can't be saved, the next start builds it again: %s",
          error->message);
    weir_index_unref (index);
  }
  return NULL;
}

WeirSavedIndex *
weir_saved_index_new (const char *path)
{
  WeirSavedIndex *saved = g_new0 (WeirSavedIndex, 1);

  saved->path = g_strdup (path);
  g_mutex_init (&saved->lock);
  return saved;
}

const char *
weir_saved_index_get_path (const WeirSavedIndex *saved)
{
  return saved->path;
}

void
weir_saved_index_write (WeirSavedIndex *saved, int fd)
{
  WeirIndex *index = fd >= 0 ? weir_index_open_fd (fd, NULL) : NULL;
  gboolean start;

  g_mutex_lock (&saved->lock);
  weir_index_unref (saved->next);
  saved->next = index;
  g_atomic_int_set (&saved->stop, 1);
  start = index != NULL && !saved->running;
  saved->running |= start;
  g_mutex_unlock (&saved->lock);
  if (!start)
    return;
  if (saved->thread != NULL)
    g_thread_join (saved->thread); /* which has nothing left to do */
  saved->thread = g_thread_new ("weir-save", run, saved);
}

void
weir_saved_index_free (WeirSavedIndex *saved)
{
  if (saved == NULL)
    return;
  weir_saved_index_write (saved, -1);
  if (saved->thread != NULL)
    g_thread_join (saved->thread);
  g_mutex_clear (&saved->lock);
  g_free (saved->path);
  g_free (saved);
}
