/* From GStreamer's picture to the still encoder's. */
#include "programs/analyzer/picture.h"

#include "base/error.h"
#include "elements/gststillpicture.h"

#define QUALITY 80

gboolean
weir_picture_encode (GstBuffer *buffer, const GstVideoInfo *info, guint side,
    gsize limit, guint8 **ret_jpeg, gsize *ret_size, GError **error)
{
  WeirStillPicture picture;
  GstVideoFrame frame;
  g_autofree guint8 *copy = NULL;
  const char *wrong;

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READ)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "still: the picture can't be mapped");
    return FALSE;
  }
  copy = gst_still_picture_init (&picture, &frame);
  wrong = weir_still_encode (
      &picture, (int) side, (int) side, QUALITY, limit, ret_jpeg, ret_size);
  gst_video_frame_unmap (&frame);
  if (wrong != NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_FAILED, wrong);
    return FALSE;
  }
  return TRUE;
}
