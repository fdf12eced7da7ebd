/* Tests programs/srt/ts-demux.c: each picture has the times that stand in its
 * own PES packet, whatever the codec and the order that pictures come in. */
#include "programs/srt/ts-demux.h"

#include <glib/gstdio.h>

#include "fixture.h"
#include "programs/srt/ts-psi.h"

#define SECONDS 4
#define PICTURES (SECONDS * 25)

typedef struct {
  gint64 dts; /* ms */
  gint64 pts;
} Times;

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
}

static void
on_packet (const WeirTsDemuxPacket *p, gpointer user)
{
  Times t = { p->dts_ms, p->pts_ms };

  if (p->kind == WEIR_MEDIA_VIDEO)
    g_array_append_val ((GArray *) user, t);
}

static void
on_trouble (const char *text, gpointer user)
{
}

static gint64
time_stamp (const guint8 *b)
{
  return ((gint64) (b[0] >> 1 & 7) << 30 | (gint64) b[1] << 22
             | (gint64) (b[2] >> 1) << 15 | (gint64) b[3] << 7 | b[4] >> 1)
         / 90;
}

/* Of every PES packet with pictures. */
static GArray *
read_times (const guint8 *ts, gsize size)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Times));

  for (const guint8 *b = ts; b < ts + size; b += WEIR_TS_PACKET_BYTES) {
    const guint8 *pes = b + 4 + (b[3] & 0x20 ? 1 + b[4] : 0);
    Times t;

    if (!(b[1] & 0x40) || !(b[3] & 0x10) || pes[0] != 0 || pes[1] != 0
        || pes[2] != 1 || (pes[3] & 0xf0) != 0xe0)
      continue;
    t.pts = time_stamp (pes + 9);
    t.dts = pes[7] & 0x40 ? time_stamp (pes + 14) : t.pts;
    g_array_append_val (all, t);
  }
  return all;
}

/* What ffmpeg makes of a stream that it copies: with HEVC, PES packets that end
 * with the first zero of the next picture's start code. */
static char *
copied (const char *options)
{
  g_autofree char *file = make_ts (SECONDS, options);
  g_autofree char *again = g_strdup_printf ("-i %s -map 2 -c copy", file);
  char *copy = make_ts (SECONDS, again);

  g_unlink (file);
  return copy;
}

static void
check_times (char *file)
{
  static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };
  g_autofree char *data = NULL;
  g_autoptr (GArray) got = g_array_new (FALSE, FALSE, sizeof (Times));
  g_autoptr (GArray) had = NULL;
  WeirTsDemux *demux = weir_ts_demux_new (0, &funcs, got);
  gsize size;

  g_assert_true (g_file_get_contents (file, &data, &size, NULL));
  g_unlink (file);
  had = read_times ((const guint8 *) data, size);
  for (gsize at = 0; at < size; at += 1316)
    g_assert_true (weir_ts_demux_push (
        demux, (guint8 *) data + at, MIN (1316, size - at), NULL));
  weir_ts_demux_drain (demux);
  weir_ts_demux_free (demux);

  g_assert_cmpuint (had->len, ==, PICTURES);
  g_assert_cmpuint (got->len, ==, PICTURES);
  for (guint i = 0; i < PICTURES; i++) {
    const Times *g = &g_array_index (got, Times, i);
    const Times *h = &g_array_index (had, Times, i);
    gint64 by =
        g_array_index (got, Times, 0).dts - g_array_index (had, Times, 0).dts;

    g_assert_cmpint (ABS (g->dts - h->dts - by), <=, 1);
    g_assert_cmpint (ABS (g->pts - h->pts - by), <=, 1);
  }
}

#define H264 "-c:v libx264 -preset ultrafast -g 25 -bf 2 -pix_fmt yuv420p "
#define HEVC                                                                   \
  "-c:v libx265 -preset ultrafast -x265-params "                               \
  "log-level=none:keyint=25:bframes=2 -pix_fmt yuv420p "

static void
test_times (gconstpointer options)
{
  g_autofree char *file = make_ts (SECONDS, options);
  g_autofree char *copy = copied (options);

  check_times (file);
  check_times (copy);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  weir_ts_demux_init (&error);
  g_assert_no_error (error);
  g_test_add_data_func ("/ts-times/h264", H264 "-an", test_times);
  g_test_add_data_func ("/ts-times/h264-sound", H264 "-c:a aac", test_times);
  g_test_add_data_func ("/ts-times/hevc", HEVC "-an", test_times);
  g_test_add_data_func ("/ts-times/hevc-sound", HEVC "-c:a aac", test_times);
  return g_test_run ();
}
