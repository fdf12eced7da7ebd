/* Keys by id, by hash of their secret and by publisher. */
#include "control/keys.h"

#include "control/secret.h"

#include <string.h>

struct _WeirKeys {
  GHashTable *by_id;        /* id → WeirKey, owns */
  GHashTable *by_hash;      /* hash bytes inside the WeirKey → WeirKey */
  GHashTable *by_publisher; /* publisher → GPtrArray of WeirKey */
  WeirKeysFunc func;
  gpointer data;
};

static guint
hash_hash (gconstpointer data)
{
  guint32 v;

  memcpy (&v, data, sizeof v);
  return v;
}

static gboolean
hash_equal (gconstpointer a, gconstpointer b)
{
  return weir_secret_hash_equal (a, b);
}

WeirKeys *
weir_keys_new (GPtrArray *loaded)
{
  WeirKeys *keys = g_new0 (WeirKeys, 1);

  keys->by_id = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) weir_key_free);
  keys->by_hash = g_hash_table_new (hash_hash, hash_equal);
  keys->by_publisher = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    weir_keys_put (keys, weir_key_copy (g_ptr_array_index (loaded, i)));
  return keys;
}

void
weir_keys_free (WeirKeys *keys)
{
  if (keys == NULL)
    return;
  g_hash_table_unref (keys->by_publisher);
  g_hash_table_unref (keys->by_hash);
  g_hash_table_unref (keys->by_id);
  g_free (keys);
}

const WeirKey *
weir_keys_check (
    const WeirKeys *keys, const char *app, const char *name, const char *secret)
{
  guint8 hash[WEIR_SECRET_HASH_BYTES];
  const WeirKey *key;

  weir_secret_hash (secret, hash);
  key = g_hash_table_lookup (keys->by_hash, hash);
  if (key == NULL || strcmp (key->app, app) != 0
      || (name != NULL && strcmp (key->name, name) != 0))
    return NULL;
  return key;
}

const WeirKey *
weir_keys_get (const WeirKeys *keys, const char *id)
{
  return g_hash_table_lookup (keys->by_id, id);
}

const WeirKey *
weir_keys_find (const WeirKeys *keys, const char *app, const char *name)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, keys->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const WeirKey *key = value;

    if (strcmp (key->app, app) == 0 && strcmp (key->name, name) == 0)
      return key;
  }
  return NULL;
}

guint
weir_keys_count (const WeirKeys *keys)
{
  return g_hash_table_size (keys->by_id);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const WeirKey *ka = *(WeirKey *const *) a, *kb = *(WeirKey *const *) b;
  int by_app = strcmp (ka->app, kb->app);

  return by_app != 0 ? by_app : strcmp (ka->name, kb->name);
}

GPtrArray *
weir_keys_list (const WeirKeys *keys)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, keys->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, value);
  g_ptr_array_sort (list, compare);
  return list;
}

const GPtrArray *
weir_keys_of_publisher (const WeirKeys *keys, const char *publisher)
{
  return g_hash_table_lookup (keys->by_publisher, publisher);
}

void
weir_keys_set_watch (WeirKeys *keys, WeirKeysFunc func, gpointer data)
{
  keys->func = func;
  keys->data = data;
}

void
weir_keys_put (WeirKeys *keys, WeirKey *key)
{
  GPtrArray *of_publisher;

  weir_keys_remove (keys, key->id);
  g_hash_table_insert (keys->by_id, key->id, key);
  g_hash_table_insert (keys->by_hash, key->hash, key);
  of_publisher = g_hash_table_lookup (keys->by_publisher, key->publisher);
  if (of_publisher == NULL) {
    of_publisher = g_ptr_array_new ();
    g_hash_table_insert (
        keys->by_publisher, g_strdup (key->publisher), of_publisher);
  }
  g_ptr_array_add (of_publisher, key);
  if (keys->func != NULL)
    keys->func (key, FALSE, keys->data);
}

void
weir_keys_remove (WeirKeys *keys, const char *id)
{
  WeirKey *key = g_hash_table_lookup (keys->by_id, id);
  GPtrArray *of_publisher;

  if (key == NULL)
    return;
  if (keys->func != NULL)
    keys->func (key, TRUE, keys->data);
  of_publisher = g_hash_table_lookup (keys->by_publisher, key->publisher);
  g_ptr_array_remove_fast (of_publisher, key);
  if (of_publisher->len == 0)
    g_hash_table_remove (keys->by_publisher, key->publisher);
  g_hash_table_remove (keys->by_hash, key->hash);
  g_hash_table_remove (keys->by_id, id);
}
