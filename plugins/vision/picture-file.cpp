/* Decodes picture files with OpenCV. */
#include "vision/picture-file.h"

#include <climits>
#include <cstdlib>
#include <cstring>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace {

struct Magic {
  const char *bytes;
  size_t size, at;
};

constexpr Magic kMagics[] = {
  { "\xff\xd8\xff", 3, 0 },
  { "\x89PNG", 4, 0 },
  { "WEBP", 4, 8 },
  { "II*\0", 4, 0 },
  { "MM\0*", 4, 0 },
  { "BM", 2, 0 },
  { "P1", 2, 0 },
  { "P2", 2, 0 },
  { "P3", 2, 0 },
  { "P4", 2, 0 },
  { "P5", 2, 0 },
  { "P6", 2, 0 },
  { "\0\0\0\x0cjP  ", 8, 0 },
};

} // namespace

int
weir_picture_file_is_one (const uint8_t *bytes, size_t size)
{
  for (const Magic &m : kMagics)
    if (size >= m.at + m.size && memcmp (bytes + m.at, m.bytes, m.size) == 0)
      return 1;
  return 0;
}

const char *
weir_picture_file_decode (
    const uint8_t *bytes, size_t size, WeirPictureFile *ret)
{
  try {
    cv::Mat picture, rgb;

    if (size == 0 || size > INT_MAX)
      return "picture: empty, or larger than 2 GiB";
    picture = cv::imdecode (cv::Mat (1, static_cast<int> (size), CV_8U,
                                const_cast<uint8_t *> (bytes)),
        cv::IMREAD_ANYCOLOR | cv::IMREAD_IGNORE_ORIENTATION);
    if (picture.empty ())
      return "picture: it can't be decoded";
    if (picture.total () > WEIR_PICTURE_FILE_MAX_PIXELS)
      return "picture: more than 256 million pixels";
    if (picture.channels () == 1)
      rgb = picture;
    else
      cv::cvtColor (picture, rgb, cv::COLOR_BGR2RGB);
    ret->width = rgb.cols;
    ret->height = rgb.rows;
    ret->channels = rgb.channels ();
    ret->stride = static_cast<ptrdiff_t> (rgb.cols) * rgb.channels ();
    ret->pixels = static_cast<uint8_t *> (malloc (
        static_cast<size_t> (ret->stride) * static_cast<size_t> (rgb.rows)));
    if (ret->pixels == nullptr)
      return "picture: no memory for its pixels";
    for (int y = 0; y < rgb.rows; y++)
      memcpy (ret->pixels + y * ret->stride, rgb.ptr (y),
          static_cast<size_t> (ret->stride));
    return nullptr;
  } catch (...) {
    return "picture: it can't be decoded";
  }
}
