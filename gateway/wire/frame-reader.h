/* Frames over a blocking descriptor: what the workers' loops stand on. The
 * gateway's side reads with libuv and does not use this. */
#pragma once

#include "wire/wire.h"

typedef enum {
  WEIR_FRAME_OK,
  WEIR_FRAME_END,    /* the other side closed between two frames */
  WEIR_FRAME_FAILED, /* it broke off, broke the protocol, or reading failed */
} WeirFrameResult;

/* Waits for a whole frame. RET borrows from BUFFER, which is overwritten, and
 * is untouched unless the result is WEIR_FRAME_OK. BUFFER does not keep more
 * than WEIR_WIRE_MAX_PAYLOAD_BYTES. */
WeirFrameResult weir_frame_read (
    int fd, GByteArray *buffer, WeirWireMessage *ret, GError **error);

/* Writes a whole frame, waiting for room. BUFFER is scratch space. The caller
 * ignores SIGPIPE. */
gboolean weir_frame_write (
    int fd, GByteArray *buffer, const WeirWireMessage *message, GError **error);
