/* Tests plugins/vision/still.cpp: sizes, limits and layouts. */
#include "vision/still.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#define WIDTH 321
#define HEIGHT 181
#define CHROMA_WIDTH ((WIDTH + 1) / 2)
#define CHROMA_HEIGHT ((HEIGHT + 1) / 2)

static guint8 luma[WIDTH * HEIGHT];
static guint8 u[CHROMA_WIDTH * CHROMA_HEIGHT], v[CHROMA_WIDTH * CHROMA_HEIGHT];
static guint8 uv[2 * CHROMA_WIDTH * CHROMA_HEIGHT];

static void
fill_planes (void)
{
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    luma[i] = (guint8) (16 + i % WIDTH * 200 / WIDTH);
  for (int i = 0; i < CHROMA_WIDTH * CHROMA_HEIGHT; i++) {
    uv[2 * i] = u[i] = (guint8) (100 + i / CHROMA_WIDTH);
    uv[2 * i + 1] = v[i] = (guint8) (200 - i % CHROMA_WIDTH);
  }
}

static WeirStillPicture
picture (WeirStillFormat format)
{
  WeirStillPicture p = { .format = format, .width = WIDTH, .height = HEIGHT };

  p.planes[0] = luma;
  p.strides[0] = WIDTH;
  if (format == WEIR_STILL_I420) {
    p.planes[1] = u;
    p.planes[2] = v;
    p.strides[1] = p.strides[2] = CHROMA_WIDTH;
  } else if (format == WEIR_STILL_NV12) {
    p.planes[1] = uv;
    p.strides[1] = 2 * CHROMA_WIDTH;
  }
  return p;
}

/* Size and number of colours from the frame header (ITU-T T.81, B.2.2). */
static void
read_jpeg (const guint8 *bytes, gsize size, int *ret_width, int *ret_height,
    int *ret_components)
{
  gsize at = 2;

  g_assert_cmpuint (size, >, 20);
  g_assert_cmphex (bytes[0], ==, 0xff);
  g_assert_cmphex (bytes[1], ==, 0xd8);
  g_assert_cmphex (bytes[size - 2], ==, 0xff);
  g_assert_cmphex (bytes[size - 1], ==, 0xd9);
  while (bytes[at + 1] != 0xc0) {
    g_assert_cmphex (bytes[at], ==, 0xff);
    at += 2 + (gsize) (bytes[at + 2] << 8 | bytes[at + 3]);
    g_assert_cmpuint (at + 10, <, size);
  }
  *ret_height = bytes[at + 5] << 8 | bytes[at + 6];
  *ret_width = bytes[at + 7] << 8 | bytes[at + 8];
  *ret_components = bytes[at + 9];
}

static void
assert_still (const WeirStillPicture *p, int box_width, int box_height,
    int width, int height, int components)
{
  guint8 *bytes = NULL;
  gsize size = 0;
  int w, h, c;

  g_assert_cmpstr (
      weir_still_encode (p, box_width, box_height, 80, 1 << 20, &bytes, &size),
      ==, NULL);
  read_jpeg (bytes, size, &w, &h, &c);
  g_assert_cmpint (w, ==, width);
  g_assert_cmpint (h, ==, height);
  g_assert_cmpint (c, ==, components);
  free (bytes);
}

static void
test_sizes (void)
{
  WeirStillPicture colour = picture (WEIR_STILL_I420);
  WeirStillPicture grey = picture (WEIR_STILL_GRAY8);

  assert_still (&colour, 160, 160, 160, 90, 3);
  assert_still (&colour, 160, 45, 80, 45, 3);
  assert_still (&colour, 4000, 4000, WIDTH, HEIGHT, 3);
  assert_still (&grey, 160, 160, 160, 90, 1);
  assert_still (&grey, 1, 1, 1, 1, 1);
}

static void
test_layouts_agree (void)
{
  WeirStillPicture planar = picture (WEIR_STILL_I420);
  WeirStillPicture mixed = picture (WEIR_STILL_NV12);
  guint8 *a, *b;
  gsize a_size, b_size;

  g_assert_null (
      weir_still_encode (&planar, 160, 160, 80, 1 << 20, &a, &a_size));
  g_assert_null (
      weir_still_encode (&mixed, 160, 160, 80, 1 << 20, &b, &b_size));
  g_assert_cmpmem (a, a_size, b, b_size);
  free (a);
  free (b);
}

/* Noise does not compress: quality and then size give way. */
static void
test_limit (void)
{
  static guint8 noise[640 * 640];
  WeirStillPicture p = { .format = WEIR_STILL_GRAY8,
    .width = 640,
    .height = 640,
    .planes = { noise },
    .strides = { 640 } };
  gsize last = G_MAXSIZE;

  for (gsize i = 0; i < sizeof noise; i++)
    noise[i] = (guint8) (i * 2654435761u >> 13);
  for (gsize limit = 256 * 1024; limit >= 1024; limit /= 4) {
    guint8 *bytes = NULL;
    gsize size = 0;
    int w, h, c;

    g_assert_cmpstr (
        weir_still_encode (&p, 640, 640, 95, limit, &bytes, &size), ==, NULL);
    g_assert_cmpuint (size, <=, limit);
    g_assert_cmpuint (size, <, last);
    read_jpeg (bytes, size, &w, &h, &c);
    last = size;
    free (bytes);
  }
}

static void
test_refusals (void)
{
  WeirStillPicture p = picture (WEIR_STILL_I420);
  guint8 *bytes = NULL;
  gsize size = 7;

  g_assert_cmpstr (weir_still_encode (&p, 100, 100, 80, 20, &bytes, &size), ==,
      "still: does not fit into the limit");
  g_assert_cmpstr (weir_still_encode (&p, 0, 100, 80, 9999, &bytes, &size), ==,
      "still: box or quality is out of range");
  g_assert_cmpstr (weir_still_encode (&p, 9, 9, 101, 9999, &bytes, &size), ==,
      "still: box or quality is out of range");
  p.strides[2]--;
  g_assert_cmpstr (weir_still_encode (&p, 9, 9, 80, 9999, &bytes, &size), ==,
      "picture: a plane is missing or its rows are too short");
  p.strides[2]++;
  p.planes[1] = NULL;
  g_assert_cmpstr (weir_still_encode (&p, 9, 9, 80, 9999, &bytes, &size), ==,
      "picture: a plane is missing or its rows are too short");
  p.width = WEIR_STILL_MAX_SIDE + 1;
  g_assert_cmpstr (weir_still_encode (&p, 9, 9, 80, 9999, &bytes, &size), ==,
      "picture: size is out of range");
  g_assert_null (bytes);
  g_assert_cmpuint (size, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fill_planes ();
  g_test_add_func ("/still/sizes", test_sizes);
  g_test_add_func ("/still/layouts-agree", test_layouts_agree);
  g_test_add_func ("/still/limit", test_limit);
  g_test_add_func ("/still/refusals", test_refusals);
  return g_test_run ();
}
