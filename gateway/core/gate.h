/* The gate: packets, commands and the time go in, packets to send come out.
 * Pure: no socket, thread or clock. Loop thread.
 *
 * A packet is due at arrival plus delay; weir_gate_advance () decides the
 * fate of all that are due and appends what may pass to the gate's output, a
 * short ring that every egress reads through a cursor of its own. A picture
 * that is withheld gives its place and its time to the next picture of the
 * slate, sound to a frame of silence, so that what goes out keeps the pace of
 * what came in, whatever is withheld. Without a slate nothing goes out instead.
 *
 * Output time is stream time plus an offset that changes only where the delay
 * does. Whatever closes the gate also holds for what was put out and not yet
 * handed to the kernel.
 *
 * Promises: nothing withheld ever leaves; slate and content each begin on a key
 * frame, sound with the picture; per track the output's DTS rises strictly; PTS
 * is not below DTS; at a switch no more than two frames are missing as long as
 * there is a slate. */
#pragma once

#include "core/gate-spans.h"
#include "core/slate.h"
#include "core/window.h"

typedef struct _WeirGate WeirGate;

#define WEIR_GATE_MAX_DELAY_US (600 * G_USEC_PER_SEC)

typedef enum {
  WEIR_GATE_PASS,
  WEIR_GATE_REDACT, /* a span is under way */
  WEIR_GATE_HOLD,   /* the same, until somebody decides */
  WEIR_GATE_BLANK,  /* nothing passes until resume */
  WEIR_GATE_CUT,    /* nothing passes any more */
} WeirGateState;

const char *weir_gate_state_name (WeirGateState state);

/* Why it is blanked: several may be so at the same time, it passes when none
 * is. */
typedef enum {
  WEIR_GATE_BY_REVIEWER = 1 << 0,
  WEIR_GATE_BY_ANALYSIS = 1 << 1,   /* nothing looks at the pictures */
  WEIR_GATE_BY_UNATTENDED = 1 << 2, /* no reviewer is there */
  WEIR_GATE_BY_STORE = 1 << 3,      /* nothing can be made durable */
} WeirGateCause;

/* What viewers get. */
typedef enum {
  WEIR_GATE_SHOWS_NOTHING, /* not begun, or withheld without a slate */
  WEIR_GATE_SHOWS_CONTENT,
  WEIR_GATE_SHOWS_SLATE,
} WeirGateShows;

const char *weir_gate_shows_name (WeirGateShows shows);

typedef enum {
  WEIR_GATE_OUTPUT_CONTENT,
  WEIR_GATE_OUTPUT_SLATE,   /* picture or silence in place of content */
  WEIR_GATE_OUTPUT_NOTHING, /* was taken back: a data packet of no codec and no
                               bytes, to be passed over */
} WeirGateOutputKind;

/* What an egress may send, by reference. The packet's times are output time. */
typedef struct {
  WeirPacket packet;
  gint64 due_us;
  gint64 source_pts_ms; /* stream time, of content or what it stands for */
  gint64 ahead_ms;      /* PTS minus DTS of the key frame before it */
  guint8 kind;          /* WeirGateOutputKind */
  guint8 shown;         /* a part of content shown without a break */
  guint8 begins;        /* the first of such a part */
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

/* What pictures of SLATE's codec are replaced with from now on; takes a
 * reference. NULL: nothing. */
void weir_gate_set_slate (WeirGate *gate, WeirSlate *slate);

WeirGateState weir_gate_get_state (const WeirGate *gate);
WeirGateShows weir_gate_get_shows (const WeirGate *gate);
guint weir_gate_get_causes (const WeirGate *gate); /* of WeirGateCause */
gboolean weir_gate_is_muted (const WeirGate *gate);
/* Borrowed, valid until the next call on GATE. */
const WeirGateSpans *weir_gate_get_spans (const WeirGate *gate);

/* The one that holds now; a shorter one that was asked for may still wait for
 * its key frame. */
gint64 weir_gate_get_delay_us (const WeirGate *gate);
/* The one that was asked for last. */
gint64 weir_gate_get_wanted_delay_us (const WeirGate *gate);

/* The picture's last change between content and what replaces it, since it was
 * asked for the last time; FALSE when there was none. */
typedef struct {
  WeirGateShows shows;
  gint64 from_ms; /* stream time */
} WeirGateSwitch;
gboolean weir_gate_take_switch (WeirGate *gate, WeirGateSwitch *ret);

/* Puts out every packet that is due at NOW_US, and what of the slate is.
 * Returns how many packets became due. */
guint weir_gate_advance (WeirGate *gate, gint64 now_us);

/* The same for at most MAX packets: who reads the output may do so before
 * more is put out and the oldest of it is lost. */
guint weir_gate_advance_some (WeirGate *gate, gint64 now_us, guint max);

/* Outputs the gate keeps; a cursor further behind has lost its turn. */
#define WEIR_GATE_OUTPUTS_KEPT 1024

/* When the next packet will be due; G_MAXINT64 when there is none. */
gint64 weir_gate_get_next_due_us (const WeirGate *gate);

/* The same, but when a shorter delay waits for its key frame the time by which
 * the next packet's fate is decided, jump or none. */
gint64 weir_gate_get_latest_due_us (const WeirGate *gate);

/* TRUE when every packet of the window has become due and no slate is left to
 * be shown. */
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

/* What a command came to. */
typedef struct {
  gint64 from_ms;     /* stream time from which it holds */
  gint64 to_ms;       /* and until; -1: open, or not known yet */
  gint64 exposure_ms; /* of what it withholds, that had been sent */
  guint64 span;       /* of a redaction, dump or hold; 0: nothing was left */
} WeirGateAnswer;

/* Commands; idempotent; FALSE, RET untouched, when the state does not allow
 * it (after a cut). RET may be NULL. */
gboolean
weir_gate_blank (WeirGate *gate, WeirGateCause cause, WeirGateAnswer *ret);

/* Takes back blanks for CAUSES, and if LIFT also spans that are open or under
 * way. Content goes on with the next key frame that becomes due, if nothing
 * else withholds it. */
gboolean weir_gate_resume (
    WeirGate *gate, guint causes, gboolean lift, WeirGateAnswer *ret);

/* Withholds [FROM_MS, TO_MS) of stream time, TO_MS below 0: all from FROM_MS
 * on, until it is lifted. What was sent is in the answer, the rest is withheld.
 */
gboolean weir_gate_redact (WeirGate *gate, WeirGateSpanKind kind,
    gint64 from_ms, gint64 to_ms, WeirGateAnswer *ret);
gboolean weir_gate_lift (WeirGate *gate, guint64 span, WeirGateAnswer *ret);

/* Withholds what came in and was not sent: all of it, or if NEWEST_MS is above
 * 0 only what is not older than so much. */
gboolean weir_gate_dump (WeirGate *gate, gint64 newest_ms, WeirGateAnswer *ret);

gboolean weir_gate_mute (WeirGate *gate, gboolean mute, WeirGateAnswer *ret);

/* A longer delay holds at once: the slate is shown until the window is so much
 * fuller. A shorter one when a key frame is due by it, which is where it jumps
 * to; what lies between is never shown. */
gboolean weir_gate_set_delay (
    WeirGate *gate, gint64 delay_us, gint64 now_us, WeirGateAnswer *ret);

/* For good. The slate goes on for SLATE_MS if there is one. Also when it was
 * cut before, then without a further slate. */
gboolean weir_gate_cut (WeirGate *gate, gint64 slate_ms, WeirGateAnswer *ret);

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
  guint64 replaced; /* outputs of slate and silence */
  guint64 skipped;  /* outputs that a cursor lost with its connection */
  guint64 jumped;   /* packets that a shorter delay passed over */
  gint64 late_max_us;
  guint64 late_buckets[8]; /* ≤ 5, 10, 20, 50, 100, 200, 500 ms, more */
} WeirGateStats;

extern const gint64 weir_gate_late_bounds_us[7];
void weir_gate_get_stats (const WeirGate *gate, WeirGateStats *ret_stats);
