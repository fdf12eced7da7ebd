/* Streams that are decoded whole. Each has a decoder in one process, which
 * needs every unit from a key frame on: where one is missing, all are given up
 * until the next key frame, and what a process takes with it is given again
 * from the stream's window. */
#include "workers/analyzers-impl.h"

#include "control/streams.h"

/* Units of all whole streams that wait in one place: of a dozen streams, two
 * seconds. They are references into the streams' windows. */
#define MAX_WAITING 1024

static gboolean
is_acceptable (const WeirPacket *packet)
{
  return packet->config != NULL
         && packet->payload.size <= WEIR_WIRE_MAX_UNIT_BYTES;
}

void
weir_analyzers_take_whole_unit (WeirAnalyzers *a, guint64 stream,
    const WeirPacket *packet, gint64 gap_ms, gboolean begin)
{
  gboolean is_key = packet->flags & WEIR_PACKET_KEY;
  WeirAnalyzerHome *home;
  WeirAnalyzerSlot *slot;
  WeirUnit *unit;

  if (weir_blame_is_apart (a->blame, stream)) {
    if (is_key)
      weir_analyzers_take_unit (a, stream, packet);
    return;
  }
  home = weir_analyzers_find_home (a, stream);
  slot = &a->slots[home->slot];
  begin = begin || (is_key && home->is_lost) || !home->is_whole;
  home->is_whole = TRUE;
  home->is_lost = home->is_lost && !begin;
  if (home->is_lost)
    return;
  if (!is_acceptable (packet) || slot->whole.length >= MAX_WAITING) {
    weir_streams_sample_skipped (a->control->streams, stream,
        packet->config == NULL    ? "no codec configuration came before it"
        : !is_acceptable (packet) ? "larger than an analyzer takes"
                                  : "the analyzers are behind");
    home->is_lost = TRUE;
    return;
  }
  unit = weir_unit_new (++a->last_job, stream, packet);
  unit->is_whole = TRUE;
  unit->begins = begin;
  unit->gap_ms = gap_ms;
  weir_analyzers_count_in (home);
  g_queue_push_tail (&slot->whole, unit);
  weir_analyzers_feed (a, slot);
}

void
weir_analyzers_leave_whole (WeirAnalyzers *a, guint64 stream)
{
  WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &stream);
  const WeirWireMessage leave = { .type = WEIR_WIRE_LEAVE,
    .leave = { stream } };
  WeirAnalyzerSlot *slot;
  WeirUnit *unit;

  if (home == NULL || !home->is_whole)
    return;
  home->is_whole = home->is_lost = FALSE;
  slot = &a->slots[home->slot];
  while ((unit = weir_unit_pop_of (&slot->whole, stream)) != NULL)
    weir_analyzers_finish (a, unit);
  if (slot->ready)
    weir_worker_send (slot->worker, &leave);
}

GArray *
weir_analyzers_lose_whole (WeirAnalyzers *a, WeirAnalyzerSlot *slot)
{
  GArray *streams = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer value;
  WeirUnit *unit;

  while ((unit = g_queue_pop_head (&slot->whole)) != NULL)
    weir_analyzers_finish (a, unit);
  for (guint n = slot->in_flight.length; n > 0; n--) {
    unit = g_queue_pop_head (&slot->in_flight);
    if (unit->is_whole)
      weir_analyzers_finish (a, unit);
    else
      g_queue_push_tail (&slot->in_flight, unit);
  }
  g_hash_table_iter_init (&iter, a->homes);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    WeirAnalyzerHome *home = value;

    if (!home->is_whole || &a->slots[home->slot] != slot)
      continue;
    home->is_lost = TRUE;
    g_array_append_val (streams, home->stream);
  }
  return streams;
}

void
weir_analyzers_restart_whole (WeirAnalyzers *a, GArray *streams)
{
  for (guint i = 0; i < streams->len; i++)
    weir_streams_look_again (
        a->control->streams, g_array_index (streams, guint64, i));
  g_array_unref (streams);
}
