/* Starts, feeds and ends a weir-analyzer. */
#include "plugins/analyzer-fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "hash/hamming.h"
#include "hash/pdq.h"

#define DEADLINE_SECONDS 60

const char *const analyzer_references[N_UNITS] = {
  "4c3e8be97029e6d590b02f476c5a3b1296a74c8cd9b196eca4c949dbdb62b4ac",
  "3522b95f1025ba2d19154e8ead9edd8bc6cdd7cddd696865d4272416a252ee11",
  "d96d32dac5a59869e496cd25b2db31b646ed837e06e5cc5839a6b04fc818e709",
};
static const char *const unit_files[N_UNITS] = { "bbb_320x180_t6.au",
  "bbb_320x180_t12.au", "bbb_320x180_t18.au" };

GBytes *analyzer_avcc;
GBytes *analyzer_units[N_UNITS];

GBytes *
analyzer_load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  char *text;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  return g_bytes_new_take (text, size);
}

GBytes *
analyzer_load_codec (const char *name, const char *ending)
{
  g_autofree char *file = g_strconcat ("../codecs/", name, ending, NULL);

  return analyzer_load (file);
}

void
analyzer_load_media (void)
{
  analyzer_avcc = analyzer_load ("bbb_320x180.avcc");
  for (guint i = 0; i < N_UNITS; i++)
    analyzer_units[i] = analyzer_load (unit_files[i]);
}

void
analyzer_start (Analyzer *a, int index_fd, const char *const *args)
{
  const char *argv[16] = { g_getenv ("WEIR_ANALYZER"), "--radius", "31" };
  const struct timeval deadline = { .tv_sec = DEADLINE_SECONDS };
  g_autoptr (GError) error = NULL;
  int pair[2];
  int targets[] = { 3, 4 };
  guint n = 3;

  g_assert_nonnull (argv[0]);
  if (index_fd >= 0) {
    argv[n++] = "--index-fd";
    argv[n++] = "4";
  }
  for (guint i = 0; args != NULL && args[i] != NULL; i++) {
    g_assert_cmpuint (n, <, G_N_ELEMENTS (argv) - 1);
    argv[n++] = args[i];
  }
  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (
      setsockopt (pair[0], SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline),
      ==, 0);
  g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
      NULL, NULL, -1, -1, -1, (const gint[]){ pair[1], index_fd }, targets,
      index_fd >= 0 ? 2 : 1, &a->pid, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  close (pair[1]);
  a->fd = pair[0];
  a->in = g_byte_array_new ();
  a->out = g_byte_array_new ();
}

void
analyzer_send (Analyzer *a, const WeirWireMessage *m)
{
  g_autoptr (GError) error = NULL;

  weir_frame_write (a->fd, a->out, m, &error);
  g_assert_no_error (error);
}

void
analyzer_receive (Analyzer *a, WeirWireType type, WeirWireMessage *ret)
{
  g_autoptr (GError) error = NULL;
  WeirFrameResult result = weir_frame_read (a->fd, a->in, ret, &error);

  g_assert_no_error (error);
  g_assert_cmpint (result, ==, WEIR_FRAME_OK);
  g_assert_cmpint (ret->type, ==, type);
}

void
analyzer_greet (Analyzer *a, guint16 version)
{
  analyzer_send (a, &(WeirWireMessage){ .type = WEIR_WIRE_HELLO,
                        .hello = { version, "test", 4 } });
}

void
analyzer_start_ready (Analyzer *a, int index_fd, const char *const *args)
{
  WeirWireMessage m;

  analyzer_start (a, index_fd, args);
  analyzer_receive (a, WEIR_WIRE_HELLO, &m);
  g_assert_cmpuint (m.hello.version, ==, WEIR_WIRE_VERSION);
  g_assert_cmpmem (m.hello.program, m.hello.program_size, "weir-analyzer", 13);
  analyzer_greet (a, WEIR_WIRE_VERSION);
  analyzer_receive (a, WEIR_WIRE_READY, &m);
}

void
analyzer_finish (Analyzer *a, int status)
{
  WeirWireMessage m;
  g_autoptr (GError) error = NULL;
  int how;

  if (a->fd >= 0) {
    shutdown (a->fd, SHUT_WR);
    /* Its end closes when it is gone: the deadline is that of the socket. */
    while (weir_frame_read (a->fd, a->in, &m, NULL) == WEIR_FRAME_OK)
      ;
    close (a->fd);
  }
  g_assert_cmpint (waitpid (a->pid, &how, 0), ==, a->pid);
  g_assert_true (WIFEXITED (how));
  g_assert_cmpint (WEXITSTATUS (how), ==, status);
  g_byte_array_unref (a->in);
  g_byte_array_unref (a->out);
}

void
analyzer_send_config (Analyzer *a, guint32 id, WeirCodec codec, GBytes *data)
{
  WeirWireMessage m = { .type = WEIR_WIRE_CONFIG,
    .config = { .id = id, .codec = (guint8) codec } };

  m.config.data = g_bytes_get_data (data, &m.config.size);
  analyzer_send (a, &m);
}

void
analyzer_send_unit (
    Analyzer *a, guint64 job, guint32 config, guint8 flags, GBytes *data)
{
  WeirWireMessage m = { .type = WEIR_WIRE_UNIT,
    .unit = { .job = job,
        .config = config,
        .pts_ms = (gint64) job * 40 - 100,
        .flags = flags } };

  m.unit.data = g_bytes_get_data (data, &m.unit.size);
  analyzer_send (a, &m);
}

void
analyzer_receive_failed (Analyzer *a, guint64 job, const char *part)
{
  g_autofree char *text = NULL;
  WeirWireMessage m;

  analyzer_receive (a, WEIR_WIRE_FAILED, &m);
  g_assert_cmpuint (m.failed.job, ==, job);
  text = g_strndup (m.failed.text, m.failed.text_size);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, part));
}

void
analyzer_receive_sample (
    Analyzer *a, guint64 job, guint unit, WeirWireMessage *ret)
{
  guint8 wanted[32];

  analyzer_receive (a, WEIR_WIRE_SAMPLE, ret);
  g_assert_cmpuint (ret->sample.job, ==, job);
  g_assert_cmpint (ret->sample.pts_ms, ==, (gint64) job * 40 - 100);
  g_assert_true (weir_pdq_parse (analyzer_references[unit], 64, wanted));
  g_assert_cmpuint (weir_hamming_distance (ret->sample.hash, wanted), <=, 4);
  g_assert_cmpuint (ret->sample.quality, ==, 100);
  g_assert_cmpuint (ret->sample.cost_us, >, 0);
}
