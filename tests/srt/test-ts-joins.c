/* Tests programs/srt/ts-demux.c with transport streams that go on with another
 * one, and with the ends of streams: every access unit goes out under its own
 * configuration or is missed and marked, nothing of the first comes behind the
 * second, which begins with its first key frame. */
#include <glib/gstdio.h>

#include "fixture.h"
#include "programs/srt/ts-demux.h"
#include "ts-build.h"

#define H264 "-c:v libx264 -preset ultrafast -bf 2 -g 10 -pix_fmt yuv420p "
#define OTHER H264 "-vf scale=480:270 -af volume=0.5 -c:a aac "
#define HEVC                                                                   \
  "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params "              \
  "log-level=none:keyint=10 -af volume=0.5 "
#define PMT 0x1000
#define BYTES WEIR_TS_PACKET_BYTES

typedef struct {
  guint hash, config, flags;
} Unit;

/* What came out, or what there is to come out of a part. */
typedef struct {
  GArray *units[2]; /* Unit */
  guint config[2];
  WeirTsDemuxStats stats;
} Out;

static guint
hash_of (const guint8 *data, gsize size)
{
  guint hash = 5381;

  for (gsize i = 0; i < size; i++)
    hash = hash * 33 + data[i];
  return hash;
}

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
  ((Out *) user)->config[kind] = hash_of (data, size) + codec;
}

static void
on_packet (const WeirTsDemuxPacket *p, gpointer user)
{
  Out *out = user;
  Unit unit = { hash_of (p->data, p->size), out->config[p->kind], p->flags };

  g_array_append_val (out->units[p->kind], unit);
}

static void
on_trouble (const char *text, gpointer user)
{
  g_error ("%s", text);
}

/* SIZE bytes in pieces of STEP, and the end of the connection. */
static void
demux_in (const GByteArray *bytes, gsize size, gsize step, Out *out)
{
  static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };
  WeirTsDemux *demux = weir_ts_demux_new (0, &funcs, out);

  memset (out, 0, sizeof *out);
  for (guint i = 0; i < 2; i++)
    out->units[i] = g_array_new (FALSE, FALSE, sizeof (Unit));
  for (gsize at = 0; at < size; at += step)
    g_assert_true (weir_ts_demux_push (
        demux, bytes->data + at, MIN (step, size - at), NULL));
  weir_ts_demux_lost (demux);
  weir_ts_demux_get_stats (demux, &out->stats);
  weir_ts_demux_free (demux);
}

static void
demux (const GByteArray *bytes, gsize size, Out *out)
{
  demux_in (bytes, size, 7 * BYTES, out);
}

static void
out_clear (Out *out)
{
  g_array_unref (out->units[0]);
  g_array_unref (out->units[1]);
}

static GByteArray *
make_part (const char *options)
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

/* Where the Nth PES packet of PID starts. */
static gsize
find_start (const GByteArray *bytes, guint pid, guint n)
{
  for (gsize at = 0; at < bytes->len; at += BYTES)
    if (pid_of (bytes->data + at) == pid && bytes->data[at + 1] & 0x40
        && n-- == 0)
      return at;
  g_assert_not_reached ();
}

/* Where the tables of the second part are. */
typedef enum {
  FIRST,
  LATE,   /* behind the first packets of its first picture */
  MISSING /* in front of its 13th picture */
} Tables;

static void
move_tables (GByteArray *bytes, guint video, Tables tables)
{
  gsize to = find_start (bytes, video, tables == MISSING ? 12 : 1);

  if (tables == LATE)
    to = find_start (bytes, video, 0) + 2 * BYTES;
  for (gsize at = 0; at < to;) {
    guint8 p[BYTES];

    memcpy (p, bytes->data + at, BYTES);
    if (pid_of (p) != 0 && (pid_of (p) & 0x1f00) != PMT) {
      at += BYTES;
      continue;
    }
    to -= BYTES;
    memmove (bytes->data + at, bytes->data + at + BYTES, to - at);
    memcpy (bytes->data + to, p, BYTES);
  }
}

/* SIZE bytes of FIRST and all of SECOND, whose counters are GAP packets behind
 * those of the first; INDICATED by discontinuity indicators. */
static GByteArray *
join (const GByteArray *first, gsize size, const GByteArray *second, guint gap,
    gboolean indicated)
{
  g_autofree guint8 *last = g_malloc0 (0x2000), *shift = g_malloc0 (0x2000);
  g_autofree guint8 *seen = g_malloc0 (0x2000);
  GByteArray *all = g_byte_array_new ();

  g_byte_array_append (all, first->data, (guint) size);
  for (gsize at = 0; at < size; at += BYTES)
    last[pid_of (all->data + at)] = all->data[at + 3];
  g_byte_array_append (all, second->data, second->len);
  for (gsize at = size; at < all->len; at += BYTES) {
    guint8 *p = all->data + at;
    guint pid = pid_of (p);

    if (!seen[pid]) {
      shift[pid] = (guint8) (last[pid] + 1 + gap - p[3]);
      if (indicated && p[3] & 0x20 && p[4] > 0)
        p[5] |= 0x80;
    }
    seen[pid] = TRUE;
    p[3] = (guint8) ((p[3] & 0xf0) | ((p[3] + shift[pid]) & 15));
  }
  return all;
}

static int
find (const GArray *units, const Unit *unit)
{
  for (guint i = 0; i < units->len; i++)
    if (g_array_index (units, Unit, i).hash == unit->hash)
      return (int) i;
  return -1;
}

/* ALL is what came of FIRST with SECOND behind it. STRANGERS: pictures may be
 * of neither. WHOLE: nothing of the second is missing. */
static void
check_track (const Out *all, const Out *first, const Out *second, guint kind,
    guint strangers, gboolean whole)
{
  const GArray *units = all->units[kind];
  const Out *part = first;
  int last = -1;
  guint n = 0;

  for (guint i = 0; i < units->len; i++) {
    const Unit *unit = &g_array_index (units, Unit, i);
    int at = find (part->units[kind], unit);

    if (at < 0 && part == first && find (second->units[kind], unit) < 0) {
      g_assert_cmpuint (strangers--, >, 0);
      g_assert_cmpuint (unit->config, ==, first->config[kind]);
      continue;
    }
    if (at < 0 && part == first) {
      g_assert_cmpint (last + 1, ==, (int) first->units[kind]->len);
      part = second;
      last = -1;
      at = find (part->units[kind], unit);
      g_assert_true (unit->flags & WEIR_PACKET_KEY);
    }
    g_assert_cmpint (at, >, last);
    if (at > last + 1)
      g_assert_true (unit->flags & WEIR_PACKET_DISCONT);
    g_assert_cmpuint (unit->config, ==, part->config[kind]);
    last = at;
    n += part == second;
  }
  g_assert_cmpint (last + 1, ==, (int) second->units[kind]->len);
  if (whole)
    g_assert_cmpuint (n, ==, second->units[kind]->len);
  else
    g_assert_cmpuint (n, >, second->units[kind]->len / 2);
}

typedef struct {
  const char *options;
  guint video;
  gboolean other_pids;   /* nothing of it can be known without its tables */
  gboolean other_codecs; /* nor can it be told from the first */
} Second;

static const Second seconds[] = {
  { OTHER "-output_ts_offset 2", 0x100, FALSE },
  { OTHER "-tables_version 3", 0x100, FALSE },
  { OTHER "-tables_version 3 -output_ts_offset 900", 0x100, FALSE },
  { OTHER "-tables_version 3 -metadata:s:a language=deu", 0x100, FALSE },
  { OTHER "-mpegts_pmt_start_pid 0x1010", 0x100, FALSE },
  { OTHER "-mpegts_start_pid 0x200 -tables_version 3", 0x200, TRUE },
  { OTHER "-streamid 0:257 -streamid 1:256 -tables_version 3", 0x101, TRUE },
  { OTHER "-mpegts_service_id 7", 0x100, TRUE },
  { HEVC "-c:a mp2", 0x100, TRUE, TRUE },
};

/* Gap 0: the counters happen to go on; 15: with that of the last packet. */
static void
check_joins (const GByteArray *first, gsize size, const GByteArray *part,
    const Second *s, gboolean cut)
{
  static const guint gaps[] = { 0, 1, 7, 15 };
  Out before, after, out;

  demux (first, size, &before);
  demux (part, part->len, &after);
  for (Tables tables = FIRST; tables <= (s->other_codecs ? FIRST : MISSING);
       tables++) {
    g_autoptr (GByteArray) second = g_byte_array_new ();

    g_byte_array_append (second, part->data, part->len);
    if (tables != FIRST)
      move_tables (second, s->video, tables);
    for (guint i = 0; i < 2 * G_N_ELEMENTS (gaps); i++) {
      guint gap = gaps[i / 2];
      g_autoptr (GByteArray) all = join (first, size, second, gap, i % 2);
      gboolean known = tables == FIRST || !s->other_pids;

      g_test_message ("%s: tables %d, counters %u, %s%s", s->options, tables,
          gap, i % 2 ? "indicated" : "not indicated", cut ? ", cut" : "");
      demux (all, all->len, &out);
      check_track (&out, &before, &after, 0, cut && gap == 0, known);
      check_track (&out, &before, &after, 1, 0, FALSE);
      if (cut && gap > 0)
        g_assert_cmpuint (out.stats.guard.holes, >, 0);
      g_assert_cmpuint (out.stats.restarts, ==, 0);
      out_clear (&out);
    }
  }
  out_clear (&before);
  out_clear (&after);
}

static void
test_joins (void)
{
  g_autoptr (GByteArray) first = make_part (H264 "-c:a aac");

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++) {
    const Second *s = &seconds[i];
    g_autoptr (GByteArray) second = make_part (s->options);

    check_joins (first, first->len, second, s, FALSE);
    check_joins (
        first, find_start (first, 0x100, 30) + 3 * BYTES, second, s, TRUE);
  }
}

/* All that is known to be whole comes out at the end of a connection, wherever
 * that is. */
static void
check_ends (const char *options)
{
  g_autoptr (GByteArray) bytes = make_part (options);
  gsize last = find_start (bytes, 0x100, 49), end = 0;
  guint packets = 0;
  Out out;

  for (gsize at = last; at < bytes->len; at += BYTES)
    if (pid_of (bytes->data + at) == 0x100) {
      end = at + BYTES;
      packets++;
    }
  g_assert_cmpuint (packets, >, 2);
  for (gsize size = last; size <= bytes->len; size += BYTES) {
    demux (bytes, size, &out);
    g_assert_cmpuint (out.units[0]->len, ==, size < end ? 49 : 50);
    out_clear (&out);
  }
  demux (bytes, end - 1, &out);
  g_assert_cmpuint (out.units[0]->len, ==, 49);
  out_clear (&out);
}

static void
test_ends (void)
{
  check_ends (H264 "-c:a aac");
  check_ends (H264 "-c:a mp2 -omit_video_pes_length 0");
  check_ends (HEVC "-c:a ac3");
}

/* Messages may have any size. */
static void
test_messages (void)
{
  static const gsize sizes[] = { 188, 376, 564, 752, 940, 1128, 1316, 1, 187,
    189, 1000, 1456, 100000 };
  g_autoptr (GByteArray) bytes = make_part (H264 "-c:a aac");
  Out whole, out;

  demux (bytes, bytes->len, &whole);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    demux_in (bytes, bytes->len, sizes[i], &out);
    for (guint kind = 0; kind < 2; kind++) {
      g_assert_cmpuint (out.units[kind]->len, ==, whole.units[kind]->len);
      g_assert_true (memcmp (out.units[kind]->data, whole.units[kind]->data,
                         sizeof (Unit) * out.units[kind]->len)
                     == 0);
    }
    out_clear (&out);
  }
  out_clear (&whole);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  weir_ts_demux_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/ts-joins/joins", test_joins);
  g_test_add_func ("/ts-joins/ends", test_ends);
  g_test_add_func ("/ts-joins/messages", test_messages);
  return g_test_run ();
}
