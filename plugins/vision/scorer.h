/* Scores a decoded picture with an image classifier in an ONNX file.
 *
 * OpenCV's dnn does the work behind this header, on one thread of the CPU; none
 * of its types and no exception get out. A scorer belongs to one thread at a
 * time. Everything that loads or allocates once has happened when
 * weir_scorer_new () returns. */
#pragma once

#include "vision/still.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_SCORER_MAX_MODEL_BYTES (256u * 1024 * 1024)
#define WEIR_SCORER_MIN_SIDE 8
#define WEIR_SCORER_MAX_SIDE 1024
#define WEIR_SCORER_MAX_OUTPUTS 65536
/* Of what is said when something is wrong, the NUL included. */
#define WEIR_SCORER_MAX_WORDS 256

typedef enum {
  WEIR_SCORER_RGB,
  WEIR_SCORER_BGR,
} WeirScorerOrder;

/* The model's input is 1 x 3 x HEIGHT x WIDTH: the whole picture, scaled to
 * this size whatever its proportions, each value (0 to 255 - MEAN) * SCALE. */
typedef struct {
  int width;
  int height;
  double mean[3]; /* in the order of the channels */
  double scale;
  WeirScorerOrder order;
  int output;  /* which value of the output row is the score */
  int softmax; /* the row becomes shares of 1 before */
} WeirScorerOptions;

typedef struct WeirScorer WeirScorer;

/* Reads the SIZE bytes of MODEL, which are not needed afterwards, and scores a
 * black picture. NULL with words in WRONG when that does not work. */
WeirScorer *weir_scorer_new (const uint8_t *model, size_t size,
    const WeirScorerOptions *options, char wrong[WEIR_SCORER_MAX_WORDS]);
void weir_scorer_free (WeirScorer *scorer); /* NULL is taken */

/* 1 when it worked, with RET_SCORE within 0 to 1; else 0 with words in WRONG. A
 * picture without colours (WEIR_STILL_GRAY8) is scored grey. */
int weir_scorer_score (WeirScorer *scorer, const WeirStillPicture *picture,
    float *ret_score, char wrong[WEIR_SCORER_MAX_WORDS]);

#ifdef __cplusplus
}
#endif
