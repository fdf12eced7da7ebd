/* Writing CSV as in RFC 4180. Reading it is hash/csv-reader.h. */
#pragma once

#include <glib.h>

/* TEXT as a field, quoted where it must be; its bytes as they are. */
char *weir_csv_dup_field (const char *text);
