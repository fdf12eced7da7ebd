/* What the files of weirgate share. Not for others. */
#pragma once

#include <gst/base/gstflowcombiner.h>

#include "core/gate.h"
#include "elements/gstweirgate.h"

/* Of the window. More is an error of the stream: a queue before the gate
 * does not help against it, a shorter delay does. */
#define GST_WEIR_GATE_MAX_BYTES (512u * 1024 * 1024)
/* Tracks are brought into the order of their DTS; one that is behind by more
 * is not waited for. */
#define GST_WEIR_GATE_MAX_SKEW_NS (2 * (gint64) GST_SECOND)

/* One track's way in and out. */
typedef struct {
  GstWeirGate *gate; /* borrowed */
  WeirMediaKind kind;
  GstPad *sink;
  GstPad *src;
  /* Streaming thread of SINK: */
  GstSegment segment;
  /* {lock} */
  GQueue waiting;   /* for the other track, in the order they came */
  gint64 newest_ns; /* DTS that came, or that a gap ends at */
  gint64 last_dts_ms;
  WeirCodecConfig *config; /* of what comes in */
  GstCaps *caps;           /* the same */
  guint64 last_seq;        /* of the newest packet */
  gboolean eos;            /* it came in */
  /* {push_lock} */
  WeirCodecConfig *sent; /* of what went out */
  gboolean begun;        /* segment went out */
  gboolean ended;        /* EOS went out */
  gboolean was_slate;
} GstWeirGateTrack;

/* The slate, while it comes in. Streaming thread of its pad. */
typedef struct {
  WeirCodecConfig *config;
  GPtrArray *units; /* GBytes */
  GstClockTime duration;
  gboolean failed;
} GstWeirGateSlateIn;

struct _GstWeirGate {
  GstElement parent;

  /* Who hands on what comes out; taken before LOCK. */
  GMutex push_lock;
  GstFlowCombiner *combiner; /* {push_lock} */

  GMutex lock;
  /* {lock} */
  WeirWindow *window;
  WeirGate *gate;
  WeirGateCursor cursor;
  WeirSlate *slate;
  gint64 now_us; /* the greatest DTS that came in, in running time: nothing
                    here waits for a clock */
  gint64 delay_us;
  gint64 start_delay_us; /* the one it began with: what it adds to latency */
  gint64 exposure_ms;    /* of the last command */

  GstWeirGateTrack tracks[2]; /* pictures, sound; pads {object lock} */
  GstPad *slate_sink;
  GstWeirGateSlateIn slate_in;
};

/* {lock} A fresh gate, without what the old one held. */
void gst_weir_gate_reset (GstWeirGate *self);

/* {lock} Takes into the window what no other track has to be waited for, or,
 * if ALL, everything. */
void gst_weir_gate_interleave (GstWeirGate *self, gboolean all);
/* {lock} */
void gst_weir_gate_drop_waiting (GstWeirGateTrack *track);

/* A request pad of TEMPLATE and its way out, or NULL when there is one. */
GstPad *gst_weir_gate_add_pad (GstWeirGate *self, GstPadTemplate *template);
void gst_weir_gate_drop_pad (GstWeirGate *self, GstPad *pad);

/* The same for the slate's pad. */
GstPad *
gst_weir_gate_add_slate_pad (GstWeirGate *self, GstPadTemplate *template);
void gst_weir_gate_drop_slate_pad (GstWeirGate *self);
