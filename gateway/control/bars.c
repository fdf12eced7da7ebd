/* A list in order of coming, and hash tables over it: every publisher that
 * comes, and every key that SRT ports are told of, is looked up. */
#include "control/bars.h"

#include "base/loop.h"
#include "control/describe.h"

#include <string.h>

struct _WeirBars {
  GPtrArray *list;          /* WeirBar, owns */
  GHashTable *by_id;        /* id, the bar's → WeirBar */
  GHashTable *by_stream;    /* path → GPtrArray of WeirBar, oldest first */
  GHashTable *by_publisher; /* the same, of bars that name one */
  WeirBarsFunc func;
  gpointer data;
  WeirTimer *expiry;
};

#define LOOK_MS 1000

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

static void
put_under (GHashTable *table, const char *key, WeirBar *bar)
{
  GPtrArray *of_key = g_hash_table_lookup (table, key);

  if (of_key == NULL) {
    of_key = g_ptr_array_new ();
    g_hash_table_insert (table, g_strdup (key), of_key);
  }
  g_ptr_array_add (of_key, bar);
}

static void
take_from (GHashTable *table, const char *key, WeirBar *bar)
{
  GPtrArray *of_key = g_hash_table_lookup (table, key);

  g_ptr_array_remove (of_key, bar);
  if (of_key->len == 0)
    g_hash_table_remove (table, key);
}

static void
add (WeirBars *bars, WeirBar *bar)
{
  g_ptr_array_add (bars->list, bar);
  g_hash_table_insert (bars->by_id, bar->id, bar);
  put_under (bars->by_stream, bar->stream, bar);
  if (*bar->publisher != '\0')
    put_under (bars->by_publisher, bar->publisher, bar);
}

WeirBars *
weir_bars_new (GPtrArray *loaded)
{
  WeirBars *bars = g_new0 (WeirBars, 1);

  bars->list = g_ptr_array_new_with_free_func ((GDestroyNotify) weir_bar_free);
  bars->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  bars->by_stream = new_table ();
  bars->by_publisher = new_table ();
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    add (bars, weir_bar_copy (g_ptr_array_index (loaded, i)));
  return bars;
}

void
weir_bars_free (WeirBars *bars)
{
  if (bars == NULL)
    return;
  weir_timer_free (bars->expiry);
  g_hash_table_unref (bars->by_publisher);
  g_hash_table_unref (bars->by_stream);
  g_hash_table_unref (bars->by_id);
  g_ptr_array_unref (bars->list);
  g_free (bars);
}

static gboolean
is_over (const WeirBar *bar)
{
  return bar->until_ms > 0 && weir_wall_ms () >= bar->until_ms;
}

/* The oldest that holds. */
static const WeirBar *
find_under (GHashTable *table, const char *key)
{
  const GPtrArray *of_key = g_hash_table_lookup (table, key);

  for (guint i = 0; of_key != NULL && i < of_key->len; i++)
    if (!is_over (g_ptr_array_index (of_key, i)))
      return g_ptr_array_index (of_key, i);
  return NULL;
}

const WeirBar *
weir_bars_find (const WeirBars *bars, const char *stream, const char *publisher)
{
  const WeirBar *bar = find_under (bars->by_stream, stream);

  return bar != NULL ? bar : find_under (bars->by_publisher, publisher);
}

char *
weir_bars_dup_refusal (const WeirBar *bar)
{
  /* The second in which it is over. */
  g_autoptr (GDateTime) time =
      bar->until_ms > 0
          ? g_date_time_new_from_unix_utc ((bar->until_ms + 999) / 1000)
          : NULL;
  g_autofree char *until =
      time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC")
                   : g_strdup ("that is lifted");

  return g_strdup_printf (
      "This stream was ended by a reviewer and is barred until %s%s%s.", until,
      *bar->reason != '\0' ? ": " : "", bar->reason);
}

const WeirBar *
weir_bars_get (const WeirBars *bars, const char *id)
{
  return g_hash_table_lookup (bars->by_id, id);
}

gboolean
weir_bars_name (const WeirBars *bars, const char *stream)
{
  return g_hash_table_contains (bars->by_stream, stream);
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
  add (bars, bar);
  if (bars->func != NULL)
    bars->func (bar, FALSE, bars->data);
}

void
weir_bars_remove (WeirBars *bars, const char *id)
{
  WeirBar *bar = g_hash_table_lookup (bars->by_id, id);
  guint at;

  if (bar == NULL)
    return;
  g_hash_table_remove (bars->by_id, id);
  take_from (bars->by_stream, bar->stream, bar);
  if (*bar->publisher != '\0')
    take_from (bars->by_publisher, bar->publisher, bar);
  g_ptr_array_find (bars->list, bar, &at);
  g_ptr_array_steal_index (bars->list, at);
  if (bars->func != NULL)
    bars->func (bar, TRUE, bars->data);
  weir_bar_free (bar);
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
