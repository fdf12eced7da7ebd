/* The flat scan in plain C, and which form of it is taken. */
#include "hash/scan.h"

#include <string.h>

#include "hash/scan-body.h"

static void
fill_nibble (WeirScanSet *set, unsigned n, unsigned k, unsigned nibble,
    unsigned value, unsigned most)
{
  uint8_t *table = set->tables[n / 2][k][nibble];

  for (unsigned v = 0; v < 16; v++) {
    unsigned bits = (unsigned) __builtin_popcount (value ^ v);

    table[v] |= (uint8_t) ((bits < most ? bits : most) << 4 * (n % 2));
  }
}

void
weir_scan_set_init (
    WeirScanSet *set, const uint8_t *needles, unsigned count, unsigned radius)
{
  set->count = count;
  set->radius = radius;
  /* Unrelated hashes differ in half of what was looked at, give or take four
   * times its square root over two. */
  set->first_bytes = (2 * radius + 50) / 16 * 2;
  if (set->first_bytes > WEIR_SCAN_HASH_BYTES)
    set->first_bytes = WEIR_SCAN_HASH_BYTES;
  memset (set->tables, 0, (count + 1) / 2 * sizeof set->tables[0]);
  for (unsigned n = 0; n < count; n++) {
    const uint8_t *needle = needles + n * WEIR_SCAN_HASH_BYTES;

    memcpy (set->words[n], needle, WEIR_SCAN_HASH_BYTES);
    for (unsigned k = 0; k < WEIR_SCAN_HASH_BYTES; k++) {
      fill_nibble (set, n, k, 0, needle[k] & 15u, 4);
      fill_nibble (set, n, k, 1, needle[k] >> 4, k % 2 == 1 ? 3 : 4);
    }
  }
}

static void
block (const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks)
{
  for (unsigned n = 0; n < set->count; n++)
    ret_masks[n] = body_block_one (hashes, set->words[n], set->radius);
}

static unsigned
pick (const uint8_t *hashes, const uint32_t *slots, unsigned count,
    const uint64_t needle[4], unsigned radius, uint32_t *ret_places,
    uint16_t *ret_distances)
{
  return body_pick (
      hashes, slots, count, needle, radius, ret_places, ret_distances);
}

const WeirScanKernel weir_scan_kernel_portable = { "portable", block, pick };

const WeirScanKernel *
weir_scan_kernel (WeirCpu cpu)
{
  if (cpu > weir_cpu_best ())
    return NULL;
  switch (cpu) {
  case WEIR_CPU_PORTABLE:
    return &weir_scan_kernel_portable;
#ifdef WEIR_SCAN_HAS_X86
  case WEIR_CPU_AVX2:
    return &weir_scan_kernel_avx2;
  case WEIR_CPU_AVX512:
    return &weir_scan_kernel_avx512;
#endif
  default:
    return NULL;
  }
}

const WeirScanKernel *
weir_scan_kernel_best (void)
{
  return weir_scan_kernel (weir_cpu_best ());
}
