/* weir-hasher: prints the PDQ hashes of picture and video files. A program of
 * its own so that what decodes strangers' files is not part of weirctl, which
 * runs it.
 *
 * A line hash,quality,file for a picture, hash,quality,file,seconds for each
 * sampled picture of a video; CSV as in RFC 4180. With PROBES other than plain,
 * a line +PROBE,hash for each probe of the picture before it. Exit status: 0, 1
 * when a file could not be hashed (the others are), 2 for wrong arguments. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/log.h"
#include "programs/hasher/hasher.h"
#include "vision/picture-file.h"

#define MAX_PICTURE_BYTES (512 * 1024 * 1024)
#define MAGIC_BYTES 16
#define MAX_SECONDS 86400

static void
confine (void)
{
  const struct rlimit no_core = { 0, 0 };

  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  setrlimit (RLIMIT_CORE, &no_core);
  /* Errors are said by us; libraries' chatter would mix with them. */
  g_setenv ("OPENCV_LOG_LEVEL", "SILENT", TRUE);
}

static void
print_hashed (const WeirHashed *hashed, gpointer data)
{
  const char *field = data;
  char hex[WEIR_PDQ_HEX_DIGITS + 1];

  weir_pdq_format (hashed->hash, hex);
  if (hashed->seconds < 0)
    printf ("%s,%d,%s\n", hex, hashed->quality, field);
  else
    printf ("%s,%d,%s,%.3f\n", hex, hashed->quality, field, hashed->seconds);
  for (guint i = 0; i < hashed->n_probes; i++) {
    weir_pdq_format (hashed->probes[i].hash, hex);
    printf ("+%u,%s\n", hashed->probes[i].probe, hex);
  }
}

/* Whether PATH begins as a picture file. */
static gboolean
peek (const char *path, gboolean *ret_picture, GError **error)
{
  guint8 bytes[MAGIC_BYTES];
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, bytes, sizeof bytes) : -1;
  int code = errno;

  if (fd >= 0)
    close (fd);
  if (n < 0) {
    g_set_error_literal (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, g_strerror (code));
    return FALSE;
  }
  if (n == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "the file is empty");
    return FALSE;
  }
  *ret_picture = weir_picture_file_is_one (bytes, (gsize) n);
  return TRUE;
}

static gboolean
hash_picture (const char *path, const char *field, GError **error)
{
  g_autofree char *bytes = NULL;
  WeirHashed hashed = { 0 };
  gsize size;

  if (!g_file_get_contents (path, &bytes, &size, error))
    return FALSE;
  if (size > MAX_PICTURE_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "picture: %" G_GSIZE_FORMAT " bytes, at most %d are taken", size,
        MAX_PICTURE_BYTES);
    return FALSE;
  }
  if (!weir_hash_picture_file ((const guint8 *) bytes, size, &hashed, error))
    return FALSE;
  print_hashed (&hashed, (gpointer) field);
  return TRUE;
}

static gboolean
hash_file (const char *path, double every, double phase, WeirProbeSet probes)
{
  g_autofree char *field = weir_csv_dup_field (path);
  g_autoptr (GError) error = NULL;
  gboolean picture;

  if (peek (path, &picture, &error)
      && (picture ? hash_picture (path, field, &error)
                  : weir_hash_video_file (
                      path, every, phase, probes, print_hashed, field, &error)))
    return TRUE;
  {
    g_autofree char *text = g_strdup_printf ("%s: %s", path, error->message);
    g_autofree char *safe = weir_log_escape (text, strlen (text));

    fflush (stdout);
    fprintf (stderr, "weirctl: %s\n", safe);
  }
  return FALSE;
}

static gboolean
parse_seconds (const char *text, double least, double *ret)
{
  char *end;

  *ret = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && *ret >= least && *ret <= MAX_SECONDS;
}

int
main (int argc, char **argv)
{
  gboolean all = TRUE;
  double every, phase;
  WeirProbeSet probes;

  setlocale (LC_CTYPE, "");
  confine ();
  if (argc < 5 || !parse_seconds (argv[1], 0.001, &every)
      || !parse_seconds (argv[2], 0, &phase)
      || !weir_probe_set_from_name (argv[3], &probes)) {
    fprintf (stderr, "usage: weir-hasher EVERY PHASE PROBES FILE...\n");
    return 2;
  }
  for (int i = 4; i < argc; i++)
    all = hash_file (argv[i], every, phase, probes) && all;
  if (fflush (stdout) != 0) {
    fprintf (stderr, "weirctl: the output can't be written\n");
    return 1;
  }
  return all ? 0 : 1;
}
