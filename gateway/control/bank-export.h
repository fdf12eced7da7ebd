/* A bank's entries as a list on its way out, part by part, so that memory is
 * bounded whatever its length; lists/ implements it. What its file held when it
 * began, and what is put in while it lasts. Loop thread. */
#pragma once

#include <glib.h>

typedef enum {
  WEIR_BANK_EXPORT_ADDED, /* put in while the gateway runs */
  WEIR_BANK_EXPORT_FILE,
  WEIR_BANK_EXPORT_ALL /* the file's, then the others */
} WeirBankExportSource;

typedef struct _WeirBankExport WeirBankExport;

/* FALSE for what is none of "added", "file", "all". */
gboolean
weir_bank_export_parse_source (const char *text, WeirBankExportSource *ret);
