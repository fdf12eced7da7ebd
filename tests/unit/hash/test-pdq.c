/* Tests plugins/hash/pdq.c against what the reference gives for the pictures
 * in tests/data/pdq. */
#include "hash/pdq.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "hash/hamming.h"

typedef struct {
  char *name;
  int width;
  int height;
  int quality;
  guint8 hashes[WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES];
  guint8 *pixels;
} Vector;

static void
vector_free (gpointer data)
{
  Vector *v = data;

  g_free (v->name);
  g_free (v->pixels);
  g_free (v);
}

static guint8 *
load_pgm (const char *name, int width, int height)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  g_autofree char *text = NULL;
  gsize size, pixels = (gsize) width * (gsize) height;
  int w, h;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  g_assert_cmpint (sscanf (text, "P5 %d %d 255", &w, &h), ==, 2);
  g_assert_cmpint (w, ==, width);
  g_assert_cmpint (h, ==, height);
  return g_memdup2 (text + size - pixels, pixels);
}

static GPtrArray *
load_vectors (void)
{
  GPtrArray *vectors = g_ptr_array_new_with_free_func (vector_free);
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "vectors.csv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (guint i = 1; lines[i] != NULL; i++) {
    g_auto (GStrv) f = g_strsplit (lines[i], ",", -1);
    Vector *v = g_new0 (Vector, 1);

    g_assert_cmpuint (g_strv_length (f), ==, 12);
    v->name = g_strdup (f[0]);
    v->width = atoi (f[1]);
    v->height = atoi (f[2]);
    v->quality = atoi (f[3]);
    for (int k = 0; k < WEIR_PDQ_DIHEDRAL; k++)
      g_assert_true (
          weir_pdq_parse (f[4 + k], strlen (f[4 + k]), v->hashes[k]));
    v->pixels = load_pgm (v->name, v->width, v->height);
    g_ptr_array_add (vectors, v);
  }
  g_assert_cmpuint (vectors->len, >, 20);
  return vectors;
}

static gboolean
is_plain (const Vector *v)
{
  return strstr (v->name, "white") != NULL;
}

static void
test_vectors (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();
  guint exact = 0;

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    guint8 hash[WEIR_PDQ_HASH_BYTES];
    guint distance;
    int quality;

    g_test_message ("%s", v->name);
    weir_pdq_hash_y8 (v->pixels, v->width, v->height, v->width, hash, &quality);
    distance = weir_hamming_distance (hash, v->hashes[0]);
    g_assert_cmpint (quality, ==, v->quality);
    if (!is_plain (v))
      g_assert_cmpuint (distance, <=, 2);
    exact += is_plain (v) || distance == 0;
  }
  g_assert_cmpuint (exact, ==, vectors->len);
}

static void
test_dihedral (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE];
    float coefs[WEIR_PDQ_COEFS], turned[WEIR_PDQ_COEFS];
    guint8 hash[WEIR_PDQ_HASH_BYTES];

    if (is_plain (v))
      continue;
    g_assert_true (
        weir_pdq_reduce_y8 (v->pixels, v->width, v->height, v->width, cells));
    weir_pdq_transform (cells, coefs);
    for (int k = 0; k < WEIR_PDQ_DIHEDRAL; k++) {
      weir_pdq_turn (coefs, (WeirPdqDihedral) k, turned);
      weir_pdq_threshold (turned, hash);
      g_assert_cmpuint (weir_hamming_distance (hash, v->hashes[k]), <=, 2);
    }
  }
}

/* Rows that are further apart than wide, and float luma, give the same. */
static void
test_stride_and_float (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    gsize stride = (gsize) v->width + 13;
    g_autofree guint8 *wide = g_malloc (stride * (gsize) v->height);
    g_autofree float *floats = g_new (float, stride *(gsize) v->height);
    guint8 plain[32], strided[32], floated[32];
    int quality[3];

    memset (wide, 0xa5, stride * (gsize) v->height);
    for (int y = 0; y < v->height; y++) {
      for (int x = 0; x < v->width; x++) {
        guint8 at = v->pixels[y * v->width + x];

        wide[(gsize) y * stride + (gsize) x] = at;
        floats[(gsize) y * stride + (gsize) x] = at;
      }
    }
    weir_pdq_hash_y8 (
        v->pixels, v->width, v->height, v->width, plain, &quality[0]);
    weir_pdq_hash_y8 (
        wide, v->width, v->height, (ptrdiff_t) stride, strided, &quality[1]);
    weir_pdq_hash_float (
        floats, v->width, v->height, (ptrdiff_t) stride, floated, &quality[2]);
    g_assert_cmpmem (plain, 32, strided, 32);
    g_assert_cmpmem (plain, 32, floated, 32);
    g_assert_cmpint (quality[0], ==, quality[1]);
    g_assert_cmpint (quality[0], ==, quality[2]);
  }
}

/* Video's narrower range leaves the bits nearly alone, and quality, scaled
 * back, stays near. */
static void
test_limited_range (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    gsize pixels = (gsize) v->width * (gsize) v->height;
    float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE];
    guint8 hash[WEIR_PDQ_HASH_BYTES];
    int quality;

    if (v->quality == 0 || v->width < WEIR_PDQ_SIDE)
      continue;
    for (gsize k = 0; k < pixels; k++)
      v->pixels[k] = (guint8) (16 + (v->pixels[k] * 219 + 127) / 255);
    weir_pdq_hash_y8 (v->pixels, v->width, v->height, v->width, hash, &quality);
    g_assert_cmpuint (weir_hamming_distance (hash, v->hashes[0]), <=, 10);
    g_assert_true (
        weir_pdq_reduce_y8 (v->pixels, v->width, v->height, v->width, cells));
    quality = weir_pdq_quality (cells, WEIR_PDQ_LIMITED_RANGE);
    g_assert_cmpint (ABS (quality - v->quality), <=, 4);
    g_assert_cmpint (
        weir_pdq_quality (cells, WEIR_PDQ_FULL_RANGE), <=, quality);
  }
}

/* Every size from the smallest on is hashed without reading outside (each
 * picture is a block of its own), and sizes outside the limits give zero. */
static void
test_sizes (void)
{
  static const guint8 zero[WEIR_PDQ_HASH_BYTES];
  static const int odd[] = { 5, 6, 63, 64, 65, 127, 128, 129, 255, 256, 257,
    383, 385, 641, 1919 };
  guint8 hash[WEIR_PDQ_HASH_BYTES];
  int quality;

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    for (guint k = 0; k < G_N_ELEMENTS (odd); k++) {
      gsize pixels = (gsize) odd[i] * (gsize) odd[k];
      g_autofree guint8 *picture = g_malloc (pixels);
      guint bits = 0;

      for (gsize p = 0; p < pixels; p++)
        picture[p] = (guint8) (p * 2654435761u >> 24);
      weir_pdq_hash_y8 (picture, odd[i], odd[k], odd[i], hash, &quality);
      for (guint b = 0; b < sizeof hash; b++)
        bits += (guint) __builtin_popcount (hash[b]);
      g_assert_cmpuint (bits, <=, 128);
      if (odd[i] >= 64 && odd[k] >= 64)
        g_assert_cmpuint (bits, ==, 128);
    }
  }
  weir_pdq_hash_y8 ((const guint8 *) "", 4, 100, 4, hash, &quality);
  g_assert_cmpmem (hash, 32, zero, 32);
  g_assert_cmpint (quality, ==, 0);
  weir_pdq_hash_y8 ((const guint8 *) "", 100, 4, 100, hash, &quality);
  g_assert_cmpmem (hash, 32, zero, 32);
  weir_pdq_hash_y8 (
      (const guint8 *) "", WEIR_PDQ_MAX_SIDE + 1, 5, 0, hash, &quality);
  g_assert_cmpmem (hash, 32, zero, 32);
  weir_pdq_hash_y8 ((const guint8 *) "", -1, G_MAXINT, 0, hash, &quality);
  g_assert_cmpmem (hash, 32, zero, 32);
}

static void
test_text (void)
{
  static const char lower[] =
      "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22";
  guint8 hash[WEIR_PDQ_HASH_BYTES], other[WEIR_PDQ_HASH_BYTES] = { 1 };
  g_autofree char *upper = g_ascii_strup (lower, -1);
  char text[WEIR_PDQ_HEX_DIGITS + 1];

  g_assert_true (weir_pdq_parse (lower, 64, hash));
  g_assert_cmphex (hash[0], ==, 0xf8);
  g_assert_cmphex (hash[31], ==, 0x22);
  weir_pdq_format (hash, text);
  g_assert_cmpstr (text, ==, lower);
  g_assert_true (weir_pdq_parse (upper, 64, other));
  g_assert_cmpmem (hash, 32, other, 32);
  g_assert_false (weir_pdq_parse (lower, 63, other));
  upper[10] = 'g';
  g_assert_false (weir_pdq_parse (upper, 64, other));
  g_assert_cmpmem (hash, 32, other, 32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pdq/vectors", test_vectors);
  g_test_add_func ("/pdq/dihedral", test_dihedral);
  g_test_add_func ("/pdq/stride-and-float", test_stride_and_float);
  g_test_add_func ("/pdq/limited-range", test_limited_range);
  g_test_add_func ("/pdq/sizes", test_sizes);
  g_test_add_func ("/pdq/text", test_text);
  return g_test_run ();
}
