/* The PDQ hash: from luma to 64 x 64 cells, to coefficients, to bits. */
#include "hash/pdq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash/clones.h"

#define SIDE WEIR_PDQ_SIDE
#define ROWS 16 /* of the transform's matrix */

/* What one axis contributes: cell i is the sum over WEIGHT[k] times the
 * sample FIRST[i] + k. */
typedef struct {
  int first[SIDE];
  int count[SIDE];
  int stride; /* floats from one cell's weights to the next */
  float *weights;
} Axis;

static int
axis_window (int samples)
{
  return (samples + 2 * SIDE - 1) / (2 * SIDE);
}

/* Extent of one box filter around AT: shrunken at the edges, where it divides
 * by what is left of it. */
static void
axis_box (int samples, int window, int at, int *ret_first, int *ret_last)
{
  int half = (window + 2) / 2;

  *ret_first = at - (window - half);
  *ret_last = at + half - 1;
  if (*ret_first < 0)
    *ret_first = 0;
  if (*ret_last > samples - 1)
    *ret_last = samples - 1;
}

static size_t
axis_floats (int samples)
{
  return (size_t) SIDE * 2 * (size_t) axis_window (samples);
}

/* Two box filters after each other and one sample of the result are one
 * weighted sum of the input. WEIGHTS has room for axis_floats () floats. */
static void
axis_init (Axis *axis, int samples, float *weights)
{
  int window = axis_window (samples);

  axis->stride = 2 * window;
  axis->weights = weights;
  for (int i = 0; i < SIDE; i++) {
    double sum[2 * ((WEIR_PDQ_MAX_SIDE + 2 * SIDE - 1) / (2 * SIDE))] = { 0 };
    int centre = (int) ((i + 0.5) * samples / SIDE);
    int outer_first, outer_last, first, last;

    axis_box (samples, window, centre, &outer_first, &outer_last);
    axis_box (samples, window, outer_first, &axis->first[i], &last);
    for (int q = outer_first; q <= outer_last; q++) {
      double part;

      axis_box (samples, window, q, &first, &last);
      part = 1.0 / ((outer_last - outer_first + 1) * (last - first + 1));
      for (int k = first; k <= last; k++)
        sum[k - axis->first[i]] += part;
    }
    axis->count[i] = last - axis->first[i] + 1;
    for (int k = 0; k < axis->count[i]; k++)
      weights[i * axis->stride + k] = (float) sum[k];
  }
}

/* RET[x] = sum over the rows of weight times sample. Four rows at a time, to
 * go through RET less often. */
#define DEFINE_SUM_ROWS(name, type)                                            \
  WEIR_CLONES static void name (const type *rows, ptrdiff_t stride, int width, \
      const float *weights, int count, float *restrict ret)                    \
  {                                                                            \
    int k = 0;                                                                 \
                                                                               \
    memset (ret, 0, (size_t) width * sizeof *ret);                             \
    for (; k + 4 <= count; k += 4) {                                           \
      const type *r0 = rows + k * stride, *r1 = r0 + stride;                   \
      const type *r2 = r1 + stride, *r3 = r2 + stride;                         \
      float w0 = weights[k], w1 = weights[k + 1];                              \
      float w2 = weights[k + 2], w3 = weights[k + 3];                          \
                                                                               \
      for (int x = 0; x < width; x++)                                          \
        ret[x] += (w0 * r0[x] + w1 * r1[x]) + (w2 * r2[x] + w3 * r3[x]);       \
    }                                                                          \
    for (; k < count; k++) {                                                   \
      const type *r0 = rows + k * stride;                                      \
      float w0 = weights[k];                                                   \
                                                                               \
      for (int x = 0; x < width; x++)                                          \
        ret[x] += w0 * r0[x];                                                  \
    }                                                                          \
  }

DEFINE_SUM_ROWS (sum_rows_y8, uint8_t)
DEFINE_SUM_ROWS (sum_rows_float, float)

static void
sum_columns (const Axis *axis, const float *row, float ret_cells[SIDE])
{
  for (int j = 0; j < SIDE; j++) {
    const float *weights = axis->weights + j * axis->stride;
    const float *samples = row + axis->first[j];
    float even = 0, odd = 0;
    int k = 0;

    for (; k + 2 <= axis->count[j]; k += 2) {
      even += weights[k] * samples[k];
      odd += weights[k + 1] * samples[k + 1];
    }
    if (k < axis->count[j])
      even += weights[k] * samples[k];
    ret_cells[j] = even + odd;
  }
}

static bool
is_hashable (int width, int height)
{
  return width >= WEIR_PDQ_MIN_SIDE && height >= WEIR_PDQ_MIN_SIDE
         && width <= WEIR_PDQ_MAX_SIDE && height <= WEIR_PDQ_MAX_SIDE;
}

/* One of Y8 and Y is given. */
static bool
reduce (const uint8_t *y8, const float *y, int width, int height,
    ptrdiff_t stride, float *ret_cells)
{
  Axis across, down;
  float *scratch;
  float *row;

  if (!is_hashable (width, height))
    return false;
  scratch =
      malloc ((axis_floats (width) + axis_floats (height) + (size_t) width)
              * sizeof *scratch);
  if (scratch == NULL)
    return false;
  axis_init (&across, width, scratch);
  axis_init (&down, height, scratch + axis_floats (width));
  row = scratch + axis_floats (width) + axis_floats (height);
  for (int i = 0; i < SIDE; i++) {
    const float *weights = down.weights + i * down.stride;
    ptrdiff_t start = down.first[i] * stride;

    if (y8 != NULL)
      sum_rows_y8 (y8 + start, stride, width, weights, down.count[i], row);
    else
      sum_rows_float (y + start, stride, width, weights, down.count[i], row);
    sum_columns (&across, row, ret_cells + i * SIDE);
  }
  free (scratch);
  return true;
}

bool
weir_pdq_reduce_y8 (const uint8_t *y, int width, int height, ptrdiff_t stride,
    float ret_cells[SIDE * SIDE])
{
  return reduce (y, NULL, width, height, stride, ret_cells);
}

bool
weir_pdq_reduce_float (const float *y, int width, int height, ptrdiff_t stride,
    float ret_cells[SIDE * SIDE])
{
  return reduce (NULL, y, width, height, stride, ret_cells);
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

/* The sums run over k in rising order, as in the reference. */
WEIR_CLONES void
weir_pdq_transform (
    const float cells[SIDE * SIDE], float ret_coefs[WEIR_PDQ_COEFS])
{
  for (int i = 0; i < ROWS; i++) {
    float row[SIDE] = { 0 };
    float coefs[ROWS] = { 0 };

    for (int k = 0; k < SIDE; k++)
      for (int j = 0; j < SIDE; j++)
        row[j] += matrix[i][k] * cells[k * SIDE + j];
    for (int k = 0; k < SIDE; k++)
      for (int j = 0; j < ROWS; j++)
        coefs[j] += row[k] * matrix_t[k][j];
    memcpy (ret_coefs + i * ROWS, coefs, sizeof coefs);
  }
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

/* The 128th smallest of the 256 keys, found from its highest bit down. */
WEIR_CLONES static uint32_t
median_key (const uint32_t keys[WEIR_PDQ_COEFS])
{
  uint32_t key = 0;

  for (uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
    uint32_t below = 0;

    for (int k = 0; k < WEIR_PDQ_COEFS; k++)
      below += keys[k] < (key | bit);
    if (below < WEIR_PDQ_COEFS / 2)
      key |= bit;
  }
  return key;
}

void
weir_pdq_threshold (
    const float coefs[WEIR_PDQ_COEFS], uint8_t ret_hash[WEIR_PDQ_HASH_BYTES])
{
  uint32_t keys[WEIR_PDQ_COEFS];
  uint32_t median;

  for (int k = 0; k < WEIR_PDQ_COEFS; k++)
    keys[k] = sort_key (coefs[k]);
  median = median_key (keys);
  memset (ret_hash, 0, WEIR_PDQ_HASH_BYTES);
  for (int k = 0; k < WEIR_PDQ_COEFS; k++)
    if (keys[k] > median)
      ret_hash[WEIR_PDQ_HASH_BYTES - 1 - k / 8] |= (uint8_t) (1u << k % 8);
}

/* What happens to A[i][j]: whether it goes to B[j][i] and where it changes its
 * sign. Row and column 0 here are the lowest frequency that is kept. */
void
weir_pdq_turn (const float coefs[WEIR_PDQ_COEFS], WeirPdqDihedral how,
    float ret_coefs[WEIR_PDQ_COEFS])
{
  for (int i = 0; i < ROWS; i++) {
    for (int j = 0; j < ROWS; j++) {
      float a = coefs[i * ROWS + j];
      bool crossed = false, negative = false;

      switch (how) {
      case WEIR_PDQ_ORIGINAL:
        break;
      case WEIR_PDQ_ROTATE_90:
        crossed = true;
        negative = !(j & 1);
        break;
      case WEIR_PDQ_ROTATE_180:
        negative = (i + j) & 1;
        break;
      case WEIR_PDQ_ROTATE_270:
        crossed = true;
        negative = !(i & 1);
        break;
      case WEIR_PDQ_FLIP_X:
        negative = !(i & 1);
        break;
      case WEIR_PDQ_FLIP_Y:
        negative = !(j & 1);
        break;
      case WEIR_PDQ_FLIP_PLUS_1:
        crossed = true;
        break;
      case WEIR_PDQ_FLIP_MINUS_1:
        crossed = true;
        negative = (i + j) & 1;
        break;
      }
      ret_coefs[crossed ? j * ROWS + i : i * ROWS + j] = negative ? -a : a;
    }
  }
}

static void
hash_cells (const float cells[SIDE * SIDE],
    uint8_t ret_hash[WEIR_PDQ_HASH_BYTES], int *ret_quality)
{
  float coefs[WEIR_PDQ_COEFS];

  weir_pdq_transform (cells, coefs);
  weir_pdq_threshold (coefs, ret_hash);
  *ret_quality = weir_pdq_quality (cells, WEIR_PDQ_FULL_RANGE);
}

void
weir_pdq_hash_y8 (const uint8_t *y, int width, int height, ptrdiff_t stride,
    uint8_t ret_hash[WEIR_PDQ_HASH_BYTES], int *ret_quality)
{
  float cells[SIDE * SIDE];

  memset (ret_hash, 0, WEIR_PDQ_HASH_BYTES);
  *ret_quality = 0;
  if (weir_pdq_reduce_y8 (y, width, height, stride, cells))
    hash_cells (cells, ret_hash, ret_quality);
}

void
weir_pdq_hash_float (const float *y, int width, int height, ptrdiff_t stride,
    uint8_t ret_hash[WEIR_PDQ_HASH_BYTES], int *ret_quality)
{
  float cells[SIDE * SIDE];

  memset (ret_hash, 0, WEIR_PDQ_HASH_BYTES);
  *ret_quality = 0;
  if (weir_pdq_reduce_float (y, width, height, stride, cells))
    hash_cells (cells, ret_hash, ret_quality);
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
