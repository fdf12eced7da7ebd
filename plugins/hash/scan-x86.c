/* The flat scan for AVX2 and AVX-512. */
#include "hash/scan-body.h"

#ifdef WEIR_SCAN_HAS_X86

#include <immintrin.h>

#define AVX2 __attribute__ ((target ("avx2,popcnt")))
#define AVX512                                                                 \
  __attribute__ ((                                                             \
      target ("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx2,popcnt")))
#define HASH_BYTES WEIR_SCAN_HASH_BYTES
#define HALF 32 /* hashes whose bytes fill one vector */
#define GROUP 4 /* needles that share what was loaded */

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

/* Adds what bytes FROM to TO of both halves of a block differ in, for GROUP
 * needles from N on. Sums stay at 255: the caller looks again at what seems
 * near. */
AVX2 static inline __attribute__ ((always_inline)) void
add_bytes (const Nibbles halves[2], const WeirScanSet *set, unsigned n,
    unsigned from, unsigned to, __m256i sums[2][GROUP])
{
  for (unsigned k = from; k < to; k++) {
    __m256i a = halves[0].low[k], b = halves[1].low[k];

    for (unsigned g = 0; g < GROUP; g++) {
      __m256i t = table (set->tables[n + g][k][0]);

      sums[0][g] = _mm256_adds_epu8 (sums[0][g], _mm256_shuffle_epi8 (t, a));
      sums[1][g] = _mm256_adds_epu8 (sums[1][g], _mm256_shuffle_epi8 (t, b));
    }
    a = halves[0].high[k];
    b = halves[1].high[k];
    for (unsigned g = 0; g < GROUP; g++) {
      __m256i t = table (set->tables[n + g][k][1]);

      sums[0][g] = _mm256_adds_epu8 (sums[0][g], _mm256_shuffle_epi8 (t, a));
      sums[1][g] = _mm256_adds_epu8 (sums[1][g], _mm256_shuffle_epi8 (t, b));
    }
  }
}

AVX2 static inline __attribute__ ((always_inline)) uint32_t
within (__m256i sums, __m256i radius)
{
  return (uint32_t) _mm256_movemask_epi8 (
      _mm256_cmpeq_epi8 (_mm256_min_epu8 (sums, radius), sums));
}

AVX2 static void
block_groups (const uint8_t *hashes, const WeirScanSet *set, unsigned groups,
    uint64_t *ret_masks)
{
  const __m256i radius = _mm256_set1_epi8 ((char) set->radius);
  Nibbles halves[2];

  split (hashes, &halves[0]);
  split (hashes + HALF * HASH_BYTES, &halves[1]);
  for (unsigned n = 0; n < groups * GROUP; n += GROUP) {
    __m256i sums[2][GROUP];
    uint32_t any = 0;

    for (unsigned g = 0; g < GROUP; g++)
      sums[0][g] = sums[1][g] = _mm256_setzero_si256 ();
    add_bytes (halves, set, n, 0, set->first_bytes, sums);
    for (unsigned g = 0; g < GROUP; g++)
      any |= within (sums[0][g], radius) | within (sums[1][g], radius);
    if (any != 0)
      add_bytes (halves, set, n, set->first_bytes, HASH_BYTES, sums);
    for (unsigned g = 0; g < GROUP; g++)
      ret_masks[n + g] = any == 0
                             ? 0
                             : (uint64_t) within (sums[1][g], radius) << HALF
                                   | within (sums[0][g], radius);
  }
}

AVX2 static void
block_avx2 (const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks)
{
  unsigned groups = set->count / GROUP;

  if (groups > 0)
    block_groups (hashes, set, groups, ret_masks);
  for (unsigned n = groups * GROUP; n < set->count; n++)
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

AVX512 static void
block_avx512 (
    const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks)
{
  const __m512i radius = _mm512_set1_epi64 (set->radius);
  __m512i words[WEIR_SCAN_BLOCK / 8][4];

  for (unsigned k = 0; k < WEIR_SCAN_BLOCK / 8; k++)
    words_of (hashes + (size_t) k * 8 * HASH_BYTES, words[k]);
  for (unsigned n = 0; n < set->count; n++) {
    __m512i needle[4];
    uint64_t mask = 0;

    for (unsigned w = 0; w < 4; w++)
      needle[w] = _mm512_set1_epi64 ((long long) set->words[n][w]);
    for (unsigned k = 0; k < WEIR_SCAN_BLOCK / 8; k++) {
      __m512i sum = _mm512_add_epi64 (
          _mm512_add_epi64 (
              _mm512_popcnt_epi64 (_mm512_xor_si512 (words[k][0], needle[0])),
              _mm512_popcnt_epi64 (_mm512_xor_si512 (words[k][1], needle[1]))),
          _mm512_add_epi64 (
              _mm512_popcnt_epi64 (_mm512_xor_si512 (words[k][2], needle[2])),
              _mm512_popcnt_epi64 (_mm512_xor_si512 (words[k][3], needle[3]))));

      mask |= (uint64_t) _mm512_cmple_epu64_mask (sum, radius) << (8 * k);
    }
    ret_masks[n] = mask;
  }
}

const WeirScanKernel weir_scan_kernel_avx2 = { "avx2", block_avx2, pick_avx2 };
const WeirScanKernel weir_scan_kernel_avx512 = { "avx512", block_avx512,
  pick_avx2 };

#else
extern int weir_scan_no_x86;
#endif
