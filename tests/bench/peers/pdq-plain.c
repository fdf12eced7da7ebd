/* PDQ step by step: see pdq-plain.h. */
#include "bench/peers/pdq-plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Running sum: the window fills, slides while it touches the start, slides
 * whole, and empties; what is in it divides it. */
static void
box (const float *in, float *out, int count, int step)
{
  int window = (count + 127) / 128, half = (window + 2) / 2;
  int right = 0, left = 0, at = 0, inside = 0;
  float sum = 0;

  for (; right < half - 1 && right < count; right++, inside++)
    sum += in[right * step];
  for (; at < count; at++) {
    if (right < count) {
      sum += in[right++ * step];
      inside++;
    }
    if (inside > window || (right == count && at + half - 1 - left >= window)) {
      sum -= in[left++ * step];
      inside--;
    }
    out[at * step] = sum / (float) inside;
  }
}

static void
smooth (PdqPlainScratch *s, int width, int height)
{
  for (int pass = 0; pass < 2; pass++) {
    for (int y = 0; y < height; y++)
      box (s->luma + y * width, s->other + y * width, width, 1);
    for (int x = 0; x < width; x++)
      box (s->other + x, s->luma + x, height, width);
  }
}

static int
quality (float cells[64][64])
{
  int sum = 0;

  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++) {
      if (i < 63)
        sum += abs ((int) ((cells[i][j] - cells[i + 1][j]) * 100 / 255));
      if (j < 63)
        sum += abs ((int) ((cells[i][j] - cells[i][j + 1]) * 100 / 255));
    }
  return sum / 90 > 100 ? 100 : sum / 90;
}

static void
transform (float cells[64][64], float coefs[16][16])
{
  static float matrix[16][64];
  float rows[16][64];

  if (matrix[0][0] == 0)
    for (int i = 0; i < 16; i++)
      for (int j = 0; j < 64; j++)
        matrix[i][j] = (float) ((float) sqrt (2.0 / 64)
                                * cos (M_PI / 128 * (i + 1) * (2 * j + 1)));
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 64; j++) {
      float sum = 0;

      for (int k = 0; k < 64; k++)
        sum += matrix[i][k] * cells[k][j];
      rows[i][j] = sum;
    }
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) {
      float sum = 0;

      for (int k = 0; k < 64; k++)
        sum += rows[i][k] * matrix[j][k];
      coefs[i][j] = sum;
    }
}

/* Torben Mogensen's median: halves the range of values until half lies below.
 */
static float
median (const float *values, int count)
{
  float low = values[0], high = values[0];

  for (int k = 1; k < count; k++) {
    low = values[k] < low ? values[k] : low;
    high = values[k] > high ? values[k] : high;
  }
  for (;;) {
    float guess = (low + high) / 2, below_max = low, above_min = high;
    int below = 0, above = 0, equal = 0;

    for (int k = 0; k < count; k++) {
      if (values[k] < guess) {
        below++;
        below_max = values[k] > below_max ? values[k] : below_max;
      } else if (values[k] > guess) {
        above++;
        above_min = values[k] < above_min ? values[k] : above_min;
      } else {
        equal++;
      }
    }
    if (below <= (count + 1) / 2 && above <= (count + 1) / 2) {
      if (below >= (count + 1) / 2)
        return below_max;
      return below + equal >= (count + 1) / 2 ? guess : above_min;
    }
    if (below > above)
      high = below_max;
    else
      low = above_min;
  }
}

static void
threshold (const float *coefs, uint8_t hash[32])
{
  float middle = median (coefs, 256);

  memset (hash, 0, 32);
  for (int k = 0; k < 256; k++)
    if (coefs[k] > middle)
      hash[31 - k / 8] |= (uint8_t) (1u << k % 8);
}

static void
turn (float a[16][16], int how, float b[16][16])
{
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) {
      float v = a[i][j];

      switch (how) {
      case 0:
        b[i][j] = v;
        break;
      case 1:
        b[j][i] = j & 1 ? v : -v;
        break;
      case 2:
        b[i][j] = (i + j) & 1 ? -v : v;
        break;
      case 3:
        b[j][i] = i & 1 ? v : -v;
        break;
      case 4:
        b[i][j] = i & 1 ? v : -v;
        break;
      case 5:
        b[i][j] = j & 1 ? v : -v;
        break;
      case 6:
        b[j][i] = v;
        break;
      default:
        b[j][i] = (i + j) & 1 ? -v : v;
        break;
      }
    }
}

void
pdq_plain (const uint8_t *y, int width, int height, PdqPlainScratch *scratch,
    uint8_t ret_hashes[8][32], int *ret_quality)
{
  float cells[64][64], coefs[16][16], turned[16][16];

  for (int k = 0; k < width * height; k++)
    scratch->luma[k] = y[k];
  smooth (scratch, width, height);
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++)
      cells[i][j] = scratch->luma[(int) ((i + 0.5) * height / 64) * width
                                  + (int) ((j + 0.5) * width / 64)];
  *ret_quality = quality (cells);
  transform (cells, coefs);
  for (int how = 0; how < 8; how++) {
    turn (coefs, how, turned);
    threshold (&turned[0][0], ret_hashes[how]);
  }
}
