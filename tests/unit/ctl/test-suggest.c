/* Slips of the finger find their word; other words find none. */
#include "programs/ctl/suggest.h"

static const char *const commands[] = { "status", "streams", "cases", "decide",
  "cut", "blank", "resume", "bar", "key", "trail", "completion", NULL };

static void
test_words (void)
{
  static const struct {
    const char *word, *expected;
  } table[] = {
    { "strems", "streams" },
    { "stream", "streams" },
    { "sterams", "streams" },
    { "case", "cases" },
    { "comp", "completion" },
    { "taril", "trail" },
    { "kye", "key" },
    { "ctu", "cut" },
    { "dicide", "decide" },
    { "c", "cases" },
    { "ban", "bar" },
    { "bag", "bar" },
    { "cpt", "cut" },
    { "bog", NULL },
    { "x", NULL },
    { "hash", NULL },
    { "xyz", NULL },
    { "", NULL },
    { "an argument that is longer than any command may ever be", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpstr (
        weir_ctl_suggest (table[i].word, commands), ==, table[i].expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/suggest/words", test_words);
  return g_test_run ();
}
