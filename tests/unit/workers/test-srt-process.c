/* What is kept back from a process that does not read, and what is not. */
#include "workers/srt-process.h"

#include "control/fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#define PACKET_BYTES (64 * 1024)
/* More than any socket holds. */
#define MANY_BYTES (20 * 1024 * 1024)

static void
on_gone (WeirSrtProcess *process, const char *why, gpointer data)
{
  g_error ("it is gone: %s", why);
}

static const WeirSrtProcessFuncs funcs = { .on_gone = on_gone };

static gboolean
offer (WeirSrtProcess *process, const guint8 *data)
{
  return weir_srt_process_offer (
      process, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_PACKET,
                   .srt_packet = { 2, 0, 0, 0, 0, 0, data, PACKET_BYTES } });
}

static void
test_does_not_read (void)
{
  g_autofree char *program = NULL;
  g_autofree guint8 *data = g_malloc0 (PACKET_BYTES);
  g_autoptr (GError) error = NULL;
  WeirLoop *loop = weir_loop_new ();
  WeirSrtProcess *process;
  guint n = 0;

  close (g_file_open_tmp ("weir-XXXXXX.sh", &program, NULL));
  g_assert_true (
      g_file_set_contents (program, "#!/bin/sh\nkill -STOP $$\n", -1, NULL));
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  process = weir_srt_process_new (loop, program, 1, &funcs, NULL, &error);
  g_assert_no_error (error);
  /* All in one turn of the loop is one. */
  while (n < MANY_BYTES / PACKET_BYTES) {
    g_assert_true (offer (process, data));
    n++;
  }
  uv_run (weir_loop_uv (loop), UV_RUN_NOWAIT);
  g_assert_false (offer (process, data));
  /* What ends a connection gets in all the same. */
  g_assert_true (weir_srt_process_send (
      process, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CLOSE,
                   .srt_close = { 2, WEIR_SRT_CLOSE_CUT } }));
  weir_srt_process_free (process);
  weir_loop_run (loop);
  weir_loop_free (loop);
  g_unlink (program);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN); /* as the gateway does */
  g_test_add_func ("/srt-process/does-not-read", test_does_not_read);
  return g_test_run ();
}
