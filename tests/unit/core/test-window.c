/* The window: order, growth, trimming, looking up, bytes. */
#include "core/window.h"

static void
take (WeirWindow *window, WeirArena *arena, gint64 pts_ms, gsize size)
{
  WeirPacket packet = { .dts_ms = pts_ms, .pts_ms = pts_ms };

  packet.payload = weir_arena_alloc (arena, size);
  weir_window_take (window, &packet);
  g_assert_null (packet.payload.block);
}

static void
test_empty (void)
{
  g_autoptr (WeirWindow) window = weir_window_new ();

  g_assert_cmpuint (weir_window_first (window), ==, 0);
  g_assert_cmpuint (weir_window_end (window), ==, 0);
  g_assert_cmpuint (weir_window_get_bytes (window), ==, 0);
  g_assert_null (weir_window_find_pts (window, 0, 0));
  weir_window_trim (window, 0);
  weir_window_trim (window, 100);
  g_assert_cmpuint (weir_window_first (window), ==, 0);
}

/* Grows while it is partly trimmed, so that the ring is wrapped around. */
static void
test_growth (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  g_autoptr (WeirWindow) window = weir_window_new ();

  for (guint64 i = 0; i < 5000; i++) {
    take (window, arena, (gint64) i * 10, i % 7);
    if (i % 3 == 0)
      weir_window_trim (window, i / 3);
  }
  g_assert_cmpuint (weir_window_first (window), ==, 1666);
  g_assert_cmpuint (weir_window_end (window), ==, 5000);
  for (guint64 i = 1666; i < 5000; i++) {
    const WeirPacket *packet = weir_window_get (window, i);

    g_assert_cmpuint (packet->seq, ==, i);
    g_assert_cmpint (packet->pts_ms, ==, (gint64) i * 10);
    g_assert_cmpuint (packet->payload.size, ==, i % 7);
  }
}

static void
test_bytes (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  g_autoptr (WeirWindow) window = weir_window_new ();

  take (window, arena, 0, 10000);
  take (window, arena, 1, 20000);
  g_assert_cmpuint (weir_window_get_bytes (window), ==, 30000);
  weir_window_trim (window, 1);
  g_assert_cmpuint (weir_window_get_bytes (window), ==, 20000);
  weir_window_trim (window, G_MAXUINT64);
  g_assert_cmpuint (weir_window_get_bytes (window), ==, 0);
  g_assert_cmpuint (weir_arena_get_bytes (arena), ==, 0);
  g_assert_cmpuint (weir_window_first (window), ==, 2);
  take (window, arena, 2, 30000);
  g_assert_cmpuint (weir_window_get (window, 2)->seq, ==, 2);
}

static void
test_find_pts (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  g_autoptr (WeirWindow) window = weir_window_new ();
  static const gint64 pts_ms[] = { 80, 200, 120, 160, 320 };

  for (guint i = 0; i < G_N_ELEMENTS (pts_ms); i++)
    take (window, arena, pts_ms[i], 1);
  g_assert_cmpuint (weir_window_find_pts (window, 0, 0)->seq, ==, 0);
  g_assert_cmpuint (weir_window_find_pts (window, 0, 81)->seq, ==, 1);
  g_assert_cmpuint (weir_window_find_pts (window, 2, 130)->seq, ==, 3);
  g_assert_null (weir_window_find_pts (window, 0, 321));
  g_assert_null (weir_window_find_pts (window, 5, 0));
  weir_window_trim (window, 4);
  g_assert_cmpuint (weir_window_find_pts (window, 0, 0)->seq, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/empty", test_empty);
  g_test_add_func ("/window/growth", test_growth);
  g_test_add_func ("/window/bytes", test_bytes);
  g_test_add_func ("/window/find-pts", test_find_pts);
  return g_test_run ();
}
