/* A ring of packets that grows in powers of two. */
#include "core/window.h"

#define INITIAL_PACKETS 256

struct _WeirWindow {
  WeirPacket *ring;
  guint64 capacity; /* power of two */
  guint64 first;
  guint64 end;
  gsize bytes;
};

static inline WeirPacket *
slot (const WeirWindow *window, guint64 seq)
{
  return &window->ring[seq & (window->capacity - 1)];
}

WeirWindow *
weir_window_new (void)
{
  WeirWindow *window = g_new0 (WeirWindow, 1);

  window->capacity = INITIAL_PACKETS;
  window->ring = g_new0 (WeirPacket, window->capacity);
  return window;
}

void
weir_window_free (WeirWindow *window)
{
  if (window == NULL)
    return;
  weir_window_trim (window, window->end);
  g_free (window->ring);
  g_free (window);
}

static void
grow (WeirWindow *window)
{
  guint64 capacity = window->capacity * 2;
  WeirPacket *ring = g_new0 (WeirPacket, capacity);

  for (guint64 s = window->first; s < window->end; s++)
    ring[s & (capacity - 1)] = *slot (window, s);
  g_free (window->ring);
  window->ring = ring;
  window->capacity = capacity;
}

guint64
weir_window_take (WeirWindow *window, WeirPacket *packet)
{
  WeirPacket *place;

  if (window->end - window->first == window->capacity)
    grow (window);
  place = slot (window, window->end);
  *place = *packet;
  place->seq = window->end;
  window->bytes += place->payload.size;
  *packet = (WeirPacket){ 0 };
  return window->end++;
}

guint64
weir_window_first (const WeirWindow *window)
{
  return window->first;
}

guint64
weir_window_end (const WeirWindow *window)
{
  return window->end;
}

const WeirPacket *
weir_window_get (const WeirWindow *window, guint64 seq)
{
  g_assert (seq >= window->first && seq < window->end);
  return slot (window, seq);
}

void
weir_window_trim (WeirWindow *window, guint64 seq)
{
  for (; window->first < MIN (seq, window->end); window->first++) {
    WeirPacket *packet = slot (window, window->first);

    window->bytes -= packet->payload.size;
    weir_packet_clear (packet);
  }
}

const WeirPacket *
weir_window_find_pts (const WeirWindow *window, guint64 from_seq, gint64 pts_ms)
{
  for (guint64 s = MAX (from_seq, window->first); s < window->end; s++) {
    const WeirPacket *packet = slot (window, s);

    if (packet->pts_ms >= pts_ms)
      return packet;
  }
  return NULL;
}

gsize
weir_window_get_bytes (const WeirWindow *window)
{
  return window->bytes;
}
