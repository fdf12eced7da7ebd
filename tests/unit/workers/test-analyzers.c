/* The real weir-analyzer, fed, killed, stopped and replaced; and programs that
 * only look like it. */
#include "workers/analyzers.h"

#include "control/fixture.h"
#include "core/scorers.h"
#include "hash/index-build.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_US 1000000
#define QUEUE 4
#define HELD                                                                   \
  "[gate]\ndelay_ms = 600000\n[rtmp]\nrequire_key = false\n"                   \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

/* About what the unit's picture has. */
#define LISTED                                                                 \
  "3522b95f1025ba2d19154e8ead9edd8bc6cdd7cddd696865d4272416a252ee11"

typedef struct {
  Fixture f;
  WeirAnalyzers *analyzers;
  WeirStream *stream;
  GBytes *unit;
  WeirCodecConfig *config;
  int index_fd;
  guint64 wanted;
  gint64 retire_cpu_us;
  guint workers;
  gint64 sent_us; /* of is_looked_at_again () */
  int pid;        /* of is_another () */
  char *script;
  GPtrArray *scorers; /* NULL: none */
  const int *model_fds;
} Test;

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  char *text;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  return g_bytes_new_take (text, size);
}

static void
set_up (Test *t, gconstpointer data)
{
  g_autoptr (GBytes) avcc = load ("bbb_320x180.avcc");
  guint8 entry[32];

  *t = (Test){ .unit = load ("bbb_320x180_t12.au"),
    .retire_cpu_us = G_GINT64_CONSTANT (3600000000),
    .workers = 1 };
  fixture_set_up (&t->f, HELD);
  t->config = weir_codec_config_new (WEIR_CODEC_H264,
      g_bytes_get_data (avcc, NULL), g_bytes_get_size (avcc), NULL);
  g_assert_nonnull (t->config);
  g_assert_true (weir_pdq_parse (LISTED, 64, entry));
  t->index_fd = weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = entry, .count = 1 }, NULL, NULL);
  g_assert_cmpint (t->index_fd, >=, 0);
}

static void
tear_down (Test *t, gconstpointer data)
{
  weir_streams_set_analysis (t->f.control.streams, NULL);
  weir_analyzers_free (t->analyzers);
  fixture_tear_down (&t->f, NULL);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
  weir_codec_config_unref (t->config);
  g_bytes_unref (t->unit);
  close (t->index_fd);
  if (t->script != NULL)
    g_unlink (t->script);
  g_free (t->script);
}

static void
start (Test *t, const char *program, gint64 hang_us)
{
  WeirAnalyzersOptions options = { .program = (char *) program,
    .workers = t->workers,
    .radius = 31,
    .hang_timeout_us = hang_us,
    .retire_cpu_us = t->retire_cpu_us,
    .queue_units = QUEUE,
    .max_memory_mb = 1024,
    .max_long_side = 8192,
    .max_short_side = 4320,
    .scorers = t->scorers,
    .model_fds = t->model_fds,
    .index_fd = t->index_fd };
  g_autoptr (GError) error = NULL;

  t->analyzers = weir_analyzers_new (&t->f.control, &options, &error);
  g_assert_no_error (error);
  weir_streams_set_analysis (
      t->f.control.streams, weir_analyzers_get_analysis (t->analyzers));
  t->stream = fixture_start_stream (&t->f, "a");
}

/* A program of shell in place of the analyzer. */
static void
start_script (Test *t, const char *script, gint64 hang_us)
{
  int fd = g_file_open_tmp ("weir-fake-XXXXXX", &t->script, NULL);
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", script, "\n", NULL);

  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
  g_assert_cmpint (fchmod (fd, 0700), ==, 0);
  close (fd);
  start (t, t->script, hang_us);
}

static void
send_unit (Test *t)
{
  WeirPacket packet = { .dts_ms = t->f.dts_ms,
    .pts_ms = t->f.dts_ms,
    .arrival_us = weir_now_us (),
    .kind = WEIR_MEDIA_VIDEO,
    .codec = WEIR_CODEC_H264,
    .flags = WEIR_PACKET_KEY,
    .config = weir_codec_config_ref (t->config) };
  gsize size = g_bytes_get_size (t->unit);

  packet.payload = weir_arena_alloc (t->f.arena, size);
  memcpy (packet.payload.data, g_bytes_get_data (t->unit, NULL), size);
  weir_stream_take_packet (t->stream, &packet);
  t->f.dts_ms += 2000;
}

static gboolean
is_ready (gpointer data)
{
  return ((Test *) data)->f.control.analyzers_ready == 1;
}

/* Also the spare. */
static gboolean
are_all_ready (gpointer data)
{
  Test *t = data;

  return fixture_count_events (&t->f, "system.status", 0) >= t->workers + 1;
}

static gboolean
has_answers (gpointer data)
{
  Test *t = data;

  return t->stream->samples_done + t->stream->samples_skipped == t->wanted;
}

static void
wait_for (Test *t, guint64 done, guint64 skipped)
{
  t->wanted = done + skipped;
  fixture_wait (t->f.loop, has_answers, t);
  g_assert_cmpuint (t->stream->samples_done, ==, done);
  g_assert_cmpuint (t->stream->samples_skipped, ==, skipped);
}

static void
start_ready (Test *t)
{
  start (t, g_getenv ("WEIR_ANALYZER"), HANG_US);
  fixture_wait (t->f.loop, are_all_ready, t);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, t->workers);
}

static void
test_samples (Test *t, gconstpointer data)
{
  const WeirCase *c;

  start_ready (t);
  send_unit (t);
  send_unit (t);
  wait_for (t, 2, 0);
  c = weir_cases_find (t->f.control.cases, t->stream->case_id);
  g_assert_cmpuint (c->hits, ==, 2);
  g_assert_cmpuint (c->distance, <=, 4);
  g_assert_cmpint (c->last_hit_ms, ==, 2000);
  g_assert_cmpuint (g_bytes_get_size (c->still), >, 1000);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 0);
}

/* The process that runs gets another generation, and sees what is added to it
 * and deleted without being told. */
static void
test_generations (Test *t, gconstpointer data)
{
  g_autoptr (WeirIndexWriter) writer = NULL;
  const WeirIndexSource empty = { .capacity = 4 };
  WeirIndexHit hit;
  guint8 hash[32];
  int fd;

  start_ready (t);
  send_unit (t);
  wait_for (t, 1, 0);
  g_assert_true (
      weir_cases_find (t->f.control.cases, t->stream->case_id)->hits == 1);
  fd = weir_index_build_memfd (&empty, &writer, NULL);
  g_assert_cmpint (fd, >=, 0);
  weir_analyzers_set_index (t->analyzers, fd, 31);
  send_unit (t);
  wait_for (t, 2, 0);
  g_assert_true (
      weir_cases_find (t->f.control.cases, t->stream->case_id)->hits == 1);
  g_assert_true (weir_pdq_parse (LISTED, 64, hash));
  g_assert_true (weir_index_writer_add (writer, hash, 0));
  g_assert_cmpuint (weir_index_search (weir_index_writer_peek_index (writer),
                        hash, 0, &hit, 1),
      ==, 1);
  send_unit (t);
  wait_for (t, 3, 0);
  g_assert_true (
      weir_cases_find (t->f.control.cases, t->stream->case_id)->hits == 2);
  g_assert_true (weir_index_writer_delete (writer, 0));
  send_unit (t);
  wait_for (t, 4, 0);
  g_assert_true (
      weir_cases_find (t->f.control.cases, t->stream->case_id)->hits == 2);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 0);
  close (fd);
}

static gboolean
has_restarts (gpointer data)
{
  Test *t = data;

  return t->f.control.analyzers_restarts >= t->wanted;
}

/* The working one dies with two pictures. The spare takes its place at once:
 * one is given up, what was behind it is looked at. */
static void
test_killed (Test *t, gconstpointer data)
{
  int pid;

  start_ready (t);
  pid = weir_analyzers_get_pid (t->analyzers, 0);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  for (guint i = 0; i < 4; i++)
    send_unit (t);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  t->wanted = 1;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 1);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, 1);
  wait_for (t, 3, 1);
  g_assert_cmpstr (
      t->stream->skip_reason, ==, "the analyzer had to be replaced");
  g_assert_cmpint (t->f.control.analyzers_move_us, >, 0);
  g_assert_cmpint (t->f.control.analyzers_longest_move_us, ==,
      t->f.control.analyzers_move_us);
  send_unit (t);
  wait_for (t, 4, 1);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 1);
}

/* The working one crashes over a picture. */
static void
crash (Test *t)
{
  guint restarts = t->f.control.analyzers_restarts;
  int pid = weir_analyzers_get_pid (t->analyzers, 0);

  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  send_unit (t);
  g_assert_cmpint (kill (pid, SIGSEGV), ==, 0);
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  t->wanted = restarts + 1;
  fixture_wait (t->f.loop, has_restarts, t);
}

static gboolean
has_sample (gpointer data)
{
  return ((Test *) data)->stream->samples_done == ((Test *) data)->wanted;
}

static gboolean
is_ready_again (gpointer data)
{
  Test *t = data;

  return t->f.control.analyzers_ready == t->workers
         && weir_analyzers_get_pid (t->analyzers, t->workers) > 0;
}

/* Offers a picture ten times a second. */
static gboolean
is_looked_at_again (gpointer data)
{
  Test *t = data;
  gint64 now_us = weir_now_us ();

  if (t->stream->samples_done == 0
      && now_us - t->sent_us > G_USEC_PER_SEC / 10) {
    t->sent_us = now_us;
    send_unit (t);
  }
  return t->stream->samples_done > 0;
}

/* Whose pictures brought three down is looked at alone, and less; the others
 * do not notice. */
static void
test_apart (Test *t, gconstpointer data)
{
  WeirStream *bad, *good;
  g_autofree char *notice = NULL;

  start_ready (t);
  bad = t->stream;
  good = fixture_start_stream (&t->f, "b");
  for (guint i = 0; i < 3; i++) {
    g_assert_false (bad->apart);
    fixture_wait (t->f.loop, is_ready_again, t);
    crash (t);
  }
  g_assert_true (bad->apart);
  g_assert_cmpuint (t->f.control.analyzers_apart, ==, 1);
  notice = weir_stream_dup_notice (bad);
  g_assert_cmpstr (notice, ==,
      "looked at alone and slower: its pictures brought several analyzers "
      "down");
  g_assert_cmpuint (bad->samples_skipped, ==, 3);
  /* Not its turn, unless this machine slept. */
  send_unit (t);
  if (bad->samples_skipped == 4)
    g_assert_nonnull (strstr (bad->skip_reason, "only some are looked at"));

  t->stream = good;
  send_unit (t);
  t->wanted = 1;
  fixture_wait (t->f.loop, has_sample, t);
  g_assert_false (good->apart);
  g_assert_cmpuint (good->samples_skipped, ==, 0);

  /* Its turn comes. */
  t->stream = bad;
  fixture_wait (t->f.loop, is_looked_at_again, t);
  g_assert_cmpuint (bad->samples_done, >=, 1);
  g_assert_true (bad->apart);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, 1);
}

/* A picture that needs more memory than there is costs itself; the next one is
 * looked at by the successor. */
static void
test_no_memory (Test *t, gconstpointer data)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("AddressSanitizer's own memory counts as data");
#else
  const struct rlimit little = { 1 << 20, 1 << 20 };
  g_autoptr (GBytes) unit = t->unit;
  WeirCodecConfig *config = t->config;
  g_autoptr (GBytes) record = load ("../codecs/h264_4k.conf");

  start_ready (t);
  t->unit = load ("../codecs/h264_4k.au");
  t->config = weir_codec_config_new (WEIR_CODEC_H264,
      g_bytes_get_data (record, NULL), g_bytes_get_size (record), NULL);
  g_assert_cmpint (prlimit (weir_analyzers_get_pid (t->analyzers, 0),
                       RLIMIT_DATA, &little, NULL),
      ==, 0);
  send_unit (t);
  g_bytes_unref (t->unit);
  weir_codec_config_unref (t->config);
  t->unit = g_steal_pointer (&unit);
  t->config = config;
  send_unit (t);
  wait_for (t, 1, 1);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 1);
#endif
}

/* Who was killed from outside was not brought down. */
static void
test_not_to_blame (Test *t, gconstpointer data)
{
  start_ready (t);
  for (guint i = 1; i <= 4; i++) {
    int pid;

    fixture_wait (t->f.loop, is_ready_again, t);
    pid = weir_analyzers_get_pid (t->analyzers, 0);
    g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
    send_unit (t);
    g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
    t->wanted = i;
    fixture_wait (t->f.loop, has_restarts, t);
  }
  g_assert_false (t->stream->apart);
  g_assert_cmpuint (t->f.control.analyzers_apart, ==, 0);
}

/* Without a spare what waits goes where another works. */
static void
test_both_killed (Test *t, gconstpointer data)
{
  int pids[3];

  t->workers = 2;
  start_ready (t);
  /* The last one is the spare; the stream is on one of the two others. */
  for (guint i = 0; i < 3; i++)
    pids[i] = weir_analyzers_get_pid (t->analyzers, i);
  g_assert_cmpint (kill (pids[2], SIGKILL), ==, 0);
  t->wanted = 1;
  fixture_wait (t->f.loop, has_restarts, t);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (kill (pids[i], SIGSTOP), ==, 0);
  for (guint i = 0; i < 4; i++)
    send_unit (t);
  g_assert_cmpint (kill (pids[0], SIGKILL), ==, 0);
  t->wanted = 2;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpint (kill (pids[1], SIGKILL), ==, 0);
  t->wanted = 3;
  fixture_wait (t->f.loop, has_restarts, t);
  /* The one that was worked on is lost, and the next if it came to the other
   * that died. */
  t->wanted = 4;
  fixture_wait (t->f.loop, has_answers, t);
  g_assert_cmpuint (t->stream->samples_skipped, <=, 2);
}

/* How long that takes is told of where it went. */
static void
test_move_without_spare (Test *t, gconstpointer data)
{
  int spare, pid;

  t->workers = 2;
  start_ready (t);
  spare = weir_analyzers_get_pid (t->analyzers, 2);
  pid = weir_analyzers_get_pid (t->analyzers, (guint) (t->stream->number % 2));
  g_assert_cmpint (kill (spare, SIGKILL), ==, 0);
  t->wanted = 1;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpint (t->f.control.analyzers_longest_move_us, ==, 0);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  for (guint i = 0; i < 4; i++)
    send_unit (t);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  t->wanted = 2;
  fixture_wait (t->f.loop, has_restarts, t);
  wait_for (t, 3, 1);
  g_assert_cmpint (t->f.control.analyzers_longest_move_us, >, 0);
}

static gboolean
is_another (gpointer data)
{
  Test *t = data;

  return weir_analyzers_get_pid (t->analyzers, 0) != t->pid;
}

/* One that has used up its CPU time is replaced without a loss. */
static void
test_retired (Test *t, gconstpointer data)
{
  t->retire_cpu_us = 1;
  start_ready (t);
  t->pid = weir_analyzers_get_pid (t->analyzers, 0);
  for (guint i = 1; i <= 20; i++) {
    send_unit (t);
    t->wanted = i;
    fixture_wait (t->f.loop, has_sample, t);
  }
  fixture_wait (t->f.loop, is_another, t);
  g_assert_cmpuint (t->stream->samples_skipped, ==, 0);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 0);
}

static void
test_stopped (Test *t, gconstpointer data)
{
  gint64 before_us;

  start_ready (t);
  g_assert_cmpint (
      kill (weir_analyzers_get_pid (t->analyzers, 0), SIGSTOP), ==, 0);
  before_us = weir_now_us ();
  for (guint i = 0; i < 3; i++)
    send_unit (t);
  wait_for (t, 2, 1);
  g_assert_cmpint (weir_now_us () - before_us, >=, HANG_US);
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 1);
}

/* Units [FROM, TO) of a stream of 58 with a key frame every 24. */
static void
send_whole (Test *t, guint from, guint to)
{
  g_autoptr (GBytes) all = load ("../codecs/h264_whole.units");
  g_autoptr (GBytes) record = load ("../codecs/h264_whole.conf");
  g_autoptr (WeirCodecConfig) config = weir_codec_config_new (WEIR_CODEC_H264,
      g_bytes_get_data (record, NULL), g_bytes_get_size (record), NULL);
  const guint8 *at = g_bytes_get_data (all, NULL);

  for (guint i = 0; i < to; i++) {
    gsize size = (gsize) at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
    WeirPacket packet = { .dts_ms = (gint64) i * 1000 / 24,
      .pts_ms = at[6] << 8 | at[7],
      .arrival_us = weir_now_us (),
      .kind = WEIR_MEDIA_VIDEO,
      .codec = WEIR_CODEC_H264,
      .flags = at[8] ? WEIR_PACKET_KEY : 0 };

    at += 9;
    if (i >= from) {
      packet.config = weir_codec_config_ref (config);
      packet.payload = weir_arena_alloc (t->f.arena, size);
      memcpy (packet.payload.data, at, size);
      weir_stream_take_packet (t->stream, &packet);
    }
    at += size;
  }
}

static gboolean
has_samples (gpointer data)
{
  return ((Test *) data)->stream->samples_done >= ((Test *) data)->wanted;
}

/* Ten pictures a second of a stream decoded whole; its analyzer dies in the
 * middle of a group, which is given to the next from its beginning. */
static void
test_whole (Test *t, gconstpointer data)
{
  const WeirSamplingRate rate = { WEIR_SAMPLING_FPS, 100 };
  const WeirSamplingRate keys = { WEIR_SAMPLING_KEYFRAMES, 0 };
  guint64 done;

  start_ready (t);
  weir_sampler_set_rates (&t->stream->sampler, &rate, &rate);
  send_whole (t, 0, 30);
  t->wanted = 9;
  fixture_wait (t->f.loop, has_samples, t);
  g_assert_true (t->stream->whole);
  g_assert_cmpuint (t->stream->samples_skipped, ==, 0);

  g_assert_cmpint (
      kill (weir_analyzers_get_pid (t->analyzers, 0), SIGKILL), ==, 0);
  t->wanted = 1;
  fixture_wait (t->f.loop, has_restarts, t);
  done = t->stream->samples_done;
  send_whole (t, 30, 40);
  t->wanted = done + 3;
  fixture_wait (t->f.loop, has_samples, t);
  g_assert_cmpuint (t->stream->samples_skipped, <=, 1);

  /* Back to key frames, of which one more comes. */
  weir_sampler_set_rates (&t->stream->sampler, &keys, &keys);
  send_whole (t, 40, 58);
  t->wanted = t->stream->samples_done + 1;
  fixture_wait (t->f.loop, has_samples, t);
  g_assert_false (t->stream->whole);
}

/* Before any is ready pictures wait, and the oldest give way. */
static void
test_queue (Test *t, gconstpointer data)
{
  start (t, g_getenv ("WEIR_ANALYZER"), 20 * HANG_US);
  for (guint i = 0; i < QUEUE + 3; i++)
    send_unit (t);
  g_assert_cmpuint (t->stream->samples_skipped, ==, 3);
  g_assert_cmpstr (t->stream->skip_reason, ==, "the analyzers are behind");
  wait_for (t, QUEUE, 3);
  g_assert_cmpint (
      weir_cases_find (t->f.control.cases, t->stream->case_id)->first_hit_ms,
      ==, 3 * 2000);
}

/* Who sends too many gives way to itself, not the one before it. */
static void
test_fair_queue (Test *t, gconstpointer data)
{
  WeirStream *quiet;

  start (t, g_getenv ("WEIR_ANALYZER"), 20 * HANG_US);
  quiet = t->stream;
  send_unit (t);
  t->stream = fixture_start_stream (&t->f, "b");
  for (guint i = 0; i < QUEUE + 2; i++)
    send_unit (t);
  g_assert_cmpuint (quiet->samples_skipped, ==, 0);
  g_assert_cmpuint (t->stream->samples_skipped, ==, 3);
  wait_for (t, QUEUE - 1, 3);
  g_assert_cmpuint (quiet->samples_done, ==, 1);
}

static void
test_broken_picture (Test *t, gconstpointer data)
{
  start_ready (t);
  g_bytes_unref (t->unit);
  t->unit = g_bytes_new_static ("not a picture", 13);
  send_unit (t);
  wait_for (t, 0, 1);
  g_assert_nonnull (strstr (t->stream->skip_reason, "no picture"));
  g_assert_cmpuint (t->f.control.analyzers_restarts, ==, 0);
}

static void
test_not_for_it (Test *t, gconstpointer data)
{
  WeirPacket packet = { .kind = WEIR_MEDIA_VIDEO, .flags = WEIR_PACKET_KEY };

  start (t, g_getenv ("WEIR_ANALYZER"), HANG_US);
  packet.payload = weir_arena_alloc (t->f.arena, 1);
  weir_stream_take_packet (t->stream, &packet);
  g_assert_cmpstr (
      t->stream->skip_reason, ==, "no codec configuration came before it");
  g_bytes_unref (t->unit);
  t->unit = g_bytes_new_take (
      g_malloc0 (WEIR_WIRE_MAX_UNIT_BYTES + 1), WEIR_WIRE_MAX_UNIT_BYTES + 1);
  send_unit (t);
  g_assert_cmpstr (t->stream->skip_reason, ==, "larger than an analyzer takes");
  g_assert_cmpuint (t->stream->samples_skipped, ==, 2);
}

static void
test_not_there (Test *t, gconstpointer data)
{
  WeirAnalyzersOptions options = { .program =
                                       (char *) "/nonexistent/weir-analyzer",
    .workers = 1,
    .index_fd = -1 };
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_analyzers_new (&t->f.control, &options, &error));
  g_assert_cmpstr (error->message, ==,
      "can't start /nonexistent/weir-analyzer: no such file or directory");
}

/* It never gets ready; what is started in its place waits longer each time. */
static void
test_dies (Test *t, gconstpointer data)
{
  gint64 before_us = weir_now_us ();

  start_script (t, "exit 1", HANG_US);
  t->wanted = 6;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpint (weir_now_us () - before_us, >, 300000);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, 0);
  send_unit (t);
  g_assert_cmpuint (t->stream->samples_skipped, ==, 0);
}

static void
test_garbage (Test *t, gconstpointer data)
{
  start_script (
      t, "printf 'GARBAGE GARBAGE' >&3; exec cat <&3 >/dev/null", HANG_US);
  t->wanted = 2;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, 0);
}

/* HELLO of another version. */
static void
test_other_version (Test *t, gconstpointer data)
{
  start_script (t,
      "printf '\\0\\0\\0\\011\\001WEIR\\377\\377\\0\\001x' >&3; "
      "printf '\\0\\0\\0\\0\\005' >&3; exec cat <&3 >/dev/null",
      HANG_US);
  t->wanted = 2;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, 0);
  g_assert_nonnull (strstr (
      t->f.control.analyzers_error, "speaks version 65535 of the messages"));
}

/* FAILED before it is ready, which says why it won't get so. */
static void
test_says_why (Test *t, gconstpointer data)
{
  start_script (t,
      "printf '\\0\\0\\0\\013\\007\\0\\0\\0\\0\\0\\0\\0\\1\\0\\001x' >&3; "
      "exec cat <&3 >/dev/null",
      HANG_US);
  t->wanted = 4;
  fixture_wait (t->f.loop, has_restarts, t);
  g_assert_cmpuint (t->f.control.analyzers_ready, ==, 0);
  g_assert_true (g_str_has_prefix (t->f.control.analyzers_error,
      "can't start: x, the next one is started in "));
}

/* An analyzer that has models of before says nothing about a scorer that is
 * another one under its name. */
static void
test_scores_of_before (Test *t, gconstpointer data)
{
  WeirScorerSetting scorer = { .name = (char *) "kept",
    .width = 32,
    .height = 32,
    .scale = 1,
    .output = 1,
    .threshold = 1000,
    .seen_from = 1000 };
  WeirScorerSetting was = scorer, now = scorer;
  g_autoptr (GPtrArray) before = g_ptr_array_new ();
  g_autoptr (GPtrArray) after = g_ptr_array_new ();
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "../models/red.onnx", NULL);
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  const int fds[] = { fd, fd };

  g_assert_cmpint (fd, >=, 0);
  was.name = now.name = (char *) "changed";
  now.output = 0;
  now.generation = 1;
  g_ptr_array_add (before, &was);
  g_ptr_array_add (before, &scorer);
  g_ptr_array_add (after, &scorer);
  g_ptr_array_add (after, &now);
  t->scorers = before;
  t->model_fds = fds;
  start_ready (t);
  t->pid = weir_analyzers_get_pid (t->analyzers, 0);
  send_unit (t);
  t->f.control.scorers = after;
  weir_analyzers_set_scorers (t->analyzers, after, fds, TRUE);
  wait_for (t, 1, 0);
  g_assert_true (t->stream->sampling.trends[0].any);
  g_assert_false (t->stream->sampling.trends[1].any);
  fixture_wait (t->f.loop, is_another, t);
  send_unit (t);
  wait_for (t, 2, 0);
  g_assert_true (t->stream->sampling.trends[1].any);
  t->f.control.scorers = NULL;
  close (fd);
}

/* One score, and it was given no scorer. */
static void
test_scores_of_nobody (Test *t, gconstpointer data)
{
  g_autoptr (GString) script = g_string_new ("printf '\\0\\0\\0\\0\\005' >&3; "
                                             "printf '\\0\\0\\0\\076\\006");

  for (guint i = 0; i < 55; i++)
    g_string_append (script, "\\0");
  g_string_append (
      script, "\\001\\0\\0\\0\\0\\0\\0' >&3; exec cat <&3 >/dev/null");
  start_script (t, script->str, HANG_US);
  t->wanted = 2;
  fixture_wait (t->f.loop, has_restarts, t);
  send_unit (t);
  g_assert_cmpuint (t->stream->samples_done, ==, 0);
}

/* Answers to what nobody asked, and messages that are not for the gateway. */
static void
test_stranger (Test *t, gconstpointer data)
{
  start_script (t,
      "printf '\\0\\0\\0\\0\\005' >&3; "
      "printf '\\0\\0\\0\\004\\003\\0\\0\\0\\001' >&3; "
      "printf '\\0\\0\\0\\013\\007\\0\\0\\0\\0\\0\\0\\0\\143\\0\\001x' >&3; "
      "exec cat <&3 >/dev/null",
      HANG_US / 4);
  fixture_wait (t->f.loop, is_ready, t);
  g_assert_cmpuint (t->stream->samples_skipped, ==, 0);
  send_unit (t);
  wait_for (t, 0, 1);
  g_assert_cmpstr (
      t->stream->skip_reason, ==, "the analyzer had to be replaced");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Test *t, gconstpointer data);
  } tests[] = {
    { "/analyzers/samples", test_samples },
    { "/analyzers/says-why", test_says_why },
    { "/analyzers/scores-of-before", test_scores_of_before },
    { "/analyzers/scores-of-nobody", test_scores_of_nobody },
    { "/analyzers/generations", test_generations },
    { "/analyzers/killed", test_killed },
    { "/analyzers/apart", test_apart },
    { "/analyzers/no-memory", test_no_memory },
    { "/analyzers/not-to-blame", test_not_to_blame },
    { "/analyzers/both-killed", test_both_killed },
    { "/analyzers/move-without-spare", test_move_without_spare },
    { "/analyzers/retired", test_retired },
    { "/analyzers/whole", test_whole },
    { "/analyzers/stopped", test_stopped },
    { "/analyzers/queue", test_queue },
    { "/analyzers/fair-queue", test_fair_queue },
    { "/analyzers/broken-picture", test_broken_picture },
    { "/analyzers/not-for-it", test_not_for_it },
    { "/analyzers/not-there", test_not_there },
    { "/analyzers/dies", test_dies },
    { "/analyzers/garbage", test_garbage },
    { "/analyzers/other-version", test_other_version },
    { "/analyzers/stranger", test_stranger },
  };

  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Test, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
