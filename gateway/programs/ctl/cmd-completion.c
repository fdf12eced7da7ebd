/* weirctl completion. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "programs/ctl/completion.h"

gboolean
weir_ctl_run_completion (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const shells[] = { "bash", NULL };

  if (!weir_ctl_want (arguments, 1, "the name of a shell: bash", error))
    return FALSE;
  if (strcmp (arguments[0], "bash") != 0) {
    weir_ctl_set_unknown (error, "completion for", arguments[0], shells);
    return FALSE;
  }
  fwrite (weir_ctl_completion_bash, 1, weir_ctl_completion_bash_bytes, stdout);
  return TRUE;
}
