/* When an entry floods, and when people have said that it means nothing. */
#include "core/flood.h"

#define WINDOW_MS 600000

static const WeirFloodLimit limit = {
  .streams = 4, .released = 2, .window_ms = WINDOW_MS
};

static WeirFloodChange
hit (WeirFlood *flood, guint64 stream, const char *publisher, gint64 now_ms)
{
  WeirFloodCount count;

  return weir_flood_hit (
      flood, "logo", stream, publisher, &limit, now_ms, &count);
}

static WeirFloodChange
decide (WeirFlood *flood, const char *publisher, gboolean cut, gint64 now_ms)
{
  WeirFloodCount count;

  return weir_flood_decide (
      flood, "logo", publisher, cut, &limit, now_ms, &count);
}

/* Four streams of four publishers. */
static WeirFloodChange
fill (WeirFlood *flood, gint64 now_ms)
{
  hit (flood, 1, "a", now_ms);
  hit (flood, 2, "b", now_ms);
  hit (flood, 3, "c", now_ms);
  return hit (flood, 4, "d", now_ms);
}

static void
test_many (void)
{
  WeirFlood *flood = weir_flood_new ();
  WeirFloodCount count;

  g_assert_cmpint (hit (flood, 1, "a", 0), ==, WEIR_FLOOD_CALM);
  /* The same stream again is one. */
  for (gint64 t = 1; t < 100; t++)
    g_assert_cmpint (hit (flood, 1, "a", t), ==, WEIR_FLOOD_CALM);
  g_assert_cmpint (fill (flood, 100), ==, WEIR_FLOOD_MANY);
  /* Told once a window, and never quarantined for the number alone. */
  for (guint64 s = 5; s < 200; s++)
    g_assert_cmpint (hit (flood, s, "e", 200), ==, WEIR_FLOOD_CALM);
  g_assert_cmpint (weir_flood_hit (flood, "logo", 200, "f", &limit,
                       100 + WINDOW_MS + 1, &count),
      ==, WEIR_FLOOD_MANY);
  g_assert_cmpuint (count.streams, ==, 196);
  g_assert_cmpuint (count.publishers, ==, 2);
  weir_flood_free (flood);
}

/* What is long ago counts for nothing. */
static void
test_window (void)
{
  WeirFlood *flood = weir_flood_new ();

  for (guint64 s = 1; s < 50; s++)
    g_assert_cmpint (
        hit (flood, s, s % 2 ? "a" : "b", (gint64) s * (WINDOW_MS / 3 + 1)), ==,
        WEIR_FLOOD_CALM);
  weir_flood_free (flood);
}

/* One publisher who sends many streams is no flood. */
static void
test_one_publisher (void)
{
  WeirFlood *flood = weir_flood_new ();

  for (guint64 s = 1; s < 100; s++)
    g_assert_cmpint (hit (flood, s, "a", 0), ==, WEIR_FLOOD_CALM);
  g_assert_cmpint (hit (flood, 100, "b", 0), ==, WEIR_FLOOD_MANY);
  weir_flood_free (flood);
}

static void
test_false (void)
{
  WeirFlood *flood = weir_flood_new ();

  fill (flood, 0);
  g_assert_cmpint (decide (flood, "a", FALSE, 1), ==, WEIR_FLOOD_CALM);
  /* The same publisher's again. */
  g_assert_cmpint (decide (flood, "a", FALSE, 2), ==, WEIR_FLOOD_CALM);
  g_assert_cmpint (decide (flood, "b", FALSE, 3), ==, WEIR_FLOOD_FALSE);
  weir_flood_forget (flood, "logo");
  g_assert_cmpint (hit (flood, 1, "a", 4), ==, WEIR_FLOOD_CALM);
  weir_flood_free (flood);

  /* Released first, then it floods. */
  flood = weir_flood_new ();
  decide (flood, "a", FALSE, 0);
  decide (flood, "b", FALSE, 0);
  g_assert_cmpint (fill (flood, 1), ==, WEIR_FLOOD_FALSE);
  weir_flood_free (flood);

  /* Releases of another window say nothing. */
  flood = weir_flood_new ();
  decide (flood, "a", FALSE, 0);
  decide (flood, "b", FALSE, 0);
  g_assert_cmpint (fill (flood, WINDOW_MS + 1), ==, WEIR_FLOOD_MANY);
  weir_flood_free (flood);
}

/* An attack on many streams: some are released by mistake, one is cut. */
static void
test_cut (void)
{
  WeirFlood *flood = weir_flood_new ();

  fill (flood, 0);
  decide (flood, "c", TRUE, 1);
  decide (flood, "a", FALSE, 2);
  for (gint64 t = 3; t < 100; t++)
    g_assert_cmpint (decide (flood, "b", FALSE, t), ==, WEIR_FLOOD_CALM);
  g_assert_cmpint (fill (flood, 100), ==, WEIR_FLOOD_CALM);
  weir_flood_free (flood);
}

static void
test_off (void)
{
  WeirFlood *flood = weir_flood_new ();
  const WeirFloodLimit off = { 0, 0, WINDOW_MS };
  WeirFloodCount count;

  for (guint64 s = 1; s < 100; s++)
    g_assert_cmpint (
        weir_flood_hit (flood, "logo", s, s % 2 ? "a" : "b", &off, 0, &count),
        ==, WEIR_FLOOD_CALM);
  weir_flood_free (flood);
}

static void
test_bounds (void)
{
  WeirFlood *flood = weir_flood_new ();
  WeirFloodCount count;

  for (guint i = 0; i < WEIR_FLOOD_MAX_ENTRIES + 10; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);

    weir_flood_hit (flood, name, 1, "a", &limit, i, &count);
  }
  g_assert_cmpuint (
      weir_flood_count_entries (flood), ==, WEIR_FLOOD_MAX_ENTRIES);
  /* The oldest went: this one is new, the newest is not. */
  weir_flood_hit (flood, "0", 2, "a", &limit, 5000, &count);
  g_assert_cmpuint (count.streams, ==, 1);
  weir_flood_hit (flood, "1033", 2, "a", &limit, 5000, &count);
  g_assert_cmpuint (count.streams, ==, 2);
  for (guint64 s = 1; s <= WEIR_FLOOD_MAX_SEEN + 10; s++)
    weir_flood_hit (flood, "wide", s, "a", &limit, (gint64) s, &count);
  g_assert_cmpuint (count.streams, ==, WEIR_FLOOD_MAX_SEEN);
  for (guint i = 0; i < WEIR_FLOOD_MAX_RELEASED + 10; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);

    weir_flood_decide (flood, "wide", name, FALSE, &limit, i, &count);
  }
  g_assert_cmpuint (count.released, ==, WEIR_FLOOD_MAX_RELEASED);
  weir_flood_free (flood);
  weir_flood_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flood/many", test_many);
  g_test_add_func ("/flood/window", test_window);
  g_test_add_func ("/flood/one-publisher", test_one_publisher);
  g_test_add_func ("/flood/false", test_false);
  g_test_add_func ("/flood/cut", test_cut);
  g_test_add_func ("/flood/off", test_off);
  g_test_add_func ("/flood/bounds", test_bounds);
  return g_test_run ();
}
