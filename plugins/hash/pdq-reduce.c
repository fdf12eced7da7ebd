/* From a luma plane to PDQ's 64 x 64 cells.
 *
 * Two box filters after each other and one sample of the result are one
 * weighted sum of the input, per axis: the weights are a tent of whole numbers
 * over the window's square, except where a box was cut off at an edge. */
#include <stdlib.h>
#include <string.h>

#include "hash/pdq-kernel.h"

#define SIDE WEIR_PDQ_SIDE

typedef struct {
  int window;
  int count[SIDE]; /* samples that cell i is made of */
  int first[SIDE]; /* the first of them */
  bool cut[SIDE];  /* its weights are not the tent */
  int max_taps;
  double *weights; /* of the cells that are cut, MAX_TAPS each */
} Axis;

/* Extent of one box filter around AT: shrunken at the edges, where it divides
 * by what is left of it. */
static void
axis_box (int samples, int window, int at, int *ret_first, int *ret_last)
{
  int half = (window + 2) / 2;

  *ret_first = at - (window - half);
  *ret_last = at + half - 1;
  if (*ret_first < 0)
    *ret_first = 0;
  if (*ret_last > samples - 1)
    *ret_last = samples - 1;
}

/* The general weights of cell I, whose outer box is FIRST to LAST. */
static void
axis_cut (Axis *axis, int samples, int i, int first, int last)
{
  double *weights = axis->weights + i * axis->max_taps;

  memset (weights, 0, (size_t) axis->max_taps * sizeof *weights);
  for (int q = first; q <= last; q++) {
    int inner_first, inner_last;
    double part;

    axis_box (samples, axis->window, q, &inner_first, &inner_last);
    part = 1.0 / ((last - first + 1) * (inner_last - inner_first + 1));
    for (int k = inner_first; k <= inner_last; k++)
      weights[k - axis->first[i]] += part;
  }
}

static bool
axis_init (Axis *axis, int samples)
{
  axis->window = (samples + 2 * SIDE - 1) / (2 * SIDE);
  axis->max_taps = 2 * axis->window;
  axis->weights =
      malloc ((size_t) (SIDE * axis->max_taps) * sizeof *axis->weights);
  if (axis->weights == NULL)
    return false;
  for (int i = 0; i < SIDE; i++) {
    int centre = (int) ((i + 0.5) * samples / SIDE);
    int first, last, end, unused;

    axis_box (samples, axis->window, centre, &first, &last);
    axis_box (samples, axis->window, first, &axis->first[i], &unused);
    axis_box (samples, axis->window, last, &unused, &end);
    axis->count[i] = end - axis->first[i] + 1;
    axis->cut[i] = axis->count[i] < 2 * axis->window - 1;
    if (axis->cut[i])
      axis_cut (axis, samples, i, first, last);
  }
  return true;
}

static int
tent (int window, int k)
{
  return k < window ? k + 1 : 2 * window - 1 - k;
}

typedef struct {
  const WeirPdqKernel *kernel;
  const WeirPdqPlane *plane;
  Axis across, down;
  /* Scratch for one row of sums, WEIR_PDQ_PADDING longer than the plane: */
  int16_t *narrow;
  double *wide;
  uint8_t tent_down[WEIR_PDQ_MAX_TAPS];
  int16_t tent_across[WEIR_PDQ_MAX_TAPS];
} Reduction;

/* The cells of row I, none of whose rows is cut, in whole numbers. */
static void
reduce_row_narrow (Reduction *r, int i, float ret[SIDE])
{
  const Axis *across = &r->across;
  int down_square = r->down.window * r->down.window;
  int across_square = across->window * across->window;
  int bias = 128 * down_square;
  int taps = (2 * across->window - 1 + 15) & ~15;
  double whole = (double) down_square * across_square;
  int32_t totals[SIDE];

  r->kernel->sum_rows (
      (const uint8_t *) r->plane->data + r->down.first[i] * r->plane->stride,
      r->plane->stride, r->plane->width, r->tent_down, r->down.count[i], bias,
      r->narrow);
  r->kernel->sum_columns (
      r->narrow, across->first, r->tent_across, taps, totals);
  for (int j = 0; j < SIDE; j++)
    ret[j] = (float) ((totals[j] + bias * across_square) / whole);
  for (int j = 0; j < SIDE; j++) {
    const double *weights = across->weights + j * across->max_taps;
    double sum = 0;

    if (!across->cut[j])
      continue;
    for (int k = 0; k < across->count[j]; k++)
      sum += weights[k] * (r->narrow[across->first[j] + k] + bias);
    ret[j] = (float) (sum / down_square);
  }
}

static void
add_row (Reduction *r, int y, double weight)
{
  const WeirPdqPlane *p = r->plane;
  const char *row = (const char *) p->data + y * p->stride;

  switch (p->sample) {
  case WEIR_PDQ_U8:
    r->kernel->add_row_u8 ((const uint8_t *) row, p->width, weight, r->wide);
    return;
  case WEIR_PDQ_U16:
    r->kernel->add_row_u16 ((const uint16_t *) row, p->width, weight, r->wide);
    return;
  case WEIR_PDQ_FLOAT:
    r->kernel->add_row_float ((const float *) row, p->width, weight, r->wide);
    return;
  }
}

/* The same for everything else, in doubles: whole numbers stay exact. */
static void
reduce_row_wide (Reduction *r, int i, float ret[SIDE])
{
  const Axis *across = &r->across, *down = &r->down;
  double unit =
      r->plane->sample == WEIR_PDQ_U16 ? 1 << (r->plane->bits - 8) : 1;

  memset (r->wide, 0, (size_t) r->plane->width * sizeof *r->wide);
  for (int k = 0; k < down->count[i]; k++)
    add_row (r, down->first[i] + k,
        down->cut[i] ? down->weights[i * down->max_taps + k]
                     : tent (down->window, k));
  if (!down->cut[i])
    unit *= down->window * down->window;
  for (int j = 0; j < SIDE; j++) {
    const double *weights = across->weights + j * across->max_taps;
    const double *at = r->wide + across->first[j];
    double sum = 0;

    for (int k = 0; k < across->count[j]; k++)
      sum += at[k] * (across->cut[j] ? weights[k] : r->tent_across[k]);
    if (!across->cut[j])
      sum /= across->window * across->window;
    ret[j] = (float) (sum / unit);
  }
}

static bool
reduction_init (
    Reduction *r, const WeirPdqKernel *kernel, const WeirPdqPlane *plane)
{
  size_t width = (size_t) plane->width + WEIR_PDQ_PADDING;

  *r = (Reduction){ .kernel = kernel, .plane = plane };
  if (!axis_init (&r->across, plane->width)
      || !axis_init (&r->down, plane->height))
    return false;
  r->narrow = calloc (width, sizeof *r->narrow);
  r->wide = malloc (width * sizeof *r->wide);
  for (int k = 0; k < 2 * r->across.window - 1; k++)
    r->tent_across[k] = (int16_t) tent (r->across.window, k);
  for (int k = 0; k < 2 * r->down.window - 1; k++)
    r->tent_down[k] = (uint8_t) tent (r->down.window, k);
  return r->narrow != NULL && r->wide != NULL;
}

static void
reduction_clear (Reduction *r)
{
  free (r->across.weights);
  free (r->down.weights);
  free (r->narrow);
  free (r->wide);
}

static bool
is_hashable (const WeirPdqPlane *p)
{
  return p->width >= WEIR_PDQ_MIN_SIDE && p->height >= WEIR_PDQ_MIN_SIDE
         && p->width <= WEIR_PDQ_MAX_SIDE && p->height <= WEIR_PDQ_MAX_SIDE
         && (p->sample != WEIR_PDQ_U16 || (p->bits >= 8 && p->bits <= 16));
}

bool
weir_pdq_reduce_with (const WeirPdqKernel *kernel, const WeirPdqPlane *plane,
    float ret_cells[SIDE * SIDE])
{
  Reduction r;
  bool done;

  if (!is_hashable (plane))
    return false;
  done = reduction_init (&r, kernel, plane);
  for (int i = 0; done && i < SIDE; i++) {
    if (plane->sample == WEIR_PDQ_U8 && !r.down.cut[i]
        && r.down.window <= WEIR_PDQ_MAX_NARROW)
      reduce_row_narrow (&r, i, ret_cells + i * SIDE);
    else
      reduce_row_wide (&r, i, ret_cells + i * SIDE);
  }
  reduction_clear (&r);
  return done;
}

bool
weir_pdq_reduce (
    const WeirPdqPlane *plane, float ret_cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE])
{
  return weir_pdq_reduce_with (weir_pdq_kernel_best (), plane, ret_cells);
}
