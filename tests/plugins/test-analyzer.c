/* Tests the real weir-analyzer over a socket: what it answers to key frames,
 * to rubbish and to strangers, and how it ends. Every read has a deadline. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "base/bytes.h"
#include "core/packet.h"
#include "hash/hamming.h"
#include "hash/index.h"
#include "wire/frame-reader.h"

#define DEADLINE_SECONDS 60
#define N_UNITS 3

/* The frames at 6, 12 and 18 s as the reference hashes them before encoding. */
static const char *const references[N_UNITS] = {
  "4c3e8be97029e6d590b02f476c5a3b1296a74c8cd9b196eca4c949dbdb62b4ac",
  "3522b95f1025ba2d19154e8ead9edd8bc6cdd7cddd696865d4272416a252ee11",
  "d96d32dac5a59869e496cd25b2db31b646ed837e06e5cc5839a6b04fc818e709",
};
static const char *const unit_files[N_UNITS] = { "bbb_320x180_t6.au",
  "bbb_320x180_t12.au", "bbb_320x180_t18.au" };

typedef struct {
  GPid pid;
  int fd; /* our end */
  GByteArray *in;
  GByteArray *out;
} Analyzer;

static GBytes *avcc;
static GBytes *units[N_UNITS];

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  char *text;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  return g_bytes_new_take (text, size);
}

/* INDEX_FD may be -1. Takes part in nothing but the two descriptors. */
static void
start (Analyzer *a, int index_fd)
{
  const char *argv[] = { g_getenv ("WEIR_ANALYZER"), "--radius", "31",
    index_fd >= 0 ? "--index-fd" : NULL, "4", NULL };
  const struct timeval deadline = { .tv_sec = DEADLINE_SECONDS };
  g_autoptr (GError) error = NULL;
  int pair[2];
  int targets[] = { 3, 4 };

  g_assert_nonnull (argv[0]);
  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (
      setsockopt (pair[0], SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline),
      ==, 0);
  g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
      NULL, NULL, -1, -1, -1, (const gint[]){ pair[1], index_fd }, targets,
      index_fd >= 0 ? 2 : 1, &a->pid, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  close (pair[1]);
  a->fd = pair[0];
  a->in = g_byte_array_new ();
  a->out = g_byte_array_new ();
}

static void
send_message (Analyzer *a, const WeirWireMessage *m)
{
  g_autoptr (GError) error = NULL;

  weir_frame_write (a->fd, a->out, m, &error);
  g_assert_no_error (error);
}

static void
receive (Analyzer *a, WeirWireType type, WeirWireMessage *ret)
{
  g_autoptr (GError) error = NULL;
  WeirFrameResult result = weir_frame_read (a->fd, a->in, ret, &error);

  g_assert_no_error (error);
  g_assert_cmpint (result, ==, WEIR_FRAME_OK);
  g_assert_cmpint (ret->type, ==, type);
}

static void
greet (Analyzer *a, guint16 version)
{
  send_message (a, &(WeirWireMessage){ .type = WEIR_WIRE_HELLO,
                       .hello = { version, "test", 4 } });
}

static void
start_ready (Analyzer *a, int index_fd)
{
  WeirWireMessage m;

  start (a, index_fd);
  receive (a, WEIR_WIRE_HELLO, &m);
  g_assert_cmpuint (m.hello.version, ==, WEIR_WIRE_VERSION);
  g_assert_cmpmem (m.hello.program, m.hello.program_size, "weir-analyzer", 13);
  greet (a, WEIR_WIRE_VERSION);
  receive (a, WEIR_WIRE_READY, &m);
}

/* Waits for the process, which must end by itself with STATUS. */
static void
finish (Analyzer *a, int status)
{
  WeirWireMessage m;
  g_autoptr (GError) error = NULL;
  int how;

  if (a->fd >= 0) {
    shutdown (a->fd, SHUT_WR);
    /* Its end closes when it is gone: the deadline is that of the socket. */
    while (weir_frame_read (a->fd, a->in, &m, NULL) == WEIR_FRAME_OK)
      ;
    close (a->fd);
  }
  g_assert_cmpint (waitpid (a->pid, &how, 0), ==, a->pid);
  g_assert_true (WIFEXITED (how));
  g_assert_cmpint (WEXITSTATUS (how), ==, status);
  g_byte_array_unref (a->in);
  g_byte_array_unref (a->out);
}

static void
send_config (Analyzer *a, guint32 id, WeirCodec codec, GBytes *data)
{
  WeirWireMessage m = { .type = WEIR_WIRE_CONFIG,
    .config = { .id = id, .codec = (guint8) codec } };

  m.config.data = g_bytes_get_data (data, &m.config.size);
  send_message (a, &m);
}

static void
send_unit (Analyzer *a, guint64 job, guint32 config, guint8 flags, GBytes *data)
{
  WeirWireMessage m = { .type = WEIR_WIRE_UNIT,
    .unit = { .job = job,
        .config = config,
        .pts_ms = (gint64) job * 40 - 100,
        .flags = flags } };

  m.unit.data = g_bytes_get_data (data, &m.unit.size);
  send_message (a, &m);
}

static void
receive_failed (Analyzer *a, guint64 job, const char *part)
{
  g_autofree char *text = NULL;
  WeirWireMessage m;

  receive (a, WEIR_WIRE_FAILED, &m);
  g_assert_cmpuint (m.failed.job, ==, job);
  text = g_strndup (m.failed.text, m.failed.text_size);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, part));
}

static void
receive_sample (Analyzer *a, guint64 job, guint unit, WeirWireMessage *ret)
{
  guint8 wanted[32];

  receive (a, WEIR_WIRE_SAMPLE, ret);
  g_assert_cmpuint (ret->sample.job, ==, job);
  g_assert_cmpint (ret->sample.pts_ms, ==, (gint64) job * 40 - 100);
  g_assert_true (weir_pdq_parse (references[unit], 64, wanted));
  g_assert_cmpuint (weir_hamming_distance (ret->sample.hash, wanted), <=, 4);
  g_assert_cmpuint (ret->sample.quality, ==, 100);
  g_assert_cmpuint (ret->sample.cost_us, >, 0);
}

/* The stream has B-frames, yet each picture is back before the next unit is
 * sent. */
static void
test_samples (void)
{
  Analyzer a;
  WeirWireMessage m;

  start_ready (&a, -1);
  send_config (&a, 7, WEIR_CODEC_H264, avcc);
  for (guint64 job = 1; job <= 12; job++) {
    gboolean still = job % 2;

    send_unit (
        &a, job, 7, still ? WEIR_WIRE_UNIT_STILL : 0, units[job % N_UNITS]);
    receive_sample (&a, job, job % N_UNITS, &m);
    g_assert_cmpuint (m.sample.n_hits, ==, 0);
    if (!still) {
      g_assert_null (m.sample.still);
      continue;
    }
    g_assert_cmpuint (m.sample.still_size, >, 1000);
    g_assert_cmphex (m.sample.still[0], ==, 0xff);
    g_assert_cmphex (m.sample.still[1], ==, 0xd8);
  }
  finish (&a, 0);
}

static int
make_index (void)
{
  guint8 hashes[3 * 32];
  g_autoptr (GError) error = NULL;
  int fd;

  memset (hashes, 0x5a, 32);
  g_assert_true (weir_pdq_parse (references[1], 64, hashes + 32));
  g_assert_true (weir_pdq_parse (references[1], 64, hashes + 64));
  hashes[32] ^= 0xff; /* 8 bits off */
  fd = weir_index_create_memfd (hashes, 3, &error);
  g_assert_no_error (error);
  return fd;
}

static void
test_hits (void)
{
  int fd = make_index ();
  Analyzer a;
  WeirWireMessage m;

  start_ready (&a, fd);
  close (fd);
  send_config (&a, 1, WEIR_CODEC_H264, avcc);
  send_unit (&a, 1, 1, 0, units[0]);
  receive_sample (&a, 1, 0, &m);
  g_assert_cmpuint (m.sample.n_hits, ==, 0);
  g_assert_null (m.sample.still);
  send_unit (&a, 2, 1, 0, units[1]);
  receive_sample (&a, 2, 1, &m);
  g_assert_cmpuint (m.sample.n_hits, ==, 2);
  g_assert_cmpuint (m.sample.hits[0].entry, ==, 2);
  g_assert_cmpuint (m.sample.hits[0].distance, <=, 4);
  g_assert_cmpuint (m.sample.hits[0].probe, ==, 0);
  g_assert_cmpuint (m.sample.hits[1].entry, ==, 1);
  g_assert_cmpuint (m.sample.hits[1].distance, <=, 12);
  /* A hit brings its still unasked. */
  g_assert_cmpuint (m.sample.still_size, >, 1000);
  g_assert_cmphex (m.sample.still[0], ==, 0xff);
  g_assert_cmphex (m.sample.still[1], ==, 0xd8);
  finish (&a, 0);
}

static GBytes *
rubbish (gsize size)
{
  guint8 *bytes = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8) (i * 2654435761u >> 11);
  return g_bytes_new_take (bytes, size);
}

static void
test_broken_units (void)
{
  static const gsize sizes[] = { 0, 1, 4, 5, 100, 5000 };
  Analyzer a;
  WeirWireMessage m;
  guint64 job = 0;

  start_ready (&a, -1);
  send_config (&a, 7, WEIR_CODEC_H264, avcc);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GBytes) broken = rubbish (sizes[i]);

    send_unit (&a, ++job, 7, 0, broken);
    receive_failed (&a, job, "no picture");
    send_unit (&a, ++job, 7, 0, units[i % N_UNITS]);
    receive_sample (&a, job, i % N_UNITS, &m);
  }
  finish (&a, 0);
}

typedef struct {
  GByteArray *bytes;
  guint bit;
} BitWriter;

static void
put_bit (BitWriter *w, guint bit)
{
  if (w->bit == 0)
    g_byte_array_append (w->bytes, (const guint8 *) "", 1);
  w->bytes->data[w->bytes->len - 1] |= (guint8) (bit << (7 - w->bit));
  w->bit = (w->bit + 1) % 8;
}

/* Unsigned Exp-Golomb (ITU-T H.264, 9.1). */
static void
put_ue (BitWriter *w, guint value)
{
  guint bits = g_bit_storage (value + 1);

  for (guint i = 1; i < bits; i++)
    put_bit (w, 0);
  for (guint i = bits; i-- > 0;)
    put_bit (w, (value + 1) >> i & 1);
}

/* A baseline configuration that claims MBS_WIDE x 4 macroblocks. */
static GBytes *
make_avcc (guint mbs_wide)
{
  static const guint8 head[] = { 1, 66, 0, 31, 0xff, 0xe1, 0, 0 };
  static const guint8 sps_head[] = { 0x67, 66, 0, 31 };
  static const guint8 pps[] = { 1, 0, 4, 0x68, 0xce, 0x38, 0x80 };
  GByteArray *bytes = g_byte_array_new ();
  BitWriter w = { bytes, 0 };

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, sps_head, sizeof sps_head);
  put_ue (&w, 0); /* seq_parameter_set_id */
  put_ue (&w, 0); /* log2_max_frame_num_minus4 */
  put_ue (&w, 2); /* pic_order_cnt_type */
  put_ue (&w, 1); /* max_num_ref_frames */
  put_bit (&w, 0);
  put_ue (&w, mbs_wide - 1);
  put_ue (&w, 3);
  put_bit (&w, 1); /* frame_mbs_only_flag */
  put_bit (&w, 0);
  put_bit (&w, 0); /* no cropping */
  put_bit (&w, 0); /* no VUI */
  put_bit (&w, 1); /* stop bit */
  weir_put_uint (bytes->data + 6, bytes->len - sizeof head, 2);
  g_byte_array_append (bytes, pps, sizeof pps);
  return g_byte_array_free_to_bytes (bytes);
}

static void
test_broken_configs (void)
{
  g_autoptr (GBytes) junk = rubbish (50);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) wide = make_avcc (520);
  Analyzer a;
  WeirWireMessage m;

  start_ready (&a, -1);
  send_unit (&a, 1, 3, 0, units[0]);
  receive_failed (&a, 1, "configuration 3 is not known");
  send_config (&a, 3, WEIR_CODEC_HEVC, avcc);
  send_unit (&a, 2, 3, 0, units[0]);
  receive_failed (&a, 2, "codec hevc is not analysed");
  send_config (&a, 3, WEIR_CODEC_H264, junk);
  send_unit (&a, 3, 3, 0, units[0]);
  receive_failed (&a, 3, "configuration: ");
  send_config (&a, 3, WEIR_CODEC_H264, nothing);
  send_unit (&a, 4, 3, 0, units[0]);
  receive_failed (&a, 4, "configuration: ");
  send_config (&a, 3, WEIR_CODEC_H264, wide);
  send_unit (&a, 5, 3, 0, units[0]);
  receive_failed (&a, 5, "8320 x 64 pixels, at most 8192 x 8192");
  /* The number is still good for a better configuration. */
  send_config (&a, 3, WEIR_CODEC_H264, avcc);
  send_unit (&a, 6, 3, 0, units[0]);
  receive_sample (&a, 6, 0, &m);
  send_message (
      &a, &(WeirWireMessage){ .type = WEIR_WIRE_FORGET, .forget = { 3 } });
  send_unit (&a, 7, 3, 0, units[0]);
  receive_failed (&a, 7, "configuration 3 is not known");
  finish (&a, 0);
}

/* More configurations than there are pipelines, in turn. */
static void
test_many_configs (void)
{
  Analyzer a;
  WeirWireMessage m;

  start_ready (&a, -1);
  for (guint32 id = 0; id < 20; id++)
    send_config (&a, id, WEIR_CODEC_H264, avcc);
  for (guint64 job = 0; job < 60; job++) {
    send_unit (&a, job, (guint32) (job * 7 % 20), 0, units[job % N_UNITS]);
    receive_sample (&a, job, job % N_UNITS, &m);
  }
  finish (&a, 0);
}

static void
test_wrong_version (void)
{
  Analyzer a;
  WeirWireMessage m;

  start (&a, -1);
  receive (&a, WEIR_WIRE_HELLO, &m);
  greet (&a, WEIR_WIRE_VERSION + 1);
  finish (&a, 2);

  start (&a, -1);
  receive (&a, WEIR_WIRE_HELLO, &m);
  send_message (&a, &(WeirWireMessage){ .type = WEIR_WIRE_READY });
  finish (&a, 2);
}

static void
test_ends (void)
{
  static const guint8 half[] = { 0, 0, 0, 9, WEIR_WIRE_UNIT, 1, 2 };
  static const guint8 unknown[] = { 0, 0, 0, 0, 77 };
  Analyzer a;
  WeirWireMessage m;

  /* Before it has said anything, between two frames, inside one. */
  start (&a, -1);
  finish (&a, 0);
  start (&a, -1);
  receive (&a, WEIR_WIRE_HELLO, &m);
  finish (&a, 0);
  start_ready (&a, -1);
  g_assert_cmpint (write (a.fd, half, sizeof half), ==, sizeof half);
  finish (&a, 1);
  start_ready (&a, -1);
  g_assert_cmpint (write (a.fd, unknown, sizeof unknown), ==, sizeof unknown);
  finish (&a, 1);
}

static void
test_broken_index (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("weir-index-XXXXXX", &path, NULL);
  Analyzer a;

  unlink (path);
  g_assert_cmpint (write (fd, "not an index", 12), ==, 12);
  start (&a, fd);
  close (fd);
  finish (&a, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  avcc = load ("bbb_320x180.avcc");
  for (guint i = 0; i < N_UNITS; i++)
    units[i] = load (unit_files[i]);
  g_test_add_func ("/analyzer/samples", test_samples);
  g_test_add_func ("/analyzer/hits", test_hits);
  g_test_add_func ("/analyzer/broken-units", test_broken_units);
  g_test_add_func ("/analyzer/broken-configs", test_broken_configs);
  g_test_add_func ("/analyzer/many-configs", test_many_configs);
  g_test_add_func ("/analyzer/wrong-version", test_wrong_version);
  g_test_add_func ("/analyzer/ends", test_ends);
  g_test_add_func ("/analyzer/broken-index", test_broken_index);
  return g_test_run ();
}
