/* The window of a stream: every packet once, in order of arrival, from the
 * oldest that somebody may still need to the newest. Cursors are sequence
 * numbers. Pure: no clock, no socket. Loop thread. */
#pragma once

#include "core/packet.h"

typedef struct _WeirWindow WeirWindow;

WeirWindow *weir_window_new (void);
void weir_window_free (WeirWindow *window);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirWindow, weir_window_free)

/* Takes PACKET's references, numbers it, leaves PACKET empty and returns the
 * number. */
guint64 weir_window_take (WeirWindow *window, WeirPacket *packet);

/* Sequence numbers of the oldest packet and one past the newest. */
guint64 weir_window_first (const WeirWindow *window);
guint64 weir_window_end (const WeirWindow *window);

/* Borrowed, valid until the packet is trimmed or another one taken. SEQ must
 * lie in [first, end). */
const WeirPacket *weir_window_get (const WeirWindow *window, guint64 seq);

/* Drops all packets before SEQ. */
void weir_window_trim (WeirWindow *window, guint64 seq);

/* The first packet not before FROM_SEQ whose PTS is at or after PTS_MS, or
 * NULL. Linear in the packets looked at. */
const WeirPacket *weir_window_find_pts (
    const WeirWindow *window, guint64 from_seq, gint64 pts_ms);

/* Payload bytes held. */
gsize weir_window_get_bytes (const WeirWindow *window);
