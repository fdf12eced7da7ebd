/* How the line of a connection is, where its protocol knows (SRT). */
#pragma once

#include <glib.h>

/* Counts are from the beginning of the connection, in packets of the protocol.
 * What the sender of a line can't know is 0 there, and the reverse. */
typedef struct {
  guint latency_ms; /* agreed on */
  guint key_bits;   /* 0: not encrypted */
  guint64 rtt_us;
  guint64 bandwidth_kbit; /* as estimated */
  guint64 buffer_ms;      /* waiting at our side */
  guint64 buffer_bytes;
  guint64 packets; /* received or sent */
  guint64 lost;    /* on the way, at first */
  guint64 retransmitted;
  guint64 dropped; /* given up: they came or would come too late */
  guint64 undecrypted;
  guint64 holes;  /* places where the container has gaps */
  guint64 broken; /* container packets that are damaged */
} WeirLink;
