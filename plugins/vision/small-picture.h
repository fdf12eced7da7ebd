/* A decoded picture as a small one of OpenCV's; for the C++ files beside this
 * one. Throws what OpenCV throws. */
#pragma once

#include <opencv2/core.hpp>

#include "vision/still.h"

namespace weir {

/* A fixed text that says what is wrong with it, or NULL. */
const char *check_picture (const WeirStillPicture &picture);

/* SIZE pixels in B, G, R, or in one channel when there are no colours. */
cv::Mat small_picture (const WeirStillPicture &picture, cv::Size size);

} // namespace weir
