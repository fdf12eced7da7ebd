/* A whole connection in memory: our client against our server, and a server
 * that is told wrong things. */
#include "base/error.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/client.h"
#include "rtmp/message.h"
#include "rtmp/server.h"

#define NOW_US G_GINT64_CONSTANT (1000000)

typedef struct {
  WeirArena *arena;
  WeirRtmpServer *server;
  WeirRtmpClient *client;
  WeirRtmpServerEvent event; /* last of the server that was not MORE */
  gboolean live;
  guint packets;
  WeirPacket packet; /* the last */
  GError *server_error;
  GError *client_error;
  gint64 now_us;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  WeirRtmpServerConfig config = { .chunk_size = 4096,
    .max_message_bytes = 1024 * 1024,
    .window_ack_bytes = 100000,
    .seed = 1 };

  f->arena = weir_arena_new ();
  f->server = weir_rtmp_server_new (f->arena, &config);
  f->client = weir_rtmp_client_new (
      "live", "rtmp://h/live", "name?key=secret", WEIR_RTMP_ENHANCED_AUTO, 2);
  f->now_us = NOW_US;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  weir_packet_clear (&f->packet);
  weir_rtmp_server_free (f->server);
  weir_rtmp_client_free (f->client);
  weir_arena_unref (f->arena);
  g_clear_error (&f->server_error);
  g_clear_error (&f->client_error);
}

/* Up to STEP bytes from client to server; answers the publish. */
static void
serve (Fixture *f, gsize step)
{
  GByteArray *out = weir_rtmp_client_get_output (f->client);
  const guint8 *p = out->data;
  gsize size = MIN (out->len, step);
  gsize before = size;
  WeirRtmpServerEvent event;
  WeirPacket packet = { 0 };

  do {
    event = weir_rtmp_server_read (
        f->server, &p, &size, f->now_us, &packet, &f->server_error);
    if (event != WEIR_RTMP_SERVER_MORE)
      f->event = event;
    if (event == WEIR_RTMP_SERVER_PUBLISH)
      weir_rtmp_server_accept (f->server);
    if (event == WEIR_RTMP_SERVER_PACKET) {
      weir_packet_clear (&f->packet);
      f->packet = packet;
      f->packets++;
    }
  } while (
      event == WEIR_RTMP_SERVER_PUBLISH || event == WEIR_RTMP_SERVER_PACKET);
  g_byte_array_remove_range (out, 0, (guint) (before - size));
  if (event == WEIR_RTMP_SERVER_FAILED || event == WEIR_RTMP_SERVER_ENDED)
    g_byte_array_set_size (out, 0);
}

static void
answer (Fixture *f, gsize step)
{
  GByteArray *out = weir_rtmp_server_get_output (f->server);
  const guint8 *p = out->data;
  gsize size = MIN (out->len, step);
  gsize before = size;
  WeirRtmpClientEvent event;

  if (f->client_error != NULL)
    size = before = 0;
  do {
    event = weir_rtmp_client_read (f->client, &p, &size, &f->client_error);
    if (event == WEIR_RTMP_CLIENT_LIVE)
      f->live = TRUE;
  } while (event == WEIR_RTMP_CLIENT_LIVE);
  g_byte_array_remove_range (out, 0, (guint) (before - size));
  if (event == WEIR_RTMP_CLIENT_FAILED)
    g_byte_array_set_size (out, 0);
}

static void
run (Fixture *f, gsize step)
{
  while (weir_rtmp_client_get_output (f->client)->len
             + weir_rtmp_server_get_output (f->server)->len
         > 0) {
    if (weir_rtmp_client_get_output (f->client)->len > 0)
      serve (f, step);
    if (weir_rtmp_server_get_output (f->server)->len > 0)
      answer (f, step);
  }
}

/* As the client's next message. */
static void
send (Fixture *f, guint8 type, guint32 timestamp, const void *body, gsize size)
{
  WeirRtmpOutMessage message = { .csid = 6,
    .type = type,
    .msid = 1,
    .timestamp = timestamp,
    .body = body,
    .body_size = size };

  weir_rtmp_chunk_writer_append (weir_rtmp_client_get_writer (f->client),
      &message, weir_rtmp_client_get_output (f->client));
}

static void
send_body (Fixture *f, guint8 type, const GByteArray *body)
{
  send (f, type, 0, body->data, body->len);
}

static const guint8 aac_config[] = { 0xaf, 0, 0x12, 0x08 };
static const guint8 aac_frame[] = { 0xaf, 1, 0xde, 0x02 };

static void
test_whole (Fixture *f, gconstpointer data)
{
  gsize step = GPOINTER_TO_SIZE (data);
  g_autoptr (GByteArray) body = g_byte_array_new ();

  run (f, step);
  g_assert_true (f->live);
  g_assert_cmpuint (weir_rtmp_client_get_stream_id (f->client), ==, 1);
  g_assert_cmpstr (weir_rtmp_server_get_target (f->server)->app, ==, "live");
  g_assert_cmpstr (weir_rtmp_server_get_target (f->server)->name, ==, "name");
  g_assert_cmpstr (
      weir_rtmp_server_get_target (f->server)->secret, ==, "secret");

  weir_amf0_append_string (body, "@setDataFrame");
  weir_amf0_append_string (body, "onMetaData");
  send_body (f, WEIR_RTMP_TYPE_DATA, body);
  run (f, step);
  g_assert_cmpint (f->packet.codec, ==, WEIR_CODEC_METADATA);
  g_assert_cmpuint (f->packet.payload.size, ==, 13);
  g_assert_cmpuint (f->packet.flags, ==, WEIR_PACKET_KEY);
  g_byte_array_set_size (body, 0);
  weir_amf0_append_string (body, "onCuePoint");
  send_body (f, WEIR_RTMP_TYPE_DATA, body);
  run (f, step);
  g_assert_cmpuint (f->packet.flags, ==, 0);

  send (f, WEIR_RTMP_TYPE_AUDIO, 0, aac_config, sizeof (aac_config));
  for (guint i = 0; i < 10; i++)
    send (f, WEIR_RTMP_TYPE_AUDIO, 21 * i, aac_frame, sizeof (aac_frame));
  run (f, step);
  g_assert_cmpuint (f->packets, ==, 12);
  g_assert_cmpint (f->packet.dts_ms, ==, 189);
  g_assert_cmpint (f->packet.arrival_us, ==, NOW_US);

  weir_rtmp_client_unpublish (f->client);
  run (f, step);
  g_assert_cmpint (f->event, ==, WEIR_RTMP_SERVER_ENDED);
  g_assert_no_error (f->client_error);
}

/* Wrong things: the server fails and the client can read why. */
static void
assert_refused (Fixture *f, const char *word)
{
  g_assert_cmpint (f->event, ==, WEIR_RTMP_SERVER_FAILED);
  g_assert_nonnull (f->server_error);
  g_assert_nonnull (strstr (f->server_error->message, word));
  g_assert_nonnull (f->client_error);
  g_assert_nonnull (strstr (f->client_error->message, word));
  g_assert_nonnull (strstr (f->client_error->message, WEIR_RTMP_CODE_FAILED));
}

/* The handshake, and none of the messages that the client would send next. */
static void
run_handshake (Fixture *f)
{
  serve (f, G_MAXSIZE);
  answer (f, G_MAXSIZE);
  serve (f, 1536);
  g_assert_true (weir_rtmp_server_handshake_done (f->server));
  g_byte_array_set_size (weir_rtmp_client_get_output (f->client), 0);
}

static void
test_media_before_publish (Fixture *f, gconstpointer data)
{
  run_handshake (f);
  send (f, WEIR_RTMP_TYPE_AUDIO, 0, aac_frame, sizeof (aac_frame));
  run (f, G_MAXSIZE);
  assert_refused (f, "media before publish");
}

static void
test_command_before_connect (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  run_handshake (f);
  weir_rtmp_append_create_stream (body, 2);
  send_body (f, WEIR_RTMP_TYPE_COMMAND, body);
  run (f, G_MAXSIZE);
  assert_refused (f, "before connect");
}

static void
test_second_publish (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  run (f, G_MAXSIZE);
  weir_rtmp_append_publish (body, 9, "other");
  send_body (f, WEIR_RTMP_TYPE_COMMAND, body);
  run (f, G_MAXSIZE);
  assert_refused (f, "second publish");
}

static void
test_play (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  run (f, G_MAXSIZE);
  weir_rtmp_append_name_command (body, "play", 9, "other");
  send_body (f, WEIR_RTMP_TYPE_COMMAND, body);
  run (f, G_MAXSIZE);
  assert_refused (f, "playing is not offered");
}

static void
test_unknown_codec (Fixture *f, gconstpointer data)
{
  run (f, G_MAXSIZE);
  send (f, WEIR_RTMP_TYPE_VIDEO, 0, "\x14\0\0", 3);
  run (f, G_MAXSIZE);
  assert_refused (f, "codec id 4 (VP6)");
}

static void
test_long_message (Fixture *f, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc0 (1024 * 1024 + 1);

  run (f, G_MAXSIZE);
  send (f, WEIR_RTMP_TYPE_VIDEO, 0, body, 1024 * 1024);
  run (f, G_MAXSIZE);
  g_assert_cmpint (f->event, ==, WEIR_RTMP_SERVER_FAILED);
  assert_refused (f, "video codec id 0");
}

static void
test_too_long_message (Fixture *f, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc0 (1024 * 1024 + 1);

  run (f, G_MAXSIZE);
  send (f, WEIR_RTMP_TYPE_VIDEO, 0, body, 1024 * 1024 + 1);
  run (f, G_MAXSIZE);
  assert_refused (f, "the limit is 1048576");
}

static void
test_bad_amf (Fixture *f, gconstpointer data)
{
  run (f, G_MAXSIZE);
  send (f, WEIR_RTMP_TYPE_COMMAND, 0, "\x02\xff\xff", 3);
  run (f, G_MAXSIZE);
  assert_refused (f, "a string ends after the data");
}

/* A flood is ended, the same number over a longer time is not. */
static void
test_control_budget (Fixture *f, gconstpointer data)
{
  guint8 ping[] = { 0, 6, 0, 0, 0, 1 };

  run (f, G_MAXSIZE);
  for (guint i = 0; i < 2 * WEIR_RTMP_CONTROL_BURST; i++) {
    f->now_us += G_USEC_PER_SEC / WEIR_RTMP_CONTROL_PER_SECOND;
    send (f, WEIR_RTMP_TYPE_USER_CONTROL, 0, ping, sizeof (ping));
    run (f, G_MAXSIZE);
  }
  g_assert_no_error (f->server_error);
  for (guint i = 0; i <= WEIR_RTMP_CONTROL_BURST; i++)
    send (f, WEIR_RTMP_TYPE_USER_CONTROL, 0, ping, sizeof (ping));
  run (f, G_MAXSIZE);
  assert_refused (f, "messages a second");
}

/* The same for frames of sound, however small they are. */
static void
test_media_budget (Fixture *f, gconstpointer data)
{
  run (f, G_MAXSIZE);
  send (f, WEIR_RTMP_TYPE_AUDIO, 0, aac_config, sizeof (aac_config));
  for (guint i = 0; i < 2 * WEIR_RTMP_MEDIA_BURST; i++) {
    f->now_us += G_USEC_PER_SEC / WEIR_RTMP_MEDIA_PER_SECOND;
    send (f, WEIR_RTMP_TYPE_AUDIO, i, aac_frame, sizeof (aac_frame));
    run (f, G_MAXSIZE);
  }
  g_assert_no_error (f->server_error);
  g_assert_cmpuint (f->packets, ==, 2 * WEIR_RTMP_MEDIA_BURST);
  for (guint i = 0; i <= WEIR_RTMP_MEDIA_BURST; i++)
    send (f, WEIR_RTMP_TYPE_AUDIO, i, aac_frame, sizeof (aac_frame));
  run (f, G_MAXSIZE);
  assert_refused (f, "messages of sound and picture a second");
}

/* Within the rate of messages, and over the bytes. */
static void
test_bytes_before_publish (Fixture *f, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc0 (WEIR_RTMP_SMALL_MESSAGE_BYTES);
  guint32 chunk_size;
  gsize sent = 0;

  /* The client announced its chunk size in what the handshake drops. */
  run_handshake (f);
  chunk_size =
      GUINT32_TO_BE (weir_rtmp_client_get_writer (f->client)->chunk_size);
  send (f, WEIR_RTMP_TYPE_SET_CHUNK_SIZE, 0, &chunk_size, 4);
  while (f->server_error == NULL && sent < G_MAXINT32) {
    send (f, WEIR_RTMP_TYPE_DATA, 0, body, WEIR_RTMP_SMALL_MESSAGE_BYTES);
    run (f, G_MAXSIZE);
    sent += WEIR_RTMP_SMALL_MESSAGE_BYTES;
  }
  assert_refused (f, "bytes before publish");
  g_assert_cmpuint (sent, ==, WEIR_RTMP_MAX_BYTES_BEFORE_PUBLISH);
}

/* Messages of TYPE in the server's output. */
static guint
count_answers (Fixture *f, guint8 type)
{
  GByteArray *out = weir_rtmp_server_get_output (f->server);
  g_autoptr (WeirRtmpChunkReader) reader =
      weir_rtmp_chunk_reader_new (f->arena, 1);
  static const guint8 set_chunk_size[16] = { 2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0,
    0, 0, 16, 0 };
  WeirRtmpMessage message = { 0 };
  const guint8 *p = set_chunk_size;
  gsize size = sizeof (set_chunk_size);
  guint n = 0;

  g_assert_cmpint (
      weir_rtmp_chunk_reader_read (reader, &p, &size, &message, NULL), ==,
      WEIR_RTMP_READ_MESSAGE);
  weir_rtmp_message_clear (&message);
  p = out->data;
  size = out->len;
  while (weir_rtmp_chunk_reader_read (reader, &p, &size, &message, NULL)
         == WEIR_RTMP_READ_MESSAGE) {
    n += message.type == type;
    weir_rtmp_message_clear (&message);
  }
  return n;
}

static void
test_acknowledgement (Fixture *f, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc0 (60000);

  run (f, G_MAXSIZE);
  body[0] = 0xaf; /* a configuration of 60 kB is none: audio frames instead */
  body[1] = 1;
  send (f, WEIR_RTMP_TYPE_AUDIO, 0, aac_config, sizeof (aac_config));
  for (guint i = 0; i < 4; i++) {
    send (f, WEIR_RTMP_TYPE_AUDIO, i, body, 60000);
    serve (f, G_MAXSIZE);
  }
  /* 240 kB received, a window of 100 kB, one answer a read at most */
  g_assert_cmpuint (count_answers (f, WEIR_RTMP_TYPE_ACK), ==, 2);
}

/* GStreamer asks with transaction 0 and takes no answer. */
static void
test_transaction_0 (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  run (f, G_MAXSIZE);
  for (guint transaction = 0; transaction < 2; transaction++) {
    g_byte_array_set_size (body, 0);
    weir_rtmp_append_name_command (body, "FCPublish", transaction, "x");
    send_body (f, WEIR_RTMP_TYPE_COMMAND, body);
    serve (f, G_MAXSIZE);
    g_assert_cmpuint (
        count_answers (f, WEIR_RTMP_TYPE_COMMAND), ==, 2 * transaction);
  }
}

static void
test_ended_by_us (Fixture *f, gconstpointer data)
{
  run (f, G_MAXSIZE);
  weir_rtmp_server_end (
      f->server, WEIR_RTMP_CODE_DENIED, "ended by a reviewer");
  weir_rtmp_server_end (f->server, WEIR_RTMP_CODE_FAILED, "said only once");
  run (f, G_MAXSIZE);
  g_assert_cmpstr (f->client_error->message, ==,
      "the server said NetStream.Publish.Denied: ended by a reviewer");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_DATA(name, data, func)                                             \
  g_test_add ("/rtmp/server/" name, Fixture, data, setup, func, teardown)
#define ADD(name, func) ADD_DATA (name, NULL, func)
  ADD_DATA ("whole", GSIZE_TO_POINTER (G_MAXSIZE), test_whole);
  ADD_DATA ("byte-by-byte", GSIZE_TO_POINTER (1), test_whole);
  ADD_DATA ("odd-pieces", GSIZE_TO_POINTER (77), test_whole);
  ADD ("media-before-publish", test_media_before_publish);
  ADD ("command-before-connect", test_command_before_connect);
  ADD ("second-publish", test_second_publish);
  ADD ("play", test_play);
  ADD ("unknown-codec", test_unknown_codec);
  ADD ("long-message", test_long_message);
  ADD ("too-long-message", test_too_long_message);
  ADD ("bad-amf", test_bad_amf);
  ADD ("control-budget", test_control_budget);
  ADD ("media-budget", test_media_budget);
  ADD ("bytes-before-publish", test_bytes_before_publish);
  ADD ("acknowledgement", test_acknowledgement);
  ADD ("transaction-0", test_transaction_0);
  ADD ("ended-by-us", test_ended_by_us);
  return g_test_run ();
}
