/* PDQ the long way, step by step as its description has it and as the C++
 * reference goes about it: the whole plane as floats, two passes of running
 * box sums along rows and along columns, then 64 x 64 samples, transform,
 * median, eight turns. What `scripts/bench pdq` is measured beside where the
 * reference itself is not at hand. Written from the description; no code of the
 * reference is in it. */
#pragma once

#include <stdint.h>

typedef struct {
  float *luma; /* WIDTH x HEIGHT each */
  float *other;
} PdqPlainScratch;

void pdq_plain (const uint8_t *y, int width, int height,
    PdqPlainScratch *scratch, uint8_t ret_hashes[8][32], int *ret_quality);
