/* Records and transactions, the same for every store. */
#include "control/store.h"

#include "base/loop.h"
#include "control/store-impl.h"

void
weir_key_free (WeirKey *key)
{
  if (key == NULL)
    return;
  g_free (key->id);
  g_free (key->app);
  g_free (key->name);
  g_free (key->publisher);
  g_free (key);
}

WeirKey *
weir_key_copy (const WeirKey *key)
{
  WeirKey *copy = g_memdup2 (key, sizeof *key);

  copy->id = g_strdup (key->id);
  copy->app = g_strdup (key->app);
  copy->name = g_strdup (key->name);
  copy->publisher = g_strdup (key->publisher);
  return copy;
}

void
weir_bar_free (WeirBar *bar)
{
  if (bar == NULL)
    return;
  g_free (bar->id);
  g_free (bar->stream);
  g_free (bar->publisher);
  g_free (bar->reason);
  g_free (bar->case_id);
  g_free (bar->by);
  g_free (bar);
}

WeirBar *
weir_bar_copy (const WeirBar *bar)
{
  WeirBar *copy = g_memdup2 (bar, sizeof *bar);

  copy->id = g_strdup (bar->id);
  copy->stream = g_strdup (bar->stream);
  copy->publisher = g_strdup (bar->publisher);
  copy->reason = g_strdup (bar->reason);
  copy->case_id = g_strdup (bar->case_id);
  copy->by = g_strdup (bar->by);
  return copy;
}

void
weir_user_free (WeirUser *user)
{
  if (user == NULL)
    return;
  g_free (user->name);
  g_free (user->role);
  g_free (user);
}

WeirUser *
weir_user_copy (const WeirUser *user)
{
  WeirUser *copy = g_memdup2 (user, sizeof *user);

  copy->name = g_strdup (user->name);
  copy->role = g_strdup (user->role);
  return copy;
}

void
weir_publisher_record_free (WeirPublisherRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->name);
  g_free (record);
}

void
weir_sighting_clear (WeirSighting *sighting)
{
  g_free (sighting->stream);
  g_free (sighting->matches);
}

WeirSightingsBatch *
weir_sightings_batch_new (void)
{
  WeirSightingsBatch *batch = g_new0 (WeirSightingsBatch, 1);

  for (guint k = 0; k < WEIR_SIGHTINGS_KINDS; k++) {
    batch->list[k] = g_array_new (FALSE, TRUE, sizeof (WeirSighting));
    g_array_set_clear_func (
        batch->list[k], (GDestroyNotify) weir_sighting_clear);
  }
  return batch;
}

void
weir_sightings_batch_free (WeirSightingsBatch *batch)
{
  if (batch == NULL)
    return;
  for (guint k = 0; k < WEIR_SIGHTINGS_KINDS; k++)
    g_array_unref (batch->list[k]);
  g_free (batch);
}

static WeirCase *
case_copy (const WeirCase *c, gboolean with_still)
{
  WeirCase *copy = g_memdup2 (c, sizeof *c);

  copy->id = g_strdup (c->id);
  copy->stream = g_strdup (c->stream);
  copy->publisher = g_strdup (c->publisher);
  copy->bank = g_strdup (c->bank);
  copy->entry = g_strdup (c->entry);
  copy->item = g_strdup (c->item);
  copy->still = with_still && c->still != NULL ? g_bytes_ref (c->still) : NULL;
  copy->reason = g_strdup (c->reason);
  copy->policy = g_strdup (c->policy);
  copy->decided_by = g_strdup (c->decided_by);
  copy->note = g_strdup (c->note);
  return copy;
}

static void
op_clear (gpointer data)
{
  WeirOp *op = data;

  switch (op->kind) {
  case WEIR_OP_PUT_KEY:
    weir_key_free (op->key);
    break;
  case WEIR_OP_PUT_BAR:
    weir_bar_free (op->bar);
    break;
  case WEIR_OP_PUT_USER:
    weir_user_free (op->user);
    break;
  case WEIR_OP_PUT_PUBLISHER:
    weir_publisher_record_free (op->publisher);
    break;
  case WEIR_OP_DELETE_KEY:
  case WEIR_OP_DELETE_BAR:
  case WEIR_OP_DELETE_SIGNAL:
  case WEIR_OP_ENABLE_SIGNAL:
  case WEIR_OP_DELETE_QUARANTINE:
  case WEIR_OP_DELETE_CLOSURE:
    g_free (op->id);
    break;
  case WEIR_OP_PUT_SIGNAL:
  case WEIR_OP_RELEASE_SIGNAL:
    weir_signal_free (op->signal);
    break;
  case WEIR_OP_PUT_SIGNALS:
    g_ptr_array_unref (op->signals);
    break;
  case WEIR_OP_PUT_HIT_COUNTS:
    g_ptr_array_unref (op->hit_counts.list);
    break;
  case WEIR_OP_PUT_QUARANTINE:
    weir_quarantine_free (op->quarantine);
    break;
  case WEIR_OP_PUT_CLOSURE:
    weir_closure_free (op->closure);
    break;
  case WEIR_OP_REST_CLOSURE:
    g_free (op->rest.id);
    break;
  case WEIR_OP_PUT_CASE:
    weir_case_free (op->put_case.c);
    break;
  case WEIR_OP_ADD_TRAIL:
    g_free (op->trail.actor);
    g_free (op->trail.action);
    g_free (op->trail.subject);
    g_free (op->trail.detail);
    break;
  case WEIR_OP_ADD_SIGHTINGS:
    weir_sightings_batch_free (op->sightings);
    break;
  }
}

WeirTxn *
weir_txn_new (void)
{
  WeirTxn *txn = g_new0 (WeirTxn, 1);

  txn->ops = g_array_new (FALSE, TRUE, sizeof (WeirOp));
  g_array_set_clear_func (txn->ops, op_clear);
  return txn;
}

void
weir_txn_free (WeirTxn *txn)
{
  if (txn == NULL)
    return;
  g_array_unref (txn->ops);
  g_free (txn);
}

static void
add (WeirTxn *txn, WeirOp op)
{
  g_array_append_val (txn->ops, op);
}

void
weir_txn_put_key (WeirTxn *txn, const WeirKey *key)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_KEY, { .key = weir_key_copy (key) } });
}

void
weir_txn_delete_key (WeirTxn *txn, const char *id)
{
  add (txn, (WeirOp){ WEIR_OP_DELETE_KEY, { .id = g_strdup (id) } });
}

void
weir_txn_put_bar (WeirTxn *txn, const WeirBar *bar)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_BAR, { .bar = weir_bar_copy (bar) } });
}

void
weir_txn_delete_bar (WeirTxn *txn, const char *id)
{
  add (txn, (WeirOp){ WEIR_OP_DELETE_BAR, { .id = g_strdup (id) } });
}

void
weir_txn_put_user (WeirTxn *txn, const WeirUser *user)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_USER, { .user = weir_user_copy (user) } });
}

void
weir_txn_put_publisher (
    WeirTxn *txn, const char *name, gint64 aired_ms, gint64 last_ms)
{
  const WeirPublisherRecord record = { g_strdup (name), aired_ms, last_ms };

  add (txn, (WeirOp){ WEIR_OP_PUT_PUBLISHER,
                { .publisher = g_memdup2 (&record, sizeof record) } });
}

void
weir_txn_put_signal (WeirTxn *txn, const WeirSignal *signal)
{
  add (txn,
      (WeirOp){ WEIR_OP_PUT_SIGNAL, { .signal = weir_signal_copy (signal) } });
}

void
weir_txn_put_signals (WeirTxn *txn, GPtrArray *signals)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_SIGNALS,
                { .signals = g_ptr_array_ref (signals) } });
}

void
weir_txn_put_hit_counts (WeirTxn *txn, GPtrArray *counts, guint max)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_HIT_COUNTS,
                { .hit_counts = { g_ptr_array_ref (counts), max } } });
}

void
weir_txn_delete_signal (WeirTxn *txn, const char *id)
{
  add (txn, (WeirOp){ WEIR_OP_DELETE_SIGNAL, { .id = g_strdup (id) } });
}

void
weir_txn_enable_signal (WeirTxn *txn, const char *id)
{
  add (txn, (WeirOp){ WEIR_OP_ENABLE_SIGNAL, { .id = g_strdup (id) } });
}

void
weir_txn_release_signal (WeirTxn *txn, const WeirSignal *signal)
{
  add (txn, (WeirOp){ WEIR_OP_RELEASE_SIGNAL,
                { .signal = weir_signal_copy (signal) } });
}

void
weir_txn_put_quarantine (WeirTxn *txn, const WeirQuarantine *quarantine)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_QUARANTINE,
                { .quarantine = weir_quarantine_copy (quarantine) } });
}

void
weir_txn_delete_quarantine (WeirTxn *txn, const char *id)
{
  add (txn, (WeirOp){ WEIR_OP_DELETE_QUARANTINE, { .id = g_strdup (id) } });
}

void
weir_txn_put_closure (WeirTxn *txn, const WeirClosure *closure)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_CLOSURE,
                { .closure = weir_closure_copy (closure) } });
}

void
weir_txn_delete_closure (WeirTxn *txn, const char *id)
{
  add (txn, (WeirOp){ WEIR_OP_DELETE_CLOSURE, { .id = g_strdup (id) } });
}

void
weir_txn_rest_closure (WeirTxn *txn, const char *id, gint64 until_ms)
{
  add (txn, (WeirOp){ WEIR_OP_REST_CLOSURE,
                { .rest = { g_strdup (id), until_ms } } });
}

void
weir_txn_put_case (WeirTxn *txn, const WeirCase *c, gboolean with_still)
{
  add (txn, (WeirOp){ WEIR_OP_PUT_CASE,
                { .put_case = { case_copy (c, with_still) } } });
}

void
weir_txn_add_trail (WeirTxn *txn, const char *actor, const char *action,
    const char *subject, const char *detail)
{
  add (txn,
      (WeirOp){ WEIR_OP_ADD_TRAIL,
          { .trail = { weir_wall_ms (), g_strdup (actor), g_strdup (action),
                g_strdup (subject), g_strdup (detail) } } });
}

void
weir_txn_add_sightings (WeirTxn *txn, WeirSightingsBatch *batch)
{
  add (txn, (WeirOp){ WEIR_OP_ADD_SIGHTINGS, { .sightings = batch } });
}

void
weir_store_state_clear (WeirStoreState *state)
{
  g_clear_pointer (&state->keys, g_ptr_array_unref);
  g_clear_pointer (&state->bars, g_ptr_array_unref);
  g_clear_pointer (&state->users, g_ptr_array_unref);
  g_clear_pointer (&state->publishers, g_ptr_array_unref);
  g_clear_pointer (&state->signals, g_ptr_array_unref);
  g_clear_pointer (&state->quarantines, g_ptr_array_unref);
  g_clear_pointer (&state->closures, g_ptr_array_unref);
  g_clear_pointer (&state->hit_counts, g_ptr_array_unref);
  g_clear_pointer (&state->cases, g_ptr_array_unref);
}

gboolean
weir_store_load (WeirStore *store, WeirStoreState *ret, GError **error)
{
  return store->klass->load (store, ret, error);
}

void
weir_store_submit (
    WeirStore *store, WeirTxn *txn, WeirStoreDone done, gpointer data)
{
  store->klass->submit (store, txn, done, data);
}

void
weir_store_read_trail (WeirStore *store, guint64 before, guint limit,
    WeirStoreTrail done, gpointer data)
{
  store->klass->read_trail (store, before, limit, done, data);
}

void
weir_store_read_still (WeirStore *store, const char *case_id,
    void (*done) (GBytes *still, gpointer data), gpointer data)
{
  store->klass->read_still (store, case_id, done, data);
}

void
weir_store_read_sightings (WeirStore *store, WeirSightingsKind kind,
    const char *stream, guint64 before, guint limit, WeirStoreSightings done,
    gpointer data)
{
  store->klass->read_sightings (store, kind, stream, before, limit, done, data);
}

void
weir_store_free (WeirStore *store)
{
  if (store != NULL)
    store->klass->free (store);
}
