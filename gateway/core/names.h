/* Names of applications and streams. Pure. */
#pragma once

#include <glib.h>

#define WEIR_NAME_MAX_LENGTH 128

/* [A-Za-z0-9._-]{1,128}, and neither "." nor "..". */
gboolean weir_name_is_valid (const char *name);

/* Splits "APP/NAME". FALSE when it is not two valid names. */
gboolean weir_path_split (const char *path, char **ret_app, char **ret_name);
