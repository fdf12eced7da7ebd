/* weir-srt: speaks SRT and MPEG-TS for the gateway, which speaks packets with
 * it over a socket.
 *
 * It holds no state that the gateway does not have: when it dies, the next one
 * begins anew. Exit status: 0 when the gateway closes the socket, 2 when it
 * can't be used (arguments, versions, a libsrt with known holes), 1 when the
 * connection broke. */
#include <stdio.h>

#include "base/error.h"
#include "base/version.h"
#include "programs/srt/sock.h"
#include "programs/srt/ts-demux.h"
#include "programs/srt/version.h"
#include "programs/srt/worker.h"
#include "programs/worker/landlock.h"
#include "programs/worker/side.h"

#define TOPIC "srt"
#define PROGRAM "weir-srt"
#define MAX_OPEN_FILES 4096

/* Libraries and plugins. */
static const char *const readable[] = { "/usr", "/etc/ld.so.cache",
  WEIR_GST_PLUGINS_DIR "/..", NULL };

static gboolean
parse_options (
    int argc, char **argv, int *ret_fd, gboolean *ret_version, GError **error)
{
  int fd = 3;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "fd", 0, 0, G_OPTION_ARG_INT, &fd, "The gateway's socket (3)", "N" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version,
        "Print the versions of weir-srt and libsrt", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, "Speaks SRT and MPEG-TS for weir, which starts it.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1 || fd < 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "arguments: something is left over or out of range");
    return FALSE;
  }
  *ret_fd = fd;
  *ret_version = version;
  return TRUE;
}

static void
print_version (void)
{
  guint v = srt_getversion ();

  printf (PROGRAM " " WEIR_VERSION ", libsrt %u.%u.%u\n", v >> 16 & 0xff,
      v >> 8 & 0xff, v & 0xff);
}

static WeirFrameResult
greet (int fd, GError **error)
{
  g_autoptr (GByteArray) in = g_byte_array_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();

  return weir_worker_side_greet (fd, in, out, PROGRAM, error);
}

static WeirFrameResult
serve (int fd, GError **error)
{
  WeirFrameResult result = greet (fd, error);
  WeirSrtWorker *worker;
  WeirLinkResult ended;

  if (result != WEIR_FRAME_OK)
    return result;
  if (!weir_ts_demux_init (error) || !weir_sock_startup (error))
    return WEIR_FRAME_FAILED;
  worker = weir_srt_worker_new (fd, error);
  if (worker == NULL)
    return WEIR_FRAME_FAILED;
  ended = weir_srt_worker_run (worker, error);
  weir_srt_worker_free (worker);
  weir_sock_cleanup ();
  return ended == WEIR_LINK_END ? WEIR_FRAME_END : WEIR_FRAME_FAILED;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  WeirFrameResult result;
  gboolean version;
  int fd;

  if (!parse_options (argc, argv, &fd, &version, &error)) {
    fprintf (stderr, PROGRAM ": %s\n", error->message);
    return 2;
  }
  if (version) {
    print_version ();
    return 0;
  }
  weir_worker_side_confine (MAX_OPEN_FILES);
  if (!weir_srt_version_check_here (&error)
      || !weir_landlock_read_only (readable, &error)) {
    fprintf (stderr, PROGRAM ": %s\n", error->message);
    return 2;
  }
  result = serve (fd, &error);
  return weir_worker_side_exit_status (result, error, TOPIC);
}
