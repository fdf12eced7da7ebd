/* Tests programs/srt/ts-demux.c with MPEG-TS as ffmpeg writes it, whole and
 * with parts missing: what comes out, when, and from where on. */
#include "programs/srt/ts-demux.h"

#include <glib/gstdio.h>

#include "base/error.h"
#include "fixture.h"
#include "ts-build.h"

typedef struct {
  WeirCodec codec[2];
  guint configs[2];
  guint packets[2];
  guint discont[2];
  gint64 first_dts_ms[2];
  gint64 dts_ms[2];
  guint back[2];       /* DTS below the one before */
  gint64 step_ms[2];   /* greatest */
  gint64 least_pts_ms; /* minus DTS, of pictures */
  char *trouble;
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
  out->configs[kind]++;
}

static void
on_packet (const WeirTsDemuxPacket *p, gpointer user)
{
  Out *out = user;
  guint k = p->kind;

  g_assert_cmpuint (out->configs[k], >, 0);
  g_assert_cmpuint (p->size, >, 0);
  g_assert_cmpint (p->dts_ms, >=, 0);
  if (out->packets[k] == 0) {
    g_assert_true (p->flags & WEIR_PACKET_KEY);
    out->first_dts_ms[k] = p->dts_ms;
  } else {
    out->back[k] += p->dts_ms <= out->dts_ms[k];
    out->step_ms[k] = MAX (out->step_ms[k], p->dts_ms - out->dts_ms[k]);
  }
  if (p->flags & WEIR_PACKET_DISCONT) {
    out->discont[k]++;
    g_assert_true (p->flags & WEIR_PACKET_KEY);
  }
  if (k == WEIR_MEDIA_VIDEO)
    out->least_pts_ms = MIN (out->least_pts_ms, p->pts_ms - p->dts_ms);
  out->dts_ms[k] = p->dts_ms;
  out->packets[k]++;
}

static void
on_trouble (const char *text, gpointer user)
{
  Out *out = user;

  g_free (out->trouble);
  out->trouble = g_strdup (text);
}

static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };

/* Pushes FILES one after the other in SRT's messages; each LOSE-th is missing,
 * said so or not. */
static void
demux (
    char **files, guint lose, gboolean say, Out *out, WeirTsDemuxStats *stats)
{
  WeirTsDemux *demux = weir_ts_demux_new (0, &funcs, out);
  guint n = 0;

  memset (out, 0, sizeof *out);
  for (; *files != NULL; files++) {
    g_autofree char *data = NULL;
    gsize size;

    g_assert_true (g_file_get_contents (*files, &data, &size, NULL));
    for (gsize at = 0; at < size; at += 1316) {
      g_autoptr (GError) error = NULL;

      if (lose > 0 && ++n % lose == 0) {
        if (say)
          weir_ts_demux_lost (demux);
        continue;
      }
      weir_ts_demux_push (
          demux, (guint8 *) data + at, MIN (1316, size - at), &error);
      g_assert_no_error (error);
    }
  }
  weir_ts_demux_drain (demux);
  weir_ts_demux_get_stats (demux, stats);
  weir_ts_demux_free (demux);
}

static void
demux_made (const char *options, Out *out, WeirTsDemuxStats *stats)
{
  g_autofree char *file = make_ts (4, options);

  demux ((char *[]){ file, NULL }, 0, FALSE, out, stats);
  g_unlink (file);
}

#define H264 "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p "

static void
test_whole (void)
{
  const struct {
    const char *options;
    WeirCodec video, audio;
    guint sound; /* packets of 4 s, and one or two of encoder's delay */
  } cases[] = {
    { H264 "-c:a aac", WEIR_CODEC_H264, WEIR_CODEC_AAC, 188 },
    { H264 "-c:a mp2", WEIR_CODEC_H264, WEIR_CODEC_MP2, 167 },
    { H264 "-c:a libmp3lame", WEIR_CODEC_H264, WEIR_CODEC_MP3, 167 },
    { H264 "-c:a ac3", WEIR_CODEC_H264, WEIR_CODEC_AC3, 125 },
    { "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25 "
      "-pix_fmt yuv420p -c:a libopus",
        WEIR_CODEC_HEVC, WEIR_CODEC_OPUS, 201 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    WeirTsDemuxStats stats;
    Out out;

    demux_made (cases[i].options, &out, &stats);
    g_assert_cmpuint (out.codec[0], ==, cases[i].video);
    g_assert_cmpuint (out.codec[1], ==, cases[i].audio);
    g_assert_cmpuint (out.packets[0], ==, 100);
    g_assert_cmpuint (out.packets[1], >=, cases[i].sound - 1);
    g_assert_cmpuint (out.packets[1], <=, cases[i].sound + 2);
    g_assert_cmpuint (out.configs[0] + out.configs[1], ==, 2);
    g_assert_cmpuint (out.back[0] + out.back[1], ==, 0);
    g_assert_cmpuint (out.discont[0] + out.discont[1], ==, 0);
    g_assert_cmpint (out.step_ms[0], <=, 41);
    g_assert_cmpint (out.step_ms[1], <=, 41);
    g_assert_cmpint (out.least_pts_ms, >=, 0);
    g_assert_cmpint (ABS (out.first_dts_ms[0] - out.first_dts_ms[1]), <, 200);
    g_assert_cmpuint (stats.guard.holes + stats.guard.broken, ==, 0);
    g_assert_cmpuint (stats.restarts, ==, 0);
    g_assert_null (out.trouble);
  }
}

/* 33 bits of 90 kHz are over after 95443.7 s. */
static void
test_wrap (void)
{
  WeirTsDemuxStats stats;
  Out out;

  demux_made (H264 "-c:a aac -output_ts_offset 95440", &out, &stats);
  g_assert_cmpuint (out.packets[0], ==, 100);
  g_assert_cmpuint (out.back[0] + out.back[1], ==, 0);
  g_assert_cmpint (out.step_ms[0], <=, 80);
  g_assert_cmpint (out.step_ms[1], <=, 80);
  g_assert_cmpint (out.dts_ms[0] - out.first_dts_ms[0], >=, 3900);
  g_assert_cmpint (out.dts_ms[0] - out.first_dts_ms[0], <=, 4100);
}

/* The same again, and something from another time: whatever the clock does,
 * packets go on, pictures from a key frame. */
static void
test_jumps (void)
{
  g_autofree char *early = make_ts (4, H264 "-c:a aac");
  g_autofree char *late = make_ts (4, H264 "-c:a aac -output_ts_offset 5000");
  char *files[] = { early, early, late, early, NULL };
  WeirTsDemuxStats stats;
  Out out;

  demux (files, 0, FALSE, &out, &stats);
  g_test_message ("%u pictures, %u of sound, %u/%u back, withheld %u",
      out.packets[0], out.packets[1], out.back[0], out.back[1],
      (guint) stats.withheld);
  g_assert_cmpuint (out.packets[0], >=, 350);
  g_assert_cmpuint (out.packets[1], >=, 650);
  g_assert_cmpuint (stats.restarts, ==, 0);
  g_unlink (early);
  g_unlink (late);
}

static void
test_holes (void)
{
  g_autofree char *file = make_ts (8, H264 "-c:a aac -b:v 2M");
  char *files[] = { file, NULL };

  for (guint say = 0; say < 2; say++) {
    WeirTsDemuxStats stats;
    Out out;

    demux (files, 211, say, &out, &stats);
    g_assert_cmpuint (stats.guard.holes, >, 0);
    g_assert_cmpuint (out.discont[0], >, 0);
    g_assert_cmpuint (out.discont[0], <=, stats.guard.holes);
    g_assert_cmpuint (stats.withheld, >, 0);
    g_assert_cmpuint (out.packets[0], <, 200);
    g_assert_cmpuint (out.packets[0] + stats.withheld, >, 180);
    g_assert_cmpuint (out.back[0] + out.back[1], ==, 0);
    g_assert_cmpuint (stats.restarts, ==, 0);
  }
  g_unlink (file);
}

static void
test_not_carried (void)
{
  WeirTsDemuxStats stats;
  Out out;

  demux_made ("-c:v mpeg2video -c:a aac", &out, &stats);
  g_assert_cmpstr (out.trouble, ==,
      "its pictures are of a kind that can't be carried: H.264 and HEVC can");
  g_assert_cmpuint (out.packets[0], ==, 0);
  g_assert_cmpuint (out.packets[1], >, 180);
  g_free (out.trouble);
}

static void
test_sound_not_carried (void)
{
  static const char *const cases[] = {
    H264 "-c:a eac3",
    H264 "-c:a aac -f mpegts -mpegts_flags latm",
    H264 "-c:a dca -strict -2",
    H264 "-c:a s302m -ac 2 -strict -2",
    H264 "-c:a eac3 -f mpegts -mpegts_flags system_b",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    WeirTsDemuxStats stats;
    Out out;

    demux_made (cases[i], &out, &stats);
    g_assert_cmpstr (out.trouble, ==,
        "its sound is of a kind that can't be carried: AAC in ADTS, Opus, MP2, "
        "MP3 and AC-3 can");
    g_assert_cmpuint (out.packets[0], ==, 100);
    g_assert_cmpuint (out.packets[1], ==, 0);
    g_free (out.trouble);
  }
}

static void
test_sound_alone (void)
{
  WeirTsDemuxStats stats;
  Out out;

  demux_made ("-vn -c:a aac", &out, &stats);
  g_assert_cmpuint (out.packets[1], >, 180);
  g_assert_null (out.trouble);
}

/* Slices that never end a picture: PES packets of one TS packet each. */
static void
build_endless (TsBuild *b, guint pid, guint n)
{
  guint8 payload[184] = { 0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0, 0, 0, 1, 1 };

  memset (payload + 13, 0x55, sizeof payload - 13);
  for (guint i = 0; i < n; i++)
    ts_packet (b, pid, TRUE, -1, payload, sizeof payload);
}

static void
test_endless_picture (void)
{
  g_autofree char *good = make_ts (2, H264 "-c:a aac");
  g_autofree char *bad = g_strconcat (good, ".bad", NULL);
  TsBuild b = { .out = g_byte_array_new () };
  WeirTsDemuxStats stats, whole;
  Out once, out;

  build_endless (&b, 0x100, 4 * WEIR_TS_MAX_HELD);
  g_assert_true (g_file_set_contents (
      bad, (char *) b.out->data, (gssize) b.out->len, NULL));
  demux ((char *[]){ good, NULL }, 0, FALSE, &once, &whole);
  demux ((char *[]){ good, bad, good, NULL }, 0, FALSE, &out, &stats);
  g_test_message ("%u and %u pictures, withheld %u", once.packets[0],
      out.packets[0], (guint) stats.withheld);
  g_assert_cmpuint (stats.withheld, >=, whole.withheld + 3);
  g_assert_cmpuint (out.packets[0], >, once.packets[0] + 20);
  g_byte_array_unref (b.out);
  g_unlink (good);
  g_unlink (bad);
}

/* Pictures that are none are given up on, however much sound is with them. */
static void
test_barren_pictures (void)
{
  g_autofree char *good = make_ts (2, H264 "-c:a aac");
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  guint8 payload[184] = { 0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0 };
  TsBuild b = { .out = g_byte_array_new () };
  Out out = { 0 };
  WeirTsDemux *demux = weir_ts_demux_new (0, &funcs, &out);
  gsize size, pushed = 0;
  guint sound = 0, rounds = 0;

  memset (payload + 9, 0x55, sizeof payload - 9);
  for (guint i = 0; i < 8 * WEIR_TS_MAX_HELD; i++)
    ts_packet (&b, 0x100, TRUE, -1, payload, sizeof payload);
  g_assert_true (g_file_get_contents (good, &data, &size, NULL));
  g_assert_true (weir_ts_demux_push (demux, (guint8 *) data, size, NULL));
  /* Sound alone, with the tables: it goes on all the while. */
  for (gsize at = 0; at < size; at += WEIR_TS_PACKET_BYTES)
    if ((data[at + 1] & 0x1f) == 1 && data[at + 2] == 0)
      data[at] = 0;
  while (weir_ts_demux_push (demux, b.out->data, b.out->len, &error)
         && weir_ts_demux_push (demux, (guint8 *) data, size, &error)) {
    pushed += b.out->len;
    g_assert_cmpuint (out.packets[1], >, sound);
    sound = out.packets[1];
    rounds++;
    weir_ts_demux_pass (demux, G_USEC_PER_SEC);
  }
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_cmpstr (
      error->message, ==, "no picture in all that came of its pictures");
  g_assert_cmpuint (rounds, >, 10);
  g_assert_cmpuint (pushed, <=, WEIR_TS_MAX_BARREN_BYTES / 170 * 188);
  weir_ts_demux_free (demux);
  g_byte_array_unref (b.out);
  g_unlink (good);
}

/* Rubbish is given up on. */
static void
test_barren (void)
{
  WeirTsDemux *demux;
  g_autoptr (GError) error = NULL;
  guint8 rubbish[1316];
  Out out = { 0 };
  gsize pushed = 0;

  memset (rubbish, WEIR_TS_SYNC, sizeof rubbish);
  demux = weir_ts_demux_new (0, &funcs, &out);
  while (weir_ts_demux_push (demux, rubbish, sizeof rubbish, &error))
    pushed += sizeof rubbish;
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_cmpuint (pushed, <=, WEIR_TS_MAX_BARREN_BYTES);
  weir_ts_demux_free (demux);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  weir_ts_demux_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/ts-demux/whole", test_whole);
  g_test_add_func ("/ts-demux/wrap", test_wrap);
  g_test_add_func ("/ts-demux/jumps", test_jumps);
  g_test_add_func ("/ts-demux/holes", test_holes);
  g_test_add_func ("/ts-demux/not-carried", test_not_carried);
  g_test_add_func ("/ts-demux/sound-not-carried", test_sound_not_carried);
  g_test_add_func ("/ts-demux/sound-alone", test_sound_alone);
  g_test_add_func ("/ts-demux/endless-picture", test_endless_picture);
  g_test_add_func ("/ts-demux/barren", test_barren);
  g_test_add_func ("/ts-demux/barren-pictures", test_barren_pictures);
  return g_test_run ();
}
