/* What the files of the gate share. Includes only; nobody else includes it.
 *
 *   gate.c         commands and what is told of the state
 *   gate-decide.c  the fate of each packet that is due
 *   gate-replace.c slate and silence: one output, or a run without content
 *   gate-delay.c   a delay that changes
 *   gate-output.c  the ring and its cursors
 *   gate-spans.c   what is withheld by stream time */
#pragma once

#include "core/exposure.h"
#include "core/gate.h"
#include "core/silence.h"

/* Pictures that may be shown before the key frame that they follow in decoding
 * order: no codec reorders by more. */
#define WEIR_GATE_MAX_LEADING 16
/* A stream without a picture until then, stream time, has none. */
#define WEIR_GATE_SOUND_ALONE_MS 3000

/* What goes out of one track. */
typedef struct {
  gint64 last_ms; /* DTS of the newest output; G_MININT64 before the first */
  gint64 last_due_us;
  gint64 source_ms;        /* DTS of the newest packet that was due */
  gint64 interval_us;      /* from packet to packet, smoothed; 0: not known */
  WeirCodecConfig *config; /* of the newest packet that was due */

  /* A run of slate that nothing that comes in paces. */
  gboolean running;
  gint64 run_base_ms; /* output time, where it began */
  gint64 run_base_us;
  gint64 run_until_ms; /* inclusive */
  guint64 run_n;       /* the next one, from 1 on */

  gboolean jumped; /* a gap before the next output is to be filled */
} WeirGateTrack;

struct _WeirGate {
  WeirWindow *window;
  gboolean cut;
  guint causes; /* it is blanked for */
  gboolean muted;
  WeirGateSpans spans;
  gint64 delay_us;
  gint64 offset_ms; /* output time minus stream time */

  /* A shorter delay that waits for its key frame. */
  gint64 wanted_us; /* -1: none */
  gint64 wanted_since_us;
  guint64 jump_scan; /* packets before it are no key frame due by it */

  guint64 next_seq;   /* first packet of the window not yet due */
  gboolean await_key; /* picture is withheld until a key frame, and sound
                         too when AWAIT_SOUND */
  gboolean await_sound;
  gboolean has_picture;
  gboolean showing;      /* the newest picture (or sound) put out is content */
  gboolean begins;       /* the next one shown begins a part */
  gint64 leading_ms;     /* PTS of the key frame that content began with */
  guint leading;         /* pictures to be shown before it that may come */
  gint64 sound_ms;       /* sound and metadata with PTS before it belong to what
                            was withheld in front of content */
  gint64 key_ahead_ms;   /* PTS minus DTS of the newest key frame */
  gint64 last_pts_ms;    /* greatest of a picture put out, output time */
  gint64 content_pts_ms; /* greatest of content put out, stream time */
  WeirGateTrack tracks[WEIR_MEDIA_KINDS];

  WeirSlate *slate;
  guint64 slate_n;   /* next picture of the run */
  gboolean left_out; /* the last place for one was left empty */
  WeirArena *arena;
  WeirSilence silence;
  WeirSlice silent_frame;
  WeirCodecConfig *silence_config; /* that it was made for */
  guint silence_samples;

  WeirGateOutput *ring; /* grows in powers of two */
  guint capacity;
  guint64 first;
  guint64 end;
  gsize bytes;           /* of the outputs in the ring */
  guint64 closed_before; /* outputs before it must not leave any more */
  gboolean closed_amid;  /* what comes then is amid a run of the slate */
  guint64 sent_end;      /* one past the newest output any cursor passed */
  gint64 sent_pts_ms;    /* greatest of a picture sent, output time */
  gint64 sent_until_ms;  /* end of the newest picture (or sound) sent */

  WeirPacket metadata;
  guint64 metadata_position;
  gboolean switched; /* and nobody has asked yet */
  gint64 switched_ms;
  WeirExposure exposure;
  WeirGateStats stats;
};

/* gate-output.c */
WeirGateOutput *weir_gate_slot (const WeirGate *gate, guint64 position);
/* Takes PACKET, its times being output time already. */
void weir_gate_put (WeirGate *gate, WeirPacket *packet, gint64 due_us,
    gint64 source_pts_ms, WeirGateOutputKind kind);
void weir_gate_drop_outputs_before (WeirGate *gate, guint64 position);
typedef enum {
  WEIR_GATE_SPAN_AHEAD,     /* pictures that come now are in front of it */
  WEIR_GATE_SPAN_UNDER_WAY, /* or belong to it */
  WEIR_GATE_SPAN_BEHIND,    /* or come after it */
} WeirGatePlace;
/* What was put out of [FROM_MS, TO_MS), stream time, and not sent yet does not
 * leave any more; something else takes its place. */
WeirGatePlace
weir_gate_take_back (WeirGate *gate, gint64 from_ms, gint64 to_ms);
/* Sound that was put out and not sent. */
void weir_gate_take_back_sound (WeirGate *gate);
/* Nothing that was put out leaves any more. */
void weir_gate_close (WeirGate *gate);

/* gate-decide.c */
void weir_gate_decide (WeirGate *gate, const WeirPacket *packet, gint64 due_us);
void weir_gate_note_metadata (WeirGate *gate, const WeirPacket *packet);
/* Content stops here, if it was shown; FROM_MS in stream time. */
void weir_gate_stop_content (WeirGate *gate, gint64 from_ms);

/* gate-replace.c */
/* The next picture of the slate at DTS_MS of output time. FALSE: there is none
 * for CODEC, or DTS would not rise. */
gboolean weir_gate_put_picture (WeirGate *gate, WeirCodec codec, gint64 dts_ms,
    gint64 due_us, gint64 source_pts_ms);
/* As long as LIKE, or as is usual for NULL. */
gboolean weir_gate_put_silence (WeirGate *gate, WeirCodecConfig *config,
    const WeirSlice *like, gint64 dts_ms, gint64 due_us, gint64 source_pts_ms);
/* Turns an output of content in place into slate, silence or nothing. */
void weir_gate_replace_output (
    WeirGate *gate, WeirGateOutput *output, gint64 *last_pts_ms);
gint64 weir_gate_frame_ms (const WeirGate *gate, WeirMediaKind kind);
/* Slate for MS more, however little comes in. */
void weir_gate_begin_run (WeirGate *gate, gint64 ms);
void weir_gate_stop_run (WeirGate *gate);
gboolean weir_gate_is_running (const WeirGate *gate);
gint64 weir_gate_run_due_us (const WeirGate *gate);
/* Puts out what of the run is due, at most MAX; returns how many. */
guint weir_gate_run (WeirGate *gate, gint64 now_us, guint max);

/* gate-delay.c */
/* Goes on with the packet that a shorter delay begins with, when that is due by
 * NOW_US and before the next packet by the old one. */
gboolean weir_gate_jump (WeirGate *gate, gint64 now_us);
gint64 weir_gate_jump_due_us (WeirGate *gate);
