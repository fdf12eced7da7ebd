/* UUIDs of version 7. */
#include "base/ids.h"

#include <string.h>

/* The example of RFC 9562, appendix A.6. */
static void
test_example (void)
{
  static const guint8 random[10] = { 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c,
    0x07, 0x39, 0x8f };
  char id[WEIR_ID_LENGTH + 1];

  weir_id_format (0x017f22e279b0, random, id);
  g_assert_cmpstr (id, ==, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  g_assert_true (weir_id_is_valid (id));
}

/* Version and variant stand whatever the random bytes are; later sorts
 * later. */
static void
test_order (void)
{
  char before[WEIR_ID_LENGTH + 1] = "";

  for (gint64 ms = 0; ms < G_GINT64_CONSTANT (1) << 48; ms = ms * 2 + 1) {
    guint8 random[10];
    char id[WEIR_ID_LENGTH + 1];

    for (guint i = 0; i < sizeof random; i++)
      random[i] = (guint8) g_test_rand_int ();
    weir_id_format (ms, random, id);
    g_assert_true (weir_id_is_valid (id));
    g_assert_cmpint (id[14], ==, '7');
    g_assert_nonnull (strchr ("89ab", id[19]));
    g_assert_cmpstr (before, <, id);
    memcpy (before, id, sizeof id);
  }
}

static void
test_new (void)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 10000; i++) {
    char *id = weir_id_new ();

    g_assert_true (weir_id_is_valid (id));
    g_assert_true (g_hash_table_add (seen, id));
  }
}

static void
test_wrong (void)
{
  static const char good[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  static const char *const wrong[] = { "",
    "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e279b07cc398c4dc0c0c07398f",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398/",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
    "../../../../../../../../../../../etc" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (weir_id_is_valid (wrong[i]));
  for (gsize n = 0; n < WEIR_ID_LENGTH; n++) {
    g_autofree char *cut = g_strndup (good, n);

    g_assert_false (weir_id_is_valid (cut));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ids/example", test_example);
  g_test_add_func ("/ids/order", test_order);
  g_test_add_func ("/ids/new", test_new);
  g_test_add_func ("/ids/wrong", test_wrong);
  return g_test_run ();
}
