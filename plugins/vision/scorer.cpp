/* Runs an ONNX classifier on small pictures. */
#include "vision/scorer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include <opencv2/core/ocl.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "vision/small-picture.h"

struct WeirScorer {
  WeirScorerOptions options;
  cv::dnn::Net net;
};

namespace {

void
say (char wrong[WEIR_SCORER_MAX_WORDS], const char *text)
{
  std::snprintf (wrong, WEIR_SCORER_MAX_WORDS, "%s", text);
  /* One line, whatever OpenCV makes of it. */
  for (char *c = wrong; *c != '\0'; c++)
    if (*c == '\n' || *c == '\r')
      *c = ' ';
}

/* What OpenCV throws, without where in its source it was: "…error: (-2:Kind of
 * error) WORDS in function 'name'", maybe one in the other. */
void
say_thrown (char wrong[WEIR_SCORER_MAX_WORDS], const cv::Exception &e)
{
  std::string words = e.err;
  size_t inner = words.rfind ("error: (");
  size_t from = inner == std::string::npos ? inner : words.find (") ", inner);

  if (e.code == cv::Error::StsNoMem) {
    say (wrong, "there is not enough memory for it");
    return;
  }
  if (from != std::string::npos)
    words.erase (0, from + 2);
  words.erase (std::min (words.find (" in function '"), words.size ()));
  while (!words.empty () && words.back () <= ' ')
    words.pop_back ();
  say (wrong, ("OpenCV can't run it: " + words).c_str ());
}

int
keep_quiet (int, const char *, const char *, const char *, int, void *)
{
  return 0;
}

/* OpenCV writes what it throws to standard error, too. */
class Quiet {
public:
  Quiet ()
      : level_ (cv::utils::logging::setLogLevel (
          cv::utils::logging::LOG_LEVEL_SILENT)),
        before_ (cv::redirectError (keep_quiet, nullptr, &data_))
  {
  }
  ~Quiet ()
  {
    cv::redirectError (before_, data_);
    cv::utils::logging::setLogLevel (level_);
  }
  Quiet (const Quiet &) = delete;
  Quiet &operator= (const Quiet &) = delete;

private:
  void *data_ = nullptr;
  cv::utils::logging::LogLevel level_;
  cv::ErrorCallback before_;
};

const char *
check (const WeirScorerOptions &o, size_t size)
{
  if (size == 0)
    return "the model is empty";
  if (size > WEIR_SCORER_MAX_MODEL_BYTES)
    return "the model has more than 256 MiB";
  if (o.width < WEIR_SCORER_MIN_SIDE || o.width > WEIR_SCORER_MAX_SIDE
      || o.height < WEIR_SCORER_MIN_SIDE || o.height > WEIR_SCORER_MAX_SIDE)
    return "width or height is out of range: 8 to 1024";
  if (o.order != WEIR_SCORER_RGB && o.order != WEIR_SCORER_BGR)
    return "the order of colours is not known";
  if (!std::isfinite (o.scale) || !std::isfinite (o.mean[0])
      || !std::isfinite (o.mean[1]) || !std::isfinite (o.mean[2]))
    return "scale or mean is not a number";
  if (o.output < 0 || o.output >= WEIR_SCORER_MAX_OUTPUTS)
    return "output is out of range: 0 to 65535";
  return nullptr;
}

/* The share of VALUES[N] when each is e to its power. */
double
share (const float *values, size_t count, size_t n)
{
  float most = *std::max_element (values, values + count);
  double sum = 0;

  for (size_t i = 0; i < count; i++)
    sum += std::exp (static_cast<double> (values[i] - most));
  return std::exp (static_cast<double> (values[n] - most)) / sum;
}

bool
forward (WeirScorer &self, const cv::Mat &bgr, float *ret_score,
    char wrong[WEIR_SCORER_MAX_WORDS])
{
  const WeirScorerOptions &o = self.options;
  cv::Mat row;
  double score;

  self.net.setInput (cv::dnn::blobFromImage (bgr, o.scale, cv::Size (),
      cv::Scalar (o.mean[0], o.mean[1], o.mean[2]),
      o.order == WEIR_SCORER_RGB));
  row = self.net.forward ();
  if (row.type () != CV_32F || !row.isContinuous ()
      || row.total () > WEIR_SCORER_MAX_OUTPUTS) {
    say (wrong, "the model's output is no row of at most 65536 numbers");
    return false;
  }
  if (static_cast<size_t> (o.output) >= row.total ()) {
    std::snprintf (wrong, WEIR_SCORER_MAX_WORDS,
        "the model has %zu outputs, there is no output %d", row.total (),
        o.output);
    return false;
  }
  score = o.softmax ? share (
              row.ptr<float> (), row.total (), static_cast<size_t> (o.output))
                    : row.ptr<float> ()[o.output];
  if (!std::isfinite (score)) {
    say (wrong, "the score is not a number");
    return false;
  }
  *ret_score = static_cast<float> (std::min (std::max (score, 0.0), 1.0));
  return true;
}

/* FUNC's result; FALSE with words when it throws. */
template <typename Func>
bool
guarded (char wrong[WEIR_SCORER_MAX_WORDS], Func func)
{
  try {
    Quiet quiet;

    /* One worker, one thread: the pool of workers is the parallelism. */
    cv::setNumThreads (0);
    return func ();
  } catch (const cv::Exception &e) {
    say_thrown (wrong, e);
  } catch (const std::bad_alloc &) {
    say (wrong, "there is not enough memory for it");
  } catch (const std::exception &e) {
    say (wrong, e.what ());
  } catch (...) {
    say (wrong, "OpenCV threw an exception");
  }
  return false;
}

bool
load (WeirScorer &self, const uint8_t *model, size_t size,
    char wrong[WEIR_SCORER_MAX_WORDS])
{
  const WeirScorerOptions &o = self.options;
  float score;

  cv::ocl::setUseOpenCL (false);
  self.net =
      cv::dnn::readNetFromONNX (reinterpret_cast<const char *> (model), size);
  if (self.net.empty ()) {
    say (wrong, "there is nothing in the model");
    return false;
  }
  self.net.setPreferableBackend (cv::dnn::DNN_BACKEND_OPENCV);
  self.net.setPreferableTarget (cv::dnn::DNN_TARGET_CPU);
  return forward (
      self, cv::Mat (o.height, o.width, CV_8UC3, cv::Scalar ()), &score, wrong);
}

} // namespace

extern "C" WeirScorer *
weir_scorer_new (const uint8_t *model, size_t size,
    const WeirScorerOptions *options, char wrong[WEIR_SCORER_MAX_WORDS])
{
  WeirScorer *self = nullptr;
  const char *bad = check (*options, size);

  if (bad != nullptr) {
    say (wrong, bad);
    return nullptr;
  }
  if (guarded (wrong, [&] {
        self = new WeirScorer{ *options, {} };
        return load (*self, model, size, wrong);
      }))
    return self;
  weir_scorer_free (self);
  return nullptr;
}

extern "C" void
weir_scorer_free (WeirScorer *scorer)
{
  try {
    delete scorer;
  } catch (...) {
  }
}

extern "C" int
weir_scorer_score (WeirScorer *scorer, const WeirStillPicture *picture,
    float *ret_score, char wrong[WEIR_SCORER_MAX_WORDS])
{
  const char *bad = weir::check_picture (*picture);

  if (bad != nullptr) {
    say (wrong, bad);
    return 0;
  }
  return guarded (wrong, [&] {
    cv::Mat bgr;

    weir::small_picture (
        *picture, scorer->options.width, scorer->options.height, &bgr);
    if (bgr.channels () == 1)
      cv::cvtColor (bgr, bgr, cv::COLOR_GRAY2BGR);
    return forward (*scorer, bgr, ret_score, wrong);
  });
}
