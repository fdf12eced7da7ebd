/* What the real weir-analyzer makes of codecs, depths and kinds of chroma, and
 * of pictures that claim, change or break something. The same frame in every
 * form. */
#include "plugins/analyzer-fixture.h"

#include <signal.h>
#include <string.h>

#include "base/bytes.h"

#define FRAME 1 /* of analyzer_references */

typedef struct {
  const char *name;
  WeirCodec codec;
} Form;

static const Form forms[] = {
  { "h264_10", WEIR_CODEC_H264 },
  { "h264_422", WEIR_CODEC_H264 },
  { "h264_422_10", WEIR_CODEC_H264 },
  { "h264_444", WEIR_CODEC_H264 },
  { "h264_gray", WEIR_CODEC_H264 },
  { "h264_interlaced", WEIR_CODEC_H264 },
  { "hevc", WEIR_CODEC_HEVC },
  { "hevc_10", WEIR_CODEC_HEVC },
  { "hevc_422_12", WEIR_CODEC_HEVC },
  { "vp9", WEIR_CODEC_VP9 },
  { "vp9_10", WEIR_CODEC_VP9 },
  { "av1", WEIR_CODEC_AV1 },
  { "av1_10", WEIR_CODEC_AV1 },
};

/* Twice each, all of them in turn in one process. */
static void
test_forms (void)
{
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  for (guint64 job = 0; job < 2 * G_N_ELEMENTS (forms); job++) {
    guint i = (guint) job % G_N_ELEMENTS (forms);
    g_autoptr (GBytes) record = analyzer_load_codec (forms[i].name, ".conf");
    g_autoptr (GBytes) unit = analyzer_load_codec (forms[i].name, ".au");

    g_test_message ("%s", forms[i].name);
    if (job == i)
      analyzer_send_config (&a, i, forms[i].codec, record);
    analyzer_send_unit (&a, job, i, WEIR_WIRE_UNIT_STILL, unit);
    analyzer_receive_sample (&a, job, FRAME, &m);
    g_assert_cmpuint (m.sample.still_size, >, 1000);
  }
  analyzer_finish (&a, 0);
}

/* AV1 whose sequence header stands in the configuration alone. */
static void
test_header_apart (void)
{
  g_autoptr (GBytes) record = analyzer_load_codec ("av1", ".conf");
  g_autoptr (GBytes) unit = analyzer_load_codec ("av1", ".au");
  gsize head = g_bytes_get_size (record) - 4; /* its OBUs begin the unit */
  g_autoptr (GBytes) rest =
      g_bytes_new_from_bytes (unit, head, g_bytes_get_size (unit) - head);
  g_autoptr (GBytes) bare = g_bytes_new_from_bytes (record, 0, 4);
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, WEIR_CODEC_AV1, record);
  analyzer_send_unit (&a, 1, 1, 0, rest);
  analyzer_receive_sample (&a, 1, FRAME, &m);
  analyzer_send_config (&a, 2, WEIR_CODEC_AV1, bare);
  analyzer_send_unit (&a, 2, 2, 0, rest);
  analyzer_receive_failed (&a, 2, "no sequence header");
  analyzer_send_unit (&a, 3, 2, 0, unit);
  analyzer_receive_sample (&a, 3, FRAME, &m);
  analyzer_finish (&a, 0);
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

/* A sequence parameter set of PROFILE that claims MBS_WIDE x MBS_HIGH
 * macroblocks. */
static GByteArray *
make_sps (guint8 profile, guint mbs_wide, guint mbs_high)
{
  const guint8 head[] = { 0x67, profile, 0, 31 };
  GByteArray *bytes = g_byte_array_new ();
  BitWriter w = { bytes, 0 };

  g_byte_array_append (bytes, head, sizeof head);
  put_ue (&w, 0); /* seq_parameter_set_id */
  if (profile == 110 || profile == 122) {
    put_ue (&w, 1); /* chroma_format_idc */
    put_ue (&w, profile == 122 ? 6 : 2);
    put_ue (&w, profile == 122 ? 6 : 2);
    put_bit (&w, 0);
    put_bit (&w, 0);
  }
  put_ue (&w, 0); /* log2_max_frame_num_minus4 */
  put_ue (&w, 2); /* pic_order_cnt_type */
  put_ue (&w, 1); /* max_num_ref_frames */
  put_bit (&w, 0);
  put_ue (&w, mbs_wide - 1);
  put_ue (&w, mbs_high - 1);
  put_bit (&w, 1); /* frame_mbs_only_flag */
  put_bit (&w, 0);
  put_bit (&w, 0); /* no cropping */
  put_bit (&w, 0); /* no VUI */
  put_bit (&w, 1); /* stop bit */
  return bytes;
}

static GBytes *
make_avcc (guint8 profile, guint mbs_wide, guint mbs_high)
{
  const guint8 head[] = { 1, profile, 0, 31, 0xff, 0xe1, 0, 0 };
  static const guint8 pps[] = { 1, 0, 4, 0x68, 0xce, 0x38, 0x80 };
  g_autoptr (GByteArray) sps = make_sps (profile, mbs_wide, mbs_high);
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, head, sizeof head);
  weir_put_uint (bytes->data + 6, sps->len, 2);
  g_byte_array_append (bytes, sps->data, sps->len);
  g_byte_array_append (bytes, pps, sizeof pps);
  return g_byte_array_free_to_bytes (bytes);
}

/* UNIT with N times NAL before it, each with a length of four bytes. */
static GBytes *
with_nals (GBytes *unit, const guint8 *nal, gsize size, guint n)
{
  GByteArray *bytes = g_byte_array_new ();
  gsize unit_size;
  const guint8 *data = g_bytes_get_data (unit, &unit_size);

  for (guint i = 0; i < n; i++) {
    weir_append_uint (bytes, size, 4);
    g_byte_array_append (bytes, nal, (guint) size);
  }
  g_byte_array_append (bytes, data, (guint) unit_size);
  return g_byte_array_free_to_bytes (bytes);
}

static void
test_claims (void)
{
  static const struct {
    guint8 profile;
    guint mbs_wide;
    guint mbs_high;
    const char *part;
  } claims[] = {
    { 66, 1024, 1024, "configuration: 16384 x 16384 pixels, at most" },
    { 66, 520, 4, "configuration: 8320 x 64 pixels" },
    { 66, 272, 272, "([analysis] max_long_side, max_short_side)" },
    { 88, 20, 12, "profile 88 of H.264 is not analysed" },
    { 122, 20, 12, "14 bits a sample, at most 12" },
  };
  g_autoptr (GByteArray) sps = make_sps (66, 1024, 1024);
  g_autoptr (GBytes) liar = NULL;
  Analyzer a;
  WeirWireMessage m;
  guint64 job = 0;

  analyzer_start_ready (&a, -1, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (claims); i++) {
    g_autoptr (GBytes) record =
        make_avcc (claims[i].profile, claims[i].mbs_wide, claims[i].mbs_high);

    analyzer_send_config (&a, i, WEIR_CODEC_H264, record);
    analyzer_send_unit (&a, ++job, i, 0, analyzer_units[0]);
    analyzer_receive_failed (&a, job, claims[i].part);
  }
  /* The same behind the configuration's back. */
  analyzer_send_config (&a, 9, WEIR_CODEC_H264, analyzer_avcc);
  liar = with_nals (analyzer_units[0], sps->data, sps->len, 1);
  analyzer_send_unit (&a, ++job, 9, 0, liar);
  analyzer_receive_failed (&a, job, "picture: 16384 x 16384 pixels, at most");
  analyzer_send_unit (&a, ++job, 9, 0, analyzer_units[0]);
  analyzer_receive_sample (&a, job, 0, &m);
  analyzer_finish (&a, 0);
}

/* A 320 x 180 configuration under a limit that its side crosses. */
static void
test_small_limit (void)
{
  static const char *const args[] = { "--max-long-side", "319", NULL };
  Analyzer a;

  analyzer_start_ready (&a, -1, args);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, analyzer_avcc);
  analyzer_send_unit (&a, 1, 1, 0, analyzer_units[0]);
  analyzer_receive_failed (&a, 1, "320 x 180 pixels, at most 319 x");
  analyzer_finish (&a, 0);
}

/* Parameter sets without end, and ones that must not stay: other streams have
 * the same configuration. */
static void
test_sets (void)
{
  /* id 0, CAVLC where the stream has CABAC */
  static const guint8 pps[] = { 0x68, 0xce, 0x38, 0x80 };
  g_autoptr (GBytes) storm = with_nals (analyzer_units[0], pps, sizeof pps, 65);
  g_autoptr (GBytes) poison = with_nals (analyzer_units[0], pps, sizeof pps, 1);
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, analyzer_avcc);
  analyzer_send_unit (&a, 1, 1, 0, storm);
  analyzer_receive_failed (&a, 1, "more than 64 parameter sets in one picture");
  for (guint64 job = 2; job < 8; job++) {
    g_autoptr (GError) error = NULL;

    analyzer_send_unit (&a, job, 1, 0, job % 2 ? analyzer_units[2] : poison);
    if (job % 2)
      analyzer_receive_sample (&a, job, 2, &m);
    else /* whatever it shows */
      g_assert_cmpint (
          weir_frame_read (a.fd, a.in, &m, &error), ==, WEIR_FRAME_OK);
  }
  analyzer_finish (&a, 0);
}

/* What UNIT shows without its second half, after BEFORE of another stream, or
 * NULL. */
static void
see_half (WeirCodec codec, GBytes *record, GBytes *unit, GBytes *before,
    WeirWireMessage *ret)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (unit, &size);
  g_autofree guint8 *half = g_memdup2 (data, size / 2);
  g_autoptr (GBytes) broken = NULL;
  Analyzer a;

  weir_put_uint (half, size / 2 - 4, 4);
  broken = g_bytes_new (half, size / 2);
  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, codec, record);
  for (guint64 job = 1; before != NULL && job < 4; job++) {
    analyzer_send_unit (&a, job, 1, 0, before);
    analyzer_receive_sample (&a, job, 2, ret);
  }
  analyzer_send_unit (&a, 9, 1, 0, broken);
  analyzer_receive (&a, WEIR_WIRE_SAMPLE, ret);
  analyzer_finish (&a, 0);
}

/* Streams share decoders: what one lacks is never filled from another. */
static void
test_nothing_shines_through (void)
{
  g_autoptr (GBytes) hvcc = analyzer_load_codec ("hevc", ".conf");
  g_autoptr (GBytes) hevc = analyzer_load_codec ("hevc", ".au");
  g_autoptr (GBytes) other = analyzer_load_codec ("hevc_t18", ".au");
  WeirWireMessage alone, after;

  see_half (WEIR_CODEC_H264, analyzer_avcc, analyzer_units[1], NULL, &alone);
  see_half (WEIR_CODEC_H264, analyzer_avcc, analyzer_units[1],
      analyzer_units[2], &after);
  g_assert_cmpmem (alone.sample.hash, 32, after.sample.hash, 32);
  see_half (WEIR_CODEC_HEVC, hvcc, hevc, NULL, &alone);
  see_half (WEIR_CODEC_HEVC, hvcc, hevc, other, &after);
  g_assert_cmpmem (alone.sample.hash, 32, after.sample.hash, 32);
}

/* Every picture of another size, codec and depth than the one before. */
static void
test_changes (void)
{
  Analyzer a;
  WeirWireMessage m;

  analyzer_start_ready (&a, -1, NULL);
  for (guint64 job = 0; job < 60; job++) {
    const Form *form = &forms[job * 7 % G_N_ELEMENTS (forms)];
    g_autoptr (GBytes) record = analyzer_load_codec (form->name, ".conf");
    g_autoptr (GBytes) unit = analyzer_load_codec (form->name, ".au");

    /* The same number each time: it takes the place of the one before. */
    analyzer_send_config (&a, 1, form->codec, record);
    analyzer_send_unit (&a, job, 1, 0, unit);
    analyzer_receive_sample (&a, job, FRAME, &m);
  }
  analyzer_finish (&a, 0);
}

typedef struct {
  guint n;
  gint64 last_ms;
  guint8 hashes[64][32];
  gint64 pts_ms[64];
} Seen;

/* Gives the units [FROM, TO) of a whole stream and takes what is answered. */
static void
look_whole (Analyzer *a, guint64 stream, guint gap_ms, guint from, guint to,
    gboolean begin, Seen *seen)
{
  g_autoptr (GBytes) all = analyzer_load_codec ("h264_whole", ".units");
  WeirReader r;

  weir_reader_init (&r, g_bytes_get_data (all, NULL), g_bytes_get_size (all));
  for (guint i = 0; i < to; i++) {
    WeirWireMessage m = { .type = WEIR_WIRE_GROUP };
    gsize size = weir_reader_u32 (&r);

    m.group.job = i;
    m.group.stream = stream;
    m.group.config = 1;
    m.group.gap_ms = gap_ms;
    m.group.pts_ms = (gint32) weir_reader_u32 (&r);
    m.group.flags = weir_reader_u8 (&r) ? WEIR_WIRE_GROUP_KEY : 0;
    if (i == from && begin)
      m.group.flags |= WEIR_WIRE_GROUP_BEGIN;
    m.group.data = weir_reader_take (&r, size);
    m.group.size = size;
    if (i < from)
      continue;
    analyzer_send (a, &m);
    for (;;) {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (
          weir_frame_read (a->fd, a->in, &m, &error), ==, WEIR_FRAME_OK);
      if (m.type == WEIR_WIRE_DECODED)
        break;
      g_assert_cmpint (m.type, ==, WEIR_WIRE_SAMPLE);
      g_assert_cmpuint (m.sample.job, ==, i);
      g_assert_cmpuint (seen->n, <, 64);
      if (seen->n > 0)
        g_assert_cmpint (m.sample.pts_ms, >=, seen->last_ms + (gint64) gap_ms);
      seen->last_ms = seen->pts_ms[seen->n] = m.sample.pts_ms;
      memcpy (seen->hashes[seen->n++], m.sample.hash, 32);
    }
    g_assert_cmpuint (m.decoded.job, ==, i);
  }
}

/* Two streams decoded whole, in turn, one thinned; they do not disturb each
 * other, nor key frames between them. */
static void
test_whole (void)
{
  g_autoptr (GBytes) record = analyzer_load_codec ("h264_whole", ".conf");
  Seen all = { 0 }, thin = { 0 }, again = { 0 };
  WeirWireMessage m;
  Analyzer a;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, record);
  analyzer_send_config (&a, 2, WEIR_CODEC_H264, analyzer_avcc);
  for (guint i = 0; i < 48; i += 12) {
    look_whole (&a, 10, 0, i, i + 12, i == 0, &all);
    look_whole (&a, 11, 200, i, i + 12, i == 0, &thin);
    analyzer_send_unit (&a, 99, 2, 0, analyzer_units[0]);
    analyzer_receive_sample (&a, 99, 0, &m);
  }
  /* All but those that wait for reordering. */
  g_assert_cmpuint (all.n, >=, 44);
  g_assert_cmpuint (thin.n, >=, 8);
  g_assert_cmpuint (thin.n, <=, 11);
  for (guint i = 0, k = 0; i < thin.n; i++) {
    while (all.pts_ms[k] != thin.pts_ms[i])
      g_assert_cmpuint (++k, <, all.n);
    g_assert_cmpmem (all.hashes[k], 32, thin.hashes[i], 32);
  }
  /* From the second key frame on, anew. */
  look_whole (&a, 10, 0, 24, 48, TRUE, &again);
  g_assert_cmpuint (again.n, >=, 20);
  for (guint k = 0; k < all.n; k++)
    if (all.pts_ms[k] == again.pts_ms[0])
      g_assert_cmpmem (all.hashes[k], 32, again.hashes[0], 32);
  analyzer_finish (&a, 0);
}

/* In the middle, with a broken unit, after it was left. */
static void
test_whole_broken (void)
{
  g_autoptr (GBytes) record = analyzer_load_codec ("h264_whole", ".conf");
  WeirWireMessage m = { .type = WEIR_WIRE_GROUP,
    .group = { .job = 1,
        .stream = 5,
        .config = 1,
        .data = (guint8 *) "x",
        .size = 1 } };
  Seen seen = { 0 };
  Analyzer a;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send (&a, &m);
  analyzer_receive_failed (&a, 1, "configuration 1 is not known");
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, record);
  analyzer_send (&a, &m);
  analyzer_receive_failed (&a, 1, "the beginning of its group is missing");
  look_whole (&a, 5, 0, 0, 12, TRUE, &seen);
  m.group.pts_ms = G_MAXINT64 / 2;
  analyzer_send (&a, &m);
  analyzer_receive_failed (&a, 1, "its time is far from those before it");
  m.group.pts_ms = 0;
  analyzer_send (&a, &m);
  analyzer_receive_failed (&a, 1, "the beginning of its group is missing");
  seen.n = 0;
  look_whole (&a, 5, 0, 0, 12, TRUE, &seen);
  analyzer_send (
      &a, &(WeirWireMessage){ .type = WEIR_WIRE_LEAVE, .leave = { 5 } });
  analyzer_send (&a, &m);
  analyzer_receive_failed (&a, 1, "the beginning of its group is missing");
  analyzer_finish (&a, 0);
}

/* More streams than there are decoders: the one not used for longest has to
 * begin anew. */
static void
test_many_whole (void)
{
  g_autoptr (GBytes) record = analyzer_load_codec ("h264_whole", ".conf");
  WeirWireMessage m = { .type = WEIR_WIRE_GROUP,
    .group = { .job = 1, .config = 1, .data = (guint8 *) "x", .size = 1 } };
  Analyzer a;

  analyzer_start_ready (&a, -1, NULL);
  analyzer_send_config (&a, 1, WEIR_CODEC_H264, record);
  for (guint64 stream = 0; stream < 30; stream++) {
    Seen seen = { 0 };

    look_whole (&a, stream, 0, 0, 3, FALSE, &seen);
  }
  analyzer_send (&a, &m);
  analyzer_receive_failed (&a, 1, "the beginning of its group is missing");
  analyzer_finish (&a, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  analyzer_load_media ();
  g_test_add_func ("/analyzer-codecs/forms", test_forms);
  g_test_add_func ("/analyzer-codecs/header-apart", test_header_apart);
  g_test_add_func ("/analyzer-codecs/claims", test_claims);
  g_test_add_func ("/analyzer-codecs/small-limit", test_small_limit);
  g_test_add_func ("/analyzer-codecs/sets", test_sets);
  g_test_add_func (
      "/analyzer-codecs/nothing-shines-through", test_nothing_shines_through);
  g_test_add_func ("/analyzer-codecs/changes", test_changes);
  g_test_add_func ("/analyzer-codecs/whole", test_whole);
  g_test_add_func ("/analyzer-codecs/whole-broken", test_whole_broken);
  g_test_add_func ("/analyzer-codecs/many-whole", test_many_whole);
  return g_test_run ();
}
