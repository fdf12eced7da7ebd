/* The bound of a stream's window, and what happens there. */
#include "base/log.h"
#include "control/gate-events.h"

/* Once full, it is so until it is emptier than this. */
#define ROOM_AGAIN_PERCENT 90
/* Packets put out at a time to make room. */
#define EARLY_BATCH 16

/* A packet that is a small part of a message keeps all of the message: what
 * counts is what the packets keep in memory, the newest's arena knows. */
static gsize
bytes_with (const WeirStream *stream, const WeirPacket *packet)
{
  return MAX (weir_window_get_bytes (stream->window) + packet->payload.size,
      weir_slice_get_arena_bytes (&packet->payload));
}

static void
tell (WeirStream *stream, gboolean full)
{
  WeirGateAnswer answer = { .from_ms = stream->newest_ms, .to_ms = -1 };

  stream->window_full = full;
  weir_warn ("stream", stream->path, "%s",
      full ? "the window is full ([gate] max_window_bytes)"
           : "the window has room again");
  weir_gate_events_tell (stream->control, stream,
      (WeirGateWhy){ "window", "weir" }, &answer, -1, -1);
}

/* The oldest goes out before it is due, as far as the egresses take it. */
static void
send_early (WeirStream *stream, const WeirPacket *packet)
{
  while (bytes_with (stream, packet) > stream->max_window_bytes
         && !weir_gate_is_drained (stream->gate)) {
    gsize before = weir_window_get_bytes (stream->window);

    weir_gate_advance_some (
        stream->gate, weir_gate_get_latest_due_us (stream->gate), EARLY_BATCH);
    weir_stream_flush (stream, weir_now_us ());
    if (weir_window_get_bytes (stream->window) == before)
      return;
  }
}

gboolean
weir_stream_make_room (WeirStream *stream, WeirPacket *packet)
{
  guint64 bound = stream->max_window_bytes;
  gboolean over = bytes_with (stream, packet) > bound;

  if (!over
      && (!stream->window_full
          || bytes_with (stream, packet) < bound / 100 * ROOM_AGAIN_PERCENT)) {
    if (stream->window_full)
      tell (stream, FALSE);
    return TRUE;
  }
  if (stream->on_window_full == WEIR_WINDOW_FULL_CUT)
    return !over;
  if (!stream->window_full)
    tell (stream, TRUE);
  if (stream->on_window_full == WEIR_WINDOW_FULL_OPEN) {
    send_early (stream, packet);
    over = bytes_with (stream, packet) > bound;
    if (!over)
      return TRUE;
  }
  packet->flags |= WEIR_PACKET_MISSING;
  weir_slice_clear (&packet->payload);
  return TRUE;
}
