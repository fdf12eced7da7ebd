/* Names of what is exported. */
#include "control/bank-export.h"

#include <string.h>

gboolean
weir_bank_export_parse_source (const char *text, WeirBankExportSource *ret)
{
  static const char *const names[] = { "added", "file", "all" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i]) == 0) {
      *ret = (WeirBankExportSource) i;
      return TRUE;
    }
  return FALSE;
}
