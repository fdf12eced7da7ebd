/* How the real weir-analyzer is shut in once it is ready, as the kernel tells
 * it; tests/unit/worker/test-sandbox.c tries what that means. */
#include "plugins/analyzer-fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char *
read_proc (GPid pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, name);
  char *text;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
assert_has_line (const char *text, const char *line)
{
  if (strstr (text, line) == NULL)
    g_error ("\"%s\" is not in:\n%s", line, text);
}

/* Each thread. */
static void
test_filter (void)
{
  Analyzer a;
  g_autofree char *tasks = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, analyzer_avcc);
  analyzer_send_unit (&a, 1, 1, WEIR_WIRE_UNIT_STILL, analyzer_units[0]);
  analyzer_receive_sample (&a, 1, 0, &m);
  tasks = g_strdup_printf ("/proc/%d/task", (int) a.pid);
  dir = g_dir_open (tasks, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_strdup_printf ("task/%s/status", name);
    g_autofree char *status = read_proc (a.pid, file);

    assert_has_line (status, "\nNoNewPrivs:\t1\n");
    assert_has_line (status, "\nSeccomp:\t2\n");
  }
  analyzer_finish (&a, 0);
}

static rlim_t
limit_of (GPid pid, int resource)
{
  struct rlimit limit;

  g_assert_cmpint (
      prlimit (pid, (__rlimit_resource_t) resource, NULL, &limit), ==, 0);
  g_assert_cmpuint (limit.rlim_cur, ==, limit.rlim_max);
  return limit.rlim_max;
}

static void
test_limits (void)
{
  static const char *const args[] = { "--max-memory-mb", "300", "--cpu-seconds",
    "1234", NULL };
  Analyzer a;

  analyzer_start_ready (&a, -1, args);
  g_assert_cmpuint (limit_of (a.pid, RLIMIT_CORE), ==, 0);
  g_assert_cmpuint (limit_of (a.pid, RLIMIT_NOFILE), ==, 512);
  g_assert_cmpuint (limit_of (a.pid, RLIMIT_CPU), ==, 1234);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (limit_of (a.pid, RLIMIT_DATA), ==, 300 << 20);
#endif
  analyzer_finish (&a, 0);
}

/* Of GStreamer's plugins only those of the decoders are there, and no memory
 * can be both written and executed. */
static void
test_loaded (void)
{
  Analyzer a;
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;

  analyzer_start_ready (&a, -1, NULL);
  maps = read_proc (a.pid, "maps");
  lines = g_strsplit (maps, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    const char *plugin = strstr (*line, "/gstreamer-1.0/");
    char bits[5] = "";

    g_assert_cmpint (sscanf (*line, "%*s %4s", bits), ==, 1);
    g_assert_false (bits[1] == 'w' && bits[2] == 'x');
    if (plugin != NULL && !g_str_has_suffix (plugin, "/libgstlibav.so")
        && !g_str_has_suffix (plugin, "/libgstaom.so"))
      g_error ("%s", *line);
  }
  assert_has_line (maps, "/libgstlibav.so\n");
  analyzer_finish (&a, 0);
}

/* Standard input and output lead nowhere, then the log, then the gateway. The
 * index is mapped, its descriptor closed. */
static void
test_descriptors (void)
{
  Analyzer a;
  g_autofree char *path = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  analyzer_start_ready (&a, -1, NULL);
  path = g_strdup_printf ("/proc/%d/fd", (int) a.pid);
  dir = g_dir_open (path, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_autofree char *target = g_file_read_link (file, NULL);

    if (atoi (name) > 3)
      g_error ("%s is %s", name, target);
  }
  analyzer_finish (&a, 0);
}

/* One with too little memory for a picture ends. */
static void
test_memory (void)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("AddressSanitizer's own memory counts as data");
#else
  struct rlimit limit;
  g_autoptr (GBytes) record = analyzer_load_codec ("h264_4k", ".conf");
  g_autoptr (GBytes) unit = analyzer_load_codec ("h264_4k", ".au");
  g_autoptr (GError) error = NULL;
  WeirFrameResult result;
  WeirWireMessage m;
  Analyzer a;
  int how;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, record);
  analyzer_send_unit (&a, 1, 1, 0, unit);
  analyzer_receive (&a, WEIR_WIRE_SAMPLE, &m);
  analyzer_finish (&a, 0);

  analyzer_start_ready (&a, -1, NULL);
  limit = (struct rlimit){ 1 << 20, 1 << 20 };
  g_assert_cmpint (prlimit (a.pid, RLIMIT_DATA, &limit, NULL), ==, 0);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, record);
  analyzer_send_unit (&a, 1, 1, 0, unit);
  result = weir_frame_read (a.fd, a.in, &m, &error);
  g_assert_cmpint (result, !=, WEIR_FRAME_OK);
  close (a.fd);
  g_assert_cmpint (waitpid (a.pid, &how, 0), ==, a.pid);
  g_assert_true (WIFSIGNALED (how) || WEXITSTATUS (how) == 1);
  g_byte_array_unref (a.in);
  g_byte_array_unref (a.out);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  analyzer_load_media ();
  g_test_add_func ("/analyzer-sandbox/filter", test_filter);
  g_test_add_func ("/analyzer-sandbox/limits", test_limits);
  g_test_add_func ("/analyzer-sandbox/loaded", test_loaded);
  g_test_add_func ("/analyzer-sandbox/descriptors", test_descriptors);
  g_test_add_func ("/analyzer-sandbox/memory", test_memory);
  return g_test_run ();
}
