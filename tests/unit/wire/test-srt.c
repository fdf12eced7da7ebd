/* Tests gateway/wire/srt.c: every message between weir and weir-srt goes
 * round, and nothing that is cut short, too long or over a limit gets in. */
#include "wire/wire.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

static guint8 bulk[WEIR_SRT_MAX_PACKET_BYTES];
#define LONGEST (const char *) bulk, WEIR_SRT_MAX_TEXT_BYTES
#define PASSPHRASE (const char *) bulk, WEIR_SRT_MAX_PASSPHRASE_BYTES
#define MESSAGES 24

static const guint8 peer[WEIR_SRT_ADDRESS_BYTES] = {
  [10] = 255, [11] = 255, 1, 2, 3, 4
};

/* One of each, then the biggest. Every field differs from its neighbours. */
static guint
make_messages (WeirWireMessage messages[MESSAGES])
{
  const guint64 c = G_GUINT64_CONSTANT (0x8877665544332211);
  guint n = 0;

#define ADD(TYPE, FIELD, ...)                                                  \
  messages[n++] = (WeirWireMessage)                                            \
  {                                                                            \
    .type = WEIR_WIRE_SRT_##TYPE, .FIELD = { __VA_ARGS__ }                     \
  }
  memset (messages, 0, MESSAGES * sizeof *messages);
  ADD (LISTEN, srt_listen, 1, "::", 2, 9000, 120, 8000, 10000, 200, 20, "a/b",
      3, 1);
  ADD (UNLISTEN, srt_unlisten, 0xfffffffeu);
  ADD (RULE, srt_rule, WEIR_SRT_RULE_KEY, WEIR_SRT_RULE_REMOVE, 1403,
      (const char *) bulk, WEIR_SRT_SECRET_HASH_BYTES, "live/x", 6,
      "0123456789", 10, 32);
  ADD (ADMIT, srt_admit, c, 0x1234);
  ADD (CLOSE, srt_close, c, WEIR_SRT_CLOSE_DRAIN);
  ADD (CALL, srt_call, c, "127.0.0.1", 9, 9001, "#!::r=a/b", 9, "passphrase",
      10, 24, 200, 3000);
  ADD (CONFIG, srt_config, c, 1, 5, bulk, 2);
  ADD (PACKET, srt_packet, c, 0, 3, 5000000000, -1, 77, bulk, 100);
  ADD (PORT, srt_port, 1, WEIR_SRT_PORT_FAILED, 9000, "in use", 6);
  ADD (REFUSED, srt_refused, 1, 1404, 7, { 0 }, 4711, "nowhere", 7);
  memcpy (messages[n - 1].srt_refused.address, peer, sizeof peer);
  ADD (CALLER, srt_caller, c, 1, { 0 }, 4711, 0x10501, 300, 16, "live", 4,
      "name", 4, "secret", 6, "who", 3, "a=b", 3);
  memcpy (messages[n - 1].srt_caller.address, peer, sizeof peer);
  ADD (BYTES, srt_bytes, c, 1316, 99);
  ADD (CALLED, srt_called, c, 0x10500, 400, 32);
  ADD (TAKEN, srt_taken, c, 11, 12, 13);
  ADD (CLOSED, srt_closed, c, WEIR_SRT_CLOSED_FAILED, 1409, 55, "why", 3);
  ADD (STATS, srt_stats, c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  ADD (TROUBLE, srt_trouble, c, "a hole", 6);
  ADD (PING, srt_ping, 0x01020304);
  ADD (PONG, srt_ping, 0x01020305);
  ADD (LISTEN, srt_listen, 1, LONGEST, 9000, 120, 8000, 10000, 200, 20, LONGEST,
      0);
  ADD (RULE, srt_rule, WEIR_SRT_RULE_NAME, 0, 0, (const char *) bulk,
      WEIR_SRT_MAX_KEY_BYTES, (const char *) bulk, WEIR_SRT_MAX_KEY_BYTES,
      PASSPHRASE, 0);
  ADD (CALL, srt_call, c, LONGEST, 9001, LONGEST, PASSPHRASE, 0, 1, 2);
  ADD (CONFIG, srt_config, c, 0, 1, bulk, WEIR_SRT_MAX_CONFIG_BYTES);
  ADD (PACKET, srt_packet, c, 1, 0, 1, 2, 3, bulk, WEIR_SRT_MAX_PACKET_BYTES);
#undef ADD
  g_assert_cmpuint (n, <=, MESSAGES);
  return n;
}

static gboolean
parse_frame (const GByteArray *frame, WeirWireMessage *ret, GError **error)
{
  WeirWireType type;
  guint32 size;

  g_assert_true (weir_wire_parse_header (frame->data, &size, &type, NULL));
  g_assert_cmpuint (size, ==, frame->len - WEIR_WIRE_HEADER_BYTES);
  return weir_wire_parse (
      type, frame->data + WEIR_WIRE_HEADER_BYTES, size, ret, error);
}

static void
test_round_trip (void)
{
  WeirWireMessage messages[MESSAGES];
  guint n = make_messages (messages);
  gboolean seen[WEIR_WIRE_SRT_PONG + 1] = { FALSE };

  for (guint i = 0; i < n; i++) {
    g_autoptr (GByteArray) once = g_byte_array_new ();
    g_autoptr (GByteArray) twice = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    WeirWireMessage back;

    seen[messages[i].type] = TRUE;
    weir_wire_write (&messages[i], once);
    g_assert_true (parse_frame (once, &back, &error));
    g_assert_no_error (error);
    g_assert_cmpint (back.type, ==, messages[i].type);
    weir_wire_write (&back, twice);
    g_assert_cmpmem (once->data, once->len, twice->data, twice->len);
  }
  for (guint t = WEIR_WIRE_SRT_LISTEN; t <= WEIR_WIRE_SRT_PONG; t++)
    g_assert_true (seen[t]);
}

/* Fields of every kind; that none is left out or out of place shows in the
 * sizes and, for good, here. */
static void
test_fields (void)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  WeirWireMessage messages[MESSAGES], back;
  const WeirSrtCaller *caller = &back.srt_caller;
  const WeirSrtPacket *packet = &back.srt_packet;
  const WeirSrtStats *stats = &back.srt_stats;

  make_messages (messages);
  weir_wire_write (&messages[10], frame);
  g_assert_true (parse_frame (frame, &back, NULL));
  g_assert_cmpuint (
      caller->connection, ==, G_GUINT64_CONSTANT (0x8877665544332211));
  g_assert_cmpmem (caller->address, 16, peer, 16);
  g_assert_cmpuint (caller->port, ==, 4711);
  g_assert_cmpuint (caller->peer_version, ==, 0x10501);
  g_assert_cmpuint (caller->latency_ms, ==, 300);
  g_assert_cmpuint (caller->key_length, ==, 16);
  g_assert_cmpmem (caller->app, caller->app_size, "live", 4);
  g_assert_cmpmem (caller->secret, caller->secret_size, "secret", 6);
  g_assert_cmpmem (caller->query, caller->query_size, "a=b", 3);

  g_byte_array_set_size (frame, 0);
  weir_wire_write (&messages[7], frame);
  g_assert_true (parse_frame (frame, &back, NULL));
  g_assert_cmpuint (packet->track, ==, 0);
  g_assert_cmpuint (packet->flags, ==, 3);
  g_assert_cmpint (packet->dts_ms, ==, 5000000000);
  g_assert_cmpint (packet->pts_ms, ==, -1);
  g_assert_cmpint (packet->arrival_us, ==, 77);
  g_assert_cmpmem (packet->data, packet->size, bulk, 100);

  g_byte_array_set_size (frame, 0);
  weir_wire_write (&messages[15], frame);
  g_assert_true (parse_frame (frame, &back, NULL));
  g_assert_cmpuint (stats->rtt_us, ==, 1);
  g_assert_cmpuint (stats->packets, ==, 5);
  g_assert_cmpuint (stats->undecrypted, ==, 9);
  g_assert_cmpuint (stats->withheld, ==, 13);
}

static void
test_truncated_and_longer (void)
{
  WeirWireMessage messages[MESSAGES];
  guint n = make_messages (messages);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GByteArray) frame = g_byte_array_new ();
    const guint8 *payload;
    WeirWireMessage ret = { .type = 99 };
    gsize size, step;

    weir_wire_write (&messages[i], frame);
    size = frame->len - WEIR_WIRE_HEADER_BYTES;
    step = 1 + size / 200;
    for (gsize cut = 0; cut < size; cut += step) {
      g_autoptr (GError) error = NULL;
      /* A block of its own, so that reading past it is seen. */
      g_autofree guint8 *exact =
          g_memdup2 (frame->data + WEIR_WIRE_HEADER_BYTES, cut ? cut : 1);

      g_assert_false (
          weir_wire_parse (messages[i].type, exact, cut, &ret, &error));
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
      g_assert_cmpint (ret.type, ==, 99);
    }
    g_byte_array_append (frame, bulk, 1);
    payload = frame->data + WEIR_WIRE_HEADER_BYTES;
    g_assert_false (
        weir_wire_parse (messages[i].type, payload, size + 1, &ret, NULL));
  }
}

/* Writes M, puts VALUE over the BYTES at OFFSET of the payload and wants the
 * result refused. */
static void
assert_broken (const WeirWireMessage *m, gsize offset, guint bytes,
    guint64 value, int code, const char *text)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WeirWireMessage ret;

  weir_wire_write (m, frame);
  weir_put_uint (frame->data + WEIR_WIRE_HEADER_BYTES + offset, value, bytes);
  g_assert_false (parse_frame (frame, &ret, &error));
  g_assert_error (error, WEIR_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
}

static void
test_limits (void)
{
  WeirWireMessage m[MESSAGES];

  make_messages (m);
  assert_broken (&m[0], 4, 2, 513, WEIR_ERROR_LIMIT,
      "SRT_LISTEN: 513 bytes, at most 512 are taken");
  assert_broken (&m[2], 0, 1, WEIR_SRT_RULE_KINDS, WEIR_ERROR_PROTOCOL,
      "SRT_RULE: value 5, below 5 expected");
  assert_broken (&m[2], 4, 2, WEIR_SRT_MAX_KEY_BYTES + 1, WEIR_ERROR_LIMIT,
      "SRT_RULE: 301 bytes, at most 300 are taken");
  assert_broken (&m[2], 4 + 2 + 32 + 2 + 6, 2, 80, WEIR_ERROR_LIMIT,
      "SRT_RULE: 80 bytes, at most 79 are taken");
  assert_broken (&m[4], 8, 1, WEIR_SRT_CLOSE_KINDS, WEIR_ERROR_PROTOCOL,
      "SRT_CLOSE: value 2, below 2 expected");
  assert_broken (&m[6], 8, 1, WEIR_SRT_TRACKS, WEIR_ERROR_PROTOCOL,
      "SRT_CONFIG: value 2, below 2 expected");
  assert_broken (&m[6], 10, 4, WEIR_SRT_MAX_CONFIG_BYTES + 1, WEIR_ERROR_LIMIT,
      "SRT_CONFIG: 65537 bytes, at most 65536 are taken");
  assert_broken (&m[7], 34, 4, WEIR_SRT_MAX_PACKET_BYTES + 1, WEIR_ERROR_LIMIT,
      "SRT_PACKET: 8388609 bytes, at most 8388608 are taken");
  assert_broken (&m[8], 4, 1, WEIR_SRT_PORT_STATES, WEIR_ERROR_PROTOCOL,
      "SRT_PORT: value 3, below 3 expected");
  assert_broken (&m[14], 8, 1, WEIR_SRT_CLOSED_KINDS, WEIR_ERROR_PROTOCOL,
      "SRT_CLOSED: value 9, below 9 expected");
}

static void
test_writing_over_a_limit_aborts (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    WeirWireMessage m = { .type = WEIR_WIRE_SRT_TROUBLE,
      .srt_trouble = { 1, (const char *) bulk, WEIR_SRT_MAX_TEXT_BYTES + 1 } };

    weir_wire_write (&m, out);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < sizeof bulk; i++)
    bulk[i] = (guint8) (i ^ i >> 8);
  g_test_add_func ("/wire/srt/round-trip", test_round_trip);
  g_test_add_func ("/wire/srt/fields", test_fields);
  g_test_add_func ("/wire/srt/truncated-and-longer", test_truncated_and_longer);
  g_test_add_func ("/wire/srt/limits", test_limits);
  g_test_add_func ("/wire/srt/writing-over-a-limit-aborts",
      test_writing_over_a_limit_aborts);
  return g_test_run ();
}
