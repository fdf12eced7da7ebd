/* Partial writes: whatever the kernel takes of each batch, the server sees
 * whole messages in order, and what was not begun stays with the gate. */
#include "base/log.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/message.h"
#include "rtmp/sender.h"
#include "rtmp/server.h"

#define FRAMES 12
#define AVCC_BYTES 45

typedef struct {
  WeirArena *arena;
  WeirWindow *window;
  WeirGate *gate;
  WeirGateCursor cursor;
  WeirCodecConfig *video;
  WeirCodecConfig *audio;
  WeirRtmpClient *client;
  WeirRtmpServer *server;
  WeirRtmpSender sender;
  WeirRtmpEnhanced enhanced;
  GString *log; /* a line for each packet the server got */
} Fixture;

static const guint8 avcc[AVCC_BYTES] = { 0x01, 0x64, 0x00, 0x1e, 0xff, 0xe1,
  0x00, 0x1a, 0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f, 0xf9, 0x70,
  0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x0f, 0x16,
  0x2d, 0x96, 0x01, 0x00, 0x04, 0x68, 0xef, 0x8f, 0xcb, 0xfd, 0xf8, 0xf8,
  0x00 };
static const guint8 asc[] = { 0x12, 0x08 };

static void
log_packet (Fixture *f, const WeirPacket *packet)
{
  guint32 sum = 0;

  for (gsize i = 0; i < packet->payload.size; i++)
    sum = sum * 31 + packet->payload.data[i];
  g_string_append_printf (f->log,
      "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %u %08x\n",
      weir_codec_name (packet->codec), packet->dts_ms, packet->pts_ms,
      packet->flags & WEIR_PACKET_KEY, sum);
}

/* Server and client talk until the publish is accepted; then the server reads
 * what the test wrote. */
static void
deliver (Fixture *f, const guint8 *bytes, gsize size)
{
  for (;;) {
    g_autoptr (GError) error = NULL;
    WeirPacket packet = { 0 };
    WeirRtmpServerEvent event =
        weir_rtmp_server_read (f->server, &bytes, &size, 1, &packet, &error);

    g_assert_no_error (error);
    if (event == WEIR_RTMP_SERVER_MORE || event == WEIR_RTMP_SERVER_ENDED)
      return;
    if (event == WEIR_RTMP_SERVER_PUBLISH)
      weir_rtmp_server_accept (f->server);
    if (event == WEIR_RTMP_SERVER_PACKET) {
      log_packet (f, &packet);
      weir_packet_clear (&packet);
    }
  }
}

static void
go_live (Fixture *f)
{
  GByteArray *to_server = weir_rtmp_client_get_output (f->client);
  GByteArray *to_client = weir_rtmp_server_get_output (f->server);
  gboolean live = FALSE;

  while (!live) {
    const guint8 *p;
    gsize size;

    deliver (f, to_server->data, to_server->len);
    g_byte_array_set_size (to_server, 0);
    p = to_client->data;
    size = to_client->len;
    live = weir_rtmp_client_read (f->client, &p, &size, NULL)
           == WEIR_RTMP_CLIENT_LIVE;
    g_byte_array_set_size (to_client, 0);
  }
}

static void
start_connection (Fixture *f)
{
  WeirRtmpServerConfig config = { .chunk_size = 4096,
    .max_message_bytes = 1024 * 1024,
    .window_ack_bytes = 2500000,
    .seed = 1 };

  g_clear_pointer (&f->client, weir_rtmp_client_free);
  g_clear_pointer (&f->server, weir_rtmp_server_free);
  weir_rtmp_sender_clear (&f->sender);
  f->client =
      weir_rtmp_client_new ("live", "rtmp://h/live", "name", f->enhanced, 2);
  f->server = weir_rtmp_server_new (f->arena, &config);
  f->cursor = (WeirGateCursor){ .need_key = TRUE };
  g_string_truncate (f->log, 0);
  go_live (f);
}

static void
add_packet (Fixture *f, WeirCodecConfig *config, WeirCodec codec, gint64 dts_ms,
    guint flags, gsize size)
{
  WeirPacket packet = { .dts_ms = dts_ms,
    .pts_ms = dts_ms + (codec == WEIR_CODEC_H264 ? 40 : 0),
    .config = config != NULL ? weir_codec_config_ref (config) : NULL,
    .payload = weir_arena_alloc (f->arena, size),
    .kind = (guint8) weir_codec_kind (codec),
    .codec = (guint8) codec,
    .flags = (guint8) flags };

  for (gsize i = 0; i < size; i++)
    packet.payload.data[i] = (guint8) (i + 1 + (gsize) dts_ms);
  /* one NAL unit, or the string that metadata begins with */
  if (codec == WEIR_CODEC_H264)
    memcpy (packet.payload.data, "\0\0\1", 3);
  if (codec == WEIR_CODEC_METADATA)
    memcpy (packet.payload.data, "\2\0\12onMetaData", 13);
  weir_window_take (f->window, &packet);
}

static void
setup (Fixture *f, gconstpointer data)
{
  f->arena = weir_arena_new ();
  f->window = weir_window_new ();
  f->gate = weir_gate_new (f->window, 0);
  f->log = g_string_new (NULL);
  f->video = weir_codec_config_new (WEIR_CODEC_H264, avcc, sizeof (avcc), NULL);
  f->audio = weir_codec_config_new (WEIR_CODEC_AAC, asc, sizeof (asc), NULL);
  g_assert_nonnull (f->video);
  add_packet (f, NULL, WEIR_CODEC_METADATA, 1000, WEIR_PACKET_KEY, 13);
  for (guint i = 0; i < FRAMES; i++) {
    add_packet (f, f->video, WEIR_CODEC_H264, 1000 + 40 * i,
        i % 6 == 0 ? WEIR_PACKET_KEY : 0, i % 6 == 0 ? 70000 : 300);
    add_packet (
        f, f->audio, WEIR_CODEC_AAC, 1001 + 40 * i, WEIR_PACKET_KEY, 100);
  }
  weir_gate_advance (f->gate, 1);
  start_connection (f);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  weir_rtmp_sender_clear (&f->sender);
  weir_rtmp_client_free (f->client);
  weir_rtmp_server_free (f->server);
  weir_gate_free (f->gate);
  weir_window_free (f->window);
  weir_codec_config_unref (f->video);
  weir_codec_config_unref (f->audio);
  weir_arena_unref (f->arena);
  g_string_free (f->log, TRUE);
}

/* One batch of which the kernel takes TAKE bytes at most. Returns how many it
 * took; RET_BYTES of the batch. */
static gsize
write_some (Fixture *f, gboolean content, gsize take, gsize *ret_bytes)
{
  g_autofree WeirRtmpBatch *batch = g_new (WeirRtmpBatch, 1);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  *ret_bytes = 0;
  if (!weir_rtmp_sender_gather (
          &f->sender, f->client, f->gate, &f->cursor, content, batch))
    return 0;
  *ret_bytes = batch->pieces.bytes;
  take = MIN (take, batch->pieces.bytes);
  for (guint i = 0; i < batch->pieces.n && bytes->len < take; i++)
    g_byte_array_append (bytes, batch->pieces.at[i].iov_base,
        (guint) batch->pieces.at[i].iov_len);
  g_assert_cmpuint (bytes->len, >=, take);
  weir_rtmp_sender_wrote (
      &f->sender, f->client, f->gate, &f->cursor, batch, take, 2);
  deliver (f, bytes->data, take);
  return take;
}

static void
write_all (Fixture *f, gsize step)
{
  gsize bytes;

  do {
    write_some (f, TRUE, step, &bytes);
  } while (bytes > 0);
}

/* What the server must get: metadata, then everything from time 0. */
static char *
expected (Fixture *f)
{
  g_autofree char *all = NULL;

  start_connection (f);
  write_all (f, G_MAXSIZE);
  all = g_strdup (f->log->str);
  g_assert_true (g_str_has_prefix (all, "metadata 0 0 "));
  g_assert_nonnull (strstr (all, "h264 0 40 1 "));
  g_assert_nonnull (strstr (all, "aac 441 441 1 "));
  return g_steal_pointer (&all);
}

static guint
count_lines (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == '\n';
  return n;
}

static void
test_partial_writes (Fixture *f, gconstpointer data)
{
  static const gsize steps[] = { 11, 13, 100, 299, 4096, 65535, 65548, 65549,
    70001, 100000 };
  g_autofree char *want = expected (f);

  g_assert_cmpuint (count_lines (want), ==, 1 + 2 * FRAMES);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    start_connection (f);
    write_all (f, steps[i]);
    g_assert_cmpstr (f->log->str, ==, want);
    g_assert_false (f->sender.in_flight);
  }
}

/* A first write that ends at each byte of the first kilobyte and around the
 * ends of the first chunks, then the rest. */
static void
test_every_boundary (Fixture *f, gconstpointer data)
{
  g_autofree char *want = expected (f);
  gsize bytes;

  for (gsize at = 0; at<72000; at += at> 300 && at < 65000 ? 997 : 7) {
    start_connection (f);
    g_assert_cmpuint (write_some (f, TRUE, at, &bytes), ==, at);
    write_all (f, G_MAXSIZE);
    g_assert_cmpstr (f->log->str, ==, want);
  }
}

/* After a cut only the message begun is finished, then goodbye. */
static void
test_cut (Fixture *f, gconstpointer data)
{
  g_autofree char *want = expected (f);
  gsize bytes;

  for (gsize at = 0; at < 80000; at += 811) {
    WeirGateStats before, after;
    guint lines;

    /* a fresh gate each time: a cut is for good */
    teardown (f, NULL);
    memset (f, 0, sizeof (*f));
    setup (f, NULL);
    weir_gate_get_stats (f->gate, &before);
    write_some (f, TRUE, at, &bytes);
    weir_gate_get_stats (f->gate, &after);
    weir_gate_cut (f->gate, 0, NULL);
    weir_rtmp_client_unpublish (f->client);
    while (write_some (f, TRUE, 5000, &bytes) > 0)
      continue;
    lines = count_lines (f->log->str);
    g_assert_true (g_str_has_prefix (want, f->log->str));
    /* Everything that counts as sent came, and nothing else. */
    g_assert_cmpuint (
        lines, ==, after.sent - before.sent + (f->sender.metadata_sent));
    g_assert_cmpuint (lines, <, count_lines (want));
  }
}

/* A write that ends where a message ends has not begun the next one: that one
 * stays with the gate and is not sent after a cut. */
static void
test_nothing_begun (Fixture *f, gconstpointer data)
{
  g_autofree WeirRtmpBatch *batch = g_new (WeirRtmpBatch, 1);
  guint packets = 0;

  for (guint i = 0; i < 20; i++) {
    WeirGateStats stats;

    teardown (f, NULL);
    memset (f, 0, sizeof (*f));
    setup (f, NULL);
    g_assert_true (weir_rtmp_sender_gather (
        &f->sender, f->client, f->gate, &f->cursor, TRUE, batch));
    g_assert_cmpuint (batch->n, >, i);
    packets += batch->items[i].kind == WEIR_RTMP_ITEM_PACKET;
    weir_rtmp_sender_wrote (&f->sender, f->client, f->gate, &f->cursor, batch,
        batch->items[i].end, 2);
    weir_gate_get_stats (f->gate, &stats);
    g_assert_cmpuint (stats.sent, ==, packets);
    g_assert_false (f->sender.in_flight);
    weir_gate_cut (f->gate, 0, NULL);
    g_assert_false (weir_rtmp_sender_gather (
        &f->sender, f->client, f->gate, &f->cursor, TRUE, batch));
  }
}

/* A new configuration is sent before the first packet that needs it. */
static void
test_new_config (Fixture *f, gconstpointer data)
{
  static const guint8 mono[] = { 0x12, 0x10 };
  g_autoptr (WeirCodecConfig) other =
      weir_codec_config_new (WEIR_CODEC_AAC, mono, sizeof (mono), NULL);
  guint before;

  write_all (f, G_MAXSIZE);
  before = count_lines (f->log->str);
  add_packet (f, other, WEIR_CODEC_AAC, 5000, WEIR_PACKET_KEY, 10);
  weir_gate_advance (f->gate, 1);
  write_all (f, 3);
  g_assert_cmpuint (count_lines (f->log->str), ==, before + 1);
  g_assert_true (
      weir_codec_config_equal (f->sender.configs[WEIR_MEDIA_AUDIO], other));
}

/* What no message can hold is passed over, and what follows is sent. */
static void
test_too_long (Fixture *f, gconstpointer data)
{
  guint before;

  write_all (f, G_MAXSIZE);
  before = count_lines (f->log->str);
  weir_log_set_level (WEIR_LOG_ERROR);
  add_packet (f, f->video, WEIR_CODEC_H264, 5000, WEIR_PACKET_KEY,
      WEIR_RTMP_MAX_MESSAGE_BYTES - 4);
  add_packet (f, f->video, WEIR_CODEC_H264, 5040, WEIR_PACKET_KEY, 300);
  weir_gate_advance (f->gate, 1);
  write_all (f, 100);
  g_assert_cmpuint (f->sender.too_long, ==, 1);
  g_assert_cmpuint (count_lines (f->log->str), ==, before + 1);
  g_assert_nonnull (strstr (f->log->str, "h264 4040 4080 1 "));
}

/* The client's own messages go between two messages, not inside one. */
static void
test_control_waits (Fixture *f, gconstpointer data)
{
  g_autofree char *want = expected (f);
  gsize bytes;

  start_connection (f);
  write_some (f, TRUE, 2000, &bytes);
  g_assert_true (f->sender.in_flight);
  /* a ping from the server is answered */
  {
    static const guint8 ping[] = { 2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0,
      0, 0, 1 };
    const guint8 *p = ping;
    gsize size = sizeof (ping);

    weir_rtmp_client_read (f->client, &p, &size, NULL);
    g_assert_cmpuint (weir_rtmp_client_get_output (f->client)->len, >, 0);
  }
  write_all (f, 1000);
  g_assert_cmpstr (f->log->str, ==, want);
}

/* One frame of Opus after all else; the server announces it. */
static void
add_opus (Fixture *f)
{
  static const guint8 head[] = "OpusHead\1\2";
  g_autoptr (WeirCodecConfig) opus =
      weir_codec_config_new (WEIR_CODEC_OPUS, head, sizeof (head) - 1, NULL);

  add_packet (f, opus, WEIR_CODEC_OPUS, 5000, WEIR_PACKET_KEY, 10);
  weir_gate_advance (f->gate, 1);
}

static void
test_enhanced (Fixture *f, gconstpointer data)
{
  add_opus (f);
  for (guint i = WEIR_RTMP_ENHANCED_AUTO; i <= WEIR_RTMP_ENHANCED_YES; i++) {
    f->enhanced = (WeirRtmpEnhanced) i;
    start_connection (f);
    write_all (f, 1000);
    g_assert_cmpint (f->sender.cannot_carry, ==, WEIR_CODEC_NONE);
    g_assert_true (weir_rtmp_client_get_codecs (f->client)
                   & WEIR_CODEC_SET (WEIR_CODEC_HEVC));
    g_assert_nonnull (strstr (f->log->str, "opus 4000 4000 1 "));
  }
}

/* What the server can't take stays with the gate, and what is behind it. */
static void
test_cannot_carry (Fixture *f, gconstpointer data)
{
  guint before;

  f->enhanced = WEIR_RTMP_ENHANCED_NO;
  start_connection (f);
  write_all (f, G_MAXSIZE);
  before = count_lines (f->log->str);
  g_assert_cmpint (f->sender.cannot_carry, ==, WEIR_CODEC_NONE);
  add_opus (f);
  add_packet (f, f->video, WEIR_CODEC_H264, 5040, WEIR_PACKET_KEY, 300);
  weir_gate_advance (f->gate, 1);
  write_all (f, G_MAXSIZE);
  g_assert_cmpint (f->sender.cannot_carry, ==, WEIR_CODEC_OPUS);
  g_assert_cmpuint (count_lines (f->log->str), ==, before);
}

/* Where it begins with that, not even metadata goes out. */
static void
test_cannot_carry_first (Fixture *f, gconstpointer data)
{
  gsize bytes;

  f->enhanced = WEIR_RTMP_ENHANCED_NO;
  start_connection (f);
  weir_gate_skip_to_end (f->gate, &f->cursor);
  f->cursor.need_key = FALSE;
  add_opus (f);
  write_some (f, TRUE, G_MAXSIZE, &bytes);
  g_assert_cmpuint (bytes, ==, 0);
  g_assert_cmpint (f->sender.cannot_carry, ==, WEIR_CODEC_OPUS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/rtmp/sender/" name, Fixture, NULL, setup, func, teardown)
  ADD ("partial-writes", test_partial_writes);
  ADD ("every-boundary", test_every_boundary);
  ADD ("cut", test_cut);
  ADD ("nothing-begun", test_nothing_begun);
  ADD ("new-config", test_new_config);
  ADD ("too-long", test_too_long);
  ADD ("control-waits", test_control_waits);
  ADD ("enhanced", test_enhanced);
  ADD ("cannot-carry", test_cannot_carry);
  ADD ("cannot-carry-first", test_cannot_carry_first);
  return g_test_run ();
}
