/* Writes a small decoded picture as JPEG. */
#include "vision/still.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "vision/small-picture.h"

namespace {

constexpr int kLowestQuality = 30;
constexpr int kQualityStep = 15;
constexpr int kSmallestSide = 16;

cv::Size
fit (int width, int height, int box_width, int box_height)
{
  double scale = std::min ({ 1.0, static_cast<double> (box_width) / width,
      static_cast<double> (box_height) / height });

  return cv::Size (std::max (1, cvRound (width * scale)),
      std::max (1, cvRound (height * scale)));
}

const char *
check (const WeirStillPicture *p, int box_width, int box_height, int quality)
{
  if (box_width < 1 || box_height < 1 || quality < 1 || quality > 100)
    return "still: box or quality is out of range";
  return weir::check_picture (*p);
}

const char *
encode (const WeirStillPicture &p, cv::Size size, int quality, size_t limit,
    uint8_t **ret_bytes, size_t *ret_size)
{
  std::vector<uchar> jpeg;

  while (size.width >= 1 && size.height >= 1) {
    cv::Mat picture;

    weir::small_picture (p, size.width, size.height, &picture);
    for (int q = quality;; q = std::max (kLowestQuality, q - kQualityStep)) {
      if (!cv::imencode (
              ".jpg", picture, jpeg, { cv::IMWRITE_JPEG_QUALITY, q }))
        return "still: the JPEG encoder failed";
      if (jpeg.size () <= limit || q <= kLowestQuality)
        break;
    }
    if (jpeg.size () <= limit) {
      auto *bytes = static_cast<uint8_t *> (std::malloc (jpeg.size ()));

      if (bytes == nullptr)
        return "still: no memory";
      std::memcpy (bytes, jpeg.data (), jpeg.size ());
      *ret_bytes = bytes;
      *ret_size = jpeg.size ();
      return nullptr;
    }
    if (size.width < kSmallestSide && size.height < kSmallestSide)
      break;
    size =
        cv::Size (std::max (1, size.width / 2), std::max (1, size.height / 2));
  }
  return "still: does not fit into the limit";
}

} // namespace

extern "C" const char *
weir_still_encode (const WeirStillPicture *picture, int box_width,
    int box_height, int quality, size_t limit_bytes, uint8_t **ret_bytes,
    size_t *ret_size)
{
  try {
    const char *wrong = check (picture, box_width, box_height, quality);

    if (wrong != nullptr)
      return wrong;
    /* One worker, one thread: the pool of workers is the parallelism. */
    cv::setNumThreads (0);
    return encode (*picture,
        fit (picture->width, picture->height, box_width, box_height), quality,
        limit_bytes, ret_bytes, ret_size);
  } catch (...) {
    return "still: OpenCV threw an exception";
  }
}
