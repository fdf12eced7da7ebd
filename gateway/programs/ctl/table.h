/* Columns of text, aligned for terminals. Pure. */
#pragma once

#include <glib.h>

typedef struct _WeirCtlTable WeirCtlTable;

/* TITLES ends with NULL; one that begins with '>' makes its column align to
 * the right. When every title is empty no line of titles is written. */
WeirCtlTable *weir_ctl_table_new (const char *const *titles);
void weir_ctl_table_free (WeirCtlTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCtlTable, weir_ctl_table_free)

/* The next cell, left to right, row by row. TEXT may come from anybody:
 * control characters and broken UTF-8 are escaped. NULL or "" shows as "-". */
void weir_ctl_table_add (WeirCtlTable *table, const char *text);
void weir_ctl_table_add_format (WeirCtlTable *table, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Lines that end with a newline, without spaces at their ends. Caller
 * frees. */
char *weir_ctl_table_format (const WeirCtlTable *table);

/* Terminal columns that TEXT (valid UTF-8) takes: two for wide characters,
 * none for combining ones. */
guint weir_ctl_table_width (const char *text);
