/* Reading lists of hashes for commands: what is refused is named on stderr, a
 * large file's progress is shown there when somebody watches. */
#pragma once

#include "hash/hashlist.h"

/* An error when the file can't be read or nothing in it can be used. */
WeirHashlist *weir_ctl_load_list (const char *path, GError **error);
