/* Failures by address, the oldest at the queue's head. */
#include "control/lockout.h"

typedef struct {
  char *address;
  GList link; /* in order of the last failure */
  guint failures;
  gint64 first_us;     /* of the failures counted */
  gint64 out_until_us; /* 0: not locked out */
} Entry;

struct _WeirLockout {
  GHashTable *by_address; /* Entry, owns */
  GQueue order;           /* links inside the entries */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->address);
  g_free (entry);
}

WeirLockout *
weir_lockout_new (void)
{
  WeirLockout *lockout = g_new0 (WeirLockout, 1);

  lockout->by_address =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  g_queue_init (&lockout->order);
  return lockout;
}

void
weir_lockout_free (WeirLockout *lockout)
{
  if (lockout == NULL)
    return;
  g_hash_table_unref (lockout->by_address);
  g_free (lockout);
}

static void
drop (WeirLockout *lockout, Entry *entry)
{
  g_queue_unlink (&lockout->order, &entry->link);
  g_hash_table_remove (lockout->by_address, entry->address);
}

static Entry *
ensure_entry (WeirLockout *lockout, const char *address)
{
  Entry *entry = g_hash_table_lookup (lockout->by_address, address);

  if (entry != NULL) {
    g_queue_unlink (&lockout->order, &entry->link);
  } else {
    if (lockout->order.length == WEIR_LOCKOUT_MAX_ADDRESSES)
      drop (lockout, lockout->order.head->data);
    entry = g_new0 (Entry, 1);
    entry->address = g_strdup (address);
    entry->link.data = entry;
    g_hash_table_insert (lockout->by_address, entry->address, entry);
  }
  g_queue_push_tail_link (&lockout->order, &entry->link);
  return entry;
}

gboolean
weir_lockout_is_out (
    const WeirLockout *lockout, const char *address, gint64 now_us)
{
  const Entry *entry = g_hash_table_lookup (lockout->by_address, address);

  return entry != NULL && now_us < entry->out_until_us;
}

gboolean
weir_lockout_fail (WeirLockout *lockout, const char *address,
    const WeirLockoutRule *rule, gint64 now_us)
{
  Entry *entry;

  if (rule->failures == 0 || weir_lockout_is_out (lockout, address, now_us))
    return FALSE;
  entry = ensure_entry (lockout, address);
  if (entry->out_until_us != 0 || now_us - entry->first_us > rule->window_us)
    entry->failures = 0;
  entry->out_until_us = 0;
  if (entry->failures == 0)
    entry->first_us = now_us;
  if (++entry->failures < rule->failures)
    return FALSE;
  entry->out_until_us = now_us + rule->lockout_us;
  return TRUE;
}

void
weir_lockout_forget (WeirLockout *lockout, const char *address)
{
  Entry *entry = g_hash_table_lookup (lockout->by_address, address);

  if (entry != NULL)
    drop (lockout, entry);
}

guint
weir_lockout_count (const WeirLockout *lockout)
{
  return lockout->order.length;
}

guint
weir_lockout_count_out (const WeirLockout *lockout, gint64 now_us)
{
  guint n = 0;

  for (const GList *l = lockout->order.head; l != NULL; l = l->next)
    n += now_us < ((const Entry *) l->data)->out_until_us;
  return n;
}
