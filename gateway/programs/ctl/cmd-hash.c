/* weirctl hash: hands over to weir-hasher, which stands beside it. */
#include "programs/ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "hash/probes.h"

char *
weir_ctl_dup_hasher (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self != NULL ? self : "");

  return g_build_filename (folder, "weir-hasher", NULL);
}

gboolean
weir_ctl_run_hash (const WeirCtl *ctl, char **arguments, GError **error)
{
  g_autofree char *program = weir_ctl_dup_hasher ();
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  char every[G_ASCII_DTOSTR_BUF_SIZE], phase[G_ASCII_DTOSTR_BUF_SIZE];

  if (arguments[0] == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "no file to hash: give FILE...");
    return FALSE;
  }
  g_ptr_array_add (argv, program);
  g_ptr_array_add (
      argv, g_ascii_dtostr (every, sizeof every, ctl->options->every));
  g_ptr_array_add (
      argv, g_ascii_dtostr (phase, sizeof phase, ctl->options->phase));
  g_ptr_array_add (argv, (gpointer) weir_probe_set_name (WEIR_PROBES_PLAIN));
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, *arguments);
  g_ptr_array_add (argv, NULL);
  fflush (stdout);
  execv (program, (char **) argv->pdata);
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "can't run %s: %s",
      program, g_strerror (errno));
  return FALSE;
}
