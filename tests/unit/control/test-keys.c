/* The key table: which secret opens what. */
#include "control/keys.h"

#include "control/secret.h"

static WeirKey *
key (const char *id, const char *app, const char *name, const char *secret)
{
  WeirKey *k = g_new0 (WeirKey, 1);

  k->id = g_strdup (id);
  k->app = g_strdup (app);
  k->name = g_strdup (name);
  k->publisher = g_strdup (name);
  weir_secret_hash (secret, k->hash);
  return k;
}

static void
assert_opens (const WeirKeys *keys, const char *id, const char *app,
    const char *name, const char *secret)
{
  const WeirKey *found = weir_keys_check (keys, app, name, secret);

  g_assert_cmpstr (found != NULL ? found->id : NULL, ==, id);
}

static void
test_check (void)
{
  WeirKeys *keys = weir_keys_new (NULL);

  weir_keys_put (keys, key ("1", "live", "cam1", "one"));
  weir_keys_put (keys, key ("2", "live", "cam2", "two"));
  weir_keys_put (keys, key ("3", "game", "cam1", "three"));
  assert_opens (keys, "1", "live", "cam1", "one");
  assert_opens (keys, "3", "game", "cam1", "three");
  /* The bare secret names the stream. */
  assert_opens (keys, "2", "live", NULL, "two");
  assert_opens (keys, NULL, "game", NULL, "two");
  assert_opens (keys, NULL, "live", "cam1", "two");
  assert_opens (keys, NULL, "game", "cam1", "one");
  assert_opens (keys, NULL, "live", "cam1", "");
  assert_opens (keys, NULL, "live", "cam1", "onE");
  assert_opens (keys, NULL, "live", NULL, "cam1");
  weir_keys_free (keys);
  weir_keys_free (NULL);
}

static void
test_rotate_and_remove (void)
{
  WeirKeys *keys = weir_keys_new (NULL);

  weir_keys_put (keys, key ("1", "live", "cam1", "one"));
  weir_keys_put (keys, key ("2", "live", "cam2", "two"));
  weir_keys_put (keys, key ("1", "live", "cam1", "other"));
  g_assert_cmpuint (weir_keys_count (keys), ==, 2);
  assert_opens (keys, NULL, "live", "cam1", "one");
  assert_opens (keys, NULL, "live", NULL, "one");
  assert_opens (keys, "1", "live", "cam1", "other");
  g_assert_nonnull (weir_keys_get (keys, "1"));
  weir_keys_remove (keys, "1");
  weir_keys_remove (keys, "1");
  g_assert_cmpuint (weir_keys_count (keys), ==, 1);
  g_assert_null (weir_keys_get (keys, "1"));
  assert_opens (keys, NULL, "live", "cam1", "other");
  assert_opens (keys, "2", "live", "cam2", "two");
  weir_keys_free (keys);
}

static void
test_find_and_list (void)
{
  g_autoptr (GPtrArray) loaded =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_key_free);
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GString) order = g_string_new (NULL);
  WeirKeys *keys;

  g_ptr_array_add (loaded, key ("1", "live", "b", "one"));
  g_ptr_array_add (loaded, key ("2", "live", "a", "two"));
  g_ptr_array_add (loaded, key ("3", "game", "z", "three"));
  keys = weir_keys_new (loaded);
  g_assert_cmpstr (weir_keys_find (keys, "live", "a")->id, ==, "2");
  g_assert_null (weir_keys_find (keys, "game", "a"));
  list = weir_keys_list (keys);
  for (guint i = 0; i < list->len; i++)
    g_string_append (order, ((WeirKey *) g_ptr_array_index (list, i))->id);
  g_assert_cmpstr (order->str, ==, "321");
  weir_keys_free (keys);
}

static void
note (const WeirKey *k, gboolean gone, gpointer data)
{
  g_string_append_printf (data, "%s%s ", gone ? "-" : "+", k->name);
}

static void
test_watch (void)
{
  WeirKeys *keys = weir_keys_new (NULL);
  g_autoptr (GString) told = g_string_new (NULL);

  weir_keys_put (keys, key ("1", "live", "a", "one"));
  weir_keys_set_watch (keys, note, told);
  weir_keys_put (keys, key ("2", "live", "b", "two"));
  weir_keys_put (keys, key ("1", "live", "c", "three"));
  weir_keys_remove (keys, "3");
  weir_keys_remove (keys, "2");
  g_assert_cmpstr (told->str, ==, "+b -a +c -b ");
  weir_keys_free (keys);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keys/check", test_check);
  g_test_add_func ("/keys/rotate-and-remove", test_rotate_and_remove);
  g_test_add_func ("/keys/find-and-list", test_find_and_list);
  g_test_add_func ("/keys/watch", test_watch);
  return g_test_run ();
}
