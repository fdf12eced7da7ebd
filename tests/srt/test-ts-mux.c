/* Tests programs/srt/ts-mux.c with times as strangers may choose them: what
 * comes out is a stream that demuxers can follow all the same. */
#include "programs/srt/ts-mux.h"

#include <glib/gstdio.h>

#include "fixture.h"
#include "programs/srt/ts-demux.h"
#include "ts-build.h"

#define SECONDS 4

typedef struct {
  WeirTsDemuxPacket p;
  GBytes *data;
} Packet;

typedef struct {
  GPtrArray *packets; /* Packet, owns */
  GBytes *config[2];
  WeirCodec codec[2];
} Media;

static void
packet_free (gpointer data)
{
  g_bytes_unref (((Packet *) data)->data);
  g_free (data);
}

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
  Media *m = user;

  m->codec[kind] = codec;
  g_clear_pointer (&m->config[kind], g_bytes_unref);
  m->config[kind] = g_bytes_new (data, size);
}

static void
on_packet (const WeirTsDemuxPacket *p, gpointer user)
{
  Packet *packet = g_new0 (Packet, 1);

  packet->p = *p;
  packet->data = g_bytes_new (p->data, p->size);
  g_ptr_array_add (((Media *) user)->packets, packet);
}

static void
on_trouble (const char *text, gpointer user)
{
}

static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };

static void
demux (Media *m, const guint8 *data, gsize size)
{
  WeirTsDemux *d = weir_ts_demux_new (0, &funcs, m);
  WeirTsDemuxStats stats;

  *m = (Media){ .packets = g_ptr_array_new_with_free_func (packet_free) };
  g_assert_true (weir_ts_demux_push (d, data, size, NULL));
  weir_ts_demux_drain (d);
  weir_ts_demux_get_stats (d, &stats);
  g_assert_cmpuint (stats.restarts + stats.guard.holes, ==, 0);
  weir_ts_demux_free (d);
}

static void
media_clear (Media *m)
{
  g_ptr_array_unref (m->packets);
  g_clear_pointer (&m->config[0], g_bytes_unref);
  g_clear_pointer (&m->config[1], g_bytes_unref);
}

static void
media_make (Media *m)
{
  g_autofree char *file = make_ts (SECONDS,
      "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac");
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (file, &data, &size, NULL));
  demux (m, (const guint8 *) data, size);
  g_unlink (file);
}

/* FROM with other times through a multiplexer. */
static GByteArray *
mux (const Media *from,
    void (*change) (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts))
{
  GByteArray *out = g_byte_array_new ();
  WeirTsMux *mux = weir_ts_mux_new ();
  gint64 first_ms = ((Packet *) g_ptr_array_index (from->packets, 0))->p.dts_ms;
  gint64 until_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  guint n[2] = { 0 };

  for (guint k = 0; k < 2; k++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (from->config[k], &size);

    g_assert_true (weir_ts_mux_set_config (
        mux, (WeirMediaKind) k, from->codec[k], data, size, NULL));
  }
  for (guint i = 0; i < from->packets->len; i++) {
    const Packet *p = g_ptr_array_index (from->packets, i);
    gint64 dts_ms = p->p.dts_ms - first_ms, pts_ms = p->p.pts_ms - first_ms;

    change (n[p->p.kind]++, p->p.kind, &dts_ms, &pts_ms);
    g_assert_true (
        weir_ts_mux_push (mux, p->p.kind, (p->p.flags & WEIR_PACKET_KEY) != 0,
            dts_ms, pts_ms, g_bytes_ref (p->data)));
  }
  weir_ts_mux_drain (mux);
  while (!weir_ts_mux_take (mux, out)) {
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
    g_usleep (1000);
  }
  weir_ts_mux_free (mux);
  return out;
}

static guint64
time_stamp (const guint8 *b)
{
  return (guint64) (b[0] >> 1 & 7) << 30 | (guint64) b[1] << 22
         | (guint64) (b[2] >> 1) << 15 | (guint64) b[3] << 7 | b[4] >> 1;
}

/* By 33 bits that wrap. */
static gint64
after (guint64 a, guint64 b)
{
  return (gint64) ((a - b) << 31) >> 31;
}

/* As its bytes say it, whatever our own demuxer makes of it: nothing is shown
 * before it is decoded, nor long after, and decoding times rise. Returns the
 * pictures. */
static guint
look_at_times (const GByteArray *ts)
{
  guint64 last[2] = { 0 };
  guint n[2] = { 0 };

  for (guint at = 0; at < ts->len; at += WEIR_TS_PACKET_BYTES) {
    const guint8 *b = ts->data + at;
    const guint8 *pes = b + 4 + (b[3] & 0x20 ? 1 + b[4] : 0);
    guint64 pts, dts;
    guint k;

    g_assert_cmpuint (b[0], ==, WEIR_TS_SYNC);
    if (!(b[1] & 0x40) || !(b[3] & 0x10) || pes[0] != 0 || pes[1] != 0
        || pes[2] != 1 || !(pes[7] & 0x80))
      continue;
    k = pes[3] >= 0xe0 && pes[3] <= 0xef ? 0 : 1;
    pts = time_stamp (pes + 9);
    dts = pes[7] & 0x40 ? time_stamp (pes + 14) : pts;
    g_assert_cmpint (after (pts, dts), >=, 0);
    g_assert_cmpint (after (pts, dts), <=, 90 * WEIR_TS_MUX_MAX_COMPOSITION_MS);
    if (n[k]++ > 0)
      g_assert_cmpint (after (dts, last[k]), >, 0);
    last[k] = dts;
  }
  g_assert_cmpuint (n[1], >=, SECONDS * 46);
  return n[0];
}

static void
check (const Media *from,
    void (*change) (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts))
{
  g_autoptr (GByteArray) ts = mux (from, change);
  guint n[2] = { 0 };
  Media got;

  g_assert_cmpuint (look_at_times (ts), >=, SECONDS * 25 - 1);
  demux (&got, ts->data, ts->len);
  for (guint i = 0; i < got.packets->len; i++)
    n[((Packet *) g_ptr_array_index (got.packets, i))->p.kind]++;
  g_test_message ("%u pictures, %u of sound", n[0], n[1]);
  g_assert_cmpuint (n[0], >=, SECONDS * 25 - 1);
  /* It drops sound from before the first clock reference. */
  g_assert_cmpuint (n[1], >=, SECONDS * 36);
  media_clear (&got);
}

static void
leave (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts)
{
}

static void
show_early (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts)
{
  *pts = *dts - 8388608;
}

static void
show_late (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts)
{
  *pts = *dts + 8388607;
}

static void
show_by_turns (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts)
{
  static const gint64 offsets[] = { 10000, -10000, 0, 9999, -1, 8388607 };

  *pts = *dts + offsets[n % G_N_ELEMENTS (offsets)];
}

/* As far behind the pictures as core/timeline lets it be. */
static void
sound_behind (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts)
{
  if (kind == WEIR_MEDIA_AUDIO) {
    *dts -= 3000;
    *pts -= 3000;
  }
}

/* In two leaps over where 33 bits of 90 kHz wrap, after 95443.7 s. */
static void
wrap (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts)
{
  gint64 by_ms = *dts < 1000 ? 0 : *dts < 2000 ? 47718000 : 95437000;

  *dts += by_ms;
  *pts += by_ms;
}

static Media media;

static void
test_times (gconstpointer change)
{
  check (&media,
      *(void (*const *) (guint, WeirMediaKind, gint64 *, gint64 *)) change);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*change) (guint n, WeirMediaKind kind, gint64 *dts, gint64 *pts);
  } tests[] = {
    { "/ts-mux/as-they-are", leave },
    { "/ts-mux/shown-early", show_early },
    { "/ts-mux/shown-late", show_late },
    { "/ts-mux/shown-by-turns", show_by_turns },
    { "/ts-mux/sound-behind", sound_behind },
    { "/ts-mux/wrap", wrap },
  };
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  weir_ts_demux_init (&error);
  g_assert_no_error (error);
  media_make (&media);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_data_func (tests[i].path, &tests[i].change, test_times);
  result = g_test_run ();
  media_clear (&media);
  return result;
}
