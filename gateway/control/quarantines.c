/* Keeps quarantines, and makes them of floods. */
#include "control/quarantines.h"

#include "base/log.h"
#include "control/describe.h"
#include "control/events.h"
#include "core/flood.h"

#include <string.h>

struct _WeirQuarantines {
  WeirControl *control;
  GHashTable *by_id; /* WeirQuarantine */
  WeirFlood *flood;
};

WeirQuarantines *
weir_quarantines_new (WeirControl *control, GPtrArray *loaded)
{
  WeirQuarantines *self = g_new0 (WeirQuarantines, 1);

  self->control = control;
  self->by_id = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) weir_quarantine_free);
  self->flood = weir_flood_new ();
  g_ptr_array_set_free_func (loaded, NULL);
  for (guint i = 0; i < loaded->len; i++) {
    WeirQuarantine *q = g_ptr_array_index (loaded, i);

    g_hash_table_replace (self->by_id, q->id, q);
  }
  g_ptr_array_set_size (loaded, 0);
  return self;
}

void
weir_quarantines_free (WeirQuarantines *self)
{
  if (self == NULL)
    return;
  weir_flood_free (self->flood);
  g_hash_table_unref (self->by_id);
  g_free (self);
}

const WeirQuarantine *
weir_quarantines_find (
    const WeirQuarantines *self, const char *bank, const char *entry)
{
  g_autofree char *id = NULL;

  if (g_hash_table_size (self->by_id) == 0)
    return NULL;
  id = weir_quarantine_dup_id (bank, entry);
  return g_hash_table_lookup (self->by_id, id);
}

const WeirQuarantine *
weir_quarantines_find_in_effect (
    const WeirQuarantines *self, const char *bank, const char *entry)
{
  const WeirQuarantine *q = weir_quarantines_find (self, bank, entry);

  return q != NULL && weir_quarantine_is_in_effect (q, weir_wall_ms ()) ? q
                                                                        : NULL;
}

gboolean
weir_quarantines_has (
    const WeirQuarantines *self, const char *bank, const char *entry)
{
  return weir_quarantines_find_in_effect (self, bank, entry) != NULL;
}

static gint
by_age (gconstpointer a, gconstpointer b)
{
  const WeirQuarantine *x = *(WeirQuarantine *const *) a;
  const WeirQuarantine *y = *(WeirQuarantine *const *) b;

  return x->since_ms != y->since_ms ? (x->since_ms < y->since_ms ? -1 : 1)
                                    : strcmp (x->id, y->id);
}

GPtrArray *
weir_quarantines_list (const WeirQuarantines *self, const char *bank)
{
  GPtrArray *list = g_ptr_array_new ();
  gint64 now_ms = weir_wall_ms ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const WeirQuarantine *q = value;

    if (weir_quarantine_is_in_effect (q, now_ms)
        && (bank == NULL || strcmp (q->bank, bank) == 0))
      g_ptr_array_add (list, value);
  }
  g_ptr_array_sort (list, by_age);
  return list;
}

guint
weir_quarantines_count (const WeirQuarantines *self, const char *bank)
{
  g_autoptr (GPtrArray) list = weir_quarantines_list (self, bank);

  return list->len;
}

static gint64
end_of (const WeirQuarantine *q)
{
  return q->released_ms != 0 ? q->released_ms : q->until_ms;
}

/* What was lifted or has ended longest ago, or NULL. */
static WeirQuarantine *
find_oldest_released (const WeirQuarantines *self)
{
  WeirQuarantine *oldest = NULL;
  gint64 now_ms = weir_wall_ms ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    WeirQuarantine *q = value;

    if (!weir_quarantine_is_in_effect (q, now_ms)
        && (oldest == NULL || end_of (q) < end_of (oldest)))
      oldest = q;
  }
  return oldest;
}

gboolean
weir_quarantines_has_room (const WeirQuarantines *self)
{
  return g_hash_table_size (self->by_id) < WEIR_QUARANTINES_MAX
         || find_oldest_released (self) != NULL;
}

static void
emit (WeirQuarantines *self, const char *state, const char *bank,
    const char *entry, const char *reason)
{
  weir_events_emit (self->control->events, "bank.quarantine",
      json_pack ("{s:s, s:s, s:s, s:s}", "bank", bank, "entry", entry, "state",
          state, "reason", reason));
}

static void
on_forgotten (const GError *error, gpointer data)
{
  weir_control_note_store (data, error);
}

static void
make_room (WeirQuarantines *self)
{
  WeirQuarantine *oldest = find_oldest_released (self);
  WeirTxn *txn;

  if (g_hash_table_size (self->by_id) < WEIR_QUARANTINES_MAX || oldest == NULL)
    return;
  txn = weir_txn_new ();
  weir_txn_delete_quarantine (txn, oldest->id);
  weir_store_submit (self->control->store, txn, on_forgotten, self->control);
  g_hash_table_remove (self->by_id, oldest->id);
}

void
weir_quarantines_put (WeirQuarantines *self, WeirQuarantine *q)
{
  if (!g_hash_table_contains (self->by_id, q->id))
    make_room (self);
  weir_flood_forget (self->flood, q->id);
  g_hash_table_replace (self->by_id, q->id, q);
  emit (self, q->released_ms == 0 ? "quarantined" : "released", q->bank,
      q->entry, q->reason);
}

/* --- floods --- */

static gint64
get_int (const WeirQuarantines *self, const char *bank, const char *key)
{
  return weir_settings_named_int (self->control->settings, "bank", bank, key);
}

static WeirFloodLimit
limit_of (const WeirQuarantines *self, const char *bank)
{
  return (WeirFloodLimit){ (guint) get_int (self, bank, "flood_streams"),
    (guint) get_int (self, bank, "flood_released"),
    get_int (self, bank, "flood_window_s") * 1000 };
}

/* Whether somebody gave it back lately. */
static gboolean
rests (const WeirQuarantines *self, const char *bank, const char *entry)
{
  const WeirQuarantine *q = weir_quarantines_find (self, bank, entry);

  gint64 now_ms = weir_wall_ms ();

  return q != NULL
         && (weir_quarantine_is_in_effect (q, now_ms)
             || (q->released_ms != 0
                 && now_ms - q->released_ms
                        < get_int (self, bank, "flood_rest_s") * 1000));
}

/* Whether what BANK matches may be withheld without anybody. */
static gboolean
withholds (const WeirQuarantines *self, const char *bank)
{
  const WeirControl *control = self->control;
  const GPtrArray *rules = weir_policy_get_rules (control->policy);
  WeirAction action = WEIR_ACTION_CUT;

  weir_action_from_string (
      weir_settings_named_string (control->settings, "bank", bank, "action"),
      &action);
  for (guint i = 0; i < rules->len && action < WEIR_ACTION_HOLD; i++) {
    const WeirPolicyRule *rule = g_ptr_array_index (rules, i);

    if (*rule->scorer != '\0')
      continue;
    if (*rule->bank != '\0' && strcmp (rule->bank, bank) != 0)
      continue;
    action = MAX (action, rule->action);
    if (rule->on_timeout >= WEIR_TIMEOUT_HOLD)
      action = WEIR_ACTION_HOLD;
  }
  return action >= WEIR_ACTION_HOLD;
}

static char *
describe_flood (
    const WeirFloodCount *count, const WeirFloodLimit *limit, const char *rest)
{
  gint64 s = limit->window_ms / 1000;
  gboolean minutes = s >= 120 && s % 60 == 0;

  return g_strdup_printf ("Fired on %u streams of %u publishers within "
                          "%" G_GINT64_FORMAT " %s%s",
      count->streams, count->publishers, minutes ? s / 60 : s,
      minutes ? "minutes" : "seconds", rest);
}

static json_t *
describe_detail (
    const char *entry, const char *reason, const WeirFloodCount *count)
{
  return json_pack ("{s:s, s:s, s:i, s:i, s:i}", "entry", entry, "reason",
      reason, "streams", (int) count->streams, "publishers",
      (int) count->publishers, "released", (int) count->released);
}

static void
add_trail (WeirTxn *txn, const char *action, const char *bank, json_t *object)
{
  g_autofree char *subject = g_strconcat ("bank:", bank, NULL);
  g_autofree char *detail = weir_describe_dump (object);

  weir_txn_add_trail (txn, "weir", action, subject, detail);
}

static void
tell (WeirQuarantines *self, const char *bank, const char *entry,
    const char *reason, const WeirFloodCount *count)
{
  WeirTxn *txn = weir_txn_new ();

  weir_warn ("review", bank, "%s: %s", entry, reason);
  add_trail (txn, "bank.flood", bank, describe_detail (entry, reason, count));
  weir_store_submit (self->control->store, txn, on_forgotten, self->control);
  emit (self, "flooding", bank, entry, reason);
}

typedef struct {
  WeirQuarantines *self;
  WeirQuarantine *quarantine;
} Pending;

/* It lets pictures pass, so it is stored first. */
static void
on_stored (const GError *error, gpointer data)
{
  Pending *pending = data;
  WeirQuarantine *q = g_steal_pointer (&pending->quarantine);

  weir_control_note_store (pending->self->control, error);
  if (error != NULL) {
    weir_warn ("review", q->bank, "%s is not quarantined: it can't be stored",
        q->entry);
    weir_quarantine_free (q);
  } else {
    weir_warn ("review", q->bank, "%s is quarantined: %s", q->entry, q->reason);
    weir_quarantines_put (pending->self, q);
  }
  g_free (pending);
}

static void
quarantine (WeirQuarantines *self, const char *bank, const char *entry,
    const char *reason, const WeirFloodCount *count)
{
  Pending *pending = g_new0 (Pending, 1);
  WeirTxn *txn = weir_txn_new ();

  pending->self = self;
  pending->quarantine =
      weir_quarantine_new (bank, entry, reason, "weir", weir_wall_ms ());
  weir_txn_put_quarantine (txn, pending->quarantine);
  add_trail (
      txn, "bank.quarantine", bank, describe_detail (entry, reason, count));
  weir_store_submit (self->control->store, txn, on_stored, pending);
}

static void
follow (WeirQuarantines *self, WeirFloodChange change, const char *bank,
    const char *entry, const char *id, const WeirFloodLimit *limit,
    const WeirFloodCount *count)
{
  g_autofree char *reason = NULL;
  g_autofree char *rest = NULL;

  switch (change) {
  case WEIR_FLOOD_CALM:
    break;
  case WEIR_FLOOD_MANY:
    reason = describe_flood (count, limit,
        count->cut ? "; one was cut, so it goes on asking."
                   : "; it goes on asking until people say that it means "
                     "nothing.");
    tell (self, bank, entry, reason, count);
    break;
  case WEIR_FLOOD_FALSE:
    /* Counting begins anew, so that it is done once. */
    weir_flood_forget (self->flood, id);
    if (withholds (self, bank)) {
      reason = describe_flood (count, limit,
          "; people released it, but what this bank matches may be withheld, "
          "so only a person quarantines it.");
      tell (self, bank, entry, reason, count);
    } else if (!weir_quarantines_has_room (self)) {
      weir_error ("review", bank, "%s floods, but %d are quarantined already",
          entry, WEIR_QUARANTINES_MAX);
    } else {
      rest = g_strdup_printf (
          ", and people released it on streams of %u publishers.",
          count->released);
      reason = describe_flood (count, limit, rest);
      quarantine (self, bank, entry, reason, count);
    }
    break;
  }
}

void
weir_quarantines_note_hit (
    WeirQuarantines *self, const WeirStream *stream, const WeirPolicyHit *hit)
{
  WeirFloodLimit limit = limit_of (self, hit->bank);
  g_autofree char *id = NULL;
  WeirFloodCount count;
  WeirFloodChange change;

  if (limit.streams == 0 || hit->distance > hit->radius
      || rests (self, hit->bank, hit->entry))
    return;
  id = weir_quarantine_dup_id (hit->bank, hit->entry);
  change = weir_flood_hit (self->flood, id, stream->number,
      stream->publisher_id, &limit, weir_now_us () / 1000, &count);
  follow (self, change, hit->bank, hit->entry, id, &limit, &count);
}

void
weir_quarantines_note_verdict (
    WeirControl *control, const char *cause, const WeirCase *c, gboolean cut)
{
  WeirQuarantines *self = control->quarantines;
  WeirFloodLimit limit;
  g_autofree char *id = NULL;
  WeirFloodCount count;
  WeirFloodChange change;

  if (strcmp (cause, "reviewer") != 0 || c->bank == NULL || c->entry == NULL
      || weir_policy_is_score (c->distance))
    return;
  limit = limit_of (self, c->bank);
  if (limit.streams == 0 || rests (self, c->bank, c->entry))
    return;
  id = weir_quarantine_dup_id (c->bank, c->entry);
  change = weir_flood_decide (self->flood, id, c->publisher, cut, &limit,
      weir_now_us () / 1000, &count);
  follow (self, change, c->bank, c->entry, id, &limit, &count);
}
