/* scripts/completion/weirctl.bash, which the build puts into the program. */
#pragma once

#include <glib.h>

extern const char weir_ctl_completion_bash[];
extern const gsize weir_ctl_completion_bash_bytes;
