/* Bounded reading and writing. */
#include "base/bytes.h"

static const guint8 data[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
  0xff };

static void
test_numbers (void)
{
  WeirReader r;

  weir_reader_init (&r, data, sizeof data);
  g_assert_cmphex (weir_reader_u8 (&r), ==, 0x01);
  g_assert_cmphex (weir_reader_u16 (&r), ==, 0x2345);
  g_assert_cmphex (weir_reader_u24 (&r), ==, 0x6789ab);
  g_assert_cmpuint (weir_reader_left (&r), ==, 3);
  weir_reader_init (&r, data, sizeof data);
  g_assert_cmphex (weir_reader_u32 (&r), ==, 0x01234567);
  weir_reader_init (&r, data, sizeof data);
  g_assert_cmphex (
      weir_reader_u64 (&r), ==, G_GUINT64_CONSTANT (0x0123456789abcdef));
  g_assert_cmphex (weir_reader_u8 (&r), ==, 0xff);
  g_assert_false (r.failed);
}

/* The first short read fails for good, and nothing past the end is read. */
static void
test_short (void)
{
  for (gsize n = 0; n < 8; n++) {
    g_autofree guint8 *copy = g_memdup2 (data, n);
    WeirReader r;

    weir_reader_init (&r, copy, n);
    g_assert_cmpuint (weir_reader_u64 (&r), ==, 0);
    g_assert_true (r.failed);
    g_assert_cmpuint (weir_reader_u8 (&r), ==, 0);
    g_assert_null (weir_reader_take (&r, 0));
    g_assert_cmpuint (weir_reader_left (&r), ==, n);
  }
}

static void
test_take (void)
{
  WeirReader r;

  weir_reader_init (&r, data, sizeof data);
  g_assert_true (weir_reader_take (&r, 0) == data);
  g_assert_true (weir_reader_take (&r, 2) == data);
  g_assert_true (weir_reader_take (&r, 7) == data + 2);
  g_assert_cmpuint (weir_reader_left (&r), ==, 0);
  g_assert_nonnull (weir_reader_take (&r, 0));
  g_assert_false (r.failed);
  weir_reader_init (&r, data, sizeof data);
  g_assert_null (weir_reader_take (&r, G_MAXSIZE));
  g_assert_true (r.failed);
}

static G_GNUC_NO_INLINE void
round_trip (guint64 v, guint bytes)
{
  g_autofree guint8 *buffer = g_malloc (bytes);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  WeirReader r;

  g_assert_true (weir_put_uint (buffer, v, bytes) == buffer + bytes);
  weir_append_uint (out, v, bytes);
  g_assert_cmpmem (buffer, bytes, out->data, out->len);
  weir_reader_init (&r, buffer, bytes);
  g_assert_cmpuint (weir_reader_uint (&r, bytes), ==, v);
  g_assert_cmpuint (weir_reader_left (&r), ==, 0);
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < 10000; i++) {
    guint64 v =
        (guint64) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
    guint bytes = (guint) g_test_rand_int_range (1, 9);

    round_trip (v >> (64 - 8 * bytes), bytes);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bytes/numbers", test_numbers);
  g_test_add_func ("/bytes/short", test_short);
  g_test_add_func ("/bytes/take", test_take);
  g_test_add_func ("/bytes/round-trip", test_round_trip);
  return g_test_run ();
}
