/* The inner loops of PDQ, for those who implement or test them: one table per
 * kind of processor, all with the same results to the last bit. Integers are
 * exact; floats are added in the order written down here, and nothing is
 * contracted into fused operations (-ffp-contract=off). */
#pragma once

#include "hash/cpu.h"
#include "hash/pdq.h"

#define WEIR_PDQ_ROWS 16        /* of the transform's matrix */
#define WEIR_PDQ_MAX_WINDOW 128 /* of a box filter, at WEIR_PDQ_MAX_SIDE */
#define WEIR_PDQ_MAX_TAPS 256   /* 2 windows - 1, to a multiple of 16 */
#define WEIR_PDQ_PADDING 320    /* samples that may be read past a row */
#define WEIR_PDQ_MAX_NARROW 16  /* window down to which int16 sums hold */

typedef struct {
  const char *name;

  /* ret[x] = sum over k of weights[k] * rows[k * stride + x], minus BIAS,
   * for COUNT rows; what is summed fits 16 bits after BIAS, weights are at
   * most WEIR_PDQ_MAX_NARROW. */
  void (*sum_rows) (const uint8_t *rows, ptrdiff_t stride, int width,
      const uint8_t *weights, int count, int bias, int16_t *ret);

  /* ret[j] = sum over k of weights[k] * sums[first[j] + k]; TAPS is a multiple
   * of 16, weights from 0 to WEIR_PDQ_MAX_WINDOW. */
  void (*sum_columns) (const int16_t *sums, const int *first,
      const int16_t *weights, int taps, int32_t ret[WEIR_PDQ_SIDE]);

  /* ret[x] += weight * row[x], in this order, for what sum_rows can't do: one
   * row of 8 or 16 bits or floats. */
  void (*add_row_u8) (
      const uint8_t *row, int width, double weight, double *ret);
  void (*add_row_u16) (
      const uint16_t *row, int width, double weight, double *ret);
  void (*add_row_float) (
      const float *row, int width, double weight, double *ret);

  /* B = D A D', both sums over k in rising order, starting from 0. */
  void (*transform) (const float matrix[WEIR_PDQ_ROWS][WEIR_PDQ_SIDE],
      const float matrix_t[WEIR_PDQ_SIDE][WEIR_PDQ_ROWS], const float *cells,
      float *ret_coefs);

  /* The 128th smallest of 256 keys. */
  uint32_t (*median) (const uint32_t keys[WEIR_PDQ_COEFS]);
} WeirPdqKernel;

/* NULL when this processor or this build has none of that kind. */
const WeirPdqKernel *weir_pdq_kernel (WeirCpu cpu);
const WeirPdqKernel *weir_pdq_kernel_best (void);

/* As weir_pdq_reduce_*() and weir_pdq_transform (), with this kernel. */
bool weir_pdq_reduce_with (const WeirPdqKernel *kernel,
    const WeirPdqPlane *plane, float ret_cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE]);
void weir_pdq_transform_with (const WeirPdqKernel *kernel,
    const float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE],
    float ret_coefs[WEIR_PDQ_COEFS]);
void weir_pdq_dihedral_with (const WeirPdqKernel *kernel,
    const float coefs[WEIR_PDQ_COEFS],
    uint8_t ret_hashes[WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES]);

/* The tables, where they are. */
extern const WeirPdqKernel weir_pdq_kernel_portable;
#if defined(__x86_64__) && defined(__GNUC__)
#define WEIR_PDQ_HAS_X86 1
extern const WeirPdqKernel weir_pdq_kernel_avx2;
extern const WeirPdqKernel weir_pdq_kernel_avx512;
#endif
