/* Shut in but for reading in one folder: files there are read, others are not,
 * nothing is written, nobody is called. Each is tried by a child. */
#include "programs/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/worker/landlock.h"
#include "programs/worker/side.h"

#define WENT_THROUGH 200

static char *folder;
static char *path;   /* in it */
static char *alias;  /* in it, to SECRET */
static char *around; /* SECRET, by way of the folder */
static char *secret; /* beside it */
static gboolean with_filter = TRUE;

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
    const char *readable[] = { folder, "/not/there", NULL };
    g_autoptr (GError) error = NULL;

    weir_worker_side_confine (64);
    if (!weir_landlock_read_only (readable, &error)
        || (with_filter && !weir_sandbox_close_but_reading (&error))) {
      g_printerr ("%s\n", error->message);
      _exit (1);
    }
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
list_folder (void)
{
  return outcome (open (folder, O_RDONLY | O_DIRECTORY));
}

/* ---- what others have ---- */

static int
try_passwd (void)
{
  return outcome (open ("/etc/passwd", O_RDONLY));
}

static int
try_init (void)
{
  return outcome (open ("/proc/1/environ", O_RDONLY));
}

static int
try_self (void)
{
  return outcome (open ("/proc/self/environ", O_RDONLY));
}

static int
try_secret (void)
{
  return outcome (open (secret, O_RDONLY));
}

static int
try_link (void)
{
  return outcome (open (alias, O_RDONLY));
}

static int
try_around (void)
{
  return outcome (open (around, O_RDONLY));
}

static int
try_list_root (void)
{
  return outcome (open ("/", O_RDONLY | O_DIRECTORY));
}

/* ---- what changes something ---- */

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

/* A kernel without it is tested by test_without (). */
static gboolean
has_landlock (void)
{
  const char *missing = weir_landlock_missing ();

  if (missing != NULL)
    g_test_skip (missing);
  return missing == NULL;
}

static void
test_reads_nothing_else (void)
{
  if (!has_landlock ())
    return;
  assert_ends (list_folder, WENT_THROUGH);
  assert_ends (try_passwd, EACCES);
  assert_ends (try_init, EACCES);
  assert_ends (try_self, EACCES);
  assert_ends (try_secret, EACCES);
  assert_ends (try_link, EACCES);
  assert_ends (try_around, EACCES);
  assert_ends (try_list_root, EACCES);
}

static int
try_execute (void)
{
  char *argv[] = { (char *) "/bin/true", NULL };

  return outcome (execv (argv[0], argv));
}

/* Landlock alone, which is all that weir-srt has. */
static void
test_without_filter (void)
{
  if (!has_landlock ())
    return;
  with_filter = FALSE;
  assert_ends (read_file, WENT_THROUGH);
  assert_ends (try_secret, EACCES);
  assert_ends (try_write, EACCES);
  assert_ends (try_read_and_write, EACCES);
  assert_ends (try_create, EACCES);
  assert_ends (try_unlink, EACCES);
  assert_ends (try_rename, EACCES);
  assert_ends (try_execute, EACCES);
  with_filter = TRUE;
}

/* A kernel that answers CODE when it is asked for Landlock. */
static void
assert_goes_on_without (int code, const char *words)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    const char *readable[] = { folder, NULL };
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);

    if (seccomp_rule_add (filter, SCMP_ACT_ERRNO ((guint32) code),
            SYS_landlock_create_ruleset, 0)
            != 0
        || seccomp_load (filter) != 0)
      _exit (1);
    if (g_strcmp0 (weir_landlock_missing (), words) != 0)
      _exit (2);
    weir_worker_side_confine (64);
    if (!weir_landlock_read_only (readable, NULL))
      _exit (3);
    _exit (try_secret () == WENT_THROUGH ? 0 : 4);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
test_without (void)
{
  assert_goes_on_without (ENOSYS, "the kernel was built without Landlock");
  assert_goes_on_without (
      EOPNOTSUPP, "Landlock was switched off when the kernel started");
  assert_goes_on_without (
      EPERM, "something around this process keeps it from using Landlock");
}

/* Nobody would notice that it is not shut in. */
static void
test_refused (void)
{
  const char *readable[] = { folder, NULL };
  pid_t pid;
  int status;

  if (!has_landlock ())
    return;
  pid = fork ();
  if (pid == 0) {
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    g_autoptr (GError) error = NULL;

    if (seccomp_rule_add (
            filter, SCMP_ACT_ERRNO (E2BIG), SYS_landlock_restrict_self, 0)
            != 0
        || seccomp_load (filter) != 0)
      _exit (1);
    _exit (weir_landlock_read_only (readable, &error) ? 2 : 0);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
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

static char *
write_file (const char *in, const char *name)
{
  char *file = g_build_filename (in, name, NULL);

  g_assert_true (g_file_set_contents (file, "text", 4, NULL));
  return file;
}

int
main (int argc, char **argv)
{
  g_autofree char *root = g_dir_make_tmp ("weir-reading-XXXXXX", NULL);
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_build_filename (root, "open", NULL);
  g_assert_cmpint (mkdir (folder, 0700), ==, 0);
  path = write_file (folder, "file");
  secret = write_file (root, "secret");
  alias = g_build_filename (folder, "link", NULL);
  around = g_build_filename (folder, "..", "secret", NULL);
  g_assert_cmpint (symlink (secret, alias), ==, 0);
  g_test_add_func ("/sandbox-reading/reads", test_reads);
  g_test_add_func (
      "/sandbox-reading/reads-nothing-else", test_reads_nothing_else);
  g_test_add_func ("/sandbox-reading/does-not-write", test_does_not_write);
  g_test_add_func ("/sandbox-reading/calls-nobody", test_calls_nobody);
  g_test_add_func ("/sandbox-reading/without-filter", test_without_filter);
  g_test_add_func ("/sandbox-reading/without-landlock", test_without);
  g_test_add_func ("/sandbox-reading/refused", test_refused);
  result = g_test_run ();
  unlink (path);
  unlink (alias);
  unlink (secret);
  rmdir (folder);
  rmdir (root);
  g_free (path);
  g_free (alias);
  g_free (around);
  g_free (secret);
  g_free (folder);
  return result;
}
