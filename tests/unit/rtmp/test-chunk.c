/* The chunk reader on bytes written by hand, and on what the writer makes. */
#include "base/bytes.h"
#include "base/error.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/chunk-writer.h"

#define MAX_VIDEO_BYTES (8 * 1024 * 1024)

typedef struct {
  WeirArena *arena;
  WeirRtmpChunkReader *reader;
  GString *log; /* one line a message */
  GError *error;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->arena = weir_arena_new ();
  f->reader = weir_rtmp_chunk_reader_new (f->arena, MAX_VIDEO_BYTES);
  f->log = g_string_new (NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  weir_rtmp_chunk_reader_free (f->reader);
  weir_arena_unref (f->arena);
  g_string_free (f->log, TRUE);
  g_clear_error (&f->error);
}

/* FALSE when the reader failed. Logs csid, type, timestamp, msid, length and
 * a sum of the payload. */
static gboolean
feed (Fixture *f, const guint8 *bytes, gsize size)
{
  for (;;) {
    WeirRtmpMessage m = { 0 };
    guint32 sum = 0;

    switch (
        weir_rtmp_chunk_reader_read (f->reader, &bytes, &size, &m, &f->error)) {
    case WEIR_RTMP_READ_MORE:
      g_assert_cmpuint (size, ==, 0);
      return TRUE;
    case WEIR_RTMP_READ_FAILED:
      return FALSE;
    case WEIR_RTMP_READ_MESSAGE:
      for (gsize i = 0; i < m.payload.size; i++)
        sum = sum * 31 + m.payload.data[i];
      g_string_append_printf (f->log, "%u %u %u %u %u %08x\n", m.csid, m.type,
          m.timestamp, m.msid, (guint) m.payload.size, sum);
      weir_rtmp_message_clear (&m);
      break;
    }
  }
}

static void
restart (Fixture *f)
{
  weir_rtmp_chunk_reader_free (f->reader);
  f->reader = weir_rtmp_chunk_reader_new (f->arena, MAX_VIDEO_BYTES);
  g_string_truncate (f->log, 0);
}

static GByteArray *
from_hex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();

  for (const char *p = hex; *p != '\0'; p++) {
    guint8 byte;

    if (*p == ' ')
      continue;
    byte = (guint8) (g_ascii_xdigit_value (p[0]) << 4
                     | g_ascii_xdigit_value (p[1]));
    g_byte_array_append (bytes, &byte, 1);
    p++;
  }
  return bytes;
}

/* Bytes, and the "csid type timestamp msid length" of what they mean. */
static const struct {
  const char *name;
  const char *hex;
  const char *want;
} cases[] = {
  { "type-0", "03 00000a 000001 14 00000000 aa", "3 20 10 0 1" },
  { "msid-is-little-endian", "03 00000a 000001 14 01020000 aa",
      "3 20 10 513 1" },
  { "csid-64", "00 00 00000a 000001 14 00000000 aa", "64 20 10 0 1" },
  { "csid-319", "00 ff 00000a 000001 14 00000000 aa", "319 20 10 0 1" },
  { "csid-65599", "01 ff ff 00000a 000001 14 00000000 aa", "65599 20 10 0 1" },
  { "csid-3-bytes-is-little-endian", "01 01 02 00000a 000001 14 00000000 aa",
      "577 20 10 0 1" },
  { "type-1-2-3-deltas",
      "04 000064 000001 08 01000000 aa  44 00000a 000002 08 bbbb"
      "84 000005 cccc  c4 dddd",
      "4 8 100 1 1|4 8 110 1 2|4 8 115 1 2|4 8 120 1 2" },
  { "type-3-after-type-0-repeats-its-field",
      "04 000064 000001 08 01000000 aa c4 bb", "4 8 100 1 1|4 8 200 1 1" },
  { "types-mix-on-one-chunk-stream",
      "04 000001 000001 08 01000000 aa  44 000001 000001 09 bb",
      "4 8 1 1 1|4 9 2 1 1" },
  { "first-chunk-is-type-1", "45 000007 000001 08 aa", "5 8 7 0 1" },
  { "zero-length", "03 000001 000000 08 00000000", "3 8 1 0 0" },
  { "zero-length-again-by-type-3", "04 000001 000000 08 01000000 c4 c4",
      "4 8 1 1 0|4 8 2 1 0|4 8 3 1 0" },
  { "first-chunk-is-type-2", "86 000007 03 000001 000001 08 00000000 aa",
      "6 0 7 0 0|3 8 1 0 1" },
  { "first-chunk-is-type-3", "c7 03 000001 000001 08 00000000 aa",
      "7 0 0 0 0|3 8 1 0 1" },
  { "abort-of-nothing",
      "02 000000 000004 02 00000000 00000009 03 000001 000001 08 00000000 aa",
      "2 2 0 0 4|3 8 1 0 1" },
  /* compared with the field as it came, not with the time it made */
  { "extended-delta-repeated-inside-a-message",
      "02 000000 000004 01 00000000 00000002"
      "03 000005 000001 08 00000000 aa"
      "43 ffffff 000004 08 01036640 0102 c3 01036640 0304",
      "2 1 0 0 4|3 8 5 0 1|3 8 17000005 0 4" },
  { "extended-delta-omitted-inside-a-message",
      "02 000000 000004 01 00000000 00000002"
      "03 000005 000001 08 00000000 aa"
      "43 ffffff 000004 08 01036640 0102 c3 0304",
      "2 1 0 0 4|3 8 5 0 1|3 8 17000005 0 4" },
  { "extended-timestamp-type-0", "03 ffffff 000001 08 00000000 01000000 aa",
      "3 8 16777216 0 1" },
  { "extended-timestamp-exactly-16777215",
      "03 ffffff 000001 08 00000000 00ffffff aa", "3 8 16777215 0 1" },
  { "extended-timestamp-2-to-31", "03 ffffff 000001 08 00000000 80000000 aa",
      "3 8 2147483648 0 1" },
  { "extended-timestamp-wraps",
      "03 ffffff 000001 08 00000000 ffffffff aa 43 000002 000001 08 bb",
      "3 8 4294967295 0 1|3 8 1 0 1" },
  { "extended-delta-in-type-1",
      "03 000005 000001 08 00000000 aa 43 ffffff 000001 08 01036640 bb",
      "3 8 5 0 1|3 8 17000005 0 1" },
  { "extended-delta-in-type-2",
      "03 000005 000001 08 00000000 aa 83 ffffff 01036640 bb",
      "3 8 5 0 1|3 8 17000005 0 1" },
  { "set-chunk-size",
      "02 000000 000004 01 00000000 00000002"
      "03 000000 000005 08 00000000 0102 c3 0304 c3 05",
      "2 1 0 0 4|3 8 0 0 5" },
  { "chunk-size-changes-inside-another-message",
      "02 000000 000004 01 00000000 00000002"
      "03 000000 000006 08 00000000 0102"
      "42 000000 000004 01 0000 c2 0004"
      "c3 03040506",
      "2 1 0 0 4|2 1 0 0 4|3 8 0 0 6" },
  { "abort-drops-the-partial-message",
      "02 000000 000004 01 00000000 00000002"
      "03 000000 000004 08 00000000 0102"
      "42 000000 000004 02 0000 c2 0003"
      "43 000001 000001 08 aa",
      "2 1 0 0 4|2 2 0 0 4|3 8 1 0 1" },
  { "interleaved-messages",
      "02 000000 000004 01 00000000 00000002"
      "04 000001 000003 08 01000000 0102"
      "06 000002 000003 09 01000000 0a0b  c4 03  c6 0c",
      "2 1 0 0 4|4 8 1 1 3|6 9 2 1 3" },
  { "type-3-repeats-the-extended-timestamp",
      "02 000000 000004 01 00000000 00000004"
      "03 ffffff 000006 08 00000000 01000000 01020304 c3 01000000 0506",
      "2 1 0 0 4|3 8 16777216 0 6" },
  { "type-3-omits-the-extended-timestamp",
      "02 000000 000004 01 00000000 00000004"
      "03 ffffff 000006 08 00000000 01000000 01020304 c3 0506"
      "43 000001 000001 08 aa",
      "2 1 0 0 4|3 8 16777216 0 6|3 8 16777217 0 1" },
  { "payload-begins-like-the-extended-timestamp",
      "02 000000 000004 01 00000000 00000004"
      "03 ffffff 00000b 08 00000000 01000000 01020304 c3 01000007 c3 050607",
      "2 1 0 0 4|3 8 16777216 0 11" },
  { "short-end-without-extended-timestamp",
      "02 000000 000004 01 00000000 00000004"
      "03 ffffff 000005 08 00000000 01000000 01020304 c3 01"
      "04 000009 000001 09 01000000 aa",
      "2 1 0 0 4|3 8 16777216 0 5|4 9 9 1 1" },
  { "peeked-bytes-hold-another-peek",
      "02 000000 000004 01 00000000 00000001"
      "03 ffffff 000004 08 00000000 c301c301 01 c3 02 c3 03 c3 04"
      "04 000009 000001 09 01000000 aa",
      "2 1 0 0 4|3 8 3271672577 0 4|4 9 9 1 1" },
  { "new-message-of-type-3-with-extended-delta",
      "03 000005 000001 08 00000000 aa 43 ffffff 000001 08 01000000 bb"
      "c3 01000000 cc",
      "3 8 5 0 1|3 8 16777221 0 1|3 8 33554437 0 1" },
};

/* The log without sums, lines joined by "|". */
static char *
short_log (Fixture *f)
{
  g_auto (GStrv) lines = g_strsplit (f->log->str, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    char *space = strrchr (lines[i], ' ');

    if (space != NULL)
      *space = '\0';
  }
  if (lines[0] != NULL && f->log->len > 0)
    g_clear_pointer (&lines[g_strv_length (lines) - 1], g_free);
  return g_strjoinv ("|", lines);
}

static void
test_table (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) bytes = from_hex (cases[i].hex);
    g_autofree char *whole = NULL;
    g_autofree char *brief = NULL;

    g_test_message ("%s", cases[i].name);
    restart (f);
    g_assert_true (feed (f, bytes->data, bytes->len));
    brief = short_log (f);
    g_assert_cmpstr (brief, ==, cases[i].want);
    whole = g_strdup (f->log->str);

    restart (f);
    for (guint at = 0; at < bytes->len; at++)
      g_assert_true (feed (f, bytes->data + at, 1));
    g_assert_cmpstr (f->log->str, ==, whole);

    for (guint cut = 1; cut < bytes->len; cut++) {
      restart (f);
      g_assert_true (feed (f, bytes->data, cut));
      g_assert_true (feed (f, bytes->data + cut, bytes->len - cut));
      g_assert_cmpstr (f->log->str, ==, whole);
    }
  }
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *hex;
    WeirError code;
    const char *word;
  } errors[] = {
    { "02 000000 000004 01 00000000 00000000", WEIR_ERROR_PROTOCOL,
        "chunk size 0" },
    { "02 000000 000004 01 00000000 80000080", WEIR_ERROR_PROTOCOL,
        "chunk size" },
    { "02 000000 000004 01 00000000 01000001", WEIR_ERROR_LIMIT,
        "chunk size 16777217" },
    { "02 000000 000003 01 00000000 000001", WEIR_ERROR_PROTOCOL, "3 bytes" },
    { "02 000000 000004 01 00000000 00000002"
      "03 000000 000004 08 00000000 0102 43 000000 000005 08",
        WEIR_ERROR_PROTOCOL, "inside another" },
    { "03 000000 010001 09 00000000", WEIR_ERROR_LIMIT, "65536" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (errors); i++) {
    g_autoptr (GByteArray) bytes = from_hex (errors[i].hex);

    restart (f);
    g_clear_error (&f->error);
    g_assert_false (feed (f, bytes->data, bytes->len));
    g_assert_error (f->error, WEIR_ERROR, (gint) errors[i].code);
    g_assert_nonnull (strstr (f->error->message, errors[i].word));
  }
}

/* Begins a message of LENGTH on CSID with one byte of it. */
static gboolean
begin_message (Fixture *f, guint csid, guint8 type, guint32 length)
{
  guint8 bytes[16] = { 0, (guint8) (csid - 64) };
  guint8 *p = weir_put_uint (bytes + 2, 0, 3);

  p = weir_put_uint (p, length, 3);
  *p++ = type;
  p = weir_put_uint (p, 0, 4);
  *p++ = 0xaa;
  return feed (f, bytes, (gsize) (p - bytes));
}

static void
set_chunk_size (Fixture *f, guint32 size)
{
  guint8 bytes[16] = { 2, 0, 0, 0, 0, 0, 4, 1 };

  weir_put_uint (bytes + 12, size, 4);
  g_assert_true (feed (f, bytes, sizeof (bytes)));
}

static void
test_message_limits (Fixture *f, gconstpointer data)
{
  static const struct {
    gboolean media;
    guint8 type;
    guint32 most;
  } limits[] = {
    { FALSE, WEIR_RTMP_TYPE_VIDEO, WEIR_RTMP_SMALL_MESSAGE_BYTES },
    { FALSE, WEIR_RTMP_TYPE_COMMAND, WEIR_RTMP_SMALL_MESSAGE_BYTES },
    { TRUE, WEIR_RTMP_TYPE_VIDEO, MAX_VIDEO_BYTES },
    { TRUE, WEIR_RTMP_TYPE_AGGREGATE, MAX_VIDEO_BYTES },
    { TRUE, WEIR_RTMP_TYPE_AUDIO, WEIR_RTMP_SMALL_MESSAGE_BYTES },
    { TRUE, WEIR_RTMP_TYPE_DATA, WEIR_RTMP_SMALL_MESSAGE_BYTES },
  };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++) {
    restart (f);
    g_clear_error (&f->error);
    if (limits[i].media)
      weir_rtmp_chunk_reader_allow_media (f->reader);
    set_chunk_size (f, 1);
    g_assert_true (begin_message (f, 70, limits[i].type, limits[i].most));
    g_assert_false (begin_message (f, 71, limits[i].type, limits[i].most + 1));
    g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  }
}

static void
test_partial_limit (Fixture *f, gconstpointer data)
{
  weir_rtmp_chunk_reader_allow_media (f->reader);
  set_chunk_size (f, 1);
  g_assert_true (begin_message (f, 70, 9, MAX_VIDEO_BYTES));
  g_assert_true (begin_message (f, 71, 9, MAX_VIDEO_BYTES));
  g_assert_false (begin_message (f, 72, 9, 2));
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_nonnull (strstr (f->error->message, "unfinished"));
}

static void
test_early_partial_limit (Fixture *f, gconstpointer data)
{
  const guint32 size = WEIR_RTMP_SMALL_MESSAGE_BYTES;
  guint8 csid = 70;

  set_chunk_size (f, 1);
  for (gsize left = WEIR_RTMP_MAX_EARLY_PARTIAL_BYTES; left > 0; left -= size)
    g_assert_true (begin_message (f, csid++, 20, size));
  g_assert_false (begin_message (f, csid, 20, 2));
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_nonnull (strstr (f->error->message, "unfinished"));
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), <,
      2 * WEIR_RTMP_MAX_EARLY_PARTIAL_BYTES);
}

static void
test_csid_limit (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < WEIR_RTMP_MAX_CHUNK_STREAMS; i++)
    g_assert_true (begin_message (f, 64 + i, 8, 1));
  g_assert_true (begin_message (f, 64, 8, 1));
  g_assert_false (begin_message (f, 64 + WEIR_RTMP_MAX_CHUNK_STREAMS, 8, 1));
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
}

static void
test_tiny_chunks (Fixture *f, gconstpointer data)
{
  static const guint8 next[] = { 0xc0, 6, 0xbb };
  guint chunks = 1;

  weir_rtmp_chunk_reader_allow_media (f->reader);
  set_chunk_size (f, 1);
  g_assert_true (begin_message (f, 70, 9, MAX_VIDEO_BYTES));
  while (feed (f, next, sizeof (next)))
    chunks++;
  g_assert_cmpuint (chunks, ==, WEIR_RTMP_MAX_MESSAGE_CHUNKS);
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
}

/* What is not handed out gives its memory back. */
static void
test_memory (Fixture *f, gconstpointer data)
{
  weir_rtmp_chunk_reader_allow_media (f->reader);
  set_chunk_size (f, 1);
  g_assert_true (begin_message (f, 70, 9, MAX_VIDEO_BYTES));
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), >=, MAX_VIDEO_BYTES);
  restart (f);
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), <, 64 * 1024);
}

/* Random messages, chunk sizes and fragments: what goes in comes out. */
static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);
  g_autofree guint8 *body = g_malloc (200000);
  g_autofree WeirRtmpPieces *pieces = g_new (WeirRtmpPieces, 1);

  for (guint i = 0; i < 200000; i++)
    body[i] = (guint8) g_rand_int (rand);
  for (guint round = 0; round < 300; round++) {
    g_autoptr (GByteArray) appended = g_byte_array_new ();
    g_autoptr (GByteArray) gathered = g_byte_array_new ();
    g_autoptr (GString) want = g_string_new (NULL);
    WeirRtmpChunkWriter a, b;
    guint32 time = round % 3 == 0   ? 16777000u
                   : round % 3 == 1 ? 2147483000u
                                    : 4294967000u;
    guint32 size = 1 + (guint32) g_rand_int_range (rand, 0, 70000);

    restart (f);
    weir_rtmp_chunk_reader_allow_media (f->reader);
    set_chunk_size (f, size);
    g_string_truncate (f->log, 0);
    weir_rtmp_chunk_writer_init (&a);
    a.chunk_size = size;
    b = a;
    weir_rtmp_pieces_reset (pieces);
    for (guint i = 0; i < 8; i++) {
      guint8 head[WEIR_RTMP_MAX_HEAD_BYTES] = { (guint8) i, 7 };
      WeirRtmpOutMessage m = { .csid = (guint8) g_rand_int_range (rand, 2, 8),
        .type = WEIR_RTMP_TYPE_VIDEO,
        .msid = 1,
        .timestamp = time += (guint32) g_rand_int_range (rand, -50, 200),
        .head = head,
        .head_size = (gsize) g_rand_int_range (rand, 0, 25),
        .body = body,
        .body_size = (gsize) g_rand_int_range (
            rand, 0, (gint32) MIN (200000, size * 50)) };
      guint32 sum = 0;

      for (gsize n = 0; n < m.head_size; n++)
        sum = sum * 31 + head[n];
      for (gsize n = 0; n < m.body_size; n++)
        sum = sum * 31 + body[n];
      g_string_append_printf (want, "%u %u %u %u %u %08x\n", m.csid, m.type,
          m.timestamp, m.msid, (guint) (m.head_size + m.body_size), sum);
      weir_rtmp_chunk_writer_append (&a, &m, appended);
      g_assert_true (weir_rtmp_chunk_writer_put (&b, &m, pieces));
    }
    for (guint i = 0; i < pieces->n; i++)
      g_byte_array_append (
          gathered, pieces->at[i].iov_base, (guint) pieces->at[i].iov_len);
    g_assert_cmpuint (gathered->len, ==, pieces->bytes);
    g_assert_cmpmem (
        gathered->data, gathered->len, appended->data, appended->len);
    g_assert_true (memcmp (&a, &b, sizeof (a)) == 0);
    for (guint at = 0; at < gathered->len;) {
      guint n = (guint) g_rand_int_range (rand, 1, 5000);

      n = MIN (n, gathered->len - at);
      g_assert_true (feed (f, gathered->data + at, n));
      at += n;
    }
    g_assert_cmpstr (f->log->str, ==, want->str);
  }
}

/* No room: nothing has happened. And the longest message fits. */
static void
test_pieces (Fixture *f, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc0 (0xffffff);
  g_autofree WeirRtmpPieces *pieces = g_new (WeirRtmpPieces, 1);
  WeirRtmpOutMessage m = { .csid = 6, .type = 9, .body = body };
  WeirRtmpChunkWriter writer, before;
  gsize bytes;

  weir_rtmp_pieces_reset (pieces);
  weir_rtmp_chunk_writer_init (&writer);
  writer.chunk_size = 65536;
  m.body_size = 0xffffff;
  g_assert_true (weir_rtmp_chunk_writer_put (&writer, &m, pieces));

  before = writer;
  bytes = pieces->bytes;
  writer.chunk_size = before.chunk_size = 1000;
  m.timestamp = 40;
  g_assert_false (weir_rtmp_chunk_writer_put (&writer, &m, pieces));
  g_assert_true (memcmp (&writer, &before, sizeof (writer)) == 0);
  g_assert_cmpuint (pieces->bytes, ==, bytes);

  weir_rtmp_pieces_skip (pieces, 5);
  g_assert_cmpuint (pieces->bytes, ==, bytes - 5);
  weir_rtmp_pieces_skip (pieces, pieces->bytes - 1);
  g_assert_cmpuint (pieces->n, ==, 1);
  g_assert_cmpuint (pieces->at[0].iov_len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/rtmp/chunk/" name, Fixture, NULL, setup, func, teardown)
  ADD ("table", test_table);
  ADD ("errors", test_errors);
  ADD ("message-limits", test_message_limits);
  ADD ("partial-limit", test_partial_limit);
  ADD ("early-partial-limit", test_early_partial_limit);
  ADD ("csid-limit", test_csid_limit);
  ADD ("tiny-chunks", test_tiny_chunks);
  ADD ("memory", test_memory);
  ADD ("round-trip", test_round_trip);
  ADD ("pieces", test_pieces);
  return g_test_run ();
}
