/* Tests the real weir-srt with what comes late: a port that waits for what is
 * missing (WeirSrtListen.waits), through the UDP proxy, and callers of which it
 * never comes. */
#include "fixture.h"

#include <unistd.h>

#include "raw-caller.h"

#define TS_OPTIONS                                                             \
  "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac"
#define SECONDS 6
#define PICTURES (SECONDS * 25)

#define KEEP_ALIVE 1

static const guint8 nothing[188] = { 0x47, 0x1f, 0xff, 0x10 };
static const RawClaims usual = { 1500, 8192 };

static guint16
listen_and_wait (Srt *s)
{
  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                   .srt_listen = { .port_id = 1,
                       .address = "127.0.0.1",
                       .address_size = 9,
                       .latency_ms = 120,
                       .max_latency_ms = 2000,
                       .silence_ms = 10000,
                       .max_callers = 20,
                       .fallback = "",
                       .waits = TRUE } });
  SRT_UNTIL (s, s->port_states[WEIR_SRT_PORT_OPEN] == 1);
  return s->port;
}

/* A round trip takes most of the latency, so what is lost twice comes too late
 * by SRT's count. ffmpeg's messages keep their order, those of srtsink may
 * overtake each other. */
static void
test_comes_late (void)
{
  static const char *const publishers[] = {
    "ffmpeg -v quiet -nostdin -re -i %s -c copy -f mpegts "
    "srt://127.0.0.1:%u?pkt_size=1316&streamid=live/x",
    "gst-launch-1.0 -q filesrc location=%s ! tsparse set-timestamps=true "
    "alignment=7 ! srtsink mode=caller "
    "uri=srt://127.0.0.1:%u?mode=caller&streamid=live/x",
  };
  g_autofree char *file = make_ts (SECONDS, TS_OPTIONS);
  Srt s = { 0 };
  guint16 port;

  srt_start (&s);
  port = listen_and_wait (&s);
  for (guint i = 0; i < G_N_ELEMENTS (publishers); i++) {
    guint16 through = free_port ();
    GPid proxy = peer_start ("%s --listen %u --to 127.0.0.1:%u --seed %u "
                             "--delay-ms 50 --loss 10 --reorder 2,3",
        g_getenv ("UDP_PROXY"), through, port, i);
    GPid publisher;
    Publisher *p;

    g_usleep (G_USEC_PER_SEC / 2);
    publisher = peer_start (publishers[i], file, through);
    SRT_UNTIL (&s, (p = srt_publisher (&s, i)) != NULL && p->closed);
    g_assert_cmpuint (p->stats.lost, >, 10);
    g_assert_cmpuint (p->stats.dropped, ==, 0);
    g_assert_cmpuint (p->stats.holes, ==, 0);
    /* The goodbye can overtake the last. */
    g_assert_cmpuint (p->packets[0], >=, PICTURES - 25);
    g_assert_cmpint (p->greatest_step_ms[0], <=, 41);
    g_assert_cmpuint (p->not_rising[0], ==, 0);
    peer_stop (publisher);
    peer_stop (proxy);
  }
  srt_finish (&s, 0);
  unlink (file);
}

/* Sends null packets as live/x, all but the third, until DONE. */
static void
leave_out_one (Srt *s, guint16 port, gboolean (*done) (const Publisher *p))
{
  guint before = s->publishers->len;
  RawCaller c;
  gboolean in;
  gint64 until_us = g_get_monotonic_time () + DEADLINE_US;

  raw_caller_start (&c, 1, port);
  raw_caller_conclude (&c, 100 + before, &usual, "live/x");
  raw_caller_answered (&c, &in);
  g_assert_true (in);
  for (guint32 seq = 0;
       s->publishers->len == before || !done (srt_publisher (s, before));
       seq++) {
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
    if (seq != 2)
      raw_caller_media (&c, seq, nothing, sizeof nothing);
    g_usleep (1000);
    srt_step (s);
  }
  raw_caller_stop (&c);
}

/* Some messages from FROM to before TO, each after MS. */
static void
send_some (Srt *s, RawCaller *c, guint32 from, guint32 to, guint ms)
{
  for (guint32 seq = from; seq < to; seq++) {
    raw_caller_media (c, seq, nothing, sizeof nothing);
    g_usleep (ms * 1000);
    srt_step (s);
  }
}

/* Who pauses, and goes on with one message missing, is given the time for it
 * from then on. */
static void
test_pauses (void)
{
  Srt s = { 0 };
  RawCaller c;
  gboolean in;

  srt_start (&s);
  raw_caller_start (&c, 1, listen_and_wait (&s));
  raw_caller_conclude (&c, 100, &usual, "live/x");
  raw_caller_answered (&c, &in);
  g_assert_true (in);
  SRT_UNTIL (&s, srt_publisher (&s, 0) != NULL);
  send_some (&s, &c, 0, 20, 10);
  for (guint i = 0; i < 2 * WEIR_SRT_STALL_MS / 500; i++) {
    raw_caller_control (&c, KEEP_ALIVE, NULL, 0);
    g_usleep (500 * 1000);
    if (i == 2)
      raw_caller_media (&c, 19, nothing, sizeof nothing); /* once more */
    srt_step (&s);
  }
  send_some (&s, &c, 21, 26, 10);
  raw_caller_media (&c, 20, nothing, sizeof nothing);
  send_some (&s, &c, 26, 126, 10);
  SRT_UNTIL (&s, srt_publisher (&s, 0)->bytes == 126 * sizeof nothing);
  g_assert_false (srt_publisher (&s, 0)->closed);
  raw_caller_stop (&c);
  srt_finish (&s, 0);
}

static gboolean
is_closed (const Publisher *p)
{
  return p->closed;
}

static gboolean
has_hole (const Publisher *p)
{
  return p->closed || p->stats.dropped > 0;
}

/* It is waited for, but not without end, and not again. */
static void
test_never_comes (void)
{
  Srt s = { 0 };
  Publisher *p;
  guint16 port;

  srt_start (&s);
  port = listen_and_wait (&s);
  leave_out_one (&s, port, is_closed);
  p = srt_publisher (&s, 0);
  g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_LOST);
  g_assert_cmpuint (p->stats.dropped, ==, 0);
  leave_out_one (&s, port, has_hole);
  g_assert_false (srt_publisher (&s, 1)->closed);
  srt_finish (&s, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srt/late/comes-late", test_comes_late);
  g_test_add_func ("/srt/late/pauses", test_pauses);
  g_test_add_func ("/srt/late/never-comes", test_never_comes);
  return g_test_run ();
}
