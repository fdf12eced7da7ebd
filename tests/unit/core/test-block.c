/* Slices and their blocks: shared or own, and gone with the last reference. */
#include "core/block.h"

#include <string.h>

static void
test_large (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  WeirSlice a = weir_arena_alloc (arena, 100000);
  WeirSlice b = weir_slice_ref (&a, 5, 10);

  g_assert_cmpuint (weir_arena_get_bytes (arena), >=, 100000);
  memset (a.data, 7, a.size);
  g_assert_true (b.data == a.data + 5);
  weir_slice_clear (&a);
  g_assert_null (a.data);
  g_assert_cmpuint (a.size, ==, 0);
  g_assert_cmpuint (b.data[9], ==, 7);
  weir_slice_clear (&b);
  weir_slice_clear (&b);
  g_assert_cmpuint (weir_arena_get_bytes (arena), ==, 0);
}

/* Small slices share blocks, do not overlap, and leave one block at most. */
static void
test_small (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  static WeirSlice slices[2000];
  gsize total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (slices); i++) {
    slices[i] = weir_arena_alloc (arena, i % 2048);
    total += slices[i].size;
    memset (slices[i].data, (int) i & 255, slices[i].size);
  }
  g_assert_cmpuint (weir_arena_get_bytes (arena), <, total + total / 8);
  for (guint i = 0; i < G_N_ELEMENTS (slices); i++) {
    for (gsize j = 0; j < slices[i].size; j++)
      g_assert_cmpuint (slices[i].data[j], ==, i & 255);
    weir_slice_clear (&slices[i]);
  }
  g_assert_cmpuint (weir_arena_get_bytes (arena), <=, 33 * 1024);
}

/* A few bytes of a large block move; most of one, and a small one, stay. */
static void
test_fit (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  WeirSlice large = weir_arena_alloc (arena, 100000);
  WeirSlice few = weir_slice_ref (&large, 70000, 3);
  WeirSlice most = weir_slice_ref (&large, 5, 99995);
  WeirSlice small, none = { 0 };

  memcpy (few.data, "abc", 3);
  weir_slice_fit (&most);
  g_assert_true (most.data == large.data + 5);
  weir_slice_clear (&most);
  weir_slice_clear (&large);
  weir_slice_fit (&few);
  g_assert_cmpmem (few.data, few.size, "abc", 3);
  g_assert_cmpuint (weir_arena_get_bytes (arena), <=, 33 * 1024);
  small = weir_slice_ref (&few, 1, 1);
  weir_slice_fit (&small);
  g_assert_true (small.data == few.data + 1);
  weir_slice_fit (&none);
  weir_slice_clear (&small);
  weir_slice_clear (&few);
}

static void
test_empty (void)
{
  g_autoptr (WeirArena) arena = weir_arena_new ();
  WeirSlice none = { 0 };
  WeirSlice zero = weir_arena_alloc (arena, 0);
  WeirSlice again = weir_slice_ref (&zero, 0, 0);
  WeirSlice end;
  WeirSlice one = weir_arena_alloc (arena, 1);

  weir_slice_clear (&none);
  weir_slice_clear (&zero);
  weir_slice_clear (&again);
  end = weir_slice_ref (&one, 1, 0);
  g_assert_cmpuint (end.size, ==, 0);
  weir_slice_clear (&one);
  weir_slice_clear (&end);
  weir_arena_unref (NULL);
}

/* Slices may outlive their owner's reference to the arena, in any order. What
 * stays behind is found by the leak check. */
static void
test_outlive (void)
{
  static const gsize sizes[] = { 10, 5000, 20, 6000 };

  for (guint order = 0; order < 24; order++) {
    WeirArena *arena = weir_arena_new ();
    WeirSlice slices[4];
    guint left[4] = { 0, 1, 2, 3 };
    guint code = order;

    for (guint i = 0; i < 4; i++)
      slices[i] = weir_arena_alloc (arena, sizes[i]);
    g_assert_true (weir_arena_ref (arena) == arena);
    weir_arena_unref (arena);
    weir_arena_unref (arena);
    for (guint n = 4; n > 0; n--) {
      guint pick = code % n;

      code /= n;
      memset (slices[left[pick]].data, 1, slices[left[pick]].size);
      weir_slice_clear (&slices[left[pick]]);
      left[pick] = left[n - 1];
    }
  }
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static void
test_wrapped (void)
{
  guint8 bytes[10] = { 0 };
  guint freed = 0;
  WeirSlice a = weir_slice_wrap (bytes, sizeof bytes, &freed, count);
  WeirSlice b = weir_slice_ref (&a, 2, 3);
  g_autoptr (WeirArena) arena = weir_arena_new ();
  g_auto (WeirSlice) own = weir_arena_alloc (arena, 5000);

  g_assert_true (b.data == bytes + 2);
  g_assert_true (weir_slice_get_owner (&b) == &freed);
  g_assert_null (weir_slice_get_owner (&own));
  g_assert_cmpuint (weir_slice_get_arena_bytes (&a), ==, 0);
  weir_slice_fit (&b);
  g_assert_true (b.data == bytes + 2);
  weir_slice_clear (&a);
  g_assert_cmpuint (freed, ==, 0);
  weir_slice_clear (&b);
  g_assert_cmpuint (freed, ==, 1);
  a = weir_slice_wrap (NULL, 0, &freed, count);
  weir_slice_clear (&a);
  g_assert_cmpuint (freed, ==, 2);
}

static void
test_out_of_range (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (WeirArena) arena = weir_arena_new ();
    g_auto (WeirSlice) a = weir_arena_alloc (arena, 10);

    weir_slice_ref (&a, 5, G_MAXSIZE - 2);
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/block/large", test_large);
  g_test_add_func ("/block/small", test_small);
  g_test_add_func ("/block/fit", test_fit);
  g_test_add_func ("/block/empty", test_empty);
  g_test_add_func ("/block/outlive", test_outlive);
  g_test_add_func ("/block/wrapped", test_wrapped);
  g_test_add_func ("/block/out-of-range", test_out_of_range);
  return g_test_run ();
}
