/* Tests the real weir-srt over its socket, with ffmpeg and srt-live-transmit as
 * peers and with itself at the other end. */
#include "fixture.h"

#include <string.h>
#include <unistd.h>

#define H264_AAC                                                               \
  "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac"

static GPid
publish (
    const char *file, guint16 port, const char *stream_id, const char *options)
{
  return peer_start ("ffmpeg -v error -nostdin -re -i %s -c copy -f mpegts "
                     "srt://127.0.0.1:%u?pkt_size=1316&streamid=%s%s",
      file, port, stream_id, options);
}

static void
test_publish (void)
{
  g_autofree char *file = make_ts (3, H264_AAC);
  Srt s = { 0 };
  guint16 port;
  Publisher *p;
  GPid ffmpeg;

  srt_start (&s);
  port = srt_listen (&s, 1);
  ffmpeg = publish (file, port, "#!::r=live/x,m=publish,u=me,s=secret", "");
  SRT_UNTIL (&s, (p = srt_publisher (&s, 0)) != NULL && p->closed);
  g_assert_cmpint (peer_wait (ffmpeg), ==, 0);
  g_assert_cmpstr (p->app, ==, "live");
  g_assert_cmpstr (p->name, ==, "x");
  g_assert_cmpstr (p->secret, ==, "secret");
  g_assert_cmpuint (p->latency_ms, ==, 120);
  g_assert_cmpuint (p->key_length, ==, 0);
  g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_GOODBYE);
  g_assert_cmpuint (p->codec[0], ==, WEIR_CODEC_H264);
  g_assert_cmpuint (p->codec[1], ==, WEIR_CODEC_AAC);
  /* What is in the receiver's buffer when the sender closes is lost, and that
   * is the latency's worth. */
  g_assert_cmpuint (p->packets[0], >=, 60);
  g_assert_cmpuint (p->packets[0], <=, 75);
  g_assert_cmpuint (p->keys[0], ==, 3);
  g_assert_cmpuint (p->packets[1], >=, 100);
  g_assert_cmpuint (p->not_rising[0] + p->not_rising[1], ==, 0);
  g_assert_cmpint (p->greatest_step_ms[0], <=, 41);
  g_assert_cmpuint (p->discont[0] + p->discont[1], ==, 0);
  g_assert_true (p->has_stats);
  g_assert_cmpuint (p->stats.packets, >, 0);
  g_assert_cmpuint (p->bytes, >, 0);
  srt_finish (&s, 0);
  unlink (file);
}

typedef struct {
  Srt *s;
  guint64 egress;
  guint from; /* which publisher: not what comes back */
  gboolean begun;
  guint packets[2];
} Loop;

static void
send_config (Loop *loop, const Publisher *p, guint track)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (p->config[track], &size);

  srt_send (loop->s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CONFIG,
                         .srt_config = { loop->egress, (guint8) track,
                             (guint8) p->codec[track], data, size } });
}

/* What a publisher sends goes on to an egress, from the first key frame after
 * both tracks are known. */
static void
forward (const WeirWireMessage *m, gpointer data)
{
  Loop *loop = data;
  const Publisher *p = srt_publisher (loop->s, loop->from);
  Egress *e = srt_egress (loop->s, loop->egress);
  WeirWireMessage copy = *m;

  if (p == NULL || !e->called || e->closed)
    return;
  if (m->type == WEIR_WIRE_SRT_CONFIG) {
    if (loop->begun && m->srt_config.connection == p->number)
      send_config (loop, p, m->srt_config.track);
    return;
  }
  if (m->srt_packet.connection != p->number)
    return;
  if (!loop->begun) {
    if (m->srt_packet.track != 0 || !(m->srt_packet.flags & WEIR_PACKET_KEY)
        || p->config[1] == NULL)
      return;
    loop->begun = TRUE;
    send_config (loop, p, 0);
    send_config (loop, p, 1);
  }
  loop->packets[m->srt_packet.track]++;
  copy.srt_packet.connection = loop->egress;
  srt_send (loop->s, &copy);
}

/* In by ffmpeg, out by a call to our own port, where it comes in again. */
static void
round_trip (const char *options, guint video, guint audio)
{
  g_autofree char *file = make_ts (2, options);
  Srt s = { 0 };
  Loop loop = { .s = &s, .egress = 2 };
  Publisher *first, *second;
  Egress *e;
  GPid ffmpeg;
  guint16 port;

  srt_start (&s);
  port = srt_listen (&s, 1);
  srt_call_to (&s, 2, port, "#!::r=back/x,m=publish", "");
  e = srt_egress (&s, 2);
  SRT_UNTIL (&s, e->called && srt_publisher (&s, 0) != NULL);
  second = srt_publisher (&s, 0);
  g_assert_cmpuint (e->call.latency_ms, ==, 120);
  loop.from = 1;
  s.data = &loop;
  s.on_media = forward;
  ffmpeg = publish (file, port, "live/x", "");
  SRT_UNTIL (&s, (first = srt_publisher (&s, 1)) != NULL && first->closed);
  g_assert_cmpint (peer_wait (ffmpeg), ==, 0);
  s.on_media = NULL;
  srt_close_it (&s, 2, WEIR_SRT_CLOSE_DRAIN);
  SRT_UNTIL (&s, e->closed && second->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_ASKED);
  g_assert_cmpint (second->why, ==, WEIR_SRT_CLOSED_GOODBYE);
  g_assert_cmpuint (e->packets, ==, loop.packets[0] + loop.packets[1]);
  g_assert_cmpuint (e->taken.packets, ==, e->packets);
  g_assert_cmpuint (first->codec[0], ==, video);
  g_assert_cmpuint (first->codec[1], ==, audio);
  g_assert_cmpuint (second->codec[0], ==, video);
  g_assert_cmpuint (second->codec[1], ==, audio);
  /* Whether the last picture is whole can't be known without the next. */
  g_assert_cmpuint (second->packets[0] + 1, >=, loop.packets[0]);
  /* Sound in front of the first picture comes before the stream's clock, and
   * then has no time. */
  g_assert_cmpuint (second->packets[1] + 8, >=, loop.packets[1]);
  g_assert_cmpuint (second->packets[1], <=, loop.packets[1]);
  g_assert_cmpuint (second->not_rising[0] + second->not_rising[1], ==, 0);
  g_assert_cmpuint (second->discont[0] + second->discont[1], ==, 0);
  srt_finish (&s, 0);
  unlink (file);
}

static void
test_h264_aac (void)
{
  round_trip (H264_AAC, WEIR_CODEC_H264, WEIR_CODEC_AAC);
}

static void
test_hevc_opus (void)
{
  round_trip ("-c:v libx265 -preset ultrafast -x265-params "
              "log-level=none:keyint=25 -pix_fmt yuv420p -c:a libopus -ac 2",
      WEIR_CODEC_HEVC, WEIR_CODEC_OPUS);
}

static void
test_h264_mp2 (void)
{
  round_trip ("-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a mp2",
      WEIR_CODEC_H264, WEIR_CODEC_MP2);
}

static void
test_h264_ac3 (void)
{
  round_trip ("-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a ac3",
      WEIR_CODEC_H264, WEIR_CODEC_AC3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weir-srt/publish", test_publish);
  g_test_add_func ("/weir-srt/round-trip/h264-aac", test_h264_aac);
  g_test_add_func ("/weir-srt/round-trip/hevc-opus", test_hevc_opus);
  g_test_add_func ("/weir-srt/round-trip/h264-mp2", test_h264_mp2);
  g_test_add_func ("/weir-srt/round-trip/h264-ac3", test_h264_ac3);
  return g_test_run ();
}
