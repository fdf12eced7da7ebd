/* A ring of numbered JSON texts. */
#include "control/events.h"

#include "base/ids.h"

struct _WeirEvents {
  char *epoch;
  guint64 seq;
  GBytes *ring[WEIR_EVENTS_KEPT]; /* event S is at S % KEPT */
  void (*wakeup) (gpointer data);
  gpointer data;
};

WeirEvents *
weir_events_new (void)
{
  WeirEvents *events = g_new0 (WeirEvents, 1);

  events->epoch = weir_id_new ();
  return events;
}

void
weir_events_free (WeirEvents *events)
{
  if (events == NULL)
    return;
  for (guint i = 0; i < WEIR_EVENTS_KEPT; i++)
    g_clear_pointer (&events->ring[i], g_bytes_unref);
  g_free (events->epoch);
  g_free (events);
}

const char *
weir_events_get_epoch (const WeirEvents *events)
{
  return events->epoch;
}

guint64
weir_events_get_seq (const WeirEvents *events)
{
  return events->seq;
}

void
weir_events_emit (WeirEvents *events, const char *type, json_t *body)
{
  guint64 seq = ++events->seq;
  GBytes **place = &events->ring[seq % WEIR_EVENTS_KEPT];
  char *text;

  json_object_set_new (body, "type", json_string (type));
  json_object_set_new (body, "seq", json_integer ((json_int_t) seq));
  json_object_set_new (body, "time", json_integer (weir_wall_ms ()));
  text = json_dumps (body, JSON_COMPACT);
  json_decref (body);
  g_clear_pointer (place, g_bytes_unref);
  *place = g_bytes_new_with_free_func (text, strlen (text), free, text);
  if (events->wakeup != NULL)
    events->wakeup (events->data);
}

GBytes *
weir_events_peek (const WeirEvents *events, guint64 seq)
{
  if (seq == 0 || seq > events->seq || events->seq - seq >= WEIR_EVENTS_KEPT)
    return NULL;
  return events->ring[seq % WEIR_EVENTS_KEPT];
}

void
weir_events_set_wakeup (
    WeirEvents *events, void (*func) (gpointer data), gpointer data)
{
  events->wakeup = func;
  events->data = data;
}
