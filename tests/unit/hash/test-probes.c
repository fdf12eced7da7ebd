/* Tests plugins/hash/probes.c: pictures that are cropped, turned, mirrored and
 * framed here are known again by one of their probes, and by the right one. */
#include "hash/probes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "hash/hamming.h"
#include "hash/probe-search.h"

#define RADIUS 31
#define WEAK 47   /* what a crop by a tenth leaves */
#define FARTHER 5 /* bits that a probe must win */
#define FAR_AWAY 70

typedef struct {
  int width, height;
  guint8 *pixels;
} Picture;

static void
picture_clear (Picture *p)
{
  g_clear_pointer (&p->pixels, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

static Picture
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  g_autofree char *text = NULL;
  gsize size, pixels;
  Picture p;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  g_assert_cmpint (sscanf (text, "P5 %d %d 255", &p.width, &p.height), ==, 2);
  pixels = (gsize) p.width * (gsize) p.height;
  p.pixels = g_memdup2 (text + size - pixels, pixels);
  return p;
}

static Picture
blank (int width, int height, guint8 shade)
{
  Picture p = { width, height, g_malloc ((gsize) width * (gsize) height) };

  memset (p.pixels, shade, (gsize) width * (gsize) height);
  return p;
}

static guint8
at (const Picture *p, int x, int y)
{
  return p->pixels[CLAMP (y, 0, p->height - 1) * p->width
                   + CLAMP (x, 0, p->width - 1)];
}

/* P's part around its middle. */
static Picture
crop (const Picture *p, double kept_x, double kept_y)
{
  int width = (int) (p->width * kept_x), height = (int) (p->height * kept_y);
  int left = (p->width - width) / 2, top = (p->height - height) / 2;
  Picture ret = blank (width, height, 0);

  for (int y = 0; y < height; y++)
    memcpy (ret.pixels + y * width, p->pixels + (top + y) * p->width + left,
        (gsize) width);
  return ret;
}

static Picture
mirror (const Picture *p)
{
  Picture ret = blank (p->width, p->height, 0);

  for (int y = 0; y < p->height; y++)
    for (int x = 0; x < p->width; x++)
      ret.pixels[y * p->width + x] = at (p, p->width - 1 - x, y);
  return ret;
}

/* In a border of SHADE. */
static Picture
frame (const Picture *p, int sides, int top, int bottom, guint8 shade)
{
  Picture ret = blank (p->width + 2 * sides, p->height + top + bottom, shade);

  for (int y = 0; y < p->height; y++)
    memcpy (ret.pixels + (top + y) * ret.width + sides,
        p->pixels + y * p->width, (gsize) p->width);
  return ret;
}

/* Clockwise; the corners are black. */
static Picture
turn (const Picture *p, double degrees)
{
  double c = cos (degrees * G_PI / 180), s = sin (degrees * G_PI / 180);
  Picture ret = blank (p->width, p->height, 0);

  for (int y = 0; y < p->height; y++) {
    for (int x = 0; x < p->width; x++) {
      double dx = x - p->width / 2.0, dy = y - p->height / 2.0;
      int from_x = (int) lround (c * dx + s * dy + p->width / 2.0);
      int from_y = (int) lround (c * dy - s * dx + p->height / 2.0);

      if (from_x >= 0 && from_x < p->width && from_y >= 0 && from_y < p->height)
        ret.pixels[y * p->width + x] = at (p, from_x, from_y);
    }
  }
  return ret;
}

/* The upper and lower share of the height are painted over. */
static Picture
cover (const Picture *p, double top, double bottom)
{
  Picture ret = { p->width, p->height,
    g_memdup2 (p->pixels, (gsize) p->width * (gsize) p->height) };

  for (int y = 0; y < p->height; y++) {
    guint8 *row = ret.pixels + y * p->width;

    if (y < p->height * top)
      memset (row, 235, (gsize) p->width);
    else if (y >= p->height * (1 - bottom))
      for (int x = 0; x < p->width; x++)
        row[x] = x / 8 % 3 ? 16 : 200; /* a line of text */
  }
  return ret;
}

static WeirPdqPlane
plane_of (const Picture *p)
{
  return (
      WeirPdqPlane){ p->pixels, p->width, p->height, p->width, WEIR_PDQ_U8, 0 };
}

typedef struct {
  guint8 plain[WEIR_PDQ_HASH_BYTES];
  WeirProbeHash hashes[WEIR_PROBES_MAX];
  gsize n;
} Probes;

static Probes
probe_plane (const WeirPdqPlane *plane, WeirProbeSet set)
{
  float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE], coefs[WEIR_PDQ_COEFS];
  Probes ret;

  g_assert_true (weir_pdq_reduce (plane, cells));
  weir_pdq_transform (cells, coefs);
  weir_pdq_threshold (coefs, ret.plain);
  ret.n = weir_probes_hash (plane, WEIR_PDQ_FULL_RANGE, coefs, set, ret.hashes);
  g_assert_cmpuint (ret.n, <=, WEIR_PROBES_MAX);
  return ret;
}

static Probes
probe (const Picture *p, WeirProbeSet set)
{
  const WeirPdqPlane plane = plane_of (p);

  return probe_plane (&plane, set);
}

/* EDITED is within RADIUS by the probe NAME, and far nearer than as it is. */
static void
assert_undone (const Picture *original, Picture edited, WeirProbeSet set,
    const char *name, unsigned radius)
{
  Probes from = probe (original, WEIR_PROBES_PLAIN);
  Probes to = probe (&edited, set);
  Probes less = probe (&edited, WEIR_PROBES_PLAIN);
  unsigned best = 257;
  gsize nearest = 0;

  g_assert_cmpuint (from.n, ==, 0);
  g_assert_cmpuint (less.n, ==, 0);
  for (gsize i = 0; i < to.n; i++) {
    unsigned distance = weir_hamming_distance (from.plain, to.hashes[i].hash);

    if (distance < best) {
      best = distance;
      nearest = i;
    }
  }
  g_test_message ("%s: %u as it is, %u by %s", name,
      weir_hamming_distance (from.plain, to.plain), best,
      weir_probe_name (to.hashes[nearest].probe));
  g_assert_cmpuint (
      weir_hamming_distance (from.plain, to.plain), >, best + FARTHER);
  g_assert_cmpuint (best, <=, radius);
  g_assert_cmpstr (weir_probe_name (to.hashes[nearest].probe), ==, name);
  picture_clear (&edited);
}

static void
test_undone (void)
{
  static const char *const names[] = { "bbb_720p_t12_512x512.pgm",
    "rooftop_360p_t1_640x360.pgm" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_auto (Picture) p = load (names[i]);
    g_auto (Picture) mirrored = mirror (&p);

    assert_undone (&p, mirror (&p), WEIR_PROBES_STANDARD, "mirror", RADIUS);
    assert_undone (
        &p, crop (&p, 0.95, 0.95), WEIR_PROBES_STANDARD, "crop-5", RADIUS);
    assert_undone (&p, turn (&p, 2), WEIR_PROBES_STANDARD, "turn+2", RADIUS);
    assert_undone (&p, turn (&p, -2), WEIR_PROBES_STANDARD, "turn-2", RADIUS);
    assert_undone (
        &p, frame (&p, 0, 70, 70, 16), WEIR_PROBES_STANDARD, "border", RADIUS);
    assert_undone (
        &p, frame (&p, 90, 0, 0, 235), WEIR_PROBES_STANDARD, "border", RADIUS);
    assert_undone (
        &p, frame (&p, 40, 20, 90, 0), WEIR_PROBES_STANDARD, "border", RADIUS);
    assert_undone (&p, crop (&mirrored, 0.95, 0.95), WEIR_PROBES_STANDARD,
        "crop-5+mirror", RADIUS);
    assert_undone (&p, frame (&mirrored, 0, 70, 70, 16), WEIR_PROBES_STANDARD,
        "border+mirror", RADIUS);
    assert_undone (
        &p, crop (&p, 0.90, 1), WEIR_PROBES_THOROUGH, "crop-sides-10", WEAK);
    assert_undone (&p, turn (&p, -4), WEIR_PROBES_THOROUGH, "turn-4", RADIUS);
  }
}

static void
test_covered (void)
{
  g_auto (Picture) p = load ("rooftop_360p_t1_640x360.pgm");

  assert_undone (
      &p, cover (&p, 0.10, 0.16), WEIR_PROBES_THOROUGH, "bars-10-16", RADIUS);
}

/* No probe of one scene is near another. */
static void
test_unrelated (void)
{
  g_auto (Picture) a = load ("bbb_720p_t12_512x512.pgm");
  g_auto (Picture) b = load ("rooftop_360p_t1_640x360.pgm");
  g_auto (Picture) c = load ("edge_testsrc_320x240.pgm");
  const Picture *pictures[] = { &a, &b, &c };

  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++) {
    Probes to = probe (pictures[i], WEIR_PROBES_THOROUGH);

    g_assert_cmpuint (to.n, >, 10);
    for (guint j = 0; j < G_N_ELEMENTS (pictures); j++) {
      Probes from = probe (pictures[j], WEIR_PROBES_PLAIN);

      for (gsize k = 0; k < to.n && i != j; k++)
        g_assert_cmpuint (
            weir_hamming_distance (from.plain, to.hashes[k].hash), >, FAR_AWAY);
    }
  }
}

static gboolean
has (const Probes *probes, WeirProbe probe)
{
  for (gsize i = 0; i < probes->n; i++)
    if (probes->hashes[i].probe == probe)
      return TRUE;
  return FALSE;
}

/* Every set has all of the one before, no number comes twice. */
static void
test_sets (void)
{
  g_auto (Picture) p = load ("bbb_720p_t12_512x512.pgm");
  g_auto (Picture) framed = frame (&p, 0, 70, 70, 16);
  Probes standard = probe (&framed, WEIR_PROBES_STANDARD);
  Probes thorough = probe (&framed, WEIR_PROBES_THOROUGH);
  gboolean seen[256] = { FALSE };

  g_assert_cmpuint (standard.n, ==, 13);
  g_assert_cmpuint (thorough.n, ==, 43);
  for (gsize i = 0; i < standard.n; i++)
    g_assert_true (has (&thorough, standard.hashes[i].probe));
  for (gsize i = 0; i < thorough.n; i++) {
    g_assert_cmpuint (thorough.hashes[i].probe, !=, WEIR_PROBE_PLAIN);
    g_assert_false (seen[thorough.hashes[i].probe]);
    seen[thorough.hashes[i].probe] = TRUE;
    g_assert_cmpstr (weir_probe_name (thorough.hashes[i].probe), !=, "other");
    g_assert_cmpstr (weir_probe_text (thorough.hashes[i].probe), !=, "");
  }
  /* Without a border there is none to take away. */
  standard = probe (&p, WEIR_PROBES_STANDARD);
  g_assert_cmpuint (standard.n, ==, 9);
}

static void
test_names (void)
{
  WeirProbeSet set;

  for (int i = 0; i < WEIR_PROBES_SETS; i++) {
    g_assert_true (weir_probe_set_from_name (
        weir_probe_set_name ((WeirProbeSet) i), &set));
    g_assert_cmpint (set, ==, i);
  }
  g_assert_false (weir_probe_set_from_name ("", &set));
  g_assert_false (weir_probe_set_from_name ("Plain", &set));
  g_assert_cmpstr (weir_probe_name (0), ==, "plain");
  g_assert_cmpstr (weir_probe_name (1), ==, "mirror");
  g_assert_cmpstr (weir_probe_text (0), ==, "");
  g_assert_cmpstr (weir_probe_name (255), ==, "other");
  g_assert_cmpstr (weir_probe_text (200), ==, "changed");
}

static void
assert_same (const Probes *a, const Probes *b)
{
  g_assert_cmpuint (a->n, ==, b->n);
  for (gsize i = 0; i < a->n; i++)
    g_assert_cmpmem (
        &a->hashes[i], sizeof a->hashes[i], &b->hashes[i], sizeof b->hashes[i]);
}

/* Rows further apart, 10 bits, 16 with the picture in the upper ones, floats:
 * the same numbers, the same hashes. */
static void
test_layouts (void)
{
  g_auto (Picture) p = load ("rooftop_360p_t1_640x360.pgm");
  const int stride = 700;
  Probes right = probe (&p, WEIR_PROBES_THOROUGH), other;
  g_autofree guint8 *wide = g_malloc ((gsize) (stride * p.height));
  g_autofree guint16 *ten = g_new (guint16, (gsize) (stride * p.height));
  g_autofree guint16 *upper = g_new (guint16, (gsize) (stride * p.height));
  g_autofree float *floats = g_new (float, (gsize) (stride * p.height));

  for (int y = 0; y < p.height; y++)
    for (int x = 0; x < stride; x++) {
      wide[y * stride + x] = x < p.width ? at (&p, x, y) : 77;
      ten[y * stride + x] = (guint16) (wide[y * stride + x] << 2);
      upper[y * stride + x] = (guint16) (wide[y * stride + x] << 8);
      floats[y * stride + x] = wide[y * stride + x];
    }
  other = probe_plane (
      &(WeirPdqPlane){ wide, p.width, p.height, stride, WEIR_PDQ_U8, 0 },
      WEIR_PROBES_THOROUGH);
  assert_same (&right, &other);
  other = probe_plane (
      &(WeirPdqPlane){ ten, p.width, p.height, 2 * stride, WEIR_PDQ_U16, 10 },
      WEIR_PROBES_THOROUGH);
  assert_same (&right, &other);
  other = probe_plane (
      &(WeirPdqPlane){ upper, p.width, p.height, 2 * stride, WEIR_PDQ_U16, 16 },
      WEIR_PROBES_THOROUGH);
  assert_same (&right, &other);
  other = probe_plane (&(WeirPdqPlane){ floats, p.width, p.height, 4 * stride,
                           WEIR_PDQ_FLOAT, 0 },
      WEIR_PROBES_THOROUGH);
  assert_same (&right, &other);
}

/* Tiny, long, flat: no reading outside, and no probes of next to nothing. */
static void
test_shapes (void)
{
  static const int sizes[][2] = { { 5, 5 }, { 5, 700 }, { 20000, 10 },
    { 10, 20000 }, { 127, 129 }, { 16384, 5 }, { 1, 1 }, { 4, 100 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    int width = sizes[i][0], height = sizes[i][1];
    g_auto (Picture) p = blank (width, height, 90);
    const WeirPdqPlane plane = plane_of (&p);
    float coefs[WEIR_PDQ_COEFS] = { 0 };
    WeirProbeHash hashes[WEIR_PROBES_MAX];
    gsize n;

    n = weir_probes_hash (
        &plane, WEIR_PDQ_FULL_RANGE, coefs, WEIR_PROBES_THOROUGH, hashes);
    g_assert_cmpuint (n, <=, 1); /* the mirror image's costs nothing */
    for (int k = 0; k < width * height; k++)
      p.pixels[k] = (guint8) (k * 2654435761u >> 24);
    n = weir_probes_hash (
        &plane, WEIR_PDQ_FULL_RANGE, coefs, WEIR_PROBES_THOROUGH, hashes);
    g_assert_cmpuint (n, <=, WEIR_PROBES_MAX);
    if (width < WEIR_PDQ_MIN_SIDE || width > WEIR_PDQ_MAX_SIDE
        || height < WEIR_PDQ_MIN_SIDE || height > WEIR_PDQ_MAX_SIDE)
      g_assert_cmpuint (n, ==, 0);
  }
}

/* Each entry once, by what is nearest, the picture before probes; also when
 * more is alike than is kept. */
static void
test_search (void)
{
  enum { N = 300 };
  g_autofree guint8 *hashes = g_malloc0 (N * WEIR_PDQ_HASH_BYTES);
  WeirProbeHash probes[3] = { { .probe = 1 }, { .probe = 4 }, { .probe = 9 } };
  guint8 needle[WEIR_PDQ_HASH_BYTES] = { 0 };
  g_autoptr (WeirIndex) index = NULL;
  WeirProbeHit hits[64];
  WeirIndexHit near;
  guint n;

  for (guint i = 0; i < N; i++) {
    guint8 *hash = hashes + i * WEIR_PDQ_HASH_BYTES;

    memset (hash, 0xff, i < 4 ? 0 : 16); /* far from everything but the rest */
    hash[31] = i < 4 ? (guint8) ((1 << i) - 1) : 0; /* i bits */
  }
  index = weir_index_new (hashes, N);
  memset (needle, 0x55, sizeof needle); /* 128 bits from the four */
  memset (probes[0].hash, 0xaa, sizeof probes[0].hash);
  probes[1].hash[31] = 3;
  probes[2].hash[31] = 3;
  n = weir_probe_search (index, needle, probes, 3, 2, 0, hits, 64, &near);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (hits[0].entry, ==, 2);
  g_assert_cmpuint (hits[0].distance, ==, 0);
  g_assert_cmpuint (hits[0].probe, ==, 4); /* not 9, as near */
  g_assert_cmpuint (hits[1].entry, ==, 1);
  g_assert_cmpuint (hits[2].entry, ==, 3);
  g_assert_cmpuint (hits[3].entry, ==, 0);
  g_assert_cmpuint (hits[3].distance, ==, 2);

  memset (needle, 0, sizeof needle);
  n = weir_probe_search (index, needle, probes, 3, 2, 0, hits, 64, &near);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (hits[0].entry, ==, 0);
  g_assert_cmpuint (hits[0].probe, ==, WEIR_PROBE_PLAIN);
  /* 2 as it is, which a stricter bank would not take. */
  g_assert_cmpuint (hits[1].entry, ==, 2);
  g_assert_cmpuint (hits[1].distance, ==, 0);
  g_assert_cmpuint (hits[1].probe, ==, 4);
  needle[31] = 1;
  n = weir_probe_search (index, needle, probes, 3, 2, 0, hits, 2, &near);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (hits[0].entry, ==, 1);
  g_assert_cmpuint (hits[0].probe, ==, WEIR_PROBE_PLAIN);
  g_assert_cmpuint (hits[1].entry, ==, 2);
  g_assert_cmpuint (hits[1].distance, ==, 0);

  /* 296 entries for each of 40 probes are more than are listed at once. */
  {
    WeirProbeHash many[40] = { 0 };

    for (guint i = 0; i < 40; i++) {
      many[i].probe = (WeirProbe) (i + 1);
      memset (many[i].hash, 0xff, 16);
    }
    n = weir_probe_search (index, needle, many, 40, 2, 0, hits, 64, &near);
  }
  g_assert_cmpuint (n, ==, 64);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < i; j++)
      g_assert_cmpuint (hits[i].entry, !=, hits[j].entry);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/probes/undone", test_undone);
  g_test_add_func ("/hash/probes/covered", test_covered);
  g_test_add_func ("/hash/probes/unrelated", test_unrelated);
  g_test_add_func ("/hash/probes/sets", test_sets);
  g_test_add_func ("/hash/probes/names", test_names);
  g_test_add_func ("/hash/probes/layouts", test_layouts);
  g_test_add_func ("/hash/probes/shapes", test_shapes);
  g_test_add_func ("/hash/probes/search", test_search);
  return g_test_run ();
}
