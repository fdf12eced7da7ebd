/* An epoll instance that is asked, never waited on. */
#include "base/poll-set.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_A_CALL 256

struct _WeirPollSet {
  int epoll;
  guint count;
};

WeirPollSet *
weir_poll_set_new (void)
{
  WeirPollSet *set = g_new0 (WeirPollSet, 1);

  set->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (set->epoll < 0)
    g_error ("can't make an epoll set: %s", g_strerror (errno));
  return set;
}

void
weir_poll_set_free (WeirPollSet *set)
{
  if (set == NULL)
    return;
  g_assert (set->count == 0);
  close (set->epoll);
  g_free (set);
}

gboolean
weir_poll_set_add (
    WeirPollSet *set, int fd, WeirPollEvents events, gpointer item)
{
  struct epoll_event event = { .data.ptr = item };

  if (events & WEIR_POLL_INPUT)
    event.events |= EPOLLIN;
  if (events & WEIR_POLL_GONE)
    event.events |= EPOLLRDHUP;
  if (epoll_ctl (set->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    return FALSE;
  set->count++;
  return TRUE;
}

void
weir_poll_set_remove (WeirPollSet *set, int fd)
{
  if (epoll_ctl (set->epoll, EPOLL_CTL_DEL, fd, NULL) == 0)
    set->count--;
}

guint
weir_poll_set_count (const WeirPollSet *set)
{
  return set->count;
}

static WeirPollEvents
read_events (guint32 events)
{
  return (events & EPOLLIN ? WEIR_POLL_INPUT : 0)
         | (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? WEIR_POLL_GONE : 0);
}

void
weir_poll_set_dispatch (WeirPollSet *set, WeirPollFunc func)
{
  struct epoll_event events[EVENTS_A_CALL];
  guint left = set->count;
  int n;

  /* A full answer means that there may be more. The kernel goes round, so
   * that so many calls have shown every socket once. */
  do {
    n = epoll_wait (set->epoll, events, EVENTS_A_CALL, 0);
    for (int i = 0; i < n; i++)
      func (read_events (events[i].events), events[i].data.ptr);
    left -= MIN (left, EVENTS_A_CALL);
  } while (n == EVENTS_A_CALL && left > 0);
}
