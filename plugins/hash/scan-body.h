/* The bodies of the scan's loops in plain C: included by each kernel, so that
 * the compiler has its processor's way to count bits. */
#pragma once

#include "hash/hamming.h"
#include "hash/scan.h"

#define SCAN_BODY static inline __attribute__ ((always_inline))
#define SCAN_AHEAD                                                             \
  12 /* hashes asked for from memory before they are needed                    \
      */

SCAN_BODY unsigned
body_distance (const uint8_t *hash, const uint64_t needle[4])
{
  uint64_t x[4];

  memcpy (x, hash, sizeof x);
  return (unsigned) (__builtin_popcountll (x[0] ^ needle[0])
                     + __builtin_popcountll (x[1] ^ needle[1])
                     + __builtin_popcountll (x[2] ^ needle[2])
                     + __builtin_popcountll (x[3] ^ needle[3]));
}

SCAN_BODY uint64_t
body_block_one (
    const uint8_t *hashes, const uint64_t needle[4], unsigned radius)
{
  uint64_t mask = 0;

  for (unsigned k = 0; k < WEIR_SCAN_BLOCK; k++)
    mask |=
        (uint64_t) (body_distance (hashes + k * WEIR_SCAN_HASH_BYTES, needle)
                    <= radius)
        << k;
  return mask;
}

SCAN_BODY unsigned
body_pick (const uint8_t *hashes, const uint32_t *slots, unsigned count,
    const uint64_t needle[4], unsigned radius, uint32_t *ret_places,
    uint16_t *ret_distances)
{
  unsigned found = 0;

  for (unsigned k = 0; k < count; k++) {
    unsigned distance;

    if (k + SCAN_AHEAD < count)
      __builtin_prefetch (
          hashes + (size_t) slots[k + SCAN_AHEAD] * WEIR_SCAN_HASH_BYTES);
    distance = body_distance (
        hashes + (size_t) slots[k] * WEIR_SCAN_HASH_BYTES, needle);
    ret_places[found] = k;
    ret_distances[found] = (uint16_t) distance;
    found += distance <= radius;
  }
  return found;
}
