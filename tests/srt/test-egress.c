/* Tests the real weir-srt as a caller: srt-live-transmit and ffmpeg receive
 * what it sends, refuse it, vanish; and a cut leaves nothing behind. */
#include "fixture.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "programs/srt/ts-demux.h"

#define TS_OPTIONS                                                             \
  "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac"

/* Recorded packets to send: a key frame first. */
typedef struct {
  GPtrArray *packets; /* Packet, owns */
  GBytes *config[2];
  guint codec[2];
} Media;

typedef struct {
  WeirTsDemuxPacket p;
  GBytes *data;
} Packet;

static void
packet_free (gpointer data)
{
  g_bytes_unref (((Packet *) data)->data);
  g_free (data);
}

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
  Media *m = user;

  m->codec[kind] = codec;
  g_clear_pointer (&m->config[kind], g_bytes_unref);
  m->config[kind] = g_bytes_new (data, size);
}

static void
on_packet (const WeirTsDemuxPacket *p, gpointer user)
{
  Media *m = user;
  Packet *packet;

  if (m->packets->len == 0 && p->kind != WEIR_MEDIA_VIDEO)
    return;
  packet = g_new0 (Packet, 1);
  packet->p = *p;
  packet->data = g_bytes_new (p->data, p->size);
  g_ptr_array_add (m->packets, packet);
}

static void
on_trouble (const char *text, gpointer user)
{
}

static void
media_make (Media *m, guint seconds)
{
  static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };
  g_autofree char *file = make_ts (seconds, TS_OPTIONS);
  g_autofree char *data = NULL;
  WeirTsDemux *demux = weir_ts_demux_new (0, &funcs, m);
  gsize size;

  memset (m, 0, sizeof *m);
  m->packets = g_ptr_array_new_with_free_func (packet_free);
  g_assert_true (g_file_get_contents (file, &data, &size, NULL));
  weir_ts_demux_push (demux, (guint8 *) data, size, NULL);
  weir_ts_demux_drain (demux);
  weir_ts_demux_free (demux);
  unlink (file);
}

static void
media_clear (Media *m)
{
  g_ptr_array_unref (m->packets);
  g_clear_pointer (&m->config[0], g_bytes_unref);
  g_clear_pointer (&m->config[1], g_bytes_unref);
}

static void
send_configs (Srt *s, guint64 number, const Media *m)
{
  for (guint8 i = 0; i < 2; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (m->config[i], &size);

    srt_send (
        s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CONFIG,
               .srt_config = { number, i, (guint8) m->codec[i], data, size } });
  }
}

static gsize
send_packet (Srt *s, guint64 number, const Media *m, guint i, gint64 shift_ms)
{
  const Packet *p = g_ptr_array_index (m->packets, i);
  gsize size;
  const guint8 *data = g_bytes_get_data (p->data, &size);

  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_PACKET,
                   .srt_packet = { number, (guint8) p->p.kind, p->p.flags,
                       p->p.dts_ms + shift_ms, p->p.pts_ms + shift_ms, 0, data,
                       size } });
  return size;
}

/* All of M at its pace, as the window allows. */
static void
send_media (Srt *s, guint64 number, const Media *m)
{
  const Packet *first = g_ptr_array_index (m->packets, 0);
  gint64 began_us = g_get_monotonic_time ();
  Egress *e = srt_egress (s, number);
  guint64 sent = 0;

  send_configs (s, number, m);
  for (guint i = 0; i < m->packets->len; i++) {
    const Packet *p = g_ptr_array_index (m->packets, i);
    gint64 at_us = began_us + 1000 * (p->p.dts_ms - first->p.dts_ms);
    gsize size = g_bytes_get_size (p->data);

    SRT_UNTIL (s, g_get_monotonic_time () >= at_us
                      && (sent == e->taken.payload_bytes
                          || sent + size <= e->taken.payload_bytes
                                                + WEIR_SRT_WINDOW_BYTES));
    sent += send_packet (s, number, m, i, 0);
  }
}

static guint
count_packets (const char *file, char kind)
{
  g_autofree char *command = g_strdup_printf (
      "ffprobe -v error -select_streams %c:0 -count_frames -show_entries "
      "stream=nb_read_frames -of default=nk=1:nw=1 %s",
      kind, file);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_command_line_sync (command, &out, &err, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (err, ==, "");
  return (guint) g_ascii_strtoull (out, NULL, 10);
}

/* A listener that writes to a file, up before it returns. */
static GPid
receiver (Srt *s, const char *file, guint16 port, const char *options)
{
  GPid pid = peer_start ("ffmpeg -v quiet -nostdin -y -i "
                         "srt://127.0.0.1:%u?mode=listener%s -c copy -f mpegts "
                         "%s",
      port, options, file);

  return pid;
}

/* Calls until somebody is there. Numbers from NUMBER on; returns the one that
 * stands. */
static guint64
connect_to (Srt *s, guint64 number, guint16 port, const char *passphrase)
{
  for (;;) {
    Egress *e = srt_egress (s, number);

    srt_call_to (s, number, port, "#!::r=live/x,m=publish", passphrase);
    SRT_UNTIL (s, e->called || e->closed);
    if (e->called)
      return number;
    number += 2;
    g_assert_cmpuint (number, <, 100);
  }
}

static void
test_received (void)
{
  g_autofree char *file = NULL;
  guint16 port = free_port ();
  Srt s = { 0 };
  guint64 number;
  Media media;
  Egress *e;
  GPid ffmpeg;

  close (g_file_open_tmp ("weir-XXXXXX.ts", &file, NULL));
  media_make (&media, 3);
  srt_start (&s);
  ffmpeg = receiver (&s, file, port, "&passphrase=the-right-one");
  number = connect_to (&s, 2, port, "the-right-one");
  e = srt_egress (&s, number);
  g_assert_cmpuint (e->call.key_length, ==, 16);
  send_media (&s, number, &media);
  srt_close_it (&s, number, WEIR_SRT_CLOSE_DRAIN);
  SRT_UNTIL (&s, e->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_ASKED);
  g_assert_cmpuint (e->packets, ==, media.packets->len);
  g_assert_true (e->has_stats);
  g_assert_cmpuint (e->taken.line_bytes % 188, ==, 0);
  peer_wait (ffmpeg);
  g_assert_cmpuint (count_packets (file, 'v'), >=, 74);
  g_assert_cmpuint (count_packets (file, 'a'), >=, 120);
  srt_finish (&s, 0);
  media_clear (&media);
  unlink (file);
}

/* What was sent in front of a cut, in the same breath, does not leave. */
static void
test_cut (void)
{
  Srt s = { 0 };
  Publisher *p;
  Media media;
  Egress *e;
  guint16 port;
  gsize sent = 0;
  guint n = 0;

  media_make (&media, 3);
  srt_start (&s);
  port = srt_listen (&s, 1);
  srt_call_to (&s, 2, port, "live/x", "");
  e = srt_egress (&s, 2);
  SRT_UNTIL (&s, e->called);
  /* A stopped process reads all of it at once when it goes on. */
  kill (s.pid, SIGSTOP);
  send_configs (&s, 2, &media);
  while (n < media.packets->len && sent < 48 * 1024)
    sent += send_packet (&s, 2, &media, n++, 0);
  srt_close_it (&s, 2, WEIR_SRT_CLOSE_CUT);
  kill (s.pid, SIGCONT);
  SRT_UNTIL (&s, e->closed && (p = srt_publisher (&s, 0)) != NULL && p->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_ASKED);
  g_assert_cmpuint (n, >, 10);
  g_assert_cmpuint (e->packets, ==, 0);
  g_assert_cmpuint (p->bytes, ==, 0);
  g_assert_cmpuint (p->packets[0] + p->packets[1], ==, 0);
  srt_finish (&s, 0);
  media_clear (&media);
}

/* Passes datagrams on, those of media only when told to. */
typedef struct {
  int caller, listener; /* sockets towards them */
  guint16 port;
  GThread *thread;
  gint passes; /* atomic */
  gint media;  /* atomic: from the caller, passed on or not */
  gint stop;   /* atomic */
} Relay;

static gpointer
relay_run (gpointer data)
{
  Relay *relay = data;
  struct pollfd p[2] = { { relay->caller, POLLIN, 0 },
    { relay->listener, POLLIN, 0 } };
  struct sockaddr_in from = { 0 };
  guint8 b[2048];

  while (!g_atomic_int_get (&relay->stop)) {
    socklen_t size = sizeof from;
    ssize_t n;

    poll (p, 2, 10);
    n = recvfrom (relay->caller, b, sizeof b, MSG_DONTWAIT,
        (struct sockaddr *) &from, &size);
    if (n > 0 && !(b[0] & 0x80))
      g_atomic_int_inc (&relay->media);
    if (n > 0 && (b[0] & 0x80 || g_atomic_int_get (&relay->passes)))
      send (relay->listener, b, (gsize) n, 0);
    n = recv (relay->listener, b, sizeof b, MSG_DONTWAIT);
    if (n > 0)
      sendto (relay->caller, b, (gsize) n, 0, (struct sockaddr *) &from,
          sizeof from);
  }
  return NULL;
}

static void
relay_start (Relay *relay, guint16 port)
{
  struct sockaddr_in a = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof a;

  relay->caller = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  relay->listener = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (
      bind (relay->caller, (struct sockaddr *) &a, sizeof a), ==, 0);
  g_assert_cmpint (
      getsockname (relay->caller, (struct sockaddr *) &a, &size), ==, 0);
  relay->port = ntohs (a.sin_port);
  a.sin_port = htons (port);
  g_assert_cmpint (
      connect (relay->listener, (struct sockaddr *) &a, sizeof a), ==, 0);
  relay->thread = g_thread_new ("relay", relay_run, relay);
}

static void
relay_stop (Relay *relay)
{
  g_atomic_int_set (&relay->stop, TRUE);
  g_thread_join (relay->thread);
  close (relay->caller);
  close (relay->listener);
}

/* The bytes that arrive of those that have been sent, and lost, before it was
 * closed. */
static guint64
arrive_after (WeirSrtCloseKind how)
{
  Relay relay = { 0 };
  Srt s = { 0 };
  Publisher *p;
  Media media;
  Egress *e;
  gsize sent = 0;
  guint64 bytes;
  guint n = 0;

  media_make (&media, 3);
  srt_start (&s);
  relay_start (&relay, srt_listen (&s, 1));
  srt_call_to (&s, 2, relay.port, "live/x", "");
  e = srt_egress (&s, 2);
  SRT_UNTIL (&s, e->called);
  send_configs (&s, 2, &media);
  while (n < media.packets->len && sent < 48 * 1024)
    sent += send_packet (&s, 2, &media, n++, 0);
  SRT_UNTIL (&s, e->taken.packets == n && g_atomic_int_get (&relay.media) > 20);
  srt_close_it (&s, 2, how);
  if (how == WEIR_SRT_CLOSE_CUT)
    SRT_UNTIL (&s, e->closed);
  g_atomic_int_set (&relay.passes, TRUE);
  SRT_UNTIL (&s, e->closed && (p = srt_publisher (&s, 0)) != NULL && p->closed);
  bytes = p->bytes;
  srt_finish (&s, 0);
  relay_stop (&relay);
  media_clear (&media);
  return bytes;
}

/* What libsrt would send again, since nobody has it, is void with a cut. */
static void
test_cut_not_arrived (void)
{
  g_assert_cmpuint (arrive_after (WEIR_SRT_CLOSE_DRAIN), >, 0);
  g_assert_cmpuint (arrive_after (WEIR_SRT_CLOSE_CUT), ==, 0);
}

/* A receiver that stands still acknowledges nothing. */
static void
test_vanished (void)
{
  g_autofree char *file = NULL;
  guint16 port = free_port ();
  Srt s = { 0 };
  guint64 number;
  Media media;
  Egress *e;
  GPid ffmpeg;
  guint64 sent = 0;

  close (g_file_open_tmp ("weir-XXXXXX.ts", &file, NULL));
  media_make (&media, 2);
  srt_start (&s);
  ffmpeg = receiver (&s, file, port, "");
  number = connect_to (&s, 2, port, "");
  e = srt_egress (&s, number);
  send_media (&s, number, &media);
  sent = e->taken.payload_bytes;
  SRT_UNTIL (&s, e->taken.packets == media.packets->len);
  kill (ffmpeg, SIGSTOP);
  for (guint i = 0; !e->closed; i++) {
    gint64 shift_ms = 2000 * (1 + i / media.packets->len);

    SRT_UNTIL (&s, e->closed || e->taken.packets >= media.packets->len + i);
    if (e->closed)
      break;
    send_packet (&s, number, &media, i % media.packets->len, shift_ms);
    srt_step (&s);
  }
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_LOST);
  g_assert_cmpuint (e->taken.payload_bytes, >=, sent);
  peer_stop (ffmpeg);
  srt_finish (&s, 0);
  media_clear (&media);
  unlink (file);
}

static void
test_refused (void)
{
  Srt s = { 0 };
  guint16 port;
  Egress *e;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 1409, "live/busy", "", 0);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 2718, "live/own", "", 0);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 0, "live/safe", "the-right-one", 0);
  port = srt_listen (&s, 1);
  srt_call_to (&s, 2, port, "live/busy", "");
  SRT_UNTIL (&s, (e = srt_egress (&s, 2))->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_REFUSED);
  g_assert_cmpuint (e->code, ==, 1409);
  g_assert_cmpstr (e->words, ==,
      "the receiver refused with code 1409: somebody else sends this stream");
  /* A code of the receiver's own. */
  srt_call_to (&s, 8, port, "live/own", "");
  SRT_UNTIL (&s, (e = srt_egress (&s, 8))->closed);
  g_assert_cmpstr (e->words, ==, "the receiver refused with code 2718");
  srt_call_to (&s, 4, port, "live/safe", "the-wrong-one");
  SRT_UNTIL (&s, (e = srt_egress (&s, 4))->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_REFUSED);
  g_assert_cmpuint (e->code, ==, WEIR_SRT_BAD_SECRET);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CALL,
                    .srt_call = { .connection = 6,
                        .address = "localhost",
                        .address_size = 9,
                        .stream_id = "",
                        .passphrase = "",
                        .timeout_ms = 1000 } });
  SRT_UNTIL (&s, (e = srt_egress (&s, 6))->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_FAILED);
  srt_finish (&s, 0);
}

/* Packets without a description, and codecs that MPEG-TS can't have. */
static void
test_impossible (void)
{
  Srt s = { 0 };
  Media media;
  guint16 port;
  Egress *e;

  media_make (&media, 1);
  srt_start (&s);
  port = srt_listen (&s, 1);
  srt_call_to (&s, 4, port, "live/y", "");
  SRT_UNTIL (&s, (e = srt_egress (&s, 4))->called);
  send_packet (&s, 4, &media, 0, 0);
  SRT_UNTIL (&s, e->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_FAILED);
  srt_call_to (&s, 6, port, "live/z", "");
  SRT_UNTIL (&s, (e = srt_egress (&s, 6))->called);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CONFIG,
                    .srt_config = { 6, 0, WEIR_CODEC_VP9, NULL, 0 } });
  SRT_UNTIL (&s, e->closed);
  g_assert_cmpint (e->why, ==, WEIR_SRT_CLOSED_FAILED);
  srt_finish (&s, 0);
  media_clear (&media);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  weir_ts_demux_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/egress/received", test_received);
  g_test_add_func ("/egress/cut", test_cut);
  g_test_add_func ("/egress/cut-not-arrived", test_cut_not_arrived);
  g_test_add_func ("/egress/vanished", test_vanished);
  g_test_add_func ("/egress/refused", test_refused);
  g_test_add_func ("/egress/impossible", test_impossible);
  return g_test_run ();
}
