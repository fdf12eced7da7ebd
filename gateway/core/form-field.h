/* Names in the arguments of a query, as whoever reads it may read them. Pure.
 */
#pragma once

#include <glib.h>

/* What a server may take ARGUMENT ("x=y", SIZE bytes) to be called: decoded, up
 * to a zero byte, without leading blanks (PHP) and brackets ("[x]" is x to Rack
 * and qs), up to the next bracket, in small letters. Caller frees. */
char *weir_form_field (const char *argument, gsize size);
