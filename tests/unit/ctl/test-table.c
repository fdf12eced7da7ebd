/* Columns line up whatever is in them, and nothing in them steers a
 * terminal. */
#include "programs/ctl/table.h"

static void
add_row (WeirCtlTable *table, const char *a, const char *b, const char *c)
{
  weir_ctl_table_add (table, a);
  weir_ctl_table_add (table, b);
  weir_ctl_table_add (table, c);
}

static void
assert_table (const WeirCtlTable *table, const char *expected)
{
  g_autofree char *text = weir_ctl_table_format (table);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_columns (void)
{
  static const char *const titles[] = { "NAME", ">N", "NOTE", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);

  assert_table (table, "NAME  N  NOTE\n");
  add_row (table, "a", "1", "x");
  add_row (table, "longer", "1000", "a longer note");
  add_row (table, "", NULL, "");
  assert_table (table, "NAME       N  NOTE\n"
                       "a          1  x\n"
                       "longer  1000  a longer note\n"
                       "-          -  -\n");
}

static void
test_right_at_the_end (void)
{
  static const char *const titles[] = { "NAME", ">MS", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);

  weir_ctl_table_add (table, "a");
  weir_ctl_table_add_format (table, "%d", 12345);
  assert_table (table, "NAME     MS\n"
                       "a     12345\n");
}

static void
test_untitled (void)
{
  static const char *const titles[] = { "", "", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);

  assert_table (table, "");
  weir_ctl_table_add (table, "store");
  weir_ctl_table_add (table, "ok");
  weir_ctl_table_add (table, "up");
  weir_ctl_table_add (table, "3 s");
  assert_table (table, "store  ok\n"
                       "up     3 s\n");
}

static void
test_utf8 (void)
{
  static const char *const titles[] = { "NAME", "X", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);

  weir_ctl_table_add (table, "größer");
  weir_ctl_table_add (table, "1");
  weir_ctl_table_add (table, "日本");
  weir_ctl_table_add (table, "2");
  weir_ctl_table_add (table, "e\xcc\x81"); /* e and a combining accent */
  weir_ctl_table_add (table, "3");
  assert_table (table, "NAME    X\n"
                       "größer  1\n"
                       "日本    2\n"
                       "e\xcc\x81       3\n");
}

static void
test_hostile (void)
{
  static const char *const titles[] = { "NAME", "X", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);

  weir_ctl_table_add (table, "\x1b[2J\nlive");
  weir_ctl_table_add (table, "\xff|");
  weir_ctl_table_add (table, "a\xe2\x80\xae"
                             "b"); /* right to left from here */
  weir_ctl_table_add (table, "%s%n");
  assert_table (table, "NAME             X\n"
                       "\\x1b[2J\\x0alive  \\xff|\n"
                       "a\\xe2\\x80\\xaeb   %s%n\n");
}

static void
test_width (void)
{
  g_assert_cmpuint (weir_ctl_table_width (""), ==, 0);
  g_assert_cmpuint (weir_ctl_table_width ("abc"), ==, 3);
  g_assert_cmpuint (weir_ctl_table_width ("für"), ==, 3);
  g_assert_cmpuint (weir_ctl_table_width ("日本"), ==, 4);
  g_assert_cmpuint (weir_ctl_table_width ("e\xcc\x81"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/table/columns", test_columns);
  g_test_add_func ("/ctl/table/right-at-the-end", test_right_at_the_end);
  g_test_add_func ("/ctl/table/untitled", test_untitled);
  g_test_add_func ("/ctl/table/utf8", test_utf8);
  g_test_add_func ("/ctl/table/hostile", test_hostile);
  g_test_add_func ("/ctl/table/width", test_width);
  return g_test_run ();
}
