/* Hamming distance of two 256-bit hashes. Plain C, any thread. */
#pragma once

#include <stdint.h>
#include <string.h>

#define WEIR_HAMMING_BITS 256

/* Bits in which A and B differ, 0 to 256. The bytes need no alignment. */
static inline unsigned
weir_hamming_distance (const uint8_t a[32], const uint8_t b[32])
{
  uint64_t x[4], y[4];

  memcpy (x, a, sizeof x);
  memcpy (y, b, sizeof y);
  return (unsigned) (__builtin_popcountll (x[0] ^ y[0])
                     + __builtin_popcountll (x[1] ^ y[1])
                     + __builtin_popcountll (x[2] ^ y[2])
                     + __builtin_popcountll (x[3] ^ y[3]));
}
