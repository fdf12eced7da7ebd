/* Views of a picture with usual edits undone, and their hashes. */
#include "hash/probes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash/pdq-kernel.h"

#define SIDE WEIR_PDQ_SIDE
/* Of the small plane that views are taken from: two box means a cell, which
 * with the interpolation between them are close to PDQ's own tent. */
#define FINE (2 * SIDE)

/* What was done to a picture. Its view undoes it. */
typedef struct {
  const char *name, *mirror_name;
  const char *text, *mirror_text;
  WeirProbeSet set;             /* the first that has it */
  double kept_x, kept_y;        /* share of the axis that a crop left */
  double turned;                /* degrees, clockwise */
  double over_top, over_bottom; /* share of the height that is covered */
  enum { FIXED, BORDER_AROUND, BORDER_OVER } kind;
} Edit;

#define NAMES(name, text) name, name "+mirror", text, text " and mirrored"
#define CROP(name, text, set, x, y)                                            \
  {                                                                            \
    NAMES (name, text), set, x, y, 0, 0, 0, FIXED                              \
  }
#define TURN(name, text, set, degrees)                                         \
  {                                                                            \
    NAMES (name, text), set, 1, 1, degrees, 0, 0, FIXED                        \
  }
#define OVER(name, text, set, top, bottom)                                     \
  {                                                                            \
    NAMES (name, text), set, 1, 1, 0, top, bottom, FIXED                       \
  }

/* In the order of their numbers: entries are added at the end only. */
static const Edit edits[] = {
  { "plain", "mirror", "", "mirrored", WEIR_PROBES_PLAIN, 1, 1, 0, 0, 0,
      FIXED },
  CROP ("crop-5", "cropped by 5 %", WEIR_PROBES_STANDARD, 0.95, 0.95),
  CROP ("crop-10", "cropped by 10 %", WEIR_PROBES_STANDARD, 0.90, 0.90),
  TURN ("turn+2", "turned right by 2 degrees", WEIR_PROBES_STANDARD, 2),
  TURN ("turn-2", "turned left by 2 degrees", WEIR_PROBES_STANDARD, -2),
  { NAMES ("border", "shown in a border"), WEIR_PROBES_STANDARD, 1, 1, 0, 0, 0,
      BORDER_AROUND },
  { NAMES ("bars", "covered by bars"), WEIR_PROBES_STANDARD, 1, 1, 0, 0, 0,
      BORDER_OVER },
  CROP ("crop-7", "cropped by 7 %", WEIR_PROBES_THOROUGH, 0.925, 0.925),
  CROP ("crop-13", "cropped by 13 %", WEIR_PROBES_THOROUGH, 0.87, 0.87),
  CROP ("crop-16", "cropped by 16 %", WEIR_PROBES_THOROUGH, 0.84, 0.84),
  CROP ("crop-20", "cropped by 20 %", WEIR_PROBES_THOROUGH, 0.80, 0.80),
  CROP ("crop-sides-10", "cropped by 10 % at the sides", WEIR_PROBES_THOROUGH,
      0.90, 1),
  CROP ("crop-sides-25", "cropped to 4:3", WEIR_PROBES_THOROUGH, 0.75, 1),
  CROP ("crop-height-10", "cropped by 10 % in height", WEIR_PROBES_THOROUGH, 1,
      0.90),
  CROP ("crop-height-24", "cropped to wide screen", WEIR_PROBES_THOROUGH, 1,
      0.76),
  TURN ("turn+1", "turned right by 1 degree", WEIR_PROBES_THOROUGH, 1),
  TURN ("turn-1", "turned left by 1 degree", WEIR_PROBES_THOROUGH, -1),
  TURN ("turn+4", "turned right by 4 degrees", WEIR_PROBES_THOROUGH, 4),
  TURN ("turn-4", "turned left by 4 degrees", WEIR_PROBES_THOROUGH, -4),
  OVER ("bars-10", "covered by bars of a tenth", WEIR_PROBES_THOROUGH, 0.10,
      0.10),
  OVER ("bars-10-16", "covered by bars of a tenth and a sixth",
      WEIR_PROBES_THOROUGH, 0.10, 0.16),
  OVER ("bar-16", "covered by a bar of a sixth", WEIR_PROBES_THOROUGH, 0, 0.16),
};
#define N_EDITS (sizeof edits / sizeof *edits)
_Static_assert(2 * N_EDITS - 1 <= WEIR_PROBES_MAX, "room for every probe");

static const char *const set_names[WEIR_PROBES_SETS] = { "plain", "standard",
  "thorough" };

const char *
weir_probe_set_name (WeirProbeSet set)
{
  return set_names[set];
}

bool
weir_probe_set_from_name (const char *name, WeirProbeSet *ret_set)
{
  for (int i = 0; i < WEIR_PROBES_SETS; i++)
    if (strcmp (name, set_names[i]) == 0) {
      *ret_set = (WeirProbeSet) i;
      return true;
    }
  return false;
}

const char *
weir_probe_name (WeirProbe probe)
{
  if (probe / 2 >= N_EDITS)
    return "other";
  return probe % 2 ? edits[probe / 2].mirror_name : edits[probe / 2].name;
}

const char *
weir_probe_text (WeirProbe probe)
{
  if (probe / 2 >= N_EDITS)
    return "changed";
  return probe % 2 ? edits[probe / 2].mirror_text : edits[probe / 2].text;
}

/* --- the small plane --- */

typedef struct {
  float at[FINE][FINE];
} Small;

/* Samples FIRST to LAST, at least one, are what cell I of an axis is made of.
 */
static void
cell_span (int samples, int i, int *ret_first, int *ret_last)
{
  int end = (int) ((int64_t) (i + 1) * samples / FINE);

  *ret_first = (int) ((int64_t) i * samples / FINE);
  *ret_last = end > *ret_first ? end - 1 : *ret_first;
}

typedef struct {
  const WeirPdqKernel *kernel;
  const WeirPdqPlane *plane;
  uint8_t ones[WEIR_PDQ_MAX_WINDOW + 1];
  int16_t *narrow; /* a row of sums; of samples of 8 bits */
  double *wide;    /* of all others */
} Shrinking;

/* Sums of rows FIRST to LAST, in NARROW less BIAS a row, or in WIDE. */
static void
sum_rows (Shrinking *s, int first, int last, int bias)
{
  const WeirPdqPlane *p = s->plane;
  const char *rows = (const char *) p->data + first * p->stride;
  int count = last - first + 1;

  if (p->sample == WEIR_PDQ_U8) {
    s->kernel->sum_rows ((const uint8_t *) rows, p->stride, p->width, s->ones,
        count, bias * count, s->narrow);
    return;
  }
  memset (s->wide, 0, (size_t) p->width * sizeof *s->wide);
  for (int k = 0; k < count; k++, rows += p->stride) {
    if (p->sample == WEIR_PDQ_U16)
      s->kernel->add_row_u16 ((const uint16_t *) rows, p->width, 1, s->wide);
    else
      s->kernel->add_row_float ((const float *) rows, p->width, 1, s->wide);
  }
}

static void
shrink_row (Shrinking *s, int i, float ret[FINE])
{
  const WeirPdqPlane *p = s->plane;
  const int bias = 128;
  double unit = p->sample == WEIR_PDQ_U16 ? 1 << (p->bits - 8) : 1;
  int top, bottom;

  cell_span (p->height, i, &top, &bottom);
  sum_rows (s, top, bottom, bias);
  for (int j = 0; j < FINE; j++) {
    int first, last, rows = bottom - top + 1;

    cell_span (p->width, j, &first, &last);
    if (p->sample == WEIR_PDQ_U8) {
      int32_t sum = 0;

      for (int x = first; x <= last; x++)
        sum += s->narrow[x];
      ret[j] = (float) sum / (float) (rows * (last - first + 1)) + bias;
    } else {
      double sum = 0;

      for (int x = first; x <= last; x++)
        sum += s->wide[x];
      ret[j] = (float) (sum / (unit * rows * (last - first + 1)));
    }
  }
}

static bool
shrink (const WeirPdqPlane *plane, Small *ret)
{
  size_t width = (size_t) plane->width + WEIR_PDQ_PADDING;
  Shrinking s = { .kernel = weir_pdq_kernel_best (), .plane = plane };
  bool done;

  memset (s.ones, 1, sizeof s.ones);
  if (plane->sample == WEIR_PDQ_U8)
    s.narrow = calloc (width, sizeof *s.narrow);
  else
    s.wide = malloc (width * sizeof *s.wide);
  done = s.narrow != NULL || s.wide != NULL;
  for (int i = 0; done && i < FINE; i++)
    shrink_row (&s, i, ret->at[i]);
  free (s.narrow);
  free (s.wide);
  return done;
}

/* --- borders --- */

/* Greatest difference between means of a border's cells, and of one row of it
 * from the next, in levels of 255. */
#define FLAT_LEVELS 10
/* Of the picture's side, that a border may take on one side. */
#define MAX_BORDER (FINE * 3 / 8)
#define MIN_BORDER 2

/* Where the content is, in shares of the picture; all of it without a border.
 */
typedef struct {
  double left, right, top, bottom;
} Box;

static float
at_line (const Small *small, bool columns, int line, int k)
{
  return columns ? small->at[k][line] : small->at[line][k];
}

/* How many rows, or columns, from one edge inward are of one shade. */
static int
border_depth (const Small *small, bool columns, bool from_end)
{
  float first = at_line (small, columns, from_end ? FINE - 1 : 0, 0);
  int depth = 0;

  for (; depth < MAX_BORDER; depth++) {
    int line = from_end ? FINE - 1 - depth : depth;

    for (int k = 0; k < FINE; k++)
      if (fabsf (at_line (small, columns, line, k) - first) > FLAT_LEVELS)
        return depth >= MIN_BORDER ? depth : 0;
  }
  return 0; /* a flat picture rather than a border */
}

/* FALSE: there is none. */
static bool
find_border (const Small *small, Box *ret)
{
  int left = border_depth (small, true, false);
  int right = border_depth (small, true, true);
  int top = border_depth (small, false, false);
  int bottom = border_depth (small, false, true);

  *ret = (Box){ (double) left / FINE, 1 - (double) right / FINE,
    (double) top / FINE, 1 - (double) bottom / FINE };
  return left + right + top + bottom > 0;
}

/* --- views --- */

/* Where point (u, v) of the picture before the edit, 0 to 1 along each axis, is
 * in the picture as it came: (x0 + xu u + xv v, y0 + ...), but not outside
 * BOX. */
typedef struct {
  double x0, xu, xv, y0, yu, yv;
  Box box;
} View;

static bool
view_init (View *ret, const Edit *edit, double aspect, const Box *border)
{
  double c = cos (edit->turned * M_PI / 180);
  double s = sin (edit->turned * M_PI / 180);

  *ret = (View){ .box = { 0, 1, edit->over_top, 1 - edit->over_bottom } };
  if (edit->kind != FIXED && border == NULL)
    return false;
  if (edit->kind == BORDER_AROUND) {
    ret->box = *border;
    ret->x0 = border->left;
    ret->xu = border->right - border->left;
    ret->y0 = border->top;
    ret->yv = border->bottom - border->top;
    return true;
  }
  if (edit->kind == BORDER_OVER)
    ret->box = *border;
  ret->xu = c / edit->kept_x;
  ret->xv = -s / aspect / edit->kept_y;
  ret->yu = s * aspect / edit->kept_x;
  ret->yv = c / edit->kept_y;
  ret->x0 = 0.5 - (ret->xu + ret->xv) / 2;
  ret->y0 = 0.5 - (ret->yu + ret->yv) / 2;
  return true;
}

/* Between which cells of an axis AT is, clamped to LOW to HIGH, and how near
 * the second. */
static int
split (float at, float low, float high, float *ret_share)
{
  int first;

  at = at < low ? low : at > high ? high : at;
  first = (int) at;
  if (first > FINE - 2)
    first = FINE - 2;
  *ret_share = at - (float) first;
  return first;
}

static void
view_cells (const View *view, const Small *small, float ret[SIDE * SIDE])
{
  /* In cells of the small plane, whose centres are at whole numbers; never
   * nearer to the box's edge than the middle of its outermost cell. */
  const float low_x = (float) (view->box.left * FINE);
  const float high_x = (float) (view->box.right * FINE - 1);
  const float low_y = (float) (view->box.top * FINE);
  const float high_y = (float) (view->box.bottom * FINE - 1);

  for (int i = 0; i < SIDE; i++) {
    double v = (i + 0.5) / SIDE;

    for (int j = 0; j < SIDE; j++) {
      double u = (j + 0.5) / SIDE;
      float sx, sy;
      int x = split (
          (float) ((view->x0 + view->xu * u + view->xv * v) * FINE - 0.5),
          low_x, high_x, &sx);
      int y = split (
          (float) ((view->y0 + view->yu * u + view->yv * v) * FINE - 0.5),
          low_y, high_y, &sy);
      const float *above = &small->at[y][x], *below = &small->at[y + 1][x];
      float a = above[0] + (above[1] - above[0]) * sx;
      float b = below[0] + (below[1] - below[0]) * sx;

      ret[i * SIDE + j] = a + (b - a) * sy;
    }
  }
}

/* The mirror image of what COEFS are of. */
static void
mirror_hash (
    const float coefs[WEIR_PDQ_COEFS], uint8_t ret_hash[WEIR_PDQ_HASH_BYTES])
{
  float mirrored[WEIR_PDQ_COEFS];

  for (int k = 0; k < WEIR_PDQ_COEFS; k++)
    mirrored[k] = k & 1 ? coefs[k] : -coefs[k];
  weir_pdq_threshold (mirrored, ret_hash);
}

static bool
is_hashable (const WeirPdqPlane *p)
{
  return p->width >= WEIR_PDQ_MIN_SIDE && p->height >= WEIR_PDQ_MIN_SIDE
         && p->width <= WEIR_PDQ_MAX_SIDE && p->height <= WEIR_PDQ_MAX_SIDE
         && (p->sample != WEIR_PDQ_U16 || (p->bits >= 8 && p->bits <= 16));
}

size_t
weir_probes_hash (const WeirPdqPlane *plane, WeirPdqRange range,
    const float coefs[WEIR_PDQ_COEFS], WeirProbeSet set, WeirProbeHash *ret)
{
  Small *small;
  Box border;
  bool has_border;
  size_t n = 0;

  if (set == WEIR_PROBES_PLAIN || !is_hashable (plane))
    return 0;
  small = malloc (sizeof *small);
  if (small == NULL || !shrink (plane, small)) {
    free (small);
    return 0;
  }
  ret[n].probe = WEIR_PROBE_PLAIN + 1;
  mirror_hash (coefs, ret[n++].hash);
  has_border = find_border (small, &border);
  for (size_t e = 1; e < N_EDITS; e++) {
    float cells[SIDE * SIDE], undone[WEIR_PDQ_COEFS];
    View view;

    if (edits[e].set > set
        || !view_init (&view, &edits[e], (double) plane->width / plane->height,
            has_border ? &border : NULL))
      continue;
    view_cells (&view, small, cells);
    if (weir_pdq_quality (cells, range) < WEIR_PROBES_MIN_QUALITY)
      continue;
    weir_pdq_transform (cells, undone);
    ret[n].probe = (WeirProbe) (2 * e);
    weir_pdq_threshold (undone, ret[n++].hash);
    ret[n].probe = (WeirProbe) (2 * e + 1);
    mirror_hash (undone, ret[n++].hash);
  }
  free (small);
  return n;
}
