/* Tests the real weir-analyzer over a socket: what it answers to key frames,
 * to rubbish and to strangers, and how it ends. */
#include "plugins/analyzer-fixture.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "hash/index-build.h"

/* The stream has B-frames, yet each picture is back before the next unit is
 * sent. */
static void
test_samples (void)
{
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 7, WEIR_CODEC_H264, analyzer_avcc);
  for (guint64 job = 1; job <= 12; job++) {
    gboolean still = job % 2;

    analyzer_send_unit (&a, job, 7, still ? WEIR_WIRE_UNIT_STILL : 0,
        analyzer_units[job % N_UNITS]);
    analyzer_receive_sample (&a, job, job % N_UNITS, &m);
    g_assert_cmpuint (m.sample.n_hits, ==, 0);
    if (!still) {
      g_assert_null (m.sample.still);
      continue;
    }
    g_assert_cmpuint (m.sample.still_size, >, 1000);
    g_assert_cmphex (m.sample.still[0], ==, 0xff);
    g_assert_cmphex (m.sample.still[1], ==, 0xd8);
  }
  analyzer_finish (&a, 0);
}

static int
make_index (void)
{
  guint8 hashes[3 * 32];
  g_autoptr (GError) error = NULL;
  int fd;

  memset (hashes, 0x5a, 32);
  g_assert_true (weir_pdq_parse (analyzer_references[1], 64, hashes + 32));
  g_assert_true (weir_pdq_parse (analyzer_references[1], 64, hashes + 64));
  hashes[32] ^= 0xff; /* 8 bits off */
  fd = weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = hashes, .count = 3 }, NULL, &error);
  g_assert_no_error (error);
  return fd;
}

static void
test_hits (void)
{
  int fd = make_index ();
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, fd, NULL);
  close (fd);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, analyzer_avcc);
  analyzer_send_unit (&a, 1, 1, 0, analyzer_units[0]);
  analyzer_receive_sample (&a, 1, 0, &m);
  g_assert_cmpuint (m.sample.n_hits, ==, 0);
  g_assert_null (m.sample.still);
  analyzer_send_unit (&a, 2, 1, 0, analyzer_units[1]);
  analyzer_receive_sample (&a, 2, 1, &m);
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
  analyzer_finish (&a, 0);
}

/* Forty bits off is no hit and brings no still, but it is told. */
static void
test_near_miss (void)
{
  guint8 hash[32];
  g_autoptr (GError) error = NULL;
  Analyzer a;
  WeirWireMessage m;
  int fd;

  g_assert_true (weir_pdq_parse (analyzer_references[1], 64, hash));
  for (guint i = 0; i < 5; i++)
    hash[i] ^= 0xff;
  fd = weir_index_build_memfd (
      &(WeirIndexSource){ .hashes = hash, .count = 1 }, NULL, &error);
  g_assert_no_error (error);
  analyzer_start_ready (&a, fd, NULL);
  close (fd);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, analyzer_avcc);
  analyzer_send_unit (&a, 1, 1, 0, analyzer_units[1]);
  analyzer_receive_sample (&a, 1, 1, &m);
  g_assert_cmpuint (m.sample.n_hits, ==, 1);
  g_assert_cmpuint (m.sample.hits[0].entry, ==, 0);
  g_assert_cmpuint (m.sample.hits[0].distance, >, 31);
  g_assert_cmpuint (m.sample.hits[0].distance, <, 50);
  g_assert_cmpuint (m.sample.hits[0].probe, ==, WEIR_WIRE_NEAR_MISS);
  g_assert_null (m.sample.still);
  analyzer_send_unit (&a, 2, 1, 0, analyzer_units[0]);
  analyzer_receive_sample (&a, 2, 0, &m);
  g_assert_cmpuint (m.sample.n_hits, ==, 0);
  analyzer_finish (&a, 0);
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

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 7, WEIR_CODEC_H264, analyzer_avcc);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GBytes) broken = rubbish (sizes[i]);

    analyzer_send_unit (&a, ++job, 7, 0, broken);
    analyzer_receive_failed (&a, job, "picture");
    analyzer_send_unit (&a, ++job, 7, 0, analyzer_units[i % N_UNITS]);
    analyzer_receive_sample (&a, job, i % N_UNITS, &m);
  }
  analyzer_finish (&a, 0);
}

static void
test_broken_configs (void)
{
  g_autoptr (GBytes) junk = rubbish (50);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_unit (&a, 1, 3, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 1, "configuration 3 is not known");
  analyzer_send_config (&a, 3, WEIR_CODEC_AAC, analyzer_avcc);
  analyzer_send_unit (&a, 2, 3, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 2, "codec aac is not analysed");
  analyzer_send_config (&a, 3, WEIR_CODEC_H264, junk);
  analyzer_send_unit (&a, 3, 3, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 3, "configuration: ");
  analyzer_send_config (&a, 3, WEIR_CODEC_H264, nothing);
  analyzer_send_unit (&a, 4, 3, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 4, "configuration: ");
  analyzer_send_config (&a, 3, WEIR_CODEC_HEVC, analyzer_avcc);
  analyzer_send_unit (&a, 5, 3, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 5, "configuration: ");
  /* The number is still good for a better configuration. */
  analyzer_send_config (&a, 3, WEIR_CODEC_H264, analyzer_avcc);
  analyzer_send_unit (&a, 6, 3, 0, analyzer_units[0]);
  analyzer_receive_sample (&a, 6, 0, &m);
  analyzer_send (
      &a, &(WeirWireMessage){ .type = WEIR_WIRE_FORGET, .forget = { 3 } });
  analyzer_send_unit (&a, 7, 3, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 7, "configuration 3 is not known");
  analyzer_finish (&a, 0);
}

/* More configurations than there are pipelines, in turn. */
static void
test_many_configs (void)
{
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  for (guint32 id = 0; id < 20; id++)
    analyzer_send_config (&a, id, WEIR_CODEC_H264, analyzer_avcc);
  for (guint64 job = 0; job < 60; job++) {
    analyzer_send_unit (
        &a, job, (guint32) (job * 7 % 20), 0, analyzer_units[job % N_UNITS]);
    analyzer_receive_sample (&a, job, job % N_UNITS, &m);
  }
  analyzer_finish (&a, 0);
}

static void
test_wrong_version (void)
{
  Analyzer a;
  WeirWireMessage m;

  analyzer_start (&a, -1, NULL);
  analyzer_receive (&a, WEIR_WIRE_HELLO, &m);
  analyzer_greet (&a, WEIR_WIRE_VERSION + 1);
  analyzer_finish (&a, 2);

  analyzer_start (&a, -1, NULL);
  analyzer_receive (&a, WEIR_WIRE_HELLO, &m);
  analyzer_send (&a, &(WeirWireMessage){ .type = WEIR_WIRE_READY });
  analyzer_finish (&a, 2);
}

static void
test_ends (void)
{
  static const guint8 half[] = { 0, 0, 0, 9, WEIR_WIRE_UNIT, 1, 2 };
  static const guint8 unknown[] = { 0, 0, 0, 0, 77 };
  Analyzer a;
  WeirWireMessage m;

  /* Before it has said anything, between two frames, inside one. */
  analyzer_start (&a, -1, NULL);
  analyzer_finish (&a, 0);
  analyzer_start (&a, -1, NULL);
  analyzer_receive (&a, WEIR_WIRE_HELLO, &m);
  analyzer_finish (&a, 0);
  analyzer_start_ready (&a, -1, NULL);
  g_assert_cmpint (write (a.fd, half, sizeof half), ==, sizeof half);
  analyzer_finish (&a, 1);
  analyzer_start_ready (&a, -1, NULL);
  g_assert_cmpint (write (a.fd, unknown, sizeof unknown), ==, sizeof unknown);
  analyzer_finish (&a, 1);
}

static void
test_broken_index (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("weir-index-XXXXXX", &path, NULL);
  Analyzer a;

  unlink (path);
  g_assert_cmpint (write (fd, "not an index", 12), ==, 12);
  analyzer_start (&a, fd, NULL);
  close (fd);
  analyzer_finish (&a, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  analyzer_load_media ();
  g_test_add_func ("/analyzer/samples", test_samples);
  g_test_add_func ("/analyzer/hits", test_hits);
  g_test_add_func ("/analyzer/near-miss", test_near_miss);
  g_test_add_func ("/analyzer/broken-units", test_broken_units);
  g_test_add_func ("/analyzer/broken-configs", test_broken_configs);
  g_test_add_func ("/analyzer/many-configs", test_many_configs);
  g_test_add_func ("/analyzer/wrong-version", test_wrong_version);
  g_test_add_func ("/analyzer/ends", test_ends);
  g_test_add_func ("/analyzer/broken-index", test_broken_index);
  return g_test_run ();
}
