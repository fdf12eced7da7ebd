/* When to send Acknowledgement (Adobe RTMP 1.0, 5.4.3). Some encoders stop
 * when none comes. Pure. */
#pragma once

#include <glib.h>

typedef struct {
  guint32 received; /* bytes modulo 2^32, which is what the message carries */
  guint32 acknowledged;
  guint32 window;
} WeirRtmpAck;

/* TRUE when RECEIVED is to be acknowledged now, BYTES being part of it. */
static inline gboolean
weir_rtmp_ack_count (WeirRtmpAck *ack, gsize bytes)
{
  ack->received += (guint32) bytes;
  if (ack->received - ack->acknowledged < ack->window)
    return FALSE;
  ack->acknowledged = ack->received;
  return TRUE;
}
