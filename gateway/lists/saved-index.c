/* The saved index: see saved-index.h. */
#include "lists/saved-index.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct _WeirSavedIndex {
  GThread *thread;
  char *path;
  WeirIndex *index;
  gint stop; /* atomic */
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

static gpointer
run (gpointer data)
{
  WeirSavedIndex *saved = data;
  g_autoptr (GError) error = NULL;

  if (weir_index_save (saved->index, saved->path, &saved->stop, &error))
    weir_info ("lists", NULL, "the index is saved for the next start: %s",
        saved->path);
  else if (!g_atomic_int_get (&saved->stop))
    weir_warn ("lists", NULL,
        "the index can't be saved, the next start builds it again: %s",
        error->message);
  return NULL;
}

WeirSavedIndex *
weir_saved_index_write (const char *path, int fd)
{
  g_autoptr (WeirIndex) index = weir_index_open_fd (fd, NULL);
  WeirSavedIndex *saved;

  if (index == NULL || weir_index_count (index) < WEIR_SAVED_INDEX_MIN_ENTRIES)
    return NULL;
  saved = g_new0 (WeirSavedIndex, 1);
  saved->path = g_strdup (path);
  saved->index = g_steal_pointer (&index);
  saved->thread = g_thread_new ("weir-save", run, saved);
  return saved;
}

void
weir_saved_index_free (WeirSavedIndex *saved)
{
  if (saved == NULL)
    return;
  g_atomic_int_set (&saved->stop, 1);
  g_thread_join (saved->thread);
  weir_index_unref (saved->index);
  g_free (saved->path);
  g_free (saved);
}
