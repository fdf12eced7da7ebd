/* A child process behind a libuv pipe. */
#include "workers/worker.h"

#include "base/error.h"
#include "base/log.h"
#include "wire/fd-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (128 * 1024)
#define SOCKET_BYTES (1024 * 1024)

struct _WeirWorker {
  WeirLoop *loop;
  uv_process_t process;
  uv_pipe_t pipe;
  uv_prepare_t prepare;
  const WeirWorkerFuncs *funcs;
  gpointer data;
  GByteArray *in;  /* what came and is no whole frame yet */
  gsize in_len;    /* of it, while it is longer for a read to go into */
  GByteArray *out; /* frames that go out together before the loop waits */
  gsize queued;    /* bytes that wait behind them for the socket */
  char *broken;    /* what happened to the socket; the process is killed and
                      its end awaited, which tells more */
  gboolean exited;
  int channel;       /* -1: none */
  gboolean gone;     /* on_gone was called */
  gboolean at_fault; /* see weir_worker_is_at_fault () */
  gboolean freed; /* no more calls; memory goes when both handles are closed */
  guint open_handles;
};

typedef struct {
  uv_write_t uv;
  WeirWorker *worker;
  GByteArray *bytes;
} Write;

static void
report_gone (WeirWorker *worker, const char *why, gboolean at_fault)
{
  if (worker->gone || worker->freed)
    return;
  worker->gone = TRUE;
  worker->at_fault = at_fault;
  uv_read_stop ((uv_stream_t *) &worker->pipe);
  worker->funcs->on_gone (worker, why, worker->data);
}

/* Whether it crashed, was killed or let go of the socket is known when it has
 * ended, which is now or was before. */
static void
note_broken (WeirWorker *worker, const char *why)
{
  if (worker->gone || worker->freed || worker->broken != NULL)
    return;
  worker->broken = g_strdup (why);
  uv_read_stop ((uv_stream_t *) &worker->pipe);
  if (worker->exited)
    report_gone (worker, why, FALSE);
  else
    uv_process_kill (&worker->process, SIGKILL);
}

static void
on_closed (uv_handle_t *handle)
{
  WeirWorker *worker = handle->data;

  if (--worker->open_handles > 0)
    return;
  g_byte_array_unref (worker->in);
  g_byte_array_unref (worker->out);
  g_free (worker->broken);
  g_free (worker);
}

static void
on_process_exit (uv_process_t *process, int64_t status, int signal)
{
  WeirWorker *worker = process->data;
  gboolean was_killed = signal == SIGKILL || signal == SIGTERM;
  g_autofree char *why = NULL;

  if (was_killed && worker->broken != NULL)
    why = g_strdup (worker->broken);
  else if (signal != 0)
    why = g_strdup_printf (
        "ended by signal %d, %s", signal, g_strsignal (signal));
  else
    why = g_strdup_printf ("ended with status %d", (int) status);
  worker->exited = TRUE;
  if (worker->freed)
    uv_close ((uv_handle_t *) &worker->process, on_closed);
  else
    report_gone (worker, why, !was_killed && (signal != 0 || status != 0));
}

/* Hands over every whole frame. */
static void
parse (WeirWorker *worker)
{
  gsize at = 0;

  while (!worker->gone && !worker->freed
         && worker->in->len - at >= WEIR_WIRE_HEADER_BYTES) {
    const guint8 *h = worker->in->data + at;
    g_autoptr (GError) error = NULL;
    WeirWireMessage message;
    WeirWireType type;
    guint32 size;

    if (!weir_wire_parse_header (h, &size, &type, &error)) {
      report_gone (worker, error->message, TRUE);
      return;
    }
    if (worker->in->len - at - WEIR_WIRE_HEADER_BYTES < size)
      break;
    if (!weir_wire_parse (
            type, h + WEIR_WIRE_HEADER_BYTES, size, &message, &error)) {
      report_gone (worker, error->message, TRUE);
      return;
    }
    at += WEIR_WIRE_HEADER_BYTES + size;
    worker->funcs->on_message (worker, &message, worker->data);
  }
  if (at > 0)
    g_byte_array_remove_range (worker->in, 0, (guint) at);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  WeirWorker *worker = handle->data;

  worker->in_len = worker->in->len;
  g_byte_array_set_size (worker->in, (guint) worker->in_len + READ_BYTES);
  *buf = uv_buf_init ((char *) worker->in->data + worker->in_len, READ_BYTES);
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  WeirWorker *worker = stream->data;

  g_byte_array_set_size (
      worker->in, (guint) (worker->in_len + (gsize) MAX (n, 0)));
  if (n < 0) {
    note_broken (worker, n == UV_EOF ? "was killed, or closed its socket"
                                     : uv_strerror ((int) n));
    return;
  }
  parse (worker);
}

static void
on_written (uv_write_t *uv, int status)
{
  Write *w = uv->data;
  WeirWorker *worker = w->worker;

  worker->queued -= w->bytes->len;
  g_byte_array_unref (w->bytes);
  g_free (w);
  if (status != 0 && status != UV_ECANCELED)
    note_broken (worker, uv_strerror (status));
}

/* As much as the socket takes now, the rest when it can. */
static void
write_out (WeirWorker *worker)
{
  uv_buf_t buf = uv_buf_init ((char *) worker->out->data, worker->out->len);
  int n = uv_try_write ((uv_stream_t *) &worker->pipe, &buf, 1);
  Write *w;

  if (n == (int) worker->out->len) {
    g_byte_array_set_size (worker->out, 0);
    return;
  }
  w = g_new0 (Write, 1);
  w->uv.data = w;
  w->worker = worker;
  w->bytes = g_steal_pointer (&worker->out);
  worker->out = g_byte_array_new ();
  n = MAX (n, 0);
  worker->queued += w->bytes->len;
  buf = uv_buf_init (
      (char *) w->bytes->data + n, (guint) (w->bytes->len - (guint) n));
  if (uv_write (&w->uv, (uv_stream_t *) &worker->pipe, &buf, 1, on_written)
      == 0)
    return;
  worker->queued -= w->bytes->len;
  g_byte_array_unref (w->bytes);
  g_free (w);
  note_broken (worker, "its socket takes nothing");
}

static void
on_prepare (uv_prepare_t *prepare)
{
  WeirWorker *worker = prepare->data;

  if (worker->out->len > 0 && !worker->gone && worker->broken == NULL)
    write_out (worker);
}

static gboolean
make_sockets (int fds[2], GError **error)
{
  int bytes = SOCKET_BYTES;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "socketpair: %s",
        g_strerror (errno));
    return FALSE;
  }
  for (int i = 0; i < 2; i++) {
    setsockopt (fds[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt (fds[i], SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  return TRUE;
}

WeirWorker *
weir_worker_new (WeirLoop *loop, char **argv, int extra_fd,
    const WeirWorkerFuncs *funcs, gpointer data, GError **error)
{
  WeirWorker *worker;
  uv_stdio_container_t stdio[5] = { 0 };
  uv_process_options_t options = { 0 };
  WeirWireMessage hello = { .type = WEIR_WIRE_HELLO };
  int fds[2], result;

  if (!make_sockets (fds, error))
    return NULL;
  worker = g_new0 (WeirWorker, 1);
  worker->loop = loop;
  worker->funcs = funcs;
  worker->data = data;
  worker->in = g_byte_array_new ();
  worker->out = g_byte_array_new ();
  worker->channel = -1;
  worker->open_handles = 3;

  stdio[0].flags = UV_IGNORE;
  stdio[1].flags = UV_IGNORE;
  stdio[2].flags = UV_INHERIT_FD;
  stdio[2].data.fd = STDERR_FILENO;
  stdio[3].flags = UV_INHERIT_FD;
  stdio[3].data.fd = fds[1];
  stdio[4].flags = extra_fd >= 0 ? UV_INHERIT_FD : UV_IGNORE;
  stdio[4].data.fd = extra_fd;
  options.file = argv[0];
  options.args = argv;
  options.stdio = stdio;
  options.stdio_count = G_N_ELEMENTS (stdio);
  options.exit_cb = on_process_exit;

  uv_pipe_init (weir_loop_uv (loop), &worker->pipe, 0);
  uv_prepare_init (weir_loop_uv (loop), &worker->prepare);
  worker->pipe.data = worker->process.data = worker->prepare.data = worker;
  result = uv_spawn (weir_loop_uv (loop), &worker->process, &options);
  close (fds[1]);
  if (result == 0)
    result = uv_pipe_open (&worker->pipe, fds[0]);
  else
    close (fds[0]);
  if (result != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "can't start %s: %s",
        argv[0], uv_strerror (result));
    worker->exited = TRUE;
    weir_worker_free (worker);
    return NULL;
  }
  uv_read_start ((uv_stream_t *) &worker->pipe, on_alloc, on_read);
  uv_prepare_start (&worker->prepare, on_prepare);
  hello.hello.version = WEIR_WIRE_VERSION;
  hello.hello.program = "weir";
  hello.hello.program_size = strlen (hello.hello.program);
  weir_worker_send (worker, &hello);
  return worker;
}

void
weir_worker_free (WeirWorker *worker)
{
  if (worker == NULL || worker->freed)
    return;
  worker->freed = TRUE;
  /* Before its sockets close, which it would end by itself for, slowly. It is
   * waited for, so that no zombie stays. */
  if (worker->exited)
    uv_close ((uv_handle_t *) &worker->process, on_closed);
  else
    uv_process_kill (&worker->process, SIGKILL);
  if (worker->channel >= 0)
    close (worker->channel);
  uv_close ((uv_handle_t *) &worker->pipe, on_closed);
  uv_close ((uv_handle_t *) &worker->prepare, on_closed);
}

void
weir_worker_take_channel (WeirWorker *worker, int channel)
{
  worker->channel = channel;
}

gboolean
weir_worker_send_fd (WeirWorker *worker, int fd, GError **error)
{
  g_assert (worker->channel >= 0);
  return weir_fd_channel_send (worker->channel, fd, error);
}

int
weir_worker_get_pid (const WeirWorker *worker)
{
  return worker->process.pid;
}

gboolean
weir_worker_is_at_fault (const WeirWorker *worker)
{
  return worker->at_fault;
}

gint64
weir_worker_get_cpu_us (const WeirWorker *worker)
{
  struct timespec t;
  clockid_t clock;

  if (worker->exited || clock_getcpuclockid (worker->process.pid, &clock) != 0
      || clock_gettime (clock, &t) != 0)
    return 0;
  return (gint64) t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

gboolean
weir_worker_send (WeirWorker *worker, const WeirWireMessage *message)
{
  if (worker->gone || worker->freed || worker->broken != NULL)
    return FALSE;
  if (worker->queued + worker->out->len > WEIR_WORKER_MAX_QUEUED_BYTES) {
    note_broken (worker, "it does not read what is sent to it");
    return FALSE;
  }
  weir_wire_write (message, worker->out);
  return TRUE;
}

gboolean
weir_worker_offer (WeirWorker *worker, const WeirWireMessage *message)
{
  return worker->queued + worker->out->len <= WEIR_WORKER_MAX_OFFERED_BYTES
         && weir_worker_send (worker, message);
}

gsize
weir_worker_get_waiting_bytes (const WeirWorker *worker)
{
  return worker->queued;
}
