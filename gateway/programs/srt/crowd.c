/* Places and tries by address. */
#include "programs/srt/crowd.h"

typedef struct {
  guint waiting;
  gint64 paid_us; /* when the tries that have failed are paid off */
} Address;

struct _WeirCrowd {
  GHashTable *addresses; /* key → Address, owns both */
  guint waiting;
  gint64 paid_us;
};

WeirCrowd *
weir_crowd_new (void)
{
  WeirCrowd *self = g_new0 (WeirCrowd, 1);

  self->addresses =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
weir_crowd_free (WeirCrowd *crowd)
{
  g_hash_table_unref (crowd->addresses);
  g_free (crowd);
}

/* Whether another try that costs TRY_US leaves no more than MOST unpaid. */
static gboolean
can_pay (gint64 paid_us, gint64 try_us, guint most, gint64 now_us)
{
  return MAX (paid_us, now_us) + try_us <= now_us + most * try_us;
}

gboolean
weir_crowd_enter (WeirCrowd *crowd, const char *key, gint64 now_us)
{
  Address *a = g_hash_table_lookup (crowd->addresses, key);
  gint64 paid_us = a != NULL ? a->paid_us : 0;
  guint waiting = a != NULL ? a->waiting : 0;
  guint all =
      paid_us <= now_us ? WEIR_CROWD_ALL_TRIES : WEIR_CROWD_ALL_TRIES / 2;

  if (crowd->waiting >= WEIR_CROWD_MAX_WAITING
      || (waiting > 0 && waiting * 4 >= WEIR_CROWD_MAX_WAITING - crowd->waiting)
      || !can_pay (paid_us, WEIR_CROWD_TRY_US, WEIR_CROWD_TRIES, now_us)
      || !can_pay (crowd->paid_us, WEIR_CROWD_ALL_TRY_US, all, now_us))
    return FALSE;
  if (a == NULL) {
    a = g_new0 (Address, 1);
    g_hash_table_insert (crowd->addresses, g_strdup (key), a);
  }
  a->waiting++;
  a->paid_us = MAX (paid_us, now_us) + WEIR_CROWD_TRY_US;
  crowd->waiting++;
  crowd->paid_us = MAX (crowd->paid_us, now_us) + WEIR_CROWD_ALL_TRY_US;
  return TRUE;
}

void
weir_crowd_prove (WeirCrowd *crowd, const char *key)
{
  Address *a = g_hash_table_lookup (crowd->addresses, key);

  if (a == NULL)
    return;
  a->paid_us -= WEIR_CROWD_TRY_US;
  crowd->paid_us -= WEIR_CROWD_ALL_TRY_US;
}

void
weir_crowd_leave (WeirCrowd *crowd, const char *key)
{
  Address *a = g_hash_table_lookup (crowd->addresses, key);

  /* It may have come before this crowd did. */
  if (a == NULL || a->waiting == 0)
    return;
  a->waiting--;
  crowd->waiting--;
}

static gboolean
is_done (gpointer key, gpointer value, gpointer data)
{
  const Address *a = value;

  return a->waiting == 0 && a->paid_us <= *(const gint64 *) data;
}

void
weir_crowd_tidy (WeirCrowd *crowd, gint64 now_us)
{
  g_hash_table_foreach_remove (crowd->addresses, is_done, &now_us);
}

guint
weir_crowd_count_waiting (const WeirCrowd *crowd)
{
  return crowd->waiting;
}

guint
weir_crowd_count_addresses (const WeirCrowd *crowd)
{
  return g_hash_table_size (crowd->addresses);
}
