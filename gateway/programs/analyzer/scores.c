/* Loads models and asks them. */
#include "programs/analyzer/scores.h"

#include "base/error.h"
#include "elements/gststillpicture.h"
#include "vision/scorer.h"
#include "wire/fd-channel.h"

#include <time.h>
#include <unistd.h>

#define N_FIELDS 10
/* Of the picture that is scored to see how long that takes. */
#define GREY_SIDE 64

struct _WeirScores {
  guint n;
  WeirScorer *scorers[WEIR_SCORES_MAX];
  guint thresholds[WEIR_SCORES_MAX]; /* thousandths */
};

static gboolean
parse (const char *format, WeirScorerOptions *ret, guint *ret_threshold)
{
  g_auto (GStrv) fields = g_strsplit (format, ",", -1);
  double v[N_FIELDS];

  if (g_strv_length (fields) != N_FIELDS)
    return FALSE;
  for (guint i = 0; i < N_FIELDS; i++) {
    char *end;

    v[i] = g_ascii_strtod (fields[i], &end);
    if (end == fields[i] || *end != '\0' || !(ABS (v[i]) <= 1e6))
      return FALSE;
  }
  *ret = (WeirScorerOptions){ .width = (int) v[0],
    .height = (int) v[1],
    .scale = v[2],
    .mean = { v[3], v[4], v[5] },
    .order = v[6] > 0 ? WEIR_SCORER_BGR : WEIR_SCORER_RGB,
    .output = (int) v[7],
    .softmax = v[8] > 0 };
  *ret_threshold = (guint) MAX (v[9], 0);
  return TRUE;
}

static WeirScorer *
load (const WeirScorerOptions *options, int channel, GError **error)
{
  char wrong[WEIR_SCORER_MAX_WORDS];
  g_autoptr (GMappedFile) file = NULL;
  WeirScorer *scorer;
  int fd = weir_fd_channel_receive (channel, error);

  if (fd < 0)
    return NULL;
  file = g_mapped_file_new_from_fd (fd, FALSE, error);
  close (fd);
  if (file == NULL)
    return NULL;
  scorer = weir_scorer_new ((const guint8 *) g_mapped_file_get_contents (file),
      g_mapped_file_get_length (file), options, wrong);
  if (scorer == NULL)
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_CONFIG, wrong);
  return scorer;
}

/* What one picture costs. FALSE when it is more than MOST_MS, unless 0. */
static gboolean
check_time (WeirScorer *scorer, guint most_ms, guint *spent_us, GError **error)
{
  static const guint8 planes[GREY_SIDE * GREY_SIDE];
  const WeirStillPicture grey = { .format = WEIR_STILL_GRAY8,
    .width = GREY_SIDE,
    .height = GREY_SIDE,
    .planes = { planes },
    .strides = { GREY_SIDE } };
  char wrong[WEIR_SCORER_MAX_WORDS];
  struct timespec before, after;
  float score;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &before);
  if (!weir_scorer_score (scorer, &grey, &score, wrong)) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_CONFIG, wrong);
    return FALSE;
  }
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &after);
  *spent_us += (guint) ((after.tv_sec - before.tv_sec) * G_USEC_PER_SEC
                        + (after.tv_nsec - before.tv_nsec) / 1000);
  if (most_ms == 0 || *spent_us / 1000 < most_ms)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "a picture takes %u ms with it and those before it, and an analyzer must "
      "answer within %u ms ([analysis] hang_timeout_ms)",
      *spent_us / 1000, most_ms);
  return FALSE;
}

WeirScores *
weir_scores_new (const char *const *formats, int channel, guint most_ms,
    guint *ret_which, GError **error)
{
  WeirScores *self = g_new0 (WeirScores, 1);
  guint spent_us = 0;

  for (guint i = 0; formats != NULL && formats[i] != NULL; i++) {
    WeirScorerOptions options;
    gboolean ok = i < WEIR_SCORES_MAX
                  && parse (formats[i], &options, self->thresholds + i);

    *ret_which = i + 1;
    if (!ok)
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
          "there are too many, or this is none: %s", formats[i]);
    if (ok && (self->scorers[i] = load (&options, channel, error)) != NULL) {
      self->n++;
      ok = check_time (self->scorers[i], most_ms, &spent_us, error);
    } else {
      ok = FALSE;
    }
    if (!ok) {
      weir_scores_free (self);
      return NULL;
    }
  }
  return self;
}

void
weir_scores_free (WeirScores *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n; i++)
    weir_scorer_free (self->scorers[i]);
  g_free (self);
}

gboolean
weir_scores_look (WeirScores *self, GstBuffer *buffer, const GstVideoInfo *info,
    guint16 *ret, guint *ret_n, gboolean *ret_found, GError **error)
{
  char wrong[WEIR_SCORER_MAX_WORDS] = "the picture can't be mapped";
  g_autofree guint8 *copy = NULL;
  WeirStillPicture picture;
  GstVideoFrame frame;
  gboolean done = TRUE;

  *ret_n = 0;
  *ret_found = FALSE;
  if (self == NULL || self->n == 0)
    return TRUE;
  if (gst_video_frame_map (&frame, info, buffer, GST_MAP_READ)) {
    copy = gst_still_picture_init (&picture, &frame);
    for (guint i = 0; i < self->n && done; i++) {
      float score = 0;

      done = weir_scorer_score (self->scorers[i], &picture, &score, wrong);
      ret[i] = (guint16) (score * 1000 + 0.5f);
      *ret_found |= ret[i] >= self->thresholds[i];
    }
    gst_video_frame_unmap (&frame);
  } else {
    done = FALSE;
  }
  if (done)
    *ret_n = self->n;
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "scorer: %s", wrong);
  return done;
}
