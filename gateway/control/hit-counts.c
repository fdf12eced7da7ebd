/* Counts in the order of their last hit. */
#include "control/hit-counts.h"

typedef struct {
  char *key; /* bank and entry */
  WeirHitCount *count;
  gboolean dirty;
  GList link; /* of the order; its data is this */
} Counted;

struct _WeirHitCounts {
  WeirControl *control;
  GHashTable *by_key; /* Counted */
  GQueue order;       /* the one hit longest ago first */
  guint n_dirty;
  WeirTimer *flush;
};

static char *
dup_key (const char *bank, const char *entry)
{
  return g_strconcat (bank, "\n", entry, NULL);
}

static void
counted_free (gpointer data)
{
  Counted *counted = data;

  weir_hit_count_free (counted->count);
  g_free (counted->key);
  g_free (counted);
}

/* Takes COUNT. */
static Counted *
keep (WeirHitCounts *self, WeirHitCount *count)
{
  Counted *counted = g_new0 (Counted, 1);

  counted->key = dup_key (count->bank, count->entry);
  counted->count = count;
  counted->link.data = counted;
  g_queue_push_tail_link (&self->order, &counted->link);
  g_hash_table_replace (self->by_key, counted->key, counted);
  return counted;
}

WeirHitCounts *
weir_hit_counts_new (WeirControl *control, GPtrArray *loaded)
{
  WeirHitCounts *self = g_new0 (WeirHitCounts, 1);

  self->control = control;
  self->by_key =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, counted_free);
  g_queue_init (&self->order);
  if (loaded == NULL)
    return self;
  g_ptr_array_set_free_func (loaded, NULL);
  for (guint i = 0; i < loaded->len; i++)
    keep (self, g_ptr_array_index (loaded, i));
  g_ptr_array_set_size (loaded, 0);
  return self;
}

void
weir_hit_counts_free (WeirHitCounts *self)
{
  if (self == NULL)
    return;
  weir_timer_free (self->flush);
  g_hash_table_unref (self->by_key);
  g_free (self);
}

static void
on_stored (const GError *error, gpointer data)
{
  weir_control_note_store (data, error);
}

void
weir_hit_counts_flush (WeirHitCounts *self)
{
  g_autoptr (GPtrArray) list = NULL;
  WeirTxn *txn;

  g_clear_pointer (&self->flush, weir_timer_free);
  if (self->n_dirty == 0)
    return;
  list = g_ptr_array_new_with_free_func (weir_hit_count_free);
  /* Whatever was hit since the last time stands at the end. */
  for (GList *l = self->order.tail; l != NULL; l = l->prev) {
    Counted *counted = l->data;

    if (!counted->dirty)
      break;
    counted->dirty = FALSE;
    g_ptr_array_add (list, weir_hit_count_copy (counted->count));
  }
  self->n_dirty = 0;
  txn = weir_txn_new ();
  weir_txn_put_hit_counts (txn, list, WEIR_HIT_COUNTS_MAX);
  weir_store_submit (self->control->store, txn, on_stored, self->control);
}

static void
on_flush (gpointer data)
{
  weir_hit_counts_flush (data);
}

static Counted *
get_counted (WeirHitCounts *self, const char *bank, const char *entry)
{
  g_autofree char *key = dup_key (bank, entry);
  Counted *counted = g_hash_table_lookup (self->by_key, key);

  if (counted != NULL) {
    g_queue_unlink (&self->order, &counted->link);
    g_queue_push_tail_link (&self->order, &counted->link);
    return counted;
  }
  if (g_hash_table_size (self->by_key) >= WEIR_HIT_COUNTS_MAX) {
    Counted *oldest = self->order.head->data;

    self->n_dirty -= oldest->dirty;
    g_queue_unlink (&self->order, &oldest->link);
    g_hash_table_remove (self->by_key, oldest->key);
  }
  return keep (self, weir_hit_count_new (bank, entry, 0, 0));
}

void
weir_hit_counts_note (
    WeirHitCounts *self, const char *bank, const char *entry, gint64 now_ms)
{
  Counted *counted = get_counted (self, bank, entry);

  counted->count->hits++;
  counted->count->last_ms = now_ms;
  self->n_dirty += !counted->dirty;
  counted->dirty = TRUE;
  if (self->flush == NULL)
    self->flush = weir_timer_new (
        self->control->loop, WEIR_HIT_COUNTS_FLUSH_MS, 0, on_flush, self);
}

void
weir_hit_counts_describe (const WeirHitCounts *self, const char *bank,
    const char *entry, json_t *object)
{
  g_autofree char *key = dup_key (bank, entry);
  const Counted *counted = g_hash_table_lookup (self->by_key, key);

  json_object_set_new (object, "hits",
      json_integer (counted != NULL ? counted->count->hits : 0));
  json_object_set_new (object, "last_hit_ms",
      counted != NULL ? json_integer (counted->count->last_ms) : json_null ());
}
