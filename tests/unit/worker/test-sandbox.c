/* Each forbidden call fails or kills, each needed one works: tried by a child
 * that has shut itself in, as the analyzer does or, "but-reading", as the muxer
 * does. */
#include "programs/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/worker/side.h"

#define FILES 64
/* How a child says that it got no error where it should have. */
#define WENT_THROUGH 200

/* Made before the filter, for what needs one. */
typedef struct {
  int udp;
  int listening; /* a UNIX socket that is bound */
  int pair[2];
  int passed; /* a file with the text "index" */
} Before;

typedef int (*Attempt) (const Before *before);
typedef gboolean (*Filter) (GError **error);

static Filter filter = weir_sandbox_close;

static int
outcome (long result)
{
  return result == -1 ? errno : WENT_THROUGH;
}

static void
prepare (Before *b)
{
  struct sockaddr_un any = { .sun_family = AF_UNIX };

  b->udp = socket (AF_INET, SOCK_DGRAM, 0);
  b->listening = socket (AF_UNIX, SOCK_STREAM, 0);
  g_assert_cmpint (
      bind (b->listening, (struct sockaddr *) &any, sizeof (sa_family_t)), ==,
      0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, b->pair), ==, 0);
  b->passed = memfd_create ("passed", 0);
  g_assert_cmpint (write (b->passed, "index", 5), ==, 5);
}

static void
shut_in (guint64 data_bytes, guint64 cpu_seconds)
{
  const WeirSandboxLimits limits = { data_bytes, cpu_seconds };
  g_autoptr (GError) error = NULL;

  weir_worker_side_confine (FILES);
  if (!weir_sandbox_limit (&limits, &error) || !filter (&error)) {
    g_printerr ("%s\n", error->message);
    _exit (WENT_THROUGH + 1);
  }
}

/* The wait status of a child that did ATTEMPT and exits with what it says. */
static int
run (Attempt attempt, guint64 data_bytes, guint64 cpu_seconds)
{
  Before before;
  int status;
  pid_t pid;

  prepare (&before);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    shut_in (data_bytes, cpu_seconds);
    _exit (attempt (&before));
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  close (before.udp);
  close (before.listening);
  close (before.pair[0]);
  close (before.pair[1]);
  close (before.passed);
  return status;
}

/* ---- what kills ---- */

static int
try_socket (const Before *b)
{
  return outcome (socket (AF_INET, SOCK_STREAM, 0));
}

static int
try_unix_socket (const Before *b)
{
  return outcome (socket (AF_UNIX, SOCK_STREAM, 0));
}

static int
try_connect (const Before *b)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
    .sin_port = htons (9),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  return outcome (connect (b->udp, (struct sockaddr *) &to, sizeof to));
}

static int
try_bind (const Before *b)
{
  struct sockaddr_in any = { .sin_family = AF_INET };

  return outcome (bind (b->udp, (struct sockaddr *) &any, sizeof any));
}

static int
try_listen (const Before *b)
{
  return outcome (listen (b->listening, 1));
}

static int
try_accept (const Before *b)
{
  return outcome (accept (b->listening, NULL, NULL));
}

static int
try_sendto (const Before *b)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
    .sin_port = htons (9),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  return outcome (
      sendto (b->udp, "x", 1, 0, (struct sockaddr *) &to, sizeof to));
}

static int
try_sendmsg (const Before *b)
{
  struct iovec iov = { (char *) "x", 1 };
  struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

  return outcome (sendmsg (b->pair[0], &m, 0));
}

static int
try_execve (const Before *b)
{
  char *argv[] = { (char *) "/bin/true", NULL };

  return outcome (execve (argv[0], argv, NULL));
}

static int
try_execveat (const Before *b)
{
  char *argv[] = { (char *) "x", NULL };

  return outcome (
      syscall (SYS_execveat, b->passed, "", argv, NULL, AT_EMPTY_PATH));
}

static int
try_ptrace_me (const Before *b)
{
  return outcome (ptrace (PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_ptrace_parent (const Before *b)
{
  return outcome (ptrace (PTRACE_SEIZE, getppid (), NULL, NULL));
}

static int
try_read_parent (const Before *b)
{
  char byte;
  struct iovec here = { &byte, 1 }, there = { &byte, 1 };

  return outcome (process_vm_readv (getppid (), &here, 1, &there, 1, 0));
}

static int
try_kill_parent (const Before *b)
{
  return outcome (kill (getppid (), 0));
}

static int
try_io_uring (const Before *b)
{
  struct io_uring_params params = { 0 };

  return outcome (syscall (SYS_io_uring_setup, 1, &params));
}

static int
try_unshare (const Before *b)
{
  return outcome (unshare (CLONE_NEWUSER));
}

static int
try_setuid (const Before *b)
{
  return outcome (syscall (SYS_setuid, getuid ()));
}

static int
try_bpf (const Before *b)
{
  return outcome (syscall (SYS_bpf, 0, NULL, 0));
}

#ifdef __x86_64__
static int
try_x32 (const Before *b)
{
  return outcome (syscall (0x40000000 | SYS_getpid));
}

/* getpid () of the 32-bit ABI */
static int
try_int80 (const Before *b)
{
  int result;

  signal (SIGSEGV, SIG_DFL); /* a sanitizer's would end it as if by itself */
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
  return WENT_THROUGH;
}
#endif

/* ---- what fails ---- */

static int
try_open (const Before *b)
{
  return outcome (open ("/etc/passwd", O_RDONLY));
}

static int
try_create (const Before *b)
{
  return outcome (open ("/tmp/weir-sandbox-test", O_WRONLY | O_CREAT, 0600));
}

static int
try_old_open (const Before *b)
{
#ifdef SYS_open
  return outcome (syscall (SYS_open, "/etc/passwd", O_RDONLY));
#else
  return EACCES;
#endif
}

static int
try_memfd (const Before *b)
{
  return outcome (memfd_create ("x", 0));
}

static int
try_mkdir (const Before *b)
{
  return outcome (mkdir ("/tmp/weir-sandbox-test", 0700));
}

static int
try_unlink (const Before *b)
{
  return outcome (unlink ("/tmp/weir-sandbox-test"));
}

static int
try_rename (const Before *b)
{
  return outcome (rename ("/tmp/weir-sandbox-a", "/tmp/weir-sandbox-b"));
}

static int
try_symlink (const Before *b)
{
  return outcome (symlink ("/etc/passwd", "/tmp/weir-sandbox-test"));
}

static int
try_chmod (const Before *b)
{
  return outcome (chmod ("/tmp/weir-sandbox-test", 0777));
}

static int
try_stat (const Before *b)
{
  struct stat st;

  return outcome (stat ("/etc/passwd", &st));
}

static int
try_readlink (const Before *b)
{
  char text[64];

  return outcome (readlink ("/proc/self/exe", text, sizeof text));
}

static int
try_truncate (const Before *b)
{
  return outcome (ftruncate (b->passed, 0));
}

static int
try_map_code (const Before *b)
{
  void *map = mmap (
      NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return map == MAP_FAILED ? errno : WENT_THROUGH;
}

static int
try_map_code_of_file (const Before *b)
{
  void *map =
      mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, b->passed, 0);

  return map == MAP_FAILED ? errno : WENT_THROUGH;
}

static int
try_make_code (const Before *b)
{
  void *map = mmap (
      NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return outcome (mprotect (map, 4096, PROT_READ | PROT_EXEC));
}

static int
try_process (const Before *b)
{
  return outcome (syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int
try_clone3 (const Before *b)
{
  return outcome (syscall (SYS_clone3, NULL, 0));
}

static int
try_raise_limit (const Before *b)
{
  const struct rlimit more = { FILES + 1, FILES + 1 };

  return outcome (prlimit (0, RLIMIT_NOFILE, &more, NULL));
}

static int
try_outlive_parent (const Before *b)
{
  return outcome (prctl (PR_SET_PDEATHSIG, 0));
}

static int
try_signal_others (const Before *b)
{
  return outcome (syscall (SYS_tgkill, getppid (), getppid (), 0));
}

static int
try_signals_by_fd (const Before *b)
{
  return outcome (fcntl (b->pair[0], F_SETOWN, getppid ()));
}

static int
try_ioctl (const Before *b)
{
  return outcome (syscall (SYS_ioctl, b->pair[0], 0, NULL));
}

typedef struct {
  const char *name;
  Attempt attempt;
  int error;           /* 0: kills */
  gboolean is_reading; /* files; the muxer may */
} Forbidden;

static const Forbidden forbidden[] = {
  { "socket", try_socket, 0 },
  { "unix-socket", try_unix_socket, 0 },
  { "connect", try_connect, 0 },
  { "bind", try_bind, 0 },
  { "listen", try_listen, 0 },
  { "accept", try_accept, 0 },
  { "sendto", try_sendto, 0 },
  { "sendmsg", try_sendmsg, 0 },
  { "execve", try_execve, 0 },
  { "execveat", try_execveat, 0 },
  { "ptrace-me", try_ptrace_me, 0 },
  { "ptrace-parent", try_ptrace_parent, 0 },
  { "read-parent", try_read_parent, 0 },
  { "kill-parent", try_kill_parent, 0 },
  { "io-uring", try_io_uring, 0 },
  { "unshare", try_unshare, 0 },
  { "setuid", try_setuid, 0 },
  { "bpf", try_bpf, 0 },
#ifdef __x86_64__
  { "x32", try_x32, 0 },
  { "int-0x80", try_int80, 0 },
#endif
  { "open", try_open, EACCES, TRUE },
  { "create", try_create, EACCES },
  { "old-open", try_old_open, EACCES, TRUE },
  { "memfd", try_memfd, EACCES },
  { "mkdir", try_mkdir, EACCES },
  { "unlink", try_unlink, EACCES },
  { "rename", try_rename, EACCES },
  { "symlink", try_symlink, EACCES },
  { "chmod", try_chmod, EACCES },
  { "stat", try_stat, EACCES, TRUE },
  { "readlink", try_readlink, EACCES, TRUE },
  { "truncate", try_truncate, EACCES },
  { "map-code", try_map_code, EACCES },
  { "map-code-of-file", try_map_code_of_file, EACCES },
  { "make-code", try_make_code, EACCES },
  { "process", try_process, EPERM },
  { "clone3", try_clone3, ENOSYS },
  { "raise-limit", try_raise_limit, EPERM },
  { "outlive-parent", try_outlive_parent, EPERM },
  { "signal-others", try_signal_others, EPERM },
  { "signals-by-fd", try_signals_by_fd, EPERM },
  { "ioctl", try_ioctl, EPERM },
};

static void
test_forbidden (gconstpointer data)
{
  const Forbidden *f = data;
  int status = run (f->attempt, 0, 0);

  if (f->error == 0) {
    g_assert_true (WIFSIGNALED (status));
    /* A kernel without the 32-bit ABI answers by SIGSEGV. */
    if (strcmp (f->name, "int-0x80") != 0)
      g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
    return;
  }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, f->error);
}

/* What opens for writing is not listed, which is another error. */
static void
test_forbidden_but_reading (gconstpointer data)
{
  Forbidden f = *(const Forbidden *) data;

  if (f.attempt == try_create)
    f.error = EPERM;
  filter = weir_sandbox_close_but_reading;
  test_forbidden (&f);
  filter = weir_sandbox_close;
}

/* ---- what works ---- */

static void *
add_one (void *number)
{
  char *block = malloc (1000);

  memset (block, 0, 1000);
  free (block);
  (*(int *) number)++;
  return NULL;
}

static int
use_threads (const Before *b)
{
  int n = 0;

  for (int i = 0; i < 8; i++) {
    pthread_t thread;
    int result = pthread_create (&thread, NULL, add_one, &n);

    if (result != 0)
      return result;
    pthread_setname_np (thread, "a-name");
    pthread_join (thread, NULL);
  }
  return n == 8 ? 0 : 1;
}

static int
use_memory (const Before *b)
{
  for (int i = 0; i < 20; i++) {
    gsize size = (gsize) 1 << i;
    char *block = malloc (size);

    if (block == NULL)
      return 1;
    memset (block, 1, size);
    block = realloc (block, 2 * size);
    free (block);
  }
  return 0;
}

/* A new descriptor over a socket, as new indexes come. */
static int
use_passed_file (const Before *b)
{
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE (sizeof (int))];
  } control;
  char byte;
  struct iovec iov = { &byte, 1 };
  struct msghdr m = { .msg_iov = &iov,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control };
  struct stat st;
  const char *map;
  int fd;

  if (recvmsg (b->pair[0], &m, MSG_CMSG_CLOEXEC) != 1
      || CMSG_FIRSTHDR (&m) == NULL)
    return 1;
  memcpy (&fd, CMSG_DATA (CMSG_FIRSTHDR (&m)), sizeof fd);
  if (fstat (fd, &st) != 0 || fcntl (fd, F_GET_SEALS) < 0)
    return 2;
  map = mmap (NULL, (gsize) st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    return 3;
  close (fd);
  return memcmp (map, "index", 5) == 0 ? 0 : 4;
}

static int
use_rest (const Before *b)
{
  struct rlimit limit;
  struct timespec t = { 0, 1000 };
  int fds[2];
  char byte;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max != FILES)
    return 1;
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, fds) != 0
      || write (fds[0], "x", 1) != 1 || read (fds[1], &byte, 1) != 1)
    return 2;
  if (pipe2 (fds, O_CLOEXEC) != 0 || nanosleep (&t, NULL) != 0)
    return 3;
  if (prctl (PR_SET_NAME, "a-name") != 0 || sched_yield () != 0)
    return 4;
  return prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1 ? 0 : 5;
}

static void
assert_exits_0 (int status)
{
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
test_works (void)
{
  assert_exits_0 (run (use_threads, 0, 0));
  assert_exits_0 (run (use_memory, 0, 0));
  assert_exits_0 (run (use_rest, 0, 0));
}

static void
test_passed_file (void)
{
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec iov = { (char *) "x", 1 };
  struct msghdr m = { .msg_iov = &iov,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control };
  Before before;
  int status;
  pid_t pid;

  prepare (&before);
  pid = fork ();
  if (pid == 0) {
    shut_in (0, 0);
    _exit (use_passed_file (&before));
  }
  CMSG_FIRSTHDR (&m)->cmsg_level = SOL_SOCKET;
  CMSG_FIRSTHDR (&m)->cmsg_type = SCM_RIGHTS;
  CMSG_FIRSTHDR (&m)->cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (CMSG_FIRSTHDR (&m)), &before.passed, sizeof (int));
  g_assert_cmpint (sendmsg (before.pair[1], &m, 0), ==, 1);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  assert_exits_0 (status);
}

static int
give_up (const Before *b)
{
  abort ();
}

static void
test_abort (void)
{
  int status = run (give_up, 0, 0);

  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGABRT);
}

/* ---- limits ---- */

#ifndef __SANITIZE_ADDRESS__
static int
take_much (const Before *b)
{
  char *block = malloc ((gsize) 256 << 20);

  if (block == NULL)
    return ENOMEM;
  memset (block, 1, (gsize) 256 << 20);
  return WENT_THROUGH;
}
#endif

static void
test_memory (void)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("AddressSanitizer's own memory counts as data");
#else
  int status = run (take_much, (guint64) 128 << 20, 0);

  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, ENOMEM);
  status = run (take_much, (guint64) 512 << 20, 0);
  g_assert_cmpint (WEXITSTATUS (status), ==, WENT_THROUGH);
#endif
}

static int
take_files (const Before *b)
{
  int n = 0;

  while (n <= FILES && dup (b->passed) >= 0)
    n++;
  return n < FILES ? errno : WENT_THROUGH;
}

static void
test_files (void)
{
  int status = run (take_files, 0, 0);

  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, EMFILE);
}

static int
compute (const Before *b)
{
  volatile guint64 i = 0;

  while (i < G_MAXUINT64)
    i++;
  return WENT_THROUGH;
}

static void
test_cpu (void)
{
  int status = run (compute, 0, 1);

  g_assert_true (WIFSIGNALED (status));
  g_assert_true (WTERMSIG (status) == SIGXCPU || WTERMSIG (status) == SIGKILL);
}

/* The pipe's other end closes with the last process that holds it. */
static void
test_parent_dies (void)
{
  int fds[2];
  char byte;
  pid_t pid;

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  pid = fork ();
  if (pid == 0) {
    int ready[2];

    if (pipe2 (ready, O_CLOEXEC) != 0)
      _exit (1);
    if (fork () == 0) {
      shut_in (0, 0);
      g_assert_cmpint (write (ready[1], "x", 1), ==, 1);
      for (;;)
        poll (NULL, 0, -1);
    }
    g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
    _exit (0);
  }
  close (fds[1]);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 0);
  close (fds[0]);
}

typedef struct {
  int wake[2];
  int result;
} Earlier;

static void *
open_when_told (void *data)
{
  Earlier *e = data;
  char byte;

  if (read (e->wake[0], &byte, 1) == 1)
    e->result = outcome (open ("/etc/passwd", O_RDONLY));
  return NULL;
}

/* Threads that were there before the filter are behind it too. */
static void
test_earlier_threads (void)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    Earlier e = { 0 };
    pthread_t thread;

    if (pipe2 (e.wake, O_CLOEXEC) != 0
        || pthread_create (&thread, NULL, open_when_told, &e) != 0)
      _exit (1);
    shut_in (0, 0);
    g_assert_cmpint (write (e.wake[1], "x", 1), ==, 1);
    pthread_join (thread, NULL);
    _exit (e.result);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, EACCES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++) {
    g_autofree char *path =
        g_strconcat ("/sandbox/forbidden/", forbidden[i].name, NULL);

    g_autofree char *reading =
        g_strconcat ("/sandbox/but-reading/", forbidden[i].name, NULL);

    g_test_add_data_func (path, &forbidden[i], test_forbidden);
    if (!forbidden[i].is_reading)
      g_test_add_data_func (reading, &forbidden[i], test_forbidden_but_reading);
  }
  g_test_add_func ("/sandbox/works", test_works);
  g_test_add_func ("/sandbox/passed-file", test_passed_file);
  g_test_add_func ("/sandbox/abort", test_abort);
  g_test_add_func ("/sandbox/memory", test_memory);
  g_test_add_func ("/sandbox/files", test_files);
  g_test_add_func ("/sandbox/cpu", test_cpu);
  g_test_add_func ("/sandbox/parent-dies", test_parent_dies);
  g_test_add_func ("/sandbox/earlier-threads", test_earlier_threads);
  return g_test_run ();
}
