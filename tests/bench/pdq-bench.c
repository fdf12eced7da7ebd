/* Times PDQ of luma planes: ours, kernel by kernel, and the peer, in turns.
 * Prints a JSON object per size and contender, a line each, that pdq.mjs puts
 * together. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "bench/peers/pdq-plain.h"
#include "hash/hamming.h"
#include "hash/pdq-kernel.h"

#define PLANES 8 /* different pictures in turns: more than the L2 cache */
#define ROUNDS 9
#define HASHES 160 /* of ours in a round */

typedef struct {
  int width, height;
  guint8 *planes[PLANES];
  PdqPlainScratch scratch;
} Set;

static double
now_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

/* Smooth waves with noise, each plane another: what a camera gives is between
 * the two. Time does not depend on the content. */
static void
fill (guint8 *plane, int width, int height, int seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) seed);
  double fx = 2 + seed % 3, fy = 3 + seed % 5;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      plane[y * width + x] =
          (guint8) (128 + 60 * sin (fx * x / width * 6 + seed)
                    + 50 * cos (fy * y / height * 6 + x * 3.0 / width)
                    + g_rand_int_range (rand, -8, 9));
}

static void
hash_ours (const WeirPdqKernel *kernel, const Set *s, int n,
    guint8 hashes[8][32], int *quality)
{
  const WeirPdqPlane plane = { s->planes[n], s->width, s->height, s->width,
    WEIR_PDQ_U8, 0 };
  float cells[64 * 64], coefs[256];

  weir_pdq_reduce_with (kernel, &plane, cells);
  *quality = weir_pdq_quality (cells, WEIR_PDQ_FULL_RANGE);
  weir_pdq_transform_with (kernel, cells, coefs);
  weir_pdq_dihedral_with (kernel, coefs, hashes);
}

static void
hash_peer (Set *s, int n, guint8 hashes[8][32], int *quality)
{
  pdq_plain (s->planes[n], s->width, s->height, &s->scratch, hashes, quality);
}

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median_of (double *times)
{
  qsort (times, ROUNDS, sizeof *times, by_value);
  return times[ROUNDS / 2];
}

/* GB/s at which this core reads 64 MiB. */
static double
bandwidth (void)
{
  gsize size = 64 * 1024 * 1024;
  g_autofree guint64 *block = g_malloc (size);
  double best = 0;

  memset (block, 1, size);
  for (int round = 0; round < 5; round++) {
    double began = now_ms ();
    guint64 a = 0, b = 0, c = 0, d = 0;

    for (gsize k = 0; k < size / 8; k += 4) {
      a ^= block[k];
      b ^= block[k + 1];
      c ^= block[k + 2];
      d ^= block[k + 3];
    }
    if ((a ^ b ^ c ^ d) == 1)
      printf ("\n");
    best = MAX (best, (double) size / 1e6 / (now_ms () - began));
  }
  return best;
}

/* A figure counts only when the answers are the same. */
static void
compare (Set *s, const WeirPdqKernel *kernel)
{
  for (int n = 0; n < PLANES; n++) {
    guint8 ours[8][32], peer[8][32];
    int quality, peer_quality;
    guint worst = 0;

    hash_ours (kernel, s, n, ours, &quality);
    hash_peer (s, n, peer, &peer_quality);
    for (int k = 0; k < 8; k++)
      worst = MAX (worst, weir_hamming_distance (ours[k], peer[k]));
    if (worst > 2 || quality != peer_quality) {
      fprintf (stderr, "pdq-bench: %s differs by %u bits, quality %d and %d\n",
          kernel->name, worst, quality, peer_quality);
      exit (1);
    }
  }
}

static void
run (Set *s, double gb_per_s)
{
  const WeirPdqKernel *kernels[WEIR_CPU_LEVELS];
  double ours[WEIR_CPU_LEVELS][ROUNDS], peer[ROUNDS];
  double bytes = (double) s->width * s->height;
  guint8 hashes[8][32];
  int quality, n_kernels = 0;

  for (int cpu = 0; cpu < WEIR_CPU_LEVELS; cpu++)
    if (weir_pdq_kernel ((WeirCpu) cpu) != NULL)
      kernels[n_kernels++] = weir_pdq_kernel ((WeirCpu) cpu);
  for (int k = 0; k < n_kernels; k++)
    compare (s, kernels[k]);
  for (int round = 0; round < ROUNDS; round++) {
    double began;

    for (int k = 0; k < n_kernels; k++) {
      began = now_ms ();
      for (int n = 0; n < HASHES; n++)
        hash_ours (kernels[k], s, n % PLANES, hashes, &quality);
      ours[k][round] = (now_ms () - began) / HASHES;
    }
    began = now_ms ();
    for (int n = 0; n < PLANES; n++)
      hash_peer (s, n, hashes, &quality);
    peer[round] = (now_ms () - began) / PLANES;
  }
  for (int k = 0; k < n_kernels; k++) {
    double ms = median_of (ours[k]);

    printf ("{\"size\":\"%dx%d\",\"who\":\"%s\",\"ms\":%.4f,\"gb_per_s\":%.1f,"
            "\"bandwidth_share\":%.2f}\n",
        s->width, s->height, kernels[k]->name, ms, bytes / 1e6 / ms,
        bytes / 1e6 / ms / gb_per_s);
  }
  printf ("{\"size\":\"%dx%d\",\"who\":\"peer\",\"ms\":%.4f}\n", s->width,
      s->height, median_of (peer));
}

int
main (int argc, char **argv)
{
  static const int sizes[][2] = { { 1280, 720 }, { 1920, 1080 } };
  double gb_per_s = bandwidth ();

  printf (
      "{\"size\":\"memory\",\"who\":\"read\",\"gb_per_s\":%.1f}\n", gb_per_s);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    Set s = { .width = sizes[i][0], .height = sizes[i][1] };
    gsize pixels = (gsize) s.width * (gsize) s.height;

    for (int n = 0; n < PLANES; n++) {
      s.planes[n] = g_malloc (pixels);
      fill (s.planes[n], s.width, s.height, n);
    }
    s.scratch.luma = g_new (float, pixels);
    s.scratch.other = g_new (float, pixels);
    run (&s, gb_per_s);
    for (int n = 0; n < PLANES; n++)
      g_free (s.planes[n]);
    g_free (s.scratch.luma);
    g_free (s.scratch.other);
  }
  return 0;
}
