/* Strikes by stream. */
#include "workers/blame.h"

typedef struct {
  guint64 stream;
  guint strikes;
  guint good; /* pictures in a row, while apart */
  gboolean apart;
  gint64 gap_us;
  gint64 next_us;  /* not looked at before */
  gint64 heard_us; /* the last strike, or turn */
} Culprit;

struct _WeirBlame {
  GHashTable *culprits; /* by stream */
  guint apart;
};

WeirBlame *
weir_blame_new (void)
{
  WeirBlame *blame = g_new0 (WeirBlame, 1);

  blame->culprits =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return blame;
}

void
weir_blame_free (WeirBlame *blame)
{
  if (blame == NULL)
    return;
  g_hash_table_unref (blame->culprits);
  g_free (blame);
}

static Culprit *
find (const WeirBlame *blame, guint64 stream)
{
  return g_hash_table_lookup (blame->culprits, &stream);
}

gboolean
weir_blame_strike (WeirBlame *blame, guint64 stream, gint64 now_us)
{
  Culprit *c = find (blame, stream);

  if (c == NULL) {
    c = g_new0 (Culprit, 1);
    c->stream = stream;
    g_hash_table_insert (blame->culprits, &c->stream, c);
  } else if (!c->apart && now_us - c->heard_us > WEIR_BLAME_FORGET_US) {
    c->strikes = 0;
  }
  c->strikes++;
  c->heard_us = now_us;
  c->good = 0;
  if (c->apart) {
    c->gap_us = MIN (2 * c->gap_us, WEIR_BLAME_MAX_GAP_US);
    c->next_us = now_us + c->gap_us;
    return FALSE;
  }
  if (c->strikes < WEIR_BLAME_STRIKES)
    return FALSE;
  c->apart = TRUE;
  c->gap_us = WEIR_BLAME_GAP_US;
  c->next_us = now_us + c->gap_us;
  blame->apart++;
  return TRUE;
}

gboolean
weir_blame_went_well (WeirBlame *blame, guint64 stream)
{
  Culprit *c = find (blame, stream);

  if (c == NULL || !c->apart || ++c->good < WEIR_BLAME_PARDON)
    return FALSE;
  blame->apart--;
  /* The next one sets it apart again. */
  c->apart = FALSE;
  c->strikes = WEIR_BLAME_STRIKES - 1;
  return TRUE;
}

gboolean
weir_blame_is_apart (const WeirBlame *blame, guint64 stream)
{
  const Culprit *c = find (blame, stream);

  return c != NULL && c->apart;
}

gboolean
weir_blame_take_turn (WeirBlame *blame, guint64 stream, gint64 now_us)
{
  Culprit *c = find (blame, stream);

  c->heard_us = now_us;
  if (now_us < c->next_us)
    return FALSE;
  c->next_us = now_us + c->gap_us;
  return TRUE;
}

guint
weir_blame_count (const WeirBlame *blame)
{
  return blame->apart;
}

void
weir_blame_forget (WeirBlame *blame, gint64 now_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, blame->culprits);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Culprit *c = value;

    if (now_us - c->heard_us <= WEIR_BLAME_FORGET_US)
      continue;
    blame->apart -= c->apart;
    g_hash_table_iter_remove (&iter);
  }
}
