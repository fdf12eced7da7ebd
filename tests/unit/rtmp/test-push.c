/* An egress and its server over time, which the test makes pass: the server
 * answers, or stops answering; codecs come and go. */
#include "rtmp/push.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rtmp/server.h"

#define DEADLINE_US (30 * G_USEC_PER_SEC)
#define MS G_GINT64_CONSTANT (1000)
/* More than the sockets hold, and what the server takes of it at a look. */
#define LARGE_BYTES (128 * 1024)
#define SLOW_BYTES (2 * 1024)
#define RECEIVE_BYTES (16 * 1024)
#define LOOK_MS 100 /* an egress is looked at so often at least */

typedef struct {
  WeirLoop *loop;
  WeirArena *arena;
  WeirWindow *window;
  WeirGate *gate;
  WeirEgress *egress;
  WeirCodecConfig *video;
  WeirCodecConfig *sound;
  gint64 dts_ms;
  gint64 now_us; /* as the egress is told */
  gint64 deadline_us;

  int listener;
  int fd; /* the server's end, or -1 */
  gboolean deaf;
  WeirRtmpServer *server;
  guint pongs;
} Fixture;

static const guint8 avcc[] = { 0x01, 0x64, 0x00, 0x1e, 0xff, 0xe1, 0x00, 0x1a,
  0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f, 0xf9, 0x70, 0x11, 0x00,
  0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x0f, 0x16, 0x2d, 0x96,
  0x01, 0x00, 0x04, 0x68, 0xef, 0x8f, 0xcb, 0xfd, 0xf8, 0xf8, 0x00 };
static const guint8 opus_head[] = "OpusHead\1\2\0\0\x80\xbb\0\0\0\0";

static void
put (Fixture *f, WeirCodecConfig *config, guint flags)
{
  WeirPacket packet = { .dts_ms = f->dts_ms,
    .pts_ms = f->dts_ms,
    .config = weir_codec_config_ref (config),
    .payload = weir_arena_alloc (f->arena, 5),
    .kind = (guint8) weir_codec_kind (config->codec),
    .codec = (guint8) config->codec,
    .flags = (guint8) flags };

  memcpy (packet.payload.data, "\0\0\1\x65", 5);
  f->dts_ms += 20;
  weir_window_take (f->window, &packet);
  weir_gate_advance (f->gate, 0);
}

static void
put_large (Fixture *f)
{
  WeirPacket packet = { .dts_ms = f->dts_ms,
    .pts_ms = f->dts_ms,
    .config = weir_codec_config_ref (f->video),
    .payload = weir_arena_alloc (f->arena, LARGE_BYTES),
    .codec = (guint8) f->video->codec };

  memset (packet.payload.data, 0, LARGE_BYTES);
  f->dts_ms += 20;
  weir_window_take (f->window, &packet);
  weir_gate_advance (f->gate, 0);
}

static void
drop_server (Fixture *f)
{
  g_clear_pointer (&f->server, weir_rtmp_server_free);
  if (f->fd >= 0)
    close (f->fd);
  f->fd = -1;
}

static void
serve (Fixture *f)
{
  static const WeirRtmpServerConfig config = {
    .chunk_size = 4096, .max_message_bytes = 65536, .window_ack_bytes = 2500000
  };
  guint8 buffer[4096];
  const guint8 *bytes = buffer;
  GByteArray *out;
  gsize size, before;
  gssize n;

  if (f->fd < 0) {
    f->fd = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
    if (f->fd >= 0)
      f->server = weir_rtmp_server_new (f->arena, &config);
  }
  if (f->fd < 0 || f->deaf)
    return;
  n = recv (f->fd, buffer, sizeof (buffer), MSG_DONTWAIT);
  if (n == 0)
    drop_server (f);
  if (n <= 0)
    return;
  size = (gsize) n;
  out = weir_rtmp_server_get_output (f->server);
  before = out->len;
  for (;;) {
    WeirPacket packet = { 0 };
    WeirRtmpServerEvent event =
        weir_rtmp_server_read (f->server, &bytes, &size, 1, &packet, NULL);

    weir_packet_clear (&packet);
    if (event == WEIR_RTMP_SERVER_PUBLISH)
      weir_rtmp_server_accept (f->server);
    else if (event != WEIR_RTMP_SERVER_PACKET)
      break;
  }
  f->pongs += f->egress->state == WEIR_EGRESS_LIVE && out->len > before;
  if (out->len > 0)
    g_assert_cmpint (send (f->fd, out->data, out->len, 0), ==, out->len);
  g_byte_array_set_size (out, 0);
}

static void
look (Fixture *f)
{
  g_assert_cmpint (g_get_monotonic_time (), <, f->deadline_us);
  f->egress->klass->flush (f->egress, f->now_us);
  uv_run (weir_loop_uv (f->loop), UV_RUN_NOWAIT);
  serve (f);
  uv_run (weir_loop_uv (f->loop), UV_RUN_NOWAIT);
}

static void
pass (Fixture *f, gint64 ms)
{
  f->now_us += ms * MS;
  look (f);
}

static void
until_state (Fixture *f, WeirEgressState state)
{
  while (f->egress->state != state)
    look (f);
}

static void
setup (Fixture *f, gconstpointer data)
{
  const WeirRtmpEnhanced *enhanced = data;
  struct sockaddr_in at = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof (at);
  g_autofree char *url = NULL;

  f->deadline_us = g_get_monotonic_time () + DEADLINE_US;
  f->now_us = weir_now_us ();
  f->fd = -1;
  f->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (
      bind (f->listener, (struct sockaddr *) &at, sizeof (at)), ==, 0);
  g_assert_cmpint (setsockopt (f->listener, SOL_SOCKET, SO_RCVBUF,
                       &(int){ RECEIVE_BYTES }, sizeof (int)),
      ==, 0);
  g_assert_cmpint (listen (f->listener, 1), ==, 0);
  getsockname (f->listener, (struct sockaddr *) &at, &size);
  url = g_strdup_printf ("rtmp://127.0.0.1:%u/live/name", ntohs (at.sin_port));

  f->loop = weir_loop_new ();
  f->arena = weir_arena_new ();
  f->window = weir_window_new ();
  f->gate = weir_gate_new (f->window, 0);
  f->video = weir_codec_config_new (WEIR_CODEC_H264, avcc, sizeof (avcc), NULL);
  f->sound = weir_codec_config_new (
      WEIR_CODEC_OPUS, opus_head, sizeof (opus_head) - 1, NULL);
  f->egress = weir_rtmp_push_new (f->loop,
      &(WeirRtmpPushOptions){
          .name = "out", .url = url, .ping = TRUE, .enhanced = *enhanced },
      NULL);
  f->egress->gate = f->gate;
  f->egress->stream = "live/name";
}

static void
teardown (Fixture *f, gconstpointer data)
{
  f->egress->klass->free (f->egress);
  drop_server (f);
  close (f->listener);
  weir_gate_free (f->gate);
  weir_window_free (f->window);
  weir_codec_config_unref (f->video);
  weir_codec_config_unref (f->sound);
  weir_arena_unref (f->arena);
  weir_loop_free (f->loop);
}

/* Live, and the server owes the answer to a ping. */
static void
owe_answer (Fixture *f)
{
  guint64 bytes;

  put (f, f->video, WEIR_PACKET_KEY);
  until_state (f, WEIR_EGRESS_LIVE);
  while (f->pongs < 2)
    pass (f, LOOK_MS);
  f->deaf = TRUE;
  bytes = f->egress->bytes;
  while (f->egress->bytes == bytes)
    pass (f, LOOK_MS);
}

static void
test_hang (Fixture *f, gconstpointer data)
{
  owe_answer (f);
  for (gint64 ms = 0; ms < WEIR_RTMP_PUSH_PONG_MS; ms += LOOK_MS)
    pass (f, LOOK_MS);
  pass (f, LOOK_MS);
  g_assert_cmpint (f->egress->state, ==, WEIR_EGRESS_WAITING);
}

/* A line on which a ping takes long is no hanging server, until nothing
 * arrives any more. */
static void
test_slow_line (Fixture *f, gconstpointer data)
{
  static guint8 trickle[SLOW_BYTES];

  put (f, f->video, WEIR_PACKET_KEY);
  until_state (f, WEIR_EGRESS_LIVE);
  while (f->pongs < 2)
    pass (f, LOOK_MS);
  f->deaf = TRUE;
  for (guint i = 0; i < 64; i++)
    put_large (f);
  for (gint64 ms = 0; ms < 2 * WEIR_RTMP_PUSH_PONG_MS; ms += LOOK_MS) {
    pass (f, LOOK_MS);
    recv (f->fd, trickle, sizeof (trickle), MSG_DONTWAIT);
    g_assert_cmpint (f->egress->state, ==, WEIR_EGRESS_LIVE);
  }
  for (gint64 ms = 0; ms < 3 * WEIR_RTMP_PUSH_PONG_MS; ms += LOOK_MS)
    pass (f, LOOK_MS);
  g_assert_cmpint (f->egress->state, !=, WEIR_EGRESS_LIVE);
}

/* What the server has answered while nobody looked can't be read before it is
 * looked at the time. */
static void
test_standstill (Fixture *f, gconstpointer data)
{
  owe_answer (f);
  pass (f, 10000);
  g_assert_cmpint (f->egress->state, ==, WEIR_EGRESS_LIVE);
  f->deaf = FALSE;
  for (guint i = 0; i < 50; i++)
    pass (f, LOOK_MS);
  g_assert_cmpint (f->egress->state, ==, WEIR_EGRESS_LIVE);
  g_assert_cmpuint (f->egress->connects, ==, 1);
}

static void
refuse_sound (Fixture *f)
{
  put (f, f->video, WEIR_PACKET_KEY);
  put (f, f->sound, WEIR_PACKET_KEY);
  until_state (f, WEIR_EGRESS_REFUSED);
  put (f, f->video, 0);
  for (guint i = 0; i < 3; i++)
    pass (f, LOOK_MS);
  g_assert_cmpint (f->egress->state, ==, WEIR_EGRESS_REFUSED);
}

/* The publisher comes back without what could not be carried. */
static void
test_left_out (Fixture *f, gconstpointer data)
{
  refuse_sound (f);
  put (f, f->video, WEIR_PACKET_KEY | WEIR_PACKET_DISCONT);
  pass (f, LOOK_MS);
  put (f, f->video, WEIR_PACKET_KEY);
  until_state (f, WEIR_EGRESS_LIVE);
  g_assert_cmpuint (f->egress->connects, ==, 2);
}

/* It comes back with it: that has to be said again. */
static void
test_still_there (Fixture *f, gconstpointer data)
{
  refuse_sound (f);
  put (f, f->video, WEIR_PACKET_KEY | WEIR_PACKET_DISCONT);
  pass (f, LOOK_MS);
  put (f, f->video, WEIR_PACKET_KEY);
  until_state (f, WEIR_EGRESS_LIVE);
  put (f, f->sound, WEIR_PACKET_KEY);
  until_state (f, WEIR_EGRESS_REFUSED);
}

int
main (int argc, char **argv)
{
  static const WeirRtmpEnhanced none = WEIR_RTMP_ENHANCED_NO;

  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/push/" name, Fixture, &none, setup, func, teardown)
  ADD ("hang", test_hang);
  ADD ("slow-line", test_slow_line);
  ADD ("standstill", test_standstill);
  ADD ("left-out", test_left_out);
  ADD ("still-there", test_still_there);
  return g_test_run ();
}
