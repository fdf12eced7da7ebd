/* One stream: window, gate, sampler, publisher and egresses put together.
 * Loop thread. */
#pragma once

#include "control/sampling.h"
#include "control/sightings.h"
#include "control/streams.h"
#include "core/finder.h"
#include "core/input-limits.h"
#include "core/sampler.h"
#include "core/timeline.h"

typedef enum {
  WEIR_STREAM_LIVE,     /* a publisher is connected */
  WEIR_STREAM_DRAINING, /* the rest of the window goes out; then, when the
                           publisher was lost, it is waited for */
  WEIR_STREAM_ENDING,   /* downstream is being closed */
} WeirStreamState;

const char *weir_stream_state_name (WeirStreamState state);

/* What happens to packets that the window has no room for. */
typedef enum {
  WEIR_WINDOW_FULL_CUT,   /* the publisher is disconnected */
  WEIR_WINDOW_FULL_BLANK, /* their bytes are not kept: they are withheld */
  WEIR_WINDOW_FULL_OPEN,  /* the oldest goes out before it is due */
} WeirWindowFull;

#define WEIR_STREAM_MAX_EGRESSES 16

typedef struct {
  guint64 bytes;
  guint64 bytes_before; /* at the last look */
  guint64 bitrate_bps;
  guint64 packets;
  gboolean in_session;     /* it has had a packet of this session */
  WeirCodecConfig *config; /* the newest, owned */
} WeirStreamTrack;

struct _WeirStream {
  WeirStreams *streams;
  WeirControl *control;
  guint64 number; /* for the analysis; never used twice in a run */
  char *app;
  char *name;
  char *path;
  char *publisher_id;
  WeirStreamState state;
  guint session;
  gint64 started_ms; /* wall */
  gint64 started_us;

  WeirPublisher *publisher; /* borrowed, NULL when it is gone */
  const char *protocol;
  char *peer;

  WeirTimeline timeline;
  WeirWindow *window;
  WeirGate *gate;
  WeirSampler sampler;
  WeirStreamSampling sampling;
  WeirFinder *finder;
  WeirStreamSightings sightings;
  char *case_id;       /* the case that hits join, or NULL */
  GBytes *thumbnail;   /* the newest JPEG of it, or NULL */
  gint64 thumbnail_ms; /* wall: when it came in */
  gint64 still_asked_us;
  char *note;      /* what policy wrote down last, or NULL */
  gint64 noted_ms; /* wall */

  WeirEgress *egresses[WEIR_STREAM_MAX_EGRESSES];
  guint n_egresses;
  guint n_closed;

  WeirStreamTrack tracks[WEIR_MEDIA_KINDS];
  gint64 heard_us;       /* the publisher sent something, or began */
  gint64 video_since_us; /* first picture of the session, 0 before */
  gboolean has_key;
  WeirInputGuard guard;
  guint64 max_window_bytes;
  gboolean window_full; /* and ON_WINDOW_FULL is done */
  WeirWindowFull on_window_full;
  gsize held_bytes; /* as counted for control/load */
  gint64 key_frame_timeout_us;
  gint64 grace_us;
  gboolean lost;        /* the publisher dropped out and may come back */
  gint64 wait_until_us; /* for it, once the window has gone out; 0 before */
  WeirSlate *slate;     /* owned; NULL while there is none */
  char *no_slate;       /* why there is none, or NULL */
  gint64 slate_at_us;   /* when it asks again; 0: none will come */
  gint64 slate_pause_us;
  guint64 samples_done;
  guint64 samples_skipped;
  char *skip_reason;
  gboolean whole;           /* the analysis decodes it whole */
  gboolean apart;           /* looked at alone and slower */
  gboolean skipping;        /* the last picture was not looked at */
  gint64 newest_ms;         /* stream time */
  gint64 quiet_until_us;    /* a tick before then would find nothing to do */
  gboolean dirty;           /* something to show changed */
  gboolean shadow;          /* it is looked at, and nothing is touched */
  WeirGateState told_state; /* that reviewers know */

  gint64 blank_arrived_us; /* the decision to blank it; 0: it is not blanked */
  gint64 blank_closed_us;

  /* Of the cut that ends it. */
  gint64 cut_arrived_us; /* 0: no cut */
  gint64 cut_closed_us;
};

WeirStream *weir_stream_new (WeirStreams *streams, guint64 number,
    const char *app, const char *name, const char *publisher_id);
void weir_stream_free (WeirStream *stream);

/* Makes PUBLISHER the source of a new session. */
void weir_stream_attach (WeirStream *stream, WeirPublisher *publisher);

/* Hands PACKET, the newest of the window, to the analysis as far as the sampler
 * wants it. */
void weir_stream_look (WeirStream *stream, const WeirPacket *packet);
/* The analysis lost the stream: when it is decoded whole, its group is given
 * from its beginning, as far as the window has it. */
void weir_stream_look_again (WeirStream *stream);
/* It is not looked at any more. */
void weir_stream_look_away (WeirStream *stream);

/* Tells the publisher REASON and lets go of it. */
void weir_stream_disconnect (WeirStream *stream, const char *reason);

/* Room for PACKET in the window, or what is set for when there is none: then
 * its bytes may be gone. FALSE: it can't be taken, and its publisher neither.
 */
gboolean weir_stream_make_room (WeirStream *stream, WeirPacket *packet);

/* Lets the egresses send what the gate has put out. */
void weir_stream_flush (WeirStream *stream, gint64 now_us);

/* One release tick. TRUE when the stream has ended downstream and can be
 * freed. */
gboolean weir_stream_tick (WeirStream *stream, gint64 now_us);

/* Begins to close downstream; DRAIN as in WeirEgressClass.end. */
void weir_stream_end (WeirStream *stream, gboolean drain);

/* Waits for no lost publisher: ends when the window has gone out. */
void weir_stream_stop_waiting (WeirStream *stream);

/* Withholds everything unsent, disconnects the publisher with REASON, ends
 * downstream, after SLATE_MS of slate if there is one. ARRIVED_US: when the
 * decision came, for time to cut. RET may be NULL. */
void weir_stream_cut (WeirStream *stream, const char *reason, gint64 slate_ms,
    gint64 arrived_us, WeirGateAnswer *ret);

/* Opens a gate that is blanked for CAUSES or on a span that is open or under
 * way: content from the next key frame that becomes due from now on. FALSE
 * when it is neither. */
gboolean
weir_stream_resume (WeirStream *stream, guint causes, WeirGateAnswer *ret);

/* Asks for a slate that suits the pictures; there must be a configuration of
 * them. Keeps what it has until the answer. */
void weir_stream_want_slate (WeirStream *stream);
/* The answers: takes a reference; or REASON in words, and whether it MAY_RETRY:
 * then it asks again, ever less often, until there is one. */
void weir_stream_set_slate (WeirStream *stream, WeirSlate *slate);
void weir_stream_refuse_slate (
    WeirStream *stream, const char *reason, gboolean may_retry);
/* Asks again if it is time to. */
void weir_stream_look_for_slate (WeirStream *stream, gint64 now_us);

/* Takes INPUT_NOTICE, or NULL, and adds that there is no slate, if so. Caller
 * frees. */
char *
weir_stream_dup_slate_notice (const WeirStream *stream, char *input_notice);

/* Microseconds from the decision to the last content byte, as far as known;
 * -1: there was no such decision. */
gint64 weir_stream_get_time_to_cut_us (const WeirStream *stream);
/* The same of the cut or, while it is blanked by a reviewer, of that. */
gint64 weir_stream_get_time_to_close_us (const WeirStream *stream);

/* What to tell operators about its input, or NULL. Caller frees. */
char *weir_stream_dup_notice (const WeirStream *stream);

/* Wall time at which the packet at PTS_MS is or was due. */
gint64 weir_stream_due_wall_ms (const WeirStream *stream, gint64 pts_ms,
    gint64 sample_pts_ms, gint64 sample_arrival_us);
