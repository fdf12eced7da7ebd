/* Names that may be used, and those that may not. */
#include "core/names.h"

#include <string.h>

static void
test_valid (void)
{
  static const char *const valid[] = { "a", "live", "A-Z.a_z-09", "...", ".a",
    "a.", "-", "_", "0" };
  static const char *const wrong[] = { "", ".", "..", "a/b", "/", "a b", " a",
    "a\n", "a\\b", "a%00b", "\xc0\x80", "\xc3\xa4", "a?key=x", "a:b", "a*",
    "<a>", "a\x7f", "\x01" };

  for (guint i = 0; i < G_N_ELEMENTS (valid); i++)
    g_assert_true (weir_name_is_valid (valid[i]));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (weir_name_is_valid (wrong[i]));
}

/* Every byte by itself, against the set written out. */
static void
test_bytes (void)
{
  static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
                            "yz0123456789._-";

  for (guint b = 1; b < 256; b++) {
    char name[3] = { 'x', (char) b, '\0' };

    g_assert_true (
        weir_name_is_valid (name) == (strchr (set, (char) b) != NULL));
  }
}

static void
test_length (void)
{
  g_autofree char *most = g_strnfill (WEIR_NAME_MAX_LENGTH, 'a');
  g_autofree char *more = g_strnfill (WEIR_NAME_MAX_LENGTH + 1, 'a');
  g_autofree char *dots = g_strnfill (WEIR_NAME_MAX_LENGTH, '.');
  /* What is not looked at is not read either. */
  g_autofree char *endless = g_malloc (WEIR_NAME_MAX_LENGTH + 1);

  memset (endless, 'a', WEIR_NAME_MAX_LENGTH + 1);
  g_assert_true (weir_name_is_valid (most));
  g_assert_true (weir_name_is_valid (dots));
  g_assert_false (weir_name_is_valid (more));
  g_assert_false (weir_name_is_valid (endless));
}

static void
test_split (void)
{
  static const char *const wrong[] = { "", "/", "live", "live/", "/cam",
    "live/cam/1", "live//cam", "../cam", "live/..", "./cam", "live/cam ",
    "live/c\xff" };
  char *app = NULL;
  char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_false (weir_path_split (wrong[i], &app, &name));
    g_assert_null (app);
    g_assert_null (name);
  }
  g_assert_true (weir_path_split ("live/cam.1", &app, &name));
  g_assert_cmpstr (app, ==, "live");
  g_assert_cmpstr (name, ==, "cam.1");
  g_free (app);
  g_free (name);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names/valid", test_valid);
  g_test_add_func ("/names/bytes", test_bytes);
  g_test_add_func ("/names/length", test_length);
  g_test_add_func ("/names/split", test_split);
  return g_test_run ();
}
