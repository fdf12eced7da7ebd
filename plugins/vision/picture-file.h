/* Decodes picture files (JPEG, PNG, WebP, TIFF, BMP, PNM …) as the PDQ
 * reference sees them: pixels as they are stored, whatever the file says about
 * how to turn them.
 *
 * OpenCV does the work behind this header; none of its types and no exception
 * get out. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PICTURE_FILE_MAX_PIXELS (256u * 1024 * 1024)

typedef struct {
  uint8_t *pixels; /* from malloc (); grey, or R, G, B */
  int width;
  int height;
  int channels; /* 1 or 3 */
  ptrdiff_t stride;
} WeirPictureFile;

/* Whether the bytes begin as a picture file that can be decoded. */
int weir_picture_file_is_one (const uint8_t *bytes, size_t size);

/* NULL when it worked: RET->pixels is the caller's. Else a fixed text that says
 * what is wrong. */
const char *weir_picture_file_decode (
    const uint8_t *bytes, size_t size, WeirPictureFile *ret);

#ifdef __cplusplus
}
#endif
