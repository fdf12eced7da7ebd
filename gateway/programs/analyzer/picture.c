/* From GStreamer's picture to the still encoder's. */
#include "programs/analyzer/picture.h"

#include "base/error.h"
#include "vision/still.h"

#define QUALITY 80

/* Formats the still encoder has no colours for are shown grey. */
static WeirStillFormat
still_format (GstVideoFormat format)
{
  switch (format) {
  case GST_VIDEO_FORMAT_I420:
  case GST_VIDEO_FORMAT_YV12:
  case GST_VIDEO_FORMAT_I420_10LE:
  case GST_VIDEO_FORMAT_I420_10BE:
  case GST_VIDEO_FORMAT_I420_12LE:
  case GST_VIDEO_FORMAT_I420_12BE:
    return WEIR_STILL_I420;
  case GST_VIDEO_FORMAT_NV12:
    return WEIR_STILL_NV12;
  default:
    return WEIR_STILL_GRAY8;
  }
}

static void
describe (const GstVideoFrame *frame, WeirStillPicture *ret)
{
  const GstVideoColorimetry *color = &GST_VIDEO_INFO_COLORIMETRY (&frame->info);

  *ret = (WeirStillPicture){
    .format = still_format (GST_VIDEO_FRAME_FORMAT (frame)),
    .matrix = color->matrix == GST_VIDEO_COLOR_MATRIX_BT709 ? WEIR_STILL_BT709
                                                            : WEIR_STILL_BT601,
    .full_range = color->range == GST_VIDEO_COLOR_RANGE_0_255,
    .width = GST_VIDEO_FRAME_WIDTH (frame),
    .height = GST_VIDEO_FRAME_HEIGHT (frame),
  };
  /* Planes of YV12 are told apart by component: U comes before V. */
  if (ret->format == WEIR_STILL_I420) {
    for (guint i = 0; i < 3; i++) {
      ret->planes[i] = GST_VIDEO_FRAME_COMP_DATA (frame, i);
      ret->strides[i] = GST_VIDEO_FRAME_COMP_STRIDE (frame, i);
    }
    return;
  }
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame) && i < 3; i++) {
    ret->planes[i] = GST_VIDEO_FRAME_PLANE_DATA (frame, i);
    ret->strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE (frame, i);
  }
}

/* The upper 8 bits of component N in 16-bit samples of the machine's order,
 * rows without gaps. Returns the end of TO. */
static guint8 *
narrow (const GstVideoFrame *frame, guint n, guint8 *to)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  guint shift = GST_VIDEO_FORMAT_INFO_DEPTH (format, n)
                + GST_VIDEO_FORMAT_INFO_SHIFT (format, n) - 8;
  const guint8 *row = GST_VIDEO_FRAME_COMP_DATA (frame, n);
  int width = GST_VIDEO_FRAME_COMP_WIDTH (frame, n);

  for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (frame, n); y++) {
    for (int x = 0; x < width; x++)
      *to++ = (guint8) (((const guint16 *) row)[x] >> shift);
    row += GST_VIDEO_FRAME_COMP_STRIDE (frame, n);
  }
  return to;
}

/* Makes the planes of PICTURE, which is described already, ones of 8 bits.
 * They are in what is returned, from g_malloc () and the caller's. */
static guint8 *
narrow_planes (const GstVideoFrame *frame, WeirStillPicture *picture)
{
  guint n = picture->format == WEIR_STILL_I420 ? 3 : 1;
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

gboolean
weir_picture_encode (GstBuffer *buffer, const GstVideoInfo *info, guint side,
    gsize limit, guint8 **ret_jpeg, gsize *ret_size, GError **error)
{
  WeirStillPicture picture;
  GstVideoFrame frame;
  g_autofree guint8 *narrowed = NULL;
  const char *wrong;

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READ)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "still: the picture can't be mapped");
    return FALSE;
  }
  describe (&frame, &picture);
  if (GST_VIDEO_FORMAT_INFO_DEPTH (frame.info.finfo, 0) > 8)
    narrowed = narrow_planes (&frame, &picture);
  wrong = weir_still_encode (
      &picture, (int) side, (int) side, QUALITY, limit, ret_jpeg, ret_size);
  gst_video_frame_unmap (&frame);
  if (wrong != NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_FAILED, wrong);
    return FALSE;
  }
  return TRUE;
}
