/* Tests the real weir-srt with callers of every kind: those the rules refuse,
 * encrypted ones, silent ones, rubbish. */
#include "fixture.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "programs/srt/crowd.h"

#define TS_OPTIONS                                                             \
  "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac"

static GPid
publish (const char *file, guint16 port, const char *id_and_options)
{
  return peer_start ("ffmpeg -v quiet -nostdin -re -stream_loop 20 -i %s "
                     "-c copy -f mpegts "
                     "srt://127.0.0.1:%u?pkt_size=1316&streamid=%s",
      file, port, id_and_options);
}

/* How often CODE was refused. */
static guint
refused (Srt *s, guint code)
{
  guint n = 0;

  for (guint i = 0; i < s->refused->len; i++) {
    const WeirSrtRefused *r = &g_array_index (s->refused, WeirSrtRefused, i);

    n += r->code == code ? r->times : 0;
  }
  return n;
}

static void
call (Srt *s, guint16 port, const char *stream_id)
{
  GPid ffmpeg = peer_start (
      "ffmpeg -v quiet -nostdin -f lavfi -i anullsrc -t 1 -c:a mp2 -f mpegts "
      "srt://127.0.0.1:%u?pkt_size=1316&streamid=%s",
      port, stream_id);

  g_assert_cmpint (peer_wait (ffmpeg), !=, 0);
}

static void
test_refused (void)
{
  char longest[WEIR_SRT_MAX_TEXT_BYTES + 1];
  Srt s = { 0 };
  guint16 port;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_APP, WEIR_SRT_RULE_CHECK_KEYS, 0, "keys", "", 0);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 1403, "live/barred", "", 0);
  port = srt_listen (&s, 1);
  call (&s, port, "#!::r=live/x,m=request");
  call (&s, port, "no-slash");
  call (&s, port, "live/barred");
  call (&s, port, "keys/x?key=guess");
  SRT_UNTIL (&s, refused (&s, 1405) >= 1 && refused (&s, 1400) >= 1
                     && refused (&s, 1403) >= 1 && refused (&s, 1401) >= 1);
  /* The longest stream id there is, of anything. */
  for (guint i = 0; i < WEIR_SRT_MAX_TEXT_BYTES; i++)
    longest[i] = (char) (1 + i * 7 % 255);
  longest[WEIR_SRT_MAX_TEXT_BYTES] = '\0';
  srt_call_to (&s, 2, port, longest, "");
  SRT_UNTIL (&s, srt_egress (&s, 2)->closed && refused (&s, 1400) >= 2);
  g_assert_cmpuint (srt_egress (&s, 2)->code, ==, 1400);
  srt_rule (&s, WEIR_SRT_RULE_ADDRESS, 0, 1423, "127.0.0.1", "", 0);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_PING });
  SRT_UNTIL (&s, s.pongs == 1); /* it has the rule */
  call (&s, port, "live/x");
  SRT_UNTIL (&s, refused (&s, 1423) >= 1);
  g_assert_cmpuint (s.publishers->len, ==, 0);
  srt_finish (&s, 0);
}

static void
test_encrypted (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  Srt s = { 0 };
  Publisher *p;
  guint16 port;
  GPid good, wrong, none;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 0, "live/x", "the-right-one", 32);
  port = srt_listen (&s, 1);
  wrong = publish (file, port, "live/x&passphrase=the_wrong_one&pbkeylen=32");
  none = publish (file, port, "live/x");
  g_assert_cmpint (peer_wait (wrong), !=, 0);
  g_assert_cmpint (peer_wait (none), !=, 0);
  SRT_UNTIL (&s, refused (&s, WEIR_SRT_BAD_SECRET) >= 2);
  g_assert_cmpuint (s.publishers->len, ==, 0);
  good = publish (file, port, "live/x&passphrase=the-right-one&pbkeylen=32");
  SRT_UNTIL (&s, (p = srt_publisher (&s, 0)) != NULL && p->packets[0] > 10);
  g_assert_cmpuint (p->key_length, ==, 32);
  peer_stop (good);
  good = publish (file, port, "live/x&passphrase=the-right-one&pbkeylen=16");
  SRT_UNTIL (&s, (p = srt_publisher (&s, 1)) != NULL && p->closed);
  g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_KEY);
  g_assert_cmpuint (p->packets[0], ==, 0);
  peer_stop (good);
  srt_finish (&s, 0);
  unlink (file);
}

/* A wrong passphrase takes nobody's place, as often as it may be tried. */
static void
test_guessed (void)
{
  Srt s = { 0 };
  guint64 number = 2;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 0, "live/x", "the-right-one", 32);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                    .srt_listen = { .port_id = 1,
                        .address = "127.0.0.1",
                        .address_size = 9,
                        .latency_ms = 120,
                        .max_latency_ms = 2000,
                        .silence_ms = 10000,
                        .max_callers = 4,
                        .fallback = "" } });
  SRT_UNTIL (&s, s.port_states[WEIR_SRT_PORT_OPEN] == 1);
  for (guint round = 1; round < WEIR_CROWD_TRIES / 4; round++) {
    for (guint i = 0; i < 4; i++, number += 2)
      srt_call_to (&s, number, s.port, "live/x", "the_wrong_one");
    SRT_UNTIL (&s, refused (&s, WEIR_SRT_BAD_SECRET) >= 4 * round);
  }
  g_assert_cmpuint (refused (&s, WEIR_SRT_OVERLOAD), ==, 0);
  srt_call_to (&s, number, s.port, "live/x", "the-right-one");
  SRT_UNTIL (&s, srt_egress (&s, number)->called);
  srt_finish (&s, 0);
}

/* Killed, it says no goodbye. */
static void
test_lost (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  Srt s = { 0 };
  Publisher *p;
  guint16 port;
  GPid ffmpeg;

  srt_start (&s);
  port = srt_listen (&s, 1);
  ffmpeg = publish (file, port, "live/x");
  SRT_UNTIL (&s, (p = srt_publisher (&s, 0)) != NULL && p->packets[0] > 50);
  peer_stop (ffmpeg);
  SRT_UNTIL (&s, p->closed);
  g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_LOST);
  srt_finish (&s, 0);
  unlink (file);
}

static void
test_bounds (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  Srt s = { 0 };
  Publisher *p;
  guint16 port;
  GPid ffmpeg;

  srt_start (&s);
  port = srt_listen (&s, 1);
  /* ffmpeg counts in microseconds. */
  ffmpeg = publish (file, port, "live/x&latency=5000000");
  SRT_UNTIL (&s, (p = srt_publisher (&s, 0)) != NULL && p->closed);
  g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_LATENCY);
  peer_stop (ffmpeg);
  /* Connected, and nothing comes. */
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                    .srt_listen = { .port_id = 2,
                        .address = "127.0.0.1",
                        .address_size = 9,
                        .latency_ms = 120,
                        .max_latency_ms = 2000,
                        .silence_ms = 1000,
                        .max_callers = 1,
                        .fallback = "live/fallback",
                        .fallback_size = 13 } });
  SRT_UNTIL (&s, s.port_states[WEIR_SRT_PORT_OPEN] == 2);
  srt_call_to (&s, 2, s.port, "", "");
  SRT_UNTIL (&s, srt_egress (&s, 2)->called);
  SRT_UNTIL (&s, (p = srt_publisher (&s, 1)) != NULL);
  g_assert_cmpstr (p->name, ==, "fallback");
  /* One more than there is room for. */
  srt_call_to (&s, 4, s.port, "live/y", "");
  SRT_UNTIL (&s, srt_egress (&s, 4)->closed);
  g_assert_cmpint (srt_egress (&s, 4)->why, ==, WEIR_SRT_CLOSED_REFUSED);
  g_assert_cmpuint (srt_egress (&s, 4)->code, ==, WEIR_SRT_OVERLOAD);
  SRT_UNTIL (&s, p->closed);
  g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_SILENT);
  /* It has left, so there is room again. */
  srt_call_to (&s, 6, s.port, "live/z", "");
  SRT_UNTIL (&s, srt_egress (&s, 6)->called);
  srt_finish (&s, 0);
  unlink (file);
}

/* Callers of whom the gateway has not decided yet. */
static void
test_early (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  Srt s = { 0 };
  Publisher *flood, *late;
  guint16 port;
  GPid ffmpeg;

  srt_start (&s);
  s.admit = FALSE;
  port = srt_listen (&s, 1);
  ffmpeg = peer_start ("ffmpeg -v quiet -nostdin -re -f lavfi -i "
                       "testsrc2=s=480x270:r=25 -pix_fmt yuv420p -f rawvideo "
                       "srt://127.0.0.1:%u?pkt_size=1316&streamid=live/flood",
      port);
  /* Some 16 MB have come, and next to nothing of it is kept. */
  SRT_UNTIL (&s,
      (flood = srt_publisher (&s, 0)) != NULL && flood->stats.packets > 12500);
  g_assert_false (flood->closed);
  g_assert_cmpuint (flood->stats.buffer_bytes, <, 4 * 1024 * 1024);
  peer_stop (ffmpeg);
  /* What can't be thrown away is not taken either. */
  ffmpeg = peer_start ("ffmpeg -v quiet -nostdin -re -f lavfi -i "
                       "testsrc2=s=640x360:r=25 -pix_fmt yuv420p -f rawvideo "
                       "srt://127.0.0.1:%u?pkt_size=1316&streamid=live/hoard"
                       "&latency=2000000",
      port);
  SRT_UNTIL (&s, (flood = srt_publisher (&s, 1)) != NULL && flood->closed);
  g_assert_cmpint (flood->why, ==, WEIR_SRT_CLOSED_INPUT);
  peer_stop (ffmpeg);
  /* Who is let in late is seen from then on. */
  ffmpeg = publish (file, port, "live/late");
  SRT_UNTIL (
      &s, (late = srt_publisher (&s, 2)) != NULL && late->stats.packets > 100);
  g_assert_cmpuint (late->packets[0], ==, 0);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_ADMIT,
                    .srt_admit = { late->number, 0 } });
  SRT_UNTIL (&s, late->packets[0] > 50);
  peer_stop (ffmpeg);
  srt_finish (&s, 0);
  unlink (file);
}

static void
test_ports (void)
{
  Srt s = { 0 };
  guint16 port;

  srt_start (&s);
  port = srt_listen (&s, 1);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                    .srt_listen = { .port_id = 2,
                        .address = "192.0.2.77",
                        .address_size = 10,
                        .latency_ms = 120,
                        .fallback = "" } });
  SRT_UNTIL (&s, s.port_states[WEIR_SRT_PORT_FAILED] == 1);
  g_assert_cmpstr (s.port_text, !=, "");
  srt_send (&s, &(WeirWireMessage){
                    .type = WEIR_WIRE_SRT_UNLISTEN, .srt_unlisten = { 1 } });
  SRT_UNTIL (&s, s.port_states[WEIR_SRT_PORT_CLOSED] == 1);
  srt_call_to (&s, 2, port, "live/x", "");
  SRT_UNTIL (&s, srt_egress (&s, 2)->closed);
  g_assert_cmpint (srt_egress (&s, 2)->why, ==, WEIR_SRT_CLOSED_REFUSED);
  g_assert_cmpuint (srt_egress (&s, 2)->code, ==, WEIR_SRT_TIMEOUT);
  srt_finish (&s, 0);
}

/* Both families on one port; who comes by IPv4 has that address. */
static void
test_families (void)
{
  g_autofree char *addresses = NULL;
  Srt s = { 0 };

  if (!g_file_get_contents ("/proc/net/if_inet6", &addresses, NULL, NULL)
      || strstr (addresses, " lo\n") == NULL) {
    g_test_skip ("there is no IPv6");
    return;
  }
  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_ADDRESS, 0, 1423, "127.0.0.1", "", 0);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                    .srt_listen = { .port_id = 1,
                        .address = "::",
                        .address_size = 2,
                        .latency_ms = 120,
                        .max_latency_ms = 2000,
                        .silence_ms = 10000,
                        .max_callers = 4,
                        .fallback = "" } });
  SRT_UNTIL (&s, s.port_states[WEIR_SRT_PORT_OPEN] == 1);
  srt_call_to (&s, 2, s.port, "live/x", "");
  SRT_UNTIL (&s, srt_egress (&s, 2)->closed && refused (&s, 1423) >= 1);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CALL,
                    .srt_call = { 4, "::1", 3, s.port, "live/x", 6, "", 0, 0,
                        120, 3000 } });
  SRT_UNTIL (&s, srt_egress (&s, 4)->called);
  srt_finish (&s, 0);
}

static void
send_rubbish (guint16 port, guint n)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to = { .sin_family = AF_INET,
    .sin_port = htons (port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < n; i++) {
    guint8 datagram[1500];
    gsize size = (gsize) g_rand_int_range (rand, 0, sizeof datagram);

    for (gsize j = 0; j < size; j++)
      datagram[j] = (guint8) g_rand_int (rand);
    if (i % 3 == 0 && size > 16) /* a handshake, as far as that goes */
      memcpy (datagram, "\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    sendto (fd, datagram, size, 0, (struct sockaddr *) &to, sizeof to);
  }
  close (fd);
}

/* While one publishes: rubbish in datagrams, and callers that are refused or
 * send what is no MPEG-TS. */
static void
test_abuse (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  Srt s = { 0 };
  Publisher *p, *bad;
  guint16 port;
  GPid ffmpeg, liar;
  guint holes, before;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_APP, 0, 1404, "wrong", "", 0);
  port = srt_listen (&s, 1);
  ffmpeg = publish (file, port, "live/x");
  SRT_UNTIL (&s, (p = srt_publisher (&s, 0)) != NULL && p->packets[0] > 25);
  holes = p->discont[0];
  send_rubbish (port, 3000);
  for (guint i = 0; i < 200; i++)
    srt_call_to (&s, 2 + 2 * i, port, "wrong/x", "");
  SRT_UNTIL (&s, refused (&s, 1404) + refused (&s, WEIR_SRT_OVERLOAD) >= 200);
  SRT_UNTIL (&s, srt_egress (&s, 2 + 2 * 199)->closed);
  liar = peer_start ("ffmpeg -v quiet -nostdin -re -f lavfi -i "
                     "testsrc2=s=64x64:r=25 -f rawvideo "
                     "srt://127.0.0.1:%u?pkt_size=1316&streamid=live/liar",
      port);
  SRT_UNTIL (&s, (bad = srt_publisher (&s, 1)) != NULL && bad->bytes > 100000);
  before = p->packets[0];
  SRT_UNTIL (&s, p->packets[0] > before + 25 && bad->stats.broken > 0);
  g_assert_cmpuint (bad->packets[0] + bad->packets[1], ==, 0);
  g_assert_cmpuint (p->discont[0], ==, holes);
  g_assert_false (p->closed);
  peer_stop (liar);
  peer_stop (ffmpeg);
  srt_finish (&s, 0);
  unlink (file);
}

/* What breaks a promise of the wire ends the process, with words. */
static void
test_promises (void)
{
  Srt s = { 0 };

  srt_start (&s);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CALL,
                    .srt_call = { .connection = 1,
                        .address = "127.0.0.1",
                        .address_size = 9,
                        .stream_id = "",
                        .passphrase = "" } });
  srt_finish (&s, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/callers/refused", test_refused);
  g_test_add_func ("/callers/encrypted", test_encrypted);
  g_test_add_func ("/callers/guessed", test_guessed);
  g_test_add_func ("/callers/lost", test_lost);
  g_test_add_func ("/callers/bounds", test_bounds);
  g_test_add_func ("/callers/early", test_early);
  g_test_add_func ("/callers/ports", test_ports);
  g_test_add_func ("/callers/families", test_families);
  g_test_add_func ("/callers/abuse", test_abuse);
  g_test_add_func ("/callers/promises", test_promises);
  return g_test_run ();
}
