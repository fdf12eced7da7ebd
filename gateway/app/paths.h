/* Where things are: beside the program in a build tree, in the prefix when
 * installed, or relative to the configuration file. */
#pragma once

#include "core/settings.h"

typedef struct _WeirPaths WeirPaths;

WeirPaths *weir_paths_new (const char *config_path);
void weir_paths_free (WeirPaths *paths);

const char *weir_paths_config_dir (const WeirPaths *paths);
/* All newly allocated. */
char *weir_paths_from_config (const WeirPaths *paths, const char *path);
/* What the gateway writes: relative to the folder that the service manager
 * gives it ($STATE_DIRECTORY), else to the configuration file. */
char *weir_paths_from_state (const WeirPaths *paths, const char *path);
char *weir_paths_program (const WeirPaths *paths, const char *name);
char *weir_paths_console (const WeirPaths *paths, const WeirSettings *settings);
