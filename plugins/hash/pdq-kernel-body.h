/* The bodies of PDQ's inner loops in plain C: included by each kernel, so that
 * the compiler makes the best of them for its processor. */
#pragma once

#include <string.h>

#include "hash/pdq-kernel.h"

#define BODY static inline __attribute__ ((always_inline))

BODY void
body_sum_rows (const uint8_t *rows, ptrdiff_t stride, int from, int width,
    const uint8_t *weights, int count, int bias, int16_t *ret)
{
  for (int x = from; x < width; x++)
    ret[x] = (int16_t) -bias;
  for (int k = 0; k < count; k++) {
    const uint8_t *row = rows + k * stride;
    int weight = weights[k];

    /* What is on the way may wrap, the end fits. */
    for (int x = from; x < width; x++)
      ret[x] = (int16_t) (uint16_t) ((uint16_t) ret[x] + weight * row[x]);
  }
}

BODY void
body_sum_columns (const int16_t *sums, const int *first, const int16_t *weights,
    int taps, int32_t ret[WEIR_PDQ_SIDE])
{
  for (int j = 0; j < WEIR_PDQ_SIDE; j++) {
    const int16_t *at = sums + first[j];
    int32_t sum = 0;

    for (int k = 0; k < taps; k++)
      sum += weights[k] * at[k];
    ret[j] = sum;
  }
}

#define BODY_ADD_ROW(name, type)                                               \
  BODY void name (                                                             \
      const type *row, int width, double weight, double *restrict ret)         \
  {                                                                            \
    for (int x = 0; x < width; x++)                                            \
      ret[x] += weight * row[x];                                               \
  }
BODY_ADD_ROW (body_add_row_u8, uint8_t)
BODY_ADD_ROW (body_add_row_u16, uint16_t)
BODY_ADD_ROW (body_add_row_float, float)

/* Four rows of 16 at a time: enough sums side by side to hide the latency. */
BODY void
body_transform (const float matrix[WEIR_PDQ_ROWS][WEIR_PDQ_SIDE],
    const float matrix_t[WEIR_PDQ_SIDE][WEIR_PDQ_ROWS], const float *cells,
    float *restrict ret_coefs)
{
  float rows[WEIR_PDQ_ROWS][WEIR_PDQ_SIDE] = { 0 };

  for (int i = 0; i < WEIR_PDQ_ROWS; i++)
    for (int k = 0; k < WEIR_PDQ_SIDE; k++)
      for (int j = 0; j < WEIR_PDQ_SIDE; j++)
        rows[i][j] += matrix[i][k] * cells[k * WEIR_PDQ_SIDE + j];
  for (int i = 0; i < WEIR_PDQ_ROWS; i++) {
    float coefs[WEIR_PDQ_ROWS] = { 0 };

    for (int k = 0; k < WEIR_PDQ_SIDE; k++)
      for (int j = 0; j < WEIR_PDQ_ROWS; j++)
        coefs[j] += rows[i][k] * matrix_t[k][j];
    memcpy (ret_coefs + i * WEIR_PDQ_ROWS, coefs, sizeof coefs);
  }
}

/* Found from its highest bit down. */
BODY uint32_t
body_median (const uint32_t keys[WEIR_PDQ_COEFS])
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
