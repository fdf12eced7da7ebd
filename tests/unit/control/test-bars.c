/* The bars table: by stream and by publisher. */
#include "control/bars.h"

static WeirBar *
bar (const char *id, const char *stream, const char *publisher)
{
  return weir_bar_copy (&(WeirBar){ .id = (char *) id,
      .stream = (char *) stream,
      .publisher = (char *) publisher,
      .reason = "",
      .case_id = "",
      .by = "" });
}

static void
assert_barred (const WeirBars *bars, const char *id, const char *stream,
    const char *publisher)
{
  const WeirBar *found = weir_bars_find (bars, stream, publisher);

  g_assert_cmpstr (found != NULL ? found->id : NULL, ==, id);
}

static void
test_find (void)
{
  WeirBars *bars = weir_bars_new (NULL);

  weir_bars_put (bars, bar ("1", "live/a", "bob"));
  weir_bars_put (bars, bar ("2", "live/b", ""));
  assert_barred (bars, "1", "live/a", "bob");
  assert_barred (bars, "1", "live/a", "eve");
  assert_barred (bars, "1", "game/x", "bob");
  assert_barred (bars, "2", "live/b", "eve");
  assert_barred (bars, NULL, "live/c", "eve");
  /* Without an identity it is about the name alone. */
  assert_barred (bars, NULL, "live/c", "");
  g_assert_cmpstr (weir_bars_get (bars, "2")->stream, ==, "live/b");
  g_assert_null (weir_bars_get (bars, "3"));
  g_assert_cmpuint (weir_bars_list (bars)->len, ==, 2);
  weir_bars_remove (bars, "1");
  weir_bars_remove (bars, "1");
  assert_barred (bars, NULL, "live/a", "bob");
  assert_barred (bars, "2", "live/b", "bob");
  weir_bars_free (bars);
  weir_bars_free (NULL);
}

static void
test_put (void)
{
  g_autoptr (GPtrArray) loaded =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_bar_free);
  WeirBars *bars;

  g_ptr_array_add (loaded, bar ("1", "live/a", "bob"));
  bars = weir_bars_new (loaded);
  weir_bars_put (bars, bar ("1", "live/b", ""));
  g_assert_cmpuint (weir_bars_list (bars)->len, ==, 1);
  assert_barred (bars, NULL, "live/a", "bob");
  assert_barred (bars, "1", "live/b", "bob");
  weir_bars_free (bars);
}

/* As many as a platform gathers in years, several of a name and a publisher. */
static void
test_many (void)
{
  WeirBars *bars = weir_bars_new (NULL);

  for (guint i = 0; i < 20000; i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);
    g_autofree char *stream = g_strdup_printf ("live/s%u", i % 5000);
    g_autofree char *publisher = g_strdup_printf ("p%u", i % 7000);

    weir_bars_put (bars, bar (id, stream, publisher));
  }
  assert_barred (bars, "17", "live/s17", "nobody");
  assert_barred (bars, "6999", "live/none", "p6999");
  for (guint i = 0; i < 15000; i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);

    weir_bars_remove (bars, id);
  }
  g_assert_cmpuint (weir_bars_list (bars)->len, ==, 5000);
  assert_barred (bars, "15017", "live/s17", "nobody");
  assert_barred (bars, "18000", "live/none", "p4000");
  assert_barred (bars, NULL, "live/none", "p6999");
  g_assert_true (weir_bars_name (bars, "live/s1"));
  g_assert_false (weir_bars_name (bars, "live/none"));
  weir_bars_free (bars);
}

static void
note (const WeirBar *b, gboolean gone, gpointer data)
{
  g_string_append_printf (data, "%s%s ", gone ? "-" : "+", b->id);
}

static void
test_watch (void)
{
  WeirBars *bars = weir_bars_new (NULL);
  g_autoptr (GString) told = g_string_new (NULL);

  weir_bars_put (bars, bar ("1", "live/a", "bob"));
  weir_bars_set_watch (bars, note, told);
  weir_bars_put (bars, bar ("2", "live/b", ""));
  weir_bars_put (bars, bar ("1", "live/c", ""));
  weir_bars_remove (bars, "3");
  weir_bars_remove (bars, "2");
  g_assert_cmpstr (told->str, ==, "+2 -1 +1 -2 ");
  weir_bars_free (bars);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bars/find", test_find);
  g_test_add_func ("/bars/put", test_put);
  g_test_add_func ("/bars/many", test_many);
  g_test_add_func ("/bars/watch", test_watch);
  return g_test_run ();
}
