/* The flat scan for AVX2 and AVX-512. */
#include "hash/scan-body.h"

#ifdef WEIR_SCAN_HAS_X86

#include <immintrin.h>

#define AVX2 __attribute__ ((target ("avx2,popcnt")))
/* GCC 12 drops a store of words_of () where it checks pointers' overflow. */
#define AVX512                                                                 \
  __attribute__ ((                                                             \
      target ("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx2,popcnt"),        \
      no_sanitize_undefined))
#define HASH_BYTES WEIR_SCAN_HASH_BYTES
#define HALF 32 /* hashes whose bytes fill one vector */

/* Row k: the low nibbles of byte k of 32 hashes; then the high ones. */
typedef struct {
  __m256i low[HASH_BYTES];
  __m256i high[HASH_BYTES];
} Nibbles;

/* Turns 32 hashes of 32 bytes into 32 rows of one byte of each. Interleaving
 * row k with row k + 8 of 16 rows moves the highest bit of a byte's address
 * (row, place) to its lowest; done four times, row and place have changed
 * sides. */
AVX2 static void
split (const uint8_t *hashes, Nibbles *ret)
{
  const __m256i nibble = _mm256_set1_epi8 (15);
  __m256i a[HALF], b[HALF];

  /* Row k begins with hash k, its upper half with hash k + 16. */
  for (int k = 0; k < 16; k++) {
    __m256i p = _mm256_loadu_si256 (
        (const __m256i *) (hashes + (size_t) k * HASH_BYTES));
    __m256i q = _mm256_loadu_si256 (
        (const __m256i *) (hashes + (size_t) (k + 16) * HASH_BYTES));

    a[k] = _mm256_permute2x128_si256 (p, q, 0x20);      /* bytes 0 to 15 */
    a[k + 16] = _mm256_permute2x128_si256 (p, q, 0x31); /* bytes 16 to 31 */
  }
  /* Two independent 16 x 16 transpositions in each half. */
  for (int base = 0; base < HALF; base += 16) {
    __m256i *x = a + base, *y = b + base;

    for (int k = 0; k < 8; k++) {
      y[2 * k] = _mm256_unpacklo_epi8 (x[k], x[k + 8]);
      y[2 * k + 1] = _mm256_unpackhi_epi8 (x[k], x[k + 8]);
    }
    for (int k = 0; k < 8; k++) {
      x[2 * k] = _mm256_unpacklo_epi8 (y[k], y[k + 8]);
      x[2 * k + 1] = _mm256_unpackhi_epi8 (y[k], y[k + 8]);
    }
    for (int k = 0; k < 8; k++) {
      y[2 * k] = _mm256_unpacklo_epi8 (x[k], x[k + 8]);
      y[2 * k + 1] = _mm256_unpackhi_epi8 (x[k], x[k + 8]);
    }
    for (int k = 0; k < 8; k++) {
      x[2 * k] = _mm256_unpacklo_epi8 (y[k], y[k + 8]);
      x[2 * k + 1] = _mm256_unpackhi_epi8 (y[k], y[k + 8]);
    }
  }
  for (int k = 0; k < HASH_BYTES; k++) {
    ret->low[k] = _mm256_and_si256 (a[k], nibble);
    ret->high[k] = _mm256_and_si256 (_mm256_srli_epi16 (a[k], 4), nibble);
  }
}

AVX2 static inline __attribute__ ((always_inline)) __m256i
table (const uint8_t *bytes)
{
  return _mm256_broadcastsi128_si256 (
      _mm_loadu_si128 ((const __m128i *) bytes));
}

/* Bit k: hash k of HALF may be within the radius of a needle. SUMS, of at most
 * 240, are less than the distances. */
AVX2 static inline __attribute__ ((always_inline)) uint32_t
within (__m256i sums, __m256i radius)
{
  return (uint32_t) _mm256_movemask_epi8 (
      _mm256_cmpeq_epi8 (_mm256_min_epu8 (sums, radius), sums));
}

/* What two needles, P'th of their kind, differ in from the first bytes of both
 * halves of a block. Four nibbles at a time are summed up for both needles at
 * once; ALL adds these sums modulo 256, UPPER the second needle's. */
AVX2 static inline __attribute__ ((always_inline)) void
block_pair (const Nibbles halves[2], const WeirScanSet *set, unsigned p,
    __m256i radius, uint64_t *ret_masks)
{
  const __m256i nibble = _mm256_set1_epi8 (15);
  __m256i all[2], upper[2];

  all[0] = all[1] = upper[0] = upper[1] = _mm256_setzero_si256 ();
  for (unsigned k = 0; k < set->first_bytes; k += 2) {
    __m256i t0 = table (set->tables[p][k][0]);
    __m256i t1 = table (set->tables[p][k][1]);
    __m256i t2 = table (set->tables[p][k + 1][0]);
    __m256i t3 = table (set->tables[p][k + 1][1]);

    for (unsigned h = 0; h < 2; h++) {
      __m256i sum = _mm256_add_epi8 (
          _mm256_add_epi8 (_mm256_shuffle_epi8 (t0, halves[h].low[k]),
              _mm256_shuffle_epi8 (t1, halves[h].high[k])),
          _mm256_add_epi8 (_mm256_shuffle_epi8 (t2, halves[h].low[k + 1]),
              _mm256_shuffle_epi8 (t3, halves[h].high[k + 1])));

      all[h] = _mm256_add_epi8 (all[h], sum);
      upper[h] = _mm256_add_epi8 (
          upper[h], _mm256_and_si256 (_mm256_srli_epi16 (sum, 4), nibble));
    }
  }
  ret_masks[0] = ret_masks[1] = 0;
  for (unsigned h = 0; h < 2; h++) {
    __m256i lower = _mm256_sub_epi8 (
        all[h], _mm256_slli_epi16 (_mm256_and_si256 (upper[h], nibble), 4));

    ret_masks[0] |= (uint64_t) within (lower, radius) << (h * HALF);
    ret_masks[1] |= (uint64_t) within (upper[h], radius) << (h * HALF);
  }
}

AVX2 static void
block_pairs (const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks)
{
  const __m256i radius =
      _mm256_set1_epi8 ((char) (set->radius < 255 ? set->radius : 255));
  Nibbles halves[2];

  split (hashes, &halves[0]);
  split (hashes + HALF * HASH_BYTES, &halves[1]);
  for (unsigned p = 0; p < set->count / 2; p++)
    block_pair (halves, set, p, radius, ret_masks + 2 * p);
}

AVX2 static void
block_avx2 (const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks)
{
  unsigned in_pairs = set->count < 4 ? 0 : set->count / 2 * 2;

  if (in_pairs > 0)
    block_pairs (hashes, set, ret_masks);
  for (unsigned n = in_pairs; n < set->count; n++)
    ret_masks[n] = body_block_one (hashes, set->words[n], set->radius);
}

AVX2 static unsigned
pick_avx2 (const uint8_t *hashes, const uint32_t *slots, unsigned count,
    const uint64_t needle[4], unsigned radius, uint32_t *ret_places,
    uint16_t *ret_distances)
{
  return body_pick (
      hashes, slots, count, needle, radius, ret_places, ret_distances);
}

/* Eight hashes: vector w gets their words w. */
AVX512 static inline __attribute__ ((always_inline)) void
words_of (const uint8_t *hashes, __m512i ret[4])
{
  const __m512i first = _mm512_setr_epi64 (0, 4, 8, 12, 1, 5, 9, 13);
  const __m512i second = _mm512_setr_epi64 (2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i low = _mm512_setr_epi64 (0, 1, 2, 3, 8, 9, 10, 11);
  const __m512i high = _mm512_setr_epi64 (4, 5, 6, 7, 12, 13, 14, 15);
  __m512i p = _mm512_loadu_si512 (hashes);
  __m512i q = _mm512_loadu_si512 (hashes + 64);
  __m512i r = _mm512_loadu_si512 (hashes + 128);
  __m512i s = _mm512_loadu_si512 (hashes + 192);
  __m512i a = _mm512_permutex2var_epi64 (p, first, q);
  __m512i b = _mm512_permutex2var_epi64 (p, second, q);
  __m512i c = _mm512_permutex2var_epi64 (r, first, s);
  __m512i d = _mm512_permutex2var_epi64 (r, second, s);

  ret[0] = _mm512_permutex2var_epi64 (a, low, c);
  ret[1] = _mm512_permutex2var_epi64 (a, high, c);
  ret[2] = _mm512_permutex2var_epi64 (b, low, d);
  ret[3] = _mm512_permutex2var_epi64 (b, high, d);
}

/* By the first WORDS words, 1 to 4: the fewer, the less there is to do. */
AVX512 static inline __attribute__ ((always_inline)) void
block_words (const uint8_t *hashes, const WeirScanSet *set, unsigned n_words,
    uint64_t *ret_masks)
{
  const __m512i radius = _mm512_set1_epi64 (set->radius);
  __m512i words[WEIR_SCAN_BLOCK / 8][4];

  for (unsigned k = 0; k < WEIR_SCAN_BLOCK / 8; k++)
    words_of (hashes + (size_t) k * 8 * HASH_BYTES, words[k]);
  for (unsigned n = 0; n < set->count; n++) {
    uint64_t mask = 0;

    for (unsigned k = 0; k < WEIR_SCAN_BLOCK / 8; k++) {
      __m512i sum = _mm512_setzero_si512 ();

      for (unsigned w = 0; w < n_words; w++)
        sum = _mm512_add_epi64 (
            sum, _mm512_popcnt_epi64 (_mm512_xor_si512 (words[k][w],
                     _mm512_set1_epi64 ((long long) set->words[n][w]))));
      mask |= (uint64_t) _mm512_cmple_epu64_mask (sum, radius) << (8 * k);
    }
    ret_masks[n] = mask;
  }
}

AVX512 static void
block_avx512 (
    const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks)
{
  switch ((set->first_bytes + 7) / 8) {
  case 1:
    block_words (hashes, set, 1, ret_masks);
    break;
  case 2:
    block_words (hashes, set, 2, ret_masks);
    break;
  case 3:
    block_words (hashes, set, 3, ret_masks);
    break;
  default:
    block_words (hashes, set, 4, ret_masks);
    break;
  }
}

const WeirScanKernel weir_scan_kernel_avx2 = { "avx2", block_avx2, pick_avx2 };
const WeirScanKernel weir_scan_kernel_avx512 = { "avx512", block_avx512,
  pick_avx2 };

#else
extern int weir_scan_no_x86;
#endif
