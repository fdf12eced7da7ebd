/* What all kinds of egress do alike. */
#include "control/egress-impl.h"

#define MS G_GINT64_CONSTANT (1000)
/* Connects so long before the first packet is due, so that it goes out then
 * and not a handshake later. */
#define CONNECT_AHEAD_MS 500
#define MAX_SHIFT 8

const char *
weir_egress_state_name (WeirEgressState state)
{
  static const char *const names[] = { "idle", "connecting", "live", "waiting",
    "refused", "closed" };

  return names[state];
}

void
weir_egress_set_state (WeirEgress *egress, WeirEgressState state)
{
  if (egress->state == state)
    return;
  egress->state = state;
  if (egress->on_state != NULL)
    egress->on_state (egress, egress->data);
}

void
weir_egress_set_error (WeirEgress *egress, const char *words)
{
  char *copy = g_strdup (words);

  g_free (egress->last_error);
  egress->last_error = copy;
}

gint64
weir_egress_pause_us (guint attempts)
{
  gint64 pause_ms =
      MIN ((gint64) WEIR_EGRESS_RETRY_MIN_MS << MIN (attempts, MAX_SHIFT),
          WEIR_EGRESS_RETRY_MAX_MS);

  return pause_ms * MS / 2
         + g_random_int_range (0, (gint32) (pause_ms * MS / 2));
}

gboolean
weir_egress_is_wanted (WeirEgress *egress, gint64 now_us)
{
  return weir_gate_peek (egress->gate, &egress->cursor) != NULL
         || (weir_gate_get_state (egress->gate) == WEIR_GATE_PASS
             && weir_gate_get_next_due_us (egress->gate)
                    <= now_us + CONNECT_AHEAD_MS * MS);
}

gboolean
weir_egress_look_again (WeirEgress *egress, WeirCodecSet codecs)
{
  const WeirGateOutput *output = weir_gate_peek (egress->gate, &egress->cursor);
  WeirMediaKind kind = weir_codec_kind (egress->refused);
  gboolean changed = FALSE;

  for (guint ahead = 0; output != NULL;
       output = weir_gate_peek_ahead (egress->gate, &egress->cursor, ++ahead))
    changed |= (output->packet.flags & WEIR_PACKET_DISCONT) != 0
               || (output->packet.kind == kind
                   && (codecs & WEIR_CODEC_SET (output->packet.codec)) != 0);
  weir_gate_skip_to_end (egress->gate, &egress->cursor);
  egress->cursor.need_key = FALSE; /* every packet is looked at */
  return changed;
}
