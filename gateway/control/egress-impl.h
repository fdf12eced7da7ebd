/* For those who carry a stream downstream (rtmp/push, workers/srt-egress). An
 * egress is a cursor over the gate's output: it owns no queue of
 * packets. Loop thread. */
#pragma once

#include "control/link.h"
#include "core/gate.h"

typedef enum {
  WEIR_EGRESS_IDLE, /* nothing to send yet */
  WEIR_EGRESS_CONNECTING,
  WEIR_EGRESS_LIVE,    /* the server accepted the publish */
  WEIR_EGRESS_WAITING, /* for the next try after a failure */
  WEIR_EGRESS_REFUSED, /* the server can't take a codec of the stream, which
                          is in REFUSED; until the stream changes it */
  WEIR_EGRESS_CLOSED,  /* ended cleanly; on_closed has been called */
} WeirEgressState;

const char *weir_egress_state_name (WeirEgressState state);

typedef struct _WeirEgress WeirEgress;

typedef struct {
  /* Called on release ticks after the gate advanced: hand what the cursor may
   * have to the kernel, without blocking, as one gathered write. Connects
   * when there is something to send and it is not connected. Leaves
   * QUIET_UNTIL_US. */
  void (*flush) (WeirEgress *egress, gint64 now_us);

  /* Ends the stream downstream: finishes the message already begun, nothing
   * after it, says so in the protocol's words (RTMP: FCUnpublish,
   * deleteStream), closes, then calls on_closed once (maybe before it
   * returns). DRAIN: everything the gate has already put out and this cursor
   * has not sent yet goes first (the publisher stopped); else nothing does
   * (cut). Bounded: after WEIR_EGRESS_CLOSE_TIMEOUT_MS it just closes. */
  void (*end) (WeirEgress *egress, gboolean drain);

  /* Immediately, without on_closed. */
  void (*free) (WeirEgress *egress);
} WeirEgressClass;

#define WEIR_EGRESS_CLOSE_TIMEOUT_MS 2000

struct _WeirEgress {
  const WeirEgressClass *klass;
  const char *name;      /* of its [egress] section; owned by implementation */
  WeirEgressState state; /* set by the implementation */
  char *last_error;      /* words of the last failure or NULL, for who runs
                            the gateway; owned */
  WeirCodec refused;     /* of WEIR_EGRESS_REFUSED */
  guint connects;        /* times it became LIVE */
  guint64 bytes;         /* handed to the kernel */
  const WeirLink *link;  /* how its line is; NULL: nobody knows; owned */

  /* Until then flush () need not be called again, if the gate puts nothing
   * out meanwhile; set by flush () and whenever something happens. 0: on the
   * next tick. */
  gint64 quiet_until_us;

  /* Set by the stream, which outlives the egress. */
  WeirGate *gate;
  WeirGateCursor cursor;
  const char *stream; /* "APP/NAME" for logs */
  /* The newest configuration that the publisher sent of a kind, or NULL: what
   * will come, not yet what may be sent. Borrowed. May be NULL itself. */
  WeirCodecConfig *(*peek_config) (
      WeirEgress *egress, WeirMediaKind kind, gpointer data);
  void (*on_state) (WeirEgress *egress, gpointer data); /* state changed */
  void (*on_closed) (WeirEgress *egress, gpointer data);
  /* Content in front of the cursor was handed to the kernel up to here; the
   * time of the last byte, for time to cut. */
  gint64 last_content_us;
  gpointer data;
};

/* --- what implementations share --- */

/* The first pause after a failure and the longest. */
#define WEIR_EGRESS_RETRY_MIN_MS 250
#define WEIR_EGRESS_RETRY_MAX_MS 5000
/* A connection that lived this long starts the pauses from the shortest. */
#define WEIR_EGRESS_SETTLED_MS 10000
/* An egress with nothing to send is looked at so often. */
#define WEIR_EGRESS_IDLE_LOOK_MS 100

/* Tells the owner when it is another one. */
void weir_egress_set_state (WeirEgress *egress, WeirEgressState state);
void weir_egress_set_error (WeirEgress *egress, const char *words);
/* What to wait after ATTEMPTS failures in a row: twice as long each time, and
 * half of it at random, so that many do not come at once. */
gint64 weir_egress_pause_us (guint attempts);
/* Something can be sent, or so soon that it should be connected by then. */
gboolean weir_egress_is_wanted (WeirEgress *egress, gint64 now_us);
/* Of WEIR_EGRESS_REFUSED: passes over what it may not send, and says whether
 * there was something worth another try: a codec of CODECS where there was
 * one that can't be sent, or a publisher who came back. It may have left that
 * track out, and if it did not, it is to be told as well. */
gboolean weir_egress_look_again (WeirEgress *egress, WeirCodecSet codecs);
