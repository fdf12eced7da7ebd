/* Secrets: long, of safe characters, never the same, hashed as BLAKE2b. */
#include "control/secret.h"

#include <string.h>

static void
test_new (void)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 100; i++) {
    char *secret = weir_secret_new ();

    g_assert_cmpuint (strlen (secret), ==, 43);
    g_assert_cmpuint (
        strspn (secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789-_"),
        ==, 43);
    g_assert_true (g_hash_table_add (seen, secret));
  }
  weir_secret_free (weir_secret_new ());
  weir_secret_free (NULL);
}

/* The value that `b2sum -l 256` gives for "abc". */
static void
test_hash (void)
{
  static const guint8 abc[] = { 0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72,
    0x31, 0x71, 0xef, 0x3f, 0xee, 0x98, 0x57, 0x9b, 0x94, 0x96, 0x4e, 0x3b,
    0xb1, 0xcb, 0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19 };
  guint8 hash[WEIR_SECRET_HASH_BYTES], other[WEIR_SECRET_HASH_BYTES];

  weir_secret_hash ("abc", hash);
  g_assert_cmpmem (hash, sizeof hash, abc, sizeof abc);
  g_assert_true (weir_secret_hash_equal (hash, abc));
  for (guint i = 0; i < sizeof other; i++) {
    memcpy (other, hash, sizeof other);
    other[i] ^= 0x80;
    g_assert_false (weir_secret_hash_equal (hash, other));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/new", test_new);
  g_test_add_func ("/secret/hash", test_hash);
  return g_test_run ();
}
