/* A table of those that are ahead. */
#include "programs/srt/reorder.h"

#define SEQ_MASK 0x7fffffffu

struct _WeirReorder {
  gboolean begun;
  guint32 next;
  GHashTable *ahead; /* sequence number → GBytes, owns */
  gsize held;
};

WeirReorder *
weir_reorder_new (void)
{
  WeirReorder *self = g_new0 (WeirReorder, 1);

  self->ahead = g_hash_table_new_full (
      g_direct_hash, g_direct_equal, NULL, (GDestroyNotify) g_bytes_unref);
  return self;
}

void
weir_reorder_free (WeirReorder *reorder)
{
  if (reorder == NULL)
    return;
  g_hash_table_unref (reorder->ahead);
  g_free (reorder);
}

/* Numbers go round: those of the half behind NEXT are old. */
static gboolean
is_old (const WeirReorder *self, guint32 seq)
{
  return self->begun && ((seq - self->next) & SEQ_MASK) > SEQ_MASK / 2;
}

void
weir_reorder_skip (WeirReorder *reorder, gint32 seq)
{
  if (is_old (reorder, (guint32) seq))
    return;
  reorder->begun = TRUE;
  reorder->next = ((guint32) seq + 1) & SEQ_MASK;
}

static void
append_next (WeirReorder *self, const guint8 *data, gsize size, GByteArray *ret)
{
  g_byte_array_append (ret, data, (guint) size);
  self->next = (self->next + 1) & SEQ_MASK;
}

static void
append_waiting (WeirReorder *self, GByteArray *ret)
{
  GBytes *bytes;

  while (g_hash_table_size (self->ahead) > 0
         && (bytes = g_hash_table_lookup (
                 self->ahead, GUINT_TO_POINTER (self->next)))
                != NULL) {
    gpointer key = GUINT_TO_POINTER (self->next);
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    append_next (self, data, size, ret);
    self->held -= size;
    g_hash_table_remove (self->ahead, key);
  }
}

gboolean
weir_reorder_push (WeirReorder *reorder, gint32 seq, const guint8 *data,
    gsize size, GByteArray *ret)
{
  guint32 number = (guint32) seq & SEQ_MASK;

  if (is_old (reorder, number)
      || g_hash_table_contains (reorder->ahead, GUINT_TO_POINTER (number)))
    return TRUE;
  if (!reorder->begun) {
    reorder->begun = TRUE;
    reorder->next = number;
  }
  if (number == reorder->next) {
    append_next (reorder, data, size, ret);
    append_waiting (reorder, ret);
    return TRUE;
  }
  if (size > WEIR_REORDER_MAX_BYTES - reorder->held)
    return FALSE;
  g_hash_table_insert (
      reorder->ahead, GUINT_TO_POINTER (number), g_bytes_new (data, size));
  reorder->held += size;
  return TRUE;
}

gsize
weir_reorder_get_held (const WeirReorder *reorder)
{
  return reorder->held;
}
