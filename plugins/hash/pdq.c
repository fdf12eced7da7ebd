/* The PDQ hash: from 64 x 64 cells to coefficients, to bits, and its text. */
#include "hash/pdq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash/pdq-kernel.h"

#define SIDE WEIR_PDQ_SIDE
#define ROWS WEIR_PDQ_ROWS
#define PICTURE_SIDE 512
#define MAX_PICTURE_SIDE 65535

const WeirPdqKernel *
weir_pdq_kernel (WeirCpu cpu)
{
  if (cpu > weir_cpu_best ())
    return NULL;
  switch (cpu) {
  case WEIR_CPU_PORTABLE:
    return &weir_pdq_kernel_portable;
#ifdef WEIR_PDQ_HAS_X86
  case WEIR_CPU_AVX2:
    return &weir_pdq_kernel_avx2;
  case WEIR_CPU_AVX512:
    return &weir_pdq_kernel_avx512;
#endif
  default:
    return NULL;
  }
}

const WeirPdqKernel *
weir_pdq_kernel_best (void)
{
  return weir_pdq_kernel (weir_cpu_best ());
}

int
weir_pdq_quality (const float cells[SIDE * SIDE], WeirPdqRange range)
{
  float scale = range == WEIR_PDQ_LIMITED_RANGE ? 219 : 255;
  int sum = 0;

  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) {
      float at = cells[i * SIDE + j];

      if (i + 1 < SIDE)
        sum += abs ((int) ((at - cells[(i + 1) * SIDE + j]) * 100 / scale));
      if (j + 1 < SIDE)
        sum += abs ((int) ((at - cells[i * SIDE + j + 1]) * 100 / scale));
    }
  }
  return sum / 90 > 100 ? 100 : sum / 90;
}

/* D[i][j] = sqrt (2/64) cos (pi/128 (i + 1) (2 j + 1)), filled when the
 * library is loaded, so that any thread may read it; and its transpose. */
static float matrix[ROWS][SIDE];
static float matrix_t[SIDE][ROWS];

__attribute__ ((constructor)) static void
fill_matrix (void)
{
  const float scale = (float) sqrt (2.0 / SIDE);

  for (int i = 0; i < ROWS; i++) {
    for (int j = 0; j < SIDE; j++) {
      matrix[i][j] =
          (float) (scale * cos (M_PI / 2 / SIDE * (i + 1) * (2 * j + 1)));
      matrix_t[j][i] = matrix[i][j];
    }
  }
}

void
weir_pdq_transform_with (const WeirPdqKernel *kernel,
    const float cells[SIDE * SIDE], float ret_coefs[WEIR_PDQ_COEFS])
{
  kernel->transform (matrix, matrix_t, cells, ret_coefs);
}

void
weir_pdq_transform (
    const float cells[SIDE * SIDE], float ret_coefs[WEIR_PDQ_COEFS])
{
  weir_pdq_transform_with (weir_pdq_kernel_best (), cells, ret_coefs);
}

/* A float's bits as an integer that sorts like the float. */
static uint32_t
sort_key (float f)
{
  uint32_t bits;

  f += 0.0f; /* -0 and 0 are the same number */
  memcpy (&bits, &f, sizeof bits);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

/* Bit j of word i: whether coefficient (i, j) is over the median. */
static void
threshold_words (const WeirPdqKernel *kernel, const float coefs[WEIR_PDQ_COEFS],
    uint16_t ret_words[ROWS])
{
  uint32_t keys[WEIR_PDQ_COEFS];
  uint32_t median;

  for (int k = 0; k < WEIR_PDQ_COEFS; k++)
    keys[k] = sort_key (coefs[k]);
  median = kernel->median (keys);
  for (int i = 0; i < ROWS; i++) {
    uint32_t word = 0;

    for (int j = 0; j < ROWS; j++)
      word |= (uint32_t) (keys[i * ROWS + j] > median) << j;
    ret_words[i] = (uint16_t) word;
  }
}

/* The text begins with the last word. */
static void
pack_words (const uint16_t words[ROWS], uint8_t ret_hash[WEIR_PDQ_HASH_BYTES])
{
  for (int i = 0; i < ROWS; i++) {
    ret_hash[2 * (ROWS - 1 - i)] = (uint8_t) (words[i] >> 8);
    ret_hash[2 * (ROWS - 1 - i) + 1] = (uint8_t) words[i];
  }
}

static void
transpose_words (const uint16_t words[ROWS], uint16_t ret_words[ROWS])
{
  for (int j = 0; j < ROWS; j++) {
    uint32_t word = 0;

    for (int i = 0; i < ROWS; i++)
      word |= (uint32_t) (words[i] >> j & 1) << i;
    ret_words[j] = (uint16_t) word;
  }
}

void
weir_pdq_threshold (
    const float coefs[WEIR_PDQ_COEFS], uint8_t ret_hash[WEIR_PDQ_HASH_BYTES])
{
  uint16_t words[ROWS];

  threshold_words (weir_pdq_kernel_best (), coefs, words);
  pack_words (words, ret_hash);
}

/* Turning and mirroring changes the sign of every second row, column or both
 * and may exchange rows and columns, which leaves the median alone. Row and
 * column 0 here are the lowest frequency that is kept. */
void
weir_pdq_dihedral_with (const WeirPdqKernel *kernel,
    const float coefs[WEIR_PDQ_COEFS],
    uint8_t ret_hashes[WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES])
{
  static const struct {
    bool even_rows, even_columns; /* change their sign */
    WeirPdqDihedral straight, crossed;
  } signs[] = {
    { false, false, WEIR_PDQ_ORIGINAL, WEIR_PDQ_FLIP_PLUS_1 },
    { true, true, WEIR_PDQ_ROTATE_180, WEIR_PDQ_FLIP_MINUS_1 },
    { false, true, WEIR_PDQ_FLIP_Y, WEIR_PDQ_ROTATE_90 },
    { true, false, WEIR_PDQ_FLIP_X, WEIR_PDQ_ROTATE_270 },
  };

  for (int s = 0; s < 4; s++) {
    float turned[WEIR_PDQ_COEFS];
    uint16_t words[ROWS], crossed[ROWS];

    for (int k = 0; k < WEIR_PDQ_COEFS; k++) {
      bool row = signs[s].even_rows && !(k / ROWS & 1);
      bool column = signs[s].even_columns && !(k & 1);

      turned[k] = row != column ? -coefs[k] : coefs[k];
    }
    threshold_words (kernel, turned, words);
    transpose_words (words, crossed);
    pack_words (words, ret_hashes[signs[s].straight]);
    pack_words (crossed, ret_hashes[signs[s].crossed]);
  }
}

void
weir_pdq_dihedral (const float coefs[WEIR_PDQ_COEFS],
    uint8_t ret_hashes[WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES])
{
  weir_pdq_dihedral_with (weir_pdq_kernel_best (), coefs, ret_hashes);
}

static bool
hash_plane (const WeirPdqPlane *plane, uint8_t ret_hash[WEIR_PDQ_HASH_BYTES],
    int *ret_quality, float *ret_coefs)
{
  float cells[SIDE * SIDE];
  float coefs[WEIR_PDQ_COEFS];

  memset (ret_hash, 0, WEIR_PDQ_HASH_BYTES);
  *ret_quality = 0;
  if (!weir_pdq_reduce (plane, cells))
    return false;
  weir_pdq_transform (cells, coefs);
  weir_pdq_threshold (coefs, ret_hash);
  *ret_quality = weir_pdq_quality (cells, WEIR_PDQ_FULL_RANGE);
  if (ret_coefs != NULL)
    memcpy (ret_coefs, coefs, sizeof coefs);
  return true;
}

void
weir_pdq_hash_y8 (const uint8_t *y, int width, int height, ptrdiff_t stride,
    uint8_t ret_hash[WEIR_PDQ_HASH_BYTES], int *ret_quality)
{
  hash_plane (&(WeirPdqPlane){ y, width, height, stride, WEIR_PDQ_U8, 0 },
      ret_hash, ret_quality, NULL);
}

static float
luma (const uint8_t *pixel, int channels)
{
  if (channels < 3)
    return pixel[0];
  return 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
}

bool
weir_pdq_hash_picture (const uint8_t *pixels, int width, int height,
    int channels, ptrdiff_t stride, uint8_t ret_hash[WEIR_PDQ_HASH_BYTES],
    int *ret_quality, float ret_coefs[WEIR_PDQ_COEFS])
{
  bool scaled = width > PICTURE_SIDE || height > PICTURE_SIDE;
  int w = scaled ? PICTURE_SIDE : width, h = scaled ? PICTURE_SIDE : height;
  float *floats;
  bool done;

  memset (ret_hash, 0, WEIR_PDQ_HASH_BYTES);
  *ret_quality = 0;
  if (width < WEIR_PDQ_MIN_SIDE || height < WEIR_PDQ_MIN_SIDE
      || width > MAX_PICTURE_SIDE || height > MAX_PICTURE_SIDE)
    return false;
  floats = malloc ((size_t) w * (size_t) h * sizeof *floats);
  if (floats == NULL)
    return false;
  for (int y = 0; y < h; y++) {
    const uint8_t *row = pixels + (int64_t) y * height / h * stride;

    for (int x = 0; x < w; x++)
      floats[y * w + x] =
          luma (row + (int64_t) x * width / w * channels, channels);
  }
  done = hash_plane (
      &(WeirPdqPlane){ floats, w, h, (ptrdiff_t) ((size_t) w * sizeof *floats),
          WEIR_PDQ_FLOAT, 0 },
      ret_hash, ret_quality, ret_coefs);
  free (floats);
  return done;
}

void
weir_pdq_format (const uint8_t hash[WEIR_PDQ_HASH_BYTES],
    char ret_text[WEIR_PDQ_HEX_DIGITS + 1])
{
  static const char digits[] = "0123456789abcdef";

  for (int i = 0; i < WEIR_PDQ_HASH_BYTES; i++) {
    ret_text[2 * i] = digits[hash[i] >> 4];
    ret_text[2 * i + 1] = digits[hash[i] & 15];
  }
  ret_text[WEIR_PDQ_HEX_DIGITS] = '\0';
}

static int
hex_value (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool
weir_pdq_parse (
    const char *text, size_t size, uint8_t ret_hash[WEIR_PDQ_HASH_BYTES])
{
  uint8_t hash[WEIR_PDQ_HASH_BYTES];

  if (size != WEIR_PDQ_HEX_DIGITS)
    return false;
  for (int i = 0; i < WEIR_PDQ_HASH_BYTES; i++) {
    int high = hex_value (text[2 * i]), low = hex_value (text[2 * i + 1]);

    if (high < 0 || low < 0)
      return false;
    hash[i] = (uint8_t) (high << 4 | low);
  }
  memcpy (ret_hash, hash, sizeof hash);
  return true;
}
