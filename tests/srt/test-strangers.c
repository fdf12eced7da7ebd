/* Tests the real weir-srt with what strangers can send to its port: handshakes
 * that claim what can't be, reports that nobody makes, and many wrong callers
 * a second, from many addresses, while others publish. */
#include "fixture.h"

#include <unistd.h>

#include "programs/srt/datagrams.h"
#include "raw-caller.h"
#include "wrong-callers.h"

#define TS_OPTIONS                                                             \
  "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac"
#define CALLS 600
#define PASSPHRASE "the-right-one"
#define LOSS_REPORT 3
#define DROP_REQUEST 7

static const RawClaims usual = { 1500, 8192 };

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

    raw_caller_start (&c, port);
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
  raw_caller_start (&c, srt_listen (&s, 1));
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
  SRT_UNTIL (&s, refused (&s, 0) >= CALLS);
  g_assert_cmpuint (refused (&s, WEIR_SRT_BAD_SECRET), >=, 2 * CALLS / 5);
  g_assert_cmpuint (refused (&s, WEIR_SRT_BAD_REQUEST), >=, CALLS / 5);
  g_assert_cmpuint (refused (&s, WEIR_SRT_UNAUTHORIZED), >=, CALLS / 5);
  g_assert_cmpuint (refused (&s, WEIR_SRT_BAD_MODE), >=, CALLS / 5);
  g_assert_cmpuint (refused (&s, WEIR_SRT_OVERLOAD), ==, 0);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strangers/claims", test_claims);
  g_test_add_func ("/strangers/reports", test_reports);
  g_test_add_func ("/strangers/flood", test_flood);
  return g_test_run ();
}
