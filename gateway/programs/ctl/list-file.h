/* Reading lists of hashes for commands: what is refused is named on stderr, a
 * large file's progress is shown there when somebody watches. */
#pragma once

#include "hash/hashlist-write.h"

/* An error when the file can't be read or nothing in it can be used. */
WeirHashlist *weir_ctl_load_list (const char *path, GError **error);

/* NAME: of --format; NULL: csv. */
gboolean
weir_ctl_want_form (const char *name, WeirHashlistForm *ret, GError **error);

/* Prints TEXT, and empties it, when there is enough of it or, with ALL, in any
 * case. */
void weir_ctl_list_print (GString *text, gboolean all);
