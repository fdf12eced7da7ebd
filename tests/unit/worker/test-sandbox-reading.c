/* Shut in but for reading: files are read, nothing is written, nobody is
 * called. Each is tried by a child. */
#include "programs/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/worker/side.h"

#define WENT_THROUGH 200

static char *path;

static int
outcome (int result)
{
  return result == -1 ? errno : WENT_THROUGH;
}

static int
run (int (*attempt) (void))
{
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    weir_worker_side_confine (64);
    if (!weir_sandbox_close_but_reading (NULL))
      _exit (1);
    _exit (attempt ());
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static int
read_file (void)
{
  struct stat st;
  char text[8];
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0 || read (fd, text, sizeof text) != 4 || fstat (fd, &st) != 0)
    return errno;
  return outcome (stat (path, &st));
}

static int
try_write (void)
{
  return outcome (open (path, O_WRONLY));
}

static int
try_read_and_write (void)
{
  return outcome (open (path, O_RDWR));
}

static int
try_truncate (void)
{
  return outcome (open (path, O_RDONLY | O_TRUNC));
}

static int
try_create (void)
{
  return outcome (open ("weir-created", O_RDONLY | O_CREAT, 0600));
}

static int
try_unlink (void)
{
  return outcome (unlink (path));
}

static int
try_rename (void)
{
  return outcome (rename (path, "weir-renamed"));
}

static int
try_socket (void)
{
  return outcome (socket (AF_INET, SOCK_STREAM, 0));
}

static void
assert_ends (int (*attempt) (void), int with)
{
  int status = run (attempt);

  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, with);
}

static void
test_reads (void)
{
  assert_ends (read_file, WENT_THROUGH);
}

static void
test_does_not_write (void)
{
  assert_ends (try_write, EPERM);
  assert_ends (try_read_and_write, EPERM);
  assert_ends (try_truncate, EPERM);
  assert_ends (try_create, EPERM);
  assert_ends (try_unlink, EACCES);
  assert_ends (try_rename, EACCES);
}

static void
test_calls_nobody (void)
{
  int status = run (try_socket);

  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
}

int
main (int argc, char **argv)
{
  int fd = g_file_open_tmp ("weir-reading-XXXXXX", &path, NULL);

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (write (fd, "text", 4), ==, 4);
  close (fd);
  g_test_add_func ("/sandbox-reading/reads", test_reads);
  g_test_add_func ("/sandbox-reading/does-not-write", test_does_not_write);
  g_test_add_func ("/sandbox-reading/calls-nobody", test_calls_nobody);
  fd = g_test_run ();
  unlink (path);
  g_free (path);
  return fd;
}
