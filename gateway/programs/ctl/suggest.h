/* What somebody meant who typed something else. Pure. */
#pragma once

#include <glib.h>

/* The one of CHOICES (ends with NULL) that is nearest to WORD: fewest letters
 * changed, left out, put in or swapped with their neighbour. NULL when none
 * is near. */
const char *weir_ctl_suggest (const char *word, const char *const *choices);
