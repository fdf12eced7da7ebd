/* Scales planes and makes colours of them. */
#include "vision/small-picture.h"

#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace {

/* The caller's plane without a copy; nothing here writes to it. */
cv::Mat
plane (const WeirStillPicture &p, int i, int width, int height, int type)
{
  return cv::Mat (height, width, type, const_cast<uint8_t *> (p.planes[i]),
      static_cast<size_t> (p.strides[i]));
}

cv::Mat
scaled (const cv::Mat &from, cv::Size size)
{
  cv::Mat to;

  if (from.size () == size)
    return from;
  cv::resize (from, to, size, 0, 0,
      size.width < from.cols ? cv::INTER_AREA : cv::INTER_LINEAR);
  return to;
}

/* 16 to 235 becomes 0 to 255. */
cv::Mat
full_luma (const WeirStillPicture &p, const cv::Mat &y)
{
  cv::Mat full;

  if (p.full_range)
    return y;
  y.convertTo (full, CV_8U, 255.0 / 219, -16 * 255.0 / 219);
  return full;
}

/* BGR from three planes of one size (ITU-R BT.601 and BT.709). */
cv::Mat
to_bgr (const WeirStillPicture &p, const cv::Mat &y, const cv::Mat &u,
    const cv::Mat &v)
{
  double kr = p.matrix == WEIR_STILL_BT709 ? 0.2126 : 0.299;
  double kb = p.matrix == WEIR_STILL_BT709 ? 0.0722 : 0.114;
  double kg = 1 - kr - kb;
  float ys = p.full_range ? 1.0f : 255.0f / 219;
  float cs = p.full_range ? 1.0f : 255.0f / 224;
  float y0 = p.full_range ? 0.0f : 16.0f;
  float rv = static_cast<float> (2 * (1 - kr)) * cs;
  float bu = static_cast<float> (2 * (1 - kb)) * cs;
  float gu = static_cast<float> (-2 * kb * (1 - kb) / kg) * cs;
  float gv = static_cast<float> (-2 * kr * (1 - kr) / kg) * cs;
  cv::Mat bgr (y.size (), CV_8UC3);

  for (int i = 0; i < y.rows; i++) {
    const uint8_t *yr = y.ptr (i), *ur = u.ptr (i), *vr = v.ptr (i);
    uint8_t *out = bgr.ptr (i);

    for (int j = 0; j < y.cols; j++, out += 3) {
      float l = (yr[j] - y0) * ys, cb = ur[j] - 128.0f, cr = vr[j] - 128.0f;

      out[0] = cv::saturate_cast<uint8_t> (l + bu * cb);
      out[1] = cv::saturate_cast<uint8_t> (l + gu * cb + gv * cr);
      out[2] = cv::saturate_cast<uint8_t> (l + rv * cr);
    }
  }
  return bgr;
}

int
chroma_width (const WeirStillPicture &p)
{
  return p.format == WEIR_STILL_I444 ? p.width : (p.width + 1) / 2;
}

int
chroma_height (const WeirStillPicture &p)
{
  bool whole = p.format == WEIR_STILL_I422 || p.format == WEIR_STILL_I444;

  return whole ? p.height : (p.height + 1) / 2;
}

} // namespace

namespace weir {

const char *
check_picture (const WeirStillPicture &p)
{
  bool pairs = p.format == WEIR_STILL_NV12;
  int planes = p.format == WEIR_STILL_GRAY8 ? 1 : pairs ? 2 : 3;

  if (p.format < WEIR_STILL_GRAY8 || p.format > WEIR_STILL_NV12)
    return "picture: format is not known";
  if (p.width < 1 || p.height < 1 || p.width > WEIR_STILL_MAX_SIDE
      || p.height > WEIR_STILL_MAX_SIDE)
    return "picture: size is out of range";
  for (int i = 0; i < planes; i++)
    if (p.planes[i] == nullptr
        || p.strides[i]
               < (i == 0 ? p.width : chroma_width (p) * (pairs ? 2 : 1)))
      return "picture: a plane is missing or its rows are too short";
  return nullptr;
}

/* The planes are scaled first: the colours of a small picture are cheap. */
void
small_picture (const WeirStillPicture &p, int width, int height, cv::Mat *ret)
{
  cv::Size size (width, height);
  int cw = chroma_width (p), ch = chroma_height (p);
  cv::Mat y = scaled (plane (p, 0, p.width, p.height, CV_8UC1), size);

  switch (p.format) {
  case WEIR_STILL_GRAY8:
    *ret = full_luma (p, y);
    return;
  case WEIR_STILL_I420:
  case WEIR_STILL_I422:
  case WEIR_STILL_I444:
    *ret = to_bgr (p, y, scaled (plane (p, 1, cw, ch, CV_8UC1), size),
        scaled (plane (p, 2, cw, ch, CV_8UC1), size));
    return;
  case WEIR_STILL_NV12: {
    cv::Mat uv[2];

    cv::split (scaled (plane (p, 1, cw, ch, CV_8UC2), size), uv);
    *ret = to_bgr (p, y, uv[0], uv[1]);
    return;
  }
  }
}

} // namespace weir
