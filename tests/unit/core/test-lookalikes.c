/* Who else showed this picture. */
#include "core/lookalikes.h"

#include <string.h>

#define MAX_AGE_MS 1000

typedef struct {
  WeirLookalikes *all;
  guint8 hash[WEIR_LOOKALIKES_BYTES];
} World;

static void
set_up (World *w, gconstpointer data)
{
  w->all = weir_lookalikes_new (MAX_AGE_MS);
  memset (w->hash, 0x5a, sizeof w->hash);
}

static void
tear_down (World *w, gconstpointer data)
{
  weir_lookalikes_free (w->all);
}

/* HASH with its first N bits turned. */
static guint64
add (World *w, guint n, guint64 stream, guint64 publisher, gint64 now_ms)
{
  guint8 hash[WEIR_LOOKALIKES_BYTES];

  memcpy (hash, w->hash, sizeof hash);
  for (guint i = 0; i < n; i++)
    hash[i / 8] ^= (guint8) (1 << i % 8);
  return weir_lookalikes_add (w->all, hash, stream, publisher, now_ms);
}

static void
test_others (World *w, gconstpointer data)
{
  g_assert_cmpuint (add (w, 0, 1, 100, 0), ==, 0);
  /* The same stream, and another one of the same publisher. */
  g_assert_cmpuint (add (w, 0, 1, 100, 10), ==, 0);
  g_assert_cmpuint (add (w, 0, 2, 100, 20), ==, 0);
  g_assert_cmpuint (add (w, WEIR_LOOKALIKES_RADIUS + 1, 3, 200, 30), ==, 0);
  g_assert_cmpuint (add (w, WEIR_LOOKALIKES_RADIUS, 4, 300, 40), ==, 3);
  /* Its own is the newest, and near 2's. */
  g_assert_cmpuint (add (w, 0, 5, 200, 50), ==, 4);
}

static void
test_age (World *w, gconstpointer data)
{
  g_assert_cmpuint (add (w, 0, 1, 100, 0), ==, 0);
  g_assert_cmpuint (add (w, 0, 2, 200, MAX_AGE_MS), ==, 1);
  g_assert_cmpuint (add (w, 0, 3, 300, 2 * MAX_AGE_MS + 1), ==, 0);
}

static void
test_full (World *w, gconstpointer data)
{
  g_assert_cmpuint (add (w, 0, 1, 100, 0), ==, 0);
  for (guint i = 1; i < WEIR_LOOKALIKES_KEPT; i++)
    g_assert_cmpuint (add (w, 128, 2, 200, 1), ==, 0);
  g_assert_cmpuint (add (w, 0, 3, 300, 2), ==, 1);
  g_assert_cmpuint (add (w, 128, 2, 200, 3), ==, 0);
  /* 1's has given way to 3's. */
  g_assert_cmpuint (add (w, 0, 4, 400, 4), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add (
      "/lookalikes/others", World, NULL, set_up, test_others, tear_down);
  g_test_add ("/lookalikes/age", World, NULL, set_up, test_age, tear_down);
  g_test_add ("/lookalikes/full", World, NULL, set_up, test_full, tear_down);
  return g_test_run ();
}
