/* What the process's own control group (version 2) and those above it say. */
#pragma once

#include <glib.h>

/* The texts of FILE ("memory.max") of the process's own group and those above
 * it, as far as they can be read; NULL-terminated, caller frees. */
char **weir_cgroup_read (const char *file);

/* How much of a core's time this process may use, in thousandths: the least of
 * CPU_MAX (texts of cpu.max files, NULL-terminated) and PROCESSORS. Pure. */
guint weir_cgroup_cpu_permille (const char *const *cpu_max, guint processors);
