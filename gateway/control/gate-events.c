/* One event for everything that happens to a gate. */
#include "control/gate-events.h"

#include "control/events.h"

static json_t *
time_or_null (gint64 ms)
{
  return ms >= 0 ? json_integer (ms) : json_null ();
}

void
weir_gate_events_tell (WeirControl *control, WeirStream *stream,
    WeirGateWhy why, const WeirGateAnswer *answer, gint64 exposure_ms,
    gint64 took_us)
{
  const WeirGate *gate = stream->gate;
  WeirGateState state = weir_gate_get_state (gate);
  json_t *body = json_pack ("{s:s, s:s, s:s, s:b, s:s, s:s}", "stream",
      stream->path, "state", weir_gate_state_name (state), "shows",
      weir_gate_shows_name (weir_gate_get_shows (gate)), "muted",
      weir_gate_is_muted (gate), "cause", why.cause, "by", why.by);

  json_object_set_new (body, "from_ms", time_or_null (answer->from_ms));
  json_object_set_new (body, "to_ms", time_or_null (answer->to_ms));
  json_object_set_new (body, "exposure_ms", time_or_null (exposure_ms));
  json_object_set_new (body, "time_to_cut_us", time_or_null (took_us));
  json_object_set_new (body, "delay_ms",
      json_integer (weir_gate_get_wanted_delay_us (gate) / 1000));
  weir_events_emit (control->events, "gate.changed", body);
  stream->told_state = state;
  stream->dirty = TRUE;
}

void
weir_gate_events_look (WeirStream *stream)
{
  WeirGateState state = weir_gate_get_state (stream->gate);
  WeirGateAnswer answer = { .to_ms = -1 };
  WeirGateSwitch change;
  gboolean switched = weir_gate_take_switch (stream->gate, &change);

  stream->dirty = stream->dirty || switched;
  if (state == stream->told_state)
    return;
  answer.from_ms = switched ? change.from_ms : -1;
  weir_gate_events_tell (stream->control, stream,
      (WeirGateWhy){ "span", "weir" }, &answer, -1, -1);
}
