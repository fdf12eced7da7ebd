/* Compares blocks of 256-bit hashes with a set of needles: the flat scan.
 * Plain C, any thread. One table per kind of processor, all with the same
 * answers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash/cpu.h"

#define WEIR_SCAN_BLOCK 64       /* hashes in a block */
#define WEIR_SCAN_MAX_NEEDLES 64 /* of a set */
#define WEIR_SCAN_HASH_BYTES 32

/* Needles made ready. About 35 KB: not for small stacks. */
typedef struct {
  unsigned count;
  unsigned radius;      /* 0 to 256 */
  unsigned first_bytes; /* even; after which most pairs can be told apart */
  uint64_t words[WEIR_SCAN_MAX_NEEDLES][4];
  /* How many bits each value of a nibble differs from that of two needles, the
   * second one's in the upper half: low and high nibble of each byte. The
   * fourth of each two bytes is 3 where it would be 4, so that a needle's sum
   * of the four has room in half a byte. */
  uint8_t tables[WEIR_SCAN_MAX_NEEDLES / 2][WEIR_SCAN_HASH_BYTES][2][16];
} WeirScanSet;

void weir_scan_set_init (
    WeirScanSet *set, const uint8_t *needles, unsigned count, unsigned radius);

typedef struct {
  const char *name;

  /* Of a whole block: bit k of ret_masks[n] says that hash k may be within the
   * radius of needle n; never unset for one that is, rarely set for one that
   * is not. */
  void (*block) (
      const uint8_t *hashes, const WeirScanSet *set, uint64_t *ret_masks);

  /* Of COUNT hashes at SLOTS, which are all valid: writes the place in SLOTS
   * and the distance of those within RADIUS; returns how many. */
  unsigned (*pick) (const uint8_t *hashes, const uint32_t *slots,
      unsigned count, const uint64_t needle[4], unsigned radius,
      uint32_t *ret_places, uint16_t *ret_distances);
} WeirScanKernel;

/* NULL when this processor or this build has none of that kind. */
const WeirScanKernel *weir_scan_kernel (WeirCpu cpu);
const WeirScanKernel *weir_scan_kernel_best (void);

extern const WeirScanKernel weir_scan_kernel_portable;
#if defined(__x86_64__) && defined(__GNUC__)
#define WEIR_SCAN_HAS_X86 1
extern const WeirScanKernel weir_scan_kernel_avx2;
extern const WeirScanKernel weir_scan_kernel_avx512;
#endif
