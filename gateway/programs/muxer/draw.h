/* What a slate shows: a line or two of text over the project's own picture or
 * the operator's. cairo and Pango, in memory. */
#pragma once

#include <cairo.h>
#include <glib.h>

/* Of the operator's picture, either side. */
#define WEIR_DRAW_MAX_PICTURE_SIDE 8192
/* What does not fit at the smallest size ends with an ellipsis. */
#define WEIR_DRAW_MAX_TEXT_BYTES 1024

typedef struct {
  guint width; /* pixels, both at least 16 */
  guint height;
  /* UTF-8. The first line is the headline; those behind it, set smaller, say
   * the rest. Any script that an installed font has, in its own direction.
   * May be empty. */
  const char *text;
  gsize text_size;
  const guint8 *picture; /* PNG; NULL: the project's own */
  gsize picture_size;
} WeirDrawing;

/* A surface of CAIRO_FORMAT_RGB24 in sRGB. NULL with WEIR_ERROR_PROTOCOL for
 * text that is not UTF-8 or a picture that is not PNG, with WEIR_ERROR_LIMIT
 * for a larger one. */
cairo_surface_t *weir_draw (const WeirDrawing *drawing, GError **error);
