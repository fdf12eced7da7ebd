/* Reads a folder of small files. */
#include "web/assets.h"

#include "base/error.h"

#include <string.h>

struct _WeirAssets {
  GHashTable *files; /* "/core/api.js" → WeirAsset */
};

static const struct {
  const char *suffix;
  const char *type;
} types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".mjs", "text/javascript; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".svg", "image/svg+xml" },
  { ".png", "image/png" },
  { ".json", "application/json" },
};

static const char *
type_of (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (name, types[i].suffix))
      return types[i].type;
  return NULL;
}

static void
asset_free (gpointer data)
{
  WeirAsset *asset = data;

  g_bytes_unref (asset->bytes);
  g_free (asset->etag);
  g_free (asset);
}

static gboolean
load_file (WeirAssets *assets, const char *path, char *url, GError **error)
{
  WeirAsset *asset;
  g_autofree char *sum = NULL;
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error)) {
    g_free (url);
    return FALSE;
  }
  asset = g_new0 (WeirAsset, 1);
  asset->type = type_of (path);
  asset->bytes = g_bytes_new_take (data, size);
  sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, asset->bytes);
  asset->etag = g_strdup_printf ("\"%.32s\"", sum);
  g_hash_table_insert (assets->files, url, asset);
  if (size > WEIR_ASSET_MAX_BYTES
      || g_hash_table_size (assets->files) > WEIR_ASSETS_MAX) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s: more than %d files or one above %d bytes", path, WEIR_ASSETS_MAX,
        WEIR_ASSET_MAX_BYTES);
    return FALSE;
  }
  return TRUE;
}

static gboolean
load_dir (WeirAssets *assets, const char *dir, const char *prefix, guint depth,
    GError **error)
{
  g_autoptr (GDir) d = g_dir_open (dir, 0, error);
  const char *name;

  if (d == NULL)
    return FALSE;
  while ((name = g_dir_read_name (d)) != NULL) {
    g_autofree char *path = g_build_filename (dir, name, NULL);
    char *url = g_strconcat (prefix, "/", name, NULL);
    gboolean is_dir = g_file_test (path, G_FILE_TEST_IS_DIR);

    if (name[0] == '.' || (is_dir ? depth == 0 : type_of (name) == NULL)) {
      g_free (url);
    } else if (is_dir) {
      gboolean ok = load_dir (assets, path, url, depth - 1, error);

      g_free (url);
      if (!ok)
        return FALSE;
    } else if (!load_file (assets, path, url, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

WeirAssets *
weir_assets_load (const char *dir, GError **error)
{
  WeirAssets *assets = g_new0 (WeirAssets, 1);

  assets->files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, asset_free);
  if (!load_dir (assets, dir, "", 3, error)) {
    g_prefix_error (error, "console files: ");
    weir_assets_free (assets);
    return NULL;
  }
  return assets;
}

void
weir_assets_free (WeirAssets *assets)
{
  if (assets == NULL)
    return;
  g_hash_table_unref (assets->files);
  g_free (assets);
}

const WeirAsset *
weir_assets_get (const WeirAssets *assets, const char *path)
{
  return g_hash_table_lookup (
      assets->files, strcmp (path, "/") == 0 ? "/index.html" : path);
}
