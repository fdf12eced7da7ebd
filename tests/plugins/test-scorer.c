/* Tests plugins/vision/scorer.cpp with tests/data/models: how red a picture is,
 * and what is said about models that can't be used. */
#include "vision/scorer.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#define WIDTH 97
#define HEIGHT 61
#define CHROMA_WIDTH ((WIDTH + 1) / 2)
#define CHROMA_HEIGHT ((HEIGHT + 1) / 2)

static guint8 luma[WIDTH * HEIGHT];
static guint8 chroma[2][CHROMA_WIDTH * CHROMA_HEIGHT];
static guint8 pairs[2 * CHROMA_WIDTH * CHROMA_HEIGHT];

static const WeirScorerOptions as_made = {
  .width = 32, .height = 32, .scale = 1.0 / 255, .output = 1
};

static WeirStillPicture
picture (WeirStillFormat format, guint8 y, guint8 u, guint8 v)
{
  WeirStillPicture p = { .format = format, .width = WIDTH, .height = HEIGHT };

  memset (luma, y, sizeof luma);
  memset (chroma[0], u, sizeof chroma[0]);
  memset (chroma[1], v, sizeof chroma[1]);
  for (guint i = 0; i < sizeof pairs; i++)
    pairs[i] = i % 2 == 0 ? u : v;
  p.planes[0] = luma;
  p.strides[0] = WIDTH;
  p.planes[1] = format == WEIR_STILL_NV12 ? pairs : chroma[0];
  p.strides[1] = format == WEIR_STILL_NV12 ? 2 * CHROMA_WIDTH : CHROMA_WIDTH;
  p.planes[2] = chroma[1];
  p.strides[2] = CHROMA_WIDTH;
  return p;
}

/* BT.601, limited range. */
static WeirStillPicture
red (WeirStillFormat format)
{
  return picture (format, 81, 90, 240);
}

static WeirStillPicture
blue (WeirStillFormat format)
{
  return picture (format, 41, 240, 110);
}

static GBytes *
model (const char *name)
{
  g_autofree char *path = g_test_build_filename (
      G_TEST_DIST, "..", "models", name, (const char *) NULL);
  g_autoptr (GError) error = NULL;
  char *bytes;
  gsize size;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (bytes, size);
}

static WeirScorer *
load (const char *name, const WeirScorerOptions *options)
{
  g_autoptr (GBytes) bytes = model (name);
  char wrong[WEIR_SCORER_MAX_WORDS] = "";
  WeirScorer *scorer = weir_scorer_new (
      g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), options, wrong);

  g_assert_cmpstr (wrong, ==, "");
  g_assert_nonnull (scorer);
  return scorer;
}

static float
score (WeirScorer *scorer, WeirStillPicture p)
{
  char wrong[WEIR_SCORER_MAX_WORDS] = "";
  float s = -1;

  g_assert_true (weir_scorer_score (scorer, &p, &s, wrong));
  g_assert_cmpstr (wrong, ==, "");
  return s;
}

static void
test_red (void)
{
  WeirScorer *scorer = load ("red.onnx", &as_made);

  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_I420)), >, 0.99f);
  g_assert_cmpfloat (score (scorer, blue (WEIR_STILL_I420)), <, 0.01f);
  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_NV12)), >, 0.99f);
  g_assert_cmpfloat (score (scorer, blue (WEIR_STILL_NV12)), <, 0.01f);
  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_GRAY8)), <, 0.01f);
  weir_scorer_free (scorer);
}

static void
test_options (void)
{
  WeirScorerOptions o = as_made;
  WeirScorer *scorer;

  o.order = WEIR_SCORER_BGR;
  scorer = load ("red.onnx", &o);
  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_I420)), <, 0.01f);
  g_assert_cmpfloat (score (scorer, blue (WEIR_STILL_I420)), >, 0.99f);
  weir_scorer_free (scorer);

  o = as_made;
  o.output = 0;
  scorer = load ("red.onnx", &o);
  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_I420)), <, 0.01f);
  weir_scorer_free (scorer);

  /* Red taken away before: nothing of it is left. */
  o = as_made;
  o.mean[0] = 255;
  scorer = load ("red.onnx", &o);
  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_I420)), <, 0.01f);
  weir_scorer_free (scorer);
}

static void
test_softmax (void)
{
  WeirScorerOptions o = as_made;
  WeirScorer *with_layer = load ("red.onnx", &o);
  WeirScorer *scorer = load ("red-logits.onnx", &o);
  WeirStillPicture p = picture (WEIR_STILL_I420, 120, 118, 150);

  /* About 15 as it comes, which is no score above 1. */
  g_assert_cmpfloat (score (scorer, red (WEIR_STILL_I420)), ==, 1);
  weir_scorer_free (scorer);
  o.softmax = TRUE;
  scorer = load ("red-logits.onnx", &o);
  g_assert_cmpfloat_with_epsilon (
      score (scorer, p), score (with_layer, p), 1e-5f);
  weir_scorer_free (scorer);
  weir_scorer_free (with_layer);
}

static void
refuse (GBytes *bytes, const WeirScorerOptions *options, const char *words)
{
  char wrong[WEIR_SCORER_MAX_WORDS] = "";

  g_assert_null (weir_scorer_new (g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes), options, wrong));
  if (words != NULL)
    g_assert_cmpstr (wrong, ==, words);
  g_assert_cmpstr (wrong, !=, "");
  g_assert_null (strchr (wrong, '\n'));
}

static void
test_refused (void)
{
  g_autoptr (GBytes) good = model ("red.onnx");
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (good, 0, 200);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) text = g_bytes_new_static ("not a model", 11);
  WeirScorerOptions o = as_made;

  refuse (empty, &o, "the model is empty");
  refuse (cut, &o, NULL);
  refuse (text, &o, NULL);
  o.output = 2;
  refuse (good, &o, "the model has 2 outputs, there is no output 2");
  o.output = WEIR_SCORER_MAX_OUTPUTS;
  refuse (good, &o, "output is out of range: 0 to 65535");
  o = as_made;
  o.width = WEIR_SCORER_MIN_SIDE - 1;
  refuse (good, &o, "width or height is out of range: 8 to 1024");
  o = as_made;
  o.height = WEIR_SCORER_MAX_SIDE + 1;
  refuse (good, &o, "width or height is out of range: 8 to 1024");
  o = as_made;
  o.scale = (double) NAN;
  refuse (good, &o, "scale or mean is not a number");
}

static void
test_too_large (void)
{
  static const guint8 byte = 0;
  char wrong[WEIR_SCORER_MAX_WORDS] = "";

  /* Refused by its size alone. */
  g_assert_null (weir_scorer_new (
      &byte, (gsize) WEIR_SCORER_MAX_MODEL_BYTES + 1, &as_made, wrong));
  g_assert_cmpstr (wrong, ==, "the model has more than 256 MiB");
}

static void
test_bad_picture (void)
{
  WeirScorer *scorer = load ("red.onnx", &as_made);
  WeirStillPicture p = red (WEIR_STILL_I420);
  char wrong[WEIR_SCORER_MAX_WORDS] = "";
  float s = -1;

  p.strides[1] = 1;
  g_assert_false (weir_scorer_score (scorer, &p, &s, wrong));
  g_assert_cmpstr (
      wrong, ==, "picture: a plane is missing or its rows are too short");
  g_assert_cmpfloat (s, ==, -1);
  weir_scorer_free (scorer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scorer/red", test_red);
  g_test_add_func ("/scorer/options", test_options);
  g_test_add_func ("/scorer/softmax", test_softmax);
  g_test_add_func ("/scorer/refused", test_refused);
  g_test_add_func ("/scorer/too-large", test_too_large);
  g_test_add_func ("/scorer/bad-picture", test_bad_picture);
  return g_test_run ();
}
