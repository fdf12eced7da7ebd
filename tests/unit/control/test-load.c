/* How full the gateway is, and who is refused because of it. */
#include "control/fixture.h"
#include "control/load.h"

#include <string.h>

#define MB 1048576
/* More than the heads of a test's blocks. */
#define HEADS 4096
#define LIMITED                                                                \
  "[gate]\ndelay_ms = 60000\nmax_total_window_bytes = 10485760\n"              \
  "[limits]\nadmit_below_load_percent = 80\n"                                  \
  "[rtmp]\nrequire_key = false\n"

#define NO_MEMORY                                                              \
  "The server is at its limit of memory for streams. Try again later."
#define NO_TIME "The server is at its limit of work. Try again later."

static void
send_bytes (Fixture *f, WeirStream *stream, gsize size)
{
  WeirPacket packet = { .dts_ms = f->dts_ms,
    .pts_ms = f->dts_ms,
    .arrival_us = weir_now_us (),
    .kind = WEIR_MEDIA_AUDIO };

  packet.payload = weir_arena_alloc (f->arena, size);
  weir_stream_take_packet (stream, &packet);
  f->dts_ms += 20;
}

static void
assert_admitted (Fixture *f, const char *name, const char *words)
{
  g_autofree char *reason = NULL;
  FixturePublisher other;
  WeirStream *stream;
  WeirAdmit how;

  fixture_publisher_init (&other);
  how = fixture_publish (f, &other, "live", name, "", &stream, &reason);
  g_assert_cmpstr (reason, ==, words);
  g_assert_cmpint (how, ==, words == NULL ? WEIR_ADMIT_OK : WEIR_ADMIT_LATER);
  if (how == WEIR_ADMIT_OK)
    weir_stream_publisher_gone (stream, &other.parent, WEIR_GONE_STOPPED);
  fixture_publisher_clear (&other);
}

/* At nine tenths nobody new comes in; who is there goes on up to the last
 * byte, and who would cross it is told and let go of. */
static void
test_memory (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  for (guint i = 0; i < 8; i++)
    send_bytes (f, stream, MB);
  assert_admitted (f, "b", NULL);
  send_bytes (f, stream, MB);
  g_assert_cmpuint (weir_load_get_held_bytes (f->control.load), >=, 9 * MB);
  g_assert_cmpuint (
      weir_load_get_held_bytes (f->control.load), <, 9 * MB + HEADS);
  assert_admitted (f, "c", NO_MEMORY);
  /* Who comes back to what is there is none of them. */
  assert_admitted (f, "b", NULL);
  send_bytes (f, stream, MB - HEADS);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  send_bytes (f, stream, HEADS);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_nonnull (
      strstr (f->publisher.reason, "[gate] max_total_window_bytes"));
  g_assert_cmpuint (
      weir_window_get_bytes (stream->window), ==, 10 * MB - HEADS);
}

static gboolean
is_nothing (gpointer data)
{
  Fixture *f = data;

  return weir_load_get_held_bytes (f->control.load) == 0;
}

/* What has gone out, or went with its stream, is free again. */
static void
test_counted (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  send_bytes (f, stream, MB);
  send_bytes (f, stream, 2 * MB);
  g_assert_cmpuint (weir_load_get_held_bytes (f->control.load), >=, 3 * MB);
  weir_stream_end (stream, FALSE);
  weir_stream_disconnect (stream, "test");
  fixture_wait (f->loop, is_nothing, f);
}

static void
test_sent (Fixture *f, gconstpointer data)
{
  fixture_send (f, fixture_start_stream (f, "a"), "Kava");
  g_assert_cmpuint (weir_load_get_held_bytes (f->control.load), >, 0);
  fixture_wait_for_sent (f, "Kava");
  fixture_wait (f->loop, is_nothing, f);
}

static void
test_busy (Fixture *f, gconstpointer data)
{
  gint64 now_us = weir_now_us (), cpu_us = 0;
  WeirLoad *load = f->control.load;

  weir_load_note_cpu (load, cpu_us, now_us);
  g_assert_cmpfloat (weir_load_get_busy_percent (load), ==, 0);
  /* A moment of full work is not a busy gateway. */
  weir_load_note_cpu (load, cpu_us += G_USEC_PER_SEC, now_us += G_USEC_PER_SEC);
  g_assert_cmpfloat (weir_load_get_busy_percent (load), ==, 20);
  assert_admitted (f, "a", NULL);
  for (guint i = 0; i < 8; i++)
    weir_load_note_cpu (
        load, cpu_us += G_USEC_PER_SEC, now_us += G_USEC_PER_SEC);
  g_assert_cmpfloat (weir_load_get_busy_percent (load), >, 80);
  assert_admitted (f, "b", NO_TIME);
  /* Half a minute in which nothing was done counts for all of it. */
  weir_load_note_cpu (load, cpu_us, now_us += 30 * G_USEC_PER_SEC);
  g_assert_cmpfloat (weir_load_get_busy_percent (load), ==, 0);
  assert_admitted (f, "b", NULL);
}

static void
test_usable_memory (void)
{
  static const struct {
    const char *memory_max[4];
    guint64 total;
    guint64 want;
  } table[] = {
    { { NULL }, 1048576, 1048576 },
    { { "max\n", NULL }, 1048576, 1048576 },
    { { "max\n", "524288\n", "max\n" }, 1048576, 524288 },
    { { "4096\n", "524288\n", NULL }, 1048576, 4096 },
    { { "9999999999\n", NULL }, 1048576, 1048576 },
    { { "4096\n", NULL }, 0, 4096 },
    { { "max\n", NULL }, 0, 0 },
    { { "", NULL }, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpuint (
        weir_load_usable_memory (table[i].memory_max, table[i].total), ==,
        table[i].want);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/load/usable-memory", test_usable_memory);
  g_test_add ("/load/memory", Fixture, LIMITED, fixture_set_up, test_memory,
      fixture_tear_down);
  g_test_add ("/load/counted", Fixture, LIMITED, fixture_set_up, test_counted,
      fixture_tear_down);
  g_test_add ("/load/sent", Fixture, NULL, fixture_set_up, test_sent,
      fixture_tear_down);
  g_test_add ("/load/busy", Fixture, LIMITED, fixture_set_up, test_busy,
      fixture_tear_down);
  return g_test_run ();
}
