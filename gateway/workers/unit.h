/* A picture on its way to an analyzer, and lines of them that are fair. Loop
 * thread. */
#pragma once

#include "core/packet.h"

typedef struct {
  guint64 job;
  guint64 stream;
  WeirPacket packet; /* kept until it is answered or given up */
  gboolean still;    /* the picture is wanted, too */
  guint probes;      /* WeirProbeSet of it */
  gint64 since_us;   /* the analyzer works on it, or could */
  /* Of a stream that is decoded whole: */
  gboolean is_whole;
  gboolean begins;
  gint64 gap_ms;
} WeirUnit;

/* Keeps PACKET by reference. */
WeirUnit *weir_unit_new (guint64 job, guint64 stream, const WeirPacket *packet);
void weir_unit_free (WeirUnit *unit);

/* Takes the oldest unit of the stream that has most of them out of WAITING,
 * which is not empty: who sends nothing but key frames crowds out itself. */
WeirUnit *weir_unit_pop_surplus (GQueue *waiting);

/* Takes the one unit of STREAM out of WAITING, the oldest if there are more;
 * NULL if there is none. */
WeirUnit *weir_unit_pop_of (GQueue *waiting, guint64 stream);
