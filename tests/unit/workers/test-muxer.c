/* The real weir-muxer, asked, killed, stopped and replaced; and programs that
 * only look like it. */
#include "workers/muxer.h"

#include "control/fixture.h"
#include "wire/wire.h"
#include "workers/slate-cache.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_US 5000000
#define LONG_US (G_USEC_PER_SEC * 600)
#define HELD                                                                   \
  "[gate]\ndelay_ms = 600000\n[rtmp]\nrequire_key = false\n"                   \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"

typedef struct {
  Fixture f;
  WeirMuxer *muxer;
  WeirStream *stream;
  const char *text;
  GBytes *picture;
  guint wanted;
  char *script;
} Test;

static void
set_up (Test *t, gconstpointer data)
{
  *t = (Test){ .text = "Back soon." };
  fixture_set_up (&t->f, HELD);
}

static void
tear_down (Test *t, gconstpointer data)
{
  weir_streams_set_slates (t->f.control.streams, NULL);
  weir_muxer_free (t->muxer);
  fixture_tear_down (&t->f, NULL);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
  g_clear_pointer (&t->picture, g_bytes_unref);
  if (t->script != NULL)
    g_unlink (t->script);
  g_free (t->script);
}

static void
get_style (
    gpointer data, const char *app, const char **ret_text, GBytes **ret_picture)
{
  Test *t = data;

  g_assert_cmpstr (app, ==, "live");
  *ret_text = t->text;
  *ret_picture = t->picture;
}

static void
start (Test *t, const char *program, gint64 hang_us)
{
  const WeirMuxerOptions options = { program, hang_us, get_style, t };
  g_autoptr (GError) error = NULL;

  t->muxer = weir_muxer_new (&t->f.control, &options, &error);
  g_assert_no_error (error);
  weir_streams_set_slates (
      t->f.control.streams, weir_muxer_get_slates (t->muxer));
  t->stream = fixture_start_stream (&t->f, "a");
}

static void
start_real (Test *t, gint64 hang_us)
{
  start (t, g_getenv ("WEIR_MUXER"), hang_us);
}

/* A program of shell in place of weir-muxer. */
static void
start_script (Test *t, const char *script)
{
  int fd = g_file_open_tmp ("weir-fake-XXXXXX", &t->script, NULL);
  g_autofree char *text = g_strdup_printf (
      "#!/bin/sh\nV='\\%03o'\n%s\n", WEIR_WIRE_VERSION, script);

  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
  g_assert_cmpint (fchmod (fd, 0700), ==, 0);
  close (fd);
  start (t, t->script, LONG_US);
}

/* A key frame of STREAM with the configuration in the file NAME. */
static void
send_config (Test *t, WeirStream *stream, WeirCodec codec, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  WeirPacket packet = { .dts_ms = t->f.dts_ms,
    .pts_ms = t->f.dts_ms,
    .arrival_us = weir_now_us (),
    .kind = WEIR_MEDIA_VIDEO,
    .codec = (guint8) codec,
    .flags = WEIR_PACKET_KEY };
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  packet.config =
      weir_codec_config_new (codec, (const guint8 *) data, size, &error);
  g_assert_no_error (error);
  packet.payload = weir_arena_alloc (t->f.arena, 1);
  *packet.payload.data = 'K';
  weir_stream_take_packet (stream, &packet);
  t->f.dts_ms += 20;
}

static gboolean
has_slate (gpointer data)
{
  return ((Test *) data)->stream->slate != NULL;
}

/* The slate's are even. */
static gboolean
has_new_size (gpointer data)
{
  const WeirStream *stream = ((Test *) data)->stream;

  return stream->slate->config->video.width / 2
         == (stream->tracks[WEIR_MEDIA_VIDEO].config->video.width + 1) / 2;
}

static gboolean
is_answered (gpointer data)
{
  return has_slate (data) || ((Test *) data)->stream->no_slate != NULL;
}

static gboolean
is_refused (gpointer data)
{
  return ((Test *) data)->stream->no_slate != NULL;
}

static gboolean
has_restarts (gpointer data)
{
  Test *t = data;

  return t->f.control.muxer_restarts >= t->wanted;
}

static int
child (void)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (atoi (text), >, 0);
  return atoi (text);
}

static void
test_shared (Test *t, gconstpointer data)
{
  const WeirSlate *slate;
  WeirStream *other;

  start_real (t, LONG_US);
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  g_assert_null (t->stream->slate);
  fixture_wait (t->f.loop, has_slate, t);
  slate = t->stream->slate;
  g_assert_cmpuint (slate->config->codec, ==, WEIR_CODEC_H264);
  g_assert_cmpuint (slate->config->video.profile, ==, 66);
  g_assert_cmpuint (slate->config->video.width, ==,
      t->stream->tracks[WEIR_MEDIA_VIDEO].config->video.width);
  g_assert_cmpuint (slate->n_units, >=, 20);
  /* Who needs the same has it at once. */
  other = fixture_start_stream (&t->f, "b");
  send_config (t, other, WEIR_CODEC_H264, "h264-baseline.avcC");
  g_assert_true (other->slate == slate);
  /* Another text is another slate. */
  t->text = "Zurück!";
  t->stream = fixture_start_stream (&t->f, "c");
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  g_assert_null (t->stream->slate);
  fixture_wait (t->f.loop, has_slate, t);
  g_assert_true (t->stream->slate != slate);
}

/* The old one stays until the new one has come. */
static void
test_changed (Test *t, gconstpointer data)
{
  g_autoptr (WeirSlate) before = NULL;

  start_real (t, LONG_US);
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  fixture_wait (t->f.loop, has_slate, t);
  before = weir_slate_ref (t->stream->slate);
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-cropped.avcC");
  g_assert_true (t->stream->slate == before);
  fixture_wait (t->f.loop, has_new_size, t);
  g_assert_true (t->stream->slate != before);
}

static void
assert_notice (Test *t, const char *part)
{
  g_autofree char *notice = weir_stream_dup_notice (t->stream);

  g_assert_nonnull (notice);
  g_test_message ("%s", notice);
  g_assert_nonnull (strstr (notice, part));
}

static void
test_refused (Test *t, gconstpointer data)
{
  WeirSlates *slates;

  start_real (t, LONG_US);
  slates = weir_muxer_get_slates (t->muxer);
  slates->klass->want (slates, t->stream->number, "live",
      &(WeirSlateWanted){ WEIR_CODEC_MP2, 0, 640, 360, 25 });
  g_assert_cmpstr (t->stream->no_slate, ==, "there is no encoder for MP2");
  assert_notice (t, "no slate: there is no encoder for MP2");
  slates->klass->want (slates, t->stream->number, "live",
      &(WeirSlateWanted){ WEIR_CODEC_H264, 100, 8, 8, 25 });
  assert_notice (t, "8 x 8 pixels, sides of 16 to 4096 are drawn");
  slates->klass->want (slates, t->stream->number, "live",
      &(WeirSlateWanted){ WEIR_CODEC_HEVC, 1, 7680, 4320, 25 });
  assert_notice (t, "7680 x 4320 pixels, sides of 16 to 4096 are drawn");
  /* What only the process knows. */
  t->picture = g_bytes_new_static ("GIF89a", 6);
  g_clear_pointer (&t->stream->no_slate, g_free);
  slates->klass->want (slates, t->stream->number, "live",
      &(WeirSlateWanted){ WEIR_CODEC_H264, 100, 64, 64, 25 });
  fixture_wait (t->f.loop, is_refused, t);
  assert_notice (t, "the picture is not PNG");
  g_assert_null (t->stream->slate);
  /* It is not asked again. */
  g_clear_pointer (&t->stream->no_slate, g_free);
  slates->klass->want (slates, t->stream->number, "live",
      &(WeirSlateWanted){ WEIR_CODEC_H264, 100, 64, 64, 25 });
  assert_notice (t, "the picture is not PNG");
}

static void
test_killed (Test *t, gconstpointer data)
{
  int pid;

  start_real (t, LONG_US);
  pid = child ();
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  fixture_wait (t->f.loop, has_slate, t);
  g_assert_cmpuint (t->f.control.muxer_restarts, ==, 1);
  g_assert_cmpint (child (), !=, pid);
}

/* Only one that works on something can hang. */
static void
test_stopped (Test *t, gconstpointer data)
{
  WeirSlates *slates;

  start_real (t, HANG_US);
  slates = weir_muxer_get_slates (t->muxer);
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  fixture_wait (t->f.loop, has_slate, t);
  g_assert_cmpint (kill (child (), SIGSTOP), ==, 0);
  t->stream = fixture_start_stream (&t->f, "b");
  slates->klass->want (slates, t->stream->number, "live",
      &(WeirSlateWanted){ WEIR_CODEC_H264, 100, 64, 64, 5 });
  fixture_wait (t->f.loop, is_answered, t);
  g_assert_cmpuint (t->f.control.muxer_restarts, >=, 1);
  /* A machine as slow as that lets the next one hang, too. */
  if (t->f.control.muxer_restarts == 1)
    g_assert_nonnull (t->stream->slate);
}

/* Greets, and then does what REST says with the first question. */
#define GREETING                                                               \
  "printf '\\000\\000\\000\\014\\001WEIR\\000'$V'\\000\\004fake' >&3\n"        \
  "printf '\\000\\000\\000\\000\\005' >&3\n"                                   \
  "head -c 17 <&3 >/dev/null\n"

/* It is tried twice and given up; the next is tried all the same. */
static void
test_poison (Test *t, gconstpointer data)
{
  start_script (t, GREETING "head -c 5 <&3 >/dev/null; exit 3");
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  fixture_wait (t->f.loop, is_refused, t);
  g_assert_cmpstr (
      t->stream->no_slate, ==, "weir-muxer did not survive making it");
  g_assert_cmpuint (t->f.control.muxer_restarts, ==, 2);
}

/* SLATE for job 1 with a good configuration's length and nothing good. */
static void
test_no_slate (Test *t, gconstpointer data)
{
  start_script (t,
      GREETING "head -c 5 <&3 >/dev/null\n"
               "printf '\\000\\000\\000\\023\\021' >&3\n"
               "printf '\\000\\000\\000\\000\\000\\000\\000\\001' >&3\n"
               "printf '\\000\\000\\000\\001x\\000\\001' >&3\n"
               "printf '\\000\\000\\000\\000' >&3\n"
               "cat <&3 >/dev/null");
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  fixture_wait (t->f.loop, is_refused, t);
  g_assert_cmpstr (t->stream->no_slate, ==, "weir-muxer made none");
}

static void
test_does_not_start (Test *t, gconstpointer data)
{
  start_script (t, "exit 4");
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  fixture_wait (t->f.loop, is_refused, t);
  g_assert_cmpstr (t->stream->no_slate, ==, "weir-muxer does not start");
}

/* Streams that were refused have their slate when it works again. */
static void
test_starts_at_last (Test *t, gconstpointer data)
{
  g_autofree char *script = g_strdup_printf (
      "[ -e \"$0.works\" ] || exit 4\nexec '%s'", g_getenv ("WEIR_MUXER"));
  g_autofree char *works = NULL;

  start_script (t, script);
  send_config (t, t->stream, WEIR_CODEC_H264, "h264-baseline.avcC");
  fixture_wait (t->f.loop, is_refused, t);
  works = g_strconcat (t->script, ".works", NULL);
  g_assert_true (g_file_set_contents (works, "", 0, NULL));
  fixture_wait (t->f.loop, has_slate, t);
  g_assert_null (t->stream->no_slate);
  g_unlink (works);
}

/* Rubbish and a program that is not there. */
static void
test_rubbish (Test *t, gconstpointer data)
{
  const WeirMuxerOptions options = { "/no/such/program", HANG_US, get_style,
    t };
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_muxer_new (&t->f.control, &options, &error));
  g_assert_nonnull (error);
  start_script (t, "echo nonsense >&3; cat <&3 >/dev/null");
  t->wanted = 1;
  fixture_wait (t->f.loop, has_restarts, t);
}

/* Whatever is asked for while nothing is answered. */
static void
test_behind (Test *t, gconstpointer data)
{
  WeirSlateWanted wanted = { WEIR_CODEC_H264, 100, 64, 64, 25 };
  WeirSlates *slates;

  start_script (t, "cat <&3 >/dev/null");
  slates = weir_muxer_get_slates (t->muxer);
  for (guint i = 0; i < WEIR_SLATE_CACHE_MAX; i++) {
    wanted.width += 2;
    slates->klass->want (slates, 4711, "live", &wanted);
  }
  slates->klass->want (slates, t->stream->number, "live", &wanted);
  g_assert_null (t->stream->no_slate);
  wanted.width += 2;
  slates->klass->want (slates, t->stream->number, "live", &wanted);
  g_assert_cmpstr (t->stream->no_slate, ==, "weir-muxer is behind");
}

/* More than are kept: the oldest go, and are made again. */
static void
test_many (Test *t, gconstpointer data)
{
  WeirSlateWanted wanted = { WEIR_CODEC_H264, 66, 16, 16, 5 };
  g_autoptr (WeirSlate) first = NULL;
  WeirSlates *slates;

  start_real (t, LONG_US);
  slates = weir_muxer_get_slates (t->muxer);
  for (guint i = 0; i <= WEIR_SLATE_CACHE_MAX; i++) {
    wanted.width = 16 + 2 * i;
    g_clear_pointer (&t->stream->slate, weir_slate_unref);
    slates->klass->want (slates, t->stream->number, "live", &wanted);
    g_assert_null (t->stream->slate);
    fixture_wait (t->f.loop, has_slate, t);
    if (i == 0)
      first = weir_slate_ref (t->stream->slate);
  }
  wanted.width = 18;
  g_clear_pointer (&t->stream->slate, weir_slate_unref);
  slates->klass->want (slates, t->stream->number, "live", &wanted);
  g_assert_nonnull (t->stream->slate);
  wanted.width = 16;
  g_clear_pointer (&t->stream->slate, weir_slate_unref);
  slates->klass->want (slates, t->stream->number, "live", &wanted);
  g_assert_null (t->stream->slate);
  fixture_wait (t->f.loop, has_slate, t);
  g_assert_true (t->stream->slate != first);
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                        \
  g_test_add ("/workers/muxer/" name, Test, NULL, set_up, func, tear_down)
  ADD ("shared", test_shared);
  ADD ("changed", test_changed);
  ADD ("refused", test_refused);
  ADD ("killed", test_killed);
  ADD ("stopped", test_stopped);
  ADD ("poison", test_poison);
  ADD ("no-slate", test_no_slate);
  ADD ("does-not-start", test_does_not_start);
  ADD ("starts-at-last", test_starts_at_last);
  ADD ("rubbish", test_rubbish);
  ADD ("behind", test_behind);
  ADD ("many", test_many);
  return g_test_run ();
}
