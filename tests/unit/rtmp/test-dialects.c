/* What encoders of the field send, as bytes, and what the server makes of it:
 * the same however the bytes are cut into reads. */
#include "base/bytes.h"
#include "rtmp/ack.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/chunk-writer.h"
#include "rtmp/message.h"
#include "rtmp/server.h"

typedef struct {
  WeirArena *arena;
  GByteArray *bytes; /* what the encoder sends */
  GByteArray *body;  /* of the next message */
  WeirRtmpChunkWriter writer;
  WeirRtmpServer *server;
  GString *log;     /* events */
  GString *answers; /* commands of the server by name, numbers of others */
  WeirPacket newest;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->arena = weir_arena_new ();
  f->bytes = g_byte_array_new ();
  f->body = g_byte_array_new ();
  f->log = g_string_new (NULL);
  f->answers = g_string_new (NULL);
  weir_rtmp_chunk_writer_init (&f->writer);
  g_byte_array_set_size (f->bytes, 1 + 2 * 1536);
  memset (f->bytes->data, 0, f->bytes->len);
  f->bytes->data[0] = 3;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_byte_array_unref (f->bytes);
  g_byte_array_unref (f->body);
  g_string_free (f->log, TRUE);
  g_string_free (f->answers, TRUE);
  weir_packet_clear (&f->newest);
  weir_rtmp_server_free (f->server);
  weir_arena_unref (f->arena);
}

/* Sends BODY as a message and empties it. */
static void
say (Fixture *f, guint8 csid, guint8 type, guint32 msid, guint32 timestamp)
{
  WeirRtmpOutMessage message = { .csid = csid,
    .type = type,
    .msid = msid,
    .timestamp = timestamp,
    .body = f->body->data,
    .body_size = f->body->len };

  weir_rtmp_chunk_writer_append (&f->writer, &message, f->bytes);
  g_byte_array_set_size (f->body, 0);
}

static void
say_bytes (
    Fixture *f, guint8 type, guint32 timestamp, const char *bytes, guint size)
{
  g_byte_array_append (f->body, (const guint8 *) bytes, size);
  say (f, 4, type, 1, timestamp);
}

/* NAME TRANSACTION null TEXT, the last if there is one. */
static void
command (Fixture *f, const char *name, double transaction, const char *text)
{
  weir_amf0_append_string (f->body, name);
  weir_amf0_append_number (f->body, transaction);
  weir_amf0_append_null (f->body);
  if (text != NULL)
    weir_amf0_append_string (f->body, text);
  say (f, 3, WEIR_RTMP_TYPE_COMMAND, 0, 0);
}

static void
add_member (Fixture *f, const char *name, const char *text)
{
  weir_amf0_append_name (f->body, name);
  weir_amf0_append_string (f->body, text);
}

static void
begin_connect (Fixture *f)
{
  weir_amf0_append_string (f->body, "connect");
  weir_amf0_append_number (f->body, 1);
  weir_amf0_begin_object (f->body);
}

static void
end_connect (Fixture *f, guint8 type)
{
  weir_amf0_end_object (f->body);
  say (f, 3, type, 0, 0);
}

static void
connect_plain (Fixture *f)
{
  begin_connect (f);
  add_member (f, "app", "live");
  end_connect (f, WEIR_RTMP_TYPE_COMMAND);
}

/* Reads what the server has written, but for the handshake. */
static void
log_answers (Fixture *f)
{
  GByteArray *out = weir_rtmp_server_get_output (f->server);
  g_autoptr (WeirRtmpChunkReader) reader =
      weir_rtmp_chunk_reader_new (f->arena, 1);
  const guint8 *p = out->data + 3073;
  gsize size = out->len - 3073;
  WeirRtmpMessage m = { 0 };

  g_string_truncate (f->answers, 0);
  g_assert_cmpuint (out->len, >=, 3073);
  while (weir_rtmp_chunk_reader_read (reader, &p, &size, &m, NULL)
         == WEIR_RTMP_READ_MESSAGE) {
    if (m.type == WEIR_RTMP_TYPE_COMMAND) {
      g_autoptr (WeirAmf0) values =
          weir_amf0_read (m.payload.data, m.payload.size, NULL);

      g_string_append_printf (f->answers, "%s:%g@%u ",
          weir_amf0_get_string (values),
          weir_amf0_get_number (weir_amf0_nth (values, 1), -1), m.msid);
    } else {
      g_string_append_printf (f->answers, "%u ", m.type);
    }
    weir_rtmp_message_clear (&m);
  }
  g_assert_cmpuint (size, ==, 0);
}

static void
log_packet (Fixture *f, const WeirPacket *packet)
{
  g_string_append_printf (f->log, "%s %u %u, ", weir_codec_name (packet->codec),
      (guint) packet->dts_ms, (guint) packet->payload.size);
}

/* FALSE when it is over. */
static gboolean
feed (Fixture *f, const guint8 *bytes, gsize size)
{
  for (;;) {
    g_autoptr (GError) error = NULL;
    WeirPacket packet = { 0 };

    switch (
        weir_rtmp_server_read (f->server, &bytes, &size, 1, &packet, &error)) {
    case WEIR_RTMP_SERVER_MORE:
      return TRUE;
    case WEIR_RTMP_SERVER_PUBLISH:
      g_string_append_printf (f->log, "publish %s/%s secret %s, ",
          weir_rtmp_server_get_target (f->server)->app,
          weir_rtmp_server_get_target (f->server)->name,
          weir_rtmp_server_get_target (f->server)->secret);
      weir_rtmp_server_accept (f->server);
      break;
    case WEIR_RTMP_SERVER_PACKET:
      log_packet (f, &packet);
      weir_packet_clear (&f->newest);
      f->newest = packet;
      break;
    case WEIR_RTMP_SERVER_ENDED:
      g_string_append (f->log, "ended");
      return FALSE;
    case WEIR_RTMP_SERVER_FAILED:
      g_string_append_printf (f->log, "failed: %s", error->message);
      return FALSE;
    }
  }
}

/* In one read, in single bytes, and cut at random. */
static void
assert_events (Fixture *f, const char *want)
{
  WeirRtmpServerConfig config = { .chunk_size = 65536,
    .max_message_bytes = 1024 * 1024,
    .window_ack_bytes = 2500000,
    .seed = 1 };

  for (guint round = 0; round < 20; round++) {
    gboolean goes_on = TRUE;

    weir_rtmp_server_free (f->server);
    f->server = weir_rtmp_server_new (f->arena, &config);
    g_string_truncate (f->log, 0);
    for (guint at = 0; goes_on && at < f->bytes->len;) {
      guint n = round == 0   ? f->bytes->len
                : round == 1 ? 1
                             : (guint) g_test_rand_int_range (1, 400);

      n = MIN (n, f->bytes->len - at);
      goes_on = feed (f, f->bytes->data + at, n);
      at += n;
    }
    g_assert_cmpstr (f->log->str, ==, want);
  }
  log_answers (f);
}

#define BEFORE "1 5 6 _result:1@0 "
#define AFTER "4 onStatus:0@1 "

/* Chunk size before connect, no query, audio and video on one chunk stream. */
static void
test_obs (Fixture *f, gconstpointer data)
{
  weir_append_uint (f->body, 4096, 4);
  say (f, 2, WEIR_RTMP_TYPE_SET_CHUNK_SIZE, 0, 0);
  f->writer.chunk_size = 4096;
  begin_connect (f);
  add_member (f, "app", "live");
  add_member (f, "type", "nonprivate");
  add_member (f, "flashVer", "FMLE/3.0 (compatible; FMSc/1.0)");
  add_member (f, "swfUrl", "rtmp://h/live");
  add_member (f, "tcUrl", "rtmp://h/live");
  end_connect (f, WEIR_RTMP_TYPE_COMMAND);
  command (f, "releaseStream", 2, "cam?key=s");
  command (f, "FCPublish", 3, "cam?key=s");
  command (f, "createStream", 4, NULL);
  command (f, "publish", 5, "cam?key=s");
  weir_amf0_append_string (f->body, "@setDataFrame");
  weir_amf0_append_string (f->body, "onMetaData");
  say (f, 4, WEIR_RTMP_TYPE_DATA, 1, 0);
  say_bytes (f, WEIR_RTMP_TYPE_AUDIO, 0, "\xaf\0\x12\x08", 4);
  say_bytes (f, WEIR_RTMP_TYPE_AUDIO, 21, "\xaf\1\xde\2", 4);
  command (f, "FCUnpublish", 6, "cam?key=s");
  assert_events (
      f, "publish live/cam secret s, metadata 0 13, aac 21 2, ended");
  g_assert_cmpstr (f->answers->str, ==,
      BEFORE "_result:2@0 _result:3@0 onFCPublish:3@0 _result:4@0 " AFTER
             "_result:6@0 onFCUnpublish:6@0 onStatus:0@1 ");
}

/* Transaction 0 where no answer is wanted, Set Chunk Size after publish,
 * deleteStream by name. */
static void
test_gstreamer (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  command (f, "releaseStream", 0, "cam");
  command (f, "FCPublish", 0, "cam");
  command (f, "createStream", 2, NULL);
  command (f, "publish", 0, "cam");
  weir_append_uint (f->body, 128, 4);
  say (f, 2, WEIR_RTMP_TYPE_SET_CHUNK_SIZE, 0, 0);
  command (f, "deleteStream", 0, "cam");
  assert_events (f, "publish live/cam secret , ended");
  g_assert_cmpstr (
      f->answers->str, ==, BEFORE "_result:2@0 " AFTER "onStatus:0@1 ");
}

static void
test_delete_by_number (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  command (f, "publish", 5, "cam");
  weir_rtmp_append_delete_stream (f->body, 6, 1);
  say (f, 3, WEIR_RTMP_TYPE_COMMAND, 0, 0);
  assert_events (f, "publish live/cam secret , ended");
}

static void
test_close_stream (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  command (f, "publish", 5, "cam");
  command (f, "closeStream", 0, NULL);
  assert_events (f, "publish live/cam secret , ended");
}

/* What comes before the publish of it ends nothing. */
static void
test_unpublish_first (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  command (f, "FCUnpublish", 2, "cam");
  command (f, "deleteStream", 3, "cam");
  command (f, "_checkbw", 4, NULL);
  command (f, "publish", 5, "cam");
  assert_events (f, "publish live/cam secret , ");
}

/* objectEncoding 3: AMF0 in the envelope of AMF3. */
static void
test_amf3 (Fixture *f, gconstpointer data)
{
  weir_append_uint (f->body, 0, 1);
  begin_connect (f);
  add_member (f, "app", "live");
  weir_amf0_append_name (f->body, "objectEncoding");
  weir_amf0_append_number (f->body, 3);
  end_connect (f, WEIR_RTMP_TYPE_COMMAND_AMF3);
  weir_append_uint (f->body, 0, 1);
  weir_rtmp_append_publish (f->body, 3, "cam");
  say (f, 3, WEIR_RTMP_TYPE_COMMAND_AMF3, 1, 0);
  weir_append_uint (f->body, 0, 1);
  weir_amf0_append_string (f->body, "@setDataFrame");
  weir_amf0_append_string (f->body, "onMetaData");
  say (f, 4, WEIR_RTMP_TYPE_DATA_AMF3, 1, 7);
  assert_events (f, "publish live/cam secret , metadata 7 13, ");
}

/* A key in lower case and a quoted address; no application but in there. */
static void
test_lower_case_tcurl (Fixture *f, gconstpointer data)
{
  begin_connect (f);
  add_member (f, "tcurl", "'rtmp://h/live?key=s'");
  end_connect (f, WEIR_RTMP_TYPE_COMMAND);
  command (f, "publish", 2, "cam");
  assert_events (f, "publish live/cam secret s, ");
}

static void
test_enhanced_offer (Fixture *f, gconstpointer data)
{
  weir_rtmp_append_connect (f->body, 1, "live", "rtmp://h/live", TRUE);
  say (f, 3, WEIR_RTMP_TYPE_COMMAND, 0, 0);
  command (f, "publish", 2, "cam");
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 0,
      "\x90"
      "av01\x81\5\x0c\0",
      9);
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 5,
      "\x93"
      "av01\x12\0",
      7);
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 9,
      "\x94"
      "av01\2",
      6);
  assert_events (f, "publish live/cam secret , av1 5 2, ");
}

/* Twitch's "Enhanced Broadcasting": track 0 alone, the others wrapped. */
static void
test_multitrack (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  command (f, "publish", 2, "cam");
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 0,
      "\x90"
      "av01\x81\5\x0c\0",
      9);
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 0,
      "\x96\0"
      "av01\1\x81\5\x0c\0",
      11);
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 5,
      "\x93"
      "av01\x12\0",
      7);
  say_bytes (f, WEIR_RTMP_TYPE_VIDEO, 5,
      "\x96\3"
      "av01\1\x12\0",
      9);
  assert_events (f, "publish live/cam secret , av1 5 2, ");
  g_assert_cmpuint (weir_rtmp_server_get_other_tracks (f->server), ==, 2);
}

/* What is kept of a message does not keep all of it. */
static void
test_small_part_of_large (Fixture *f, gconstpointer data)
{
  static const char sound[] = "\x08\0\0\4\0\0\0\0\0\0\0\xaf\0\x12\x08\0\0\0\x0f"
                              "\x08\0\0\4\0\0\0\0\0\0\0\xaf\1\xde\2\0\0\0\x0f";
  guint8 *end;

  connect_plain (f);
  command (f, "publish", 2, "cam");
  g_byte_array_append (f->body, (const guint8 *) sound, sizeof (sound) - 1);
  weir_append_uint (f->body, WEIR_RTMP_TYPE_DATA << 24 | 60000, 4);
  g_byte_array_set_size (f->body, f->body->len + 7 + 60000 + 4);
  end = f->body->data + sizeof (sound) - 1 + 4;
  memset (end, 0, 7 + 60000 + 4);
  say (f, 4, WEIR_RTMP_TYPE_AGGREGATE, 1, 0);
  assert_events (f, "publish live/cam secret , aac 0 2, ");
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), <, 40 * 1024);
}

static void
test_aggregate (Fixture *f, gconstpointer data)
{
  static const char parts[] =
      /* configuration, a frame 21 ms later, metadata */
      "\x08\0\0\4\0\x13\x88\0\0\0\0\xaf\0\x12\x08\0\0\0\x0f"
      "\x08\0\0\4\0\x13\x9d\0\0\0\0\xaf\1\xde\2\0\0\0\x0f"
      "\x12\0\0\x0d\0\x13\x9e\0\0\0\0\2\0\x0aonMetaData\0\0\0\x18";

  connect_plain (f);
  command (f, "publish", 2, "cam");
  say_bytes (f, WEIR_RTMP_TYPE_AGGREGATE, 1000, parts, sizeof (parts) - 1);
  say_bytes (f, WEIR_RTMP_TYPE_AUDIO, 1042, "\xaf\1\xde", 3);
  assert_events (f,
      "publish live/cam secret , aac 1021 2, metadata 1022 13, aac 1042 1, ");
}

static void
test_aggregate_early (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  say_bytes (f, WEIR_RTMP_TYPE_AGGREGATE, 0, "\x08", 1);
  assert_events (f, "failed: media before publish");
}

static void
test_aggregate_in_aggregate (Fixture *f, gconstpointer data)
{
  connect_plain (f);
  command (f, "publish", 2, "cam");
  say_bytes (f, WEIR_RTMP_TYPE_AGGREGATE, 0, "\x16\0\0\1\0\0\0\0\0\0\0\0", 12);
  assert_events (
      f, "publish live/cam secret , failed: aggregate: a part is of type 22");
}

/* The counter goes on past 4 GiB. */
static void
test_acknowledgements_wrap (Fixture *f, gconstpointer data)
{
  WeirRtmpAck ack = { .window = 2500000 };
  const guint64 total = G_GUINT64_CONSTANT (5) << 30;
  guint64 received = 0, last = 0;

  for (guint n = 0; received < total; n++) {
    guint bytes = n % 2 == 0 ? 65536 : 1;

    received += bytes;
    if (weir_rtmp_ack_count (&ack, bytes)) {
      g_assert_cmpuint (received - last, >=, 2500000);
      g_assert_cmpuint (received - last, <, 2500000 + 65536);
      g_assert_cmpuint (ack.received, ==, (guint32) received);
      last = received;
    }
  }
  g_assert_cmpuint (last, >, total - 2600000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/rtmp/dialects/" name, Fixture, NULL, setup, func, teardown)
  ADD ("obs", test_obs);
  ADD ("gstreamer", test_gstreamer);
  ADD ("delete-by-number", test_delete_by_number);
  ADD ("close-stream", test_close_stream);
  ADD ("unpublish-first", test_unpublish_first);
  ADD ("amf3", test_amf3);
  ADD ("lower-case-tcurl", test_lower_case_tcurl);
  ADD ("enhanced-offer", test_enhanced_offer);
  ADD ("multitrack", test_multitrack);
  ADD ("aggregate", test_aggregate);
  ADD ("aggregate-early", test_aggregate_early);
  ADD ("aggregate-in-aggregate", test_aggregate_in_aggregate);
  ADD ("small-part-of-large", test_small_part_of_large);
  ADD ("acknowledgements-wrap", test_acknowledgements_wrap);
  return g_test_run ();
}
