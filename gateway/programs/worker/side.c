/* Greeting, failing and ending as a worker. */
#include "programs/worker/side.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/log.h"

void
weir_worker_side_confine (guint max_open_files)
{
  const struct rlimit no_core = { 0, 0 };
  const struct rlimit few_files = { max_open_files, max_open_files };

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  setrlimit (RLIMIT_CORE, &no_core);
  setrlimit (RLIMIT_NOFILE, &few_files);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGINT, SIG_IGN);
}

static WeirFrameResult
hear_hello (int fd, GByteArray *in, GError **error)
{
  WeirWireMessage m;
  WeirFrameResult result = weir_frame_read (fd, in, &m, error);

  if (result != WEIR_FRAME_OK)
    return result;
  if (m.type != WEIR_WIRE_HELLO) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "the gateway does not begin with HELLO");
    return WEIR_FRAME_FAILED;
  }
  if (m.hello.version != WEIR_WIRE_VERSION) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "the gateway speaks version %u, %d expected", m.hello.version,
        WEIR_WIRE_VERSION);
    return WEIR_FRAME_FAILED;
  }
  return WEIR_FRAME_OK;
}

WeirFrameResult
weir_worker_side_greet (int fd, GByteArray *in, GByteArray *out,
    const char *program, GError **error)
{
  const WeirWireMessage hello = { .type = WEIR_WIRE_HELLO,
    .hello = { WEIR_WIRE_VERSION, program, strlen (program) } };

  if (!weir_frame_write (fd, out, &hello, error))
    return WEIR_FRAME_FAILED;
  return hear_hello (fd, in, error);
}

gboolean
weir_worker_side_fail (
    int fd, GByteArray *out, guint64 job, const char *text, GError **error)
{
  const WeirWireMessage failed = { .type = WEIR_WIRE_FAILED,
    .failed = { job, text, MIN (strlen (text), WEIR_WIRE_MAX_TEXT_BYTES) } };

  return weir_frame_write (fd, out, &failed, error);
}

int
weir_worker_side_exit_status (
    WeirFrameResult result, const GError *error, const char *topic)
{
  if (result == WEIR_FRAME_END)
    return 0;
  weir_error (topic, NULL, "%s", error->message);
  return g_error_matches (error, WEIR_ERROR, WEIR_ERROR_CONFIG) ? 2 : 1;
}
