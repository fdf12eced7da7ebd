/* Tests plugins/hash/pdq.c against what the reference gives for the pictures
 * in tests/data/pdq. */
#include "hash/pdq.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "hash/hamming.h"
#include "hash/pdq-kernel.h"

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

static WeirPdqPlane
plane_of (const Vector *v)
{
  return (
      WeirPdqPlane){ v->pixels, v->width, v->height, v->width, WEIR_PDQ_U8, 0 };
}

static void
test_dihedral (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    const WeirPdqPlane plane = plane_of (v);
    float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE];
    float coefs[WEIR_PDQ_COEFS];
    guint8 hashes[WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES];
    guint8 alone[WEIR_PDQ_HASH_BYTES];

    if (is_plain (v))
      continue;
    g_assert_true (weir_pdq_reduce (&plane, cells));
    weir_pdq_transform (cells, coefs);
    weir_pdq_dihedral (coefs, hashes);
    for (int k = 0; k < WEIR_PDQ_DIHEDRAL; k++)
      g_assert_cmpuint (weir_hamming_distance (hashes[k], v->hashes[k]), <=, 2);
    weir_pdq_threshold (coefs, alone);
    g_assert_cmpmem (alone, sizeof alone, hashes[0], sizeof hashes[0]);
  }
}

/* Every kind of kernel that runs here, all the way, to the last bit. */
static void
test_kernels (void)
{
  static const int sides[] = { 5, 63, 64, 129, 200, 256, 640, 855, 1281, 1920,
    2049, 2160 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);

  for (int cpu = WEIR_CPU_AVX2; cpu < WEIR_CPU_LEVELS; cpu++) {
    const WeirPdqKernel *kernel = weir_pdq_kernel ((WeirCpu) cpu);

    if (kernel == NULL) {
      g_test_message ("%s is not here", weir_cpu_name ((WeirCpu) cpu));
      continue;
    }
    for (guint i = 0; i < 40; i++) {
      int width = sides[g_rand_int_range (rand, 0, G_N_ELEMENTS (sides))];
      int height = sides[g_rand_int_range (rand, 0, G_N_ELEMENTS (sides))];
      ptrdiff_t stride = 2 * (width + g_rand_int_range (rand, 0, 40));
      g_autofree guint8 *data = g_malloc ((gsize) (stride * height));
      WeirPdqPlane plane = { data, width, height, stride,
        i % 3 == 0 ? WEIR_PDQ_U16 : WEIR_PDQ_U8, 10 };
      float cells[2][WEIR_PDQ_SIDE * WEIR_PDQ_SIDE];
      float coefs[2][WEIR_PDQ_COEFS];
      guint8 hashes[2][WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES];

      /* All at their ends too: nothing may overflow. */
      for (gsize k = 0; k < (gsize) (stride * height); k++)
        data[k] = i % 4 == 1   ? 255
                  : i % 4 == 2 ? 0
                               : (guint8) g_rand_int (rand);
      for (int n = 0; n < 2; n++) {
        const WeirPdqKernel *k = n ? kernel : &weir_pdq_kernel_portable;

        g_assert_true (weir_pdq_reduce_with (k, &plane, cells[n]));
        weir_pdq_transform_with (k, cells[n], coefs[n]);
        weir_pdq_dihedral_with (k, coefs[n], hashes[n]);
      }
      g_test_message ("%s %d x %d", kernel->name, width, height);
      g_assert_cmpmem (cells[0], sizeof cells[0], cells[1], sizeof cells[1]);
      g_assert_cmpmem (coefs[0], sizeof coefs[0], coefs[1], sizeof coefs[1]);
      g_assert_cmpmem (
          hashes[0], sizeof hashes[0], hashes[1], sizeof hashes[1]);
    }
  }
}

/* One axis of one of the reference's two passes, straight from its definition:
 * the mean of what the window holds, cut off at the edges. */
static void
box (const double *in, int count, int step, double *out)
{
  int window = (count + 127) / 128, half = (window + 2) / 2;

  for (int i = 0; i < count; i++) {
    int first = MAX (i - (window - half), 0),
        last = MIN (i + half - 1, count - 1);
    double sum = 0;

    for (int k = first; k <= last; k++)
      sum += in[k * step];
    out[i * step] = sum / (last - first + 1);
  }
}

static void
smooth (double *picture, int width, int height)
{
  g_autofree double *other = g_new (double, (gsize) width *(gsize) height);

  for (int pass = 0; pass < 2; pass++) {
    for (int y = 0; y < height; y++)
      box (picture + y * width, width, 1, other + y * width);
    for (int x = 0; x < width; x++)
      box (other + x, height, width, picture + x);
  }
}

/* What the definition gives, for sizes for which there are no vectors, in every
 * form that samples come in. */
static void
test_definition (void)
{
  static const struct {
    int width, height;
  } sizes[] = { { 5, 5 }, { 64, 65 }, { 131, 257 }, { 300, 70 }, { 511, 513 },
    { 854, 480 }, { 1283, 719 }, { 130, 2161 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    int width = sizes[s].width, height = sizes[s].height;
    gsize pixels = (gsize) width * (gsize) height;
    g_autofree double *exact = g_new (double, pixels);
    g_autofree guint16 *ten = g_new (guint16, pixels);
    g_autofree guint16 *upper = g_new (guint16, pixels);
    g_autofree guint8 *eight = g_new (guint8, pixels);
    g_autofree float *floats = g_new (float, pixels);
    const WeirPdqPlane planes[] = {
      { eight, width, height, width, WEIR_PDQ_U8, 0 },
      { ten, width, height, 2 * width, WEIR_PDQ_U16, 10 },
      { upper, width, height, 2 * width, WEIR_PDQ_U16, 16 },
      { floats, width, height, 4 * width, WEIR_PDQ_FLOAT, 0 },
    };

    for (gsize k = 0; k < pixels; k++) {
      eight[k] =
          (guint8) ((gsize) g_rand_int_range (rand, 0, 128) + k * 127 / pixels);
      ten[k] = (guint16) (eight[k] << 2);
      upper[k] = (guint16) (eight[k] << 8);
      exact[k] = floats[k] = eight[k];
    }
    smooth (exact, width, height);
    for (guint p = 0; p < G_N_ELEMENTS (planes); p++) {
      float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE];

      g_assert_true (weir_pdq_reduce (&planes[p], cells));
      for (int i = 0; i < WEIR_PDQ_SIDE; i++)
        for (int j = 0; j < WEIR_PDQ_SIDE; j++)
          g_assert_cmpfloat_with_epsilon (cells[i * WEIR_PDQ_SIDE + j],
              exact[(int) ((i + 0.5) * height / 64) * width
                    + (int) ((j + 0.5) * width / 64)],
              3e-5);
    }
  }
}

/* Rows that are further apart than wide give the same. */
static void
test_stride (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    gsize stride = (gsize) v->width + 13;
    g_autofree guint8 *wide = g_malloc (stride * (gsize) v->height);
    guint8 plain[32], strided[32];
    int quality[2];

    memset (wide, 0xa5, stride * (gsize) v->height);
    for (int y = 0; y < v->height; y++)
      memcpy (wide + (gsize) y * stride, v->pixels + y * v->width,
          (gsize) v->width);
    weir_pdq_hash_y8 (
        v->pixels, v->width, v->height, v->width, plain, &quality[0]);
    weir_pdq_hash_y8 (
        wide, v->width, v->height, (ptrdiff_t) stride, strided, &quality[1]);
    g_assert_cmpmem (plain, 32, strided, 32);
    g_assert_cmpint (quality[0], ==, quality[1]);
  }
}

/* A picture file: grey is what it is as a plane, RGB and RGBx are weighed, and
 * what is larger than 512 pixels is scaled by the nearest pixel first. */
static void
test_picture (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    gsize w = (gsize) v->width, h = (gsize) v->height;
    g_autofree guint8 *big = g_malloc (w * h * 4 * 9);
    guint8 hash[WEIR_PDQ_HASH_BYTES], other[WEIR_PDQ_HASH_BYTES];
    int quality;

    if (v->width > 512 || v->height > 512 || is_plain (v))
      continue;
    g_assert_true (weir_pdq_hash_picture (
        v->pixels, v->width, v->height, 1, v->width, hash, &quality, NULL));
    g_assert_cmpuint (weir_hamming_distance (hash, v->hashes[0]), <=, 2);
    g_assert_cmpint (quality, ==, v->quality);
    if (v->width != 512 || v->height != 512)
      continue;
    for (gsize y = 0; y < 3 * h; y++)
      for (gsize x = 0; x < 3 * w; x++)
        memset (big + (y * 3 * w + x) * 4, v->pixels[y / 3 * w + x / 3], 4);
    g_assert_true (weir_pdq_hash_picture (big, 3 * v->width, 3 * v->height, 4,
        12 * v->width, other, &quality, NULL));
    g_assert_cmpuint (weir_hamming_distance (hash, other), <=, 2);
    g_assert_cmpint (quality, ==, v->quality);
  }
}

static void
test_picture_sizes (void)
{
  g_autofree guint8 *line = g_malloc0 (20000 * 10 * 3);
  guint8 hash[WEIR_PDQ_HASH_BYTES];
  int quality;

  g_assert_false (
      weir_pdq_hash_picture (line, 1, 1, 3, 3, hash, &quality, NULL));
  g_assert_true (
      weir_pdq_hash_picture (line, 20000, 10, 3, 60000, hash, &quality, NULL));
  g_assert_cmpint (quality, ==, 0);
  g_assert_false (
      weir_pdq_hash_picture (line, 65536, 5, 1, 0, hash, &quality, NULL));
}

/* Video's narrower range leaves the bits nearly alone, and quality, scaled
 * back, stays near. */
static void
test_limited_range (void)
{
  g_autoptr (GPtrArray) vectors = load_vectors ();

  for (guint i = 0; i < vectors->len; i++) {
    const Vector *v = g_ptr_array_index (vectors, i);
    const WeirPdqPlane plane = plane_of (v);
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
    g_assert_true (weir_pdq_reduce (&plane, cells));
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
  g_test_add_func ("/pdq/kernels", test_kernels);
  g_test_add_func ("/pdq/definition", test_definition);
  g_test_add_func ("/pdq/stride", test_stride);
  g_test_add_func ("/pdq/picture", test_picture);
  g_test_add_func ("/pdq/picture-sizes", test_picture_sizes);
  g_test_add_func ("/pdq/limited-range", test_limited_range);
  g_test_add_func ("/pdq/sizes", test_sizes);
  g_test_add_func ("/pdq/text", test_text);
  return g_test_run ();
}
