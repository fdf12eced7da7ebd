/* Tests programs/srt/ts-guard.c and ts-psi.c: what is let through of which
 * programme, and what is seen of holes and damage. */
#include "programs/srt/ts-guard.h"

#include "ts-build.h"

#define VIDEO 0x100
#define AUDIO 0x101
#define PMT 0x1000

typedef struct {
  TsBuild build;
  WeirTsGuard *guard;
  GByteArray *out;
  guint holes[2];
  guint programs;
  WeirTsPmt pmt;
} Test;

static void
on_packets (const guint8 *packets, gsize size, gpointer data)
{
  Test *t = data;

  g_assert_cmpuint (size % WEIR_TS_PACKET_BYTES, ==, 0);
  g_byte_array_append (t->out, packets, (guint) size);
}

static void
on_hole (WeirMediaKind kind, gpointer data)
{
  ((Test *) data)->holes[kind]++;
}

static void
on_program (const WeirTsPmt *pmt, gpointer data)
{
  Test *t = data;

  t->programs++;
  t->pmt = *pmt;
}

static const WeirTsGuardFuncs funcs = { on_packets, on_hole, on_program };

static void
begin (Test *t, guint program)
{
  memset (t, 0, sizeof *t);
  t->build.out = g_byte_array_new ();
  t->out = g_byte_array_new ();
  t->guard = weir_ts_guard_new (program, &funcs, t);
}

static void
end (Test *t)
{
  weir_ts_guard_free (t->guard);
  g_byte_array_unref (t->build.out);
  g_byte_array_unref (t->out);
}

/* Everything built so far, in pieces of STEP bytes. */
static void
push (Test *t, gsize step)
{
  for (gsize at = 0; at < t->build.out->len; at += step)
    weir_ts_guard_push (
        t->guard, t->build.out->data + at, MIN (step, t->build.out->len - at));
  g_byte_array_set_size (t->build.out, 0);
}

/* Packets of PID that came through. */
static guint
count (const Test *t, guint pid)
{
  guint n = 0;

  for (guint at = 0; at < t->out->len; at += WEIR_TS_PACKET_BYTES)
    n += (((t->out->data[at + 1] & 0x1f) << 8) | t->out->data[at + 2])
         == (int) pid;
  return n;
}

static const TsProgramEntry one[] = { { 1, PMT } };
static const TsStreamEntry both[] = { { 0x1b, VIDEO, NULL },
  { 0x0f, AUDIO, NULL } };

static void
tables (Test *t)
{
  ts_pat (&t->build, one, 1, 0);
  ts_pmt (&t->build, PMT, 1, 0, VIDEO, both, 2);
}

static void
test_passes (void)
{
  const gsize steps[] = { 188, 1316, 7, 1000, 100000 };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    WeirTsGuardStats stats;
    Test t;

    begin (&t, 0);
    tables (&t);
    ts_pes (&t.build, VIDEO, 0xe0, 90000, 20);
    ts_pes (&t.build, AUDIO, 0xc0, 90000, 2);
    ts_pes (&t.build, 0x555, 0xe1, 90000, 3);
    ts_packet (&t.build, WEIR_TS_NULL_PID, FALSE, -1, (guint8 *) "x", 1);
    push (&t, steps[i]);
    g_assert_cmpuint (count (&t, 0), ==, 1);
    g_assert_cmpuint (count (&t, PMT), ==, 1);
    g_assert_cmpuint (count (&t, VIDEO), ==, 20);
    g_assert_cmpuint (count (&t, AUDIO), ==, 2);
    g_assert_cmpuint (count (&t, 0x555), ==, 0);
    g_assert_cmpuint (t.programs, ==, 1);
    g_assert_cmpuint (t.pmt.streams[1].codec, ==, WEIR_CODEC_AAC);
    weir_ts_guard_get_stats (t.guard, &stats);
    g_assert_cmpuint (stats.holes + stats.broken, ==, 0);
    g_assert_cmpuint (stats.other_tracks, ==, 3);
    end (&t);
  }
}

/* Packet N of what was built is lost. */
static void
drop (Test *t, guint n, guint packets)
{
  g_byte_array_remove_range (
      t->build.out, n * WEIR_TS_PACKET_BYTES, packets * WEIR_TS_PACKET_BYTES);
}

/* The PES packet that the hole is in is broken off; the next one is whole. */
static void
test_hole (void)
{
  WeirTsGuardStats stats;
  const guint8 *broken;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 10);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 10);
  ts_pes (&t.build, VIDEO, 0xe0, 96000, 10);
  drop (&t, 2 + 10 + 4, 3);
  push (&t, 1316);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (t.holes[1], ==, 0);
  /* All of the first and third, what was in front of the hole, and the packet
   * that breaks it off. */
  g_assert_cmpuint (count (&t, VIDEO), ==, 10 + 4 + 1 + 10);
  broken = t.out->data + (2 + 10 + 4) * WEIR_TS_PACKET_BYTES;
  g_assert_cmphex (broken[1] & 0x40, ==, 0);
  g_assert_cmpuint (broken[3] & 15, !=, 14);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.holes, ==, 1);
  end (&t);
}

/* Sixteen packets missing leave the counter as it was. */
static void
test_lost_by_sequence (void)
{
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 5);
  ts_pes (&t.build, AUDIO, 0xc0, 90000, 2);
  push (&t, 1316);
  weir_ts_guard_lost (t.guard);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (t.holes[1], ==, 1);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 16);
  ts_pes (&t.build, VIDEO, 0xe0, 96000, 3);
  drop (&t, 0, 16);
  push (&t, 1316);
  g_assert_cmpuint (count (&t, VIDEO), ==, 5 + 1 + 3);
  weir_ts_guard_lost (t.guard);
  weir_ts_guard_lost (t.guard); /* nothing between: one hole */
  g_assert_cmpuint (t.holes[0], ==, 2);
  end (&t);
}

static void
test_duplicates (void)
{
  guint8 last[WEIR_TS_PACKET_BYTES];
  WeirTsGuardStats stats;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 3);
  memcpy (
      last, t.build.out->data + t.build.out->len - sizeof last, sizeof last);
  g_byte_array_append (t.build.out, last, sizeof last);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 3);
  push (&t, 1316);
  g_assert_cmpuint (count (&t, VIDEO), ==, 6);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.holes, ==, 0);
  end (&t);
}

static void
test_damage (void)
{
  WeirTsGuardStats stats;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 4);
  /* Transport error, scrambled, an adaptation field that is too long. */
  t.build.out->data[3 * WEIR_TS_PACKET_BYTES + 1] |= 0x80;
  t.build.out->data[4 * WEIR_TS_PACKET_BYTES + 3] |= 0x80;
  t.build.out->data[5 * WEIR_TS_PACKET_BYTES + 4] = 200;
  push (&t, 1316);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.broken, ==, 3);
  g_assert_cmpuint (count (&t, VIDEO), ==, 1);
  /* Rubbish in between, and a packet that is cut short. */
  g_byte_array_append (t.build.out, (const guint8 *) "rubbish", 7);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 2);
  push (&t, 1316);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (count (&t, VIDEO), ==, 1 + 1 + 2);
  end (&t);
}

/* Starts that are none. */
static void
test_no_pes (void)
{
  WeirTsGuardStats stats;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_packet (&t.build, VIDEO, TRUE, -1, (const guint8 *) "no start code", 13);
  ts_packet (&t.build, VIDEO, FALSE, -1, (const guint8 *) "more", 4);
  push (&t, 1316);
  g_assert_cmpuint (count (&t, VIDEO), ==, 0);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.broken, ==, 1);
  end (&t);
}

static void
test_endless_pes (void)
{
  const guint packets = WEIR_TS_MAX_PES_BYTES / 170 + 100;
  WeirTsGuardStats stats;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, packets);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 2);
  push (&t, 1316);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (count (&t, VIDEO), ==, WEIR_TS_MAX_PES_BYTES / 170 + 1 + 2);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.broken, ==, 1);
  end (&t);
}

/* A picture of N packets that are nothing but start codes, across packets. */
static void
start_codes (Test *t, guint n)
{
  guint8 payload[184] = { 0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0 };

  for (guint i = 0; i < n; i++) {
    for (guint at = i == 0 ? 9 : 0; at < sizeof payload; at++)
      payload[at] = (i * sizeof payload + at) % 3 == 2;
    ts_packet (&t->build, VIDEO, i == 0, -1, payload, sizeof payload);
  }
  push (t, 1316);
}

static void
test_units (void)
{
  const guint all = WEIR_TS_MAX_UNITS * 3 / 184;
  const guint second = WEIR_TS_UNITS_A_SECOND * 3 / 184;
  guint before;
  Test t;

  begin (&t, 0);
  tables (&t);
  start_codes (&t, all - 1);
  g_assert_cmpuint (count (&t, VIDEO), ==, all - 1);
  g_assert_cmpuint (t.holes[0], ==, 0);
  start_codes (&t, 10);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (count (&t, VIDEO), <=, all + 3);
  /* The next second brings more, the next hour no more than at first. */
  weir_ts_guard_pass (t.guard, G_USEC_PER_SEC);
  before = count (&t, VIDEO);
  start_codes (&t, all);
  g_assert_cmpuint (t.holes[0], ==, 2);
  g_assert_cmpuint (count (&t, VIDEO) - before, >=, second - 2);
  g_assert_cmpuint (count (&t, VIDEO) - before, <=, second + 3);
  weir_ts_guard_pass (t.guard, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  before = count (&t, VIDEO);
  start_codes (&t, 2 * all);
  g_assert_cmpuint (t.holes[0], ==, 3);
  g_assert_cmpuint (count (&t, VIDEO) - before, >=, all - 3);
  g_assert_cmpuint (count (&t, VIDEO) - before, <=, all + 3);
  end (&t);
}

static const TsProgramEntry three[] = { { 5, 0x50 }, { 6, 0x60 }, { 7, 0x70 } };
static const TsStreamEntry radio[] = { { 0x0f, 0x51, NULL } };
static const TsStreamEntry six[] = { { 0x24, 0x61, NULL }, { 0x0f, 0x62, NULL },
  { 0x0f, 0x63, NULL } };
static const TsStreamEntry seven[] = { { 0x1b, 0x71, NULL } };

static void
three_programs (Test *t)
{
  ts_pat (&t->build, three, 3, 0);
  ts_pmt (&t->build, 0x70, 7, 0, 0x71, seven, 1);
  ts_pmt (&t->build, 0x50, 5, 0, 0x51, radio, 1);
  ts_pmt (&t->build, 0x60, 6, 0, 0x61, six, 3);
  for (guint i = 0; i < 2; i++) {
    ts_pes (&t->build, 0x51, 0xc0, 90000, 2);
    ts_pes (&t->build, 0x61, 0xe0, 90000, 2);
    ts_pes (&t->build, 0x62, 0xc0, 90000, 2);
    ts_pes (&t->build, 0x71, 0xe0, 90000, 2);
  }
  push (t, 1316);
}

static void
test_programs (void)
{
  const struct {
    guint asked, got;
  } cases[] = { { 0, 6 }, { 99, 6 }, { 5, 5 }, { 7, 7 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Test t;

    begin (&t, cases[i].asked);
    three_programs (&t);
    g_assert_cmpuint (t.pmt.number, ==, cases[i].got);
    g_assert_cmpuint (count (&t, 0x51) > 0, ==, cases[i].got == 5);
    g_assert_cmpuint (count (&t, 0x61) > 0, ==, cases[i].got == 6);
    g_assert_cmpuint (count (&t, 0x71) > 0, ==, cases[i].got == 7);
    g_assert_cmpuint (count (&t, 0x63), ==, 0);
    end (&t);
  }
}

/* A PMT that never comes is not waited for long. */
static void
test_programme_missing (void)
{
  Test t;

  begin (&t, 0);
  ts_pat (&t.build, three, 3, 0);
  ts_pmt (&t.build, 0x70, 7, 0, 0x71, seven, 1);
  ts_pes (&t.build, 0x71, 0xe0, 90000, WEIR_TS_DECIDE_PACKETS);
  ts_pes (&t.build, 0x71, 0xe0, 93000, 2);
  push (&t, 1316);
  g_assert_cmpuint (t.pmt.number, ==, 7);
  g_assert_cmpuint (count (&t, 0x71), ==, 2);
  end (&t);
}

static void
test_no_pat (void)
{
  Test t;

  begin (&t, 0);
  for (guint i = 0; i < WEIR_TS_DECIDE_PACKETS / 10; i++) {
    ts_pmt (&t.build, PMT, 1, 0, VIDEO, both, 2);
    ts_pes (&t.build, VIDEO, 0xe0, 90000 + 3000 * i, 10);
  }
  push (&t, 1316);
  g_assert_cmpuint (t.pmt.number, ==, 1);
  g_assert_cmpuint (count (&t, 0), ==, 1); /* ours */
  g_assert_cmpuint (count (&t, VIDEO), >, 0);
  end (&t);
}

/* A table with another track takes effect between two pictures. */
static void
test_track_added (void)
{
  Test t;

  begin (&t, 0);
  ts_pat (&t.build, one, 1, 0);
  ts_pmt (&t.build, PMT, 1, 0, VIDEO, both, 1);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 5);
  push (&t, 1316);
  ts_pmt (&t.build, PMT, 1, 1, VIDEO, both, 2);
  ts_pes (&t.build, AUDIO, 0xc0, 90000, 1);
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 1);
  g_assert_cmpuint (count (&t, PMT), ==, 1);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 5);
  ts_pes (&t.build, AUDIO, 0xc0, 93000, 1);
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 2);
  g_assert_cmpuint (count (&t, PMT), ==, 2);
  g_assert_cmpuint (count (&t, VIDEO), ==, 10);
  g_assert_cmpuint (count (&t, AUDIO), ==, 1);
  g_assert_cmpuint (t.holes[0] + t.holes[1], ==, 0);
  end (&t);
}

static void
test_program_changes (void)
{
  static const TsProgramEntry other[] = { { 2, 0x20 } };
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 5);
  ts_pat (&t.build, other, 1, 1);
  ts_pmt (&t.build, 0x20, 2, 0, 0x71, seven, 1);
  ts_pes (&t.build, VIDEO, 0xe0, 93000, 5);
  ts_pes (&t.build, 0x71, 0xe0, 93000, 5);
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 2);
  g_assert_cmpuint (t.pmt.number, ==, 2);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (count (&t, VIDEO), ==, 5 + 1); /* it is broken off */
  g_assert_cmpuint (count (&t, 0x71), ==, 5);
  end (&t);
}

/* A picture of N packets, of which only the last is stuffed. */
static void
picture (Test *t, guint n)
{
  guint8 payload[184] = { 0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0 };

  for (guint i = 0; i < n; i++) {
    ts_packet (&t->build, VIDEO, i == 0, -1, payload, i == n - 1 ? 180 : 184);
    memset (payload, 0x55, sizeof payload);
  }
}

/* What the stream ends with is given out when it is known to be whole: by a
 * start; else it is broken off. */
static void
test_end (void)
{
  for (guint missing = 0; missing < 2; missing++) {
    const guint8 *last;
    Test t;

    begin (&t, 0);
    tables (&t);
    picture (&t, 4);
    g_byte_array_set_size (
        t.build.out, t.build.out->len - missing * WEIR_TS_PACKET_BYTES);
    push (&t, 1316);
    weir_ts_guard_lost (t.guard);
    g_assert_cmpuint (t.holes[0], ==, 1);
    g_assert_cmpuint (count (&t, VIDEO), ==, 4 - missing + 1);
    last = t.out->data + t.out->len - WEIR_TS_PACKET_BYTES;
    g_assert_true ((last[1] & 0x40) == (missing ? 0 : 0x40));
    end (&t);
  }
}

/* One that only has the counter of the last packet is no duplicate. */
static void
test_same_counter (void)
{
  WeirTsGuardStats stats;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xe0, 90000, 3);
  t.build.continuity[VIDEO]--;
  picture (&t, 4);
  push (&t, 1316);
  g_assert_cmpuint (t.holes[0], ==, 1);
  g_assert_cmpuint (count (&t, VIDEO), ==, 3 + 1 + 4);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.holes, ==, 1);
  end (&t);
}

/* PIDs that are something else before the table says so. */
static void
test_wrong_start (void)
{
  WeirTsGuardStats stats;
  Test t;

  begin (&t, 0);
  tables (&t);
  ts_pes (&t.build, VIDEO, 0xc0, 90000, 5);
  ts_pes (&t.build, AUDIO, 0xe0, 90000, 5);
  ts_pes (&t.build, AUDIO, 0xbd, 90000, 2);
  push (&t, 1316);
  g_assert_cmpuint (count (&t, VIDEO), ==, 1); /* the clock */
  g_assert_cmpuint (count (&t, AUDIO), ==, 1 + 2);
  weir_ts_guard_get_stats (t.guard, &stats);
  g_assert_cmpuint (stats.broken, ==, 2);
  end (&t);
}

/* A table that takes the pictures, and one that takes everything. */
static void
test_tracks_go (void)
{
  static const TsStreamEntry other[] = { { 0x0f, AUDIO, NULL } };
  static const TsStreamEntry none[] = { { 0x06, 0x300, "KLVA" } };
  Test t;

  begin (&t, 0);
  tables (&t);
  picture (&t, 5);
  ts_pes (&t.build, AUDIO, 0xc0, 90000, 1);
  ts_pmt (&t.build, PMT, 1, 1, AUDIO, other, 1);
  ts_pes (&t.build, AUDIO, 0xc0, 93000, 1);
  picture (&t, 5);
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 2);
  g_assert_cmpuint (count (&t, VIDEO), ==, 5 + 1);
  g_assert_cmpuint (
      weir_ts_guard_get_pid (t.guard, WEIR_MEDIA_VIDEO), ==, WEIR_TS_NO_PID);
  ts_pmt (&t.build, PMT, 1, 2, 0x300, none, 1);
  ts_pes (&t.build, AUDIO, 0xc0, 96000, 1);
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 3);
  g_assert_cmpuint (
      weir_ts_guard_get_pid (t.guard, WEIR_MEDIA_AUDIO), ==, WEIR_TS_NO_PID);
  end (&t);
}

/* Tables over several packets; wrong checksums are passed over. */
static void
test_sections (void)
{
  TsStreamEntry many[60];
  Test t;

  begin (&t, 0);
  for (guint i = 0; i < G_N_ELEMENTS (many); i++)
    many[i] = (TsStreamEntry){ 0x06, 0x200 + i, "KLVA" };
  many[40] = (TsStreamEntry){ 0x06, 0x300, "HEVC" };
  many[50] = (TsStreamEntry){ 0x06, 0x301, "Opus" };
  ts_pat (&t.build, one, 1, 0);
  ts_pmt (&t.build, PMT, 1, 0, 0x300, many, G_N_ELEMENTS (many));
  t.build.out->data[2 * WEIR_TS_PACKET_BYTES - 1] ^= 1;
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 0);
  ts_pmt (&t.build, PMT, 1, 0, 0x300, many, G_N_ELEMENTS (many));
  push (&t, 1316);
  g_assert_cmpuint (t.programs, ==, 1);
  g_assert_cmpuint (t.pmt.n_streams, ==, 60);
  g_assert_cmpuint (
      weir_ts_guard_get_pid (t.guard, WEIR_MEDIA_VIDEO), ==, 0x300);
  g_assert_cmpuint (
      weir_ts_guard_get_pid (t.guard, WEIR_MEDIA_AUDIO), ==, 0x301);
  end (&t);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts-guard/passes", test_passes);
  g_test_add_func ("/ts-guard/hole", test_hole);
  g_test_add_func ("/ts-guard/lost-by-sequence", test_lost_by_sequence);
  g_test_add_func ("/ts-guard/duplicates", test_duplicates);
  g_test_add_func ("/ts-guard/damage", test_damage);
  g_test_add_func ("/ts-guard/no-pes", test_no_pes);
  g_test_add_func ("/ts-guard/endless-pes", test_endless_pes);
  g_test_add_func ("/ts-guard/units", test_units);
  g_test_add_func ("/ts-guard/programs", test_programs);
  g_test_add_func ("/ts-guard/programme-missing", test_programme_missing);
  g_test_add_func ("/ts-guard/no-pat", test_no_pat);
  g_test_add_func ("/ts-guard/track-added", test_track_added);
  g_test_add_func ("/ts-guard/program-changes", test_program_changes);
  g_test_add_func ("/ts-guard/end", test_end);
  g_test_add_func ("/ts-guard/same-counter", test_same_counter);
  g_test_add_func ("/ts-guard/wrong-start", test_wrong_start);
  g_test_add_func ("/ts-guard/tracks-go", test_tracks_go);
  g_test_add_func ("/ts-guard/sections", test_sections);
  return g_test_run ();
}
