/* From a gate's output to one gathered write, and from what the kernel took
 * of it to what counts as sent. Pure.
 *
 * At most one message is partly written at any time; it is kept here until
 * its last byte is gone, whatever the gate decides meanwhile. Messages that
 * were gathered and of which no byte was taken stay with the gate. */
#pragma once

#include "core/gate.h"
#include "rtmp/chunk-writer.h"
#include "rtmp/client.h"

#define WEIR_RTMP_BATCH_ITEMS 256
/* A batch does not begin another message above this. */
#define WEIR_RTMP_BATCH_BYTES (1024 * 1024)

/* What one connection has been sent. Zero at first. */
typedef struct {
  gboolean began; /* BASE_MS is set */
  gint64 base_ms; /* stream time that is time 0 of this connection */
  gboolean metadata_sent;
  WeirCodecConfig *configs[WEIR_MEDIA_KINDS]; /* sent last; owned */
  guint64 too_long;       /* packets passed over: no message holds them */
  WeirCodec cannot_carry; /* of the next packet, which stays with the gate:
                             the server can't take it */

  /* The message that is partly written. */
  gboolean in_flight;
  gboolean flight_is_config;
  gboolean flight_is_content;
  WeirPacket flight; /* owned; only its configuration is sent if _is_config */
  gsize flight_at;   /* bytes of its chunks written */
  WeirRtmpChunkWriter flight_writer; /* as it was before the message */
} WeirRtmpSender;

typedef enum {
  WEIR_RTMP_ITEM_FLIGHT,
  WEIR_RTMP_ITEM_CONTROL,
  WEIR_RTMP_ITEM_METADATA,
  WEIR_RTMP_ITEM_CONFIG,
  WEIR_RTMP_ITEM_PACKET, /* no bytes when RTMP can't carry it */
} WeirRtmpItemKind;

/* One write being put together; large: keep it on the stack. */
typedef struct {
  WeirRtmpPieces pieces;
  guint n;
  struct {
    WeirRtmpItemKind kind;
    gsize end; /* bytes of the batch up to its end */
    WeirRtmpChunkWriter before;
    WeirCodecConfig *config; /* owned; of CONFIG */
  } items[WEIR_RTMP_BATCH_ITEMS];
} WeirRtmpBatch;

/* Fills BATCH with what is to be sent next: the rest of the message begun,
 * then CLIENT's own messages, then, if CONTENT, what GATE lets CURSOR have.
 * FALSE when there is nothing. A batch filled must be given to _wrote (). */
gboolean weir_rtmp_sender_gather (WeirRtmpSender *sender,
    WeirRtmpClient *client, WeirGate *gate, WeirGateCursor *cursor,
    gboolean content, WeirRtmpBatch *batch);

/* The kernel took the first SIZE bytes of BATCH at NOW_US. Returns TRUE when
 * bytes of content, sound or picture, were among them. */
gboolean weir_rtmp_sender_wrote (WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirGate *gate, WeirGateCursor *cursor, WeirRtmpBatch *batch, gsize size,
    gint64 now_us);

void weir_rtmp_sender_clear (WeirRtmpSender *sender);
