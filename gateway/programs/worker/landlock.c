/* Landlock's three system calls, for which the C library has no names. */
#include "programs/worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_ALL (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* The version of Landlock that the kernel speaks; -1: errno says why none. */
static int
kernel_version (void)
{
  return (int) syscall (
      SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

const char *
weir_landlock_missing (void)
{
  if (kernel_version () >= 1)
    return NULL;
  switch (errno) {
  case ENOSYS:
    return "the kernel was built without Landlock";
  case EOPNOTSUPP:
    return "Landlock was switched off when the kernel started";
  default:
    return "something around this process keeps it from using Landlock";
  }
}

/* All rights to files that VERSION knows; a bit each. Each version has those of
 * the ones before. */
static guint64
rights_of (int version)
{
  static const int counts[] = { 0, 13, 14, 15, 15, 16 };
  int last = (int) G_N_ELEMENTS (counts) - 1;

  return (G_GUINT64_CONSTANT (1) << counts[MIN (version, last)]) - 1;
}

static gboolean
fail (const char *what, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "Landlock: %s: %s", what,
      g_strerror (errno));
  return FALSE;
}

static gboolean
allow (int ruleset, const char *path, GError **error)
{
  struct landlock_path_beneath_attr rule = { .parent_fd = open (
                                                 path, O_PATH | O_CLOEXEC) };
  struct stat st;
  gboolean done;

  if (rule.parent_fd < 0)
    return errno == ENOENT || errno == EACCES || fail (path, error);
  done = fstat (rule.parent_fd, &st) == 0;
  rule.allowed_access = done && S_ISDIR (st.st_mode) ? READ_ALL : READ_FILE;
  done = done
         && syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                &rule, 0)
                == 0;
  if (!done)
    fail (path, error);
  close (rule.parent_fd);
  return done;
}

gboolean
weir_landlock_read_only (const char *const *readable, GError **error)
{
  struct landlock_ruleset_attr attr = { 0 };
  gboolean done = TRUE;
  int ruleset;

  if (weir_landlock_missing () != NULL)
    return TRUE;
  attr.handled_access_fs = rights_of (kernel_version ());
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
  if (ruleset < 0)
    return fail ("no set of rules", error);
  for (guint i = 0; readable[i] != NULL && done; i++)
    done = allow (ruleset, readable[i], error);
  if (done && syscall (SYS_landlock_restrict_self, ruleset, 0) != 0)
    done = fail ("it is refused", error);
  close (ruleset);
  return done;
}
