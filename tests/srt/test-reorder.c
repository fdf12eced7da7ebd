/* Messages in any order come out in theirs. */
#include <string.h>

#include "programs/srt/reorder.h"

#define MASK 0x7fffffff

static void
push (WeirReorder *r, guint32 seq, guint8 value, GByteArray *out)
{
  g_assert_true (weir_reorder_push (r, (gint32) (seq & MASK), &value, 1, out));
}

static void
test_order (void)
{
  WeirReorder *r = weir_reorder_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();

  push (r, 7, 'a', out);
  push (r, 9, 'c', out);
  push (r, 11, 'e', out);
  push (r, 9, 'x', out); /* came before */
  g_assert_cmpmem (out->data, out->len, "a", 1);
  g_assert_cmpuint (weir_reorder_get_held (r), ==, 2);
  push (r, 8, 'b', out);
  g_assert_cmpmem (out->data, out->len, "abc", 3);
  push (r, 8, 'x', out);
  push (r, 6, 'x', out);
  push (r, 10, 'd', out);
  g_assert_cmpmem (out->data, out->len, "abcde", 5);
  g_assert_cmpuint (weir_reorder_get_held (r), ==, 0);
  weir_reorder_free (r);
}

/* Around the end of the numbers, too, whatever arrives when. */
static void
test_any_order (void)
{
  for (guint round = 0; round < 2000; round++) {
    guint32 first =
        g_test_rand_bit () ? MASK - 40 : (guint32) g_test_rand_int ();
    guint order[80];
    WeirReorder *r = weir_reorder_new ();
    g_autoptr (GByteArray) out = g_byte_array_new ();

    for (guint i = 0; i < 80; i++)
      order[i] = i;
    for (guint i = 79; i > 1; i--) {
      guint j = (guint) g_test_rand_int_range (1, (gint32) i + 1), t = order[i];

      order[i] = order[j];
      order[j] = t;
    }
    for (guint i = 0; i < 80; i++) {
      push (r, first + order[i], (guint8) order[i], out);
      if (g_test_rand_int_range (0, 4) == 0)
        push (r, first + order[g_test_rand_int_range (0, (gint32) i + 1)], 'x',
            out);
    }
    g_assert_cmpuint (out->len, ==, 80);
    for (guint i = 0; i < 80; i++)
      g_assert_cmpuint (out->data[i], ==, i);
    weir_reorder_free (r);
  }
}

static void
test_skip (void)
{
  WeirReorder *r = weir_reorder_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();

  weir_reorder_skip (r, MASK);
  weir_reorder_skip (r, MASK - 3);
  push (r, MASK, 'x', out);
  push (r, 1, 'b', out);
  push (r, 0, 'a', out);
  g_assert_cmpmem (out->data, out->len, "ab", 2);
  weir_reorder_free (r);
}

static void
test_limit (void)
{
  static const guint8 message[1456];
  WeirReorder *r = weir_reorder_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gint32 seq = 1;

  g_assert_true (weir_reorder_push (r, 0, message, 1, out));
  while (weir_reorder_push (r, ++seq, message, sizeof message, out))
    g_assert_cmpuint (weir_reorder_get_held (r), <=, WEIR_REORDER_MAX_BYTES);
  g_assert_cmpuint (
      weir_reorder_get_held (r) + sizeof message, >, WEIR_REORDER_MAX_BYTES);
  g_assert_true (weir_reorder_push (r, 1, message, sizeof message, out));
  g_assert_cmpuint (out->len, >, WEIR_REORDER_MAX_BYTES - sizeof message);
  weir_reorder_free (r);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srt/reorder/order", test_order);
  g_test_add_func ("/srt/reorder/any-order", test_any_order);
  g_test_add_func ("/srt/reorder/skip", test_skip);
  g_test_add_func ("/srt/reorder/limit", test_limit);
  return g_test_run ();
}
