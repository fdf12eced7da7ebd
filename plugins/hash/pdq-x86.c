/* PDQ's inner loops for AVX2 and AVX-512. */
#include "hash/pdq-kernel-body.h"

#ifdef WEIR_PDQ_HAS_X86

#include <immintrin.h>

/* So many rows at once are more than the processor's own look-ahead follows. */
#define AHEAD 256

#define AVX2 __attribute__ ((target ("avx2,popcnt")))
#define AVX512                                                                 \
  __attribute__ ((target ("avx512f,avx512bw,avx512vl,avx2,popcnt")))

/* One byte pair of weights for rows K and K + 1; the second is 0 past the
 * last row, whose address then stands in for it. */
static inline int
weight_pair (const uint8_t *weights, int count, int k)
{
  return weights[k] | (k + 1 < count ? weights[k + 1] << 8 : 0);
}

/* Two rows are interleaved, so that one multiply-and-add weighs both: bytes
 * times weights of at most 31 together stay under 2^15. */
AVX2 static void
sum_rows_64_avx2 (const uint8_t *rows, ptrdiff_t stride, const uint8_t *weights,
    int count, int bias, int16_t *ret)
{
  __m256i a, b, c, d;

  a = b = c = d = _mm256_set1_epi16 ((short) -bias);
  for (int k = 0; k < count; k += 2) {
    const uint8_t *r0 = rows + k * stride;
    const uint8_t *r1 = k + 1 < count ? r0 + stride : r0;
    __m256i w = _mm256_set1_epi16 ((short) weight_pair (weights, count, k));
    __m256i p = _mm256_loadu_si256 ((const __m256i *) r0);
    __m256i q = _mm256_loadu_si256 ((const __m256i *) r1);
    __m256i s = _mm256_loadu_si256 ((const __m256i *) (r0 + 32));
    __m256i t = _mm256_loadu_si256 ((const __m256i *) (r1 + 32));

    _mm_prefetch ((const char *) r0 + AHEAD, _MM_HINT_T0);
    _mm_prefetch ((const char *) r1 + AHEAD, _MM_HINT_T0);
    a = _mm256_add_epi16 (
        a, _mm256_maddubs_epi16 (_mm256_unpacklo_epi8 (p, q), w));
    b = _mm256_add_epi16 (
        b, _mm256_maddubs_epi16 (_mm256_unpackhi_epi8 (p, q), w));
    c = _mm256_add_epi16 (
        c, _mm256_maddubs_epi16 (_mm256_unpacklo_epi8 (s, t), w));
    d = _mm256_add_epi16 (
        d, _mm256_maddubs_epi16 (_mm256_unpackhi_epi8 (s, t), w));
  }
  /* Interleaving went by halves of 16 bytes. */
  _mm256_storeu_si256 ((__m256i *) ret, _mm256_permute2x128_si256 (a, b, 0x20));
  _mm256_storeu_si256 (
      (__m256i *) (ret + 16), _mm256_permute2x128_si256 (a, b, 0x31));
  _mm256_storeu_si256 (
      (__m256i *) (ret + 32), _mm256_permute2x128_si256 (c, d, 0x20));
  _mm256_storeu_si256 (
      (__m256i *) (ret + 48), _mm256_permute2x128_si256 (c, d, 0x31));
}

AVX512 static void
sum_rows_64_avx512 (const uint8_t *rows, ptrdiff_t stride,
    const uint8_t *weights, int count, int bias, int16_t *ret)
{
  const __m512i low = _mm512_setr_epi64 (0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i high = _mm512_setr_epi64 (4, 5, 12, 13, 6, 7, 14, 15);
  __m512i a, b;

  a = b = _mm512_set1_epi16 ((short) -bias);
  for (int k = 0; k < count; k += 2) {
    const uint8_t *r0 = rows + k * stride;
    const uint8_t *r1 = k + 1 < count ? r0 + stride : r0;
    __m512i w = _mm512_set1_epi16 ((short) weight_pair (weights, count, k));
    __m512i p = _mm512_loadu_si512 (r0);
    __m512i q = _mm512_loadu_si512 (r1);

    _mm_prefetch ((const char *) r0 + AHEAD, _MM_HINT_T0);
    _mm_prefetch ((const char *) r1 + AHEAD, _MM_HINT_T0);
    a = _mm512_add_epi16 (
        a, _mm512_maddubs_epi16 (_mm512_unpacklo_epi8 (p, q), w));
    b = _mm512_add_epi16 (
        b, _mm512_maddubs_epi16 (_mm512_unpackhi_epi8 (p, q), w));
  }
  _mm512_storeu_si512 (ret, _mm512_permutex2var_epi64 (a, low, b));
  _mm512_storeu_si512 (ret + 32, _mm512_permutex2var_epi64 (a, high, b));
}

/* Blocks of 64, the last one reaching back into the one before. */
#define DEFINE_SUM_ROWS(name, target, block)                                   \
  target static void name (const uint8_t *rows, ptrdiff_t stride, int width,   \
      const uint8_t *weights, int count, int bias, int16_t *ret)               \
  {                                                                            \
    int x = 0;                                                                 \
                                                                               \
    if (width < 64) {                                                          \
      body_sum_rows (rows, stride, 0, width, weights, count, bias, ret);       \
      return;                                                                  \
    }                                                                          \
    for (; x + 64 <= width; x += 64)                                           \
      block (rows + x, stride, weights, count, bias, ret + x);                 \
    if (x < width) {                                                           \
      x = width - 64;                                                          \
      block (rows + x, stride, weights, count, bias, ret + x);                 \
    }                                                                          \
  }

DEFINE_SUM_ROWS (sum_rows_avx2, AVX2, sum_rows_64_avx2)
DEFINE_SUM_ROWS (sum_rows_avx512, AVX512, sum_rows_64_avx512)

AVX2 static inline __attribute__ ((always_inline)) __m256i
weigh (const int16_t *at, const int16_t *weights, int taps)
{
  __m256i sum = _mm256_madd_epi16 (_mm256_loadu_si256 ((const __m256i *) at),
      _mm256_loadu_si256 ((const __m256i *) weights));

  for (int k = 16; k < taps; k += 16)
    sum = _mm256_add_epi32 (
        sum, _mm256_madd_epi16 (_mm256_loadu_si256 ((const __m256i *) (at + k)),
                 _mm256_loadu_si256 ((const __m256i *) (weights + k))));
  return sum;
}

/* Eight cells at a time: their eight vectors are added up crosswise. */
AVX2 static void
sum_columns_avx2 (const int16_t *sums, const int *first, const int16_t *weights,
    int taps, int32_t ret[WEIR_PDQ_SIDE])
{
  for (int j = 0; j < WEIR_PDQ_SIDE; j += 8) {
    __m256i v[8], low, high;

    for (int n = 0; n < 8; n++)
      v[n] = weigh (sums + first[j + n], weights, taps);
    for (int n = 0; n < 4; n++)
      v[n] = _mm256_hadd_epi32 (v[2 * n], v[2 * n + 1]);
    low = _mm256_hadd_epi32 (v[0], v[1]);
    high = _mm256_hadd_epi32 (v[2], v[3]);
    _mm256_storeu_si256 ((__m256i *) (ret + j),
        _mm256_add_epi32 (_mm256_permute2x128_si256 (low, high, 0x20),
            _mm256_permute2x128_si256 (low, high, 0x31)));
  }
}

AVX2 static void
add_row_u8_avx2 (const uint8_t *row, int width, double weight, double *ret)
{
  body_add_row_u8 (row, width, weight, ret);
}

AVX2 static void
add_row_u16_avx2 (const uint16_t *row, int width, double weight, double *ret)
{
  body_add_row_u16 (row, width, weight, ret);
}

AVX2 static void
add_row_float_avx2 (const float *row, int width, double weight, double *ret)
{
  body_add_row_float (row, width, weight, ret);
}

/* Adds are not fused with multiplications here: FMA is not asked for. */
AVX2 static void
transform_avx2 (const float matrix[WEIR_PDQ_ROWS][WEIR_PDQ_SIDE],
    const float matrix_t[WEIR_PDQ_SIDE][WEIR_PDQ_ROWS], const float *cells,
    float *ret_coefs)
{
  float rows[WEIR_PDQ_ROWS][WEIR_PDQ_SIDE];

  for (int i = 0; i < WEIR_PDQ_ROWS; i++) {
    __m256 sum[8];

    for (int m = 0; m < 8; m++)
      sum[m] = _mm256_setzero_ps ();
    for (int k = 0; k < WEIR_PDQ_SIDE; k++) {
      __m256 d = _mm256_broadcast_ss (&matrix[i][k]);
      const float *row = cells + k * WEIR_PDQ_SIDE;

      for (int m = 0; m < 8; m++)
        sum[m] = _mm256_add_ps (
            sum[m], _mm256_mul_ps (d, _mm256_loadu_ps (row + 8 * m)));
    }
    for (int m = 0; m < 8; m++)
      _mm256_storeu_ps (rows[i] + 8 * m, sum[m]);
  }
  for (int i = 0; i < WEIR_PDQ_ROWS; i += 4) {
    __m256 sum[8];

    for (int m = 0; m < 8; m++)
      sum[m] = _mm256_setzero_ps ();
    for (int k = 0; k < WEIR_PDQ_SIDE; k++) {
      __m256 low = _mm256_loadu_ps (matrix_t[k]);
      __m256 high = _mm256_loadu_ps (matrix_t[k] + 8);

      for (int m = 0; m < 4; m++) {
        __m256 a = _mm256_broadcast_ss (&rows[i + m][k]);

        sum[2 * m] = _mm256_add_ps (sum[2 * m], _mm256_mul_ps (a, low));
        sum[2 * m + 1] =
            _mm256_add_ps (sum[2 * m + 1], _mm256_mul_ps (a, high));
      }
    }
    for (int m = 0; m < 8; m++)
      _mm256_storeu_ps (ret_coefs + i * WEIR_PDQ_ROWS + 8 * m, sum[m]);
  }
}

AVX2 static uint32_t
median_avx2 (const uint32_t keys[WEIR_PDQ_COEFS])
{
  return body_median (keys);
}

AVX512 static uint32_t
median_avx512 (const uint32_t keys[WEIR_PDQ_COEFS])
{
  uint32_t key = 0;

  for (uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
    __m512i limit = _mm512_set1_epi32 ((int) (key | bit));
    int below = 0;

    for (int k = 0; k < WEIR_PDQ_COEFS; k += 16)
      below += __builtin_popcount (
          _mm512_cmplt_epu32_mask (_mm512_loadu_si512 (keys + k), limit));
    if (below < WEIR_PDQ_COEFS / 2)
      key |= bit;
  }
  return key;
}

const WeirPdqKernel weir_pdq_kernel_avx2 = { "avx2", sum_rows_avx2,
  sum_columns_avx2, add_row_u8_avx2, add_row_u16_avx2, add_row_float_avx2,
  transform_avx2, median_avx2 };

const WeirPdqKernel weir_pdq_kernel_avx512 = { "avx512", sum_rows_avx512,
  sum_columns_avx2, add_row_u8_avx2, add_row_u16_avx2, add_row_float_avx2,
  transform_avx2, median_avx512 };

#else
extern int weir_pdq_no_x86;
#endif
