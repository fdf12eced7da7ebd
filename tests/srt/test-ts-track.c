/* Tests programs/srt/ts-packet.c and ts-track.c: what packets say, and whether
 * a PES packet is known to be whole. */
#include "programs/srt/ts-track.h"

#include "ts-build.h"

#define PID 0x100

/* Fields of an adaptation field that are no stuffing, and such as can't be
 * understood. */
static void
test_stuffing (void)
{
  const struct {
    guint8 field[8];
    gboolean stuffed;
  } cases[] = {
    { { 0 }, TRUE },
    { { 1, 0x00 }, TRUE },
    { { 1, 0x40 }, FALSE }, /* random access */
    { { 2, 0x40, 0xff }, TRUE },
    { { 2, 0x04, 0x01 }, FALSE },                /* splice countdown */
    { { 7, 0x10, 0, 0, 0, 0, 0x7e, 0 }, FALSE }, /* clock */
    { { 4, 0x02, 2, 1, 1 }, FALSE },             /* private data */
    { { 5, 0x02, 2, 1, 1, 0xff }, TRUE },
    { { 5, 0x03, 1, 1, 1, 0x1f }, FALSE }, /* and an extension */
    { { 1, 0x02 }, FALSE },
    { { 4, 0x02, 200, 1, 1 }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint8 bytes[WEIR_TS_PACKET_BYTES] = { WEIR_TS_SYNC, 0x41, 0, 0x30 };
    WeirTsPacket p;

    memcpy (bytes + 4, cases[i].field, sizeof cases[i].field);
    g_assert_true (weir_ts_packet_parse (bytes, &p));
    g_assert_true (p.stuffed == cases[i].stuffed);
  }
}

/* N packets full of a PES packet that says to have BYTES, or 0, and one of
 * LAST bytes, or none. */
static void
take (WeirTsTrack *track, guint n, guint last, guint bytes)
{
  guint8 payload[184] = { 0, 0, 1, 0xe0, (guint8) (bytes >> 8), (guint8) bytes,
    0x80, 0, 0 };
  TsBuild b = { .out = g_byte_array_new () };

  for (guint i = 0; i < n; i++) {
    ts_packet (&b, PID, i == 0, -1, payload, sizeof payload);
    memset (payload, 0x55, sizeof payload);
  }
  if (last > 0)
    ts_packet (&b, PID, n == 0, -1, payload, last);
  for (gsize at = 0; at < b.out->len; at += WEIR_TS_PACKET_BYTES) {
    WeirTsPacket p;

    g_assert_true (weir_ts_packet_parse (b.out->data + at, &p));
    g_assert_false (weir_ts_track_is_repeated (track, &p));
    weir_ts_track_take (track, &p);
    g_assert_true (weir_ts_track_is_repeated (track, &p));
  }
  g_byte_array_unref (b.out);
}

static void
test_complete (void)
{
  const struct {
    guint packets, last, bytes;
    gboolean complete;
  } cases[] = {
    { 2, 180, 0, TRUE },
    { 0, 180, 0, TRUE },
    { 2, 183, 0, TRUE },
    { 3, 0, 0, FALSE }, /* maybe */
    { 2, 180, 2 * 184 + 180 - 6, TRUE },
    { 3, 0, 3 * 184 - 6, TRUE },
    { 2, 180, 3 * 184 - 6, FALSE },
    { 2, 180, 2 * 184 - 6, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    WeirTsTrack track;
    guint8 end[WEIR_TS_PACKET_BYTES];
    WeirTsPacket p;
    guint8 counter;

    weir_ts_track_init (&track, PID);
    take (&track, cases[i].packets, cases[i].last, cases[i].bytes);
    g_assert_false (track.waiting);
    g_assert_true (track.complete == cases[i].complete);
    weir_ts_track_write_end (&track, end);
    g_assert_true (weir_ts_packet_parse (end, &p));
    counter = track.continuity;
    g_assert_cmpuint (p.pid, ==, PID);
    g_assert_true (p.start == track.complete);
    g_assert_true (weir_ts_continues (&counter, &p) == track.complete);
  }
}

/* Who stuffs other packets, too, says nothing by it. */
static void
test_stuffs_all (void)
{
  TsBuild b = { .out = g_byte_array_new () };
  WeirTsTrack track;
  WeirTsPacket p;

  weir_ts_track_init (&track, PID);
  ts_pes (&b, PID, 0xe0, 90000, 3);
  for (gsize at = 0; at < b.out->len; at += WEIR_TS_PACKET_BYTES) {
    g_assert_true (weir_ts_packet_parse (b.out->data + at, &p));
    weir_ts_track_take (&track, &p);
  }
  g_assert_false (track.complete);
  g_byte_array_unref (b.out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts-track/stuffing", test_stuffing);
  g_test_add_func ("/ts-track/complete", test_complete);
  g_test_add_func ("/ts-track/stuffs-all", test_stuffs_all);
  return g_test_run ();
}
