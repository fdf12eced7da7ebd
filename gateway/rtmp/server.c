/* Answers a publisher as the encoders in the field expect it. */
#include "rtmp/server.h"

#include "base/error.h"
#include "rtmp/ack.h"
#include "rtmp/aggregate.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/chunk-writer.h"
#include "rtmp/flv.h"
#include "rtmp/handshake.h"
#include "rtmp/message.h"

#define STREAM_ID 1
#define CSID_CONTROL 2
#define CSID_COMMAND 3
#define CSID_STATUS 5
#define MIN_ACK_WINDOW_BYTES 4096
#define PEER_BANDWIDTH_DYNAMIC 2
#define USER_CONTROL_STREAM_BEGIN 0
#define USER_CONTROL_PING 6
#define USER_CONTROL_PONG 7

typedef enum {
  STATE_HANDSHAKE,
  STATE_CONNECT, /* waits for it */
  STATE_CONNECTED,
  STATE_ASKED, /* the owner has a PUBLISH event to answer */
  STATE_PUBLISHING,
  STATE_ENDED,
} State;

struct _WeirRtmpServer {
  WeirArena *arena;
  WeirRtmpServerConfig config;
  State state;
  WeirRtmpHandshake handshake;
  WeirRtmpChunkReader *reader;
  WeirRtmpChunkWriter writer;
  WeirRtmpAggregate aggregate;
  WeirFlvReader flv;
  GByteArray *out;
  GByteArray *body; /* scratch for one message */

  char *app;
  WeirRtmpSelf self;
  WeirPublishTarget target;

  WeirRtmpAck ack;

  /* Token buckets, each kept as the time at which it would be full. */
  gint64 control_full_us;
  gint64 media_full_us;
};

WeirRtmpServer *
weir_rtmp_server_new (WeirArena *arena, const WeirRtmpServerConfig *config)
{
  WeirRtmpServer *server = g_new0 (WeirRtmpServer, 1);

  server->arena = weir_arena_ref (arena);
  server->config = *config;
  server->out = g_byte_array_new ();
  server->body = g_byte_array_new ();
  server->ack.window = config->window_ack_bytes;
  server->reader =
      weir_rtmp_chunk_reader_new (arena, config->max_message_bytes);
  weir_rtmp_chunk_writer_init (&server->writer);
  weir_rtmp_handshake_init (
      &server->handshake, WEIR_RTMP_SERVER_SIDE, config->seed, server->out);
  return server;
}

void
weir_rtmp_server_free (WeirRtmpServer *server)
{
  if (server == NULL)
    return;
  weir_rtmp_chunk_reader_free (server->reader);
  weir_rtmp_aggregate_clear (&server->aggregate);
  weir_flv_reader_clear (&server->flv);
  weir_publish_target_clear (&server->target);
  g_byte_array_unref (server->out);
  g_byte_array_unref (server->body);
  g_free (server->app);
  g_free (server->self.tc_url);
  g_free (server->self.flash_ver);
  g_free (server->self.swf_url);
  g_free (server->self.page_url);
  weir_arena_unref (server->arena);
  g_free (server);
}

GByteArray *
weir_rtmp_server_get_output (WeirRtmpServer *server)
{
  return server->out;
}

const WeirPublishTarget *
weir_rtmp_server_get_target (const WeirRtmpServer *server)
{
  return &server->target;
}

const WeirRtmpSelf *
weir_rtmp_server_get_self (const WeirRtmpServer *server)
{
  return &server->self;
}

guint64
weir_rtmp_server_get_other_tracks (const WeirRtmpServer *server)
{
  return server->flv.other_tracks;
}

gboolean
weir_rtmp_server_handshake_done (const WeirRtmpServer *server)
{
  return server->state != STATE_HANDSHAKE;
}

/* Sends what was put together in BODY and empties it. */
static void
send_body (WeirRtmpServer *server, guint8 csid, guint8 type, guint32 msid)
{
  WeirRtmpOutMessage message = { .csid = csid,
    .type = type,
    .msid = msid,
    .body = server->body->data,
    .body_size = server->body->len };

  weir_rtmp_chunk_writer_append (&server->writer, &message, server->out);
  g_byte_array_set_size (server->body, 0);
}

static void
send_command (WeirRtmpServer *server)
{
  send_body (server, CSID_COMMAND, WEIR_RTMP_TYPE_COMMAND, 0);
}

static void
send_control (WeirRtmpServer *server, guint8 type, guint32 value)
{
  weir_append_uint (server->body, value, 4);
  if (type == WEIR_RTMP_TYPE_PEER_BANDWIDTH)
    weir_append_uint (server->body, PEER_BANDWIDTH_DYNAMIC, 1);
  send_body (server, CSID_CONTROL, type, 0);
}

static void
send_user_control (WeirRtmpServer *server, guint event, guint32 value)
{
  weir_append_uint (server->body, event, 2);
  weir_append_uint (server->body, value, 4);
  send_body (server, CSID_CONTROL, WEIR_RTMP_TYPE_USER_CONTROL, 0);
}

static void
send_status (WeirRtmpServer *server, const char *level, const char *code,
    const char *description)
{
  weir_rtmp_append_on_status (server->body, level, code, description);
  send_body (server, CSID_STATUS, WEIR_RTMP_TYPE_COMMAND, STREAM_ID);
}

void
weir_rtmp_server_accept (WeirRtmpServer *server)
{
  g_return_if_fail (server->state == STATE_ASKED);
  server->state = STATE_PUBLISHING;
  weir_rtmp_chunk_reader_allow_media (server->reader);
  send_user_control (server, USER_CONTROL_STREAM_BEGIN, STREAM_ID);
  send_status (
      server, "status", "NetStream.Publish.Start", "publishing has started");
}

void
weir_rtmp_server_end (
    WeirRtmpServer *server, const char *code, const char *description)
{
  /* Before the handshake is over no message can be understood. */
  if (server->state != STATE_HANDSHAKE && server->state != STATE_ENDED)
    send_status (server, "error", code, description);
  server->state = STATE_ENDED;
}

static WeirRtmpServerEvent
fail (GError **error, WeirError code, const char *words)
{
  g_set_error_literal (error, WEIR_ERROR, code, words);
  return WEIR_RTMP_SERVER_FAILED;
}

static char *
dup_member (const WeirAmf0 *object, const char *name)
{
  const char *text = weir_amf0_get_string (weir_amf0_find (object, name));

  return text != NULL ? g_strndup (text, WEIR_RTMP_MAX_TARGET_BYTES) : NULL;
}

static WeirRtmpServerEvent
on_connect (
    WeirRtmpServer *server, const WeirRtmpCommand *command, GError **error)
{
  const WeirAmf0 *object = weir_rtmp_command_object (command);

  if (server->state != STATE_CONNECT)
    return fail (error, WEIR_ERROR_PROTOCOL, "a second connect");
  server->app =
      g_strdup (weir_amf0_get_string (weir_amf0_find (object, "app")));
  /* Not cut off: too long, it is refused at publish. */
  server->self.tc_url =
      g_strdup (weir_amf0_get_string (weir_amf0_find (object, "tcUrl")));
  server->self.flash_ver = dup_member (object, "flashVer");
  server->self.swf_url = dup_member (object, "swfUrl");
  server->self.page_url = dup_member (object, "pageUrl");
  server->state = STATE_CONNECTED;

  /* The chunk size goes first: ffmpeg sends in chunks of 128 bytes unless it
   * has seen a larger size before the result. */
  send_control (
      server, WEIR_RTMP_TYPE_SET_CHUNK_SIZE, server->config.chunk_size);
  server->writer.chunk_size = server->config.chunk_size;
  send_control (
      server, WEIR_RTMP_TYPE_WINDOW_ACK, server->config.window_ack_bytes);
  send_control (
      server, WEIR_RTMP_TYPE_PEER_BANDWIDTH, server->config.window_ack_bytes);
  weir_rtmp_append_connect_result (server->body, command->transaction);
  send_command (server);
  return WEIR_RTMP_SERVER_MORE;
}

static WeirRtmpServerEvent
on_publish (
    WeirRtmpServer *server, const WeirRtmpCommand *command, GError **error)
{
  const char *name =
      weir_amf0_get_string (weir_rtmp_command_argument (command, 0));

  if (server->state != STATE_CONNECTED)
    return fail (error, WEIR_ERROR_PROTOCOL, "a second publish");
  if (!weir_publish_target_parse (
          server->app, server->self.tc_url, name, &server->target, error))
    return WEIR_RTMP_SERVER_FAILED;
  server->state = STATE_ASKED;
  return WEIR_RTMP_SERVER_PUBLISH;
}

/* Some hardware encoders wait for these answers, and for the transaction in
 * onFCPublish; GStreamer asks with transaction 0 and wants none. */
static void
answer_courtesy (WeirRtmpServer *server, const WeirRtmpCommand *command)
{
  if (command->transaction == 0)
    return;
  weir_rtmp_append_null_result (server->body, command->transaction);
  send_command (server);
  if (command->kind == WEIR_RTMP_COMMAND_FC_PUBLISH)
    weir_rtmp_append_on_fc (server->body, "onFCPublish", command->transaction,
        "NetStream.Publish.Start", "publishing");
  else if (command->kind == WEIR_RTMP_COMMAND_FC_UNPUBLISH)
    weir_rtmp_append_on_fc (server->body, "onFCUnpublish", command->transaction,
        "NetStream.Unpublish.Success", "publishing has ended");
  else
    return;
  send_command (server);
}

static WeirRtmpServerEvent
on_unpublish (WeirRtmpServer *server)
{
  if (server->state != STATE_PUBLISHING)
    return WEIR_RTMP_SERVER_MORE;
  send_status (
      server, "status", "NetStream.Unpublish.Success", "publishing has ended");
  server->state = STATE_ENDED;
  return WEIR_RTMP_SERVER_ENDED;
}

static WeirRtmpServerEvent
on_command (
    WeirRtmpServer *server, const WeirRtmpMessage *message, GError **error)
{
  g_auto (WeirRtmpCommand) command = { 0 };

  if (!weir_rtmp_command_read (message->payload.data, message->payload.size,
          message->type == WEIR_RTMP_TYPE_COMMAND_AMF3, &command, error))
    return WEIR_RTMP_SERVER_FAILED;
  if (server->state == STATE_CONNECT
      && command.kind != WEIR_RTMP_COMMAND_CONNECT)
    return fail (error, WEIR_ERROR_PROTOCOL, "a command before connect");

  switch (command.kind) {
  case WEIR_RTMP_COMMAND_CONNECT:
    return on_connect (server, &command, error);
  case WEIR_RTMP_COMMAND_RELEASE_STREAM:
  case WEIR_RTMP_COMMAND_FC_PUBLISH:
    answer_courtesy (server, &command);
    return WEIR_RTMP_SERVER_MORE;
  case WEIR_RTMP_COMMAND_CREATE_STREAM:
    if (command.transaction != 0) {
      weir_rtmp_append_create_stream_result (
          server->body, command.transaction, STREAM_ID);
      send_command (server);
    }
    return WEIR_RTMP_SERVER_MORE;
  case WEIR_RTMP_COMMAND_PUBLISH:
    return on_publish (server, &command, error);
  case WEIR_RTMP_COMMAND_PLAY:
    return fail (error, WEIR_ERROR_DENIED,
        "playing is not offered here, only publishing");
  case WEIR_RTMP_COMMAND_FC_UNPUBLISH:
    answer_courtesy (server, &command);
    return on_unpublish (server);
  case WEIR_RTMP_COMMAND_DELETE_STREAM: /* names it by number or by name */
  case WEIR_RTMP_COMMAND_CLOSE_STREAM:
    return on_unpublish (server);
  default:
    return WEIR_RTMP_SERVER_MORE;
  }
}

static void
on_user_control (WeirRtmpServer *server, const WeirRtmpMessage *message)
{
  WeirReader r;
  guint event;
  guint32 value;

  weir_reader_init (&r, message->payload.data, message->payload.size);
  event = weir_reader_u16 (&r);
  value = weir_reader_u32 (&r);
  if (!r.failed && event == USER_CONTROL_PING)
    send_user_control (server, USER_CONTROL_PONG, value);
}

static void
on_window_ack (WeirRtmpServer *server, const WeirRtmpMessage *message)
{
  WeirReader r;
  guint32 value;

  weir_reader_init (&r, message->payload.data, message->payload.size);
  value = weir_reader_u32 (&r);
  if (!r.failed)
    server->ack.window =
        CLAMP (value, MIN_ACK_WINDOW_BYTES, server->config.window_ack_bytes);
}

static WeirRtmpServerEvent
on_data (
    WeirRtmpServer *server, WeirRtmpMessage *message, WeirPacket *ret_packet)
{
  gssize offset;

  if (server->state != STATE_PUBLISHING)
    return WEIR_RTMP_SERVER_MORE;
  offset = weir_rtmp_metadata_offset (message->payload.data,
      message->payload.size, message->type == WEIR_RTMP_TYPE_DATA_AMF3);
  if (offset < 0)
    return WEIR_RTMP_SERVER_MORE;
  *ret_packet = (WeirPacket){ .dts_ms = message->timestamp,
    .pts_ms = message->timestamp,
    .payload = message->payload,
    .kind = WEIR_MEDIA_DATA,
    .codec = WEIR_CODEC_METADATA };
  ret_packet->payload.data += offset;
  ret_packet->payload.size -= (gsize) offset;
  if (weir_rtmp_metadata_is_on_meta_data (
          ret_packet->payload.data, ret_packet->payload.size))
    ret_packet->flags = WEIR_PACKET_KEY;
  message->payload = (WeirSlice){ 0 };
  return WEIR_RTMP_SERVER_PACKET;
}

static WeirRtmpServerEvent
on_media (WeirRtmpServer *server, WeirRtmpMessage *message,
    WeirPacket *ret_packet, GError **error)
{
  if (server->state != STATE_PUBLISHING)
    return fail (error, WEIR_ERROR_PROTOCOL, "media before publish");
  switch (weir_flv_reader_take (&server->flv, message, ret_packet, error)) {
  case WEIR_FLV_PACKET:
    return WEIR_RTMP_SERVER_PACKET;
  case WEIR_FLV_REFUSED:
    return WEIR_RTMP_SERVER_FAILED;
  default:
    return WEIR_RTMP_SERVER_MORE;
  }
}

static gboolean
take_token (gint64 *full_us, guint burst, guint per_second, gint64 now_us)
{
  const gint64 cost_us = G_USEC_PER_SEC / per_second;

  *full_us = MAX (*full_us, now_us) + cost_us;
  return *full_us - now_us <= cost_us * burst;
}

static gboolean
check_rate (
    WeirRtmpServer *server, gboolean media, gint64 now_us, GError **error)
{
  if (media
      && !take_token (&server->media_full_us, WEIR_RTMP_MEDIA_BURST,
          WEIR_RTMP_MEDIA_PER_SECOND, now_us))
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "more than %d messages of sound and picture a second",
        WEIR_RTMP_MEDIA_PER_SECOND);
  else if (!media
           && !take_token (&server->control_full_us, WEIR_RTMP_CONTROL_BURST,
               WEIR_RTMP_CONTROL_PER_SECOND, now_us))
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "more than %d messages a second that are neither sound nor picture",
        WEIR_RTMP_CONTROL_PER_SECOND);
  else
    return TRUE;
  return FALSE;
}

static WeirRtmpServerEvent
on_message (WeirRtmpServer *server, WeirRtmpMessage *message, gint64 now_us,
    WeirPacket *ret_packet, GError **error)
{
  gboolean media = (message->type == WEIR_RTMP_TYPE_AUDIO
                       || message->type == WEIR_RTMP_TYPE_VIDEO)
                   && message->payload.size > 0;

  if (!check_rate (server, media, now_us, error))
    return WEIR_RTMP_SERVER_FAILED;
  switch (message->type) {
  case WEIR_RTMP_TYPE_AUDIO:
  case WEIR_RTMP_TYPE_VIDEO:
    return on_media (server, message, ret_packet, error);
  case WEIR_RTMP_TYPE_AGGREGATE:
    if (server->state != STATE_PUBLISHING)
      return fail (error, WEIR_ERROR_PROTOCOL, "media before publish");
    weir_rtmp_aggregate_begin (&server->aggregate, message);
    return WEIR_RTMP_SERVER_MORE;
  case WEIR_RTMP_TYPE_DATA:
  case WEIR_RTMP_TYPE_DATA_AMF3:
    return on_data (server, message, ret_packet);
  case WEIR_RTMP_TYPE_COMMAND:
  case WEIR_RTMP_TYPE_COMMAND_AMF3:
    return on_command (server, message, error);
  case WEIR_RTMP_TYPE_USER_CONTROL:
    on_user_control (server, message);
    return WEIR_RTMP_SERVER_MORE;
  case WEIR_RTMP_TYPE_WINDOW_ACK:
    on_window_ack (server, message);
    return WEIR_RTMP_SERVER_MORE;
  default:
    return WEIR_RTMP_SERVER_MORE;
  }
}

static WeirRtmpServerEvent
read_handshake (
    WeirRtmpServer *server, const guint8 **data, gsize *size, GError **error)
{
  switch (weir_rtmp_handshake_feed (
      &server->handshake, data, size, server->out, error)) {
  case WEIR_RTMP_HANDSHAKE_FAILED:
    server->state = STATE_ENDED;
    return WEIR_RTMP_SERVER_FAILED;
  case WEIR_RTMP_HANDSHAKE_DONE:
    server->state = STATE_CONNECT;
    break;
  default:
    break;
  }
  return WEIR_RTMP_SERVER_MORE;
}

/* What is left of an aggregate goes first. */
static WeirRtmpReadResult
next_message (WeirRtmpServer *server, const guint8 **data, gsize *size,
    WeirRtmpMessage *ret_message, GError **error)
{
  WeirRtmpReadResult result =
      weir_rtmp_aggregate_next (&server->aggregate, ret_message, error);

  return result == WEIR_RTMP_READ_MORE ? weir_rtmp_chunk_reader_read (
             server->reader, data, size, ret_message, error)
                                       : result;
}

static WeirRtmpServerEvent
read_messages (WeirRtmpServer *server, const guint8 **data, gsize *size,
    gint64 now_us, WeirPacket *ret_packet, GError **error)
{
  WeirRtmpServerEvent event = WEIR_RTMP_SERVER_MORE;

  while (event == WEIR_RTMP_SERVER_MORE) {
    WeirRtmpMessage message = { 0 };

    switch (next_message (server, data, size, &message, error)) {
    case WEIR_RTMP_READ_MORE:
      return WEIR_RTMP_SERVER_MORE;
    case WEIR_RTMP_READ_FAILED:
      return WEIR_RTMP_SERVER_FAILED;
    case WEIR_RTMP_READ_MESSAGE:
      event = on_message (server, &message, now_us, ret_packet, error);
      if (event == WEIR_RTMP_SERVER_PACKET) {
        ret_packet->arrival_us = now_us;
        /* It may be one part of an aggregate, or one track of many. */
        weir_slice_fit (&ret_packet->payload);
      }
      weir_rtmp_message_clear (&message);
      break;
    }
  }
  return event;
}

static WeirRtmpServerEvent
check_bytes_before_publish (WeirRtmpServer *server, GError **error)
{
  if (server->state >= STATE_ASKED
      || server->ack.received <= WEIR_RTMP_MAX_BYTES_BEFORE_PUBLISH)
    return WEIR_RTMP_SERVER_MORE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "more than %d bytes before publish", WEIR_RTMP_MAX_BYTES_BEFORE_PUBLISH);
  return WEIR_RTMP_SERVER_FAILED;
}

WeirRtmpServerEvent
weir_rtmp_server_read (WeirRtmpServer *server, const guint8 **data, gsize *size,
    gint64 now_us, WeirPacket *ret_packet, GError **error)
{
  WeirRtmpServerEvent event;
  gsize before = *size;
  gboolean ack_due;
  GError *local = NULL;

  g_return_val_if_fail (
      server->state != STATE_ASKED && server->state != STATE_ENDED,
      WEIR_RTMP_SERVER_MORE);

  if (server->state == STATE_HANDSHAKE) {
    event = read_handshake (server, data, size, error);
    if (event != WEIR_RTMP_SERVER_MORE || server->state == STATE_HANDSHAKE)
      return event;
  }
  event = read_messages (server, data, size, now_us, ret_packet, &local);
  ack_due = weir_rtmp_ack_count (&server->ack, before - *size);
  if (event == WEIR_RTMP_SERVER_MORE)
    event = check_bytes_before_publish (server, &local);
  if (event == WEIR_RTMP_SERVER_FAILED) {
    weir_rtmp_server_end (server, WEIR_RTMP_CODE_FAILED, local->message);
    g_propagate_error (error, local);
    return event;
  }
  if (ack_due)
    send_control (server, WEIR_RTMP_TYPE_ACK, server->ack.received);
  return event;
}
