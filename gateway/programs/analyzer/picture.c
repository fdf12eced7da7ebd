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
  const char *wrong;

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READ)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "still: the picture can't be mapped");
    return FALSE;
  }
  describe (&frame, &picture);
  wrong = weir_still_encode (
      &picture, (int) side, (int) side, QUALITY, limit, ret_jpeg, ret_size);
  gst_video_frame_unmap (&frame);
  if (wrong != NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_FAILED, wrong);
    return FALSE;
  }
  return TRUE;
}
