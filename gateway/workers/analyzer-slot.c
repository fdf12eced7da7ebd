/* What one analyzer has and knows. */
#include "workers/analyzer-slot.h"

#include <string.h>

static void
forget_configs (WeirAnalyzerSlot *slot)
{
  while (slot->n_configs > 0)
    weir_codec_config_unref (slot->configs[--slot->n_configs].config);
}

static void
free_unit (gpointer unit)
{
  weir_unit_free (unit);
}

void
weir_slot_clear (WeirAnalyzerSlot *slot)
{
  g_clear_pointer (&slot->scorers, g_ptr_array_unref);
  g_clear_pointer (&slot->worker, weir_worker_free);
  slot->ready = FALSE;
  forget_configs (slot);
  g_queue_clear_full (&slot->waiting, free_unit);
  g_queue_clear_full (&slot->whole, free_unit);
  g_queue_clear_full (&slot->in_flight, free_unit);
}

void
weir_slot_discard (WeirAnalyzerSlot *slot, gint64 wait_us)
{
  g_clear_pointer (&slot->worker, weir_worker_free);
  forget_configs (slot);
  slot->ready = FALSE;
  slot->retiring = FALSE;
  slot->start_us = weir_now_us () + wait_us;
}

void
weir_slot_swap_process (WeirAnalyzerSlot *ready, WeirAnalyzerSlot *slot)
{
  WeirWorker *worker = slot->worker;
  gint64 start_us = slot->start_us;
  GPtrArray *scorers = slot->scorers;
  guint models = slot->models;

  slot->worker = ready->worker;
  slot->start_us = ready->start_us;
  slot->scorers = ready->scorers;
  slot->models = ready->models;
  slot->ready = TRUE;
  ready->scorers = scorers;
  ready->models = models;
  ready->worker = worker;
  ready->start_us = start_us;
  ready->ready = FALSE;
}

static guint32
config_id (WeirAnalyzerSlot *slot, WeirCodecConfig *config)
{
  WeirWireMessage message = { .type = WEIR_WIRE_CONFIG };

  for (guint i = 0; i < slot->n_configs; i++)
    if (weir_codec_config_equal (slot->configs[i].config, config))
      return slot->configs[i].id;
  if (slot->n_configs == WEIR_SLOT_CONFIGS) {
    WeirWireMessage forget = { .type = WEIR_WIRE_FORGET };

    slot->n_configs--;
    forget.forget.id = slot->configs[slot->n_configs].id;
    weir_worker_send (slot->worker, &forget);
    weir_codec_config_unref (slot->configs[slot->n_configs].config);
  }
  memmove (slot->configs + 1, slot->configs,
      slot->n_configs * sizeof slot->configs[0]);
  slot->n_configs++;
  slot->configs[0].config = weir_codec_config_ref (config);
  slot->configs[0].id = ++slot->last_config_id;
  message.config.id = slot->configs[0].id;
  message.config.codec = config->codec;
  message.config.data = config->data;
  message.config.size = config->size;
  weir_worker_send (slot->worker, &message);
  return slot->configs[0].id;
}

gboolean
weir_slot_can_send (const WeirAnalyzerSlot *slot)
{
  return slot->ready && !slot->retiring
         && slot->in_flight.length < slot->max_in_flight
         && slot->waiting.length + slot->whole.length > 0;
}

/* The oldest one's time begins now. */
static void
begin_oldest (WeirAnalyzerSlot *slot)
{
  WeirUnit *oldest = g_queue_peek_head (&slot->in_flight);

  if (oldest == NULL)
    return;
  oldest->since_us = weir_now_us ();
  slot->began_cpu_us = weir_slot_get_cpu_us (slot);
}

static void
describe (WeirAnalyzerSlot *slot, const WeirUnit *unit, WeirWireMessage *ret)
{
  guint32 config = config_id (slot, unit->packet.config);
  const WeirSlice *payload = &unit->packet.payload;

  if (!unit->is_whole) {
    *ret = (WeirWireMessage){ .type = WEIR_WIRE_UNIT,
      .unit = { .job = unit->job,
          .config = config,
          .pts_ms = unit->packet.pts_ms,
          .flags = (guint8) ((unit->still ? WEIR_WIRE_UNIT_STILL : 0)
                             | unit->probes << WEIR_WIRE_PROBES_SHIFT),
          .data = payload->data,
          .size = payload->size } };
    return;
  }
  *ret = (WeirWireMessage){ .type = WEIR_WIRE_GROUP,
    .group = { .job = unit->job,
        .stream = unit->stream,
        .config = config,
        .gap_ms = (guint32) unit->gap_ms,
        .pts_ms = unit->packet.pts_ms,
        .flags = (guint8) (unit->probes << WEIR_WIRE_PROBES_SHIFT),
        .data = payload->data,
        .size = payload->size } };
  if (unit->packet.flags & WEIR_PACKET_KEY)
    ret->group.flags |= WEIR_WIRE_GROUP_KEY;
  if (unit->begins)
    ret->group.flags |= WEIR_WIRE_GROUP_BEGIN;
  if (unit->still)
    ret->group.flags |= WEIR_WIRE_GROUP_STILL;
}

/* Whole streams and the others take turns. */
static GQueue *
next_queue (WeirAnalyzerSlot *slot)
{
  return slot->waiting.length == 0
                 || (slot->whole_next && slot->whole.length > 0)
             ? &slot->whole
             : &slot->waiting;
}

WeirUnit *
weir_slot_peek_next (WeirAnalyzerSlot *slot)
{
  return g_queue_peek_head (next_queue (slot));
}

WeirUnit *
weir_slot_send_next (WeirAnalyzerSlot *slot)
{
  GQueue *queue = next_queue (slot);
  WeirUnit *unit = g_queue_pop_head (queue);
  WeirWireMessage message;

  slot->whole_next = queue != &slot->whole;
  describe (slot, unit, &message);
  if (!weir_worker_offer (slot->worker, &message))
    return unit;
  g_queue_push_tail (&slot->in_flight, unit);
  if (slot->in_flight.length == 1)
    begin_oldest (slot);
  return NULL;
}

const WeirUnit *
weir_slot_find (const WeirAnalyzerSlot *slot, guint64 job)
{
  for (const GList *l = slot->in_flight.head; l != NULL; l = l->next)
    if (((const WeirUnit *) l->data)->job == job)
      return l->data;
  return NULL;
}

WeirUnit *
weir_slot_take (WeirAnalyzerSlot *slot, guint64 job, GQueue *ret_lost)
{
  for (GList *l = slot->in_flight.head; l != NULL; l = l->next)
    if (((WeirUnit *) l->data)->job == job) {
      WeirUnit *unit;

      while ((unit = g_queue_pop_head (&slot->in_flight))->job != job)
        g_queue_push_tail (ret_lost, unit);
      begin_oldest (slot);
      return unit;
    }
  return NULL;
}

gint64
weir_slot_get_cpu_us (const WeirAnalyzerSlot *slot)
{
  return slot->worker != NULL ? weir_worker_get_cpu_us (slot->worker) : 0;
}

gint64
weir_slot_get_unit_cpu_us (const WeirAnalyzerSlot *slot)
{
  return slot->in_flight.length == 0
             ? 0
             : MAX (weir_slot_get_cpu_us (slot) - slot->began_cpu_us, 0);
}
