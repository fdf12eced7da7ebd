/* Gathers messages by reference and accounts for partial writes. */
#include "rtmp/sender.h"

#include "base/log.h"
#include "rtmp/flv.h"

/* Chunk streams; 2 and 3 are the client's own. */
static const guint8 csids[WEIR_MEDIA_KINDS] = {
  [WEIR_MEDIA_VIDEO] = 6,
  [WEIR_MEDIA_AUDIO] = 4,
  [WEIR_MEDIA_DATA] = 5,
};

static void
init_message (const WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirMediaKind kind, gint64 dts_ms, WeirRtmpOutMessage *ret)
{
  *ret = (WeirRtmpOutMessage){
    .csid = csids[kind],
    .type = weir_flv_message_type (kind),
    .msid = weir_rtmp_client_get_stream_id (client),
    /* Sound may lie a little before the key frame that began. */
    .timestamp = (guint32) MAX (dts_ms - sender->base_ms, 0),
  };
}

/* A head may be longer than the one the message came in with. */
static gboolean
is_too_long (const WeirRtmpOutMessage *message)
{
  return message->body_size > WEIR_RTMP_MAX_MESSAGE_BYTES - message->head_size;
}

static gboolean
put_packet (const WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirRtmpChunkWriter *writer, const WeirPacket *packet,
    WeirRtmpPieces *pieces)
{
  guint8 head[WEIR_FLV_MAX_HEAD_BYTES];
  WeirRtmpOutMessage message;
  gboolean ok;

  init_message (sender, client, packet->kind, packet->dts_ms, &message);
  message.head = head;
  message.head_size = weir_flv_write_head (packet, head, &ok);
  if (!ok)
    return TRUE;
  message.body = packet->payload.data;
  message.body_size = packet->payload.size;
  if (is_too_long (&message))
    return TRUE;
  return weir_rtmp_chunk_writer_put (writer, &message, pieces);
}

static gboolean
put_config (const WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirRtmpChunkWriter *writer, const WeirPacket *packet,
    WeirRtmpPieces *pieces)
{
  guint8 head[WEIR_FLV_MAX_HEAD_BYTES];
  WeirRtmpOutMessage message;

  init_message (sender, client, packet->kind, packet->dts_ms, &message);
  message.head = head;
  message.head_size = weir_flv_write_config_head (packet->config, head);
  if (message.head_size == 0)
    return TRUE;
  message.body = packet->config->data;
  message.body_size = packet->config->size;
  if (is_too_long (&message))
    return TRUE;
  return weir_rtmp_chunk_writer_put (writer, &message, pieces);
}

static void
add_item (WeirRtmpBatch *batch, WeirRtmpItemKind kind,
    const WeirRtmpChunkWriter *before, WeirCodecConfig *config)
{
  batch->items[batch->n].kind = kind;
  batch->items[batch->n].end = batch->pieces.bytes;
  batch->items[batch->n].before = *before;
  batch->items[batch->n].config =
      config != NULL ? weir_codec_config_ref (config) : NULL;
  batch->n++;
}

static void
gather_flight (
    WeirRtmpSender *sender, WeirRtmpClient *client, WeirRtmpBatch *batch)
{
  WeirRtmpChunkWriter writer = sender->flight_writer;

  if (!sender->in_flight)
    return;
  if (sender->flight_is_config)
    put_config (sender, client, &writer, &sender->flight, &batch->pieces);
  else
    put_packet (sender, client, &writer, &sender->flight, &batch->pieces);
  weir_rtmp_pieces_skip (&batch->pieces, sender->flight_at);
  add_item (batch, WEIR_RTMP_ITEM_FLIGHT, &sender->flight_writer, NULL);
}

static void
gather_control (
    WeirRtmpSender *sender, WeirRtmpClient *client, WeirRtmpBatch *batch)
{
  const GByteArray *out = weir_rtmp_client_get_output (client);

  if (out->len == 0)
    return;
  weir_rtmp_pieces_add (&batch->pieces, out->data, out->len);
  add_item (batch, WEIR_RTMP_ITEM_CONTROL, weir_rtmp_client_get_writer (client),
      NULL);
}

static gboolean
gather_metadata (WeirRtmpSender *sender, WeirRtmpClient *client, WeirGate *gate,
    WeirRtmpChunkWriter *writer, WeirRtmpBatch *batch)
{
  const WeirPacket *metadata = weir_gate_get_metadata (gate);
  WeirRtmpChunkWriter before = *writer;
  WeirPacket now;

  if (sender->metadata_sent || metadata == NULL)
    return TRUE;
  now = *metadata;
  now.dts_ms = sender->base_ms;
  if (!put_packet (sender, client, writer, &now, &batch->pieces))
    return FALSE;
  add_item (batch, WEIR_RTMP_ITEM_METADATA, &before, NULL);
  return TRUE;
}

static gboolean
can_carry (const WeirRtmpClient *client, const WeirPacket *packet)
{
  return packet->kind == WEIR_MEDIA_DATA
         || (weir_rtmp_client_get_codecs (client)
                & WEIR_CODEC_SET (packet->codec))
                != 0;
}

static void
gather_content (WeirRtmpSender *sender, WeirRtmpClient *client, WeirGate *gate,
    WeirGateCursor *cursor, WeirRtmpBatch *batch)
{
  WeirRtmpChunkWriter writer = *weir_rtmp_client_get_writer (client);
  const WeirCodecConfig *configs[WEIR_MEDIA_KINDS];
  const WeirGateOutput *output = weir_gate_peek (gate, cursor);

  if (output == NULL)
    return;
  /* Before anything, metadata too. */
  if (!can_carry (client, &output->packet)) {
    sender->cannot_carry = (WeirCodec) output->packet.codec;
    return;
  }
  if (!sender->began) {
    sender->began = TRUE;
    sender->base_ms = output->packet.dts_ms;
  }
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    configs[i] = sender->configs[i];
  if (!gather_metadata (sender, client, gate, &writer, batch))
    return;

  for (guint ahead = 0; output != NULL && batch->n + 2 <= WEIR_RTMP_BATCH_ITEMS
                        && batch->pieces.bytes < WEIR_RTMP_BATCH_BYTES;
       output = weir_gate_peek_ahead (gate, cursor, ++ahead)) {
    const WeirPacket *packet = &output->packet;
    WeirRtmpChunkWriter before = writer;

    if (!can_carry (client, packet)) {
      sender->cannot_carry = (WeirCodec) packet->codec;
      return;
    }

    if (packet->config != NULL
        && !weir_codec_config_equal (packet->config, configs[packet->kind])) {
      if (!put_config (sender, client, &writer, packet, &batch->pieces))
        return;
      add_item (batch, WEIR_RTMP_ITEM_CONFIG, &before, packet->config);
      configs[packet->kind] = packet->config;
      before = writer;
    }
    if (!put_packet (sender, client, &writer, packet, &batch->pieces))
      return;
    add_item (batch, WEIR_RTMP_ITEM_PACKET, &before, NULL);
  }
}

gboolean
weir_rtmp_sender_gather (WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirGate *gate, WeirGateCursor *cursor, gboolean content,
    WeirRtmpBatch *batch)
{
  batch->n = 0;
  weir_rtmp_pieces_reset (&batch->pieces);
  gather_flight (sender, client, batch);
  gather_control (sender, client, batch);
  if (content)
    gather_content (sender, client, gate, cursor, batch);
  return batch->n > 0;
}

/* Keeps a message of which the first AT bytes are written. */
static void
keep_flight (WeirRtmpSender *sender, const WeirPacket *packet, gsize at,
    const WeirRtmpChunkWriter *before)
{
  weir_packet_copy (packet, &sender->flight);
  sender->in_flight = TRUE;
  sender->flight_is_config = sender->flight_is_content = FALSE;
  sender->flight_at = at;
  sender->flight_writer = *before;
}

static void
keep_config_flight (WeirRtmpSender *sender, const WeirPacket *packet, gsize at,
    const WeirRtmpChunkWriter *before)
{
  /* Only kind, time and configuration are needed, not the payload. */
  sender->flight = (WeirPacket){ .kind = packet->kind,
    .codec = packet->codec,
    .dts_ms = packet->dts_ms,
    .config = weir_codec_config_ref (packet->config) };
  sender->in_flight = TRUE;
  sender->flight_is_config = TRUE;
  sender->flight_is_content = FALSE;
  sender->flight_at = at;
  sender->flight_writer = *before;
}

/* The chunk stream of KIND is now as if the message begun at TIMESTAMP were
 * written, which it will be. */
static void
note_message (WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirMediaKind kind, gint64 dts_ms)
{
  WeirRtmpChunkWriter *writer = weir_rtmp_client_get_writer (client);
  WeirRtmpOutMessage message;

  init_message (sender, client, kind, dts_ms, &message);
  weir_rtmp_chunk_writer_note (writer, &message);
}

static void
count_too_long (WeirRtmpSender *sender, const WeirPacket *packet)
{
  if (packet->payload.size
      <= WEIR_RTMP_MAX_MESSAGE_BYTES - WEIR_FLV_MAX_HEAD_BYTES)
    return;
  if (sender->too_long++ == 0)
    weir_warn ("rtmp", NULL,
        "a packet of %" G_GSIZE_FORMAT " bytes is too long to push and is "
        "passed over, as others will be",
        (gsize) packet->payload.size);
}

static gboolean
commit_packet (WeirRtmpSender *sender, WeirRtmpClient *client, WeirGate *gate,
    WeirGateCursor *cursor, gsize size, gsize taken,
    const WeirRtmpChunkWriter *before, gint64 now_us)
{
  const WeirGateOutput *output = weir_gate_peek (gate, cursor);
  gboolean content;

  if (output == NULL)
    return FALSE;
  content = output->packet.kind != WEIR_MEDIA_DATA
            && output->kind == WEIR_GATE_OUTPUT_CONTENT && taken > 0;
  if (size > 0)
    note_message (sender, client, output->packet.kind, output->packet.dts_ms);
  else
    count_too_long (sender, &output->packet);
  if (taken < size)
    keep_flight (sender, &output->packet, taken, before);
  sender->flight_is_content = content && taken < size;
  weir_gate_sent (gate, cursor, now_us);
  return content;
}

static void
commit_config (WeirRtmpSender *sender, WeirRtmpClient *client, WeirGate *gate,
    WeirGateCursor *cursor, WeirCodecConfig *config, gsize size, gsize taken,
    const WeirRtmpChunkWriter *before)
{
  const WeirGateOutput *output = weir_gate_peek (gate, cursor);
  WeirCodecConfig **held;

  if (output == NULL)
    return;
  held = &sender->configs[output->packet.kind];
  weir_codec_config_ref (config);
  weir_codec_config_unref (*held);
  *held = config;
  if (size > 0)
    note_message (sender, client, output->packet.kind, output->packet.dts_ms);
  if (taken < size)
    keep_config_flight (sender, &output->packet, taken, before);
}

static void
commit_metadata (WeirRtmpSender *sender, WeirRtmpClient *client, WeirGate *gate,
    gsize size, gsize taken, const WeirRtmpChunkWriter *before)
{
  const WeirPacket *metadata = weir_gate_get_metadata (gate);

  sender->metadata_sent = TRUE;
  if (metadata == NULL)
    return;
  note_message (sender, client, WEIR_MEDIA_DATA, sender->base_ms);
  if (taken < size) {
    keep_flight (sender, metadata, taken, before);
    sender->flight.dts_ms = sender->base_ms;
  }
}

gboolean
weir_rtmp_sender_wrote (WeirRtmpSender *sender, WeirRtmpClient *client,
    WeirGate *gate, WeirGateCursor *cursor, WeirRtmpBatch *batch, gsize size,
    gint64 now_us)
{
  gboolean content = FALSE;
  gsize start = 0;

  for (guint i = 0; i < batch->n; i++) {
    gsize length = batch->items[i].end - start;
    gsize taken = start < size ? MIN (size - start, length) : 0;
    const WeirRtmpChunkWriter *before = &batch->items[i].before;

    /* Not begun, or behind one that is not complete. */
    if (start > size || (taken == 0 && length > 0))
      break;
    switch (batch->items[i].kind) {
    case WEIR_RTMP_ITEM_FLIGHT:
      content |= sender->flight_is_content;
      sender->flight_at += taken;
      if (taken == length) {
        sender->in_flight = FALSE;
        weir_packet_clear (&sender->flight);
      }
      break;
    case WEIR_RTMP_ITEM_CONTROL:
      g_byte_array_remove_range (
          weir_rtmp_client_get_output (client), 0, (guint) taken);
      break;
    case WEIR_RTMP_ITEM_METADATA:
      commit_metadata (sender, client, gate, length, taken, before);
      break;
    case WEIR_RTMP_ITEM_CONFIG:
      commit_config (sender, client, gate, cursor, batch->items[i].config,
          length, taken, before);
      break;
    case WEIR_RTMP_ITEM_PACKET:
      content |= commit_packet (
          sender, client, gate, cursor, length, taken, before, now_us);
      break;
    }
    start = batch->items[i].end;
  }
  for (guint i = 0; i < batch->n; i++)
    g_clear_pointer (&batch->items[i].config, weir_codec_config_unref);
  return content;
}

void
weir_rtmp_sender_clear (WeirRtmpSender *sender)
{
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    g_clear_pointer (&sender->configs[i], weir_codec_config_unref);
  weir_packet_clear (&sender->flight);
  *sender = (WeirRtmpSender){ 0 };
}
