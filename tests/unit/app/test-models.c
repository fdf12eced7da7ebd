/* Which scorers go on as they were when others follow. Models are only read
 * here, not run. */
#include "app/models.h"

#include <glib/gstdio.h>
#include <string.h>

/* The outer form of a model. */
#define MODEL "\x3a\x01"

static WeirModels *
load (const char *folder, const char *text)
{
  g_autofree char *config = g_build_filename (folder, "weir.conf", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) settings =
      weir_settings_parse (config, text, strlen (text), &error);
  g_autoptr (WeirPolicy) policy = weir_policy_new (settings, NULL, &error);
  WeirPaths *paths = weir_paths_new (config);
  WeirModels *models = weir_models_load (settings, policy, paths, &error);

  weir_paths_free (paths);
  g_assert_no_error (error);
  return models;
}

static void
assert_generations (const WeirModels *models, guint first, guint second)
{
  const GPtrArray *list = weir_models_get_scorers (models);
  const WeirScorerSetting *a = g_ptr_array_index (list, 0);
  const WeirScorerSetting *b = g_ptr_array_index (list, 1);

  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpuint (a->generation, ==, first);
  g_assert_cmpuint (b->generation, ==, second);
}

static void
test_follow (void)
{
  static const struct {
    const char *text;
    const char *m; /* the bytes of m.onnx, which both have */
    guint first, second;
  } table[] = {
    { "[scorer a]\nmodel=m.onnx\n[scorer b]\nmodel=m.onnx\n", MODEL "x", 0, 0 },
    /* A threshold changes no score, and neither does the order. */
    { "[scorer b]\nmodel=m.onnx\nthreshold=0.2\n[scorer a]\nmodel=m.onnx\n",
        MODEL "x", 0, 0 },
    { "[scorer a]\nmodel=m.onnx\noutput=1\n[scorer b]\nmodel=m.onnx\n",
        MODEL "x", 2, 0 },
    /* It is what it was, but not what it was just before. */
    { "[scorer a]\nmodel=m.onnx\n[scorer b]\nmodel=m.onnx\n", MODEL "x", 3, 0 },
    { "[scorer a]\nmodel=m.onnx\n[scorer b]\nmodel=m.onnx\n", MODEL "y", 4, 4 },
    { "[scorer a]\nmodel=m.onnx\n[scorer c]\nmodel=m.onnx\n", MODEL "y", 4, 5 },
  };
  g_autofree char *folder = g_dir_make_tmp ("weir-models-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "m.onnx", NULL);
  g_autoptr (WeirModels) before = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    WeirModels *models;

    g_assert_true (g_file_set_contents (path, table[i].m, -1, NULL));
    models = load (folder, table[i].text);
    if (before != NULL)
      weir_models_follow (models, before);
    assert_generations (models, table[i].first, table[i].second);
    g_clear_pointer (&before, weir_models_free);
    before = models;
  }
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/models/follow", test_follow);
  return g_test_run ();
}
