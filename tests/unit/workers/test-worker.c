/* One process behind a socket: how it starts, talks, and ends, in which words,
 * and that nothing of it stays. */
#include "workers/worker.h"

#include "control/fixture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  WeirLoop *loop;
  WeirWorker *worker;
  GString *types; /* of messages, a digit each */
  char *why;
  guint gone;
  gboolean free_at_once; /* when it is gone, or at the first message */
} Test;

static void
set_up (Test *t, gconstpointer data)
{
  *t = (Test){ .loop = weir_loop_new (), .types = g_string_new (NULL) };
}

static void
tear_down (Test *t, gconstpointer data)
{
  weir_worker_free (t->worker);
  weir_loop_run (t->loop);
  weir_loop_free (t->loop);
  /* Every child was waited for. */
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
  g_string_free (t->types, TRUE);
  g_free (t->why);
}

static void
on_message (WeirWorker *worker, const WeirWireMessage *message, gpointer data)
{
  Test *t = data;

  g_assert_cmpuint (t->gone, ==, 0);
  g_string_append_printf (t->types, "%d", message->type);
  if (t->free_at_once)
    g_clear_pointer (&t->worker, weir_worker_free);
}

static void
on_gone (WeirWorker *worker, const char *why, gpointer data)
{
  Test *t = data;

  g_assert_true (worker == t->worker);
  t->gone++;
  t->why = g_strdup (why);
  g_test_message ("%s", why);
  if (t->free_at_once)
    g_clear_pointer (&t->worker, weir_worker_free);
}

static const WeirWorkerFuncs funcs = { on_message, on_gone };

/* A shell that runs SCRIPT; the socket is its descriptor 3. */
static void
start (Test *t, const char *script)
{
  char *argv[] = { "/bin/sh", "-c", (char *) script, NULL };
  g_autoptr (GError) error = NULL;

  t->worker = weir_worker_new (t->loop, argv, -1, &funcs, t, &error);
  g_assert_no_error (error);
  g_assert_cmpint (weir_worker_get_pid (t->worker), >, 0);
}

static gboolean
is_gone (gpointer data)
{
  return ((Test *) data)->gone > 0;
}

/* Its end is seen at the socket or as a process, whatever comes first. */
static void
assert_gone (Test *t, const char *words)
{
  fixture_wait (t->loop, is_gone, t);
  g_assert_true (strstr (t->why, words) != NULL
                 || strstr (t->why, "closed its socket") != NULL
                 || strstr (t->why, "connection reset") != NULL
                 || strstr (t->why, "broken pipe") != NULL);
  /* Nothing can be sent any more. */
  g_assert_false (
      weir_worker_send (t->worker, &(WeirWireMessage){ WEIR_WIRE_READY }));
}

static void
test_not_there (Test *t, gconstpointer data)
{
  char *argv[] = { "/nonexistent/weir-analyzer", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_worker_new (t->loop, argv, -1, &funcs, t, &error));
  g_assert_cmpstr (error->message, ==,
      "can't start /nonexistent/weir-analyzer: no such file or directory");
  g_assert_cmpuint (t->gone, ==, 0);
}

static void
test_ends (Test *t, gconstpointer data)
{
  start (t, "exit 7");
  assert_gone (t, "ended with status 7");
}

static void
test_signal (Test *t, gconstpointer data)
{
  start (t, "kill -9 $$");
  assert_gone (t, "ended by signal 9");
}

static void
test_closes (Test *t, gconstpointer data)
{
  start (t, "exec 3>&-; kill -STOP $$");
  assert_gone (t, "closed its socket");
}

/* The header of a frame that nobody may send. */
static void
test_garbage (Test *t, gconstpointer data)
{
  start (t, "printf 'GARBAGE GARBAGE GARBAGE' >&3; exec cat <&3 >/dev/null");
  fixture_wait (t->loop, is_gone, t);
  g_assert_cmpstr (t->why, ==, "message type 65 is not known");
  g_assert_cmpstr (t->types->str, ==, "");
}

static void
test_echo (Test *t, gconstpointer data)
{
  /* Our own HELLO comes back and is a message like any other. */
  start (t, "exec cat <&3 >&3");
  while (t->types->len == 0)
    uv_run (weir_loop_uv (t->loop), UV_RUN_ONCE);
  g_assert_cmpstr (t->types->str, ==, "1");
  g_assert_cmpuint (t->gone, ==, 0);
}

static gboolean
has_two (gpointer data)
{
  return ((Test *) data)->types->len == 2;
}

/* Frames in pieces and several at once: READY, and half of the next. */
static void
test_pieces (Test *t, gconstpointer data)
{
  start (t, "printf '\\0\\0\\0\\0\\005\\0\\0' >&3; read line <&3; "
            "printf '\\0\\0\\005' >&3; exec cat <&3 >/dev/null");
  while (t->types->len == 0)
    uv_run (weir_loop_uv (t->loop), UV_RUN_ONCE);
  g_assert_cmpstr (t->types->str, ==, "5");
  /* A line end, so that the shell goes on. */
  g_assert_true (weir_worker_send (
      t->worker, &(WeirWireMessage){ WEIR_WIRE_FORGET, .forget = { '\n' } }));
  fixture_wait (t->loop, has_two, t);
  g_assert_cmpstr (t->types->str, ==, "55");
}

static void
test_freed_within (Test *t, gconstpointer data)
{
  t->free_at_once = TRUE;
  start (t, "printf '\\0\\0\\0\\0\\005\\0\\0\\0\\0\\005' >&3; "
            "exec cat <&3 >/dev/null");
  while (t->types->len == 0)
    uv_run (weir_loop_uv (t->loop), UV_RUN_ONCE);
  weir_loop_run (t->loop);
  g_assert_cmpstr (t->types->str, ==, "5");
  g_assert_cmpuint (t->gone, ==, 0);
}

static void
test_freed_when_gone (Test *t, gconstpointer data)
{
  t->free_at_once = TRUE;
  start (t, "exit 0");
  fixture_wait (t->loop, is_gone, t);
  weir_loop_run (t->loop);
  g_assert_cmpuint (t->gone, ==, 1);
}

/* What waits for a process that does not read is bounded. */
static void
test_does_not_read (Test *t, gconstpointer data)
{
  g_autofree guint8 *bytes = g_malloc0 (WEIR_WIRE_MAX_UNIT_BYTES);
  WeirWireMessage unit = { WEIR_WIRE_UNIT,
    .unit = { .data = bytes, .size = WEIR_WIRE_MAX_UNIT_BYTES } };
  guint n = 0;

  start (t, "kill -STOP $$");
  while (weir_worker_offer (t->worker, &unit))
    n++;
  g_assert_cmpuint (n, >=, 4);
  g_assert_cmpuint (n, <=, 6);
  g_assert_cmpuint (t->gone, ==, 0);
  /* There is room for what must not be left out. */
  g_assert_true (weir_worker_send (t->worker,
      &(WeirWireMessage){ .type = WEIR_WIRE_FORGET, .forget = { 1 } }));
}

/* Nor can it be left without what it must know. */
static void
test_never_reads (Test *t, gconstpointer data)
{
  g_autofree guint8 *bytes = g_malloc0 (WEIR_WIRE_MAX_UNIT_BYTES);
  WeirWireMessage unit = { WEIR_WIRE_UNIT,
    .unit = { .data = bytes, .size = WEIR_WIRE_MAX_UNIT_BYTES } };
  guint n = 0;

  start (t, "kill -STOP $$");
  while (weir_worker_send (t->worker, &unit))
    n++;
  g_assert_cmpuint (n, >=, 16);
  g_assert_cmpuint (n, <=, 20);
  fixture_wait (t->loop, is_gone, t);
  g_assert_cmpstr (t->why, ==, "it does not read what is sent to it");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Test *t, gconstpointer data);
  } tests[] = {
    { "/worker/not-there", test_not_there },
    { "/worker/ends", test_ends },
    { "/worker/signal", test_signal },
    { "/worker/closes", test_closes },
    { "/worker/garbage", test_garbage },
    { "/worker/echo", test_echo },
    { "/worker/pieces", test_pieces },
    { "/worker/freed-within", test_freed_within },
    { "/worker/freed-when-gone", test_freed_when_gone },
    { "/worker/does-not-read", test_does_not_read },
    { "/worker/never-reads", test_never_reads },
  };

  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN); /* as the gateway does */
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Test, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
