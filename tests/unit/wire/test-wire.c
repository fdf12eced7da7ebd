/* Tests gateway/wire/wire.c: every message goes round, and nothing that is cut
 * short, too long or over a limit gets in. */
#include "wire/wire.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

static guint8 bulk[WEIR_WIRE_MAX_UNIT_BYTES];

static void
fill_sample (WeirWireMessage *m, guint n_hits, gsize still_size)
{
  m->type = WEIR_WIRE_SAMPLE;
  m->sample.job = G_MAXUINT64 - 1;
  m->sample.pts_ms = -40;
  m->sample.quality = 100;
  for (guint i = 0; i < WEIR_WIRE_HASH_BYTES; i++)
    m->sample.hash[i] = (guint8) (i * 7 + 1);
  m->sample.cost_us = 12345;
  m->sample.n_hits = (guint16) n_hits;
  for (guint i = 0; i < n_hits; i++)
    m->sample.hits[i] = (WeirWireHit){ .entry = 0xfffffff0u + i % 16,
      .distance = (guint16) (4 * i),
      .probe = (guint8) i };
  m->sample.n_scores = 2;
  m->sample.scores[0] = 0;
  m->sample.scores[1] = WEIR_WIRE_SCORE_ONE;
  m->sample.still = still_size ? bulk : NULL;
  m->sample.still_size = still_size;
}

/* One of each, then the biggest of each. */
static guint
make_messages (WeirWireMessage messages[16])
{
  guint n = 0;

  memset (messages, 0, 16 * sizeof *messages);
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_HELLO,
    .hello = { WEIR_WIRE_VERSION, "weir-analyzer", 13 } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_CONFIG,
    .config = { 7, 1, bulk, 40 } };
  messages[n++] =
      (WeirWireMessage){ .type = WEIR_WIRE_FORGET, .forget = { 0xffffffffu } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_UNIT,
    .unit = { 1, 7, -1, WEIR_WIRE_UNIT_STILL, bulk, 100 } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_READY };
  fill_sample (&messages[n++], 0, 0);
  fill_sample (&messages[n++], 3, 50);
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_FAILED,
    .failed = { 9, "no picture", 10 } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_UNIT,
    .unit = { 2, 7, G_MAXINT64, 0, bulk, sizeof bulk } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_CONFIG,
    .config = { 8, 1, bulk, WEIR_WIRE_MAX_CONFIG_BYTES } };
  fill_sample (&messages[n++], WEIR_WIRE_MAX_HITS, WEIR_WIRE_MAX_STILL_BYTES);
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_GROUP,
    .group = { 3, G_MAXUINT64, 7, 200, -5, WEIR_WIRE_GROUP_KEY, bulk, 60 } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_DECODED,
    .decoded = { 3, 0xfffffff0u } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_LEAVE,
    .leave = { G_MAXUINT64 - 3 } };
  messages[n++] = (WeirWireMessage){ .type = WEIR_WIRE_GROUP,
    .group = { 4, 1, 7, 0, G_MININT64, 0, bulk, sizeof bulk } };
  messages[n++] =
      (WeirWireMessage){ .type = WEIR_WIRE_INDEX, .index = { 256 } };
  return n;
}

static gboolean
parse_frame (
    const guint8 *frame, gsize size, WeirWireMessage *ret, GError **error)
{
  WeirWireType type;
  guint32 payload_size;

  g_assert_true (weir_wire_parse_header (frame, &payload_size, &type, NULL));
  g_assert_cmpuint (payload_size, ==, size - WEIR_WIRE_HEADER_BYTES);
  return weir_wire_parse (
      type, frame + WEIR_WIRE_HEADER_BYTES, payload_size, ret, error);
}

/* Every field counts in the bytes, so equal bytes mean equal messages. */
static void
test_round_trip (void)
{
  WeirWireMessage messages[16];
  guint n = make_messages (messages);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GByteArray) once = g_byte_array_new ();
    g_autoptr (GByteArray) twice = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    WeirWireMessage back;

    weir_wire_write (&messages[i], once);
    g_assert_true (parse_frame (once->data, once->len, &back, &error));
    g_assert_no_error (error);
    g_assert_cmpint (back.type, ==, messages[i].type);
    weir_wire_write (&back, twice);
    g_assert_cmpmem (once->data, once->len, twice->data, twice->len);
  }
}

static void
test_fields (void)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  WeirWireMessage messages[16], back;

  make_messages (messages);
  weir_wire_write (&messages[6], frame);
  g_assert_true (parse_frame (frame->data, frame->len, &back, NULL));
  g_assert_cmpuint (back.sample.job, ==, G_MAXUINT64 - 1);
  g_assert_cmpint (back.sample.pts_ms, ==, -40);
  g_assert_cmpuint (back.sample.quality, ==, 100);
  g_assert_cmpuint (back.sample.cost_us, ==, 12345);
  g_assert_cmpuint (back.sample.n_scores, ==, 2);
  g_assert_cmpuint (back.sample.scores[1], ==, WEIR_WIRE_SCORE_ONE);
  g_assert_cmpuint (back.sample.n_hits, ==, 3);
  g_assert_cmpuint (back.sample.hits[2].entry, ==, 0xfffffff2u);
  g_assert_cmpuint (back.sample.hits[2].distance, ==, 8);
  g_assert_cmpuint (back.sample.hits[2].probe, ==, 2);
  g_assert_cmpmem (back.sample.hash, 32, messages[6].sample.hash, 32);
  g_assert_cmpmem (back.sample.still, back.sample.still_size, bulk, 50);

  g_byte_array_set_size (frame, 0);
  weir_wire_write (&messages[3], frame);
  g_assert_true (parse_frame (frame->data, frame->len, &back, NULL));
  g_assert_cmpuint (back.unit.job, ==, 1);
  g_assert_cmpuint (back.unit.config, ==, 7);
  g_assert_cmpint (back.unit.pts_ms, ==, -1);
  g_assert_cmpuint (back.unit.flags, ==, WEIR_WIRE_UNIT_STILL);
  g_assert_cmpmem (back.unit.data, back.unit.size, bulk, 100);
}

static void
test_truncated_and_longer (void)
{
  WeirWireMessage messages[16];
  guint n = make_messages (messages);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GByteArray) frame = g_byte_array_new ();
    WeirWireMessage ret = { .type = 99 };
    gsize size, step;

    weir_wire_write (&messages[i], frame);
    size = frame->len - WEIR_WIRE_HEADER_BYTES;
    step = 1 + size / 200;
    for (gsize cut = 0; cut < size; cut += step) {
      g_autoptr (GError) error = NULL;
      /* A block of its own, so that reading past it is seen. */
      guint8 *exact = g_memdup2 (frame->data + WEIR_WIRE_HEADER_BYTES, cut);

      g_assert_false (
          weir_wire_parse (messages[i].type, exact, cut, &ret, &error));
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, "ends early"));
      g_assert_cmpint (ret.type, ==, 99);
      g_free (exact);
    }
    g_byte_array_append (frame, (const guint8 *) "x", 1);
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (weir_wire_parse (messages[i].type,
          frame->data + WEIR_WIRE_HEADER_BYTES, size + 1, &ret, &error));
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, "1 bytes too many"));
      g_assert_cmpint (ret.type, ==, 99);
    }
  }
}

static void
assert_header (guint32 size, guint8 type, int code, const char *text)
{
  g_autoptr (GError) error = NULL;
  guint8 h[WEIR_WIRE_HEADER_BYTES];
  WeirWireType ret_type = 77;
  guint32 ret_size = 55;

  weir_put_uint (h, size, 4);
  h[4] = type;
  g_assert_false (weir_wire_parse_header (h, &ret_size, &ret_type, &error));
  g_assert_error (error, WEIR_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
  g_assert_cmpuint (ret_size, ==, 55);
  g_assert_cmpint (ret_type, ==, 77);
}

static void
test_header (void)
{
  guint8 h[WEIR_WIRE_HEADER_BYTES];
  WeirWireType type;
  guint32 size;

  assert_header (WEIR_WIRE_MAX_PAYLOAD_BYTES + 1, WEIR_WIRE_UNIT,
      WEIR_ERROR_LIMIT,
      "UNIT announces 9437185 bytes, at most 9437184 are "
      "taken");
  assert_header (0, 0, WEIR_ERROR_PROTOCOL, "message type 0 is not known");
  assert_header (0, 12, WEIR_ERROR_PROTOCOL, "message type 12 is not known");
  assert_header (0, 255, WEIR_ERROR_PROTOCOL, "message type 255 is not known");
  weir_put_uint (h, WEIR_WIRE_MAX_PAYLOAD_BYTES, 4);
  h[4] = WEIR_WIRE_UNIT;
  g_assert_true (weir_wire_parse_header (h, &size, &type, NULL));
  g_assert_cmpuint (size, ==, WEIR_WIRE_MAX_PAYLOAD_BYTES);
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
  g_assert_false (parse_frame (frame->data, frame->len, &ret, &error));
  g_assert_error (error, WEIR_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
}

static void
test_limits (void)
{
  WeirWireMessage m[16];

  make_messages (m);
  assert_broken (&m[0], 0, 4, 0x57454953, WEIR_ERROR_PROTOCOL,
      "HELLO: magic is 57454953, 57454952 expected");
  assert_broken (&m[0], 6, 2, WEIR_WIRE_MAX_TEXT_BYTES + 1, WEIR_ERROR_LIMIT,
      "HELLO: 1025 bytes, at most 1024 are taken");
  assert_broken (&m[1], 5, 4, WEIR_WIRE_MAX_CONFIG_BYTES + 1, WEIR_ERROR_LIMIT,
      "CONFIG: 65537 bytes, at most 65536 are taken");
  assert_broken (&m[3], 21, 4, 0xffffffff, WEIR_ERROR_LIMIT,
      "UNIT: 4294967295 bytes, at most 8388608 are taken");
  assert_broken (&m[6], 16, 1, 101, WEIR_ERROR_PROTOCOL,
      "SAMPLE: quality is 101, at most 100 expected");
  assert_broken (&m[6], 53, 2, WEIR_WIRE_MAX_HITS + 1, WEIR_ERROR_LIMIT,
      "SAMPLE: 65 hits, at most 64 are taken");
  assert_broken (&m[6], 55 + 4, 2, 257, WEIR_ERROR_PROTOCOL,
      "SAMPLE: distance is 257, at most 256 expected");
  assert_broken (&m[6], 55 + 21, 1, WEIR_WIRE_MAX_SCORES + 1, WEIR_ERROR_LIMIT,
      "SAMPLE: 9 scores, at most 8 are taken");
  assert_broken (&m[6], 55 + 24, 2, WEIR_WIRE_SCORE_ONE + 1,
      WEIR_ERROR_PROTOCOL, "SAMPLE: score is 1001, at most 1000 expected");
  assert_broken (&m[6], 55 + 26, 4, WEIR_WIRE_MAX_STILL_BYTES + 1,
      WEIR_ERROR_LIMIT, "SAMPLE: 262145 bytes, at most 262144 are taken");
  assert_broken (&m[7], 8, 2, WEIR_WIRE_MAX_TEXT_BYTES + 1, WEIR_ERROR_LIMIT,
      "FAILED: 1025 bytes, at most 1024 are taken");
  assert_broken (&m[15], 0, 2, 257, WEIR_ERROR_PROTOCOL,
      "INDEX: radius is 257, at most 256 expected");
}

static void
test_writing_over_a_limit_aborts (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    WeirWireMessage m = { .type = WEIR_WIRE_FAILED,
      .failed = { 1, (const char *) bulk, WEIR_WIRE_MAX_TEXT_BYTES + 1 } };

    weir_wire_write (&m, out);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

static void
test_another_version_is_readable (void)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  WeirWireMessage m = { .type = WEIR_WIRE_HELLO,
    .hello = { WEIR_WIRE_VERSION + 1, "x", 1 } };
  WeirWireMessage back;

  weir_wire_write (&m, frame);
  g_assert_true (parse_frame (frame->data, frame->len, &back, NULL));
  g_assert_cmpuint (back.hello.version, ==, WEIR_WIRE_VERSION + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < sizeof bulk; i++)
    bulk[i] = (guint8) (i ^ i >> 8);
  g_test_add_func ("/wire/round-trip", test_round_trip);
  g_test_add_func ("/wire/fields", test_fields);
  g_test_add_func ("/wire/truncated-and-longer", test_truncated_and_longer);
  g_test_add_func ("/wire/header", test_header);
  g_test_add_func ("/wire/limits", test_limits);
  g_test_add_func (
      "/wire/writing-over-a-limit-aborts", test_writing_over_a_limit_aborts);
  g_test_add_func (
      "/wire/another-version-is-readable", test_another_version_is_readable);
  return g_test_run ();
}
