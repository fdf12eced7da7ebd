/* Aggregate messages taken apart. */
#include "base/bytes.h"
#include "base/error.h"
#include "rtmp/aggregate.h"

typedef struct {
  WeirArena *arena;
  GByteArray *body;
  WeirRtmpAggregate aggregate;
  GString *log; /* "type timestamp length," a part */
  GError *error;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->arena = weir_arena_new ();
  f->body = g_byte_array_new ();
  f->log = g_string_new (NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  weir_rtmp_aggregate_clear (&f->aggregate);
  g_byte_array_unref (f->body);
  g_string_free (f->log, TRUE);
  g_clear_error (&f->error);
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), <, 64 * 1024);
  weir_arena_unref (f->arena);
}

static void
add_head (Fixture *f, guint8 type, guint32 timestamp, guint32 size)
{
  weir_append_uint (f->body, type, 1);
  weir_append_uint (f->body, size, 3);
  weir_append_uint (f->body, timestamp & 0xffffff, 3);
  weir_append_uint (f->body, timestamp >> 24, 1);
  weir_append_uint (f->body, 0, 3);
}

static void
add (Fixture *f, guint8 type, guint32 timestamp, guint32 size)
{
  add_head (f, type, timestamp, size);
  for (guint32 i = 0; i < size; i++)
    weir_append_uint (f->body, type, 1);
  weir_append_uint (f->body, 11 + size, 4);
}

/* All parts of what was added, as a message at TIMESTAMP. */
static WeirRtmpReadResult
read_all (Fixture *f, guint32 timestamp)
{
  WeirRtmpMessage whole = { .csid = 4,
    .msid = 1,
    .timestamp = timestamp,
    .type = WEIR_RTMP_TYPE_AGGREGATE };
  const WeirBlock *block;

  if (f->body->len > 0) {
    whole.payload = weir_arena_alloc (f->arena, f->body->len);
    memcpy (whole.payload.data, f->body->data, f->body->len);
  }
  block = whole.payload.block;
  weir_rtmp_aggregate_begin (&f->aggregate, &whole);
  g_assert_null (whole.payload.block);
  for (;;) {
    WeirRtmpMessage part = { 0 };
    WeirRtmpReadResult result =
        weir_rtmp_aggregate_next (&f->aggregate, &part, &f->error);

    if (result != WEIR_RTMP_READ_MESSAGE)
      return result;
    g_assert_cmpuint (part.csid, ==, 4);
    g_assert_cmpuint (part.msid, ==, 1);
    if (part.payload.size > 0) {
      g_assert_true (part.payload.block == block); /* not a copy */
      g_assert_cmpuint (part.payload.data[0], ==, part.type);
    }
    g_string_append_printf (f->log, "%u %u %u,", part.type, part.timestamp,
        (guint) part.payload.size);
    weir_rtmp_message_clear (&part);
  }
}

static void
test_parts (Fixture *f, gconstpointer data)
{
  add (f, WEIR_RTMP_TYPE_AUDIO, 5000, 3);
  add (f, WEIR_RTMP_TYPE_VIDEO, 5010, 70000);
  add (f, WEIR_RTMP_TYPE_DATA, 5010, 1);
  add (f, WEIR_RTMP_TYPE_AUDIO, 5023, 0);
  g_assert_cmpint (read_all (f, 100), ==, WEIR_RTMP_READ_MORE);
  g_assert_cmpstr (f->log->str, ==, "8 100 3,9 110 70000,18 110 1,8 123 0,");
  /* nothing is kept when all is read */
  g_assert_null (f->aggregate.whole.payload.block);
}

/* Both clocks may wrap, and parts may go back. */
static void
test_timestamps (Fixture *f, gconstpointer data)
{
  add (f, WEIR_RTMP_TYPE_AUDIO, 0xfffffffe, 1);
  add (f, WEIR_RTMP_TYPE_AUDIO, 3, 1);
  add (f, WEIR_RTMP_TYPE_AUDIO, 0xfffffff0, 1);
  add (f, WEIR_RTMP_TYPE_AUDIO, 0x1000002, 1);
  g_assert_cmpint (read_all (f, 0xffffffff), ==, WEIR_RTMP_READ_MORE);
  g_assert_cmpstr (
      f->log->str, ==, "8 4294967295 1,8 4 1,8 4294967281 1,8 16777219 1,");
}

static void
test_last_back_pointer (Fixture *f, gconstpointer data)
{
  for (guint missing = 0; missing <= 4; missing++) {
    g_byte_array_set_size (f->body, 0);
    g_string_truncate (f->log, 0);
    add (f, WEIR_RTMP_TYPE_AUDIO, 1, 2);
    add (f, WEIR_RTMP_TYPE_AUDIO, 2, 2);
    g_byte_array_set_size (f->body, f->body->len - missing);
    g_assert_cmpint (read_all (f, 1), ==, WEIR_RTMP_READ_MORE);
    g_assert_cmpstr (f->log->str, ==, "8 1 2,8 2 2,");
  }
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (read_all (f, 1), ==, WEIR_RTMP_READ_MORE);
  g_assert_cmpstr (f->log->str, ==, "");
}

static void
test_cut_short (Fixture *f, gconstpointer data)
{
  guint size;

  add (f, WEIR_RTMP_TYPE_AUDIO, 1, 2);
  size = f->body->len - 4;
  for (guint n = 1; n < size; n++) {
    g_clear_error (&f->error);
    weir_rtmp_aggregate_clear (&f->aggregate);
    g_byte_array_set_size (f->body, 0);
    add (f, WEIR_RTMP_TYPE_AUDIO, 1, 2);
    g_byte_array_set_size (f->body, n);
    g_assert_cmpint (read_all (f, 1), ==, WEIR_RTMP_READ_FAILED);
    g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  }
}

static void
test_wrong_parts (Fixture *f, gconstpointer data)
{
  static const guint8 types[] = { 0, WEIR_RTMP_TYPE_SET_CHUNK_SIZE,
    WEIR_RTMP_TYPE_COMMAND, WEIR_RTMP_TYPE_AGGREGATE };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_clear_error (&f->error);
    weir_rtmp_aggregate_clear (&f->aggregate);
    g_byte_array_set_size (f->body, 0);
    add (f, WEIR_RTMP_TYPE_AUDIO, 1, 2);
    add (f, types[i], 1, 4);
    g_assert_cmpint (read_all (f, 1), ==, WEIR_RTMP_READ_FAILED);
    g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  }
}

static void
test_part_limit (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < WEIR_RTMP_MAX_AGGREGATE_PARTS; i++)
    add (f, WEIR_RTMP_TYPE_AUDIO, i, 1);
  g_assert_cmpint (read_all (f, 0), ==, WEIR_RTMP_READ_MORE);
  add (f, WEIR_RTMP_TYPE_AUDIO, 0, 1);
  g_assert_cmpint (read_all (f, 0), ==, WEIR_RTMP_READ_FAILED);
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
}

/* Sound is no longer inside an aggregate than outside. */
static void
test_sound_limit (Fixture *f, gconstpointer data)
{
  add (f, WEIR_RTMP_TYPE_AUDIO, 0, WEIR_RTMP_SMALL_MESSAGE_BYTES);
  g_assert_cmpint (read_all (f, 0), ==, WEIR_RTMP_READ_MORE);
  add (f, WEIR_RTMP_TYPE_AUDIO, 0, WEIR_RTMP_SMALL_MESSAGE_BYTES + 1);
  g_assert_cmpint (read_all (f, 0), ==, WEIR_RTMP_READ_FAILED);
  g_assert_error (f->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/rtmp/aggregate/" name, Fixture, NULL, setup, func, teardown)
  ADD ("parts", test_parts);
  ADD ("timestamps", test_timestamps);
  ADD ("last-back-pointer", test_last_back_pointer);
  ADD ("empty", test_empty);
  ADD ("cut-short", test_cut_short);
  ADD ("wrong-parts", test_wrong_parts);
  ADD ("part-limit", test_part_limit);
  ADD ("sound-limit", test_sound_limit);
  return g_test_run ();
}
