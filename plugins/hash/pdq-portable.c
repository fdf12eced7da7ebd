/* PDQ's inner loops for any processor. */
#include "hash/pdq-kernel-body.h"

static void
sum_rows (const uint8_t *rows, ptrdiff_t stride, int width,
    const uint8_t *weights, int count, int bias, int16_t *ret)
{
  body_sum_rows (rows, stride, 0, width, weights, count, bias, ret);
}

static void
sum_columns (const int16_t *sums, const int *first, const int16_t *weights,
    int taps, int32_t ret[WEIR_PDQ_SIDE])
{
  body_sum_columns (sums, first, weights, taps, ret);
}

static void
add_row_u8 (const uint8_t *row, int width, double weight, double *ret)
{
  body_add_row_u8 (row, width, weight, ret);
}

static void
add_row_u16 (const uint16_t *row, int width, double weight, double *ret)
{
  body_add_row_u16 (row, width, weight, ret);
}

static void
add_row_float (const float *row, int width, double weight, double *ret)
{
  body_add_row_float (row, width, weight, ret);
}

static void
transform (const float matrix[WEIR_PDQ_ROWS][WEIR_PDQ_SIDE],
    const float matrix_t[WEIR_PDQ_SIDE][WEIR_PDQ_ROWS], const float *cells,
    float *ret_coefs)
{
  body_transform (matrix, matrix_t, cells, ret_coefs);
}

static uint32_t
median (const uint32_t keys[WEIR_PDQ_COEFS])
{
  return body_median (keys);
}

const WeirPdqKernel weir_pdq_kernel_portable = { "portable", sum_rows,
  sum_columns, add_row_u8, add_row_u16, add_row_float, transform, median };
