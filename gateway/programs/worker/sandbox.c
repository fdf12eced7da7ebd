/* Resource limits and the list of system calls. */
#include "programs/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Computing, memory, threads, and descriptors that are open already. */
static const int allowed[] = {
  SCMP_SYS (brk),
  SCMP_SYS (clock_getres),
  SCMP_SYS (clock_gettime),
  SCMP_SYS (clock_nanosleep),
  SCMP_SYS (close),
  SCMP_SYS (close_range),
  SCMP_SYS (dup),
  SCMP_SYS (epoll_create1),
  SCMP_SYS (epoll_ctl),
  SCMP_SYS (epoll_pwait),
  SCMP_SYS (epoll_wait),
  SCMP_SYS (eventfd2),
  SCMP_SYS (exit),
  SCMP_SYS (exit_group),
  SCMP_SYS (fstat),
  SCMP_SYS (futex),
  SCMP_SYS (getcpu),
  SCMP_SYS (getegid),
  SCMP_SYS (geteuid),
  SCMP_SYS (getgid),
  SCMP_SYS (getpid),
  SCMP_SYS (getppid),
  SCMP_SYS (getrandom),
  SCMP_SYS (getrlimit),
  SCMP_SYS (getrusage),
  SCMP_SYS (gettid),
  SCMP_SYS (gettimeofday),
  SCMP_SYS (getuid),
  SCMP_SYS (lseek),
  SCMP_SYS (madvise),
  SCMP_SYS (mremap),
  SCMP_SYS (munmap),
  SCMP_SYS (nanosleep),
  SCMP_SYS (pipe2),
  SCMP_SYS (poll),
  SCMP_SYS (ppoll),
  SCMP_SYS (pread64),
  SCMP_SYS (read),
  SCMP_SYS (readv),
  SCMP_SYS (recvfrom),
  SCMP_SYS (recvmsg),
  SCMP_SYS (restart_syscall),
  SCMP_SYS (rseq),
  SCMP_SYS (rt_sigaction),
  SCMP_SYS (rt_sigprocmask),
  SCMP_SYS (rt_sigreturn),
  SCMP_SYS (sched_getaffinity),
  SCMP_SYS (sched_yield),
  SCMP_SYS (set_robust_list),
  SCMP_SYS (shutdown),
  SCMP_SYS (sigaltstack),
  SCMP_SYS (sysinfo),
  SCMP_SYS (time),
  SCMP_SYS (uname),
  SCMP_SYS (write),
  SCMP_SYS (writev),
};

/* Nobody but an intruder calls these here. */
static const int killed[] = {
  SCMP_SYS (accept),
  SCMP_SYS (accept4),
  SCMP_SYS (add_key),
  SCMP_SYS (bind),
  SCMP_SYS (bpf),
  SCMP_SYS (capset),
  SCMP_SYS (chroot),
  SCMP_SYS (connect),
  SCMP_SYS (execve),
  SCMP_SYS (execveat),
  SCMP_SYS (finit_module),
  SCMP_SYS (init_module),
  SCMP_SYS (io_uring_enter),
  SCMP_SYS (io_uring_register),
  SCMP_SYS (io_uring_setup),
  SCMP_SYS (kexec_load),
  SCMP_SYS (keyctl),
  SCMP_SYS (kill),
  SCMP_SYS (listen),
  SCMP_SYS (mount),
  SCMP_SYS (perf_event_open),
  SCMP_SYS (personality),
  SCMP_SYS (pidfd_getfd),
  SCMP_SYS (pidfd_open),
  SCMP_SYS (pidfd_send_signal),
  SCMP_SYS (pivot_root),
  SCMP_SYS (process_vm_readv),
  SCMP_SYS (process_vm_writev),
  SCMP_SYS (ptrace),
  SCMP_SYS (reboot),
  SCMP_SYS (request_key),
  SCMP_SYS (rt_sigqueueinfo),
  SCMP_SYS (sendmmsg),
  SCMP_SYS (sendmsg),
  SCMP_SYS (sendto),
  SCMP_SYS (setgid),
  SCMP_SYS (setgroups),
  SCMP_SYS (setns),
  SCMP_SYS (setregid),
  SCMP_SYS (setresgid),
  SCMP_SYS (setresuid),
  SCMP_SYS (setreuid),
  SCMP_SYS (setuid),
  SCMP_SYS (socket),
  SCMP_SYS (tkill),
  SCMP_SYS (umount2),
  SCMP_SYS (unshare),
  SCMP_SYS (userfaultfd),
};

/* Libraries try some of these on ways that go on without. */
static const int no_files[] = {
  SCMP_SYS (access),
  SCMP_SYS (chdir),
  SCMP_SYS (chmod),
  SCMP_SYS (chown),
  SCMP_SYS (creat),
  SCMP_SYS (faccessat),
  SCMP_SYS (faccessat2),
  SCMP_SYS (fchdir),
  SCMP_SYS (fchmod),
  SCMP_SYS (fchmodat),
  SCMP_SYS (fchown),
  SCMP_SYS (fchownat),
  SCMP_SYS (ftruncate),
  SCMP_SYS (inotify_add_watch),
  SCMP_SYS (link),
  SCMP_SYS (linkat),
  SCMP_SYS (lstat),
  SCMP_SYS (memfd_create),
  SCMP_SYS (mkdir),
  SCMP_SYS (mkdirat),
  SCMP_SYS (mknod),
  SCMP_SYS (mknodat),
  SCMP_SYS (open),
  SCMP_SYS (open_by_handle_at),
  SCMP_SYS (openat),
  SCMP_SYS (openat2),
  SCMP_SYS (readlink),
  SCMP_SYS (readlinkat),
  SCMP_SYS (rename),
  SCMP_SYS (renameat),
  SCMP_SYS (renameat2),
  SCMP_SYS (rmdir),
  SCMP_SYS (stat),
  SCMP_SYS (statfs),
  SCMP_SYS (statx),
  SCMP_SYS (symlink),
  SCMP_SYS (symlinkat),
  SCMP_SYS (truncate),
  SCMP_SYS (unlink),
  SCMP_SYS (unlinkat),
  SCMP_SYS (utimensat),
};

/* Of those, what reading files needs; open () and openat () for reading only.
 */
static const int reading[] = {
  SCMP_SYS (access),
  SCMP_SYS (faccessat),
  SCMP_SYS (faccessat2),
  SCMP_SYS (fadvise64),
  SCMP_SYS (fstatfs),
  SCMP_SYS (getcwd),
  SCMP_SYS (getdents64),
  SCMP_SYS (lstat),
  SCMP_SYS (newfstatat),
  SCMP_SYS (readlink),
  SCMP_SYS (readlinkat),
  SCMP_SYS (stat),
  SCMP_SYS (statfs),
  SCMP_SYS (statx),
};
static const guint64 writing_flags = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;

static const int fcntl_commands[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL,
  F_GET_SEALS, F_DUPFD_CLOEXEC };

static gboolean
set_limit (int resource, const char *what, guint64 value, GError **error)
{
  const struct rlimit limit = { value, value };

  if (setrlimit ((__rlimit_resource_t) resource, &limit) == 0)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
      "can't limit %s to %" G_GUINT64_FORMAT ": %s", what, value,
      g_strerror (errno));
  return FALSE;
}

gboolean
weir_sandbox_limit (const WeirSandboxLimits *limits, GError **error)
{
  if (limits->cpu_seconds > 0
      && !set_limit (RLIMIT_CPU, "CPU time", limits->cpu_seconds, error))
    return FALSE;
  return limits->data_bytes == 0 || SANITIZED
         || set_limit (RLIMIT_DATA, "memory", limits->data_bytes, error);
}

static gboolean
is_for_reading (int call)
{
  for (guint i = 0; i < G_N_ELEMENTS (reading); i++)
    if (reading[i] == call)
      return TRUE;
  return call == SCMP_SYS (open) || call == SCMP_SYS (openat);
}

/* RESULT is 0 or the first error. */
static void
add (scmp_filter_ctx filter, int *result, guint32 action, const int *calls,
    gsize n)
{
  for (gsize i = 0; i < n && *result == 0; i++)
    *result = seccomp_rule_add (filter, action, calls[i], 0);
}

static void
add_if (scmp_filter_ctx filter, int *result, guint32 action, int call,
    struct scmp_arg_cmp condition)
{
  if (*result == 0)
    *result = seccomp_rule_add_array (filter, action, call, 1, &condition);
}

/* Of these it depends on an argument. */
static void
add_conditions (scmp_filter_ctx filter, int *result)
{
  const guint32 allow = SCMP_ACT_ALLOW;
  const guint32 refuse = SCMP_ACT_ERRNO (EACCES);
  static const int protecting[] = { SCMP_SYS (mmap), SCMP_SYS (mprotect) };

  for (guint i = 0; i < G_N_ELEMENTS (protecting); i++) {
    add_if (filter, result, allow, protecting[i],
        SCMP_A2_64 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    add_if (filter, result, refuse, protecting[i],
        SCMP_A2_64 (SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
  }
  for (guint i = 0; i < G_N_ELEMENTS (fcntl_commands); i++)
    add_if (filter, result, allow, SCMP_SYS (fcntl),
        SCMP_A1_32 (SCMP_CMP_EQ, (guint32) fcntl_commands[i]));
  /* Threads, no processes. */
  add_if (filter, result, allow, SCMP_SYS (clone),
      SCMP_A0_64 (SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  if (*result == 0)
    *result = seccomp_rule_add (
        filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0);
  /* Pairs reach nobody else: GStreamer wakes itself through them. */
  add_if (filter, result, allow, SCMP_SYS (socketpair),
      SCMP_A0_32 (SCMP_CMP_EQ, AF_UNIX));
  add_if (filter, result, allow, SCMP_SYS (prctl),
      SCMP_A0_32 (SCMP_CMP_EQ, PR_SET_NAME));
  add_if (
      filter, result, allow, SCMP_SYS (prlimit64), SCMP_A2_64 (SCMP_CMP_EQ, 0));
  /* abort () */
  add_if (filter, result, allow, SCMP_SYS (tgkill),
      SCMP_A0_32 (SCMP_CMP_EQ, (guint32) getpid ()));
}

static void
add_no_files (scmp_filter_ctx filter, int *result)
{
  const guint32 refuse = SCMP_ACT_ERRNO (EACCES);

  add (filter, result, refuse, no_files, G_N_ELEMENTS (no_files));
  /* How the C library asks for fstat (); the descriptor of a folder would be
   * needed to look anything up, and absolute names tell no more than sizes. */
  add_if (filter, result, SCMP_ACT_ALLOW, SCMP_SYS (newfstatat),
      SCMP_A3_32 (SCMP_CMP_EQ, AT_EMPTY_PATH));
  add_if (filter, result, refuse, SCMP_SYS (newfstatat),
      SCMP_A3_32 (SCMP_CMP_NE, AT_EMPTY_PATH));
}

/* What opens for writing is refused as everything is that is not listed. */
static void
add_reading (scmp_filter_ctx filter, int *result)
{
  for (guint i = 0; i < G_N_ELEMENTS (no_files); i++)
    if (!is_for_reading (no_files[i]))
      add (filter, result, SCMP_ACT_ERRNO (EACCES), &no_files[i], 1);
  add (filter, result, SCMP_ACT_ALLOW, reading, G_N_ELEMENTS (reading));
  add_if (filter, result, SCMP_ACT_ALLOW, SCMP_SYS (open),
      SCMP_A1_64 (SCMP_CMP_MASKED_EQ, writing_flags, O_RDONLY));
  add_if (filter, result, SCMP_ACT_ALLOW, SCMP_SYS (openat),
      SCMP_A2_64 (SCMP_CMP_MASKED_EQ, writing_flags, O_RDONLY));
}

static gboolean
load_filter (gboolean may_read, GError **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  int result = filter != NULL ? 0 : -ENOMEM;

  if (result == 0)
    result = seccomp_attr_set (
        filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
  add (filter, &result, SCMP_ACT_ALLOW, allowed, G_N_ELEMENTS (allowed));
  add (filter, &result, SCMP_ACT_KILL_PROCESS, killed, G_N_ELEMENTS (killed));
  if (may_read)
    add_reading (filter, &result);
  else
    add_no_files (filter, &result);
  add_conditions (filter, &result);
  if (result == 0)
    result = seccomp_load (filter);
  seccomp_release (filter);
  if (result == 0)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
      "the filter of system calls is refused: %s", g_strerror (-result));
  return FALSE;
}

gboolean
weir_sandbox_close (GError **error)
{
  return load_filter (FALSE, error);
}

gboolean
weir_sandbox_close_but_reading (GError **error)
{
  return load_filter (TRUE, error);
}
