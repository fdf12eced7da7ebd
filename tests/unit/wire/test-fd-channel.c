/* Descriptors over a channel: what arrives is the same open file, and what is
 * said when none does. */
#include "wire/fd-channel.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

static void
test_passed (void)
{
  g_autoptr (GError) error = NULL;
  int pair[2], fd = memfd_create ("test", MFD_CLOEXEC), got;
  char text[4] = "";

  g_assert_true (weir_fd_channel_new (pair, &error));
  g_assert_true (weir_fd_channel_send (pair[0], fd, &error));
  g_assert_cmpint (write (fd, "abc", 3), ==, 3);
  got = weir_fd_channel_receive (pair[1], &error);
  g_assert_no_error (error);
  g_assert_cmpint (got, !=, fd);
  g_assert_cmpint (pread (got, text, 3, 0), ==, 3);
  g_assert_cmpstr (text, ==, "abc");
  g_assert_true (fcntl (got, F_GETFD) & FD_CLOEXEC);
  close (got);
  close (fd);
  close (pair[0]);
  close (pair[1]);
}

static void
test_none (void)
{
  g_autoptr (GError) error = NULL;
  int pair[2];

  g_assert_true (weir_fd_channel_new (pair, &error));
  g_assert_cmpint (send (pair[0], "x", 1, 0), ==, 1);
  g_assert_cmpint (weir_fd_channel_receive (pair[1], &error), ==, -1);
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_clear_error (&error);
  close (pair[0]);
  g_assert_cmpint (weir_fd_channel_receive (pair[1], &error), ==, -1);
  g_assert_cmpstr (error->message, ==, "the channel for descriptors is closed");
  g_clear_error (&error);
  close (pair[1]);
  g_assert_cmpint (weir_fd_channel_receive (-1, &error), ==, -1);
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_FAILED);
}

/* The sender is never kept waiting, and learns that the other side is gone. */
static void
test_full_and_closed (void)
{
  g_autoptr (GError) error = NULL;
  guint sent = 0;
  int pair[2];

  g_assert_true (weir_fd_channel_new (pair, &error));
  while (sent < 1000000 && weir_fd_channel_send (pair[0], 0, &error))
    sent++;
  g_assert_cmpuint (sent, >, 1);
  g_assert_cmpuint (sent, <, 1000000);
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_FAILED);
  g_clear_error (&error);
  close (pair[1]);
  g_assert_false (weir_fd_channel_send (pair[0], 0, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_FAILED);
  close (pair[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fd-channel/passed", test_passed);
  g_test_add_func ("/fd-channel/none", test_none);
  g_test_add_func ("/fd-channel/full-and-closed", test_full_and_closed);
  return g_test_run ();
}
