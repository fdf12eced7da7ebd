/* A short list, searched from its beginning. */
#include "control/bars.h"

#include "base/loop.h"
#include "control/describe.h"

#include <string.h>

struct _WeirBars {
  GPtrArray *list; /* WeirBar, owns */
  WeirBarsFunc func;
  gpointer data;
  WeirTimer *expiry;
};

#define LOOK_MS 1000

WeirBars *
weir_bars_new (GPtrArray *loaded)
{
  WeirBars *bars = g_new0 (WeirBars, 1);

  bars->list = g_ptr_array_new_with_free_func ((GDestroyNotify) weir_bar_free);
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    g_ptr_array_add (bars->list, weir_bar_copy (g_ptr_array_index (loaded, i)));
  return bars;
}

void
weir_bars_free (WeirBars *bars)
{
  if (bars == NULL)
    return;
  weir_timer_free (bars->expiry);
  g_ptr_array_unref (bars->list);
  g_free (bars);
}

static gboolean
is_over (const WeirBar *bar)
{
  return bar->until_ms > 0 && weir_wall_ms () >= bar->until_ms;
}

const WeirBar *
weir_bars_find (const WeirBars *bars, const char *stream, const char *publisher)
{
  for (guint i = 0; i < bars->list->len; i++) {
    const WeirBar *bar = g_ptr_array_index (bars->list, i);

    if (is_over (bar))
      continue;
    if (strcmp (bar->stream, stream) == 0
        || (*bar->publisher != '\0' && strcmp (bar->publisher, publisher) == 0))
      return bar;
  }
  return NULL;
}

const WeirBar *
weir_bars_get (const WeirBars *bars, const char *id)
{
  for (guint i = 0; i < bars->list->len; i++) {
    const WeirBar *bar = g_ptr_array_index (bars->list, i);

    if (strcmp (bar->id, id) == 0)
      return bar;
  }
  return NULL;
}

const GPtrArray *
weir_bars_list (const WeirBars *bars)
{
  return bars->list;
}

void
weir_bars_set_watch (WeirBars *bars, WeirBarsFunc func, gpointer data)
{
  bars->func = func;
  bars->data = data;
}

void
weir_bars_put (WeirBars *bars, WeirBar *bar)
{
  weir_bars_remove (bars, bar->id);
  g_ptr_array_add (bars->list, bar);
  if (bars->func != NULL)
    bars->func (bar, FALSE, bars->data);
}

void
weir_bars_remove (WeirBars *bars, const char *id)
{
  for (guint i = 0; i < bars->list->len; i++) {
    WeirBar *bar = g_ptr_array_index (bars->list, i);

    if (strcmp (bar->id, id) == 0) {
      g_ptr_array_steal_index (bars->list, i);
      if (bars->func != NULL)
        bars->func (bar, TRUE, bars->data);
      weir_bar_free (bar);
      return;
    }
  }
}

void
weir_bars_expire (WeirControl *control)
{
  GPtrArray *list = control->bars->list;

  for (guint i = list->len; i-- > 0;) {
    const WeirBar *bar = g_ptr_array_index (list, i);
    g_autofree char *subject = g_strconcat ("stream:", bar->stream, NULL);
    g_autofree char *detail = NULL;
    WeirTxn *txn;

    if (!is_over (bar))
      continue;
    detail = weir_describe_dump (json_pack ("{s:s}", "bar", bar->id));
    txn = weir_txn_new ();
    weir_txn_delete_bar (txn, bar->id);
    weir_txn_add_trail (txn, "weir", "bar.expire", subject, detail);
    weir_store_submit (control->store, txn, NULL, NULL);
    weir_bars_remove (control->bars, bar->id);
  }
}

static void
on_look (gpointer data)
{
  weir_bars_expire (data);
}

void
weir_bars_begin (WeirControl *control)
{
  control->bars->expiry =
      weir_timer_new_aside (control->loop, LOOK_MS, LOOK_MS, on_look, control);
}
