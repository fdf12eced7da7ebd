/* A decoded picture as a small one of OpenCV's; for the C++ files beside this
 * one. Throws what OpenCV throws. */
#pragma once

#include "vision/still.h"

namespace cv {
class Mat;
}

namespace weir {

/* A fixed text that says what is wrong with it, or NULL. */
const char *check_picture (const WeirStillPicture &picture);

/* WIDTH x HEIGHT pixels in B, G, R, or in one channel when there are no
 * colours. */
void small_picture (
    const WeirStillPicture &picture, int width, int height, cv::Mat *ret);

} // namespace weir
