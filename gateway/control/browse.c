/* Queries, pages, and what people said of the entries. */
#include "control/browse.h"

#include "control/banks.h"
#include "control/quarantines.h"

#include <string.h>

void
weir_browse_query_clear (WeirBrowseQuery *query)
{
  g_free (query->bank);
  g_free (query->search);
  g_free (query->after);
  g_clear_pointer (&query->passed_over, g_hash_table_unref);
  *query = (WeirBrowseQuery){ 0 };
}

gboolean
weir_browse_show_from_string (const char *text, WeirBrowseShow *ret)
{
  static const char *const names[] = { "all", "added", "aside", "disabled" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], text) == 0) {
      *ret = (WeirBrowseShow) i;
      return TRUE;
    }
  return FALSE;
}

static void
row_free (gpointer data)
{
  WeirBrowseRow *row = data;

  weir_signal_free (row->signal);
  g_free (row->why);
  g_free (row);
}

WeirBrowsePage *
weir_browse_page_new (void)
{
  WeirBrowsePage *page = g_new0 (WeirBrowsePage, 1);

  page->rows = g_ptr_array_new_with_free_func (row_free);
  return page;
}

void
weir_browse_page_free (WeirBrowsePage *page)
{
  if (page == NULL)
    return;
  g_ptr_array_unref (page->rows);
  g_free (page->next);
  g_free (page);
}

void
weir_browse_page_add (WeirBrowsePage *page, WeirSignal *signal, char *why)
{
  WeirBrowseRow *row = g_new (WeirBrowseRow, 1);

  *row = (WeirBrowseRow){ signal, why };
  g_ptr_array_add (page->rows, row);
}

WeirBrowseStart
weir_browse (WeirControl *control, WeirBrowseQuery *query, WeirBrowseFunc func,
    gpointer data)
{
  g_autoptr (GPtrArray) list =
      weir_quarantines_list (control->quarantines, query->bank);

  query->passed_over = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) weir_quarantine_free);
  for (guint i = 0; i < list->len; i++) {
    WeirQuarantine *q = weir_quarantine_copy (g_ptr_array_index (list, i));

    g_hash_table_replace (query->passed_over, q->entry, q);
  }
  return control->banks->klass->browse (control->banks, query, func, data);
}
