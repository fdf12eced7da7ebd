/* Draws slates. */
#include "programs/muxer/draw.h"

#include <math.h>
#include <string.h>

#include <pango/pangocairo.h>

#include "base/bytes.h"
#include "base/error.h"

#define FONTS "Inter, Noto Sans, DejaVu Sans, Sans"
/* Of the shorter side. */
#define HEADLINE_SIZE 0.085
#define MIN_HEADLINE_SIZE 0.042
/* Of the headline's. */
#define BODY_SIZE 0.56
/* Of the picture: where text may be, so that no player's controls, rounded
 * corners or crop reach it. */
#define TEXT_WIDTH 0.82
#define TEXT_HEIGHT 0.66
#define TEXT_CENTRE 0.45
#define ADDRESS_MAX_BYTES 28

typedef struct {
  double r, g, b, a;
} Colour;

static const Colour sky_top = { 0.129, 0.184, 0.239, 1 };
static const Colour sky_bottom = { 0.071, 0.106, 0.149, 1 };
static const Colour glow = { 0.361, 0.506, 0.584, 1 };
static const Colour water = { 0.345, 0.588, 0.675, 1 };
static const Colour headline_colour = { 0.957, 0.969, 0.976, 1 };
static const Colour body_colour = { 0.757, 0.808, 0.843, 1 };
static const Colour scrim = { 0.04, 0.06, 0.08, 0.62 };

static void
set_colour (cairo_t *cr, const Colour *c, double alpha)
{
  cairo_set_source_rgba (cr, c->r, c->g, c->b, c->a * alpha);
}

static void
add_stop (cairo_pattern_t *pattern, double at, const Colour *c, double alpha)
{
  cairo_pattern_add_color_stop_rgba (
      pattern, at, c->r, c->g, c->b, c->a * alpha);
}

static void
fill_with (cairo_t *cr, cairo_pattern_t *pattern)
{
  cairo_set_source (cr, pattern);
  cairo_paint (cr);
  cairo_pattern_destroy (pattern);
}

/* A smooth surface of water from Y down, WAVES of them across. */
static void
fill_water (cairo_t *cr, double w, double h, double y, double amplitude,
    double waves, double phase, double alpha)
{
  cairo_pattern_t *pattern =
      cairo_pattern_create_linear (0, y - amplitude, 0, h);

  cairo_move_to (cr, 0, h);
  for (int i = 0; i <= 96; i++) {
    double x = i / 96.0;

    cairo_line_to (cr, x * w,
        y + amplitude * sin (2 * G_PI * (x * waves + phase))
            + amplitude * 0.4 * sin (2 * G_PI * (x * waves * 1.9 - phase)));
  }
  cairo_line_to (cr, w, h);
  cairo_close_path (cr);
  add_stop (pattern, 0, &water, alpha);
  add_stop (pattern, 1, &water, alpha * 0.15);
  cairo_set_source (cr, pattern);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
}

/* Evening light over still water. */
static void
draw_scene (cairo_t *cr, double w, double h)
{
  double reach = hypot (w, h);
  double unit = MIN (w, h);
  double waves = w / unit;
  cairo_pattern_t *pattern = cairo_pattern_create_linear (0, 0, 0, h);

  add_stop (pattern, 0, &sky_top, 1);
  add_stop (pattern, 1, &sky_bottom, 1);
  fill_with (cr, pattern);
  pattern = cairo_pattern_create_radial (
      w / 2, h * 0.34, 0, w / 2, h * 0.34, reach * 0.55);
  add_stop (pattern, 0, &glow, 0.34);
  add_stop (pattern, 0.5, &glow, 0.10);
  add_stop (pattern, 1, &glow, 0);
  fill_with (cr, pattern);
  fill_water (
      cr, w, h, h - unit * 0.20, unit * 0.020, waves * 0.55, 0.10, 0.16);
  fill_water (
      cr, w, h, h - unit * 0.14, unit * 0.017, waves * 0.70, 0.55, 0.18);
  fill_water (
      cr, w, h, h - unit * 0.08, unit * 0.014, waves * 0.90, 0.30, 0.22);
}

typedef struct {
  const guint8 *data;
  gsize left;
} PngReader;

static cairo_status_t
read_png (void *closure, unsigned char *data, unsigned int length)
{
  PngReader *r = closure;

  if (r->left < length)
    return CAIRO_STATUS_READ_ERROR;
  memcpy (data, r->data, length);
  r->data += length;
  r->left -= length;
  return CAIRO_STATUS_SUCCESS;
}

/* What IHDR says, before anything is inflated. */
static gboolean
check_png (const guint8 *data, gsize size, GError **error)
{
  static const guint8 signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a,
    '\n' };
  guint32 width, height;
  WeirReader r;

  weir_reader_init (&r, data, size);
  weir_reader_take (&r, 16);
  width = weir_reader_u32 (&r);
  height = weir_reader_u32 (&r);
  if (r.failed || memcmp (data, signature, sizeof signature) != 0) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "the picture is not PNG");
    return FALSE;
  }
  if (width == 0 || height == 0 || width > WEIR_DRAW_MAX_PICTURE_SIDE
      || height > WEIR_DRAW_MAX_PICTURE_SIDE) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "the picture has %u x %u pixels, at most %d x %d are taken", width,
        height, WEIR_DRAW_MAX_PICTURE_SIDE, WEIR_DRAW_MAX_PICTURE_SIDE);
    return FALSE;
  }
  return TRUE;
}

/* Fills the frame, keeping its shape; what sticks out is left away. */
static gboolean
draw_picture (cairo_t *cr, const WeirDrawing *d, GError **error)
{
  PngReader reader = { d->picture, d->picture_size };
  cairo_surface_t *picture;
  cairo_status_t status;
  double w, h, scale;

  if (!check_png (d->picture, d->picture_size, error))
    return FALSE;
  picture = cairo_image_surface_create_from_png_stream (read_png, &reader);
  status = cairo_surface_status (picture);
  if (status != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy (picture);
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "the picture: %s",
        cairo_status_to_string (status));
    return FALSE;
  }
  w = cairo_image_surface_get_width (picture);
  h = cairo_image_surface_get_height (picture);
  scale = MAX (d->width / w, d->height / h);
  cairo_save (cr);
  cairo_translate (cr, d->width / 2.0, d->height / 2.0);
  cairo_scale (cr, scale, scale);
  cairo_translate (cr, -w / 2, -h / 2);
  set_colour (cr, &sky_bottom, 1);
  cairo_paint (cr);
  cairo_set_source_surface (cr, picture, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (picture);
  if (d->text_size > 0) {
    set_colour (cr, &scrim, 1);
    cairo_paint (cr);
  }
  return TRUE;
}

/* An address is not broken at its slashes while it is short. */
static void
keep_addresses_whole (PangoLayout *layout, const char *text)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  for (const char *p = text; *p != '\0';) {
    gsize n = strcspn (p, " \n");

    if (n <= ADDRESS_MAX_BYTES && memchr (p, '/', n) != NULL) {
      PangoAttribute *whole = pango_attr_allow_breaks_new (FALSE);

      whole->start_index = (guint) (p - text);
      whole->end_index = (guint) (p - text + (gssize) n);
      pango_attr_list_insert (attributes, whole);
    }
    p += n;
    p += strspn (p, " \n");
  }
  pango_layout_set_attributes (layout, attributes);
}

/* As narrow as it gets without another line, so that no word stands alone in
 * the last. */
static void
balance (PangoLayout *layout)
{
  int lines = pango_layout_get_line_count (layout);
  int high = pango_layout_get_width (layout), low = high / 2, full = high;

  if (lines < 2)
    return;
  for (int i = 0; i < 8; i++) {
    int width = (low + high) / 2;

    pango_layout_set_width (layout, width);
    if (pango_layout_get_line_count (layout) > lines)
      low = width;
    else
      high = width;
  }
  pango_layout_set_width (layout, MIN (high + PANGO_SCALE, full));
}

static PangoLayout *
make_layout (cairo_t *cr, const char *text, double size, PangoWeight weight,
    double width)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_from_string (FONTS);

  pango_font_description_set_weight (font, weight);
  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_line_spacing (layout, 1.18f);
  keep_addresses_whole (layout, text);
  return layout;
}

static double
layout_height (PangoLayout *layout)
{
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

/* A layout that may be cut off with an ellipsis at HEIGHT. */
static void
limit_height (PangoLayout *layout, double height)
{
  pango_layout_set_height (layout, (int) (MAX (height, 1) * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
}

static void
show (cairo_t *cr, PangoLayout *layout, double w, double y, const Colour *c)
{
  balance (layout);
  set_colour (cr, c, 1);
  cairo_move_to (
      cr, (w - (double) pango_layout_get_width (layout) / PANGO_SCALE) / 2, y);
  pango_cairo_show_layout (cr, layout);
}

/* Headline and body as large as they fit together. */
static void
draw_text (cairo_t *cr, double w, double h, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\n", 2);
  double unit = MIN (w, h), width = w * TEXT_WIDTH, max = h * TEXT_HEIGHT;
  double gap = 0, height, y;
  double least = MAX (unit * MIN_HEADLINE_SIZE, 7);
  double size = MAX (unit * HEADLINE_SIZE, least);
  g_autoptr (PangoLayout) headline = NULL;
  g_autoptr (PangoLayout) body = NULL;

  for (;; size = MAX (size * 0.94, least)) {
    g_clear_object (&headline);
    g_clear_object (&body);
    headline = make_layout (cr, parts[0], size, PANGO_WEIGHT_MEDIUM, width);
    height = layout_height (headline);
    if (parts[1] != NULL) {
      body = make_layout (
          cr, parts[1], size * BODY_SIZE, PANGO_WEIGHT_NORMAL, width);
      gap = size * 0.45;
      height += gap + layout_height (body);
    }
    if (height <= max || size <= least)
      break;
  }
  if (height > max) {
    limit_height (headline, body != NULL ? max / 2 : max);
    if (body != NULL)
      limit_height (body, max - gap - layout_height (headline));
    height = layout_height (headline)
             + (body != NULL ? gap + layout_height (body) : 0);
  }
  y = h * TEXT_CENTRE - height / 2;
  show (cr, headline, w, y, &headline_colour);
  if (body != NULL)
    show (cr, body, w, y + layout_height (headline) + gap, &body_colour);
}

cairo_surface_t *
weir_draw (const WeirDrawing *drawing, GError **error)
{
  cairo_surface_t *surface;
  g_autofree char *text = NULL;
  gboolean drawn = TRUE;
  cairo_t *cr;

  if (drawing->text_size > WEIR_DRAW_MAX_TEXT_BYTES
      || !g_utf8_validate_len (drawing->text_size > 0 ? drawing->text : "",
          drawing->text_size, NULL)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "the text is not UTF-8 or has more than %d bytes",
        WEIR_DRAW_MAX_TEXT_BYTES);
    return NULL;
  }
  text = g_strndup (drawing->text, drawing->text_size);
  g_strstrip (text);
  surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, (int) drawing->width, (int) drawing->height);
  cr = cairo_create (surface);
  if (drawing->picture != NULL)
    drawn = draw_picture (cr, drawing, error);
  else
    draw_scene (cr, drawing->width, drawing->height);
  if (drawn && *text != '\0')
    draw_text (cr, drawing->width, drawing->height, text);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  if (drawn && cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS)
    return surface;
  if (drawn)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "drawing: %s",
        cairo_status_to_string (cairo_surface_status (surface)));
  cairo_surface_destroy (surface);
  return NULL;
}
