/* Carries a stream to an SRT receiver through a weir-srt process: an egress
 * over the gate's output. Loop thread.
 *
 * Connects when there is something to send, again after a failure with a
 * growing, jittered pause, on whichever process is there then. Each connection
 * starts with codec configurations and a key frame. No more than
 * WEIR_SRT_WINDOW_BYTES are with the process at a time; the rest stays with the
 * gate. A codec that MPEG-TS can't carry ends the connection and is
 * WEIR_EGRESS_REFUSED until the stream's codec changes. */
#pragma once

#include "base/loop.h"
#include "control/egress-impl.h"
#include "workers/srt-process.h"

#define WEIR_SRT_EGRESS_CONNECT_TIMEOUT_MS 5000
/* Something is with the process and it takes none of it for so long. */
#define WEIR_SRT_EGRESS_STALL_MS 3000

/* The process to connect with, or NULL when none is ready. */
typedef WeirSrtProcess *(*WeirSrtPick) (gpointer data);

typedef struct {
  const char *name; /* of the [egress] section */
  const char *url;  /* srt://…, nothing to expand */
  WeirSrtPick pick;
  gpointer pick_data;
} WeirSrtEgressOptions;

/* What MPEG-TS can carry here. */
extern const WeirCodecSet weir_srt_codecs;

/* OPTIONS are copied; PICK_DATA must outlive the egress. The owner sets gate,
 * stream and callbacks before the first flush () and frees with
 * klass->free (). WEIR_ERROR_CONFIG for an address that is none. */
WeirEgress *weir_srt_egress_new (
    WeirLoop *loop, const WeirSrtEgressOptions *options, GError **error);
