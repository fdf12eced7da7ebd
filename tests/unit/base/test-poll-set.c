/* Sockets looked at on a tick: what a look shows, and that one shows all. */
#include "base/poll-set.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than one answer of the kernel holds. */
#define MANY 600

typedef struct {
  int fds[2];
  guint input;
  guint gone;
} Pair;

static void
open_pair (Pair *pair)
{
  *pair = (Pair){ 0 };
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair->fds), ==, 0);
}

static void
close_pair (Pair *pair)
{
  close (pair->fds[0]);
  if (pair->fds[1] >= 0)
    close (pair->fds[1]);
}

static void
on_event (WeirPollEvents events, gpointer item)
{
  Pair *pair = item;

  pair->input += (events & WEIR_POLL_INPUT) != 0;
  pair->gone += (events & WEIR_POLL_GONE) != 0;
}

static void
test_input_and_end (void)
{
  WeirPollSet *set = weir_poll_set_new ();
  Pair pair;

  open_pair (&pair);
  g_assert_true (weir_poll_set_add (set, pair.fds[0], WEIR_POLL_INPUT, &pair));
  weir_poll_set_dispatch (set, on_event);
  g_assert_cmpuint (pair.input, ==, 0);
  g_assert_cmpint (write (pair.fds[1], "x", 1), ==, 1);
  weir_poll_set_dispatch (set, on_event);
  weir_poll_set_dispatch (set, on_event);
  g_assert_cmpuint (pair.input, ==, 2); /* as long as nobody reads */

  weir_poll_set_remove (set, pair.fds[0]);
  g_assert_true (weir_poll_set_add (set, pair.fds[0], WEIR_POLL_GONE, &pair));
  weir_poll_set_dispatch (set, on_event);
  g_assert_cmpuint (pair.input, ==, 2);
  g_assert_cmpuint (pair.gone, ==, 0);
  close (pair.fds[1]);
  pair.fds[1] = -1;
  weir_poll_set_dispatch (set, on_event);
  g_assert_cmpuint (pair.gone, ==, 1);
  g_assert_cmpuint (pair.input, ==, 2);

  weir_poll_set_remove (set, pair.fds[0]);
  g_assert_cmpuint (weir_poll_set_count (set), ==, 0);
  close_pair (&pair);
  weir_poll_set_free (set);
}

static void
test_one_look_shows_all (void)
{
  WeirPollSet *set = weir_poll_set_new ();
  g_autofree Pair *pairs = g_new0 (Pair, MANY);
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = MIN (limit.rlim_max, MAX (limit.rlim_cur, 2 * MANY + 64));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  for (guint i = 0; i < MANY; i++) {
    open_pair (&pairs[i]);
    g_assert_cmpint (write (pairs[i].fds[1], "x", 1), ==, 1);
    g_assert_true (
        weir_poll_set_add (set, pairs[i].fds[0], WEIR_POLL_INPUT, &pairs[i]));
  }
  weir_poll_set_dispatch (set, on_event);
  for (guint i = 0; i < MANY; i++) {
    g_assert_cmpuint (pairs[i].input, >=, 1);
    weir_poll_set_remove (set, pairs[i].fds[0]);
    close_pair (&pairs[i]);
  }
  weir_poll_set_free (set);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/poll-set/input-and-end", test_input_and_end);
  g_test_add_func ("/poll-set/one-look-shows-all", test_one_look_shows_all);
  return g_test_run ();
}
