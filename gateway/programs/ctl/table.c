/* Tables of text. */
#include "programs/ctl/table.h"

#include <string.h>

#include "base/log.h"

#define GAP "  "

struct _WeirCtlTable {
  guint columns;
  gboolean *right; /* per column */
  gboolean titled;
  GPtrArray *cells; /* row by row, titles first; safe UTF-8 */
};

WeirCtlTable *
weir_ctl_table_new (const char *const *titles)
{
  WeirCtlTable *table = g_new0 (WeirCtlTable, 1);

  table->columns = g_strv_length ((char **) titles);
  table->right = g_new0 (gboolean, table->columns);
  table->cells = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < table->columns; i++) {
    table->right[i] = titles[i][0] == '>';
    g_ptr_array_add (table->cells, g_strdup (titles[i] + table->right[i]));
    if (titles[i][table->right[i]] != '\0')
      table->titled = TRUE;
  }
  return table;
}

void
weir_ctl_table_free (WeirCtlTable *table)
{
  if (table == NULL)
    return;
  g_free (table->right);
  g_ptr_array_unref (table->cells);
  g_free (table);
}

void
weir_ctl_table_add (WeirCtlTable *table, const char *text)
{
  g_ptr_array_add (table->cells, text == NULL || *text == '\0'
                                     ? g_strdup ("-")
                                     : weir_log_escape (text, strlen (text)));
}

void
weir_ctl_table_add_format (WeirCtlTable *table, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  weir_ctl_table_add (table, text);
}

guint
weir_ctl_table_width (const char *text)
{
  guint width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    if (!g_unichar_iszerowidth (c))
      width += g_unichar_iswide (c) ? 2 : 1;
  }
  return width;
}

static void
append_spaces (GString *out, guint n)
{
  while (n-- > 0)
    g_string_append_c (out, ' ');
}

char *
weir_ctl_table_format (const WeirCtlTable *table)
{
  GString *out = g_string_new (NULL);
  g_autofree guint *widths = g_new0 (guint, table->columns);
  guint start = table->titled ? 0 : table->columns;

  for (guint i = start; i < table->cells->len; i++) {
    guint *width = &widths[i % table->columns];

    *width = MAX (
        *width, weir_ctl_table_width (g_ptr_array_index (table->cells, i)));
  }
  for (guint i = start; i < table->cells->len; i++) {
    const char *text = g_ptr_array_index (table->cells, i);
    guint column = i % table->columns;
    guint pad = widths[column] - weir_ctl_table_width (text);
    gboolean last = column + 1 == table->columns || i + 1 == table->cells->len;

    if (table->right[column])
      append_spaces (out, pad);
    g_string_append (out, text);
    if (!last && !table->right[column])
      append_spaces (out, pad);
    g_string_append (out, last ? "\n" : GAP);
  }
  return g_string_free (out, FALSE);
}
