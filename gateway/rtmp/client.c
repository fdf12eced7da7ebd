/* Publishes to another RTMP server, as an encoder does. */
#include "rtmp/client.h"

#include "base/error.h"
#include "rtmp/ack.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/enhanced.h"
#include "rtmp/handshake.h"
#include "rtmp/message.h"

#define CSID_CONTROL 2
#define CSID_COMMAND 3
#define WINDOW_ACK_BYTES 2500000
#define USER_CONTROL_PING 6
#define USER_CONTROL_PONG 7

/* Transactions, in the order of sending. */
enum {
  TXN_CONNECT = 1,
  TXN_RELEASE_STREAM,
  TXN_FC_PUBLISH,
  TXN_CREATE_STREAM,
  TXN_PUBLISH,
  TXN_FC_UNPUBLISH,
  TXN_DELETE_STREAM,
};

typedef enum {
  STATE_HANDSHAKE,
  STATE_CONNECTING,
  STATE_CREATING,
  STATE_PUBLISHING,
  STATE_LIVE,
  STATE_ENDED,
} State;

struct _WeirRtmpClient {
  char *app;
  char *tc_url;
  char *name;
  State state;
  WeirRtmpHandshake handshake;
  WeirArena *arena;
  WeirRtmpChunkReader *reader;
  WeirRtmpChunkWriter writer;
  GByteArray *out;
  GByteArray *body; /* scratch for one message */
  guint32 stream_id;
  guint pings; /* sent */
  guint pongs; /* come back with the newest ping's stamp */
  guint32 ping_stamp;
  WeirRtmpEnhanced enhanced;
  WeirCodecSet codecs;
  WeirRtmpAck ack;
};

static WeirCodecSet
all_codecs (void)
{
  WeirCodecSet codecs = 0;

  for (guint i = 0; i < WEIR_FOUR_CCS; i++)
    codecs |= WEIR_CODEC_SET (weir_four_ccs[i].codec);
  return codecs;
}

WeirRtmpClient *
weir_rtmp_client_new (const char *app, const char *tc_url, const char *name,
    WeirRtmpEnhanced enhanced, guint32 seed)
{
  WeirRtmpClient *client = g_new0 (WeirRtmpClient, 1);

  client->app = g_strdup (app);
  client->tc_url = g_strdup (tc_url);
  client->name = g_strdup (name);
  client->enhanced = enhanced;
  client->codecs = WEIR_RTMP_LEGACY_CODECS;
  if (enhanced == WEIR_RTMP_ENHANCED_YES)
    client->codecs |= all_codecs ();
  client->ack.window = WINDOW_ACK_BYTES;
  client->arena = weir_arena_new ();
  client->reader =
      weir_rtmp_chunk_reader_new (client->arena, WEIR_RTMP_SMALL_MESSAGE_BYTES);
  client->out = g_byte_array_new ();
  client->body = g_byte_array_new ();
  weir_rtmp_chunk_writer_init (&client->writer);
  weir_rtmp_handshake_init (
      &client->handshake, WEIR_RTMP_CLIENT_SIDE, seed, client->out);
  return client;
}

void
weir_rtmp_client_free (WeirRtmpClient *client)
{
  if (client == NULL)
    return;
  weir_rtmp_chunk_reader_free (client->reader);
  weir_arena_unref (client->arena);
  g_byte_array_unref (client->out);
  g_byte_array_unref (client->body);
  g_free (client->app);
  g_free (client->tc_url);
  g_free (client->name);
  g_free (client);
}

GByteArray *
weir_rtmp_client_get_output (WeirRtmpClient *client)
{
  return client->out;
}

WeirRtmpChunkWriter *
weir_rtmp_client_get_writer (WeirRtmpClient *client)
{
  return &client->writer;
}

guint32
weir_rtmp_client_get_stream_id (const WeirRtmpClient *client)
{
  return client->stream_id;
}

WeirCodecSet
weir_rtmp_client_get_codecs (const WeirRtmpClient *client)
{
  return client->codecs;
}

static void
send_body (WeirRtmpClient *client, guint8 csid, guint8 type, guint32 msid)
{
  WeirRtmpOutMessage message = { .csid = csid,
    .type = type,
    .msid = msid,
    .body = client->body->data,
    .body_size = client->body->len };

  weir_rtmp_chunk_writer_append (&client->writer, &message, client->out);
  g_byte_array_set_size (client->body, 0);
}

static void
send_command (WeirRtmpClient *client, guint32 msid)
{
  send_body (client, CSID_COMMAND, WEIR_RTMP_TYPE_COMMAND, msid);
}

static void
send_control (WeirRtmpClient *client, guint8 type, guint32 value)
{
  weir_append_uint (client->body, value, 4);
  send_body (client, CSID_CONTROL, type, 0);
}

void
weir_rtmp_client_unpublish (WeirRtmpClient *client)
{
  if (client->state != STATE_LIVE)
    return;
  client->state = STATE_ENDED;
  weir_rtmp_append_name_command (
      client->body, "FCUnpublish", TXN_FC_UNPUBLISH, client->name);
  send_command (client, 0);
  weir_rtmp_append_delete_stream (
      client->body, TXN_DELETE_STREAM, client->stream_id);
  send_command (client, 0);
}

/* Once the handshake is over. The chunk size may stand before connect: OBS
 * does so too. */
static void
send_connect (WeirRtmpClient *client)
{
  client->state = STATE_CONNECTING;
  send_control (
      client, WEIR_RTMP_TYPE_SET_CHUNK_SIZE, WEIR_RTMP_CLIENT_CHUNK_SIZE);
  client->writer.chunk_size = WEIR_RTMP_CLIENT_CHUNK_SIZE;
  weir_rtmp_append_connect (client->body, TXN_CONNECT, client->app,
      client->tc_url, client->enhanced != WEIR_RTMP_ENHANCED_NO);
  send_command (client, 0);
}

static void
send_create_stream (WeirRtmpClient *client)
{
  client->state = STATE_CREATING;
  weir_rtmp_append_name_command (
      client->body, "releaseStream", TXN_RELEASE_STREAM, client->name);
  send_command (client, 0);
  weir_rtmp_append_name_command (
      client->body, "FCPublish", TXN_FC_PUBLISH, client->name);
  send_command (client, 0);
  weir_rtmp_append_create_stream (client->body, TXN_CREATE_STREAM);
  send_command (client, 0);
}

/* Servers put them into either object of the answer. */
static void
note_capabilities (WeirRtmpClient *client, const WeirRtmpCommand *command)
{
  if (client->enhanced == WEIR_RTMP_ENHANCED_AUTO)
    client->codecs |=
        weir_rtmp_read_capabilities (weir_rtmp_command_object (command))
        | weir_rtmp_read_capabilities (weir_rtmp_command_argument (command, 0));
}

static WeirRtmpClientEvent
on_result (
    WeirRtmpClient *client, const WeirRtmpCommand *command, GError **error)
{
  double id;

  if (client->state == STATE_CONNECTING
      && command->transaction == TXN_CONNECT) {
    note_capabilities (client, command);
    send_create_stream (client);
  } else if (client->state == STATE_CREATING
             && command->transaction == TXN_CREATE_STREAM) {
    id = weir_amf0_get_number (weir_rtmp_command_argument (command, 0), -1);
    if (!(id >= 0 && id <= G_MAXUINT32)) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "createStream was answered without a stream id");
      return WEIR_RTMP_CLIENT_FAILED;
    }
    client->stream_id = (guint32) id;
    client->state = STATE_PUBLISHING;
    weir_rtmp_append_publish (client->body, TXN_PUBLISH, client->name);
    send_command (client, client->stream_id);
  }
  return WEIR_RTMP_CLIENT_MORE;
}

/* The words of an _error or an onStatus. */
static void
set_server_error (
    GError **error, const WeirRtmpCommand *command, const char *otherwise)
{
  const WeirAmf0 *info = weir_rtmp_command_argument (command, 0);
  const char *code = weir_amf0_get_string (weir_amf0_find (info, "code"));
  const char *words =
      weir_amf0_get_string (weir_amf0_find (info, "description"));

  g_set_error (error, WEIR_ERROR, WEIR_ERROR_DENIED, "the server said %s: %s",
      code != NULL ? code : otherwise,
      words != NULL ? words : "no reason given");
}

static WeirRtmpClientEvent
on_status (
    WeirRtmpClient *client, const WeirRtmpCommand *command, GError **error)
{
  const WeirAmf0 *info = weir_rtmp_command_argument (command, 0);
  const char *level = weir_amf0_get_string (weir_amf0_find (info, "level"));
  const char *code = weir_amf0_get_string (weir_amf0_find (info, "code"));

  if (g_strcmp0 (level, "error") == 0
      || g_strcmp0 (code, "NetConnection.Connect.ReconnectRequest") == 0) {
    set_server_error (error, command, "onStatus");
    return WEIR_RTMP_CLIENT_FAILED;
  }
  if (client->state == STATE_PUBLISHING
      && g_strcmp0 (code, "NetStream.Publish.Start") == 0) {
    client->state = STATE_LIVE;
    return WEIR_RTMP_CLIENT_LIVE;
  }
  return WEIR_RTMP_CLIENT_MORE;
}

static WeirRtmpClientEvent
on_command (
    WeirRtmpClient *client, const WeirRtmpMessage *message, GError **error)
{
  g_auto (WeirRtmpCommand) command = { 0 };

  if (!weir_rtmp_command_read (message->payload.data, message->payload.size,
          message->type == WEIR_RTMP_TYPE_COMMAND_AMF3, &command, error))
    return WEIR_RTMP_CLIENT_FAILED;
  switch (command.kind) {
  case WEIR_RTMP_COMMAND_RESULT:
    return on_result (client, &command, error);
  case WEIR_RTMP_COMMAND_ERROR:
    /* releaseStream and FCPublish are courtesies: many servers know none. */
    if (command.transaction == TXN_RELEASE_STREAM
        || command.transaction == TXN_FC_PUBLISH)
      return WEIR_RTMP_CLIENT_MORE;
    set_server_error (error, &command, "_error");
    return WEIR_RTMP_CLIENT_FAILED;
  case WEIR_RTMP_COMMAND_ON_STATUS:
    return on_status (client, &command, error);
  default:
    return WEIR_RTMP_CLIENT_MORE;
  }
}

static void
send_user_control (WeirRtmpClient *client, guint event, guint32 value)
{
  weir_append_uint (client->body, event, 2);
  weir_append_uint (client->body, value, 4);
  send_body (client, CSID_CONTROL, WEIR_RTMP_TYPE_USER_CONTROL, 0);
}

void
weir_rtmp_client_ping (WeirRtmpClient *client, guint32 stamp)
{
  if (client->state != STATE_LIVE)
    return;
  client->pings++;
  client->ping_stamp = stamp;
  send_user_control (client, USER_CONTROL_PING, stamp);
}

WeirRtmpClientPing
weir_rtmp_client_get_ping (const WeirRtmpClient *client)
{
  if (client->pings == client->pongs)
    return WEIR_RTMP_CLIENT_PING_ANSWERED;
  return client->pongs == 0 ? WEIR_RTMP_CLIENT_PING_IGNORED
                            : WEIR_RTMP_CLIENT_PING_AWAITED;
}

static void
on_user_control (WeirRtmpClient *client, const WeirRtmpMessage *message)
{
  WeirReader r;
  guint event;
  guint32 value;

  weir_reader_init (&r, message->payload.data, message->payload.size);
  event = weir_reader_u16 (&r);
  value = weir_reader_u32 (&r);
  if (r.failed)
    return;
  if (event == USER_CONTROL_PING)
    send_user_control (client, USER_CONTROL_PONG, value);
  else if (event == USER_CONTROL_PONG && value == client->ping_stamp)
    client->pongs = client->pings;
}

static WeirRtmpClientEvent
on_message (
    WeirRtmpClient *client, const WeirRtmpMessage *message, GError **error)
{
  switch (message->type) {
  case WEIR_RTMP_TYPE_COMMAND:
  case WEIR_RTMP_TYPE_COMMAND_AMF3:
    return on_command (client, message, error);
  case WEIR_RTMP_TYPE_PEER_BANDWIDTH:
    send_control (client, WEIR_RTMP_TYPE_WINDOW_ACK, WINDOW_ACK_BYTES);
    break;
  case WEIR_RTMP_TYPE_USER_CONTROL:
    on_user_control (client, message);
    break;
  default:
    break;
  }
  return WEIR_RTMP_CLIENT_MORE;
}

WeirRtmpClientEvent
weir_rtmp_client_read (
    WeirRtmpClient *client, const guint8 **data, gsize *size, GError **error)
{
  WeirRtmpClientEvent event = WEIR_RTMP_CLIENT_MORE;
  gsize before;

  if (client->state == STATE_HANDSHAKE) {
    switch (weir_rtmp_handshake_feed (
        &client->handshake, data, size, client->out, error)) {
    case WEIR_RTMP_HANDSHAKE_FAILED:
      return WEIR_RTMP_CLIENT_FAILED;
    case WEIR_RTMP_HANDSHAKE_MORE:
      return WEIR_RTMP_CLIENT_MORE;
    case WEIR_RTMP_HANDSHAKE_DONE:
      send_connect (client);
      break;
    }
  }
  before = *size;
  while (event == WEIR_RTMP_CLIENT_MORE) {
    WeirRtmpMessage message = { 0 };
    WeirRtmpReadResult result = weir_rtmp_chunk_reader_read (
        client->reader, data, size, &message, error);

    if (result == WEIR_RTMP_READ_FAILED)
      return WEIR_RTMP_CLIENT_FAILED;
    if (result == WEIR_RTMP_READ_MORE)
      break;
    event = on_message (client, &message, error);
    weir_rtmp_message_clear (&message);
    if (event == WEIR_RTMP_CLIENT_MORE
        && client->out->len > WEIR_RTMP_CLIENT_MAX_OUTPUT_BYTES) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "the server asks and does not take the answers");
      return WEIR_RTMP_CLIENT_FAILED;
    }
  }
  if (weir_rtmp_ack_count (&client->ack, before - *size))
    send_control (client, WEIR_RTMP_TYPE_ACK, client->ack.received);
  return event;
}
