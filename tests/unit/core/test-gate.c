/* The gate's promises one by one, each as a short story. The tests that tell
 * all of them at random are in test-gate-model.c. */
#include "core/gate.h"

#include <string.h>

#define DELAY_US 1000000

typedef struct {
  WeirArena *arena;
  WeirWindow *window;
  WeirGate *gate;
  WeirGateCursor cursor;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->arena = weir_arena_new ();
  f->window = weir_window_new ();
  f->gate = weir_gate_new (f->window, DELAY_US);
  f->cursor = (WeirGateCursor){ .need_key = TRUE };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  weir_gate_free (f->gate);
  weir_window_free (f->window);
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), <=, 33 * 1024);
  weir_arena_unref (f->arena);
}

/* A letter a packet: K key frame, v other picture, a sound, m metadata, t
 * text of the moment.
 * Packets are 10 ms apart in stream time and arrive at START_MS and after. */
static void
put (Fixture *f, gint64 start_ms, const char *letters)
{
  for (const char *l = letters; *l != '\0'; l++, start_ms += 10) {
    WeirPacket packet = { .dts_ms = start_ms,
      .pts_ms = start_ms,
      .arrival_us = start_ms * 1000,
      .kind = *l == 'a'                ? WEIR_MEDIA_AUDIO
              : *l == 'm' || *l == 't' ? WEIR_MEDIA_DATA
                                       : WEIR_MEDIA_VIDEO,
      .flags = *l == 'K' || *l == 'm' ? WEIR_PACKET_KEY : 0 };

    packet.payload = weir_arena_alloc (f->arena, 1);
    *packet.payload.data = (guint8) *l;
    weir_window_take (f->window, &packet);
  }
}

/* Sends CURSOR at most LIMIT outputs; their letters. */
static char *
drain (Fixture *f, WeirGateCursor *cursor, guint limit)
{
  GString *letters = g_string_new (NULL);
  const WeirGateOutput *output;

  while (limit-- > 0 && (output = weir_gate_peek (f->gate, cursor)) != NULL) {
    if (output->kind != WEIR_GATE_OUTPUT_NOTHING)
      g_string_append_c (letters, (char) *output->packet.payload.data);
    weir_gate_sent (f->gate, cursor, output->due_us);
  }
  return g_string_free (letters, FALSE);
}

static void
assert_drains (Fixture *f, WeirGateCursor *cursor, const char *expected)
{
  g_autofree char *letters = drain (f, cursor, G_MAXUINT);

  g_assert_cmpstr (letters, ==, expected);
}

static guint
advance_ms (Fixture *f, gint64 now_ms)
{
  return weir_gate_advance (f->gate, now_ms * 1000);
}

static void
test_delay (Fixture *f, gconstpointer data)
{
  put (f, 0, "Kava");
  g_assert_cmpuint (weir_gate_advance (f->gate, DELAY_US - 1), ==, 0);
  g_assert_null (weir_gate_peek (f->gate, &f->cursor));
  g_assert_cmpuint (weir_gate_advance (f->gate, DELAY_US), ==, 1);
  assert_drains (f, &f->cursor, "K");
  g_assert_false (weir_gate_is_drained (f->gate));
  g_assert_cmpuint (advance_ms (f, 2000), ==, 3);
  g_assert_true (weir_gate_is_drained (f->gate));
  assert_drains (f, &f->cursor, "ava");
}

static void
test_starts_on_key (Fixture *f, gconstpointer data)
{
  put (f, 0, "mvavKavK");
  advance_ms (f, 2000);
  assert_drains (f, &f->cursor, "KavK");
}

static void
test_sound_alone (Fixture *f, gconstpointer data)
{
  put (f, 0, "maama");
  advance_ms (f, 2000);
  assert_drains (f, &f->cursor, "aama");
}

static void
test_blank_closes_what_waits (Fixture *f, gconstpointer data)
{
  WeirGateCursor late = { .need_key = TRUE };
  g_autofree char *first = NULL;
  WeirGateAnswer answer;

  put (f, 0, "Kavavav");
  advance_ms (f, 2000);
  first = drain (f, &f->cursor, 3);
  g_assert_cmpstr (first, ==, "Kav");
  g_assert_true (weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, &answer));
  g_assert_cmpint (answer.from_ms, ==, 21);
  /* Not to the one who had begun, nor to one who had not. */
  assert_drains (f, &f->cursor, "");
  assert_drains (f, &late, "");
  put (f, 100, "Kav");
  g_assert_cmpuint (advance_ms (f, 3000), ==, 3);
  assert_drains (f, &f->cursor, "");
}

static void
test_resume_waits_for_key (Fixture *f, gconstpointer data)
{
  put (f, 0, "Ka");
  advance_ms (f, 2000);
  assert_drains (f, &f->cursor, "Ka");
  weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL);
  put (f, 100, "Kav");
  advance_ms (f, 3000);
  g_assert_true (weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL));
  put (f, 200, "vavaKav");
  advance_ms (f, 4000);
  assert_drains (f, &f->cursor, "Kav");
}

static void
test_resume_sound_alone (Fixture *f, gconstpointer data)
{
  put (f, 0, "aa");
  advance_ms (f, 2000);
  weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL);
  weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL);
  put (f, 100, "aaa");
  advance_ms (f, 3000);
  assert_drains (f, &f->cursor, "aaa");
}

static void
test_commands_repeat (Fixture *f, gconstpointer data)
{
  WeirGateAnswer once, twice;

  put (f, 0, "Kav");
  advance_ms (f, 2000);
  g_assert_true (weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL));
  assert_drains (f, &f->cursor, "Kav");
  g_assert_true (weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, &once));
  g_assert_true (weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, &twice));
  g_assert_cmpint (once.from_ms, ==, twice.from_ms);
  g_assert_cmpint (weir_gate_get_state (f->gate), ==, WEIR_GATE_BLANK);
}

static void
test_cut_is_final (Fixture *f, gconstpointer data)
{
  put (f, 0, "Kav");
  advance_ms (f, 2000);
  g_assert_true (weir_gate_cut (f->gate, 0, NULL));
  assert_drains (f, &f->cursor, "");
  g_assert_false (
      weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL));
  g_assert_false (weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL));
  g_assert_true (weir_gate_cut (f->gate, 0, NULL));
  put (f, 100, "Kav");
  advance_ms (f, 3000);
  assert_drains (f, &f->cursor, "");
  g_assert_cmpstr (
      weir_gate_state_name (weir_gate_get_state (f->gate)), ==, "cut");
}

/* Nothing of what an unsent egress lost at a blank counts as lost by it, and
 * metadata that follows reaches it. */
static void
test_closed_is_not_skipped (Fixture *f, gconstpointer data)
{
  g_autofree char *first = NULL;
  WeirGateStats stats;

  put (f, 0, "Kavav");
  advance_ms (f, 2000);
  first = drain (f, &f->cursor, 2);
  weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL);
  weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL);
  put (f, 100, "mKa");
  advance_ms (f, 3000);
  assert_drains (f, &f->cursor, "mKa");
  weir_gate_get_stats (f->gate, &stats);
  g_assert_cmpuint (stats.skipped, ==, 0);
  g_assert_cmpuint (stats.withheld, ==, 3);
  g_assert_cmpuint (stats.sent, ==, 5);
}

/* A key frame that the gate refuses for its DTS starts nothing. */
static void
test_refused_key_is_no_start (Fixture *f, gconstpointer data)
{
  put (f, 500, "Ka");
  advance_ms (f, 2000);
  assert_drains (f, &f->cursor, "Ka");
  weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL);
  weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL);
  put (f, 490, "Kvv");
  put (f, 600, "vaKv");
  advance_ms (f, 3000);
  assert_drains (f, &f->cursor, "Kv");
}

static void
test_reconnect (Fixture *f, gconstpointer data)
{
  g_autofree char *first = NULL;
  WeirGateStats stats;

  put (f, 0, "Kavavav");
  advance_ms (f, 2000);
  first = drain (f, &f->cursor, 2);
  weir_gate_skip_to_end (f->gate, &f->cursor);
  put (f, 100, "avaKav");
  advance_ms (f, 3000);
  assert_drains (f, &f->cursor, "Kav");
  weir_gate_get_stats (f->gate, &stats);
  g_assert_cmpuint (stats.skipped, ==, 8);
}

/* An egress that is stuck loses its turn; the ring does not grow. */
static void
test_stuck_egress (Fixture *f, gconstpointer data)
{
  g_autofree char *first = NULL;
  const WeirGateOutput *output;

  put (f, 0, "Kvv");
  advance_ms (f, 2000);
  first = drain (f, &f->cursor, 1);
  for (guint i = 0; i < 40; i++) {
    put (f, 1000 + 1000 * i,
        "Kvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
        "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv");
    advance_ms (f, 100000);
    weir_window_trim (f->window, weir_gate_get_needed_seq (f->gate));
  }
  g_assert_cmpuint (weir_arena_get_bytes (f->arena), <=, 2 * 33 * 1024);
  output = weir_gate_peek (f->gate, &f->cursor);
  g_assert_nonnull (output);
  g_assert_true (output->packet.flags & WEIR_PACKET_KEY);
  g_assert_cmpuint (weir_gate_get_end (f->gate) - f->cursor.position, <=, 1024);
}

static void
test_metadata (Fixture *f, gconstpointer data)
{
  put (f, 0, "mKa");
  g_assert_null (weir_gate_get_metadata (f->gate));
  advance_ms (f, 2000);
  g_assert_nonnull (weir_gate_get_metadata (f->gate));
  assert_drains (f, &f->cursor, "Ka");
  put (f, 100, "m");
  advance_ms (f, 3000);
  g_assert_cmpuint (weir_gate_get_metadata (f->gate)->seq, ==, 3);
  put (f, 110, "t");
  advance_ms (f, 3000);
  g_assert_cmpuint (weir_gate_get_metadata (f->gate)->seq, ==, 3);
  /* It was not sent: the blank withholds it. */
  weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL);
  g_assert_null (weir_gate_get_metadata (f->gate));
}

static void
test_exposure (Fixture *f, gconstpointer data)
{
  g_autofree char *sent = NULL;

  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 0, -1), ==, 0);
  put (f, 100, "Kvvvvvvvvv");
  advance_ms (f, 2000);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 0, -1), ==, 0);
  sent = drain (f, &f->cursor, 6);
  /* Pictures at 100 to 150 ms were sent. */
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 0, -1), ==, 51);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 120, -1), ==, 31);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 120, 140), ==, 20);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 151, -1), ==, 0);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 0, 100), ==, 0);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 140, 120), ==, 0);
}

/* What was blanked in between was not exposed. */
static void
test_exposure_has_holes (Fixture *f, gconstpointer data)
{
  put (f, 0, "Kvv");
  advance_ms (f, 2000);
  assert_drains (f, &f->cursor, "Kvv");
  weir_gate_blank (f->gate, WEIR_GATE_BY_REVIEWER, NULL);
  put (f, 100, "Kvv");
  advance_ms (f, 3000);
  weir_gate_resume (f->gate, WEIR_GATE_BY_REVIEWER, TRUE, NULL);
  put (f, 200, "Kvv");
  advance_ms (f, 4000);
  assert_drains (f, &f->cursor, "Kvv");
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 100, 200), ==, 0);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 0, -1), ==, 42);
  /* Nor what nobody was connected for. */
  put (f, 300, "Kvv");
  advance_ms (f, 5000);
  weir_gate_skip_to_end (f->gate, &f->cursor);
  put (f, 400, "Kvv");
  advance_ms (f, 6000);
  assert_drains (f, &f->cursor, "Kvv");
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 290, 400), ==, 0);
  g_assert_cmpint (weir_gate_exposure_ms (f->gate, 0, -1), ==, 63);
}

static void
test_lateness (Fixture *f, gconstpointer data)
{
  WeirGateStats stats;

  put (f, 0, "KvvK");
  advance_ms (f, 5000);
  for (guint i = 0; i < 4; i++) {
    static const gint64 late_us[] = { 0, 5000, 5001, 1000000 };
    const WeirGateOutput *output = weir_gate_peek (f->gate, &f->cursor);

    weir_gate_sent (f->gate, &f->cursor, output->due_us + late_us[i]);
  }
  weir_gate_get_stats (f->gate, &stats);
  g_assert_cmpuint (stats.late_buckets[0], ==, 2);
  g_assert_cmpuint (stats.late_buckets[1], ==, 1);
  g_assert_cmpuint (stats.late_buckets[7], ==, 1);
  g_assert_cmpint (stats.late_max_us, ==, 1000000);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/gate/delay", test_delay },
    { "/gate/starts-on-key", test_starts_on_key },
    { "/gate/sound-alone", test_sound_alone },
    { "/gate/blank-closes-what-waits", test_blank_closes_what_waits },
    { "/gate/resume-waits-for-key", test_resume_waits_for_key },
    { "/gate/resume-sound-alone", test_resume_sound_alone },
    { "/gate/commands-repeat", test_commands_repeat },
    { "/gate/cut-is-final", test_cut_is_final },
    { "/gate/closed-is-not-skipped", test_closed_is_not_skipped },
    { "/gate/refused-key-is-no-start", test_refused_key_is_no_start },
    { "/gate/reconnect", test_reconnect },
    { "/gate/stuck-egress", test_stuck_egress },
    { "/gate/metadata", test_metadata },
    { "/gate/exposure", test_exposure },
    { "/gate/exposure-has-holes", test_exposure_has_holes },
    { "/gate/lateness", test_lateness },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
