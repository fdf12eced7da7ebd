/* Tests the real weir-muxer over a socket: that its slates go round through a
 * real decoder and show what they should, and what it refuses. Every read has
 * a deadline. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairo.h>
#include <glib/gstdio.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "base/bytes.h"
#include "base/error.h"
#include "core/slate.h"
#include "wire/frame-reader.h"

#define DEADLINE_SECONDS 120
#define FRAME_US 33333

typedef struct {
  GPid pid;
  int fd; /* our end */
  GByteArray *in;
  GByteArray *out;
} Muxer;

static void
start (Muxer *m)
{
  const char *argv[] = { g_getenv ("WEIR_MUXER"), NULL };
  const struct timeval deadline = { .tv_sec = DEADLINE_SECONDS };
  g_autoptr (GError) error = NULL;
  int target = 3, pair[2];

  g_assert_nonnull (argv[0]);
  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (
      setsockopt (pair[0], SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline),
      ==, 0);
  g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
      NULL, NULL, -1, -1, -1, &pair[1], &target, 1, &m->pid, NULL, NULL, NULL,
      &error);
  g_assert_no_error (error);
  close (pair[1]);
  m->fd = pair[0];
  m->in = g_byte_array_new ();
  m->out = g_byte_array_new ();
}

static void
send_message (Muxer *m, const WeirWireMessage *message)
{
  g_autoptr (GError) error = NULL;

  weir_frame_write (m->fd, m->out, message, &error);
  g_assert_no_error (error);
}

static void
receive (Muxer *m, WeirWireType type, WeirWireMessage *ret)
{
  g_autoptr (GError) error = NULL;
  WeirFrameResult result = weir_frame_read (m->fd, m->in, ret, &error);

  g_assert_no_error (error);
  g_assert_cmpint (result, ==, WEIR_FRAME_OK);
  if (ret->type == WEIR_WIRE_FAILED && type != WEIR_WIRE_FAILED)
    g_error ("%.*s", (int) ret->failed.text_size, ret->failed.text);
  g_assert_cmpint (ret->type, ==, type);
}

static void
greet (Muxer *m, guint16 version)
{
  send_message (m, &(WeirWireMessage){ .type = WEIR_WIRE_HELLO,
                       .hello = { version, "test", 4 } });
}

static void
start_ready (Muxer *m)
{
  WeirWireMessage message;

  start (m);
  receive (m, WEIR_WIRE_HELLO, &message);
  g_assert_cmpmem (
      message.hello.program, message.hello.program_size, "weir-muxer", 10);
  greet (m, WEIR_WIRE_VERSION);
  receive (m, WEIR_WIRE_READY, &message);
}

/* Waits for the process, which must end by itself with STATUS. */
static void
finish (Muxer *m, int status)
{
  WeirWireMessage message;
  int how;

  shutdown (m->fd, SHUT_WR);
  while (weir_frame_read (m->fd, m->in, &message, NULL) == WEIR_FRAME_OK)
    ;
  close (m->fd);
  g_assert_cmpint (waitpid (m->pid, &how, 0), ==, m->pid);
  g_assert_true (WIFEXITED (how));
  g_assert_cmpint (WEXITSTATUS (how), ==, status);
  g_byte_array_unref (m->in);
  g_byte_array_unref (m->out);
}

static WeirSlateDraw
wanted (WeirCodec codec, guint profile, guint width, guint height)
{
  static const char text[] =
      "Wir sind gleich zurück.\nHilfe: example.org/hilfe";

  return (WeirSlateDraw){ .job = 5,
    .codec = (guint8) codec,
    .profile = (guint8) profile,
    .width = (guint16) width,
    .height = (guint16) height,
    .frame_us = FRAME_US,
    .n_units = 20,
    .text = text,
    .text_size = sizeof text - 1 };
}

static WeirSlate *
draw (Muxer *m, const WeirSlateDraw *draw)
{
  g_autoptr (GPtrArray) units =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (WeirCodecConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  WeirWireMessage message = { .type = WEIR_WIRE_DRAW, .draw = *draw };
  const guint8 *unit;
  gsize at = 0, size;
  WeirSlate *slate;

  send_message (m, &message);
  receive (m, WEIR_WIRE_SLATE, &message);
  g_assert_cmpuint (message.slate.job, ==, draw->job);
  while ((unit = weir_wire_next_unit (&message.slate, &at, &size)) != NULL)
    g_ptr_array_add (units, g_bytes_new (unit, size));
  g_assert_cmpuint (units->len, ==, draw->n_units);
  config = weir_codec_config_new ((WeirCodec) draw->codec, message.slate.config,
      message.slate.config_size, &error);
  g_assert_no_error (error);
  /* Checks IDR, predicted pictures, no SEI, no B. */
  slate = weir_slate_new (config, (GBytes *const *) units->pdata, units->len,
      draw->frame_us, &error);
  g_assert_no_error (error);
  return slate;
}

static GstHarness *
make_decoder (const WeirSlate *slate)
{
  static const struct {
    const char *decoder;
    const char *caps;
  } kinds[] = {
    [WEIR_CODEC_H264] = { "avdec_h264",
        "video/x-h264,stream-format=avc,alignment=au" },
    [WEIR_CODEC_HEVC] = { "avdec_h265",
        "video/x-h265,stream-format=hvc1,alignment=au" },
    [WEIR_CODEC_AV1] = { "av1dec",
        "video/x-av1,stream-format=obu-stream,alignment=tu" },
    [WEIR_CODEC_VP9] = { "vp9dec", "video/x-vp9" },
  };
  WeirCodec codec = slate->config->codec;
  GstHarness *h = gst_harness_new (kinds[codec].decoder);
  GstCaps *caps = gst_caps_from_string (kinds[codec].caps);
  g_autoptr (GstBuffer) data =
      gst_buffer_new_memdup (slate->config->data, slate->config->size);

  if (codec == WEIR_CODEC_H264 || codec == WEIR_CODEC_HEVC)
    gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, data, NULL);
  gst_harness_set_src_caps (h, caps);
  return h;
}

/* Mean and greatest luma; the sum of what differs from OTHER, unless NULL. */
static void
measure (GstHarness *h, GstBuffer *picture, GstBuffer *other, double *ret_mean,
    guint *ret_max, guint64 *ret_different)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
  GstVideoFrame a, b;
  GstVideoInfo info;
  guint64 sum = 0;

  g_assert_true (gst_video_info_from_caps (&info, caps));
  g_assert_true (gst_video_frame_map (&a, &info, picture, GST_MAP_READ));
  g_assert_true (gst_video_frame_map (
      &b, &info, other != NULL ? other : picture, GST_MAP_READ));
  *ret_max = 0;
  *ret_different = 0;
  for (int y = 0; y < info.height; y++) {
    const guint8 *p = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&a, 0)
                      + y * GST_VIDEO_FRAME_PLANE_STRIDE (&a, 0);
    const guint8 *q = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&b, 0)
                      + y * GST_VIDEO_FRAME_PLANE_STRIDE (&b, 0);

    for (int x = 0; x < info.width; x++) {
      sum += p[x];
      *ret_max = MAX (*ret_max, p[x]);
      *ret_different += (guint64) ABS (p[x] - q[x]);
    }
  }
  *ret_mean = (double) sum / info.width / info.height;
  gst_video_frame_unmap (&a);
  gst_video_frame_unmap (&b);
}

/* Twice round and a half; every unit one picture, all alike, bright text on a
 * dark ground, nobody complains. */
static void
assert_goes_round (const WeirSlate *slate, guint width, guint height)
{
  GstHarness *h = make_decoder (slate);
  g_autoptr (GstBus) bus = gst_bus_new ();
  guint n = slate->n_units * 5 / 2, pictures = 0, max;
  g_autoptr (GstBuffer) first = NULL;
  g_autoptr (GstCaps) caps = NULL;
  GstMessage *complaint;
  GstBuffer *picture;
  guint64 different;
  GstVideoInfo info;
  double mean;

  gst_element_set_bus (h->element, bus);
  for (guint i = 0; i < n; i++) {
    WeirPacket p;
    GstBuffer *buffer;

    weir_slate_get_packet (slate, i, &p);
    buffer = gst_buffer_new_memdup (p.payload.data, p.payload.size);
    GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) =
        (GstClockTime) weir_slate_offset_ms (slate, i) * GST_MSECOND;
    weir_packet_clear (&p);
    g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  while ((picture = gst_harness_try_pull (h)) != NULL) {
    measure (h, picture, first, &mean, &max, &different);
    g_assert_cmpfloat (mean, >, 24);
    g_assert_cmpfloat (mean, <, 90);
    g_assert_cmpuint (max, >, 170);
    g_assert_cmpuint (different, <, (guint64) width * height);
    pictures++;
    if (first == NULL)
      first = picture;
    else
      gst_buffer_unref (picture);
  }
  g_assert_cmpuint (pictures, ==, n);
  caps = gst_pad_get_current_caps (h->sinkpad);
  g_assert_true (gst_video_info_from_caps (&info, caps));
  g_assert_cmpint (info.width, ==, width);
  g_assert_cmpint (info.height, ==, height);
  complaint =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  if (complaint != NULL)
    g_error ("%" GST_PTR_FORMAT, complaint);
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
}

typedef struct {
  WeirCodec codec;
  guint profile;
  guint width;
  guint height;
  guint profile_made;
} Sort;

static const Sort sorts[] = {
  { WEIR_CODEC_H264, 66, 320, 180, 66 },
  { WEIR_CODEC_H264, 77, 640, 360, 77 },
  { WEIR_CODEC_H264, 100, 360, 640, 100 },
  { WEIR_CODEC_H264, 244, 322, 242, 100 }, /* of 4:4:4 */
  { WEIR_CODEC_H264, 0, 426, 240, 100 },   /* not known */
  { WEIR_CODEC_HEVC, 1, 640, 360, 1 },
  { WEIR_CODEC_HEVC, 2, 240, 426, 1 }, /* of ten bits */
  { WEIR_CODEC_AV1, 0, 320, 180, 0 },
  { WEIR_CODEC_VP9, 2, 426, 240, 0 },
};

static void
test_sorts (void)
{
  Muxer m;

  start_ready (&m);
  for (guint i = 0; i < G_N_ELEMENTS (sorts); i++) {
    const Sort *s = &sorts[i];
    const WeirSlateDraw w = wanted (s->codec, s->profile, s->width, s->height);
    g_autoptr (WeirSlate) slate = draw (&m, &w);

    /* vpcC has no size. */
    if (s->codec != WEIR_CODEC_VP9) {
      g_assert_cmpuint (slate->config->video.width, ==, s->width);
      g_assert_cmpuint (slate->config->video.height, ==, s->height);
    }
    g_assert_cmpuint (slate->config->video.profile, ==, s->profile_made);
    g_assert_cmpuint (slate->config->video.bit_depth, ==, 8);
    g_assert_cmpuint (slate->config->video.chroma, ==, 1);
    g_assert_cmpuint (slate->config->video.nal_size_bytes, ==,
        s->codec == WEIR_CODEC_H264 || s->codec == WEIR_CODEC_HEVC ? 4 : 0);
    assert_goes_round (slate, s->width, s->height);
    /* Little more than the key frame. */
    g_assert_cmpuint (
        slate->bytes - slate->units[0].size, <, slate->n_units * 300);
  }
  finish (&m, 0);
}

static GstBuffer *
load_file (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  char *data;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  return gst_buffer_new_wrapped (data, size);
}

static void
push_at (GstHarness *h, GstBuffer *buffer, GstClockTime *at)
{
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = *at;
  *at += 40 * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
}

/* Content, slate, content for a decoder that was told of the content's
 * configuration and hears of no other. */
static void
test_first_configuration_only (void)
{
  const WeirSlateDraw w = wanted (WEIR_CODEC_H264, 100, 320, 180);
  GstHarness *h = gst_harness_new ("avdec_h264");
  g_autoptr (GstBuffer) avcc = load_file ("bbb_320x180.avcc");
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (WeirSlate) slate = NULL;
  GstMessage *complaint;
  GstClockTime at = 0;
  guint pictures = 0;
  GstBuffer *picture;
  Muxer m;

  start_ready (&m);
  slate = draw (&m, &w);
  finish (&m, 0);
  gst_element_set_bus (h->element, bus);
  gst_harness_set_src_caps (
      h, gst_caps_new_simple ("video/x-h264", "stream-format", G_TYPE_STRING,
             "avc", "alignment", G_TYPE_STRING, "au", "codec_data",
             GST_TYPE_BUFFER, avcc, NULL));
  for (guint round = 0; round < 3; round++) {
    push_at (h, load_file ("bbb_320x180_t6.au"), &at);
    for (guint i = 0; i < slate->n_units + 5; i++) {
      WeirPacket p;

      weir_slate_get_packet (slate, i, &p);
      push_at (h, gst_buffer_new_memdup (p.payload.data, p.payload.size), &at);
      weir_packet_clear (&p);
    }
  }
  push_at (h, load_file ("bbb_320x180_t12.au"), &at);
  gst_harness_push_event (h, gst_event_new_eos ());
  while ((picture = gst_harness_try_pull (h)) != NULL) {
    g_assert_false (
        GST_BUFFER_FLAG_IS_SET (picture, GST_BUFFER_FLAG_CORRUPTED));
    gst_buffer_unref (picture);
    pictures++;
  }
  g_assert_cmpuint (pictures, ==, 3 * (1 + slate->n_units + 5) + 1);
  complaint =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  if (complaint != NULL)
    g_error ("%" GST_PTR_FORMAT, complaint);
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
}

/* Odd sides become even; a slate of one picture is a key frame alone. */
static void
test_odd (void)
{
  WeirSlateDraw w = wanted (WEIR_CODEC_H264, 100, 321, 243);
  g_autoptr (WeirSlate) slate = NULL;
  Muxer m;

  start_ready (&m);
  w.n_units = 1;
  w.text_size = 0;
  slate = draw (&m, &w);
  g_assert_cmpuint (slate->config->video.width, ==, 322);
  g_assert_cmpuint (slate->config->video.height, ==, 244);
  finish (&m, 0);
}

/* Rates that nobody has a name for. */
static void
test_rates (void)
{
  static const guint32 frames[] = { 4166, 37777, 1000000 };
  Muxer m;

  start_ready (&m);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    WeirSlateDraw w = wanted (WEIR_CODEC_H264, 100, 64, 64);
    g_autoptr (WeirSlate) slate = NULL;

    w.frame_us = frames[i];
    slate = draw (&m, &w);
    w.codec = WEIR_CODEC_HEVC;
    g_clear_pointer (&slate, weir_slate_unref);
    slate = draw (&m, &w);
  }
  finish (&m, 0);
}

/* A PNG of one colour, as bytes. */
static cairo_status_t
append_png (void *closure, const unsigned char *data, unsigned int size)
{
  g_byte_array_append (closure, data, size);
  return CAIRO_STATUS_SUCCESS;
}

static GByteArray *
make_png (int width, int height, double grey)
{
  cairo_surface_t *s =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (s);
  GByteArray *png = g_byte_array_new ();

  cairo_set_source_rgb (cr, grey, grey, grey);
  cairo_paint (cr);
  cairo_destroy (cr);
  g_assert_cmpint (cairo_surface_write_to_png_stream (s, append_png, png), ==,
      CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (s);
  return png;
}

/* The operator's picture, without text: as bright as it is. */
static void
test_picture (void)
{
  WeirSlateDraw w = wanted (WEIR_CODEC_H264, 100, 320, 180);
  g_autoptr (GByteArray) png = make_png (50, 80, 1);
  g_autoptr (WeirSlate) slate = NULL;
  g_autoptr (GstBuffer) picture = NULL;
  guint64 different;
  GstHarness *h;
  WeirPacket p;
  double mean;
  guint max;
  Muxer m;

  start_ready (&m);
  w.text_size = 0;
  w.picture = png->data;
  w.picture_size = png->len;
  slate = draw (&m, &w);
  h = make_decoder (slate);
  weir_slate_get_packet (slate, 0, &p);
  gst_harness_push (h, gst_buffer_new_memdup (p.payload.data, p.payload.size));
  weir_packet_clear (&p);
  gst_harness_push_event (h, gst_event_new_eos ());
  picture = gst_harness_pull (h);
  measure (h, picture, NULL, &mean, &max, &different);
  g_assert_cmpfloat (mean, >, 225); /* 235 is white */
  gst_harness_teardown (h);
  finish (&m, 0);
}

static void
assert_refused (Muxer *m, const WeirSlateDraw *w, const char *part)
{
  WeirWireMessage message = { .type = WEIR_WIRE_DRAW, .draw = *w };
  g_autofree char *text = NULL;

  send_message (m, &message);
  receive (m, WEIR_WIRE_FAILED, &message);
  g_assert_cmpuint (message.failed.job, ==, w->job);
  text = g_strndup (message.failed.text, message.failed.text_size);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, part));
}

static void
test_refused (void)
{
  static const WeirCodec others[] = { WEIR_CODEC_NONE, WEIR_CODEC_AAC,
    WEIR_CODEC_METADATA, (WeirCodec) 200 };
  static const guint sizes[][2] = { { 0, 0 }, { 15, 64 }, { 64, 15 },
    { 4097, 64 }, { 64, 65535 } };
  static const guint32 frames[] = { 0, 4165, 1000001, G_MAXUINT32 };
  g_autoptr (GByteArray) png = make_png (64, 64, 0.5);
  g_autoptr (WeirSlate) slate = NULL;
  WeirSlateDraw w;
  Muxer m;

  start_ready (&m);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    w = wanted (others[i], 0, 320, 180);
    assert_refused (&m, &w, "there is no encoder for this codec");
  }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    w = wanted (WEIR_CODEC_H264, 100, sizes[i][0], sizes[i][1]);
    assert_refused (&m, &w, "sides of 16 to 4096 are drawn");
  }
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    w = wanted (WEIR_CODEC_H264, 100, 320, 180);
    w.frame_us = frames[i];
    assert_refused (&m, &w, "4166 to 1000000 are taken");
  }
  w = wanted (WEIR_CODEC_H264, 100, 320, 180);
  w.text = "\xff\xfe";
  w.text_size = 2;
  assert_refused (&m, &w, "not UTF-8");
  w.text = "a\0b";
  w.text_size = 3;
  assert_refused (&m, &w, "not UTF-8");
  w = wanted (WEIR_CODEC_H264, 100, 320, 180);
  w.picture = (const guint8 *) "GIF89a";
  w.picture_size = 6;
  assert_refused (&m, &w, "the picture is not PNG");
  w.picture = png->data;
  w.picture_size = png->len - 20;
  assert_refused (&m, &w, "the picture: ");
  weir_put_uint (png->data + 16, 8193, 4);
  w.picture_size = png->len;
  assert_refused (&m, &w, "at most 8192 x 8192 are taken");
  /* It goes on. */
  w = wanted (WEIR_CODEC_H264, 100, 320, 180);
  slate = draw (&m, &w);
  finish (&m, 0);
}

/* Its kernel says that it is shut in. */
static void
test_sandbox (void)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  Muxer m;

  start_ready (&m);
  path = g_strdup_printf ("/proc/%d/status", (int) m.pid);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\nSeccomp:\t2\n"));
  g_assert_nonnull (strstr (text, "\nNoNewPrivs:\t1\n"));
  finish (&m, 0);
}

/* Fontconfig would look into a folder of the user's, too: it can't, and text is
 * drawn all the same. */
static void
test_reads_few_files (void)
{
  const WeirSlateDraw w = wanted (WEIR_CODEC_H264, 100, 320, 180);
  g_autofree char *folder = g_dir_make_tmp ("weir-muxer-XXXXXX", NULL);
  g_autofree char *fonts = g_build_filename (folder, "fonts", NULL);
  int watch = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  char event[4096];
  g_autoptr (WeirSlate) slate = NULL;
  Muxer m;

  if (syscall (SYS_landlock_create_ruleset, NULL, 0, 1) < 1) {
    g_test_skip ("the kernel has no Landlock");
    return;
  }
  g_assert_cmpint (g_mkdir (fonts, 0700), ==, 0);
  g_assert_cmpint (inotify_add_watch (watch, fonts, IN_OPEN), >=, 0);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  start_ready (&m);
  g_unsetenv ("XDG_DATA_HOME");
  slate = draw (&m, &w);
  assert_goes_round (slate, 320, 180);
  finish (&m, 0);
  g_assert_cmpint (read (watch, event, sizeof event), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  close (watch);
  g_rmdir (fonts);
  g_rmdir (folder);
}

static void
test_ends (void)
{
  WeirWireMessage message;
  Muxer m;

  start (&m);
  finish (&m, 0);
  start (&m);
  receive (&m, WEIR_WIRE_HELLO, &message);
  greet (&m, WEIR_WIRE_VERSION + 1);
  finish (&m, 2);
  start_ready (&m);
  send_message (&m, &(WeirWireMessage){ .type = WEIR_WIRE_READY });
  finish (&m, 1);
}

static void
load (const char *plugin)
{
  g_autofree char *path =
      g_strdup_printf ("%s/libgst%s.so", WEIR_GST_PLUGINS_DIR, plugin);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPlugin) loaded = gst_plugin_load_file (path, &error);

  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  load ("libav");
  load ("aom");
  load ("vpx");
  g_test_add_func ("/muxer/sorts", test_sorts);
  g_test_add_func (
      "/muxer/first-configuration-only", test_first_configuration_only);
  g_test_add_func ("/muxer/odd", test_odd);
  g_test_add_func ("/muxer/rates", test_rates);
  g_test_add_func ("/muxer/picture", test_picture);
  g_test_add_func ("/muxer/refused", test_refused);
  g_test_add_func ("/muxer/sandbox", test_sandbox);
  g_test_add_func ("/muxer/reads-few-files", test_reads_few_files);
  g_test_add_func ("/muxer/ends", test_ends);
  return g_test_run ();
}
