/* Tests programs/srt/ts-demux.c with what publishers send in transport streams:
 * sound of one channel and of six, programmes side by side and without a table
 * that lists them, tables that keep changing, a beginning in mid-picture. */
#include <glib/gstdio.h>

#include "base/error.h"
#include "fixture.h"
#include "programs/srt/ts-demux.h"
#include "ts-build.h"

#define H264 "-c:v libx264 -preset ultrafast -bf 2 -g 10 -pix_fmt yuv420p "
#define VIDEO 0x100
#define AUDIO 0x101
#define PMT 0x1000
#define BYTES WEIR_TS_PACKET_BYTES

typedef struct {
  WeirCodec codec[2];
  guint width, channels; /* 0: its configuration does not say */
  guint packets[2];
  guint keys, discont;
} Out;

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
  Out *out = user;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (codec, data, size, &error);

  g_assert_no_error (error);
  out->codec[kind] = codec;
  if (kind == WEIR_MEDIA_VIDEO)
    out->width = config->video.width;
  else
    out->channels = config->channels;
}

static void
on_packet (const WeirTsDemuxPacket *p, gpointer user)
{
  Out *out = user;

  if (p->kind == WEIR_MEDIA_VIDEO) {
    g_assert_true (out->packets[0] > 0 || p->flags & WEIR_PACKET_KEY);
    out->keys += (p->flags & WEIR_PACKET_KEY) != 0;
    out->discont += (p->flags & WEIR_PACKET_DISCONT) != 0;
  }
  out->packets[p->kind]++;
}

static void
on_trouble (const char *text, gpointer user)
{
  g_error ("%s", text);
}

static gboolean
demux (guint program, const GByteArray *bytes, gsize from, Out *out,
    GError **error)
{
  static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };
  WeirTsDemux *demux = weir_ts_demux_new (program, &funcs, out);
  gboolean ok = TRUE;

  memset (out, 0, sizeof *out);
  for (gsize at = from; ok && at < bytes->len; at += 7 * BYTES)
    ok = weir_ts_demux_push (
        demux, bytes->data + at, MIN (7 * BYTES, bytes->len - at), error);
  if (ok)
    weir_ts_demux_lost (demux);
  weir_ts_demux_free (demux);
  return ok;
}

static GByteArray *
make (const char *options)
{
  g_autofree char *file = make_ts (2, options);
  char *data;
  gsize size;

  g_assert_true (g_file_get_contents (file, &data, &size, NULL));
  g_unlink (file);
  return g_byte_array_new_take ((guint8 *) data, size);
}

static guint
pid_of (const guint8 *p)
{
  return (p[1] & 0x1fu) << 8 | p[2];
}

static void
test_channels (void)
{
  static const struct {
    const char *options;
    WeirCodec codec;
    guint channels, least;
  } cases[] = {
    { "-c:a aac -ac 1", WEIR_CODEC_AAC, 1, 94 },
    { "-c:a aac -ac 2", WEIR_CODEC_AAC, 2, 94 },
    { "-c:a aac -ac 6", WEIR_CODEC_AAC, 6, 94 },
    { "-c:a mp2 -ac 1", WEIR_CODEC_MP2, 0, 83 },
    { "-c:a mp2 -ac 2", WEIR_CODEC_MP2, 0, 83 },
    { "-c:a ac3 -ac 1", WEIR_CODEC_AC3, 0, 62 },
    { "-c:a ac3 -ac 6", WEIR_CODEC_AC3, 0, 62 },
    { "-c:a libopus -ac 1", WEIR_CODEC_OPUS, 0, 100 },
    { "-c:a libopus -ac 2", WEIR_CODEC_OPUS, 0, 100 },
    { "-c:a libopus -ac 6", WEIR_CODEC_OPUS, 0, 100 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *options = g_strconcat ("-vn ", cases[i].options, NULL);
    g_autoptr (GByteArray) bytes = make (options);
    Out out;

    g_test_message ("%s", options);
    g_assert_true (demux (0, bytes, 0, &out, NULL));
    g_assert_cmpuint (out.codec[1], ==, cases[i].codec);
    g_assert_cmpuint (out.channels, ==, cases[i].channels);
    g_assert_cmpuint (out.packets[1], >=, cases[i].least);
    g_assert_cmpuint (out.packets[0], ==, 0);
  }
}

static void
test_pictures_alone (void)
{
  g_autoptr (GByteArray) bytes = make (H264 "-an");
  Out out;

  g_assert_true (demux (0, bytes, 0, &out, NULL));
  g_assert_cmpuint (out.packets[0], ==, 50);
  g_assert_cmpuint (out.packets[1], ==, 0);
}

/* From whatever packet on, the first that comes is the next key frame. */
static void
test_begins_amid (void)
{
  g_autoptr (GByteArray) bytes = make (H264 "-c:a aac");
  guint starts = 0;

  for (gsize at = 0; at < bytes->len; at += BYTES) {
    const guint8 *p = bytes->data + at;
    guint next;
    Out out;

    if (pid_of (p) == VIDEO && p[1] & 0x40) {
      starts++;
      continue;
    }
    if (pid_of (p) != VIDEO || starts < 9 || starts > 21)
      continue;
    next = (starts + 9) / 10 * 10;
    g_assert_true (demux (0, bytes, at, &out, NULL));
    /* The tables may come too late for one group. */
    g_assert_cmpuint (out.packets[0] % 10, ==, 0);
    g_assert_cmpuint (out.packets[0], <=, 50 - next);
    g_assert_cmpuint (out.packets[0], >=, 50 - next - 10);
    g_assert_cmpuint (out.keys, ==, out.packets[0] / 10);
    g_assert_cmpuint (out.packets[1], >, 0);
  }
}

#define TWO                                                                    \
  "-map 0 -map 1 -map 0 -program program_num=5:st=1 "                          \
  "-program program_num=6:st=0 -program program_num=7:st=2 "

/* The one that is asked for, else the first with pictures. */
static void
test_programmes (void)
{
  const struct {
    guint asked, width, sound;
  } cases[] = { { 0, 320, FALSE }, { 5, 0, TRUE }, { 6, 320, FALSE },
    { 7, 640, FALSE }, { 8, 320, FALSE } };
  g_autoptr (GByteArray) bytes =
      make (TWO H264 "-filter:v:1 scale=640:360 -c:a aac");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Out out;

    g_assert_true (demux (cases[i].asked, bytes, 0, &out, NULL));
    g_assert_cmpuint (out.width, ==, cases[i].width);
    g_assert_cmpuint (out.packets[0], ==, cases[i].width > 0 ? 50 : 0);
    g_assert_true ((out.packets[1] > 0) == cases[i].sound);
  }
}

/* Without the table that lists programmes. */
static void
test_no_pat (void)
{
  g_autoptr (GByteArray) bytes = make (H264 "-c:a aac -muxrate 8M");
  Out out;

  for (gsize at = 0; at < bytes->len; at += BYTES)
    if (pid_of (bytes->data + at) == WEIR_TS_PAT_PID)
      bytes->data[at + 1] |= 0x1f, bytes->data[at + 2] = 0xff;
  g_assert_cmpuint (bytes->len, >, WEIR_TS_DECIDE_PACKETS * BYTES * 3 / 2);
  g_assert_true (demux (0, bytes, 0, &out, NULL));
  g_assert_cmpuint (out.packets[0], >=, 10);
  g_assert_cmpuint (out.packets[1], >, 0);
}

/* A table of another version in front of each packet; OTHER: with another
 * track each time. */
static GByteArray *
with_tables (const GByteArray *bytes, gboolean other)
{
  TsStreamEntry streams[] = { { 0x1b, VIDEO, NULL }, { 0x0f, AUDIO, NULL },
    { 0x06, 0x300, "KLVA" } };
  TsBuild b = { .out = g_byte_array_new () };

  for (gsize at = 0; at < bytes->len; at += BYTES) {
    guint n = (guint) (at / BYTES);

    if (n > 10) {
      streams[2].pid = 0x300 + n % 200;
      ts_pmt (&b, PMT, 1, n % 32, VIDEO, streams, other ? 3 : 2);
    }
    if (n <= 10 || pid_of (bytes->data + at) != PMT)
      g_byte_array_append (b.out, bytes->data + at, BYTES);
  }
  return b.out;
}

static void
test_churn (void)
{
  g_autoptr (GByteArray) bytes = make (H264 "-c:a aac");
  g_autoptr (GByteArray) versions = with_tables (bytes, FALSE);
  g_autoptr (GByteArray) tracks = with_tables (bytes, TRUE);
  g_autoptr (GByteArray) longer = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  Out out;

  g_assert_true (demux (0, versions, 0, &out, NULL));
  g_assert_cmpuint (out.packets[0], ==, 50);
  g_assert_cmpuint (out.discont, ==, 0);
  g_assert_cmpuint (out.packets[1], >, 90);
  for (guint i = 0; i < 4; i++)
    g_byte_array_append (longer, tracks->data, tracks->len);
  g_assert_false (demux (0, longer, 0, &out, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_cmpstr (
      error->message, ==, "programme or configuration change too often");
  g_assert_cmpuint (out.packets[0], >=, WEIR_TS_MAX_CHANGES - 5);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  weir_ts_demux_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/ts-kinds/channels", test_channels);
  g_test_add_func ("/ts-kinds/pictures-alone", test_pictures_alone);
  g_test_add_func ("/ts-kinds/begins-amid", test_begins_amid);
  g_test_add_func ("/ts-kinds/programmes", test_programmes);
  g_test_add_func ("/ts-kinds/no-pat", test_no_pat);
  g_test_add_func ("/ts-kinds/churn", test_churn);
  return g_test_run ();
}
