/* From GStreamer's layouts to three planes of 8 bits, or two. */
#include "elements/gststillpicture.h"

#include <string.h>

static WeirStillFormat
still_format (const GstVideoFormatInfo *format)
{
  if (GST_VIDEO_FORMAT_INFO_N_COMPONENTS (format) < 3)
    return WEIR_STILL_GRAY8;
  if (GST_VIDEO_FORMAT_INFO_FORMAT (format) == GST_VIDEO_FORMAT_NV12)
    return WEIR_STILL_NV12;
  if (GST_VIDEO_FORMAT_INFO_W_SUB (format, 1) == 0)
    return WEIR_STILL_I444;
  return GST_VIDEO_FORMAT_INFO_H_SUB (format, 1) == 0 ? WEIR_STILL_I422
                                                      : WEIR_STILL_I420;
}

/* The upper 8 bits of component N, rows without gaps. Samples of more than 8
 * bits are in 16 in the machine's order. Returns the end of TO. */
static guint8 *
narrow (const GstVideoFrame *frame, guint n, guint8 *to)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  guint depth = GST_VIDEO_FORMAT_INFO_DEPTH (format, n);
  guint shift = depth + GST_VIDEO_FORMAT_INFO_SHIFT (format, n) - 8;
  gsize step = (gsize) GST_VIDEO_FRAME_COMP_PSTRIDE (frame, n);
  gsize width = (gsize) GST_VIDEO_FRAME_COMP_WIDTH (frame, n);
  const guint8 *row = GST_VIDEO_FRAME_COMP_DATA (frame, n);

  for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (frame, n); y++) {
    if (depth > 8)
      for (gsize x = 0; x < width; x++) {
        guint16 deep;

        memcpy (&deep, row + x * step, sizeof deep); /* at any address */
        *to++ = (guint8) (deep >> shift);
      }
    else
      for (gsize x = 0; x < width; x++)
        *to++ = row[x * step];
    row += GST_VIDEO_FRAME_COMP_STRIDE (frame, n);
  }
  return to;
}

static guint8 *
narrow_planes (const GstVideoFrame *frame, guint n, WeirStillPicture *picture)
{
  gsize size = 0;
  guint8 *planes, *to;

  for (guint i = 0; i < n; i++)
    size += (gsize) GST_VIDEO_FRAME_COMP_WIDTH (frame, i)
            * (gsize) GST_VIDEO_FRAME_COMP_HEIGHT (frame, i);
  planes = to = g_malloc (size);
  for (guint i = 0; i < n; i++) {
    picture->planes[i] = to;
    picture->strides[i] = GST_VIDEO_FRAME_COMP_WIDTH (frame, i);
    to = narrow (frame, i, to);
  }
  return planes;
}

guint8 *
gst_still_picture_init (WeirStillPicture *ret, const GstVideoFrame *frame)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  const GstVideoColorimetry *color = &GST_VIDEO_INFO_COLORIMETRY (&frame->info);
  guint n;

  *ret = (WeirStillPicture){
    .format = still_format (format),
    .matrix = color->matrix == GST_VIDEO_COLOR_MATRIX_BT709 ? WEIR_STILL_BT709
                                                            : WEIR_STILL_BT601,
    .full_range = color->range == GST_VIDEO_COLOR_RANGE_0_255,
    .width = GST_VIDEO_FRAME_WIDTH (frame),
    .height = GST_VIDEO_FRAME_HEIGHT (frame),
  };
  n = ret->format == WEIR_STILL_GRAY8 ? 1 : 3;
  if (ret->format == WEIR_STILL_NV12) {
    for (guint i = 0; i < 2; i++) {
      ret->planes[i] = GST_VIDEO_FRAME_PLANE_DATA (frame, i);
      ret->strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE (frame, i);
    }
    return NULL;
  }
  if (GST_VIDEO_FORMAT_INFO_DEPTH (format, 0) > 8
      || (n == 3 && GST_VIDEO_FORMAT_INFO_PSTRIDE (format, 1) != 1))
    return narrow_planes (frame, n, ret);
  /* Planes of YV12 are told apart by component: U comes before V. */
  for (guint i = 0; i < n; i++) {
    ret->planes[i] = GST_VIDEO_FRAME_COMP_DATA (frame, i);
    ret->strides[i] = GST_VIDEO_FRAME_COMP_STRIDE (frame, i);
  }
  return NULL;
}
