/* Stills: a small JPEG of a decoded picture, for reviewers and for evidence.
 *
 * OpenCV does the work behind this header; none of its types and no exception
 * get out. Functions may be called from any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_STILL_MAX_SIDE 8192

typedef enum {
  WEIR_STILL_GRAY8, /* luma alone */
  WEIR_STILL_I420,  /* planes Y, U, V; chroma halved both ways */
  WEIR_STILL_I422,  /* the same; chroma halved in width */
  WEIR_STILL_I444,  /* the same; chroma whole */
  WEIR_STILL_NV12,  /* planes Y, UV interleaved; chroma halved both ways */
} WeirStillFormat;

typedef enum {
  WEIR_STILL_BT601,
  WEIR_STILL_BT709,
} WeirStillMatrix;

/* A picture of 8 bits a sample; the planes stay the caller's. */
typedef struct {
  WeirStillFormat format;
  WeirStillMatrix matrix;
  int full_range; /* 0: luma 16 to 235, as nearly all video */
  int width;      /* pixels, 1 to WEIR_STILL_MAX_SIDE */
  int height;
  const uint8_t *planes[3];
  ptrdiff_t strides[3]; /* bytes */
} WeirStillPicture;

/* Makes a baseline JPEG that fits into BOX_WIDTH x BOX_HEIGHT, with its own
 * proportions and never larger than it is. Begins with QUALITY (1 to 100) and
 * goes down, then to half the size, until it has at most LIMIT_BYTES.
 *
 * Returns NULL when it worked: RET_BYTES is from malloc () and the caller's.
 * Else a fixed text that says what is wrong. */
const char *weir_still_encode (const WeirStillPicture *picture, int box_width,
    int box_height, int quality, size_t limit_bytes, uint8_t **ret_bytes,
    size_t *ret_size);

#ifdef __cplusplus
}
#endif
