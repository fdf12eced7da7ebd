/* Starts an analyzer for nothing but to see it get ready. */
#include "workers/model-trial.h"

#include "base/error.h"
#include "base/loop.h"
#include "wire/fd-channel.h"
#include "wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES 4096
/* So often it is asked whether it is given up. */
#define ASK_MS 100
/* So long one that hung up may take to end, and so often that is looked at. */
#define END_MS 1000
#define LOOK_MS 10
#define NO_SCORER G_MAXUINT

/* How a trial ended. */
typedef struct {
  gboolean ready;
  guint which; /* the scorer that does not work, or NO_SCORER */
  char *words; /* why */
} Outcome;

static GPtrArray *
make_argv (
    const WeirModelTrial *trial, const GPtrArray *scorers, guint from, guint n)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, g_strdup (trial->program));
  g_ptr_array_add (
      argv, g_strdup_printf ("--max-memory-mb=%u", trial->max_memory_mb));
  g_ptr_array_add (
      argv, g_strdup_printf ("--max-score-ms=%u", trial->max_score_ms));
  g_ptr_array_add (
      argv, g_strdup_printf ("--cpu-seconds=%u", trial->timeout_ms / 1000 + 1));
  g_ptr_array_add (argv, g_strdup ("--channel-fd=4"));
  for (guint i = from; i < from + n; i++) {
    g_autofree char *format =
        weir_scorer_format (g_ptr_array_index (scorers, i));

    g_ptr_array_add (argv, g_strconcat ("--scorer=", format, NULL));
  }
  g_ptr_array_add (argv, NULL);
  return argv;
}

static gboolean
spawn (const WeirModelTrial *trial, char **argv, int fd, int channel,
    GPid *ret_pid, GError **error)
{
  static const gint targets[] = { 3, 4 };

  if (g_spawn_async_with_pipes_and_fds (NULL, (const gchar *const *) argv, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_LEAVE_DESCRIPTORS_OPEN
              | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
          NULL, NULL, -1, -1, -1, (const gint[]){ fd, channel }, targets, 2,
          ret_pid, NULL, NULL, NULL, error))
    return TRUE;
  g_prefix_error (error, "can't start %s: ", trial->program);
  return FALSE;
}

static gboolean
greet (int fd)
{
  const WeirWireMessage hello = { .type = WEIR_WIRE_HELLO,
    .hello = { WEIR_WIRE_VERSION, "weir", 4 } };
  g_autoptr (GByteArray) out = g_byte_array_new ();

  weir_wire_write (&hello, out);
  /* Less than a socket's buffer holds. */
  return send (fd, out->data, out->len, MSG_NOSIGNAL) == (gssize) out->len;
}

/* TRUE when M decides. */
static gboolean
take (const WeirWireMessage *m, Outcome *ret)
{
  switch (m->type) {
  case WEIR_WIRE_HELLO:
    if (m->hello.version == WEIR_WIRE_VERSION)
      return FALSE;
    ret->words = g_strdup ("the analyzer is not of this gateway's build");
    return TRUE;
  case WEIR_WIRE_READY:
    ret->ready = TRUE;
    return TRUE;
  case WEIR_WIRE_FAILED:
    ret->words = g_strndup (m->failed.text, m->failed.text_size);
    if (m->failed.job >= 1 && m->failed.job <= WEIR_SCORERS_MAX)
      ret->which = (guint) m->failed.job - 1;
    return TRUE;
  default:
    ret->words = g_strdup ("the analyzer says what it was not asked");
    return TRUE;
  }
}

/* TRUE when what has come decides. */
static gboolean
parse (GByteArray *in, Outcome *ret)
{
  while (in->len >= WEIR_WIRE_HEADER_BYTES) {
    g_autoptr (GError) error = NULL;
    WeirWireMessage m;
    WeirWireType type;
    guint32 size;
    gboolean decides;

    if (!weir_wire_parse_header (in->data, &size, &type, &error)) {
      ret->words = g_strdup (error->message);
      return TRUE;
    }
    if (in->len - WEIR_WIRE_HEADER_BYTES < size)
      return FALSE;
    if (!weir_wire_parse (
            type, in->data + WEIR_WIRE_HEADER_BYTES, size, &m, &error)) {
      ret->words = g_strdup (error->message);
      return TRUE;
    }
    decides = take (&m, ret);
    if (decides)
      return TRUE;
    g_byte_array_remove_range (in, 0, WEIR_WIRE_HEADER_BYTES + size);
  }
  return FALSE;
}

static gboolean
is_given_up (const WeirModelTrial *trial)
{
  return trial->given_up != NULL && g_atomic_int_get (trial->given_up);
}

/* Until something decides, it ends or the time is over. */
static void
listen_to (int fd, const WeirModelTrial *trial, Outcome *ret)
{
  guint timeout_ms = trial->timeout_ms;
  gint64 until_us = weir_now_us () + (gint64) timeout_ms * 1000;
  g_autoptr (GByteArray) in = g_byte_array_new ();

  for (;;) {
    gint64 left_ms = (until_us - weir_now_us ()) / 1000;
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    guint8 bytes[READ_BYTES];
    gssize n;
    int ready = poll (&polled, 1, (int) CLAMP (left_ms, 0, ASK_MS));

    if (is_given_up (trial)) {
      ret->words = g_strdup ("it is given up");
      return;
    }
    if (ready == 0 && left_ms > 0)
      continue;
    if (ready == 0) {
      ret->words = g_strdup_printf (
          "an analyzer did not get ready with it in %u s", timeout_ms / 1000);
      return;
    }
    n = ready > 0 ? recv (fd, bytes, sizeof bytes, MSG_DONTWAIT) : -1;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n <= 0)
      return;
    g_byte_array_append (in, bytes, (guint) n);
    if (parse (in, ret))
      return;
  }
}

/* It has said nothing about it, so its end does. */
static char *
describe_end (int status)
{
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGSYS)
    return g_strdup ("it did what analyzers may not do (signal 31)");
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGXCPU)
    return g_strdup ("it computes without an end (signal 24)");
  if (WIFSIGNALED (status))
    return g_strdup_printf ("an analyzer with it ended by signal %d, %s",
        WTERMSIG (status), g_strsignal (WTERMSIG (status)));
  return g_strdup_printf (
      "an analyzer with it ended with status %d", WEXITSTATUS (status));
}

/* Whether it does so without being made to. */
static gboolean
ends_soon (GPid pid, const WeirModelTrial *trial, int *ret_status)
{
  for (guint i = 0; i < END_MS / LOOK_MS && !is_given_up (trial); i++) {
    if (waitpid (pid, ret_status, WNOHANG) != 0)
      return TRUE;
    g_usleep (LOOK_MS * 1000);
  }
  return FALSE;
}

static void
attend (GPid pid, int fd, const WeirModelTrial *trial, Outcome *ret)
{
  int status = 0;

  greet (fd);
  listen_to (fd, trial, ret);
  /* Without a word it hung up, and should be ending. */
  if (!ret->ready && ret->words == NULL && ends_soon (pid, trial, &status)) {
    ret->words = describe_end (status);
    return;
  }
  kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    continue;
  if (!ret->ready && ret->words == NULL)
    ret->words = g_strdup ("an analyzer with it hung up and did not end");
}

/* N scorers from FROM on, in one process. FALSE when it can't be begun. */
static gboolean
try (const WeirModelTrial *trial, const GPtrArray *scorers, const int *fds,
    guint from, guint n, Outcome *ret, GError **error)
{
  g_autoptr (GPtrArray) argv = make_argv (trial, scorers, from, n);
  int pair[2], channel[2];
  gboolean ok;
  GPid pid;

  *ret = (Outcome){ .which = NO_SCORER };
  if (!weir_fd_channel_new (channel, error))
    return FALSE;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "socketpair: %s",
        g_strerror (errno));
    close (channel[0]);
    close (channel[1]);
    return FALSE;
  }
  ok = spawn (trial, (char **) argv->pdata, pair[1], channel[1], &pid, error);
  close (pair[1]);
  close (channel[1]);
  /* One that has ended already is told of by that. */
  for (guint i = from; ok && i < from + n; i++)
    if (!weir_fd_channel_send (channel[0], fds[i], NULL))
      break;
  if (ok)
    attend (pid, pair[0], trial, ret);
  if (ok && ret->which != NO_SCORER)
    ret->which = MIN (ret->which, n - 1) + from;
  close (pair[0]);
  close (channel[0]);
  return ok;
}

static gboolean
refuse (const GPtrArray *scorers, const Outcome *outcome, GError **error)
{
  const WeirScorerSetting *scorer =
      g_ptr_array_index (scorers, MIN (outcome->which, scorers->len - 1));

  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "[scorer %s] model: %s: %s%s", scorer->name, scorer->model,
      outcome->which == NO_SCORER && scorers->len > 1
          ? "together with the other scorers' models "
          : "",
      outcome->words);
  return FALSE;
}

gboolean
weir_model_trial_run (const WeirModelTrial *trial, const GPtrArray *scorers,
    const int *model_fds, GError **error)
{
  Outcome outcome, alone;
  gboolean ok;

  if (!try (trial, scorers, model_fds, 0, scorers->len, &outcome, error))
    return FALSE;
  /* It died without a word: which of them was it? */
  for (guint i = 0;
       !outcome.ready && outcome.which == NO_SCORER && scorers->len > 1
       && i < scorers->len && !is_given_up (trial);
       i++) {
    if (!try (trial, scorers, model_fds, i, 1, &alone, NULL) || alone.ready) {
      g_free (alone.words);
      continue;
    }
    g_free (outcome.words);
    outcome = alone;
    outcome.which = i;
  }
  ok = outcome.ready || refuse (scorers, &outcome, error);
  g_free (outcome.words);
  return ok;
}
