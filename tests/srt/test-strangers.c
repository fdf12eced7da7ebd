/* Tests the real weir-srt with what strangers can send to its port: handshakes
 * that claim what can't be, reports that nobody makes, and many wrong callers
 * a second, from many addresses, while others publish. */
#include "fixture.h"

#include <unistd.h>

#include "programs/srt/crowd.h"
#include "programs/srt/datagrams.h"
#include "programs/srt/early.h"
#include "raw-caller.h"
#include "wrong-callers.h"

#define TS_OPTIONS                                                             \
  "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac"
#define CALLS 600
#define PASSPHRASE "the-right-one"
#define ADDRESSES 8
#define TIMES 20
#define GUESSES 400
#define HOARDERS 10
#define HOARD_LATENCY_MS 30000
#define LOSS_REPORT 3
#define DROP_REQUEST 7

static const RawClaims usual = { 1500, 8192, FALSE };
static const RawClaims patient = { 1500, 8192, FALSE, HOARD_LATENCY_MS };
static const RawClaims guess = { 1500, 8192, TRUE };

/* How often CODE was refused; 0: any. */
static guint
refused (Srt *s, guint code)
{
  guint n = 0;

  for (guint i = 0; i < s->refused->len; i++) {
    const WeirSrtRefused *r = &g_array_index (s->refused, WeirSrtRefused, i);

    n += code == 0 || r->code == code ? r->times : 0;
  }
  return n;
}

/* Nothing is made of a handshake that claims too much: the answer that comes
 * is to the one behind it. */
static void
test_claims (void)
{
  const RawClaims wrong[] = {
    { 1500, WEIR_DATAGRAMS_MAX_FLOW_WINDOW + 1 },
    { 1500, 0x3fffffff },
    { 1500, 0xffffffff },
    { WEIR_DATAGRAMS_MIN_MTU - 1, 8192 },
    { 32, 8192 },
    { 0, 8192 },
  };
  const RawClaims right[] = {
    { 1500, WEIR_DATAGRAMS_MAX_FLOW_WINDOW },
    { WEIR_DATAGRAMS_MIN_MTU, 8192 },
    { 9000, 8192 },
  };
  Srt s = { 0 };
  guint32 id = 100;
  guint16 port;

  srt_start (&s);
  port = srt_listen (&s, 1);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    RawCaller c;
    gboolean in;

    raw_caller_start (&c, 1, port);
    raw_caller_conclude (&c, id++, &wrong[i], "live/wrong");
    raw_caller_conclude (
        &c, id, &right[i % G_N_ELEMENTS (right)], "live/right");
    g_assert_cmpuint (raw_caller_answered (&c, &in), ==, id++);
    g_assert_true (in);
    raw_caller_stop (&c);
    SRT_UNTIL (&s, s.publishers->len == i + 1);
    g_assert_cmpstr (srt_publisher (&s, i)->name, ==, "right");
  }
  srt_finish (&s, 0);
}

/* A publisher that reports losses, of what it never got, is none the worse. */
static void
test_reports (void)
{
  const guint32 beyond[] = { 0x80000000 | 5, 5000 }, cut[] = { 1000 };
  const guint8 media[188] = { 0x47, 0x1f, 0xff, 0x10 };
  Srt s = { 0 };
  Publisher *p;
  RawCaller c;
  gboolean in;

  srt_start (&s);
  raw_caller_start (&c, 1, srt_listen (&s, 1));
  raw_caller_conclude (&c, 7, &usual, "live/x");
  g_assert_cmpuint (raw_caller_answered (&c, &in), ==, 7);
  g_assert_true (in);
  raw_caller_control (&c, LOSS_REPORT, beyond, G_N_ELEMENTS (beyond));
  raw_caller_control (&c, LOSS_REPORT, beyond, 1);
  raw_caller_control (&c, DROP_REQUEST, cut, G_N_ELEMENTS (cut));
  raw_caller_control (&c, DROP_REQUEST, cut, 0);
  for (guint i = 0; i < 3; i++)
    raw_caller_media (&c, i, media, sizeof media);
  SRT_UNTIL (&s, (p = srt_publisher (&s, 0)) != NULL && p->stats.packets == 3);
  g_assert_false (p->closed);
  raw_caller_stop (&c);
  srt_finish (&s, 0);
}

/* About two hundred a second, until UNTIL have called. */
static void
go_on (Srt *s, WrongCallers *callers, guint until)
{
  for (guint called = wrong_callers_count (callers); called < until;) {
    gint64 next_us = g_get_monotonic_time () + 20000;

    for (guint i = 0; i < 4; i++, called++)
      wrong_callers_call (callers);
    wrong_callers_are_refused (callers);
    while (g_get_monotonic_time () < next_us)
      srt_step (s);
  }
}

static GPid
publish (const char *file, guint16 port, const char *id_and_options)
{
  return peer_start ("ffmpeg -v quiet -nostdin -re -stream_loop 20 -i %s "
                     "-c copy -f mpegts "
                     "srt://127.0.0.1:%u?pkt_size=1316&streamid=%s",
      file, port, id_and_options);
}

/* Whoever streams loses nothing, whoever comes with the right passphrase gets
 * in, and each of the others is counted. */
static void
test_flood (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  Publisher *first, *second;
  WrongCallers *callers;
  Srt s = { 0 };
  guint discont;
  guint16 port;
  GPid one, other;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 0, "live/in", PASSPHRASE, 32);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 1401, "live/keys", "", 0);
  port = srt_listen (&s, 1);
  callers = wrong_callers_new (port, CALLS);
  one = publish (file, port, "live/first");
  SRT_UNTIL (
      &s, (first = srt_publisher (&s, 0)) != NULL && first->packets[0] > 25);
  discont = first->discont[0];

  go_on (&s, callers, CALLS / 3);
  other = publish (file, port, "live/in&passphrase=" PASSPHRASE "&pbkeylen=32");
  go_on (&s, callers, CALLS);
  SRT_UNTIL (&s, wrong_callers_are_refused (callers));
  SRT_UNTIL (
      &s, (second = srt_publisher (&s, 1)) != NULL && second->packets[0] > 50);
  /* Passphrases that fail again and again are not tried any more. Who is not
   * answered in time asks again, and is counted again. */
  SRT_UNTIL (
      &s, refused (&s, WEIR_SRT_BAD_SECRET) + refused (&s, WEIR_SRT_OVERLOAD)
                  >= 2 * CALLS / 5
              && refused (&s, WEIR_SRT_BAD_REQUEST) >= CALLS / 5
              && refused (&s, WEIR_SRT_UNAUTHORIZED) >= CALLS / 5
              && refused (&s, WEIR_SRT_BAD_MODE) >= CALLS / 5);
  g_assert_cmpuint (refused (&s, WEIR_SRT_OVERLOAD), >, 0);
  g_assert_cmpuint (s.publishers->len, ==, 2);
  for (guint i = 0; i < 2; i++) {
    g_assert_false (srt_publisher (&s, i)->closed);
    g_assert_cmpuint (srt_publisher (&s, i)->stats.dropped, ==, 0);
    g_assert_cmpuint (srt_publisher (&s, i)->stats.holes, ==, 0);
  }
  g_assert_cmpuint (first->discont[0], ==, discont);
  peer_stop (one);
  peer_stop (other);
  srt_finish (&s, 0);
  wrong_callers_free (callers);
  unlink (file);
}

/* Wrong conclusions from each of RAW, GUESSES a second in all. */
static void
guess_on (Srt *s, RawCaller *raw, guint ms)
{
  static guint32 id = 1000;

  for (guint i = 0; i < ms / 20; i++) {
    gint64 next_us = g_get_monotonic_time () + 20000;

    for (guint n = 0; n < GUESSES / 50; n++, id++)
      raw_caller_conclude (&raw[id % ADDRESSES], id, &guess, "live/in");
    for (guint n = 0; n < ADDRESSES; n++)
      raw_caller_forget_answers (&raw[n]);
    while (g_get_monotonic_time () < next_us)
      srt_step (s);
  }
}

/* Wrong passphrases by the hundred a second, from a few addresses. Whoever
 * streams loses nothing, whoever has the right one gets in at once. */
static void
test_guesses (void)
{
  g_autofree char *file = make_ts (2, TS_OPTIONS);
  RawCaller raw[ADDRESSES];
  Publisher *first;
  Srt s = { 0 };
  guint discont;
  guint16 port;
  GPid one;

  srt_start (&s);
  srt_rule (&s, WEIR_SRT_RULE_NAME, 0, 0, "live/in", PASSPHRASE, 16);
  port = srt_listen (&s, 1);
  one = publish (file, port, "live/first");
  SRT_UNTIL (
      &s, (first = srt_publisher (&s, 0)) != NULL && first->packets[0] > 25);
  discont = first->discont[0];
  for (guint i = 0; i < ADDRESSES; i++)
    raw_caller_start (&raw[i], 2 + i, port);

  for (guint i = 0; i < TIMES; i++) {
    guint64 number = 2 + 2 * i;

    guess_on (&s, raw, 300);
    srt_call_to (&s, number, port, "live/in", PASSPHRASE);
    guess_on (&s, raw, 200);
    SRT_UNTIL (
        &s, srt_egress (&s, number)->called || srt_egress (&s, number)->closed);
    g_assert_cmpuint (srt_egress (&s, number)->code, ==, 0);
    g_assert_true (srt_egress (&s, number)->called);
    srt_close_it (&s, number, WEIR_SRT_CLOSE_CUT);
  }
  /* All are refused, and most at once. */
  SRT_UNTIL (
      &s, refused (&s, WEIR_SRT_BAD_SECRET) + refused (&s, WEIR_SRT_OVERLOAD)
              >= TIMES * GUESSES / 2);
  g_assert_cmpuint (refused (&s, WEIR_SRT_OVERLOAD), >, TIMES * GUESSES / 4);
  g_assert_cmpuint (refused (&s, WEIR_SRT_BAD_SECRET), >=, WEIR_CROWD_TRIES);
  g_assert_false (first->closed);
  g_assert_cmpuint (first->stats.dropped, ==, 0);
  g_assert_cmpuint (first->stats.holes, ==, 0);
  g_assert_cmpuint (first->discont[0], ==, discont);
  for (guint i = 0; i < ADDRESSES; i++)
    raw_caller_stop (&raw[i]);
  peer_stop (one);
  srt_finish (&s, 0);
  unlink (file);
}

/* Callers that the gateway says nothing about send what their latency keeps
 * from being read. Each keeps within its own bound, so it is all of them
 * together who have too much. */
static void
test_hoard (void)
{
  const guint8 media[7 * 188] = { 0x47, 0x1f, 0xff, 0x10 };
  RawCaller raw[HOARDERS], modest;
  guint most = 0, closed = 0, seq = 0, all;
  Publisher *p, *last;
  Srt s = { 0 };
  gboolean in;

  srt_start (&s);
  s.admit = FALSE;
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                    .srt_listen = { .port_id = 1,
                        .address = "127.0.0.1",
                        .address_size = 9,
                        .latency_ms = 120,
                        .max_latency_ms = HOARD_LATENCY_MS,
                        .silence_ms = 10000,
                        .max_callers = 200,
                        .fallback = "" } });
  SRT_UNTIL (&s, s.port_states[WEIR_SRT_PORT_OPEN] == 1);
  for (guint i = 0; i <= HOARDERS; i++) {
    RawCaller *c = i < HOARDERS ? &raw[i] : &modest;

    raw_caller_start (c, 1, s.port);
    raw_caller_conclude (c, 7 + i, &patient, "live/x");
    g_assert_cmpuint (raw_caller_answered (c, &in), ==, 7 + i);
    g_assert_true (in);
    SRT_UNTIL (&s, s.publishers->len == i + 1);
  }
  last = srt_publisher (&s, HOARDERS);
  for (; closed == 0; seq++) {
    for (guint i = 0; i < HOARDERS; i++)
      raw_caller_media (&raw[i], seq, media, sizeof media);
    if (seq % 10 != 0)
      continue;
    raw_caller_media (&modest, seq / 10, media, sizeof media);
    srt_step (&s);
    for (guint i = 0; i < HOARDERS; i++) {
      p = srt_publisher (&s, i);
      most = MAX (most, p->stats.buffer_bytes);
      closed += p->closed;
    }
  }
  g_assert_cmpuint (most, <, WEIR_SRT_EARLY_BYTES);
  all = 0;
  for (guint i = 0; i < HOARDERS; i++) {
    p = srt_publisher (&s, i);
    if (p->closed)
      g_assert_cmpint (p->why, ==, WEIR_SRT_CLOSED_INPUT);
    else
      all += p->stats.buffer_bytes;
  }
  g_assert_cmpuint (all, <=, WEIR_SRT_EARLY_ALL_BYTES);
  g_assert_false (last->closed);
  for (guint i = 0; i < HOARDERS; i++)
    raw_caller_stop (&raw[i]);
  raw_caller_stop (&modest);
  srt_finish (&s, 0);
}

/* Callers that are not admitted take places only as long as they are: a
 * quarter of what is free for an address, and all are theirs again. */
static void
test_waiting (void)
{
  Srt s = { 0 };
  RawCaller c;
  guint n = 0, before;
  guint32 id = 7;
  guint16 port;
  gboolean in;

  srt_start (&s);
  s.admit = FALSE;
  port = srt_listen (&s, 1);
  raw_caller_start (&c, 2, port);
  do {
    raw_caller_conclude (&c, id, &usual, "live/x");
    g_assert_cmpuint (raw_caller_answered (&c, &in), ==, id++);
    n += in;
  } while (in);
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpuint (n, <, WEIR_CROWD_MAX_WAITING / 4);
  SRT_UNTIL (
      &s, s.publishers->len == n && refused (&s, WEIR_SRT_OVERLOAD) >= 1);
  /* Another address finds room; so does this one, when one is let in. */
  srt_call_to (&s, 2, port, "live/y", "");
  SRT_UNTIL (&s, srt_egress (&s, 2)->called);
  before = s.publishers->len;
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_ADMIT,
                    .srt_admit = { srt_publisher (&s, 0)->number, 0 } });
  srt_close_it (&s, srt_publisher (&s, 1)->number, WEIR_SRT_CLOSE_CUT);
  srt_send (&s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_PING });
  SRT_UNTIL (&s, s.pongs == 1);
  raw_caller_conclude (&c, id, &usual, "live/x");
  g_assert_cmpuint (raw_caller_answered (&c, &in), ==, id);
  g_assert_true (in);
  SRT_UNTIL (&s, s.publishers->len > before);
  raw_caller_stop (&c);
  srt_finish (&s, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strangers/claims", test_claims);
  g_test_add_func ("/strangers/reports", test_reports);
  g_test_add_func ("/strangers/flood", test_flood);
  g_test_add_func ("/strangers/guesses", test_guesses);
  g_test_add_func ("/strangers/hoard", test_hoard);
  g_test_add_func ("/strangers/waiting", test_waiting);
  return g_test_run ();
}
