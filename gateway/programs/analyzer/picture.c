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
    return WEIR_STILL_I420;
  case GST_VIDEO_FORMAT_NV12:
    return WEIR_STILL_NV12;
  default:
    return WEIR_STILL_GRAY8;
  }
}

/* The upper 8 bits of luma in 16-bit samples, in RET's first plane, which is
 * from g_malloc () and the caller's. */
static void
take_deep_luma (const GstVideoFrame *frame, WeirStillPicture *ret)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  guint shift = GST_VIDEO_FORMAT_INFO_DEPTH (format, 0)
                + GST_VIDEO_FORMAT_INFO_SHIFT (format, 0) - 8;
  gsize width = (gsize) ret->width;
  guint8 *grey = g_malloc (width * (gsize) ret->height);

  for (int y = 0; y < ret->height; y++) {
    const guint16 *row =
        (const guint16 *) ((const char *) GST_VIDEO_FRAME_PLANE_DATA (frame, 0)
                           + y * GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0));

    for (gsize x = 0; x < width; x++)
      grey[(gsize) y * width + x] = (guint8) (row[x] >> shift);
  }
  ret->planes[0] = grey;
  ret->strides[0] = ret->width;
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

gboolean
weir_picture_encode (GstBuffer *buffer, const GstVideoInfo *info, guint side,
    gsize limit, guint8 **ret_jpeg, gsize *ret_size, GError **error)
{
  WeirStillPicture picture;
  GstVideoFrame frame;
  g_autofree guint8 *grey = NULL;
  const char *wrong;

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READ)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "still: the picture can't be mapped");
    return FALSE;
  }
  describe (&frame, &picture);
  if (GST_VIDEO_FORMAT_INFO_DEPTH (frame.info.finfo, 0) > 8) {
    take_deep_luma (&frame, &picture);
    grey = (guint8 *) picture.planes[0];
  }
  wrong = weir_still_encode (
      &picture, (int) side, (int) side, QUALITY, limit, ret_jpeg, ret_size);
  gst_video_frame_unmap (&frame);
  if (wrong != NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_FAILED, wrong);
    return FALSE;
  }
  return TRUE;
}
