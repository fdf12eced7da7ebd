/* Units and their lines. */
#include "workers/unit.h"

#include "base/loop.h"

WeirUnit *
weir_unit_new (guint64 job, guint64 stream, const WeirPacket *packet)
{
  WeirUnit *unit = g_new0 (WeirUnit, 1);

  unit->job = job;
  unit->stream = stream;
  weir_packet_copy (packet, &unit->packet);
  return unit;
}

void
weir_unit_free (WeirUnit *unit)
{
  weir_packet_clear (&unit->packet);
  g_free (unit);
}

WeirUnit *
weir_unit_pop_surplus (GQueue *waiting)
{
  g_autoptr (GHashTable) counts =
      g_hash_table_new (g_int64_hash, g_int64_equal);
  GList *surplus = NULL;
  WeirUnit *unit;
  guint most = 0;

  /* From the newest, so that of each stream the last one seen is its oldest
   * and has its whole count. */
  for (GList *l = waiting->tail; l != NULL; l = l->prev) {
    guint count;

    unit = l->data;
    count = 1 + GPOINTER_TO_UINT (g_hash_table_lookup (counts, &unit->stream));
    g_hash_table_insert (counts, &unit->stream, GUINT_TO_POINTER (count));
    if (count >= most) {
      most = count;
      surplus = l;
    }
  }
  unit = surplus->data;
  g_queue_delete_link (waiting, surplus);
  return unit;
}

WeirUnit *
weir_unit_pop_of (GQueue *waiting, guint64 stream)
{
  for (GList *l = waiting->head; l != NULL; l = l->next) {
    WeirUnit *unit = l->data;

    if (unit->stream == stream) {
      g_queue_delete_link (waiting, l);
      return unit;
    }
  }
  return NULL;
}
