/* The gate: packets, commands and the time go in, packets to send come out.
 * Pure: no socket, thread or clock. Loop thread.
 *
 * A packet is due at arrival plus delay; weir_gate_advance () decides the
 * fate of all that are due and appends what may pass to the gate's output, a
 * short ring of references that every egress reads through a cursor of its
 * own. Blank and cut empty that ring for everyone: nothing that was put out
 * but not yet handed to the kernel leaves after them.
 *
 * Promises: nothing withheld ever leaves; a switch back to content starts
 * on a key frame, sound with it; per track the output's DTS rises strictly. */
#pragma once

#include "core/window.h"

typedef struct _WeirGate WeirGate;

typedef enum {
  WEIR_GATE_PASS,
  WEIR_GATE_BLANK, /* nothing passes until resume */
  WEIR_GATE_CUT,   /* nothing passes any more */
} WeirGateState;

const char *weir_gate_state_name (WeirGateState state);

/* What an egress may send, by reference. Times are output stream time. */
typedef struct {
  WeirPacket packet;
  gint64 due_us;
} WeirGateOutput;

/* Where an egress stands. All zero but NEED_KEY at the start of a connection:
 * then the first output it gets is a key frame (or sound, where the stream
 * has no picture). */
typedef struct {
  guint64 position;
  gboolean need_key;
} WeirGateCursor;

/* WINDOW must outlive the gate. */
WeirGate *weir_gate_new (WeirWindow *window, gint64 delay_us);
void weir_gate_free (WeirGate *gate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirGate, weir_gate_free)

WeirGateState weir_gate_get_state (const WeirGate *gate);
gint64 weir_gate_get_delay_us (const WeirGate *gate);

/* Puts out every packet that is due at NOW_US. Returns how many became due. */
guint weir_gate_advance (WeirGate *gate, gint64 now_us);

/* The same for at most MAX packets: who reads the output may do so before
 * more is put out and the oldest of it is lost. */
guint weir_gate_advance_some (WeirGate *gate, gint64 now_us, guint max);

/* Outputs the gate keeps; a cursor further behind has lost its turn. */
#define WEIR_GATE_OUTPUTS_KEPT 1024

/* When the next packet will be due; G_MAXINT64 when there is none. */
gint64 weir_gate_get_next_due_us (const WeirGate *gate);

/* TRUE when every packet of the window has become due. */
gboolean weir_gate_is_drained (const WeirGate *gate);

/* The next output for CURSOR or NULL when there is none now. Moves CURSOR
 * over what it may not have. Borrowed, valid until the next call on GATE. */
const WeirGateOutput *weir_gate_peek (WeirGate *gate, WeirGateCursor *cursor);

/* The same AHEAD outputs further on, for gathered writes: 0 is what
 * weir_gate_peek () returned. NULL past the end. */
const WeirGateOutput *weir_gate_peek_ahead (
    WeirGate *gate, const WeirGateCursor *cursor, guint ahead);

/* The output at CURSOR was begun to be handed to the kernel at NOW_US: from
 * now on it counts as sent. Moves CURSOR. */
void weir_gate_sent (WeirGate *gate, WeirGateCursor *cursor, gint64 now_us);

/* CURSOR's connection is gone and what it has not sent is lost for it: go to
 * the end and wait for a key frame. */
void weir_gate_skip_to_end (WeirGate *gate, WeirGateCursor *cursor);

/* No cursor will ask for outputs before POSITION any more: drops the
 * references. The owner calls it with the position of its slowest egress. */
void weir_gate_release (WeirGate *gate, guint64 position);

/* One past the newest output. */
guint64 weir_gate_get_end (const WeirGate *gate);

/* The newest metadata that describes the stream (WEIR_PACKET_KEY) and may be
 * shown (put out and not withheld), or NULL: an egress sends it first on a new
 * connection. */
const WeirPacket *weir_gate_get_metadata (const WeirGate *gate);

/* Commands; idempotent; FALSE when the state does not allow it (after a
 * cut). Each returns in RET_FROM_MS, if not NULL, the stream time from which
 * it holds. */
gboolean weir_gate_blank (WeirGate *gate, gint64 *ret_from_ms);
gboolean weir_gate_resume (WeirGate *gate, gint64 *ret_from_ms);
gboolean weir_gate_cut (WeirGate *gate, gint64 *ret_from_ms);

/* How many milliseconds of [FROM_MS, TO_MS) have been sent to anybody; TO_MS
 * below 0 means open. */
gint64
weir_gate_exposure_ms (const WeirGate *gate, gint64 from_ms, gint64 to_ms);

/* Payload bytes of the outputs kept, which the window may have let go of. */
gsize weir_gate_get_bytes (const WeirGate *gate);

/* First sequence number the gate still needs in the window. */
guint64 weir_gate_get_needed_seq (const WeirGate *gate);

/* Sent minus due. */
typedef struct {
  guint64 sent;     /* outputs */
  guint64 withheld; /* packets that became due and did not pass */
  guint64 skipped;  /* outputs that a cursor lost with its connection */
  gint64 late_max_us;
  guint64 late_buckets[8]; /* ≤ 5, 10, 20, 50, 100, 200, 500 ms, more */
} WeirGateStats;

extern const gint64 weir_gate_late_bounds_us[7];
void weir_gate_get_stats (const WeirGate *gate, WeirGateStats *ret_stats);
