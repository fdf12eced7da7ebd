/* The console's files in memory: what is served as what, what is left out,
 * and that no name leads out of the folder. */
#include "web/assets.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *top; /* of the test; the console's folder is inside */
  char *dir;
} Fixture;

static void
put (Fixture *f, const char *name, const char *text, gssize size)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, size, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *secret = NULL;

  f->top = g_dir_make_tmp ("weir-test-XXXXXX", &error);
  g_assert_no_error (error);
  f->dir = g_build_filename (f->top, "ui", NULL);
  put (f, "index.html", "<p>", -1);
  secret = g_build_filename (f->top, "secret.html", NULL);
  g_assert_true (g_file_set_contents (secret, "secret", -1, NULL));
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    remove_all (child);
  }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  remove_all (f->top);
  g_free (f->top);
  g_free (f->dir);
}

static WeirAssets *
load (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  WeirAssets *assets = weir_assets_load (f->dir, &error);

  g_assert_no_error (error);
  return assets;
}

static void
test_types (Fixture *f, gconstpointer data)
{
  static const char *const types[][2] = {
    { "a.html", "text/html; charset=utf-8" },
    { "a.js", "text/javascript; charset=utf-8" },
    { "a.mjs", "text/javascript; charset=utf-8" },
    { "a.css", "text/css; charset=utf-8" },
    { "a.svg", "image/svg+xml" },
    { "a.png", "image/png" },
    { "a.json", "application/json" },
    { "a.txt", NULL },
    { "a.js.map", NULL },
    { "a", NULL },
    { "a.HTML", NULL },
    { ".hidden.js", NULL },
    { ".git/a.js", NULL },
  };
  WeirAssets *assets;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    put (f, types[i][0], types[i][0], -1);
  assets = load (f);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autofree char *url = g_strconcat ("/", types[i][0], NULL);
    const WeirAsset *asset = weir_assets_get (assets, url);

    if (types[i][1] == NULL) {
      g_assert_null (asset);
      continue;
    }
    g_assert_nonnull (asset);
    g_assert_cmpstr (asset->type, ==, types[i][1]);
    g_assert_cmpmem (g_bytes_get_data (asset->bytes, NULL),
        g_bytes_get_size (asset->bytes), types[i][0], strlen (types[i][0]));
  }
  weir_assets_free (assets);
  weir_assets_free (NULL);
}

static void
test_index (Fixture *f, gconstpointer data)
{
  WeirAssets *assets = load (f);

  g_assert_true (
      weir_assets_get (assets, "/") == weir_assets_get (assets, "/index.html"));
  g_assert_nonnull (weir_assets_get (assets, "/"));
  weir_assets_free (assets);
}

/* The tag changes with the content and with nothing else. */
static void
test_etag (Fixture *f, gconstpointer data)
{
  g_autofree char *first = NULL;
  WeirAssets *assets = load (f);

  first = g_strdup (weir_assets_get (assets, "/")->etag);
  g_assert_cmpuint (strlen (first), ==, 34);
  g_assert_true (first[0] == '"' && first[33] == '"');
  weir_assets_free (assets);
  assets = load (f);
  g_assert_cmpstr (weir_assets_get (assets, "/")->etag, ==, first);
  weir_assets_free (assets);
  put (f, "index.html", "<b>", -1);
  assets = load (f);
  g_assert_cmpstr (weir_assets_get (assets, "/")->etag, !=, first);
  weir_assets_free (assets);
}

static void
test_depth (Fixture *f, gconstpointer data)
{
  WeirAssets *assets;

  put (f, "1/a.js", "", 0);
  put (f, "1/2/3/a.js", "", 0);
  put (f, "1/2/3/4/a.js", "", 0);
  /* A folder is no file, whatever its name. */
  put (f, "1/2/3/x.js/a.js", "", 0);
  assets = load (f);
  g_assert_nonnull (weir_assets_get (assets, "/1/a.js"));
  g_assert_nonnull (weir_assets_get (assets, "/1/2/3/a.js"));
  g_assert_null (weir_assets_get (assets, "/1/2/3/4/a.js"));
  g_assert_null (weir_assets_get (assets, "/1/2/3/x.js"));
  g_assert_null (weir_assets_get (assets, "/1/2"));
  g_assert_null (weir_assets_get (assets, "/1/"));
  weir_assets_free (assets);
}

static void
test_no_way_out (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "", "secret.html", "index.html",
    "/../secret.html", "/./index.html", "//index.html", "/ui/../secret.html",
    "/%2e%2e/secret.html", "/..%2fsecret.html", "/..\\secret.html",
    "/index.html/", "/index.html?x", "/index.html#x", "/INDEX.html",
    "/etc/passwd" };
  WeirAssets *assets = load (f);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_null (weir_assets_get (assets, names[i]));
  weir_assets_free (assets);
}

static void
assert_refused (Fixture *f, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_assets_load (f->dir, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "console files: "));
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_too_large (Fixture *f, gconstpointer data)
{
  g_autofree char *most = g_strnfill (WEIR_ASSET_MAX_BYTES + 1, 'x');

  put (f, "a.js", most, WEIR_ASSET_MAX_BYTES);
  weir_assets_free (load (f));
  put (f, "a.js", most, WEIR_ASSET_MAX_BYTES + 1);
  assert_refused (f, "a.js: more than 1000 files or one above 4194304 bytes");
}

static void
test_too_many (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i < WEIR_ASSETS_MAX; i++) {
    g_autofree char *name = g_strdup_printf ("%u.js", i);

    put (f, name, "", 0);
  }
  weir_assets_free (load (f));
  put (f, "one-more.js", "", 0);
  assert_refused (f, "more than 1000 files");
}

static void
test_no_folder (Fixture *f, gconstpointer data)
{
  g_free (f->dir);
  f->dir = g_build_filename (f->top, "nowhere", NULL);
  assert_refused (f, "nowhere");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/assets/types", test_types },
    { "/assets/index", test_index },
    { "/assets/etag", test_etag },
    { "/assets/depth", test_depth },
    { "/assets/no-way-out", test_no_way_out },
    { "/assets/too-large", test_too_large },
    { "/assets/too-many", test_too_many },
    { "/assets/no-folder", test_no_folder },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
