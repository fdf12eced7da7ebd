/* Carries a stream to another RTMP server: an egress over the gate's output.
 * Loop thread.
 *
 * Connects when there is something to send, again after a failure with a
 * growing, jittered pause. Each connection starts near time 0 with metadata,
 * codec configurations and a key frame. No queue of its own: what the server
 * does not take stays with the gate. A codec that the server can't take ends
 * the connection and is WEIR_EGRESS_REFUSED until the stream's codec changes:
 * nothing is left out to make the rest fit. */
#pragma once

#include "base/loop.h"
#include "control/egress-impl.h"
#include "rtmp/client.h"
#include "rtmp/tls.h"

#define WEIR_RTMP_PUSH_CONNECT_TIMEOUT_MS 10000
/* Something to send and nothing taken for so long: the connection is dead. */
#define WEIR_RTMP_PUSH_STALL_MS 3000
/* The server is asked so often whether it is there. Its kernel goes on taking
 * data, megabytes of it, for a server that hangs. */
#define WEIR_RTMP_PUSH_PING_MS 500
/* One that has answered before and does not so long after the ping arrived
 * hangs. With the pause before the ping it is noticed within 3 s. */
#define WEIR_RTMP_PUSH_PONG_MS 2200
/* Unsent bytes the kernel may hold: what it has it will send after a cut. */
#define WEIR_RTMP_PUSH_UNSENT_BYTES (128 * 1024)

typedef struct {
  const char *name;    /* of the [egress] section */
  const char *url;     /* rtmp[s]://HOST[:PORT]/APP/NAME, nothing to expand */
  WeirTlsContext *tls; /* what an rtmps:// server is trusted by; may be NULL
                          for rtmp:// */
  gboolean ping;       /* ask the server whether it is there */
  WeirRtmpEnhanced enhanced; /* codecs that have no number */
} WeirRtmpPushOptions;

/* OPTIONS are copied. The owner sets gate, stream and callbacks before the
 * first flush () and frees with klass->free (). WEIR_ERROR_CONFIG for an
 * address that is none. */
WeirEgress *weir_rtmp_push_new (
    WeirLoop *loop, const WeirRtmpPushOptions *options, GError **error);
